import Money
import StandIns
import Testing
import Wire
import Words

/// Every order of the acts of a buyer B and a seller S over one unit, each honest or not,
/// judged under every subset of the papers that they leave behind.
///
/// A proof needs at most three papers, so what a judge finds in a set is what he finds in its
/// subsets of up to three (`Court.proved`): every story holds the judge of its whole set
/// against that, proof by proof. One handover in a story is irregular at most: signed at a
/// place used before, for a payment used before, or with an entry twice. In the long form
/// all of them may be.
///
/// Hence a set proves what all its subsets prove together: judging the full set judges every
/// subset, and no later paper acquits.
///
/// T, D and the office are honest: what reaches them is a unit in honest hands. A restored
/// cheat signs at a place he has used before; a restored honest wallet is inert and signs
/// nothing, so its restore leaves no paper.
@Suite struct AdversaryTests {
    @Test(arguments: [(true, true), (true, false), (false, true), (false, false)])
    func `nobody honest is convicted and every duplicate has a convict`(
        buyerIsHonest: Bool,
        sellerIsHonest: Bool
    ) {
        var court = Court()
        var known: Set<Acts> = [Acts()]
        var front = [Acts()]
        var duplicated = 0
        for _ in 0..<7 {
            var next: [Acts] = []
            for acts in front {
                for after in acts.moves(buyerIsHonest, sellerIsHonest)
                where known.insert(after).inserted {
                    next.append(after)
                }
            }
            for acts in next {
                let fault = court.fault(acts, buyerIsHonest, sellerIsHonest)
                #expect(fault == nil, "\(acts)")
                if fault != nil { return }
                if acts.honestHolders > 1 { duplicated += 1 }
            }
            front = next
        }
        // The search is worth something only if cheats did duplicate units in it.
        #expect((duplicated > 0) == !(buyerIsHonest && sellerIsHonest))
        #expect(known.count > (buyerIsHonest && sellerIsHonest ? 15 : 150))
        print("stories: \(known.count), different proofs: \(court.found.count)")
        #expect(buyerIsHonest && sellerIsHonest || court.found.count > 1)
    }

    @Test func `the search finds what a rule without its clause lets through`() {
        // A handover that passes the same units on twice, in two entries of one signature.
        var acts = Acts()
        acts.handovers = [Acts.Given(to: .s, counter: 10, payment: 0, releases: [], twice: true)]
        acts.uses = [Acts.Use(of: 0, entry: 0, to: .d), Acts.Use(of: 0, entry: 1, to: .office)]
        var court = Court()
        #expect(acts.honestHolders == 2)
        #expect(court.fault(acts, false, false) == nil)
        #expect(court.convictions(acts.papers).contains(.convicts(court.b.key)))
    }
}

/// What was done so far.
struct Acts: Hashable {
    enum Person: Int, Hashable { case s, t, d, office }

    struct Given: Hashable {
        let to: Person
        let counter: UInt64
        /// Which of the payment ids it pays: a cheat may sign two handovers for one.
        let payment: Int
        /// The earlier handovers whose releases it carries.
        let releases: [Int]
        let twice: Bool
        /// Signed at a place used before, for a payment used before, or with an entry twice.
        var isIrregular = false
    }

    struct Use: Hashable {
        let of: Int
        let entry: Int
        let to: Person
    }

    var handovers: [Given] = []
    /// Payments that S aborted.
    var aborts: [Int] = []
    /// Handovers that S signed a COMMIT for.
    var commits: [Int] = []
    var uses: [Use] = []

    /// How many irregular handovers a story has at most; there are three in all.
    private static let irregular = ConservationTests.isLong ? 3 : 1

    func moves(_ buyerIsHonest: Bool, _ sellerIsHonest: Bool) -> [Acts] {
        buyerMoves(buyerIsHonest) + sellerMoves(sellerIsHonest)
    }

    private func released(_ index: Int) -> Bool {
        handovers[index].to == .s && aborts.contains(handovers[index].payment)
    }

    private func buyerMoves(_ honest: Bool) -> [Acts] {
        guard handovers.count < 3 else { return [] }
        let payees: [Person] = handovers.contains { $0.to == .t } ? [.s] : [.s, .t]
        let last = handovers.last?.counter ?? 9
        let fresh = handovers.count
        let free = handovers.indices.filter(released)
        if honest {
            guard free.count == handovers.count else { return [] }
            return payees.map {
                giving(
                    Given(to: $0, counter: last + 1, payment: fresh, releases: free, twice: false)
                )
            }
        }
        let mayBend = handovers.count(where: \.isIrregular) < Self.irregular
        var moves: [Acts] = []
        for payee in payees {
            // A cheat may sign a second handover for a payment that S already knows.
            let known = payee == .s ? handovers.filter { $0.to == .s }.map(\.payment) : []
            for counter in [last + 1, last, last - 1] {
                for releases in subsets(free) {
                    for payment in Set(known + [fresh]).sorted() {
                        for twice in payee == .s ? [false, true] : [false] {
                            let given = Given(
                                to: payee,
                                counter: counter,
                                payment: payment,
                                releases: releases,
                                twice: twice,
                                isIrregular: twice || counter != last + 1 || payment != fresh
                            )
                            if mayBend || !given.isIrregular { moves.append(giving(given)) }
                        }
                    }
                }
            }
        }
        return moves.filter { Set($0.handovers).count == $0.handovers.count }
    }

    private func giving(_ given: Given) -> Acts {
        var after = self
        after.handovers.append(given)
        return after
    }

    private func sellerMoves(_ honest: Bool) -> [Acts] {
        var moves: [Acts] = []
        for (index, given) in handovers.enumerated() where given.to == .s {
            let isCommitted = handovers.indices.contains {
                handovers[$0].payment == given.payment && commits.contains($0)
            }
            if !aborts.contains(given.payment), !honest || !isCommitted {
                var after = self
                after.aborts = (aborts + [given.payment]).sorted()
                moves.append(after)
            }
            if !commits.contains(index), !honest || (!isCommitted && acceptable(index)) {
                var after = self
                after.commits = (commits + [index]).sorted()
                moves.append(after)
            }
            for entry in 0..<(given.twice ? 2 : 1) {
                for person in [Person.d, .office] {
                    let use = Use(of: index, entry: entry, to: person)
                    // Every holder is shown a unit once; an honest S passes on once what it has.
                    let isFirst = !uses.contains { $0.to == person }
                    let mayUse = !honest || (commits.contains(index) && uses.isEmpty)
                    guard isFirst, mayUse else { continue }
                    var after = self
                    after.uses = (uses + [use]).sorted {
                        ($0.of, $0.entry, $0.to.rawValue) < ($1.of, $1.entry, $1.to.rawValue)
                    }
                    moves.append(after)
                }
            }
        }
        return moves
    }

    /// Whether an honest S, who has seen what was given to it before, takes this one.
    private func acceptable(_ index: Int) -> Bool {
        let given = handovers[index]
        guard !given.twice, !aborts.contains(given.payment) else { return false }
        return handovers.indices.allSatisfy { other in
            guard other != index, handovers[other].to == .s else { return true }
            if other > index { return !commits.contains(other) }
            return released(other) && given.releases.contains(other)
                && handovers[other].counter < given.counter
        }
    }

    var honestHolders: Int {
        handovers.count { $0.to == .t } + uses.count
    }

    /// Everything signed; what honest holders present comes first.
    var papers: [PaperName] { presented + loose }

    var presented: [PaperName] {
        handovers.filter { $0.to == .t }.map { .handover(self.ancestry($0)) }
            + uses.flatMap {
                [.handover(ancestry(handovers[$0.of])), .use(ancestry(handovers[$0.of]), $0)]
            }
    }

    var loose: [PaperName] {
        let shown = Set(presented)
        let all =
            handovers.map { PaperName.handover(ancestry($0)) } + aborts.map { .abort($0) }
            + commits.map { .commit(ancestry(handovers[$0])) }
        return all.filter { !shown.contains($0) }
    }

    /// A handover with the payments of the releases it carries: enough to make it.
    private func ancestry(_ given: Given) -> PaperName.Made {
        PaperName.Made(
            given: given,
            released: Set(given.releases.map { handovers[$0].payment }).sorted()
        )
    }
}

enum PaperName: Hashable {
    struct Made: Hashable {
        let given: Acts.Given
        let released: [Int]
    }

    case handover(Made)
    case use(Made, Acts.Use)
    case abort(Int)
    case commit(Made)
}

/// Makes the papers, and judges them.
struct Court {
    private var street = Street()
    let b, s, t, d: StandInSigner
    private let stick: Stick
    private let payments: [PaymentID]
    private var handovers: [PaperName.Made: Handover] = [:]
    private var names: [PaperName] = []
    private var numbers: [PaperName: Int] = [:]
    private var judgements: [SIMD4<Int>: Set<Int>] = [:]
    /// Every proof that was ever found, with what it proves; and the number of each.
    private(set) var found: [(proof: Proof, verdict: Verdict)] = []
    private var foundNumbers: [Proof: Int] = [:]
    /// What was proved of sets of papers, and of which of them the whole proved another thing.
    private var proofsOfParts: [[Int]: Set<Int>] = [:]
    private var difference: String?

    init() {
        (b, s) = (street.person("b"), street.person("s"))
        (t, d) = (street.person("t"), street.person("d"))
        stick = street.stick(1, to: b)
        payments = (0..<4).map {
            must(PaymentID(bigEndianBytes(1) + Array(repeating: UInt8($0), count: 32)))
        }
    }

    /// What is wrong with the judgement of these acts, or nil.
    mutating func fault(_ acts: Acts, _ buyerIsHonest: Bool, _ sellerIsHonest: Bool) -> String? {
        // In two lines, because what is found meanwhile is part of the court.
        let proved = proved(acts.papers)
        for verdict in verdicts(proved) {
            switch verdict {
            case .convicts(b.key) where buyerIsHonest, .convicts(s.key) where sellerIsHonest:
                return "an honest key is convicted"
            case .freezes(b.key) where buyerIsHonest, .freezes(s.key) where sellerIsHonest:
                return "an honest key is frozen"
            case .convicts(b.key), .convicts(s.key), .freezes(b.key), .freezes(s.key):
                continue
            case .convicts, .freezes:
                return "somebody who did nothing is accused"
            }
        }
        guard acts.honestHolders > 1 else { return difference }
        let shown = self.proved(acts.presented)
        let presented = verdicts(shown)
        let hasConvict =
            presented.contains(.convicts(b.key)) || presented.contains(.convicts(s.key))
        return hasConvict ? difference : "a duplicate without a convict"
    }

    /// What all subsets of up to three papers prove together; the judge of all of them at once
    /// is held against it.
    mutating func proved(_ papers: [PaperName]) -> Set<Int> {
        let numbers = Set(papers.map { number(of: $0) }).sorted()
        if let known = proofsOfParts[numbers] { return known }
        var parts: Set<Int> = []
        func add(_ few: Set<Int>) { if !few.isEmpty { parts.formUnion(few) } }
        for (i, first) in numbers.enumerated() {
            add(judged([first]))
            for (j, second) in numbers[(i + 1)...].enumerated() {
                add(judged([first, second]))
                for third in numbers[(i + j + 2)...] { add(judged([first, second, third])) }
            }
        }
        let whole = proofs(papers)
        if !whole.isSubset(of: parts) { difference = "a proof that no three papers make" }
        if !parts.isSubset(of: whole) { difference = "a proof that more papers hide" }
        proofsOfParts[numbers] = parts
        return parts
    }

    func verdicts(_ proofs: Set<Int>) -> Set<Verdict> { Set(proofs.map { found[$0].verdict }) }

    /// What a judge says of exactly these papers.
    mutating func convictions(_ papers: [PaperName]) -> Set<Verdict> {
        let proofs = proofs(papers)
        return verdicts(proofs)
    }

    private mutating func proofs(_ papers: [PaperName]) -> Set<Int> {
        var judge = Judge()
        for name in papers { add(name, to: &judge) }
        var proofs: Set<Int> = []
        for (proof, verdict) in judge.proofs(street.checking) {
            let number = foundNumbers[proof] ?? found.count
            if number == found.count {
                foundNumbers[proof] = number
                found.append((proof, verdict))
            }
            proofs.insert(number)
        }
        return proofs
    }

    private mutating func judged(_ few: SIMD4<Int>) -> Set<Int> {
        if let known = judgements[few] { return known }
        let proofs = proofs((0..<4).filter { few[$0] >= 0 }.map { names[few[$0]] })
        judgements[few] = proofs
        return proofs
    }

    private mutating func judged(_ few: [Int]) -> Set<Int> {
        judged(SIMD4((0..<4).map { $0 < few.count ? few[$0] : -1 }))
    }

    private mutating func number(of name: PaperName) -> Int {
        if let known = numbers[name] { return known }
        numbers[name] = names.count
        names.append(name)
        return names.count - 1
    }

    private mutating func add(_ name: PaperName, to judge: inout Judge) {
        switch name {
        case .abort(let payment):
            judge.add(street.abort(payments[payment], by: s, to: b))
        case .handover(let made):
            let handover = handover(made)
            for number in handover.entries.indices { judge.add(handover.link(number)) }
        case .commit(let made):
            let payment = payments[made.given.payment]
            judge.add(street.commit(payment, handover(made), by: s, to: b))
        case .use(let made, let use):
            let parent = handover(made)
            judge.add(child(of: parent, use).link(0))
        }
    }

    private mutating func handover(_ made: PaperName.Made) -> Handover {
        if let known = handovers[made] { return known }
        let releases = made.released.map { street.abort(payments[$0], by: s, to: b) }
        let entry = stick.entry(0, 1, releases: releases)
        let handover = Handover(
            by: b,
            to: made.given.to == .t ? t.key : s.key,
            at: Place(epoch: .first, counter: made.given.counter),
            entries: made.given.twice ? [entry, entry] : [entry],
            privates: privates(payments[made.given.payment]),
            salts: Self.salts
        )
        handovers[made] = handover
        return handover
    }

    private func child(of parent: Handover, _ use: Acts.Use) -> Handover {
        Handover(
            by: s,
            to: use.to == .d ? d.key : street.office.key,
            at: Place(
                epoch: .first,
                counter: UInt64(use.of * 4 + use.entry * 2) + (use.to == .d ? 0 : 1)
            ),
            entries: [parent.entry(use.entry, 0, 1)],
            privates: privates(payments[3]),
            salts: Self.salts
        )
    }

    private static let salts = (0..<PrivateLeaf.count).map { Salt(high: 0, low: UInt64($0)) }

    private func privates(_ payment: PaymentID) -> Privates {
        Privates(
            payment: payment,
            offer: hash("offer"),
            window: hash("window"),
            total: amount(1),
            previous: nil
        )
    }
}

func subsets<Element>(_ elements: [Element]) -> [[Element]] {
    elements.reduce([[]]) { sets, element in sets + sets.map { $0 + [element] } }
}
