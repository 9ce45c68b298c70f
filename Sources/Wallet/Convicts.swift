import Commit
package import Money
import Wire
package import Words

// Whom this wallet knows to have cheated: by their own signatures, and by nothing else.

extension Wallet {
    /// Keeps a proof that was checked, and is warned by it from now on.
    mutating func convict(by proof: Proof) {
        guard proof.accused != owner.key, convicts[proof.accused] == nil else { return }
        convicts[proof.accused] = proof
        note(
            entry(RecordKind.convict, 1) { $0.value(proof) },
            [
                .put(
                    .register,
                    key: Rows.convict(proof.accused),
                    bytes: row(1) { $0.value(proof) }
                )
            ]
        )
        orders.append(.tell(.convicted(proof)))
    }

    /// The proofs it has, as anybody can check them, in the order of the keys: those after one.
    package func proofs(after key: Key?) -> [Paper] {
        convicts.keys.filter { one in key.map { $0 < one } ?? true }.sorted().compactMap { one in
            guard let proof = convicts[one] else { return nil }
            let provenance = archive.provenance(of: [], heldBy: one)
            return Paper(.proof(proof), certificates: provenance.certificates)
        }
    }
}
