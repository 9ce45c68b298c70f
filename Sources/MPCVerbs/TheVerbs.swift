package import Command

extension Verb {
    /// The verbs of the customer's app, as help lists them.
    package static let ofCustomer = [
        OnlineVerbs.buy, OnlineVerbs.records, CarrierVerbs.show, CarrierVerbs.qr,
        CarrierVerbs.join,
    ]
}
