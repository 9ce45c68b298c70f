package import Wire
package import Words

/// The handover as it arrives in AGREED: everything but the entries, which the proposal fixed.
package struct Agreement: Hashable, Sendable {
    package let header: Header
    package let leaves: [PrivateLeaf]
    package let entriesRoot: Hash
    package let signature: Signature
    /// The name of the handover this is of.
    package let hash: Hash

    package init(_ handover: Handover) {
        (header, leaves) = (handover.header, handover.leaves)
        entriesRoot = EntryTree.root(handover.entries.map(\.leaf))
        (signature, hash) = (handover.signature, handover.hash)
    }
}

extension Agreement {
    package init(
        header: Header,
        leaves: [PrivateLeaf],
        entriesRoot: Hash,
        signature: Signature
    ) {
        (self.header, self.leaves) = (header, leaves)
        (self.entriesRoot, self.signature) = (entriesRoot, signature)
        hash = Handover.hash(header, entriesRoot, PrivateLeaf.root(leaves))
    }

    /// What AGREED carries besides the signature, which stands in its envelope.
    package var content: [UInt8] {
        var writer = Writer(reserving: 512)
        writer.array(3)
        writer.value(header)
        writer.array(leaves.count)
        for leaf in leaves { leaf.write(to: &writer) }
        writer.value(entriesRoot)
        return writer.bytes
    }

    package init(
        content reader: inout Reader,
        signature: Signature
    ) throws(WireError) {
        try reader.array(3)
        let header: Header = try reader.value()
        let leaves = try PrivateLeaf.all(from: &reader)
        self.init(
            header: header,
            leaves: leaves,
            entriesRoot: try reader.value(),
            signature: signature
        )
    }
}

extension Payee {
    /// What COMMIT-REQUEST tells the payer: the handover's place lies above it, and its total
    /// takes in what is known.
    ///
    /// It is tested as it was told, not as it stands when the answer comes: payments that run at
    /// once may end in any order.
    package struct Floor: Hashable, Sendable {
        package let place: Place?
        package let total: Amount

        package init(place: Place?, total: Amount) {
            (self.place, self.total) = (place, total)
        }
    }

    /// The floor for the handover of this proposal, what it has just shown included.
    package func floor(for proposal: Proposal) -> Floor {
        let links = proposal.provenance.links.lazy.filter { $0.header.payer == proposal.payer }
        let places = [seen.floor(of: proposal.payer)] + links.map(\.header.place)
        return Floor(
            place: places.compactMap { $0 }.max(),
            total: seen.total(of: proposal.window.id) ?? .zero
        )
    }

    /// Takes a handover only when it is what was proposed and checked: same parties, payment,
    /// offer, window and entries, a place above the floor that it was told, and a total that its
    /// window lets pass; and when nothing learnt meanwhile speaks against its units.
    package func check(
        _ agreement: Agreement,
        of proposal: Proposal,
        payment: PaymentID,
        offer: Hash,
        above floor: Floor,
        _ checking: some Checking
    ) throws(Refusal) -> Handover {
        let header = agreement.header
        guard header.payee == key else { throw .notToMe }
        guard header.payer == proposal.payer else { throw .otherPayer }
        guard header.payment == Header.hash(of: payment) else { throw .otherPayment }
        guard header.count == proposal.entries.count,
            agreement.entriesRoot == EntryTree.root(proposal.entries.map(\.leaf))
        else { throw .otherEntries }
        let handover = Handover(agreement, entries: proposal.entries)
        guard let privates = handover.privates, privates.payment == payment else {
            throw .privateLeaf
        }
        guard privates.offer == offer else { throw .otherOffer }
        guard privates.window == proposal.window.id else { throw .otherWindow }
        try checkPlace(header, privates, proposal.window.terms, above: floor)
        try checkMeanwhile(proposal)
        try checkDay(proposal)
        guard handover.isSigned(checking) else { throw .handoverSignature }
        return handover
    }

    private func checkPlace(
        _ header: Header,
        _ privates: Privates,
        _ terms: Window.Terms,
        above floor: Floor
    ) throws(Refusal) {
        guard header.place.epoch == terms.epoch else { throw .otherEpoch }
        guard header.place.counter >= terms.firstCounter else { throw .belowFirstCounter }
        try verifier.checkRevocations(header)
        if let known = floor.place, header.place <= known { throw .belowFloor(known) }
        // What goes back to the office needs no permission and uses none up.
        if redeems { return }
        guard privates.total <= terms.ceiling else { throw .aboveCeiling(terms.ceiling) }
        guard let least = floor.total.adding(amount), privates.total >= least else {
            throw .total(privates.total)
        }
    }

    /// An AGREED that comes in the days of grace, or after the close, must not be committed to:
    /// nobody may be left who can still present the units, and their payer may have them back.
    private func checkDay(_ proposal: Proposal) throws(Refusal) {
        let today = clock(seeing: proposal).day
        for stick in proposal.provenance.sticks { try checkDay(stick, today) }
    }

    func checkDay(_ stick: Stick, _ today: Day) throws(Refusal) {
        let last = redeems ? stick.settleUntil : stick.spendUntil
        guard today <= last else { throw .stickExpired(stick.id, spendUntil: last) }
    }

    /// Between proposal and handover other payments went on: what is held, seen and revoked by
    /// now counts.
    private func checkMeanwhile(_ proposal: Proposal) throws(Refusal) {
        for link in proposal.provenance.links { try verifier.checkRevocations(link.header) }
        let chains = try proposal.provenance.walk(proposal.payer, hopCap: verifier.hopCap)
        try checkUnits(proposal, chains)
    }
}
