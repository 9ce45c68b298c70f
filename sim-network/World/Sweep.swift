import Disks
import Synchronization

/// One payment of two homes in fair weather, with the power going at every place there is.
///
/// What is tried is not drawn but counted out: a run is made first and its places are counted,
/// then one run for each of them and each thing that a power cut may leave. docs/SIMULATOR has
/// the three depths.
package enum Sweep {
    package enum Depth: Int, Hashable, Sendable, CaseIterable {
        /// A power cut at each place, with nothing else, or with any one message lost, doubled,
        /// or held until after the next restart.
        case single = 1
        /// At each place, and then at each place that comes after it, on either home.
        case pairs
        /// At each pair of places, and then at each place of the recovery from the second.
        case recoveries
    }

    /// What it is that all of it happens to.
    package static var payment: Scenario {
        var scenario = Scenario(name: "sweep")
        // Two pieces, so that the handover has two entries, and change comes back.
        (scenario.peers, scenario.payments, scenario.trade) = (2, 1, .chain)
        (scenario.sticks, scenario.units, scenario.amounts) = (2, 500, 700...700)
        (scenario.seconds, scenario.attempts) = (1, 2)
        return scenario
    }

    /// A first run that is the same for all of its cases, up to the power cut that ends each.
    package struct Stem: Hashable, Sendable {
        let mishap: Script.Mishap?
        let cuts: [Script.Cut]
        let leaves: [Aftermath]
        let isInRecovery: Bool

        var script: Script { Script(mishap: mishap, cuts: cuts) }

        /// Every power cut at so many places.
        func cases(places: Int) -> [Case] {
            (1...max(1, places)).prefix(places).flatMap { place in
                leaves.map { leaves in
                    let cut = Script.Cut(at: place, leaves: leaves, isInRecovery: isInRecovery)
                    return Case(script: Script(mishap: mishap, cuts: cuts + [cut]))
                }
            }
        }
    }

    /// One run.
    package struct Case: Hashable, Sendable, CustomStringConvertible {
        let script: Script

        package var description: String {
            var parts: [String] = []
            if let mishap = script.mishap {
                parts.append("message \(mishap.message) \(mishap.fate.rawValue)")
            }
            for (number, cut) in script.cuts.enumerated() {
                let then = number == 0 ? "" : cut.isInRecovery ? "recovery's " : "then "
                parts.append("\(then)place \(cut.at) \(cut.leaves.rawValue)")
            }
            return parts.isEmpty ? "no fault" : parts.joined(separator: ", ")
        }

        /// Runs it; the world says how far its script has come.
        func run(seed: UInt64) -> (world: Report, script: Script) {
            let world = World(Sweep.payment, seed: seed, keepsTrace: false, script: script)
            let report = world.run()
            return (report, world.script ?? script)
        }
    }

    /// What is to be run, stem by stem.
    package struct Plan: Sendable {
        package let depth: Depth
        package let seed: UInt64
        package let stems: [Stem]
        /// The places of the payment when nothing goes wrong, and its messages.
        package let places: Int
        package let messages: Int
    }

    package static func plan(_ depth: Depth, seed: UInt64 = 1) -> Plan {
        let first = Case(script: Script()).run(seed: seed).script
        let stems: [Stem]
        switch depth {
        case .single: stems = singles(messages: first.messages)
        case .pairs: stems = pairs(places: first.passed)
        case .recoveries:
            stems = pairs(places: first.passed).flatMap { stem in
                let places = Case(script: stem.script).run(seed: seed).script.passed
                return stem.cases(places: places).map { pair in
                    Stem(
                        mishap: nil,
                        cuts: pair.script.cuts,
                        leaves: stem.leaves,
                        isInRecovery: true
                    )
                }
            }
        }
        return Plan(
            depth: depth,
            seed: seed,
            stems: stems,
            places: first.passed,
            messages: first.messages
        )
    }

    private static func singles(messages: Int) -> [Stem] {
        var mishaps: [Script.Mishap?] = [nil]
        for message in 0..<messages {
            for fate in Script.Fate.allCases {
                mishaps.append(Script.Mishap(message: message + 1, fate: fate))
            }
        }
        return mishaps.map {
            Stem(mishap: $0, cuts: [], leaves: Aftermath.allCases, isInRecovery: false)
        }
    }

    /// Both power cuts leave the same.
    private static func pairs(places: Int) -> [Stem] {
        (0..<places).flatMap { place in
            Aftermath.allCases.map { leaves in
                Stem(
                    mishap: nil,
                    cuts: [Script.Cut(at: place + 1, leaves: leaves)],
                    leaves: [leaves],
                    isInRecovery: false
                )
            }
        }
    }
}
