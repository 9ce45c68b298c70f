package import Words

/// Everything secret that one wallet or service owns: four seeds of 32 bytes.
package struct KeyRing: Sendable {
    package let identity: Identity
    package let sealing: SealingSecret
    package let data: DataKey
    package let payments: PaymentSecret
    /// What a key file seals; everything above is made from it.
    let seeds: SecretMemory

    static let seedsBytes = 128

    /// A new one, made on this device.
    package init(chance: inout some Chance) {
        self.init(seeds: SecretMemory(Self.seedsBytes, chance: &chance))
    }

    init(seeds: SecretMemory) {
        precondition(seeds.count == Self.seedsBytes, "a key ring has four seeds")
        self.seeds = seeds
        identity = Identity(seed: seeds, at: 0)
        sealing = SealingSecret(seed: seeds, at: 32)
        data = DataKey(root: seeds, at: 64)
        payments = PaymentSecret(root: seeds, at: 96)
    }
}
