package import Wire
package import Words

/// One entry of one handover: what units descend from.
package struct EntryReference: Hashable, Sendable, Comparable {
    package let handover: Hash
    package let number: Int

    package init(_ handover: Hash, _ number: Int) {
        (self.handover, self.number) = (handover, number)
    }

    package static func < (a: EntryReference, b: EntryReference) -> Bool {
        a.handover == b.handover ? a.number < b.number : a.handover < b.handover
    }
}

extension EntryReference: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(2)
        writer.value(handover)
        writer.number(UInt64(number))
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(2)
        let handover: Hash = try reader.value()
        self.init(handover, Int(try reader.number(0...UInt64(Limits.entriesPerHandover - 1))))
    }
}

extension EntryReference {
    // An optional reference stands in every entry: see Wire/Common.swift for why it is not
    // left to the generic optional.

    static func write(_ reference: EntryReference?, to writer: inout Writer) {
        writer.array(reference == nil ? 0 : 1)
        reference?.write(to: &writer)
    }

    static func read(from reader: inout Reader) throws(WireError) -> EntryReference? {
        try reader.array(atMost: 1) == 0 ? nil : try EntryReference(from: &reader)
    }
}

/// What one handover passes on of one parent, and the releases that let it.
package struct Entry: Hashable, Sendable {
    package let stick: Hash
    package let units: Units
    /// The entry these units come from; nil when they come from the stick itself.
    package let parent: EntryReference?
    /// Sorted by hash, none twice: equal entries have equal bytes.
    package let releases: [Abort]

    package init(stick: Hash, units: Units, parent: EntryReference?, releases: [Abort] = []) {
        (self.stick, self.units, self.parent) = (stick, units, parent)
        self.releases = releases.sorted { $0.hash < $1.hash }
    }

    /// Whether a release of that handover is here; its signature is checked elsewhere.
    package func carriesRelease(of header: Header) -> Bool {
        releases.contains { $0.releases(header) }
    }

    /// Whether both pass on some of the same units of the same parent.
    package func meets(_ other: Entry) -> Bool {
        stick == other.stick && parent == other.parent && units.overlaps(other.units)
    }

    package var leaf: Hash { Digest.hash(Self.domain, wireBytes(reserving: 128)) }
    static let domain = Digest.Domain("tally1 entry")
}

extension Entry: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(5)
        writer.value(stick)
        units.write(to: &writer)
        EntryReference.write(parent, to: &writer)
        writer.array(releases.count)
        for release in releases { release.write(to: &writer) }
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(5)
        let stick: Hash = try reader.value()
        let units = try Units(from: &reader)
        let parent = try EntryReference.read(from: &reader)
        let at = reader.position
        var releases: [Abort] = []
        for _ in 0..<(try reader.array(atMost: Limits.releasesPerEntry)) {
            releases.append(try Abort(from: &reader))
        }
        guard releases.isStrictlySorted(by: \.hash) else { throw WireError(.notSorted, at: at) }
        // Set when nothing can fail any more: a value half made is copied to be made whole.
        (self.stick, self.units, self.parent) = (stick, units, parent)
        self.releases = releases
    }
}

extension Array {
    func isStrictlySorted(by value: (Element) -> some Comparable) -> Bool {
        count < 2 || indices.dropFirst().allSatisfy { value(self[$0 - 1]) < value(self[$0]) }
    }
}
