import Commit
import Disks
import Journal
import Money
import Node
import Oracle
import Wallet
import Wire
import Words

/// Something that a person wants of the office, until he has it.
struct Visit {
    let who: Int
    let want: Want
    var stage = Stage.planned
    var attempts = 0
    /// When it is seen after again.
    var due: UInt64 = 0
    /// Under which name his device asks for it.
    var errand: PaymentID?
    /// Of a sync: from which counter on is to be handed in, once the office has said so.
    var from: UInt64?

    enum Want: Hashable {
        case charge(UInt64)
        case redeem(UInt64)
        /// What its meter has used up.
        case handIn
        case sync
        case show(Showing)
        case renew
    }

    enum Stage { case planned, asking, answered, over }
}

// People ask their office for money, give some of it back, and hand in what they have signed.
// Whoever gets no answer asks again, as long as there is a storm; a device that was asked for a
// charge remembers that by itself.

extension World {
    func planVisits() {
        let span = scenario.seconds * 1_000
        for peer in wallets {
            for _ in 0..<scenario.sticks {
                // Everybody wants his money at first.
                plan(.charge(scenario.units), of: peer, at: visitors.upTo(span / 4))
            }
        }
        for peer in wallets where peer.meter != nil || isMeterOfAThief(peer) {
            // Now and then somebody hands in what was used up.
            for _ in 0..<3 { plan(.handIn, of: peer, at: span / 5 + visitors.upTo(span)) }
        }
        for _ in 0..<scenario.redemptions {
            let peer = peers[visitors.below(wallets.count)]
            let amount = visitors.within(scenario.amounts)
            plan(.redeem(amount), of: peer, at: span / 5 + visitors.upTo(span * 4 / 5))
        }
        for _ in 0..<scenario.syncs {
            let peer = peers[visitors.below(wallets.count)]
            plan(.sync, of: peer, at: span / 5 + visitors.upTo(span * 4 / 5))
        }
    }

    /// Whose epoch is over asks his office for the next one, until he has it.
    func planRenewal(of peer: Peer) {
        let isPlanned = visits.contains {
            $0.who == peer.number && $0.want == .renew && $0.stage != .over
        }
        guard scenario.hasOffice, !isPlanned else { return }
        plan(.renew, of: peer, at: 1 + visitors.upTo(5_000))
    }

    func plan(_ want: Visit.Want, of peer: Peer, at wait: UInt64) {
        visits.append(Visit(who: peer.number, want: want, due: now + wait))
        heap.push(.visit(visits.count - 1, attempt: 0), at: now + wait)
    }

    /// How long somebody waits before he looks at his device again.
    private static let looks: UInt64 = 4_000
    private static let triesToRedeem = 4

    /// The person asks, or looks what has become of it.
    func begin(visit index: Int, attempt: Int) {
        let visit = visits[index]
        guard visit.attempts == attempt, visit.stage != .over, visit.due <= now else { return }
        let peer = peers[visit.who]
        if let crook = peer.crook { return begin(visit: index, of: crook) }
        // Who has no device any more, or none yet when all is over, wants nothing.
        if peer.isLost || isHealing && !peer.hasBegun { return end(visit: index) }
        guard let node = peer.node, isFree(peer) else { return seeAgain(index, in: 1_000) }
        let isOpen = node.wallet.errands.contains { $0.id == visit.errand }
        if isOpen || isPaying(visit, node.wallet) { return seeAgain(index, in: Self.looks) }
        if visit.stage == .answered, case .charge = visit.want { return end(visit: index) }
        if case .handIn = visit.want, toHandIn(peer, node) == 0 { return end(visit: index) }
        if case .renew = visit.want {
            guard node.wallet.life != .live else { return end(visit: index) }
        } else if isHealing, !isSettling {
            // Whoever is not answered while all is well again need not ask anew.
            return end(visit: index)
        }
        // What an office has said no to again and again somebody else was paid before.
        if scenario.thieves > 0, visit.want.isRedeem, visit.attempts >= Self.triesToRedeem {
            return end(visit: index)
        }
        guard let errand = errand(of: visit, peer) else { return seeAgain(index, in: 2_000) }
        visits[index].attempts += 1
        (visits[index].errand, visits[index].stage) = (nil, .asking)
        peer.begins = index
        tell(peer, .wish(.ask(errand, at: Peer.address(peers.count - 1))))
        flush(peer)
        peer.begins = nil
        seeAgain(index, in: Self.looks)
    }

    func seeAgain(_ index: Int, in wait: UInt64) {
        guard visits[index].stage != .over else { return }
        visits[index].due = now + wait
        heap.push(.visit(index, attempt: visits[index].attempts), at: now + wait)
    }

    private func end(visit index: Int) { visits[index].stage = .over }

    /// Whether his device is giving units back just now.
    private func isPaying(_ visit: Visit, _ wallet: Wallet) -> Bool {
        guard visit.want.isRedeem else { return false }
        return wallet.standings.contains { $0.side == .buyer && isRedeeming($0) && $0.isOpen }
    }

    /// What is wanted as it can be asked for now; nil when something else comes first.
    private func errand(of visit: Visit, _ peer: Peer) -> Errand? {
        switch visit.want {
        case .charge(let units): return .charge(asset, Office.amount(units))
        case .redeem(let units):
            guard mayGiveBack(visit, peer) else { return nil }
            let units = min(units, oracle.balance(peer.number).available)
            return units > 0 ? .redeem(asset, Office.amount(units)) : nil
        case .handIn:
            guard mayGiveBack(visit, peer), let node = peer.node else { return nil }
            return .redeem(asset, Office.amount(toHandIn(peer, node)), as: .consumed)
        case .sync:
            guard let from = visit.from else { return .sync(handovers: []) }
            return handovers(of: peer, from: from).map { .sync(handovers: $0) }
        case .show(let showing): return .show(showing, through: 0)
        case .renew: return .renew
        }
    }

    /// Who is inert gives nothing back, and others one payment at a time: asking anew gives up
    /// what was asked for before.
    private func mayGiveBack(_ visit: Visit, _ peer: Peer) -> Bool {
        let isSecond = visits.contains {
            $0.who == visit.who && $0.stage == .asking && $0.want.isRedeem
        }
        return peer.node?.wallet.life == .live && (visit.stage == .asking || !isSecond)
    }

    // MARK: What comes of it

    /// The office has answered.
    func heed(_ peer: Peer, _ answer: Answer) {
        let found = visits.indices.first {
            visits[$0].who == peer.number && visits[$0].errand == answer.payment
        }
        guard let index = found, visits[index].stage == .asking else { return }
        if let refusal = answer.outcome.refusal {
            return heed(peer, index, refusal: refusal.string, answer.outcome.numbers)
        }
        switch visits[index].want {
        case .charge:
            counts.charged += 1
            visits[index].stage = .answered
        // What is left of it is a payment.
        case .redeem, .handIn: return
        case .sync:
            counts.synced += 1
            let next = (answer.outcome.numbers.first ?? 0) + 1
            goOn(visit: index, peer, from: next)
        case .show: end(visit: index)
        // It is looked at again whether it lives.
        case .renew: counts.renewed += 1
        }
    }

    private func heed(_ peer: Peer, _ index: Int, refusal: String, _ numbers: [UInt64]) {
        switch (visits[index].want, refusal) {
        // There is not so much in the account, or out at all.
        case (.charge, "short"):
            peer.meter?.isBroke = true
            end(visit: index)
        case (.redeem, "amount"), (.handIn, "amount"): end(visit: index)
        case (.sync, "gap"): goOn(visit: index, peer, from: (numbers.first ?? 0) + 1)
        // It has begun anew since it was asked: what it hands in now is of another epoch.
        case (.sync, "epoch") where scenario.returns: visits[index].from = nil
        case (.charge, _), (.redeem, _), (.handIn, _), (.sync, _), (.show, _), (.renew, _):
            refuse(.counter, peer, "the office refuses what is in order: \(refusal)")
        }
    }

    /// A sync is over when all that was signed is with the office.
    private func goOn(visit index: Int, _ peer: Peer, from next: UInt64) {
        guard let wallet = peer.node?.wallet, next < wallet.nextCounter else {
            return end(visit: index)
        }
        visits[index].from = next
        seeAgain(index, in: 1)
    }

    /// Whether a payment is one back to the office.
    private func isRedeeming(_ standing: PaymentStanding) -> Bool {
        let memo = standing.about.memo
        return memo == Use.memo || memo.string.hasPrefix("back to the account of ")
    }

    func heedRedeemed(_ peer: Peer, _ standing: PaymentStanding) {
        guard scenario.hasOffice, standing.side == .buyer, standing.word == .paid,
            isRedeeming(standing)
        else { return }
        counts.redeemed += 1
        if standing.about.memo == Use.memo { counts.handedIn += 1 }
        let found = visits.indices.first {
            visits[$0].who == peer.number && visits[$0].stage == .asking && visits[$0].want.isRedeem
        }
        if let found { end(visit: found) }
    }

    // MARK: What a device hands in

    /// What it has signed from a counter on, as many as one request carries: out of its journal,
    /// as the real verb finds it; nil when one of them is nowhere to be found.
    private func handovers(of peer: Peer, from counter: UInt64) -> [Handover]? {
        guard let wallet = peer.node?.wallet, let journal = peer.journal?.journal else {
            return nil
        }
        var signed: [UInt64: Handover] = [:]
        func add(_ handover: Handover) {
            let header = handover.header
            guard header.payer == peer.key, header.place.epoch == wallet.owner.epoch else { return }
            signed[header.place.counter] = handover
        }
        for buyer in wallet.buying.values {
            if case .held(let held) = buyer.phase { add(held.handover) }
        }
        do {
            for one in try journal.history(limit: 1_000) {
                let over = try? Finished(wireBytes: one.bytes)
                if let over, over.isBuyers, let handover = over.handover { add(handover) }
            }
        } catch {
            // Its next use says why, and ends the node.
            return nil
        }
        var (found, bytes) = ([Handover](), 0)
        for number in counter..<max(counter, wallet.nextCounter) {
            guard found.count < Request.Want.handoversAtOnce else { break }
            guard let one = signed[number] else { return nil }
            bytes += one.wireBytes.count
            guard bytes <= Request.Want.handoverBytes || found.isEmpty else { break }
            found.append(one)
        }
        return found
    }
}

extension Visit.Want {
    fileprivate var isRedeem: Bool {
        switch self {
        case .redeem, .handIn: true
        case .charge, .sync, .show, .renew: false
        }
    }
}

extension PaymentStanding {
    fileprivate var isOpen: Bool { word == .offered || word == .held }
}
