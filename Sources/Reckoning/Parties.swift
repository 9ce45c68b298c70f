import Money
import Words

extension Reckoning {
    /// Of how many links a case is told: whoever signs more of them tells nothing by it.
    package static let partiesAtMost = 256

    /// A case as far as it is known now; nil when none of that name was opened.
    ///
    /// Of sticks that were settled nothing is left here: the books keep what was known then.
    package func known(of id: CaseID) -> Case? {
        guard opened.contains(id) else { return nil }
        var twigs: [Placed]
        switch id {
        case .fork(let key, let stick, let parent):
            let all = trees[stick]?.below(parent, by: key) ?? []
            twigs = first(all.map { (stick, $0) })
            twigs = twigs.filter { one in
                twigs.contains {
                    $0.twig.reference != one.twig.reference
                        && $0.twig.units.overlaps(one.twig.units) && forked($0.twig, one.twig)
                }
            }
        case .equivocation(let name):
            twigs = first(handovers(of: name).flatMap { entries(of: $0) })
        }
        return Case(
            id: id,
            parties: parties(twigs),
            duplicated: duplicated(id, twigs)
        )
    }

    typealias Placed = (stick: Hash, twig: Twig)

    func entries(of handover: Hash) -> [Placed] {
        handovers[handover]?.entries.all.compactMap { entry in
            trees[entry.stick]?[EntryReference(handover, entry.number)].map { (entry.stick, $0) }
        } ?? []
    }

    /// As many as a case is told of, in the order in which they are honoured.
    private func first(_ twigs: [Placed]) -> [Placed] {
        func order(_ twig: Twig) -> (UInt64, UInt64) {
            (twig.shown ?? .max, twig.handedIn ?? .max)
        }
        let sorted = twigs.sorted {
            let (a, b) = (order($0.twig), order($1.twig))
            return a == b ? $0.twig.reference < $1.twig.reference : a < b
        }
        return Array(sorted.prefix(Self.partiesAtMost))
    }

    private func parties(_ twigs: [Placed]) -> [Case.Party] {
        twigs.compactMap { stick, twig in
            passing(twig).map {
                Case.Party(
                    handover: twig.reference.handover,
                    payee: $0.name.payee,
                    stick: stick,
                    units: twig.units,
                    shown: twig.shown,
                    handedIn: twig.handedIn
                )
            }
        }
    }

    /// Of a fork what its links come to beyond the units in them; of an equivocation all that was
    /// both aborted and used.
    ///
    /// Units that a stick does not have are none, whoever signs them.
    private func duplicated(_ id: CaseID, _ twigs: [Placed]) -> Amount {
        let own = twigs.compactMap { stick, twig in
            trees[stick].flatMap { Units(0, $0.stick.units.units)?.intersection(twig.units) }
        }
        var (sum, reached) = (UInt64(0), UInt64(0))
        for units in own.sorted(by: { $0.lo < $1.lo }) {
            let twice: UInt64
            switch id {
            case .fork:
                twice = units.lo < reached ? min(reached, units.hi) - units.lo : 0
                reached = max(reached, units.hi)
            case .equivocation: twice = units.hi - units.lo
            }
            // More than any money there can be is as much as a case can say.
            sum = min(sum + twice, Limits.amountUnits)
        }
        return Amount(sum) ?? .largest
    }
}
