internal import Certificates
internal import Homes
internal import Money
internal import Sealing
internal import Station
internal import Wire
internal import Words

/// The people of the demo, and the money between them.
struct DemoStreet {
    var chance: DemoChance
    let office: DemoOffice
    var people: [Person] = []
    let stick: Stick
    /// What the office issued: the sum that every table has to come to.
    let issued: Amount

    init(_ now: Moment, _ chance: DemoChance) throws {
        var chance = chance
        office = try DemoOffice(now, &chance)
        for name in ["Ada", "Bob", "Cleo", "Dan"] {
            people.append(try office.person(name, &chance))
        }
        issued = try office.asset.amount("50.00")
        stick = try office.stick(issued, to: people[0].key, by: office.office.identity, &chance)
        people[0].archive.add(stick)
        people[0].purse.put(
            Piece(
                Holding(
                    stick: stick.id,
                    units: try found(Units(0, issued.units)),
                    parent: nil
                ),
                asset: office.asset,
                spendUntil: stick.spendUntil,
                hops: 0
            )
        )
        self.chance = chance
    }

    var root: Key { office.root.identity.key }
    var issuers: [Key] { [root, office.office.identity.key] }

    /// What one payee checked, in figures.
    struct Checked {
        let hops: Int
        let pieces: Int
        let bytes: Int
        let checks: CountingChecks
        let handover: Handover
        let payment: PaymentID
        let offer: Hash
    }

    /// What a payer lays before a payee, as bytes and back, as a link would carry it.
    func proposal(
        _ entries: [Entry],
        of payer: Person
    ) throws -> (proposal: Proposal, bytes: Int) {
        let made = try found(
            payer.archive.proposal(entries, by: payer.key, payer.window),
            "the sum of a proposal"
        )
        let bytes = made.wireBytes
        return (try Proposal(wireBytes: bytes), bytes.count)
    }

    /// Everything up to the payer's signature and the payee's check of it.
    mutating func agree(
        _ from: Int,
        _ to: Int,
        _ amount: Amount
    ) throws -> (checked: Checked, taken: [Piece], lineages: [Lineage], proposal: Proposal) {
        let entries = try people[from].chooser(office.now.day).choose(
            amount,
            from: people[from].purse
        )
        let (proposal, bytes) = try proposal(entries, of: people[from])
        let payee = people[to].payee(root, office.now, office.asset, amount)
        let checks = CountingChecks()
        var verified = Verified()
        let lineages = try payee.check(proposal, &verified, checks)
        let payment = people[to].ring.payments.payment(in: .first, chance: &chance)
        let offer = Hash(try found(Bytes32(chance.bytes(32))))
        let taken = try found(people[from].purse.take(entries), "the money just chosen")
        let handover = people[from].handOver(
            entries,
            to: people[to].key,
            payment,
            offer: offer,
            &chance
        )
        let agreed = try payee.check(
            Agreement(handover),
            of: proposal,
            payment: payment,
            offer: offer,
            above: payee.floor(for: proposal),
            checks
        )
        let checked = Checked(
            hops: lineages.map(\.hops).max() ?? 0,
            pieces: lineages.count,
            bytes: bytes,
            checks: checks,
            handover: agreed,
            payment: payment,
            offer: offer
        )
        return (checked, taken, lineages, proposal)
    }

    /// A payment that goes through: the payee commits, and the payer reads it.
    mutating func pay(
        _ from: Int,
        _ to: Int,
        _ amount: Amount
    ) throws -> (checked: Checked, commit: Commit) {
        let (checked, _, lineages, proposal) = try agree(from, to, amount)
        let handover = checked.handover
        let receipt = Receipt(
            offer: checked.offer,
            asset: office.asset,
            amount: amount,
            moment: office.now
        )
        let object = Commit.object(
            by: people[to].key,
            to: people[from].key,
            payment: checked.payment,
            handover: handover.hash,
            receipt: receipt
        )
        let told = try deliver(.signed(object, by: people[to].ring.identity), to: people[from])
        let commit = try Commit(reading: told)
        people[to].learn(proposal, from: issuers)
        people[to].seen.learn(total: people[from].total, of: people[from].window.id)
        for (number, lineage) in lineages.enumerated() {
            let link = handover.link(number)
            people[to].archive.add(link)
            people[to].seen.learn(link)
            people[to].purse.put(
                Piece(
                    Holding(
                        stick: stick.id,
                        units: link.entry.units,
                        parent: link.reference
                    ),
                    asset: office.asset,
                    spendUntil: lineage.stick.spendUntil,
                    hops: lineage.hops + 1
                )
            )
        }
        return (checked, commit)
    }

    /// A payment that the payee cancels after the payer has signed.
    mutating func payAndCancel(
        _ from: Int,
        _ to: Int,
        _ amount: Amount
    ) throws -> (checked: Checked, abort: Abort) {
        let (checked, taken, _, proposal) = try agree(from, to, amount)
        people[to].learn(proposal, from: issuers)
        for number in checked.handover.entries.indices {
            people[to].seen.learn(checked.handover.link(number))
        }
        people[to].seen.learn(total: people[from].total, of: people[from].window.id)
        let object = Abort.object(
            by: people[to].key,
            to: people[from].key,
            payment: checked.payment
        )
        let told = try deliver(.signed(object, by: people[to].ring.identity), to: people[from])
        let abort = try Abort(reading: told)
        people[from].purse.putBack(taken, releasedBy: abort)
        return (checked, abort)
    }

    /// Seals a statement, and opens it where it is for.
    mutating func deliver(_ message: SignedObject, to person: Person) throws -> SignedObject {
        let hash = message.object.hash
        let sender = try found(Envelope.Sender(to: person.ring.sealing.key, chance: &chance))
        let sent = try sender.first(message, hash: hash, chance: &chance)
        var receiver = Envelope.Receiver(person.key, openingWith: [person.ring.sealing])
        guard case .message(let read, _) = try receiver.open(sent[0]) else {
            throw DemoFault(what: "a decision fits one datagram, and came in parts")
        }
        try read.check(Checks.real, hash: hash)
        return read
    }
}
