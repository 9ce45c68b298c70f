internal import Command
internal import Host
internal import Synchronization

/// What is needed to go on with something, as a file has it.
protocol Keepable: Sendable {
    var text: String { get }
}

/// How something is getting on.
protocol Paced: Sendable {
    var nanoseconds: UInt64 { get set }
    /// One line that overwrites the one before it.
    var bar: String { get }
    /// A line of its own, where nothing can be overwritten.
    var line: String { get }
}

/// Something long that many threads work at: it tells how it is getting on, and keeps what is
/// needed to go on with it.
final class Undertaking<State: Keepable, Step: Paced>: Sendable {
    private struct Inner {
        var state: State
        var pace: Step
        var toldAt: UInt64
        var keptAt: UInt64
        var fault: HostFault?
    }

    private let inner: Mutex<Inner>
    private let scene: Scene
    private let file: String?
    private let begun: UInt64
    private let second: UInt64 = 1_000_000_000

    init(_ state: State, _ pace: Step, keptIn file: String?, _ scene: Scene) {
        (self.scene, self.file, begun) = (scene, file, scene.stopwatch())
        inner = Mutex(Inner(state: state, pace: pace, toldAt: begun, keptAt: begun))
    }

    /// Takes what came of a part of it; called from many threads.
    func take(_ change: (inout State, inout Step) -> Void) {
        let now = scene.stopwatch()
        inner.withLock { inner in
            change(&inner.state, &inner.pace)
            inner.pace.nanoseconds = now - begun
            tell(&inner, now)
            if now - inner.keptAt >= 2 * second {
                inner.keptAt = now
                keep(&inner)
            }
        }
    }

    /// Ten times a second where it overwrites itself, else every ten seconds.
    private func tell(_ inner: inout Inner, _ now: UInt64) {
        let wait = scene.errIsTerminal ? second / 10 : 10 * second
        guard now - inner.toldAt >= wait else { return }
        inner.toldAt = now
        scene.tell(scene.errIsTerminal ? inner.pace.bar : inner.pace.line)
    }

    private func keep(_ inner: inout Inner) {
        guard let file else { return }
        do {
            try Files.write(Array(inner.state.text.utf8), to: file)
        } catch {
            inner.fault = error
        }
    }

    /// How far it came; the file is written a last time.
    func finish() throws(Complaint) -> (state: State, pace: Step) {
        let (state, pace, fault) = inner.withLock { inner in
            keep(&inner)
            return (inner.state, inner.pace, inner.fault)
        }
        if scene.errIsTerminal { scene.tell(Pace.wipe) }
        if let fault, let file { throw Complaint(fault, writing: file) }
        return (state, pace)
    }
}
