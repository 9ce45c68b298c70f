import Commit
package import Money
import Wire
package import Words

// Whom this wallet knows to have cheated: by their own signatures, and by nothing else.

extension Wallet {
    /// What proves that a key has cheated, found here or heard from others.
    package func proof(against key: Key) -> Proof? { convicts[key] ?? heardProofs[key] }

    /// Keeps a proof that was found and checked here, and is warned by it from now on.
    ///
    /// It takes the place of one that was heard: that may be of units that were never out, which
    /// accuse nobody before an office.
    mutating func convict(by proof: Proof) {
        let key = proof.accused
        guard key != owner.key, convicts[key] == nil else { return }
        convicts[key] = proof
        var changes = [Self.change(proof, Rows.convict(key))]
        if heardProofs.removeValue(forKey: key) != nil {
            changes.append(.remove(.register, key: Rows.heardProof(key)))
        }
        if shown.remove(key) != nil {
            changes.append(.remove(.register, key: Rows.shown(key)))
        }
        know(proof, changes)
    }

    /// Somebody else has found it, and it was checked here.
    mutating func hear(_ proof: Proof, _ certified: [Certified]) {
        let key = proof.accused
        heardProofs[key] = proof
        know(proof, [Self.change(proof, Rows.heardProof(key))] + keep(certified))
    }

    private mutating func know(_ proof: Proof, _ changes: [Change]) {
        warnings.learn(proofAgainst: proof.accused)
        note(entry(RecordKind.convict, 1) { $0.value(proof) }, changes)
        orders.append(.tell(.convicted(proof)))
    }

    private static func change(_ proof: Proof, _ key: [UInt8]) -> Change {
        .put(.register, key: key, bytes: row(1) { $0.value(proof) })
    }

    /// All of whom there is a proof, in order.
    var accused: [Key] { (Array(convicts.keys) + heardProofs.keys).sorted() }

    /// The proofs it has, as anybody can check them, in the order of the keys: those after one.
    package func proofs(after key: Key?) -> [Paper] {
        accused.filter { one in key.map { $0 < one } ?? true }.compactMap { one in
            guard let proof = proof(against: one) else { return nil }
            let provenance = archive.provenance(of: [], heldBy: one)
            return Paper(.proof(proof), certificates: provenance.certificates)
        }
    }
}
