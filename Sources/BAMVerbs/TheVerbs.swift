package import Command
package import OfficeDesk

extension Verb {
    /// The verbs of a bank that gives out eKeys, as help lists them.
    package static let ofBAM = [
        Registering.registerVerb, Writing.personaliseVerb, SettingsVerbs.verb, Blocking.verb,
        Holders.listVerb, Holders.showVerb, BillVerbs.billerVerb, BillVerbs.billVerb,
        BillVerbs.billsVerb, BillVerbs.withdrawVerb, Invoices.verb,
    ]
}

extension DeskVerb {
    /// What is done of them by the office that runs, where one does.
    package static let ofBAM = [
        DeskVerb(Registering.registerVerb, Registering.register),
        DeskVerb(Holders.listVerb, Holders.list), DeskVerb(Holders.showVerb, Holders.show),
        DeskVerb(Writing.sealVerb, Writing.seal), DeskVerb(Writing.loadedVerb, Writing.loaded),
        DeskVerb(Writing.refusedVerb, Writing.refused),
        DeskVerb(SettingsVerbs.orderVerb, SettingsVerbs.order),
        DeskVerb(SettingsVerbs.takenVerb, SettingsVerbs.taken),
        DeskVerb(Blocking.verb, Blocking.block),
        DeskVerb(BillVerbs.billerVerb, BillVerbs.biller),
        DeskVerb(BillVerbs.billVerb, BillVerbs.bill),
        DeskVerb(BillVerbs.billsVerb, BillVerbs.bills),
        DeskVerb(BillVerbs.withdrawVerb, BillVerbs.withdraw),
        DeskVerb(Invoices.verb, Invoices.invoice),
    ]
}
