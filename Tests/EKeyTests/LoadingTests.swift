import EKey
import FuzzEntries
import StandIns
import Testing
import Wire
import Words

/// A bank that writes to an eKey of pretended insides.
private struct Bank {
    let root: Key
    let office: StandInSigner

    init(_ name: String = "bank") {
        (root, office) = (StandInSigner(name + " root").key, StandInSigner(name))
    }

    var signatory: Signatory { Signatory(root: root.bytes.array, office: office.key.bytes.array) }

    func mk(until: UInt64 = 1_000, name: String = "Ada", readers: [Key] = []) -> Personalisation {
        guard let asset = Asset(code: "EUR", scale: 2), let signed = Moment(10),
            let until = Moment(until), let name = Text(name), let some = Amount(100)
        else { preconditionFailure("these are values") }
        var settings = EKeySettings()
        settings.readers = readers
        return Personalisation(
            by: signatory,
            secret: 7,
            at: "192.168.1.7:4000",
            name: name,
            limits: EKeyLimits(asset: asset, largest: some, ceiling: some, guarantee: .zero),
            settings: settings,
            signed: signed,
            until: until
        )
    }

    func signed(_ object: Object) -> SignedObject { .signed(object, by: office) }

    func written(_ mk: Personalisation, to eKey: Key) -> SignedObject {
        signed(mk.object(from: office.key, to: eKey))
    }

    /// One that is no settings, and says that it is.
    func mkAsOrder(to eKey: Key) -> SignedObject { written(mk(), to: eKey) }

    func order(_ number: UInt64, to eKey: Key, _ change: (inout EKeySettings) -> Void = { _ in })
        -> SignedObject
    {
        guard let moment = Moment(20) else { preconditionFailure("a moment") }
        var settings = EKeySettings()
        settings.number = number
        change(&settings)
        let order = SettingsOrder(by: signatory, settings: settings, signed: moment)
        return signed(order.object(from: office.key, to: eKey))
    }
}

extension Bench {
    fileprivate func load(_ signed: SignedObject, _ number: UInt8) throws -> Reply {
        let bytes = signed.wireBytes(reserving: 2_048)
        let parts = stride(from: 0, to: bytes.count, by: 1_000).map {
            Array(bytes[$0..<min($0 + 1_000, bytes.count)])
        }
        let data = EKeyLetter(parts).wireBytes
        return try say(Instruction(.load, number, 0, data: data, expected: 256))
    }

    fileprivate func isReceipt(_ reply: Reply, _ signed: SignedObject) -> Bool {
        guard let signature = Signature(reply.data) else { return false }
        let hash = EKeyWants.receipt(of: signed.object.hash)
        return reply.status == .done && inside.isSigned(hash, by: inside.identity, with: signature)
    }
}

/// What an eKey takes from a bank.
@Suite struct LoadingTests {
    private let bank = Bank()

    private func blank() -> Bench {
        let store = PretendInside.Store()
        store.stage = .blank
        return Bench(store)
    }

    @Test func `a blank eKey is personalised once, and answers the same again`() throws {
        let bench = blank()
        let first = bank.written(bank.mk(), to: bench.inside.identity)
        #expect(bench.isReceipt(try bench.load(first, 1), first))
        #expect(bench.isReceipt(try bench.load(first, 1), first))
        let other = bank.written(bank.mk(name: "Bob"), to: bench.inside.identity)
        #expect(try bench.load(other, 1).status == .notNow)
        #expect(bench.store.loaded.mk?.name.string == "Ada")
    }

    @Test func `what is edited, foreign, for another, late or no letter is refused by its number`()
        throws
    {
        let bench = blank()
        let eKey = bench.inside.identity
        let good = bank.written(bank.mk(), to: eKey)
        let stranger = Bank("thief")
        let theirs = stranger.signed(bank.mk().object(from: stranger.office.key, to: eKey))
        let edited = SignedObject(
            bank.mk(name: "Eve").object(from: bank.office.key, to: eKey),
            good.signature
        )
        let elsewhere = bank.written(bank.mk(), to: StandInSigner("another").key)
        for one in [theirs, edited, elsewhere, bank.order(1, to: eKey)] {
            #expect(try bench.load(one, 1).status == .damaged)
        }
        bench.store.loaded.madeFor = StandInSigner("another root").key
        #expect(try bench.load(good, 1).status == .otherRoot)
        bench.store.loaded.madeFor = bank.root
        bench.inside.clock = 1_001
        #expect(try bench.load(good, 1).status == .tooLate)
        bench.inside.clock = 1_000
        for data in [[UInt8](), [0x80], [0x82, 1, 0x80], EKeyLetter([[1]]).wireBytes + [0]] {
            let status = try bench.say(Instruction(.load, 1, 0, data: data)).status
            #expect(status == (data.isEmpty ? .wrongLength : .wrongData))
        }
        #expect(try bench.say(Instruction(.load, 3, 0, data: [1])).status == .wrongParameters)
        #expect(try bench.say(Instruction(.load, 1, 1, data: [1])).status == .wrongParameters)
        #expect(bench.store.loaded.personalisation == nil)
        #expect(try bench.load(good, 1).status == .done)
    }

    @Test func `power lost at its write: it is there, or it is not, and saying it again ends it`()
        throws
    {
        var bench = blank()
        let mk = bank.written(bank.mk(), to: bench.inside.identity)
        bench.inside.cutsAt = 0
        #expect(try bench.load(mk, 1).status == .failed)
        #expect(bench.store.loaded == Loaded())
        bench.cut()
        #expect(bench.isReceipt(try bench.load(mk, 1), mk))
        // And once more, with the answer lost.
        bench.cut()
        #expect(bench.isReceipt(try bench.load(mk, 1), mk))
    }

    @Test func `settings have a number that only grows, and what loosens wants the PIN`() throws {
        let bench = blank()
        let eKey = bench.inside.identity
        #expect(try bench.load(bank.order(1, to: eKey), 2).status == .notNow)
        #expect(try bench.load(bank.written(bank.mk(), to: eKey), 1).status == .done)
        bench.store.stage = .enrolled
        bench.inside.pinAbove = Amount(500)
        let tight = bank.order(2, to: eKey) { $0.pin = Amount(100) }
        #expect(bench.isReceipt(try bench.load(tight, 2), tight))
        #expect(bench.isReceipt(try bench.load(tight, 2), tight))
        #expect(try bench.load(bank.order(1, to: eKey), 2).status == .tooLate)
        #expect(try bench.load(bank.order(2, to: eKey), 2).status == .tooLate)
        bench.inside.pinAbove = Amount(100)
        let loose = bank.order(3, to: eKey) { $0.pin = Amount(500) }
        #expect(try bench.load(loose, 2).status == .notForThisSession)
        #expect(bench.store.loaded.settings.number == 2)
        #expect(try bench.verify(ControlTests.pin) == .done)
        #expect(bench.isReceipt(try bench.load(loose, 2), loose))
        #expect(bench.store.loaded.settings.number == 3)
        let foreign = Bank("other").order(4, to: eKey)
        #expect(try bench.load(foreign, 2).status == .otherRoot)
    }

    @Test func `before it is enrolled the PIN is loosened by nobody without it either`() throws {
        let bench = blank()
        let eKey = bench.inside.identity
        #expect(try bench.load(bank.written(bank.mk(), to: eKey), 1).status == .done)
        // A guest's wallet asks for none, and is not what it will be.
        bench.inside.pinAbove = nil
        let loose = bank.order(1, to: eKey) { $0.pin = Amount(1) }
        #expect(try bench.load(loose, 2).status == .notForThisSession)
        let tight = bank.order(1, to: eKey) { $0.pin = .zero }
        #expect(bench.isReceipt(try bench.load(tight, 2), tight))
        #expect(try bench.verify(ControlTests.pin) == .done)
        let more = bank.order(2, to: eKey) { $0.pin = Amount(1) }
        #expect(bench.isReceipt(try bench.load(more, 2), more))
    }

    @Test func `what anybody can make or say again pushes nothing out of the log`() throws {
        let bench = Bench()
        bench.inside.ownRoot = bank.root
        let eKey = bench.inside.identity
        #expect(try bench.load(bank.order(1, to: eKey), 2).status == .done)
        #expect(try bench.load(bank.order(2, to: eKey), 2).status == .done)
        let before = bench.inside.events.count
        let foreign = Bank("other")
        for _ in 0..<3 {
            #expect(try bench.load(foreign.order(3, to: eKey), 2).status == .otherRoot)
            #expect(try bench.load(foreign.written(foreign.mk(), to: eKey), 1).status == .notNow)
            #expect(try bench.load(bank.mkAsOrder(to: eKey), 2).status == .damaged)
        }
        #expect(bench.inside.events.count == before)
        for _ in 0..<3 {
            #expect(try bench.load(bank.order(1, to: eKey), 2).status == .tooLate)
        }
        #expect(bench.inside.events.count == before + 1)
    }

    @Test func `where readers are named, the PIN alone uses nothing`() throws {
        var bench = Bench()
        bench.inside.ownRoot = bank.root
        let (eKey, mine) = (bench.inside.identity, StandInSigner("FAM"))
        guard let name = Text("FAM") else { preconditionFailure("a name") }
        bench.store.readers = [Paired(key: mine.key, name: name)]
        #expect(try bench.verify(ControlTests.pin) == .done)
        #expect(try bench.say(bench.ask([1])).status == .done)
        let order = bank.order(1, to: eKey) { $0.readers = [mine.key] }
        #expect(try bench.load(order, 2).status == .done)
        func uses() throws -> [Status] {
            [
                try bench.say(bench.ask([0])).status, try bench.say(bench.ask([1])).status,
                try bench.say(Instruction(.data, 1, 3, expected: 256)).status,
            ]
        }
        #expect(try uses() == [.notForThisSession, .notForThisSession, .notForThisSession])
        #expect(try bench.say(Instruction(.destroy)).status == .notForThisSession)
        let challenge = try bench.say(Instruction(.challenge, expected: 256)).data
        let hash = Paired.inbound(challenge, eKey: eKey, reader: mine.key)
        let proof = ReaderProof(key: mine.key, signature: mine.sign(hash))
        #expect(try bench.say(Instruction(.proveIn, data: proof.wireBytes)).status == .done)
        #expect(try uses() == [.done, .done, .done])
    }

    @Test func `a button is loosened by no letter, whoever asks`() throws {
        let bench = Bench()
        let eKey = bench.inside.identity
        bench.inside.ownRoot = bank.root
        bench.inside.button = .zero
        #expect(try bench.verify(ControlTests.pin) == .done)
        let loose = bank.order(1, to: eKey) { $0.button = Amount(1) }
        #expect(try bench.load(loose, 2).status == .notNow)
        let same = bank.order(1, to: eKey) { $0.button = .zero }
        #expect(try bench.load(same, 2).status == .done)
    }

    @Test func `a reader that the bank does not name proves nothing and is not paired`() throws {
        let bench = Bench()
        bench.inside.ownRoot = bank.root
        let eKey = bench.inside.identity
        let (mine, other) = (StandInSigner("FAM"), StandInSigner("other FAM"))
        guard let name = Text("FAM") else { preconditionFailure("a name") }
        bench.store.readers = [mine, other].map { Paired(key: $0.key, name: name) }
        func proves(_ one: StandInSigner) throws -> Bool {
            let challenge = try bench.say(Instruction(.challenge, expected: 256)).data
            let hash = Paired.inbound(challenge, eKey: eKey, reader: one.key)
            let proof = ReaderProof(key: one.key, signature: one.sign(hash))
            return try bench.say(Instruction(.proveIn, data: proof.wireBytes)).status == .done
        }
        #expect(try proves(mine))
        #expect(try proves(other))
        let order = bank.order(1, to: eKey) { $0.readers = [mine.key] }
        #expect(try bench.load(order, 2).status == .done)
        #expect(try proves(mine))
        #expect(try !proves(other))
        #expect(try bench.verify(ControlTests.pin) == .done)
        let pair = Paired(key: other.key, name: name).wireBytes
        #expect(try bench.say(Instruction(.pair, data: pair)).status == .notForThisSession)
        // To name one more, or nobody, loosens it.
        bench.control.reset()
        for readers in [[], [mine.key, other.key]] {
            let loose = bank.order(2, to: eKey) { $0.readers = readers }
            #expect(try bench.load(loose, 2).status == .notForThisSession)
        }
    }

    @Test func `what is kept reads as it was written, and what is not of the form is refused`()
        throws
    {
        let mk = bank.mk(readers: [StandInSigner("FAM").key])
        #expect(try Personalisation(wireBytes: mk.wireBytes) == mk)
        let bytes = mk.wireBytes
        for count in 0..<bytes.count {
            #expect(throws: WireError.self) {
                try Personalisation(wireBytes: Array(bytes.prefix(count)))
            }
        }
        var settings = EKeySettings()
        settings.language = "fr"
        #expect(throws: WireError.self) { try EKeySettings(wireBytes: settings.wireBytes) }
    }
}
