internal import Glibc

/// Another program that runs beside this one until it is ended; it never outlives its owner.
package final class Companion {
    /// The system's number for it.
    package let id: Int32
    private var status: Int32?

    /// Starts it without any input; what it says goes into a file.
    package init(
        running path: String,
        _ arguments: [String],
        sayingInto file: String
    ) throws(HostFault) {
        id = try Spawn.start(
            path,
            arguments,
            [.input: .path("/dev/null"), .output: .path("/dev/null"), .errors: .path(file)]
        )
    }

    deinit { kill() }

    /// Whether it is still there.
    package var isRunning: Bool {
        if status == nil { take(WNOHANG) }
        return status == nil
    }

    /// Ends it at once, as if the plug were pulled.
    package func kill() { end(SIGKILL) }

    /// Tells it to end, and waits until it has.
    package func stop() { end(SIGTERM) }

    private func end(_ signal: Int32) {
        guard isRunning else { return }
        _ = Glibc.kill(id, signal)
        while status == nil { take(0) }
    }

    private func take(_ how: Int32) {
        var ended: Int32 = 0
        // Unsafe: the system fills in the one number that is lent for the call.
        let taken = unsafe waitpid(id, &ended, how)
        if taken == id || (taken < 0 && errno != EINTR) { status = ended }
    }
}
