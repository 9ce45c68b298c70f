/// What a file holds: blocks that copies share until one of them is written, so that an image
/// of a whole disk costs next to nothing.
package struct Content: Sendable {
    static let blockBytes = 4_096

    struct Block: Sendable {
        var bytes: [UInt8]
        /// Kept beside the bytes, because most blocks of two images are the same block.
        var hash: UInt64
    }

    private(set) var blocks: [Block] = []
    package private(set) var count = 0

    private static let zeros: Block = {
        let bytes = [UInt8](repeating: 0, count: blockBytes)
        return Block(bytes: bytes, hash: blockHash(bytes))
    }()

    init() {}

    package init(_ bytes: [UInt8]) { write(bytes, bytes.indices, at: 0) }

    /// Writes a part of `bytes`; a gap between the end and `offset` is filled with zeros.
    mutating func write(_ bytes: [UInt8], _ range: Range<Int>, at offset: Int) {
        guard !range.isEmpty else { return }
        let isBeyond = offset >= count
        grow(to: offset + range.count)
        // A file is made longer with zeros, which is what it grew by.
        if isBeyond, Self.isZero(bytes, range) { return }
        var from = range.lowerBound
        var at = offset
        while from < range.upperBound {
            let (index, inside) = at.quotientAndRemainder(dividingBy: Self.blockBytes)
            let length = min(Self.blockBytes - inside, range.upperBound - from)
            blocks[index].bytes.overwrite(at: inside, with: bytes, from..<from + length)
            blocks[index].hash = 0
            from += length
            at += length
        }
    }

    private static func isZero(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
        unsafe bytes.withUnsafeBytes { all in
            unsafe Disks.isZero(UnsafeRawBufferPointer(rebasing: all[range]))
        }
    }

    mutating func resize(to size: Int) {
        guard size < count else { return grow(to: size) }
        let keep = (size + Self.blockBytes - 1) / Self.blockBytes
        blocks.removeLast(blocks.count - keep)
        let tail = size % Self.blockBytes
        if tail != 0 {
            let zeros = repeatElement(UInt8(0), count: Self.blockBytes - tail)
            blocks[keep - 1].bytes.replaceSubrange(tail..<Self.blockBytes, with: zeros)
            blocks[keep - 1].hash = 0
        }
        count = size
    }

    private mutating func grow(to size: Int) {
        guard size > count else { return }
        let needed = (size + Self.blockBytes - 1) / Self.blockBytes
        while blocks.count < needed { blocks.append(Self.zeros) }
        count = size
    }

    package mutating func flip(bit: Int) {
        precondition(bit / 8 < count, "a file of \(count) bytes has no bit \(bit)")
        let (index, inside) = (bit / 8).quotientAndRemainder(dividingBy: Self.blockBytes)
        blocks[index].bytes[inside] ^= 1 << UInt8(bit % 8)
        blocks[index].hash = 0
    }

    package var bytes: [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(blocks.count * Self.blockBytes)
        for block in blocks { out.append(contentsOf: block.bytes) }
        out.removeLast(out.count - count)
        return out
    }

    /// A hash by which two images are told apart.
    ///
    /// It remembers the blocks it has seen.
    mutating func hash() -> UInt64 {
        var sum = UInt64(count) &* 0x9E37_79B9_7F4A_7C15
        for index in blocks.indices {
            if blocks[index].hash == 0 { blocks[index].hash = blockHash(blocks[index].bytes) }
            sum = (sum ^ blocks[index].hash) &* 0xFF51_AFD7_ED55_8CCD
            sum ^= sum &>> 32
        }
        return sum
    }
}

/// Whether there is nothing but zeros: what a log is made longer with.
func isZero(_ raw: UnsafeRawBufferPointer) -> Bool {
    // Most of what is written is something, and says so soon.
    guard let first = unsafe raw.first, let last = unsafe raw.last, first | last == 0 else {
        return false
    }
    var at = 0
    while at + 32 <= raw.count {
        let a = unsafe raw.loadUnaligned(fromByteOffset: at, as: UInt64.self)
        let b = unsafe raw.loadUnaligned(fromByteOffset: at + 8, as: UInt64.self)
        let c = unsafe raw.loadUnaligned(fromByteOffset: at + 16, as: UInt64.self)
        let d = unsafe raw.loadUnaligned(fromByteOffset: at + 24, as: UInt64.self)
        if a | b | c | d != 0 { return false }
        at += 32
    }
    return unsafe raw[at...].allSatisfy { $0 == 0 }
}

extension Array where Element == UInt8 {
    /// Puts a part of other bytes in place of as many of its own.
    fileprivate mutating func overwrite(at start: Int, with bytes: [UInt8], _ range: Range<Int>) {
        precondition(start + range.count <= count, "what is overwritten is there")
        // Both ranges lie inside their arrays, as the slices check too.
        unsafe withUnsafeMutableBytes { target in
            unsafe bytes.withUnsafeBytes { source in
                let part = unsafe UnsafeRawBufferPointer(rebasing: source[range])
                unsafe UnsafeMutableRawBufferPointer(rebasing: target[start...])
                    .copyMemory(from: part)
            }
        }
    }
}
