import Commit
import Ledger
import Money
import Words

/// What a member hands in, laid beside what is in the books.
struct Handing {
    let member: Mint.Member
    private let epoch: Epoch
    private let checking: any Checking
    private let office: Key
    /// As far as the books go, and as far as they will go.
    private(set) var begun: Mint.Course
    private(set) var course: Mint.Course
    private var new: [Handover] = []
    /// On their way to the books.
    var waiting: [Handover] = []

    init(
        _ member: Mint.Member,
        _ epoch: Epoch,
        _ checking: any Checking,
        office: Key
    ) {
        (self.member, self.epoch) = (member, epoch)
        (self.checking, self.office) = (checking, office)
        let first = member.windows.first { $0.terms.epoch == member.epoch }
        begun = Mint.Course(
            next: first?.terms.firstCounter ?? 1,
            previous: nil,
            window: nil,
            total: .zero
        )
        course = begun
    }

    var handIn: HandIn? { HandIn(new) }

    /// Takes all of them, or none.
    mutating func take(
        _ handovers: [Handover],
        _ recall: some Recall
    ) throws(Halt) {
        guard epoch == member.epoch else { throw .refused(.epoch) }
        if let known = member.course {
            begun = known
        } else if let last = try self.handIn(recall, nil) {
            begun = Mint.Course(after: last.last)
        }
        course = begun
        guard handovers.count <= HandIn.handoversAtMost else { throw .refused(.handover) }
        let handovers = handovers.map(\.named)
        for handover in handovers {
            let header = handover.header
            guard header.payer == member.key, header.place.epoch == epoch,
                handover.privates != nil, handover.isSigned(checking)
            else { throw .refused(.handover) }
        }
        // A hand-in says it again: all of them follow on each other.
        guard handovers.isEmpty || HandIn(handovers) != nil else { throw .refused(.handover) }
        if let first = handovers.first, first.header.place.counter > course.next {
            throw .refused(.gap, [course.next - 1])
        }
        try compare(handovers.filter { $0.header.place.counter < begun.next }, recall)
        for handover in handovers where handover.header.place.counter >= begun.next {
            try follow(handover)
        }
    }

    private func handIn(
        _ recall: some Recall,
        _ counter: UInt64?
    ) throws(Halt) -> HandIn? {
        do {
            return try recall.handIn(of: member.key, in: epoch, from: counter)
        } catch {
            throw .recall(error)
        }
    }

    /// What is in the books already has to be what is in the books.
    private func compare(
        _ handovers: [Handover],
        _ recall: some Recall
    ) throws(Halt) {
        var known: [Handover] = []
        for handover in handovers {
            let place = handover.header.place
            if known.last.map({ $0.header.place < place }) ?? true {
                known = try handIn(recall, place.counter)?.handovers ?? []
            }
            let booked = (known + waiting).first { $0.header.place == place }
            guard booked?.hash == handover.hash else { throw .refused(.chain) }
        }
    }

    /// The next one has to name the one before, and its total to add up.
    private mutating func follow(_ handover: Handover) throws(Halt) {
        guard let privates = handover.privates, let sum = handover.sum,
            privates.previous == course.previous, let before = total(of: privates.window)
        else { throw .refused(.chain) }
        // What goes to the office needs no permission.
        let counted = handover.header.payee == office ? Amount.zero : sum
        guard Amount.sum([before, counted]) == privates.total else { throw .refused(.chain) }
        new.append(handover)
        course = Mint.Course(after: handover)
    }

    /// What was paid under a window; nil when it is not this member's, or was left behind.
    private func total(of window: Hash) -> Amount? {
        if course.window == window { return course.total }
        let windows = member.windows.filter { $0.terms.epoch == epoch }
        guard let place = windows.firstIndex(where: { $0.id == window }) else { return nil }
        let present = windows.firstIndex { $0.id == course.window }
        return place > present ?? -1 ? .zero : nil
    }
}
