internal import Wire
internal import Words

// What meters use up: docs/PROTOCOL section 16, read from the bytes on their disks and judged by
// counting. A pulse is counted on its meter's own memory, then used up in a step of the wallet
// beside it, and only then it is served.

/// What a meter's memory, and the wallet beside it, say of pulses.
struct Metered: Hashable, Sendable {
    /// Of the row "pulses": up to which number of the counter all is served.
    var pulses: UInt64?
    /// What the memory keeps: as it was synced last, and as it is being written.
    var kept: DeviceFact?
    var keeping: [UInt8]?
    /// Its disk was put back: what is found there next is of then.
    var isPutBack = false
    /// Of each stick how many units were ever used up, and the meter's signed word on that.
    var counts: [Hash: CountFact] = [:]
}

/// `[1, pulse, counter, …]`: what a meter's memory keeps.
struct DeviceFact: Hashable, Sendable {
    let bytes: [UInt8]
    let perPulse: UInt64
    let counter: UInt64

    init(_ bytes: [UInt8]) throws(WireError) {
        var reader = Reader(bytes)
        try reader.array(12)
        try reader.version(1)
        perPulse = try reader.number(1...10_000)
        counter = try reader.number(0...Limits.amountUnits)
        self.bytes = bytes
    }
}

/// `[1, count, optional register]`.
struct CountFact: Hashable, Sendable {
    let count: UInt64
    let said: RegisterFact?

    init(row: [UInt8]) throws(WireError) {
        var reader = Reader(row)
        try reader.array(3)
        try reader.version(1)
        count = try reader.number(0...Limits.amountUnits)
        let signed: SignedObject? = try reader.optional()
        try reader.finish()
        guard let signed else {
            said = nil
            return
        }
        said = try RegisterFact(signed)
    }
}

/// `[stick, count]`: a meter's word that it has used up so much of it, and uses up no more.
struct RegisterFact: Hashable, Sendable {
    let object: Object
    let stick: Hash
    let count: UInt64

    init(_ signed: SignedObject) throws(WireError) {
        object = signed.object
        guard object.kind == .register else { throw WireError(.outOfRange, at: 0) }
        var reader = Reader(object.content)
        try reader.array(2)
        (stick, count) = (try reader.value(), try reader.number(0...Limits.amountUnits))
        try reader.finish()
    }
}

/// The record of a consumption, `[1, asset, units, number]`.
struct ConsumedFact: Hashable, Sendable {
    let asset: Asset
    let units: UInt64
    let through: UInt64

    init(_ bytes: [UInt8]) throws(WireError) {
        var reader = Reader(bytes)
        try reader.array(4)
        try reader.version(1)
        asset = try reader.value()
        (units, through) = (try reader.number(1...Limits.amountUnits), try reader.number())
        try reader.finish()
    }

    static let kind: UInt64 = 24
}

/// What a step writes of what was used up, row by row.
struct Used: Sendable {
    /// Pieces that are no longer, and are from now on, used up.
    var gone: [Span] = []
    var come: [Span] = []
    /// By how much more the counts of sticks say, in the order of the rows.
    var more: [Hash: UInt64] = [:]
    var pulses: (before: UInt64?, now: UInt64?)?
}

extension Oracle {
    // MARK: What the hardware keeps

    /// A meter's memory is being written.
    package mutating func keeps(_ home: Int, _ bytes: [UInt8]) {
        homes[lane(home)].metered.keeping = bytes
    }

    /// What was being written there is on the disk.
    package mutating func kept(_ home: Int) {
        let at = lane(home)
        guard let bytes = homes[at].metered.keeping else { return }
        homes[at].metered.keeping = nil
        guard let fact = try? DeviceFact(bytes) else {
            return report(.rows, [at], nil, "what a meter's memory keeps is unreadable")
        }
        let before = homes[at].metered.kept
        homes[at].metered.kept = fact
        if let before, fact.counter < before.counter || fact.perPulse != before.perPulse {
            let what = "its counter goes from \(before.counter) back to \(fact.counter)"
            report(.servedOnce, [at], nil, what)
        }
    }

    /// A home's disk is an older one, and what stands in for its meter's memory with it.
    ///
    /// Only a chip would keep its own.
    package mutating func putBack(_ home: Int) { homes[lane(home)].metered.isPutBack = true }

    /// What its memory had when the power came back; nil where there was nothing.
    package mutating func foundKept(_ home: Int, _ bytes: [UInt8]?) {
        let at = lane(home)
        let (known, writing) = (homes[at].metered.kept, homes[at].metered.keeping)
        homes[at].metered.keeping = nil
        guard !homes[at].metered.isPutBack else {
            homes[at].metered.isPutBack = false
            homes[at].metered.kept = bytes.flatMap { try? DeviceFact($0) }
            return
        }
        if let bytes, bytes == writing {
            homes[at].metered.keeping = bytes
            return kept(home)
        }
        guard bytes != known?.bytes else { return }
        homes[at].metered.kept = bytes.flatMap { try? DeviceFact($0) }
        report(.acknowledged, [at], nil, "a meter's memory is another than was kept")
    }

    /// A wallet says that all pulses up to this number are served.
    package mutating func served(_ home: Int, through number: UInt64) {
        let at = lane(home)
        guard !homes[at].isDishonest, homes[at].metered.pulses ?? 0 < number else { return }
        report(.durableBeforeSaid, [at], nil, "pulse \(number) is served and not on the disk")
    }

    // MARK: Rows

    /// The rows of what was used up, before and after.
    mutating func readUsed(
        _ key: [UInt8],
        _ old: [UInt8]?,
        _ new: [UInt8]?,
        _ used: inout Used,
        _ at: Int
    ) {
        guard key.first != 6 else { return readCount(key, new, &used, at) }
        for (row, isOld) in [(old, true), (new, false)] {
            guard let row else { continue }
            guard let piece = try? FreePiece(row: row), [5] + piece.key.dropFirst() == key else {
                report(.rows, [at], nil, "a piece that is used up is unreadable, or another")
                continue
            }
            let stick = stickNumbers[piece.origin.stick] ?? -1
            let span = Span(stick: stick, lo: piece.lo, hi: piece.hi)
            if isOld { used.gone.append(span) } else { used.come.append(span) }
        }
    }

    private mutating func readCount(
        _ key: [UInt8],
        _ new: [UInt8]?,
        _ used: inout Used,
        _ at: Int
    ) {
        guard let id = Bytes32(Array(key.dropFirst())), let new,
            let fact = try? CountFact(row: new)
        else {
            return report(.rows, [at], nil, "a count of what was used up is unreadable, or gone")
        }
        let stick = Hash(id)
        let before = homes[at].metered.counts.updateValue(fact, forKey: stick)
        let known = before?.count ?? 0
        if fact.count < known {
            let what = "of a stick \(known) units were used up, and now \(fact.count)"
            return report(.servedOnce, [at], nil, what)
        }
        used.more[stick] = fact.count - known
        if let said = before?.said, said != fact.said {
            report(.servedOnce, [at], nil, "what it has signed of a stick is said anew")
        }
        guard let said = fact.said else { return }
        if said.stick != stick || said.count != fact.count
            || said.object.sender != homes[at].key
        {
            report(.rows, [at], nil, "a register is another's, or says another count than its row")
        }
    }

    mutating func readPulses(_ old: [UInt8]?, _ new: [UInt8]?, _ used: inout Used, _ at: Int) {
        func number(_ row: [UInt8]?) -> UInt64? {
            guard let row else { return nil }
            var reader = Reader(row)
            do throws(WireError) {
                try reader.array(2)
                try reader.version(1)
                let number = try reader.number()
                try reader.finish()
                return number
            } catch {
                return nil
            }
        }
        used.pulses = (homes[at].metered.pulses ?? number(old), number(new))
        homes[at].metered.pulses = number(new)
        guard number(new) == nil else { return }
        report(.rows, [at], nil, "how many pulses are served is unreadable, or gone")
    }

    static let pulsesName = Array("pulses".utf8)

    // MARK: A step

    /// A step uses units up, or moves what is used up as its payment says, or does neither.
    mutating func expectUsed(
        _ step: Step,
        _ moved: Moved,
        _ expected: Expected?,
        _ at: Int
    ) {
        var used = moved.used
        let (gone, come) = (used.gone.normal, used.come.normal)
        (used.gone, used.come) = (gone.removing(come), come.removing(gone))
        accountUsed(used, at)
        let record = step.entries.first { $0.kind == ConsumedFact.kind }
        if let record, step.payment.isEmpty { return consume(record, used, moved, at) }
        if used.pulses.map({ $0.before ?? 0 != $0.now }) ?? false || record != nil
            || used.more.values.contains(where: { $0 > 0 })
        {
            report(.servedOnce, [at], expected?.payment, "pulses count as served by no consumption")
        }
        if used.gone != expected?.usedGone ?? [] || used.come != expected?.usedCome ?? [] {
            let what = "\(used.gone.count64) units that are used up go, \(used.come.count64) come"
            report(.servedOnce, [at], expected?.payment, what + ", and the payment says otherwise")
        }
    }

    private mutating func accountUsed(_ used: Used, _ at: Int) {
        homes[at].consumed = homes[at].consumed &+ used.come.count64 &- used.gone.count64
        totals.consumed = totals.consumed &+ used.come.count64 &- used.gone.count64
        for span in used.gone where span.stick >= 0 {
            _ = hands[span.stick].take(span, from: .used(at))
        }
        for span in used.come where span.stick >= 0 {
            hands[span.stick].give(span, to: .used(at))
        }
    }

    /// A group of pulses: exactly its units are used up, of what it had, once.
    private mutating func consume(_ record: LogEntry, _ used: Used, _ moved: Moved, _ at: Int) {
        guard let fact = try? ConsumedFact(record.bytes), let pulses = used.pulses else {
            return report(.rows, [at], nil, "a consumption says nothing of its pulses")
        }
        if used.come != moved.gone || !used.gone.isEmpty || !moved.come.isEmpty
            || used.come.count64 != fact.units
        {
            let what = "\(fact.units) units are used up, \(moved.gone.count64) were there for it"
            report(.servedOnce, [at], nil, what + ", \(used.come.count64) are used up in the rows")
        }
        var counted: [Hash: UInt64] = [:]
        for span in used.come where span.stick >= 0 {
            counted[sticks[span.stick].id, default: 0] &+= span.count
            if sticks[span.stick].asset != fact.asset {
                report(.servedOnce, [at], nil, "another asset is used up than was asked for")
            }
        }
        if counted != used.more.filter({ $0.value > 0 }) {
            report(.servedOnce, [at], nil, "the counts of its sticks do not follow what is used up")
        }
        let before = pulses.before ?? 0
        guard let now = pulses.now, now == fact.through, now > before else {
            let what = "served were \(before) pulses, and then \(pulses.now ?? 0)"
            return report(.servedOnce, [at], nil, what)
        }
        guard let kept = homes[at].metered.kept else { return }
        if now > kept.counter {
            let what = "\(now) pulses are served, and \(kept.counter) counted"
            report(.servedOnce, [at], nil, what)
        }
        if fact.units != (now - before) &* kept.perPulse {
            let what = "\(now - before) pulses are \((now - before) &* kept.perPulse) units"
            report(.servedOnce, [at], nil, what + ", and \(fact.units) are used up for them")
        }
    }

    // MARK: What is said

    /// A register that a home shows is on its disk.
    mutating func saidRegisters(_ request: Object, _ at: Int) {
        for signed in Self.registers(request) where signed.object.sender == homes[at].key {
            guard let fact = try? RegisterFact(signed) else {
                report(.rows, [at], nil, "a register is unreadable")
                continue
            }
            guard homes[at].metered.counts[fact.stick]?.said != fact else { continue }
            report(.durableBeforeSaid, [at], nil, "a register is shown that is not on the disk")
        }
    }

    /// `[6, [links, decisions, claims, denials]]`: the registers among the decisions.
    private static func registers(_ request: Object) -> [SignedObject] {
        var (reader, found) = (Reader(request.content), [SignedObject]())
        do throws(WireError) {
            try reader.array(2)
            guard try reader.number() == 6 else { return [] }
            try reader.array(4)
            for _ in 0..<(try reader.array(atMost: 64)) { _ = try LinkFact(whole: &reader) }
            for _ in 0..<(try reader.array(atMost: 32)) {
                let signed: SignedObject = try reader.value()
                if signed.object.kind == .register { found.append(signed) }
            }
        } catch {
            return found
        }
        return found
    }

    // MARK: Other lives

    /// What was used up in a life that is over is stranded with the rest of it: a later state may
    /// have handed it in.
    mutating func strandUsed(_ at: Int) {
        guard homes[at].consumed > 0 else { return }
        homes[at].stranded &+= homes[at].consumed
        totals.stranded &+= homes[at].consumed
        totals.consumed &-= homes[at].consumed
        homes[at].consumed = 0
        pass(from: .used(at), to: .free(at))
    }

    /// A dishonest home has what it said it had used up, too: nobody believes it.
    mutating func lootUsed(_ at: Int) {
        loot &+= homes[at].consumed
        totals.available &+= homes[at].consumed
        totals.consumed &-= homes[at].consumed
        homes[at].consumed = 0
        pass(from: .used(at), to: .dishonest)
    }

    private mutating func pass(from: Hand, to: Hand) {
        for stick in sticks.indices {
            hands[stick].edit(Span(stick: stick, lo: 0, hi: sticks[stick].units)) { part in
                for hand in part.hands.indices where part.hands[hand] == from {
                    part.hands[hand] = to
                }
            }
        }
    }

    /// The rows as they were put back say how much was served and used up then.
    mutating func reread(_ at: Int) {
        homes[at].metered.counts = [:]
        homes[at].metered.pulses = nil
        var used = Used()
        for (key, row) in homes[at].pieces.sorted(by: {
            $0.key.bytes.lexicographicallyPrecedes($1.key.bytes)
        })
        where key.bytes.first == 6 {
            readCount(key.bytes, row, &used, at)
        }
        if let row = homes[at].registers[RowKey(Self.pulsesName)] {
            readPulses(nil, row, &used, at)
        }
    }
}

extension Home {
    /// Every piece that is used up, added up anew from the rows.
    var usedAnew: UInt64 {
        var sum: UInt64 = 0
        for (key, bytes) in pieces where key.bytes.first == 5 {
            if let piece = try? FreePiece(row: bytes) { sum &+= piece.hi &- piece.lo }
        }
        return sum
    }
}

extension Hand {
    /// A home has used it up, and not handed it in.
    static func used(_ home: Int) -> Hand { Hand(home: Int32(home), payment: -2) }

    var isUsed: Bool { payment == -2 }
}

extension Oracle {
    /// Whether a payment hands in what was used up: by its memo, and to an office alone.
    func isUse(_ deal: DealFact, _ handover: HandoverFact) -> Bool {
        guard deal.isUse, let books else { return false }
        return handover.header.payee == homes[books.office].key
    }

    /// What was used up goes to the office as that, and nothing else does.
    mutating func expectUse(_ number: Int, _ fact: OpenFact, _ isTakenAsUse: Bool, _ at: Int) {
        guard isTakenAsUse != isUse(fact.deal, fact.handover) else { return }
        let what = isTakenAsUse ? "what was used up is paid with" : "what is free is handed in"
        report(.servedOnce, [at], number, what)
    }
}
