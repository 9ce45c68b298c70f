import Commit
import Disks
import Money
import StandIns
import Wallet
import Wire
import Words

// A crook who is paid.

extension Crook {
    func call(for sale: Int, _ world: World) {
        let key = desk.announce(chance: &chance)
        let nonce = salt()
        let promise = Lookup.promise(nonce: nonce, seller: peer.key, sealingKey: key)
        let lookup = Lookup(sealingKey: key, promise: promise)
        calls[lookup.name] = Calling(sale: sale, nonce: nonce, key: key)
        for other in world.peers where other !== peer {
            world.send(lookup.datagram, from: peer, to: other.number)
        }
    }

    func meet(_ here: Here, _ back: Back, _ world: World) {
        guard let lookup = here.signed.object.answers, let calling = calls[lookup] else { return }
        let sale = world.sales[calling.sale]
        guard world.peers[sale.buyer].screen == here.id, sale.stage == .calling else { return }
        world.sales[calling.sale].stage = .offering
        let payment = peer.tools.keys.payment(in: .first, chance: &chance)
        var terms = Terms(asset: world.asset, amount: Office.amount(sale.amount), memo: sale.memo)
        terms.seconds = 60
        let lies = trade == .liar && dice.chance(1, in: 8)
        if lies { world.note(.wrongNonce, by: peer) }
        let object = Offer.object(
            by: peer.key,
            answering: here,
            payment: payment,
            nonce: lies ? salt() : calling.nonce,
            terms: terms,
            certificates: certificates.map(\.der),
            name: nil
        )
        guard let offer = try? Offer(reading: .signed(object, by: signer)) else { return }
        selling[payment] = Selling(offer: offer)
        world.sales[calling.sale].digits = Digits(
            sellerNonce: calling.nonce,
            buyerNonce: here.nonce,
            seller: peer.key,
            oneTime: here.oneTime
        )
        world.overheard.append(payment)
        say(offer.signed, back, world)
    }

    func request(_ accept: Accept, _ back: Back, _ world: World) {
        guard let deal = selling[accept.payment] else { return }
        if deal.accept == nil { learn(accept) }
        selling[accept.payment]?.accept = accept
        var floor = accept.proposal.provenance.links.first { $0.header.payer == accept.buyer }
            .map { SignedPlace($0) }
        if trade == .liar, dice.chance(1, in: 3) {
            floor = forgedFloor(accept)
            world.note(.forgedFloor, by: peer)
        }
        let object = CommitRequest.object(
            by: peer.key,
            answering: accept,
            total: .zero,
            floor: floor
        )
        say(.signed(object, by: signer), back, world)
    }

    /// All that a payer shows, and what of it is not his.
    private func learn(_ accept: Accept) {
        let provenance = accept.proposal.provenance
        for der in provenance.certificates {
            if let read = try? StandInCertificate(wireBytes: der).certificate {
                archive.add(Certified(key: read.key, issuer: read.issuer, der: der))
            }
        }
        for stick in provenance.sticks {
            archive.add(stick)
            guard stick.owner != peer.key, let units = Units(0, stick.units.units) else { continue }
            others.append(Holding(stick: stick.id, units: units, parent: nil))
        }
        for link in provenance.links {
            archive.add(link)
            guard link.header.payee != peer.key else { continue }
            others.append(
                Holding(stick: link.entry.stick, units: link.entry.units, parent: link.reference)
            )
        }
    }

    /// The buyer's place as high as can be, over a signature that is his own.
    private func forgedFloor(_ accept: Accept) -> SignedPlace {
        let header = Header(
            payer: accept.buyer,
            payee: peer.key,
            place: Place(epoch: .first, counter: 1_000_000),
            payment: Header.hash(of: accept.payment),
            count: 1
        )
        let none = Hash(Bytes32(dice.bytes(32).span))
        return SignedPlace(
            header: header,
            entriesRoot: none,
            privateRoot: none,
            signature: signer.sign(none)
        )
    }

    func decide(_ agreed: Agreed, _ back: Back, _ world: World) {
        guard let deal = selling[agreed.payment], let accept = deal.accept else { return }
        guard deal.handover == nil else {
            for decision in deal.decisions { say(decision, back, world) }
            return
        }
        let handover = Handover(
            header: agreed.agreement.header,
            entries: accept.proposal.entries,
            leaves: agreed.agreement.leaves,
            signature: agreed.agreement.signature
        )
        // One crook lies to the other, and what he signed is nothing.
        guard handover.hash == agreed.hash else { return }
        selling[agreed.payment]?.handover = handover
        for number in handover.entries.indices {
            let link = handover.link(number)
            archive.add(link)
            fresh.append(
                Holding(stick: link.entry.stick, units: link.entry.units, parent: link.reference)
            )
        }
        let deciding: Trick =
            trade == .liar
            ? usually(.commit, or: Trick.deciding) : usually(.commit, or: [.commit, .abort])
        world.note(deciding, by: peer)
        let decisions = decisions(deciding, deal, handover)
        selling[agreed.payment]?.decisions = decisions
        for decision in decisions { say(decision, back, world) }
    }

    private func decisions(
        _ deciding: Trick,
        _ deal: Selling,
        _ handover: Handover
    ) -> [SignedObject] {
        let abort = SignedObject.signed(
            Abort.object(by: peer.key, to: handover.header.payer, payment: deal.offer.payment),
            by: signer
        )
        let commit = commit(deal, handover.hash, deal.offer.terms.amount, handover.header.payer)
        switch deciding {
        case .commit: return [commit]
        case .noDecision: return []
        case .abort: return [abort]
        case .both: return [commit, abort]
        case .bothAbortFirst: return [abort, commit]
        case .otherHandover:
            let other = Hash(Bytes32(dice.bytes(32).span))
            return [self.commit(deal, other, deal.offer.terms.amount, handover.header.payer)]
        case .otherReceipt:
            return [self.commit(deal, handover.hash, Office.amount(1), handover.header.payer)]
        case .own, .again, .anothers, .beyond, .renamed, .doubled, .orphan, .agreed,
            .otherEntries, .lowCounter, .wrongTotal, .otherWindow, .otherOffer, .badLeaves,
            .twice, .noAgreed, .wrongCommitted, .wrongNonce, .forgedFloor:
            return []
        }
    }

    private func commit(
        _ deal: Selling,
        _ handover: Hash,
        _ amount: Amount,
        _ payer: Key
    ) -> SignedObject {
        let receipt = Receipt(
            offer: deal.offer.hash,
            asset: deal.offer.terms.asset,
            amount: amount,
            moment: Office.dawn
        )
        let object = Money.Commit.object(
            by: peer.key,
            to: payer,
            payment: deal.offer.payment,
            handover: handover,
            receipt: receipt
        )
        return .signed(object, by: signer)
    }

    /// Shows what was never handed over: some handover of his own, as if it were the asker's.
    func show(_ ask: Ask, _ back: Back, _ world: World) {
        let some = selling[ask.payment]?.handover
        guard let handover = some else { return }
        say(.signed(Show.object(answering: ask, handover: handover), by: signer), back, world)
    }
}
