internal import Command
internal import Homes
internal import Money
internal import Station
internal import Wallet
internal import Words

/// What has to be done with money before its last days are past, and what happens after them.
enum Reminding {
    /// Nothing, where there is time.
    static func tell(_ purses: [Told.Purse], _ facts: inout Facts) {
        let dues = purses.flatMap { purse in purse.balance.dues.map { (purse.asset, $0) } }
        guard !dues.isEmpty else { return }
        for (asset, due) in dues {
            let amount = asset.full(due.amount)
            switch due.state {
            case .soon:
                facts.line("spend by", "\(due.spendUntil.text): \(amount)")
                facts.line("", "or 'tally redeem' it by \(due.settleUntil.text)")
            case .overdue:
                facts.line("redeem by", "\(due.settleUntil.text): \(amount)")
                facts.line("", "with 'tally redeem': it cannot be paid any more")
            case .settled:
                facts.line("settled", "\(amount): its office has settled it, or will")
                facts.line("", "ask for the account's statement")
            }
        }
        if dues.contains(where: { $0.1.state != .settled }) {
            facts.line("", "after that its office settles it: look for it in the account then")
        }
        facts.also("due", .array(dues.map { json($0, $1) }))
    }

    private static func json(_ asset: Asset, _ due: Due) -> JSON {
        let state =
            switch due.state {
            case .soon: "soon"
            case .overdue: "overdue"
            case .settled: "settled"
            }
        return .object([
            ("state", .string(state)),
            ("amount", .string(asset.text(due.amount))),
            ("asset", .string(asset.code)),
            ("spendUntil", .string(due.spendUntil.text)),
            ("settleUntil", .string(due.settleUntil.text)),
        ])
    }
}

extension Teller {
    /// What there is of each asset.
    func purses() throws(Complaint) -> [Told.Purse] {
        let told = try ask(.balances)
        guard case .balances(let purses) = told else { throw Complaint(instead: told) }
        return purses
    }
}
