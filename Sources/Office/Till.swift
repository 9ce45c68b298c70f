package import Books
internal import Certificates
internal import Commit
internal import Ledger
package import Mint
internal import Money
internal import Sealing
internal import Wire
package import Words

package import struct Mint.Draft
package import struct Mint.Mint

/// An office's books and the rules of its counter, beside each other: what one says the other
/// knows.
///
/// It is used by one at a time: by whoever handles what arrives, and, while that one takes
/// datagrams alone, by whoever writes.
package final class Till {
    package let books: Books
    package private(set) var mint: Mint
    package let root: Key
    /// The office's home.
    package let folder: String
    let ring: KeyRing
    let hand: Hand
    /// What this process did at its counter.
    package var tally = Tally()
    /// Payments that came in, and that the books do not take: a person has to look at them.
    package private(set) var setAside: [Draft] = []

    /// Opens the counter over books that were opened.
    init(_ home: OfficeHome, _ ring: KeyRing, _ books: Books) throws(OfficeFault) {
        (self.books, self.ring, folder) = (books, ring, home.folder)
        let (root, office) = try home.certificates()
        guard let office else { throw .notCertified }
        guard office.key == ring.identity.key, books.founding.office == office.key else {
            throw .otherOffice(office.key)
        }
        self.root = root.key
        let setting = Mint.Setting(
            asset: books.founding.asset,
            office: office.key,
            rootDER: try home.reading(home.root, cap: Limits.certificateBytes),
            officeDER: try home.reading(home.certificate, cap: Limits.certificateBytes)
        )
        hand = try Self.hand(setting, root.key, ring.identity, home)
        do {
            mint = try Mint(setting, books.ledger, try books.matters())
        } catch let error as BooksError {
            throw .books(error)
        } catch {
            throw .matters
        }
    }

    private static func hand(
        _ setting: Mint.Setting,
        _ root: Key,
        _ identity: Identity,
        _ home: OfficeHome
    ) throws(OfficeFault) -> Hand {
        let authority = try home.certified { () throws(CertificateFault) in
            try Authority(
                der: setting.officeDER,
                issuedBy: root,
                checking: OfficeHome.isSigned
            )
        }
        let checking = Checks(OfficeHome.isSigned)
        return Hand(signer: identity, checking: checking) { key, sealingKey, from, until in
            var chance = SystemChance()
            let holder = Holder(
                key: key,
                sealingKey: sealingKey,
                roles: [.wallet],
                notBefore: from,
                notAfter: until
            )
            return try? authority.certify(
                holder,
                chance: &chance,
                sign: { identity.sign(bytes: $0) }
            )
        }
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
        for (draft, outcome) in zip(credits, outcomes.dropFirst(drafts.count)) {
            switch outcome {
            case .booked(let entry): try take(draft.deed, entry)
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
    }

    /// Whether the office may decide to take a handover: then its credit can be booked.
    func mayTake(_ handover: Handover, of payment: PaymentID) -> Bool {
        mint.mayTake(handover, of: payment)
    }

    /// The credit of a payment to this office.
    func credit(_ handover: Handover, _ commit: Commit) throws(LogFault) -> Draft {
        guard let draft = mint.credit(handover, commit) else {
            throw LogFault("a payment came in from a key that nobody has enrolled")
        }
        return draft
    }

    private func take(_ deed: Deed, _ entry: Books.Entry) throws(LogFault) {
        do {
            try mint.take(deed, number: entry.number, at: entry.moment)
        } catch {
            throw LogFault("entry \(entry.number) does not follow from those before it")
        }
    }

    // MARK: At the desk

    /// Books one thing that the operator wants, unless it was booked before with its request.
    package func book(_ draft: Draft) throws(BooksError) -> Books.Outcome {
        let outcomes = try books.write([Books.Draft(draft)])
        guard let outcome = outcomes.first else { preconditionFailure("a draft has an outcome") }
        if case .booked(let entry) = outcome {
            do {
                try mint.take(draft.deed, number: entry.number, at: entry.moment)
            } catch {
                preconditionFailure("what the books took follows from what is in them: \(error)")
            }
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

extension Books {
    /// All that was booked of the counter's matters, in the order of the entries.
    fileprivate func matters() throws -> [(number: UInt64, moment: Moment, deed: Deed)] {
        var found: [Entry] = []
        for matter in [Matter.invite, .enrolment, .window, .revocation] {
            try entries(of: matter) { found.append($0) }
        }
        try redemptions { found.append($0) }
        return try found.sorted { $0.number < $1.number }.compactMap { entry in
            try entry.deed().map { (entry.number, entry.moment, $0) }
        }
    }
}

extension BooksError {
    /// In a few words, for a log.
    var words: String { "\(self)" }
}
