package import Wire
package import Words

// What keys are named by: docs/PROTOCOL section 18.1.

/// What stands on a meter: capital letters, digits and hyphens, so that it can be read out.
package struct MeterName: Hashable, Sendable {
    package let string: String

    package init?(_ string: String) {
        let bytes = Array(string.utf8)
        guard (1...Limits.meterNameBytes).contains(bytes.count),
            bytes.allSatisfy(Self.mayStand),
            bytes.first != Self.hyphen, bytes.last != Self.hyphen
        else { return nil }
        self.string = string
    }

    private static let hyphen = UInt8(ascii: "-")

    private static func mayStand(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), hyphen:
            true
        case _: false
        }
    }
}

/// How often a key was made anew; the first is 1.
package struct Generation: Hashable, Sendable, Comparable {
    package let number: UInt64

    package init?(_ number: UInt64) {
        guard (1...Limits.keyGenerations).contains(number) else { return nil }
        self.number = number
    }

    private init(unchecked number: UInt64) { self.number = number }

    package static let first = Generation(unchecked: 1)
    package var next: Generation? { Generation(number + 1) }
    package static func < (a: Generation, b: Generation) -> Bool { a.number < b.number }
}

/// One step down the tree: a province or a city, and which of its keys.
package struct IssueStep: Hashable, Sendable {
    package let name: Text
    package let generation: Generation

    package init?(name: Text, generation: Generation = .first) {
        guard (1...Limits.nameBytes).contains(name.byteCount) else { return nil }
        (self.name, self.generation) = (name, generation)
    }
}

/// Where in the tree an issuing key stands: nothing for the top, a province, a city in it.
package struct IssuePath: Hashable, Sendable {
    package let steps: [IssueStep]

    package static let top = IssuePath(unchecked: [])
    package static let deepest = 2

    package init?(_ steps: [IssueStep]) {
        guard steps.count <= Self.deepest else { return nil }
        self.steps = steps
    }

    private init(unchecked steps: [IssueStep]) { self.steps = steps }

    /// nil below a city: there are only meters.
    package func below(_ step: IssueStep) -> IssuePath? { IssuePath(steps + [step]) }
}

extension MeterName: WireValue {
    package func write(to writer: inout Writer) { writer.text(string) }

    package init(from reader: inout Reader) throws(WireError) {
        let start = reader.position
        guard let name = MeterName(try reader.text(atMost: Limits.meterNameBytes)) else {
            throw WireError(.badText, at: start)
        }
        self = name
    }
}

extension Generation: WireValue {
    package func write(to writer: inout Writer) { writer.number(number) }

    package init(from reader: inout Reader) throws(WireError) {
        self = Generation(unchecked: try reader.number(1...Limits.keyGenerations))
    }
}

extension IssueStep: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(2)
        writer.text(name)
        writer.value(generation)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(2)
        let start = reader.position
        name = try reader.shown(atMost: Limits.nameBytes)
        guard name.byteCount > 0 else { throw WireError(.badText, at: start) }
        generation = try reader.value()
    }
}

extension IssuePath: WireValue {
    package func write(to writer: inout Writer) { writer.list(steps) }

    package init(from reader: inout Reader) throws(WireError) {
        self.init(unchecked: try reader.list(atMost: Self.deepest))
    }
}
