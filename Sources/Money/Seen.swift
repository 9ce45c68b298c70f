package import Words

/// Every handover a peer has met, by what it passed on: two that meet are a fork.
package struct Seen: Sendable {
    private struct Node: Hashable {
        let stick: Hash
        let parent: EntryReference?
    }

    private var links: [Node: [Link]] = [:]
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
        guard !links[node, default: []].contains(where: { $0.reference == link.reference }) else {
            return
        }
        links[node, default: []].append(link)
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
        links[Node(stick: stick, parent: parent), default: []].filter {
            $0.entry.units.overlaps(units) && $0.reference != own
        }
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
