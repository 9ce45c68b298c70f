import Words

/// A sum of keyed hashes, one per row: equal sets of rows, equal sums, in whatever order they
/// were written, and nobody without the key can find another set with the same sum.
///
/// A changed row costs one subtraction and one addition, however many rows there are.
struct Sum: Hashable, Sendable {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    init() {}

    /// The sum that these 32 bytes are; another number of bytes is an empty one.
    init(_ bytes: ArraySlice<UInt8>) {
        words = Bytes32(Array(bytes))?.words ?? (0, 0, 0, 0)
    }

    mutating func add(_ hash: Hash) {
        let other = hash.bytes.words
        words.0 &+= other.0
        words.1 &+= other.1
        words.2 &+= other.2
        words.3 &+= other.3
    }

    mutating func subtract(_ hash: Hash) {
        let other = hash.bytes.words
        words.0 &-= other.0
        words.1 &-= other.1
        words.2 &-= other.2
        words.3 &-= other.3
    }

    func append(to out: inout [UInt8]) { Bytes32(words: words).append(to: &out) }

    static func == (a: Sum, b: Sum) -> Bool { a.words == b.words }
    func hash(into hasher: inout Hasher) { Bytes32(words: words).hash(into: &hasher) }
}

/// The sums over all rows there are, as the last record of every group carries them.
struct Roots: Hashable, Sendable {
    var live = Sum()
    var archive = Sum()

    /// 64 bytes: live rows, then the archive's.
    var bytes: [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(64)
        live.append(to: &out)
        archive.append(to: &out)
        return out
    }

    mutating func add(_ mark: Hash, _ table: Table) {
        if table.isLive { live.add(mark) } else { archive.add(mark) }
    }

    mutating func subtract(_ mark: Hash, _ table: Table) {
        if table.isLive { live.subtract(mark) } else { archive.subtract(mark) }
    }
}
