import Money
import Words

// What a paper proves together with those before it. Each pair is looked at when the later of the
// two comes, so what is found does not depend on which that is. Where a paper cannot be read just
// now, nothing is found: whoever keeps them says so.

extension Reckoning {
    /// Opens a case once, with a proof that anybody can check.
    private mutating func open(
        _ id: CaseID,
        _ proof: Proof,
        _ checking: some Checking,
        _ taken: inout Taken
    ) {
        guard proves(proof, .convicts(id.convict), checking), opened.insert(id).inserted else {
            return
        }
        taken.discoveries.append(.opened(id, proof))
    }

    private mutating func freeze(
        _ notice: Notice,
        _ proof: Proof,
        _ checking: some Checking,
        _ taken: inout Taken
    ) {
        guard proves(proof, .freezes(notice.key), checking), notices.insert(notice).inserted
        else { return }
        taken.discoveries.append(.frozen(notice, proof))
    }

    /// Nobody is accused without a proof that anybody can check.
    private func proves(_ proof: Proof, _ expected: Verdict, _ checking: some Checking) -> Bool {
        (try? proof.verdict(checking)) == expected
    }

    /// Other links of the same key and parent with some of the same units.
    mutating func findForks(
        _ twig: Twig,
        in stick: Hash,
        _ papers: some Papers,
        _ checking: some Checking,
        _ taken: inout Taken
    ) {
        guard let tree = trees[stick], let payer = passing(twig)?.name.payer else { return }
        #if Planted
        if Plant.forkUnseen.isHere { return }
        #endif
        let id = CaseID.fork(by: payer, stick: stick, parent: twig.parent)
        guard !opened.contains(id) else { return }
        let other = tree.first(below: twig.parent, by: payer, meeting: twig.units) {
            $0.reference != twig.reference && forked(twig, $0)
        }
        guard let other, let one = papers.link(twig.reference),
            let two = papers.link(other.reference)
        else { return }
        open(id, .fork(of: one, and: two), checking, &taken)
    }

    /// An ABORT of a payment, and the payee's COMMIT or a use of its own below a handover of it.
    mutating func findEquivocation(
        _ name: PaymentName,
        _ papers: some Papers,
        _ checking: some Checking,
        _ taken: inout Taken
    ) {
        let id = CaseID.equivocation(name)
        guard let decisions = payments[name], decisions.isAborted, !opened.contains(id) else {
            return
        }
        if !decisions.commits.isEmpty {
            guard let abort = papers.abort(name), let commit = papers.commit(name) else { return }
            return open(id, .equivocation(abort, .commit(commit)), checking, &taken)
        }
        for hash in handovers(of: name) where isUsed(hash, by: name.payee) {
            return findUse(of: hash, papers, checking, &taken)
        }
    }

    /// A use of one handover, whose payment was aborted.
    mutating func findUse(
        of hash: Hash,
        _ papers: some Papers,
        _ checking: some Checking,
        _ taken: inout Taken
    ) {
        guard let passing = handovers[hash], isAborted(passing) else { return }
        let (name, id) = (passing.name, CaseID.equivocation(passing.name))
        guard !opened.contains(id), let use = uses[User(handover: hash, key: name.payee)],
            let entry = passing.entries.all.first
        else { return }
        let reference = EntryReference(hash, entry.number)
        guard let abort = papers.abort(name), let aborted = papers.link(reference),
            let child = papers.link(use.first)
        else { return }
        open(id, .equivocation(abort, .below(aborted, child: child)), checking, &taken)
    }

    /// Other handovers at the same place: a fork where they meet, else a rollback.
    ///
    /// Which two do not meet is found in memory, however many there are; those two are read.
    mutating func findTwoAtOnePlace(
        _ twig: Twig,
        in stick: Hash,
        _ passing: Passing,
        _ papers: some Papers,
        _ checking: some Checking,
        _ taken: inout Taken
    ) {
        let notice = Notice(key: passing.name.payer, epoch: passing.place.epoch)
        let spot = Spot(key: passing.name.payer, place: passing.place)
        guard let here = places[spot], here.handovers.count > 1, !notices.contains(notice) else {
            return
        }
        let edge = Edges.Edge(twig, of: stick)
        var edges = here.edges ?? edges(of: here.handovers.all, but: twig.reference)
        let other = edges.apart(from: edge)
        edges.add(edge)
        places[spot]?.edges = edges
        guard let other, let own = papers.link(twig.reference), let link = papers.link(other)
        else { return }
        let (first, second) = own.comesBefore(link) ? (own, link) : (link, own)
        freeze(notice, .rollback(.onePlace(first, second)), checking, &taken)
    }

    private func edges(of handovers: [Hash], but own: EntryReference) -> Edges {
        var edges = Edges()
        for hash in handovers {
            for (stick, twig) in entries(of: hash) where twig.reference != own {
                edges.add(Edges.Edge(twig, of: stick))
            }
        }
        return edges
    }

    /// Handovers of one life that do not follow from each other, this one among them.
    mutating func findBreaks(
        around hash: Hash,
        before followers: [Hash],
        _ papers: some Papers,
        _ checking: some Checking,
        _ taken: inout Taken
    ) {
        guard let passing = handovers[hash], let whole = passing.whole else { return }
        let notice = Notice(key: passing.name.payer, epoch: passing.place.epoch)
        guard !notices.contains(notice) else { return }
        func beside(_ counter: UInt64?) -> [Hash] {
            guard let counter else { return [] }
            let place = Place(epoch: passing.place.epoch, counter: counter)
            return places[Spot(key: passing.name.payer, place: place)]?.handovers.all ?? []
        }
        let counter = passing.place.counter
        var before = beside(counter == 0 ? nil : counter - 1)
        if let previous = whole.previous { before.append(previous) }
        let after = beside(counter == .max ? nil : counter + 1) + followers
        let pairs = before.map { ($0, hash) } + after.map { (hash, $0) }
        for (first, second) in pairs where isBroken(first, second) {
            guard let one = papers.handover(first), let two = papers.handover(second) else {
                return
            }
            return freeze(notice, .rollback(.broken(one, then: two)), checking, &taken)
        }
    }

    /// Whether the second does not follow from the first.
    private func isBroken(_ first: Hash, _ second: Hash) -> Bool {
        guard let one = handovers[first], let two = handovers[second], let old = one.whole,
            let new = two.whole, one.name.payer == two.name.payer,
            one.place.epoch == two.place.epoch, one.place < two.place
        else { return false }
        guard new.previous == first else {
            return new.sum != nil && two.place.counter - one.place.counter == 1
        }
        // To redeem needs no permission: the total of a handover to an office is without it.
        guard let sum = new.sum, !offices.contains(two.name.payee) else { return false }
        // Nor does anything say in a handover whose key is an office's, so that such a total proves
        // nothing.
        return old.window == new.window && old.total != new.total
            && old.total.adding(sum) != new.total
    }
}
