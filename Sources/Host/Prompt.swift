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
    /// Nobody had the terminal since the question was written there.
    private var isAsked = false
    /// Where a loop watches the file; what else ends the process is kept by that loop.
    private var watched: Interruptions?

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
        if !isBehind { show() }
        if file >= 0 { close(file) }
    }

    private func ask() {
        hide()
        // What was typed before the question answers another one.
        tcflush(file, TCIFLUSH)
        line = []
        _ = Files.writeAll(Array(question.utf8), to: file)
        isAsked = true
    }

    /// Asks anew, of a terminal that somebody else has had meanwhile.
    private func askAgain() {
        if isBare { shown = nil }
        ask()
    }

    /// A terminal that is gone is nobody else's: reading it tells.
    private var isBehind: Bool {
        let group = tcgetpgrp(file)
        return group >= 0 && group != getpgrp()
    }

    /// Whether the terminal shows what is to stay unseen: a shell set it so, as shells do when
    /// what they run is stopped.
    private var isBare: Bool {
        var now = termios()
        // Unsafe: the system fills in the settings that are lent for the call.
        guard shown != nil, unsafe tcgetattr(file, &now) == 0 else { return false }
        return now.c_lflag & tcflag_t(ECHO) != 0
    }

    private var stands: Bool { isAsked && !isBehind && !isBare }

    private func hide() {
        var before = termios()
        // Unsafe: the system fills in and reads the settings that are lent for each call.
        guard isSecret, shown == nil, unsafe tcgetattr(file, &before) == 0 else { return }
        var hidden = before
        hidden.c_lflag &= ~tcflag_t(ECHO)
        guard unsafe tcsetattr(file, TCSANOW, &hidden) == 0 else { return }
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
        guard stands else {
            // What was typed stood there to be read.
            askAgain()
            return nil
        }
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

    /// Whether the question stands there; to be asked each time around by a loop that watches the
    /// file, and only while it does the file is to be watched.
    ///
    /// A signal that stops the process is obeyed here, when the terminal is as it was; afterwards
    /// the question is asked again.
    package func tick() -> Bool {
        let interruptions = watched ?? Interruptions(of: [SIGQUIT, SIGTSTP])
        watched = interruptions
        if interruptions.hasCome { pause(for: interruptions) }
        // From behind, asking would stop the process again.
        isAsked = isAsked && !isBehind
        if !stands, !isBehind { askAgain() }
        return stands
    }

    private func pause(for interruptions: Interruptions) {
        show()
        interruptions.obey()
        isAsked = false
    }

    /// Waits here for the answer, where nothing else has to go on meanwhile.
    ///
    /// A signal that ends or stops the process is obeyed when the terminal is as it was.
    package func wait() -> String? {
        let interruptions = Interruptions(of: [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP])
        while true {
            var files = [file, interruptions.file].map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            // Unsafe: the system fills in the two that are lent for the call.
            guard unsafe poll(&files, nfds_t(files.count), -1) > 0 else {
                guard errno == EINTR else { return nil }
                if !stands { askAgain() }
                continue
            }
            if files[1].revents != 0 {
                pause(for: interruptions)
                askAgain()
            } else if let typed = take() {
                guard case .line(let text) = typed else { return nil }
                return text
            }
        }
    }
}

/// Signals that would end or stop this process, kept until a terminal is as it was.
private final class Interruptions {
    private let kept: [Int32]

    /// Ready when one has come.
    var file: Int32 { ends[0] }

    private var ends: [Int32] = [-1, -1]
    private var before: [sigaction] = []

    init(of kept: [Int32]) {
        self.kept = kept
        // Unsafe: the system writes both ends, and there is room for two.
        guard unsafe pipe(&ends) == 0 else { return }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        interruption.store(ends[1], ordering: .releasing)
        before = kept.map { Self.watch($0) }
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
        for (one, action) in zip(kept, before) {
            var action = action
            // Unsafe: the system reads the one that is lent for the call.
            _ = unsafe sigaction(one, &action, nil)
        }
    }

    /// Whether one has come that was not obeyed yet.
    var hasCome: Bool {
        var one = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
        // Unsafe: the system fills in the one that is lent for the call.
        return unsafe poll(&one, 1, 0) == 1
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
        before = kept.map { Self.watch($0) }
    }

    /// By then a signal has done what it does.
    private static let microseconds: UInt32 = 200_000
}

/// Where the handler writes.
private let interruption = Atomic<Int32>(-1)
