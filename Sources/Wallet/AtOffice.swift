import Commit
import Money
package import Wire
package import Words

/// What an office said last that it has of this wallet's and has not credited yet: it waits until
/// it is known whose it was (docs/PROTOCOL section 14.7).
package struct AtOffice: Hashable, Sendable {
    package let asset: Asset
    package let waiting: Amount

    package init(asset: Asset, waiting: Amount) { (self.asset, self.waiting) = (asset, waiting) }
}

extension AtOffice: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(2)
        writer.value(asset)
        writer.value(waiting)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(2)
        (asset, waiting) = (try reader.value(), try reader.value())
    }
}

extension Wallet {
    /// Takes what a sync was answered, and keeps it: a person asks for it where there is no office.
    mutating func learn(waiting units: UInt64) {
        guard let asset = window?.terms.asset, let waiting = Amount(units) else { return }
        let told = waiting == .zero ? nil : AtOffice(asset: asset, waiting: waiting)
        guard told != atOffice else { return }
        atOffice = told
        let change: Change =
            told.map { told in
                .put(.register, key: Rows.waiting, bytes: row(1) { $0.value(told) })
            } ?? .remove(.register, key: Rows.waiting)
        note(entry(RecordKind.settings, 0) { _ in }, [change])
    }
}
