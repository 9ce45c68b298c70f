import Commit
import Money
import Wire
import Words

// Two who pay each other warn one another: docs/PROTOCOL section 8.10.

extension Wallet {
    // MARK: To the other side

    /// Says what the other side of a payment may not know; once, for no payment waits for it.
    mutating func warn(_ payment: PaymentID, _ tools: Tools) {
        guard let route = routes[payment], let peer = partner(in: payment) else { return }
        var (left, bytes) = (Limits.warningsPerPayment, Limits.warningBytes)
        for subject in warnings.next(for: peer, in: payment) where left > 0 {
            guard let (word, certificates) = word(about: subject),
                let object = Warn.object(
                    by: owner.key,
                    to: peer,
                    payment: payment,
                    word,
                    certificates
                ), object.content.count <= bytes
            else { continue }
            reply(object, payment, route, tools)
            warnings.said(subject, to: peer)
            (left, bytes) = (left - 1, bytes - object.content.count)
        }
    }

    /// What is known, with the certificates that it takes to check it; nil where they are not here.
    private func word(about subject: Warnings.Subject) -> (Warn.Word, [[UInt8]])? {
        switch subject {
        case .proof(let key):
            guard let proof = proof(against: key), archive.holds(certificateOf: key) else {
                return nil
            }
            return (.proof(proof), archive.provenance(of: [], heldBy: key).certificates)
        case .revocation(let key):
            guard let revocation = revocations[key] else { return nil }
            let office = revocation.sender
            guard office == owner.root || archive.holds(certificateOf: office) else { return nil }
            let certificates = archive.provenance(of: [], heldBy: office).certificates
            return (.revocation(revocation), certificates)
        }
    }

    /// The other side, once this one has agreed to something.
    ///
    /// An office is none: it is told at syncs, and judges by what it is told there alone.
    private func partner(in payment: PaymentID) -> Key? {
        guard !redeems else { return nil }
        let key: Key?
        switch buying[payment]?.phase {
        case .accepted(let accepted): key = accepted.offered.deal.peer
        case .held(let held): key = held.deal.peer
        case .offered, .over: key = nil
        case nil: key = selling[payment]?.deal?.peer
        }
        return key.flatMap { isOffice($0) ? nil : $0 }
    }

    // MARK: From the other side

    mutating func arriveWarning(_ arrival: Arrival) {
        let object = arrival.message.object
        guard let warn = try? Warn(reading: arrival.message), arrival.route != nil, life == .live,
            object.receiver == owner.key,
            partner(in: warn.payment) == object.sender, isNews(warn.word),
            warn.certificates.count <= Limits.certificatesPerWarning,
            warnings.mayTake(object.content.count, in: warn.payment)
        else { return }
        if order(.warning(warn, root: owner.root), .message(arrival, .warn(warn))) {
            warnings.took(object.content.count, in: warn.payment)
        }
    }

    /// Rightly signed, and it proves what it says.
    mutating func take(_ warn: Warn, _ verdict: Verdict, _ tools: inout Tools) {
        guard case .warned(let certified) = verdict, life == .live, isNews(warn.word),
            hasRoom(&tools)
        else { return }
        switch warn.word {
        case .proof(let proof):
            guard heardProofs.count < Limits.warningsKept else { return }
            warnings.said(.proof(proof.accused), to: warn.sender, isItsOwn: true)
            hear(proof, certified)
        case .revocation(let revocation):
            let key = revocation.key
            guard heardRevocations.contains(key) || heardRevocations.count < Limits.warningsKept
            else { return }
            hear(revocation, certified)
            warnings.said(.revocation(key), to: warn.sender, isItsOwn: true)
        }
    }

    private func isNews(_ word: Warn.Word) -> Bool {
        guard word.subject != owner.key else { return false }
        switch word {
        case .proof(let proof): return self.proof(against: proof.accused) == nil
        case .revocation(let revocation): return isConcerned(revocation) && voids(revocation)
        }
    }

    /// Whose word counts about a key: this wallet's own office's, and that of the key's.
    private func isConcerned(_ revocation: Revocation) -> Bool {
        isOffice(revocation.sender) || archive.issuer(of: revocation.key) == revocation.sender
    }

    /// Whether the disk has room for what nobody has to keep: for more of it than one group writes,
    /// and for what payments put by meanwhile.
    private mutating func hasRoom(_ tools: inout Tools) -> Bool {
        let id = tools.keys.payment(in: owner.epoch, chance: &tools.chance)
        let several = 16
        let room = Room(steps: several, bytes: several * (2 * Limits.warningBytes + 4 * 1_024))
        // It is not put by: this one is written in this group.
        guard tools.reserve(id, room), tools.reserve(id, .none) else { return false }
        orders.append(.rest(id))
        return true
    }
}
