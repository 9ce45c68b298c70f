package import Words

extension Disk {
    /// Makes durable what is about to be read of a database's WAL.
    ///
    /// What the process before this one wrote and could not sync, the system shows as if it had:
    /// the bytes are in its memory, and a sync of them does nothing, because their pages count as
    /// clean. So the log is written again before it is read, byte for byte, and synced: whatever
    /// a power cut leaves of that, it changes nothing that was durable.
    package func renewLog(of database: String) throws(StoreError) {
        guard try holds(database + "-wal") else { return }
        let log = try File(self, database + "-wal", for: .data)
        let header = try log.read(LogFrames.headerBytes, at: 0)
        guard header.count == LogFrames.headerBytes else { return }
        try log.write(header, at: 0)
        var at = LogFrames.headerBytes
        while true {
            let bytes = try log.read(LogFrames.runFrames * LogFrames.frameBytes, at: at)
            let frames = LogFrames.whole(bytes, since: header)
            guard frames > 0 else { break }
            try log.write(Array(bytes[..<(frames * LogFrames.frameBytes)]), at: at)
            at += frames * LogFrames.frameBytes
            guard frames == LogFrames.runFrames else { break }
        }
        try log.sync()
    }
}

/// What a WAL is made of, for databases whose pages have 4,096 bytes.
private enum LogFrames {
    static let headerBytes = 32
    static let frameBytes = 4_096 + 24
    /// Frames that are read and written at once.
    static let runFrames = 8

    /// How many frames from the first on belong to the log that this header begins: no reader
    /// takes the others.
    static func whole(_ bytes: [UInt8], since header: [UInt8]) -> Int {
        var count = 0
        while (count + 1) * frameBytes <= bytes.count {
            let salts = count * frameBytes + 8
            guard bytes[salts..<salts + 8] == header[16..<24] else { break }
            count += 1
        }
        return count
    }
}
