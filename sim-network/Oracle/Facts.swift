internal import Wire
internal import Words

// What rows and statements say, read from docs/PROTOCOL and from nothing else: the rules that
// are judged have readers of their own, and a mistake in those must not hide itself here.

/// Where units come from: their stick, and the entry of the handover that passed them on.
struct Origin: Hashable, Sendable {
    let stick: Hash
    let handover: Hash?
    let number: UInt64

    init(stick: Hash, from reader: inout Reader) throws(WireError) {
        self.stick = stick
        guard try reader.array(atMost: 1) == 1 else {
            (handover, number) = (nil, 0)
            return
        }
        try reader.array(2)
        handover = try reader.value()
        number = try reader.number(0...7)
    }
}

/// `[[stick, lo, hi, parent], releases]`: a free piece, as it was taken or behind a version.
struct FreePiece: Hashable, Sendable {
    let origin: Origin
    let lo: UInt64
    let hi: UInt64

    /// A piece's row, `[1, [stick, lo, hi, parent], releases]`.
    init(row: [UInt8]) throws(WireError) {
        var reader = Reader(row)
        try reader.array(3)
        try reader.version(1)
        try self.init(behindHead: &reader)
        try reader.finish()
    }

    init(from reader: inout Reader) throws(WireError) {
        try reader.array(2)
        try self.init(behindHead: &reader)
    }

    private init(behindHead reader: inout Reader) throws(WireError) {
        try reader.array(4)
        let stick: Hash = try reader.value()
        (lo, hi) = try reader.units()
        origin = try Origin(stick: stick, from: &reader)
        // One more than an entry carries: the last ABORT has to be kept too.
        _ = try reader.releases(atMost: Limits.releasesPerEntry + 1)
    }

    /// The row's key, which says all of it but where it begins.
    var key: [UInt8] {
        var key: [UInt8] = [0]
        key.reserveCapacity(74)
        origin.stick.bytes.append(to: &key)
        if let handover = origin.handover {
            handover.bytes.append(to: &key)
            key.append(UInt8(origin.number))
        }
        for shift in 0..<8 { key.append(UInt8(truncatingIfNeeded: hi >> UInt64(56 - 8 * shift))) }
        return key
    }
}

/// `[asset, units, spend-until, settle-until, signed]` and who has it first.
struct StickFact: Hashable, Sendable {
    let id: Hash
    let owner: Key
    let asset: Asset
    let units: UInt64

    /// A stick's row, `[1, signed stick]`.
    init(row: [UInt8]) throws(WireError) {
        var reader = Reader(row)
        try reader.array(2)
        try reader.version(1)
        let signed = try SignedObject(from: &reader)
        try reader.finish()
        try self.init(signed)
    }

    init(_ signed: SignedObject) throws(WireError) {
        guard signed.object.kind == .stick else { throw WireError(.outOfRange, at: 0) }
        (id, owner) = (signed.object.hash, signed.object.receiver)
        var content = Reader(signed.object.content)
        try content.array(5)
        asset = try content.value()
        units = try content.number(1...Limits.amountUnits)
        for _ in 0..<3 { _ = try content.number() }
        try content.finish()
    }
}

/// What a payment is for, as far as it matters here.
struct DealFact: Hashable, Sendable {
    let offer: Hash
    let asset: Asset
    let amount: UInt64
    /// Whether its memo is the one of what was used up.
    let isUse: Bool
    let peer: Key

    init(from reader: inout Reader) throws(WireError) {
        try reader.array(10)
        (offer, asset) = (try reader.value(), try reader.value())
        amount = try reader.number(0...Limits.amountUnits)
        isUse = try reader.text(atMost: Limits.memoBytes) == Self.useMemo
        peer = try reader.value()
        _ = try reader.data32()
        for _ in 0..<(try reader.array(atMost: Limits.certificatesPerProvenance)) {
            _ = try reader.slice(atMost: Limits.certificateBytes)
        }
        _ = try reader.optional(SignedObject.self)
        _ = try reader.slice(atMost: Limits.addressBytes)
        _ = try reader.number()
    }

    private static let useMemo = "consumed"
}

/// `[offer, asset, amount, moment]`: what a COMMIT says was paid.
struct ReceiptFact: Hashable, Sendable {
    let offer: Hash
    let asset: Asset
    let amount: UInt64

    init(_ content: [UInt8]) throws(WireError) {
        var reader = Reader(content)
        try reader.array(4)
        (offer, asset) = (try reader.value(), try reader.value())
        amount = try reader.number(0...Limits.amountUnits)
        _ = try reader.number()
        try reader.finish()
    }
}

/// A payment that is open, as its row says.
struct OpenFact: Sendable {
    let deal: DealFact
    let handover: HandoverFact
    let side: Side

    enum Side: Sendable {
        case held(taken: [FreePiece], isUse: Bool)
        case paid(commit: SignedObject)
    }

    init(_ bytes: [UInt8]) throws(WireError) {
        var reader = Reader(bytes)
        try reader.array(5)
        try reader.version(1)
        let role = try reader.number(0...2)
        deal = try DealFact(from: &reader)
        handover = try HandoverFact(from: &reader)
        if role != 1 {
            var taken: [FreePiece] = []
            for _ in 0..<(try reader.array(atMost: Limits.entriesPerHandover)) {
                taken.append(try FreePiece(from: &reader))
            }
            side = .held(taken: taken, isUse: role == 2)
        } else {
            side = .paid(commit: try reader.value())
        }
        try reader.finish()
    }
}

/// How a payment ended, as its row says.
struct FinishedFact: Sendable {
    let isSeller: Bool
    let isPaid: Bool
    let deal: DealFact?
    let handover: HandoverFact?
    let decision: SignedObject?

    init(_ bytes: [UInt8]) throws(WireError) {
        var reader = Reader(bytes)
        try reader.array(6)
        try reader.version(1)
        isSeller = try reader.number(0...1) == 1
        isPaid = try reader.number(0...1) == 1
        deal = try reader.array(atMost: 1) == 0 ? nil : try DealFact(from: &reader)
        handover = try reader.array(atMost: 1) == 0 ? nil : try HandoverFact(from: &reader)
        decision = try reader.optional()
        try reader.finish()
    }
}

/// `[1, key, root, epoch, inert]`: who a wallet is, and whether it lives.
struct SelfFact: Hashable, Sendable {
    let key: Key
    let epoch: UInt64
    let isInert: Bool

    init(row: [UInt8]) throws(WireError) {
        var reader = Reader(row)
        try reader.array(5)
        try reader.version(1)
        key = try reader.value()
        _ = try reader.data32()
        epoch = try reader.number()
        isInert = !(try reader.text(atMost: Limits.messageBytes)).isEmpty
        try reader.finish()
    }
}

extension Reader {
    /// `lo, hi`: a range that is never empty.
    mutating func units() throws(WireError) -> (UInt64, UInt64) {
        let start = position
        let (lo, hi) = (try number(), try number())
        guard lo < hi, hi <= Limits.amountUnits else { throw WireError(.outOfRange, at: start) }
        return (lo, hi)
    }

    mutating func releases(
        atMost cap: Int = Limits.releasesPerEntry
    ) throws(WireError) -> [SignedObject] {
        let count = try array(atMost: cap)
        guard count > 0 else { return [] }
        var releases: [SignedObject] = []
        for _ in 0..<count { releases.append(try SignedObject(from: &self)) }
        return releases
    }
}
