import Foundation
import StandIns
import Testing
import Wire
import Words

let isLong = ProcessInfo.processInfo.environment["TALLY_LONG"] == "1"

/// The simulator seals and opens some ten messages a payment, thousands of payments a second.
@Suite(.serialized) struct SpeedTests {
    @Test(.enabled(if: isLong)) func `a stand-in message costs less than 5 µs`() throws {
        let (alice, bob) = (Make.standIn.party("a", seed: 1), Make.standIn.party("b", seed: 2))
        let way = try #require(alice.begin(to: bob.sealing))
        let message = alice.says(to: bob.key, bytes: 400)
        #expect(message.padded.count == 608)
        let hash = message.object.hash
        for isFirst in [true, false] {
            let spent = try microseconds(20_000) {
                let sent = try alice.desk.seal(
                    message,
                    hash: hash,
                    on: way,
                    isFirst: isFirst,
                    chance: &alice.chance
                )
                return try bob.open(sent[0]) != nil
            }
            bob.desk.listen(way)
            print("stand-in, first: \(isFirst): \(spent) µs for sealing and opening 608 bytes")
            #expect(spent < 5)
        }
        let bare = try microseconds(20_000) {
            try SignedObject(padded: message.padded) == message
        }
        print("of these, writing and reading the message itself: \(bare) µs")
    }

    /// What one run costs this process, in its own time: others may be busy too.
    private func microseconds(_ rounds: Int, _ body: () throws -> Bool) rethrows -> Double {
        var good = 0
        let start = clock()
        for _ in 0..<rounds where try body() { good += 1 }
        let spent = Double(clock() - start)
        #expect(good == rounds)
        return (spent / Double(rounds) * 100).rounded() / 100
    }
}
