import Commit
import Foundation
import Ledger
import Mint
import Money
import Reckoning
import StandIns
import Testing
import Wire
import Words

import struct Mint.Mint

/// Ten cousins with one forged stick do not turn the office into a cash machine.
@Suite struct CousinTests {
    static let isLong = ProcessInfo.processInfo.environment["TALLY_LONG"] == "1"
    static let seeds = isLong ? 3_000 : 60

    /// A forger, whose copies all pay from one stick, and cousins who have accounts and guarantees
    /// of their own, and bring to the office whatever they were given.
    private struct Family {
        var bench: Bench
        var dice: SeededChance
        var forger = Phone("forger")
        var copies: [(phone: Phone, paid: [Handover])] = []
        var cousins: [Cousin] = []
        let size: UInt64
        let forgerHas: UInt64

        struct Cousin {
            var phone: Phone
            let account: Account
            let guarantee: UInt64
            var given: [(units: Units, chain: [Handover])] = []
            var signed: [Handover] = []
        }

        init(seed: UInt64) throws {
            (bench, dice) = (try Bench(), SeededChance(seed: seed))
            size = 50 + UInt64(dice.below(250))
            forgerHas = UInt64(dice.below(100))
            try bench.invite(17, largest: 400, ceiling: 4_000, guarantee: forgerHas)
            try forger.take(try bench.ask(try forger.enrol(17)))
            try forger.take(stick: try bench.ask(try forger.charge(size)))
            for index in 0..<(2 + dice.below(9)) {
                let guarantee = UInt64(dice.below(3) == 0 ? 0 : dice.below(60))
                let account = Account(number: 18 + UInt64(index))
                try bench.book(.opened(.person, Bench.text("cousin \(index)")))
                if guarantee > 0 {
                    try bench.book(.moved(Act(.deposit, account, Bench.amount(guarantee))))
                }
                let secret = 100 + UInt64(index)
                try bench.invite(secret, account: account, guarantee: guarantee)
                var phone = Phone("cousin \(index)")
                try phone.take(try bench.ask(try phone.enrol(secret)))
                cousins.append(Cousin(phone: phone, account: account, guarantee: guarantee))
            }
        }

        mutating func units(in whole: Units) -> Units {
            let lo = whole.lo + UInt64(dice.below(Int(whole.hi - whole.lo)))
            return Bench.made(Units(lo, lo + 1 + UInt64(dice.below(Int(whole.hi - lo)))))
        }

        /// A copy of the forger's wallet pays each cousin something of the same stick.
        mutating func forge() throws {
            guard dice.below(4) > 0 else { return try share() }
            for index in cousins.indices {
                var copy = forger
                let count = 1 + dice.below(2)
                var paid: [Handover] = []
                for _ in 0..<count {
                    let part = units(in: Bench.made(Units(0, size)))
                    let entry = Entry(
                        stick: try #require(forger.stick).id,
                        units: dice.below(2) < 1 ? Bench.made(Units(0, size)) : part,
                        parent: nil,
                        releases: []
                    )
                    let handover = try copy.pay(
                        entry.units.count.units,
                        to: cousins[index].phone.signer.key,
                        entries: [entry]
                    )
                    paid.append(handover)
                    cousins[index].given.append((entry.units, [handover]))
                }
                copies.append((copy, paid))
            }
        }

        /// The forger is none today: each cousin gets a part of its own.
        private mutating func share() throws {
            let part = size / UInt64(cousins.count)
            var (payer, paid) = (forger, [Handover]())
            for index in cousins.indices {
                let lo = UInt64(index) * part
                let entry = Entry(
                    stick: try #require(forger.stick).id,
                    units: Bench.made(Units(lo, lo + part)),
                    parent: nil,
                    releases: []
                )
                let handover = try payer.pay(
                    part,
                    to: cousins[index].phone.signer.key,
                    entries: [entry]
                )
                paid.append(handover)
                cousins[index].given.append((entry.units, [handover]))
            }
            copies.append((payer, paid))
        }

        /// A cousin passes on what he was given, and may keep it too.
        mutating func pass() throws {
            let (from, to) = (dice.below(cousins.count), dice.below(cousins.count))
            guard from != to, let one = cousins[from].given.last else { return }
            let part = units(in: one.units)
            let entry = Entry(
                stick: try #require(forger.stick).id,
                units: part,
                parent: EntryReference(try #require(one.chain.last).hash, 0),
                releases: []
            )
            let handover = try cousins[from].phone.pay(
                part.count.units,
                to: cousins[to].phone.signer.key,
                entries: [entry]
            )
            cousins[from].signed.append(handover)
            cousins[to].given.append((part, one.chain + [handover]))
        }

        /// A cousin brings a part of what he has, whether or not he brought it before.
        mutating func redeem() throws {
            let index = dice.below(cousins.count)
            guard !cousins[index].given.isEmpty else { return }
            let one = cousins[index].given[dice.below(cousins[index].given.count)]
            let entry = Entry(
                stick: try #require(forger.stick).id,
                units: units(in: one.units),
                parent: EntryReference(try #require(one.chain.last).hash, 0),
                releases: []
            )
            let back = try cousins[index].phone.pay(0, to: Bench.office.key, entries: [entry])
            cousins[index].signed.append(back)
            _ = try bench.redeem(back, one.chain.map { $0.link(0) })
        }

        mutating func handIn(_ phone: inout Phone, _ handovers: [Handover]) throws {
            guard !handovers.isEmpty else { return }
            let next = (handovers.last?.header.place.counter ?? 0) + 1
            _ = try bench.ask(try phone.sync(handovers, next: next))
        }

        /// What has come into the cousins' accounts.
        var gained: [Int64] {
            cousins.map {
                (bench.mint.ledger.balance($0.account)?.units ?? 0) - Int64($0.guarantee)
            }
        }

        /// What could leave the office now, be it as cash or as a stick.
        var free: UInt64 {
            cousins.reduce(0) { $0 + (bench.mint.free($1.account, at: bench.now)?.units ?? 0) }
        }
    }

    @Test(arguments: 0..<seeds)
    func `whatever cousins bring of one forged stick, no more leaves than answers for it`(
        seed: Int
    ) throws {
        var family = try Family(seed: UInt64(seed))
        try family.forge()
        for _ in 0..<family.dice.below(8) { try family.pass() }
        for _ in 0..<30 {
            try family.redeem()
            // Before anybody hands in: each within what is held of him, and each unit once.
            for (gained, cousin) in zip(family.gained, family.cousins) {
                #expect(gained >= 0 && gained <= Int64(cousin.guarantee))
            }
            #expect(family.free <= family.cousins.reduce(0) { $0 + $1.guarantee })
            #expect(family.gained.reduce(0, +) <= Int64(family.size))
        }
        #expect(family.bench.mint.ledger.isSound)
        try sync(&family)
        try settle(&family)
    }

    /// Some of them sync: what clears are units that nobody is known to have twice.
    private func sync(_ family: inout Family) throws {
        for index in family.copies.indices where family.dice.below(2) < 1 {
            var (phone, paid) = family.copies[index]
            try family.handIn(&phone, paid)
        }
        for index in family.cousins.indices where family.dice.below(3) < 2 {
            var phone = family.cousins[index].phone
            try family.handIn(&phone, Array(family.cousins[index].signed.prefix(16)))
            try family.redeem()
        }
        #expect(family.gained.reduce(0, +) <= Int64(family.size))
        _ = try family.bench.again()
    }

    private func settle(_ family: inout Family) throws {
        let day = try #require(family.forger.stick).settleUntil
        while family.bench.now.day <= day { family.bench.pass(days: 1) }
        let plan = try family.bench.mint.closing(day, at: family.bench.now)
        #expect(try family.bench.again().closing(day, at: family.bench.now).drafts == plan.drafts)
        try family.bench.book(plan.drafts)
        let ledger = family.bench.mint.ledger
        #expect(ledger.isSound && ledger[.outstanding] == .zero)
        #expect(family.bench.mint.waiting.isEmpty)
        // What the cousins have together is the stick, and what the forger answered with: what one
        // of them pays another is theirs before and after.
        let gained = family.gained.reduce(0, +)
        #expect(gained <= Int64(family.size + family.forgerHas))
        #expect(ledger[.fraud] == .zero)
        let (cash, all) = (ledger[.cash].amount, try #require(ledger.owed))
        let rest = try #require(all.adding(ledger[.earned].amount))
        #expect(cash == rest, "what is owed is what was paid in")
    }

    @Test func `each thing that may happen does`() throws {
        var (waited, cleared, refused, convicts) = (0, 0, 0, 0)
        for seed in 0..<20 {
            var family = try Family(seed: UInt64(seed))
            try family.forge()
            for _ in 0..<6 { try family.pass() }
            for _ in 0..<30 { try family.redeem() }
            waited += family.bench.mint.waiting.count
            let before = family.gained.reduce(0, +)
            try sync(&family)
            cleared += family.gained.reduce(0, +) > before ? 1 : 0
            let received = family.bench.shelf.entries.count { $0.draft.deed.number == 26 }
            refused += 30 - received
            convicts += family.bench.mint.everybody.count { $0.revocation != nil }
        }
        #expect(
            waited > 40 && cleared > 0 && refused > 10 && convicts > 10,
            "\(waited) \(cleared) \(refused) \(convicts)"
        )
    }
}
