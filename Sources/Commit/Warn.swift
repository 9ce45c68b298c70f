package import Money
package import Wire
package import Words

/// WARN: what proves that somebody has cheated, or an office's word that a key is revoked.
///
/// It proves itself, so whoever hears it may tell it on.
package struct Warn: Statement {
    package static let kind = Kind.warn
    package static let namesPayment = true

    package let signed: SignedObject
    package let payment: PaymentID
    package let word: Word
    package let certificates: [[UInt8]]

    /// Which of all papers are warnings.
    package enum Word: Hashable, Sendable {
        case proof(Proof)
        case revocation(Revocation)

        package var subject: Key {
            switch self {
            case .proof(let proof): proof.accused
            case .revocation(let revocation): revocation.key
            }
        }
    }

    package init(_ signed: SignedObject, content reader: inout Reader) throws(WireError) {
        self.signed = signed
        payment = try signed.object.requiredPayment
        let start = reader.position
        let paper: Paper = try reader.value()
        guard reader.position - start <= Limits.warningBytes else {
            throw WireError(.overCap, at: start)
        }
        switch paper.body {
        case .proof(let proof): word = .proof(proof)
        case .revocation(let revocation): word = .revocation(revocation)
        case .stick, .window, .handover, .commit, .abort, .receipt, .provenance, .name, .bill,
            .invoice:
            throw WireError(.outOfRange, at: start)
        }
        certificates = paper.certificates
    }

    /// The paper as it was signed.
    package var paper: Paper { Paper(word, certificates) }

    /// nil when it is too long to be said.
    package static func object(
        by key: Key,
        to peer: Key,
        payment: PaymentID,
        _ word: Word,
        _ certificates: [[UInt8]]
    ) -> Object? {
        let bytes = Paper(word, certificates).wireBytes
        guard bytes.count <= Limits.warningBytes else { return nil }
        return Object(.warn, from: key, to: peer, payment: payment, content: bytes)
    }
}

extension Paper {
    fileprivate init(_ word: Warn.Word, _ certificates: [[UInt8]]) {
        switch word {
        case .proof(let proof): self.init(.proof(proof), certificates: certificates)
        case .revocation(let one): self.init(.revocation(one), certificates: certificates)
        }
    }
}
