internal import CSodium
internal import Words

/// The secret key of one conversation, whoever drew it: 32 bytes, wiped when the last holder is
/// gone.
///
/// It lives as long as a conversation, so it is not worth a locked page of its own
/// (24 µs, more than everything else a following message costs).
@safe package final class MessageKey: @unchecked Sendable {
    static let byteCount = 32

    private let start: UnsafeMutablePointer<UInt8>
    /// What every following message under this key is recognised by.
    package let followingTag: UInt64

    /// Takes the bytes over: the array is wiped.
    init(taking bytes: inout [UInt8]) {
        Sodium.start()
        precondition(bytes.count == Self.byteCount, "a message key has 32 bytes")
        // Unsafe: fresh memory of 32 bytes that only this object points to.
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: Self.byteCount)
        unsafe memory.initialize(from: bytes, count: Self.byteCount)
        unsafe start = memory
        unsafe followingTag = firstWord(keyedHash(memory, .follow, []))
        wipe(&bytes)
    }

    convenience init(chance: inout some Chance) {
        var bytes = chance.bytes(Self.byteCount)
        self.init(taking: &bytes)
    }

    deinit {
        unsafe sodium_memzero(start, Self.byteCount)
        unsafe start.deallocate()
    }

    func lend<Result>(_ body: (UnsafePointer<UInt8>) -> Result) -> Result {
        unsafe body(UnsafePointer(start))
    }

    /// How a long message is numbered: a repeat has the number of the first sending.
    func number(of hash: Hash) -> UInt64 {
        unsafe lend { key in unsafe firstWord(keyedHash(key, .number, hash.bytes.array)) }
    }

    /// The key itself, sealed to its receiver with an ephemeral key pair made of `chance`: what
    /// `crypto_box_seal` makes, whose randomness could not be handed in.
    ///
    /// nil when the receiver announced a key of small order, which would hide nothing.
    func sealed(to receiver: SealingKey, chance: inout some Chance) -> [UInt8]? {
        var seed = chance.bytes(Int(crypto_box_SEEDBYTES))
        precondition(seed.count == Int(crypto_box_SEEDBYTES), "a seed has 32 bytes")
        var secret = [UInt8](repeating: 0, count: 32)
        var sealed = [UInt8](repeating: 0, count: 32)
        // Unsafe: 32 bytes each of public key, secret key and seed.
        var status = unsafe crypto_box_seed_keypair(&sealed, &secret, seed)
        precondition(status == 0, "X25519 takes every seed")
        wipe(&seed)
        let receiver = receiver.bytes.array
        var nonce = [UInt8](repeating: 0, count: Int(crypto_box_NONCEBYTES))
        unsafe crypto_generichash(&nonce, nonce.count, sealed + receiver, 64, nil, 0)
        var box = [UInt8](repeating: 0, count: Self.byteCount + Int(crypto_box_MACBYTES))
        // Unsafe: the box has room for 32 bytes and their MAC; the keys have 32, the nonce 24.
        status = unsafe crypto_box_easy(
            &box,
            start,
            UInt64(Self.byteCount),
            nonce,
            receiver,
            secret
        )
        wipe(&secret)
        guard status == 0 else { return nil }
        sealed.append(contentsOf: box)
        return sealed
    }
}
