package import Money
package import Words

// Whether what came back is known to be whose it was: what the office pays for without asking who
// answers for it.

extension Reckoning {
    /// Of the units of an entry of a handover to the office, those about which everybody through
    /// whose hands they came agrees: each link above was handed in by its payer, none was aborted,
    /// and nobody is known to have passed them on otherwise.
    ///
    /// In their order. What is not agreed once somebody contradicted it never will be.
    package func agreed(_ entry: Entry, of handover: Handover) -> [Units] {
        agreed(entry.units, of: entry.stick, below: entry.parent, Step(entry, of: handover))
    }

    /// The same as if everybody had handed in what is not here yet; `links` are those that it was
    /// shown with.
    package func agreeable(_ entry: Entry, of handover: Handover, _ links: [Link]) -> [Units] {
        guard let tree = trees[entry.stick] else { return [entry.units] }
        var last = Step(entry, of: handover)
        var (rest, parent) = ([entry.units], entry.parent)
        // Links that are not here yet hang on those that are.
        while let above = parent, tree[above] == nil {
            guard let link = links.first(where: { $0.reference == above }) else { return [] }
            rest = uncontradicted(rest, last, below: parent, in: tree)
            (last, parent) = (Step(link), link.entry.parent)
        }
        return rest.flatMap { units in
            agreed(units, of: entry.stick, below: parent, last) { _ in true }
        }
    }

    /// The same of units that came back with a handover that is here.
    package func agreed(_ units: Units, in reference: EntryReference, of stick: Hash) -> [Units] {
        guard let twig = trees[stick]?[reference], let last = step(twig) else { return [] }
        return agreed(units, of: stick, below: twig.parent, last)
    }

    /// The same as if everybody had handed in what is not here yet: what is not in it never will be
    /// agreed.
    package func agreeable(
        _ units: Units,
        in reference: EntryReference,
        of stick: Hash
    ) -> [Units] {
        guard let twig = trees[stick]?[reference], let last = step(twig) else { return [] }
        return agreed(units, of: stick, below: twig.parent, last, isHandedIn: { _ in true })
    }

    /// What the office waits for to know whose these units are.
    package func awaited(_ reference: EntryReference, of stick: Hash) -> [Awaited] {
        guard let tree = trees[stick], let parent = tree[reference]?.parent else { return [] }
        return tree.path(to: parent).compactMap { above in
            guard let twig = tree[above], twig.handedIn == nil, let passing = passing(twig) else {
                return nil
            }
            return Awaited(handover: above.handover, payer: passing.name.payer)
        }
    }

    /// A handover that its payer has not handed in.
    package struct Awaited: Hashable, Sendable {
        package let handover: Hash
        package let payer: Key
    }

    /// A handover, as far as others can contradict it.
    private struct Step {
        let hash: Hash
        let payer: Key
        let place: Place
        let releases: [PaymentName]

        init(_ entry: Entry, of handover: Handover) {
            (hash, payer) = (handover.hash, handover.header.payer)
            (place, releases) = (
                handover.header.place, entry.releases.map { PaymentName($0) }
            )
        }

        init(_ link: Link) {
            (hash, payer, place) = (link.handover, link.header.payer, link.header.place)
            releases = link.entry.releases.map { PaymentName($0) }
        }

        init(_ passing: Passing, _ twig: Twig) {
            (hash, payer) = (twig.reference.handover, passing.name.payer)
            (place, releases) = (passing.place, twig.releases)
        }
    }

    private func step(_ twig: Twig) -> Step? { passing(twig).map { Step($0, twig) } }

    private func agreed(
        _ units: Units,
        of stick: Hash,
        below parent: EntryReference?,
        _ last: Step,
        isHandedIn: (Twig) -> Bool = { $0.handedIn != nil }
    ) -> [Units] {
        // What became of a settled stick stands in the books.
        guard let tree = trees[stick] else { return [units] }
        var rest = uncontradicted([units], last, below: parent, in: tree)
        for reference in tree.path(to: parent) {
            guard !rest.isEmpty, let twig = tree[reference], isHandedIn(twig),
                let passing = passing(twig), !isAborted(passing), !isBeyondRevocation(passing)
            else { return [] }
            rest = uncontradicted(rest, Step(passing, twig), below: twig.parent, in: tree)
        }
        return rest
    }

    /// What is left without the units that the same payer is known to have passed on otherwise.
    private func uncontradicted(
        _ units: [Units],
        _ step: Step,
        below parent: EntryReference?,
        in tree: StickTree
    ) -> [Units] {
        var (rest, left) = ([Units](), units)
        while let next = left.popLast() {
            let other = tree.first(below: parent, by: step.payer, meeting: next) { other in
                guard other.reference.handover != step.hash, let passing = passing(other) else {
                    return false
                }
                return contradicts(other, passing, step)
            }
            if let other {
                left += next.removing(other.units)
            } else {
                rest.append(next)
            }
        }
        return rest.sorted { $0.lo < $1.lo }
    }

    /// A fork; or a payment that was aborted, and whose payee used it all the same.
    private func contradicts(_ other: Twig, _ passing: Passing, _ step: Step) -> Bool {
        let isReleased =
            passing.place < step.place ? step.releases.contains(passing.name) : false
        return !isReleased || isCommitted(other.reference.handover, passing)
    }
}
