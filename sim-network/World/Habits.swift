import Commit
import Disks
import Money
import Node
import Wallet
import Wire
import Words

// What people leave to their devices, and what they keep to themselves: sellers they picked, the
// PIN, where they live. And what reaches a device by hand.

extension World {
    /// Tells every device what its person wants, before any weather.
    func settle(habitsOf peer: Peer) {
        if scenario.wants > 0 {
            var profile = Profile()
            profile.shipping = Text("home \(peer.number), the lane")
            profile.billing = Text("home \(peer.number), the office")
            tell(peer, .wish(.profile(profile)))
        }
        // An eKey pays nothing by itself.
        if peer.eKey != nil { return }
        if scenario.picked > 0 {
            for other in peers where other !== peer && people.thousandths(scenario.picked) {
                peer.picks.append(other.key)
            }
        }
        if scenario.picked > 0 || scenario.pin > 0 { look(peer) }
    }

    /// The person looks at what went out by itself, and lets as much go again.
    func look(_ peer: Peer) {
        var policy = Policy()
        policy.sellers = peer.picks
        if scenario.picked > 0 { policy.left = Office.amount(scenario.limit) }
        if scenario.pin > 0 { policy.pinAbove = Office.amount(scenario.pin) }
        peer.allowed += scenario.limit
        tell(peer, .wish(.policy(policy)))
    }

    // MARK: An offer

    /// What an offer asks for besides money.
    func wants(_ index: Int) -> Terms.Wants {
        people.thousandths(scenario.wants) ? [.shipping] : []
    }

    /// Whether a device has said yes by itself, and may.
    func isAnswered(_ peer: Peer, _ standing: PaymentStanding) -> Bool {
        guard scenario.picked > 0,
            let buyer = peer.node?.wallet.buying[standing.payment],
            case .accepted(let accepted) = buyer.phase,
            peer.answered.insert(standing.payment).inserted
        else { return false }
        counts.automatic += 1
        peer.automatic.insert(standing.payment)
        let isPicked = peer.picks.contains(accepted.offered.deal.peer)
        let needsPIN = scenario.pin > 0 && standing.about.amount.units >= scenario.pin
        if !isPicked || needsPIN {
            refuse(.policy, peer, "it says yes to \(standing.about.memo.string) by itself")
        }
        if people.chance(1, in: 4) { heap.push(.act(peer, .look), at: now + 1) }
        return true
    }

    /// The person says yes: to this amount perhaps without the PIN at first, and says what of
    /// the details may go.
    func accept(_ peer: Peer, _ index: Int, _ payment: PaymentID, _ digits: Digits) {
        let asks = scenario.pin > 0 && sales[index].amount >= scenario.pin
        if asks, peer.forgot.insert(payment).inserted, people.chance(1, in: 2) {
            let again = Act.answer(sale: index, payment, digits)
            heap.push(.act(peer, again), at: now + 1 + people.upTo(2_000))
            return tell(peer, .wish(.answer(payment, .accept(share: [], knowsPIN: false))))
        }
        var share: Terms.Wants = []
        if scenario.wants > 0, people.chance(1, in: 2) {
            share = [.shipping, .billing]
            peer.consented.insert(payment)
        }
        peer.pins.insert(payment)
        tell(peer, .wish(.answer(payment, .accept(share: share, knowsPIN: true))))
    }

    /// What a device agreed to by itself is within what its person left to it.
    func checkLimit(_ peer: Peer, _ standing: PaymentStanding) {
        guard peer.automatic.remove(standing.payment) != nil else { return }
        peer.spent += standing.about.amount.units
        guard peer.spent > peer.allowed else { return }
        refuse(.policy, peer, "\(standing.about.memo.string) is more than was left to it")
    }

    /// What is agreed had the PIN if it needed it.
    func checkPIN(_ peer: Peer, _ standing: PaymentStanding) {
        guard scenario.pin > 0, standing.about.amount.units >= scenario.pin,
            !peer.pins.contains(standing.payment), standing.side == .buyer
        else { return }
        refuse(.policy, peer, "\(standing.about.memo.string) is agreed without a PIN")
    }

    /// What goes to a seller besides money goes with consent, and only what was asked for.
    func checkDetails(_ peer: Peer, _ message: SignedObject) {
        guard scenario.wants > 0, message.object.kind == .accept,
            let accept = try? Accept(reading: message)
        else { return }
        if accept.shipping != nil { counts.details += 1 }
        let mayGo = peer.consented.contains(accept.payment)
        if accept.billing != nil || accept.shipping != nil && !mayGo {
            refuse(.policy, peer, "it tells where somebody lives who did not say so")
        }
    }

    // MARK: By hand

    /// A decision is written to a file too, and somebody takes it to the buyer.
    func perhapsCarry(_ message: SignedObject) {
        guard [.commit, .abort].contains(message.object.kind),
            carriers.thousandths(weather[.carried]),
            let buyer = peers.first(where: { $0.key == message.object.receiver }),
            buyer.crook == nil
        else { return }
        // Over the table, across the street, or with the next bus.
        let ways: [UInt64] = [100, 5_000, 300_000]
        let wait = 1 + carriers.upTo(ways[carriers.below(3)])
        heap.push(.act(buyer, .bring(message)), at: now + wait)
    }

    func bring(_ message: SignedObject, to peer: Peer) {
        counts.brought += 1
        if let payment = message.object.payment, let buyer = peer.node?.wallet.buying[payment],
            case .held = buyer.phase
        {
            counts.broughtInDoubt += 1
        }
        tell(peer, .wish(.bring(message)))
    }

    /// The office takes a key back that it knows to be a crook's, and the word goes round.
    func revoke() {
        let known = peers.filter { $0.crook != nil }
        guard !known.isEmpty else { return }
        let bad = known[carriers.below(known.count)]
        let revocation = office.revoke(bad.key, after: bad.crook?.counter ?? 0, at: now)
        for peer in peers where peer.crook == nil {
            heap.push(.act(peer, .learn(revocation)), at: now + 1 + carriers.upTo(60_000))
        }
    }
}
