import Certificates
import Host
import Journal
import Links
import Money
import Node
package import Wallet
package import Words

// What a station is asked of itself: who it is, what it has, the PIN, what it has to hand in.

extension Station {
    /// Hands in what it has signed from a counter on.
    func sync(_ from: UInt64?, _ address: Address) -> Told {
        let next = node.wallet.nextCounter
        do {
            // Where the office is not known to stand, it is asked.
            let some = try handIn.handovers(from: from ?? next, node.wallet, log.journal)
            guard let some else { return .fault("handovers from \(from ?? next) on are missing") }
            return wish(.ask(.sync(handovers: some), at: address))
        } catch {
            return .fault(error.description)
        }
    }

    /// Puts together what the office is to be shown; what happens meanwhile is for another time.
    var toShow: Told {
        let over: [Wallet.Over]
        do {
            over = try log.journal.over(after: node.wallet.toldThrough)
        } catch {
            return .fault(error.description)
        }
        if let number = node.wallet.nothingToTell(over, at: now.moment) { _ = wish(.told(number)) }
        _ = wish(.register)
        showings = Array(node.wallet.showings(at: now.moment, over).prefix(shownAtMost))
        return .toShow(showings.map { ShowingSize($0.showing) })
    }

    func show(_ number: Int, _ address: Address) -> Told {
        guard showings.indices.contains(number) else { return .fault("that is not to be shown") }
        let part = showings[number]
        return wish(.ask(.show(part.showing, through: part.through), at: address))
    }

    var info: Info {
        let wallet = node.wallet
        var inert: Text?
        if case .inert(let reason) = wallet.life { inert = reason }
        return Info(
            key: wallet.owner.key,
            root: wallet.owner.root,
            epoch: wallet.owner.epoch,
            name: wallet.owner.name?.name,
            certificates: wallet.owner.certificates.map(\.der),
            inert: inert,
            port: air.port,
            screen: wallet.screenID,
            policy: wallet.policy,
            profile: wallet.profile,
            window: wallet.window.map { window in
                Info.Window(
                    asset: window.terms.asset,
                    largest: window.terms.largest,
                    ceiling: window.terms.ceiling,
                    spent: wallet.spent,
                    notAfter: window.terms.notAfter
                )
            },
            memory: Process.memory
        )
    }

    var balances: [Told.Purse] {
        node.wallet.assets.map { asset in
            Told.Purse(asset: asset, balance: node.wallet.balance(asset, at: now.moment))
        }
    }

    // MARK: For a device around it

    /// How a payment stands that is not over.
    package func standing(of payment: PaymentID) -> PaymentStanding? {
        node.wallet.standings.first { $0.payment == payment }
    }

    /// Whether nothing would be lost with this wallet.
    package var hasNothing: Bool {
        let wallet = node.wallet
        let isPoor = balances.allSatisfy { purse in
            let balance = purse.balance
            return [
                balance.available, balance.overdue, balance.held, balance.incoming,
                balance.stranded, balance.consumed,
            ].allSatisfy { $0 == .zero }
        }
        return isPoor && wallet.standings.isEmpty && wallet.errands.isEmpty
    }

    /// The class that the office has certified.
    package var deviceClass: DeviceClass? {
        let owner = node.wallet.owner
        let own = owner.certificates.filter { $0.key == owner.key }
        let others = owner.certificates.filter { $0.key != owner.key }
        return (try? Checks.holder((others + own).map(\.der), root: owner.root))?.device
    }

    /// How many milliseconds it can be left alone, where nothing comes.
    package var restsFor: UInt64 { patience(60_000) }

    // MARK: The PIN

    /// nil when it is right.
    func wrong(_ stretched: [UInt8]) -> Told? {
        do {
            guard var pin = try PIN(of: home, key) else { return .fault(PIN.missing) }
            switch try pin.check(stretched, in: home, key) {
            case .right: return nil
            case .wrong(let question): return .wrongPIN(question)
            }
        } catch {
            return .fault(error.words)
        }
    }

    /// Nothing is being written when this is asked.
    func backUp(_ path: String) -> Told {
        do throws(BackupFault) {
            _ = try home.backUp(
                to: path,
                log.journal,
                of: node.wallet.owner.key,
                key,
                at: Process.now
            )
            return .done
        } catch {
            return .fault(error.words)
        }
    }

    var askPIN: Told {
        do {
            guard let pin = try PIN(of: home, key) else { return .fault(PIN.missing) }
            return .pin(pin.question)
        } catch {
            return .fault(error.words)
        }
    }
}
