import Keypad
import Testing
import Wire
import Words

@Suite struct TokenTests {
    @Test(arguments: [
        ("", TokenFault.digits(0)), ("1234 5678 9012 3456 789", .digits(19)),
        ("1234 5678 9012 3456 7890 1", .digits(21)), ("1234 5678 9012 3456 789O", .character),
        ("1234.5678.9012.3456.7890", .character), ("１234 5678 9012 3456 7890", .character),
        (String(repeating: " ", count: 45) + "12345678901234567890", .tooLong),
    ])
    func `what is no token is told as such`(_ typed: String, _ fault: TokenFault) {
        #expect(throws: fault) { try Token(typed: typed) }
    }

    @Test func `a token is shown in groups, and typed in any`() throws {
        let token = try Token(typed: "00123456789012345678")
        #expect(token.text == "0012 3456 7890 1234 5678")
        #expect(token.bare == "00123456789012345678")
        for typed in [token.text, "0-0-1-2345678901234-5678", " 001234567890 12345678 "] {
            #expect(try Token(typed: typed) == token)
        }
    }

    @Test func `amounts and numbers have bounds`() {
        #expect(WattHours(0) == nil && WattHours(1_000_001) == nil)
        #expect(WattHours(1_000_000) != nil)
        #expect(SaleNumber(0) == nil && SaleNumber(1_000_000_001) == nil)
    }

    @Test func `every sale of a long life is taken once, whatever it was worth`() {
        var meter = Meter()
        var draws = Draws(1)
        var (sum, tokens) = (UInt64(0), Set<Token>())
        for number in 1...4_000 {
            let amount = Made.amount(.random(in: 1...1_000_000, using: &draws))
            let token = Made.key.token(Made.sale(number), amount)
            #expect(meter.type(token) == .taken(Made.sale(number), amount))
            #expect(meter.type(token) == .used(Made.sale(number)))
            tokens.insert(token)
            sum += amount.number
            #expect(meter.desk.serve(amount.number) == 0)
        }
        #expect(meter.desk.credited == sum && meter.desk.served == sum && meter.desk.left == 0)
        #expect(tokens.count == 4_000)
    }

    @Test(arguments: [1, 2, 999_999, 1_000_000, 500_000, 65_536])
    func `an amount has one form, and that says it`(_ amount: Int) {
        var meter = Meter()
        let token = Made.key.token(Made.sale(1), Made.amount(amount))
        #expect(token == Made.key.token(Made.sale(1), Made.amount(amount)))
        #expect(meter.type(token) == .taken(Made.sale(1), Made.amount(amount)))
    }

    @Test func `a digit that is changed, or two that changed places, are refused`() {
        var draws = Draws(2)
        for number in 1...60 {
            let amount = Made.amount(.random(in: 1...1_000_000, using: &draws))
            let digits = Array(Made.key.token(Made.sale(number), amount).bare)
            var wrong: Set<String> = []
            for at in digits.indices {
                for digit in "0123456789" where digit != digits[at] {
                    var typed = digits
                    typed[at] = digit
                    wrong.insert(String(typed))
                }
                for other in digits.indices where digits[other] != digits[at] {
                    var typed = digits
                    typed.swapAt(at, other)
                    wrong.insert(String(typed))
                }
            }
            for typed in wrong {
                var meter = Meter(after: number > 1 ? Made.sale(number - 1) : nil)
                #expect(meter.type(Made.token(typed)) == .wrong(lockedMinutes: 0))
            }
        }
    }

    @Test func `a million guesses are all wrong`() {
        var draws = Draws(3)
        // With less than a thousand behind it a guess is compared with one sale alone.
        let desk = TokenDesk(for: Made.key, after: Made.sale(400))
        var others = 0
        for _ in 0..<1_000_000 {
            var one = desk
            let guess = Made.token(using: &draws)
            let verdict = one.take(guess, with: Made.key, at: 0) { _ in }
            if verdict != .wrong(lockedMinutes: 0) { others += 1 }
        }
        #expect(others == 0)
    }

    @Test func `neighbouring sales of one amount look alike in no digit more than chance`() {
        let tokens = (1...2_000).map {
            Array(Made.key.token(Made.sale($0), Made.amount(5_000)).bare)
        }
        var alike = [Int](repeating: 0, count: 20)
        for (one, next) in zip(tokens, tokens.dropFirst()) {
            for at in 0..<20 where one[at] == next[at] { alike[at] += 1 }
        }
        // One in ten, give or take six deviations.
        #expect(alike.allSatisfy { (120...280).contains($0) }, "\(alike)")
    }

    @Test func `of one meter, generation or use no other takes anything`() throws {
        let second = try #require(Generation.first.next)
        let keys = [
            Made.key, Made.top.meterKey(Made.name("M-1002"), .first),
            Made.top.meterKey(Made.meter, second),
            Made.top.meterKey(Made.meter, .first, for: .test),
            try #require(Made.top.below(Made.step("Zhejiang"))).meterKey(Made.meter, .first),
        ]
        for key in keys {
            for number in 1...50 {
                let token = key.token(Made.sale(number), Made.amount(1_000))
                for other in keys where other != key {
                    var meter = Meter(other)
                    #expect(meter.type(token) == .wrong(lockedMinutes: 0))
                }
            }
        }
    }

    @Test func `a test key that happened to be a meter's still makes no token for it`() throws {
        let real = KeyPaper.meter(Made.key).wireBytes
        // Where a key's paper says its use: after [1, 2, path.
        var bytes = real
        #expect(bytes[4] == 1)
        bytes[4] = 2
        guard case .meter(let test) = try KeyPaper(wireBytes: bytes) else {
            Issue.record("it is a meter's")
            return
        }
        #expect(test.use == .test)
        var meter = Meter()
        let token = test.token(Made.sale(1), Made.amount(1_000))
        #expect(meter.type(token) == .wrong(lockedMinutes: 0))
    }
}
