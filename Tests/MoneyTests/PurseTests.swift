import Money
import StandIns
import Testing
import Words

/// What a purse and what a payee knows are found by units, however much there is of it.
@Suite struct PurseTests {
    /// Acts at random on pieces of one stick with several parents, and how it was before.
    private struct Acts {
        var street = Street()
        var chance: SeededChance
        let stick: Stick
        let (ada, bob): (StandInSigner, StandInSigner)
        var purse = Purse()
        /// What was taken and may come back.
        var away: [Piece] = []

        init(seed: UInt64) {
            chance = SeededChance(seed: seed)
            (ada, bob) = (street.person("ada"), street.person("bob"))
            stick = street.stick(1_000, to: ada)
            for number in 0..<20 {
                let parent =
                    number % 3 == 0 ? nil : EntryReference(hash("parent \(number % 4)"), number % 2)
                let (lo, hi) = (UInt64(number) * 50, UInt64(number) * 50 + 50)
                let holding = Holding(stick: stick.id, units: units(lo, hi), parent: parent)
                purse.put(
                    Piece(
                        holding,
                        asset: stick.asset,
                        spendUntil: stick.spendUntil,
                        hops: number % 3
                    )
                )
            }
        }

        private mutating func upTo(_ most: Int) -> Int { Int(chance.next() % UInt64(most + 1)) }

        private mutating func some(of units: Units) -> Units {
            let count = Int(units.hi - units.lo)
            let from = upTo(count - 1)
            let to = from + 1 + upTo(count - from - 1)
            return MoneyTests.units(units.lo + UInt64(from), units.lo + UInt64(to))
        }

        mutating func act() {
            if purse.pieces.isEmpty || upTo(2) == 0, !away.isEmpty {
                let piece = away.remove(at: upTo(away.count - 1))
                let abort = street.abort(street.payment(), by: bob, to: ada)
                return purse.putBack([piece], releasedBy: abort)
            }
            guard !purse.pieces.isEmpty else { return }
            let piece = purse.pieces[upTo(purse.pieces.count - 1)]
            let entry = piece.entry(some(of: piece.units))
            guard upTo(9) > 0 else { return purse.lose([entry]) }
            let other = purse.pieces[upTo(purse.pieces.count - 1)]
            // Two of one piece may meet: then nothing is taken.
            let before = purse
            let both = [entry, other.entry(some(of: other.units))]
            guard let taken = purse.take(both) else {
                #expect(purse == before, "a take that fails takes nothing")
                return
            }
            away += taken
        }
    }

    @Test(arguments: 0..<20)
    func `what has come and gone is what tells a purse from what it was`(seed: UInt64) {
        var acts = Acts(seed: seed)
        #expect(acts.purse.takeChanges().come == acts.purse.pieces)
        for _ in 0..<60 {
            let before = Set(acts.purse.pieces)
            for _ in 0..<3 { acts.act() }
            let (after, changes) = (Set(acts.purse.pieces), acts.purse.takeChanges())
            #expect(Set(changes.gone) == before.subtracting(after))
            #expect(Set(changes.come) == after.subtracting(before))
            #expect(changes.come == acts.purse.pieces.filter(changes.come.contains))
            #expect(changes.gone.count + changes.come.count <= before.count + after.count)
        }
        #expect(acts.purse.takeChanges() == ([], []))
    }

    @Test(arguments: 0..<20)
    func `the pieces that meet some units are found, and no others`(seed: UInt64) {
        var acts = Acts(seed: seed)
        for step in 0..<60 {
            acts.act()
            for (lo, hi) in [(0, 1), (0, 1_000), (step * 7, step * 7 + 80), (999, 1_000)] {
                let some = units(UInt64(lo), UInt64(hi))
                let found = acts.purse.meeting(some, of: acts.stick.id)
                let all = acts.purse.pieces.filter { $0.units.overlaps(some) }
                #expect(Array(found) == all.sorted { $0.units.lo < $1.units.lo })
            }
            #expect(acts.purse.meeting(units(0, 1_000), of: hash("another stick")).isEmpty)
        }
    }

    @Test(arguments: 0..<10)
    func `known handovers of some units are found in the order of learning`(seed: UInt64) {
        var (street, chance) = (Street(), SeededChance(seed: seed))
        let (ada, bob) = (street.person("ada"), street.person("bob"))
        let stick = street.stick(1_000, to: ada)
        var (seen, known) = (Seen(), [Link]())
        for number in 0..<60 {
            let (lo, length) = (chance.next() % 900, 1 + chance.next() % (number % 9 == 0 ? 99 : 9))
            let entry = stick.entry(lo, lo + length)
            let link = street.handover([entry], from: ada, to: bob, counter: UInt64(number)).link(0)
            for _ in 0..<2 { seen.learn(link) }
            known.append(link)
            let some = units(chance.next() % 500, 500 + chance.next() % 500)
            let own = number % 2 == 0 ? link.reference : nil
            let found = seen.others(stick: stick.id, parent: nil, units: some, than: own)
            #expect(
                found == known.filter { $0.entry.units.overlaps(some) && $0.reference != own }
            )
        }
        #expect(seen.floor(of: ada.key) == known.last?.header.place)
    }
}
