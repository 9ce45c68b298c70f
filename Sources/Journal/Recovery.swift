import Wire
package import Words

extension Recovered {
    /// What follows from what was read: a pure function of it and of the key.
    package init(from snapshot: Snapshot, hiding: any Hiding) throws(JournalError) {
        self = try recovered(from: snapshot, Cover(hiding: hiding)).0
    }
}

/// The same, with what the journal keeps of it in memory.
func recovered(
    from snapshot: Snapshot,
    _ cover: Cover
) throws(JournalError) -> (Recovered, State) {
    let last = try lastRecord(snapshot, cover)
    var state = State(number: last.number, link: last.link, roots: Roots())
    var shown: [Table: [Row]] = [:]
    for raw in snapshot.rows {
        let table = raw.place.table
        guard let row = cover.openRow(raw.body, raw.place),
            cover.blind(row.key, in: table) == raw.place.blind
        else { throw .damaged(.row(table)) }
        let mark = cover.mark(raw.place, raw.body)
        state.roots.add(mark, table)
        state.rows[table, row.key] = .init(blind: raw.place.blind, mark: mark)
        shown[table, default: []].append(row)
    }
    guard last.roots.count == 64, Array(last.roots[..<32]) == Array(state.roots.bytes[..<32])
    else { throw .damaged(.rows(live: true)) }
    state.roots.archive = Sum(last.roots[32...])
    for table in Table.live { shown[table]?.sort { $0.key.lexicographicallyPrecedes($1.key) } }
    let (finding, floor) = try judge(snapshot, last, cover)
    state.floor = floor
    let open = try openPayments(shown[.open] ?? [], snapshot, cover, &state)
    let recovered = Recovered(
        number: last.number,
        registers: shown[.register] ?? [],
        pieces: shown[.piece] ?? [],
        outbox: shown[.outbox] ?? [],
        open: open,
        finding: finding
    )
    return (recovered, state)
}

private func lastRecord(
    _ snapshot: Snapshot,
    _ cover: Cover
) throws(JournalError) -> Snapshot.RawRecord {
    guard let last = snapshot.last else { throw .damaged(.recordsMissing) }
    do {
        _ = try checked(last, cover)
        return last
    } catch {
        // When the rows and the head do not open either, it is not the record that is wrong.
        let anyRow = snapshot.rows.contains { cover.openRow($0.body, $0.place) != nil }
        let anyMark = (snapshot.slots ?? []).contains { Mark($0, cover) != nil }
        throw anyRow || anyMark ? error : .otherKey
    }
}

/// A record whose body opens and whose MAC fits what it stands on.
func checked(_ raw: Snapshot.RawRecord, _ cover: Cover) throws(JournalError) -> Record {
    guard let record = cover.openRecord(raw.number, raw.body),
        raw.payment == (record.payment.isEmpty ? [] : cover.blind(record.payment, in: .open))
    else { throw .damaged(.record(raw.number)) }
    // What goes into the MAC has a fixed size; an edited column may have any.
    guard raw.previous.count == (raw.number == 0 ? 0 : 32),
        raw.roots.isEmpty || raw.roots.count == 64,
        raw.link == cover.link(raw.previous, raw.number, raw.payment, raw.roots, raw.body)
    else { throw .damaged(.link(raw.number)) }
    return record
}

/// Whether no record is there twice: a damaged index may name one in the place of another.
func isAscending(_ records: [Record]) -> Bool {
    zip(records, records.dropFirst()).allSatisfy { $0.number < $1.number }
}

/// Holds the log against the head: the head may lag, never lead.
private func judge(
    _ snapshot: Snapshot,
    _ last: Snapshot.RawRecord,
    _ cover: Cover
) throws(JournalError) -> (Staleness?, floor: UInt64) {
    let marks = (snapshot.slots ?? []).compactMap { Mark($0, cover) }
    guard let newest = marks.max(by: { $0.number < $1.number }) else {
        // A power cut may fall between the first commit and the first head.
        if last.number == 0 { return (nil, 0) }
        return (snapshot.slots == nil ? .headMissing : .headDamaged, 0)
    }
    if newest.number > last.number {
        return last.number >= newest.floor
            ? (.cut(last: last.number, head: newest.number), newest.floor)
            : (.older(last: last.number, head: newest.number), 0)
    }
    for mark in marks where snapshot.links[mark.number] != mark.link {
        return (.forked(at: mark.number), 0)
    }
    return (nil, newest.floor)
}

private func openPayments(
    _ rows: [Row],
    _ snapshot: Snapshot,
    _ cover: Cover,
    _ state: inout State
) throws(JournalError) -> [OpenPayment] {
    var records: [[UInt8]: [Record]] = [:]
    for raw in snapshot.opened {
        let record = try checked(raw, cover)
        records[record.payment, default: []].append(record)
    }
    var open: [OpenPayment] = []
    for row in rows {
        guard let (content, mine) = OpenContent.read(row.bytes) else {
            throw .damaged(.row(.open))
        }
        let own = records[row.key] ?? []
        guard UInt64(own.count) == mine.records, isAscending(own) else {
            throw .damaged(.recordsMissing)
        }
        state.open.put(row.key, mine)
        open.append(
            OpenPayment(
                payment: row.key,
                bytes: content,
                toCome: mine.toCome,
                records: own
            )
        )
    }
    return open
}

/// What the row of an open payment holds: the caller's state, and what the journal has to know.
enum OpenContent {
    static func write(_ bytes: [UInt8], _ mine: State.Open) -> [UInt8] {
        var writer = Writer(reserving: bytes.count + 32)
        writer.array(4)
        writer.data(bytes)
        writer.number(mine.records)
        writer.number(UInt64(mine.toCome.steps))
        writer.number(UInt64(mine.toCome.bytes))
        return writer.bytes
    }

    static func read(_ bytes: [UInt8]) -> ([UInt8], State.Open)? {
        var reader = Reader(bytes)
        do {
            try reader.array(4)
            let content = try reader.data(atMost: .max)
            let records = try reader.number()
            let room = Room(
                steps: Int(try reader.number(0...UInt64(Int32.max))),
                bytes: Int(try reader.number(0...UInt64(Int32.max)))
            )
            try reader.finish()
            return (content, State.Open(records: records, toCome: room))
        } catch {
            return nil
        }
    }
}

/// What the row of a finished payment holds: its outcome, and how many records it has.
enum FinishedContent {
    static func write(_ bytes: [UInt8], records: UInt64) -> [UInt8] {
        var writer = Writer(reserving: bytes.count + 16)
        writer.array(2)
        writer.data(bytes)
        writer.number(records)
        return writer.bytes
    }

    static func read(_ bytes: [UInt8]) -> (bytes: [UInt8], records: UInt64)? {
        var reader = Reader(bytes)
        do {
            try reader.array(2)
            let content = (try reader.data(atMost: .max), try reader.number())
            try reader.finish()
            return content
        } catch {
            return nil
        }
    }
}
