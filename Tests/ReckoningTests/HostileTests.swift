import Money
import Reckoning
import StandIns
import Testing
import Words

/// Members who would rather hurt the office than be paid: what they sign is a nuisance.
@Suite struct HostileTests {
    var village = Village()
    let ada = Hand("ada")
    let bob = Hand("bob")
    let cleo = Hand("cleo")
    let dan = Hand("dan")
    let eve = Hand("eve")

    // MARK: Reading what was booked

    /// Papers in books: each look at one costs an entry that is read back.
    private struct Booked: Papers {
        final class Looks { var count = 0 }
        var box = PaperBox()
        let looks = Looks()

        mutating func keep(_ link: Link) { box.keep(link) }
        mutating func keep(_ handover: Handover) { box.keep(handover) }
        mutating func keep(_ abort: Abort) { box.keep(abort) }
        mutating func keep(_ commit: Commit) { box.keep(commit) }

        func link(_ reference: EntryReference) -> Link? { counted(box.link(reference)) }
        func handover(_ hash: Hash) -> Handover? { counted(box.handover(hash)) }
        func abort(_ name: PaymentName) -> Abort? { counted(box.abort(name)) }
        func commit(_ name: PaymentName) -> Commit? { counted(box.commit(name)) }

        private func counted<Found>(_ found: Found?) -> Found? {
            looks.count += 1
            return found
        }
    }

    private mutating func show(_ passed: Passed, _ papers: inout Booked) throws -> [Discovery] {
        let links = passed.handover.entries.indices.map { passed.handover.link($0) }
        return try village.reckoning.show(links, at: village.next(), &papers, village.eye)
            .discoveries
    }

    @Test mutating func `many handovers at one place do not have the books read for each pair`()
        throws
    {
        let stick = village.stick(1_000, to: eve)
        var papers = Booked()
        for number in 0..<300 as Range<UInt64> {
            let entry = stick.entry(number, 1_000 - number)
            _ = try show(village.pass([entry], from: eve, to: bob, 7), &papers)
        }
        #expect(village.reckoning.opened.count == 1 && village.reckoning.notices.isEmpty)
        #expect(papers.looks.count <= 2, "two links that prove the fork")
        let apart = village.pass([stick.entry(0, 299)], from: eve, to: bob, 7)
        let found = try show(apart, &papers)
        #expect(found.count == 1 && village.reckoning.notices.count == 1)
        #expect(papers.looks.count <= 4, "two more that prove a rollback")
    }

    @Test(arguments: 0..<200)
    mutating func `of handovers at one place the pair that is a rollback is found`(seed: Int)
        throws
    {
        var chance = SeededChance(seed: UInt64(seed))
        let sticks = (0..<2).map { _ in village.stick(40, to: eve) }
        var papers = Booked()
        var links: [Link] = []
        for _ in 0..<2 + chance.below(5) {
            let entries = (0..<1 + chance.below(3)).map { _ in
                let lo = UInt64(chance.below(20))
                let stick = sticks[chance.below(12) / 11]
                return stick.entry(lo, lo + 12 + UInt64(chance.below(9)))
            }
            let passed = village.pass(entries, from: eve, to: bob, 7)
            links += passed.handover.entries.indices.map { passed.handover.link($0) }
        }
        // In any order, so that a handover's own entries come apart.
        for index in links.indices.reversed() where index > 0 {
            links.swapAt(index, chance.below(index + 1))
        }
        var isFrozen = false
        for (index, link) in links.enumerated() {
            _ = try village.reckoning.show([link], at: village.next(), &papers, village.eye)
            isFrozen =
                isFrozen
                || links[..<index].contains {
                    $0.handover != link.handover && !$0.entry.meets(link.entry)
                }
            #expect(village.reckoning.notices.isEmpty != isFrozen)
        }
        let found = village.reckoning.opened.count + village.reckoning.notices.count
        #expect(papers.looks.count <= 2 * found, "two links for each thing that is found")
    }

    // MARK: What is said of cases

    @Test mutating func `links far beyond their stick do not make a case overflow`() throws {
        let stick = village.stick(1, to: eve)
        for number in 0..<18_500 as Range<UInt64> {
            let entry = stick.entry(0, Limits.amountUnits)
            try village.show(village.pass([entry], from: eve, to: bob, number, total: 1))
        }
        #expect(village.cases == ["eve forked"])
        let id = CaseID.fork(by: eve.key, stick: stick.id, parent: nil)
        let known = try #require(village.reckoning.known(of: id))
        #expect(known.duplicated == amount(255) && known.parties.count == 256)
    }

    @Test mutating func `what an equivocation comes to is no more than there is of the stick`()
        throws
    {
        let stick = village.stick(10, to: ada)
        let toEve = village.pass([stick.entry(4, 30)], from: ada, to: eve, 1)
        let beyond = village.pass([stick.entry(10, 30)], from: ada, to: eve, 2)
        for passed in [toEve, beyond] {
            try village.show(passed)
            try village.take(.commit(passed.commit))
            try village.take(.abort(passed.abort))
        }
        for (passed, units) in [(toEve, 6), (beyond, 0)] as [(Passed, UInt64)] {
            let known = village.reckoning.known(of: .equivocation(PaymentName(passed.abort)))
            #expect(known?.duplicated == amount(units))
        }
    }

    @Test mutating func `a link that carries the ABORT of its own payment is no evidence`() throws {
        let stick = village.stick(10, to: eve)
        let payment = village.payment()
        let first = village.pass([stick.entry(0, 6)], from: eve, to: bob, 1, payment: payment)
        let nonsense = village.pass(
            [stick.entry(0, 6, releases: [first.abort]), stick.entry(6, 9)],
            from: eve,
            to: bob,
            2,
            payment: payment
        )
        try village.show(nonsense)
        try village.show(first)
        #expect(village.reckoning.linksOut == 1 && village.cases.isEmpty)
        #expect(village.reckoning.knows(nonsense.handover.link(0)), "nobody has it booked again")
        try village.take(.claim(nonsense.handover.hash, bob.key))
        try village.take(.claim(first.handover.hash, bob.key))
        #expect(village.shares(stick) == "0..<6 bob, 6..<10 eve")
        // What else the handover passes on is judged.
        try village.handIn(nonsense)
        #expect(village.reckoning.linksOut == 2)
        #expect(village.shares(stick) == "0..<9 bob, 9..<10 eve")
        let back = village.pass(
            [nonsense.entry(0, 6)],
            from: bob,
            to: village.office,
            payment: village.payment()
        )
        let mayRedeem = village.reckoning.mayRedeem(
            back.handover,
            [nonsense.handover.link(0)],
            revoked: { _ in nil }
        )
        #expect(!mayRedeem)
        let whole = village.pass(
            [stick.entry(0, 6, releases: [first.abort])],
            from: eve,
            to: bob,
            3,
            payment: payment
        )
        let before = village.reckoning
        try village.handIn(whole)
        let isSame = village.reckoning == before
        #expect(isSame)
    }

    // MARK: Closing

    /// How somebody's links lie who wants a closing to be long.
    enum Shape: CaseIterable {
        case nested, stairs, fan, comb, ladders
    }

    @Test(arguments: Shape.allCases)
    func `a closing is work for as many links as there are, however they lie`(shape: Shape) throws {
        var each: [Double] = []
        for links in [2_000, 4_000] as [UInt64] {
            var village = village
            let stick = village.stick(4 * links, to: eve)
            try show(shape, links, of: stick, to: &village)
            #expect(village.reckoning.linksOut == Int(links))
            let closing = try village.reckoning.closing(Village.lastDay, held: [:])
            #expect(closing.settlements.allSatisfy { $0.isWhole })
            each.append(Double(closing.steps) / Double(links))
        }
        print("reckoning: \(shape) takes \(each[0]) and \(each[1]) steps for a link")
        #expect(each[1] < 2 * each[0] && each[1] < 10_000)
    }

    private func show(
        _ shape: Shape,
        _ links: UInt64,
        of stick: Issued,
        to village: inout Village
    ) throws {
        let people = [eve, bob, cleo]
        var (last, fans) = (Passed?.none, [Passed]())
        for number in 0..<links {
            let passed: Passed
            switch shape {
            case .nested:
                let entry = stick.entry(number, 4 * links - number)
                passed = village.pass([entry], from: eve, to: bob, number)
            case .stairs:
                let entry = stick.entry(number, number + 2 * links)
                passed = village.pass([entry], from: eve, to: bob, number)
            case .fan, .comb:
                // Of everything some, and below each of those some of it.
                guard number >= 20 else {
                    passed = village.pass([stick.entry(0, 4 * links)], from: eve, to: bob, number)
                    fans.append(passed)
                    break
                }
                let above = fans[Int(number % 20)]
                let entry =
                    shape == .fan
                    ? above.entry(number, 4 * links - number)
                    : above.entry(4 * number, 4 * number + 4)
                passed = village.pass([entry], from: bob, to: cleo, number)
            case .ladders:
                // Long chains beside each other, that part at their beginning.
                let step = Int(number % 50)
                let (payer, payee) = (people[step % 3], people[(step + 1) % 3])
                let above = step == 0 ? nil : last
                let entry = above?.entry(number, 4 * links) ?? stick.entry(number, 4 * links)
                passed = village.pass([entry], from: payer, to: payee, number)
                last = passed
            }
            try village.show(passed)
            try village.take(.claim(passed.handover.hash, passed.payee.key))
        }
    }
}
