internal import Wire
internal import Words

/// What a step does to the units of its home.
struct Moved: Sendable {
    var gone: [Span] = []
    var come: [Span] = []
    var used = Used()
    var isUnreadable = false
}

/// A row before and after a step.
private struct Written {
    let table: Table
    let key: [UInt8]
    let old: [UInt8]?
    let new: [UInt8]?
}

/// What a step should have done to them; nil when its payment says nothing of it.
struct Expected: Sendable {
    var gone: [Span] = []
    var come: [Span] = []
    /// Of what is used up.
    var usedGone: [Span] = []
    var usedCome: [Span] = []
    /// Locked or unlocked; looked at again with the rest.
    var touched: [Span] = []
    var payment: Int?
}

// One step of one home: its rows first, then what it makes of its payment, then the units it
// touched are looked at.

extension Oracle {
    mutating func apply(_ step: Step, _ at: Int) {
        guard !homes[at].isDishonest else {
            learnSticks(step, at)
            return
        }
        let issued = learnSticks(step, at)
        let moved = writeRows(step, at)
        let expected = applyStanding(step, at)
        if homes[at].begins { return beginAnew(at) }
        guard !homes[at].hasEnded else {
            strand(issued, at)
            return look(expected?.touched ?? [], at, expected?.payment)
        }
        account(moved, at)
        expectUsed(step, moved, expected, at)
        // A stick that was asked for in a life that is over is not this one's to spend.
        if homes[at].epoch > 1 { strand(issued.removing(moved.come), at) }
        if let expected, moved.gone != expected.gone || moved.come != expected.come {
            report(
                .amount,
                [at],
                expected.payment,
                "the rows move \(moved.come.count64) units in and \(moved.gone.count64) out, "
                    + "the payment \(expected.come.count64) in and \(expected.gone.count64) out"
            )
        }
        let used = moved.used.gone + moved.used.come
        look(moved.gone + moved.come + used + (expected?.touched ?? []), at, expected?.payment)
    }

    // MARK: Sticks

    /// Sticks that are given to this home by this step; others' were told by their owners.
    @discardableResult
    private mutating func learnSticks(_ step: Step, _ at: Int) -> [Span] {
        var issued: [Span] = []
        for case .put(.piece, let key, let bytes) in step.changes where key.first == 1 {
            guard key.count == 33, let id = Bytes32(Array(key[1...])) else {
                report(.rows, [at], nil, "a stick's row has a key of another form")
                continue
            }
            if let known = stickNumbers[Hash(id)] {
                guard stickRows[known] == bytes || homes[at].isDishonest else {
                    report(.rows, [at], nil, "a stick's row is not the stick that was issued")
                    continue
                }
                continue
            }
            guard let stick = try? StickFact(row: bytes), stick.id == Hash(id) else {
                report(.rows, [at], nil, "a stick's row is no stick, or another than its key says")
                continue
            }
            guard stick.owner == homes[at].key else { continue }
            issued.append(issue(stick, bytes, at))
        }
        return issued
    }

    mutating func issue(_ stick: StickFact, _ row: [UInt8], _ at: Int) -> Span {
        expectBooked(stick, at, said: false)
        let span = Span(stick: sticks.count, lo: 0, hi: stick.units)
        stickNumbers[stick.id] = sticks.count
        sticks.append(stick)
        stickRows.append(row)
        hands.append(Hands(units: stick.units))
        totals.issued &+= stick.units
        events.append(.issued(to: holders[stick.owner] ?? at, amount: stick.units))
        if homes[at].isDishonest {
            hands[span.stick].give(span, to: .dishonest)
            loot &+= stick.units
            totals.available &+= stick.units
        }
        return span
    }

    /// What is issued to a key whose epoch has ended is nobody's to spend.
    private mutating func strand(_ issued: [Span], _ at: Int) {
        for span in issued { hands[span.stick].give(span, to: .free(at)) }
        homes[at].stranded &+= issued.count64
        totals.stranded &+= issued.count64
    }

    // MARK: Rows

    private mutating func writeRows(_ step: Step, _ at: Int) -> Moved {
        var (moved, written) = (Moved(), [Written]())
        written.reserveCapacity(step.changes.count)
        homes[at].write(step) { table, key, old, new in
            written.append(Written(table: table, key: key, old: old, new: new))
        }
        for row in written {
            switch row.table {
            case .register:
                if row.key == Self.selfName { readSelf(row.new ?? [], at) }
                if row.key == Self.pulsesName { readPulses(row.old, row.new, &moved.used, at) }
            case .piece:
                if row.key.first == 0 {
                    if let old = row.old { note(row.key, old, &moved.gone, &moved.isUnreadable) }
                    if let new = row.new { note(row.key, new, &moved.come, &moved.isUnreadable) }
                } else if row.key.first == 5 || row.key.first == 6 {
                    readUsed(row.key, row.old, row.new, &moved.used, at)
                } else if row.key.first == 2, !dishonestKeys.isEmpty, let new = row.new {
                    keepLink(row.key, new)
                }
            case .outbox, .open, .finished, .replay: break
            }
        }
        if moved.isUnreadable {
            report(.rows, [at], nil, "a free piece is unreadable, or another than its key says")
        }
        let (gone, come) = (moved.gone.normal, moved.come.normal)
        moved.gone = gone.removing(come)
        moved.come = come.removing(gone)
        return moved
    }

    private static let selfName = Array("self".utf8)

    /// The units of a free piece's row; those of a stick that nobody was issued are counted, and
    /// found, when they come.
    private func note(
        _ key: [UInt8],
        _ row: [UInt8],
        _ spans: inout [Span],
        _ isUnreadable: inout Bool
    ) {
        guard let piece = try? FreePiece(row: row), piece.key == key else {
            isUnreadable = true
            return
        }
        let stick = stickNumbers[piece.origin.stick] ?? -1
        spans.append(Span(stick: stick, lo: piece.lo, hi: piece.hi))
    }

    private mutating func readSelf(_ row: [UInt8], _ at: Int) {
        guard let fact = try? SelfFact(row: row), fact.key == homes[at].key else {
            report(.rows, [at], nil, "the wallet's own row is unreadable, or another key's")
            return
        }
        if homes[at].epoch != 0, fact.epoch > homes[at].epoch, !fact.isInert {
            homes[at].begins = true
        }
        homes[at].epoch = fact.epoch
        homes[at].isInert = fact.isInert
    }

    // MARK: Units

    private mutating func account(_ moved: Moved, _ at: Int) {
        let (gone, come) = (moved.gone.count64, moved.come.count64)
        homes[at].available = homes[at].available &+ come &- gone
        totals.available = totals.available &+ come &- gone
        for span in moved.gone where span.stick >= 0 {
            _ = hands[span.stick].take(span, from: .free(at))
        }
        for span in moved.come {
            if span.stick < 0 {
                report(.oneHand, [at], nil, "it has units of a stick that nobody was issued")
            } else if span.hi > sticks[span.stick].units {
                report(.oneHand, [at], nil, "it has units that its stick does not have")
            } else {
                hands[span.stick].give(span, to: .free(at))
            }
        }
    }

    /// Every unit of these is in one hand, those of payers aside whose payee has it already.
    private mutating func look(_ spans: [Span], _ at: Int, _ payment: Int?) {
        for span in spans where span.stick >= 0 {
            var (worst, owners): (Hands.Part?, Int) = (nil, 1)
            hands[span.stick].look(span) { part in
                let real = part.hands.reduce(0) { $0 + (isGhost($1) ? 0 : 1) }
                if worst == nil, real != 1 + part.copies { (worst, owners) = (part, real) }
            }
            guard let worst else { continue }
            let lanes = worst.hands.compactMap { $0.home < 0 ? nil : Int($0.home) }
            let what = owners == 0 ? "in nobody's hands" : "in \(owners) hands"
            report(
                .oneHand,
                [at] + lanes.filter { $0 != at },
                payment,
                "units \(worst.lo)..<\(worst.hi) of stick \(span.stick) are \(what)"
            )
        }
    }

    func isGhost(_ hand: Hand) -> Bool {
        hand.payment >= 0 && payments[Int(hand.payment)].isCommitted
    }
}
