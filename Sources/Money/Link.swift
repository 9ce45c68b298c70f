package import Wire
package import Words

/// One entry of one handover, with what proves that its payer signed it: a step of provenance.
package struct Link: Hashable, Sendable {
    package let header: Header
    package let entry: Entry
    package let number: Int
    package let path: [Hash]
    package let privateRoot: Hash
    package let signature: Signature
    /// The handover's hash, computed from all of the above.
    package let handover: Hash

    package var reference: EntryReference { EntryReference(handover, number) }

    /// Traps when the path does not fit: only a handover of our own makes a link this way.
    init(
        header: Header,
        entry: Entry,
        number: Int,
        path: [Hash],
        privateRoot: Hash,
        signature: Signature
    ) {
        (self.header, self.entry, self.number) = (header, entry, number)
        (self.path, self.privateRoot, self.signature) = (path, privateRoot, signature)
        guard
            let root = EntryTree.root(
                from: entry.leaf,
                number: number,
                count: header.count,
                path: path
            )
        else { preconditionFailure("the path of entry \(number) fits its tree") }
        handover = Handover.hash(header, root, privateRoot)
    }

    package func isSigned(_ checking: some Checking) -> Bool {
        checking.isSigned(handover, by: header.payer, with: signature)
    }

    /// Whether this and `other` stand in the one order that proofs have.
    package func comesBefore(_ other: Link) -> Bool {
        header.place == other.header.place
            ? reference < other.reference : header.place < other.header.place
    }
}

extension Link: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(6)
        writer.value(header)
        writer.value(entry)
        writer.number(UInt64(number))
        writer.list(path)
        writer.value(privateRoot)
        writer.value(signature)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(6)
        let headerAt = reader.position
        let header = try Header(from: &reader)
        let entryAt = reader.position
        let entry = try Entry(from: &reader)
        let entryEnd = reader.position
        let number = Int(try reader.number(0...UInt64(Limits.entriesPerHandover - 1)))
        let pathAt = reader.position
        let path: [Hash] = try reader.list(atMost: 3)
        let privateRoot: Hash = try reader.value()
        let signature: Signature = try reader.value()
        // What was read is canonical, so its hash is the hash of the bytes it was read from.
        let leaf = Digest.hash(Entry.domain, reader.bytes, entryAt..<entryEnd)
        guard
            let root = EntryTree.root(from: leaf, number: number, count: header.count, path: path)
        else { throw WireError(.wrongCount, at: pathAt) }
        let headerHash = Digest.hash(Header.domain, reader.bytes, headerAt..<entryAt)
        (self.header, self.entry, self.number) = (header, entry, number)
        (self.path, self.privateRoot, self.signature) = (path, privateRoot, signature)
        handover = Handover.hash(headerHash, root, privateRoot)
    }
}
