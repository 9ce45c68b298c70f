internal import Command
internal import Homes
internal import Station
internal import Wallet
internal import Words

/// What was paid to a life of this wallet that has ended, as far as its payers ask about it.
enum EndedPayments {
    static func facts(_ one: EndedPayment) -> Facts {
        var facts = Facts()
        facts.add("payment", one.payment.short, .string(one.payment.text))
        facts.add("payer", one.payer)
        facts.add("state", one.isClaimed ? "claimed" : "of a life that has ended")
        facts.add(
            "you can",
            one.isClaimed
                ? "run 'tally sync': the office frees the payer, and gives it to you at settlement"
                : "say that it was paid: 'tally resolve --claim \(one.payment.short)'; else the"
                    + " office settles it"
        )
        return facts
    }

    static func claim(_ typed: String, _ teller: any Teller) throws(Complaint) -> Report {
        let all = try teller.errands().ended
        let found = all.filter { typed.utf8.count >= 4 && $0.payment.text.hasPrefix(typed) }
        guard let one = found.first, found.count == 1 else {
            throw Complaint(
                .notFound,
                found.isEmpty ? "no-payment" : "several-payments",
                found.isEmpty
                    ? "nobody asks about a payment \(quoted(typed)) to a life that has ended"
                    : "several payments begin with \(quoted(typed))",
                hint: "'tally pending' lists them; write at least 4 characters"
            )
        }
        if !one.isClaimed { try teller.wish(.claim(one.payment)) }
        var facts = Facts()
        facts.add("payment", one.payment.short, .string(one.payment.text))
        facts.add("payer", one.payer)
        return Report(
            lines: ["claimed: the office hears of it at the next 'tally sync'"] + facts.lines,
            json: .object(facts.pairs)
        )
    }
}
