internal import Host
internal import Synchronization
internal import World

/// A sweep under way: tells how it is getting on, and keeps what is needed to go on with it.
final class SweepCampaign: Sendable {
    private struct Inner {
        var state: SweepState
        var pace: SweepPace
        var toldAt: UInt64
        var keptAt: UInt64
        var fault: HostFault?
    }

    private let inner: Mutex<Inner>
    private let scene: Scene
    private let file: String?
    private let earlier: SweepReport
    private let begun: UInt64
    private static let second: UInt64 = 1_000_000_000

    init(_ plan: Sweep.Plan, _ state: SweepState, keptIn file: String?, _ scene: Scene) {
        (self.scene, self.file, begun) = (scene, file, scene.stopwatch())
        earlier = state.report
        let pace = SweepPace(all: plan.stems.count, before: state.report.stems)
        inner = Mutex(Inner(state: state, pace: pace, toldAt: begun, keptAt: begun))
    }

    /// Called from many threads.
    func take(_ progress: Sweep.Progress) {
        let now = scene.stopwatch()
        inner.withLock { inner in
            switch progress {
            case .ran(let all):
                inner.pace.ran(of: all)
            case .done(let report):
                inner.state.take(report, after: earlier)
                let new = report.breaches.map(\.what.description)
                inner.state.broken += new.filter { !inner.state.broken.contains($0) }
                inner.pace.stems = inner.state.report.stems
            }
            inner.pace.broken = inner.state.broken.count
            inner.pace.nanoseconds = now - begun
            tell(&inner, now)
            if now - inner.keptAt >= 2 * Self.second {
                inner.keptAt = now
                keep(&inner)
            }
        }
    }

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

    /// How far it came; the file is written a last time.
    func finish() throws(Complaint) -> (SweepState, SweepPace) {
        let (state, pace, fault) = inner.withLock { inner in
            keep(&inner)
            return (inner.state, inner.pace, inner.fault)
        }
        if scene.errIsTerminal { scene.tell(Pace.wipe) }
        if let fault, let file { throw Complaint(fault, writing: file) }
        return (state, pace)
    }
}

/// How a sweep is getting on, as text: in stems, because how many runs a stem has is known only
/// when its first is over.
struct SweepPace: Sendable {
    let all: Int
    /// Done before this run began.
    let before: Int
    var stems: Int
    var broken = 0
    var nanoseconds: UInt64 = 0
    /// All runs of this sweep, and what they come to in stems.
    private(set) var runs = 0
    private var worth = 0.0

    init(all: Int, before: Int) { (self.all, self.before, stems) = (all, before, before) }

    mutating func ran(of all: Int) {
        runs += 1
        worth += 1 / Double(max(1, all))
    }

    /// Runs in a second; nil while that cannot be told.
    var rate: Double? {
        nanoseconds > 0 && runs > 0 ? Double(runs) / (Double(nanoseconds) / 1e9) : nil
    }

    private var share: Double {
        all == 0 ? 1 : min(1, (Double(before) + worth) / Double(all))
    }

    var bar: String { Pace.bar("sweep", share, words) }
    var line: String { "sweep: \(words)\n" }

    private var words: String {
        var parts = ["\(stems) of \(all) stems", "\(grouped(UInt64(runs))) runs"]
        if broken > 0 { parts.append("\(broken) broken") }
        if let rate {
            parts.append("\(tenths(rate))/s")
            let left = (Double(all - before) - worth) / worth * Double(nanoseconds) / 1e9
            parts.append(Pace.time(max(0, left)) + " left")
        }
        return parts.joined(separator: ", ")
    }
}
