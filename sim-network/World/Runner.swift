import Synchronization

/// Runs many seeds of a scenario on as many threads as are asked for.
///
/// What comes of a seed does not depend on their number: each world lives on one of them.
package enum Runner {
    /// How a run is getting on, told after every seed.
    package struct Progress: Sendable {
        package let done: Int
        package let all: Int
        package let breaches: Int
    }

    /// The reports in the order of their seeds; after a breach the seeds that are not begun yet
    /// are left out when `stopsAtBreach`.
    package static func run(
        _ scenario: Scenario,
        seeds: ClosedRange<UInt64>,
        jobs: Int,
        with cryptography: Cryptography = .standIn,
        stopsAtBreach: Bool = false,
        onProgress: @escaping @Sendable (Progress, Report) -> Void = { _, _ in }
    ) async -> [Report] {
        let desk = Seeds(seeds, stopsAtBreach)
        return await withTaskGroup(of: [Report].self) { group in
            for _ in 0..<max(1, jobs) {
                group.addTask {
                    var mine: [Report] = []
                    while let seed = desk.next() {
                        let report = World(scenario, seed: seed, with: cryptography).run()
                        mine.append(report)
                        onProgress(desk.done(report), report)
                    }
                    return mine
                }
            }
            var all: [Report] = []
            for await some in group { all += some }
            return all.sorted { $0.seed < $1.seed }
        }
    }

    /// Hands seeds out, one at a time, and keeps count.
    private final class Seeds: Sendable {
        private struct State {
            var next: UInt64?
            var done = 0
            var breaches = 0
        }

        private let state: Mutex<State>
        private let last: UInt64
        private let all: Int
        private let stopsAtBreach: Bool

        init(_ seeds: ClosedRange<UInt64>, _ stopsAtBreach: Bool) {
            state = Mutex(State(next: seeds.lowerBound))
            (last, all) = (seeds.upperBound, seeds.count)
            self.stopsAtBreach = stopsAtBreach
        }

        func next() -> UInt64? {
            state.withLock { state in
                guard let seed = state.next, !(stopsAtBreach && state.breaches > 0) else {
                    return nil
                }
                state.next = seed == last ? nil : seed + 1
                return seed
            }
        }

        func done(_ report: Report) -> Progress {
            state.withLock { state in
                state.done += 1
                if report.breach != nil { state.breaches += 1 }
                return Progress(done: state.done, all: all, breaches: state.breaches)
            }
        }
    }
}
