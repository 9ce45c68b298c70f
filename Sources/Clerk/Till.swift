package import Books
internal import Commit
internal import Ledger
package import Mint
internal import Money
package import Reckoning
package import Wallet
internal import Wire
package import Words

package import struct Mint.Draft
package import struct Mint.Mint
package import struct Wallet.Wallet

/// An office's books and the rules of its counter, beside each other: what one says the other
/// knows.
///
/// It is used by one at a time: by whoever handles what arrives, and, while that one takes
/// datagrams alone, by whoever writes.
package final class Till {
    package let books: Books
    package private(set) var mint: Mint
    package let root: Key
    package let hand: Hand
    /// Where the books lie, as a person is told.
    package let folder: String
    /// What this process did at its counter.
    package var tally = Tally()
    /// Payments that came in, and that the books do not take: a person has to look at them.
    package private(set) var setAside: [Draft] = []
    /// Keys that were convicted since somebody asked.
    private var convicted: [CaseID] = []

    /// Opens the counter over books that were opened: what they lead to, and do not say yet, is
    /// booked.
    package init(
        _ books: Books,
        _ setting: Mint.Setting,
        root: Key,
        hand: Hand,
        folder: String
    ) throws(TillFault) {
        (self.books, self.root) = (books, root)
        (self.hand, self.folder) = (hand, folder)
        let last: Books.Entry?
        do { last = try books.entry(about: Ruling.closings) } catch { throw .books(error) }
        mint = Mint(setting, books.ledger, closed: last?.booked.word.flatMap { Day($0.place) })
        try recall()
    }

    /// Everything that the mint has to know of what was booked; of sticks that are settled nothing.
    private func recall() throws(TillFault) {
        var found: [Books.Entry] = []
        let closed = mint.closed
        do throws(BooksError) {
            for matter in Books.Matter.standing {
                try books.entries(of: matter) { found.append($0) }
            }
            for kind in [Act.Kind.honour, .transfer] {
                try books.entries(of: kind) { found.append($0) }
            }
            if let first = try books.firstStick(after: closed) {
                for matter in Books.Matter.ofSticks {
                    try books.entries(of: matter, from: first) { found.append($0) }
                }
                for kind in [Act.Kind.charge, .redemption, .clearing, .consumption] {
                    try books.entries(of: kind, from: first) { found.append($0) }
                }
            }
        } catch {
            throw .books(error)
        }
        var all: [Booked] = []
        for entry in found.sorted(by: { $0.number < $1.number }) {
            guard let booked = try? entry.heard() else { throw .matters(entry.number) }
            all.append(booked)
        }
        do {
            for booked in all { try mint.recall(booked) }
        } catch {
            throw .matters(error.entry)
        }
        let drafts: [Draft]
        do { drafts = try mint.hear(all, hand, Recalled(books: books)) } catch { throw .stopped }
        do { try rule(drafts) } catch { throw .log(error) }
    }

    // MARK: At the counter

    /// What a request leads to; its signature is known to be its sender's.
    func answer(_ request: Request, at now: Moment) throws(RecallFault) -> Reply {
        let reply = try mint.answer(request, at: now, hand, Recalled(books: books))
        tally.note(request, reply)
        return reply
    }

    /// Books what the counter granted, and the credit of payments that came in.
    ///
    /// What was granted is what is booked, or the two of them are not the same office any more.
    func book(
        _ drafts: [Draft],
        credits: [Draft],
        isOpening: Bool = false
    ) throws(LogFault) {
        guard !drafts.isEmpty || !credits.isEmpty else { return }
        let outcomes: [Books.Outcome]
        do {
            outcomes = try books.write((drafts + credits).map { Books.Draft($0) })
        } catch {
            throw LogFault("the books: \(error.words)")
        }
        for (draft, outcome) in zip(drafts, outcomes) {
            switch outcome {
            case .booked, .again: continue
            case .refused:
                throw LogFault(
                    "the books take otherwise what was granted for"
                        + " \(draft.request.bytes): \(outcome)"
                )
            }
        }
        mint.booked(drafts.map(\.request))
        var heard: [Booked] = []
        for (draft, outcome) in zip(drafts, outcomes) {
            if case .booked(let entry) = outcome { heard.append(entry.heard(draft.deed)) }
        }
        for (draft, outcome) in zip(credits, outcomes.dropFirst(drafts.count)) {
            switch outcome {
            case .booked(let entry):
                try take(draft.deed, entry)
                heard.append(entry.heard(draft.deed))
            case .again: break
            case .refused(let refusal):
                // At the counter nothing is decided that the books would not take; what an
                // older journal or older books lead to keeps nobody else from it.
                guard isOpening else {
                    throw LogFault("the books refuse the credit of a payment: \(refusal)")
                }
                setAside.append(draft)
            }
        }
        try judge(heard)
    }

    /// What is in the books is heard, and what follows from it is booked.
    private func judge(_ heard: [Booked]) throws(LogFault) {
        let drafts: [Draft]
        do { drafts = try mint.hear(heard, hand, Recalled(books: books)) } catch {
            throw LogFault("the books cannot be read")
        }
        try rule(drafts)
    }

    /// Books what was judged, together.
    private func rule(_ drafts: [Draft]) throws(LogFault) {
        guard !drafts.isEmpty else { return }
        let outcomes: [Books.Outcome]
        do {
            outcomes = try books.write(drafts.map { Books.Draft($0) })
        } catch {
            throw LogFault("the books: \(error.words)")
        }
        var heard: [Booked] = []
        for (draft, outcome) in zip(drafts, outcomes) {
            switch outcome {
            case .booked(let entry):
                try take(draft.deed, entry)
                heard.append(entry.heard(draft.deed))
                if case .ruled(.convicted(let id, _)) = draft.deed { convicted.append(id) }
            case .again: break
            case .refused(let refusal):
                throw LogFault("the books take otherwise what was judged: \(refusal)")
            }
        }
        do {
            // What was judged proves nothing new.
            _ = try mint.hear(heard, hand, Recalled(books: books))
        } catch {
            throw LogFault("the books cannot be read")
        }
    }

    /// Takes what came to light at the counter; not while anything is being written.
    func present(_ showing: Showing, at now: Moment) throws(LogFault) {
        guard let draft = mint.evidence(showing, at: now) else { return }
        let outcomes: [Books.Outcome]
        do { outcomes = try books.write([Books.Draft(draft)]) } catch {
            throw LogFault("the books: \(error.words)")
        }
        var heard: [Booked] = []
        for case .booked(let entry) in outcomes {
            try take(draft.deed, entry)
            heard.append(entry.heard(draft.deed))
        }
        try judge(heard)
    }

    /// Cases that were opened since this was asked last.
    package func takeConvicted() -> [CaseID] {
        defer { convicted = [] }
        return convicted
    }

    /// Whether the office may decide to take a handover: then its credit can be booked.
    func mayTake(_ handover: Handover, _ links: [Link], of payment: PaymentID) -> Bool {
        mint.mayTake(handover, links, of: payment)
    }

    /// Whether the books have this stick at all.
    func hasIssued(_ stick: Hash) throws(LogFault) -> Bool {
        do { return try books.hasIssued(stick) } catch {
            throw LogFault("the books: \(error.words)")
        }
    }

    /// The COMMIT of a payment that is booked.
    func committed(_ payment: PaymentID) throws(LogFault) -> Commit? {
        let found: Books.Entry?
        do { found = try books.entry(of: Redemption.request(of: payment)) } catch {
            throw LogFault("the books: \(error.words)")
        }
        guard let found else { return nil }
        switch try? found.deed() {
        case .redeemed(_, let redemption), .received(let redemption): return redemption.commit
        case _: throw LogFault("entry \(found.number) does not say what was paid")
        }
    }

    /// The credit of a payment to this office, and what it was shown.
    func credit(
        _ handover: Handover,
        _ commit: Commit,
        shown links: [Link]? = nil,
        as use: Use = .redeemed
    ) throws(LogFault) -> [Draft] {
        guard let drafts = mint.credit(handover, commit, shown: links, as: use) else {
            throw LogFault("a payment came in from a key that nobody has enrolled")
        }
        return drafts
    }

    /// Books what the wallet beside the books shows as paid and they do not have: a power cut came
    /// between the two.
    package func catchUp(with wallet: Wallet, at now: Moment) throws(LogFault) {
        let unbooked = wallet.selling.values.compactMap { seller -> Paid? in
            if case .paid(let paid) = seller.phase { paid } else { nil }
        }.sorted { $0.payment.array.lexicographicallyPrecedes($1.payment.array) }
        #if Planted
        if Plant.creditForgotten.isHere { return }
        #endif
        var credits: [Draft] = []
        for paid in unbooked where try !isBooked(paid) {
            let links = wallet.links(behind: paid.handover)
            // What was paid for otherwise since, or was settled, is paid for once.
            let isTaken = mint.mayTake(paid.handover, links, of: paid.payment, isDecided: true)
            let drafts = try credit(
                paid.handover,
                paid.commit,
                shown: links,
                as: paid.deal.use
            )
            if isTaken {
                credits += drafts
            } else {
                let request = Redemption(paid.handover, paid.commit).request
                setAside += drafts.filter { $0.request == request }
            }
        }
        try book([], credits: credits, isOpening: true)
        // Whom the office's own wallet knows to have cheated, it may not have told the books.
        for key in wallet.convicts.keys.sorted() {
            if let proof = wallet.convicts[key] { try present(Showing(proof), at: now) }
        }
    }

    private func isBooked(_ paid: Paid) throws(LogFault) -> Bool {
        let redemption = Redemption(paid.handover, paid.commit)
        do {
            return try books.entry(of: redemption.request) != nil
        } catch {
            throw LogFault("the books: \(error.words)")
        }
    }

    private func take(_ deed: Deed, _ entry: Books.Entry) throws(LogFault) {
        do {
            try mint.take(entry.heard(deed))
        } catch {
            throw LogFault("entry \(entry.number) does not follow from those before it")
        }
    }

    // MARK: At the desk

    /// Books what the operator wants, all in one group or nothing, unless it was booked before
    /// with its request.
    package func book(_ drafts: [Draft]) throws(BooksError) -> [Books.Outcome] {
        let outcomes = try books.write(drafts.map { Books.Draft($0) }, isWhole: true)
        let isRefused = outcomes.contains { if case .refused = $0 { true } else { false } }
        guard !isRefused else { return outcomes }
        var heard: [Booked] = []
        for (draft, outcome) in zip(drafts, outcomes) {
            guard case .booked(let entry) = outcome else { continue }
            let booked = entry.heard(draft.deed)
            do {
                try mint.take(booked)
            } catch {
                preconditionFailure("what the books took follows from what is in them: \(error)")
            }
            heard.append(booked)
        }
        do {
            // What an operator does proves nothing against anybody.
            _ = try mint.hear(heard, hand, Recalled(books: books))
        } catch {
            throw .stopped
        }
        return outcomes
    }

    /// Books one thing that the operator wants.
    package func book(_ draft: Draft) throws(BooksError) -> Books.Outcome {
        guard let outcome = try book([draft]).first else {
            preconditionFailure("a draft has an outcome")
        }
        return outcome
    }

    /// What a key may be revoked by; the books may have stopped.
    package func revocation(
        of key: Key,
        reason: Text,
        lastGood: UInt64?,
        at now: Moment
    ) throws(RecallFault) -> Result<Deed, Forbidden> {
        try mint.revoke(
            key,
            reason: reason,
            lastGood: lastGood,
            at: now,
            hand,
            Recalled(books: books)
        )
    }

    /// The last counter of a member that is in the books.
    package func through(_ member: Mint.Member) throws(RecallFault) -> UInt64 {
        try mint.through(member, Recalled(books: books))
    }
}

/// The books, as the mint looks into them.
private struct Recalled: Recall {
    let books: Books

    func deed(at number: UInt64) throws(RecallFault) -> Deed? {
        let found = try asking { () throws(BooksError) in try books.entry(at: number) }
        guard let entry = found else { return nil }
        guard let deed = try? entry.deed() else { throw RecallFault() }
        return deed
    }

    func deed(of request: Hash) throws(RecallFault) -> (deed: Deed, moment: Moment)? {
        let found = try asking { () throws(BooksError) in try books.entry(of: request) }
        guard let entry = found else { return nil }
        guard let deed = try? entry.deed() else { throw RecallFault() }
        return (deed, entry.moment)
    }

    func handIn(
        of key: Key,
        in epoch: Epoch,
        from counter: UInt64?
    ) throws(RecallFault) -> HandIn? {
        guard counter ?? 0 <= Books.Word.placeAtMost else { return nil }
        let found = try asking { () throws(BooksError) in
            try books.entry(about: HandIn.about(key, epoch), from: counter)
        }
        guard let entry = found else { return nil }
        guard case .handedIn(let handIn)? = try? entry.deed() else { throw RecallFault() }
        return handIn
    }

    private func asking<Answer>(
        _ body: () throws(BooksError) -> Answer
    ) throws(RecallFault) -> Answer {
        do { return try body() } catch { throw RecallFault() }
    }
}

extension Books.Matter {
    /// What is true for good.
    fileprivate static let standing: [Books.Matter] = [
        .invite, .meterInvite, .enrolment, .certification, .window, .revocation, .conviction,
        .duplicate, .notice, .bill, .billWithdrawn, .tariff, .contract,
    ]
    /// What is about sticks, and of no use once they are settled.
    fileprivate static let ofSticks: [Books.Matter] = [.handIn, .shown, .received]
}

/// Why no counter can be opened.
package enum TillFault: Error, Hashable, Sendable {
    case books(BooksError)
    /// This entry does not follow from those before it.
    case matters(UInt64)
    case log(LogFault)
    /// The books stopped meanwhile.
    case stopped
}

extension MintFault {
    fileprivate var entry: UInt64 {
        switch self {
        case .unheard(let number), .ledger(let number, _): number
        }
    }
}

extension BooksError {
    /// In a few words, for a log.
    package var words: String { "\(self)" }
}
