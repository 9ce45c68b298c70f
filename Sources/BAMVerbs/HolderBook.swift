internal import Books
internal import Clerk
internal import Command
internal import Commit
internal import EKey
internal import Host
internal import Mint
internal import Sealing
internal import Wire
internal import Words

import struct Mint.Mint

/// Who registered, and which eKey he was given (Mp): docs/PROTOCOL section 20.6.
struct Registration: Hashable {
    let name: Text
    let phone: Text
    let account: UInt64
    let limits: EKeyLimits
    /// Of the code by which his eKey enrols.
    let secret: UInt64
    let registered: Moment
    /// Until when.
    let until: Moment
    /// The readers that he named when he registered.
    let readers: [Key]
    /// The entry of his invitation, once it is booked.
    var invite: UInt64?
    var eKey: Given?
    /// The newest settings that were made for it.
    var order: SignedObject?
    /// The newest of them that it has signed to have.
    var taken: SignedObject?
    /// It has said that it does not take the newest one.
    var isRefused = false
    var ended: Ended?

    /// An eKey that was written to.
    struct Given: Hashable {
        let key: Key
        let sealingKey: SealingKey
        let mk: SignedObject
        /// It has signed that it has it.
        var isLoaded: Bool
    }

    /// Why this is his no longer.
    struct Ended: Hashable {
        let moment: Moment
        let reason: Text
    }

    /// Those that were made last.
    var settings: EKeySettings { order.flatMap(Self.read) ?? first }

    /// Those that the next ones begin with: what it has, where it took no newer ones.
    var base: EKeySettings { isRefused ? inForce : settings }

    /// Those that it has, as far as it has signed that.
    var inForce: EKeySettings { taken.flatMap(Self.read) ?? first }

    private var first: EKeySettings {
        var first = EKeySettings()
        first.readers = readers
        return first
    }

    private static func read(_ order: SignedObject) -> EKeySettings? {
        (try? SettingsOrder(reading: order))?.settings
    }

    func member(_ mint: Mint) -> Mint.Member? {
        mint.invited(code)?.key.flatMap { mint.members[$0] }
    }

    /// By what its invitation is known, booked or not.
    var code: Hash { Code.hash(secret: secret) }

    /// Whether it could still bring money to somebody, whatever is written here.
    func isLive(_ mint: Mint) -> Bool {
        if let member = member(mint) { return member.revocation == nil }
        return mint.mayEnrol(by: code)
    }

    func state(_ mint: Mint) -> State {
        if ended != nil { return .ended }
        if member(mint) != nil { return .enrolled }
        guard let eKey else { return .registered }
        return eKey.isLoaded ? .personalised : .written
    }

    enum State: String {
        case registered
        /// A letter was made for it, and it has not answered.
        case written
        case personalised
        case enrolled
        case ended
    }
}

extension Registration: WireValue {
    func write(to writer: inout Writer) {
        writer.array(14)
        writer.text(name)
        writer.text(phone)
        writer.number(account)
        writer.value(limits)
        writer.number(secret)
        writer.value(registered)
        writer.value(until)
        writer.list(readers)
        writer.array(invite == nil ? 0 : 1)
        if let invite { writer.number(invite) }
        writer.array(eKey == nil ? 0 : 4)
        if let eKey {
            writer.value(eKey.key)
            writer.value(eKey.sealingKey)
            writer.value(eKey.mk)
            writer.number(eKey.isLoaded ? 1 : 0)
        }
        writer.optional(order)
        writer.array(ended == nil ? 0 : 2)
        if let ended {
            writer.value(ended.moment)
            writer.text(ended.reason)
        }
        writer.optional(taken)
        writer.number(isRefused ? 1 : 0)
    }

    init(from reader: inout Reader) throws(WireError) {
        // One of before receipts were kept has two things less.
        let count = try reader.array(12...14)
        name = try reader.shown(atMost: Limits.nameBytes)
        phone = try reader.shown(atMost: Limits.nameBytes)
        account = try reader.number()
        limits = try reader.value()
        secret = try reader.number()
        (registered, until) = (try reader.value(), try reader.value())
        readers = try reader.list(atMost: Paired.most)
        invite = try reader.array(atMost: 1) == 0 ? nil : try reader.number()
        let eKeyAt = reader.position
        switch try reader.array(atMost: 4) {
        case 0: eKey = nil
        case 4:
            eKey = Given(
                key: try reader.value(),
                sealingKey: try reader.value(),
                mk: try reader.value(),
                isLoaded: try reader.number(0...1) == 1
            )
        case _: throw WireError(.wrongCount, at: eKeyAt)
        }
        order = try reader.optional()
        let endedAt = reader.position
        switch try reader.array(atMost: 2) {
        case 0: ended = nil
        case 2:
            ended = Ended(
                moment: try reader.value(),
                reason: try reader.shown(atMost: Limits.reasonBytes)
            )
        case _: throw WireError(.wrongCount, at: endedAt)
        }
        guard count > 12 else { return }
        taken = try reader.optional()
        isRefused = try reader.number(0...1) == 1
    }
}

/// All of them, in the order in which they registered, in one file that is written whole.
struct HolderBook {
    private(set) var all: [Registration] = []
    private let till: Till
    private var path: String { till.folder + "/bam" }

    private static let context = Array("tally bam".utf8)
    private static let bytesAtMost = 64 << 20
    /// What one registration may come to, with both of its letters.
    private static let atMost = 10_000

    init(_ till: Till) throws(Complaint) {
        self.till = till
        guard Files.exists(path) else { return }
        let sealed: [UInt8]
        do {
            sealed = try Files.read(path, cap: Self.bytesAtMost)
        } catch {
            throw Complaint(error, reading: path)
        }
        guard let bytes = till.books.show(sealed, context: Self.context),
            let list = try? Kept(wireBytes: bytes)
        else {
            throw Complaint(
                .failed,
                "bam-damaged",
                "the file of this bank's holders was changed by somebody",
                hint: "put back the copy of \(quoted(path)) that belongs to these books; the books"
                    + " themselves are whole"
            )
        }
        all = list.all
    }

    private struct Kept: WireValue {
        let all: [Registration]

        init(_ all: [Registration]) { self.all = all }

        func write(to writer: inout Writer) {
            writer.array(2)
            writer.number(1)
            writer.list(all)
        }

        init(from reader: inout Reader) throws(WireError) {
            try reader.array(2)
            try reader.version(1)
            all = try reader.list(atMost: HolderBook.atMost)
        }
    }

    /// The registration of that name that has not ended; of a name alone that is the newest.
    func open(_ name: Text) -> Int? {
        all.lastIndex { $0.name == name && $0.ended == nil }
    }

    func index(_ typed: String) throws(Complaint) -> Int {
        if let name = Text(typed), let at = open(name) { return at }
        if let name = Text(typed), let at = all.lastIndex(where: { $0.name == name }) { return at }
        let near = nearest(typed, all.map(\.name.string))
        throw Complaint(
            .notFound,
            "no-holder",
            "nobody has registered here as \(quoted(typed))",
            hint: near.map { "did you mean \(quoted($0))?" } ?? "'tally bam holders' lists them"
        )
    }

    subscript(_ index: Int) -> Registration { all[index] }

    /// On the disk, and synced, when this returns.
    mutating func keep(_ one: Registration, at index: Int? = nil) throws(Complaint) {
        var next = all
        if let index { next[index] = one } else { next.append(one) }
        guard next.count <= Self.atMost else {
            throw Complaint(
                .refused,
                "full",
                "this bank has \(Self.atMost) registrations, and keeps no more",
                hint: "make another office for the next ones"
            )
        }
        var chance = SystemChance()
        let sealed = till.books.hide(
            Kept(next).wireBytes(reserving: 4_096 * next.count),
            context: Self.context,
            chance: &chance
        )
        do {
            try Files.write(sealed, to: path, isSecret: true)
        } catch {
            throw Complaint(error, writing: path)
        }
        all = next
    }
}
