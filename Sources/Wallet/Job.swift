package import Commit
package import Money
package import Wire
package import Words

/// A check that costs something: done on any core, in any order.
///
/// What most of them carry is large and lies apart, so that orders stay small.
package enum Job: Sendable {
    /// Whether a key signed a hash.
    case signature(Hash, by: Key, Signature)
    /// Who offers, and whether the office knows him.
    indirect case offer(Offer, root: Key)
    /// Whether a payee may take what it is shown; first of all, whether its sender says so.
    indirect case proposal(Accept, Payee)
    /// A request for the commit or a decline, with the buyer's own signature in it.
    indirect case told(SignedObject, floor: SignedPlace?)
    /// Our own signature in somebody else's hand.
    indirect case show(Show, own: Key)
    /// Money issued to us.
    indirect case stick(Stick, Provenance, Verifier)
    /// The same, of what came by hand.
    indirect case delivery(Delivery, Provenance, Verifier)
    /// A word of the office to us or of somebody, under certificates that come with it.
    indirect case office(SignedObject, certificates: [[UInt8]], root: Key)
    /// Several such words that came together; and whether one of the certificates is to follow our
    /// own.
    indirect case papers([SignedObject], certificates: [[UInt8]], root: Key, own: Certified?)
    /// Whether whoever answered a HELLO is an office of that root.
    indirect case welcome(Welcome, root: Key)
    /// Whether somebody has cheated or is revoked, as the other side of a payment says.
    indirect case warning(Warn, root: Key)
}

/// What came of it.
package enum Verdict: Hashable, Sendable {
    /// Not signed by whoever it says it is from: as if it had never come.
    case forged
    case good
    case refused(Refusal)
    /// Refused, and it proves who has cheated.
    indirect case caught(Refusal, Proof)
    /// Whoever offers, as the office knows him.
    case offer(Certificate)
    case proposal(Shown)
    case stick(hops: Int, [Certified])
    /// Our own next certificate, if one came, and that of the office that gave it.
    case papers([Certified])
    /// With the certificates that prove it.
    case warned([Certified])
}

extension Job {
    /// Does it; `verified` remembers what was found good, so that it costs once.
    package func run(
        _ checking: some Checking,
        _ verified: inout Verified
    ) -> Verdict {
        do {
            return try answer(checking, &verified)
        } catch {
            return .refused(error)
        }
    }

    private func answer(
        _ checking: some Checking,
        _ verified: inout Verified
    ) throws(Refusal) -> Verdict {
        switch self {
        case .signature(let hash, let key, let signature):
            return checking.isSigned(hash, by: key, with: signature) ? .good : .forged
        case .offer(let offer, let root):
            return try Self.check(offer, root, checking, &verified)
        case .proposal(let accept, let payee):
            return try Self.check(accept, payee, checking, &verified)
        case .told(let message, let floor):
            guard message.isSigned(checking) else { return .forged }
            guard let floor else { return .good }
            return floor.isSigned(checking) ? .good : .forged
        case .show(let show, let own):
            guard show.handover.header.payer == own, show.isSigned(checking) else {
                return .forged
            }
            return show.handover.isSigned(checking) ? .good : .forged
        case .stick(let stick, let provenance, let verifier):
            guard stick.isSigned(checking) else { return .forged }
            let (lineages, trust) = try provenance.checked(
                stick.owner,
                by: verifier,
                &verified,
                checking
            )
            return .stick(hops: lineages.map(\.hops).max() ?? 0, trust.certified)
        case .delivery(let delivery, let provenance, let verifier):
            let (lineages, trust) = try provenance.checked(
                delivery.meter,
                by: verifier,
                &verified,
                checking
            )
            // Its sender is that of the sticks, so it is an office.
            guard delivery.isSigned(checking) else { return .forged }
            return .stick(hops: lineages.map(\.hops).max() ?? 0, trust.certified)
        case .office(let message, let certificates, let root):
            var trust = try Trust(root: root, certificates, &verified, checking)
            try trust.office(message.object.sender)
            return message.isSigned(checking) ? .good : .forged
        case .papers(let papers, let certificates, let root, let own):
            var trust = try Trust(root: root, certificates, &verified, checking)
            for paper in papers {
                try trust.office(paper.object.sender)
                guard paper.isSigned(checking) else { return .forged }
            }
            guard let own, let office = papers.last?.object.sender else { return .papers([]) }
            return .papers(trust.next(after: own, by: office, &verified, checking))
        case .welcome(let welcome, let root):
            guard welcome.isSigned(checking) else { return .forged }
            guard welcome.root == root else { throw .foreignOffice(welcome.root) }
            var trust = try Trust(root: root, [welcome.certificate], &verified, checking)
            try trust.office(welcome.office)
            return .good
        case .warning(let warn, let root): return try Self.check(warn, root, checking, &verified)
        }
    }

    private static func check(
        _ warn: Warn,
        _ root: Key,
        _ checking: some Checking,
        _ verified: inout Verified
    ) throws(Refusal) -> Verdict {
        guard warn.isSigned(checking) else { return .forged }
        var trust = try Trust(root: root, warn.certificates, &verified, checking)
        switch warn.word {
        case .proof(let proof):
            _ = try trust.certificate(of: proof.accused)
            try trust.allNeeded()
            // Who only has to begin anew is accused of nothing.
            guard case .convicts? = try? proof.verdict(checking) else { return .forged }
        case .revocation(let revocation):
            try trust.office(revocation.sender)
            try trust.allNeeded()
            guard revocation.isSigned(checking) else { return .forged }
        }
        return .warned(trust.certified)
    }

    private static func check(
        _ offer: Offer,
        _ root: Key,
        _ checking: some Checking,
        _ verified: inout Verified
    ) throws(Refusal) -> Verdict {
        guard offer.isSigned(checking) else { return .forged }
        var trust = try Trust(root: root, offer.certificates, &verified, checking)
        let certificate = try trust.certificate(of: offer.seller)
        if let name = offer.name {
            try trust.office(name.sender)
            // It is the same at each offer of one seller's.
            let isSigned = verified.isSigned(
                name.signed.object.hash,
                by: name.sender,
                with: name.signed.signature,
                checking
            )
            guard name.key == offer.seller, isSigned else { return .forged }
        }
        try trust.allNeeded()
        return .offer(certificate)
    }

    private static func check(
        _ accept: Accept,
        _ payee: Payee,
        _ checking: some Checking,
        _ verified: inout Verified
    ) throws(Refusal) -> Verdict {
        guard accept.isSigned(checking) else { return .forged }
        var (lineages, trust): ([Lineage], Trust)
        do {
            (lineages, trust) = try payee.checked(accept.proposal, &verified, checking)
        } catch {
            switch error {
            case .overlapsHeld, .releaseMissing, .aborted:
                // So far its signatures are good: what they prove together is looked at.
                guard let proof = payee.proof(in: accept.proposal, checking) else { throw error }
                return .caught(error, proof)
            case _: throw error
            }
        }
        let buyer = try trust.certificate(of: accept.buyer)
        return .proposal(
            Shown(lineages: lineages, certified: trust.certified, buyer: buyer)
        )
    }
}
