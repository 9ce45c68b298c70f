package import Wire
package import Words

/// Something secret in a file of its own, which a passphrase or a key file opens: docs/PROTOCOL
/// section 18.5.
package struct SealedPaper: Hashable, Sendable {
    /// What is in it, as whoever opens it has to expect.
    package let what: String
    /// Says what opens it.
    package let keyFile: [UInt8]
    private let hidden: [UInt8]

    private static let title = "tally sealed"
    private static let whatBytes = 32

    package init(
        _ content: [UInt8],
        _ what: String,
        by lock: KeyFile.Lock,
        cost: Stretch.Cost = .moderate,
        chance: inout some Chance
    ) throws(KeyFileFault) {
        precondition((1...Self.whatBytes).contains(what.utf8.count), "a short word says what it is")
        precondition(content.count <= Limits.sealedPaperBytes, "a sealed paper is short")
        let ring = KeyRing(chance: &chance)
        self.what = what
        keyFile = try KeyFile.sealed(ring, by: lock, cost: cost, chance: &chance)
        hidden = ring.data.hide(content, context: Self.context(what), chance: &chance)
    }

    /// The content, and a key under which more may be hidden beside it.
    package func open(
        with lock: KeyFile.Lock
    ) throws(KeyFileFault) -> (content: [UInt8], data: DataKey) {
        let data = try KeyFile.open(keyFile, with: lock).data
        guard let content = data.show(hidden, context: Self.context(what)) else { throw .damaged }
        return (content, data)
    }

    /// The same seal with something else in it; `data` is the key that came with what was.
    package func with(
        _ content: [UInt8],
        by data: DataKey,
        chance: inout some Chance
    ) -> SealedPaper {
        precondition(content.count <= Limits.sealedPaperBytes, "a sealed paper is short")
        let hidden = data.hide(content, context: Self.context(what), chance: &chance)
        return SealedPaper(what: what, keyFile: keyFile, hidden: hidden)
    }

    private init(what: String, keyFile: [UInt8], hidden: [UInt8]) {
        (self.what, self.keyFile, self.hidden) = (what, keyFile, hidden)
    }

    private static func context(_ what: String) -> [UInt8] { Array("\(title) \(what)".utf8) }
}

extension SealedPaper: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(5)
        writer.text(Self.title)
        writer.number(1)
        writer.text(what)
        writer.data(keyFile)
        writer.data(hidden)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(5)
        let titleAt = reader.position
        guard try reader.text(atMost: Self.title.utf8.count) == Self.title else {
            throw WireError(.badText, at: titleAt)
        }
        try reader.version(1)
        let whatAt = reader.position
        what = try reader.shown(atMost: Self.whatBytes).string
        guard !what.isEmpty else { throw WireError(.badText, at: whatAt) }
        keyFile = try reader.data(atMost: Limits.keyFileBytes)
        // A nonce and what vouches for it stand around the content.
        hidden = try reader.data(atMost: Limits.sealedPaperBytes + 40)
    }
}
