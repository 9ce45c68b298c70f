package import Words

/// Datagrams that another device brings and takes away, as the reader of an eKey does.
///
/// It keeps a bounded number of each: what does not fit is lost, like any datagram.
package final class Relay: Ether {
    package typealias Parcel = (datagram: [UInt8], address: Address?)

    private var incoming: [(datagram: [UInt8], address: Address)] = []
    private var outgoing: [Parcel] = []
    package var callees: [Address] = []
    package var hints: [Endpoint] = []

    package static let most = 512

    package init() {}

    package var port: UInt16 { 0 }
    package var files: [Int32] { [] }
    package var patience: UInt64? { incoming.isEmpty ? nil : 0 }
    package var era: UInt64 { 0 }
    package var allowedNetworks: [UInt32]? { nil }

    package func isNear(_ endpoint: Endpoint) -> Bool { true }
    package func look(at milliseconds: UInt64) -> Bool { false }
    package func hasSent(at milliseconds: UInt64) {}

    // MARK: Towards the station

    package func bring(_ datagram: [UInt8], from address: Address) {
        guard incoming.count < Self.most else { return }
        incoming.append((datagram, address))
    }

    package func receive(
        atMost most: Int,
        enough: Int,
        at milliseconds: UInt64,
        ready: Set<Int32>?,
        isKnown: (UInt64) -> Bool,
        opened: () -> UInt64,
        _ take: ([UInt8], Address) -> Bool
    ) -> Bool {
        let some = incoming.prefix(most)
        incoming.removeFirst(some.count)
        for (datagram, address) in some { _ = take(datagram, address) }
        return !incoming.isEmpty
    }

    // MARK: Away from it

    @discardableResult
    package func send(_ datagram: [UInt8], to address: Address) -> Bool { put((datagram, address)) }

    package func broadcast(_ datagram: [UInt8]) {
        guard callees.isEmpty else {
            for callee in callees { send(datagram, to: callee) }
            return
        }
        _ = put((datagram, nil))
    }

    private func put(_ parcel: Parcel) -> Bool {
        guard outgoing.count < Self.most else { return false }
        outgoing.append(parcel)
        return true
    }

    /// What is to go out, once.
    package func takeAway() -> [Parcel] {
        defer { outgoing = [] }
        return outgoing
    }
}
