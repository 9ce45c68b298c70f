import Money
import StandIns
import Testing
import Wire
import Words

/// Choosing what pays, compared with trying everything.
@Suite struct ChoiceTests {
    /// Somebody with many pieces of many sticks, some of them of no use.
    struct Holder {
        var street = Street()
        let ada: StandInSigner
        var purse = Purse()
        private let others: [StandInSigner]
        private var chance: SeededChance
        private var serial = 0

        static let today = must(Street.today.advanced(by: 3))
        static let hopCap = 3

        init(seed: Int, pieces count: Int) {
            ada = street.person("ada")
            var others: [StandInSigner] = []
            for number in 0..<6 { others.append(street.person("other \(number)")) }
            self.others = others
            chance = SeededChance(seed: UInt64(seed))
            while purse.pieces.count < count { receive() }
        }

        /// A piece that came over some hands, at times in two parts of one chain.
        private mutating func receive() {
            serial += 1
            let size = UInt64(10 + chance.below(300))
            let (hops, first) = (chance.below(5), chance.below(others.count))
            func person(_ place: Int) -> StandInSigner {
                place == hops ? ada : others[(first + place) % others.count]
            }
            let stick = street.stick(
                size,
                to: person(0),
                asset: chance.below(8) == 0 ? must(Asset(code: "USD", scale: 2)) : Street.euro,
                days: UInt64(chance.below(9)),
                request: "request \(serial)"
            )
            var entry = stick.entry(0, size)
            var parent: EntryReference?
            for hop in 0..<hops {
                let given = street.handover([entry], from: person(hop), to: person(hop + 1))
                entry = given.entry(0, 0, size)
                parent = EntryReference(given.hash, 0)
            }
            let ranges =
                chance.below(4) == 0 ? [units(0, 4), units(6, size)] : [units(0, size)]
            let releases = chance.below(12) == 0 ? 9 : chance.below(2)
            for range in ranges {
                purse.put(
                    Piece(
                        Holding(stick: stick.id, units: range, parent: parent),
                        asset: stick.asset,
                        spendUntil: stick.spendUntil,
                        hops: hops,
                        releases: aborts(releases)
                    )
                )
            }
        }

        private mutating func aborts(_ count: Int) -> [Abort] {
            var aborts: [Abort] = []
            for _ in 0..<count {
                aborts.append(street.abort(street.payment(), by: others[0], to: ada))
            }
            return aborts
        }

        func chooser(bytes: Int = Limits.provenanceBytes, spent: UInt64 = 0) -> Chooser {
            Chooser(
                payer: ada.key,
                window: street.window(for: ada),
                caps: Caps(hops: Self.hopCap, bytes: bytes),
                today: Self.today,
                spent: amount(spent),
                archive: street.archive
            )
        }

        /// What may pay at all.
        var usable: [Piece] {
            purse.pieces.filter {
                $0.asset == Street.euro && $0.spendUntil >= Self.today && $0.hops <= Self.hopCap
                    && $0.releases.count <= 8
            }
        }

        /// Why a payee with those caps would not take the entries; nil when he does.
        func refusal(_ entries: [Entry], _ wanted: Amount, bytes: Int) -> String? {
            guard
                let proposal = street.archive.proposal(
                    entries,
                    by: ada.key,
                    street.window(for: ada)
                )
            else { return "no proposal" }
            var payee = street.payee(StandInSigner("dan"), amount: wanted.units)
            payee.now = moment(Self.today.number * Limits.secondsPerDay + 1)
            payee.verifier.hopCap = Self.hopCap
            payee.byteCap = bytes
            var verified = Verified()
            do {
                let read = try Proposal(wireBytes: proposal.wireBytes)
                _ = try payee.check(read, &verified, street.checking)
                return nil
            } catch let refusal as Refusal {
                return refusal.name
            } catch {
                return "unreadable"
            }
        }

        /// The last days of the pieces that entries were cut from, oldest first.
        func days(_ entries: [Entry]) -> [UInt64] {
            entries.compactMap { street.archive.stick($0.stick)?.spendUntil.number }.sorted()
        }
    }

    /// Of all subsets that are enough: the fewest pieces, then the oldest, as their days.
    private func best(_ pieces: [Piece], _ wanted: UInt64) -> [UInt64]? {
        var best: [UInt64]?
        for mask in 1..<(1 << pieces.count) where mask.nonzeroBitCount <= 8 {
            if let best, mask.nonzeroBitCount > best.count { continue }
            let some = pieces.indices.filter { mask >> $0 & 1 == 1 }.map { pieces[$0] }
            guard some.reduce(0, { $0 + $1.amount.units }) >= wanted else { continue }
            let days = some.map(\.spendUntil.number).sorted()
            guard let known = best else {
                best = days
                continue
            }
            if days.count < known.count || days.lexicographicallyPrecedes(known) { best = days }
        }
        return best
    }

    @Test(arguments: 0..<30)
    func `the fewest pieces pay, and of these the oldest`(seed: Int) throws {
        let holder = Holder(seed: seed, pieces: 14)
        let (usable, chooser) = (holder.usable, holder.chooser())
        let total = usable.map(\.amount.units).sorted(by: >).prefix(8).reduce(0, +)
        #expect(chooser.largest(from: holder.purse).units == total)
        var chance = SeededChance(seed: UInt64(seed))
        for _ in 0..<20 where total > 0 {
            let wanted = 1 + chance.next() % total
            let entries = try chooser.choose(amount(wanted), from: holder.purse)
            #expect(Amount.sum(entries.map(\.units.count)) == amount(wanted))
            #expect(holder.days(entries) == best(usable, wanted))
            let refusal = holder.refusal(entries, amount(wanted), bytes: .max)
            #expect(refusal == nil)
            var purse = holder.purse
            #expect(purse.take(entries) != nil)
        }
    }

    @Test(arguments: 0..<30)
    func `up to the largest payment everything is found within the caps, above it nothing`(
        seed: Int
    ) throws {
        let holder = Holder(seed: seed, pieces: 20)
        var chance = SeededChance(seed: UInt64(seed))
        for _ in 0..<10 {
            let bytes = 1_000 + chance.below(6_000)
            let chooser = holder.chooser(bytes: bytes)
            let largest = chooser.largest(from: holder.purse)
            #expect(throws: Shortage.short(most: largest)) {
                try chooser.choose(amount(largest.units + 1), from: holder.purse)
            }
            guard largest > .zero else { continue }
            let some = (0..<10).map { _ in amount(1 + chance.next() % largest.units) }
            for wanted in [largest] + some {
                let entries = try chooser.choose(wanted, from: holder.purse)
                #expect((1...8).contains(entries.count))
                #expect(holder.refusal(entries, wanted, bytes: bytes) == nil)
            }
        }
    }

    @Test func `hardly ever would another set of pieces pay more within the bytes`() {
        var (tried, missed) = (0, 0)
        for seed in 0..<20 {
            let holder = Holder(seed: seed, pieces: 9)
            for bytes in stride(from: 1_500, to: 5_000, by: 500) {
                let largest = holder.chooser(bytes: bytes).largest(from: holder.purse).units
                let most = most(holder, bytes)
                #expect(largest <= most)
                (tried, missed) = (tried + 1, missed + (largest < most ? 1 : 0))
            }
        }
        print("narrow caps: \(missed) of \(tried) largest payments are not the best there is")
        #expect(missed * 50 <= tried, "a knapsack filled by hand, yet filled well")
    }

    /// What the best of all sets pays within those bytes.
    private func most(_ holder: Holder, _ bytes: Int) -> UInt64 {
        let (usable, window) = (holder.usable, holder.street.window(for: holder.ada))
        var most: UInt64 = 0
        for mask in 1..<(1 << usable.count) where mask.nonzeroBitCount <= 8 {
            let some = usable.indices.filter { mask >> $0 & 1 == 1 }.map { usable[$0] }
            let sum = some.reduce(0) { $0 + $1.amount.units }
            guard sum > most else { continue }
            let entries = some.map { $0.entry($0.units) }
            let proposal = holder.street.archive.proposal(entries, by: holder.ada.key, window)
            if must(proposal).wireBytes.count <= bytes { most = sum }
        }
        return most
    }

    @Test func `a chain longer than anybody checks is counted as it is, and not proposed`() {
        var street = Street()
        let people = [street.person("ada"), street.person("bob")]
        let stick = street.stick(9, to: people[0])
        var entry = stick.entry(0, 9)
        for hop in 0...Limits.hopsPerChain {
            let given = street.handover([entry], from: people[hop % 2], to: people[(hop + 1) % 2])
            entry = given.entry(0, 0, 9)
        }
        let hops = street.archive.hops(of: entry.holding)
        #expect(hops == Limits.hopsPerChain + 1)
        var purse = Purse()
        let (asset, day) = (stick.asset, stick.spendUntil)
        purse.put(Piece(entry.holding, asset: asset, spendUntil: day, hops: hops))
        let holder = people[(Limits.hopsPerChain + 1) % 2]
        let chooser = Chooser(
            payer: holder.key,
            window: street.window(for: holder),
            caps: Caps(),
            today: Street.today,
            spent: .zero,
            archive: street.archive
        )
        #expect(chooser.largest(from: purse) == .zero)
    }

    @Test func `the window's largest payment and ceiling are kept`() throws {
        var street = Street()
        let ada = street.person("ada")
        let stick = street.stick(90_000, to: ada)
        let holding = Holding(stick: stick.id, units: units(0, 90_000), parent: nil)
        var purse = Purse()
        purse.put(Piece(holding, asset: stick.asset, spendUntil: stick.spendUntil, hops: 0))
        func chooser(_ spent: UInt64) -> Chooser {
            Chooser(
                payer: ada.key,
                window: street.window(for: ada),
                caps: Caps(),
                today: Street.today,
                spent: amount(spent),
                archive: street.archive
            )
        }
        for (spent, most) in [(0, 50_000), (49_999, 50_000), (60_000, 40_000), (99_999, 1)] {
            let (chooser, most) = (chooser(UInt64(spent)), amount(UInt64(most)))
            #expect(chooser.largest(from: purse) == most)
            #expect(try chooser.choose(most, from: purse).map(\.units.count) == [most])
            #expect(throws: Shortage.window(most: most)) {
                try chooser.choose(must(most.adding(amount(1))), from: purse)
            }
        }
        #expect(chooser(100_000).largest(from: purse) == .zero)
        #expect(throws: Shortage.nothing) { try chooser(0).choose(.zero, from: purse) }
    }

    @Test func `links that pieces share are counted once`() throws {
        var street = Street()
        let (ada, bob) = (street.person("ada"), street.person("bob"))
        let stick = street.stick(100, to: bob)
        let given = street.handover([stick.entry(0, 100)], from: bob, to: ada)
        var purse = Purse()
        let parts = [given.entry(0, 0, 40), given.entry(0, 60, 100)]
        for part in parts {
            let (asset, day) = (stick.asset, stick.spendUntil)
            purse.put(Piece(part.holding, asset: asset, spendUntil: day, hops: 1))
        }
        let window = street.window(for: ada)
        let size = must(street.archive.proposal(parts, by: ada.key, window)).wireBytes.count
        for (bytes, most) in [(size, 80), (size - 1, 40)] {
            let chooser = Chooser(
                payer: ada.key,
                window: window,
                caps: Caps(bytes: bytes),
                today: Street.today,
                spent: .zero,
                archive: street.archive
            )
            #expect(chooser.largest(from: purse) == amount(UInt64(most)))
        }
        let alone = must(street.archive.proposal([parts[0]], by: ada.key, window)).wireBytes.count
        #expect(size - alone < given.link(0).wireBytes.count, "the second part brings no link")
    }

    @Test func `a purse of a thousand pieces chooses quickly`() throws {
        let holder = Holder(seed: 1, pieces: 1_000)
        let chooser = holder.chooser()
        let largest = chooser.largest(from: holder.purse)
        let clock = ContinuousClock()
        var count = 0
        let time = try clock.measure {
            for part in 1...10 {
                let wanted = amount(largest.units * UInt64(part) / 10)
                count += try chooser.choose(wanted, from: holder.purse).count
            }
        }
        print("choosing from \(holder.purse.pieces.count) pieces: \(time / 10) each")
        #expect(count >= 10)
    }
}
