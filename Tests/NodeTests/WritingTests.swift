import Commit
import Money
import Node
import StandIns
import Testing
import Wallet
import Wire
import Words

/// While a group is on its way to the disk, and what a buyer need not check.
@Suite struct WritingTests {
    /// Two payments that wait for their COMMIT-REQUEST, and the datagrams of those.
    private func waiting() -> (street: Street, alice: Party, requests: [[UInt8]]) {
        let (street, alice, bob) = meeting()
        street.lost = [.commitRequest]
        for units in [100, 200] as [UInt64] { street.pay(units, from: alice, to: bob) }
        street.lost = []
        let sent = street.air.filter { $0.to == alice.address }.map(\.bytes)
        return (street, alice, sent.filter { street.kindOf[$0] == .commitRequest })
    }

    private func check(_ party: Party) {
        var verified = Verified()
        for (number, job) in party.node.takeJobs() {
            let verdict = job.run(StandInChecking(), &verified)
            party.node.take(.checked(number, verdict), at: party.street.time)
        }
    }

    @Test func `what comes while a group is written is checked, and waits behind it`() {
        let (street, alice, requests) = waiting()
        #expect(requests.count == 2)
        let bob = street.parties[1].address
        alice.node.take(.datagram(requests[0], from: bob), at: street.time)
        alice.node.flush(at: street.time)
        check(alice)
        let (written, sent) = (alice.log.groups.count, street.air.count)
        var told: [Int] = []
        alice.node.flush(at: street.time) { steps, act in
            told.append(steps)
            alice.node.take(.datagram(requests[1], from: bob), at: street.time)
            #expect(alice.node.jobs.count == 1, "a check waits for no disk")
            #expect(alice.log.groups.count == written && street.air.count == sent)
            act()
            #expect(alice.log.groups.count == written + 1)
            #expect(street.air.count == sent, "what is written is not told by whoever writes it")
        }
        #expect(told == [1], "what came meanwhile had nothing to write")
        #expect(street.air.count == sent + 1)
        check(alice)
        alice.node.flush(at: street.time)
        #expect(alice.log.groups.count == written + 2)
        #expect(street.count(.handover, by: alice) == 2)
        street.settle()
        #expect(alice.balance == Balance(available: 9_700, held: 0, largest: 9_700))
    }

    @Test func `a group that another could not write ends the node, and nothing of it is told`() {
        let (street, alice, requests) = waiting()
        let bob = street.parties[1].address
        alice.node.take(.datagram(requests[0], from: bob), at: street.time)
        alice.node.flush(at: street.time)
        check(alice)
        alice.log.failsAt = 0
        let sent = street.air.count
        alice.node.flush(at: street.time) { _, act in
            alice.node.take(.datagram(requests[1], from: bob), at: street.time)
            act()
        }
        #expect(alice.node.fault != nil)
        #expect(alice.node.takeJobs().isEmpty && street.air.count == sent)
    }

    @Test func `what a buyer signed lately it knows, and anything else it checks`() throws {
        let (street, alice, bob) = meeting()
        street.pay(100, from: alice, to: bob)
        street.lost = [.commitRequest]
        let payment = street.pay(200, from: alice, to: bob)
        guard case .accepted(let accepted) = alice.node.wallet.buying[payment]?.phase else {
            Issue.record("the payment waits for its COMMIT-REQUEST")
            return
        }
        let said = try CommitRequest(reading: street.last(.commitRequest))
        let floor = must(said.floor)
        let other = SignedPlace(
            header: floor.header,
            entriesRoot: floor.entriesRoot,
            privateRoot: floor.privateRoot,
            signature: said.signed.signature
        )
        for (shown, isChecked) in [(floor, false), (other, true)] {
            let object = CommitRequest.object(
                by: bob.key,
                answering: accepted.accept,
                total: said.total,
                floor: shown
            )
            bob.inject(.signed(object, by: bob.signer), to: alice, isWorkedOff: false)
            alice.node.flush(at: street.time)
            let jobs = alice.node.takeJobs()
            guard case .told(_, let asked) = jobs.first?.job else {
                Issue.record("its sender's signature is checked in any case")
                return
            }
            #expect((asked != nil) == isChecked)
        }
    }
}

extension Balance {
    fileprivate init(available: UInt64, held: UInt64, largest: UInt64) {
        self.init()
        (self.available, self.held) = (must(Amount(available)), must(Amount(held)))
        self.largest = must(Amount(largest))
        (backAtOnce, redeemable) = (self.available, self.available)
    }
}
