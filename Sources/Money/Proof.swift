package import Wire
package import Words

/// Evidence that anyone can check offline, made of nothing but what the accused signed.
package enum Proof: Hashable, Sendable {
    /// The same units of the same parent passed on twice, unreleased.
    case fork(Link, Link)
    /// An ABORT, and a use of the payment it aborted.
    case equivocation(Abort, Use)
    /// One key's handovers that cannot both be of one life of a journal.
    case rollback(Rollback)

    package enum Use: Hashable, Sendable {
        case commit(Commit)
        /// The aborted handover, and one of the payee's own below it.
        case below(Link, child: Link)
    }

    package enum Rollback: Hashable, Sendable {
        case onePlace(Link, Link)
        case broken(Handover, then: Handover)
    }

    /// Whom it speaks against, whatever it proves.
    package var accused: Key {
        switch self {
        case .fork(let first, _), .rollback(.onePlace(let first, _)): first.header.payer
        case .equivocation(let abort, _): abort.sender
        case .rollback(.broken(let first, _)): first.header.payer
        }
    }

    /// A fork in the one order that its links have.
    package static func fork(of a: Link, and b: Link) -> Proof {
        a.comesBefore(b) ? .fork(a, b) : .fork(b, a)
    }
}

/// What a proof proves.
package enum Verdict: Hashable, Sendable {
    case convicts(Key)
    /// A rollback: the key pays nothing until it syncs. No debt and no accusation.
    case freezes(Key)
}

/// Why papers prove nothing.
package enum ProofFault: String, Error, Hashable, Sendable, CaseIterable {
    case signature
    case order
    case otherKey = "other-key"
    case otherParent = "other-parent"
    case noOverlap = "no-overlap"
    case released
    case otherPayment = "other-payment"
    case officeDecision = "office-decision"
    case notBelow = "not-below"
    case otherPlace = "other-place"
    case sameContent = "same-content"
    case isFork = "is-fork"
    case closedLeaves = "closed-leaves"
    case otherEpoch = "other-epoch"
    case fits
}

extension Proof {
    package func verdict(_ checking: some Checking) throws(ProofFault) -> Verdict {
        switch self {
        case .fork(let first, let second):
            try Self.checkFork(first, second, checking)
            try Self.signed(first.isSigned(checking), second.isSigned(checking))
            return .convicts(first.header.payer)
        case .equivocation(let abort, let use):
            try Self.checkEquivocation(abort, use, checking)
            return .convicts(abort.sender)
        case .rollback(.onePlace(let first, let second)):
            try Self.checkOnePlace(first, second)
            try Self.signed(first.isSigned(checking), second.isSigned(checking))
            return .freezes(first.header.payer)
        case .rollback(.broken(let first, let second)):
            try Self.checkBroken(first, second)
            try Self.signed(first.isSigned(checking), second.isSigned(checking))
            return .freezes(first.header.payer)
        }
    }

    private static func signed(_ first: Bool, _ second: Bool) throws(ProofFault) {
        guard first, second else { throw .signature }
    }

    private static func checkFork(
        _ first: Link,
        _ second: Link,
        _ checking: some Checking
    ) throws(ProofFault) {
        guard first.header.payer == second.header.payer else { throw .otherKey }
        guard first.comesBefore(second) else { throw .order }
        let (a, b) = (first.entry, second.entry)
        guard a.stick == b.stick, a.parent == b.parent else { throw .otherParent }
        guard a.units.overlaps(b.units) else { throw .noOverlap }
        // At one place there is no later one to carry a release: two contents are two
        // handovers, and two entries of one handover pass the same units on twice as well.
        if first.header.place == second.header.place { return }
        // Only a release that its payee signed excuses: anybody can write one down.
        let isReleased = b.releases.contains {
            $0.releases(first.header) && $0.isSigned(checking)
        }
        guard !isReleased else { throw .released }
    }

    private static func checkEquivocation(
        _ abort: Abort,
        _ use: Use,
        _ checking: some Checking
    ) throws(ProofFault) {
        guard abort.isSigned(checking) else { throw .signature }
        switch use {
        case .commit(let commit):
            guard commit.sender == abort.sender else { throw .officeDecision }
            guard commit.payment == abort.payment, commit.receiver == abort.receiver else {
                throw .otherPayment
            }
            guard commit.isSigned(checking) else { throw .signature }
        case .below(let aborted, let child):
            guard abort.releases(aborted.header) else { throw .otherPayment }
            guard child.header.payer == abort.sender else { throw .otherKey }
            guard child.entry.parent?.handover == aborted.handover else { throw .notBelow }
            try signed(aborted.isSigned(checking), child.isSigned(checking))
        }
    }

    private static func checkOnePlace(_ first: Link, _ second: Link) throws(ProofFault) {
        guard first.header.payer == second.header.payer else { throw .otherKey }
        guard first.header.place == second.header.place else { throw .otherPlace }
        guard first.handover != second.handover else { throw .sameContent }
        guard first.comesBefore(second) else { throw .order }
        guard !first.entry.meets(second.entry) else { throw .isFork }
    }

    private static func checkBroken(_ first: Handover, _ second: Handover) throws(ProofFault) {
        let (before, after) = (first.header, second.header)
        guard before.payer == after.payer else { throw .otherKey }
        guard before.place.epoch == after.place.epoch else { throw .otherEpoch }
        guard before.place < after.place else { throw .order }
        guard let old = first.privates, let new = second.privates, let sum = second.sum else {
            throw .closedLeaves
        }
        if new.previous == first.hash {
            // What goes back to an office leaves the total as it was, and whose key an office's is
            // does not stand in a handover.
            guard old.window == new.window, old.total != new.total,
                old.total.adding(sum) != new.total
            else { throw .fits }
        } else {
            guard after.place.counter - before.place.counter == 1 else { throw .fits }
        }
    }
}

extension Proof: WireValue {
    package func write(to writer: inout Writer) {
        switch self {
        case .fork(let first, let second):
            writer.array(3)
            writer.number(1)
            writer.value(first)
            writer.value(second)
        case .equivocation(let abort, let use):
            writer.array(3)
            writer.number(2)
            writer.value(abort)
            writer.value(use)
        case .rollback(let rollback):
            writer.array(2)
            writer.number(3)
            writer.value(rollback)
        }
    }

    package init(from reader: inout Reader) throws(WireError) {
        let start = reader.position
        let count = try reader.array(atMost: 3)
        switch (try reader.number(), count) {
        case (1, 3): self = .fork(try reader.value(), try reader.value())
        case (2, 3): self = .equivocation(try reader.value(), try reader.value())
        case (3, 2): self = .rollback(try reader.value())
        case (1...3, _): throw WireError(.wrongCount, at: start)
        case _: throw WireError(.outOfRange, at: start)
        }
    }
}

extension Proof.Use: WireValue {
    package func write(to writer: inout Writer) {
        switch self {
        case .commit(let commit):
            writer.array(2)
            writer.number(0)
            writer.value(commit)
        case .below(let aborted, let child):
            writer.array(3)
            writer.number(1)
            writer.value(aborted)
            writer.value(child)
        }
    }

    package init(from reader: inout Reader) throws(WireError) {
        let start = reader.position
        let count = try reader.array(atMost: 3)
        switch (try reader.number(), count) {
        case (0, 2): self = .commit(try reader.value())
        case (1, 3): self = .below(try reader.value(), child: try reader.value())
        case (0...1, _): throw WireError(.wrongCount, at: start)
        case _: throw WireError(.outOfRange, at: start)
        }
    }
}

extension Proof.Rollback: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(3)
        switch self {
        case .onePlace(let first, let second):
            writer.number(0)
            writer.value(first)
            writer.value(second)
        case .broken(let first, let second):
            writer.number(1)
            writer.value(first)
            writer.value(second)
        }
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(3)
        let start = reader.position
        switch try reader.number() {
        case 0: self = .onePlace(try reader.value(), try reader.value())
        case 1: self = .broken(try reader.value(), then: try reader.value())
        case _: throw WireError(.outOfRange, at: start)
        }
    }
}
