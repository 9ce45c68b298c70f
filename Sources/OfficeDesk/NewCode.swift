package import Clerk
package import Commit
internal import Sealing

extension Till {
    /// A code of this office that nobody has used, by chance.
    package func newCode() -> Code {
        var chance = SystemChance()
        let drawn = chance.bytes(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Code(secret: drawn & Code.secrets, root: root)
    }
}
