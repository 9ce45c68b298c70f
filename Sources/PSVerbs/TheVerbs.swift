package import Command
package import OfficeDesk

extension DeskVerb {
    /// What a payment server does, as help lists it.
    package static let ofPaymentServer = [
        DeskVerb(TariffVerbs.verb, TariffVerbs.tariff),
        DeskVerb(ContractVerbs.registerVerb, ContractVerbs.register),
        DeskVerb(MoneyVerbs.payInVerb, MoneyVerbs.payIn),
        DeskVerb(MoneyVerbs.payBackVerb, MoneyVerbs.payBack),
        DeskVerb(SaleVerbs.sellVerb, SaleVerbs.sell),
        DeskVerb(SaleVerbs.reissueVerb, SaleVerbs.reissue),
        DeskVerb(Delivering.receiptVerb, Delivering.receipt),
        DeskVerb(ContractVerbs.changeVerb, ContractVerbs.change),
        DeskVerb(ShowVerbs.showVerb, ShowVerbs.show),
        DeskVerb(Statistics.verb, Statistics.statistics),
    ]
}

extension Verb {
    /// The same, as a person types them.
    package static var ofPaymentServer: [Verb] { DeskVerb.ofPaymentServer.map { $0.verb } }
}
