package import Wire
package import Words

/// A payer's own signature on a place of its life, without what it passed on there: what a
/// payee shows it, so that it signs above, or learns that it was rolled back.
package struct SignedPlace: Hashable, Sendable {
    package let header: Header
    package let entriesRoot: Hash
    package let privateRoot: Hash
    package let signature: Signature
    package let handover: Hash

    package init(
        header: Header,
        entriesRoot: Hash,
        privateRoot: Hash,
        signature: Signature
    ) {
        (self.header, self.entriesRoot) = (header, entriesRoot)
        (self.privateRoot, self.signature) = (privateRoot, signature)
        handover = Handover.hash(header, entriesRoot, privateRoot)
    }

    package init(_ link: Link) {
        self.init(
            header: link.header,
            entriesRoot: link.entriesRoot,
            privateRoot: link.privateRoot,
            signature: link.signature
        )
    }

    package var place: Place { header.place }

    package func isSigned(_ checking: some Checking) -> Bool {
        checking.isSigned(handover, by: header.payer, with: signature)
    }
}

extension SignedPlace: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(4)
        header.write(to: &writer)
        writer.value(entriesRoot)
        writer.value(privateRoot)
        writer.value(signature)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(4)
        self.init(
            header: try Header(from: &reader),
            entriesRoot: try reader.value(),
            privateRoot: try reader.value(),
            signature: try reader.value()
        )
    }
}

extension Link {
    /// The root of its handover's entries, which its own path leads to.
    fileprivate var entriesRoot: Hash {
        guard
            let root = EntryTree.root(
                from: entry.leaf,
                number: number,
                count: header.count,
                path: path
            )
        else { preconditionFailure("a link's path was checked when it was made") }
        return root
    }
}
