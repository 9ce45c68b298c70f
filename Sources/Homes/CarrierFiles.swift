package import Carrier
package import Command
internal import Host
internal import Keypad
internal import Words

/// Carriers in their files: docs/PROTOCOL section 19.
package enum CarrierFiles {
    /// A new one; nothing that is there is written over.
    package static func write(_ carrier: Carrier, to path: String) throws(Complaint) {
        try PaperFiles.write(carrier.bytes, to: path)
    }

    /// One with an answer in it, in place of what is there and as that was written: the old file or
    /// the new one, whatever happens meanwhile.
    package static func replace(
        _ carrier: Carrier,
        at path: String,
        asText: Bool
    ) throws(Complaint) {
        // A device is not what somebody meant to have replaced.
        guard Files.isFile(path) else {
            throw Complaint(HostFault.system("it is no file"), writing: path)
        }
        let text = carrier.lines(of: partBytes).map { $0 + "\n" }.joined()
        do {
            try Files.write(asText ? Array(text.utf8) : carrier.bytes, to: Files.real(path))
        } catch {
            throw Complaint(error, writing: path)
        }
    }

    /// Out of its file, be that bytes or the lines of pictures; what it says is not checked yet.
    package static func read(_ path: String) throws(Complaint) -> Carrier { try open(path).carrier }

    /// The same, and which of both it was.
    package static func open(_ path: String) throws(Complaint) -> (carrier: Carrier, isText: Bool) {
        let found: [UInt8]
        do {
            found = try Files.readPlain(path, cap: textBytes)
        } catch {
            if case .tooLarge = error { throw Complaint(CarrierFault.tooLarge, path) }
            throw Complaint(error, reading: path)
        }
        let isText = isText(found)
        let bytes = isText ? try bytes(found, path) : found
        do {
            return (try Carrier(bytes), isText)
        } catch {
            throw Complaint(error, path)
        }
    }

    /// What a picture carries that any phone reads.
    package static let partBytes = 300

    /// Whether it is lines of text, be they those of a program that reads pictures, with words of
    /// its own before them: a carrier's own bytes begin with one that no text begins with.
    private static func isText(_ found: [UInt8]) -> Bool {
        guard let first = found.first(where: { !" \t\r\n".utf8.contains($0) }) else { return false }
        return (0x20...0x7E).contains(first) || first == 0xEF
    }

    private static func bytes(_ text: [UInt8], _ path: String) throws(Complaint) -> [UInt8] {
        do {
            return try Carrier.bytes(ofLines: String(decoding: text, as: UTF8.self))
        } catch {
            throw Complaint(error, path)
        }
    }

    /// Lines are longer than what they say.
    private static let textBytes = 4 * Limits.carrierBytes
}

extension Complaint {
    /// What is wrong with a carrier, and what to do.
    package init(_ fault: CarrierFault, _ path: String) {
        let file = quoted(path)
        let (what, hint) =
            switch fault {
            case .tooLarge:
                (
                    "\(file) is longer than any carrier is",
                    "look at its name: it is something else"
                )
            case .damaged:
                (
                    "\(file) is no carrier, or is damaged: it was cut or changed on its way",
                    "copy it again, or have it issued again: that is the same one, and is worth"
                        + " something once"
                )
            case .otherMeter:
                (
                    "\(file) is not for this meter",
                    "take it to the meter that it was bought for"
                )
            case .otherOffice:
                (
                    "\(file) is from another office than this meter trusts",
                    "bring it back to who sold it"
                )
            case .forged(let name):
                (
                    "\(file) was changed by somebody: what it says is not signed (\(name))",
                    "have it issued again by who sold it, and tell them"
                )
            case .otherKey(let meter, let generation):
                (
                    "\(file) was made for key \(generation.number) of the meter \(meter.string),"
                        + " and this meter has another",
                    "have it issued again; or load the new key with 'tally meter key FILE' first"
                )
            case .confirmation:
                (
                    "\(file) is not confirmed by the key of this meter",
                    "have it issued again by who sold it, and tell them"
                )
            case .laterLife:
                (
                    "\(file) was sold to a later life of this meter's key than the one in here: a"
                        + " copy of it has begun anew with its office",
                    "end the one of the two that is not the meter; 'tally sync' begins anew here"
                )
            case .notTaken:
                (
                    "no meter has put a receipt into \(file) yet",
                    "take it to its meter: 'tally meter take FILE'"
                )
            case .answerDamaged:
                (
                    "the receipt in \(file) is damaged or cut; what was sold is not",
                    "put the carrier into its meter once more: that writes the same receipt"
                )
            }
        self.init(.refused, fault.name, what, hint: hint)
    }

    /// Lines that are no carrier.
    package init(_ fault: CarrierTextFault, _ path: String) {
        let file = quoted(path)
        let what =
            switch fault {
            case .notAPart(let line): "line \(line) of \(file) is no part of a carrier"
            case .otherCarrier(let line): "line \(line) of \(file) is of another carrier"
            case .contradiction(let line):
                "line \(line) of \(file) is a part that was there, with something else in it"
            case .partMissing(_, of: 0): "there is no part of a carrier in \(file)"
            case .partMissing(let index, let count):
                "part \(index) of \(count) is missing in \(file)"
            case .damaged: "the parts in \(file) do not make a carrier: one was misread"
            }
        self.init(
            .refused,
            fault.name,
            what,
            hint: "scan all of its pictures again, each into a line of its own"
        )
    }
}
