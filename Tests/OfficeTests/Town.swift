import Books
import Certificates
import Clerk
import Commit
import Foundation
import Ledger
import Mint
import Money
import Office
import Sealing
import Testing
import Wallet
import Wire
import Words

import struct Mint.Draft
import struct Mint.Mint
import enum Wallet.Verdict

/// An office in a folder of its own, with real keys and certificates, and no network.
final class Town {
    static let noon = made(Moment(1_800_000_000))
    static let lock = KeyFile.Lock.serviceKey(Array(repeating: 7, count: 32))
    static let euro = made(Asset(code: "EUR", scale: 2))
    static let ada = Account(number: 16)

    let home: OfficeHome
    private let base: String
    private(set) var till: Till
    private(set) var ring: KeyRing
    private(set) var counter: OfficeCounter
    private(set) var log: OfficeLog
    let journal = Journal()
    private var tools: Tools
    var now = noon
    private var asked: UInt64 = 0

    static func made<Value>(_ value: Value?) -> Value {
        guard let value else { preconditionFailure("a value that a test is made of") }
        return value
    }

    static func amount(_ units: UInt64) -> Amount { made(Amount(units)) }

    /// What stands for the wallet's journal: it counts.
    final class Journal: Log {
        var steps: [Step] = []
        var fails = false

        func keep(_ steps: [Step]) throws(LogFault) {
            if fails { throw LogFault("the journal failed") }
            self.steps += steps
        }

        func reserve(_: [UInt8], _: Room) throws(LogFault) -> Bool { true }
        func release(_: [UInt8]) {}
        func look(_: Table, _: [UInt8]) throws(LogFault) -> [UInt8]? { nil }
        func settle() throws(LogFault) {}
    }

    init() throws {
        base = FileManager.default.temporaryDirectory.path + "/tally-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: base, withIntermediateDirectories: true)
        home = OfficeHome(base + "/town")
        let plan = OfficeHome.Plan(
            name: Self.made(Text("Town")),
            asset: Self.euro,
            second: nil,
            hasRoot: true
        )
        let made = try home.make(plan, at: now, sealing: Self.lock)
        (till, ring, counter, log) = try Self.open(home, journal)
        let desk = EnvelopeDesk(identity: made.identity.key, sealing: [made.sealing])
        tools = Tools(keys: made.keys, desk: desk, chance: SystemChance()) { _, _ in true }
        try operate(.opened(.person, Self.made(Text("Ada"))))
        try operate(.moved(Act(.deposit, Self.ada, Self.amount(500))))
    }

    deinit { try? FileManager.default.removeItem(atPath: base) }

    private static func open(
        _ home: OfficeHome,
        _ journal: Journal
    ) throws -> (Till, KeyRing, OfficeCounter, OfficeLog) {
        let opened = try home.open(with: lock)
        let till = try home.till(opened)
        return (till, opened.ring, OfficeCounter(till), OfficeLog(journal, till))
    }

    /// The process is gone, and another one takes over.
    func restart() throws {
        try till.books.close()
        (till, ring, counter, log) = try Self.open(home, journal)
    }

    func operate(_ deed: Deed) throws {
        asked += 1
        let draft = Draft(
            request: Hash(Bytes32(words: (asked, 0, 0, 1))),
            moment: now,
            memo: Self.made(Text("")),
            deed: deed
        )
        guard case .booked = try till.book(draft) else {
            Issue.record("not booked: \(deed)")
            return
        }
    }

    func invite(_ secret: UInt64, guarantee: UInt64 = 100) throws {
        let limits = Invite.Limit(
            largest: Self.amount(50),
            ceiling: Self.amount(200),
            guarantee: Self.amount(guarantee)
        )
        try operate(
            try till.mint.invite(
                Code.hash(secret: secret),
                Self.ada,
                name: Self.made(Text("Ada's phone")),
                limits,
                days: 7,
                at: now
            )
        )
    }

    func handle(_ event: Event) -> [Order] {
        let time = Time(ticks: Ticks(milliseconds: 1_000), moment: now)
        return counter.handle(event, at: time, &tools) ?? []
    }

    /// Has a request arrive and its signature checked; what follows waits for the disk.
    func hear(_ request: Request, verdict: Verdict = .good) -> [Order] {
        let route = Route(address: Self.made(Address([4, 127, 0, 0, 1, 1, 1])), way: Self.way)
        let checks = handle(.arrived(Arrival(request.signed, route)))
        guard case .check(let number, _)? = checks.first else { return [] }
        return handle(.checked(number, verdict))
    }

    private static let way = Way(1)

    /// Does what was ordered, as a node does: all steps at once, then the rest.
    func perform(_ orders: [Order]) throws -> [Answer] {
        let steps = orders.compactMap { order -> Step? in
            if case .write(let step) = order { step } else { nil }
        }
        if !steps.isEmpty { try log.keep(steps) }
        return try orders.compactMap { order in
            guard case .send(let letter, _) = order else { return nil }
            #expect(letter.message.isSigned(Checks(OfficeHome.isSigned)))
            return try Answer(reading: letter.message)
        }
    }

    func ask(_ request: Request) throws -> Answer {
        try #require(try perform(hear(request)).first)
    }
}

/// A wallet with keys of its own, as far as a counter sees it.
struct Phone {
    let ring: KeyRing
    private var errands: UInt64 = 0

    init() {
        var chance = SystemChance()
        ring = KeyRing(chance: &chance)
    }

    mutating func request(_ want: Request.Want, of town: Town) throws -> Request {
        errands += 1
        let payment = PaymentID(
            epoch: .first,
            random: Salt(high: errands, low: 1),
            mac: Salt(high: 2, low: 3)
        )
        let object = Request.object(
            by: ring.identity.key,
            to: town.till.mint.setting.office,
            payment: payment,
            want
        )
        return try Request(reading: .signed(object, by: ring.identity))
    }

    mutating func enrol(_ secret: UInt64, of town: Town) throws -> Request {
        try request(.enrol(secret: secret, sealingKey: ring.sealing.key), of: town)
    }

    mutating func charge(_ units: UInt64, of town: Town) throws -> Request {
        try request(.charge(Town.euro, Town.amount(units)), of: town)
    }
}
