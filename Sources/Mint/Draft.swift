import Ledger
import Money
package import Wire
package import Words

/// What is to be booked, as the mint says it.
package struct Draft: Hashable, Sendable {
    package let request: Hash
    package let moment: Moment
    package let memo: Text
    package let deed: Deed

    package init(request: Hash, moment: Moment, memo: Text, deed: Deed) {
        (self.request, self.moment, self.memo, self.deed) = (request, moment, memo, deed)
    }
}

/// On its way to the books, through whoever keeps the order of what is to be durable first.
extension Draft: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(8)
        writer.value(request)
        writer.value(moment)
        writer.text(memo)
        writer.number(deed.number)
        let act = deed.act
        writer.array(act.map { 2 + ($0.payer == nil ? 0 : 1) + ($0.price == nil ? 0 : 1) } ?? 0)
        if let act {
            writer.number(act.holder.number)
            writer.value(act.amount)
            if let payer = act.payer { writer.number(payer.number) }
            if let price = act.price { writer.value(price) }
        }
        var (stick, opened): (Stick?, (HolderKind, Text)?)
        switch deed {
        case .charged(_, let issued): stick = issued
        case .opened(let kind, let name): opened = (kind, name)
        case .moved, .redeemed, .received, .invited, .enrolled, .certified, .permitted, .revoked,
            .handedIn, .shown, .traded:
            break
        case .ruled: preconditionFailure("what is ruled is booked by whoever ruled it")
        }
        writer.optional(stick)
        writer.array(opened == nil ? 0 : 2)
        if let opened {
            writer.number(opened.0.rawValue)
            writer.text(opened.1)
        }
        let word = deed.word
        writer.array(word == nil ? 0 : 3)
        if let word {
            writer.value(word.about)
            writer.number(word.place)
            writer.data(word.bytes)
        }
    }

    package init(from reader: inout Reader) throws(WireError) {
        let start = reader.position
        try reader.array(8)
        request = try reader.value()
        moment = try reader.value()
        memo = try reader.shown(atMost: Limits.memoBytes)
        let number = try reader.number()
        let act = try Self.act(number, &reader)
        let stick: Stick? = try reader.optional()
        let opened = try Self.opened(&reader)
        let word = try Self.word(&reader)
        switch (act, stick, opened, word) {
        case (nil, nil, let (kind, name)?, nil) where number == 1: deed = .opened(kind, name)
        case (let act?, nil, nil, nil)
        where [.deposit, .withdrawal, .takings, .payback].contains(act.kind):
            deed = .moved(act)
        case (let act?, let stick?, nil, nil) where act.kind == .charge:
            deed = .charged(act, stick)
        case (_, nil, nil, let word?): deed = try Deed(number, act, word)
        case _: throw WireError(.outOfRange, at: start)
        }
    }

    private static func act(_ number: UInt64, _ reader: inout Reader) throws(WireError) -> Act? {
        let at = reader.position
        let count = try reader.array(atMost: 4)
        guard count > 0 else { return nil }
        guard count > 1 else { throw WireError(.wrongCount, at: at) }
        let account = Account(number: try reader.number())
        let amount: Amount = try reader.value()
        let payer = count > 2 ? Account(number: try reader.number()) : nil
        let price: Amount? = count > 3 ? try reader.value() : nil
        switch (number, payer, price) {
        case (Act.Kind.transfer.rawValue, let payer?, nil):
            return Act(transferring: amount, from: payer, to: account)
        case (Act.Kind.sale.rawValue, let payer?, let price?):
            return Act(selling: amount, to: account, for: price, of: payer)
        case (_, nil, nil): break
        case _: throw WireError(.outOfRange, at: at)
        }
        if number == Act.Kind.consumption.rawValue, account == Account(.earned) {
            return Act(consuming: amount)
        }
        guard let kind = Act.Kind(rawValue: number),
            [.deposit, .withdrawal, .charge, .redemption, .takings, .payback].contains(kind)
        else { throw WireError(.outOfRange, at: at) }
        return Act(kind, account, amount)
    }

    private static func opened(
        _ reader: inout Reader
    ) throws(WireError) -> (HolderKind, Text)? {
        let at = reader.position
        guard try reader.array(atMost: 2) > 0 else { return nil }
        guard let kind = HolderKind(rawValue: try reader.number()) else {
            throw WireError(.outOfRange, at: at)
        }
        return (kind, try reader.shown(atMost: Limits.nameBytes))
    }

    private static func word(_ reader: inout Reader) throws(WireError) -> Deed.Said? {
        guard try reader.array(atMost: 3) > 0 else { return nil }
        return Deed.Said(
            about: try reader.value(),
            place: try reader.number(0...UInt64(Int64.max)),
            bytes: try reader.data(atMost: Self.wordBytes)
        )
    }

    private static let wordBytes = 64 * 1_024
}
