import Commit
import Testing
import Words

/// What the disk gives back goes on as if nothing had happened in between.
@Suite struct MachineRecoveryTests {
    /// The effects without the times, which a machine that was not stopped has run up.
    private func orders<One: Bench>(_ effects: [Effect], of: One.Type) -> [String] {
        One.lines(effects).filter { !$0.hasPrefix("wake") }
    }

    private func compare<One: Bench>(_ lived: One, _ recovered: One) {
        for input in One.Input.allCases {
            var (a, b) = (lived, recovered)
            let (first, second) = (a.feed(input, at: 50), b.feed(input, at: 50))
            #expect(
                orders(first, of: One.self) == orders(second, of: One.self),
                "\(input.rawValue)"
            )
            #expect(a.state == b.state, "\(input.rawValue)")
        }
    }

    @Test func `a held buyer out of its rows answers everything as one that never stopped`() {
        var lived = BuyerBench()
        for input in [BuyerBench.Input.consent, .request] { _ = lived.feed(input, at: 0) }
        compare(lived, BuyerBench(recoveringAt: 0))
    }

    @Test func `a paid seller out of its rows answers everything as one that never stopped`() {
        var lived = SellerBench()
        for input in [SellerBench.Input.accept, .agreed] { _ = lived.feed(input, at: 0) }
        compare(lived, SellerBench(recoveringAt: 0))
    }

    /// The very bytes: who has heard them before knows them for a repeat.
    @Test func `what a recovered machine says again are the bytes that it said before`() {
        var buyer = BuyerBench()
        var seller = SellerBench()
        var (said, again) = ([Letter](), [Letter]())
        for input in [BuyerBench.Input.consent, .request] {
            said += letters(buyer.feed(input, at: 0))
        }
        for input in [SellerBench.Input.accept, .agreed] {
            said += letters(seller.feed(input, at: 0))
        }
        buyer = BuyerBench(recoveringAt: 0)
        seller = SellerBench(recoveringAt: 0)
        again = letters(buyer.feed(.time, at: 0)) + letters(seller.feed(.time, at: 0))
        #expect(again.count == 2)
        for letter in again {
            #expect(said.contains { $0.message == letter.message && $0.hash == letter.hash })
        }
    }

    private func letters(_ effects: [Effect]) -> [Letter] {
        effects.compactMap { effect in
            guard case .send(let letter) = effect else { return nil }
            return letter
        }
    }

    /// No clock ends it: rule 2.
    @Test func `held and paid do not end by time`() {
        var buyer = BuyerBench(recoveringAt: 0)
        var seller = SellerBench(recoveringAt: 0)
        for day in UInt64(1)...40 {
            _ = buyer.feed(.offerEnds, at: day * 86_400_000)
            _ = seller.feed(.offerEnds, at: day * 86_400_000)
        }
        #expect(buyer.state == "held")
        #expect(seller.state == "paid")
    }
}
