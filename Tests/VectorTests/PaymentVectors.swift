import Commit
import FuzzEntries
import Money
import Sealing
import TestSupport
import Testing
import Wire
import Words

/// docs/vectors/payment.json: the messages of section 8, with every value on the way, and each
/// way in which one is not what it says.
@Suite struct PaymentVectors {
    struct File: Codable {
        let root: String
        let now: UInt64
        let seller: String
        let buyer: String
        let lookup: Call
        let digits: String
        let payment: String
        let paymentHash: String
        let handover: String
        let handoverHash: String
        var lookups: [BadLookup] = []
        var messages: [Message] = []
        var contents: [Content] = []
        var objects: [Whole] = []
    }

    struct Call: Codable {
        let datagram: String
        let sealingKey: String
        let nonce: String
        let promise: String
        let name: String
    }

    struct BadLookup: Codable {
        let name: String
        let datagram: String
    }

    struct Message: Codable {
        let name: String
        let kind: UInt64
        let hex: String
        /// What is signed: a handover's own name, of all others the object's.
        let hash: String
        let answers: String
    }

    struct Content: Codable, Hashable {
        let name: String
        /// The message whose content is changed: there, so many bytes, into these.
        let of: String
        let at: Int
        let drop: Int
        let put: String
        let error: String
    }

    struct Whole: Codable {
        let name: String
        let kind: UInt64
        let hex: String
        let error: String
        let position: Int
    }

    private func hex(_ bytes: [UInt8]) -> String { Hex.text(bytes) }

    @Test func `payment json is what the code makes, and each case fails as it says`() throws {
        let story = try PaymentStory()
        var file = try opened(story)
        try addMessages(story, &file)
        addLookups(story, &file)
        for (name, bad) in try PaymentFaults(story).contents() {
            file.contents.append(try content(name, bad, story))
        }
        for (name, bytes, kind) in PaymentFaults(story).wholes() {
            let error = try #require(Self.fault(bytes, kind), "\(name) reads")
            file.objects.append(
                Whole(
                    name: name,
                    kind: kind.rawValue,
                    hex: hex(bytes),
                    error: error.kind.rawValue,
                    position: error.position
                )
            )
        }
        #expect(Set(file.messages.map(\.kind)) == Set([3, 4, 5, 6, 27] + Array(16...23)))
        #expect(file.contents.count >= 200)
        #expect(Set(file.contents.map(\.error)).count >= 10)
        try VectorFiles.compare(file, "payment.json")
    }

    private func opened(_ story: PaymentStory) throws -> File {
        let lookup = must(story.paying.firstLookup)
        let offer = try Offer(reading: story.message("OFFER"))
        let here = try Here(reading: story.message("HERE"))
        let handover = must(story.paying.handover(of: story.payment))
        let digits = Digits(
            sellerNonce: offer.nonce,
            buyerNonce: here.nonce,
            seller: offer.seller,
            oneTime: here.oneTime
        )
        return File(
            root: hex(story.paying.street.root.key.bytes.array),
            now: RealStreet.now.seconds,
            seller: hex(story.paying.seller.key.bytes.array),
            buyer: hex(story.paying.buyer.key.bytes.array),
            lookup: Call(
                datagram: hex(lookup.datagram),
                sealingKey: hex(lookup.sealingKey.bytes.array),
                nonce: hex(offer.nonce.array),
                promise: hex(lookup.promise.bytes.array),
                name: hex(lookup.name.bytes.array)
            ),
            digits: digits.text,
            payment: hex(story.payment.array),
            paymentHash: hex(Header.hash(of: story.payment).bytes.array),
            handover: hex(handover.wireBytes),
            handoverHash: hex(handover.hash.bytes.array)
        )
    }

    private func addMessages(_ story: PaymentStory, _ file: inout File) throws {
        for (name, message) in story.named {
            let object = message.object
            let hash =
                object.kind == .handover ? try Agreed(reading: message).hash : object.hash
            #expect(Self.fault(message.wireBytes, object.kind) == nil, "\(name)")
            file.messages.append(
                Message(
                    name: name,
                    kind: object.kind.rawValue,
                    hex: hex(message.wireBytes),
                    hash: hex(hash.bytes.array),
                    answers: hex(object.answers?.bytes.array ?? [])
                )
            )
        }
    }

    private func addLookups(_ story: PaymentStory, _ file: inout File) {
        for (name, bytes) in PaymentFaults(story).lookups() {
            #expect(Lookup(bytes) == nil, "\(name)")
            file.lookups.append(BadLookup(name: name, datagram: hex(bytes)))
        }
    }

    private func content(
        _ name: String,
        _ bad: (of: String, bytes: [UInt8]),
        _ story: PaymentStory
    ) throws -> Content {
        let message = story.message(bad.of).with(content: bad.bytes)
        let error = Self.fault(message.wireBytes, message.object.kind)
        #expect(error == nil || error?.position == 0, "\(name)")
        let old = story.message(bad.of).object.content
        let at = zip(old, bad.bytes).prefix { $0 == $1 }.count
        let same = zip(old[at...].reversed(), bad.bytes[at...].reversed()).prefix { $0 == $1 }.count
        return Content(
            name: name,
            of: bad.of,
            at: at,
            drop: old.count - at - same,
            put: hex(Array(bad.bytes[at..<(bad.bytes.count - same)])),
            error: error?.kind.rawValue ?? "good"
        )
    }

    /// What is wrong with bytes that ought to be a message of this kind.
    static func fault(_ bytes: [UInt8], _ kind: Kind) -> WireError? {
        do {
            switch kind {
            case .here: _ = try Here(wireBytes: bytes)
            case .offer: _ = try Offer(wireBytes: bytes)
            case .accept: _ = try Accept(wireBytes: bytes)
            case .refuse: _ = try Refuse(wireBytes: bytes)
            case .decline: _ = try Decline(wireBytes: bytes)
            case .commitRequest: _ = try CommitRequest(wireBytes: bytes)
            case .handover: _ = try Agreed(wireBytes: bytes)
            case .commit: _ = try Commit(wireBytes: bytes)
            case .abort: _ = try Abort(wireBytes: bytes)
            case .committed: _ = try Committed(wireBytes: bytes)
            case .ask: _ = try Ask(wireBytes: bytes)
            case .show: _ = try Show(wireBytes: bytes)
            case .welcome: _ = try Welcome(wireBytes: bytes)
            case .request: _ = try Request(wireBytes: bytes)
            case .answer: _ = try Answer(wireBytes: bytes)
            case .warn: _ = try Warn(wireBytes: bytes)
            case .stick, .window, .revocation, .name, .register, .bill, .invoice, .personalisation,
                .settings, .quote,
                .meterReceipt, .delivery:
                preconditionFailure("no message")
            }
            return nil
        } catch {
            return error
        }
    }
}

extension SignedObject {
    /// The same with another content, under a signature that is not of it.
    func with(content: [UInt8]) -> SignedObject {
        SignedObject(
            Object(
                object.kind,
                from: object.sender,
                to: object.receiver,
                payment: object.payment,
                answering: object.answers,
                content: content
            ),
            signature
        )
    }
}
