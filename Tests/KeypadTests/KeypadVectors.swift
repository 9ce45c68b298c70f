import Keypad
import TestSupport
import Testing
import Wire
import Words

/// docs/vectors/keypad.json: keys, tokens, and what a meter says to each of a sequence.
@Suite struct KeypadVectors {
    struct File: Codable {
        var top: String
        var keys: [KeyVector] = []
        var tokens: [TokenVector] = []
        var typed: [TypedVector] = []
        var stories: [Story] = []
        var rows: [RowVector] = []
        var presses: [RowVector] = []
        var papers: [RowVector] = []
    }

    struct KeyVector: Codable {
        /// Names and generations from the top down.
        let path: [[String]]
        let use: String
        let meter: String
        let generation: UInt64
        let key: String
    }

    struct TokenVector: Codable {
        /// Which of `keys`.
        let key: Int
        let number, amount, tag: UInt64
        let token: String
    }

    struct TypedVector: Codable {
        let typed: String
        /// The digits, or the fault.
        let result: String
    }

    struct Story: Codable {
        let name: String
        let key: Int
        let after: UInt64
        var steps: [Step] = []
    }

    struct Step: Codable {
        /// A token that is typed, or units that are delivered.
        var minute: UInt64 = 0
        var token = ""
        var serve: UInt64 = 0
        /// Which of `keys` it goes by from now on; 0 for the one that it has.
        var change = 0
        let verdict: String
        /// What is stored, in this order.
        let stores: [String]
    }

    struct RowVector: Codable {
        let name, bytes: String
        /// `good`, or the name and place of the fault.
        let result: String
    }

    private func hex(_ bytes: [UInt8]) -> String { Hex.text(bytes) }

    static let places: [[IssueStep]] = [
        [], [Made.step("Zhejiang")], [Made.step("Zhejiang"), Made.step("宁波")],
        [Made.step("Zhejiang", 2)], [Made.step("Zhejiang", 2), Made.step("宁波", 3)],
    ]

    /// All but the issuing keys themselves.
    private func meterKeys() throws -> [MeterKey] {
        var keys: [MeterKey] = []
        for place in Self.places {
            let path = try #require(IssuePath(place))
            let issuing = try #require(Made.top.key(at: path))
            for (meter, generation, use) in [
                ("M-1001", 1, KeyUse.real), ("M-1001", 2, .real), ("M-1001", 1, .test),
                ("7", 1_000, .real),
            ] as [(String, UInt64, KeyUse)] {
                let generation = try #require(Generation(generation))
                keys.append(issuing.meterKey(Made.name(meter), generation, for: use))
            }
        }
        return keys
    }

    @Test func `keypad json is what the code makes`() throws {
        let keys = try meterKeys()
        var file = File(top: String(repeating: "07", count: 32))
        file.keys = keys.map(vector)
        file.tokens = tokens(keys)
        file.typed = typed()
        file.stories = try stories(keys)
        file.rows = RowTests.wrong.map { row(TokenDesk.self, $0.0, $0.2.bytes) }
        file.rows.append(row(TokenDesk.self, "good", RowTests.Fields().bytes))
        file.presses = try presses()
        file.papers = try papers(keys)
        try VectorFiles.compare(file, "keypad.json")
        try keepCases(file)
    }

    private func secret(_ key: MeterKey) -> String {
        // The last 32 bytes of its paper.
        hex(Array(KeyPaper.meter(key).wireBytes.suffix(32)))
    }

    private func vector(_ key: MeterKey) -> KeyVector {
        KeyVector(
            path: key.path.steps.map { [$0.name.string, "\($0.generation.number)"] },
            use: key.use == .real ? "real" : "test",
            meter: key.meter.string,
            generation: key.generation.number,
            key: secret(key)
        )
    }

    private func tokens(_ keys: [MeterKey]) -> [TokenVector] {
        var draws = Draws(11)
        let edges: [(Int, Int)] = [
            (1, 1), (1, 1_000_000), (999, 1), (1_000, 999_999), (1_001, 5_000),
            (1_000_000_000, 1_000_000),
        ]
        return keys.indices.flatMap { index in
            let drawn = (0..<4).map { _ in
                (
                    Int.random(in: 1...1_000_000_000, using: &draws),
                    Int.random(in: 1...1_000_000, using: &draws)
                )
            }
            return (edges + drawn).map { number, amount in
                let (sale, worth) = (Made.sale(number), Made.amount(amount))
                return TokenVector(
                    key: index,
                    number: sale.number,
                    amount: worth.number,
                    tag: keys[index].tag(of: sale, worth),
                    token: keys[index].token(sale, worth).bare
                )
            }
        }
    }

    private func typed() -> [TypedVector] {
        [
            "", "0000 0000 0000 0000 0000", "99999999999999999999", "1-2-3-4-5 67890 12345 67890",
            "1234 5678 9012 3456 789", "1234 5678 9012 3456 7890 1", "1234 5678 9012 3456 789O",
            "1234 5678 9012 3456 7890 1 x", "1234\t5678 9012 3456 7890", "１２３４ 5678 9012 3456 7890",
            String(repeating: " ", count: 44) + "12345678901234567890",
            String(repeating: " ", count: 45) + "12345678901234567890",
        ].map { typed in
            do throws(TokenFault) {
                return TypedVector(typed: typed, result: try Token(typed: typed).bare)
            } catch {
                return TypedVector(typed: typed, result: Self.word(error))
            }
        }
    }

    private static func word(_ fault: TokenFault) -> String {
        switch fault {
        case .character: "character"
        case .digits: "digits"
        case .tooLong: "too-long"
        }
    }

    private func row(
        _ type: (some WireValue).Type,
        _ name: String,
        _ bytes: [UInt8]
    ) -> RowVector {
        do {
            _ = try type.init(wireBytes: bytes)
            return RowVector(name: name, bytes: hex(bytes), result: "good")
        } catch {
            let result = "\(error.kind.rawValue) \(error.position)"
            return RowVector(name: name, bytes: hex(bytes), result: result)
        }
    }

    private func presses() throws -> [RowVector] {
        let now = try #require(Moment(1_790_000_000))
        var press = TokenPress(Made.meter, below: try #require(IssuePath(Self.places[2])))
        var vectors = [row(TokenPress.self, "nothing sold", press.wireBytes)]
        _ = press.sell(Made.amount(1_000_000), at: now)
        _ = press.change(below: try #require(IssuePath(Self.places[4])))
        _ = press.sell(Made.amount(1), at: now)
        let good = press.wireBytes
        vectors.append(row(TokenPress.self, "two sales, two keys", good))
        var ahead = good
        ahead[good.count - 6] = 3
        vectors.append(row(TokenPress.self, "a sale of a key to come", ahead))
        vectors.append(row(TokenPress.self, "cut short", Array(good.dropLast())))
        var none = TokenPress(Made.meter, below: .top).wireBytes
        none.replaceSubrange(none.count - 3..<none.count, with: [0x80, 0x80])
        vectors.append(row(TokenPress.self, "without a key", none))
        return vectors
    }

    private func papers(_ keys: [MeterKey]) throws -> [RowVector] {
        let path = try #require(IssuePath(Self.places[4]))
        let city = try #require(Made.top.key(at: path))
        let issuing = KeyPaper.issuing(city).wireBytes
        let meter = KeyPaper.meter(keys[0]).wireBytes
        return [
            row(KeyPaper.self, "the top key", KeyPaper.issuing(Made.top).wireBytes),
            row(KeyPaper.self, "a city's", issuing), row(KeyPaper.self, "a meter's", meter),
            row(KeyPaper.self, "a test key", KeyPaper.meter(keys[2]).wireBytes),
            row(KeyPaper.self, "cut short", Array(meter.dropLast())),
            row(KeyPaper.self, "of five items", [0x85] + Array(issuing.dropFirst()) + [0]),
            row(KeyPaper.self, "a meter's with an issuing key's items", [0x84, 1, 2, 0x80]),
        ]
    }

    /// Good inputs for the fuzzers to begin from.
    private func keepCases(_ file: File) throws {
        for (index, story) in file.stories.enumerated() {
            let stores = story.steps.flatMap(\.stores)
            guard let last = stores.last, let bytes = Hex.bytes(last) else { continue }
            try CaseFiles.compare([UInt8(index)] + bytes, "TokenDesk/\(CaseFiles.name(story.name))")
        }
        for vector in file.presses + file.papers where vector.result == "good" {
            let isPress = file.presses.contains { $0.name == vector.name }
            let bytes = try #require(Hex.bytes(vector.bytes))
            let name = CaseFiles.name(vector.name)
            try CaseFiles.compare([isPress ? 0x80 : 0xC0] + bytes, "TokenDesk/\(name)")
        }
        for vector in file.typed.dropFirst() {
            let name = CaseFiles.name(vector.result + " typed " + Self.place(vector, in: file))
            try CaseFiles.compare(Array(vector.typed.utf8), "Token/\(name)")
        }
        let good = try #require(file.tokens.first)
        try CaseFiles.compare(Array(good.token.utf8), "Token/a-good-token")
    }

    private static func place(_ vector: TypedVector, in file: File) -> String {
        let index = file.typed.firstIndex { $0.typed == vector.typed } ?? 0
        return [
            "none", "zeros", "nines", "hyphens", "short", "long", "letter", "letter-beyond", "tab",
            "wide", "spaced", "padded",
        ][index]
    }
}

extension KeypadVectors {
    /// A meter that is told what to do, and everything that it stores meanwhile.
    private struct Telling {
        var key: MeterKey
        var desk: TokenDesk
        var story: Story

        init(_ name: String, _ keys: [MeterKey], _ index: Int, after: Int = 0) {
            key = keys[index]
            let last = after == 0 ? nil : Made.sale(after)
            desk = TokenDesk(for: key, after: last)
            story = Story(name: name, key: index, after: UInt64(after))
        }

        mutating func type(_ token: Token, at minute: UInt64 = 0) {
            var stores: [String] = []
            let verdict = desk.take(token, with: key, at: minute) { desk in
                stores.append(Hex.text(desk.wireBytes))
            }
            let word = KeypadVectors.word(verdict)
            story.steps.append(
                Step(minute: minute, token: token.text, verdict: word, stores: stores)
            )
        }

        mutating func type(_ number: Int, _ amount: Int, at minute: UInt64 = 0) {
            type(key.token(Made.sale(number), Made.amount(amount)), at: minute)
        }

        mutating func serve(_ units: UInt64) {
            let missing = desk.serve(units)
            let stored = Hex.text(desk.wireBytes)
            story.steps.append(
                Step(serve: units, verdict: "missing \(missing)", stores: [stored])
            )
        }

        mutating func change(_ keys: [MeterKey], _ index: Int) {
            let isChanged = desk.change(to: keys[index])
            precondition(isChanged, "it is a later key")
            key = keys[index]
            let stored = Hex.text(desk.wireBytes)
            story.steps.append(Step(change: index, verdict: "changed", stores: [stored]))
        }
    }

    static func word(_ verdict: Verdict) -> String {
        switch verdict {
        case .taken(let sale, let amount): "taken \(sale.number) \(amount.number)"
        case .used(let sale): "used \(sale.number)"
        case .old(let sale): "old \(sale.number)"
        case .full(let sale): "full \(sale.number)"
        case .wrong(let minutes): "wrong \(minutes)"
        case .locked(let minutes): "locked \(minutes)"
        }
    }

    private func stories(_ keys: [MeterKey]) throws -> [Story] {
        let guess = Made.token("12345678901234567890")
        var day = Telling("a day at a meter", keys, 0)
        day.type(1, 5_000)
        day.type(1, 5_000)
        day.serve(1_200)
        day.type(3, 800_000)
        day.type(2, 1)
        day.serve(4_000)
        day.serve(2_000_000)
        var order = Telling("out of order, and far ahead", keys, 4)
        for number in [500, 437, 436, 1_000, 999, 1_501, 501, 501] { order.type(number, number) }
        var edges = Telling("where a meter begins that took many", keys, 7, after: 20_000)
        for back in [0, 63, 64, 499, 500, 8_499, 8_500] { edges.type(20_000 - back, 7) }
        for ahead in [501, 500, 1_000, 1_001] { edges.type(20_000 + ahead, 7, at: 1) }
        var guesses = Telling("guesses, and a good token between", keys, 2)
        for minute in [1, 1, 1, 1, 1, 1, 2, 3, 4] as [UInt64] { guesses.type(guess, at: minute) }
        guesses.type(1, 5_000, at: 5)
        guesses.type(1, 5_000, at: 8)
        guesses.type(1, 5_000, at: 8)
        for minute in 0..<12 as Range<UInt64> { guesses.type(guess, at: 10 + (1 &<< minute)) }
        var changed = Telling("a key that ends", keys, 0)
        changed.type(1, 10)
        changed.type(keys[1].token(Made.sale(2), Made.amount(20)), at: 0)
        changed.change(keys, 1)
        changed.type(keys[0].token(Made.sale(2), Made.amount(20)), at: 0)
        changed.type(1, 10)
        changed.type(2, 20)
        var others = Telling("what others were sold", keys, 0)
        for index in keys.indices.dropFirst() {
            others.type(keys[index].token(Made.sale(1), Made.amount(1_000)), at: 5_000)
        }
        var full = Telling("more than there are registers for", keys, 12)
        for number in 1...65 { full.type(number, number) }
        full.serve(1)
        full.type(65, 65)
        return [day, order, edges, guesses, changed, others, full].map(\.story)
    }
}
