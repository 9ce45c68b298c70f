import Store
import Words

/// Makes durable what is about to be read.
///
/// What the process before this one wrote and could not sync, the system shows as if it had:
/// the bytes are in its memory, and a sync of them does nothing, because their pages count as
/// clean. A head written on the strength of them would lead after a power cut. So the log is
/// written again before it is read, byte for byte, and synced: whatever a power cut leaves of
/// that, it changes nothing that was durable.
enum Renewal {
    /// Frames that are read and written at once.
    private static let runFrames = 8

    static func renewLog(_ disk: Disk) throws(StoreError) {
        guard try disk.holds(Journal.logName) else { return }
        let log = try File(disk, Journal.logName, for: .data)
        let header = try log.read(Space.headerBytes, at: 0)
        guard header.count == Space.headerBytes else { return }
        try log.write(header, at: 0)
        var at = Space.headerBytes
        while true {
            let bytes = try log.read(runFrames * Space.frameBytes, at: at)
            let frames = whole(bytes, since: header)
            guard frames > 0 else { break }
            try log.write(Array(bytes[..<(frames * Space.frameBytes)]), at: at)
            at += frames * Space.frameBytes
            guard frames == runFrames else { break }
        }
        try log.sync()
    }

    /// How many frames from the first on belong to the log that this header begins: the others
    /// are of one before it, or room that was put by, and no reader takes them.
    private static func whole(_ bytes: [UInt8], since header: [UInt8]) -> Int {
        var count = 0
        while (count + 1) * Space.frameBytes <= bytes.count {
            let salts = count * Space.frameBytes + 8
            guard bytes[salts..<salts + 8] == header[16..<24] else { break }
            count += 1
        }
        return count
    }
}
