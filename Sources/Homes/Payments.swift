package import Command
package import Commit
package import Money
package import Wallet
package import Words

extension PaymentID {
    /// What people are shown: its random part.
    package var text: String { Hex.text(random.array) }
    /// Enough of it to tell it from others.
    package var short: String { String(text.prefix(8)) }
}

/// Payments as a person reads them.
package enum Payments {
    /// A number on a screen, always with four digits.
    package static func screen(_ id: UInt64) -> String {
        let digits = String(id)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// The six digits, as both sides compare them.
    package static func grouped(_ digits: Digits) -> String {
        digits.text.prefix(3) + " " + digits.text.suffix(3)
    }

    package static func who(_ name: NameStatement?) -> String { name?.name.string ?? "somebody" }

    package static func facts(_ standing: PaymentStanding) -> Facts {
        var facts = Facts()
        let about = standing.about
        facts.add("id", standing.payment.short, .string(standing.payment.text))
        facts.add("side", standing.side == .buyer ? "paying" : "being paid")
        facts.add("state", standing.word.rawValue)
        facts.add("amount", about.amount, about.asset)
        if about.peer != nil { facts.add("who", who(about.peer)) }
        if about.memo.byteCount > 0 { facts.add("for", about.memo.string) }
        if let begun = about.begun { facts.add("since", begun.text) }
        if let digits = standing.digits { facts.add("digits", grouped(digits)) }
        if let reason = standing.reason { facts.add("why", reason.string) }
        facts.add("next", standing.next)
        return facts
    }

    package static func facts(_ outcome: Outcome, _ finished: Finished) -> Facts {
        var facts = Facts()
        let id = PaymentID(outcome.payment)
        facts.add("id", id?.short ?? "", .string(id?.text ?? ""))
        facts.add("side", finished.isBuyers ? "paying" : "being paid")
        facts.add("state", finished.isPaid ? "paid" : "cancelled")
        if let deal = finished.deal {
            facts.add("amount", deal.amount, deal.asset)
            facts.add("who", who(deal.name))
            facts.add("key", deal.peer)
            if deal.memo.byteCount > 0 { facts.add("for", deal.memo.string) }
            facts.add("since", deal.begun.text)
        }
        facts.add("record", "\(outcome.number)", .number(outcome.number))
        return facts
    }

    /// How one stands, in a line.
    package static func line(_ standing: PaymentStanding) -> String {
        let about = standing.about
        let toward = standing.side == .buyer ? "to" : "from"
        let digits = standing.digits.map { ", digits " + grouped($0) } ?? ""
        let why = standing.reason.map { " (\($0.string))" } ?? ""
        return "\(standing.payment.short)  \(standing.word.rawValue)\(why)  "
            + "\(about.asset.full(about.amount)) \(toward) \(who(about.peer))\(digits)"
    }

    /// One line of a history.
    package static func line(_ outcome: Outcome, _ finished: Finished) -> String {
        let id = PaymentID(outcome.payment)?.short ?? "?"
        let state = finished.isPaid ? "paid" : "cancelled"
        guard let deal = finished.deal else { return "\(id)  \(state)" }
        let sign = !finished.isPaid ? " " : finished.isBuyers ? "-" : "+"
        let amount = (sign + deal.asset.full(deal.amount)).padded(left: 16)
        let toward = finished.isBuyers ? "to" : "from"
        let memo = deal.memo.byteCount > 0 ? ", " + deal.memo.string : ""
        return "\(id)  \(deal.begun.text)  \(state.padded(9))  \(amount)  "
            + "\(toward) \(who(deal.name))\(memo)"
    }
}
