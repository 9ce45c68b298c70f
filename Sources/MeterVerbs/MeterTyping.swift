internal import Command
internal import Homes
internal import Host
internal import Keypad
internal import KeypadVerbs
internal import WalletVerbs
internal import Words

/// The keypad of a meter: its key, and the digits that are typed.
enum MeterTyping {
    static let keyVerb = Verb(
        words: ["meter", "key"],
        summary: "load the key of this meter, as kdc meter has written it",
        details: [
            "with it the meter takes tokens of 20 digits, and sees that a carrier is confirmed by",
            "its own key. A later key of the same meter takes the place of the one before, whose",
            "unused tokens are worth nothing from then on. It works beside a meter that runs",
        ],
        arguments: [
            Verb.Argument(name: "FILE", kind: .file, about: "what tally kdc meter --to has written")
        ],
        options: KeyFiles.opening + [
            Verb.Option(
                name: "--after",
                value: "N",
                kind: .number,
                about: "take no sale up to number N, 0 being none: of a meter that takes over from"
                    + " another, or began another life; asks first"
            ), Agreeing.yes,
        ] + Opening.options + Opening.links,
        examples: [
            Verb.Example(
                line: "tally meter key m-1001.key --from-key-file m-1001.pass",
                about: "a new meter"
            )
        ],
        exits: [.done, .failed, .usage, .refused, .notFound, .wrongPassphrase],
        act: { request, scene throws(Complaint) in try load(request, scene) }
    )

    private static func load(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let path = request.arguments[0]
        let typed = try number("--after", request, 0...UInt64(Limits.salesPerMeter))
        guard case .meter(let key) = try KeyFiles.openHandedOn(path, request, scene) else {
            throw Complaint(
                .refused,
                "not-a-meters",
                "\(quoted(path)) holds a key that makes others, and a meter gets its own alone",
                hint: "have it written with 'tally kdc meter NAME --to FILE'"
            )
        }
        if let last = typed, last > 0 {
            try Agreeing.agree(
                ["from now on this meter takes no token of sale 1 to \(last)"],
                "load the key so?",
                request,
                scene
            )
        }
        let line = try MeterLine(request, scene)
        defer { line.close() }
        _ = try line.demand(.key(key, after: typed))
        var facts = Facts()
        facts.add("meter", key.meter.string)
        let generation = key.generation.number
        facts.add("generation", "\(generation)", .number(generation))
        if key.use == .test { facts.add("for", "tests alone: real tokens are worth nothing to it") }
        return Report(lines: ["loaded the key"] + facts.lines, json: facts.json)
    }

    static let typeVerb = Verb(
        words: ["meter", "type"],
        summary: "type a token of 20 digits into the meter",
        details: [
            "spaces and hyphens between the digits may be typed too. A token is worth something",
            "once, to one meter; what is typed wrongly too often has to be waited for, in minutes",
            "in which the meter has power. It works beside a meter that runs, and without one",
        ],
        arguments: [
            Verb.Argument(name: "DIGITS", kind: .word, about: "the token", repeats: true)
        ],
        options: Opening.options + Opening.links,
        examples: [
            Verb.Example(line: "tally meter type 1234-5678-9012-3456-7890", about: "as it was sold")
        ],
        exits: [.done, .failed, .usage, .refused, .notFound, .wrongPassphrase],
        act: { request, scene throws(Complaint) in try type(request, scene) }
    )

    private static func type(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let token: Token
        do {
            token = try Token(typed: request.arguments.joined(separator: " "))
        } catch {
            throw Complaint(error)
        }
        let line = try MeterLine(request, scene)
        defer { line.close() }
        guard case .verdict(let verdict) = try line.demand(.type(token)) else {
            throw .otherVersion
        }
        switch verdict {
        case .taken(let sale, let amount):
            var facts = Facts()
            facts.add("sale", "\(sale.number)", .number(sale.number))
            facts.also("wattHours", .number(amount.number))
            return Report(
                lines: ["taken: \(amount.number) Wh"] + facts.lines,
                json: facts.json
            )
        case .used, .old, .full, .wrong, .locked: throw Complaint(verdict)
        }
    }
}

extension Complaint {
    /// Digits that are none of a token's; nothing is counted for it.
    fileprivate init(_ fault: TokenFault) {
        let why =
            switch fault {
            case .character: "there is something in it that is no digit"
            case .digits(let count): "it has \(counted(count, "digit")), and a token has 20"
            case .tooLong: "it is too long"
            }
        self.init(
            .usage,
            "not-a-token",
            "that is no token: \(why)",
            hint: "type the 20 digits as they were sold; nothing is counted for this"
        )
    }

    /// What was typed, and is not taken.
    fileprivate init(_ verdict: Verdict) {
        switch verdict {
        case .taken: preconditionFailure("what is taken is no fault")
        case .used(let sale):
            self.init(
                .refused,
                "token-used",
                "USED: token \(sale.number) was taken before, and is worth something once",
                hint: "'tally meter display' says what is left"
            )
        case .old(let sale):
            self.init(
                .refused,
                "token-old",
                "OLD: token \(sale.number) was sold so long ago that this meter does not know any"
                    + " more whether it was taken",
                hint: "ask who sold it"
            )
        case .full(let sale):
            self.init(
                .refused,
                "token-full",
                "FULL: token \(sale.number) is good, and there is no room for more now",
                hint: "type it again when something is used up"
            )
        case .wrong(let minutes):
            self.init(
                .refused,
                "token-wrong",
                "WRONG: mistyped, for another meter, or of a key that has ended"
                    + (minutes > 0 ? "; LOCKED for \(counted(Int(minutes), "minute"))" : ""),
                hint: minutes > 0
                    ? "nothing is looked at meanwhile, while the meter has power"
                    : "compare each digit, and the name on the meter"
            )
        case .locked(let minutes):
            self.init(
                .refused,
                "token-locked",
                "LOCKED: nothing is looked at for \(counted(Int(minutes), "minute")) of power",
                hint: "let the meter run, and type it then"
            )
        }
    }
}
