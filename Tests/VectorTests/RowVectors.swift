import Commit
import FuzzEntries
import Money
import TestSupport
import Testing
import Wallet
import Wire
import Words

/// docs/vectors/rows.json: what wallets write, what follows from it, and rows that no wallet
/// wrote.
@Suite struct RowVectors {
    struct File: Codable {
        var homes: [Home] = []
        var finished: [Finish] = []
        var records: [Entry] = []
        var bad: [Bad] = []
    }

    struct Home: Codable {
        let name: String
        let registers: [Pair]
        let pieces: [Pair]
        let open: [Pair]
        let inert: String
        let available: UInt64
        let consumed: UInt64
        let pulses: UInt64
        let held: [String]
        let paid: [String]
    }

    struct Pair: Codable {
        let key: String
        let bytes: String
    }

    struct Finish: Codable {
        let key: String
        let bytes: String
        let role: String
        let outcome: String
    }

    struct Entry: Codable, Hashable {
        let kind: UInt64
        let payment: String
        let bytes: String
    }

    struct Bad: Codable {
        let name: String
        /// The home that is changed, the row in it, and there so many bytes, into these.
        let home: String
        let table: String
        let key: String
        let at: Int
        let drop: Int
        let put: String
        let error: String
        let position: Int
    }

    private func hex(_ bytes: [UInt8]) -> String { Hex.text(bytes) }

    private func pairs(_ rows: [Row]) -> [Pair] {
        rows.map { Pair(key: hex($0.key), bytes: hex($0.bytes)) }
    }

    @Test func `rows json is what the wallets write, and each bad row is found out`() throws {
        let story = try PaymentStory()
        var file = File()
        for (name, rows) in story.homes { file.homes.append(try home(name, rows, story)) }
        file.finished = try finished(story)
        file.records = records(story)
        for (name, rows) in story.homes where name.hasPrefix("while") {
            file.bad += bad(name, rows, story)
            file.bad += overlapping(name, rows, story)
        }
        #expect(Set(file.records.map(\.kind)) == Set(1...6).union(16...20).union([23, 24]))
        #expect(file.homes.contains { !$0.held.isEmpty })
        #expect(file.homes.contains { !$0.paid.isEmpty })
        #expect(file.homes.contains { !$0.inert.isEmpty })
        #expect(file.homes.contains { $0.consumed == 180 && $0.pulses == 180 })
        #expect(file.bad.count >= 200)
        #expect(file.bad.count { $0.error == "contradiction" } >= 10)
        #expect(file.bad.contains { $0.name.hasPrefix("a free piece more") })
        try VectorFiles.compare(file, "rows.json")
    }

    private func home(_ name: String, _ rows: FuzzedRows, _ story: PaymentStory) throws -> Home {
        let wallet = try #require(
            try Wallet(recovering: rows.recovered, at: story.paying.time)
        )
        var inert = ""
        if case .inert(let reason) = wallet.life { inert = reason.string }
        let balance = wallet.balance(RealStreet.euro, at: RealStreet.now)
        return Home(
            name: name,
            registers: pairs(rows.registers),
            pieces: pairs(rows.pieces),
            open: pairs(rows.open),
            inert: inert,
            // What is free, be its last day to be spent past or not.
            available: balance.available.units + balance.overdue.units,
            consumed: balance.consumed.units,
            pulses: wallet.pulses,
            held: wallet.buying.keys.map { hex($0.array) }.sorted(),
            paid: wallet.selling.keys.map { hex($0.array) }.sorted()
        )
    }

    private func finished(_ story: PaymentStory) throws -> [Finish] {
        try [story.paying.buyer, story.paying.seller].flatMap { one in
            try one.rows(.finished).map { row in
                let finished = try Finished(wireBytes: row.bytes)
                return Finish(
                    key: hex(row.key),
                    bytes: hex(row.bytes),
                    role: finished.isBuyers ? "buyer" : "seller",
                    outcome: finished.isPaid ? "paid" : "cancelled"
                )
            }
        }
    }

    private func records(_ story: PaymentStory) -> [Entry] {
        [story.paying.buyer, story.paying.seller].flatMap { one in
            one.steps.flatMap { step in
                step.entries.map {
                    Entry(kind: $0.kind, payment: hex(step.payment), bytes: hex($0.bytes))
                }
            }
        }
    }

    // MARK: Bad ones

    private func bad(_ name: String, _ rows: FuzzedRows, _ story: PaymentStory) -> [Bad] {
        let tables = [
            ("register", rows.registers), ("piece", rows.pieces), ("open", rows.open),
        ]
        return tables.flatMap { table, all in
            all.flatMap { row -> [Bad] in
                guard let item = try? Item(wireBytes: row.bytes) else { return [] }
                let broken = item.paths(to: 1).flatMap { path in
                    item.item(path).broken.map { what, raw in
                        (Self.place(path) + " " + what, item.bytes(path, raw))
                    }
                }
                let others = all.first { $0.key.count == row.key.count && $0.key != row.key }
                let moved = others.map { [("what another row says", $0.bytes)] } ?? []
                return (broken + moved).compactMap { what, bytes in
                    bad(what, Row(key: row.key, bytes: bytes), in: table, of: (name, rows), story)
                }
            }
        }
    }

    /// A free piece beside one that has some of its units.
    private func overlapping(
        _ name: String,
        _ rows: FuzzedRows,
        _ story: PaymentStory
    ) -> [Bad] {
        rows.pieces.filter { $0.key.first == 0 }.compactMap { row in
            let item = must(try? Item(wireBytes: row.bytes))
            // The end of the units is the key's last eight bytes.
            guard case .number(let hi) = item.item([1, 2]), hi > 1 else { return nil }
            let key = Array(row.key.dropLast(8)) + bigEndianBytes(hi + 1)
            let bytes = item.bytes([1, 2], Item.number(hi + 1).wireBytes)
            let more = FuzzedRows(
                registers: rows.registers,
                pieces: rows.pieces + [Row(key: key, bytes: bytes)],
                open: rows.open
            )
            guard let fault = fault(more, story), fault.fault == nil else { return nil }
            return Bad(
                name: "a free piece more, of units that are free already",
                home: name,
                table: "piece",
                key: hex(key),
                at: 0,
                drop: 0,
                put: hex(bytes),
                error: "contradiction",
                position: 0
            )
        }
    }

    private static func place(_ path: [Int]) -> String {
        path.isEmpty ? "all" : path.map(String.init).joined(separator: ".")
    }

    /// The case, unless what was changed is still a row that could be.
    private func bad(
        _ what: String,
        _ row: Row,
        in table: String,
        of home: (name: String, rows: FuzzedRows),
        _ story: PaymentStory
    ) -> Bad? {
        let changed = home.rows.with(row, in: table)
        guard let fault = fault(changed, story) else { return nil }
        let all =
            table == "register"
            ? home.rows.registers : table == "piece" ? home.rows.pieces : home.rows.open
        let old = must(all.first { $0.key == row.key }).bytes
        let at = zip(old, row.bytes).prefix { $0 == $1 }.count
        let same = zip(old[at...].reversed(), row.bytes[at...].reversed()).prefix { $0 == $1 }
            .count
        return Bad(
            name: what,
            home: home.name,
            table: table,
            key: hex(row.key),
            at: at,
            drop: old.count - at - same,
            put: hex(Array(row.bytes[at..<(row.bytes.count - same)])),
            error: fault.fault?.kind.rawValue ?? "contradiction",
            position: fault.fault?.position ?? 0
        )
    }

    private func fault(_ rows: FuzzedRows, _ story: PaymentStory) -> RowFault? {
        do {
            _ = try Wallet(recovering: rows.recovered, at: story.paying.time)
            return nil
        } catch {
            return error
        }
    }
}

extension FuzzedRows {
    func with(_ row: Row, in table: String) -> FuzzedRows {
        func changed(_ name: String, _ rows: [Row]) -> [Row] {
            name == table ? rows.map { $0.key == row.key ? row : $0 } : rows
        }
        return FuzzedRows(
            registers: changed("register", registers),
            pieces: changed("piece", pieces),
            open: changed("open", open)
        )
    }
}

/// Good inputs for the fuzzers of messages and rows to begin from.
@Suite struct PaymentSeedVectors {
    @Test func `every message and home of the story is a case of its fuzzer`() throws {
        let story = try PaymentStory()
        var kinds: Set<Kind> = []
        for (name, message) in story.named where kinds.insert(message.object.kind).inserted {
            try CaseFiles.compare(message.wireBytes, "Message/" + CaseFiles.name(name))
            fuzzMessage(message.wireBytes)
        }
        for (name, rows) in story.homes {
            #expect(FuzzedRows(rows.bytes).bytes == rows.bytes)
            try CaseFiles.compare(rows.bytes, "Rows/" + CaseFiles.name(name))
            fuzzRows(rows.bytes)
        }
    }
}
