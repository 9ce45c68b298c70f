import EKey
import Testing
import Wallet
import Words

/// The button and what is kept for whoever has the PIN, as values.
@Suite struct ButtonTests {
    /// A button that can be asked within an expectation.
    private final class Held {
        var button = Button()

        func verdict(_ one: PaymentStanding, from least: Amount?) -> Button.Verdict {
            button.verdict(one.payment, one, from: least)
        }
        func decline(_ payment: PaymentID) -> Bool { button.decline(payment) }
    }

    private final class Kept {
        var tidings = Tidings()
        func told(_ telling: Bool) -> [News] { tidings.told(telling) }
    }

    static func standing(
        _ number: UInt64,
        _ word: PaymentStanding.Word = .offered,
        of units: UInt64 = 500
    ) throws -> PaymentStanding {
        let random = Salt(high: 1, low: number)
        return PaymentStanding(
            PaymentID(epoch: .first, random: random, mac: random),
            word,
            .buyer,
            PaymentStanding.About(
                asset: try #require(Asset(code: "EUR", scale: 2)),
                amount: try #require(Amount(units)),
                memo: try #require(Text("tea")),
                peer: nil,
                begun: nil
            ),
            digits: nil,
            reason: nil,
            next: ""
        )
    }

    @Test func `a yes goes once for each press`() throws {
        let (one, least) = (try Self.standing(1), try #require(Amount(100)))
        let held = Held()
        #expect(held.verdict(one, from: least) == .notYet(isNew: true))
        #expect(held.verdict(one, from: least) == .notYet(isNew: false))
        held.button.press(for: one.payment)
        #expect(held.verdict(one, from: least) == .mayGo)
        held.button.isUsed(for: one.payment)
        #expect(held.verdict(one, from: least) == .notYet(isNew: true))
    }

    @Test func `below its amount, or without one, nothing is pressed`() throws {
        let one = try Self.standing(1, of: 99)
        let held = Held()
        #expect(held.verdict(one, from: Amount(100)) == .mayGo)
        #expect(held.verdict(one, from: nil) == .mayGo)
        #expect(held.button.wanted == nil)
    }

    @Test func `one is shown at a time, and a press is for that one`() throws {
        let (one, other) = (try Self.standing(1), try Self.standing(2))
        let held = Held()
        _ = held.verdict(one, from: Amount(0))
        #expect(held.verdict(other, from: Amount(0)) == .notYet(isNew: false))
        held.button.press(for: other.payment)
        #expect(held.button.wanted == one)
        #expect(!held.decline(other.payment))
        #expect(held.decline(one.payment))
        #expect(held.button.wanted == nil)
    }

    /// What a reader had refused stayed on the screen, and no other offer was ever shown.
    @Test func `what is no offer any more makes room for the next`() throws {
        let (one, other) = (try Self.standing(1), try Self.standing(2))
        let held = Held()
        _ = held.verdict(one, from: Amount(0))
        held.button.heed([.standing(try Self.standing(1, .refused))])
        #expect(held.verdict(other, from: Amount(0)) == .notYet(isNew: true))
    }

    @Test func `what happened is kept for the PIN, the newest of it, and told once`() {
        let kept = Kept()
        kept.tidings.add([.opened])
        #expect(kept.told(false) == [])
        #expect(kept.told(true) == [.opened])
        #expect(kept.told(true) == [])
        for number in 0..<300 { kept.tidings.add([.listening(UInt64(number))]) }
        #expect(kept.told(true) == (44..<300).map { .listening($0) })
    }
}
