import Commit
import Ledger
import Mint
import Money
import StandIns
import Testing
import Wire
import Words

@Suite struct EnrolTests {
    @Test func `a code enrols one key, and that key may ask again`() throws {
        var (bench, phone) = (try Bench(), Phone("phone"))
        try bench.invite(17)
        let request = try phone.enrol(17)
        let reply = try bench.ask(request)
        #expect(reply.refusal == nil && reply.drafts.count == 1 && reply.moment == bench.now)
        #expect(reply.outcome.certificates.prefix(2) == [Array("root".utf8), Array("office".utf8)])
        let certificate = try StandInChecking().certificate(
            reply.outcome.certificates[2],
            issuedBy: Bench.office.key
        )
        #expect(certificate.key == phone.signer.key && certificate.roles == [.wallet])
        #expect(certificate.sealingKey == phone.sealingKey)
        let name = try NameStatement(reading: reply.outcome.papers[0])
        let window = try Window(reading: reply.outcome.papers[1])
        #expect(name.name.string == "Ada's phone" && name.key == phone.signer.key)
        #expect(window.terms.ceiling.units == 200 && window.terms.guarantee.units == 100)
        #expect(window.terms.firstCounter == 1 && window.terms.largest.units == 50)
        #expect([name.signed, window.signed].allSatisfy { $0.isSigned(StandInChecking()) })
        bench.pass(days: 20)
        // The same, word for word, long after the code's day, with the same object or another.
        for again in [request, try phone.enrol(17)] {
            let told = try bench.ask(again)
            #expect(told.outcome == reply.outcome && told.moment == reply.moment)
            #expect(told.drafts.isEmpty)
        }
        var thief = Phone("thief")
        #expect(try bench.ask(try thief.enrol(17)).refusal == "code-used")
        #expect(bench.mint.members.count == 1)
    }

    @Test func `a code that nobody gave, or whose day is past, enrols nobody`() throws {
        var (bench, phone) = (try Bench(), Phone("phone"))
        try bench.invite(17)
        #expect(try bench.ask(try phone.enrol(18)).refusal == "code")
        bench.pass(days: 7)
        #expect(bench.mint.open(at: bench.now).count == 1)
        bench.now = Bench.made(bench.now.advanced(by: 1))
        #expect(try bench.ask(try phone.enrol(17)).refusal == "code-expired")
        #expect(bench.mint.open(at: bench.now).isEmpty && bench.mint.members.isEmpty)
    }

    @Test func `a key is enrolled once, and not when it is revoked`() throws {
        var (bench, phone) = (try Bench(), Phone("phone"))
        try bench.invite(17, guarantee: 10)
        try bench.invite(18, guarantee: 10)
        _ = try bench.ask(try phone.enrol(17))
        #expect(try bench.ask(try phone.enrol(18)).refusal == "enrolled")
        try bench.revoke(phone.signer.key)
        #expect(try bench.ask(try phone.enrol(17)).refusal == "revoked")
        for want in [
            Request.Want.charge(Bench.euro, Bench.amount(1)),
            .redeem(Bench.euro, Bench.amount(1), id: 1),
            .sync(epoch: .first, next: 1, handovers: [], known: 0),
        ] {
            #expect(try bench.ask(try phone.request(want)).refusal == "revoked")
            var stranger = Phone("stranger")
            #expect(try bench.ask(try stranger.request(want)).refusal == "not-enrolled")
        }
    }

    @Test func `two who come with one code at once: the first has it`() throws {
        var (bench, one, other) = (try Bench(), Phone("one"), Phone("other"))
        try bench.invite(17)
        // Nothing is booked between them.
        let first = try bench.mint.answer(
            try one.enrol(17),
            at: bench.now,
            Bench.hand,
            bench.shelf
        )
        let second = try bench.mint.answer(
            try other.enrol(17),
            at: bench.now,
            Bench.hand,
            bench.shelf
        )
        #expect(first.refusal == nil && second.refusal == "code-used" && second.drafts.isEmpty)
    }

    @Test func `an invite stays within what is free in its account`() throws {
        var bench = try Bench()
        try bench.invite(17, guarantee: 300)
        #expect(throws: Forbidden.guarantee(free: Bench.amount(200))) {
            try bench.invite(18, guarantee: 201)
        }
        try bench.invite(18, guarantee: 200)
        #expect(throws: Forbidden.guarantee(free: .zero)) { try bench.invite(19, guarantee: 1) }
        // What nobody uses is free again when its day is past.
        bench.pass(days: 8)
        try bench.invite(20, guarantee: 500)
        #expect(throws: Forbidden.limits) {
            try bench.invite(21, account: Bench.till, largest: 51, ceiling: 50, guarantee: 0)
        }
        #expect(throws: Forbidden.limits) {
            try bench.invite(21, account: Bench.till, largest: 0, guarantee: 0)
        }
        #expect(throws: Forbidden.noAccount(Account(number: 99))) {
            try bench.invite(21, account: Account(number: 99), guarantee: 0)
        }
        for days in [UInt64(0), 366, .max] {
            #expect(throws: Forbidden.noTime) {
                try bench.mint.invite(
                    Code.hash(secret: 1),
                    Bench.till,
                    name: Bench.text("Till"),
                    Invite.Limit(largest: .largest, ceiling: .largest, guarantee: .zero),
                    days: days,
                    at: bench.now
                )
            }
        }
    }
}

extension Bench {
    mutating func revoke(_ key: Key, lastGood: UInt64? = nil) throws {
        let deed = try mint.revoke(
            key,
            reason: Self.text("lost"),
            lastGood: lastGood,
            at: now,
            Self.hand,
            shelf
        ).get()
        try book(deed)
    }
}
