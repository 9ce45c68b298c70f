package import Money
internal import Wire
package import Words

// One function for each thing that can be presented. What is refused changes nothing; what is
// known already costs a look.

extension Reckoning {
    /// A payer hands in what it signed.
    package mutating func handIn(
        _ handover: Handover,
        at number: UInt64,
        _ papers: inout some Papers,
        _ checking: some Checking
    ) throws(TakeFault) -> Taken {
        guard let privates = handover.privates else { throw .leaves }
        let (hash, header) = (handover.hash, handover.header)
        let isKnown = handovers[hash]?.whole != nil
        guard isKnown || checking.isSigned(hash, by: header.payer, with: handover.signature)
        else { throw .signature }
        var taken = Taken()
        for entry in handover.entries where trees[entry.stick] == nil {
            taken.notOut.append(entry.stick)
        }
        guard taken.notOut.count < handover.entries.count else { return taken }
        if !isKnown { papers.keep(handover) }
        for (index, entry) in handover.entries.enumerated()
        where !Self.isNonsense(entry, header) {
            let shape = Shape(reference: EntryReference(hash, index), entry: entry, header: header)
            take(shape, number, shown: nil, handedIn: number, papers: &papers, checking, &taken)
        }
        if let last = handovers[hash]?.whole?.last {
            handovers[hash]?.whole?.last = max(last, number)
        } else if handovers[hash] != nil {
            let whole = Passing.Whole(privates, handover.sum, at: number)
            let followers = learn(whole, of: hash)
            findBreaks(around: hash, before: followers, papers, checking, &taken)
        }
        return taken
    }

    /// Somebody shows where units come from that it holds.
    package mutating func show(
        _ links: [Link],
        at number: UInt64,
        _ papers: inout some Papers,
        _ checking: some Checking
    ) throws(TakeFault) -> Taken {
        for link in links where trees[link.entry.stick]?[link.reference] == nil {
            guard link.isSigned(checking) else { throw .signature }
        }
        var taken = Taken()
        for link in links {
            let stick = link.entry.stick
            guard trees[stick] != nil else {
                taken.notOut.append(stick)
                continue
            }
            guard !Self.isNonsense(link.entry, link.header) else { continue }
            if trees[stick]?[link.reference] == nil { papers.keep(link) }
            let shape = Shape(reference: link.reference, entry: link.entry, header: link.header)
            take(shape, number, shown: number, handedIn: nil, papers: &papers, checking, &taken)
        }
        return taken
    }

    package mutating func take(
        _ abort: Abort,
        at number: UInt64,
        _ papers: inout some Papers,
        _ checking: some Checking
    ) throws(TakeFault) -> Taken {
        let name = PaymentName(abort)
        guard isAborted(name) || abort.isSigned(checking) else { throw .signature }
        var taken = Taken()
        learn(abort, at: number, &papers, checking, &taken)
        return taken
    }

    /// A COMMIT by the payee, or by an office in its place.
    package mutating func take(
        _ commit: Commit,
        at number: UInt64,
        _ papers: inout some Papers,
        _ checking: some Checking
    ) throws(TakeFault) -> Taken {
        guard commit.isSigned(checking) else { throw .signature }
        var taken = Taken()
        if offices.contains(commit.sender) {
            sayings[commit.handover, default: Sayings()].commit(at: number)
            return taken
        }
        let name = PaymentName(commit)
        let isFirst = payments[name]?.commits.isEmpty ?? true
        payments[name, default: Decisions()].commit(commit, at: number)
        if isFirst { papers.keep(commit) }
        findEquivocation(name, papers, checking, &taken)
        return taken
    }

    /// The payer says that it applied a decision.
    package mutating func take(
        _ committed: Committed,
        at number: UInt64,
        _ checking: some Checking
    ) throws(TakeFault) {
        guard committed.isSigned(checking) else { throw .signature }
        let name = PaymentName(committed)
        payments[name, default: Decisions()].acknowledge(committed.decision, at: number)
    }

    /// A payee claims what a handover without a decision passed to it.
    package mutating func claim(_ handover: Hash, by key: Key, at number: UInt64) {
        sayings[handover, default: Sayings()].claim(by: key, at: number)
    }

    /// A payer says that it holds no COMMIT of a handover.
    package mutating func deny(_ handover: Hash, by key: Key, at number: UInt64) {
        sayings[handover, default: Sayings()].deny(by: key, at: number)
    }

    /// The office has taken what this handover passed to it: its COMMIT is in the books.
    ///
    /// It has paid for it, or what came back waits. Read anew from the books, sticks of which other
    /// entries were may be settled by now.
    package mutating func redeem(
        _ handover: Hash,
        as use: Redemption,
        besides settled: [Hash] = [],
        isPaid: Bool = true
    ) throws(TakeFault) {
        guard let passing = handovers[handover], offices.contains(passing.name.payee) else {
            throw .notToAnOffice
        }
        if passing.redemption == use { return }
        guard passing.redemption == nil,
            passing.entries.count + settled.count == passing.count
        else { throw .incomplete }
        for entry in passing.entries.all {
            let reference = EntryReference(handover, entry.number)
            guard let tree = trees[entry.stick], let twig = tree[reference] else {
                throw .notOut(entry.stick)
            }
            guard fits(tree.path(to: reference), in: tree) else { throw .chain(reference) }
            if let units = tree.redeemed(meeting: twig.units) {
                throw .redeemed(stick: entry.stick, units)
            }
        }
        for entry in passing.entries.all {
            let reference = EntryReference(handover, entry.number)
            trees[entry.stick]?.redeem(reference, as: use, isPaid: isPaid)
        }
        handovers[handover]?.redemption = use
    }

    /// The office has paid for units of a stick that came back with this handover, and waited.
    package mutating func pay(
        for units: Units,
        of stick: Hash,
        in handover: Hash
    ) throws(TakeFault) {
        guard trees[stick]?.pay(units, of: handover) == true else {
            throw .notWaiting(stick: stick, units)
        }
    }

    /// Whether the office can take this handover to it, which was shown with those links: what is
    /// said yes to here is redeemed without a fault once it is in the books.
    ///
    /// The sticks are out, none of the units came back before, each link passes on what its payer
    /// has, and none lies beyond a revocation of its payer, be it a convict's or not.
    package func mayRedeem(
        _ handover: Handover,
        _ links: [Link],
        revoked: (Key) -> Place?
    ) -> Bool {
        let shown = Dictionary(links.map { ($0.reference, $0) }) { first, _ in first }
        return handover.entries.allSatisfy { entry in
            guard let tree = trees[entry.stick], tree.redeemed(meeting: entry.units) == nil else {
                return false
            }
            guard !Self.isNonsense(entry, handover.header) else { return false }
            var (path, next) = ([(handover.header, entry)], entry.parent)
            // A link names its parent's hash, so no chain comes back to where it was.
            while let reference = next {
                guard let link = shown[reference], link.entry.stick == entry.stick,
                    !Self.isNonsense(link.entry, link.header)
                else { return false }
                path.append((link.header, link.entry))
                next = link.entry.parent
            }
            guard path.count <= Self.linksPerChain else { return false }
            var (holder, units) = (tree.stick.owner, Units(0, tree.stick.units.units))
            for (header, entry) in path.reversed() {
                guard header.payer == holder, header.payee != holder,
                    units?.contains(entry.units) == true,
                    revoked(header.payer).map({ header.place <= $0 }) ?? true
                else { return false }
                (holder, units) = (header.payee, entry.units)
            }
            return true
        }
    }

    /// Whether a chain begins at the stick's owner, and each link passes on what its payer has.
    private func fits(_ path: [EntryReference], in tree: StickTree) -> Bool {
        var (holder, units) = (tree.stick.owner, Units(0, tree.stick.units.units))
        var parent: EntryReference?
        for reference in path {
            guard let twig = tree[reference], twig.parent == parent, let passing = passing(twig),
                passing.name.payer == holder, passing.name.payee != holder,
                units?.contains(twig.units) == true
            else { return false }
            (holder, units, parent) = (passing.name.payee, twig.units, reference)
        }
        return path.count <= Self.linksPerChain
    }
}

// MARK: What follows at once

extension Reckoning {
    private func isAborted(_ name: PaymentName) -> Bool { payments[name]?.isAborted == true }

    /// An entry that was presented, with what else is known of it.
    private struct Shape {
        let reference: EntryReference
        let entry: Entry
        let header: Header
    }

    /// Takes an entry of a stick that is out.
    ///
    /// The least number of each thing counts, so that it does not matter which came first.
    private mutating func take(
        _ shape: Shape,
        _ number: UInt64,
        shown: UInt64?,
        handedIn: UInt64?,
        papers: inout some Papers,
        _ checking: some Checking,
        _ taken: inout Taken
    ) {
        let stick = shape.entry.stick
        if let twig = trees[stick]?[shape.reference] {
            trees[stick]?.note(shape.reference, shown: shown, handedIn: handedIn)
            for name in twig.releases {
                payments[name, default: Decisions()].abort(at: number, nil)
            }
        } else if trees[stick] != nil {
            // A release that its payee did not sign excuses nobody, so it is none.
            let releases = shape.entry.releases.filter {
                $0.receiver == shape.header.payer && $0.isSigned(checking)
            }
            var twig = Twig(
                reference: shape.reference,
                units: shape.entry.units,
                parent: shape.entry.parent,
                releases: releases.map { PaymentName($0) }
            )
            twig.note(shown: shown, handedIn: handedIn)
            add(twig, of: stick, shape.header)
            for release in releases { learn(release, at: number, &papers, checking, &taken) }
            find(twig, in: stick, papers, checking, &taken)
        }
    }

    private mutating func learn(
        _ abort: Abort,
        at number: UInt64,
        _ papers: inout some Papers,
        _ checking: some Checking,
        _ taken: inout Taken
    ) {
        let name = PaymentName(abort)
        let isFirst = !isAborted(name)
        if isFirst { papers.keep(abort) }
        payments[name, default: Decisions()].abort(at: number, abort.payment.epoch)
        // What comes later is looked at when it comes.
        if isFirst { findEquivocation(name, papers, checking, &taken) }
    }

    /// Those that named this one as the one before them, and came earlier.
    private mutating func learn(_ whole: Passing.Whole, of hash: Hash) -> [Hash] {
        handovers[hash]?.whole = whole
        if let previous = whole.previous, handovers[previous]?.whole == nil {
            awaited[previous, default: Few()].insert(hash)
        }
        return awaited.removeValue(forKey: hash)?.all ?? []
    }

    private mutating func add(
        _ twig: Twig,
        of stick: Hash,
        _ header: Header
    ) {
        let hash = twig.reference.handover
        trees[stick]?.add(twig, by: header.payer)
        handovers[hash, default: Passing(header)]
            .add(Passing.Entry(number: twig.reference.number, stick: stick))
        signed[PaymentName(header), default: Few()].insert(hash)
        places[Spot(key: header.payer, place: header.place), default: Stand()].insert(hash)
        if let parent = twig.parent {
            let user = User(handover: parent.handover, key: header.payer)
            let use = Use(twig.reference, of: stick)
            uses[user, default: use].add(twig.reference, of: stick)
        }
    }

    /// What a link proves with those that were here before it.
    private mutating func find(
        _ twig: Twig,
        in stick: Hash,
        _ papers: some Papers,
        _ checking: some Checking,
        _ taken: inout Taken
    ) {
        guard let passing = passing(twig) else { return }
        findForks(twig, in: stick, papers, checking, &taken)
        findTwoAtOnePlace(twig, in: stick, passing, papers, checking, &taken)
        findUse(of: twig.reference.handover, papers, checking, &taken)
        if let parent = twig.parent { findUse(of: parent.handover, papers, checking, &taken) }
    }
}
