internal import Host
internal import Synchronization
internal import World

/// Many seeds of one scenario: counts, tells how it is getting on, and keeps what is needed to
/// go on with it.
final class Campaign: Sendable {
    private struct Inner {
        var state: RunState
        var pace: Pace
        var breaches: [Breach] = []
        var toldAt: UInt64
        var keptAt: UInt64
        var fault: HostFault?
    }

    private let inner: Mutex<Inner>
    private let scene: Scene
    private let file: String?
    private let begun: UInt64
    private static let second: UInt64 = 1_000_000_000

    init(_ scenario: Scenario, _ state: RunState, keptIn file: String?, _ scene: Scene) {
        (self.scene, self.file, begun) = (scene, file, scene.stopwatch())
        let pace = Pace(scenario.name, all: state.seeds.count, before: state.done.count)
        inner = Mutex(Inner(state: state, pace: pace, toldAt: begun, keptAt: begun))
    }

    /// Takes what came of a seed; called from many threads.
    func take(_ report: World::Report) {
        let now = scene.stopwatch()
        inner.withLock { inner in
            inner.state.add(report)
            if let breach = report.breach { inner.breaches.append(breach) }
            inner.pace.done = inner.state.done.count
            inner.pace.broken = inner.state.broken.count
            inner.pace.nanoseconds = now - begun
            tell(&inner, now)
            if now - inner.keptAt >= 2 * Self.second {
                inner.keptAt = now
                keep(&inner)
            }
        }
    }

    /// Ten times a second where it overwrites itself, else every ten seconds.
    private func tell(_ inner: inout Inner, _ now: UInt64) {
        let wait = scene.errIsTerminal ? Self.second / 10 : 10 * Self.second
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

    struct Result {
        let state: RunState
        let pace: Pace
        let breaches: [Breach]
    }

    /// What it all came to; the file is written a last time.
    func finish() throws(Complaint) -> Result {
        let (result, fault) = inner.withLock { inner in
            keep(&inner)
            let breaches = inner.breaches.sorted { $0.seed < $1.seed }
            let result = Result(state: inner.state, pace: inner.pace, breaches: breaches)
            return (result, inner.fault)
        }
        if scene.errIsTerminal { scene.tell(Pace.wipe) }
        if let fault, let file { throw Complaint(fault, writing: file) }
        return result
    }
}
