package import Command

extension Verb {
    /// The verbs of an eKey and of the reader before it, as help lists them.
    package static let ofDevices = [
        EKeyMaking.initVerb, EKeyRunning.verb, EKeyMaking.destroyVerb,
        EKeyBlank.passphraseVerb, FamVerbs.pairVerb, FamBank.enrolVerb, FamBank.loadVerb,
        FamScreens.verb, FamVerbs.runVerb, FamVerbs.pinVerb, FamVerbs.inspectVerb,
    ]
}
