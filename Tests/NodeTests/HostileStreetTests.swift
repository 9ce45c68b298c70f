import Commit
import Money
import Node
import StandIns
import Testing
import Wallet
import Wire
import Words

/// Who is met on the street stays reachable, whatever strangers do meanwhile.
@Suite struct HostileStreetTests {
    /// Bob calls and Alice answers: the name to offer to.
    private func met(_ street: Street, _ alice: Party, _ bob: Party) -> Hash {
        alice.wish(.listen(true))
        bob.wish(.call)
        street.settle()
        return answer(to: bob)
    }

    /// Who answered his first call first.
    private func answer(to bob: Party) -> Hash {
        must(
            bob.news.lazy.compactMap { one -> Hash? in
                if case .here(_, let name, _) = one { name } else { nil }
            }.first
        )
    }

    @Test func `strangers' first messages do not take an answer's way`() {
        let (street, alice, bob) = meeting()
        let mallory = street.join("mallory")
        let name = met(street, alice, bob)
        for number in 0..<Limits.waysUnheard {
            let content = [UInt8(number & 255)]
            let junk = Object(.refuse, from: mallory.key, to: bob.key, content: content)
            mallory.inject(.signed(junk, by: mallory.signer), to: bob)
        }
        bob.wish(.offer(street.terms(900), to: name))
        street.settle()
        #expect(alice.node.wallet.buying.count == 1)
    }

    @Test func `of a crowd that answers a call, the first is as reachable as the last`() {
        let (street, alice, bob) = meeting()
        let name = met(street, alice, bob)
        let call = must(street.lookups.last)
        for number in 0..<64 {
            let other = StandInSigner("one of a crowd \(number)")
            let here = Here.object(
                by: other.key,
                to: call,
                nonce: Salt(high: 0, low: UInt64(number)),
                id: UInt64(number)
            )
            street.seed += 1
            var chance: any Chance = SeededChance(seed: street.seed)
            let way = must(alice.desk.begin(to: call.sealingKey, chance: &chance))
            alice.deliver(.signed(here, by: other), on: way, isFirst: true, to: bob, &chance)
            bob.work()
        }
        bob.wish(.offer(street.terms(900), to: name))
        street.settle()
        #expect(alice.node.wallet.buying.count == 1)
    }

    @Test func `a corrected offer to the same answer arrives`() {
        let (street, alice, bob) = meeting()
        let wrong = street.offer(1_000, from: bob, to: alice)
        bob.wish(.cancel(wrong))
        bob.wish(.offer(street.terms(900), to: answer(to: bob)))
        street.settle()
        let right = bob.node.wallet.selling.keys.first
        #expect(right.flatMap { alice.word($0) } == .offered)
    }

    @Test func `of two offers to one answer, the end of one leaves the other its way`() {
        let (street, alice, bob) = meeting()
        let name = met(street, alice, bob)
        var payments: [PaymentID] = []
        for units: UInt64 in [100, 200] {
            bob.wish(.offer(street.terms(units), to: name))
            street.settle()
            payments += bob.node.wallet.selling.keys.filter { !payments.contains($0) }
        }
        alice.wish(.answer(payments[0], .refuse))
        street.settle()
        #expect(bob.word(payments[0]) == .refused)
        alice.wish(.answer(payments[1], .accept(share: [], knowsPIN: false)))
        street.settle()
        #expect(bob.word(payments[1]) == .paid)
        #expect(alice.word(payments[1]) == .paid)
    }
}
