import Ledger
import Money
package import Reckoning
package import Words

// A day is closed in the books, and with it every stick whose last day to settle it was.

/// Why a day is not closed.
package enum NotClosed: Error, Hashable, Sendable {
    /// A day is closed when it is over.
    case notOver(Day)
    /// It is not after the last one that was.
    case closedBefore(Day)
    /// A payment to the office is on its way to the books.
    case busy
}

/// What closing a day comes to, and what is to be booked of it: all of it, or nothing.
package struct ClosingPlan: Sendable {
    package let day: Day
    package let drafts: [Draft]
    package let settlements: [Settlement]
    package let repaid: [Repaid]

    /// What goes to accounts, to nobody, and from convicts to those whom they had paid.
    package var settled: Amount { sum(of: .settlement) }
    package var lapsed: Amount { sum(of: .lapse) }
    /// What meters had left, and did not hand in.
    package var usedUp: Amount { sum(of: .usedUp) }
    package var honoured: Amount { sum(of: .honour) }

    private func sum(of kind: Act.Kind) -> Amount {
        let acts = drafts.compactMap(\.deed.act).filter { $0.kind == kind }
        return Amount.sum(acts.map(\.amount)) ?? .largest
    }
}

extension Mint {
    /// The last day that was closed.
    package var closed: Day? { court.reckoning.closed }

    /// The last days to settle of the sticks that are out, each once, the first first.
    package var daysToClose: [Day] {
        Set(court.reckoning.sticks.map(\.settleUntil)).sorted()
    }

    /// What closing a day comes to, as things stand.
    package func closing(_ day: Day, at now: Moment) throws(NotClosed) -> ClosingPlan {
        guard day < now.day else { throw .notOver(day) }
        if let closed, day <= closed { throw .closedBefore(closed) }
        guard crediting.isEmpty else { throw .busy }
        let convicts = court.reckoning.convicts
        let meters = Set(members.values.lazy.filter(\.isMeter).map(\.key))
        var held: [Key: Amount] = [:]
        for key in convicts { held[key] = self.held(of: key) }
        let closing: Closing
        do {
            closing = try court.reckoning.closing(day, held: held, meters: meters) {
                members[$0]?.account
            }
        } catch {
            switch error {
            case .closedBefore(let day): throw .closedBefore(day)
            }
        }
        var plan = Planning(ledger: ledger, now: now)
        for settlement in closing.settlements {
            let using = Using(of: settlement, by: meters, in: court.reckoning)
            plan.add(settlement, using) { members[$0]?.account }
        }
        for honoured in closing.honoured { plan.add(honoured) { members[$0]?.account } }
        plan.add(.closed(day, sticks: UInt64(closing.settlements.count)))
        return ClosingPlan(
            day: day,
            drafts: plan.drafts,
            settlements: closing.settlements,
            repaid: plan.repaid
        )
    }

    /// What is held of a key for those whom it may have paid twice: its guarantee, at most what its
    /// account has, without what was paid out of it before.
    func held(of key: Key) -> Amount {
        guard let member = members[key] else { return .zero }
        let left = member.window.terms.guarantee.subtracting(court.repaid(by: key)) ?? .zero
        let balance = ledger.balance(member.account) ?? .zero
        return balance > .zero ? min(left, balance.amount) : .zero
    }
}

/// The drafts of a closing, as they come about; each is taken by the ledger that comes of those
/// before it.
private struct Planning {
    var ledger: Ledger
    let now: Moment
    private(set) var drafts: [Draft] = []
    private(set) var repaid: [Repaid] = []

    init(ledger: Ledger, now: Moment) { (self.ledger, self.now) = (ledger, now) }

    mutating func add(_ ruling: Ruling, memo: Text = Mint.noMemo) {
        if let act = ruling.act {
            do {
                try ledger.post(act.postings)
            } catch {
                preconditionFailure("what is out is settled once: \(error)")
            }
        }
        drafts.append(
            Draft(request: ruling.request, moment: now, memo: memo, deed: .ruled(ruling))
        )
    }

    /// Each holder gets its part, in as many entries as its ranges take; the rest lapses.
    ///
    /// Of what meters have, the lowest units are those that they have used up.
    mutating func add(
        _ settlement: Settlement,
        _ using: Using,
        _ account: (Key) -> Account?
    ) {
        var (lapsed, order) = ([Units](), [Getting]())
        var parts: [Getting: [Units]] = [:]
        var (meters, shares) = (using, [Settlement.Share]())
        for share in settlement.shares { shares += meters.take(share) }
        for (key, ranges) in meters.used.sorted(by: { $0.key < $1.key }) {
            add(key, ranges, of: settlement.stick)
        }
        for share in shares {
            let getting: Getting
            switch share.fate {
            case .redeemed, .consumed: continue
            case .lapsed:
                lapsed.append(share.units)
                continue
            case .account(let key): getting = Getting(key: key, way: .account)
            case .returned(let key): getting = Getting(key: key, way: .returned)
            }
            guard account(getting.key) != nil else {
                lapsed.append(share.units)
                continue
            }
            if parts[getting] == nil { order.append(getting) }
            parts[getting, default: []].append(share.units)
        }
        for getting in order {
            guard let holder = account(getting.key) else { continue }
            for ranges in (parts[getting] ?? []).parts(of: Settled.rangesAtMost) {
                let settled = Settled(
                    stick: settlement.stick,
                    holder: getting.key,
                    way: getting.way,
                    ranges: ranges
                )
                let act = Act(.settlement, holder, Self.sum(ranges))
                add(.settled(act, settled), memo: Self.memo(settlement.stick))
            }
        }
        for ranges in lapsed.parts(of: Settled.rangesAtMost) {
            let act = Act(lapsing: Self.sum(ranges))
            add(.lapsed(act, stick: settlement.stick, ranges), memo: Self.memo(settlement.stick))
        }
    }

    private mutating func add(_ meter: Key, _ used: [Units], of stick: Hash) {
        for ranges in used.parts(of: Settled.rangesAtMost) {
            let act = Act(consuming: Self.sum(ranges), isSettled: true)
            let used = UsedUp(stick: stick, meter: meter, ranges: ranges)
            add(.usedUp(act, used), memo: Self.memo(stick))
        }
    }

    private struct Getting: Hashable {
        let key: Key
        let way: Settled.Way
    }

    /// What was held may be less by now, where several convicts have one account.
    mutating func add(_ honoured: Honoured, _ account: (Key) -> Account?) {
        var act = honoured.act(account)
        if let wanted = act {
            var after = ledger
            do { try after.post(wanted.postings) } catch { act = nil }
        }
        let repaid = Repaid(honoured, paid: act?.amount ?? .zero)
        self.repaid.append(repaid)
        add(.repaid(act, repaid))
    }

    private static func sum(_ ranges: [Units]) -> Amount {
        guard let sum = Amount.sum(ranges.map(\.count)) else {
            preconditionFailure("the shares of a stick are at most the stick")
        }
        return sum
    }

    private static func memo(_ stick: Hash) -> Text {
        let name = stick.bytes.array.prefix(4).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
        guard let memo = Text("what was left of stick " + name) else {
            preconditionFailure("a memo can be shown")
        }
        return memo
    }
}

extension Array {
    func parts(of count: Int) -> [[Element]] {
        stride(from: 0, to: self.count, by: count).map {
            Array(self[$0..<Swift.min($0 + count, self.count)])
        }
    }
}
