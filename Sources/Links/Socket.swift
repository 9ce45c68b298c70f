internal import Glibc

/// Why a socket could not be had.
package enum LinkFault: Error, Hashable, Sendable {
    /// Another program has that port.
    case portTaken(UInt16)
    case forbidden(UInt16)
    /// There is no network of that name, or it is down.
    case noInterface(String)
    case system(String)

    init(_ number: Int32, port: UInt16 = 0) {
        switch number {
        case EADDRINUSE: self = .portTaken(port)
        case EACCES, EPERM: self = .forbidden(port)
        default: self = .system(systemWords(number))
        }
    }
}

extension LinkFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .portTaken(let port): "another program has UDP port \(port)"
        case .forbidden(let port): "this user may not open UDP port \(port)"
        case .noInterface(let name): "there is no network '\(name)' that is up"
        case .system(let words): words
        }
    }
}

/// What the system calls an error number.
func systemWords(_ number: Int32) -> String {
    // Unsafe: strerror gives a C string that stands until its next call.
    unsafe String(cString: strerror(number)).lowercased()
}

/// One UDP socket of one family; closed with this value's owner.
final class Socket {
    let file: Int32
    let isSix: Bool

    init(isSix: Bool) throws(LinkFault) {
        let kind = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        file = socket(
            isSix ? AF_INET6 : AF_INET,
            kind | Int32(SOCK_CLOEXEC.rawValue),
            0
        )
        self.isSix = isSix
        guard file >= 0 else { throw LinkFault(errno) }
        if isSix { set(Int32(IPPROTO_IPV6), IPV6_V6ONLY, Int32(1)) }
        // A burst while the journal syncs waits here instead of being lost.
        set(SOL_SOCKET, SO_RCVBUF, Int32(1 << 20))
    }

    deinit { close(file) }

    /// What cannot be set is not needed on every system; a datagram that goes astray for it is
    /// a loss like any other.
    func set<Value>(_ level: Int32, _ option: Int32, _ value: Value) {
        unsafe withUnsafeBytes(of: value) { bytes in
            // Unsafe: the system reads the one that is lent for the call, in its whole length.
            _ = unsafe setsockopt(file, level, option, bytes.baseAddress, socklen_t(bytes.count))
        }
    }

    func bind(port: UInt16) throws(LinkFault) {
        let any = Endpoint(
            isSix ? .six([UInt8](repeating: 0, count: 16), interface: 0) : .four([0, 0, 0, 0]),
            port: port
        )
        let status = unsafe any.lend { address, length in
            unsafe Glibc.bind(file, address, length)
        }
        guard status == 0 else { throw LinkFault(errno, port: port) }
    }

    /// Which port the system gave.
    var port: UInt16 {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let status = unsafe withUnsafeMutableBytes(of: &address) { bytes in
            // Unsafe: there is room for an address of any family.
            unsafe getsockname(
                file,
                bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                &length
            )
        }
        return status == 0 ? Endpoint(address)?.port ?? 0 : 0
    }

    func send(_ datagram: [UInt8], to endpoint: Endpoint) -> Bool {
        let sent = unsafe endpoint.lend { address, length in
            // Unsafe: bytes and count are those of one array.
            unsafe sendto(file, datagram, datagram.count, Int32(MSG_NOSIGNAL), address, length)
        }
        return sent == datagram.count
    }

    /// Has the system say with each datagram on which network it came.
    func tellNetworks() {
        if isSix {
            set(SocketOption.six, SocketOption.sixArrival, Int32(1))
        } else {
            set(SocketOption.four, SocketOption.fourArrival, Int32(1))
        }
    }

    /// Takes what goes to a group on one network; to do that again changes nothing.
    func join(_ group: [UInt8], on interface: Interface) {
        member(group, interface, four: IP_ADD_MEMBERSHIP, six: IPV6_ADD_MEMBERSHIP)
    }

    /// Takes that no more, also when the network is gone.
    func leave(_ group: [UInt8], on interface: Interface) {
        member(group, interface, four: IP_DROP_MEMBERSHIP, six: IPV6_DROP_MEMBERSHIP)
    }

    private func member(_ group: [UInt8], _ interface: Interface, four: Int32, six: Int32) {
        if isSix {
            var request = ipv6_mreq()
            unsafe withUnsafeMutableBytes(of: &request.ipv6mr_multiaddr) {
                unsafe $0.copyBytes(from: group)
            }
            request.ipv6mr_interface = interface.number
            set(Int32(IPPROTO_IPV6), six, request)
        } else {
            var request = ip_mreqn()
            unsafe withUnsafeMutableBytes(of: &request.imr_multiaddr) {
                unsafe $0.copyBytes(from: group)
            }
            request.imr_ifindex = Int32(bitPattern: interface.number)
            set(Int32(IPPROTO_IP), four, request)
        }
    }

    /// What goes to a group next goes out on this network.
    func face(_ interface: Interface) {
        if isSix {
            set(
                Int32(IPPROTO_IPV6),
                IPV6_MULTICAST_IF,
                Int32(bitPattern: interface.number)
            )
        } else {
            var request = ip_mreqn()
            request.imr_ifindex = Int32(bitPattern: interface.number)
            // Else it may come from an address of another network, and so would the answers.
            unsafe withUnsafeMutableBytes(of: &request.imr_address) {
                unsafe $0.copyBytes(from: interface.four ?? [0, 0, 0, 0])
            }
            set(Int32(IPPROTO_IP), IP_MULTICAST_IF, request)
        }
    }
}

extension Endpoint {
    /// Lends it as the system writes it.
    fileprivate func lend<Answer>(
        _ body: (UnsafePointer<sockaddr>?, socklen_t) -> Answer
    ) -> Answer {
        switch host {
        case .four(let bytes):
            var four = sockaddr_in()
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = port.bigEndian
            unsafe withUnsafeMutableBytes(of: &four.sin_addr) { unsafe $0.copyBytes(from: bytes) }
            return unsafe withUnsafeBytes(of: &four) { raw in
                unsafe body(
                    raw.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                    socklen_t(raw.count)
                )
            }
        case .six(let bytes, let interface):
            var six = sockaddr_in6()
            six.sin6_family = sa_family_t(AF_INET6)
            six.sin6_port = port.bigEndian
            six.sin6_scope_id = interface
            unsafe withUnsafeMutableBytes(of: &six.sin6_addr) { unsafe $0.copyBytes(from: bytes) }
            return unsafe withUnsafeBytes(of: &six) { raw in
                unsafe body(
                    raw.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                    socklen_t(raw.count)
                )
            }
        }
    }

    /// As the system says who sent something.
    init?(_ address: sockaddr_storage) {
        switch Int32(address.ss_family) {
        case AF_INET:
            // Unsafe: an address of this family is one of these, and fits into any.
            let four = unsafe withUnsafeBytes(of: address) { unsafe $0.load(as: sockaddr_in.self) }
            let word = UInt32(bigEndian: four.sin_addr.s_addr)
            let bytes = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) }
            self.init(.four(bytes), port: UInt16(bigEndian: four.sin_port))
        case AF_INET6:
            let six = unsafe withUnsafeBytes(of: address) { unsafe $0.load(as: sockaddr_in6.self) }
            let bytes = unsafe withUnsafeBytes(of: six.sin6_addr) { unsafe Array($0) }
            self.init(
                .six(bytes, interface: six.sin6_scope_id),
                port: UInt16(bigEndian: six.sin6_port)
            )
        default: return nil
        }
    }
}
