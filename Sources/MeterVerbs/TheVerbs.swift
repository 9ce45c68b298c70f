package import Command
internal import WalletVerbs

extension Verb {
    /// A meter's verbs, as help lists them; all of a wallet's are its own as well.
    package static let ofMeter = [
        MeterRunning.verb, MeterLooking.display, MeterLooking.events, MeterTaking.verb,
        MeterTyping.keyVerb, MeterTyping.typeVerb, handIn,
    ]
}
