import Oracle
import Wire
import Words

/// One payment and all that both sides write and say of it; a test bends what it likes.
struct Deed {
    let payer: Int
    let payee: Int
    var passing: Passing
    var dealAmount: UInt64
    var receiptAmount: UInt64
    var payerAsset: Asset
    var payeeAsset: Asset
    var memo = "bread"

    var id: PaymentID { passing.payment }
    var sum: UInt64 { passing.bits.reduce(0) { $0 + $1.hi - $1.lo } }

    var commit: SignedObject {
        let content = list(
            value(passing.offer),
            value(payeeAsset),
            number(receiptAmount),
            number(1_700_000_000)
        )
        return statement(.commit, passing.payee, passing.payer, passing.hash, content)
    }

    var abort: SignedObject {
        statement(.abort, passing.payee, passing.payer, nil, list())
    }

    var committed: SignedObject {
        statement(.committed, passing.payer, passing.payee, commit.object.hash, list())
    }

    private func statement(
        _ kind: Kind,
        _ from: Key,
        _ to: Key,
        _ answers: Hash?,
        _ content: [UInt8]
    ) -> SignedObject {
        let object = Object(
            kind,
            from: from,
            to: to,
            payment: id,
            answering: answers,
            content: content
        )
        return SignedObject(object, nobodys)
    }

    // `[offer, asset, amount, memo, key, sealing key, certificates, name, address, begun]`
    func deal(_ peer: Key, _ asset: Asset) -> [UInt8] {
        list(
            value(passing.offer),
            value(asset),
            number(dealAmount),
            text(memo),
            value(peer),
            value(name("sealing")),
            list(data([1, 2, 3])),
            list(),
            data([127, 0, 0, 1]),
            number(1_700_000_000)
        )
    }

    /// The row of an open payment: role 0 with what was taken, 1 with the COMMIT, 2 with what was
    /// used up.
    func open(_ role: UInt64) -> [UInt8] {
        let last = role != 1 ? list(passing.bits.map(\.taken)) : value(commit)
        return list(number(1), number(role), dealOf(role), passing.whole, last)
    }

    func finished(_ role: UInt64, _ outcome: UInt64, whole: Bool = true) -> [UInt8] {
        list(
            number(1),
            number(role),
            number(outcome),
            whole ? list(dealOf(role)) : list(),
            whole ? list(passing.whole) : list(),
            list(value(outcome == 1 ? commit : abort))
        )
    }

    private func dealOf(_ role: UInt64) -> [UInt8] {
        role != 1 ? deal(passing.payee, payerAsset) : deal(passing.payer, payeeAsset)
    }

    /// `[1, link]` of its first entry.
    var link: Change { link(0) }

    func link(_ at: Int) -> Change {
        let link = list(
            passing.header,
            passing.bits[at].entry,
            number(UInt64(at)),
            list(),
            value(name("privates")),
            value(nobodys)
        )
        let key = [2] + passing.hash.bytes.array + [UInt8(at)]
        return .put(.piece, key: key, bytes: list(number(1), link))
    }

    func step(_ kind: UInt64, _ changes: [Change], _ standing: Standing) -> Step {
        Step(
            payment: id.array,
            entries: [LogEntry(kind: kind, bytes: [0x81, 0x01])],
            changes: changes,
            standing: standing
        )
    }

    static let toCome = Room(steps: 2, bytes: 1_000)
}

/// Some people, what they have, and an oracle that is told everything they do.
struct Street {
    var oracle: Oracle
    var free: [[Bit]] = []
    var disks: [DiskModel] = []
    var keys: [Key] = []
    private var counters: [UInt64] = []
    /// What each payer's handovers come to, and the last of them.
    var totals: [UInt64] = []
    var previous: [Hash?] = []
    private var deeds: UInt64 = 0
    /// Whose names the payments have that come next.
    var epoch = Epoch.first
    static let euro = Asset.named("EUR")

    init(_ names: String..., telling oracle: Oracle = Oracle()) {
        self.oracle = oracle
        for name in names { join(key(name)) }
    }

    mutating func join(_ key: Key) {
        oracle.join(keys.count, key: key)
        keys.append(key)
        free.append([])
        disks.append(DiskModel())
        counters.append(0)
        totals.append(0)
        previous.append(nil)
        tell(keys.count - 1, setUp(selfPut(key)))
    }

    func setUp(_ change: Change) -> Step {
        Step(entries: [LogEntry(kind: 17, bytes: [0x81, 0x01])], changes: [change])
    }

    mutating func tell(_ who: Int, _ step: Step) {
        disks[who].write(step)
        oracle.durable(who, [step])
    }

    /// What is broken, by name.
    var broken: [Invariant] { oracle.violations.map(\.invariant) }

    @discardableResult
    mutating func issue(_ units: UInt64, to who: Int, asset: Asset = euro) -> Hash {
        deeds += 1
        let one = stick(units, to: keys[who], "\(deeds)", asset: asset)
        let bit = Bit(stick: one.object.hash, lo: 0, hi: units)
        free[who].append(bit)
        let entry = LogEntry(kind: 16, bytes: [0x81, 0x01])
        tell(who, Step(entries: [entry], changes: [stickPut(one), bit.put]))
        return one.object.hash
    }

    /// A payment of `amount` out of what the payer has free, from its first pieces on.
    mutating func deed(_ payer: Int, _ payee: Int, _ amount: UInt64) -> Deed {
        var (left, bits): (UInt64, [Bit]) = (amount, [])
        for var bit in free[payer] where left > 0 {
            bit.hi = min(bit.hi, bit.lo + left)
            left -= bit.hi - bit.lo
            bits.append(bit)
        }
        precondition(left == 0, "\(payer) has not got \(amount)")
        return deed(payer, payee, bits)
    }

    mutating func deed(_ payer: Int, _ payee: Int, _ bits: [Bit]) -> Deed {
        deeds += 1
        counters[payer] += 1
        let id = PaymentID(
            epoch: epoch,
            random: Salt(high: 1, low: deeds),
            mac: Salt(high: 2, low: deeds)
        )
        let amount = bits.reduce(0) { $0 + $1.hi - $1.lo }
        let passing = Passing(
            payer: keys[payer],
            payee: keys[payee],
            counter: counters[payer],
            payment: id,
            bits: bits,
            offer: name("offer \(deeds)"),
            total: totals[payer] + amount,
            previous: previous[payer]
        )
        (totals[payer], previous[payer]) = (passing.total, passing.hash)
        return Deed(
            payer: payer,
            payee: payee,
            passing: passing,
            dealAmount: amount,
            receiptAmount: amount,
            payerAsset: Self.euro,
            payeeAsset: Self.euro
        )
    }

    // MARK: Steps

    /// Takes the bits out of the payer's pieces and says how the rows change.
    mutating func cut(_ deed: Deed) -> [Change] {
        deed.passing.bits.flatMap { bit -> [Change] in
            let whole = free[deed.payer].firstIndex {
                $0.stick == bit.stick && $0.parent == bit.parent && $0.lo <= bit.lo
                    && bit.hi <= $0.hi
            }
            guard let whole else { preconditionFailure("the payer has it") }
            let old = free[deed.payer].remove(at: whole)
            var (before, after) = (old, old)
            (before.hi, after.lo) = (bit.lo, bit.hi)
            let rest = [before, after].filter { $0.lo < $0.hi }
            free[deed.payer].insert(contentsOf: rest, at: whole)
            return (rest.contains { $0.rowKey == old.rowKey } ? [] : [old.remove]) + rest.map(\.put)
        }
    }

    mutating func heldStep(_ deed: Deed) -> Step {
        deed.step(1, cut(deed), .open(deed.open(0), toCome: Deed.toCome))
    }

    mutating func paidStep(_ deed: Deed) -> Step {
        let hash = deed.passing.hash
        let come = deed.passing.bits.enumerated().map { number, bit in
            let parent = Parent(handover: hash, number: UInt64(number))
            return Bit(stick: bit.stick, lo: bit.lo, hi: bit.hi, parent: parent)
        }
        free[deed.payee] += come
        return deed.step(
            4,
            come.map(\.put) + [deed.link],
            .open(deed.open(1), toCome: Deed.toCome)
        )
    }

    func boughtStep(_ deed: Deed) -> Step { deed.step(2, [], .finished(deed.finished(0, 1))) }
    func completeStep(_ deed: Deed) -> Step { deed.step(5, [], .finished(deed.finished(1, 1))) }

    func cancelledStep(_ deed: Deed) -> Step {
        deed.step(6, [], .finished(deed.finished(1, 0, whole: false)))
    }

    mutating func keptStep(_ deed: Deed) -> Step {
        let back = deed.passing.bits.map { bit in
            var bit = bit
            bit.releases.append(deed.abort)
            return bit
        }
        free[deed.payer] += back
        return deed.step(3, back.map(\.put), .finished(deed.finished(0, 0)))
    }

    // MARK: Told

    mutating func hold(_ deed: Deed) {
        tell(deed.payer, heldStep(deed))
        oracle.said(deed.payer, deed.passing.agreed)
    }

    mutating func sell(_ deed: Deed) {
        tell(deed.payee, paidStep(deed))
        oracle.said(deed.payee, deed.commit)
    }

    mutating func finish(_ deed: Deed) {
        tell(deed.payer, boughtStep(deed))
        oracle.said(deed.payer, deed.committed)
        tell(deed.payee, completeStep(deed))
    }

    mutating func cancel(_ deed: Deed) {
        tell(deed.payee, cancelledStep(deed))
        oracle.said(deed.payee, deed.abort)
    }

    mutating func keep(_ deed: Deed) { tell(deed.payer, keptStep(deed)) }

    mutating func pay(_ payer: Int, _ payee: Int, _ amount: UInt64) {
        let deed = deed(payer, payee, amount)
        hold(deed)
        sell(deed)
        finish(deed)
    }
}
