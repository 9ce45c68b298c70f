package import Words

/// The handover as it arrives in AGREED: everything but the entries, which the proposal fixed.
package struct Agreement: Hashable, Sendable {
    package let header: Header
    package let leaves: [PrivateLeaf]
    package let entriesRoot: Hash
    package let signature: Signature

    package init(_ handover: Handover) {
        (header, leaves) = (handover.header, handover.leaves)
        entriesRoot = EntryTree.root(handover.entries.map(\.leaf))
        signature = handover.signature
    }
}

extension Payee {
    /// Takes a handover only when it is what was proposed and checked: same parties, payment,
    /// offer, window and entries, a place above everything known of the payer, and a total
    /// that its window lets pass.
    package func check(
        _ agreement: Agreement, of proposal: Proposal, payment: PaymentID, offer: Hash,
        _ checking: some Checking
    ) throws(Refusal) -> Handover {
        let header = agreement.header
        guard header.payee == key else { throw .notToMe }
        guard header.payer == proposal.payer else { throw .otherPayer }
        guard header.payment == Header.hash(of: payment) else { throw .otherPayment }
        guard header.count == proposal.entries.count,
            agreement.entriesRoot == EntryTree.root(proposal.entries.map(\.leaf))
        else { throw .otherEntries }
        let handover = Handover(
            header: header, entries: proposal.entries, leaves: agreement.leaves,
            signature: agreement.signature)
        guard let privates = handover.privates, privates.payment == payment else {
            throw .privateLeaf
        }
        guard privates.offer == offer else { throw .otherOffer }
        guard privates.window == proposal.window.id else { throw .otherWindow }
        let terms = proposal.window.terms
        guard header.place.epoch == terms.epoch else { throw .otherEpoch }
        guard header.place.counter >= terms.firstCounter else { throw .belowFirstCounter }
        if let lastGood = verifier.revoked[header.payer], header.place > lastGood {
            throw .revoked(header.payer, at: header.place)
        }
        if let floor = floor(of: header.payer, proposal), header.place <= floor {
            throw .belowFloor(floor)
        }
        try checkTotal(privates, terms)
        guard handover.isSigned(checking) else { throw .handoverSignature }
        return handover
    }

    /// The highest place of that key that is known here, what it has just shown included.
    package func floor(of key: Key, _ proposal: Proposal) -> Place? {
        let shown = proposal.provenance.links.lazy.filter { $0.header.payer == key }
        return ([seen.floor(of: key)] + shown.map(\.header.place)).compactMap { $0 }.max()
    }

    private func checkTotal(_ privates: Privates, _ terms: Window.Terms) throws(Refusal) {
        guard privates.total <= terms.ceiling else { throw .aboveCeiling(terms.ceiling) }
        let before = seen.total(of: privates.window) ?? .zero
        guard let least = before.adding(amount), privates.total >= least else {
            throw .total(privates.total)
        }
    }
}
