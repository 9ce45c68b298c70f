import Cables
import EKey
import FuzzEntries
import StandIns
import Testing
import Wire
import Words

/// The reader that ships, on a cable that comes out.
@Suite struct CableTests {
    /// An eKey of the tests at the end of a cable.
    private final class Place: Socket {
        var cable = Cable()
        let control: Control
        var isOn = true
        var lines = 0
        let store = PretendInside.Store()

        init() { control = Control(PretendInside(store)) }

        func lineBegins(_ line: Line) {
            lines += 1
            control.reset()
        }
        func lineEnds() { control.reset() }
        func hear(_ message: [UInt8]) -> [UInt8]? { control.take(message, at: 0) }
        func readerRests() { cable.plug() }
    }

    private static func reading(_ place: Place) -> Reading {
        Reading(
            Line(to: place, isPaired: false),
            nil,
            chance: SeededChance(seed: 7),
            isSigned: { StandInChecking().isSigned($0, by: $1, with: $2) }
        )
    }

    @Test func `after each byte of a question it was done at most once, and told alike`() throws {
        let pin = Array("2468".utf8)
        func ask(cutAfter bytes: Int?) throws -> (answer: [UInt8]?, asked: Int, lines: Int) {
            let place = Place()
            let reading = Self.reading(place)
            try reading.open()
            #expect(try reading.verify(pin) == .done)
            if let bytes { place.cable.loosen(after: bytes) }
            let answer = try? reading.ask([1] + [UInt8](repeating: 5, count: 300))
            return (answer, place.store.asked.count, place.lines)
        }
        let whole = try ask(cutAfter: nil)
        #expect(whole.asked == 1 && whole.lines == 1)
        var doneBefore = 0
        for bytes in 1...700 {
            let one = try ask(cutAfter: bytes)
            #expect(one.asked <= 1)
            // Not done, and the new session has no PIN; or done, and told by its number.
            #expect(one.answer == (one.asked == 0 ? nil : whole.answer))
            if one.lines == 2, one.asked == 1 { doneBefore += 1 }
        }
        #expect(doneBefore > 100)
    }

    @Test func `a cable that is out carries nothing, and nothing answers without power`() throws {
        let place = Place()
        let reading = Self.reading(place)
        place.cable.pull()
        #expect(throws: ReaderFault.away(nil)) { try reading.open() }
        place.cable.plug()
        place.isOn = false
        #expect(throws: ReaderFault.away(nil)) { try reading.open() }
        place.isOn = true
        try reading.open()
        #expect(reading.sessions == 1 && reading.isOpen)
        place.cable.loosen(after: 3)
        let carried = [[1, 2], [3, 4], [5]].map { Array(place.cable.carry($0)) }
        #expect(carried == [[1, 2], [3], []])
        #expect(!place.cable.isIn)
    }
}
