internal import Certificates
internal import Command
internal import Homes
internal import Money
internal import Sealing
internal import Station
internal import Wire
internal import Words

/// One try to cheat, and what became of it.
struct Attempt {
    let what: String
    /// The name it was refused by; nil when it was taken, which no attempt here may be.
    let name: String?
    let reason: Reason?
}

struct Forgery {
    let title: String
    let attempts: [Attempt]
    /// What follows from it, line by line.
    var remarks: [String] = []
}

/// The eight forgeries, tried for real on people who check.
///
/// The cheats hold true certificates and windows, and sign whatever helps them with every key
/// they may have. Each forgery works on copies: nobody's purse changes.
struct Forger {
    var street: DemoStreet
    let committed: Commit
    let aborted: Abort
    var proof: Proof?

    private var asset: Asset { street.office.asset }

    mutating func all() throws -> [Forgery] {
        [
            try fromNowhere(), try enlarged(), try doubleSpend(), try stolen(), try edited(),
            try overWindow(), try expired(), try replayed(),
        ]
    }

    /// What a payee says to a proposal, or nil when it takes it.
    private func answer(
        _ entries: [Entry],
        from payer: Person,
        to payee: Person,
        at now: Moment? = nil
    ) throws -> Refusal? {
        let proposal = try street.proposal(entries, of: payer).proposal
        return answer(proposal, to: payee, at: now)
    }

    private func answer(_ proposal: Proposal, to payee: Person, at now: Moment?) -> Refusal? {
        let rules = payee.payee(
            street.root,
            now ?? street.office.now,
            asset,
            proposal.amount
        )
        var verified = Verified()
        do {
            _ = try rules.check(proposal, &verified, Checks.real)
            return nil
        } catch {
            return error
        }
    }

    private func attempt(_ what: String, _ refusal: Refusal?) -> Attempt {
        guard let refusal else { return Attempt(what: what, name: nil, reason: nil) }
        let complaint = Complaint(refusal)
        return Attempt(
            what: what,
            name: complaint.name,
            reason: Reason.of(refusal)
        )
    }

    /// 1: a stick of an office that is none.
    private mutating func fromNowhere() throws -> Forgery {
        var mallory = try street.office.person("Mallory", &street.chance)
        let own = KeyRing(chance: &street.chance)
        let stick = try street.office.stick(
            try asset.amount("20.00"),
            to: mallory.key,
            by: own.identity,
            &street.chance
        )
        mallory.archive.add(stick)
        let entry = Entry(stick: stick.id, units: try found(Units(0, 2_000)), parent: nil)
        return Forgery(
            title: "units from nowhere",
            attempts: [
                attempt(
                    "Mallory issues herself 20.00 EUR as an office of her own, and pays Dan",
                    try answer([entry], from: mallory, to: street.people[3])
                )
            ]
        )
    }

    /// 2: more units than were handed over.
    private func enlarged() throws -> Forgery {
        let (dan, eve) = (street.people[3], street.people[0])
        let piece = try found(dan.purse.pieces.first)
        let more = try found(Units(piece.units.lo, piece.units.hi + 500))
        return Forgery(
            title: "an enlarged range",
            attempts: [
                attempt(
                    "Dan adds 5.00 EUR to his piece by its numbers, and pays Ada",
                    try answer([piece.entry(more)], from: dan, to: eve)
                )
            ]
        )
    }

    /// 3: what was passed on already.
    private mutating func doubleSpend() throws -> Forgery {
        let (bob, dan) = (street.people[1], street.people[3])
        var cleo = street.people[2]
        let passed = try found(dan.purse.pieces.first)
        let link = try found(passed.holding.parent.flatMap { dan.archive.link($0) })
        var warned = bob
        warned.seen.learn(link)
        let again = [link.entry]
        let refusal = try answer(again, from: cleo, to: warned)
        let blind = try answer(again, from: cleo, to: street.people[0])
        let handover = cleo.handOver(
            again,
            to: street.people[0].key,
            street.people[0].ring.payments.payment(in: .first, chance: &street.chance),
            offer: Hash(try found(Bytes32(street.chance.bytes(32)))),
            &street.chance
        )
        var judge = Judge()
        judge.add(link)
        judge.add(handover.link(0))
        let proofs = judge.proofs(Checks.real)
        let made = try found(proofs.first, "the proof of a fork")
        guard made.verdict == .convicts(cleo.key), blind == nil else {
            throw DemoFault(what: "a double spend went by without its proof")
        }
        proof = made.proof
        return Forgery(
            title: "spending what one has passed on",
            attempts: [
                attempt("Cleo pays Bob, who has met Dan, with what she gave Dan", refusal)
            ],
            remarks: [
                "Ada has met nobody since, and would have taken it: offline nothing prevents that",
                "but the two handovers together are a proof of fork, checked by anyone:",
                "it convicts key \(short(cleo.key)), which is Cleo's, by her own two signatures",
            ]
        )
    }

    /// 4: somebody else's piece.
    private mutating func stolen() throws -> Forgery {
        let dan = street.people[3]
        var mallory = try street.office.person("Mallory", &street.chance)
        let piece = try found(dan.purse.pieces.first)
        let shown = try street.proposal([piece.entry(piece.units)], of: dan).proposal
        mallory.learn(shown, from: street.issuers)
        return Forgery(
            title: "a stolen piece",
            attempts: [
                attempt(
                    "Mallory copies Dan's piece with all its papers, and pays Bob",
                    try answer([piece.entry(piece.units)], from: mallory, to: street.people[1])
                )
            ]
        )
    }

    /// 5: the office's own paper, with another number in it.
    private func edited() throws -> Forgery {
        var ada = street.people[0]
        let old = street.stick.signed
        let content = Stick.object(
            office: old.object.sender,
            owner: old.object.receiver,
            request: try found(old.object.answers),
            asset: asset,
            units: try asset.amount("500.00"),
            spendUntil: street.stick.spendUntil,
            settleUntil: street.stick.settleUntil,
            issued: street.stick.issued
        )
        let stick = try Stick(reading: SignedObject(content, old.signature))
        ada.archive.add(stick)
        let entry = Entry(stick: stick.id, units: try found(Units(40_000, 42_000)), parent: nil)
        return Forgery(
            title: "an edited amount",
            attempts: [
                attempt(
                    "Ada makes 500.00 of the 50.00 in her stick, and pays Dan 20.00 of it",
                    try answer([entry], from: ada, to: street.people[3])
                )
            ]
        )
    }

    /// 6: more than the office allows, or by another's permission.
    private func overWindow() throws -> Forgery {
        let (ada, bob, dan) = (street.people[0], street.people[1], street.people[3])
        let piece = try found(ada.purse.pieces.first)
        let honest = try found(piece.units.cut(try asset.amount("20.00"))).taken
        let large = try found(piece.units.cut(try asset.amount("30.00"))).taken
        let proposal = try found(
            ada.archive.proposal([piece.entry(honest)], by: ada.key, bob.window)
        )
        return Forgery(
            title: "another's window, and more than one's own allows",
            attempts: [
                attempt(
                    "Ada pays Dan 20.00 under Bob's window",
                    answer(proposal, to: dan, at: nil)
                ),
                attempt(
                    "Ada pays Dan 30.00 under her own, which ends at 25.00",
                    try answer([piece.entry(large)], from: ada, to: dan)
                ),
            ]
        )
    }

    /// 7: money past its day.
    private func expired() throws -> Forgery {
        let (ada, dan) = (street.people[0], street.people[3])
        let piece = try found(ada.purse.pieces.first)
        let units = try found(piece.units.cut(try asset.amount("5.00"))).taken
        let later = try found(street.office.now.advanced(by: 31 * Limits.secondsPerDay))
        return Forgery(
            title: "an expired stick",
            attempts: [
                attempt(
                    "Ada pays Dan 5.00, 31 days after the stick was issued for 30",
                    try answer([piece.entry(units)], from: ada, to: dan, at: later)
                )
            ]
        )
    }

    /// 8: a true statement to somebody else, and a release nobody gave.
    private mutating func replayed() throws -> Forgery {
        let (ada, bob, cleo) = (street.people[0], street.people[1], street.people[2])
        let sender = try found(Envelope.Sender(to: ada.ring.sealing.key, chance: &street.chance))
        let message = committed.signed
        let sealed = try sender.first(
            message,
            hash: message.object.hash,
            chance: &street.chance
        )
        var receiver = Envelope.Receiver(ada.key, openingWith: [ada.ring.sealing])
        var name: String?
        do {
            _ = try receiver.open(sealed[0])
        } catch {
            name = error.name
        }
        let release = SignedObject.signed(aborted.signed.object, by: bob.ring.identity)
        let piece = try found(bob.purse.pieces.first)
        let forged = Entry(
            stick: piece.holding.stick,
            units: piece.units,
            parent: piece.holding.parent,
            releases: [try Abort(reading: release)]
        )
        return Forgery(
            title: "a replay to a third party, and a forged release",
            attempts: [
                Attempt(
                    what: "Cleo seals Dan's decision, which was for her, anew to Ada",
                    name: name,
                    reason: name.map(Reason.envelope)
                ),
                attempt(
                    "Bob signs a release in Cleo's name, and pays Dan with it",
                    try answer([forged], from: bob, to: street.people[3])
                ),
            ],
            remarks: [
                "a release counts only when the payee who gave it, here \(cleo.name), signed it"
            ]
        )
    }
}

extension Reason {
    static func of(_ refusal: Refusal) -> Reason {
        switch refusal {
        case .certificate(let fault): .certificate(fault.name)
        case .unreadable(let error): .bytes(error.kind.rawValue)
        case _: .refusal(refusal.name)
        }
    }
}
