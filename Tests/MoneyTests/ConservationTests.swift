import Foundation
import Money
import StandIns
import Testing
import Words

/// Whatever is done with money, there is as much of it as was issued.
@Suite struct ConservationTests {
    static let isLong = ProcessInfo.processInfo.environment["TALLY_LONG"] == "1"
    static let seeds = isLong ? 200 : 8
    static let steps = isLong ? 2_000 : 500

    @Test(arguments: 0..<seeds)
    func `any sequence of issues, cuts, handovers, aborts and releases conserves`(seed: Int) {
        var world = World(seed: UInt64(seed))
        for step in 0..<Self.steps {
            world.step()
            #expect(world.fault == nil, "step \(step)")
            #expect(world.lostOrDoubled() == nil, "step \(step)")
            // Provenance changes only where money moved; looking now and then finds it too.
            let unproved = step % 10 == 0 ? world.unproved() : nil
            #expect(unproved == nil, "step \(step)")
            if world.fault != nil || unproved != nil { return }
        }
        // A sequence is worth something only if everything did happen in it.
        for act in ["issued", "chosen", "cut", "handed over", "committed", "aborted", "released"] {
            #expect(world.counts[act, default: 0] > Self.steps / 100, "\(act)")
        }
    }

    @Test func `the pieces of many cuts become one again`() {
        var street = Street()
        let ada = street.person("ada")
        let stick = street.stick(1_000, to: ada)
        let holding = Holding(stick: stick.id, units: units(0, 1_000), parent: nil)
        let whole = Piece(holding, asset: stick.asset, spendUntil: stick.spendUntil, hops: 0)
        var purse = Purse()
        purse.put(whole)
        let cuts = [units(10, 20), units(20, 500), units(999, 1_000), units(0, 3)]
        let taken = must(purse.take(cuts.map(whole.entry)))
        #expect(purse.pieces.map(\.units) == [units(3, 10), units(500, 999)])
        #expect(purse.take([whole.entry(units(9, 11))]) == nil, "10 is taken")
        #expect(purse.pieces.count == 2, "a take that fails takes nothing")
        for piece in taken { purse.put(piece) }
        #expect(purse.pieces == [whole])
    }

    @Test func `pieces merge only within one entry of one parent, under the same releases`() {
        var street = Street()
        let (ada, bob) = (street.person("ada"), street.person("bob"))
        let stick = street.stick(100, to: ada)
        let given = street.handover(
            [stick.entry(0, 50), stick.entry(50, 100)],
            from: ada,
            to: bob
        )
        var purse = Purse()
        func piece(_ number: Int, _ lo: UInt64, _ hi: UInt64, _ releases: [Abort] = []) -> Piece {
            let parent = EntryReference(given.hash, number)
            let holding = Holding(stick: stick.id, units: units(lo, hi), parent: parent)
            return Piece(
                holding,
                asset: stick.asset,
                spendUntil: stick.spendUntil,
                hops: 1,
                releases: releases
            )
        }
        purse.put(piece(0, 0, 50))
        purse.put(piece(1, 50, 100))
        #expect(purse.pieces.count == 2, "two entries, two signatures")
        let taken = must(purse.take([piece(0, 0, 50).entry(units(20, 30))]))
        let release = street.abort(street.payment(), by: ada, to: bob)
        purse.putBack(taken, releasedBy: release)
        #expect(purse.pieces.map(\.units.lo).sorted() == [0, 20, 30, 50])
        #expect(purse.pieces.flatMap(\.releases) == [release])
        #expect(purse.balance(stick.asset) == amount(100))
    }
}
