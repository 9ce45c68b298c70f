internal import CLinux
internal import Glibc
internal import Words

/// Room for the datagrams that a socket hands over at once, used again and again: a datagram that
/// nobody wants costs no memory, and a share of one call.
@safe final class Basket {
    static let size = 32
    /// One byte more than any datagram of ours has: what fills it is longer.
    private static let slot = Limits.datagramBytes + 1
    private static let besides = 64
    private static let sender = MemoryLayout<sockaddr_storage>.stride
    private static let place = unsafe MemoryLayout<iovec>.stride
    /// A row is a head, and how many bytes came; it fills whole words.
    private static let row = unsafe MemoryLayout<msghdr>.stride + 8

    // Each has room for all slots, is made here, moves never, and goes with this object.
    private let bytes = unsafe raw(slot)
    private let beside = unsafe raw(besides)
    private let senders = unsafe raw(sender)
    private let places = unsafe raw(place)
    private let rows = unsafe raw(row)

    private static func raw(_ each: Int) -> UnsafeMutableRawBufferPointer {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: size * each, alignment: 16)
        unsafe room.initializeMemory(as: UInt8.self, repeating: 0)
        return unsafe room
    }

    deinit {
        unsafe bytes.deallocate()
        unsafe beside.deallocate()
        unsafe senders.deallocate()
        unsafe places.deallocate()
        unsafe rows.deallocate()
    }

    /// Takes what waits on a socket, as much as there is room for; says how many.
    func fill(from file: Int32, atMost most: Int) -> Int {
        let most = min(most, Self.size)
        for index in 0..<most {
            // Unsafe: each row names room of its own, and how much that is.
            let place = unsafe iovec(
                iov_base: bytes.baseAddress.map { unsafe $0 + index * Self.slot },
                iov_len: Self.slot
            )
            unsafe places.storeBytes(of: place, toByteOffset: index * Self.place, as: iovec.self)
            let into = unsafe places.baseAddress.map { unsafe $0 + index * Self.place }
            let head = unsafe msghdr(
                msg_name: senders.baseAddress.map { unsafe $0 + index * Self.sender },
                msg_namelen: socklen_t(Self.sender),
                msg_iov: into?.assumingMemoryBound(to: iovec.self),
                msg_iovlen: 1,
                msg_control: beside.baseAddress.map { unsafe $0 + index * Self.besides },
                msg_controllen: Self.besides,
                msg_flags: 0
            )
            unsafe rows.storeBytes(of: head, toByteOffset: index * Self.row, as: msghdr.self)
        }
        let flags = Int32(MSG_DONTWAIT)
        let count = unsafe tally_recvmmsg(file, rows.baseAddress, UInt32(most), flags, nil)
        return max(0, Int(count))
    }

    /// How many bytes a datagram has.
    func count(_ index: Int) -> Int {
        let at = index * Self.row + Self.row - 8
        return unsafe Int(rows.load(fromByteOffset: at, as: UInt32.self))
    }

    /// A byte of it.
    func byte(_ index: Int, _ at: Int) -> UInt8 {
        precondition(at < Self.slot, "a byte of this datagram")
        return unsafe bytes[index * Self.slot + at]
    }

    /// Eight bytes of it, as the number they are on the wire.
    func word(_ index: Int, _ at: Int) -> UInt64 {
        precondition(at >= 0 && at + 8 <= Self.slot, "eight bytes of this datagram")
        let start = index * Self.slot + at
        return unsafe UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self))
    }

    /// A hash of all of it, under a key that this process drew when it began.
    func hash(_ index: Int) -> UInt64 {
        let start = index * Self.slot
        var hasher = Hasher()
        // Unsafe: bytes of this slot, lent for the call.
        unsafe hasher.combine(
            bytes: UnsafeRawBufferPointer(
                rebasing: bytes[start..<start + min(count(index), Self.slot)]
            )
        )
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    /// A copy of it, for whoever keeps it.
    func datagram(_ index: Int) -> [UInt8] {
        let start = index * Self.slot
        return unsafe Array(bytes[start..<start + min(count(index), Self.slot)])
    }

    func sender(_ index: Int) -> Endpoint? {
        let at = index * Self.sender
        return unsafe Endpoint(senders.load(fromByteOffset: at, as: sockaddr_storage.self))
    }

    /// On which network it came, where the socket tells; else 0.
    func network(_ index: Int) -> UInt32 {
        let head = unsafe rows.load(fromByteOffset: index * Self.row, as: msghdr.self)
        let count = unsafe min(Int(head.msg_controllen), Self.besides)
        func number(_ at: Int) -> UInt32 {
            guard at + 4 <= count else { return 0 }
            return unsafe beside.load(fromByteOffset: index * Self.besides + at, as: UInt32.self)
        }
        // One thing at most is asked for: its length, its level, its kind, and itself. Of IPv4
        // the network's number comes first, of IPv6 an address before it.
        switch (Int32(bitPattern: number(8)), Int32(bitPattern: number(12))) {
        case (SocketOption.four, IP_PKTINFO): return number(16)
        case (SocketOption.six, IPV6_PKTINFO): return number(32)
        default: return 0
        }
    }
}
