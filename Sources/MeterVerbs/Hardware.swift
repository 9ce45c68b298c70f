internal import Command
internal import Host
internal import Meter
internal import Station
internal import Wire

/// What stands in for the memory that a meter's hardware has of its own.
struct Hardware {
    private let file: MeterFile

    var path: String { file.path }

    init(_ file: MeterFile) { self.file = file }

    /// What it keeps; nil before the first run.
    func read() throws(Complaint) -> Device? {
        let kept: MeterFile.Kept
        do {
            kept = try file.read(cap: Device.bytesAtMost)
        } catch {
            throw Complaint(error, reading: file.path)
        }
        switch kept {
        case .nothing: return nil
        case .damaged: throw damaged("it does not open")
        case .bytes(let bytes):
            do {
                return try Device(wireBytes: bytes)
            } catch {
                throw damaged("byte \(error.position) is wrong")
            }
        }
    }

    private func damaged(_ why: String) -> Complaint {
        Complaint(
            .failed,
            "meter-damaged",
            "\(quoted(file.path)) is not what the hardware of this meter keeps: \(why)",
            hint: "put it back from a copy, or remove it: pulses that were counted and not served"
                + " are lost then, and what is served is not served again"
        )
    }

    func keep(_ device: Device) throws(Complaint) {
        do {
            try file.keep(device.wireBytes)
        } catch {
            throw Complaint(error, writing: file.path)
        }
    }
}
