package import Command

extension Verb {
    /// Verbs of whoever makes keys for meters and sells to them, as help lists them.
    package static let ofKeypad = [
        TreeVerbs.initVerb, TreeVerbs.issueVerb, TreeVerbs.renewVerb, TreeVerbs.listVerb,
        MeterKeyVerbs.meterVerb,
        MeterKeyVerbs.testKeyVerb, SaleVerbs.sellVerb, SaleVerbs.salesVerb,
    ]
}
