internal import CLinux
internal import Glibc
internal import Synchronization

/// The wishes of the system and of whoever sits at the terminal, that the process should end.
///
/// They ring a bell instead of ending it, and only the first of each: who asks twice is obeyed.
package final class Signals {
    private let bell: Bell

    package init() throws(LinkFault) {
        bell = try Bell()
        // Swift would tell where the program stands, and ask what to do, whoever only wants an end.
        signal(SIGQUIT, SIG_DFL)
        signalledBell.store(bell.file, ordering: .releasing)
        for one in [SIGTERM, SIGINT, SIGHUP] {
            var action = sigaction()
            // Unsafe: what is called does no more than one write, which any moment allows.
            unsafe action.__sigaction_handler.sa_handler = { _ in
                var one: UInt64 = 1
                _ = unsafe write(signalledBell.load(ordering: .acquiring), &one, 8)
            }
            action.sa_flags = Int32(bitPattern: SA_RESETHAND) | SA_RESTART
            _ = unsafe sigaction(one, &action, nil)
        }
    }

    /// Ready when one has come.
    package var file: Int32 { bell.file }

    /// Whether one has come since this was asked last.
    package func hasCome() -> Bool { bell.silence() }
}

/// Which bell the handler rings.
private let signalledBell = Atomic<Int32>(-1)
