import Nearby
import Testing
import Words

/// What is done about being announced, as what is wanted and what the daemon says change.
@Suite struct SayingTests {
    static let shop = Advert(.shop, name: Text("Town"), port: 7, networks: nil)
    static let wallet = Advert(.wallet, name: nil, port: 7, networks: nil)

    private let it = Node()

    /// Whose announcement it is: it draws a name each time that it is asked for one.
    private final class Node {
        var saying = Saying()
        private var drawn = 0

        func step(_ advert: Advert?, at now: UInt64 = 0) -> Saying.Step {
            var count = 0
            let step = saying.step(
                advert,
                at: now,
                drawn: {
                    count += 1
                    return "drawn \(drawn)"
                },
                other: { $0 + "+" }
            )
            drawn += count
            return step
        }
    }

    @Test func `what is wanted is said once, and taken back`() {
        #expect(it.step(nil) == .nothing)
        #expect(it.step(Self.shop) == .say(Self.shop, as: "Town"))
        #expect(it.step(Self.shop) == .nothing && it.saying.announced == nil)
        it.saying.note(.said, at: 1)
        #expect(
            it.step(Self.shop) == .nothing && it.saying.announced == "Town" && it.saying.due == nil
        )
        #expect(it.step(nil) == .withdraw && it.saying.announced == nil)
        it.saying.note(.withdrawn, at: 2)
        #expect(it.step(nil) == .nothing)
    }

    @Test func `what was given is taken back whatever the daemon was about meanwhile`() {
        _ = it.step(Self.shop)
        it.saying.note(.said, at: 1)
        it.saying.stop()
        #expect(it.saying.announced == nil)
        #expect(it.step(nil) == .withdraw)
        // It could not be taken back: again later, and not at once.
        it.saying.note(.refused, at: 5)
        #expect(it.step(nil, at: 6) == .nothing && it.saying.due == 5 + Saying.againAfter)
        #expect(it.step(nil, at: 5 + Saying.againAfter) == .withdraw)
        it.saying.note(.withdrawn, at: 5 + Saying.againAfter)
        #expect(it.step(nil, at: 5 + Saying.againAfter) == .nothing && it.saying.due == nil)
    }

    @Test func `a daemon that is gone has nothing to take back, and is told anew`() {
        _ = it.step(Self.shop)
        it.saying.note(.said, at: 1)
        it.saying.lose()
        #expect(it.step(nil) == .nothing)
        #expect(it.step(Self.shop) == .say(Self.shop, as: "Town"))
    }

    @Test func `a name that is taken is changed, and not for ever`() {
        _ = it.step(Self.shop)
        var name = "Town"
        for _ in 0..<Saying.renamesAtOnce {
            it.saying.note(.taken, at: 1)
            name += "+"
            #expect(it.saying.due == 0)
            #expect(it.step(Self.shop, at: 1) == .say(Self.shop, as: name))
        }
        it.saying.note(.taken, at: 1)
        #expect(it.step(Self.shop, at: 1) == .nothing && it.saying.due == 1 + Saying.againAfter)
        #expect(it.step(Self.shop, at: 1 + Saying.againAfter) != .nothing)
    }

    @Test func `what is refused is tried again later`() {
        _ = it.step(Self.shop)
        it.saying.note(.refused, at: 3)
        #expect(it.step(Self.shop, at: 4) == .nothing && it.saying.due == 3 + Saying.againAfter)
        #expect(it.step(Self.shop, at: 3 + Saying.againAfter) == .say(Self.shop, as: "Town"))
        it.saying.fail()
        #expect(
            it.step(Self.shop, at: 20_000) == .nothing
                && it.saying.due == 20_000 + Saying.againAfter
        )
    }

    @Test func `a wallet has another name each time, and on other networks`() {
        #expect(it.step(Self.wallet) == .say(Self.wallet, as: "drawn 0"))
        let moved = Advert(.wallet, name: nil, port: 7, networks: nil, era: 1)
        #expect(it.step(moved) == .say(moved, as: "drawn 1"))
        #expect(it.step(nil) == .withdraw)
        it.saying.note(.withdrawn, at: 1)
        #expect(it.step(moved) == .say(moved, as: "drawn 2"))
    }
}
