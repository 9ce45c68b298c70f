internal import Glibc
package import Words

/// Where a node is on an IP network: what stands in an ``Address`` of this link.
///
/// Addresses and ports are numbers; names are not looked up, because no network may be there to
/// ask.
package struct Endpoint: Hashable, Sendable {
    package enum Host: Hashable, Sendable {
        case four([UInt8])
        /// With the number of its interface, or 0: a link-local one means nothing without it.
        case six([UInt8], interface: UInt32)
    }

    package let host: Host
    package let port: UInt16

    package init(_ host: Host, port: UInt16) { (self.host, self.port) = (host, port) }

    /// Where nodes listen for look-ups.
    package static let callPort: UInt16 = 7_557

    // MARK: In an address

    package var address: Address {
        var bytes: [UInt8]
        let number = [UInt8(port >> 8), UInt8(port & 255)]
        switch host {
        case .four(let four): bytes = [4] + four + number
        case .six(let six, let interface):
            bytes = [6] + six + number
            for shift in [24, 16, 8, 0] as [UInt32] {
                bytes.append(UInt8(truncatingIfNeeded: interface >> shift))
            }
        }
        guard let address = Address(bytes) else { preconditionFailure("23 bytes are short") }
        return address
    }

    package init?(_ address: Address) {
        let bytes = address.bytes
        func port(_ at: Int) -> UInt16 { UInt16(bytes[at]) << 8 | UInt16(bytes[at + 1]) }
        switch (bytes.first, bytes.count) {
        case (4, 7): self.init(.four(Array(bytes[1..<5])), port: port(5))
        case (6, 23):
            let interface = bytes[19...].reduce(0) { $0 << 8 | UInt32($1) }
            self.init(.six(Array(bytes[1..<17]), interface: interface), port: port(17))
        case _: return nil
        }
    }

    // MARK: As people write it

    /// What is wrong with what was typed.
    package enum Fault: String, Error, Hashable, Sendable {
        case notAnAddress
        case notAPort
        case noSuchInterface
    }

    /// `192.168.1.7`, `192.168.1.7:4000`, `fe80::1%eth0`, `[fe80::1%eth0]:4000`.
    package init(typed: String) throws(Fault) {
        let (host, port) = try Self.split(typed)
        self.init(try Self.host(host), port: port)
    }

    private static func split(_ typed: String) throws(Fault) -> (Substring, UInt16) {
        var host = typed[...]
        var port: Substring?
        if host.first == "[" {
            guard let end = host.firstIndex(of: "]") else { throw .notAnAddress }
            let rest = host[host.index(after: end)...]
            host = host[host.index(after: host.startIndex)..<end]
            if !rest.isEmpty {
                guard rest.first == ":" else { throw .notAnAddress }
                port = rest.dropFirst()
            }
        } else if let colon = host.lastIndex(of: ":"), host.firstIndex(of: ":") == colon {
            port = host[host.index(after: colon)...]
            host = host[..<colon]
        }
        guard let port else { return (host, callPort) }
        guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(port),
            number > 0
        else { throw .notAPort }
        return (host, number)
    }

    private static func host(_ text: Substring) throws(Fault) -> Host {
        let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first else { throw .notAnAddress }
        var four = [UInt8](repeating: 0, count: 4)
        // Unsafe: each array has the bytes that an address of its family takes.
        if parts.count == 1, unsafe inet_pton(AF_INET, String(first), &four) == 1 {
            return .four(four)
        }
        var six = [UInt8](repeating: 0, count: 16)
        guard unsafe inet_pton(AF_INET6, String(first), &six) == 1 else { throw .notAnAddress }
        guard parts.count == 2 else { return .six(six, interface: 0) }
        let interface = unsafe if_nametoindex(String(parts[1]))
        guard interface > 0 else { throw .noSuchInterface }
        return .six(six, interface: interface)
    }

    package var text: String {
        var room = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        switch host {
        case .four(let four):
            return four.map(String.init).joined(separator: ".") + ":\(port)"
        case .six(let six, let interface):
            // Unsafe: the text of any address and its end fit into the room.
            _ = unsafe inet_ntop(AF_INET6, six, &room, socklen_t(room.count))
            let text = String(decoding: room.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
            guard interface > 0 else { return "[\(text)]:\(port)" }
            return "[\(text)%\(Interface.name(interface))]:\(port)"
        }
    }
}
