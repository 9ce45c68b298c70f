package import Money
package import Words

/// Where what was presented lies, as it was signed: evidence is made of it.
///
/// The reckoning keeps only what follows from papers, so that what is out stays small in memory;
/// it hands over each paper once it knows its signature to be good, and asks for it again when it
/// has to prove something. The books fill this seam.
package protocol Papers {
    mutating func keep(_ link: Link)
    mutating func keep(_ handover: Handover)
    mutating func keep(_ abort: Abort)
    mutating func keep(_ commit: Commit)

    func link(_ reference: EntryReference) -> Link?
    /// The whole handover, all leaves open.
    func handover(_ hash: Hash) -> Handover?
    func abort(_ name: PaymentName) -> Abort?
    /// A COMMIT by the payee itself.
    func commit(_ name: PaymentName) -> Commit?
}

/// Papers in memory.
package struct PaperBox: Papers, Sendable {
    private var links: [EntryReference: Link] = [:]
    private var handovers: [Hash: Handover] = [:]
    private var aborts: [PaymentName: Abort] = [:]
    private var commits: [PaymentName: Commit] = [:]

    package init() {}

    package mutating func keep(_ link: Link) { links[link.reference] = link }
    package mutating func keep(_ handover: Handover) { handovers[handover.hash] = handover }
    package mutating func keep(_ abort: Abort) { aborts[PaymentName(abort)] = abort }
    package mutating func keep(_ commit: Commit) { commits[PaymentName(commit)] = commit }

    package func link(_ reference: EntryReference) -> Link? {
        if let link = links[reference] { return link }
        guard let handover = handovers[reference.handover],
            handover.entries.indices.contains(reference.number)
        else { return nil }
        return handover.link(reference.number)
    }

    package func handover(_ hash: Hash) -> Handover? { handovers[hash] }
    package func abort(_ name: PaymentName) -> Abort? { aborts[name] }
    package func commit(_ name: PaymentName) -> Commit? { commits[name] }
}
