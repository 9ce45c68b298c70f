package import Host
import Node
package import Sealing
import Wallet
package import Words

extension Station {
    /// What a meter beside this node may still use up, and the number of its counter up to which
    /// all is served.
    package func metered(_ asset: Asset) -> (credit: Amount, served: UInt64) {
        (node.wallet.consumable(asset, at: now.moment), node.wallet.pulses)
    }

    /// What a device beside this node has it keep; whose life that is, and whether it is over.
    package var beside: [UInt8] { node.wallet.beside }
    package var epoch: Epoch { node.wallet.owner.epoch }
    package var isLive: Bool { node.wallet.life == .live }

    package var meterFile: MeterFile { MeterFile(home, key) }
}

/// A file of a home that stands in for the memory which a meter's hardware has of its own.
///
/// It lies there sealed under the home's key: when somebody is at home, and when not, is nobody's
/// business.
package struct MeterFile {
    package let path: String
    private let key: DataKey

    init(_ home: Home, _ key: DataKey) { (path, self.key) = (home.meter, key) }

    /// Of a home that nobody has open, or somebody else has.
    package init(_ home: Home, _ lock: KeyFile.Lock) throws(HomeFault) {
        self.init(home, try home.unlock(with: lock).data)
    }

    package enum Kept: Hashable, Sendable {
        /// No meter has run here.
        case nothing
        case bytes([UInt8])
        /// It was changed, or is another home's.
        case damaged
    }

    package func read(cap: Int) throws(HostFault) -> Kept {
        let sealed: [UInt8]
        do {
            sealed = try Files.read(path, cap: cap + Self.sealing)
        } catch {
            guard error != .missing else { return .nothing }
            throw error
        }
        return key.show(sealed, context: Self.context).map { .bytes($0) } ?? .damaged
    }

    package func keep(_ bytes: [UInt8]) throws(HostFault) {
        var chance = SystemChance()
        let sealed = key.hide(bytes, context: Self.context, chance: &chance)
        try Files.write(sealed, to: path, isSecret: true)
    }

    private static let context = Array("tally meter".utf8)
    /// More than a nonce and a tag.
    private static let sealing = 64
}
