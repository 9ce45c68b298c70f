import Host
import Journal
import Node
import Wallet
import Words

// What a station is asked that is no matter of its wallet: the PIN, and a backup.

extension Station {
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
