import Commit
package import Ledger
package import Money
import Wire
package import Words

/// Bills that are open, and what units are sold for to whom, as the books have them.
package struct Trading: Sendable {
    /// By their numbers.
    package private(set) var open: [UInt64: Owed] = [:]
    /// In the order of their numbers, what each account owes.
    private var owed: [Account: [UInt64]] = [:]
    package private(set) var tariffs: [Text: Tariff] = [:]
    package private(set) var contracts: [Account: Contract] = [:]

    /// What all tariffs are in; nil while there is none.
    package var currency: Asset? { tariffs.values.first?.currency }

    /// The numbers of an account's open bills, in their order.
    package func bills(of account: Account) -> [UInt64] { owed[account] ?? [] }

    /// Takes what was booked under a number, or is going to be; false when it does not follow.
    mutating func learn(_ trade: Trade, number: UInt64?) -> Bool {
        switch trade {
        case .billed(let bill):
            guard let number else { return false }
            open[number] = bill
            owed[bill.account, default: []].append(number)
        case .withdrawn(let bill, _): return close(bill)
        case .paid(let act, let invoice):
            let number = invoice.terms.number
            guard let bill = open[number], act.payer == bill.account, act.holder == bill.biller,
                act.amount == bill.amount
            else { return false }
            return close(number)
        case .priced(let tariff):
            guard currency == nil || currency == tariff.currency else { return false }
            tariffs[tariff.name] = tariff
        case .contracted(let contract):
            guard tariffs[contract.tariff] != nil else { return false }
            contracts[contract.account] = contract
        case .sold, .delivered, .uninvited: break
        }
        return true
    }

    private mutating func close(_ number: UInt64) -> Bool {
        guard let bill = open.removeValue(forKey: number) else { return false }
        owed[bill.account]?.removeAll { $0 == number }
        return true
    }

    /// What units cost an account.
    package func tariff(of account: Account) -> (contract: Contract, tariff: Tariff)? {
        guard let contract = contracts[account], let tariff = tariffs[contract.tariff] else {
            return nil
        }
        return (contract, tariff)
    }
}

extension Mint {
    /// Whether an operator may book this, as things stand.
    package func check(_ trade: Trade) throws(Forbidden) {
        switch trade {
        case .billed(let owed):
            guard ledger.holder(owed.biller)?.kind == .merchant else {
                throw .kind(owed.biller, .merchant)
            }
            try expectMoney(owed.account)
        case .withdrawn(let number, _):
            guard trading.open[number] != nil else { throw .noBill(number) }
        case .priced(let tariff):
            guard tariff.currency.code != setting.asset.code,
                trading.currency ?? tariff.currency == tariff.currency
            else { throw .currency(trading.currency) }
        case .contracted(let contract):
            try expectMoney(contract.account)
            guard ledger.holder(contract.customer)?.kind == .customer else {
                throw .kind(contract.customer, .customer)
            }
            guard trading.tariffs[contract.tariff] != nil else {
                throw .noTariff(contract.tariff)
            }
        case .sold(let act, _, _):
            guard trading.contracts[act.holder]?.customer == act.payer else {
                throw .noContract(act.holder)
            }
        case .delivered(let receipt):
            guard members[receipt.meter] != nil else { throw .notMember(receipt.meter) }
        case .uninvited(let code):
            guard mayEnrol(by: code) else { throw .noInvite(invited(code)?.key) }
        case .paid: preconditionFailure("a bill is paid by whoever owes it")
        }
    }

    /// Whether it is an account that sticks are paid by.
    func expectMoney(_ account: Account) throws(Forbidden) {
        guard let holder = ledger.holder(account) else { throw .noAccount(account) }
        guard holder.kind.side == .money else { throw .kind(account, .person) }
    }

    // MARK: At the counter

    func enquire(
        _ request: Request,
        _ member: Member,
        after: UInt64,
        _ now: Moment,
        _ hand: Hand
    ) -> Reply {
        let bills = trading.bills(of: member.account)
        var outcome = Answer.Outcome()
        outcome.certificates = [setting.officeDER]
        if let quote = quote(request, member, now, hand) { outcome.papers.append(quote) }
        let next = bills.filter { $0 > after }.prefix(Self.billsAtOnce)
        outcome.papers += next.compactMap { number in
            terms(number).map { terms in
                let object = Bill.object(
                    office: setting.office,
                    to: member.key,
                    terms,
                    issued: now
                )
                return .signed(object, by: hand.signer)
            }
        }
        outcome.numbers = [
            free(member.account, at: now)?.units ?? 0, UInt64(bills.count),
            waiting(of: member.key).units,
        ]
        return Reply(moment: now, outcome: outcome)
    }

    /// One paper more is the quote.
    static let billsAtOnce = Answer.papersAtMost - 1

    private func quote(
        _ request: Request,
        _ member: Member,
        _ now: Moment,
        _ hand: Hand
    ) -> SignedObject? {
        guard let (contract, tariff) = trading.tariff(of: member.account) else { return nil }
        let object = Quote.object(
            by: setting.office,
            to: request,
            setting.asset,
            tariff: tariff.name,
            tariff.price,
            of: ledger.holder(contract.customer)?.balance.amount ?? .zero,
            in: tariff.currency,
            at: now
        )
        return .signed(object, by: hand.signer)
    }

    /// What stands on a bill that is open.
    package func terms(_ number: UInt64) -> Bill.Terms? {
        guard let bill = trading.open[number], let biller = ledger.holder(bill.biller) else {
            return nil
        }
        return Bill.Terms(
            number: number,
            biller: biller.name,
            purpose: bill.purpose,
            asset: setting.asset,
            amount: bill.amount,
            due: bill.due
        )
    }

    mutating func payBill(
        _ request: Request,
        _ member: Member,
        _ number: UInt64,
        _ asset: Asset,
        _ amount: Amount,
        _ now: Moment,
        _ hand: Hand,
        _ recall: some Recall
    ) throws(Halt) -> Reply {
        if let known = try known(Trade.paying(number), recall) {
            guard case .traded(.paid(let act, let invoice)) = known.deed,
                act.payer == member.account
            else { throw .refused(.bill) }
            guard invoice.receiver == member.key else { throw .refused(.billPaid) }
            return Reply(moment: known.moment, outcome: paid(invoice))
        }
        guard let bill = trading.open[number], bill.account == member.account,
            let terms = terms(number), asset == terms.asset, amount == terms.amount,
            let holder = ledger.holder(member.account)
        else { throw .refused(.bill) }
        let free = free(member.account, at: now) ?? .zero
        guard amount <= free else { throw .refused(.short, [free.units]) }
        let object = Invoice.object(
            office: setting.office,
            to: member.key,
            request: request.hash,
            terms,
            of: holder.name,
            paid: now
        )
        let invoice: Invoice = Self.signed(object, by: hand.signer)
        let act = Act(transferring: amount, from: member.account, to: bill.biller)
        let draft = Draft(
            request: Trade.paying(number),
            moment: now,
            memo: Self.memo("bill \(number) of \(holder.name.string): " + bill.purpose.string),
            deed: .traded(.paid(act, invoice))
        )
        try apply(draft)
        return Reply(moment: now, outcome: paid(invoice), drafts: [draft])
    }

    private func paid(_ invoice: Invoice) -> Answer.Outcome {
        var outcome = Answer.Outcome()
        outcome.certificates = [setting.officeDER]
        outcome.papers = [invoice.signed]
        return outcome
    }

    /// Units for the money of the account's customer, and the stick of them.
    mutating func buy(
        _ request: Request,
        _ member: Member,
        _ asset: Asset,
        _ amount: Amount,
        for price: Amount,
        _ now: Moment,
        _ hand: Hand
    ) throws(Halt) -> Reply {
        guard asset == setting.asset else { throw .refused(.asset) }
        let sale = try buying(amount, for: price, on: member.account, now)
        let draft = Draft(
            request: Trade.selling(request.hash),
            moment: now,
            memo: sold(amount, to: member.account),
            deed: .traded(sale)
        )
        try apply(draft)
        var reply = try charge(request, member, asset, amount, now, hand)
        reply.drafts.insert(draft, at: 0)
        return reply
    }

    /// The sale, where nothing stands in the way of the stick that follows it.
    private func buying(
        _ amount: Amount,
        for price: Amount,
        on account: Account,
        _ now: Moment
    ) throws(Halt) -> Trade {
        guard amount > .zero, ledger[.issued].amount.adding(amount) != nil else {
            throw .refused(.amount)
        }
        let sale = try sale(to: account, amount, for: price)
        // What is guaranteed on the account has to be there before the stick leaves it.
        let standing = ledger.holder(account)?.balance ?? .zero
        guard standing >= Balance(guarantees(on: account, at: now)) else {
            throw .refused(.short, [0])
        }
        let settleUntil = Self.end(now, setting.settleDays).day
        if let closed, settleUntil <= closed { throw .refused(.closed, [closed.number]) }
        return sale
    }

    /// Units that a customer's money buys at the seller's own desk, and the stick of them for a
    /// meter of that account, which a carrier brings there: to be booked as one group.
    package func delivering(
        _ amount: Amount,
        to meter: Key,
        for price: Amount,
        number: UInt64,
        as name: Hash? = nil,
        memo: Text? = nil,
        at now: Moment,
        _ hand: Hand
    ) -> Result<(sale: Draft, stick: Draft), Refused> {
        guard let member = members[meter] else { return .failure(.notEnrolled) }
        guard member.revocation == nil else { return .failure(.revoked) }
        let request = Trade.delivering(number, to: meter)
        do {
            let sale = try buying(amount, for: price, on: member.account, now)
            let stick = try issued(amount, to: member, request, now, hand)
            return .success(
                (
                    Draft(
                        request: name ?? Trade.selling(request),
                        moment: now,
                        memo: memo ?? sold(amount, to: member.account),
                        deed: .traded(sale)
                    ), stick
                )
            )
        } catch {
            guard case .refused(let refusing) = error else {
                preconditionFailure("nothing is looked up for it")
            }
            return .failure(refusing.why)
        }
    }

    /// What stands on a statement of a sale, where nobody said what for.
    package func sold(_ amount: Amount, to account: Account) -> Text {
        Self.memo(setting.asset.full(amount) + " to " + (ledger.holder(account)?.name.string ?? ""))
    }

    /// As much of it as a memo can be.
    private static func memo(_ words: String) -> Text {
        var words = words
        while words.utf8.count > Limits.memoBytes { words.removeLast() }
        return Text(words) ?? noMemo
    }

    /// A sale to an account, for the price that somebody was shown.
    private func sale(
        to account: Account,
        _ amount: Amount,
        for price: Amount
    ) throws(Halt) -> Trade {
        guard let (contract, tariff) = trading.tariff(of: account) else {
            throw .refused(.contract)
        }
        guard let cost = tariff.price.cost(of: amount) else { throw .refused(.amount) }
        guard cost == price else { throw .refused(.price, [cost.units]) }
        let money = ledger.holder(contract.customer)?.balance.amount ?? .zero
        guard price <= money else { throw .refused(.money, [money.units]) }
        let act = Act(selling: amount, to: account, for: price, of: contract.customer)
        return .sold(act, tariff: tariff.name, tariff.price)
    }
}
