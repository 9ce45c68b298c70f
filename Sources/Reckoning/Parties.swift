import Money
import Words

extension Reckoning {
    /// A case as far as it is known now; nil when none of that name was opened.
    ///
    /// Of sticks that were settled nothing is left here: the books keep what was known then.
    package func known(of id: CaseID) -> Case? {
        guard opened.contains(id) else { return nil }
        let twigs: [(stick: Hash, twig: Twig)]
        switch id {
        case .fork(let key, let stick, let parent):
            let all = trees[stick]?.below(parent, by: key) ?? []
            twigs = all.filter { one in
                all.contains {
                    $0.reference != one.reference && $0.units.overlaps(one.units)
                        && forked($0, one)
                }
            }.map { (stick, $0) }
        case .equivocation(let name):
            twigs = handovers(of: name).flatMap { entries(of: $0) }
        }
        return Case(
            id: id,
            parties: parties(twigs),
            duplicated: duplicated(id, twigs)
        )
    }

    func entries(of handover: Hash) -> [(stick: Hash, twig: Twig)] {
        handovers[handover]?.entries.all.compactMap { entry in
            trees[entry.stick]?[EntryReference(handover, entry.number)].map { (entry.stick, $0) }
        } ?? []
    }

    private func parties(_ twigs: [(stick: Hash, twig: Twig)]) -> [Case.Party] {
        func order(_ twig: Twig) -> (UInt64, UInt64) {
            (twig.shown ?? .max, twig.handedIn ?? .max)
        }
        let sorted = twigs.sorted {
            let (a, b) = (order($0.twig), order($1.twig))
            return a == b ? $0.twig.reference < $1.twig.reference : a < b
        }
        return sorted.compactMap { stick, twig in
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
    private func duplicated(_ id: CaseID, _ twigs: [(stick: Hash, twig: Twig)]) -> Amount {
        var (sum, reached) = (UInt64(0), UInt64(0))
        for twig in twigs.map(\.twig).sorted(by: { $0.units.lo < $1.units.lo }) {
            switch id {
            case .fork:
                if twig.units.lo < reached { sum += min(reached, twig.units.hi) - twig.units.lo }
                reached = max(reached, twig.units.hi)
            case .equivocation: sum += twig.units.hi - twig.units.lo
            }
        }
        // More than any money there can be is as much as a case can say.
        return Amount(sum) ?? .largest
    }
}
