package import Disks

/// A place where the power may go: something that a home is about to do.
package struct CrashPoint: Hashable, Sendable {
    package enum Act: String, Hashable, Sendable, CaseIterable {
        // What changes its disk.
        case create, write, truncate, sync, remove
        // A message leaves it, and one is handed over to it.
        case send
        case handOver = "hand over"

        /// nil for what changes nothing on a disk.
        init?(_ operation: FaultyDisk.Operation) {
            switch operation {
            case .open: self = .create
            case .write: self = .write
            case .truncate: self = .truncate
            case .sync: self = .sync
            case .remove: self = .remove
            case .read, .size, .access: return nil
            }
        }
    }

    package let home: Int
    package let act: Act
    package let isInRecovery: Bool
}

/// The places that a world came to from its first sale on, counted by the world itself, and the
/// power cuts with what they left: what a script meant is held against it.
package struct Road: Hashable, Sendable {
    package private(set) var places: [CrashPoint] = []
    package private(set) var cuts: [Struck] = []

    /// A power cut that came, and at which of the places.
    package struct Struck: Hashable, Sendable {
        /// From 1, over the whole road.
        package let place: Int
        package let leaves: Aftermath
    }

    package init() {}

    mutating func pass(_ place: CrashPoint) { places.append(place) }

    mutating func strike(_ leaves: Aftermath) {
        cuts.append(Struck(place: places.count, leaves: leaves))
    }

    /// So many of each act.
    package func count(_ act: CrashPoint.Act) -> Int { places.count { $0.act == act } }

    /// Where this road says that the cuts of a script are to come: each counted from the one
    /// before it.
    private func meant(by cuts: [Script.Cut]) -> [Struck]? {
        var (meant, from): ([Struck], Int) = ([], 0)
        for cut in cuts {
            var (left, at) = (cut.at, from)
            while left > 0 {
                guard at < places.count else { return nil }
                if places[at].isInRecovery || !cut.isInRecovery { left -= 1 }
                at += 1
            }
            meant.append(Struck(place: at, leaves: cut.leaves))
            from = at
        }
        return meant
    }

    fileprivate func went(as cuts: [Script.Cut], after stem: Road) -> Bool {
        guard let meant = meant(by: cuts), self.cuts == meant, let last = meant.last else {
            return false
        }
        return places.prefix(last.place) == stem.places.prefix(last.place)
    }
}

extension Sweep.Case {
    /// Whether every one of its cuts came on that road.
    package func cameAbout(on road: Road) -> Bool { road.cuts.count == script.cuts.count }

    /// Whether every one of its cuts came on that road, at its place, and the way there was that
    /// of the first run.
    package func went(along road: Road, after stem: Road) -> Bool {
        road.went(as: script.cuts, after: stem)
    }
}
