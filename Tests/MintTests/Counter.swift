import Commit
import Ledger
import Mint
import Money
import StandIns
import Testing
import Wire
import Words

import struct Mint.Draft
import struct Mint.Mint

/// What was booked, as books keep it.
final class Shelf: Recall {
    var entries: [(draft: Draft, number: UInt64)] = []
    /// How often somebody looked.
    var looks = 0
    var isBroken = false

    func deed(at number: UInt64) throws(RecallFault) -> Deed? {
        looks += 1
        if isBroken { throw RecallFault() }
        return entries.first { $0.number == number }?.draft.deed
    }

    func deed(of request: Hash) throws(RecallFault) -> (deed: Deed, moment: Moment)? {
        looks += 1
        if isBroken { throw RecallFault() }
        let found = entries.first { $0.draft.request == request }
        return found.map { ($0.draft.deed, $0.draft.moment) }
    }

    func handIn(
        of key: Key,
        in epoch: Epoch,
        from counter: UInt64?
    ) throws(RecallFault) -> HandIn? {
        looks += 1
        if isBroken { throw RecallFault() }
        let about = HandIn.about(key, epoch)
        let all = entries.filter { $0.draft.deed.word?.about == about }
            .sorted { ($0.draft.deed.word?.place ?? 0) < ($1.draft.deed.word?.place ?? 0) }
        let found =
            counter.map { counter in
                all.first { ($0.draft.deed.word?.place ?? 0) >= counter }
            } ?? all.last
        guard case .handedIn(let handIn)? = found?.draft.deed else { return nil }
        return handIn
    }
}

/// An office's counter with stand-ins around it, and books that nothing happens to.
struct Bench {
    static let root = StandInSigner("root")
    static let office = StandInSigner("office")
    static let euro = made(Asset(code: "EUR", scale: 2))
    static let dollar = made(Asset(code: "USD", scale: 2))
    static let noon = made(Moment(1_800_000_000))
    static let ada = Account(number: 16)
    static let till = Account(number: 17)

    let shelf = Shelf()
    var mint: Mint
    var now = noon
    private var requests: UInt64 = 0

    static func made<Value>(_ value: Value?) -> Value {
        guard let value else { preconditionFailure("a value that a test is made of") }
        return value
    }

    static func text(_ text: String) -> Text { made(Text(text)) }
    static func amount(_ units: UInt64) -> Amount { made(Amount(units)) }

    static var setting: Mint.Setting {
        Mint.Setting(
            asset: euro,
            office: office.key,
            rootDER: Array("root".utf8),
            officeDER: Array("office".utf8)
        )
    }

    static var hand: Hand {
        Hand(signer: office, checking: StandInChecking(), certify: certify)
    }

    private static func certify(
        _ key: Key,
        _ sealing: SealingKey,
        _ device: DeviceClass,
        _ from: Moment,
        _ to: Moment
    ) -> [UInt8]? {
        let certificate = Certificate(
            key: key,
            sealingKey: sealing,
            issuer: office.key,
            serial: Salt(high: 1, low: 2),
            roles: [.wallet],
            device: device,
            notBefore: from,
            notAfter: to
        )
        return StandInCertificate(certificate, by: office).wireBytes
    }

    /// Two accounts, with 500 and 100 on them.
    init() throws {
        mint = Mint(Self.setting, Ledger())
        try book(.opened(.person, Self.text("Ada")))
        try book(.opened(.merchant, Self.text("Till")))
        try book(.moved(Act(.deposit, Self.ada, Self.amount(500))))
        try book(.moved(Act(.deposit, Self.till, Self.amount(100))))
    }

    private mutating func request() -> Hash {
        requests += 1
        return Hash(Bytes32(words: (requests, 9, 9, 9)))
    }

    /// What the operator does.
    mutating func book(_ deed: Deed) throws {
        try book([Draft(request: request(), moment: now, memo: Self.text(""), deed: deed)])
    }

    /// What is booked without having been applied, and what follows from it.
    mutating func book(_ drafts: [Draft]) throws {
        let booked = try drafts.map { try note($0) }
        for one in booked { try mint.take(one) }
        try hear(booked)
    }

    private mutating func hear(_ booked: [Booked]) throws {
        let judged = try mint.hear(booked, Self.hand, shelf)
        if !judged.isEmpty { try book(judged) }
    }

    /// It goes through its bytes, as on its way to real books.
    private func note(_ draft: Draft) throws -> Booked {
        let number = UInt64(shelf.entries.count + 1)
        if case .ruled(let ruling) = draft.deed {
            let said = try #require(draft.deed.word)
            #expect(try Deed(draft.deed.number, draft.deed.act, said) == draft.deed)
            #expect(ruling.request == draft.request)
        } else {
            #expect(try Draft(wireBytes: draft.wireBytes) == draft)
        }
        #expect(!shelf.entries.contains { $0.draft.request == draft.request })
        shelf.entries.append((draft, number))
        return Booked(
            number: number,
            moment: draft.moment,
            request: draft.request,
            deed: draft.deed
        )
    }

    /// The drafts that wait are in the books now.
    mutating func flush(_ drafts: [Draft]) throws {
        let booked = try drafts.map { try note($0) }
        mint.booked(drafts.map(\.request))
        try hear(booked)
    }

    /// What a request leads to, booked at once.
    mutating func ask(_ request: Request) throws -> Reply {
        let reply = try mint.answer(request, at: now, Self.hand, shelf)
        try flush(reply.drafts)
        return reply
    }

    /// What the books make of all that was booked, from their first entry.
    func again() throws -> Mint {
        let (mint, judged) = try anew()
        #expect(judged.isEmpty, "what was judged stands in the books")
        return mint
    }

    /// What an office that opens over these books has to book.
    func judgedAnew() throws -> [Draft] { try anew().judged }

    private func anew() throws -> (mint: Mint, judged: [Draft]) {
        var ledger = Ledger()
        var (booked, closed): ([Booked], Day?) = ([], nil)
        for (draft, number) in shelf.entries {
            if case .opened(let kind, let name) = draft.deed { try ledger.open(kind, name) }
            if let act = draft.deed.act { try ledger.post(act.postings) }
            if case .ruled(.closed(let day, _)) = draft.deed { closed = day }
            booked.append(
                Booked(
                    number: number,
                    moment: draft.moment,
                    request: draft.request,
                    deed: draft.deed
                )
            )
        }
        var mint = Mint(Self.setting, ledger, closed: closed)
        for one in booked { try mint.recall(one) }
        let judged = try mint.hear(booked, Self.hand, shelf)
        return (mint, judged)
    }

    mutating func invite(
        _ secret: UInt64,
        account: Account = ada,
        largest: UInt64 = 50,
        ceiling: UInt64 = 200,
        guarantee: UInt64 = 100,
        isMeter: Bool = false
    ) throws {
        let limits = Invite.Limit(
            largest: Self.amount(largest),
            ceiling: Self.amount(ceiling),
            guarantee: Self.amount(guarantee)
        )
        try book(
            try mint.invite(
                Code.hash(secret: secret),
                account,
                name: Self.text("Ada's phone"),
                limits,
                days: 7,
                isMeter: isMeter,
                at: now
            )
        )
    }

    mutating func pass(days: UInt64) { now = Self.made(now.advanced(by: days * 86_400)) }
}

/// A wallet, as far as a counter sees it.
struct Phone {
    let signer: StandInSigner
    var window: Window?
    var counter: UInt64 = 0
    var previous: Hash?
    var total = Amount.zero
    /// What it pays with, from its first unit on; units that nobody issued where it has none.
    var stick: Stick?
    var spent: UInt64 = 0
    private var errands: UInt64 = 0

    init(_ name: String) { signer = StandInSigner(name) }

    var sealingKey: SealingKey { SealingKey(signer.key.bytes) }

    mutating func request(_ want: Request.Want) throws -> Request {
        errands += 1
        let payment = PaymentID(
            epoch: .first,
            random: Salt(high: errands, low: 1),
            mac: Salt(high: 2, low: 3)
        )
        let object = Request.object(
            by: signer.key,
            to: Bench.office.key,
            payment: payment,
            want
        )
        return try Request(reading: .signed(object, by: signer))
    }

    mutating func enrol(_ secret: UInt64) throws -> Request {
        try request(.enrol(secret: secret, sealingKey: sealingKey))
    }

    mutating func charge(_ units: UInt64, _ asset: Asset = Bench.euro) throws -> Request {
        try request(.charge(asset, Bench.amount(units)))
    }

    mutating func sync(_ handovers: [Handover], next: UInt64, known: UInt64 = 0) throws -> Request {
        try request(.sync(epoch: .first, next: next, handovers: handovers, known: known))
    }

    /// Takes what an enrolment or a sync brought.
    mutating func take(_ reply: Reply) throws {
        for paper in reply.outcome.papers where paper.object.kind == .window {
            let new = try Window(reading: paper)
            if new.id != window?.id { total = .zero }
            window = new
        }
    }

    /// What was issued, as it pays with it from now on.
    mutating func take(stick reply: Reply) throws {
        let paper = try #require(reply.outcome.papers.first)
        (stick, spent) = (try Stick(reading: paper), 0)
    }

    /// The next handover, to somebody or to the office.
    mutating func pay(
        _ units: UInt64,
        to payee: Key = StandInSigner("merchant").key,
        window id: Hash? = nil,
        adding: UInt64? = nil,
        after: Hash?? = .none,
        entries: [Entry]? = nil
    ) throws -> Handover {
        counter += 1
        let counted = payee == Bench.office.key ? 0 : units
        total = Bench.made(Amount.sum([total, Bench.amount(adding ?? counted)]))
        let privates = Privates(
            payment: PaymentID(
                epoch: .first,
                random: Salt(high: counter, low: signer.key.bytes.words.0),
                mac: Salt(high: 1, low: 1)
            ),
            offer: Hash(Bytes32(words: (counter, 1, 1, 1))),
            window: id ?? Bench.made(window?.id),
            total: total,
            previous: after ?? previous
        )
        let lo = stick == nil ? counter * 1_000 : spent
        spent += units
        let own = Entry(
            stick: stick?.id ?? Hash(Bytes32(words: (5, 5, 5, 5))),
            units: Bench.made(Units(lo, lo + max(units, 1))),
            parent: nil,
            releases: []
        )
        let handover = Handover(
            by: signer,
            to: payee,
            at: Place(epoch: .first, counter: counter),
            entries: entries ?? [own],
            privates: privates,
            salts: (0..<5).map { Salt(high: $0, low: counter) }
        )
        previous = handover.hash
        return handover
    }
}

extension Reply {
    var refusal: String? { outcome.refusal?.string }
}
