internal import BAMVerbs
package import Command
internal import OfficeDesk
internal import PSVerbs

extension Verb {
    /// An office's verbs, as help lists them.
    package static let ofOffice = [
        Founding.initOffice, Founding.root, Founding.sign, Founding.certify,
        DiskVerbs.secondDisk, DiskVerbs.recover,
        BankVerbs.accountsVerb, BankVerbs.depositVerb, BankVerbs.withdrawVerb,
        MemberVerbs.inviteVerb, MemberVerbs.membersVerb, MemberVerbs.revokeVerb,
        CaseVerbs.casesVerb, SettleVerbs.settleVerb, Serving.serve, StatementVerbs.auditVerb,
        StatementVerbs.statementVerb,
    ]
}

extension DeskVerb {
    /// What is done by the office that runs, where one does.
    static let all =
        [
            DeskVerb(BankVerbs.accountsVerb, BankVerbs.accounts),
            DeskVerb(BankVerbs.depositVerb, BankVerbs.deposit),
            DeskVerb(BankVerbs.withdrawVerb, BankVerbs.withdraw),
            DeskVerb(MemberVerbs.inviteVerb, MemberVerbs.invite),
            DeskVerb(MemberVerbs.membersVerb, MemberVerbs.members),
            DeskVerb(MemberVerbs.revokeVerb, MemberVerbs.revoke),
            DeskVerb(SettleVerbs.settleVerb, SettleVerbs.settle),
            DeskVerb(CaseVerbs.casesVerb, CaseVerbs.cases),
            DeskVerb(StatementVerbs.statementVerb, StatementVerbs.statement),
            DeskVerb(StatementVerbs.auditVerb, StatementVerbs.audit),
        ] + ofBAM + ofPaymentServer
}
