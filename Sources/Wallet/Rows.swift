package import Commit
package import Money
package import Wire
import Words

// What a wallet writes: docs/PROTOCOL section 8.8.

/// The keys and sizes of a wallet's rows.
enum Rows {
    static let own = name("own")
    static let `self` = name("self")
    static let window = name("window")
    static let course = name("course")
    static let clock = name("clock")
    static let policy = name("policy")
    static let demands = name("demands")
    static let profile = name("profile")
    static let revoked = name("revoked")
    static let heardRevocation = name("heard")
    static let proof = name("proof")
    static let errand = name("errand")
    static let convict = name("convict")
    static let heardProof = name("warned")
    static let shown = name("shown")
    static let waiting = name("uncleared")
    static let ended = name("ended")
    static let told = name("told")
    static let pulses = name("pulses")
    static let since = name("since")
    static let carried = name("carried")
    static let beside = name("beside")

    private static func name(_ text: String) -> [UInt8] { Array(text.utf8) }

    static func carried(_ delivery: Hash) -> [UInt8] { carried + delivery.bytes.array }

    static func convict(_ key: Key) -> [UInt8] { convict + key.bytes.array }

    static func heardProof(_ key: Key) -> [UInt8] { heardProof + key.bytes.array }

    static func shown(_ key: Key) -> [UInt8] { shown + key.bytes.array }

    static func ended(_ id: PaymentID) -> [UInt8] { ended + id.array }

    static func errand(_ id: PaymentID) -> [UInt8] { errand + id.array }

    static func revoked(_ key: Key) -> [UInt8] { revoked + key.bytes.array }

    static func heardRevocation(_ key: Key) -> [UInt8] { heardRevocation + key.bytes.array }

    static let piece: UInt8 = 0
    static let stick: UInt8 = 1
    static let link: UInt8 = 2
    static let certificate: UInt8 = 3
    static let stranded: UInt8 = 4
    static let consumed: UInt8 = 5
    static let register: UInt8 = 6

    /// A free piece is known by where its units end: cutting takes from the front.
    static func key(_ holding: Holding, _ kind: UInt8 = piece) -> [UInt8] {
        var key = [kind] + holding.stick.bytes.array
        if let parent = holding.parent {
            key += parent.handover.bytes.array
            key.append(UInt8(parent.number))
        }
        return key + bigEndianBytes(holding.units.hi)
    }

    static func key(stick id: Hash) -> [UInt8] { [stick] + id.bytes.array }

    static func key(register stick: Hash) -> [UInt8] { [register] + stick.bytes.array }

    static func key(_ reference: EntryReference) -> [UInt8] {
        [link] + reference.handover.bytes.array + [UInt8(reference.number)]
    }

    static func key(certificateOf key: Key) -> [UInt8] { [certificate] + key.bytes.array }

    static func key(proofOf payment: PaymentID) -> [UInt8] { proof + payment.array }

    // MARK: Room

    /// A deal with its certificates and names, and what padding makes of it.
    private static let dealBytes = 4_096

    /// A row may fill a page of its own, wherever its key puts it.
    private static let rowBytes = 1_024

    /// A header, leaves and a signature, besides the entries.
    private static let handoverBytes = 1_024

    /// An offer can come to an ABORT; what it takes to be paid is known when ACCEPT shows it.
    static let roomToOffer = Room(steps: 2, bytes: 4 * dealBytes)

    /// Two steps are to come: the decision with all that was shown, and the completion.
    static func roomToSell(_ proposal: Proposal) -> Room {
        let shown = proposal.provenance
        // Of each entry its own link and a free piece, and a few registers.
        let rows =
            shown.sticks.count + shown.links.count + shown.certificates.count
            + 2 * proposal.entries.count + 4
        // The handover stands in the record, in its links, in the open row and in what is to come.
        return Room(
            steps: 2,
            bytes: proposal.wireBytes.count + rows * rowBytes + 7 * bytes(proposal.entries)
                + 4 * dealBytes
        )
    }

    /// The agreement and the decision.
    static func roomToBuy(_ proposal: Proposal) -> Room {
        // What is taken stands in the record, in the open row and in what is left free.
        let rows = 4 * proposal.entries.count + 4
        return Room(
            steps: 2,
            bytes: rows * rowBytes + 10 * bytes(proposal.entries) + 4 * dealBytes
        )
    }

    /// After the first of the two.
    static func roomToEnd(_ handover: Handover) -> Room {
        let rows = 2 * handover.entries.count
        return Room(
            steps: 1,
            bytes: rows * rowBytes + 4 * bytes(handover.entries) + 2 * dealBytes
        )
    }

    private static func bytes(_ entries: [Entry]) -> Int {
        entries.reduce(handoverBytes) { $0 + $1.wireBytes.count }
    }
}

/// A row's bytes: the version, then what `body` writes.
func row(_ count: Int, _ body: (inout Writer) -> Void) -> [UInt8] {
    var writer = Writer(reserving: 512)
    writer.array(count + 1)
    writer.number(1)
    body(&writer)
    return writer.take()
}

extension Reader {
    mutating func row(_ count: Int) throws(WireError) {
        try array(count + 1)
        try version(1)
    }
}

/// A free piece as its row has it: what can be told of its stick and its links is not in it.
struct PieceRow: WireValue {
    let holding: Holding
    let releases: [Abort]

    init(_ piece: Piece) { (holding, releases) = (piece.holding, piece.releases) }

    func write(to writer: inout Writer) {
        writer.array(2)
        writer.value(holding)
        writer.list(releases)
    }

    init(from reader: inout Reader) throws(WireError) {
        try reader.array(2)
        holding = try reader.value()
        // One more than is ever offered: the last ABORT still has to be kept.
        releases = try reader.list(atMost: Limits.releasesPerEntry + 1)
    }
}

/// The open row of a buyer.
struct HeldRow: WireValue {
    let deal: Deal
    let handover: Handover
    let taken: [PieceRow]
    /// Whether what was taken had been consumed, and is being handed in.
    let isHandIn: Bool

    static let role: UInt64 = 0
    static let handInRole: UInt64 = 2

    init(_ held: Held, isHandIn: Bool) {
        (deal, handover, self.isHandIn) = (held.deal, held.handover, isHandIn)
        taken = held.taken.map { PieceRow($0) }
    }

    func write(to writer: inout Writer) {
        writer.array(5)
        writer.number(1)
        writer.number(isHandIn ? Self.handInRole : Self.role)
        writer.value(deal)
        writer.value(handover)
        writer.list(taken)
    }

    init(from reader: inout Reader) throws(WireError) {
        try reader.row(4)
        let at = reader.position
        switch try reader.number() {
        case Self.role: isHandIn = false
        case Self.handInRole: isHandIn = true
        case _: throw WireError(.outOfRange, at: at)
        }
        (deal, handover) = (try reader.value(), try reader.value())
        taken = try reader.list(atMost: Limits.entriesPerHandover)
    }
}

/// The open row of a seller.
struct PaidRow: WireValue {
    let deal: Deal
    let handover: Handover
    let commit: Commit

    static let role: UInt64 = 1

    init(_ paid: Paid) {
        (deal, handover, commit) = (paid.deal, paid.handover, paid.commit)
    }

    func write(to writer: inout Writer) {
        writer.array(5)
        writer.number(1)
        writer.number(Self.role)
        writer.value(deal)
        writer.value(handover)
        writer.value(commit)
    }

    init(from reader: inout Reader) throws(WireError) {
        try reader.row(4)
        _ = try reader.number(Self.role...Self.role)
        (deal, handover) = (try reader.value(), try reader.value())
        commit = try reader.value()
    }
}

/// The open row of either.
enum OpenRow {
    case held(HeldRow)
    case paid(PaidRow)

    init(from reader: inout Reader) throws(WireError) {
        // The role says which of the two, so it is read first.
        var ahead = reader
        try ahead.row(4)
        self =
            try ahead.number(HeldRow.role...HeldRow.handInRole) == PaidRow.role
            ? .paid(try PaidRow(from: &reader)) : .held(try HeldRow(from: &reader))
    }
}

/// A payment that is over, as it is kept for ever: with the handover, its COMMIT is the receipt.
package struct Finished: Hashable, Sendable, WireValue {
    package let isBuyers: Bool
    package let isPaid: Bool
    package let deal: Deal?
    package let handover: Handover?
    package let decision: Decision?

    init(isBuyers: Bool, _ deal: Deal?, _ handover: Handover?, _ decision: Decision) {
        (self.isBuyers, self.deal, self.handover) = (isBuyers, deal, handover)
        self.decision = decision
        if case .commit = decision { isPaid = true } else { isPaid = false }
    }

    #if Planted
    init(forgetting deal: Deal) {
        (isBuyers, isPaid, self.deal) = (false, true, deal)
        (handover, decision) = (nil, nil)
    }
    #endif

    /// Whether this is what its payee says, to us who paid it.
    func isPaid(by commit: Commit) -> Bool {
        guard isBuyers, isPaid, let handover else { return false }
        let header = handover.header
        return commit.handover == handover.hash && commit.sender == header.payee
            && commit.receiver == header.payer
    }

    package func write(to writer: inout Writer) {
        writer.array(6)
        writer.number(1)
        writer.number(isBuyers ? HeldRow.role : PaidRow.role)
        writer.number(isPaid ? 1 : 0)
        writer.optional(deal)
        writer.optional(handover)
        writer.optional(decision)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.row(5)
        isBuyers = try reader.number(0...1) == HeldRow.role
        isPaid = try reader.number(0...1) == 1
        (deal, handover) = (try reader.optional(), try reader.optional())
        decision = try reader.optional()
    }
}

extension Step {
    /// What becomes of what came in with it: its deal says so, where its payee is an office.
    package func use() throws(WireError) -> Use {
        guard case .open(let bytes, _) = standing else { return .redeemed }
        var reader = Reader(bytes)
        guard case .paid(let paid) = try OpenRow(from: &reader) else { return .redeemed }
        return paid.deal.use
    }
}

extension LogEntry {
    /// What a record says of a payment that came in; nil when it is another.
    package func paid() throws(WireError) -> (handover: Handover, commit: Commit)? {
        guard kind == RecordKind.paid else { return nil }
        var reader = Reader(bytes)
        try reader.row(2)
        let (handover, commit): (Handover, Commit) = (try reader.value(), try reader.value())
        try reader.finish()
        return (handover, commit)
    }
}

/// The kinds of records.
enum RecordKind {
    static let held: UInt64 = 1
    static let bought: UInt64 = 2
    static let kept: UInt64 = 3
    static let paid: UInt64 = 4
    static let complete: UInt64 = 5
    static let cancelled: UInt64 = 6
    static let charged: UInt64 = 16
    static let settings: UInt64 = 17
    static let revocation: UInt64 = 18
    static let inert: UInt64 = 19
    static let proof: UInt64 = 20
    static let asked: UInt64 = 21
    static let begun: UInt64 = 22
    static let convict: UInt64 = 23
    static let consumed: UInt64 = 24
    static let carried: UInt64 = 25
}
