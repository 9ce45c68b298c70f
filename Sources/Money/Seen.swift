package import Words

/// Every handover a peer has met, by what it passed on: two that meet are a fork.
package struct Seen: Sendable {
    private struct Node: Hashable {
        let stick: Hash
        let parent: EntryReference?
    }

    private var links: [Node: Shelf] = [:]
    private var count = 0
    private var floors: [Key: Place] = [:]
    private var totals: [Hash: Amount] = [:]
    private var aborts: [AbortedPayment: Abort] = [:]

    package init() {}

    /// The highest place of this key that is known here: what it signs next lies above.
    package func floor(of key: Key) -> Place? { floors[key] }

    /// The highest running total of that window that is known here.
    package func total(of window: Hash) -> Amount? { totals[window] }

    package mutating func learn(_ link: Link) {
        let node = Node(stick: link.entry.stick, parent: link.entry.parent)
        guard links[node]?.isNew(link) ?? true else { return }
        count += 1
        links[node, default: Shelf()].add(Shelf.Filed(link, number: count))
        for release in link.entry.releases { learn(release) }
        let place = link.header.place
        floors[link.header.payer] = max(floors[link.header.payer] ?? place, place)
    }

    /// An ABORT kills every entry of its payment, wherever it was met.
    package mutating func learn(_ abort: Abort) { aborts[AbortedPayment(abort)] = abort }

    package mutating func learn(total: Amount, of window: Hash) {
        totals[window] = max(totals[window] ?? total, total)
    }

    /// Known handovers of units of this parent, other than the one named.
    package func others(
        stick: Hash,
        parent: EntryReference?,
        units: Units,
        than own: EntryReference?
    ) -> [Link] {
        guard let shelf = links[Node(stick: stick, parent: parent)] else { return [] }
        return shelf.meeting(units).map(\.link).filter { $0.reference != own }
    }

    /// What of it a payee needs to check that proposal: so that whoever checks holds no more, and
    /// what is learnt meanwhile is not copied for it.
    package func about(_ proposal: Proposal) -> Seen {
        var some = Seen()
        let shown = proposal.provenance.links
        for entry in shown.map(\.entry) + proposal.entries {
            let node = Node(stick: entry.stick, parent: entry.parent)
            for filed in links[node]?.meeting(entry.units) ?? []
            where some.links[node]?.isNew(filed.link) ?? true {
                some.links[node, default: Shelf()].add(filed)
            }
        }
        for link in shown {
            let payment = AbortedPayment(link.header)
            some.aborts[payment] = aborts[payment]
        }
        some.floors[proposal.payer] = floors[proposal.payer]
        some.totals[proposal.window.id] = totals[proposal.window.id]
        return some
    }

    /// Throws when the piece comes on a chain that neither extends what is known of its units
    /// nor leaves it at a link whose release it carries, or when a link of it was aborted.
    ///
    /// `shown` are the releases that came with the piece itself.
    package func check(_ chain: Chain, shown: [Abort]) throws(Refusal) {
        for link in chain.links {
            let others = others(
                stick: link.entry.stick,
                parent: link.entry.parent,
                units: chain.piece.units,
                than: link.reference
            )
            for other in others {
                let isLater = other.header.place < link.header.place
                guard isLater, link.entry.carriesRelease(of: other.header) else {
                    throw .releaseMissing(proof(other, link, below: chain))
                }
            }
            let known = aborts[AbortedPayment(link.header)]
            if let abort = known ?? shown.first(where: { $0.releases(link.header) }) {
                throw .aborted(use(of: link, after: abort, in: chain))
            }
        }
    }

    /// What a chain that left the known one without a release proves: a fork of whoever signed
    /// both, or, when the known one carries the release, that the chain's payee used what it
    /// had aborted.
    private func proof(_ known: Link, _ link: Link, below chain: Chain) -> Proof? {
        guard link.header.place < known.header.place,
            let abort = known.entry.releases.first(where: { $0.releases(link.header) })
        else { return .fork(of: known, and: link) }
        return use(of: link, after: abort, in: chain)
    }

    /// The proof that a link's payee used what it had aborted; none while its own handover is
    /// only proposed.
    private func use(of link: Link, after abort: Abort, in chain: Chain) -> Proof? {
        let child = chain.links.first { $0.entry.parent?.handover == link.handover }
        return child.map { .equivocation(abort, .below(link, child: $0)) }
    }
}

/// Links with one parent, in the order in which their units begin: nearly always there is nothing
/// in two of them, and what meets some units is found without looking at all.
private struct Shelf: Sendable {
    private var links: [Filed] = []
    /// How far units reach in all links up to each.
    private var reach: [UInt64] = []

    /// A link and which it was to be learnt; it is large, and lies apart.
    final class Filed: Sendable {
        let link: Link
        let number: Int

        init(_ link: Link, number: Int) { (self.link, self.number) = (link, number) }

        var units: Units { link.entry.units }
    }

    mutating func add(_ one: Filed) {
        let place = links.count(upTo: { $0.units.lo <= one.units.lo })
        links.insert(one, at: place)
        let before = place == 0 ? 0 : reach[place - 1]
        reach.insert(max(before, one.units.hi), at: place)
        var next = place + 1
        while next < reach.count, reach[next] < one.units.hi {
            reach[next] = one.units.hi
            next += 1
        }
    }

    /// Those with some of these units, in the order in which they were learnt.
    func meeting(_ units: Units) -> [Filed] {
        var found: [Filed] = []
        var next = links.count(upTo: { $0.units.lo < units.hi })
        while next > 0, reach[next - 1] > units.lo {
            next -= 1
            if links[next].units.hi > units.lo { found.append(links[next]) }
        }
        return found.count < 2 ? found : found.sorted { $0.number < $1.number }
    }

    func isNew(_ link: Link) -> Bool {
        !meeting(link.entry.units).contains { $0.link.reference == link.reference }
    }
}

/// Which payment an ABORT is of, as a header names it.
private struct AbortedPayment: Hashable {
    let payee: Key
    let payer: Key
    let payment: Hash

    init(_ header: Header) {
        (payee, payer, payment) = (header.payee, header.payer, header.payment)
    }

    init(_ abort: Abort) {
        (payee, payer) = (abort.sender, abort.receiver)
        payment = Header.hash(of: abort.payment)
    }
}
