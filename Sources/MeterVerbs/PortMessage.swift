package import Wire
package import Words

/// What goes over the port of a meter, both ways: docs/PROTOCOL section 19.6.
package enum PortMessage: Hashable, Sendable {
    case datagrams([Parcel])
    /// A question, and what is told: of the line between a node and its verbs.
    case asked([UInt8])
    case told([UInt8])

    /// A datagram, and where it came from or goes to; nowhere is everybody.
    package struct Parcel: Hashable, Sendable {
        package let datagram: [UInt8]
        package let address: Address?

        package init(_ datagram: [UInt8], _ address: Address?) {
            (self.datagram, self.address) = (datagram, address)
        }
    }

    package static let most = 48
    /// What is told to an app that comes while another is there.
    package static let busy = "another app is at the port of this meter"
    private static let bytesAtMost = 900_000

    /// The folder and the name of a path.
    package static func place(_ path: String) -> (folder: String, name: String) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let folder = parts.dropLast().joined(separator: "/")
        return (
            folder.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : folder, String(parts.last ?? "")
        )
    }
}

extension PortMessage: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(3)
        writer.number(1)
        switch self {
        case .datagrams(let parcels):
            writer.number(0)
            writer.list(parcels)
        case .asked(let bytes):
            writer.number(1)
            writer.data(bytes)
        case .told(let bytes):
            writer.number(2)
            writer.data(bytes)
        }
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(3)
        try reader.version(1)
        let at = reader.position
        switch try reader.number() {
        case 0: self = .datagrams(try reader.list(atMost: Self.most))
        case 1: self = .asked(try reader.data(atMost: Self.bytesAtMost))
        case 2: self = .told(try reader.data(atMost: Self.bytesAtMost))
        case _: throw WireError(.outOfRange, at: at)
        }
    }
}

extension PortMessage.Parcel: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(2)
        writer.array(address == nil ? 0 : 1)
        if let address { writer.data(address.bytes) }
        writer.data(datagram)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(2)
        if try reader.array(atMost: 1) == 1 {
            let at = reader.position
            guard let address = Address(try reader.data(atMost: Limits.addressBytes)) else {
                throw WireError(.outOfRange, at: at)
            }
            self.address = address
        } else {
            address = nil
        }
        datagram = try reader.data(atMost: Limits.datagramBytes)
    }
}
