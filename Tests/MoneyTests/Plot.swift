import Money
import StandIns
import Wire
import Words

/// A good payment in which everybody is the adversary's but the office, the payee Dan, and
/// Vera, through whose hands the money went.
///
/// office → Ada → Vera → Bob → Eve, with an aborted try before each of the last three; another
/// stick comes from Vera, a third from the office itself. Eve proposes three entries to Dan.
struct Plot {
    var street = Street()
    let ada, bob, cleo, eve, vera, dan: StandInSigner
    let sticks: [Stick]
    let proposal: Proposal
    let payment: PaymentID
    /// What the adversary may put in besides: none of it is needed.
    let spareLinks: [Link]
    let spareReleases: [Abort]
    let spareStick: Stick
    let window: Window
    let held: Holding
    /// Every handover there was, and by whom: what an informed payee has seen of it.
    let handovers: [Handover]
    let total = amount(280)

    init() {
        (ada, bob) = (street.person("ada"), street.person("bob"))
        (cleo, eve) = (street.person("cleo"), street.person("eve"))
        (vera, dan) = (street.person("vera"), street.person("dan"))
        sticks = [
            street.stick(1_000, to: ada, request: "a"), street.stick(500, to: vera, request: "v"),
            street.stick(300, to: eve, request: "e"),
        ]
        spareStick = street.stick(400, to: eve, request: "spare")
        let toVera = street.handover(
            [sticks[0].entry(100, 600), sticks[0].entry(700, 800), sticks[0].entry(50, 60)],
            from: ada,
            to: vera
        )
        let (refused, byCleo) = street.tried(toVera.entry(0, 200, 300), from: vera, to: cleo)
        let toBob = street.handover(
            [toVera.entry(0, 200, 500, releases: [byCleo]), sticks[1].entry(0, 200)],
            from: vera,
            to: bob,
            counter: 2
        )
        let (refusedByDan, byDan) = street.tried(toBob.entry(0, 250, 300), from: bob, to: dan)
        let toEve = street.handover(
            [toBob.entry(0, 250, 450, releases: [byDan]), toBob.entry(1, 50, 150)],
            from: bob,
            to: eve,
            counter: 2
        )
        let (refusedAgain, again) = street.tried(toEve.entry(0, 300, 350), from: eve, to: cleo)
        window = street.window(for: eve)
        let paid = street.handover(
            [sticks[2].entry(100, 150)],
            from: eve,
            to: dan,
            counter: 2,
            total: 50,
            window: window
        )
        held = paid.entry(0, 100, 150).holding
        let entries = [
            toEve.entry(0, 260, 400, releases: [again]), toEve.entry(1, 60, 100),
            sticks[2].entry(0, 50),
        ]
        proposal = must(street.archive.proposal(entries, by: eve.key, window))
        payment = street.payment()
        handovers = [toVera, refused, toBob, refusedByDan, toEve, refusedAgain, paid]
        spareLinks = [refused.link(0), refusedByDan.link(0), toVera.link(1)]
        var releases = [byCleo, byDan, again]
        for payer in [eve, bob, ada] {
            releases.append(street.abort(street.payment(), by: cleo, to: payer))
        }
        spareReleases = releases
    }

    /// Dan, who never met this money but holds some of a stick that is used here.
    var fresh: Payee {
        var payee = street.payee(dan, amount: proposal.amount.units)
        payee.held = [held]
        return payee
    }

    /// Dan, who has seen everything that ever happened to it.
    var informed: Payee {
        var payee = fresh
        for handover in handovers {
            for number in handover.entries.indices { payee.seen.learn(handover.link(number)) }
        }
        payee.seen.learn(total: amount(50), of: window.id)
        return payee
    }

    /// Who signs nothing for the adversary.
    var honest: Set<Key> { [street.root.key, street.office.key, vera.key, dan.key] }

    var keys: [Key] {
        [ada, bob, cleo, eve, vera, dan, street.office, street.root].map(\.key)
    }

    /// The good handover that Eve signs, once Dan has asked for it.
    var handover: Handover {
        Handover(
            by: eve,
            to: dan.key,
            at: Place(epoch: .first, counter: 3),
            entries: proposal.entries,
            privates: Privates(
                payment: payment,
                offer: hash("offer"),
                window: window.id,
                total: total,
                previous: handovers[6].hash
            ),
            salts: (0..<PrivateLeaf.count).map { Salt(high: 3, low: UInt64($0)) }
        )
    }
}

extension Street {
    /// A payer's first handover, aborted, with the release that frees its units.
    fileprivate mutating func tried(
        _ entry: Entry,
        from payer: StandInSigner,
        to payee: StandInSigner
    ) -> (Handover, Abort) {
        let payment = payment()
        let handover = handover([entry], from: payer, to: payee, payment: payment)
        return (handover, abort(payment, by: payee, to: payer))
    }
}

/// What somebody honest signed, by name: all that a forger can show of them.
struct Genuine {
    private var signed: Set<[Bytes32]> = []
    let certificates: Set<[UInt8]>
    let plot: Plot

    init(_ plot: Plot) {
        self.plot = plot
        certificates = Set(plot.street.ders.values)
        let sticks = plot.sticks + [plot.spareStick]
        for stick in sticks { signed.insert([stick.office.bytes, stick.id.bytes]) }
        signed.insert([plot.window.office.bytes, plot.window.id.bytes])
        for handover in plot.handovers where plot.honest.contains(handover.header.payer) {
            signed.insert([handover.header.payer.bytes, handover.hash.bytes])
        }
        for abort in plot.spareReleases where plot.honest.contains(abort.sender) {
            signed.insert([abort.sender.bytes, abort.hash.bytes])
        }
    }

    func contains(_ hash: Hash, by key: Key) -> Bool { signed.contains([key.bytes, hash.bytes]) }

    /// Whether a key could have put its name to this: the honest ones only to what they did.
    private func holds(_ hash: Hash, _ key: Key, _ signature: Signature) -> Bool {
        signature == StandInSigner.signature(of: hash, by: key)
            && (!plot.honest.contains(key) || contains(hash, by: key))
    }

    /// What is wrong with a proposal that a payee took; written apart from the rules it judges.
    func fault(_ proposal: Proposal, informed: Bool) -> String? {
        guard proposal.payer != plot.dan.key, proposal.payer == proposal.window.holder,
            holds(proposal.window.id, proposal.window.office, proposal.window.signed.signature)
        else { return "not a payer with a window" }
        guard proposal.provenance.certificates.allSatisfy(certificates.contains) else {
            return "a certificate the office never gave"
        }
        let sum = proposal.entries.reduce(0) { $0 + $1.units.hi - $1.units.lo }
        guard sum == plot.proposal.amount.units, proposal.amount.units == sum,
            proposal.asset == Street.euro
        else { return "another sum" }
        for (index, entry) in proposal.entries.enumerated() {
            let others = proposal.entries[..<index].map(\.holding) + [plot.held]
            for other in others where other.stick == entry.stick {
                let apart = other.units.hi <= entry.units.lo || entry.units.hi <= other.units.lo
                guard apart else { return "units twice" }
            }
            if let fault = fault(entry, proposal, informed) { return fault }
        }
        return nil
    }

    private func fault(_ entry: Entry, _ proposal: Proposal, _ informed: Bool) -> String? {
        var (child, holder) = (entry, proposal.payer)
        let place = Place(epoch: .first, counter: .max)
        guard excused(entry, entry.units, place, holder, informed) else { return "a fork" }
        while let parent = child.parent {
            guard
                let link = proposal.provenance.links.first(where: { $0.reference == parent }),
                link.header.payee == holder, link.header.payer != holder
            else { return "a gap" }
            guard link.entry.stick == child.stick, link.entry.units.lo <= child.units.lo,
                child.units.hi <= link.entry.units.hi
            else { return "units from nowhere" }
            guard holds(link.handover, link.header.payer, link.signature) else {
                return "a handover nobody signed"
            }
            (child, holder) = (link.entry, link.header.payer)
            guard excused(child, entry.units, link.header.place, holder, informed) else {
                return "a fork"
            }
        }
        guard let stick = proposal.provenance.sticks.first(where: { $0.id == child.stick }),
            stick.owner == holder, child.units.hi <= stick.units.units,
            holds(stick.id, stick.office, stick.signed.signature)
        else { return "no stick of the office" }
        return nil
    }

    /// Releases are what they say; and an informed payee finds one for every other use it knows.
    private func excused(
        _ entry: Entry,
        _ units: Units,
        _ place: Place,
        _ payer: Key,
        _ informed: Bool
    ) -> Bool {
        let areGood = entry.releases.allSatisfy {
            $0.receiver == payer && holds($0.hash, $0.sender, $0.signed.signature)
        }
        guard areGood, informed else { return areGood }
        for handover in plot.handovers {
            for known in handover.entries
            where known.stick == entry.stick && known.parent == entry.parent && known != entry {
                let apart = known.units.hi <= units.lo || units.hi <= known.units.lo
                let released = entry.releases.contains {
                    $0.sender == handover.header.payee
                        && Header.hash(of: $0.payment) == handover.header.payment
                }
                guard apart || released && handover.header.place < place else { return false }
            }
        }
        return true
    }
}
