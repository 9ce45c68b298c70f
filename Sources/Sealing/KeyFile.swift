internal import Wire
package import Words

/// A key ring on disk, sealed: docs/PROTOCOL section 9.
///
/// Bytes in, bytes out; the shell reads and writes the file.
package enum KeyFile {
    /// What opens a key file.
    package enum Lock: Sendable {
        case passphrase([UInt8], Stretch)
        /// 32 random bytes that a service finds in a file only it may read.
        case serviceKey([UInt8])
    }

    package static let serviceKeyBytes = 32

    package static func sealed(
        _ ring: KeyRing,
        by lock: Lock,
        cost: Stretch.Cost = .moderate,
        chance: inout some Chance
    ) throws(KeyFileFault) -> [UInt8] {
        let salt = chance.bytes(Stretch.saltBytes)
        let frame = Frame(lock, salt: salt, cost: cost)
        let key = try frame.key(lock)
        let nonce = chance.bytes(Datagram.nonceBytes)
        let head = frame.head
        var bytes: [UInt8] = []
        // All of it at once: growing would leave a copy of the seeds behind.
        bytes.reserveCapacity(head.count + 256)
        bytes.append(contentsOf: head)
        bytes.append(contentsOf: [0x58, UInt8(nonce.count)] + nonce)
        bytes.append(contentsOf: [0x58, UInt8(KeyRing.seedsBytes + Datagram.macBytes)])
        let start = bytes.count
        unsafe ring.seeds.lend { seeds in
            for index in 0..<KeyRing.seedsBytes { unsafe bytes.append(seeds[index]) }
        }
        unsafe key.lend { key in
            unsafe Box.close(&bytes, from: start, nonce: nonce, vouching: head, key: key)
        }
        bytes.append(contentsOf: [0x58, 32])
        return bytes + checksum(bytes, bytes.count).bytes.array
    }

    package static func open(_ bytes: [UInt8], with lock: Lock) throws(KeyFileFault) -> KeyRing {
        let (frame, nonce, box) = try parsed(bytes)
        let key = try frame.key(lock)
        var isOpen = false
        let seeds = unsafe SecretMemory(KeyRing.seedsBytes) { target in
            isOpen = unsafe key.lend { key in
                unsafe Box.open(
                    bytes,
                    box,
                    nonce: nonce,
                    vouching: frame.head,
                    key: key,
                    into: target
                )
            }
        }
        guard isOpen else {
            throw frame.method == .passphrase ? .wrongPassphrase : .wrongServiceKey
        }
        return KeyRing(seeds: seeds)
    }

    /// The same keys under another lock: a changed passphrase, with a salt of its own.
    package static func relocked(
        _ bytes: [UInt8],
        from old: Lock,
        to new: Lock,
        cost: Stretch.Cost = .moderate,
        chance: inout some Chance
    ) throws(KeyFileFault) -> [UInt8] {
        try sealed(open(bytes, with: old), by: new, cost: cost, chance: &chance)
    }

    /// Whether a key file asks for a passphrase, so that the shell knows what to ask for.
    package static func needsPassphrase(_ bytes: [UInt8]) throws(KeyFileFault) -> Bool {
        try parsed(bytes).frame.method == .passphrase
    }
}

extension KeyFile {
    private static let title = "tally keys"
    private static let checksumDomain = Digest.Domain("tally1 keyfile")

    private static func checksum(_ bytes: [UInt8], _ count: Int) -> Hash {
        Digest.hash(checksumDomain, bytes, 0..<count)
    }

    private enum Method: UInt64 {
        case passphrase = 1
        case serviceKey = 2
    }

    /// What a key file says before anything is secret.
    private struct Frame {
        let method: Method
        let salt: [UInt8]
        let cost: Stretch.Cost

        init(method: Method, salt: [UInt8], cost: Stretch.Cost) {
            (self.method, self.salt, self.cost) = (method, salt, cost)
        }

        init(_ lock: Lock, salt: [UInt8], cost: Stretch.Cost) {
            switch lock {
            case .passphrase: self.init(method: .passphrase, salt: salt, cost: cost)
            case .serviceKey:
                let free = Stretch.Cost(operations: 0, memoryBytes: 0)
                self.init(method: .serviceKey, salt: salt, cost: free)
            }
        }

        /// The canonical bytes up to the nonce, which the box vouches for.
        var head: [UInt8] {
            var writer = Writer()
            writer.array(9)
            writer.text(KeyFile.title)
            writer.number(1)
            writer.number(method.rawValue)
            writer.data(salt)
            writer.number(cost.operations)
            writer.number(UInt64(cost.memoryBytes))
            return writer.bytes
        }

        /// The key that the lock gives.
        ///
        /// Every cap is checked before anything is allocated.
        func key(_ lock: Lock) throws(KeyFileFault) -> SecretMemory {
            switch (method, lock) {
            case (.passphrase, .passphrase(let passphrase, let stretch)):
                try stretched(passphrase, stretch)
            case (.serviceKey, .serviceKey(let key)): try derived(key)
            case (.passphrase, .serviceKey): throw .needsPassphrase
            case (.serviceKey, .passphrase): throw .needsServiceKey
            }
        }

        private func stretched(
            _ passphrase: [UInt8],
            _ stretch: Stretch
        ) throws(KeyFileFault) -> SecretMemory {
            guard (1...Limits.passphraseBytes).contains(passphrase.count) else {
                throw .passphraseLength(bytes: passphrase.count)
            }
            guard cost.operations <= Stretch.Cost.most.operations,
                cost.memoryBytes <= Stretch.Cost.most.memoryBytes
            else { throw .tooCostly(cost) }
            guard cost.operations >= stretch.least.operations,
                cost.memoryBytes >= stretch.least.memoryBytes
            else { throw .tooWeak(cost) }
            guard var key = stretch.run(passphrase, salt, cost) else {
                throw .noMemory(bytes: cost.memoryBytes)
            }
            return SecretMemory(taking: &key)
        }

        private func derived(_ key: [UInt8]) throws(KeyFileFault) -> SecretMemory {
            guard key.count == serviceKeyBytes else { throw .serviceKeyLength(bytes: key.count) }
            var derived = unsafe key.withUnsafeBufferPointer { key in
                unsafe keyedHash(address(key), .keyFile, salt).bytes.array
            }
            return SecretMemory(taking: &derived)
        }
    }

    private static func parsed(
        _ bytes: [UInt8]
    ) throws(KeyFileFault) -> (frame: Frame, nonce: Range<Int>, box: Range<Int>) {
        guard bytes.count <= Limits.keyFileBytes else { throw .tooLong(bytes: bytes.count) }
        guard bytes.starts(with: [0x89, 0x6A] + Array(title.utf8)) else { throw .notAKeyFile }
        // The last 32 bytes are the checksum in every version, so damage is told from a file
        // that is merely newer.
        let cut = bytes.count - 32
        guard cut > 0, checksum(bytes, cut).bytes.array == Array(bytes[cut...]) else {
            throw .damaged
        }
        do {
            return try fields(bytes)
        } catch {
            throw error.kind == .version ? .version : .malformed(error)
        }
    }

    private static func fields(
        _ bytes: [UInt8]
    ) throws(WireError) -> (frame: Frame, nonce: Range<Int>, box: Range<Int>) {
        var reader = Reader(bytes)
        try reader.array(9)
        _ = try reader.text(atMost: title.utf8.count)
        try reader.version(1)
        let methodAt = reader.position
        guard let method = Method(rawValue: try reader.number()) else {
            throw WireError(.outOfRange, at: methodAt)
        }
        let salt = try reader.data(exactly: Stretch.saltBytes)
        let costAt = reader.position
        let cost = Stretch.Cost(
            operations: try reader.number(),
            memoryBytes: Int(try reader.number(0...1 << 62))
        )
        guard method == .passphrase || (cost.operations, cost.memoryBytes) == (0, 0) else {
            throw WireError(.outOfRange, at: costAt)
        }
        _ = try reader.data(exactly: Datagram.nonceBytes)
        let nonce = reader.position - Datagram.nonceBytes..<reader.position
        let boxBytes = KeyRing.seedsBytes + Datagram.macBytes
        _ = try reader.data(exactly: boxBytes)
        let box = reader.position - boxBytes..<reader.position
        _ = try reader.data32()
        try reader.finish()
        return (Frame(method: method, salt: salt, cost: cost), nonce, box)
    }
}
