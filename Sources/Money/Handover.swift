package import Wire
package import Words

/// What everybody who meets a handover sees of it.
package struct Header: Hashable, Sendable {
    package let payer: Key
    package let payee: Key
    package let place: Place
    /// The hash of the payment's id: the id itself is between the two, until a decision or a
    /// release shows it.
    package let payment: Hash
    package let count: Int

    package init(payer: Key, payee: Key, place: Place, payment: Hash, count: Int) {
        (self.payer, self.payee, self.place) = (payer, payee, place)
        (self.payment, self.count) = (payment, count)
    }

    package static func hash(of payment: PaymentID) -> Hash {
        Digest.hash(paymentDomain, payment.array)
    }

    private static let paymentDomain = Digest.Domain("tally1 payment")
    package var leaf: Hash { Digest.hash(Self.domain, wireBytes(reserving: 160)) }
    static let domain = Digest.Domain("tally1 header")
}

extension Header: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(7)
        writer.number(1)
        writer.value(payer)
        writer.value(payee)
        writer.value(place.epoch)
        writer.number(place.counter)
        writer.value(payment)
        writer.number(UInt64(count))
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(7)
        try reader.version(1)
        (payer, payee) = (try reader.value(), try reader.value())
        place = Place(epoch: try reader.value(), counter: try reader.number())
        payment = try reader.value()
        count = Int(try reader.number(1...UInt64(Limits.entriesPerHandover)))
    }
}

/// What only payer, payee and office may see of a handover.
package struct Privates: Hashable, Sendable {
    package let payment: PaymentID
    package let offer: Hash
    package let window: Hash
    /// The window's running total, this handover included.
    package let total: Amount
    /// The payer's handover before this one in its epoch.
    package let previous: Hash?

    package init(
        payment: PaymentID,
        offer: Hash,
        window: Hash,
        total: Amount,
        previous: Hash?
    ) {
        (self.payment, self.offer, self.window) = (payment, offer, window)
        (self.total, self.previous) = (total, previous)
    }

    /// The leaves in their order, each under a salt of its own.
    package func leaves(salts: [Salt]) -> [PrivateLeaf] {
        precondition(salts.count == PrivateLeaf.count, "one salt for each private leaf")
        var values = [Writer](repeating: Writer(reserving: 48), count: PrivateLeaf.count)
        values[0].value(payment)
        values[1].value(offer)
        values[2].value(window)
        values[3].value(total)
        values[4].optional(previous)
        return zip(salts, values).map { .open($0, $1.bytes[...]) }
    }
}

/// A private leaf, shown or not.
package enum PrivateLeaf: Hashable, Sendable {
    /// The value lies where it was read: five small copies cost as much as reading two entries.
    case open(Salt, ArraySlice<UInt8>)
    case closed(Hash)

    package static let count = 5
    package static let valueBytes = 64

    func hash(number: Int) -> Hash {
        switch self {
        case .closed(let hash):
            return hash
        case .open(let salt, let value):
            var bytes: [UInt8] = []
            bytes.reserveCapacity(17 + value.count)
            salt.append(to: &bytes)
            bytes.append(UInt8(number))
            bytes.append(contentsOf: value)
            return Digest.hash(Self.domain, bytes)
        }
    }

    /// The same leaf, not shown.
    func closed(number: Int) -> PrivateLeaf { .closed(hash(number: number)) }

    private static let domain = Digest.Domain("tally1 private")
    private static let rootDomain = Digest.Domain("tally1 privates")

    static func root(_ leaves: [PrivateLeaf]) -> Hash {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32 * count)
        for (number, leaf) in leaves.enumerated() {
            leaf.hash(number: number).bytes.append(to: &bytes)
        }
        return Digest.hash(rootDomain, bytes)
    }
}

extension PrivateLeaf: WireValue {
    package func write(to writer: inout Writer) {
        switch self {
        case .closed(let hash):
            writer.array(1)
            writer.value(hash)
        case .open(let salt, let value):
            writer.array(2)
            writer.value(salt)
            writer.data(value)
        }
    }

    package init(from reader: inout Reader) throws(WireError) {
        if try reader.array(1...2) == 1 {
            self = .closed(try reader.value())
        } else {
            self = .open(try reader.value(), try reader.slice(atMost: Self.valueBytes))
        }
    }
}

extension PrivateLeaf {
    /// The five of them, as they stand in a handover.
    static func all(from reader: inout Reader) throws(WireError) -> [PrivateLeaf] {
        try reader.array(count)
        var leaves: [PrivateLeaf] = []
        leaves.reserveCapacity(count)
        for _ in 0..<count { leaves.append(try PrivateLeaf(from: &reader)) }
        return leaves
    }
}

/// The payer's signed statement that passes pieces to one payee, written whole.
package struct Handover: Hashable, Sendable {
    package let header: Header
    package let entries: [Entry]
    package let leaves: [PrivateLeaf]
    package let signature: Signature
    /// Its name, where whoever made it had to compute that anyway, or will ask for it often.
    private let known: Known

    /// Follows from all the rest, so it makes no two handovers different.
    private struct Known: Hashable, Sendable {
        var hash: Hash?
        static func == (_: Known, _: Known) -> Bool { true }
        func hash(into _: inout Hasher) {}
    }

    /// Signs the handover of `entries` to `payee`.
    package init(
        by payer: some Signing,
        to payee: Key,
        at place: Place,
        entries: [Entry],
        privates: Privates,
        salts: [Salt]
    ) {
        precondition(
            (1...Limits.entriesPerHandover).contains(entries.count),
            "a handover has 1 to \(Limits.entriesPerHandover) entries"
        )
        header = Header(
            payer: payer.key,
            payee: payee,
            place: place,
            payment: Header.hash(of: privates.payment),
            count: entries.count
        )
        self.entries = entries
        leaves = privates.leaves(salts: salts)
        let hash = Self.hash(header, entries, leaves)
        (signature, known) = (payer.sign(hash), Known(hash: hash))
    }

    package init(
        header: Header,
        entries: [Entry],
        leaves: [PrivateLeaf],
        signature: Signature
    ) {
        (self.header, self.entries) = (header, entries)
        (self.leaves, self.signature) = (leaves, signature)
        known = Known()
    }

    /// The handover that an agreement is of, with the entries that its root is made from.
    init(_ agreement: Agreement, entries: [Entry]) {
        (header, self.entries) = (agreement.header, entries)
        (leaves, signature) = (agreement.leaves, agreement.signature)
        known = Known(hash: agreement.hash)
    }

    /// The handover's name; of one that was read it is computed anew at each call, for reading
    /// hashes nothing.
    package var hash: Hash { known.hash ?? Self.hash(header, entries, leaves) }

    /// The same, with its name computed once for all who ask for it.
    package var named: Handover { known.hash == nil ? Handover(self, named: hash) : self }

    private init(_ other: Handover, named hash: Hash) {
        (header, entries) = (other.header, other.entries)
        (leaves, signature) = (other.leaves, other.signature)
        known = Known(hash: hash)
    }

    private static func hash(
        _ header: Header,
        _ entries: [Entry],
        _ leaves: [PrivateLeaf]
    ) -> Hash {
        hash(header, EntryTree.root(entries.map(\.leaf)), PrivateLeaf.root(leaves))
    }

    package static func hash(_ header: Header, _ entries: Hash, _ privates: Hash) -> Hash {
        hash(Digest.hash(Header.domain, header.wireBytes(reserving: 160)), entries, privates)
    }

    static func hash(_ header: Hash, _ entries: Hash, _ privates: Hash) -> Hash {
        Digest.hash(domain, header, entries, privates)
    }

    private static let domain = Digest.Domain("tally1 handover")

    /// What it passes on, or nil when that is more than any money there can be.
    package var sum: Amount? { Amount.sum(entries.map(\.units.count)) }

    package func isSigned(_ checking: some Checking) -> Bool {
        checking.isSigned(hash, by: header.payer, with: signature)
    }

    /// The private leaves, when all of them are shown and say what the header says.
    package var privates: Privates? {
        guard leaves.count == PrivateLeaf.count else { return nil }
        var values: [Reader] = []
        for leaf in leaves {
            guard case .open(_, let value) = leaf else { return nil }
            values.append(Reader(Array(value)))
        }
        guard let privates = try? Privates(&values),
            Header.hash(of: privates.payment) == header.payment
        else { return nil }
        return privates
    }

    /// Whether every leaf that is shown is canonical, and the payment the header's.
    package var openLeavesFit: Bool {
        leaves.enumerated().allSatisfy { number, leaf in
            guard case .open(_, let value) = leaf else { return true }
            switch number {
            case 0:
                let payment = try? PaymentID(wireBytes: Array(value))
                return payment.map(Header.hash(of:)) == header.payment
            case 1, 2: return (try? Hash(wireBytes: Array(value))) != nil
            case 3: return (try? Amount(wireBytes: Array(value))) != nil
            case _:
                var reader = Reader(Array(value))
                let previous: Hash?? = try? reader.optional()
                return previous != nil && (try? reader.finish()) != nil
            }
        }
    }

    /// The same handover with only some of its private leaves shown.
    package func showing(_ shown: Set<Int>) -> Handover {
        let some = leaves.enumerated().map { number, leaf in
            shown.contains(number) ? leaf : leaf.closed(number: number)
        }
        return Handover(header: header, entries: entries, leaves: some, signature: signature)
    }

    /// What provenance carries of this handover for one of its entries.
    package func link(_ number: Int) -> Link {
        Link(
            header: header,
            entry: entries[number],
            number: number,
            path: EntryTree.path(entries.map(\.leaf), to: number),
            privateRoot: PrivateLeaf.root(leaves),
            signature: signature
        )
    }
}

extension Privates {
    fileprivate init(_ values: inout [Reader]) throws(WireError) {
        payment = try values[0].value()
        (offer, window) = (try values[1].value(), try values[2].value())
        total = try values[3].value()
        previous = try values[4].optional()
        for value in values { try value.finish() }
    }
}

extension Handover: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(4)
        header.write(to: &writer)
        writer.array(entries.count)
        for entry in entries { entry.write(to: &writer) }
        writer.array(leaves.count)
        for leaf in leaves { leaf.write(to: &writer) }
        writer.value(signature)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(4)
        let header = try Header(from: &reader)
        let at = reader.position
        var entries: [Entry] = []
        let count = try reader.array(atMost: Limits.entriesPerHandover)
        guard count == header.count else { throw WireError(.wrongCount, at: at) }
        entries.reserveCapacity(count)
        for _ in 0..<count { entries.append(try Entry(from: &reader)) }
        let leaves = try PrivateLeaf.all(from: &reader)
        self.init(
            header: header,
            entries: entries,
            leaves: leaves,
            signature: try reader.value()
        )
    }
}
