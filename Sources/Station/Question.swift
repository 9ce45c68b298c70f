package import Commit
package import Money
package import Nearby
package import Wallet
package import Wire
package import Words

/// What a person, or a program in his stead, asks of a node that runs.
package enum Question: Sendable {
    case info
    case balances
    /// What is not over, in the order of the ids: that after this one.
    case pending(after: PaymentID?)
    /// Finished payments, the newest first: at most so many of those before a record.
    case history(before: UInt64, limit: Int)
    /// Payments whose random part begins so: open ones, and finished ones before a record.
    case find([UInt8], before: UInt64)
    /// All about one that is not over.
    case particulars(PaymentID)
    /// What the buyer of one let this wallet know of itself, over or not.
    case details(PaymentID)
    /// Tells of everything that happens from now on.
    case follow
    case listen(Bool)
    /// Calls everybody, or whoever is at these addresses.
    case call([Address])
    /// Who is near; `asks` has everybody asked once more, and whoever is at these addresses.
    case peers(asks: Bool, at: [Address])
    case offer(Terms, to: Hash)
    /// Asks the office that is said to be there: to be certified, for a stick, to have units back
    /// as credit, and to take what was signed from a counter on.
    case enrol(Code, at: Address)
    case charge(Asset, Amount, at: Address, paying: Amount? = nil)
    /// How the account stands at the office, with its bills from after a number on.
    case enquire(after: UInt64, at: Address)
    case payBill(UInt64, Asset, Amount, at: Address)
    case redeem(Asset, Amount, at: Address, as: Use = .redeemed)
    case sync(from: UInt64?, at: Address)
    /// What there is to show the office, in how many requests: from then on it can be shown.
    case toShow
    /// Shows the office that request of them.
    case show(Int, at: Address)
    /// Another life, of one whose epoch is over.
    case renew(at: Address)
    /// Proofs that somebody cheated, in the order of the keys: those after this one.
    case proofs(after: Key?)
    /// Writes all of it into a file.
    case backUp(String)
    /// What is under way with the office.
    case errands
    /// What its person asks of an office that runs; only the two know in which words.
    case office([UInt8])
    /// `pin` is what the PIN was stretched to (``PIN``), where one is needed.
    case accept(PaymentID, share: Terms.Wants, pin: [UInt8]?)
    /// Whether there is a PIN, and how it is stretched.
    case pin
    case refuse(PaymentID)
    case cancel(PaymentID)
    /// A decision that came by hand.
    case bring(SignedObject)
    /// That a payment to a life that has ended was paid.
    case claim(PaymentID)
    case profile(ProfileChange)
    case policy(PolicyChange)
    /// Ends the node, when all that waits for the disk is there.
    case stop
}

/// What is to be another way in a policy; what it does not name stays as it is in the node, which
/// may have spent of the total while somebody typed.
package struct PolicyChange: Hashable, Sendable {
    /// Sellers who are picked no more, then those who are from now on.
    package var drops: [Key] = []
    package var picks: [Key] = []
    /// Each nil where it stays.
    package var left: Amount?
    package var pin: From?
    /// What is asked of those who pay this wallet.
    package var emulated: From?
    package var hardware: From?

    package enum From: Hashable, Sendable {
        case never
        case above(Amount)

        func apply(to least: inout Amount?) {
            switch self {
            case .never: least = nil
            case .above(let amount): least = amount
            }
        }
    }

    package init() {}

    /// Whether it loosens nothing: it says only what is asked of those who pay.
    package var isOfDemandsAlone: Bool {
        drops.isEmpty && picks.isEmpty && left == nil && pin == nil
    }

    package func applied(to policy: Policy) -> Policy {
        var policy = policy
        policy.sellers.removeAll { drops.contains($0) }
        policy.sellers += picks.filter { !policy.sellers.contains($0) }
        if let left { policy.left = left }
        pin?.apply(to: &policy.pinAbove)
        emulated?.apply(to: &policy.demands.emulatedFrom)
        hardware?.apply(to: &policy.demands.hardwareFrom)
        return policy
    }
}

/// What is to be another way in the details; what it does not name stays as it is in the node, to
/// which somebody else may have told the other half meanwhile.
package struct ProfileChange: Hashable, Sendable {
    package var forgets: Terms.Wants = []
    /// Each nil where it stays.
    package var sets = Profile()

    package init() {}

    package func applied(to profile: Profile) -> Profile {
        var profile = profile
        if forgets.contains(.shipping) { profile.shipping = nil }
        if forgets.contains(.billing) { profile.billing = nil }
        profile.shipping = sets.shipping ?? profile.shipping
        profile.billing = sets.billing ?? profile.billing
        return profile
    }
}

/// What it says to that.
package enum Told: Sendable {
    case done
    case info(Info)
    case balances([Purse])
    /// `isAll` when there is nothing after these.
    case pending([PaymentStanding], isAll: Bool)
    /// `next` is where to go on, when this was not all.
    case payments(open: [PaymentStanding], over: [Outcome], next: UInt64?)
    /// nil when it is not under way.
    case particulars(Particulars?)
    case details(Profile)
    case pin(PIN.Question)
    case wrongPIN(PIN.Question)
    /// What a wish led to at once.
    case news([News])
    /// What happened, to whoever follows; it answers nothing.
    case happened([News])
    /// `isAll` when there is nothing after these.
    case papers([Paper], isAll: Bool)
    /// An office's answer to its person.
    case office([UInt8])
    case errands(Errands)
    /// How much each of the requests shows that there are.
    case toShow([ShowingSize])
    /// Those who are near, and how it stands with the host's Avahi, if it may be asked.
    case peers([Peer], avahi: Herald.Presence?)
    /// It cannot be asked that.
    case fault(String)

    package struct Purse: Hashable, Sendable {
        package let asset: Asset
        package let balance: Balance

        package init(asset: Asset, balance: Balance) {
            (self.asset, self.balance) = (asset, balance)
        }
    }
}

/// How much one request shows an office.
package struct ShowingSize: Hashable, Sendable {
    package var links = 0
    package var decisions = 0
    package var claims = 0
    package var denials = 0

    package init() {}

    package init(_ showing: Showing) {
        (links, decisions) = (showing.links.count, showing.decisions.count)
        (claims, denials) = (showing.claims.count, showing.denials.count)
    }

    package mutating func add(_ other: ShowingSize) {
        links += other.links
        decisions += other.decisions
        claims += other.claims
        denials += other.denials
    }
}

/// What a node has under way with its office, and what it has to tell it.
package struct Errands: Hashable, Sendable {
    package let open: [OpenErrand]
    /// The counter of the next handover that it signs.
    package let next: UInt64
    /// How many revocations its office has said.
    package let revocations: UInt64
    /// What its office had not credited when it was asked last; nil when that was nothing.
    package let atOffice: AtOffice?
    /// What payers ask about that was paid to a life that is over.
    package let ended: [EndedPayment]

    package init(
        open: [OpenErrand],
        next: UInt64,
        revocations: UInt64,
        atOffice: AtOffice? = nil,
        ended: [EndedPayment] = []
    ) {
        (self.open, self.next, self.revocations) = (open, next, revocations)
        (self.atOffice, self.ended) = (atOffice, ended)
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

/// What a person who is to decide about a payment, or waits for it, may want to know of it.
package struct Particulars: Hashable, Sendable {
    /// The other one, as far as it is known.
    package var key: Key?
    /// The person, or the policy, has said yes.
    package var isAnswered = false
    package var wants: Terms.Wants = []
    package var items: [Terms.Item] = []
    /// Where the other one was heard last.
    package var address: Address?
    /// What this side has to say, for whoever carries it by hand.
    package var says: SignedObject?
    /// With the decision it is the receipt.
    package var handover: Handover?
    package var certificates: [[UInt8]] = []
    /// How long an offer still stands.
    package var seconds: UInt64?

    package init() {}
}
