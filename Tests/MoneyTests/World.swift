import Money
import StandIns
import Wire
import Words

/// Somebody honest with a purse, who knows what he was shown and nothing else.
struct Person {
    let signer: StandInSigner
    var purse = Purse()
    var archive = Archive()
    var seen = Seen()
    var window: Window
    var spent = Amount.zero
    var counter: UInt64 = 0
    var previous: Hash?

    /// The longest chain he takes: one link less than anybody checks, because the piece he
    /// gets is one link longer, and he wants to pass it on.
    static let hopCap = Limits.hopsPerChain - 1

    mutating func learn(_ provenance: Provenance) {
        provenance.sticks.forEach { archive.add($0) }
        for link in provenance.links {
            archive.add(link)
            seen.learn(link)
        }
        provenance.certificates.forEach { learn(certificate: $0) }
    }

    mutating func learn(certificate der: [UInt8]) {
        guard let read = try? StandInCertificate(wireBytes: der) else { return }
        archive.add(certificate: der, of: read.certificate)
    }
}

/// A signed handover on its way: agreed, and not yet decided for both.
struct Flight {
    let payer: Int
    let payee: Int
    let taken: [Piece]
    let handover: Handover
    let payment: PaymentID
    /// The payee's ABORT, when it was signed and the payer has not heard of it.
    var release: Abort?
}

/// A street of honest people and an office: sticks are issued, cut, handed over, taken,
/// refused, released and redeemed, in an order that a seed decides.
struct World {
    private(set) var street = Street()
    private(set) var people: [Person] = []
    private(set) var sticks: [Stick] = []
    private(set) var flights: [Flight] = []
    private(set) var counts: [String: Int] = [:]
    private var chance: SeededChance
    private var verified = Verified()
    private var serial: UInt64 = 0

    /// What went wrong, in words; nil while everything is well.
    private(set) var fault: String?

    init(seed: UInt64, people count: Int = 5) {
        chance = SeededChance(seed: seed)
        // The office is the last of the people: what it takes, it has redeemed.
        let signers = (0..<count).map { street.person("person \($0)") } + [street.office]
        for signer in signers {
            people.append(Person(signer: signer, window: street.window(for: signer)))
        }
        let own = signers.compactMap { street.ders[$0.key] }
        for index in people.indices {
            people[index].learn(certificate: own[index])
            people[index].learn(certificate: own[count])
        }
    }

    var office: Int { people.count - 1 }

    mutating func step() {
        switch chance.below(20) {
        case 0: issue()
        case 1...9: handOver()
        case 10...13: commit()
        case 14...16: abort()
        case _: tell()
        }
    }

    // MARK: The acts

    private mutating func issue() {
        let owner = chance.below(office)
        serial += 1
        let stick = street.stick(
            UInt64(1 + chance.below(3_000)),
            to: people[owner].signer,
            days: UInt64(chance.below(60)),
            request: "request \(serial)"
        )
        sticks.append(stick)
        people[owner].archive.add(stick)
        let holding = Holding(stick: stick.id, units: units(0, stick.units.units), parent: nil)
        people[owner].purse.put(
            Piece(holding, asset: stick.asset, spendUntil: stick.spendUntil, hops: 0)
        )
        count("issued")
    }

    private mutating func handOver() {
        let payer = chance.below(office)
        let payee = (payer + 1 + chance.below(office)) % people.count
        let entries = chance.below(2) == 0 ? chosen(by: payer) : cut(by: payer)
        guard !entries.isEmpty, let sum = Amount.sum(entries.map(\.units.count)) else { return }
        let terms = people[payer].window.terms
        guard let total = people[payer].spent.adding(sum), total <= terms.ceiling else {
            renewWindow(of: payer)
            return
        }
        let from = people[payer]
        guard
            let proposal = from.archive.proposal(entries, by: from.signer.key, from.window),
            proposal.wireBytes.count <= Limits.proposalBytes
        else { return }
        propose(proposal, sum, total, from: payer, to: payee)
    }

    private mutating func chosen(by payer: Int) -> [Entry] {
        let person = people[payer]
        let chooser = Chooser(
            payer: person.signer.key,
            window: person.window,
            caps: Caps(hops: Person.hopCap),
            today: Street.today,
            spent: person.spent,
            archive: person.archive
        )
        let largest = chooser.largest(from: person.purse)
        guard largest > .zero else { return [] }
        let wanted = amount(1 + chance.next() % largest.units)
        do {
            count("chosen")
            return try chooser.choose(wanted, from: person.purse)
        } catch {
            fault = "\(wanted.units) of at most \(largest.units) not found: \(error)"
            return []
        }
    }

    /// Entries cut anywhere out of a few pieces, twice out of one if it comes so.
    private mutating func cut(by payer: Int) -> [Entry] {
        var free = people[payer].purse.pieces.filter {
            $0.hops <= Person.hopCap && $0.releases.count <= Limits.releasesPerPayment
        }.flatMap { piece in [(piece, piece.units)] }
        var entries: [Entry] = []
        for _ in 0...chance.below(Limits.entriesPerHandover) where !free.isEmpty {
            let index = chance.below(free.count)
            let (piece, range) = free.remove(at: index)
            let length = range.hi - range.lo
            let lo = range.lo + chance.next() % length
            let part = units(lo, lo + 1 + chance.next() % (range.hi - lo))
            entries.append(piece.entry(part))
            free += range.removing(part).map { (piece, $0) }
        }
        count("cut")
        return entries
    }

    private mutating func renewWindow(of index: Int) {
        serial += 1
        people[index].window = street.window(
            for: people[index].signer,
            ceiling: 100_000 + serial,
            firstCounter: people[index].counter + 1
        )
        people[index].spent = .zero
        count("windows")
    }

    private mutating func commit() {
        guard let index = undecided() else { return }
        let flight = flights.remove(at: index)
        for (number, entry) in flight.handover.entries.enumerated() {
            let holding = Holding(
                stick: entry.stick,
                units: entry.units,
                parent: EntryReference(flight.handover.hash, number)
            )
            let old = flight.taken[number]
            people[flight.payee].purse.put(
                Piece(
                    holding,
                    asset: old.asset,
                    spendUntil: old.spendUntil,
                    hops: people[flight.payee].archive.hops(of: holding)
                )
            )
        }
        count("committed")
    }

    private mutating func abort() {
        guard let index = undecided() else { return }
        let flight = flights[index]
        let (payee, payer) = (people[flight.payee].signer, people[flight.payer].signer)
        flights[index].release = street.abort(flight.payment, by: payee, to: payer)
        count("aborted")
    }

    private mutating func undecided() -> Int? {
        let open = flights.indices.filter { flights[$0].release == nil }
        return open.isEmpty ? nil : open[chance.below(open.count)]
    }

    /// A payer hears of an ABORT.
    private mutating func tell() {
        let told = flights.indices.filter { flights[$0].release != nil }
        guard !told.isEmpty else { return }
        let flight = flights.remove(at: told[chance.below(told.count)])
        people[flight.payer].purse.putBack(flight.taken, releasedBy: must(flight.release))
        count("released")
    }

    private mutating func count(_ act: String) { counts[act, default: 0] += 1 }
}

extension World {
    /// The payee checks all of it, the payer signs, the payee checks that too.
    private mutating func propose(
        _ proposal: Proposal,
        _ sum: Amount,
        _ total: Amount,
        from payer: Int,
        to payee: Int
    ) {
        let receiver = asPayee(payee, wanting: sum)
        let payment = street.payment()
        people[payer].counter += 1
        let handover = signed(proposal, payment, total, from: people[payer], to: receiver.key)
        do {
            let shown = try Proposal(wireBytes: proposal.wireBytes)
            _ = try receiver.check(shown, &verified, street.checking)
            _ = try receiver.check(
                Agreement(handover),
                of: shown,
                payment: payment,
                offer: hash("offer"),
                above: receiver.floor(for: shown),
                street.checking
            )
        } catch {
            fault = "an honest proposal is refused: \(error)"
            return
        }
        guard let taken = people[payer].purse.take(proposal.entries) else {
            fault = "a purse does not hold what was proposed out of it"
            return
        }
        people[payer].spent = total
        people[payer].previous = handover.hash
        learn(proposal, handover, payee)
        flights.append(
            Flight(payer: payer, payee: payee, taken: taken, handover: handover, payment: payment)
        )
        count("handed over")
    }

    private func asPayee(_ index: Int, wanting amount: Amount) -> Payee {
        var payee = street.payee(people[index].signer, amount: amount.units)
        payee.verifier.hopCap = Person.hopCap
        payee.held = people[index].purse.pieces.map(\.holding)
        payee.seen = people[index].seen
        return payee
    }

    private mutating func signed(
        _ proposal: Proposal,
        _ payment: PaymentID,
        _ total: Amount,
        from payer: Person,
        to payee: Key
    ) -> Handover {
        let privates = Privates(
            payment: payment,
            offer: hash("offer"),
            window: payer.window.id,
            total: total,
            previous: payer.previous
        )
        return Handover(
            by: payer.signer,
            to: payee,
            at: Place(epoch: payer.window.terms.epoch, counter: payer.counter),
            entries: proposal.entries,
            privates: privates,
            salts: (0..<PrivateLeaf.count).map { _ in chance.salt() }
        )
    }

    private mutating func learn(_ proposal: Proposal, _ handover: Handover, _ payee: Int) {
        people[payee].learn(proposal.provenance)
        for number in handover.entries.indices {
            people[payee].archive.add(handover.link(number))
            people[payee].seen.learn(handover.link(number))
        }
        people[payee].seen.learn(total: must(handover.privates).total, of: proposal.window.id)
    }

    // MARK: What is always true

    /// Every unit ever issued is in one place, and nowhere else.
    func lostOrDoubled() -> String? {
        let held = people.flatMap { $0.purse.pieces.map(\.holding) }
        let flying = flights.flatMap { $0.taken.map(\.holding) }
        let places = Dictionary(grouping: held + flying, by: \.stick)
        for stick in sticks {
            let ranges = places[stick.id, default: []].map(\.units).sorted { $0.lo < $1.lo }
            var next: UInt64 = 0
            for range in ranges {
                guard range.lo == next else { return "units \(next) and \(range.lo) do not meet" }
                next = range.hi
            }
            guard next == stick.units.units else { return "\(next) of \(stick.units.units)" }
        }
        return places.count > sticks.count ? "units of no stick" : nil
    }

    /// Every piece can be shown by its holder to anybody, and no two pieces could be one.
    mutating func unproved() -> String? {
        for person in people {
            let pieces = person.purse.pieces
            for piece in pieces {
                let shown = person.archive.provenance(
                    of: [piece.holding],
                    heldBy: person.signer.key
                )
                let verifier = Verifier(root: street.root.key)
                do {
                    let key = person.signer.key
                    let lineages = try shown.lineages(
                        of: key,
                        by: verifier,
                        &verified,
                        street.checking
                    )
                    guard lineages.map(\.hops) == [piece.hops] else { return "miscounted hops" }
                } catch {
                    return "the provenance of a piece is refused: \(error)"
                }
            }
            for (one, next) in zip(pieces, pieces.dropFirst()) {
                let isOne =
                    one.holding.stick == next.holding.stick && one.units.hi == next.units.lo
                    && one.holding.parent == next.holding.parent && one.releases == next.releases
                if isOne { return "neighbours that are not merged" }
            }
        }
        return nil
    }
}
