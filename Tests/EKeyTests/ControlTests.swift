import EKey
import FuzzEntries
import StandIns
import Testing
import Wire
import Words

/// What a reader says to an eKey of pretended insides.
struct Bench {
    let store: PretendInside.Store
    private(set) var inside: PretendInside
    private(set) var control: Control
    var now: UInt64 = 0
    private var number: UInt64 = 0

    init(_ store: PretendInside.Store = .init()) {
        self.store = store
        inside = PretendInside(store)
        control = Control(inside)
    }

    /// Power is gone and there again: the disk stays.
    mutating func cut() {
        inside = PretendInside(store)
        control = Control(inside)
    }

    func say(_ one: Instruction) throws -> Reply {
        var whole = Reply()
        var next = one
        while true {
            let bytes = try #require(control.take(next.bytes, at: now))
            let reply = try #require(Reply(bytes))
            whole = Reply(whole.data + reply.data, reply.status)
            guard reply.status.left != nil else { return whole }
            next = Instruction(.fetch, expected: 256)
        }
    }

    func verify(_ digits: String) throws -> Status {
        try say(Instruction(.verify, 0, 1, data: Array(digits.utf8))).status
    }

    mutating func ask(_ question: [UInt8]) -> Instruction {
        number += 1
        return Instruction(.ask, data: bigEndianBytes(number) + question, expected: 256)
    }
}

/// Who may have what done.
@Suite struct ControlTests {
    static let pin = "2468"

    @Test func `what is wrong is refused in one order, by its number`() throws {
        let bench = Bench()
        let cases: [(Instruction, Status)] = [
            (Instruction(cla: 0x81, ins: 0x10), .noSuchClass),
            (Instruction(cla: 0xF0, ins: 0x10), .noSuchClass),
            (Instruction(cla: 0xFF, ins: 0x20, 0, 1), .noSuchClass),
            (Instruction(cla: 2, ins: 0x20, 0, 1), .noChannel),
            (Instruction(ins: 0x55), .noSuchCommand), (Instruction(ins: 0x12), .noSuchCommand),
            (Instruction(.verify), .wrongParameters), (Instruction(.ask, 1), .wrongParameters),
            (Instruction(.data, 1, 9), .noSuchData), (Instruction(.data, 2, 1), .wrongParameters),
            (Instruction(.data, 1, 1, data: [1]), .wrongLength),
            (Instruction(.data, 1, 3), .notForThisSession),
            (Instruction(.challenge, data: [1]), .wrongLength),
            (Instruction(.proveOut, data: [1]), .wrongLength),
            (Instruction(.proveIn, data: [1]), .notNow), (Instruction(.fetch), .notNow),
            (Instruction(.ask), .notForThisSession), (Instruction(.exchange), .notForThisSession),
            (Instruction(.pair), .notForThisSession), (Instruction(.destroy), .notForThisSession),
            (Instruction(.select, 4, 0, data: [1]), .nothingOfThatName),
            (Instruction(.verify, 0, 1, data: Array("12a4".utf8)), .wrongData),
            (Instruction(.change, 0, 1, data: [1]), .wrongData),
        ]
        for (one, status) in cases { #expect(try bench.say(one).status == status, "\(one)") }
        #expect(bench.store.asked.isEmpty && bench.store.tries == [.pin: 5, .unblock: 10])
    }

    @Test func `who it is, and how it stands, may be asked by anybody`() throws {
        let bench = Bench()
        let hello = try bench.say(Instruction(.select, 4, 0, data: Control.name, expected: 256))
        #expect(hello.status == .done && hello.data.count == 1 + 1 + 34 + 1)
        #expect(try bench.say(Instruction(.data, 1, 1, expected: 256)).status == .done)
        #expect(try bench.say(Instruction(.data, 1, 2, expected: 256)).status == .done)
        #expect(try bench.say(Instruction(.verify, 0, 1)).status == .tries(5))
    }

    @Test func `a PIN opens a session, for as long as something is asked`() throws {
        var bench = Bench()
        #expect(try bench.say(bench.ask([1])).status == .notForThisSession)
        #expect(try bench.verify(Self.pin) == .done)
        #expect(try bench.say(Instruction(.verify, 0, 1)).status == .done)
        for _ in 0..<3 {
            bench.now += Session.idle - 1
            #expect(try bench.say(bench.ask([1, 5])).status == .done)
        }
        bench.now += Session.idle
        #expect(try bench.say(bench.ask([1])).status == .notForThisSession)
        #expect(try bench.verify(Self.pin) == .done)
        bench.control.reset()
        #expect(try bench.say(bench.ask([1])).status == .notForThisSession)
        #expect(bench.store.asked.count == 3)
    }

    @Test func `nobody brings out what has to stay inside, and what is no question is none`() throws
    {
        var bench = Bench()
        #expect(try bench.verify(Self.pin) == .done)
        #expect(try bench.say(bench.ask([2])).status == .notForThisSession)
        #expect(try bench.say(bench.ask([3])).status == .wrongData)
        #expect(try bench.say(bench.ask([])).status == .wrongLength)
        #expect(bench.store.asked.isEmpty)
    }

    @Test func `a wrong PIN ends the session of the right one`() throws {
        var bench = Bench()
        #expect(try bench.verify(Self.pin) == .done)
        #expect(try bench.verify("1111") == .tries(4))
        #expect(try bench.say(bench.ask([1])).status == .notForThisSession)
    }

    /// A thief with the eKey and all the time in the world.
    @Test func `whoever guesses has five tries in all, wherever power is cut`() throws {
        for cut in 0..<3 {
            let store = PretendInside.Store()
            var bench = Bench(store)
            var looked = 0
            for guess in 0..<40 {
                bench.inside.cutsAt = guess % 3 == cut ? 0 : nil
                let status = try bench.verify("\(1_000 + guess)")
                #expect(status != .done)
                if status != .noTriesLeft { looked += 1 }
                bench.cut()
            }
            // The last of the five says that there are none left.
            #expect(looked <= 5 && store.tries[.pin] == 0)
            #expect(try bench.verify(Self.pin) == .noTriesLeft)
            #expect(try bench.say(bench.ask([1])).status == .notForThisSession)
            #expect(store.asked.isEmpty)
        }
    }

    @Test func `the unblock code sets another PIN, and has ten tries of its own`() throws {
        let bench = Bench()
        for _ in 0..<5 { _ = try bench.verify("9999") }
        func unblock(_ old: [UInt8], _ new: String) throws -> Status {
            let data = CodeChange(old: old, new: Array(new.utf8)).wireBytes
            return try bench.say(Instruction(.unblock, 0, 1, data: data)).status
        }
        #expect(try unblock(Array("00000000".utf8), "1357") == .tries(9))
        #expect(try unblock(PretendInside.unblock, "no") == .wrongData)
        #expect(try unblock(PretendInside.unblock, "1357") == .done)
        #expect(try bench.verify("1357") == .done)
        for _ in 0..<9 { _ = try unblock([1], "1111") }
        #expect(try unblock([1], "1111") == .noTriesLeft)
        #expect(try unblock(PretendInside.unblock, "1111") == .noTriesLeft)
        #expect(try bench.verify("1357") == .done)
    }

    @Test func `the PIN is changed by whoever knows it`() throws {
        let bench = Bench()
        func change(_ old: String, _ new: String) throws -> Status {
            let data = CodeChange(old: Array(old.utf8), new: Array(new.utf8)).wireBytes
            return try bench.say(Instruction(.change, 0, 1, data: data)).status
        }
        #expect(try change("1111", "1357") == .tries(4))
        #expect(try change(Self.pin, "13") == .wrongData)
        #expect(try change(Self.pin, "1357") == .done)
        #expect(try bench.verify(Self.pin) == .tries(4))
        #expect(try bench.verify("1357") == .done)
    }

    @Test func `a wrong PIN in a question ends the session as any other does`() throws {
        var bench = Bench()
        #expect(try bench.verify(Self.pin) == .done)
        #expect(try bench.say(bench.ask(PretendInside.wrongPIN)).status == .done)
        #expect(try bench.say(bench.ask([1])).status == .notForThisSession)
        #expect(bench.store.tries[.pin] == 4)
    }

    @Test func `what waits for the button keeps no session open`() throws {
        var bench = Bench()
        #expect(try bench.verify(Self.pin) == .done)
        bench.inside.isPressed = false
        for _ in 0..<4 {
            bench.now += Session.idle / 3
            _ = try bench.say(bench.ask([1]))
        }
        #expect(try bench.say(Instruction(.verify, 0, 1)).status == .tries(5))
    }

    @Test func `the longest answer fits into a message, however much is expected`() throws {
        var bench = Bench()
        #expect(try bench.verify(Self.pin) == .done)
        for expected in [65_533, 65_534, 65_535, 65_536] {
            var one = bench.ask([1] + [UInt8](repeating: 5, count: 65_000))
            one.data += [UInt8](repeating: 6, count: 300)
            one.expected = expected
            var answer = try #require(bench.control.take(one.parts(of: 60_000)[0].bytes, at: 0))
            #expect(Reply(answer) == Reply())
            answer = try #require(bench.control.take(one.parts(of: 60_000)[1].bytes, at: 0))
            #expect(answer.count <= Frames.messageBytes)
        }
    }

    // MARK: Repeats

    @Test func `what carries a number is done once, and answered alike`() throws {
        var bench = Bench()
        #expect(try bench.verify(Self.pin) == .done)
        let one = bench.ask([1, 42])
        let first = try bench.say(one)
        #expect(first.status == .done)
        #expect(try bench.say(one) == first)
        bench.control.reset()
        // Nobody is verified; who knows the number was.
        #expect(try bench.say(one) == first)
        #expect(bench.store.asked == [[1, 42]])
        var other = one
        other.data[other.data.count - 1] = 43
        #expect(try bench.say(other).status == .notForThisSession)
        #expect(try bench.verify(Self.pin) == .done)
        #expect(try bench.say(other).status == .wrongData)
        let exchange = Instruction(.exchange, data: Array(one.data.prefix(8)) + [0x82, 1, 0x80])
        #expect(try bench.say(exchange).status == .wrongData)
        #expect(bench.store.asked == [[1, 42]])
    }

    @Test func `what the button was not pressed for may be asked again`() throws {
        var bench = Bench()
        #expect(try bench.verify(Self.pin) == .done)
        bench.inside.isPressed = false
        let one = bench.ask([1, 42])
        #expect(try bench.say(one).status == .notNow)
        bench.inside.isPressed = true
        #expect(try bench.say(one).status == .done)
        #expect(bench.store.asked.count == 1)
    }

    // MARK: Readers

    static func pairing(_ reader: StandInSigner, _ name: String) throws -> Instruction {
        let paired = Paired(key: reader.key, name: try #require(Text(name)))
        return Instruction(.pair, data: paired.wireBytes)
    }

    static func proof(_ reader: StandInSigner, _ bench: Bench) throws -> Instruction {
        let challenge = try bench.say(Instruction(.challenge, expected: 16)).data
        let hash = Paired.inbound(challenge, eKey: bench.inside.identity, reader: reader.key)
        let proof = ReaderProof(key: reader.key, signature: reader.sign(hash))
        return Instruction(.proveIn, data: proof.wireBytes)
    }

    @Test func `a paired reader carries datagrams without a PIN, and asks nothing else`() throws {
        var bench = Bench()
        let (mine, other) = (StandInSigner("mine"), StandInSigner("other"))
        #expect(try bench.verify(Self.pin) == .done)
        #expect(try bench.say(Self.pairing(mine, "till")).status == .done)
        #expect(try bench.say(Self.pairing(mine, "")).status == .wrongData)
        bench.control.reset()
        #expect(try bench.say(Self.proof(other, bench)).status == .notForThisSession)
        let proof = try Self.proof(mine, bench)
        #expect(try bench.say(proof).status == .done)
        // It was good once.
        #expect(try bench.say(proof).status == .notNow)
        #expect(try bench.say(bench.ask([0])).status == .done)
        #expect(try bench.say(bench.ask([1])).status == .notForThisSession)
        var incoming = Incoming()
        incoming.datagrams = [Carried([1, 2, 3], Address([4]))]
        let data = bigEndianBytes(99) + incoming.wireBytes
        let reply = try bench.say(Instruction(.exchange, data: data, expected: 256))
        let outgoing = try Outgoing(wireBytes: reply.data)
        #expect(outgoing.datagrams == incoming.datagrams)
        // Who knows no PIN learns nothing of what happened.
        #expect(outgoing.news.isEmpty)
        #expect(try bench.verify(Self.pin) == .done)
        let told = Instruction(.exchange, data: bigEndianBytes(98) + incoming.wireBytes)
        #expect(try Outgoing(wireBytes: bench.say(told).data).news == [[1]])
        bench.control.reset()
        #expect(try bench.say(proof).status == .notNow)
        _ = try bench.say(Instruction(.challenge, expected: 16))
        #expect(try bench.say(proof).status == .notForThisSession)
    }

    @Test func `four readers are paired, and a fifth takes the place of the first`() throws {
        let bench = Bench()
        #expect(try bench.verify(Self.pin) == .done)
        let all = (0..<5).map { StandInSigner("reader \($0)") }
        for one in all + [all[2]] { #expect(try bench.say(Self.pairing(one, "x")).status == .done) }
        #expect(bench.store.readers.map(\.key) == [1, 3, 4, 2].map { all[$0].key })
    }

    @Test func `the eKey proves itself, and its proof is for nothing else`() throws {
        let bench = Bench()
        let challenge = [UInt8](repeating: 5, count: 16)
        let reply = try bench.say(Instruction(.proveOut, data: challenge, expected: 64))
        let signature = try #require(Signature(reply.data))
        let key = bench.inside.identity
        #expect(
            StandInChecking()
                .isSigned(Paired.outbound(challenge, eKey: key), by: key, with: signature)
        )
        #expect(
            !StandInChecking()
                .isSigned(
                    Paired.inbound(challenge, eKey: key, reader: key),
                    by: key,
                    with: signature
                )
        )
    }

    // MARK: Its end

    @Test func `it is destroyed by its holder, when nothing would be lost`() throws {
        var bench = Bench()
        #expect(try bench.verify(Self.pin) == .done)
        bench.inside.isEmpty = false
        #expect(try bench.say(Instruction(.destroy)).status == .notNow)
        bench.inside.isEmpty = true
        #expect(try bench.say(Instruction(.destroy)).status == .done)
        #expect(!bench.store.isThere && bench.control.isDestroyed)
        #expect(try bench.say(bench.ask([1])).status == .failed)
    }

    @Test func `once something has failed it does nothing more until it is started again`() throws {
        var bench = Bench()
        #expect(try bench.verify(Self.pin) == .done)
        bench.inside.cutsAt = 0
        #expect(try bench.say(bench.ask([1])).status == .failed)
        bench.inside.cutsAt = nil
        #expect(try bench.say(Instruction(.challenge)).status == .failed)
        bench.cut()
        #expect(try bench.verify(Self.pin) == .done)
    }
}
