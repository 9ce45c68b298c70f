package import Nearby
package import Words

/// Somebody near, as far as it is known: what is said of him, and what he has signed.
package struct Peer: Hashable, Sendable {
    package enum Reach: String, CaseIterable, Hashable, Sendable {
        /// He answered lately.
        case answers
        /// He was asked, and has not answered.
        case silent
        case unasked
    }

    /// How he came to be known.
    package struct Ways: OptionSet, Hashable, Sendable {
        package let rawValue: UInt64
        package init(rawValue: UInt64) { self.rawValue = rawValue }

        /// He answered a call to everybody.
        package static let broadcast = Ways(rawValue: 1)
        /// He is announced, or somebody is at an address of his.
        package static let avahi = Ways(rawValue: 2)
        /// Somebody typed where he is.
        package static let typed = Ways(rawValue: 4)
        /// He has paid, or was paid.
        package static let payment = Ways(rawValue: 8)
        /// The home's own office is said to be there.
        package static let home = Ways(rawValue: 16)
        package static let all = Ways(rawValue: 31)
    }

    /// What he is by what he has signed; nil of whoever has signed nothing.
    package var role: Advert.Role?
    /// What is announced at an address of his, and as what: anybody can announce anything there.
    package var says: Text?
    package var saysRole: Advert.Role?
    /// What an office has signed that he is called.
    package var name: Text?
    /// What he has signed with; nil of whoever keeps that to himself, as buyers do.
    package var key: Key?
    /// The root that certified him, if he is an office.
    package var root: Key?
    /// What stands on his screen.
    package var screen: UInt64?
    /// Of whoever was heard, where that came from, and no other.
    package var addresses: [Address] = []
    package var ways: Ways = []
    package var reach = Reach.unasked
    /// Since he was heard last, if he was.
    package var seconds: UInt64?

    package init() {}
}
