package import Wire
package import Words

/// Units somebody holds, and the entry they come from.
package struct Holding: Hashable, Sendable {
    package let stick: Hash
    package let units: Units
    package let parent: EntryReference?

    package init(stick: Hash, units: Units, parent: EntryReference?) {
        (self.stick, self.units, self.parent) = (stick, units, parent)
    }
}

extension Holding: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(4)
        writer.value(stick)
        units.write(to: &writer)
        writer.optional(parent)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(4)
        stick = try reader.value()
        units = try Units(from: &reader)
        parent = try reader.optional()
    }
}

/// Everything that shows where some pieces come from, each thing once: back through every
/// handover to the sticks, with the certificates of all who signed.
package struct Provenance: Hashable, Sendable {
    package var certificates: [[UInt8]]
    package var sticks: [Stick]
    package var links: [Link]
    package var pieces: [Holding]

    /// Sorts what it is given into the one order that provenance has.
    package init(
        certificates: [[UInt8]],
        sticks: [Stick],
        links: [Link],
        pieces: [Holding]
    ) {
        self.certificates = certificates.sorted { $0.lexicographicallyPrecedes($1) }
        self.sticks = sticks.sorted { $0.id < $1.id }
        self.links = links.sorted { $0.reference < $1.reference }
        self.pieces = pieces
    }
}

extension Provenance: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(5)
        writer.number(1)
        writeBody(to: &writer)
        writer.list(pieces)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(5)
        try reader.version(1)
        self = try Provenance(body: &reader, pieces: [])
        let piecesAt = reader.position
        pieces = try reader.list(atMost: Limits.entriesPerHandover)
        guard !pieces.isEmpty else { throw WireError(.wrongCount, at: piecesAt) }
    }

    /// The three lists that provenance and proposals have in common.
    init(body reader: inout Reader, pieces: [Holding]) throws(WireError) {
        certificates = try reader.certificates()
        let sticksAt = reader.position
        sticks = try reader.list(atMost: Limits.sticksPerProvenance)
        guard sticks.isStrictlySorted(by: \.id) else {
            throw WireError(.notSorted, at: sticksAt)
        }
        let linksAt = reader.position
        links = try reader.list(atMost: Limits.linksPerProvenance)
        guard links.isStrictlySorted(by: \.reference) else {
            throw WireError(.notSorted, at: linksAt)
        }
        self.pieces = pieces
    }

    /// The part of the bytes that `init(body:pieces:)` reads.
    func writeBody(to writer: inout Writer) {
        writer.array(certificates.count)
        for certificate in certificates { writer.data(certificate) }
        writer.list(sticks)
        writer.list(links)
    }
}

extension Reader {
    /// DER certificates, sorted as bytes.
    package mutating func certificates(
        atMost most: Int = Limits.certificatesPerProvenance
    ) throws(WireError) -> [[UInt8]] {
        let start = position
        var certificates: [[UInt8]] = []
        for _ in 0..<(try array(atMost: most)) {
            let certificate = try data(atMost: Limits.certificateBytes)
            if let last = certificates.last, !last.lexicographicallyPrecedes(certificate) {
                throw WireError(.notSorted, at: start)
            }
            certificates.append(certificate)
        }
        return certificates
    }
}
