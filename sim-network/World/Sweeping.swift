import Disks
import Synchronization

/// What came of a sweep.
package struct SweepReport: Hashable, Sendable {
    /// The first runs, one for each stem.
    package fileprivate(set) var stems = 0
    /// What there is to run: each stem's places times what may be left of the disk.
    package fileprivate(set) var computed = 0
    /// The runs in which every power cut came, at its place.
    package fileprivate(set) var ran = 0
    package fileprivate(set) var breaches: [Found] = []
    package fileprivate(set) var places = 0

    package struct Found: Hashable, Sendable, CustomStringConvertible {
        package let stem: Int
        package let what: Sweep.Case
        package let breach: Breach
        package var description: String { "\(what): \(breach)" }
    }

    package init() {}

    /// Puts what came of other stems to this.
    package mutating func add(_ other: SweepReport) {
        stems += other.stems
        computed += other.computed
        ran += other.ran
        places += other.places
        breaches += other.breaches
    }
}

extension Sweep {
    /// Runs the stems of a plan, or some of them, on so many threads.
    ///
    /// After each stem, in the order of the stems, `onProgress` is told of all that is done: with
    /// its report and the number of its stems a sweep can be gone on with later.
    package static func run(
        _ plan: Plan,
        from first: Int = 0,
        to end: Int? = nil,
        jobs: Int,
        onProgress: @escaping @Sendable (SweepReport) -> Void = { _ in }
    ) async -> SweepReport {
        let tally = Tally(
            plan.stems.indices.clamped(to: first..<max(first, end ?? .max)),
            onProgress
        )
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<max(1, jobs) {
                group.addTask {
                    while let number = tally.next() {
                        tally.done(number, run(plan.stems[number], number, seed: plan.seed))
                    }
                }
            }
        }
        return tally.report
    }

    private static func run(_ stem: Stem, _ number: Int, seed: UInt64) -> SweepReport {
        var report = SweepReport()
        let base = Case(script: stem.script)
        let first = base.run(seed: seed)
        report.stems = 1
        if let breach = first.world.breach {
            report.breaches.append(.init(stem: number, what: base, breach: breach))
        }
        report.places = stem.isInRecovery ? first.script.passedInRecovery : first.script.passed
        report.computed = report.places * stem.leaves.count
        for one in stem.cases(places: report.places) {
            let (world, script) = one.run(seed: seed)
            if let breach = world.breach {
                report.breaches.append(.init(stem: number, what: one, breach: breach))
            }
            if script.done == one.script.cuts.count { report.ran += 1 }
        }
        return report
    }

    /// Hands the stems out, and puts what comes of them together in their order.
    private final class Tally: Sendable {
        private struct State {
            var next: Int
            var told: Int
            var waiting: [Int: SweepReport] = [:]
            var report = SweepReport()
        }

        private let state: Mutex<State>
        private let end: Int
        private let onProgress: @Sendable (SweepReport) -> Void

        init(_ stems: Range<Int>, _ onProgress: @escaping @Sendable (SweepReport) -> Void) {
            state = Mutex(State(next: stems.lowerBound, told: stems.lowerBound))
            (end, self.onProgress) = (stems.upperBound, onProgress)
        }

        var report: SweepReport { state.withLock { $0.report } }

        func next() -> Int? {
            state.withLock { state in
                guard state.next < end else { return nil }
                defer { state.next += 1 }
                return state.next
            }
        }

        func done(_ number: Int, _ report: SweepReport) {
            state.withLock { state in
                state.waiting[number] = report
                while let next = state.waiting.removeValue(forKey: state.told) {
                    state.told += 1
                    state.report.add(next)
                    onProgress(state.report)
                }
            }
        }
    }
}
