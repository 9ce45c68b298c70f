package import Money
internal import Wire
package import Words

/// What an office knows of the sticks that are out, and what follows from it: docs/PROTOCOL
/// section 14.
///
/// It is a function of the set of what was presented, each thing with the number under which it
/// came first: in which order things are taken, and how often, makes no difference. A stick that
/// was settled is forgotten; the books keep what became of it.
package struct Reckoning: Hashable, Sendable {
    /// The keys that have signed sticks of this office.
    package private(set) var offices: Set<Key>
    var trees: [Hash: StickTree] = [:]
    var handovers: [Hash: Passing] = [:]
    var payments: [PaymentName: Decisions] = [:]
    var sayings: [Hash: Sayings] = [:]
    /// What was signed below each handover, by whom.
    var uses: [User: Use] = [:]
    /// What stands at each place.
    var places: [Spot: Stand] = [:]
    /// Which handovers are of a payment.
    var signed: [PaymentName: Few<Hash>] = [:]
    /// Which handovers name one before them that nobody has handed in.
    var awaited: [Hash: Few<Hash>] = [:]
    /// What meters have said of the sticks that are out.
    var registers: [Hash: [Key: Amount]] = [:]
    /// The last place of a key that is still good.
    var revoked: [Key: Place] = [:]
    /// The present epoch of each key.
    var epochs: [Key: Epoch] = [:]
    package internal(set) var opened: Set<CaseID> = []
    package internal(set) var notices: Set<Notice> = []
    /// The last day that was closed.
    package internal(set) var closed: Day?

    /// One that has been shown nothing yet, but knows what stands in the books: a case is opened
    /// once, also when everything is read anew.
    package init(
        offices: Set<Key>,
        opened: Set<CaseID> = [],
        notices: Set<Notice> = [],
        closed: Day? = nil
    ) {
        (self.offices, self.opened) = (offices, opened)
        (self.notices, self.closed) = (notices, closed)
    }

    /// What a payee takes at most, and the link to it.
    static let linksPerChain = Limits.hopsPerChain + 1

    /// To how many ends units have come, at most: who comes later has no claim.
    package static let endsPerUnit = 64

    // MARK: What the office itself does

    /// From now on this key signs sticks as well.
    package mutating func admit(office key: Key) { offices.insert(key) }

    package mutating func issue(_ stick: Issued) {
        if trees[stick.id] == nil { trees[stick.id] = StickTree(stick) }
    }

    /// That key has begun a new life.
    package mutating func enter(_ epoch: Epoch, of key: Key) {
        epochs[key] = max(epochs[key] ?? epoch, epoch)
    }

    /// What that key signs beyond this place is worth nothing.
    package mutating func revoke(_ key: Key, lastGood: Place) {
        revoked[key] = min(revoked[key] ?? lastGood, lastGood)
    }

    /// The books say that this case was opened.
    package mutating func open(_ id: CaseID) { opened.insert(id) }

    /// The books say that this key has to begin anew.
    package mutating func freeze(_ notice: Notice) { notices.insert(notice) }

    // MARK: What may be asked

    package func isOut(_ stick: Hash) -> Bool { trees[stick] != nil }
    package var sticksOut: Int { trees.count }
    package var linksOut: Int { trees.values.reduce(0) { $0 + $1.twigs.count } }

    /// Everything that is kept of what is out and of what was said about it: nothing once all is
    /// settled.
    package var remembered: Int {
        trees.count + linksOut + handovers.count + payments.count + sayings.count + uses.count
            + places.count + signed.count + awaited.count + registers.count
    }

    /// The sticks that are out, in the order of their ids.
    package var sticks: [Issued] {
        trees.values.map(\.stick).sorted { $0.id < $1.id }
    }

    /// A stick that is out.
    package func stick(_ id: Hash) -> Issued? { trees[id]?.stick }

    /// Everybody who has been convicted.
    package var convicts: Set<Key> { Set(opened.map(\.convict)) }

    /// The greatest place that something was signed at, of what is out.
    package func farthest(of key: Key) -> Place? {
        places.keys.lazy.filter { $0.key == key }.map(\.place).max()
    }

    /// Whether it brings nothing new to be shown this link.
    package func knows(_ link: Link) -> Bool {
        trees[link.entry.stick]?[link.reference]?.shown != nil
            || Self.isNonsense(link.entry, link.header)
    }

    /// Whether an entry carries the ABORT of its own payment: no payee takes it, nor anything below
    /// it, so it is no evidence of anything.
    ///
    /// Without these, links of one key that have units in common and are no fork are few: each has
    /// at most as many others before it as it has room for releases.
    static func isNonsense(_ entry: Entry, _ header: Header) -> Bool {
        entry.carriesRelease(of: header)
    }

    package func knows(handover: Hash) -> Bool { handovers[handover] != nil }

    /// Whether a payment's handover is here of which this decision could be.
    package func knows(_ name: PaymentName) -> Bool { isSigned(name) }

    package func knows(_ abort: Abort) -> Bool { payments[PaymentName(abort)]?.isAborted == true }

    package func knows(_ commit: Commit) -> Bool {
        payments[PaymentName(commit)]?.commits[commit.handover]?[commit.signed.object.hash] != nil
            || sayings[commit.handover]?.committed != nil && offices.contains(commit.sender)
    }

    /// Whether its payee has used what it is about, of each stick some: that says as much until
    /// they are settled.
    package func isUsed(_ commit: Commit) -> Bool {
        guard payments[PaymentName(commit)]?.isAborted != true,
            let passing = handovers[commit.handover], passing.whole != nil,
            let use = uses[User(handover: commit.handover, key: commit.sender)]
        else { return false }
        return passing.entries.all.allSatisfy { use.isOf($0.stick) }
    }

    /// Whether an ABORT of a payment is known, and a COMMIT of its payee's.
    package func decisions(of name: PaymentName) -> (isAborted: Bool, isCommitted: Bool) {
        let known = payments[name]
        return (known?.isAborted == true, known?.commits.isEmpty == false)
    }

    package func knows(_ committed: Committed) -> Bool {
        payments[PaymentName(committed)]?.acknowledged[committed.decision] != nil
    }

    package func isClaimed(_ handover: Hash, by key: Key) -> Bool {
        sayings[handover]?.claims[key] != nil
    }

    package func isDenied(_ handover: Hash, by key: Key) -> Bool {
        sayings[handover]?.denials[key] != nil
    }

    /// Whether a key has to sync before it is trusted to pay.
    package func isFrozen(_ key: Key) -> Bool {
        notices.contains { $0.key == key && $0.epoch >= epochs[key] ?? $0.epoch }
    }

    /// The first of these units that came back to the office before.
    package func redeemed(_ units: Units, of stick: Hash) -> Units? {
        trees[stick]?.redeemed(meeting: units)
    }

    /// Whether the office has paid for all of these units.
    package func isPaid(_ units: Units, of stick: Hash) -> Bool {
        let paid = trees[stick]?.redeemed.filter(\.isPaid).map(\.units) ?? []
        return paid.reduce([units]) { rest, one in rest.flatMap { $0.removing(one) } }.isEmpty
    }
}

extension Reckoning {
    /// The known handovers of a payment.
    func handovers(of name: PaymentName) -> [Hash] { signed[name]?.all ?? [] }

    func isSigned(_ name: PaymentName) -> Bool { signed[name] != nil }

    /// Whether a handover's own payee has said, in any way, that it was paid.
    func isCommitted(_ hash: Hash, _ passing: Passing) -> Bool {
        passing.redemption != nil || isUsed(hash, by: passing.name.payee)
            || payments[passing.name]?.commits[hash] != nil
    }

    func isUsed(_ hash: Hash, by key: Key) -> Bool { uses[User(handover: hash, key: key)] != nil }

    func isAborted(_ passing: Passing) -> Bool { payments[passing.name]?.isAborted == true }

    /// Whether two links of one key and parent, with some of the same units, are a fork.
    func forked(_ a: Twig, _ b: Twig) -> Bool {
        guard let one = passing(a), let other = passing(b) else { return false }
        if one.place == other.place { return true }
        let (earlier, later) = one.place < other.place ? (one, b) : (other, a)
        return !later.releases.contains(earlier.name)
    }

    func passing(_ twig: Twig) -> Passing? { handovers[twig.reference.handover] }
}
