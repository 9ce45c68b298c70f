internal import Glibc

/// A network that this host is on.
package struct Interface: Hashable, Sendable {
    package let name: String
    package let number: UInt32
    package let isLoopback: Bool
    /// This host's own address there, the first of them.
    let four: [UInt8]?
    /// Where a datagram for every host of its IPv4 network goes.
    let broadcast: [UInt8]?
    package let hasSix: Bool

    package var hasFour: Bool { four != nil }

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
        let old = found[number]
        var broadcast = old?.broadcast
        if family == AF_INET, flags & UInt32(IFF_BROADCAST) != 0 {
            broadcast = unsafe four(entry.ifa_ifu.ifu_broadaddr)
        }
        found[number] = Interface(
            name: name,
            number: number,
            isLoopback: flags & UInt32(IFF_LOOPBACK) != 0,
            four: old?.four ?? (unsafe four(raw)),
            broadcast: broadcast,
            hasSix: old?.hasSix == true || family == AF_INET6
        )
    }

    private static func four(_ address: UnsafeMutablePointer<sockaddr>?) -> [UInt8]? {
        guard let address = unsafe address, unsafe address.pointee.sa_family == AF_INET else {
            return nil
        }
        // Unsafe: an address of this family is one of these.
        let four = unsafe UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in.self)
        let word = UInt32(bigEndian: four.sin_addr.s_addr)
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) }
    }

    static func name(_ number: UInt32) -> String {
        var room = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
        // Unsafe: the room is what a name takes at most.
        guard unsafe if_indextoname(number, &room) != nil else { return String(number) }
        return String(decoding: room.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
    }
}
