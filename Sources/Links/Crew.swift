internal import CLinux
internal import Glibc
internal import Synchronization

/// Threads that do what is costly, one for each core, while the node goes on.
package final class Crew: Sendable {
    package typealias Work = @Sendable () -> Void

    private let shift: Shift

    /// What waits; the threads hold it alone, so that they end when nobody holds the crew.
    private final class Shift: Sendable {
        let waiting = Mutex<(work: [Work], isOver: Bool)>(([], false))
        /// Counts what waits: a thread that reads it sleeps until there is something.
        let count: Int32

        init(_ count: Int32) { self.count = count }
        deinit { close(count) }

        func add(_ times: UInt64) {
            var times = times
            // Unsafe: 8 bytes, as the system wants them.
            _ = unsafe write(count, &times, 8)
        }

        func work() {
            while true {
                var one: UInt64 = 0
                let isRead = unsafe read(count, &one, 8) == 8
                guard isRead || errno == EINTR else { return }
                guard isRead else { continue }
                let next = waiting.withLock { $0.work.isEmpty ? nil : $0.work.removeFirst() }
                if let next { next() } else if waiting.withLock({ $0.isOver }) { return }
            }
        }
    }

    package let size: Int

    package init(_ size: Int) throws(LinkFault) {
        self.size = max(1, size)
        let count = eventfd(0, Int32(EFD_SEMAPHORE) | Int32(EFD_CLOEXEC))
        guard count >= 0 else { throw LinkFault(errno) }
        shift = Shift(count)
        for _ in 0..<self.size {
            var thread = pthread_t()
            // Unsafe: the thread takes over one hold of the shift.
            let held = unsafe Unmanaged.passRetained(shift).toOpaque()
            let status = unsafe pthread_create(
                &thread,
                nil,
                { held in
                    guard let held = unsafe held else { return nil }
                    unsafe Unmanaged<Shift>.fromOpaque(held).takeRetainedValue().work()
                    return nil
                },
                held
            )
            guard status == 0 else {
                unsafe Unmanaged<Shift>.fromOpaque(held).release()
                throw LinkFault(status)
            }
            pthread_detach(thread)
        }
    }

    deinit {
        shift.waiting.withLock { $0 = ([], true) }
        shift.add(UInt64(size))
    }

    /// Has a thread do one thing, while this one does what comes.
    ///
    /// `meanwhile` is told the files that are ready, until the other is done, or until it says
    /// that it takes no more.
    package func aside(
        _ work: @escaping () -> Void,
        _ bell: Bell,
        waitingFor files: Waiting,
        meanwhile: ([Int32]) -> Bool
    ) {
        let loan = Loan(work)
        add {
            loan.work()
            loan.isOver.withLock { $0 = true }
            bell.ring()
        }
        var takes = true
        while !loan.isOver.withLock({ $0 }) {
            if takes {
                let ready = files.wait(atMost: -1)
                if !ready.contains(bell.file) { takes = meanwhile(ready) }
            } else {
                bell.wait()
            }
            bell.silence()
        }
    }

    /// What a thread has of another, which waits until that is over before it touches it again.
    private final class Loan: @unchecked Sendable {
        let work: () -> Void
        let isOver = Mutex(false)

        init(_ work: @escaping () -> Void) { self.work = work }
    }

    package func add(_ work: @escaping Work) {
        shift.waiting.withLock { $0.work.append(work) }
        shift.add(1)
    }
}
