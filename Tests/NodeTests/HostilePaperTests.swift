import Commit
import Money
import Node
import StandIns
import Testing
import Wallet
import Wire
import Words

/// The office's papers in the wrong order, clocks that are wrong, settings that are too long.
@Suite struct HostilePaperTests {
    @Test func `a window that was left behind does not bring its total back`() throws {
        let (street, alice, bob) = meeting()
        street.pay(1_000, from: alice, to: bob)
        let old = street.office.window(for: alice.key)
        let new = street.office.window(for: alice.key, largest: 2_000_000, issuedAfter: 1)
        alice.openWindow(new)
        #expect(alice.node.wallet.window?.id == new.id)
        alice.openWindow(old)
        #expect(alice.node.wallet.window?.id == new.id)
        let payment = street.pay(500, from: alice, to: bob)
        #expect(bob.word(payment) == .paid)
    }

    @Test func `checks of two windows that end in the other order leave the newer one`() throws {
        let (street, alice, bob) = meeting()
        street.pay(1_000, from: alice, to: bob)
        let certificates = [street.office.certificate.der]
        let old = street.office.window(for: alice.key)
        let new = street.office.window(for: alice.key, largest: 2_000_000, issuedAfter: 1)
        for one in [old, new] {
            alice.node.take(.wish(.open(one, certificates: certificates)), at: street.time)
        }
        alice.node.flush(at: street.time)
        var verified = Verified()
        for (number, job) in alice.node.takeJobs().reversed() {
            alice.node.take(
                .checked(number, job.run(StandInChecking(), &verified)),
                at: street.time
            )
        }
        alice.work()
        #expect(alice.node.wallet.window?.id == new.id)
        let payment = street.pay(500, from: alice, to: bob)
        #expect(bob.word(payment) == .paid)
    }

    @Test(arguments: [false, true])
    func `of two windows signed in one second the same one stays, in either order`(
        isSwapped: Bool
    ) {
        let (street, alice, bob) = meeting()
        let one = street.office.window(for: alice.key, issuedAfter: 1)
        let other = street.office.window(for: alice.key, largest: 2_000_000, issuedAfter: 1)
        let newer = one.id < other.id ? other : one
        for window in isSwapped ? [other, one] : [one, other] { alice.openWindow(window) }
        #expect(alice.node.wallet.window?.id == newer.id)
        street.pay(1_000, from: alice, to: bob)
        // The older one does not come back, and its total with it.
        for window in [one, other] { alice.openWindow(window) }
        #expect(alice.node.wallet.window?.id == newer.id)
        let payment = street.pay(500, from: alice, to: bob)
        #expect(bob.word(payment) == .paid)
    }

    @Test func `a stick with no day left to settle is none`() throws {
        let office = Office()
        func stick(_ settle: UInt64) throws -> Stick {
            let object = Stick.object(
                office: office.signer.key,
                owner: office.root.key,
                request: Hash(Bytes32(repeating: 1)),
                asset: office.asset,
                units: must(Amount(1)),
                spendUntil: office.now.day,
                settleUntil: must(office.now.day.advanced(by: settle)),
                issued: office.now
            )
            return try Stick(reading: .signed(object, by: office.signer))
        }
        #expect(throws: WireError.self) { try stick(0) }
        #expect(throws: Never.self) { try stick(1) }
    }

    @Test func `a window that is over, or has not begun, carries nothing`() throws {
        let (street, alice, bob) = meeting()
        bob.charge(10)
        let day: UInt64 = 86_400
        alice.openWindow(
            street.office.window(for: alice.key, issuedAfter: 1, days: 20_005...20_007)
        )
        for (today, largest) in [(20_004, 0), (20_005, 10_000), (20_006, 10_000), (20_008, 0)]
            as [(UInt64, UInt64)]
        {
            street.time.moment = must(Moment(today * day))
            #expect(alice.balance.available == Amount(10_000))
            #expect(alice.balance.largest == Amount(largest))
            alice.news = []
            let payment = street.offer(10, from: bob, to: alice)
            alice.wish(.answer(payment, .accept(share: [], knowsPIN: false)))
            #expect(alice.word(payment) == (largest == 0 ? .refused : .offered))
            #expect(alice.news.contains(.denied(.noWindow)) == (largest == 0))
            street.settle()
            if largest == 0 { #expect(bob.standing(payment)?.reason == Reason.window) }
            if alice.word(payment) == .paid { alice.charge(10, request: UInt8(today & 255)) }
        }
    }

    @Test func `a sale under a clock that is ahead leaves no trace in the office's time`() throws {
        let (street, alice, bob) = meeting()
        bob.charge(500, request: 9)
        street.time.moment = must(Moment(20_025 * 86_400))
        street.pay(1_000, from: alice, to: bob)
        street.time.moment = must(Moment(20_010 * 86_400))
        let row = must(bob.log.rows(.register).first { $0.key == Array("clock".utf8) })
        var reader = Reader(row.bytes)
        try reader.array(2)
        try reader.version(1)
        let clock: Moment = try reader.value()
        #expect(clock == street.office.now)
    }

    @Test func `money is good again when a clock that was ahead is right again`() throws {
        let (street, alice, bob) = meeting()
        // The last good day of Alice's money.
        street.time.moment = must(Moment(20_030 * 86_400))
        street.pay(1_000, from: alice, to: bob)
        street.time.moment = must(Moment(20_001 * 86_400))
        let object = Stick.object(
            office: street.office.signer.key,
            owner: bob.key,
            request: Hash(Bytes32(repeating: 77)),
            asset: street.office.asset,
            units: must(Amount(5_000)),
            spendUntil: must(street.office.now.day.advanced(by: 21)),
            settleUntil: must(street.office.now.day.advanced(by: 60)),
            issued: street.office.now
        )
        let stick = try Stick(reading: .signed(object, by: street.office.signer))
        let certificates = [street.office.certificate.der, bob.ownCertificate]
        bob.wish(.charge(stick, certificates: certificates))
        try bob.restart()
        #expect(bob.balance.largest == Amount(6_000))
    }

    @Test func `a later revocation does not soften an earlier one`() throws {
        let (street, alice, bob) = meeting()
        func revocation(_ counter: UInt64) -> Revocation {
            let object = Revocation.object(
                office: street.office.signer.key,
                key: alice.key,
                lastGood: Place(epoch: .first, counter: counter),
                reason: must(Text("stolen")),
                issued: street.office.now
            )
            return must(try? Revocation(reading: .signed(object, by: street.office.signer)))
        }
        street.pay(10, from: alice, to: bob)
        for counter: UInt64 in [0, 9] {
            bob.wish(.learn(revocation(counter), certificates: [street.office.certificate.der]))
        }
        let before = street.pay(10, from: alice, to: bob)
        #expect(bob.word(before) != .paid)
        try bob.restart()
        let after = street.pay(10, from: alice, to: bob)
        #expect(bob.word(after) != .paid)
    }

    @Test func `a long profile or a crowd of sellers does not lock the wallet`() throws {
        let (street, alice, _) = meeting()
        var profile = Profile()
        profile.shipping = Text(String(repeating: "x", count: 513))
        alice.wish(.profile(profile))
        var policy = Policy()
        policy.sellers = (0..<1_025).map { StandInSigner("s\($0)").key }
        alice.wish(.policy(policy))
        #expect(alice.news.filter { $0 == .denied(.tooMany) }.count == 2)
        #expect(throws: Never.self) {
            try Wallet(recovering: alice.log.recovered, at: street.time)
        }
    }
}
