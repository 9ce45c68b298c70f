package import Command
internal import Homes

extension Verb {
    /// What a meter's verbs have of a wallet's.
    package static var handIn: Verb { HandingIn.verb }

    /// A wallet's verbs, as help lists them.
    package static let ofWallet = [
        Init.verb, Enrolling.verb, Charging.verb, BuyingUnits.verb, Bills.list, Bills.pay,
        Redeeming.verb, Refreshing.verb, Syncing.verb,
        Looking.info, Looking.balance, Paying.pay, Paying.listen, Selling.sell, Selling.lookup,
        Near.peers, Running.node, Pending.verb, Resolving.verb, Looking.history, Looking.show,
        Keeping.receipt, Refunding.refund, Policies.profile, Policies.policy, Keeping.passphrase,
        Backups.backup, Backups.restore, Proofs.verb,
    ]
}
