package import Money
package import Wire
package import Words

/// What a machine orders, in the order in which it is to be done: that order is the write-ahead
/// rule.
package enum Effect: Hashable, Sendable {
    /// Goes to disk, and is synced, before anything after it is done.
    case record(Mark)
    case send(Letter)
    /// Ask again at that time; it takes the place of what was asked for before.
    case wake(Ticks)
}

/// What a step of a payment makes durable.
///
/// What it carries is large, and handed on several times: it lies apart.
package indirect enum Mark: Hashable, Sendable {
    case held(Held)
    case bought(Bought)
    case kept(Kept, Abort)
    case paid(Paid, Shown)
    case complete(Paid, Committed)
    /// Without a deal when nothing is known of the payment.
    case cancelled(PaymentID, Deal?, Abort)
}

/// A proposal that was found in order, and what is to be kept of it once it is handed over.
package struct Shown: Hashable, Sendable {
    package let lineages: [Lineage]
    package let certified: [Certified]
    package let buyer: Certificate

    package init(lineages: [Lineage], certified: [Certified], buyer: Certificate) {
        (self.lineages, self.certified, self.buyer) = (lineages, certified, buyer)
    }
}

/// A signed object and how it is to be covered.
package struct Letter: Hashable, Sendable {
    package let message: SignedObject
    /// The object's name; a handover's is its own.
    package let hash: Hash
    package let cover: Cover

    package init(_ message: SignedObject, hash: Hash, _ cover: Cover) {
        (self.message, self.hash, self.cover) = (message, hash, cover)
    }

    package init(_ message: SignedObject, _ cover: Cover) {
        self.init(message, hash: message.object.hash, cover)
    }

    package enum Cover: Hashable, Sendable {
        /// Under the secret key that what it answers came with.
        case back
        /// As a repeat: under a fresh key, sealed to that of the receiver's certificate, so that
        /// it can be read whatever its receiver has forgotten.
        case again(SealingKey)
        /// As a repeat, to everybody in the air as well: the one it is for has been silent for
        /// long where it was heard last, and may have another address now, or never had that one.
        case everywhere(SealingKey)
    }
}

extension Letter.Cover {
    /// The cover of what is said until it is answered.
    static func repeated(to key: SealingKey, _ retry: Retry) -> Letter.Cover {
        retry.isLost ? .everywhere(key) : .again(key)
    }
}

/// When something is done, and what chance says to it.
package struct Instant: Hashable, Sendable {
    package let time: Time
    /// Drawn anew for every input; spreads repeats out.
    package let jitter: UInt64

    package init(_ time: Time, jitter: UInt64) { (self.time, self.jitter) = (time, jitter) }

    package var ticks: Ticks { time.ticks }
}

/// What both sides keep of a payment: what it is for, with whom, and where that one is reached.
package struct Deal: Hashable, Sendable {
    package let offer: Hash
    package let asset: Asset
    package let amount: Amount
    package let memo: Text
    package let peer: Key
    /// That of its certificate.
    package let sealingKey: SealingKey
    package let certificates: [[UInt8]]
    package let name: NameStatement?
    package var address: Address
    package let begun: Moment

    package init(
        offer: Hash,
        asset: Asset,
        amount: Amount,
        memo: Text,
        peer: Key,
        sealingKey: SealingKey,
        certificates: [[UInt8]],
        name: NameStatement?,
        address: Address,
        begun: Moment
    ) {
        (self.offer, self.asset, self.amount, self.memo) = (offer, asset, amount, memo)
        (self.peer, self.sealingKey, self.certificates) = (peer, sealingKey, certificates)
        (self.name, self.address, self.begun) = (name, address, begun)
    }
}

extension Deal {
    /// What becomes of the units, where the payee is the payer's office: the OFFER says so in its
    /// memo (docs/PROTOCOL section 16.3).
    package var use: Use { memo == Use.memo ? .consumed : .redeemed }
}

extension Deal: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(10)
        writer.value(offer)
        writer.value(asset)
        writer.value(amount)
        writer.text(memo)
        writer.value(peer)
        writer.value(sealingKey)
        writer.certificateChain(certificates)
        writer.optional(name)
        writer.data(address.bytes)
        writer.value(begun)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(10)
        (offer, asset) = (try reader.value(), try reader.value())
        amount = try reader.value()
        memo = try reader.shown(atMost: Limits.memoBytes)
        (peer, sealingKey) = (try reader.value(), try reader.value())
        certificates = try reader.certificateChain()
        name = try reader.optional()
        let at = reader.position
        guard let address = Address(try reader.data(atMost: Limits.addressBytes)) else {
            throw WireError(.overCap, at: at)
        }
        self.address = address
        begun = try reader.value()
    }
}
