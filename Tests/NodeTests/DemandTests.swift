import Commit
import Money
import Node
import Testing
import Wallet
import Wire
import Words

/// What a seller asks of the devices through whose hands the money came.
@Suite struct DemandTests {
    static func demands(_ emulated: UInt64?, _ hardware: UInt64?) -> Policy {
        var policy = Policy()
        policy.demands.emulatedFrom = emulated.flatMap { Amount($0) }
        policy.demands.hardwareFrom = hardware.flatMap { Amount($0) }
        return policy
    }

    /// The class that the last OFFER asked for.
    static func asked(_ street: Street) -> DeviceClass {
        let message = must(street.said.last { $0.message.object.kind == .offer }).message
        return must(try? Offer(reading: message)).terms.device
    }

    @Test(
        arguments: [
            (499, DeviceClass.software), (500, .emulated), (799, .emulated), (800, .hardware),
        ] as [(UInt64, DeviceClass)]
    )
    func `small is anybody's, medium an eKey's, large hardware's`(
        _ amount: UInt64,
        _ device: DeviceClass
    ) {
        let (street, alice, bob) = meeting()
        bob.wish(.policy(Self.demands(500, 800)))
        let payment = street.pay(amount, from: alice, to: bob)
        #expect(Self.asked(street) == device)
        // Alice's wallet is software.
        #expect((alice.word(payment) == .paid) == (device == .software))
        #expect((bob.word(payment) == .paid) == (device == .software))
        #expect(alice.balance.held == .zero)
    }

    @Test func `an offer may ask for more than the policy does, and never for less`() {
        let (street, alice, bob) = meeting()
        bob.wish(.policy(Self.demands(500, nil)))
        _ = street.offer(10, from: bob, to: alice) { $0.device = .hardware }
        #expect(Self.asked(street) == .hardware)
        _ = street.offer(600, from: bob, to: alice) { $0.device = .software }
        #expect(Self.asked(street) == .emulated)
    }

    @Test func `what is asked for outlives a restart, and is taken back`() throws {
        let (street, alice, bob) = meeting()
        let policy = Self.demands(500, 800)
        bob.wish(.policy(policy))
        street.settle()
        try bob.restart()
        #expect(bob.node.wallet.policy == policy)
        bob.wish(.policy(Policy()))
        street.settle()
        try bob.restart()
        #expect(bob.node.wallet.policy == Policy())
        let payment = street.pay(900, from: alice, to: bob)
        #expect(alice.word(payment) == .paid)
    }
}
