import Commit
import Money
import Node
import StandIns
import Testing
import Wallet
import Wire
import Words

// What a stranger or a liar can do to an honest node besides taking part in payments.

extension Party {
    var signer: StandInSigner { StandInSigner(name) }

    /// Seals a message as a first one to the certified key of `peer`, and delivers it.
    func inject(
        _ message: SignedObject,
        hash: Hash? = nil,
        to peer: Party,
        isWorkedOff: Bool = true
    ) {
        street.seed += 1
        var chance: any Chance = SeededChance(seed: street.seed)
        let way = must(desk.begin(to: peer.keys.sealing, chance: &chance))
        deliver(message, hash: hash, on: way, isFirst: true, to: peer, &chance)
        if isWorkedOff { peer.work() }
    }

    /// Delivers a message on the way on which the last one of that kind was sealed here.
    func follow(_ kind: Kind, with message: SignedObject, to peer: Party) {
        street.seed += 1
        var chance: any Chance = SeededChance(seed: street.seed)
        let way = must(desk.ways.last { $0.kind == kind }).way
        deliver(message, on: way, isFirst: false, to: peer, &chance)
        peer.work()
    }

    func deliver(
        _ message: SignedObject,
        hash: Hash? = nil,
        on way: Way,
        isFirst: Bool,
        to peer: Party,
        _ chance: inout any Chance
    ) {
        let sealed = must(
            try? desk.seal(
                message,
                hash: hash ?? message.object.hash,
                on: way,
                isFirst: isFirst,
                chance: &chance
            )
        )
        for one in sealed { peer.node.take(.datagram(one, from: address), at: street.time) }
    }

    /// Seals a message as a first one, and has somebody else carry it.
    func carry(_ message: SignedObject, to peer: Party, from carrier: Party) {
        street.seed += 1
        var chance: any Chance = SeededChance(seed: street.seed)
        let way = must(desk.begin(to: peer.keys.sealing, chance: &chance))
        let sealed = must(
            try? desk.seal(
                message,
                hash: message.object.hash,
                on: way,
                isFirst: true,
                chance: &chance
            )
        )
        carrier.replay(sealed, to: peer)
    }

    /// Takes datagrams off the air and sends them once more, from here.
    func replay(_ datagrams: [[UInt8]], to peer: Party) {
        for one in datagrams { peer.node.take(.datagram(one, from: address), at: street.time) }
        peer.work()
    }

    /// How its newest payment as a buyer is held.
    func held(_ payment: PaymentID) -> Held? {
        guard case .held(let held)? = node.wallet.buying[payment]?.phase else { return nil }
        return held
    }

    /// A decision of this payee's, as it may be carried by anybody.
    func abort(_ payment: PaymentID, to buyer: Key) -> SignedObject {
        .signed(Abort.object(by: key, to: buyer, payment: payment), by: signer)
    }
}

extension Street {
    /// The newest message of that kind, by that one if it is named.
    func last(_ kind: Kind, by party: Party? = nil) -> SignedObject {
        must(
            said.last {
                $0.message.object.kind == kind && (party == nil || $0.by == party?.name)
            }
        ).message
    }

    /// The datagrams of that kind that were sent to somebody, whether they arrived or not.
    func carried(_ kind: Kind, to party: Party) -> [[UInt8]] {
        air.filter { $0.to == party.address && kindOf[$0.bytes] == kind }.map(\.bytes)
    }

    func all(_ kind: Kind, by party: Party) -> [SignedObject] {
        said.filter { $0.by == party.name && $0.message.object.kind == kind }.map(\.message)
    }

    /// The terms of a small sale.
    func terms(_ units: UInt64) -> Terms {
        Terms(asset: office.asset, amount: must(Amount(units)), memo: must(Text("coffee")))
    }
}
