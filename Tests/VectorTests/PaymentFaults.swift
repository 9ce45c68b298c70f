import Commit
import FuzzEntries
import Money
import Sealing
import Wire
import Words

/// Each message broken in each way: item by item as section 2 has it, and by the rules of 8.2.
struct PaymentFaults {
    private let story: PaymentStory

    init(_ story: PaymentStory) { self.story = story }

    typealias Bad = (of: String, bytes: [UInt8])

    private static let messages = [
        "HERE", "OFFER", "ACCEPT", "REFUSE of what the person refuses",
        "DECLINE of what is not in order", "COMMIT-REQUEST of what is cancelled", "AGREED",
        "COMMIT", "ABORT of what is cancelled", "COMMITTED", "ASK of what is forgotten",
        "SHOW of what is forgotten", Self.warning,
    ]

    private static let warning = "WARN of what is warned of"

    private func item(_ name: String) throws -> Item {
        try Item(wireBytes: story.message(name).object.content)
    }

    func contents() throws -> [(String, Bad)] {
        try Self.messages.flatMap { try everyItem(of: $0) } + rules()
    }

    // MARK: Item by item

    /// How deep each content is broken: what is itself a value of sections 6.2 to 6.4 has its
    /// own cases, in money.json.
    private func everyItem(of name: String) throws -> [(String, Bad)] {
        let whole = try item(name)
        var cases: [(String, Bad)] = []
        for path in whole.paths(to: 2) where !isMoney(name, path) {
            let place = path.isEmpty ? "all" : path.map(String.init).joined(separator: ".")
            for (what, broken) in whole.item(path).broken {
                cases.append(("\(name): \(place) \(what)", (name, whole.bytes(path, broken))))
            }
        }
        let good = story.message(name).object.content
        cases.append(("\(name): cut short", (name, Array(good.dropLast()))))
        cases.append(("\(name): empty", (name, [])))
        cases.append(("\(name): with a byte after it", (name, good + [0])))
        return cases
    }

    private func isMoney(_ name: String, _ path: [Int]) -> Bool {
        let isProposal = name == "ACCEPT" && path.count > 1 && path[0] == 2
        let isName = name == "OFFER" && path.count > 1 && [8, 9].contains(path[0])
        let isHandover = name.hasPrefix("SHOW") && path.count > 1
        let isPaper = name == Self.warning && path.count > 1
        return isProposal || isName || isHandover || isPaper
    }
}

extension PaymentFaults {
    // MARK: By the rules of 8.2

    private func rules() throws -> [(String, Bad)] {
        try offerRules() + acceptRules() + placeRules() + warningRules()
    }

    /// A paper of any other type is no warning, and no warning is longer than that.
    private func warningRules() throws -> [(String, Bad)] {
        let warn = try Warn(reading: story.message(Self.warning))
        let abort = try Abort(reading: story.message("ABORT of what is cancelled"))
        func paper(_ body: Paper.Body, _ junk: Int = 0) -> Bad {
            let certificates = (0..<12).map { number in
                [UInt8(number)] + [UInt8](repeating: 0, count: number == 0 ? junk : 1_000)
            }
            let some = junk == 0 ? warn.certificates : certificates
            return (Self.warning, Paper(body, certificates: some).wireBytes)
        }
        let most = Limits.warningBytes - paper(warn.paper.body, 600).bytes.count + 600
        return [
            ("WARN: of an ABORT", paper(.abort(abort))),
            ("WARN: a paper of 12,288 bytes", paper(warn.paper.body, most)),
            ("WARN: a paper of 12,289 bytes", paper(warn.paper.body, most + 1)),
        ]
    }

    private func changed(_ name: String, _ path: [Int], _ item: Item) throws -> Bad {
        (name, try self.item(name).bytes(path, item.wireBytes))
    }

    private func offerRules() throws -> [(String, Bad)] {
        func offer(_ path: [Int], _ item: Item) throws -> Bad { try changed("OFFER", path, item) }
        let line = Item.array([.text(Array("tip".utf8)), .number(1)])
        let long = Item.text([UInt8](repeating: 97, count: 65))
        let zero = Item.array([.text([]), .number(0)])
        return [
            ("OFFER: of nothing", try offer([2], .number(0))),
            ("OFFER: of more than there can be", try offer([2], .number(Limits.amountUnits + 1))),
            ("OFFER: items that do not add up", try offer([4, 0, 1], .number(101))),
            ("OFFER: one item more", try offer([4], .array([line]))),
            ("OFFER: no items", try offer([4], .array([]))),
            ("OFFER: seventeen items", try offer([4], .array(Array(repeating: zero, count: 17)))),
            ("OFFER: an item's long text", try offer([4, 0, 0], long)),
            (
                "OFFER: a memo of 161 bytes",
                try offer([3], .text([UInt8](repeating: 97, count: 161)))
            ),
            (
                "OFFER: a memo of 160 bytes",
                try offer([3], .text([UInt8](repeating: 97, count: 160)))
            ),
            ("OFFER: 65 hops", try offer([5, 0], .number(65))),
            ("OFFER: 64 hops", try offer([5, 0], .number(64))),
            ("OFFER: 40,961 bytes", try offer([5, 1], .number(40_961))),
            ("OFFER: 40,960 bytes", try offer([5, 1], .number(40_960))),
            ("OFFER: nine releases", try offer([5, 2], .number(9))),
            ("OFFER: eight releases", try offer([5, 2], .number(8))),
            ("OFFER: a fourth class of devices", try offer([5, 3], .number(3))),
            ("OFFER: wants 4", try offer([6], .number(4))),
            ("OFFER: for no second", try offer([7], .number(0))),
            ("OFFER: for 3,600 seconds", try offer([7], .number(3_600))),
            ("OFFER: for 3,601 seconds", try offer([7], .number(3_601))),
            ("OFFER: no certificates", try offer([8], .array([]))),
            (
                "OFFER: three certificates",
                try offer([8], .array(Array(repeating: .data([0]), count: 3)))
            ),
            (
                "OFFER: a certificate of 1,025 bytes",
                try offer([8], .array([.data([UInt8](repeating: 0, count: 1_025))]))
            ),
            ("OFFER: no name", try offer([9], .array([]))),
        ]
    }

    private func acceptRules() throws -> [(String, Bad)] {
        func text(_ count: Int) -> Item { .array([.text([UInt8](repeating: 97, count: count))]) }
        let other = Item.data(story.paying.seller.key.bytes.array)
        return [
            ("HERE: id 9999", try changed("HERE", [1], .number(9_999))),
            ("HERE: id 10000", try changed("HERE", [1], .number(10_000))),
            ("ACCEPT: no details", try changed("ACCEPT", [0], .array([]))),
            ("ACCEPT: shipping of 512 bytes", try changed("ACCEPT", [0], text(512))),
            ("ACCEPT: shipping of 513 bytes", try changed("ACCEPT", [0], text(513))),
            ("ACCEPT: billing of 513 bytes", try changed("ACCEPT", [1], text(513))),
            ("ACCEPT: a proposal of somebody else", try changed("ACCEPT", [2, 1], other)),
        ]
    }

    /// A floor, and the handover of AGREED, are of the two who talk.
    private func placeRules() throws -> [(String, Bad)] {
        let (seller, buyer) = (story.paying.seller.key, story.paying.buyer.key)
        let request = "COMMIT-REQUEST of what is cancelled"
        let decline = "DECLINE of what is not in order"
        let (sellers, buyers) = (Item.data(seller.bytes.array), Item.data(buyer.bytes.array))
        let reason = Item.text([UInt8](repeating: 97, count: 41))
        let leaf = try item("AGREED").item([1, 0])
        let closed = Item.array([.data([UInt8](repeating: 7, count: 32))])
        return [
            ("COMMIT-REQUEST: no floor", try changed(request, [1], .array([]))),
            ("COMMIT-REQUEST: the seller's floor", try changed(request, [1, 0, 0, 1], sellers)),
            ("DECLINE: no floor", try changed(decline, [1], .array([]))),
            ("DECLINE: the seller's floor", try changed(decline, [1, 0, 0, 1], sellers)),
            ("DECLINE: a reason of 41 bytes", try changed(decline, [0], reason)),
            ("AGREED: of another payer", try changed("AGREED", [0, 1], sellers)),
            ("AGREED: to another payee", try changed("AGREED", [0, 2], buyers)),
            ("AGREED: of no entries", try changed("AGREED", [0, 6], .number(0))),
            ("AGREED: of nine entries", try changed("AGREED", [0, 6], .number(9))),
            ("AGREED: a closed leaf", try changed("AGREED", [1, 0], closed)),
            ("AGREED: four leaves", try changed("AGREED", [1], .array([leaf, leaf, leaf, leaf]))),
        ]
    }

    // MARK: Around the content

    /// Signed objects that are no such message, whatever stands in them.
    func wholes() -> [(String, [UInt8], Kind)] {
        Self.messages.flatMap { name -> [(String, [UInt8], Kind)] in
            let message = story.message(name)
            let (object, kind) = (message.object, message.object.kind)
            func with(payment: PaymentID?, answers: Hash?, kind: Kind) -> [UInt8] {
                let changed = Object(
                    kind,
                    from: object.sender,
                    to: object.receiver,
                    payment: payment,
                    answering: answers,
                    content: object.content
                )
                return SignedObject(changed, message.signature).wireBytes
            }
            let other: Kind = kind == .ask ? .show : .ask
            let payment = object.payment == nil ? story.payment : nil
            let answers = object.answers == nil ? object.hash : nil
            var bytes = message.wireBytes
            // An array of two, an array of eight, five letters, the version.
            bytes[8] = 2
            return [
                (
                    name + (payment == nil ? ": of no payment" : ": of a payment"),
                    with(payment: payment, answers: object.answers, kind: kind), kind
                ),
                (
                    name + (answers == nil ? ": that answers nothing" : ": that answers"),
                    with(payment: object.payment, answers: answers, kind: kind), kind
                ),
                (
                    name + ": of another kind",
                    with(payment: object.payment, answers: object.answers, kind: other), kind
                ),
                (name + ": of version 2", bytes, kind),
            ]
        }
    }

    func lookups() -> [(String, [UInt8])] {
        let good = must(story.paying.firstLookup).datagram
        func changed(_ at: Int, _ byte: UInt8, retag: Bool) -> [UInt8] {
            var bytes = good
            bytes[at] = byte
            if retag {
                let hash = Digest.hash(Digest.Domain("tally1 lookup"), Array(bytes[10...]))
                bytes.replaceSubrange(1..<9, with: hash.bytes.array[..<8])
            }
            return bytes
        }
        return [
            ("one byte short", Array(good.dropLast())),
            ("one byte long", good + [0]),
            ("of version 2", changed(0, 2, retag: false)),
            ("of another tag", changed(1, good[1] ^ 1, retag: false)),
            ("of another kind of datagram", changed(9, 1, retag: false)),
            ("of another promise under the old tag", changed(60, good[60] ^ 1, retag: false)),
            ("an array of four", changed(10, 0x84, retag: true)),
            ("padding that is not zero", changed(511, 1, retag: true)),
            ("a padding of another length", changed(80, good[80] ^ 1, retag: true)),
        ]
    }
}

// MARK: Items

extension Item {
    /// The places of all items down to a depth, the whole first.
    func paths(to depth: Int) -> [[Int]] {
        guard depth > 0, case .array(let items) = self else { return [[]] }
        let below = items.enumerated().flatMap { index, item in
            item.paths(to: depth - 1).map { [index] + $0 }
        }
        return [[]] + below
    }

    func item(_ path: [Int]) -> Item {
        guard let first = path.first, case .array(let items) = self else { return self }
        return items[first].item(Array(path.dropFirst()))
    }

    /// These bytes, with others in the place of one item.
    func bytes(_ path: [Int], _ raw: [UInt8]) -> [UInt8] {
        guard let first = path.first, case .array(let items) = self else { return raw }
        var writer = Writer()
        writer.array(items.count)
        return items.enumerated().reduce(into: writer.bytes) { bytes, one in
            bytes +=
                one.offset == first
                ? one.element.bytes(Array(path.dropFirst()), raw) : one.element.wireBytes
        }
    }

    /// What could stand here instead, by what is wrong with it.
    var broken: [(String, [UInt8])] {
        switch self {
        case .number(let number):
            [
                ("a text", [0x61, 0x78]),
                ("too long a form", [0x1B] + bigEndianBytes(number)),
                ("the greatest number", [0x1B] + bigEndianBytes(.max)),
            ]
        case .data(let data): strings(2, data)
        case .text(let text):
            strings(3, text) + [
                ("a text that turns around", Self.string(3, Array("a\u{202E}b".utf8))),
                ("no UTF-8", Self.string(3, [0xC3, 0x28])),
                ("a long text", Self.string(3, [UInt8](repeating: 97, count: 600))),
            ]
        case .array(let items): arrays(items)
        }
    }

    private func strings(_ major: UInt8, _ bytes: [UInt8]) -> [(String, [UInt8])] {
        let long = [major << 5 | 27] + bigEndianBytes(UInt64(bytes.count))
        return [
            ("a number", [0]),
            ("too long a form", long + bytes),
            ("of no certain length", [major << 5 | 31] + wireBytes + [0xFF]),
            ("one byte more", Self.string(major, bytes + [97])),
            ("one byte less", Self.string(major, Array(bytes.dropLast()))),
        ]
    }

    private func arrays(_ items: [Item]) -> [(String, [UInt8])] {
        let inner = items.flatMap(\.wireBytes)
        return [
            ("a number", [0]),
            ("too long a form", [0x98, UInt8(items.count)] + inner),
            ("of no certain length", [0x9F] + inner + [0xFF]),
            ("one more", Item.array(items + [items.last ?? .number(0)]).wireBytes),
            ("one less", Item.array(items.dropLast()).wireBytes),
            ("more than there is", [0x9A, 0xFF, 0xFF, 0xFF, 0xFF] + inner),
        ]
    }

    private static func string(_ major: UInt8, _ bytes: [UInt8]) -> [UInt8] {
        // A byte string's bytes, made a text's where they are to be no text.
        var written = Item.data(bytes).wireBytes
        written[0] |= (major & 1) << 5
        return written
    }
}
