import Commit
import Disks
import Money
import StandIns
import Wire
import Words

// A crook who pays.

extension Crook {
    func answer(_ lookup: Lookup, _ from: Int, _ world: World) {
        guard answered.insert(lookup.name).inserted else { return }
        let oneTime = StandInSigner(drawnFrom: &dice)
        let object = Here.object(by: oneTime.key, to: lookup, nonce: salt(), id: screen)
        oneTimes[oneTime.key] = oneTime
        desk.admit(oneTime.key)
        say(.signed(object, by: oneTime), sealedTo: lookup.sealingKey, from, world)
    }

    func consider(_ offer: Offer, _ back: Back, _ world: World) {
        if let known = buying[offer.payment] { return say(known.accept.signed, back, world) }
        let device = reach()
        let showing: Trick =
            trade == .thief
            ? usually(.again, or: Trick.showing) : usually(.own, or: [.own, .again])
        guard let entries = entries(showing, worth: offer.terms.amount),
            var proposal = archive.proposal(entries, by: peer.key, window)
        else { return }
        world.note(showing, by: peer)
        if showing == .renamed { proposal = renamed(proposal) }
        let object = Accept.object(
            answering: offer,
            shipping: nil,
            billing: nil,
            proposal: proposal
        )
        guard let accept = try? Accept(reading: .signed(object, by: signer)) else { return }
        buying[offer.payment] = Buying(offer: offer, accept: accept, device: device)
        say(accept.signed, back, world)
    }

    private func entries(_ showing: Trick, worth amount: Amount) -> [Entry]? {
        switch showing {
        case .own: return cut(fresh + used, amount)
        case .again: return cut(shuffled(used + fresh), amount)
        case .anothers:
            return cut(shuffled(others.filter { $0.parent != nil }), amount)
        case .renamed:
            return cut(shuffled(others.filter { $0.parent == nil }), amount)
        case .beyond:
            guard let piece = shuffled(used + fresh).first,
                let units = Units(piece.units.lo, piece.units.lo + amount.units)
            else { return nil }
            return [Entry(stick: piece.stick, units: units, parent: piece.parent)]
        case .doubled:
            guard amount.units % 2 == 0, let half = Amount(amount.units / 2),
                let one = cut(shuffled(used + fresh), half)
            else { return nil }
            return one.count > Limits.entriesPerHandover / 2 ? nil : one + one
        case .orphan:
            guard let piece = (used + fresh).first, let units = Units(0, amount.units) else {
                return nil
            }
            let parent = EntryReference(Hash(Bytes32(dice.bytes(32).span)), 0)
            return [Entry(stick: piece.stick, units: units, parent: parent)]
        case .agreed, .otherEntries, .lowCounter, .wrongTotal, .otherWindow, .otherOffer,
            .badLeaves, .twice, .noAgreed, .wrongCommitted, .wrongNonce, .forgedFloor, .commit,
            .noDecision, .abort, .both, .bothAbortFirst, .otherHandover, .otherReceipt:
            return nil
        }
    }

    /// As many of these as it takes, the last one cut.
    private func cut(_ pieces: [Holding], _ amount: Amount) -> [Entry]? {
        var (left, entries): (Amount, [Entry]) = (amount, [])
        for piece in pieces where left > .zero {
            guard entries.count < Limits.entriesPerHandover else { return nil }
            let part = min(left, piece.units.count)
            guard let taken = piece.units.cut(part)?.taken, let rest = left.subtracting(part)
            else { return nil }
            entries.append(Entry(stick: piece.stick, units: taken, parent: piece.parent))
            left = rest
        }
        return left == .zero ? entries : nil
    }

    private func shuffled(_ pieces: [Holding]) -> [Holding] {
        var (from, out): ([Holding], [Holding]) = (pieces, [])
        while !from.isEmpty { out.append(from.remove(at: dice.below(from.count))) }
        return out
    }

    /// The sticks of a proposal, under the same signatures, as if they were his.
    private func renamed(_ proposal: Proposal) -> Proposal {
        let sticks = proposal.provenance.sticks.map { stick -> Stick in
            let object = stick.signed.object
            let mine = Object(
                object.kind,
                from: object.sender,
                to: peer.key,
                payment: object.payment,
                answering: object.answers,
                content: object.content
            )
            return (try? Stick(reading: SignedObject(mine, stick.signed.signature))) ?? stick
        }
        // The entries name the sticks as they are called now.
        let entries = proposal.entries.map { entry -> Entry in
            let old = proposal.provenance.sticks.firstIndex { $0.id == entry.stick }
            let stick = old.map { sticks[$0].id } ?? entry.stick
            return Entry(stick: stick, units: entry.units, parent: entry.parent)
        }
        return Proposal(
            payer: proposal.payer,
            asset: proposal.asset,
            amount: proposal.amount,
            entries: entries,
            certificates: proposal.provenance.certificates,
            sticks: sticks,
            links: proposal.provenance.links,
            window: proposal.window
        )
    }

    func agree(_ request: CommitRequest, _ back: Back, _ world: World) {
        guard let deal = buying[request.payment], deal.accept.hash == request.accept else { return }
        if let agreed = deal.agreed { return say(agreed, hash: deal.hash, back, world) }
        _ = reach(for: deal.device)
        let pledge: Trick =
            trade == .liar
            ? usually(.agreed, or: Trick.agreeing) : usually(.agreed, or: [.agreed, .twice])
        world.note(pledge, by: peer)
        guard pledge != .noAgreed else { return }
        counter += 1
        total = total.adding(deal.accept.proposal.amount) ?? total
        let handover = handover(pledge, deal, to: request.sender)
        guard let privates = handover.privates else { return }
        var object = Agreed.message(handover, privates)
        if pledge == .badLeaves { object = spoiled(object, handover) }
        buying[request.payment]?.agreed = object
        buying[request.payment]?.hash = handover.hash
        previous = handover.hash
        spend(deal.accept.proposal.entries)
        say(object, hash: handover.hash, back, world)
        guard pledge == .twice else { return }
        counter += 1
        let other = self.handover(.agreed, deal, to: request.sender)
        guard let more = other.privates else { return }
        say(Agreed.message(other, more), hash: other.hash, back, world)
    }

    private func handover(_ pledge: Trick, _ deal: Buying, to payee: Key) -> Handover {
        var entries = deal.accept.proposal.entries
        if pledge == .otherEntries, let other = cut(shuffled(used + fresh), window.terms.guarantee)
        {
            entries = other
        }
        let none = Hash(Bytes32(repeating: 7))
        let privates = Privates(
            payment: deal.offer.payment,
            offer: pledge == .otherOffer ? none : deal.offer.hash,
            window: pledge == .otherWindow ? none : window.id,
            total: pledge == .wrongTotal ? .zero : total,
            previous: previous
        )
        return Handover(
            by: signer,
            to: payee,
            at: Place(epoch: .first, counter: pledge == .lowCounter ? 1 : counter),
            entries: entries,
            privates: privates,
            salts: (0..<PrivateLeaf.count).map { _ in salt() }
        )
    }

    /// The same signature over other private leaves.
    private func spoiled(_ message: SignedObject, _ handover: Handover) -> SignedObject {
        guard let privates = handover.privates else { return message }
        let other = Handover(
            header: handover.header,
            entries: handover.entries,
            leaves: privates.leaves(salts: (0..<PrivateLeaf.count).map { _ in salt() }),
            signature: handover.signature
        )
        return Agreed.message(other, privates)
    }

    /// What was handed over is handed over again another time.
    private func spend(_ entries: [Entry]) {
        for entry in entries {
            let holding = Holding(stick: entry.stick, units: entry.units, parent: entry.parent)
            guard !used.contains(holding) else { continue }
            guard
                let index = fresh.firstIndex(where: {
                    $0.stick == entry.stick && $0.parent == entry.parent
                        && $0.units.contains(entry.units)
                })
            else { continue }
            let whole = fresh.remove(at: index)
            used.append(holding)
            for rest in whole.units.removing(entry.units) {
                fresh.append(Holding(stick: whole.stick, units: rest, parent: whole.parent))
            }
        }
    }

    func confirm(_ commit: Money.Commit, _ back: Back, _ world: World) {
        guard buying[commit.payment] != nil else {
            // Somebody else's: asked for all the same.
            let ask = Ask.object(answering: commit)
            return say(.signed(ask, by: signer), back, world)
        }
        let lies = trade == .liar && dice.chance(1, in: 4)
        if lies { world.note(.wrongCommitted, by: peer) }
        let object = Committed.object(
            by: peer.key,
            to: commit.sender,
            payment: commit.payment,
            decision: lies ? Hash(Bytes32(dice.bytes(32).span)) : commit.signed.object.hash
        )
        say(.signed(object, by: signer), back, world)
    }
}
