import Commit
import FuzzEntries
import Money
import Sealing
import TestSupport
import Testing
import Wire
import Words

/// docs/vectors/counter.json: what is said at an office's counter (section 13), and each way in
/// which it is not what it says.
@Suite struct CounterVectors {
    struct File: Codable {
        let root: String
        let office: String
        let wallet: String
        let hello: Greeting
        var hellos: [BadHello] = []
        var codes: [GoodCode] = []
        var noCodes: [BadCode] = []
        var messages: [PaymentVectors.Message] = []
        var contents: [PaymentVectors.Content] = []
    }

    struct Greeting: Codable {
        let datagram: String
        let sealingKey: String
        let name: String
    }

    struct BadHello: Codable {
        let name: String
        let datagram: String
    }

    struct GoodCode: Codable {
        let typed: String
        let text: String
        let secret: UInt64
        let rootKey: String
        let root: UInt64
        let hash: String
    }

    struct BadCode: Codable {
        let typed: String
        /// `letter`, `length` or `check`.
        let fault: String
    }

    @Test func `counter json is what the code makes, and each case fails as it says`() throws {
        let story = try CounterStory()
        let hello = story.hello
        var file = File(
            root: Hex.text(story.street.root.key.bytes.array),
            office: Hex.text(story.street.office.key.bytes.array),
            wallet: Hex.text(story.wallet.key.bytes.array),
            hello: Greeting(
                datagram: Hex.text(hello.datagram),
                sealingKey: Hex.text(hello.sealingKey.bytes.array),
                name: Hex.text(hello.name.bytes.array)
            )
        )
        for (name, bytes) in story.badHellos {
            #expect(Hello(bytes) == nil, "\(name)")
            file.hellos.append(BadHello(name: name, datagram: Hex.text(bytes)))
        }
        #expect(Hello(hello.datagram) == hello)
        try addCodes(story, &file)
        for (name, message) in story.messages {
            let object = message.object
            #expect(PaymentVectors.fault(message.wireBytes, object.kind) == nil, "\(name)")
            file.messages.append(
                PaymentVectors.Message(
                    name: name,
                    kind: object.kind.rawValue,
                    hex: Hex.text(message.wireBytes),
                    hash: Hex.text(object.hash.bytes.array),
                    answers: Hex.text(object.answers?.bytes.array ?? [])
                )
            )
            for (what, bytes) in try story.broken(name, message) {
                file.contents.append(Self.content(what, name, message, bytes))
            }
        }
        #expect(Set(file.messages.map(\.kind)) == [24, 25, 26])
        #expect(file.contents.count >= 200)
        #expect(Set(file.contents.map(\.error)).count >= 8)
        try VectorFiles.compare(file, "counter.json")
    }

    private static func content(
        _ name: String,
        _ of: String,
        _ message: SignedObject,
        _ bytes: [UInt8]
    ) -> PaymentVectors.Content {
        let error = PaymentVectors.fault(
            message.with(content: bytes).wireBytes,
            message.object.kind
        )
        #expect(error == nil || error?.position == 0, "\(name)")
        let old = message.object.content
        let at = zip(old, bytes).prefix { $0 == $1 }.count
        let same = zip(old[at...].reversed(), bytes[at...].reversed()).prefix { $0 == $1 }.count
        return PaymentVectors.Content(
            name: name,
            of: of,
            at: at,
            drop: old.count - at - same,
            put: Hex.text(Array(bytes[at..<(bytes.count - same)])),
            error: error?.kind.rawValue ?? "good"
        )
    }

    private func addCodes(_ story: CounterStory, _ file: inout File) throws {
        let root = story.street.root.key
        for secret in [0, 1, 0x2_5A3C_96E1_7F04, Code.secrets] as [UInt64] {
            let code = Code(secret: secret, root: root)
            for typed in [
                code.text, code.text.lowercased(), code.text.filter { $0 != "-" },
                code.text.split(separator: "").joined(separator: " "),
                String(code.text.map { $0 == "0" ? "o" : $0 == "1" ? "L" : $0 }),
            ] {
                #expect(try Code(typed: typed) == code)
                file.codes.append(
                    GoodCode(
                        typed: typed,
                        text: code.text,
                        secret: secret,
                        rootKey: Hex.text(root.bytes.array),
                        root: code.root,
                        hash: Hex.text(Code.hash(secret: secret).bytes.array)
                    )
                )
            }
        }
        let good = Code(secret: 0x2_5A3C_96E1_7F04, root: root).text
        var bad = ["", "U" + good.dropFirst(), String(good.dropLast()), good + "0", "é" + good]
        // Every place with its next character, and every two neighbours exchanged.
        let letters = Array(good)
        for at in letters.indices where letters[at] != "-" {
            var other = letters
            other[at] = letters[at] == "Z" ? "2" : "Z"
            bad.append(String(other))
            let next = at + 1
            if next < letters.count, letters[next] != "-", letters[at] != letters[next] {
                var swapped = letters
                swapped.swapAt(at, next)
                bad.append(String(swapped))
            }
        }
        for typed in bad {
            file.noCodes.append(BadCode(typed: typed, fault: try #require(Self.fault(typed))))
        }
    }

    private static func fault(_ typed: String) -> String? {
        do {
            _ = try Code(typed: typed)
            return nil
        } catch {
            return switch error {
            case .letter: "letter"
            case .length: "length"
            case .check: "check"
            }
        }
    }
}

/// A wallet at a counter, with real keys.
struct CounterStory {
    var street: RealStreet
    let wallet: Identity
    let hello: Hello
    let messages: [(String, SignedObject)]

    init() throws {
        street = try RealStreet(seed: 13)
        wallet = try street.person()
        let sealing = SealingKey(Bytes32(repeating: 7))
        hello = Hello(sealingKey: sealing)
        let (wallet, office) = (wallet, street.office)
        let der = must(street.ders[office.key])
        let welcome = Welcome.object(
            by: office.key,
            answering: hello,
            root: street.root.key,
            certificate: der,
            moment: RealStreet.now
        )
        var messages = [("WELCOME", SignedObject.signed(welcome, by: office))]
        let stick = try street.stick(1_250, to: wallet)
        let amount = must(Amount(1_250))
        let wants: [(String, Request.Want)] = [
            ("enrol", .enrol(secret: 0x2_5A3C_96E1_7F04, sealingKey: sealing)),
            ("charge", .charge(RealStreet.euro, amount)),
            ("redeem", .redeem(RealStreet.euro, amount, id: 9_999)),
            ("hand in", .redeem(RealStreet.euro, amount, id: 9_999, as: .consumed)),
            ("sync", .sync(epoch: .first, next: 1, handovers: [], known: 3)),
            ("renew", .renew(.first)),
            ("show", .show(try Self.showing(&street, wallet, stick))),
        ]
        for (name, want) in wants {
            let object = Request.object(
                by: wallet.key,
                to: office.key,
                payment: Self.payment(name),
                want
            )
            let request = try Request(reading: .signed(object, by: wallet))
            messages.append(("REQUEST to " + name, request.signed))
            var done = Answer.Outcome()
            if name == "charge" {
                done.certificates = [der, must(street.ders[wallet.key])]
                done.papers = [stick.signed]
            }
            if name == "sync" { done.numbers = [0, 3] }
            if name == "show" { done.numbers = [1] }
            for (what, outcome) in [
                ("done", done), ("refused", .init(refusal: must(Text("short")), [700])),
            ] {
                let answer = Answer.object(
                    by: office.key,
                    to: request,
                    moment: RealStreet.now,
                    outcome
                )
                messages.append(("ANSWER: \(name) \(what)", .signed(answer, by: office)))
            }
        }
        self.messages = messages
    }

    /// Two have paid it with units of one piece, the second by a handover with a release, and it
    /// has paid a third who says nothing.
    private static func showing(
        _ street: inout RealStreet,
        _ wallet: Identity,
        _ stick: Stick
    ) throws -> Showing {
        let (ada, bob) = (try street.person(), try street.person())
        let (aborted, paid) = (payment("aborted"), payment("paid"))
        let abort = try street.abort(aborted, by: bob, to: ada.key)
        let owned = try street.stick(500, to: ada)
        let first = street.handover([owned.entry(0, 200)], from: ada, to: bob.key)
        let given = street.handover(
            [first.entry(0, 50, 200)],
            from: bob,
            to: wallet.key,
            payment: paid
        )
        let entry = owned.entry(200, 500, releases: [abort])
        let other = street.handover([entry], from: ada, to: wallet.key, counter: 2)
        let held = street.handover([stick.entry(0, 700)], from: wallet, to: bob.key)
        var showing = Showing()
        showing.links = [first.link(0), given.link(0), other.link(0)]
        let receipt = Receipt(
            offer: hash("offer"),
            asset: RealStreet.euro,
            amount: must(Amount(150)),
            moment: RealStreet.now
        )
        let commit = Commit.object(
            by: wallet.key,
            to: bob.key,
            payment: paid,
            handover: given.hash,
            receipt: receipt
        )
        let committed = Committed.object(
            by: bob.key,
            to: wallet.key,
            payment: paid,
            decision: commit.hash
        )
        showing.decisions = [
            abort.signed, .signed(commit, by: wallet), .signed(committed, by: bob),
        ]
        showing.claims = [given.hash, other.hash]
        showing.denials = [held.hash]
        return showing
    }

    private static func payment(_ name: String) -> PaymentID {
        let padded = (name + String(repeating: ".", count: 32)).utf8.prefix(32)
        let bytes = bigEndianBytes(Epoch.first.number) + Array(padded)
        return must(PaymentID(bytes))
    }

    var badHellos: [(String, [UInt8])] {
        let good = hello.datagram
        func with(_ at: Int, _ byte: UInt8) -> [UInt8] {
            var bytes = good
            bytes[at] = byte
            return bytes
        }
        return [
            ("empty", []), ("cut short", Array(good.dropLast())), ("longer", good + [0]),
            ("of another version", with(0, 2)), ("a bit of the tag", with(1, good[1] ^ 1)),
            ("of another kind", with(9, 5)), ("of three items", with(10, 0x83)),
            ("another key", with(20, good[20] ^ 1)), ("padding of something", with(1_199, 1)),
        ]
    }

    /// Item by item, as section 2 has it; what is a value of other sections has cases there.
    func broken(_ name: String, _ message: SignedObject) throws -> [(String, [UInt8])] {
        let good = message.object.content
        let whole = try Item(wireBytes: good)
        var cases: [(String, [UInt8])] = []
        for path in whole.paths(to: 2) where !(path.count > 1 && path[0] == 3) {
            let place = path.isEmpty ? "all" : path.map(String.init).joined(separator: ".")
            for (what, broken) in whole.item(path).broken {
                cases.append(("\(name): \(place) \(what)", whole.bytes(path, broken)))
            }
        }
        cases.append(("\(name): cut short", Array(good.dropLast())))
        cases.append(("\(name): empty", []))
        cases.append(("\(name): with a byte after it", good + [0]))
        return cases
    }
}
