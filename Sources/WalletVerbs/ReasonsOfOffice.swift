package import Command
internal import Commit
internal import Words

// What an office says when it refuses what a wallet asked for: docs/PROTOCOL section 13.2.

extension Reason {
    package static let answers: [Self] = [
        Reason(
            "not-enrolled",
            "the office does not know this wallet's key",
            "ask the office for a code, and make a wallet with 'tally enrol'"
        ),
        Reason(
            "revoked",
            "the office has revoked this wallet's key",
            "ask the office why; what it owes you stands in its books"
        ),
        Reason(
            "enrolled",
            "this wallet's key is enrolled already, with another code",
            "use the code that was typed first; or remove the folder that ends in .enrolling, which"
                + " gives up its keys, and enrol with this one"
        ),
        Reason(
            "code",
            "the office has given out no such code",
            "compare it with what the office wrote, or ask for another"
        ),
        Reason(
            "code-used",
            "a wallet has enrolled with this code already, and each code serves one",
            "if that was not you, tell the office at once; it can give you another"
        ),
        Reason(
            "code-expired",
            "this code was good until a day that is past",
            "ask the office for another"
        ),
        Reason(
            "asset",
            "the office does not issue this asset",
            "'tally info' says what this wallet may be charged with"
        ),
        Reason(
            "amount",
            "it is nothing, or more than the office has issued or may issue",
            "ask for another amount"
        ),
        Reason(
            "short",
            "the account has less than that",
            "have money paid in at the office, or ask for less; what guarantees your payments"
                + " stays in the account"
        ),
        Reason(
            "closed",
            "the office has closed days that are yet to come, and issues nothing that ends in them",
            "tell the office: its clock was wrong once; nothing was charged"
        ),
        Reason(
            "epoch",
            "the office knows it by another epoch: its journal was cut, restored or copied",
            "ask the office: only it opens the next epoch, and what the wallet holds is not lost"
        ),
        Reason(
            "gap",
            "the office misses handovers before those that were handed in",
            "'tally sync' begins where the office says; where that does not help, ask the office"
        ),
        Reason(
            "handover",
            "one of the handovers is not this wallet's own, not signed, or not in order",
            "its journal may be damaged: show the wallet to the office"
        ),
        Reason(
            "chain",
            "a handover does not follow from the one before it",
            "its journal may have been restored or copied: show the wallet to the office"
        ),
        Reason(
            "paper",
            "something that was shown is not signed by who it says, or is none of what is shown",
            "its journal may be damaged: show the wallet to the office"
        ),
        Reason(
            "too-much",
            "the office has taken from this wallet what it takes in one day",
            "nothing is lost: 'tally sync' goes on with the rest tomorrow"
        ),
        Reason(
            "bill",
            "no bill of that number and amount is open for this wallet's account",
            "'tally bills' lists those that are"
        ),
        Reason(
            "bill-paid",
            "it is paid already, by another device of the same account",
            "that one has its invoice, and the office can print it; nothing was paid now"
        ),
        Reason(
            "contract",
            "nobody's money buys units for this wallet's account at the office",
            "ask the office for a contract; 'tally charge' takes what stands in the account"
        ),
        Reason(
            "price",
            "it costs something else by now",
            "type it again to be shown the price of today; nothing was bought"
        ),
        Reason(
            "money",
            "the customer's money at the office is less than that",
            "have money paid in there, or buy less"
        ),
        Reason(
            "request",
            "the office was asked for something else under the same name",
            "ask again, which makes a name of its own"
        ),
    ]
}

extension Complaint {
    /// What an office would refuse by this name.
    init(refused name: String) {
        guard let reason = Reason.answers.first(where: { $0.name == name }) else {
            preconditionFailure("\(name) is one of its names")
        }
        self.init(.refused, name, reason.what, hint: reason.hint)
    }

    /// What an office refuses; amounts are of this asset.
    init(_ answer: OfficeAnswer, _ asset: Asset?) {
        let name = answer.outcome.refusal?.string ?? ""
        guard let reason = Reason.answers.first(where: { $0.name == name }) else {
            self.init(
                .refused,
                "office-refused",
                "the office refused it, and says no more than \(quoted(name))",
                hint: "it is of a newer version, maybe: ask the office what that means"
            )
            return
        }
        var what = reason.what
        switch (name, answer.outcome.numbers.first, asset) {
        case ("short", let number?, let asset?):
            let most = Amount(number) ?? .zero
            what +=
                most == .zero
                ? ": nothing can be charged now" : ": \(asset.full(most)) can be charged now"
        case ("gap", let number?, _): what += ": it has those through \(number)"
        case _: break
        }
        self.init(.refused, name, what, hint: reason.hint)
    }
}
