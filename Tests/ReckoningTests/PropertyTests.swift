import Foundation
import Ledger
import Money
import Reckoning
import StandIns
import Testing
import Words

/// What is true of every crowd, whoever cheats and in whichever order it is presented.
@Suite struct PropertyTests {
    static let isLong = ProcessInfo.processInfo.environment["TALLY_LONG"] == "1"
    static let seeds = isLong ? 4_000 : 60

    /// Presents papers to a reckoning, each under its own number.
    private func present(_ papers: [(Paper, UInt64)], _ crowd: Crowd) throws -> (Reckoning, [Proof])
    {
        var (reckoning, box, proofs) = (crowd.village.reckoning, PaperBox(), [Proof]())
        for (paper, number) in papers {
            let taken = try paper.present(to: &reckoning, at: number, &box, crowd.village.eye)
            for discovery in taken.discoveries {
                switch discovery {
                case .opened(_, let proof), .frozen(_, let proof): proofs.append(proof)
                }
            }
        }
        return (reckoning, proofs)
    }

    private func numbered(_ crowd: Crowd) -> [(Paper, UInt64)] {
        crowd.papers.enumerated().map { ($0.element, 1_000 + UInt64($0.offset)) }
    }

    private func shuffled(
        _ papers: [(Paper, UInt64)],
        _ chance: inout SeededChance
    ) -> [(Paper, UInt64)] {
        var papers = papers
        for index in papers.indices.reversed() where index > 0 {
            papers.swapAt(index, chance.below(index + 1))
        }
        return papers
    }

    @Test(arguments: 0..<seeds)
    func `among honest people each unit goes to whoever has it, and nobody is accused`(seed: Int)
        throws
    {
        let crowd = Crowd(seed: UInt64(seed), cheats: 0)
        var chance = SeededChance(seed: UInt64(seed))
        let (reckoning, proofs) = try present(shuffled(numbered(crowd), &chance), crowd)
        #expect(proofs.isEmpty && reckoning.convicts.isEmpty && reckoning.notices.isEmpty)
        let closing = try reckoning.closing(Village.lastDay, held: [:])
        #expect(closing.honoured.isEmpty)
        var held: [Hash: UInt64] = [:]
        for person in crowd.people {
            for piece in person.purse {
                let shares = try #require(closing.shares(of: piece.stick))
                #expect(shares.give(piece.units, to: person.signer.key), "\(piece.units)")
                held[piece.stick, default: 0] += piece.units.count.units
            }
        }
        for one in crowd.waiting {
            let shares = try #require(closing.shares(of: one.stick))
            #expect(shares.give(one.units, to: one.key), "\(one.units)")
            held[one.stick, default: 0] += one.units.count.units
        }
        for settlement in closing.settlements {
            #expect(settlement.isWhole)
            let redeemed = settlement.shares.filter { $0.fate == .redeemed }
                .reduce(0) { $0 + $1.units.count.units }
            #expect(held[settlement.stick, default: 0] + redeemed == settlement.units.units)
        }
    }

    @Test(arguments: 0..<seeds)
    func `the order of presentations and their repetition make no difference`(seed: Int) throws {
        let crowd = Crowd(seed: UInt64(seed), cheats: seed % 4)
        var chance = SeededChance(seed: UInt64(seed))
        let papers = numbered(crowd)
        let repeats = papers.filter { _ in chance.below(3) == 0 }.map { ($0.0, $0.1 + 5_000) }
        let (once, _) = try present(papers, crowd)
        // What is said again is remembered for longer, and comes to the same.
        let (repeated, _) = try present(papers + repeats, crowd)
        #expect(repeated.opened == once.opened && repeated.notices == once.notices)
        for stick in crowd.sticks {
            #expect(repeated.settlement(of: stick.id) == once.settlement(of: stick.id))
        }
        for _ in 0..<3 {
            let (again, proofs) = try present(shuffled(papers + repeats, &chance), crowd)
            let isSame = again == repeated
            #expect(isSame)
            #expect(proofs.count == once.opened.count + once.notices.count)
        }
        // Read anew, with the cases that were booked, it is the same and opens none of them.
        var anew = Reckoning(offices: once.offices, opened: once.opened, notices: once.notices)
        for stick in crowd.sticks { anew.issue(stick) }
        for person in crowd.people where person.epoch > 1 {
            anew.enter(must(Epoch(person.epoch)), of: person.signer.key)
        }
        var again = PaperBox()
        for (paper, number) in papers {
            let taken = try paper.present(to: &anew, at: number, &again, crowd.village.eye)
            #expect(taken.discoveries.isEmpty)
        }
        let isAnew = anew == once
        #expect(isAnew)
        // What is presented twice finds nothing.
        var (twice, box) = (once, PaperBox())
        for (paper, number) in papers {
            let taken = try paper.present(to: &twice, at: number, &box, crowd.village.eye)
            #expect(taken.discoveries.isEmpty)
        }
        let isSame = twice == once
        #expect(isSame)
    }

    @Test(arguments: 0..<seeds)
    func `every duplicated unit has a convict, and no honest person is one`(seed: Int) throws {
        let crowd = Crowd(seed: UInt64(seed), cheats: 1 + seed % 3, steps: 90)
        var chance = SeededChance(seed: UInt64(seed))
        let (reckoning, proofs) = try present(shuffled(numbered(crowd), &chance), crowd)
        let cheats = crowd.cheats
        #expect(reckoning.convicts.isSubset(of: cheats))
        #expect(Set(reckoning.notices.map(\.key)).isSubset(of: cheats))
        for proof in proofs {
            switch try proof.verdict(crowd.village.eye) {
            case .convicts(let key), .freezes(let key): #expect(cheats.contains(key))
            }
        }
        // Whoever looks at every pair of all these papers convicts the same.
        let judged = judged(crowd)
        #expect(judged.convicts == reckoning.convicts)
        #expect(judged.frozen.isSubset(of: reckoning.notices.map(\.key)))

        let held = Dictionary(
            uniqueKeysWithValues: cheats.map { ($0, amount(UInt64(chance.below(30)))) }
        )
        let closing = try reckoning.closing(Village.lastDay, held: held)
        check(closing, held, crowd)
        for person in crowd.people where !person.isCheat {
            for piece in person.purse {
                expectGiven(piece, to: person.signer.key, closing)
            }
        }
    }

    /// That an honest holder has each of his units, or is owed it by a cheat.
    private func expectGiven(_ piece: Villager.Piece, to key: Key, _ closing: Closing) {
        var rest = [piece.units]
        for share in closing.shares(of: piece.stick) ?? [] where share.holder == key {
            rest = rest.flatMap { $0.removing(share.units) }
        }
        for one in closing.honoured where one.duplicate.holder == key {
            guard one.duplicate.stick == piece.stick else { continue }
            rest = rest.flatMap { $0.removing(one.duplicate.units) }
        }
        #expect(rest.isEmpty)
    }

    @Test(arguments: 0..<seeds)
    func `whatever is missing, each unit is settled once and nothing is paid beyond a guarantee`(
        seed: Int
    )
        throws
    {
        let crowd = Crowd(seed: UInt64(seed), cheats: seed % 4, steps: 90)
        var chance = SeededChance(seed: UInt64(seed))
        let some = numbered(crowd).filter { _ in chance.below(4) > 0 }
        let (reckoning, _) = try present(shuffled(some, &chance), crowd)
        #expect(reckoning.convicts.isSubset(of: crowd.cheats))
        let held = Dictionary(
            uniqueKeysWithValues: crowd.cheats.map { ($0, amount(UInt64(chance.below(30)))) }
        )
        let closing = try reckoning.closing(Village.lastDay, held: held)
        check(closing, held, crowd)
        var after = reckoning
        after.close(closing.day)
        #expect(after.remembered == 0)
    }

    private func check(_ closing: Closing, _ held: [Key: Amount], _ crowd: Crowd) {
        #expect(closing.settlements.count == crowd.sticks.count)
        #expect(closing.settlements.allSatisfy { $0.isWhole })
        var paid: [Key: UInt64] = [:]
        for one in closing.honoured {
            #expect(crowd.cheats.contains(one.duplicate.convict))
            #expect(one.duplicate.holder != one.duplicate.convict)
            #expect(one.paid.units + one.claim.units == one.duplicate.units.count.units)
            let used = paid[one.duplicate.convict, default: 0]
            // Nothing is paid to a later one while an earlier one is owed something.
            let left = held[one.duplicate.convict, default: .zero].units - used
            #expect(one.paid.units == min(left, one.duplicate.units.count.units))
            paid[one.duplicate.convict] = used + one.paid.units
        }
        #expect(closing.honoured.map(\.duplicate) == closing.honoured.map(\.duplicate).sorted())
        for (key, units) in paid { #expect(units <= held[key, default: .zero].units) }
    }

    /// What a judge finds who looks at every pair.
    private func judged(_ crowd: Crowd) -> (convicts: Set<Key>, frozen: Set<Key>) {
        var judge = Judge()
        for paper in crowd.papers {
            switch paper {
            case .handover(let handover):
                for index in handover.entries.indices { judge.add(handover.link(index)) }
            case .chain(let links, _), .redeemed(let links, _), .received(let links, _, _):
                links.forEach { judge.add($0) }
            case .abort(let abort): judge.add(abort)
            case .commit(let commit): judge.add(commit)
            case .committed, .claim, .denial, .redemption: break
            }
        }
        var (convicts, frozen) = (Set<Key>(), Set<Key>())
        for (_, verdict) in judge.proofs(crowd.village.eye) {
            switch verdict {
            case .convicts(let key): convicts.insert(key)
            case .freezes(let key): frozen.insert(key)
            }
        }
        return (convicts, frozen)
    }

    @Test func `every kind of thing does happen in these crowds`() {
        var counts: [String: Int] = [:]
        var (lapsed, returned, duplicates) = (0, 0, 0)
        for seed in 0..<Self.seeds {
            let crowd = Crowd(seed: UInt64(seed), cheats: seed % 4, steps: 90)
            counts.merge(crowd.counts) { $0 + $1 }
            let some = numbered(crowd).filter { ($0.1 + UInt64(seed)) % 5 > 0 }
            guard let (reckoning, _) = try? present(some, crowd),
                let closing = try? reckoning.closing(Village.lastDay, held: [:])
            else { continue }
            duplicates += closing.honoured.count
            for share in closing.settlements.flatMap(\.shares) {
                if share.fate == .lapsed { lapsed += 1 }
                if case .returned = share.fate { returned += 1 }
            }
        }
        let acts =
            Ending.allCases.map { "\($0)" } + [
                "restored", "redeemed", "waited", "cheated", "equivocated",
            ]
        for act in acts { #expect(counts[act, default: 0] > Self.seeds / 2, "\(act)") }
        #expect(min(lapsed, returned, duplicates) > Self.seeds)
    }

    @Test(arguments: 0..<seeds / 4)
    func `what is booked of a closing is what the audit proves`(seed: Int) throws {
        let crowd = Crowd(seed: UInt64(seed), cheats: seed % 4)
        let (reckoning, _) = try present(numbered(crowd), crowd)
        var bank = try Bank(crowd)
        try bank.redeem(reckoning, crowd.sticks)
        var before = Audit()
        for stick in crowd.sticks { try before.add(stick, in: reckoning) }
        try before.agree(with: bank.ledger)
        let closing = try reckoning.closing(Village.lastDay, held: bank.held(reckoning.convicts))
        try bank.book(closing)
        var after = Audit()
        for settlement in closing.settlements { try after.add(settlement) }
        try after.agree(with: bank.ledger)
        #expect(after.sums.outstanding == 0 && bank.ledger.isSound)
        #expect(bank.ledger.holders.allSatisfy { $0.balance >= .zero })
    }
}

/// Books in which everybody has an account, and paid for his sticks out of it.
struct Bank {
    private(set) var ledger = Ledger()
    private var accounts: [Key: Account] = [:]
    /// What everybody has besides, for the office to hold.
    private static let deposit: UInt64 = 40

    init(_ crowd: Crowd) throws {
        for (index, person) in crowd.people.enumerated() {
            let key = person.signer.key
            let sticks = crowd.sticks.filter { $0.owner == key }
            let account = try ledger.open(.person, must(Text("person \(index)")))
            accounts[key] = account
            let sum = must(Amount.sum(sticks.map(\.units)))
            let all = must(sum.adding(amount(Self.deposit)))
            try ledger.post(Act(.deposit, account, all).postings)
            for stick in sticks { try ledger.post(Act(.charge, account, stick.units).postings) }
        }
    }

    func held(_ convicts: Set<Key>) -> [Key: Amount] {
        var held: [Key: Amount] = [:]
        for key in convicts {
            held[key] = min(
                amount(Self.deposit),
                accounts[key].flatMap { ledger.balance($0) }?.amount ?? .zero
            )
        }
        return held
    }

    mutating func redeem(_ reckoning: Reckoning, _ sticks: [Issued]) throws {
        for stick in sticks {
            let shares = must(reckoning.settlement(of: stick.id)).shares
            for share in shares where share.fate == .redeemed {
                // To whom it was is in the books; here it is the stick's owner.
                let act = Act(.settlement, must(accounts[stick.owner]), share.units.count)
                try ledger.post(act.postings)
            }
        }
    }

    mutating func book(_ closing: Closing) throws {
        for settlement in closing.settlements {
            for act in settlement.acts({ accounts[$0] }) { try ledger.post(act.postings) }
        }
        for one in closing.honoured {
            guard let act = one.act({ accounts[$0] }) else { continue }
            try ledger.post(act.postings)
        }
    }
}

extension Closing {
    func shares(of stick: Hash) -> [Settlement.Share]? {
        settlements.first { $0.stick == stick }?.shares
    }
}

extension Settlement.Share {
    var holder: Key? {
        switch fate {
        case .account(let key), .returned(let key): key
        case .redeemed, .consumed, .lapsed: nil
        }
    }
}

extension [Settlement.Share] {
    /// Whether all of these units go to that key.
    func give(_ units: Units, to key: Key) -> Bool {
        var rest = [units]
        for share in self where share.holder == key {
            rest = rest.flatMap { $0.removing(share.units) }
        }
        return rest.isEmpty
    }
}
