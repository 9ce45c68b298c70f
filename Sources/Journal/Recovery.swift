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
    var state = try laidDown(snapshot, last, cover)
    let rows = try liveRows(snapshot, cover, &state)
    let (finding, floor) = try judge(snapshot, last, cover)
    state.floor = floor
    try goOn(since: snapshot.records, cover, &state)
    let shown = Table.live.map { shownRows($0, rows[$0] ?? [:], state.waiting) }
    let recovered = Recovered(
        number: last.number,
        registers: shown[0],
        pieces: shown[1],
        outbox: shown[2],
        open: try openPayments(shown[3], &state),
        finding: finding
    )
    return (recovered, state)
}

private func lastRecord(
    _ snapshot: Snapshot,
    _ cover: Cover
) throws(JournalError) -> Snapshot.RawRecord {
    guard let last = snapshot.records.last else { throw .damaged(.recordsMissing) }
    do throws(JournalError) {
        // A group is written whole.
        guard try checked(last, cover).toCome == 0 else { throw .damaged(.recordsMissing) }
        return last
    } catch {
        // When the rows and the head do not open either, it is not the record that is wrong.
        let anyRow = snapshot.rows.contains { cover.openRow($0.body, $0.place) != nil }
        let anyMark = (snapshot.slots ?? []).contains { Mark($0, cover) != nil }
        throw anyRow || anyMark ? error : .otherKey
    }
}

/// A record whose body opens and whose MAC fits what it stands on, and what it says.
func checked(
    _ raw: Snapshot.RawRecord,
    _ cover: Cover
) throws(JournalError) -> Said {
    guard let said = cover.openRecord(raw.number, raw.body) else {
        throw .damaged(.record(raw.number))
    }
    // What goes into the MAC has a fixed size; an edited column may have any.
    guard raw.previous.count == (raw.number == 0 ? 0 : 32),
        raw.roots.count == (raw.laid == raw.number ? 64 : 0),
        raw.link == cover.link(raw.previous, raw.number, laid: raw.laid, raw.roots, raw.body)
    else { throw .damaged(.link(raw.number)) }
    return said
}

/// The state as rows were last laid down, before the rows themselves are looked at.
private func laidDown(
    _ snapshot: Snapshot,
    _ last: Snapshot.RawRecord,
    _ cover: Cover
) throws(JournalError) -> State {
    guard let first = snapshot.records.first, first.number == last.laid else {
        throw .damaged(.recordsMissing)
    }
    _ = try checked(first, cover)
    guard first.laid == first.number else { throw .damaged(.link(first.number)) }
    var roots = Roots()
    roots.live = Sum(first.roots[..<32])
    roots.archive = Sum(first.roots[32...])
    return State(number: first.number, link: first.link, laid: first.number, roots: roots)
}

/// The rows of the live tables, each checked, and all of them against their sum.
private func liveRows(
    _ snapshot: Snapshot,
    _ cover: Cover,
    _ state: inout State
) throws(JournalError) -> [Table: [[UInt8]: [UInt8]]] {
    var (sum, shown) = (Sum(), [Table: [[UInt8]: [UInt8]]]())
    for raw in snapshot.rows {
        let table = raw.place.table
        guard let row = cover.openRow(raw.body, raw.place),
            cover.blind(row.key, in: table) == raw.place.blind
        else { throw .damaged(.row(table)) }
        let mark = cover.mark(raw.place, raw.body)
        sum.add(mark)
        state.rows[table, row.key] = .init(blind: raw.place.blind, mark: mark)
        shown[table, default: [:]][row.key] = row.bytes
    }
    guard sum == state.roots.live else { throw .damaged(.rows(live: true)) }
    return shown
}

/// Does what the records since say, each of which follows from the one before.
private func goOn(
    since records: [Snapshot.RawRecord],
    _ cover: Cover,
    _ state: inout State
) throws(JournalError) {
    for raw in records.dropFirst() {
        guard raw.number == state.number + 1 else { throw .damaged(.recordsMissing) }
        let said = try checked(raw, cover)
        // Its own MAC is over what SQLite says stands before it.
        guard raw.previous == state.link, raw.laid == state.laid else {
            throw .damaged(.link(raw.number))
        }
        (state.number, state.link) = (raw.number, raw.link)
        state.heed(said.changes, written: raw.number)
    }
}

/// What the rows of a table say now, in the order of their keys.
private func shownRows(
    _ table: Table,
    _ laid: [[UInt8]: [UInt8]],
    _ waiting: Waiting
) -> [Row] {
    var rows = laid
    // Each key once, so in whatever order they come.
    for (key, row) in waiting.rows(of: table) { rows[key.bytes] = row.bytes }
    return rows.map { Row(key: $0.key, bytes: $0.value) }
        .sorted { $0.key.lexicographicallyPrecedes($1.key) }
}

private func openPayments(
    _ rows: [Row],
    _ state: inout State
) throws(JournalError) -> [OpenPayment] {
    var open: [OpenPayment] = []
    for row in rows {
        guard let (bytes, toCome) = OpenContent.read(row.bytes) else {
            throw .damaged(.row(.open))
        }
        state.open.put(row.key, toCome)
        open.append(OpenPayment(payment: row.key, bytes: bytes, toCome: toCome))
    }
    return open
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
