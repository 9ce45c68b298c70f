package import Commit
import Money
package import Wallet
package import Wire
package import Words

/// What a person, or a program in his stead, asks of a node that runs.
package enum Question: Sendable {
    case info
    case balances
    /// Everything that is not over.
    case pending
    /// Finished payments, the newest first: at most so many of those before a record.
    case history(before: UInt64, limit: Int)
    /// Every payment, open or finished, whose random part begins so.
    case find([UInt8])
    /// Tells of everything that happens from now on.
    case follow
    case listen(Bool)
    /// Calls everybody, or whoever is at these addresses.
    case call([Address])
    case offer(Terms, to: Hash)
    case accept(PaymentID, share: Terms.Wants, knowsPIN: Bool)
    case refuse(PaymentID)
    case cancel(PaymentID)
    /// A decision that came by hand.
    case bring(SignedObject)
    case profile(Profile)
    case policy(Policy)
    /// Ends the node, when all that waits for the disk is there.
    case stop
}

/// What it says to that.
package enum Told: Sendable {
    case done
    case info(Info)
    case balances([Purse])
    case pending([PaymentStanding])
    case payments(open: [PaymentStanding], over: [Outcome])
    /// What a wish led to at once.
    case news([News])
    /// What happened, to whoever follows; it answers nothing.
    case happened([News])
    /// It cannot be asked that.
    case fault(String)

    package struct Purse: Hashable, Sendable {
        package let asset: Asset
        package let balance: Balance
    }
}

/// Who a node is.
package struct Info: Hashable, Sendable {
    package let key: Key
    package let root: Key
    package let epoch: Epoch
    package let name: Text?
    /// Its own, and that of the office that gave it.
    package let certificates: [[UInt8]]
    /// Why it is inert, when it is.
    package let inert: Text?
    package let port: UInt16
    /// What stands on the screen while calls are answered.
    package let screen: UInt64?
    package let policy: Policy
    package let profile: Profile
    package let window: Window?
    /// Of its own memory, so many bytes.
    package let memory: UInt64

    /// The office's permission, in figures.
    package struct Window: Hashable, Sendable {
        package let asset: Asset
        package let largest: Amount
        package let ceiling: Amount
        package let spent: Amount
        package let notAfter: Moment
    }
}
