internal import CLinux
internal import Glibc

/// Tells when a network of this host comes or goes, or gets or loses an address.
final class NetworkWatch {
    let file: Int32

    /// nil where the system tells nobody.
    init?() {
        let kind = Int32(SOCK_RAW.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        file = socket(AF_NETLINK, kind | Int32(SOCK_CLOEXEC.rawValue), NETLINK_ROUTE)
        guard file >= 0 else { return nil }
        var address = sockaddr_nl()
        address.nl_family = sa_family_t(AF_NETLINK)
        address.nl_groups = UInt32(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR)
        let status = unsafe withUnsafeBytes(of: &address) { raw in
            // Unsafe: every address begins like this one.
            unsafe bind(
                file,
                raw.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                socklen_t(raw.count)
            )
        }
        guard status == 0 else {
            close(file)
            return nil
        }
    }

    deinit { close(file) }

    /// Whether something was told since it was last asked; what it was is looked up anew.
    func hasNews() -> Bool {
        var part = [UInt8](repeating: 0, count: 8_192)
        for round in 0..<64 {
            // Unsafe: there is room for as many bytes as are asked for.
            let count = unsafe recv(file, &part, part.count, Int32(MSG_DONTWAIT))
            // More than could be kept for us is news too.
            if count < 0 { return round > 0 || errno == ENOBUFS }
        }
        return true
    }
}
