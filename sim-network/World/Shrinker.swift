/// Makes a failing run smaller while it still fails in the same way: what is left is what it
/// takes.
package struct Shrinker {
    package private(set) var scenario: Scenario
    package private(set) var breach: Breach
    /// How many runs it took.
    package private(set) var runs = 0
    private let seed: UInt64
    private let most: Int
    private let run: (Scenario, UInt64) -> Breach?

    /// A scenario whose seed is known to fail, and at most how many runs to try.
    package init(
        _ scenario: Scenario,
        _ breach: Breach,
        most: Int = 200,
        run: @escaping (Scenario, UInt64) -> Breach? = { World($0, seed: $1).run().breach }
    ) {
        (self.scenario, self.breach, seed) = (scenario, breach, breach.seed)
        (self.most, self.run) = (most, run)
    }

    /// How it is getting on.
    package struct Progress: Sendable {
        package let runs: Int
        /// At most how many there will be.
        package let most: Int
        /// The smallest that still fails.
        package let scenario: Scenario
    }

    /// Tells before every run how far it is.
    package mutating func shrink(onProgress: (Progress) -> Void = { _ in }) {
        var isSmaller = true
        while isSmaller, runs < most {
            isSmaller = false
            for candidate in smaller() where runs < most {
                onProgress(Progress(runs: runs, most: most, scenario: scenario))
                runs += 1
                guard let found = run(candidate, seed), found.name == breach.name else {
                    continue
                }
                (scenario, breach) = (candidate, found)
                isSmaller = true
                break
            }
        }
    }

    /// What it might do without, the largest savings first.
    private func smaller() -> [Scenario] {
        var all: [Scenario] = []
        func add(_ change: (inout Scenario) -> Void) {
            var candidate = scenario
            change(&candidate)
            if candidate != scenario { all.append(candidate) }
        }
        for payments in [1, scenario.payments / 2, scenario.payments - 1] where payments > 0 {
            add { $0.payments = payments }
        }
        let crooks = scenario.thieves + scenario.liars
        let least = max(
            2,
            scenario.meters + crooks,
            crooks + max(1, scenario.eKeys),
            2 * scenario.spares + 1
        )
        for peers in [2, scenario.peers / 2, scenario.peers - 1] where peers >= least {
            add { $0.peers = peers }
        }
        // A ring needs a thief.
        add { $0.thieves = max($0.trade == .ring || $0.clones > 1 ? 1 : 0, $0.thieves - 1) }
        add { $0.clones = max(1, $0.clones - 1) }
        add { $0.liars = max(0, $0.liars - 1) }
        add { $0.badReaders = max(0, $0.badReaders - 1) }
        // What befalls an eKey needs one.
        add {
            $0.eKeys = max(min(1, $0.eKeys), $0.badReaders, $0.eKeys - 1)
        }
        if scenario.meters > 1 { add { $0.meters -= 1 } }
        for index in scenario.faults.indices {
            add { $0.faults.remove(at: index) }
        }
        for index in scenario.faults.indices {
            let range = scenario.faults[index].range
            add { $0.faults[index].range = range.lowerBound / 2...range.upperBound / 2 }
        }
        add { $0.seconds = max(1, $0.seconds / 2) }
        add { $0.sticks = max(1, $0.sticks - 1) }
        add { $0.attempts = 1 }
        add { $0.refusals = 0 }
        add { ($0.picked, $0.limit) = (0, 1_000) }
        add { $0.pin = 0 }
        add { $0.wants = 0 }
        for part in [0, scenario.redemptions / 2] { add { $0.redemptions = part } }
        for part in [0, scenario.syncs / 2] { add { $0.syncs = part } }
        return all
    }
}
