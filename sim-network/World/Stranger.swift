import Commit
import Disks
import Money
import Wire
import Words

/// Somebody with a radio and no money, who knows how the messages are made.
struct Stranger {
    let signer: any Signing
    let desk: any Desk
    var chance: any Chance
    /// A call that is made again and again.
    var calls: [[UInt8]] = []

    init(_ craft: any Craft, seed: UInt64) {
        let tools = craft.tools("stranger")
        (signer, desk) = (tools.keys.identity, tools.desk())
        chance = stream(seed, .stranger, 1)
    }
}

extension World {
    /// The stranger's own place in the air: nothing that is sent there arrives.
    private var nowhere: Int { peers.count }

    private func throwAt(_ peer: Peer, _ bytes: [UInt8]) {
        counts.strange += 1
        datagrams += 1
        let parcel = Parcel(number: datagrams, bytes: bytes, from: nowhere, to: peer.number)
        tracer.fold(quickHash(bytes, seed: 0))
        heap.push(.parcel(parcel), at: now + 1 + strangers.upTo(weather[.delay]))
    }

    private func anyPeer() -> Peer { peers[strangers.below(peers.count)] }

    /// Bytes that mean nothing, some of which begin as if they did.
    func throwGarbage() {
        var bytes = strangers.bytes(strangers.below(Limits.datagramBytes + 1))
        if strangers.chance(1, in: 2), let passed = recorded.any(&strangers) {
            bytes = passed.bytes
            for index in bytes.indices.dropFirst(strangers.below(bytes.count + 1)) {
                bytes[index] = UInt8(truncatingIfNeeded: strangers.next())
            }
        }
        throwAt(anyPeer(), bytes)
    }

    /// A look-up in order, new or one that was made before, to everybody.
    func callStrangely() {
        if stranger.calls.isEmpty || strangers.chance(1, in: 3) {
            let key = stranger.desk.announce(chance: &stranger.chance)
            let promise = Lookup.promise(
                nonce: Salt(high: strangers.next(), low: strangers.next()),
                seller: stranger.signer.key,
                sealingKey: key
            )
            let lookup = Lookup(sealingKey: key, promise: promise)
            stranger.calls.append(lookup.datagram)
        }
        let call = stranger.calls[strangers.below(stranger.calls.count)]
        for peer in peers { throwAt(peer, call) }
    }

    /// A message about somebody else's payment, well made and signed by nobody who may.
    func forge() {
        guard !overheard.isEmpty else { return }
        let victim = anyPeer()
        let payment = overheard[strangers.below(overheard.count)]
        let other = anyPeer()
        let object = forged(payment, from: other.key, to: victim.key)
        let message = SignedObject(object, stranger.signer.sign(object.hash))
        guard let way = stranger.desk.begin(to: victim.tools.sealing, chance: &stranger.chance),
            let datagrams = try? stranger.desk.seal(
                message,
                hash: message.object.hash,
                on: way,
                isFirst: true,
                chance: &stranger.chance
            )
        else { return }
        stranger.desk.forget(way)
        for datagram in datagrams { throwAt(victim, datagram) }
    }

    private func forged(_ payment: PaymentID, from sender: Key, to receiver: Key) -> Object {
        let hash = Hash(Bytes32(strangers.bytes(32).span))
        switch strangers.below(4) {
        case 0: return Abort.object(by: sender, to: receiver, payment: payment)
        case 1:
            return Committed.object(by: sender, to: receiver, payment: payment, decision: hash)
        case 2:
            let receipt = Receipt(
                offer: hash,
                asset: Office.euro,
                amount: Office.amount(1),
                moment: Office.dawn
            )
            return Money.Commit.object(
                by: sender,
                to: receiver,
                payment: payment,
                handover: hash,
                receipt: receipt
            )
        case _:
            // Under its own name: rightly signed, and nobody whom anybody waits for.
            return Abort.object(by: stranger.signer.key, to: receiver, payment: payment)
        }
    }
}
