import Books
import Clerk
import Commit
import Disks
import Journal
import Money
import Node
import Wallet
import Wire
import Words

import struct Mint.Mint

// The last day of all sticks is closed, after the storm: everybody hands in and shows what there
// is to be known, the days pass, and the office settles.

extension World {
    /// What people do before the day, and the office on it.
    func settleAll() {
        guard breach == nil, let office = peers.last, office.bureau != nil else { return }
        isSettling = true
        for peer in wallets where peer.crook == nil {
            plan(.sync, of: peer, at: 1 + visitors.upTo(60_000))
        }
        advance(until: now + Self.sevenMinutes)
        let isLate = scenario.thieves > 0 || scenario.returns
        // Where nobody can be relied on to hand in what he signed, wallets show what they have
        // as they do by themselves: when its end is near.
        if isLate { pass(days: Self.daysToShow) }
        for peer in wallets {
            for showing in isLate ? itsOwnShowings(of: peer) : showings(of: peer) {
                plan(.show(showing), of: peer, at: 1 + visitors.upTo(60_000))
            }
        }
        advance(until: now + Self.sevenMinutes)
        if scenario.returns {
            // Who was put back may have forgotten what the other side knows.
            for peer in wallets where peer.crook == nil {
                for showing in decisions(of: peer) {
                    plan(.show(showing), of: peer, at: 1 + visitors.upTo(60_000))
                }
            }
            advance(until: now + Self.sevenMinutes)
        }
        if scenario.meters > 0 { comeAfterTheirDay(isLate) }
        pass(days: Self.days - (isLate || scenario.meters > 0 ? Self.daysToShow : 0))
        // The power goes while the day is being closed, and it is closed again.
        (office.ending, office.fuse) = (.powerCut, 1 + visitors.below(24))
        close(office)
        advance(until: now + Self.sevenMinutes)
        office.fuse = nil
        close(office)
        advance(until: now + Self.sevenMinutes)
        if scenario.meters > 0, scenario.thieves > 0 { sayItTooLate() }
    }

    static let sevenMinutes: UInt64 = 420_000
    /// After the last day of sticks that were issued on the first.
    private static let days: Int64 = 62
    /// When nothing can be spent any more, and all of it still be taken back.
    static let daysToShow: Int64 = 40

    /// Clocks are a little apart, as they are; what counts is the office's.
    func pass(days: Int64) {
        for peer in peers {
            peer.skew += days * Int64(Limits.secondsPerDay) + Int64(visitors.below(120)) - 60
        }
    }

    /// The office closes the last day that a stick of its waits for.
    private func close(_ office: Peer) {
        guard breach == nil, office.node != nil, let till = office.bureau?.till,
            let day = till.mint.daysToClose.last
        else { return }
        do {
            let plan = try till.mint.closing(day, at: office.time(now).moment)
            for outcome in try till.book(plan.drafts) {
                if case .refused(let refusal) = outcome {
                    return refuse(.books, office, "a day is not closed: \(refusal)")
                }
            }
        } catch {
            guard office.isDead else {
                return refuse(.books, office, "a day is not closed: \(error)")
            }
        }
        guard !office.isDead else { return fall(office) }
        lookAtBooks(office)
    }

    // MARK: What somebody shows

    /// What a device shows by itself, and what somebody says who keeps to no rule.
    func itsOwnShowings(of peer: Peer) -> [Showing] {
        if let crook = peer.crook {
            return crook.showings + (scenario.meters > 0 ? registers(of: crook) : [])
        }
        guard let wallet = peer.node?.wallet, let journal = peer.journal?.journal else { return [] }
        do {
            let over = try journal.history(limit: 100_000).reversed().compactMap { one in
                (try? Finished(wireBytes: one.bytes)).map { Wallet.Over(number: one.number, $0) }
            }
            return wallet.showings(at: peer.time(now).moment, over).map(\.showing)
        } catch {
            refuse(.journal, peer, "\(error)")
            return []
        }
    }

    /// What it was paid, which it claims, and what came to nothing, with the ABORT: the chains
    /// themselves are handed in by those who signed them.
    private func showings(of peer: Peer) -> [Showing] {
        guard let journal = peer.journal?.journal else { return [] }
        var (claims, decisions) = ([Hash](), [SignedObject]())
        do {
            for one in try journal.history(limit: 100_000) {
                guard let over = try? Finished(wireBytes: one.bytes), let handover = over.handover,
                    let decision = over.decision
                else { continue }
                if over.isBuyers, !over.isPaid { decisions.append(decision.signed) }
                if !over.isBuyers, over.isPaid { claims.append(handover.hash) }
            }
        } catch {
            refuse(.journal, peer, "\(error)")
        }
        var all: [Showing] = []
        while !claims.isEmpty || !decisions.isEmpty {
            var showing = Showing()
            showing.claims = Array(claims.prefix(Self.atOnce))
            showing.decisions = Array(decisions.prefix(Self.atOnce))
            claims.removeFirst(showing.claims.count)
            decisions.removeFirst(showing.decisions.count)
            all.append(showing)
        }
        return all
    }

    private static let atOnce = 16

    /// Each COMMIT and ABORT that its journal has, of either side.
    private func decisions(of peer: Peer) -> [Showing] {
        guard let journal = peer.journal?.journal else { return [] }
        var all: [SignedObject] = []
        do {
            for one in try journal.history(limit: 100_000) {
                if let over = try? Finished(wireBytes: one.bytes), let decision = over.decision {
                    all.append(decision.signed)
                }
            }
        } catch {
            refuse(.journal, peer, "\(error)")
        }
        return stride(from: 0, to: all.count, by: Self.atOnce).map { at in
            var showing = Showing()
            showing.decisions = Array(all[at..<min(at + Self.atOnce, all.count)])
            return showing
        }
    }
}
