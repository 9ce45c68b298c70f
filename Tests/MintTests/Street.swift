import Commit
import Ledger
import Mint
import Money
import Reckoning
import Testing
import Words

/// Ada's phone with a stick of 150, and two shops that have one account.
struct Street {
    var bench: Bench
    var phone = Phone("phone")
    var one = Phone("shop one")
    var two = Phone("shop two")

    init(guarantee: UInt64 = 100) throws {
        bench = try Bench()
        try bench.invite(17, largest: 150, guarantee: guarantee)
        try phone.take(try bench.ask(try phone.enrol(17)))
        try phone.take(stick: try bench.ask(try phone.charge(150)))
        try bench.invite(18, account: Bench.till, guarantee: 0)
        try one.take(try bench.ask(try one.enrol(18)))
        try bench.invite(19, account: Bench.till, guarantee: 0)
        try two.take(try bench.ask(try two.enrol(19)))
    }

    var stick: Stick { get throws { try #require(phone.stick) } }
    func stands(_ account: Account) -> Int64? { bench.mint.ledger.balance(account)?.units }

    /// What was judged and settled, as it was booked.
    var rulings: [Ruling] {
        bench.shelf.entries.compactMap { entry in
            if case .ruled(let ruling) = entry.draft.deed { ruling } else { nil }
        }
    }

    var convicts: [Key] {
        rulings.compactMap { ruling in
            if case .convicted(let id, _) = ruling { id.convict } else { nil }
        }
    }

    /// Somebody shows what it was given, and claims it.
    @discardableResult
    mutating func show(
        _ who: WritableKeyPath<Street, Phone>,
        _ handovers: Handover...,
        claims: Bool = true
    ) throws -> Reply {
        var showing = Showing()
        showing.links = handovers.map { $0.link(0) }
        if claims { showing.claims = handovers.map(\.hash) }
        return try bench.ask(try self[keyPath: who].request(.show(showing)))
    }

    /// The operator takes a key back: what is handed in, or known as good, stays so.
    mutating func revoke(_ key: Key, lastGood: UInt64? = nil) throws {
        let revoked = try bench.mint.revoke(
            key,
            reason: Bench.text("lost"),
            lastGood: lastGood,
            at: bench.now,
            Bench.hand,
            bench.shelf
        )
        try bench.book(try revoked.get())
    }

    /// Closes the stick's last day.
    mutating func close(_ settled: Stick? = nil) throws -> ClosingPlan {
        let day = try (settled ?? stick).settleUntil
        while bench.now.day <= day { bench.pass(days: 1) }
        let plan = try bench.mint.closing(day, at: bench.now)
        let again = try bench.again().closing(day, at: bench.now)
        #expect(again.drafts == plan.drafts, "a mint that is made anew says the same")
        try bench.book(plan.drafts)
        #expect(bench.mint.ledger.isSound)
        _ = try bench.again()
        return plan
    }
}
