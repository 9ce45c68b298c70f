package import Command
internal import Host
package import Money
internal import Wire
internal import Words

/// Papers, and whatever else a person hands over in a file.
package enum PaperFiles {
    /// Nothing that is there is written over: it may be somebody's keys.
    package static func write(_ bytes: [UInt8], to path: String) throws(Complaint) {
        try mayBeWritten(path)
        do throws(HostFault) {
            try Files.write(bytes, to: path)
        } catch {
            throw Complaint(error, writing: path)
        }
    }

    /// Whether nothing is there yet: asked before anything is done for it.
    package static func mayBeWritten(_ path: String) throws(Complaint) {
        guard Files.exists(path) else { return }
        throw Complaint(
            .refused,
            "file-there",
            "there is something named \(quoted(path)) already",
            hint: "name another file, or remove that one first"
        )
    }

    package static func bytes(at path: String) throws(Complaint) -> [UInt8] {
        do throws(HostFault) {
            return try Files.read(path, cap: Limits.paperBytes)
        } catch {
            throw Complaint(error, reading: path)
        }
    }

    /// A paper out of its file.
    package static func paper(at path: String) throws(Complaint) -> Paper {
        let bytes = try bytes(at: path)
        do throws(WireError) {
            return try Paper(wireBytes: bytes)
        } catch {
            throw Complaint(error)
        }
    }
}
