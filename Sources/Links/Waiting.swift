internal import CLinux
internal import Glibc

/// Waits for whatever comes first: a datagram, a line, a bell, the end of a time.
package final class Waiting {
    /// Ready when one of those is that it waits for: so one that waits can wait for another.
    package let file: Int32

    package init() throws(LinkFault) {
        file = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard file >= 0 else { throw LinkFault(errno) }
    }

    deinit { close(file) }

    /// Waits for that file too; `toWrite` for its taking more as well.
    package func add(_ one: Int32, toWrite: Bool = false) {
        var event = unsafe epoll_event()
        unsafe event.events = EPOLLIN.rawValue | (toWrite ? EPOLLOUT.rawValue : 0)
        unsafe event.data.fd = one
        // Unsafe: the system reads the one that is lent for the call.
        if unsafe epoll_ctl(file, EPOLL_CTL_ADD, one, &event) != 0, errno == EEXIST {
            _ = unsafe epoll_ctl(file, EPOLL_CTL_MOD, one, &event)
        }
    }

    package func remove(_ one: Int32) {
        _ = epoll_ctl(file, EPOLL_CTL_DEL, one, nil)
    }

    /// The files on which something has come; none when the time was over first.
    package func wait(atMost milliseconds: Int) -> [Int32] {
        var events = unsafe [epoll_event](repeating: epoll_event(), count: 64)
        // Unsafe: there is room for as many as are asked for.
        let count = unsafe epoll_wait(
            file,
            &events,
            Int32(events.count),
            Int32(clamping: milliseconds)
        )
        return unsafe events.prefix(max(0, Int(count))).map { unsafe $0.data.fd }
    }
}

/// Wakes whoever waits, from any thread.
package final class Bell: Sendable {
    package let file: Int32

    package init() throws(LinkFault) {
        file = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
        guard file >= 0 else { throw LinkFault(errno) }
    }

    deinit { close(file) }

    package func ring() {
        var one: UInt64 = 1
        // Unsafe: 8 bytes, as the system wants them. A bell that is full rings already.
        _ = unsafe write(file, &one, 8)
    }

    /// Waits until it rings.
    package func wait() {
        var one = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
        // Unsafe: one of these, lent for the call.
        _ = unsafe poll(&one, 1, -1)
    }

    /// Ends the ringing, and says whether there was any.
    @discardableResult
    package func silence() -> Bool {
        var count: UInt64 = 0
        return unsafe read(file, &count, 8) == 8
    }
}
