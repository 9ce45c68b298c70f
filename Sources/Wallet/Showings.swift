package import Commit
import Money
import Wire
package import Words

// What a wallet shows its office, so that it can judge and settle: docs/PROTOCOL section 13.2.

extension Wallet {
    /// All that it has to show, in as many parts as that takes.
    ///
    /// What follows from its rows and the moment alone comes in one order, so that whoever shows
    /// it part by part is not led astray by what happens meanwhile. `over` are the payments of its
    /// history after ``toldThrough``, the oldest first.
    package func showings(at moment: Moment, _ over: [Over] = []) -> [ShowingPart] {
        let today = Payee.clock(moment, newestSigned: clock).day
        var pages = Pages()
        for key in accused where !shown.contains(key) {
            guard let papers = proof(against: key)?.papers else { continue }
            pages.add(papers, together: true)
        }
        for piece in purse.pieces + consumed.pieces where piece.spendUntil.isNearEnd(on: today) {
            show(piece, piece.releases, &pages)
        }
        for piece in stranded.pieces { show(piece, piece.releases, &pages) }
        for register in registersToShow {
            var word = Showing()
            word.decisions = [register.signed]
            pages.add(word)
        }
        for held in waiting { show(held, today, &pages) }
        for one in endedPayments where one.isClaimed {
            var claim = Showing()
            claim.claims = [one.handover]
            pages.add(claim)
        }
        for one in over.prefix(while: { isToBeTold($0, today) }) { show(one, today, &pages) }
        return pages.all
    }

    /// A payment of the history, and where it stands there.
    package struct Over: Sendable {
        package let number: UInt64
        fileprivate let begun: Moment
        /// What its payee said of what we handed over; nil where there is nothing to be told.
        fileprivate let paid: Paid?

        fileprivate struct Paid: Sendable {
            let handover: Handover
            let commit: Commit
        }

        package init(number: UInt64, _ finished: Finished) {
            (self.number, begun) = (number, finished.deal?.begun ?? .dawn)
            if finished.isBuyers, case .commit(let commit)? = finished.decision,
                let handover = finished.handover
            {
                paid = Paid(handover: handover, commit: commit)
            } else {
                paid = nil
            }
        }
    }

    /// Through which of these there is nothing that could be told of, from the first on; nil when
    /// there is of that one.
    package func nothingToTell(_ over: [Over], at moment: Moment) -> UInt64? {
        let today = Payee.clock(moment, newestSigned: clock).day
        return over.prefix { !hasSomeToTell($0, today) }.last?.number
    }

    private func hasSomeToTell(_ over: Over, _ today: Day) -> Bool {
        guard let handover = over.paid?.handover, handover.header.payer == owner.key,
            !isOffice(handover.header.payee)
        else { return false }
        // Of what is settled nothing counts any more.
        let isSettled = handover.entries.allSatisfy { entry in
            archive.stick(entry.stick).map { $0.settleUntil < today } ?? false
        }
        return !isSettled && over.begun.day.number + Self.daysToTell >= today.number
    }

    /// More than a stick is out.
    private static let daysToTell: UInt64 = 400

    /// A payee has a week to say so himself, be it by passing on what he was paid; less when the
    /// end of it is near.
    ///
    /// A clock that was wrong once holds nothing up.
    private func isToBeTold(_ over: Over, _ today: Day) -> Bool {
        let begun = over.begun.day
        guard begun <= today, today.number < begun.number + Limits.reminderDays,
            let entries = over.paid?.handover.entries
        else { return true }
        return entries.contains { entry in
            archive.stick(entry.stick).map { $0.spendUntil.isNearEnd(on: today) } ?? false
        }
    }

    /// That it was paid, in its payee's words: he may be gone, and be owed it.
    ///
    /// The handover's own links go with it: the office may have refused to have it handed in.
    private func show(_ over: Over, _ today: Day, _ pages: inout Pages) {
        var part = Showing()
        if hasSomeToTell(over, today), let paid = over.paid {
            part.links = paid.handover.entries.indices.map { paid.handover.link($0) }
            part.decisions = [paid.commit.signed]
        }
        pages.add(part, through: over.number)
    }

    /// All payments of its history up to this number are told, or there is nothing to tell.
    mutating func tell(through number: UInt64) {
        guard number > toldThrough else { return }
        toldThrough = number
        note(
            entry(RecordKind.settings, 0) { _ in },
            [.put(.register, key: Rows.told, bytes: row(1) { $0.number(number) })]
        )
    }

    /// What it agreed to, and knows no decision of; in the order of the payments' ids.
    private var waiting: [Held] {
        buying.values.compactMap { buyer in
            if case .held(let held) = buyer.phase { held } else { nil }
        }
        .sorted { $0.payment.array.lexicographicallyPrecedes($1.payment.array) }
    }

    /// Its chain, from the stick down, and that it was paid; the ABORTs are those of handovers
    /// that would else have taken these units.
    private func show(_ piece: Piece, _ aborts: [Abort], _ pages: inout Pages) {
        let chain = archive.chain(of: piece.holding)
        for link in chain.dropLast() { pages.add(Showing(links: [link])) }
        var end = Showing(links: chain.suffix(1))
        end.decisions = aborts.map(\.signed)
        if let last = chain.last, last.header.payee == owner.key { end.claims = [last.handover] }
        pages.add(end)
    }

    /// That it holds no COMMIT of it, when its units may soon be settled.
    private func show(_ held: Held, _ today: Day, _ pages: inout Pages) {
        let near = held.taken.indices.filter { held.taken[$0].spendUntil.isNearEnd(on: today) }
        guard !near.isEmpty else { return }
        // Their ABORTs go with the handover itself.
        for index in near { show(held.taken[index], [], &pages) }
        // What was signed in a life that has ended is handed in no more.
        if held.handover.header.place.epoch != owner.epoch {
            for index in near { pages.add(Showing(links: [held.handover.link(index)])) }
        }
        var denial = Showing()
        denial.denials = [held.handover.hash]
        pages.add(denial)
    }

    /// An office has taken what it was shown: what proves somebody guilty is shown once.
    mutating func took(_ showing: Showing, _ through: UInt64) {
        tell(through: through)
        let new = accused.filter { key in
            !shown.contains(key) && proof(against: key)?.papers.map(showing.contains) == true
        }
        guard !new.isEmpty else { return }
        shown.formUnion(new)
        note(
            entry(RecordKind.settings, 0) { _ in },
            new.map { .put(.register, key: Rows.shown($0), bytes: row(0) { _ in }) }
        )
    }
}

extension Proof {
    /// What an office is to see of it; nil when that takes whole handovers, which their payer
    /// alone hands in.
    fileprivate var papers: Showing? {
        switch self {
        case .fork(let first, let second), .rollback(.onePlace(let first, let second)):
            return Showing(links: [first, second])
        case .equivocation(let abort, let use):
            var papers = Showing()
            papers.decisions = [abort.signed]
            switch use {
            case .commit(let commit): papers.decisions.append(commit.signed)
            case .below(let aborted, let child): papers.links = [aborted, child]
            }
            return papers
        case .rollback(.broken): return nil
        }
    }
}

extension Showing {
    fileprivate init(links: [Link]) {
        self.init()
        self.links = links
    }

    fileprivate func contains(_ other: Showing) -> Bool {
        other.links.allSatisfy(links.contains) && other.decisions.allSatisfy(decisions.contains)
    }

    /// How many bytes its items take; a request has the heads of the lists besides.
    fileprivate var bytes: Int {
        links.reduce(0) { $0 + $1.wireBytes.count }
            + decisions.reduce(0) { $0 + $1.wireBytes.count }
            + (claims + denials).reduce(0) { $0 + $1.wireBytes.count }
    }
}

/// What one request shows, and through which payment of the history all are told with it.
package struct ShowingPart: Hashable, Sendable {
    package let showing: Showing
    package let through: UInt64

    package init(_ showing: Showing, through: UInt64 = 0) {
        (self.showing, self.through) = (showing, through)
    }
}

/// Requests that are filled one after the other: what is in one of them is in no later one.
private struct Pages {
    private var done: [ShowingPart] = []
    private var page = Showing()
    private var through: UInt64 = 0
    private var bytes = headBytes
    private var (everywhere, here) = (Known(), Known())

    /// Four lists of at most 64 items, in an array.
    private static let headBytes = 9

    private struct Known {
        var links: Set<EntryReference> = []
        var decisions: Set<Hash> = []
        var claims: Set<Hash> = []
        var denials: Set<Hash> = []

        func new(of part: Showing) -> Showing {
            var new = Showing(links: part.links.filter { !links.contains($0.reference) })
            new.decisions = part.decisions.filter { !decisions.contains($0.object.hash) }
            new.claims = part.claims.filter { !claims.contains($0) }
            new.denials = part.denials.filter { !denials.contains($0) }
            return new
        }

        mutating func learn(_ part: Showing) {
            links.formUnion(part.links.map(\.reference))
            decisions.formUnion(part.decisions.map(\.object.hash))
            claims.formUnion(part.claims)
            denials.formUnion(part.denials)
        }
    }

    var all: [ShowingPart] {
        page.isEmpty ? done : done + [ShowingPart(page, through: through)]
    }

    /// Puts what is new of it on the page, or all of it on the next.
    ///
    /// What proves something stands `together` on one page, whatever was on those before.
    mutating func add(_ part: Showing, together: Bool = false, through number: UInt64 = 0) {
        defer { through = max(through, number) }
        var new = (together ? here : everywhere).new(of: part)
        guard !new.isEmpty else { return }
        if !hasRoom(for: new) {
            done.append(ShowingPart(page, through: through))
            (page, bytes, here) = (Showing(), Self.headBytes, Known())
            if together { new = part }
        }
        page.links += new.links
        page.decisions += new.decisions
        page.claims += new.claims
        page.denials += new.denials
        bytes += new.bytes
        everywhere.learn(new)
        here.learn(new)
    }

    private func hasRoom(for new: Showing) -> Bool {
        page.links.count + new.links.count <= Showing.linksAtMost
            && page.decisions.count + new.decisions.count <= Showing.decisionsAtMost
            && page.claims.count + new.claims.count <= Showing.handoversAtMost
            && page.denials.count + new.denials.count <= Showing.handoversAtMost
            && bytes + new.bytes <= Showing.bytesAtMost
    }
}
