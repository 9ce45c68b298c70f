import Commit
import Money
import Reckoning
import Words

// Evidence is made of papers, and all papers are in the books: here is where.

/// Under which number each paper was booked first.
struct PaperIndex: Sendable {
    private var links: [EntryReference: (number: UInt64, stick: Hash)] = [:]
    private var handovers: [Hash: (number: UInt64, sticks: [Hash])] = [:]
    private var aborts: [PaymentName: UInt64] = [:]
    private var commits: [PaymentName: UInt64] = [:]

    func number(_ link: EntryReference) -> UInt64? {
        links[link]?.number ?? handovers[link.handover]?.number
    }

    func number(handover: Hash) -> UInt64? { handovers[handover]?.number }
    func number(abort: PaymentName) -> UInt64? { aborts[abort] }
    func number(commit: PaymentName) -> UInt64? { commits[commit] }

    mutating func note(_ link: Link, _ number: UInt64) {
        if links[link.reference] == nil { links[link.reference] = (number, link.entry.stick) }
    }

    mutating func note(_ handover: Handover, _ number: UInt64) {
        if handovers[handover.hash] == nil {
            handovers[handover.hash] = (number, handover.entries.map(\.stick))
        }
    }

    mutating func note(abort: PaymentName, _ number: UInt64) {
        if aborts[abort] == nil { aborts[abort] = number }
    }

    mutating func note(commit: PaymentName, _ number: UInt64) {
        if commits[commit] == nil { commits[commit] = number }
    }

    /// Forgets what is of no stick that is out, and the decisions that nobody judges by any more.
    mutating func keep(_ reckoning: Reckoning) {
        links = links.filter { reckoning.isOut($0.value.stick) }
        handovers = handovers.filter { $0.value.sticks.contains { reckoning.isOut($0) } }
        aborts = aborts.filter { reckoning.decisions(of: $0.key).isAborted }
        commits = commits.filter { reckoning.decisions(of: $0.key).isCommitted }
    }
}

/// The books, as papers are read out of them; it remembers that they could not be.
final class Shelf<Books: Recall> {
    private let recall: Books
    /// What is being taken at this moment.
    let present: Booked
    private(set) var fault: RecallFault?

    init(_ recall: Books, _ present: Booked) { (self.recall, self.present) = (recall, present) }

    func deed(_ number: UInt64?) -> Deed? {
        guard let number else { return nil }
        if number == present.number { return present.deed }
        do {
            return try recall.deed(at: number)
        } catch {
            fault = error
            return nil
        }
    }
}

struct ShelvedPapers<Books: Recall>: Papers {
    private(set) var index: PaperIndex
    private let shelf: Shelf<Books>
    private let checking: any Checking

    init(index: PaperIndex, shelf: Shelf<Books>, _ checking: any Checking) {
        (self.index, self.shelf, self.checking) = (index, shelf, checking)
    }

    private var number: UInt64 { shelf.present.number }

    mutating func keep(_ link: Link) { index.note(link, number) }
    mutating func keep(_ handover: Handover) { index.note(handover, number) }
    mutating func keep(_ abort: Abort) { index.note(abort: PaymentName(abort), number) }
    mutating func keep(_ commit: Commit) { index.note(commit: PaymentName(commit), number) }

    func link(_ reference: EntryReference) -> Link? {
        guard let deed = shelf.deed(index.number(reference)) else { return nil }
        if let shown = deed.showing?.links.first(where: { $0.reference == reference }) {
            return shown
        }
        guard let handover = deed.handovers.first(where: { $0.hash == reference.handover }),
            handover.entries.indices.contains(reference.number)
        else { return nil }
        return handover.link(reference.number)
    }

    func handover(_ hash: Hash) -> Handover? {
        shelf.deed(index.number(handover: hash))?.handovers.first { $0.hash == hash }
    }

    func abort(_ name: PaymentName) -> Abort? {
        guard let deed = shelf.deed(index.number(abort: name)) else { return nil }
        let shown = deed.showing?.decisions.compactMap { try? Abort(reading: $0) } ?? []
        let entries = deed.handovers.flatMap(\.entries) + (deed.showing?.links.map(\.entry) ?? [])
        // A release that nobody signed may stand beside the one that somebody did.
        return (shown + entries.flatMap(\.releases))
            .first { PaymentName($0) == name && $0.isSigned(checking) }
    }

    func commit(_ name: PaymentName) -> Commit? {
        let deed = shelf.deed(index.number(commit: name))
        return deed?.showing?.decisions.compactMap { try? Commit(reading: $0) }
            .first { PaymentName($0) == name }
    }
}

extension Deed {
    fileprivate var showing: Showing? {
        if case .shown(_, let showing) = self { showing } else { nil }
    }

    var handovers: [Handover] {
        switch self {
        case .handedIn(let handIn): handIn.handovers
        case .redeemed(_, let redemption), .received(let redemption): [redemption.handover]
        case .opened, .moved, .charged, .invited, .enrolled, .certified, .permitted, .revoked,
            .shown, .ruled, .traded:
            []
        }
    }
}
