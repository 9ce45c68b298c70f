internal import Glibc
internal import Synchronization

/// A question to whoever sits at the terminal, and the line that is typed in answer.
///
/// It waits on a file like everything else, so a node goes on while it stands. However it ends,
/// by ctrl-C too, the terminal shows again what is typed.
package final class Prompt {
    package enum Typed: Hashable, Sendable {
        case line(String)
        /// Nobody is there any more, or ctrl-D was typed.
        case nothing
    }

    /// Ready when something was typed.
    package let file: Int32
    private let question: String
    private let isSecret: Bool
    private var shown: termios?
    private var line: [UInt8] = []

    private static let lineBytes = 4_096

    /// nil when nobody sits there, or somebody else has the terminal.
    package init?(_ question: String, isSecret: Bool) {
        file = unsafe open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
        (self.question, self.isSecret) = (question, isSecret)
        guard file >= 0 else { return nil }
        // Whoever asks from behind would be stopped, and its payments with it.
        guard tcgetpgrp(file) == getpgrp() else { return nil }
        ask()
    }

    deinit {
        show()
        if file >= 0 { close(file) }
    }

    private func ask() {
        // What was typed before the question answers another one.
        tcflush(file, TCIFLUSH)
        hide()
        _ = Files.writeAll(Array(question.utf8), to: file)
    }

    private func hide() {
        var before = termios()
        // Unsafe: the system fills in and reads the settings that are lent for each call.
        guard isSecret, shown == nil, unsafe tcgetattr(file, &before) == 0 else { return }
        var hidden = before
        hidden.c_lflag &= ~tcflag_t(ECHO)
        unsafe tcsetattr(file, TCSANOW, &hidden)
        shown = before
    }

    private func show() {
        guard var before = shown else { return }
        unsafe tcsetattr(file, TCSANOW, &before)
        shown = nil
        // The line that was typed unseen ended unseen too.
        _ = Files.writeAll([0x0A], to: file)
    }

    /// What was typed, once its line is whole; to be asked when the file is ready.
    package func take() -> Typed? {
        var part = [UInt8](repeating: 0, count: Self.lineBytes)
        // Unsafe: there is room for as many bytes as are asked for.
        let count = unsafe read(file, &part, part.count)
        if count < 0, errno == EINTR || errno == EAGAIN { return nil }
        guard count > 0 else { return .nothing }
        line += part[..<count]
        let end = line.firstIndex(of: 0x0A)
        guard end != nil || line.count >= Self.lineBytes else { return nil }
        show()
        let text = String(validating: line[..<(end ?? line.count)], as: UTF8.self)
        return text.map { .line($0) } ?? .nothing
    }

    /// Waits here for the answer, where nothing else has to go on meanwhile.
    ///
    /// A signal that ends or stops the process is obeyed when the terminal is as it was.
    package func wait() -> String? {
        let interruptions = Interruptions()
        while true {
            var files = [file, interruptions.file].map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            // Unsafe: the system fills in the two that are lent for the call.
            guard unsafe poll(&files, nfds_t(files.count), -1) > 0 else {
                guard errno == EINTR else { return nil }
                continue
            }
            if files[1].revents != 0 {
                show()
                interruptions.obey()
                ask()
            } else if let typed = take() {
                guard case .line(let text) = typed else { return nil }
                return text
            }
        }
    }
}

/// Signals that would end or stop this process, kept until a terminal is as it was.
private final class Interruptions {
    private static let kept = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP]

    /// Ready when one has come.
    var file: Int32 { ends[0] }

    private var ends: [Int32] = [-1, -1]
    private var before: [sigaction] = []

    init() {
        // Unsafe: the system writes both ends, and there is room for two.
        guard unsafe pipe(&ends) == 0 else { return }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        interruption.store(ends[1], ordering: .releasing)
        before = Self.kept.map { Self.watch($0) }
    }

    deinit {
        restore()
        interruption.store(-1, ordering: .releasing)
        for end in ends where end >= 0 { close(end) }
    }

    private static func watch(_ one: Int32) -> sigaction {
        var (action, before) = (sigaction(), sigaction())
        // Unsafe: what is called does no more than one write, which any moment allows.
        unsafe action.__sigaction_handler.sa_handler = { number in
            var byte = UInt8(truncatingIfNeeded: number)
            _ = unsafe write(interruption.load(ordering: .acquiring), &byte, 1)
        }
        action.sa_flags = Int32(SA_RESTART)
        _ = unsafe sigaction(one, &action, &before)
        return before
    }

    private func restore() {
        for (one, action) in zip(Self.kept, before) {
            var action = action
            // Unsafe: the system reads the one that is lent for the call.
            _ = unsafe sigaction(one, &action, nil)
        }
    }

    /// Has happen what would have happened at once; returns when the process goes on.
    func obey() {
        var byte: UInt8 = 0
        // Unsafe: there is room for the one byte that is asked for.
        guard unsafe read(file, &byte, 1) == 1 else { return }
        restore()
        // To the process: this thread may be one that takes no signals. The last that can be
        // caught is caught no more, so that nothing goes on before it stops.
        let one = Int32(byte) == SIGTSTP ? SIGSTOP : Int32(byte)
        // Swift would tell where the program stands, to somebody who only wants it to end.
        if one == SIGQUIT { signal(SIGQUIT, SIG_DFL) }
        _ = kill(getpid(), one)
        usleep(Self.microseconds)
        before = Self.kept.map { Self.watch($0) }
    }

    /// By then a signal has done what it does.
    private static let microseconds: UInt32 = 200_000
}

/// Where the handler writes.
private let interruption = Atomic<Int32>(-1)
