package import Ledger
package import Money
import Wire
package import Words

/// What an office books of bills, of units that it sells, and of invites that it takes back:
/// docs/PROTOCOL section 12.
package enum Trade: Hashable, Sendable {
    case billed(Owed)
    /// Nobody has to pay the bill of this number any more.
    case withdrawn(UInt64, reason: Text)
    case paid(Act, Invoice)
    case priced(Tariff)
    case contracted(Contract)
    /// A customer's money became units, at what the tariff said.
    case sold(Act, tariff: Text, Price)
    /// A carrier came back from its meter.
    case delivered(MeterReceipt)
    /// Nobody enrols by the invite of this code any more.
    case uninvited(Hash)
}

/// What an account owes a biller; its number is its entry's.
package struct Owed: Hashable, Sendable {
    package let biller: Account
    package let account: Account
    package let amount: Amount
    package let due: Day
    package let purpose: Text

    package init(biller: Account, account: Account, amount: Amount, due: Day, purpose: Text) {
        (self.biller, self.account) = (biller, account)
        (self.amount, self.due, self.purpose) = (amount, due, purpose)
    }
}

/// What units are sold for.
package struct Tariff: Hashable, Sendable {
    package let name: Text
    package let currency: Asset
    package let price: Price

    package init(name: Text, currency: Asset, price: Price) {
        (self.name, self.currency, self.price) = (name, currency, price)
    }
}

/// Whose money buys units for an account, and at which tariff.
package struct Contract: Hashable, Sendable {
    package let account: Account
    package let customer: Account
    package let tariff: Text
    /// What stands on the meter.
    package let label: Text

    package init(account: Account, customer: Account, tariff: Text, label: Text) {
        (self.account, self.customer) = (account, customer)
        (self.tariff, self.label) = (tariff, label)
    }
}

// MARK: In the books

extension Trade {
    var number: UInt64 {
        switch self {
        case .paid(let act, _), .sold(let act, _, _): act.kind.rawValue
        case .billed: 29
        case .priced: 30
        case .contracted: 31
        case .withdrawn: 32
        case .delivered: 34
        case .uninvited: 35
        }
    }

    var act: Act? {
        switch self {
        case .paid(let act, _), .sold(let act, _, _): act
        case .billed, .withdrawn, .priced, .contracted, .delivered, .uninvited: nil
        }
    }

    /// By what it is found again: one of these names of a number.
    private enum Name {
        static let bills = Digest.Domain("tally1 bills")
        static let bill = Digest.Domain("tally1 bill")
        static let paid = Digest.Domain("tally1 bill paid")
        static let invoice = Digest.Domain("tally1 invoice")
        static let tariffs = Digest.Domain("tally1 tariffs")
        static let contracts = Digest.Domain("tally1 contracts")
        static let sales = Digest.Domain("tally1 sales")
        static let sold = Digest.Domain("tally1 sold")
        static let delivery = Digest.Domain("tally1 delivery")
        static let delivered = Digest.Domain("tally1 delivered")
        static let deliveries = Digest.Domain("tally1 carried")
        static let uninvited = Digest.Domain("tally1 uninvited")
    }

    private static func name(_ domain: Digest.Domain, _ number: UInt64) -> Hash {
        Digest.hash(domain, bigEndianBytes(number))
    }

    /// A bill is paid once, whoever asks.
    package static func paying(_ bill: UInt64) -> Hash { name(Name.paid, bill) }

    package static func selling(_ request: Hash) -> Hash {
        Digest.hash(Name.sold, request.bytes.array)
    }

    /// What the stick of a delivery answers: issued again, it is the same stick.
    package static func delivering(_ number: UInt64, to meter: Key) -> Hash {
        Digest.hash(Name.delivery, meter.bytes.array + bigEndianBytes(number))
    }

    /// By what a meter's receipts are found.
    package static func deliveries(of meter: Key) -> Hash {
        Digest.hash(Name.deliveries, meter.bytes.array)
    }

    /// A carrier comes back once.
    package static func receiving(_ delivery: Hash) -> Hash {
        Digest.hash(Name.delivered, delivery.bytes.array)
    }

    var word: Deed.Said {
        switch self {
        case .uninvited(let code):
            Deed.Said(
                about: Digest.hash(Name.uninvited, code.bytes.array),
                place: 0,
                bytes: wordBytes(1) { $0.value(code) }
            )
        case .delivered(let receipt):
            Deed.Said(
                about: Self.deliveries(of: receipt.meter),
                place: receipt.content.number,
                bytes: wordBytes(1) { $0.value(receipt) }
            )
        case .billed(let owed):
            Self.said(Name.bills, owed.account.number, 5) { writer in
                writer.number(owed.biller.number)
                writer.number(owed.account.number)
                writer.value(owed.amount)
                writer.value(owed.due)
                writer.text(owed.purpose)
            }
        case .withdrawn(let number, let reason):
            Self.said(Name.bill, number, 2) { writer in
                writer.number(number)
                writer.text(reason)
            }
        case .paid(_, let invoice):
            Self.said(Name.invoice, invoice.terms.number, 1) { $0.value(invoice) }
        case .priced(let tariff):
            Deed.Said(
                about: Digest.hash(Name.tariffs, []),
                place: 0,
                bytes: wordBytes(3) { writer in
                    writer.text(tariff.name)
                    writer.value(tariff.currency)
                    writer.value(tariff.price)
                }
            )
        case .contracted(let contract):
            Self.said(Name.contracts, contract.account.number, 4) { writer in
                writer.number(contract.account.number)
                writer.number(contract.customer.number)
                writer.text(contract.tariff)
                writer.text(contract.label)
            }
        case .sold(let act, let tariff, let price):
            Self.said(Name.sales, act.holder.number, 2) { writer in
                writer.text(tariff)
                writer.value(price)
            }
        }
    }

    private static func said(
        _ domain: Digest.Domain,
        _ number: UInt64,
        _ count: Int,
        _ body: (inout Writer) -> Void
    ) -> Deed.Said {
        Deed.Said(about: name(domain, number), place: 0, bytes: wordBytes(count, body))
    }

    /// nil when an entry of this number is about something else.
    init?(
        _ number: UInt64,
        _ act: Act?,
        _ said: Deed.Said,
        _ reader: inout Reader
    ) throws(WireError) {
        switch (number, act) {
        case (13, let act?):
            try reader.word(1)
            self = .paid(act, try reader.value())
        case (15, let act?):
            try reader.word(2)
            self = .sold(
                act,
                tariff: try reader.shown(atMost: Limits.nameBytes),
                try reader.value()
            )
        case (29, nil): self = .billed(try Owed(&reader))
        case (30, nil): self = .priced(try Tariff(&reader))
        case (31, nil): self = .contracted(try Contract(&reader))
        case (32, nil):
            try reader.word(2)
            self = .withdrawn(
                try reader.number(),
                reason: try reader.shown(atMost: Limits.reasonBytes)
            )
        case (34, nil):
            try reader.word(1)
            self = .delivered(try reader.value())
        case (35, nil):
            try reader.word(1)
            self = .uninvited(try reader.value())
        case _: return nil
        }
        // Whatever is read says the same when it is written.
        guard fits, word == said else { throw WireError(.outOfRange, at: 0) }
    }

    /// Whether what it posts is what it says.
    private var fits: Bool {
        switch self {
        case .paid(let act, let invoice): act.amount == invoice.terms.amount
        case .sold(let act, _, let price): act.price == price.cost(of: act.amount)
        case .billed, .withdrawn, .priced, .contracted, .delivered, .uninvited: true
        }
    }
}

extension Reader {
    fileprivate mutating func name() throws(WireError) -> Text {
        let at = position
        let name = try shown(atMost: Limits.nameBytes)
        guard name.byteCount > 0 else { throw WireError(.badText, at: at) }
        return name
    }

    fileprivate mutating func holder() throws(WireError) -> Account {
        let at = position
        let account = Account(number: try number())
        guard account >= .firstHolder else { throw WireError(.outOfRange, at: at) }
        return account
    }
}

extension Owed {
    fileprivate init(_ reader: inout Reader) throws(WireError) {
        try reader.word(5)
        let at = reader.position
        self.init(
            biller: try reader.holder(),
            account: try reader.holder(),
            amount: try reader.value(),
            due: try reader.value(),
            purpose: try reader.shown(atMost: Limits.memoBytes)
        )
        guard amount > .zero, purpose.byteCount > 0, biller != account else {
            throw WireError(.outOfRange, at: at)
        }
    }
}

extension Tariff {
    fileprivate init(_ reader: inout Reader) throws(WireError) {
        try reader.word(3)
        self.init(name: try reader.name(), currency: try reader.value(), price: try reader.value())
    }
}

extension Contract {
    fileprivate init(_ reader: inout Reader) throws(WireError) {
        try reader.word(4)
        self.init(
            account: try reader.holder(),
            customer: try reader.holder(),
            tariff: try reader.name(),
            label: try reader.shown(atMost: Limits.nameBytes)
        )
    }
}
