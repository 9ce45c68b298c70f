import Foundation
import Money
import Reckoning
import StandIns
import Testing
import Words

/// What one piece more costs, signatures apart; the figures are printed, and the bounds are loose.
@Suite(.serialized) struct ReckoningSpeedTests {
    private static let isLong = ProcessInfo.processInfo.environment["TALLY_LONG"] == "1"
    /// As many sticks, each of which goes through that many hands.
    private static let (sticks, hands) = (isLong ? 100_000 : 2_000, 5)

    /// Signatures are measured elsewhere.
    private struct Believing: Checking {
        func isSigned(_: Hash, by _: Key, with _: Signature) -> Bool { true }

        func certificate(
            _ der: [UInt8],
            issuedBy issuer: Key
        ) throws(CertificateFault) -> Certificate {
            try StandInChecking().certificate(der, issuedBy: issuer)
        }
    }

    /// Papers that lie elsewhere, as those of books do.
    private struct Elsewhere: Papers {
        func keep(_: Link) {}
        func keep(_: Handover) {}
        func keep(_: Abort) {}
        func keep(_: Commit) {}
        func link(_: EntryReference) -> Link? { nil }
        func handover(_: Hash) -> Handover? { nil }
        func abort(_: PaymentName) -> Abort? { nil }
        func commit(_: PaymentName) -> Commit? { nil }
    }

    private var residentBytes: Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        return (Int(text.split(separator: " ").dropFirst().first ?? "") ?? 0) * 4_096
    }

    @Test func `a piece that is handed in costs little, and a settled stick nothing`() throws {
        var village = Village()
        let people = (0...Self.hands).map { Hand("person \($0)") }
        var handovers: [Handover] = []
        for number in 0..<Self.sticks {
            let stick = village.stick(100, to: people[0])
            var entry = stick.entry(0, 90)
            for hand in 0..<Self.hands {
                let (payer, payee) = (people[hand], people[hand + 1])
                let passed = village.pass([entry], from: payer, to: payee, UInt64(number + 1))
                handovers.append(passed.handover)
                entry = passed.entry(0, 90 - UInt64(hand))
            }
        }
        var (reckoning, papers) = (village.reckoning, Elsewhere())
        let (clock, before) = (ContinuousClock(), residentBytes)
        let taking = try clock.measure {
            for (number, handover) in handovers.enumerated() {
                _ = try reckoning.handIn(handover, at: UInt64(number), &papers, Believing())
            }
        }
        let bytes = (residentBytes - before) / handovers.count
        let links = reckoning.linksOut
        var closing: Closing?
        let settling = try clock.measure {
            closing = try reckoning.closing(Village.lastDay, held: [:])
        }
        let done = try #require(closing)
        let forgetting = clock.measure { reckoning.close(done.day) }
        func each(_ time: Duration) -> Double { time / .microseconds(1) / Double(links) }
        print(
            "reckoning: \(links) links handed in at \(each(taking)) µs and \(bytes) bytes each, "
                + "settled at \(each(settling)) µs, forgotten at \(each(forgetting)) µs"
        )
        #expect(links == Self.sticks * Self.hands && reckoning.remembered == 0)
        #expect(done.settlements.count == Self.sticks && reckoning.opened.isEmpty)
        #expect(each(taking) < 200 && each(settling) < 200 && each(forgetting) < 200)
    }

    @Test func `links with everything in common cost no more than others`() throws {
        let count = UInt64(Self.sticks * 10)
        var village = Village()
        let (payer, payee) = (Hand("person 0"), Hand("person 1"))
        let stick = village.stick(count, to: payer)
        let payment = village.payment()
        // One payment, one parent, one place but for every other; and the last comes first.
        let handovers = (0..<count).reversed().map { number in
            let entry = stick.entry(number / 2 * 2, min(count, number / 2 * 2 + 40))
            return village.pass([entry], from: payer, to: payee, number % 2, payment: payment)
                .handover
        }
        var (reckoning, papers) = (village.reckoning, Elsewhere())
        let clock = ContinuousClock()
        let taking = try clock.measure {
            for (number, handover) in handovers.enumerated() {
                _ = try reckoning.show(
                    [handover.link(0)],
                    at: UInt64(number),
                    &papers,
                    Believing()
                )
            }
        }
        let forgetting = clock.measure { reckoning.close(Village.lastDay) }
        func each(_ time: Duration) -> Double { time / .microseconds(1) / Double(count) }
        print("reckoning: with everything in common \(each(taking)) and \(each(forgetting)) µs")
        #expect(reckoning.remembered == 0)
        #expect(each(taking) < 100 && each(forgetting) < 100)
    }
}
