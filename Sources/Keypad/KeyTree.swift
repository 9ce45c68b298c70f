package import Wire
package import Words

// Keys below keys: docs/PROTOCOL section 18.1.

/// What a meter's key is for.
package enum KeyUse: UInt64, Hashable, Sendable, CaseIterable {
    case real = 1
    /// In production, before a meter is anybody's.
    case test = 2
}

/// A key that makes all keys below it, and none beside or above.
package struct IssuingKey: Hashable, Sendable {
    package let path: IssuePath
    private let secret: Bytes32

    /// The top of a tree: 32 bytes that nobody can guess.
    package init(top: Bytes32) { self.init(path: .top, secret: top) }

    private init(path: IssuePath, secret: Bytes32) { (self.path, self.secret) = (path, secret) }

    /// A province's key below the top, a city's below that; nil below a city.
    package func below(_ step: IssueStep) -> IssuingKey? {
        guard let path = path.below(step) else { return nil }
        let domain = self.path.steps.isEmpty ? Self.province : Self.city
        let hash = Digest.keyed(secret, domain, input { $0.text(step.name) } + step.generation)
        return IssuingKey(path: path, secret: hash.bytes)
    }

    /// The key that stands there; nil where this one does not lead.
    package func key(at path: IssuePath) -> IssuingKey? {
        guard path.steps.starts(with: self.path.steps) else { return nil }
        return path.steps.dropFirst(self.path.steps.count)
            .reduce(self) { key, step in key?.below(step) }
    }

    package func meterKey(
        _ meter: MeterName,
        _ generation: Generation,
        for use: KeyUse = .real
    ) -> MeterKey {
        let domain =
            switch use {
            case .real: Self.meter
            case .test: Self.test
            }
        let hash = Digest.keyed(secret, domain, input { $0.value(meter) } + generation)
        return MeterKey(
            path: path,
            use: use,
            meter: meter,
            generation: generation,
            secret: hash.bytes
        )
    }

    private static let province = Digest.Domain("tally1 province")
    private static let city = Digest.Domain("tally1 city")
    private static let meter = Digest.Domain("tally1 meterkey")
    private static let test = Digest.Domain("tally1 testmeter")

    private func input(_ name: (inout Writer) -> Void) -> Writer {
        var writer = Writer()
        writer.array(3)
        writer.number(1)
        name(&writer)
        return writer
    }
}

private func + (writer: Writer, generation: Generation) -> [UInt8] {
    var writer = writer
    writer.value(generation)
    return writer.bytes
}

/// What one home makes keys with: its own issuing key, and those that it had before.
///
/// A meter goes by a key of an ended one until its own is changed.
package struct IssuingKeys: Hashable, Sendable {
    package let present: IssuingKey
    package let ended: [IssuingKey]

    package init(_ present: IssuingKey, ended: [IssuingKey] = []) {
        (self.present, self.ended) = (present, ended)
    }

    package func key(at path: IssuePath) -> IssuingKey? {
        for key in [present] + ended { if let found = key.key(at: path) { return found } }
        return nil
    }

    /// With the next key of the same places; nil when it is another's, or an earlier one.
    package func followed(by next: IssuingKey) -> IssuingKeys? {
        let (old, new) = (present.path.steps, next.path.steps)
        let generations = zip(old, new).map { ($0.generation, $1.generation) }
        guard old.map(\.name) == new.map(\.name),
            let changed = generations.first(where: { $0 != $1 }), changed.0 < changed.1,
            ended.count < Self.endedAtMost
        else { return nil }
        return IssuingKeys(next, ended: ended + [present])
    }

    static let endedAtMost = 256
}

extension IssuingKeys {
    /// Those that ended, as they are kept beside the present one.
    package var endedBytes: [UInt8] {
        var writer = Writer()
        writer.array(2)
        writer.number(1)
        writer.array(ended.count)
        for key in ended {
            writer.array(2)
            key.write(to: &writer)
        }
        return writer.bytes
    }

    package init(_ present: IssuingKey, endedBytes bytes: [UInt8]) throws(WireError) {
        var reader = Reader(bytes)
        try reader.array(2)
        try reader.version(1)
        var ended: [IssuingKey] = []
        for _ in 0..<(try reader.array(atMost: Self.endedAtMost)) {
            try reader.array(2)
            let path: IssuePath = try reader.value()
            ended.append(IssuingKey(path: path, from: try reader.data32()))
        }
        try reader.finish()
        self.init(present, ended: ended)
    }
}

/// What one meter and its seller share, as long as its generation lasts.
package struct MeterKey: Hashable, Sendable {
    package let path: IssuePath
    package let use: KeyUse
    package let meter: MeterName
    package let generation: Generation
    let secret: Bytes32

    /// What is made of it for somebody else's purpose, in a domain of theirs.
    ///
    /// The domains of section 18 are taken.
    package func derived(_ domain: Digest.Domain, _ bytes: [UInt8]) -> Hash {
        Digest.keyed(secret, domain, bytes)
    }
}

// Neither shows its secret, wherever it is printed.

extension IssuingKey: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String { "the issuing key at \(path.steps.map(\.name.string))" }
    package var debugDescription: String { description }
}

extension MeterKey: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String { "a key of \(meter.string), \(use), \(generation.number)" }
    package var debugDescription: String { description }
}

/// A key as it is handed on, within what is sealed: section 18.5.
package enum KeyPaper: Hashable, Sendable {
    case issuing(IssuingKey)
    case meter(MeterKey)

    /// How such a file says what is in it.
    package static let title = "kdc"
}

extension KeyPaper: WireValue {
    package func write(to writer: inout Writer) {
        switch self {
        case .issuing(let key):
            writer.array(4)
            writer.number(1)
            writer.number(1)
            key.write(to: &writer)
        case .meter(let key):
            writer.array(7)
            writer.number(1)
            writer.number(2)
            writer.value(key.path)
            writer.number(key.use.rawValue)
            writer.value(key.meter)
            writer.value(key.generation)
            writer.data(key.secret)
        }
    }

    package init(from reader: inout Reader) throws(WireError) {
        let start = reader.position
        let count = try reader.array(4...7)
        try reader.version(1)
        let isMeters = try reader.number(1...2) == 2
        guard count == (isMeters ? 7 : 4) else { throw WireError(.wrongCount, at: start) }
        let path: IssuePath = try reader.value()
        guard isMeters else {
            self = .issuing(IssuingKey(path: path, from: try reader.data32()))
            return
        }
        let use = try reader.keyUse()
        let (meter, generation): (MeterName, Generation) = (try reader.value(), try reader.value())
        self = .meter(
            MeterKey(
                path: path,
                use: use,
                meter: meter,
                generation: generation,
                secret: try reader.data32()
            )
        )
    }
}

extension IssuingKey {
    fileprivate init(path: IssuePath, from secret: Bytes32) {
        self.init(path: path, secret: secret)
    }

    fileprivate func write(to writer: inout Writer) {
        writer.value(path)
        writer.data(secret)
    }
}

extension Reader {
    mutating func keyUse() throws(WireError) -> KeyUse {
        let start = position
        guard let use = KeyUse(rawValue: try number()) else {
            throw WireError(.outOfRange, at: start)
        }
        return use
    }
}
