internal import CSodium
internal import Words

/// The library's own start: it picks the fastest code for this processor and opens the system's
/// randomness.
///
/// Every type of this room starts it before its first call.
enum Sodium {
    private static let started = sodium_init() >= 0

    static func start() {
        precondition(started, "libsodium could not start")
    }
}

/// Where an array's memory begins: an address even when the array is empty.
func address(_ buffer: UnsafeMutableBufferPointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
    guard let start = buffer.baseAddress else {
        preconditionFailure("the memory of an array has an address")
    }
    return unsafe start
}

func address(_ buffer: UnsafeBufferPointer<UInt8>) -> UnsafePointer<UInt8> {
    guard let start = buffer.baseAddress else {
        preconditionFailure("the memory of an array has an address")
    }
    return unsafe start
}

/// Chance from the system.
package struct SystemChance: Chance, Sendable {
    package init() { Sodium.start() }

    package mutating func bytes(_ count: Int) -> [UInt8] {
        unsafe Array(unsafeUninitializedCapacity: count) { buffer, filled in
            // Unsafe: the buffer has room for `count` bytes, and all of them are written.
            unsafe randombytes_buf(address(buffer), count)
            filled = count
        }
    }
}

/// The same, fetched for many draws at once: a payment draws some fifty times, and to ask the
/// system costs more than most of what is done with the bytes.
///
/// Each byte is handed out once, and wiped here when it is. It is a reference, so that a copy of
/// whoever holds it does not draw the same again; one thread uses it.
package final class PooledChance: Chance {
    private var pool: [UInt8] = []
    private var next = 0

    private static let poolBytes = 1_024

    package init() { Sodium.start() }

    deinit { wipe(&pool) }

    package func bytes(_ count: Int) -> [UInt8] {
        var system = SystemChance()
        guard count <= Self.poolBytes / 8 else { return system.bytes(count) }
        if pool.count - next < count { (pool, next) = (system.bytes(Self.poolBytes), 0) }
        let range = next..<next + count
        next = range.upperBound
        let drawn = Array(pool[range])
        for index in range { pool[index] = 0 }
        return drawn
    }
}

/// Overwrites bytes that must not stay in memory.
///
/// They must be held here alone: a copy elsewhere would keep the old content.
func wipe(_ bytes: inout [UInt8]) {
    unsafe bytes.withUnsafeMutableBytes { buffer in
        guard let start = buffer.baseAddress else { return }
        unsafe sodium_memzero(start, buffer.count)
    }
}

/// Long-lived secret bytes: outside the heap, between guard pages, never swapped, read-only
/// once made, and wiped when nobody holds them any more.
///
/// They have no description.
@safe package final class SecretMemory: @unchecked Sendable {
    private let start: UnsafeMutablePointer<UInt8>
    package let count: Int

    /// `count` bytes, written by `fill`.
    init(_ count: Int, fill: (UnsafeMutablePointer<UInt8>) -> Void) {
        Sodium.start()
        guard let memory = unsafe sodium_malloc(count) else {
            preconditionFailure("no locked memory left for \(count) bytes of a key")
        }
        // Unsafe: fresh memory of `count` bytes that only this object points to.
        unsafe start = memory.bindMemory(to: UInt8.self, capacity: count)
        self.count = count
        unsafe start.initialize(repeating: 0, count: count)
        unsafe fill(start)
        // Where the system has no such protection the bytes are as secret as before.
        _ = unsafe sodium_mprotect_readonly(memory)
    }

    /// Fresh secret bytes.
    ///
    /// What the seam hands over is wiped behind it.
    convenience init(_ count: Int, chance: inout some Chance) {
        var drawn = chance.bytes(count)
        precondition(drawn.count == count, "asked chance for \(count) bytes, got \(drawn.count)")
        self.init(taking: &drawn)
    }

    /// Takes the bytes over: the array is wiped.
    convenience init(taking bytes: inout [UInt8]) {
        unsafe self.init(bytes.count) { target in
            for (index, byte) in bytes.enumerated() { unsafe target[index] = byte }
        }
        wipe(&bytes)
    }

    deinit {
        // Unsafe: `start` came from sodium_malloc and is given back once. It is wiped there.
        unsafe sodium_free(start)
    }

    /// Lends the bytes to one call.
    func lend<Result>(_ body: (UnsafePointer<UInt8>) -> Result) -> Result {
        unsafe body(UnsafePointer(start))
    }
}
