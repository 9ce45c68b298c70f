internal import Glibc

/// Whoever started this process as a service and wants to hear how it stands: systemd, which takes
/// a datagram for each word.
///
/// The word that it lives comes from the loop that does the work, and from nowhere else: where
/// that loop hangs nothing is said, and the process is started anew.
package final class Supervisor {
    /// How long the loop may wait for something to happen, in milliseconds.
    package let patience: UInt64
    private let watches: Bool
    private let place: [UInt8]
    private let file: Int32
    private var spokenAt: UInt64?

    /// The names of what systemd says to a service.
    package static let environment = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]

    /// Nil where nobody wants to hear anything.
    package init?(_ environment: [String: String]) {
        guard let name = environment["NOTIFY_SOCKET"], let place = Self.place(name) else {
            return nil
        }
        self.place = place
        let microseconds = environment["WATCHDOG_USEC"].flatMap { UInt64($0) } ?? 0
        // It may be meant for the process that started this one.
        let isMine = environment["WATCHDOG_PID"].map { Int32($0) == getpid() } ?? true
        watches = microseconds > 0 && isMine
        // A word may come late by as much, and is in time all the same.
        patience = watches ? max(1, microseconds / 4_000) : .max
        file = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard file >= 0 else { return nil }
        // One that hears nothing for so long is not waited for.
        var limit = timeval(tv_sec: 2, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        // Unsafe: the system reads the one that is lent for the call, in its whole length.
        _ = unsafe setsockopt(file, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    }

    deinit { close(file) }

    /// A path, or after `@` a name that is in no folder; other kinds of sockets are for others.
    private static func place(_ name: String) -> [UInt8]? {
        var place = Array(name.utf8)
        guard place.count > 1, place.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path)
        else { return nil }
        switch place[0] {
        case UInt8(ascii: "/"): place.append(0)
        case UInt8(ascii: "@"): place[0] = 0
        case _: return nil
        }
        return place
    }

    /// It does what it is for, from now on.
    package func ready(_ status: String) {
        say("READY=1\n" + Self.line(status))
        spokenAt = nil
    }

    /// How it stands, in a few words.
    package func note(_ status: String) { say(Self.line(status)) }

    /// The loop has come round; told no more often than it has to be.
    package func turned(at milliseconds: UInt64) {
        guard watches, milliseconds >= (spokenAt.map { $0 + patience / 2 } ?? 0) else { return }
        // A word that found no room is said again at the next turn.
        if say("WATCHDOG=1", flags: Int32(MSG_DONTWAIT)) { spokenAt = milliseconds }
    }

    /// It ends, because it was told to.
    package func stopping() { say("STOPPING=1") }

    private static func line(_ status: String) -> String {
        "STATUS=" + String(status.map { $0.isNewline ? " " : $0 })
    }

    @discardableResult
    private func say(_ word: String, flags: Int32 = 0) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: place) }
        let length = MemoryLayout<sa_family_t>.size + place.count
        let bytes = Array(word.utf8)
        let sent = unsafe withUnsafeBytes(of: &address) { raw in
            // Unsafe: every address begins like this one, and it has at least that length.
            unsafe sendto(
                file,
                bytes,
                bytes.count,
                flags | Int32(MSG_NOSIGNAL),
                raw.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                socklen_t(length)
            )
        }
        return sent == bytes.count
    }
}
