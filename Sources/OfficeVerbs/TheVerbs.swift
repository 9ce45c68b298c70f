package import Command

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
