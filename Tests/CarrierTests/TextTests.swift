import Carrier
import Testing
import Words

/// A carrier as lines of text, one for each picture.
@Suite struct TextTests {
    private let carrier = Bench().carrier()

    private func fault(_ text: String) -> CarrierTextFault? {
        do {
            _ = try Carrier.bytes(ofLines: text)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [1_024, 500, 100, 33])
    func `its lines come to its bytes, in any order and case, however often`(
        _ size: Int
    ) throws {
        let lines = carrier.lines(of: size)
        #expect(lines.count == (carrier.bytes.count + size - 1) / size)
        let text = (lines.reversed() + [lines[0].lowercased(), "  ", ""]).joined(separator: "\r\n")
        #expect(try Carrier.bytes(ofLines: text) == carrier.bytes)
    }

    @Test func `every character is one that a QR code writes in half the room`() {
        let alphabet = Set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
        #expect(carrier.lines(of: 200).joined().allSatisfy { alphabet.contains($0) })
    }

    @Test func `what is no part, another's, missing or damaged is told apart`() {
        let lines = carrier.lines(of: 400)
        let others = Bench().carrier(2).lines(of: 400)
        let all = lines.joined(separator: "\n")
        #expect(fault(all) == nil)
        #expect(fault("") == .partMissing(1, of: 0))
        #expect(fault(all + "\nhello") == .notAPart(line: lines.count + 1))
        #expect(fault(lines[0] + "\n" + others[1]) == .otherCarrier(line: 2))
        #expect(fault(lines[0] + "\n" + lines[2]) == .partMissing(2, of: lines.count))
        var swapped = Array(lines[1])
        let at = swapped.count - 5
        swapped[at] = swapped[at] == "A" ? "B" : "A"
        #expect(fault(all + "\n" + String(swapped)) == .contradiction(line: lines.count + 1))
        let changed = [lines[0], String(swapped)] + lines[2...]
        #expect(fault(changed.joined(separator: "\n")) == .damaged)
    }

    @Test(arguments: [
        "TALLY1:0/1:00000000:AA", "TALLY1:2/1:00000000:AA", "TALLY1:01/1:00000000:AA",
        "TALLY1:1/65:00000000:AA", "TALLY1:1/1:0000000:AA", "TALLY1:1/1:0000000G:AA",
        "TALLY1:1/1:00000000:", "TALLY1:1/1:00000000:A", "TALLY1:1/1:00000000:AB",
        "TALLY1:1/1:00000000:A1", "TALLY2:1/1:00000000:AA", "TALLY1:1/1:00000000:AA:",
        "TALLY1:1:00000000:AA", "TALLY1:+1/1:00000000:AA", "TALLY1:1/1:00000000:AÀ",
    ])
    func `a line of another form is no part`(_ line: String) {
        #expect(fault(line) == .notAPart(line: 1))
    }
}
