/// What a name of docs/PROTOCOL means to a person: what is wrong and why, then what to do.
///
/// A test holds this table against the names that the other rooms throw.
package struct Reason: Hashable, Sendable {
    package let name: String
    package let what: String
    package let hint: String

    package init(_ name: String, _ what: String, _ hint: String) {
        (self.name, self.what, self.hint) = (name, what, hint)
    }

    package static func refusal(_ name: String) -> Reason { found(name, refusals) }
    package static func proof(_ name: String) -> Reason { found(name, proofs) }
    package static func paper(_ name: String) -> Reason { found(name, papers) }
    package static func bytes(_ name: String) -> Reason { found(name, wire) }
    package static func certificate(_ name: String) -> Reason { found(name, certificates) }
    package static func envelope(_ name: String) -> Reason { found(name, envelopes) }

    private static func found(_ name: String, _ table: [Reason]) -> Reason {
        guard let reason = table.first(where: { $0.name == name }) else {
            preconditionFailure("there is no sentence for \(name)")
        }
        return reason
    }

    static let again = "ask whoever gave it to you for a fresh copy"
    private static let noMoney = "take no money on the strength of it"

    package static let refusals: [Reason] = [
        Reason(
            "unreadable",
            "its bytes are not in the one form that Tally writes",
            "it was damaged on the way, or another program made it; \(again)"
        ),
        Reason(
            "too-many-bytes",
            "it is longer than a payee looks at",
            "the payer should pay with fewer pieces, or refresh them at its office"
        ),
        Reason(
            "too-many-hops",
            "its money went through more hands than a payee checks",
            "the payer should refresh the piece at its office, which gives a new stick for it"
        ),
        Reason(
            "not-needed",
            "it carries something that nothing in it needs, or one thing twice",
            "a well-made paper carries nothing else; \(again)"
        ),
        Reason(
            "certificate",
            "a certificate in it does not stand under this root",
            "look at which office it comes from: this home trusts one root and no other"
        ),
        Reason(
            "foreign-office",
            "an office that this root does not vouch for issued it",
            "it is another office's money, or nobody's: take it to the office that issued it"
        ),
        Reason(
            "certificate-missing",
            "the certificate of somebody who signed is not in it",
            "nobody can tell whose signature that is; \(again), with all certificates"
        ),
        Reason(
            "stick-missing",
            "the stick that a piece is cut from is not in it",
            "without the office's own signature there is no money; \(again)"
        ),
        Reason(
            "stick-signature",
            "the office did not sign this stick: it was made up or changed",
            noMoney + ", and show the file to the office"
        ),
        Reason(
            "stick-expired",
            "the day until which this stick may be spent is past",
            "its holder can still redeem it at the office until the stick's settling day"
        ),
        Reason(
            "link-missing",
            "a handover between the office and the holder is not in it",
            "the way of the money has a gap; ask the payer for all of it"
        ),
        Reason(
            "wrong-stick",
            "a handover in its chain passed on another stick",
            "the pieces do not come from where they say they do; " + noMoney
        ),
        Reason(
            "outside-stick",
            "it names units that the stick never had",
            "the office issued fewer; " + noMoney
        ),
        Reason(
            "outside-parent",
            "it names units that its holder was never given",
            "a piece can be cut and not enlarged; " + noMoney
        ),
        Reason(
            "not-the-owner",
            "who first passed it on is not whom the office issued it to",
            "it was taken from its owner or made up; " + noMoney
        ),
        Reason(
            "not-the-payee",
            "who passes it on is not who was given it",
            "it was copied from somebody else's chain; " + noMoney
        ),
        Reason(
            "to-itself",
            "a handover in its chain goes from a key to the same key",
            "nobody pays himself in Tally; " + noMoney
        ),
        Reason(
            "link-signature",
            "a handover in its chain is not signed by who passed it on",
            "it was changed or made up; " + noMoney
        ),
        Reason(
            "too-many-releases",
            "an entry carries more releases than one may",
            "the payer should refresh the piece at its office"
        ),
        Reason(
            "release-signature",
            "a release in it is not signed by the payee that gave it",
            "the earlier payee never let these units go; " + noMoney
        ),
        Reason(
            "release-not-for-payer",
            "a release in it was given to somebody else",
            "it frees nothing of this payer's; " + noMoney
        ),
        Reason(
            "revoked",
            "it was signed with a key that the office had revoked by then",
            "what that key signed earlier stays good; ask the office about this one"
        ),
        Reason(
            "overlap",
            "it names the same units twice",
            "units count once; ask the payer to propose again"
        ),
        Reason(
            "overlaps-held",
            "the payee already holds some of these units",
            "one of the two chains is false; keep both and show them to the office"
        ),
        Reason(
            "release-missing",
            "these units were already passed on, and who got them has not let them go",
            "it is a double spend: refuse it, and keep the papers as proof"
        ),
        Reason(
            "aborted",
            "the payer had cancelled the payment that these units came to it by",
            "refuse it: only the one who was to pay that payment may still spend them"
        ),
        Reason(
            "asset",
            "it is money of another asset than was asked for",
            "ask the payer to pay in the asset of the offer"
        ),
        Reason(
            "sum",
            "its pieces do not add up to the amount asked for",
            "ask the payer to propose again"
        ),
        Reason(
            "window-signature",
            "the office did not sign the payer's window",
            "the payer has no permission to pay offline; it should sync with its office"
        ),
        Reason(
            "window-holder",
            "the window is somebody else's",
            "a window lets only its own holder pay; the payer needs one of its own"
        ),
        Reason(
            "window-asset",
            "the window is for another asset",
            "the payer should ask its office for a window in this asset"
        ),
        Reason(
            "window-dates",
            "the window is not in date",
            "the payer should sync with its office, and both should look at their clocks"
        ),
        Reason(
            "payer-certificate-dates",
            "the payer's certificate is not in date",
            "the payer should have its certificate renewed by its office"
        ),
        Reason(
            "above-largest",
            "it is more than the office lets this payer pay at once",
            "pay less, or in several payments"
        ),
        Reason(
            "above-ceiling",
            "it is more than the office lets this payer pay before a sync",
            "the payer should sync with its office for a new window"
        ),
        Reason(
            "device-class",
            "a signer in its chain has a weaker device than was asked for",
            "ask for pieces that only passed through such devices, or lower what you ask for"
        ),
        Reason(
            "not-to-me",
            "the handover is to somebody else",
            "only the payee named in it can take it"
        ),
        Reason(
            "other-payer",
            "it is signed by another than the one who proposed, or by the payee",
            "begin the payment again with the right partner"
        ),
        Reason(
            "other-payment",
            "it names another payment than the one that was begun",
            "it answers something else; begin the payment again"
        ),
        Reason(
            "other-offer",
            "it answers another offer",
            "show the payer the present offer"
        ),
        Reason(
            "other-window",
            "it was made under another window than the one that was checked",
            "ask the payer to propose again under its present window"
        ),
        Reason(
            "other-entries",
            "it passes on other units than were proposed and checked",
            "refuse it: what was checked is what must be signed"
        ),
        Reason(
            "other-epoch",
            "it was signed in another epoch than its window is for",
            "the payer should sync with its office"
        ),
        Reason(
            "below-first-counter",
            "its counter lies below the first that the window allows",
            "the payer's wallet is older than its window; it should sync with its office"
        ),
        Reason(
            "below-floor",
            "its counter is not above one that this payer has already signed",
            "the payer's wallet was set back to an older state; it must sync with its office"
        ),
        Reason(
            "total",
            "its running total is less than what this payer has already paid",
            "the payer's wallet has lost count; it must sync with its office"
        ),
        Reason(
            "private-leaf",
            "what the payee must be shown of the handover is closed or unreadable",
            "ask the payer to open it; a payee signs for nothing that it cannot read"
        ),
        Reason(
            "handover-signature",
            "the payer did not sign this handover",
            "it was changed on the way or made up; begin the payment again"
        ),
    ]
}
