import Money
import StandIns
import Testing
import Words

@Suite struct TiredTests {
    private static let today = must(Day(20_000))

    private func piece(
        _ units: ClosedRange<UInt64>,
        days: UInt64 = 20,
        hops: Int = 0
    ) throws -> Piece {
        Piece(
            Holding(
                stick: Hash(Bytes32(words: (1, 2, 3, 4))),
                units: try #require(Units(units.lowerBound, units.upperBound)),
                parent: nil
            ),
            asset: try #require(Asset(code: "EUR", scale: 2)),
            spendUntil: must(Self.today.advanced(by: days)),
            hops: hops
        )
    }

    @Test func `its days, and how many hands it went through, make a piece tired`() throws {
        let fresh = try piece(0...100)
        let (soon, later) = (try piece(100...110, days: 6), try piece(110...120, days: 7))
        let (old, fewer) = (
            try piece(120...130, hops: Limits.hopsAtEase),
            try piece(130...140, hops: Limits.hopsAtEase - 1)
        )
        let tired = Tired(among: [fresh, old, later, fewer, soon], on: Self.today)
        #expect(tired.pieces == [soon, old], "what ends soonest goes first")
        #expect(tired.amount.units == 20)
        #expect(Tired(among: [fresh, later, fewer], on: Self.today).pieces.isEmpty)
    }

    @Test func `of many pieces the small ones are tired, and few are not`() throws {
        let few = try (0..<UInt64(Limits.piecesAtEase)).map { number in
            try piece(number * 100...number * 100 + number + 2)
        }
        #expect(Tired(among: few, on: Self.today).pieces.isEmpty)
        let many = few + [try piece(9_000...9_001)]
        let tired = Tired(among: many.reversed(), on: Self.today).pieces
        #expect(tired.count == many.count - Limits.piecesKept)
        #expect(tired.map(\.amount.units) == Array(1...UInt64(tired.count)))
        #expect(Set(tired).isSubset(of: many))
        // Once it is begun it goes on below what would do.
        let begun = Tired(among: few, on: Self.today, isBegun: true).pieces
        #expect(begun.count == few.count - Limits.piecesKept)
    }

    /// In payments of eight pieces, as long as there is something.
    @Test(arguments: 0..<10)
    func `an office is given back what is tired first, and all of it in the end`(
        _ seed: Int
    ) throws {
        var holder = ChoiceTests.Holder(seed: seed, pieces: 60)
        var chooser = holder.chooser()
        chooser.redeemer = holder.street.office.key
        let (all, first) = chooser.redeemable(in: holder.purse)
        #expect(first.pieces.count > 8 && chooser.tiredAtOnce(in: holder.purse) > .zero)
        var given = Amount.zero
        while true {
            let tired = chooser.tiredAtOnce(in: holder.purse)
            let next = tired > .zero ? tired : chooser.largest(from: holder.purse)
            guard next > .zero else { break }
            let most = Tired(
                among: holder.purse.pieces,
                on: ChoiceTests.Holder.today,
                isBegun: true
            ).pieces
            let entries = try chooser.choose(next, from: holder.purse)
            #expect(entries.count <= Limits.entriesPerHandover)
            if tired > .zero {
                #expect(
                    entries.allSatisfy { entry in most.contains { $0.holding == entry.holding } }
                )
            }
            #expect(Amount.sum(entries.map(\.units.count)) == next)
            given = must(given.adding(next))
            _ = holder.purse.take(entries)
        }
        // What is left no office takes: another money's, or with too many releases.
        let left = holder.purse.pieces.filter {
            $0.asset == Street.euro && $0.releases.count <= Limits.releasesPerEntry
                && $0.hops <= ChoiceTests.Holder.hopCap
        }
        #expect(left.allSatisfy { $0.spendUntil < ChoiceTests.Holder.today } && given == all)
    }
}
