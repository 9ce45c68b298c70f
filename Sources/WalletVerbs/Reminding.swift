internal import Command
internal import Homes
internal import Money
internal import Station
internal import Wallet
internal import Words

/// What has to be done with money before its last days are past, and what happens after them.
enum Reminding {
    /// Nothing, where there is time, and what there is is good to pay with.
    static func tell(_ purses: [Told.Purse], _ facts: inout Facts) {
        tellTired(purses, &facts)
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
            case .used:
                facts.line("hand in by", "\(due.settleUntil.text): \(amount) used up")
                facts.line("", "with 'tally meter hand-in'")
            case .settled:
                facts.line("settled", "\(amount): its office has settled it, or will")
                facts.line("", "ask for the account's statement")
            }
        }
        if dues.contains(where: { $0.1.state == .soon || $0.1.state == .overdue }) {
            facts.line("", "after that its office settles it: look for it in the account then")
        }
        facts.also("due", .array(dues.map { json($0, $1) }))
    }

    private static func tellTired(_ purses: [Told.Purse], _ facts: inout Facts) {
        let tired = purses.filter { $0.balance.tired > .zero }
        for purse in tired {
            let (amount, asset) = (purse.balance.tired, purse.asset)
            let pieces = counted(purse.balance.tiredPieces, "piece")
            facts.line("tired", "\(asset.full(amount)) in \(pieces) hard to pay with")
            facts.line("", "'tally refresh' has its office make one fresh stick of it")
        }
        guard !tired.isEmpty else { return }
        facts.also(
            "tired",
            .array(
                tired.map { purse in
                    .object([
                        ("amount", .string(purse.asset.text(purse.balance.tired))),
                        ("asset", .string(purse.asset.code)),
                        ("pieces", .number(UInt64(purse.balance.tiredPieces))),
                    ])
                }
            )
        )
    }

    private static func json(_ asset: Asset, _ due: Due) -> JSON {
        let state =
            switch due.state {
            case .soon: "soon"
            case .overdue: "overdue"
            case .used: "used-up"
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
