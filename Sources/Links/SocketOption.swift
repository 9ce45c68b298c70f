internal import Glibc

/// The numbers that the system's options have.
enum SocketOption {
    static let socket = SOL_SOCKET
    static let four = Int32(IPPROTO_IP)
    static let six = Int32(IPPROTO_IPV6)
    static let reuse = SO_REUSEADDR
    static let broadcast = SO_BROADCAST
    static let fourHops = IP_MULTICAST_TTL
    static let sixHops = IPV6_MULTICAST_HOPS
    static let fourArrival = IP_PKTINFO
    static let sixArrival = IPV6_RECVPKTINFO
}
