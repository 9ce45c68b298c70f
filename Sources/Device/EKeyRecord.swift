package import EKey
internal import Host
package import Sealing
package import Station
internal import Wire

// The record of an eKey lies in a file that is sealed under the home's own key.

extension EKeyRecord {
    private static let bytesAtMost = 1 << 16

    /// nil where the home is none of an eKey.
    package init?(of home: Home, _ key: DataKey) throws(EKeyFailure) {
        guard home.isEKey else { return nil }
        guard let sealed = try? Files.read(home.eKey, cap: Self.bytesAtMost),
            let bytes = key.show(sealed, context: Self.context),
            let record = try? EKeyRecord(wireBytes: bytes)
        else { throw EKeyFailure("the file of its readers was changed by somebody") }
        self = record
    }

    package func keep(in home: Home, _ key: DataKey) throws(EKeyFailure) {
        var chance = SystemChance()
        let sealed = key.hide(wireBytes, context: Self.context, chance: &chance)
        do {
            try Files.write(sealed, to: home.eKey, isSecret: true)
        } catch {
            throw EKeyFailure("the file of its readers cannot be written")
        }
    }

    private static let context = Array("tally ekey".utf8)
}
