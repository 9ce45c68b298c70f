internal import Books
package import Clerk
package import Command
internal import Homes
internal import Ledger
package import Mint
internal import Money
internal import Words

// What an operator may not have, for a person.

extension Complaint {
    /// What an operator may not have.
    package init(_ forbidden: Forbidden, _ till: Till) {
        let asset = till.books.founding.asset
        switch forbidden {
        case .noAccount(let account):
            self.init(
                .notFound,
                "no-account",
                "there is no account \(account.number)",
                hint: "'tally office accounts' lists them"
            )
        case .limits:
            self.init(
                .usage,
                "bad-limits",
                "more at once than in all can never be paid",
                hint: "write a --ceiling that is no less than --largest"
            )
        case .guarantee(let free):
            self.init(
                .refused,
                "guarantee",
                "the guarantee is more than is free in the account: \(asset.full(free))",
                hint: "guarantee less, or have more paid in with 'tally office deposit'"
            )
        case .guaranteed(let free):
            self.init(
                .refused,
                "guaranteed",
                "no more than \(asset.full(free)) may leave the account: the rest is guaranteed to"
                    + " those who take its members' money",
                hint: "take less: 'tally office members' says what is guaranteed"
            )
        case .noTime, .notMember, .revoked, .lastGood, .noInvite: self.init(ofMember: forbidden)
        case .kind, .noBill, .noTariff, .currency, .noContract, .noCurrency:
            self.init(ofTrade: forbidden, till)
        }
    }

    private init(ofTrade forbidden: Forbidden, _ till: Till) {
        switch forbidden {
        case .kind(let account, let kind):
            let name = till.books.name(of: account)
            self.init(
                .refused,
                "other-kind",
                "the account of \(name) is no \(kind.word)'s",
                hint: kind.side == .price
                    ? "'tally ps register' opens a customer's account"
                    : "a customer's money comes and goes by 'tally ps pay-in' and 'pay-back';"
                        + " 'tally office accounts --add NAME --kind \(kind.word)' opens another"
            )
        case .noBill(let number):
            self.init(
                .notFound,
                "no-bill",
                "no bill \(number) is open: there is none, or it was paid or withdrawn",
                hint: "'tally bam bills' lists those that are open"
            )
        case .noCurrency:
            self.init(
                .refused,
                "no-currency",
                "no tariff says yet what customers pay in",
                hint: "'tally ps tariff NAME PRICE --currency CODE' sets the first"
            )
        case .noTariff(let name):
            self.init(
                .notFound,
                "no-tariff",
                "there is no tariff \(quoted(name.string))",
                hint: "'tally ps tariff' lists them, and sets one"
            )
        case .currency(let currency):
            self.init(
                .refused,
                "currency",
                currency.map { "all tariffs are in \($0.code), which has \($0.scale) decimals" }
                    ?? "what is sold is paid in another currency than itself",
                hint: "name that currency, or leave it out"
            )
        case _:
            self.init(
                .refused,
                "no-contract",
                "that customer's money buys no units for that account",
                hint: "'tally ps register' makes a contract"
            )
        }
    }

    private init(ofMember forbidden: Forbidden) {
        switch forbidden {
        case .noTime:
            self.init(
                .usage,
                "no-time",
                "a code of that many days would outlive the calendar",
                hint: "write fewer --days"
            )
        case .notMember(let key):
            self.init(
                .notFound,
                "no-member",
                "nobody has enrolled the key \(short(key))",
                hint: "'tally office members' lists them"
            )
        case .revoked(let revocation):
            self.init(
                .refused,
                "revoked",
                "it is revoked already, since \(revocation.issued.text):"
                    + " \(revocation.reason.string)",
                hint: "there is nothing to do"
            )
        case .noInvite(let key):
            self.init(
                .refused,
                "no-invite",
                key.map { "\(short($0)) has enrolled by that code meanwhile" }
                    ?? "nobody can enrol by that code: it is none, or was ended",
                hint: "look at 'tally office members', and say it again"
            )
        case .noAccount, .limits, .guarantee, .guaranteed, .kind, .noBill, .noTariff, .currency,
            .noContract, .noCurrency:
            preconditionFailure("it is told of the account")
        case .lastGood(let place):
            self.init(
                .usage,
                "bad-number",
                "no handover has the counter \(place.counter)",
                hint: "leave --last-good out for the last that was handed in"
            )
        }
    }
}
