internal import Books
internal import Certificates
internal import Clerk
internal import Command
internal import Commit
internal import FoundationEssentials
internal import Homes
internal import Host
internal import Ledger
internal import Mint
internal import Money
internal import Office
internal import Sealing
internal import Station
internal import Wallet
internal import Wire
internal import Words

import struct Commit.Answer
import struct Commit.Request
import struct Mint.Draft
import enum Wallet.Verdict

/// An office that the bench makes in a folder of its own and removes again, and its members.
final class OfficeTown {
    private let base: String
    private let home: OfficeHome
    private let lock: KeyFile.Lock
    private var members: [OfficeMember] = []

    private static let count = 100
    static let units: UInt64 = 1_000_000
    static let now = made(Moment(1_800_000_000))
    static let euro = made(Asset(code: "EUR", scale: 2))

    static func made<Value>(_ value: Value?) -> Value {
        guard let value else { preconditionFailure("a value that the bench is made of") }
        return value
    }

    init(in place: String) throws(Complaint) {
        base = place + "/tally-bench-\(UUID().uuidString)"
        home = OfficeHome(base + "/office")
        var chance = SystemChance()
        lock = .serviceKey(chance.bytes(KeyFile.serviceKeyBytes))
        do { try Files.makePrivateDirectory(base) } catch { throw Complaint(error, writing: base) }
        let plan = OfficeHome.Plan(
            name: Self.made(Text("bench")),
            asset: Self.euro,
            second: nil,
            hasRoot: true
        )
        do { _ = try home.make(plan, at: Self.now, sealing: lock) } catch {
            throw Self.failed(error)
        }
        let street = try open(believing: false)
        for number in 0..<Self.count { members.append(try street.enrol(UInt64(number))) }
        try street.close()
    }

    /// Opens it; where it believes, signatures are taken as checked before.
    func open(believing: Bool) throws(Complaint) -> OfficeStreet {
        do {
            let opened = try home.open(with: lock)
            var till = try home.till(opened)
            if believing {
                let (setting, hand) = (till.mint.setting, till.hand)
                till = try Till(
                    opened.books,
                    setting,
                    root: till.root,
                    hand: Hand(
                        signer: hand.signer,
                        checking: Believing(),
                        certify: hand.certify
                    ),
                    folder: home.folder
                )
            }
            return OfficeStreet(till, self, believing: believing)
        } catch {
            throw Self.failed(error)
        }
    }

    func remove() {
        for folder in [home.folder, base] { Files.removeDirectory(folder) }
    }

    static func failed(_ error: any Error) -> Complaint {
        Complaint(
            .failed,
            "bench",
            "the office of the bench failed: \(error)",
            hint: "name a folder on a disk with room for it: tally bench office --home DIR"
        )
    }

    /// The next request of the member whose turn it is.
    func next(_ turn: Int, of handovers: Int, to office: Key) -> OfficeMember.Said {
        let payee = members[(turn + 1) % members.count].key
        return members[turn % members.count].sync(handovers, to: payee, of: office)
    }
}

/// What was checked before, and is known to be good.
private struct Believing: Checking {
    func isSigned(_: Hash, by _: Key, with _: Signature) -> Bool { true }

    func certificate(
        _ der: [UInt8],
        issuedBy issuer: Key
    ) throws(CertificateFault) -> Certificate {
        try Checks.real.certificate(der, issuedBy: issuer)
    }
}

/// A wallet, as far as an office sees it.
struct OfficeMember {
    private let ring: KeyRing
    private var stick: Stick?
    private var window: Hash?
    private var counter: UInt64 = 0
    private var previous: Hash?
    private var errands: UInt64 = 0

    /// A request as it arrives, and the handovers in it.
    struct Said {
        let bytes: [UInt8]
        let handovers: [Handover]
    }

    init(_ ring: KeyRing) { self.ring = ring }

    var key: Key { ring.identity.key }
    var sealingKey: SealingKey { ring.sealing.key }

    mutating func take(_ window: Window) { self.window = window.id }
    mutating func take(_ stick: Stick) { self.stick = stick }

    mutating func request(_ want: Request.Want, of office: Key) -> SignedObject {
        errands += 1
        let payment = PaymentID(
            epoch: .first,
            random: Salt(high: errands, low: 1),
            mac: Salt(high: 2, low: 3)
        )
        return .signed(
            Request.object(by: key, to: office, payment: payment, want),
            by: ring.identity
        )
    }

    mutating func sync(_ count: Int, to payee: Key, of office: Key) -> Said {
        let handovers = (0..<count).map { _ in pay(payee) }
        let want = Request.Want.sync(
            epoch: .first,
            next: counter + 1,
            handovers: handovers,
            known: 0
        )
        let bytes = request(want, of: office).wireBytes(reserving: 24 * 1_024)
        return Said(bytes: bytes, handovers: handovers)
    }

    /// One unit of its stick, the next.
    private mutating func pay(_ payee: Key) -> Handover {
        guard let stick, let window else { preconditionFailure("a member has both") }
        counter += 1
        let privates = Privates(
            payment: PaymentID(
                epoch: .first,
                random: Salt(high: counter, low: 7),
                mac: Salt(high: 1, low: 1)
            ),
            offer: stick.id,
            window: window,
            total: OfficeTown.made(Amount(counter)),
            previous: previous
        )
        let entry = Entry(
            stick: stick.id,
            units: OfficeTown.made(Units(counter - 1, counter)),
            parent: nil,
            releases: []
        )
        let handover = Handover(
            by: ring.identity,
            to: payee,
            at: Place(epoch: .first, counter: counter),
            entries: [entry],
            privates: privates,
            salts: (0..<5).map { Salt(high: $0, low: counter) }
        )
        previous = handover.hash
        return handover
    }
}

/// The counter of an office that is open, without a network: what arrives is what was sent.
final class OfficeStreet {
    private let till: Till
    private let town: OfficeTown
    private let counter: OfficeCounter
    private let log: OfficeLog
    private let isBelieving: Bool
    private var tools: Tools
    private var verified = Verified()
    private var turn = 0
    private var booked: UInt64 = 0

    /// Requests that share one commit, as those do that arrive while the disk writes.
    private static let inGroup = 64
    private static let inRequest = 16

    /// Payments come to nobody here.
    private final class NoJournal: Log {
        func keep(_: [Step]) throws(LogFault) {}
        func reserve(_: [UInt8], _: Room) throws(LogFault) -> Bool { true }
        func release(_: [UInt8]) {}
        func look(_: Table, _: [UInt8]) throws(LogFault) -> [UInt8]? { nil }
        func settle() throws(LogFault) {}
    }

    init(_ till: Till, _ town: OfficeTown, believing: Bool) {
        (self.till, self.town, isBelieving) = (till, town, believing)
        counter = OfficeCounter(till)
        log = OfficeLog(NoJournal(), till)
        var chance = SystemChance()
        let ring = KeyRing(chance: &chance)
        let desk = EnvelopeDesk(identity: ring.identity.key, sealing: [ring.sealing])
        tools = Tools(keys: OwnKeys(ring), desk: desk, chance: chance) { _, _ in true }
    }

    private var office: Key { till.mint.setting.office }

    // MARK: Members

    func enrol(_ number: UInt64) throws(Complaint) -> OfficeMember {
        var chance = SystemChance()
        var member = OfficeMember(KeyRing(chance: &chance))
        let name = OfficeTown.made(Text("member \(number)"))
        let account = Account(number: 16 + number)
        let all = OfficeTown.made(Amount(OfficeTown.units))
        do {
            try book(.opened(.person, name))
            try book(.moved(Act(.deposit, account, all)))
            let limits = Invite.Limit(
                largest: all,
                ceiling: OfficeTown.made(Amount(1_000_000_000_000)),
                guarantee: .zero
            )
            try book(
                try till.mint.invite(
                    Code.hash(secret: number),
                    account,
                    name: name,
                    limits,
                    days: 7,
                    at: OfficeTown.now
                )
            )
            let sealing = member.sealingKey
            let enrolled = try ask(
                member.request(.enrol(secret: number, sealingKey: sealing), of: office)
            )
            for paper in enrolled.papers where paper.object.kind == .window {
                member.take(try Window(reading: paper))
            }
            let charged = try ask(member.request(.charge(OfficeTown.euro, all), of: office))
            guard let paper = charged.papers.first else { throw Refused() }
            member.take(try Stick(reading: paper))
        } catch {
            throw OfficeTown.failed(error)
        }
        return member
    }

    private struct Refused: Error {}

    private func book(_ deed: Deed) throws {
        booked += 1
        let draft = Draft(
            request: Hash(Bytes32(words: (till.books.number, booked, 0, 1))),
            moment: OfficeTown.now,
            memo: OfficeTown.made(Text("")),
            deed: deed
        )
        guard case .booked = try till.book(draft) else { throw Refused() }
    }

    private func ask(_ request: SignedObject) throws -> Answer.Outcome {
        let orders = arrive(request)
        try keep(orders)
        for case .send(let letter, _) in orders {
            let outcome = try Answer(reading: letter.message).outcome
            guard outcome.refusal == nil else { throw Refused() }
            return outcome
        }
        throw Refused()
    }

    // MARK: What is handed in

    func requests(_ handovers: Int) -> [OfficeMember.Said] {
        (0..<handovers / Self.inRequest).map { _ in
            turn += 1
            return town.next(turn, of: Self.inRequest, to: office)
        }
    }

    /// How many bare checks of the same signatures a second of the processor's has.
    func raw(_ requests: [OfficeMember.Said]) -> Double {
        var raw = RawVerify()
        for one in requests {
            for handover in one.handovers {
                raw.add(handover.hash, by: handover.header.payer, with: handover.signature)
            }
        }
        let start = Process.threadNanoseconds
        guard raw.run() else { preconditionFailure("the bench measures only what works") }
        return Double(raw.count) * 1e9 / Double(Process.threadNanoseconds &- start)
    }

    /// Everything that the counter does with them, until they are booked and answered.
    func take(_ requests: [OfficeMember.Said]) throws(Complaint) {
        var (orders, answers) = ([Order](), 0)
        do {
            for (number, one) in requests.enumerated() {
                orders += arrive(try SignedObject(wireBytes: one.bytes))
                guard (number + 1) % Self.inGroup == 0 || number + 1 == requests.count else {
                    continue
                }
                try keep(orders)
                for case .send(let letter, _) in orders {
                    guard try Answer(reading: letter.message).outcome.refusal == nil else {
                        throw Refused()
                    }
                    answers += 1
                }
                orders = []
            }
            guard answers == requests.count else { throw Refused() }
        } catch {
            throw OfficeTown.failed(error)
        }
    }

    private static let route = Route(
        address: OfficeTown.made(Address([4, 127, 0, 0, 1, 1, 1])),
        way: Way(1)
    )

    private func arrive(_ message: SignedObject) -> [Order] {
        let checks = handle(.arrived(Arrival(message, Self.route)))
        guard case .check(let number, let job)? = checks.first else { return [] }
        let verdict = isBelieving ? Verdict.good : job.run(Checks.real, &verified)
        return handle(.checked(number, verdict))
    }

    private func handle(_ event: Event) -> [Order] {
        let time = Time(ticks: Ticks(milliseconds: 1_000), moment: OfficeTown.now)
        return counter.handle(event, at: time, &tools) ?? []
    }

    private func keep(_ orders: [Order]) throws {
        let steps = orders.compactMap { order -> Step? in
            if case .write(let step) = order { step } else { nil }
        }
        if !steps.isEmpty { try log.keep(steps) }
        _ = try counter.takeHappened(at: OfficeTown.now)
    }

    // MARK: What there is then

    /// Reading all of it again, row by row, and unit by unit.
    func audits() throws(Complaint) -> [OfficeRow] {
        do {
            let rows = try Self.seconds { _ = try till.books.audit() }
            let units = try Self.seconds { _ = try till.auditUnits() }
            let memory = Process.memory / (1_024 * 1_024)
            try till.books.close()
            let opening = try Self.seconds { try town.open(believing: isBelieving).close() }
            return [
                OfficeRow("  audit", note: "\(rows) s each row, \(units) s each unit"),
                OfficeRow("  opened again", note: "\(opening) s; memory before: \(memory) MB"),
            ]
        } catch {
            throw OfficeTown.failed(error)
        }
    }

    private static func seconds(_ body: () throws -> Void) throws -> String {
        let start = Process.nanoseconds
        try body()
        return decimals(Double(Process.nanoseconds &- start) / 1e9, 2)
    }

    func close() throws(Complaint) {
        do { try till.books.close() } catch { throw OfficeTown.failed(error) }
    }
}
