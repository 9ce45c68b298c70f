internal import Glibc

/// A network that this host is on.
package struct Interface: Hashable, Sendable {
    package let name: String
    package let number: UInt32
    package let isLoopback: Bool
    /// This host's own addresses there, in the order in which the system tells them.
    let own: [Own]

    /// An address, and how much of it is the network's.
    package struct Own: Hashable, Sendable {
        let bytes: [UInt8]
        let mask: [UInt8]
        /// Where a datagram for every host of an IPv4 network goes.
        let broadcast: [UInt8]?

        package init(_ bytes: [UInt8], mask: [UInt8], broadcast: [UInt8]?) {
            (self.bytes, self.mask, self.broadcast) = (bytes, mask, broadcast)
        }
    }

    package init(name: String, number: UInt32, isLoopback: Bool, own: [Own]) {
        (self.name, self.number, self.isLoopback, self.own) = (name, number, isLoopback, own)
    }

    /// The first of its IPv4 addresses.
    var four: [UInt8]? { own.first { $0.bytes.count == 4 }?.bytes }
    /// Where datagrams for every host of its IPv4 networks go.
    var broadcasts: [[UInt8]] { own.compactMap(\.broadcast) }
    package var hasFour: Bool { four != nil }
    package var hasSix: Bool { own.contains { $0.bytes.count == 16 } }

    /// Whether a host of that address is on this network itself, so that no router has to pass on
    /// what is sent there, and one host alone gets it.
    package func holds(_ host: Endpoint.Host) -> Bool {
        switch host {
        case .four(let four): isNeighbour(four) && !broadcasts.contains(four)
        case .six(let six, let interface):
            six[0] != 0xFF && (interface == 0 || interface == number) && isNeighbour(six)
        }
    }

    /// Whether that is an address of this host's own there.
    package func isOwn(_ host: Endpoint.Host) -> Bool {
        switch host {
        case .four(let four): own.contains { $0.bytes == four }
        case .six(let six, _): own.contains { $0.bytes == six }
        }
    }

    private func isNeighbour(_ bytes: [UInt8]) -> Bool {
        own.contains { own in
            // Where the mask is all of it there is no network around the address.
            own.bytes.count == bytes.count
                && zip(zip(bytes, own.bytes), own.mask).allSatisfy { ($0.0 ^ $0.1) & $1 == 0 }
                && (bytes == own.bytes || zip(bytes, own.mask).contains { $0 & ~$1 != 0 })
        }
    }

    /// Those that are up, in the order of their numbers; nil when that cannot be told now.
    package static func all() -> [Interface]? {
        var first: UnsafeMutablePointer<ifaddrs>?
        // Unsafe: the system makes the list, and takes it back when it was read.
        guard unsafe getifaddrs(&first) == 0 else { return nil }
        defer { unsafe freeifaddrs(first) }
        var found: [UInt32: Interface] = [:]
        var next = unsafe first
        while let entry = unsafe next {
            unsafe read(entry.pointee, into: &found)
            unsafe next = entry.pointee.ifa_next
        }
        return found.values.sorted { $0.number < $1.number }
    }

    /// Those that are this host's own.
    package static var loopback: [Interface] { all()?.filter(\.isLoopback) ?? [] }

    private static func read(_ entry: ifaddrs, into found: inout [UInt32: Interface]) {
        let flags = unsafe entry.ifa_flags
        guard flags & UInt32(IFF_UP) != 0, let raw = unsafe entry.ifa_addr else { return }
        let name = unsafe String(cString: entry.ifa_name)
        let number = unsafe if_nametoindex(name)
        guard number > 0 else { return }
        let family = unsafe Int32(raw.pointee.sa_family)
        var own = found[number]?.own ?? []
        if let one = unsafe Own(entry, family, hasBroadcast: flags & UInt32(IFF_BROADCAST) != 0) {
            own.append(one)
        }
        found[number] = Interface(
            name: name,
            number: number,
            isLoopback: flags & UInt32(IFF_LOOPBACK) != 0,
            own: own
        )
    }

    static func name(_ number: UInt32) -> String {
        var room = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
        // Unsafe: the room is what a name takes at most.
        guard unsafe if_indextoname(number, &room) != nil else { return String(number) }
        return String(decoding: room.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
    }
}

extension Interface.Own {
    fileprivate init?(_ entry: ifaddrs, _ family: Int32, hasBroadcast: Bool) {
        guard let bytes = unsafe Self.bytes(entry.ifa_addr, family) else { return nil }
        self.bytes = bytes
        mask =
            unsafe Self.bytes(entry.ifa_netmask, family)
            ?? [UInt8](repeating: 0xFF, count: bytes.count)
        broadcast =
            hasBroadcast && family == AF_INET
            ? unsafe Self.bytes(entry.ifa_ifu.ifu_broadaddr, family) : nil
    }

    private static func bytes(
        _ address: UnsafeMutablePointer<sockaddr>?,
        _ family: Int32
    ) -> [UInt8]? {
        guard let address = unsafe address,
            unsafe Int32(address.pointee.sa_family) == family
        else { return nil }
        // Unsafe: an address of this family is one of these.
        switch family {
        case AF_INET:
            let four = unsafe UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in.self)
            return unsafe withUnsafeBytes(of: four.sin_addr) { unsafe Array($0) }
        case AF_INET6:
            let six = unsafe UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in6.self)
            return unsafe withUnsafeBytes(of: six.sin6_addr) { unsafe Array($0) }
        default: return nil
        }
    }
}
