import Host
package import Sealing
import Wire
package import Words

/// What a station takes from the system, where somebody who measures puts something else.
package struct Seams {
    package var chance: any Chance = PooledChance()
    package var clock: () -> Moment = { Process.now }
    package var keys: (KeyRing) -> any Keys = { $0.keys }
    package var gauge: Gauge?

    package init() {}

    func hiding(_ key: DataKey) -> any Hiding {
        gauge?.tally.map { GaugedHiding(hiding: key, tally: $0) } ?? key
    }

    func keys(of ring: KeyRing) -> any Keys {
        gauge.map { GaugedKeys(keys(ring), $0) } ?? keys(ring)
    }

    func desk(_ desk: any Desk) -> any Desk { gauge.map { GaugedDesk(desk, $0) } ?? desk }

    func log(_ log: any Log) -> any Log { gauge.map { GaugedLog(log, $0) } ?? log }

    func checking(_ checks: any Checking & Sendable) -> any Checking & Sendable {
        gauge?.tally.map { GaugedChecks(checks: checks, tally: $0) } ?? checks
    }
}
