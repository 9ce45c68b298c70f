internal import Certificates
package import Command
internal import Money
package import Sealing
package import Wallet
internal import Wire
package import Words

package import struct Wallet.Wallet

/// The office of `tally init --demo`: its keys are made from a number that stands here, so
/// anybody may issue its money, and it is worth nothing.
package struct DemoMoney {
    private let office: DemoOffice

    /// The day on which it was made, for ever the same, so that all wallets know one root.
    private static let made: UInt64 = 1_790_000_000

    package init() throws(Complaint) {
        do {
            var chance = DemoChance.seeded(seed: 0, drawn: 0)
            guard let made = Moment(Self.made) else { throw DemoFault(what: "a moment") }
            office = try DemoOffice(made, &chance, asset: Asset(code: "DEMO", scale: 2))
        } catch {
            throw .broken(error)
        }
    }

    package static let root = try? DemoMoney().office.root.identity.key

    package var asset: Asset { office.asset }
    package var root: [UInt8] { office.rootAuthority.der }

    /// Certifies a key ring under a name.
    package func owner(
        _ ring: KeyRing,
        name: Text,
        at now: Moment
    ) throws(Complaint) -> Wallet.Owner {
        do {
            var chance = SystemChance()
            let keys = office.office.identity
            let der = try office.authority.certify(
                try DemoOffice.holder(ring, [.wallet], now, days: 365),
                chance: &chance,
                sign: { keys.sign(bytes: $0) }
            )
            let statement = NameStatement.object(
                office: keys.key,
                key: ring.identity.key,
                name: name,
                issued: now
            )
            return Wallet.Owner(
                key: ring.identity.key,
                root: office.root.identity.key,
                epoch: .first,
                certificates: [
                    Certified(key: ring.identity.key, issuer: keys.key, der: der),
                    Certified(
                        key: keys.key,
                        issuer: office.root.identity.key,
                        der: office.authority.der
                    ),
                ],
                name: try NameStatement(reading: .signed(statement, by: keys))
            )
        } catch {
            throw .broken(error)
        }
    }

    /// What makes a wallet of it: the permission to pay offline, and money.
    package func gifts(to owner: Wallet.Owner, _ amount: Amount, at now: Moment) throws(Complaint)
        -> [Wish]
    {
        do {
            let keys = office.office.identity
            let terms = Window.Terms(
                epoch: owner.epoch,
                asset: asset,
                device: .software,
                largest: .largest,
                ceiling: .largest,
                guarantee: .zero,
                firstCounter: 1,
                notBefore: now,
                notAfter: try found(now.advanced(by: 60 * Limits.secondsPerDay)),
                issued: now
            )
            let object = Window.object(office: keys.key, holder: owner.key, terms)
            let window = try Window(reading: .signed(object, by: keys))
            var wishes = [Wish.open(window, certificates: [office.authority.der])]
            if amount > .zero {
                var chance = DemoChance.system(SystemChance())
                let stick = try office.stick(amount, to: owner.key, by: keys, &chance, at: now)
                wishes.append(.charge(stick, certificates: owner.certificates.map(\.der)))
            }
            return wishes
        } catch {
            throw .broken(error)
        }
    }
}

extension Complaint {
    static func broken(_ error: any Error) -> Complaint {
        Complaint(
            .failed,
            "demo",
            "the demo office broke: \(error)",
            hint: "this is a fault of Tally; please tell its makers"
        )
    }
}
