import Commit
package import Money
import Wire
package import Words

// The steps a wallet writes. What it holds changes in memory here and nowhere else, together
// with the rows that say so.

extension Wallet {
    mutating func record(_ mark: Mark) {
        switch mark {
        case .held(let held): record(held)
        case .bought(let bought): record(bought)
        case .kept(let kept, let abort): record(kept, abort)
        case .paid(let paid, let shown): record(paid, shown)
        case .complete(let paid, let committed): record(paid, committed)
        case .cancelled(let payment, let deal, let abort): record(payment, deal, abort)
        }
    }

    /// Undo and redo: the pieces it came from, and the handover they become.
    private mutating func record(_ held: Held) {
        signed.add(held.handover)
        let taken = held.taken.map { PieceRow($0) }
        orders.append(
            .write(
                Step(
                    payment: held.payment.array,
                    entries: [
                        entry(RecordKind.held, 2) { writer in
                            writer.list(taken)
                            writer.value(held.handover)
                        }
                    ],
                    changes: pieceChanges() + [courseChange],
                    standing: .open(
                        HeldRow(held, isHandIn: handingIn.contains(held.payment))
                            .wireBytes(reserving: 2_048),
                        toCome: Rows.roomToEnd(held.handover)
                    )
                )
            )
        )
    }

    private mutating func record(_ bought: Bought) {
        let (held, commit) = (bought.held, bought.commit)
        orders.append(
            .write(
                Step(
                    payment: held.payment.array,
                    entries: [entry(RecordKind.bought, 1) { $0.value(commit) }],
                    standing: .finished(
                        Finished(isBuyers: true, held.deal, held.handover, .commit(commit))
                            .wireBytes(reserving: 2_048)
                    )
                )
            )
        )
    }

    /// The units are back; their next handover has to carry the ABORT.
    private mutating func record(_ kept: Kept, _ abort: Abort) {
        let held = kept.held
        #if Planted
        if Plant.releaseNotCarried.isHere, !handingIn.contains(held.payment) {
            for piece in held.taken { purse.put(piece) }
        } else {
            putBack(held, releasedBy: abort)
        }
        #else
        putBack(held, releasedBy: abort)
        #endif
        orders.append(
            .write(
                Step(
                    payment: held.payment.array,
                    entries: [entry(RecordKind.kept, 1) { $0.value(abort) }],
                    changes: pieceChanges(),
                    standing: .finished(
                        Finished(isBuyers: true, held.deal, held.handover, .abort(abort))
                            .wireBytes(reserving: 2_048)
                    )
                )
            )
        )
    }

    /// From here on the seller has been paid.
    private mutating func record(_ paid: Paid, _ shown: Shown) {
        var changes = keep(shown)
        let privates = paid.handover.privates
        for (number, lineage) in shown.lineages.enumerated() {
            let link = paid.handover.link(number)
            learn(link)
            changes.append(Self.change(link, privates))
            // What comes back from others was spent, whatever this wallet remembers.
            stranded.lose([link.entry])
            purse.put(
                Piece(
                    Holding(
                        stick: lineage.stick.id,
                        units: link.entry.units,
                        parent: link.reference
                    ),
                    asset: lineage.stick.asset,
                    spendUntil: lineage.stick.spendUntil,
                    hops: lineage.hops + 1
                )
            )
        }
        if let privates { seen.learn(total: privates.total, of: privates.window) }
        var standing = Standing.open(
            PaidRow(paid).wireBytes(reserving: 2_048),
            toCome: Rows.roomToEnd(paid.handover)
        )
        #if Planted
        // The outcome without the decision, as if nobody would ask again.
        if Plant.forgetCommit.isHere {
            standing = .finished(Finished(forgetting: paid.deal).wireBytes)
            selling[paid.payment] = nil
        }
        #endif
        orders.append(
            .write(
                Step(
                    payment: paid.payment.array,
                    entries: [
                        entry(RecordKind.paid, 2) { writer in
                            writer.value(paid.handover)
                            writer.value(paid.commit)
                        }
                    ],
                    changes: changes + pieceChanges() + clockChange,
                    standing: standing
                )
            )
        )
    }

    /// What shows where the units come from, as far as it is not here yet.
    private mutating func keep(_ shown: Shown) -> [Change] {
        var changes = keep(shown.certified)
        for lineage in shown.lineages {
            if archive.stick(lineage.stick.id) == nil {
                archive.add(lineage.stick)
                changes.append(Self.change(lineage.stick))
            }
            for link in lineage.links where archive.link(link.reference) == nil {
                learn(link)
                changes.append(Self.change(link, nil))
            }
        }
        return changes
    }

    /// Keeps those of keys that have none here.
    mutating func keep(_ certified: [Certified]) -> [Change] {
        let new = certified.filter { !archive.holds(certificateOf: $0.key) }
        for certificate in new { archive.add(certificate) }
        return new.map { Self.change($0) }
    }

    /// Where the units come from that were paid to it with this handover.
    package func links(behind handover: Handover) -> [Link] {
        let pieces = handover.entries.map(\.holding)
        return archive.provenance(of: pieces, heldBy: handover.header.payer).links
    }

    private mutating func record(_ paid: Paid, _ committed: Committed) {
        orders.append(
            .write(
                Step(
                    payment: paid.payment.array,
                    entries: [entry(RecordKind.complete, 1) { $0.value(committed) }],
                    standing: .finished(
                        Finished(isBuyers: false, paid.deal, paid.handover, .commit(paid.commit))
                            .wireBytes(reserving: 2_048)
                    )
                )
            )
        )
    }

    private mutating func record(_ payment: PaymentID, _ deal: Deal?, _ abort: Abort) {
        orders.append(
            .write(
                Step(
                    payment: payment.array,
                    entries: [entry(RecordKind.cancelled, 1) { $0.value(abort) }],
                    standing: .finished(
                        Finished(isBuyers: false, deal, nil, .abort(abort)).wireBytes
                    )
                )
            )
        )
    }

    // MARK: Outside of payments

    /// False when it is not even checked.
    @discardableResult
    mutating func charge(_ stick: Stick, _ certificates: [[UInt8]]) -> Bool {
        guard stick.owner == owner.key, archive.stick(stick.id) == nil,
            let units = Units(0, stick.units.units)
        else {
            deny(.refused(Reason.unknown))
            return false
        }
        let provenance = Provenance(
            certificates: certificates,
            sticks: [stick],
            links: [],
            pieces: [Holding(stick: stick.id, units: units, parent: nil)]
        )
        return order(.stick(stick, provenance, verifier), .stick(stick))
    }

    mutating func charged(_ stick: Stick, _ certified: [Certified]) {
        guard archive.stick(stick.id) == nil else { return }
        clock = max(clock, stick.issued)
        // What was asked for in a life that is over may have come to it, and be spent.
        let changes = add(stick, isOver: isOfPast(charge: stick.id)) + keep(certified)
        note(
            entry(RecordKind.charged, 1) { $0.value(stick) },
            changes + pieceChanges() + clockChange + fetched(stick.id)
        )
        orders.append(.tell(.charged(stick.units)))
    }

    /// Takes all of a stick of its own, be it of a life that is over.
    mutating func add(_ stick: Stick, isOver: Bool) -> [Change] {
        guard let units = Units(0, stick.units.units) else {
            preconditionFailure("a stick has units")
        }
        archive.add(stick)
        let piece = Piece(
            Holding(stick: stick.id, units: units, parent: nil),
            asset: stick.asset,
            spendUntil: stick.spendUntil,
            hops: 0
        )
        if isOver { stranded.put(piece) } else { purse.put(piece) }
        return [Self.change(stick)]
    }

    func isOfPast(charge stick: Hash) -> Bool {
        asking.values.contains { one in
            one.stick == stick && one.request.map { $0.payment.epoch < owner.epoch } == true
        }
    }

    /// What is asked of the office is on disk before it is said: it may cost something.
    mutating func note(_ request: Request, at address: Address) {
        note(
            entry(RecordKind.asked, 1) { $0.value(request) },
            [
                .put(
                    .register,
                    key: Rows.errand(request.payment),
                    bytes: row(2) { writer in
                        writer.value(request)
                        writer.data(address.bytes)
                    }
                )
            ]
        )
    }

    /// It is answered.
    mutating func forget(_ errand: PaymentID) {
        note(
            entry(RecordKind.settings, 0) { _ in },
            [.remove(.register, key: Rows.errand(errand))]
        )
    }

    mutating func open(_ window: Window) {
        guard window.holder == owner.key else { return deny(.refused(Reason.window)) }
        guard window.terms.epoch == owner.epoch else { return begin(window) }
        // One that was left behind would bring its old running total back.
        if let present = self.window, present.id != window.id, !window.isNewer(than: present) {
            return deny(.refused(Reason.window))
        }
        let isNew = self.window?.id != window.id
        self.window = window
        clock = max(clock, window.terms.issued)
        if isNew { course.total = .zero }
        course.counter = max(course.counter, window.terms.firstCounter)
        note(
            entry(RecordKind.settings, 0) { _ in },
            [
                .put(.register, key: Rows.window, bytes: row(1) { $0.value(window) }),
                courseChange,
            ] + clockChange
        )
        orders.append(.tell(.opened))
    }

    /// Its own next certificate, and that of the office which gave it: what others hold under the
    /// one before stays good.
    mutating func renew(_ certificates: [Certified]) {
        owner.certificates = certificates
        for certificate in certificates { archive.add(certificate) }
        note(entry(RecordKind.settings, 0) { _ in }, [ownChange])
    }

    /// Its office has said it at a sync, where it counts those that it has said.
    mutating func learn(_ revocation: Revocation) {
        let key = revocation.key
        let wasHeard = heardRevocations.remove(key) != nil
        // An older list must not soften what is known.
        let isNews = voids(revocation)
        guard let strictest = isNews ? revocation : revocations[key], isNews || wasHeard else {
            return
        }
        note(
            strictest,
            (wasHeard ? [.remove(.register, key: Rows.heardRevocation(key))] : [])
                + [Self.change(strictest, Rows.revoked(key))]
        )
    }

    /// Somebody else has said it, in the office's words.
    mutating func hear(_ revocation: Revocation, _ certified: [Certified] = []) {
        guard voids(revocation) else { return }
        let key = revocation.key
        if revocations[key] == nil { heardRevocations.insert(key) }
        let place = heardRevocations.contains(key) ? Rows.heardRevocation(key) : Rows.revoked(key)
        note(revocation, [Self.change(revocation, place)] + keep(certified))
    }

    /// Whether it voids anything that is good as far as is known.
    func voids(_ revocation: Revocation) -> Bool {
        verifier.revoked[revocation.key].map { revocation.lastGood < $0 } ?? true
    }

    private mutating func note(_ revocation: Revocation, _ changes: [Change]) {
        if revocations[revocation.key] != revocation { know(revocation) }
        clock = max(clock, revocation.issued)
        note(entry(RecordKind.revocation, 1) { $0.value(revocation) }, changes + clockChange)
    }

    mutating func know(_ revocation: Revocation) {
        verifier.learn(revocation)
        revocations[revocation.key] = revocation
        warnings.learn(revocation)
    }

    private static func change(_ revocation: Revocation, _ key: [UInt8]) -> Change {
        .put(.register, key: key, bytes: row(1) { $0.value(revocation) })
    }

    /// What the person has set; what was demanded until now is said where there was or is any.
    mutating func settings(demanding before: Demands = Demands()) {
        let (policy, profile) = (self.policy, self.profile)
        var changes: [Change] = [
            .put(.register, key: Rows.policy, bytes: row(3) { policy.write(to: &$0) }),
            .put(.register, key: Rows.profile, bytes: row(2) { profile.write(to: &$0) }),
        ]
        if policy.demands != before {
            let bytes = row(2) { policy.demands.writeBody(to: &$0) }
            changes.append(.put(.register, key: Rows.demands, bytes: bytes))
        }
        note(entry(RecordKind.settings, 0) { _ in }, changes)
    }

    /// Its epoch is over: from now on it pays nothing and decides nothing.
    mutating func rolledBack(_ reason: Text) {
        guard life == .live else { return }
        life = .inert(reason)
        note(entry(RecordKind.inert, 1) { $0.text(reason) }, [selfChange] + pieceChanges())
        orders.append(.tell(.inert(reason)))
        giveUpOffers()
    }

    /// What is not agreed is not going to be, and what was asked for is not decided any more.
    private mutating func giveUpOffers() {
        for payment in selling.keys.sorted(by: { $0.array.lexicographicallyPrecedes($1.array) }) {
            guard var seller = selling[payment], seller.isOpen else { continue }
            seller.abandon()
            carryOut([], of: payment, seller: seller)
        }
        for payment in buying.keys.sorted(by: { $0.array.lexicographicallyPrecedes($1.array) }) {
            // What only waits is refused by name; who was shown money hears nothing more.
            refuse(payment, Reason.inert)
            guard var buyer = buying[payment], buyer.withdraw(Reason.inert) else { continue }
            carryOut([], of: payment, buyer: buyer)
        }
    }

    /// The step with which an older journal is gone on from.
    package mutating func begunAnew(_ reason: Text) -> Step {
        life = .inert(reason)
        return Step(
            entries: [entry(RecordKind.inert, 1) { $0.text(reason) }],
            changes: [selfChange]
        )
    }

    /// A payment of another of our lives: its units are gone, and this life is over, unless that
    /// one was of an epoch that has ended, of which it was known that more may have been signed.
    mutating func record(spent handover: Handover, _ commit: Commit) {
        purse.lose(handover.entries)
        stranded.lose(handover.entries)
        consumed.lose(handover.entries)
        let isKnown = life == .live && handover.header.place.epoch < owner.epoch
        if life == .live, !isKnown { life = .inert(Reason.rolledBack) }
        orders.append(
            .write(
                Step(
                    payment: commit.payment.array,
                    entries: [entry(RecordKind.bought, 1) { $0.value(commit) }],
                    changes: pieceChanges() + [selfChange],
                    standing: .finished(
                        Finished(isBuyers: true, nil, handover, .commit(commit)).wireBytes
                    )
                )
            )
        )
        guard !isKnown else { return }
        orders.append(.tell(.inert(reason)))
        giveUpOffers()
    }

    /// Both decisions of one payment, signed by one payee: they convict it.
    mutating func keepProof(_ other: Decision, beside known: Decision) {
        switch (known, other) {
        case (.abort(let abort), .commit(let commit)), (.commit(let commit), .abort(let abort)):
            convict(by: .equivocation(abort, .commit(commit)))
        case (.abort, .abort), (.commit, .commit): return
        }
        guard street.proven.insert(other.payment).inserted else { return }
        note(
            entry(RecordKind.proof, 1) { $0.value(other) },
            [
                .put(
                    .replay,
                    key: Rows.key(proofOf: other.payment),
                    bytes: row(1) { $0.value(other) }
                )
            ]
        )
    }

    // MARK: Rows

    mutating func note(_ entry: LogEntry, _ changes: [Change]) {
        orders.append(.write(Step(entries: [entry], changes: changes)))
    }

    func entry(
        _ kind: UInt64,
        _ count: Int,
        _ body: (inout Writer) -> Void
    ) -> LogEntry {
        LogEntry(kind: kind, bytes: row(count, body))
    }

    /// The rows of its pieces that differ from what was written last.
    mutating func pieceChanges() -> [Change] {
        var changes = Self.changes(of: &purse, Rows.piece)
        // Most wallets have one life, and are no meters.
        if stranded.isChanged { changes += Self.changes(of: &stranded, Rows.stranded) }
        if consumed.isChanged { changes += Self.changes(of: &consumed, Rows.consumed) }
        return changes
    }

    private static func changes(of purse: inout Purse, _ kind: UInt8) -> [Change] {
        let (gone, come) = purse.takeChanges()
        let (before, after) = (
            gone.map { Rows.key($0.holding, kind) }, come.map { Rows.key($0.holding, kind) }
        )
        return before.filter { !after.contains($0) }.map { .remove(.piece, key: $0) }
            + zip(after, come).map { key, piece in
                let bytes = row(2) { writer in
                    writer.value(piece.holding)
                    writer.list(piece.releases)
                }
                return .put(.piece, key: key, bytes: bytes)
            }
    }

    /// Everything a link teaches: what its payer signed, and how far it has come.
    mutating func learn(_ link: Link) {
        archive.add(link)
        seen.learn(link)
        let known = evidence[link.header.payer]
        if known.map({ $0.place < link.header.place }) ?? true {
            evidence[link.header.payer] = SignedPlace(link)
        }
    }

    private static func change(_ stick: Stick) -> Change {
        .put(.piece, key: Rows.key(stick: stick.id), bytes: row(1) { $0.value(stick) })
    }

    /// A link handed to us directly also says how far its window was used.
    private static func change(_ link: Link, _ privates: Privates?) -> Change {
        let bytes = row(2) { writer in
            writer.value(link)
            writer.array(privates == nil ? 0 : 2)
            if let privates {
                writer.value(privates.window)
                writer.value(privates.total)
            }
        }
        return .put(.piece, key: Rows.key(link.reference), bytes: bytes)
    }

    private static func change(_ certified: Certified) -> Change {
        let bytes = row(2) { writer in
            writer.value(certified.issuer)
            writer.data(certified.der)
        }
        return .put(.piece, key: Rows.key(certificateOf: certified.key), bytes: bytes)
    }

    var courseChange: Change {
        let course = course
        return .put(
            .register,
            key: Rows.course,
            bytes: row(3) { writer in
                writer.number(course.counter)
                writer.value(course.total)
                writer.optional(course.previous)
            }
        )
    }

    /// The newest office-signed moment, when it has moved.
    var clockChange: [Change] {
        mutating get {
            guard writtenClock != clock else { return [] }
            writtenClock = clock
            let clock = clock
            return [.put(.register, key: Rows.clock, bytes: row(1) { $0.value(clock) })]
        }
    }

    var selfChange: Change {
        let owner = owner
        var why = ""
        if case .inert(let reason) = life { why = reason.string }
        return .put(
            .register,
            key: Rows.`self`,
            bytes: row(4) { writer in
                writer.value(owner.key)
                writer.value(owner.root)
                writer.value(owner.epoch)
                writer.text(why)
            }
        )
    }
}

extension Window {
    /// Windows have one order, whatever order they come in: of two that were signed in the same
    /// second, the one with the greater hash is the newer.
    func isNewer(than other: Window) -> Bool {
        (other.terms.issued, other.id) < (terms.issued, id)
    }
}
