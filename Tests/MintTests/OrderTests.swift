import Commit
import Ledger
import Mint
import Money
import StandIns
import Testing
import Words

/// Whatever comes, in whatever order and however often.
@Suite struct OrderTests {
    @Test(arguments: 0..<40)
    func `any order and repetition of requests keeps the ledger sound and charges once`(
        seed: UInt64
    ) throws {
        var dice = SeededChance(seed: seed)
        var bench = try Bench()
        var phones = (0..<5).map { Phone("phone \($0)") }
        for number in 0..<4 {
            let account = number.isMultiple(of: 2) ? Bench.ada : Bench.till
            try bench.invite(UInt64(number), account: account, guarantee: 20)
        }
        var said: [(request: Request, first: Reply?)] = []
        var waiting: [Draft] = []
        for _ in 0..<400 {
            let at: Int
            if !said.isEmpty, dice.below(3) == 0 {
                at = dice.below(said.count)
            } else {
                said.append((try request(&phones, &dice), nil))
                at = said.count - 1
            }
            let reply = try bench.mint.answer(
                said[at].request,
                at: bench.now,
                Bench.hand,
                bench.shelf
            )
            if let first = said[at].first, reply.refusal == nil {
                #expect(reply.drafts.isEmpty, "seed \(seed): \(said[at].request.want) twice")
                #expect(reply.outcome.papers.first == first.outcome.papers.first)
            } else if reply.refusal == nil, reply.call == nil {
                said[at].first = reply
            }
            waiting += reply.drafts
            #expect(bench.mint.ledger.isSound)
            if dice.below(4) == 0 {
                try bench.flush(waiting)
                waiting = []
                try check(bench, seed)
            }
            if dice.below(30) == 0 {
                // The disk failed: what was not written never was.
                bench.mint = try bench.again()
                for (index, one) in said.enumerated()
                where waiting.contains(where: { $0.request == one.request.hash }) {
                    said[index].first = nil
                }
                waiting = []
            }
            if dice.below(20) == 0 { bench.pass(days: 1) }
        }
        try bench.flush(waiting)
        try check(bench, seed)
    }

    /// The books make the same of it; and no stick has come out twice of one request.
    private func check(_ bench: Bench, _ seed: UInt64) throws {
        let again = try bench.again()
        #expect(again.ledger == bench.mint.ledger, "seed \(seed)")
        #expect(again.members.keys == bench.mint.members.keys, "seed \(seed)")
        let requests = bench.shelf.entries.map(\.draft.request)
        #expect(Set(requests).count == requests.count, "seed \(seed)")
        for account in [Bench.ada, Bench.till] {
            let guaranteed = bench.mint.guarantees(on: account, at: bench.now)
            let balance = try #require(bench.mint.ledger.balance(account))
            #expect(balance.amount >= guaranteed, "seed \(seed)")
        }
        let codes = bench.mint.members.values.map(\.enrolment.invite)
        #expect(Set(codes).count == codes.count, "seed \(seed): one code, two keys")
    }

    private func request(_ phones: inout [Phone], _ dice: inout SeededChance) throws -> Request {
        let who = dice.below(phones.count)
        switch dice.below(10) {
        case 0...2: return try phones[who].enrol(UInt64(dice.below(6)))
        case 3: return try phones[who].request(.redeem(Bench.euro, Bench.amount(3), id: 7))
        case 4: return try phones[who].charge(UInt64(dice.below(9)), Bench.dollar)
        default: return try phones[who].charge(UInt64(dice.below(90)))
        }
    }
}
