package import Disks
package import Journal
package import Words

/// A journal's home on a disk that misbehaves.
package enum Home {
    package static let folder = "/home"
    package static let databaseName = "journal.db"
    package static let database = folder + "/" + databaseName
    package static let wal = folder + "/journal.db-wal"
    package static let lock = folder + "/journal.lock"
    package static let head = folder + "/journal.head"

    /// Small, so that a short run passes many checkpoints.
    package static var small: Settings {
        var settings = Settings()
        settings.checkpointFrames = 24
        settings.framesPerStep = 8
        settings.recordsPerLaying = 9
        return settings
    }

    package static func open(
        _ disk: FaultyDisk,
        _ settings: Settings = small,
        key: UInt64 = 1,
        seed: UInt64 = 1
    ) throws(JournalError) -> (Journal, Recovered) {
        try Journal.open(
            Disk(system: disk.system, folder: folder),
            hiding: Veil(seed: key),
            chance: Dice(seed: seed),
            settings: settings
        )
    }

    /// Whether a journal says all that the model says, and nothing else.
    package static func agrees(
        _ journal: Journal,
        _ recovered: Recovered,
        _ model: Model
    ) throws(JournalError) -> Bool {
        guard recovered == model.recovered else { return false }
        guard try journal.history(limit: 1_000_000) == model.outcomes else { return false }
        var log: [Record] = []
        try journal.readLog { log.append($0) }
        // The first is the journal's own.
        guard log.dropFirst() == model.log[...] else { return false }
        for row in model.answers {
            guard try journal.find(.replay, row.key) == row.bytes else { return false }
        }
        return try journal.find(.finished, [1, 2, 3]) == nil
    }
}
