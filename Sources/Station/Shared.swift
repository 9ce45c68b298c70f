import Commit
import Host
package import Sealing
package import Wallet
package import Wire
package import Words

/// What buyers let a seller know of themselves, payment by payment: the newest of it.
///
/// It stands in the ACCEPT, which a seller has from its request until it is paid, and in no
/// journal; so it lies in a file of the home, sealed under the home's own key, before the payment
/// can be decided.
package struct Shared: Hashable, Sendable {
    private var details: [Detail] = []

    private struct Detail: Hashable, Sendable {
        let payment: PaymentID
        let profile: Profile
    }

    package static let keptAtMost = 256
    /// One more than all of them can have.
    private static let fileBytes = keptAtMost * (2 * Limits.profileBytes + 64) + 64

    package init() {}

    package subscript(payment: PaymentID) -> Profile? {
        details.first { $0.payment == payment }?.profile
    }

    /// Notes what is new, and forgets what came of nothing; says whether anything changed.
    mutating func note(_ news: [News], _ wallet: Wallet) -> Bool {
        var isChanged = false
        for case .standing(let standing) in news where standing.side == .seller {
            switch standing.word {
            case .cancelled, .refused: isChanged = remove(standing.payment) || isChanged
            case .offered, .held, .paid:
                guard let accept = wallet.selling[standing.payment]?.accepted else { continue }
                var profile = Profile()
                (profile.shipping, profile.billing) = (accept.shipping, accept.billing)
                isChanged = add(profile, of: standing.payment) || isChanged
            }
        }
        return isChanged
    }

    /// False where there is nothing to be kept, or it is here already.
    package mutating func add(_ profile: Profile, of payment: PaymentID) -> Bool {
        guard profile != Profile(), self[payment] == nil else { return false }
        if details.count == Self.keptAtMost { details.removeFirst() }
        details.append(Detail(payment: payment, profile: profile))
        return true
    }

    package mutating func remove(_ payment: PaymentID) -> Bool {
        let count = details.count
        details.removeAll { $0.payment == payment }
        return details.count < count
    }

    // MARK: In a home

    /// What is there; one that was changed by somebody, or is of another home, says nothing.
    package init(of home: Home, _ key: DataKey) {
        guard let sealed = try? Files.read(home.shared, cap: Self.fileBytes),
            let bytes = key.show(sealed, context: Self.context),
            let shared = try? Shared(wireBytes: bytes)
        else { return }
        self = shared
    }

    /// Without it the details are told while this node runs, and no longer.
    package func keep(in home: Home, _ key: DataKey) {
        var chance = SystemChance()
        let sealed = key.hide(wireBytes, context: Self.context, chance: &chance)
        try? Files.write(sealed, to: home.shared, isSecret: true)
    }

    private static let context = Array("tally shared".utf8)
}

extension Seller {
    /// What the buyer has said yes with, until it is paid.
    fileprivate var accepted: Accept? {
        guard case .requested(let requested) = phase else { return nil }
        return requested.accept
    }
}

extension Shared: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(2)
        writer.number(1)
        writer.array(details.count)
        for one in details {
            writer.array(3)
            writer.value(one.payment)
            one.profile.write(to: &writer)
        }
    }

    package init(from reader: inout Reader) throws(WireError) {
        self.init()
        try reader.array(2)
        try reader.version(1)
        for _ in 0..<(try reader.array(atMost: Self.keptAtMost)) {
            try reader.array(3)
            let payment: PaymentID = try reader.value()
            let profile = try Profile(from: &reader)
            details.append(Detail(payment: payment, profile: profile))
        }
    }
}
