import Money
import Reckoning
import StandIns
import Words

/// Somebody with a wallet, as far as a test needs one: who tells the truth, unless he is a cheat.
struct Villager {
    let signer: Hand
    var isCheat = false
    var epoch: UInt64 = 1
    var counter: UInt64 = 0
    var purse: [Piece] = []
    /// Every piece he ever had, for cheats to spend again.
    var attic: [Piece] = []

    struct Piece: Hashable {
        let stick: Hash
        let units: Units
        /// The links down to it.
        let chain: [Link]
        var releases: [Abort] = []
        /// The holder's epoch when he got it.
        let epoch: UInt64
    }
}

/// What became of a payment, and who knows it.
enum Ending: Int, CaseIterable {
    case committed, committedUntold, committedByOffice, aborted, abortedUntold, lost
}

/// People who pay each other for a while, some of whom cheat, and what all of them will present.
struct Crowd {
    var village: Village
    private(set) var people: [Villager] = []
    private(set) var sticks: [Issued] = []
    /// What is presented, each by somebody who has it.
    private(set) var papers: [Paper] = []
    private(set) var counts: [String: Int] = [:]
    private var redeemed: [Hash: [Units]] = [:]
    /// What came back and is not paid for.
    private(set) var waiting: [(stick: Hash, units: Units, key: Key)] = []

    init(
        seed: UInt64,
        people count: Int = 5,
        cheats: Int,
        steps: Int = 60,
        isReal: Bool = false
    ) {
        village = Village(seed: seed &* 7_919 &+ 11, isReal: isReal)
        for index in 0..<count {
            let signer = Hand("person \(index)", isReal: isReal)
            people.append(Villager(signer: signer, isCheat: index < cheats))
        }
        for index in 0..<3 { issue(to: (index + Int(seed)) % count) }
        for _ in 0..<steps { step() }
        present()
    }

    var cheats: Set<Key> { Set(people.filter(\.isCheat).map(\.signer.key)) }
    private mutating func draw(_ bound: Int) -> Int { village.chance.below(bound) }

    private mutating func issue(to owner: Int) {
        let size = UInt64(8 + draw(40))
        let person = people[owner]
        let stick = village.stick(
            size,
            to: person.signer,
            epoch: must(Epoch(person.epoch))
        )
        sticks.append(stick)
        give(
            Villager.Piece(stick: stick.id, units: units(0, size), chain: [], epoch: person.epoch),
            to: owner
        )
    }

    private mutating func give(_ piece: Villager.Piece, to index: Int) {
        people[index].purse.append(piece)
        people[index].attic.append(piece)
    }

    private mutating func step() {
        switch draw(16) {
        case 0: issue(to: draw(people.count))
        case 1: restore()
        case 2: redeem()
        case 3, 4, 5: cheat()
        default: pay(draw(people.count), nil)
        }
    }

    // MARK: What happens

    /// A restored wallet begins a new life, in which it spends nothing of the one before.
    private mutating func restore() {
        let index = draw(people.count)
        guard !people[index].isCheat, draw(3) == 0 else { return }
        people[index].epoch += 1
        people[index].counter = 0
        village.reckoning.enter(must(Epoch(people[index].epoch)), of: people[index].signer.key)
        count("restored")
    }

    private func spendable(_ index: Int) -> [Int] {
        people[index].purse.indices.filter {
            people[index].purse[$0].epoch == people[index].epoch
                && people[index].purse[$0].releases.count < 8
        }
    }

    /// Takes a part of a piece out of a purse; the rest stays.
    private mutating func cut(from index: Int) -> Villager.Piece? {
        let free = spendable(index)
        guard !free.isEmpty else { return nil }
        let piece = people[index].purse.remove(at: free[draw(free.count)])
        let part = part(of: piece)
        for rest in piece.units.removing(part.units) {
            people[index].purse.append(piece.cut(rest))
        }
        return part
    }

    private mutating func part(of piece: Villager.Piece) -> Villager.Piece {
        let length = Int(piece.units.hi - piece.units.lo)
        let lo = piece.units.lo + UInt64(draw(length))
        let hi = lo + 1 + UInt64(draw(Int(piece.units.hi - lo)))
        return piece.cut(units(lo, hi))
    }

    /// One payment of a piece or two; a cheat's may be of something that it has spent before.
    private mutating func pay(_ payer: Int, _ again: Villager.Piece?) {
        guard let first = again ?? cut(from: payer) else { return }
        var pieces = [first]
        if again == nil, draw(3) == 0, let second = cut(from: payer) { pieces.append(second) }
        let payee = (payer + 1 + draw(people.count - 1)) % people.count
        // Nobody takes what he gave away, or had before.
        let knows = people[payee].attic.contains { old in pieces.contains { old.meets($0) } }
        guard people[payee].isCheat || !knows else {
            if again == nil { people[payer].purse += pieces }
            return
        }
        let passed = sign(pieces, from: payer, to: people[payee].signer, people[payee].epoch)
        papers.append(.handover(passed.handover))
        let ending = must(Ending(rawValue: draw(Ending.allCases.count)))
        count("\(ending)")
        end(ending, passed, of: pieces, payer, payee)
    }

    private mutating func sign(
        _ pieces: [Villager.Piece],
        from payer: Int,
        to payee: Hand,
        _ epoch: UInt64
    ) -> Passed {
        people[payer].counter += 1
        let entries = pieces.map { piece in
            Entry(
                stick: piece.stick,
                units: piece.units,
                parent: piece.chain.last?.reference,
                releases: piece.releases
            )
        }
        return village.pass(
            entries,
            from: people[payer].signer,
            to: payee,
            people[payer].counter,
            epoch: people[payer].epoch,
            payment: village.payment(epoch: epoch)
        )
    }

    private mutating func end(
        _ ending: Ending,
        _ passed: Passed,
        of pieces: [Villager.Piece],
        _ payer: Int,
        _ payee: Int
    ) {
        let hash = passed.handover.hash
        switch ending {
        case .committed, .committedUntold:
            give(pieces, by: passed, to: payee)
            papers.append(.commit(passed.commit))
            let isTold = ending == .committed
            papers.append(
                isTold ? .committed(passed.committed) : .denial(hash, passed.payer.key)
            )
            // An honest payer who was told uses no release any more.
            if !isTold || people[payer].isCheat { equivocate(passed, pieces, payer, payee) }
        case .committedByOffice:
            give(pieces, by: passed, to: payee)
            papers.append(.commit(passed.commit(by: village.office)))
            papers.append(.denial(hash, passed.payer.key))
        case .aborted:
            people[payer].purse += pieces.map { $0.freed(by: passed) }
            papers.append(.abort(passed.abort))
            if people[payee].isCheat { papers.append(.claim(hash, passed.payee.key)) }
        case .abortedUntold:
            papers.append(.abort(passed.abort))
            keep(pieces, of: payer)
        case .lost:
            papers.append(.denial(hash, passed.payer.key))
            keep(pieces, of: payer)
        }
    }

    private mutating func give(_ pieces: [Villager.Piece], by passed: Passed, to payee: Int) {
        for (number, piece) in pieces.enumerated() {
            give(piece.passed(by: passed, number, in: people[payee].epoch), to: payee)
        }
    }

    /// What a payer will have again, but cannot spend any more.
    private mutating func keep(_ pieces: [Villager.Piece], of payer: Int) {
        guard !people[payer].isCheat else { return }
        for piece in pieces {
            people[payer].purse.append(
                Villager.Piece(
                    stick: piece.stick,
                    units: piece.units,
                    chain: piece.chain,
                    epoch: 0
                )
            )
        }
    }

    /// A cheat that was paid says that it was not.
    private mutating func equivocate(
        _ passed: Passed,
        _ pieces: [Villager.Piece],
        _ payer: Int,
        _ payee: Int
    ) {
        guard people[payee].isCheat, draw(2) == 0 else { return }
        papers.append(.abort(passed.abort))
        people[payer].purse += pieces.map { $0.freed(by: passed) }
        count("equivocated")
    }

    private mutating func cheat() {
        let cheats = people.indices.filter { people[$0].isCheat && !people[$0].attic.isEmpty }
        guard !cheats.isEmpty else { return }
        let index = cheats[draw(cheats.count)]
        let old = people[index].attic[draw(people[index].attic.count)]
        if draw(4) == 0, people[index].counter > 0 { people[index].counter -= 1 }
        pay(index, part(of: old))
        count("cheated")
    }

    private mutating func redeem() {
        let index = draw(people.count)
        guard let piece = cut(from: index) else { return }
        let paid = redeemed[piece.stick, default: []]
        // The office refuses what it has paid for; everything else it may be shown too late.
        guard !paid.contains(where: { $0.overlaps(piece.units) }) else { return }
        redeemed[piece.stick, default: []].append(piece.units)
        let passed = sign([piece], from: index, to: village.office, 1)
        let chain = piece.chain + [passed.handover.link(0)]
        let hash = passed.handover.hash
        if draw(2) == 0 {
            let part = part(of: piece).units
            waiting.append((piece.stick, part, people[index].signer.key))
            papers.append(.received(chain, hash, waiting: part))
            count("waited")
        } else {
            papers.append(.redeemed(chain, hash))
        }
        papers.append(.handover(passed.handover))
        count("redeemed")
    }

    private mutating func present() {
        for person in people {
            for piece in person.purse where !piece.chain.isEmpty {
                papers.append(.chain(piece.chain, person.signer.key))
                let hash = must(piece.chain.last).handover
                if piece.epoch > 0 { papers.append(.claim(hash, person.signer.key)) }
            }
        }
    }

    private mutating func count(_ what: String) { counts[what, default: 0] += 1 }
}

extension Villager.Piece {
    func meets(_ other: Villager.Piece) -> Bool {
        stick == other.stick && units.overlaps(other.units)
    }

    func cut(_ part: Units) -> Villager.Piece {
        Villager.Piece(stick: stick, units: part, chain: chain, releases: releases, epoch: epoch)
    }

    func passed(by passed: Passed, _ number: Int, in epoch: UInt64) -> Villager.Piece {
        Villager.Piece(
            stick: stick,
            units: units,
            chain: chain + [passed.handover.link(number)],
            epoch: epoch
        )
    }

    func freed(by passed: Passed) -> Villager.Piece {
        var freed = self
        freed.releases.append(passed.abort)
        return freed
    }
}
