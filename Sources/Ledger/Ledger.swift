package import Words

/// The accounts of an office and what stands on them: a fold over its entries.
///
/// An entry is taken whole or refused by name, and then nothing has changed. What it keeps to, in
/// every state: each side sums to zero, units are out exactly as long as they are backed, nothing
/// is larger than any money there can be, and no account is on the wrong side of zero.
package struct Ledger: Hashable, Sendable {
    /// By their numbers, so that equal ledgers are equal values.
    private var own = Array(repeating: Balance.zero, count: 13)
    /// In the order in which they were opened.
    package private(set) var holders: [AccountHolder] = []
    private var named: [Text: Account] = [:]

    /// The most lines that one entry may have.
    package static let postingsPerEntry = 16

    package init() {}

    /// One that goes on from known balances; nil when no entries can have led there.
    package init?(own: [OwnAccount: Balance], holders: [AccountHolder]) {
        self.holders = holders
        for account in OwnAccount.allCases {
            self.own[Int(account.rawValue)] = own[account] ?? .zero
        }
        for (index, holder) in holders.enumerated() {
            guard holder.account == Self.account(at: index),
                named.updateValue(holder.account, forKey: holder.name) == nil
            else { return nil }
        }
        guard isSound else { return nil }
    }

    package subscript(_ account: OwnAccount) -> Balance {
        own[Int(account.rawValue)]
    }

    package func holder(_ account: Account) -> AccountHolder? {
        index(of: account).map { holders[$0] }
    }

    package func holder(named name: Text) -> AccountHolder? { named[name].flatMap { holder($0) } }

    /// What stands on an account; nil when there is none of that number.
    package func balance(_ account: Account) -> Balance? {
        if let own = OwnAccount(rawValue: account.number) { return self[own] }
        return holder(account)?.balance
    }

    /// What the office owes to those who have accounts, forgers' debts not counted against it.
    package var owed: Amount? {
        let owed = holders.lazy.filter { $0.kind.side == .money && $0.balance > .zero }
        return Amount.sum(owed.map(\.balance.amount))
    }

    /// Opens an account.
    @discardableResult
    package mutating func open(
        _ kind: HolderKind,
        _ name: Text
    ) throws(LedgerRefusal) -> Account {
        guard named[name] == nil else { throw .nameTaken(name) }
        let account = Self.account(at: holders.count)
        holders.append(AccountHolder(account: account, kind: kind, name: name))
        named[name] = account
        return account
    }

    /// From now on this account may stand below zero: it owes for what its holder forged.
    package mutating func convict(_ account: Account) throws(LedgerRefusal) {
        guard let index = index(of: account) else { throw .noSuchAccount(account) }
        holders[index].isForger = true
    }

    /// Posts an entry, or says why not and changes nothing.
    package mutating func post(_ postings: [Posting]) throws(LedgerRefusal) {
        guard (1...Self.postingsPerEntry).contains(postings.count) else { throw .size }
        var seen: Set<Account> = []
        var after: [Balance] = []
        // Holders stand last, and are whom a refusal is told of.
        for posting in postings.reversed() {
            guard seen.insert(posting.account).inserted else { throw .twice(posting.account) }
            after.append(try balance(after: posting))
        }
        // At most sixteen amounts of at most 10^15 each: no sum of them overflows.
        var sums: [Side: Int64] = [:]
        for posting in postings { sums[side(posting.account), default: 0] += posting.amount.units }
        for side in Side.allCases where sums[side] ?? 0 != 0 { throw .unequal(side) }
        func change(_ own: OwnAccount) -> Balance? {
            postings.first { $0.account == Account(own) }?.amount
        }
        guard change(.backing) == change(.outstanding) else { throw .notBacked }
        for (posting, balance) in zip(postings.reversed(), after) { set(posting.account, balance) }
    }

    private func balance(after posting: Posting) throws(LedgerRefusal) -> Balance {
        guard posting.amount != .zero else { throw .nothing(posting.account) }
        guard let before = balance(posting.account) else { throw .noSuchAccount(posting.account) }
        guard let after = before.adding(posting.amount) else { throw .tooMuch(posting.account) }
        guard mayStand(posting.account, at: after) else {
            throw .short(posting.account, has: before)
        }
        return after
    }

    private func mayStand(_ account: Account, at balance: Balance) -> Bool {
        if let own = OwnAccount(rawValue: account.number) {
            return own.isBelowZero ? balance <= .zero : balance >= .zero
        }
        return balance >= .zero || holder(account)?.isForger == true
    }

    private mutating func set(_ account: Account, _ balance: Balance) {
        if let own = OwnAccount(rawValue: account.number) {
            self.own[Int(own.rawValue)] = balance
        } else if let index = index(of: account) {
            holders[index].balance = balance
        }
    }

    /// Whether everything holds that entries keep to.
    package var isSound: Bool {
        let ours = OwnAccount.allCases
        var sums: [Side: Int64] = [:]
        for own in ours { sums[own.side, default: 0] += self[own].units }
        for holder in holders {
            // Many holders' balances could come to more than a word holds.
            let side = holder.kind.side
            let (sum, isOver) = (sums[side] ?? 0).addingReportingOverflow(holder.balance.units)
            guard !isOver, mayStand(holder.account, at: holder.balance) else { return false }
            sums[side] = sum
        }
        return sums.values.allSatisfy { $0 == 0 } && self[.backing] == self[.outstanding]
            && ours.allSatisfy { mayStand(Account($0), at: self[$0]) }
    }

    private func side(_ account: Account) -> Side {
        OwnAccount(rawValue: account.number)?.side ?? holder(account)?.kind.side ?? .money
    }

    private static func account(at index: Int) -> Account {
        Account(number: Account.firstHolder.number + UInt64(index))
    }

    private func index(of account: Account) -> Int? {
        guard account >= .firstHolder else { return nil }
        let index = account.number - Account.firstHolder.number
        return index < UInt64(holders.count) ? Int(index) : nil
    }
}

/// Why an entry is not taken.
package enum LedgerRefusal: Error, Hashable, Sendable {
    /// No posting at all, or too many.
    case size
    /// A posting of nothing.
    case nothing(Account)
    /// One account stands in two postings.
    case twice(Account)
    case noSuchAccount(Account)
    case nameTaken(Text)
    /// The account would be on the wrong side of zero.
    case short(Account, has: Balance)
    /// It would hold more than any money there can be.
    case tooMuch(Account)
    /// The postings of one side do not come to zero.
    case unequal(Side)
    /// What is out would not be what is backed.
    case notBacked
}
