package import Ledger
package import Money
package import Reckoning
import Wire
package import Words

/// What the office has judged and settled, as its books say it: docs/PROTOCOL sections 12 and 14.
package enum Ruling: Hashable, Sendable {
    /// Somebody is convicted, by a proof that anybody can check.
    case convicted(CaseID, Proof)
    /// A key pays nothing until it has begun anew.
    case frozen(Notice, Proof)
    /// Units of a settled stick went to whoever had them.
    case settled(Act, Settled)
    case lapsed(Act, stick: Hash, [Units])
    /// Units of a settled stick that a meter has used up.
    case usedUp(Act, UsedUp)
    /// Units that came back, and waited, became credit.
    case cleared(Act, Cleared)
    /// What a convict pays of units that he passed on twice; nothing of it moved without an act.
    case repaid(Act?, Repaid)
    /// A day was closed, and so many sticks with it.
    case closed(Day, sticks: UInt64)
}

/// What a settled stick brought to one key.
package struct Settled: Hashable, Sendable {
    package let stick: Hash
    package let holder: Key
    package let way: Way
    /// In their order.
    package let ranges: [Units]

    package enum Way: UInt64, Hashable, Sendable, CaseIterable {
        case account = 1
        /// The holder has begun a new life since it got them.
        case returned = 2
    }

    package init(stick: Hash, holder: Key, way: Way, ranges: [Units]) {
        (self.stick, self.holder, self.way, self.ranges) = (stick, holder, way, ranges)
    }

    package static let rangesAtMost = 1_000
}

/// What of a settled stick a meter has used up, and not handed in.
package struct UsedUp: Hashable, Sendable {
    package let stick: Hash
    package let meter: Key
    /// In their order.
    package let ranges: [Units]

    package init(stick: Hash, meter: Key, ranges: [Units]) {
        (self.stick, self.meter, self.ranges) = (stick, meter, ranges)
    }
}

/// Units of a stick that came back with one payment, and became credit.
package struct Cleared: Hashable, Sendable {
    package let stick: Hash
    package let payment: PaymentID
    package let how: How
    /// In their order.
    package let ranges: [Units]

    package enum How: UInt64, Hashable, Sendable, CaseIterable {
        /// Everybody through whose hands they came has handed that in.
        case agreed = 1
        /// What is held of whoever brought them answers for it.
        case guaranteed = 2
    }

    package init(stick: Hash, payment: PaymentID, how: How, ranges: [Units]) {
        (self.stick, self.payment, self.how, self.ranges) = (stick, payment, how, ranges)
    }
}

/// Units that were passed on twice, what the convict pays of them, and to whom.
package struct Repaid: Hashable, Sendable {
    package let id: CaseID
    package let holder: Key
    package let stick: Hash
    package let units: Units
    package let paid: Amount
    /// The link that gave them; nil for a stick's owner.
    package let at: EntryReference?

    package init(_ honoured: Honoured, paid: Amount) {
        let duplicate = honoured.duplicate
        (id, holder, stick) = (duplicate.id, duplicate.holder, duplicate.stick)
        (units, self.paid, at) = (duplicate.units, paid, duplicate.at)
    }

    /// What is left to claim of the convict.
    package var claim: Amount { units.count.subtracting(paid) ?? .zero }
}

// MARK: In the books

extension Ruling {
    var number: UInt64 {
        switch self {
        case .convicted: 22
        case .frozen: 25
        case .settled(let act, _), .lapsed(let act, _, _), .cleared(let act, _),
            .usedUp(let act, _):
            act.kind.rawValue
        case .repaid(let act, _): act?.kind.rawValue ?? 23
        case .closed: 24
        }
    }

    var act: Act? {
        switch self {
        case .settled(let act, _), .lapsed(let act, _, _), .cleared(let act, _),
            .usedUp(let act, _):
            act
        case .repaid(let act, _): act
        case .convicted, .frozen, .closed: nil
        }
    }

    /// Nobody else's request is this one: what is judged twice is booked once.
    package var request: Hash {
        switch self {
        case .convicted(let id, _): Digest.hash(Self.openedDomain, id.name.bytes.array)
        case .frozen(let notice, _):
            Digest.hash(
                Self.frozenDomain,
                notice.key.bytes.array + bigEndianBytes(notice.epoch.number)
            )
        case .settled(_, let settled): Self.settling(settled.stick, settled.ranges)
        case .lapsed(_, let stick, let ranges): Self.settling(stick, ranges)
        case .usedUp(_, let used): Self.settling(used.stick, used.ranges)
        case .cleared(_, let cleared):
            Digest.hash(
                Self.clearedDomain,
                cleared.stick.bytes.array + bigEndianBytes(cleared.ranges[0].lo)
            )
        case .repaid(_, let repaid):
            Digest.hash(
                Self.duplicateDomain,
                repaid.id.name.bytes.array + repaid.holder.bytes.array + repaid.stick.bytes.array
                    + bigEndianBytes(repaid.units.lo)
                    + (repaid.at.map { $0.handover.bytes.array } ?? [])
                    + (repaid.at.map { bigEndianBytes(UInt64($0.number)) } ?? [])
            )
        case .closed(let day, _): Digest.hash(Self.closedDomain, bigEndianBytes(day.number))
        }
    }

    private static func settling(_ stick: Hash, _ ranges: [Units]) -> Hash {
        Digest.hash(settledDomain, stick.bytes.array + bigEndianBytes(ranges[0].lo))
    }

    private static let openedDomain = Digest.Domain("tally1 opened")
    private static let frozenDomain = Digest.Domain("tally1 frozen")
    private static let settledDomain = Digest.Domain("tally1 settled")
    private static let clearedDomain = Digest.Domain("tally1 cleared")
    private static let duplicateDomain = Digest.Domain("tally1 duplicate")
    private static let closedDomain = Digest.Domain("tally1 closed")
    private static let closingDomain = Digest.Domain("tally1 closing")

    /// By what the closings are found, the last one last.
    package static let closings = Digest.hash(closingDomain, [])

    var word: Deed.Said {
        switch self {
        case .convicted(let id, let proof):
            Deed.Said(
                about: Hash(id.convict.bytes),
                place: 0,
                bytes: wordBytes(2) {
                    $0.value(id)
                    $0.value(proof)
                }
            )
        case .frozen(let notice, let proof):
            Deed.Said(
                about: Hash(notice.key.bytes),
                place: notice.epoch.number,
                bytes: wordBytes(1) { $0.value(proof) }
            )
        case .settled(_, let settled):
            Deed.Said(
                about: settled.stick,
                place: settled.ranges[0].lo,
                bytes: wordBytes(3) {
                    $0.value(settled.holder)
                    $0.number(settled.way.rawValue)
                    $0.ranges(settled.ranges)
                }
            )
        case .lapsed(_, let stick, let ranges):
            Deed.Said(
                about: stick,
                place: ranges[0].lo,
                bytes: wordBytes(1) { $0.ranges(ranges) }
            )
        case .usedUp(_, let used):
            Deed.Said(about: used.stick, place: used.ranges[0].lo, bytes: used.word)
        case .cleared(_, let cleared):
            Deed.Said(
                about: cleared.stick,
                place: cleared.ranges[0].lo,
                bytes: wordBytes(3) {
                    $0.value(cleared.payment)
                    $0.number(cleared.how.rawValue)
                    $0.ranges(cleared.ranges)
                }
            )
        case .repaid(_, let repaid):
            Deed.Said(about: repaid.id.name, place: repaid.units.lo, bytes: repaid.word)
        case .closed(let day, let sticks):
            Deed.Said(
                about: Self.closings,
                place: day.number,
                bytes: wordBytes(1) { $0.number(sticks) }
            )
        }
    }

    init(
        _ number: UInt64,
        _ act: Act?,
        _ said: Deed.Said,
        _ reader: inout Reader
    ) throws(WireError) {
        switch (number, act) {
        case (6, let act?): self = .settled(act, try Settled(&reader, said))
        case (7, let act?):
            try reader.word(1)
            self = .lapsed(act, stick: said.about, try reader.ranges())
        case (12, let act?): self = .usedUp(act, try UsedUp(&reader, said))
        case (10, let act?): self = .cleared(act, try Cleared(&reader, said))
        case (8, let act?): self = .repaid(act, try Repaid(&reader))
        case (23, nil): self = .repaid(nil, try Repaid(&reader))
        case (22, nil):
            try reader.word(2)
            self = .convicted(try reader.value(), try reader.value())
        case (24, nil):
            try reader.word(1)
            guard let day = Day(said.place) else { throw WireError(.outOfRange, at: 0) }
            self = .closed(day, sticks: try reader.number())
        case (25, nil):
            try reader.word(1)
            guard let epoch = Epoch(said.place) else { throw WireError(.outOfRange, at: 0) }
            let notice = Notice(key: Key(said.about.bytes), epoch: epoch)
            self = .frozen(notice, try reader.value())
        case _: throw WireError(.outOfRange, at: 0)
        }
        guard word == said, act?.amount == units else {
            throw WireError(.outOfRange, at: reader.position)
        }
    }

    /// How many units it says that moved; nil where it is none.
    private var units: Amount? {
        switch self {
        case .settled(_, let settled): Amount.sum(settled.ranges.map(\.count))
        case .lapsed(_, _, let ranges): Amount.sum(ranges.map(\.count))
        case .usedUp(_, let used): Amount.sum(used.ranges.map(\.count))
        case .cleared(_, let cleared): Amount.sum(cleared.ranges.map(\.count))
        case .repaid(_, let repaid): repaid.paid == .zero ? nil : repaid.paid
        case .convicted, .frozen, .closed: nil
        }
    }
}

extension Settled {
    fileprivate init(_ reader: inout Reader, _ said: Deed.Said) throws(WireError) {
        try reader.word(3)
        (stick, holder) = (said.about, try reader.value())
        way = try reader.number(1...2) == 1 ? .account : .returned
        ranges = try reader.ranges()
    }
}

extension UsedUp {
    fileprivate var word: [UInt8] {
        wordBytes(2) {
            $0.value(meter)
            $0.ranges(ranges)
        }
    }

    fileprivate init(_ reader: inout Reader, _ said: Deed.Said) throws(WireError) {
        try reader.word(2)
        (stick, meter, ranges) = (said.about, try reader.value(), try reader.ranges())
    }
}

extension Cleared {
    fileprivate init(_ reader: inout Reader, _ said: Deed.Said) throws(WireError) {
        try reader.word(3)
        (stick, payment) = (said.about, try reader.value())
        how = try reader.number(1...2) == 1 ? .agreed : .guaranteed
        ranges = try reader.ranges()
    }
}

extension Repaid {
    fileprivate var word: [UInt8] {
        wordBytes(7) {
            $0.value(id)
            $0.value(holder)
            $0.value(stick)
            $0.range(units)
            $0.value(paid)
            $0.list([at].compactMap(\.self))
        }
    }

    fileprivate init(_ reader: inout Reader) throws(WireError) {
        try reader.word(7)
        (id, holder) = (try reader.value(), try reader.value())
        (stick, units, paid) = (try reader.value(), try reader.range(), try reader.value())
        let links: [EntryReference] = try reader.list(atMost: 1)
        at = links.first
    }
}

extension Writer {
    fileprivate mutating func range(_ units: Units) {
        number(units.lo)
        number(units.hi)
    }

    fileprivate mutating func ranges(_ ranges: [Units]) {
        array(ranges.count)
        for range in ranges {
            array(2)
            self.range(range)
        }
    }
}

extension Reader {
    fileprivate mutating func range() throws(WireError) -> Units {
        let at = position
        guard let units = Units(try number(), try number()) else {
            throw WireError(.outOfRange, at: at)
        }
        return units
    }

    fileprivate mutating func ranges() throws(WireError) -> [Units] {
        let at = position
        var ranges: [Units] = []
        for _ in 0..<(try array(atMost: Settled.rangesAtMost)) {
            try array(2)
            ranges.append(try range())
        }
        guard !ranges.isEmpty, zip(ranges, ranges.dropFirst()).allSatisfy({ $0.hi <= $1.lo })
        else { throw WireError(.outOfRange, at: at) }
        return ranges
    }
}
