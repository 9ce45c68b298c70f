import Disks
import Synchronization

/// What came of a sweep.
package struct SweepReport: Hashable, Sendable {
    /// The first runs, one for each stem.
    package var stems = 0
    /// What there is to run: each stem's places times what may be left of the disk.
    package var computed = 0
    /// The runs in which every power cut came, at its place, as the worlds themselves count.
    package var ran = 0
    package var breaches: [Found] = []
    package var places = 0

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
    /// How a sweep is getting on.
    package enum Progress: Sendable {
        /// One more run of so many of its stem.
        case ran(of: Int)
        /// All of the stems from the first on that are done, in their order: with it and their
        /// number a sweep can be gone on with later.
        case done(SweepReport)
    }

    /// Runs the stems of a plan, or some of them, on so many threads.
    ///
    /// With `stopsAtBreach` the stem in which something is broken is the last; it then counts
    /// for nothing but what it found.
    package static func run(
        _ plan: Plan,
        from first: Int = 0,
        to end: Int? = nil,
        jobs: Int,
        stopsAtBreach: Bool = false,
        onProgress: @escaping @Sendable (Progress) -> Void = { _ in }
    ) async -> SweepReport {
        let tally = Tally(
            plan.stems.indices.clamped(to: first..<max(first, end ?? .max)),
            stopsAtBreach,
            onProgress
        )
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<max(1, jobs) {
                group.addTask {
                    while let number = tally.next() { run(plan, number, tally) }
                }
            }
        }
        return tally.report
    }

    private static func run(_ plan: Plan, _ number: Int, _ tally: Tally) {
        let stem = plan.stems[number]
        var report = SweepReport()
        let base = Case(script: stem.script)
        let (world, road, _) = base.run(after: plan.founding, seed: plan.seed)
        report.stems = 1
        if let breach = world.breach {
            report.breaches.append(.init(stem: number, what: base, breach: breach))
        }
        report.places = stem.places(on: road)
        report.computed = report.places * stem.leaves.count
        for one in stem.cases(places: report.places) {
            guard tally.goesOn(report) else { return tally.stopped(report) }
            let (world, ran, _) = one.run(after: plan.founding, seed: plan.seed)
            if let breach = world.breach {
                report.breaches.append(.init(stem: number, what: one, breach: breach))
            }
            if one.went(along: ran, after: road) { report.ran += 1 }
            tally.ran(of: report.computed)
        }
        tally.done(number, report)
    }

    /// Hands the stems out, and puts what comes of them together in their order.
    private final class Tally: Sendable {
        private struct State {
            var next: Int
            var told: Int
            var waiting: [Int: SweepReport] = [:]
            var report = SweepReport()
            /// Found in stems that were not run to their end.
            var found: [SweepReport.Found] = []
        }

        private let state: Mutex<State>
        private let end: Int
        private let stopsAtBreach: Bool
        private let onProgress: @Sendable (Progress) -> Void

        init(
            _ stems: Range<Int>,
            _ stopsAtBreach: Bool,
            _ onProgress: @escaping @Sendable (Progress) -> Void
        ) {
            state = Mutex(State(next: stems.lowerBound, told: stems.lowerBound))
            (end, self.stopsAtBreach) = (stems.upperBound, stopsAtBreach)
            self.onProgress = onProgress
        }

        var report: SweepReport {
            state.withLock { state in
                var report = state.report
                report.breaches += state.found.sorted { $0.stem < $1.stem }
                return report
            }
        }

        func next() -> Int? {
            state.withLock { state in
                guard state.next < end, state.found.isEmpty else { return nil }
                defer { state.next += 1 }
                return state.next
            }
        }

        /// Whether a stem of which so much is known is run on.
        func goesOn(_ report: SweepReport) -> Bool {
            guard stopsAtBreach else { return true }
            return report.breaches.isEmpty && state.withLock { $0.found.isEmpty }
        }

        func stopped(_ report: SweepReport) {
            state.withLock { $0.found += report.breaches }
        }

        func ran(of all: Int) { onProgress(.ran(of: all)) }

        func done(_ number: Int, _ report: SweepReport) {
            guard goesOn(report) else { return stopped(report) }
            state.withLock { state in
                state.waiting[number] = report
                while let next = state.waiting.removeValue(forKey: state.told) {
                    state.told += 1
                    state.report.add(next)
                    onProgress(.done(state.report))
                }
            }
        }
    }
}
