package import Disks

/// One payment of two homes in fair weather, with the power going at every place there is.
///
/// What is tried is not drawn but counted out: a run is made first and its places are counted,
/// then one run for each of them and each thing that a power cut may leave. docs/SIMULATOR has
/// the three depths. The homes are made once, and every run begins with their disks.
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
        // Four pieces, so that the handover has four entries, and change comes back.
        (scenario.peers, scenario.payments, scenario.trade) = (2, 1, .chain)
        (scenario.sticks, scenario.units, scenario.amounts) = (4, 200, 700...700)
        (scenario.seconds, scenario.attempts) = (1, 2)
        return scenario
    }

    /// A first run that is the same for all of its cases, up to the power cut that ends each.
    package struct Stem: Hashable, Sendable {
        let mishap: Script.Mishap?
        let cuts: [Script.Cut]
        package let leaves: [Aftermath]
        let isInRecovery: Bool

        var script: Script { Script(mishap: mishap, cuts: cuts) }

        /// How many places there are on its road behind its last power cut.
        func places(on road: Road) -> Int {
            let rest = road.places.dropFirst(road.cuts.last?.place ?? 0)
            return isInRecovery ? rest.count { $0.isInRecovery } : rest.count
        }

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
    package struct Case: Hashable, Sendable {
        let script: Script

        /// Runs it; the world says where it has been.
        func run(after founding: Founding, seed: UInt64) -> (world: Report, road: Road, Script) {
            let world = Sweep.world(self, after: founding, seed: seed, keepsTrace: false)
            let report = world.run()
            return (report, world.road, world.script ?? script)
        }
    }

    /// The world of one case, to be run with all that happens in it kept.
    package static func world(_ one: Case, seed: UInt64) -> World {
        world(one, after: Founding(payment, seed: seed), seed: seed, keepsTrace: true)
    }

    private static func world(
        _ one: Case,
        after founding: Founding,
        seed: UInt64,
        keepsTrace: Bool
    ) -> World {
        World(
            payment,
            seed: seed,
            keepsTrace: keepsTrace,
            script: one.script,
            after: founding
        )
    }

    /// What is to be run, stem by stem.
    package struct Plan: Sendable {
        package let depth: Depth
        package let seed: UInt64
        package let stems: [Stem]
        /// The payment when nothing goes wrong: where it comes along, and its messages.
        package let road: Road
        package let messages: Int
        /// How that goes, to tell two versions apart by.
        package let hash: UInt64
        let founding: Founding

        package var places: Int { road.places.count }
    }

    package static func plan(_ depth: Depth, seed: UInt64 = 1) -> Plan {
        let founding = Founding(payment, seed: seed)
        let (world, road, first) = Case(script: Script()).run(after: founding, seed: seed)
        let places = road.places.count
        let stems: [Stem]
        switch depth {
        case .single: stems = singles(messages: first.messages)
        case .pairs: stems = pairs(places: places)
        case .recoveries:
            stems = pairs(places: places).flatMap { stem in
                let (_, road, _) = Case(script: stem.script).run(after: founding, seed: seed)
                return stem.cases(places: stem.places(on: road)).map { pair in
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
            road: road,
            messages: first.messages,
            hash: world.hash,
            founding: founding
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
