import Commit
import Foundation
import Testing
import Wallet
import Words

/// The five words are the only ones that a person reads of how a payment stands.
@Suite struct StandingTests {
    private let about = PaymentStanding.About(Story().deal)

    @Test func `there are five words`() {
        let words = PaymentStanding.Word.allCases.map(\.rawValue)
        #expect(words == ["offered", "held", "paid", "cancelled", "refused"])
    }

    /// What each state of the machines is called, and why it is not further.
    @Test func `every state of a buyer is one of them`() {
        let words = [
            "offered": "offered", "accepted": "offered", "held": "held", "paid": "paid",
            "cancelled": "cancelled", "refused: person": "refused: person",
            "refused: short": "refused: short", "lapsed": "cancelled: lapsed",
        ]
        for way in BuyerBench.ways {
            var bench = BuyerBench()
            for step in way.inputs { _ = bench.feed(step, at: step == .offerEnds ? 60_000 : 0) }
            let standing = bench.machine.standing(Story().payment, about)
            #expect(shown(standing) == words[way.state])
            #expect(!standing.next.isEmpty)
            #expect((standing.digits != nil) == ["offered", "accepted"].contains(way.state))
        }
    }

    @Test func `every state of a seller is one of them`() {
        let words = [
            "offering": "offered", "requested": "offered", "paid": "paid", "complete": "paid",
            "cancelled: other-entries": "cancelled: other-entries",
            "cancelled: person": "cancelled: person", "cancelled: lapsed": "cancelled: lapsed",
            "refused: short": "refused: short", "refused: person": "refused: person",
            "lapsed": "cancelled: lapsed", "refused: inert": "refused: inert",
            "abandoned": "cancelled: inert",
        ]
        for way in SellerBench.ways {
            var bench = SellerBench()
            for step in way.inputs { _ = bench.feed(step, at: step == .offerEnds ? 60_000 : 0) }
            let standing = bench.machine.standing(Story().payment, about)
            #expect(shown(standing) == words[way.state])
            #expect(!standing.next.isEmpty)
            #expect((standing.digits != nil) == ["offering", "requested"].contains(way.state))
        }
    }

    private func shown(_ standing: PaymentStanding) -> String {
        [standing.word.rawValue, standing.reason?.string].compactMap { $0 }.joined(separator: ": ")
    }

    /// What the machines, or other systems, call where a payment is.
    private static let others = [
        "accepted", "requested", "offering", "complete", "completed", "lapsed", "bought", "kept",
        "pending", "prepared", "aborted", "committed", "doubt", "settled", "failed", "done",
        "declined", "expired", "finished", "closed", "waiting", "agreed", "rejected", "confirmed",
        "successful",
    ]

    @Test func `no string of the wallet has another word for a state`() throws {
        let room = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Sources/Wallet")
        let files = try FileManager.default.contentsOfDirectory(atPath: room.path).sorted()
        var strings = 0
        for file in files {
            let text = try String(contentsOf: room.appending(path: file), encoding: .utf8)
            for line in text.split(separator: "\n") where !line.contains("preconditionFailure") {
                let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
                for string in parts.enumerated().filter({ $0.offset % 2 == 1 }).map(\.element) {
                    strings += 1
                    let words = string.split { !$0.isLetter }.map { $0.lowercased() }
                    let bad = words.filter(Self.others.contains)
                    #expect(bad.isEmpty, "\(file): \(string)")
                }
            }
        }
        #expect(strings >= 20)
    }
}
