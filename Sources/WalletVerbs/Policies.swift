internal import Command
internal import Commit
internal import Homes
internal import Host
internal import Sealing
internal import Station
internal import Wallet
internal import Words

/// `tally profile` and `tally policy`: what the person lets others know, and what the wallet may
/// do on its own.
enum Policies {
    // MARK: Profile

    static let profile = Verb(
        words: ["profile"],
        summary: "show, set or forget the details that sellers may ask for",
        details: [
            "the name is the office's statement, which buyers see when you sell; shipping and",
            "billing details are yours: they lie sealed in the wallet, and go to a seller only",
            "when it asks and you say yes to that payment",
        ],
        options: [
            Verb.Option(
                name: "--shipping",
                value: "TEXT",
                kind: .word,
                about: "where goods are sent"
            ),
            Verb.Option(name: "--billing", value: "TEXT", kind: .word, about: "whom a bill is for"),
            Verb.Option(
                name: "--forget",
                value: "WHAT",
                kind: .choice(Sharing.words),
                about: "forget these details"
            ),
        ] + Opening.options,
        examples: [
            Verb.Example(line: "tally profile", about: "what is known"),
            Verb.Example(
                line: "tally profile --shipping 'Ada, 1 High Street, Oldtown'",
                about: "set one"
            ),
        ],
        exits: [.done, .failed, .usage, .refused, .notFound, .wrongPassphrase],
        act: { request, scene throws(Complaint) in
            let forgotten = try Sharing.typed(request["--forget"], "--forget")
            let shipping = try detail(request, "--shipping", forgotten.contains(.shipping))
            let billing = try detail(request, "--billing", forgotten.contains(.billing))
            return try Looking.asking(request, scene) { teller throws(Complaint) in
                var change = ProfileChange()
                change.forgets = forgotten
                (change.sets.shipping, change.sets.billing) = (shipping, billing)
                if change != ProfileChange() { try teller.wish(.profile(change)) }
                return report(try teller.info())
            }
        }
    )

    private static func detail(
        _ request: Request,
        _ option: String,
        _ isForgotten: Bool
    ) throws(Complaint) -> Text? {
        guard let typed = request[option] else { return nil }
        guard !isForgotten else {
            throw Complaint(
                .usage,
                "set-and-forget",
                "\(option) sets what --forget forgets",
                hint: "write one of the two"
            )
        }
        guard let text = Text(typed), text.byteCount <= Limits.profileBytes else {
            throw Complaint(
                .usage,
                "bad-detail",
                "\(quoted(typed)) cannot be shown to anybody",
                hint: "write at most \(Limits.profileBytes) bytes in one line, without control"
                    + " characters"
            )
        }
        return text
    }

    private static func report(_ info: Info) -> Report {
        var facts = Facts()
        facts.add("name", info.name?.string ?? "none")
        for one in Sharing.each {
            let text = Sharing.detail(one, of: info.profile)
            if let text {
                facts.add(Sharing.text(one), text.string)
            } else {
                facts.line(Sharing.text(one), "none")
            }
        }
        return Report(lines: facts.lines, json: .object(facts.pairs))
    }

    // MARK: Policy

    static let policy = Verb(
        words: ["policy"],
        summary: "show or change what this wallet pays without a question, and its PIN",
        details: [
            "sellers that were picked are paid without a question while the wallet is found, until",
            "so much in all was agreed: then it asks again, until --total is given anew;",
            "from --pin-from on, every payment needs the PIN, and none is made without a question;",
            "5 wrong PINs in a row shut it until --pin sets a new one;",
            "a seller may ask for a class of device, of everybody through whose hands the money",
            "came, from a medium amount on (--emulated-from), and from a large one on",
            "(--hardware-from);",
            "every change asks for the passphrase, or the key file, also while a node runs",
        ],
        options: [
            Verb.Option(
                name: "--pick",
                value: "WHO",
                kind: .word,
                about: "a seller to pay: the id of a payment to it, or its whole key"
            ),
            Verb.Option(
                name: "--drop",
                value: "WHO",
                kind: .word,
                about: "a seller to ask about again: the same, or 'all'"
            ),
            Verb.Option(
                name: "--total",
                value: "AMOUNT",
                kind: .number,
                about: "how much may go to picked sellers from now on; 0 is nothing"
            ),
            Verb.Option(
                name: "--pin-from",
                value: "AMOUNT",
                kind: .number,
                about: "ask for the PIN from this amount on; 'never' does not"
            ),
            Verb.Option(
                name: "--emulated-from",
                value: "AMOUNT",
                kind: .number,
                about: "when paid so much or more, take only money of eKeys; 'never' takes all"
            ),
            Verb.Option(
                name: "--hardware-from",
                value: "AMOUNT",
                kind: .number,
                about: "the same of hardware, whose keys nobody can copy; 'never' takes all"
            ),
            Verb.Option(name: "--pin", about: "set the PIN, 4 to 12 digits, or another one"),
            Verb.Option(
                name: "--new-pin-file",
                value: "FILE",
                about: "with --pin: its first line is the PIN; else you are asked"
            ),
        ] + Opening.options,
        examples: [
            Verb.Example(line: "tally policy", about: "what holds now"),
            Verb.Example(
                line: "tally policy --pick 4f3a --total 20.00",
                about: "pay whoever was paid with 4f3a, up to 20.00"
            ),
            Verb.Example(line: "tally policy --pin --pin-from 50.00", about: "a PIN from 50.00 on"),
        ],
        exits: [.done, .failed, .usage, .refused, .notFound, .wrongPassphrase],
        act: { request, scene throws(Complaint) in try rule(request, scene) }
    )

    private static let changes = [
        "--pick", "--drop", "--total", "--pin-from", "--pin", "--emulated-from", "--hardware-from",
    ]

    private static func rule(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let home = try Opening.home(request, scene)
        try Opening.hasWallet(home)
        guard request["--new-pin-file"] == nil || request["--pin"] != nil else {
            throw Complaint(
                .usage,
                "pin-file-alone",
                "--new-pin-file says which PIN, and nothing says to set one",
                hint: "write --pin as well"
            )
        }
        guard changes.contains(where: { request[$0] != nil }) else {
            return try Looking.asking(request, scene) { teller throws(Complaint) in
                try report(teller)
            }
        }
        if home.isFam { return try demand(request, scene) }
        // Whoever finds the device unlocked changes nothing.
        let lock = try Opening.lock(home, request, scene)
        let ring: KeyRing
        do {
            ring = try home.unlock(with: lock)
        } catch {
            throw Complaint(error, home)
        }
        let pin = try request["--pin"].map { _ throws(Complaint) in try newPIN(request, scene) }
        let teller = try Opening.teller(home, lock, request, scene)
        defer { teller.close() }
        let info = try teller.info()
        let change = try change(of: info, request, teller)
        if change.applied(to: info.policy).pinAbove != nil, pin == nil, !Files.exists(home.pin) {
            throw Complaint(
                .usage,
                "no-pin",
                "a PIN is to be asked for, and none was ever set",
                hint: "write --pin as well"
            )
        }
        if let pin {
            do {
                try PIN.set(pin, of: home, ring.data, by: .argon2id)
            } catch {
                throw Complaint(error)
            }
        }
        try teller.wish(.policy(change))
        return try report(teller)
    }

    /// Of an eKey its reader may change what it asks of those who pay it, and nothing else.
    private static func demand(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let others = ["--pick", "--drop", "--total", "--pin-from", "--pin"]
        guard others.allSatisfy({ request[$0] == nil }) else {
            throw Complaint(
                .refused,
                "ekey",
                "what an eKey pays without a question, and when it wants its PIN, is for no reader"
                    + " to change",
                hint: "--emulated-from and --hardware-from may be; 'tally fam pin' sets another PIN"
            )
        }
        let teller = try Opening.teller(request, scene)
        defer { teller.close() }
        try teller.wish(.policy(try change(of: try teller.info(), request, teller)))
        return try report(teller)
    }

    private static func change(
        of info: Info,
        _ request: Request,
        _ teller: any Teller
    ) throws(Complaint) -> PolicyChange {
        var change = PolicyChange()
        if let typed = request["--drop"] {
            if typed == "all" {
                change.drops = info.policy.sellers
            } else {
                let key = try seller(typed, teller)
                guard info.policy.sellers.contains(key) else {
                    throw Complaint(
                        .notFound,
                        "not-picked",
                        "the seller of \(quoted(typed)) was not picked",
                        hint: "'tally policy' lists those that were"
                    )
                }
                change.drops = [key]
            }
        }
        if let typed = request["--pick"] {
            change.picks = [try seller(typed, teller)]
        }
        let amounts = ["--total", "--pin-from", "--emulated-from", "--hardware-from"]
        guard amounts.contains(where: { request[$0] != nil }) else { return change }
        guard let asset = info.window?.asset else { throw Complaint(Denial.noWindow) }
        if let typed = request["--total"] {
            change.left = try asset.typed(typed, mayBeZero: true)
        }
        change.pin = try from(request["--pin-from"], asset)
        change.emulated = try from(request["--emulated-from"], asset)
        change.hardware = try from(request["--hardware-from"], asset)
        return change
    }

    private static func from(
        _ typed: String?,
        _ asset: Asset
    ) throws(Complaint) -> PolicyChange.From? {
        guard let typed else { return nil }
        return typed == "never" ? .never : .above(try asset.typed(typed, mayBeZero: true))
    }

    /// A seller's whole key, or whoever was paid with a payment.
    private static func seller(_ typed: String, _ teller: any Teller) throws(Complaint) -> Key {
        if typed.utf8.count == 64, let bytes = Hex.bytes(typed).flatMap({ Bytes32($0) }) {
            return Key(bytes)
        }
        let past = try Past(typed, teller)
        guard past.isBuyers, let key = past.key else {
            throw Complaint(
                .refused,
                "no-seller",
                "the payment \(quoted(typed)) was paid to this wallet: its seller is you",
                hint: "name one that you paid; 'tally history' lists them"
            )
        }
        return key
    }

    private static func report(_ teller: any Teller) throws(Complaint) -> Report {
        let info = try teller.info()
        let policy = info.policy
        var facts = Facts()
        for key in policy.sellers { facts.line("picked", short(key)) }
        if policy.sellers.isEmpty { facts.line("picked", "nobody: every payment is asked about") }
        facts.also("picked", .array(policy.sellers.map { .string($0.bytes.hex) }))
        if let asset = info.window?.asset {
            if !policy.sellers.isEmpty || policy.left != nil {
                facts.add("left for them", policy.left ?? .zero, asset)
            }
            if let from = policy.pinAbove {
                facts.add("PIN from", from, asset)
            } else {
                facts.line("PIN from", "never asked for")
            }
            if let from = policy.demands.emulatedFrom { facts.add("eKeys from", from, asset) }
            if let from = policy.demands.hardwareFrom { facts.add("hardware from", from, asset) }
        }
        return Report(lines: facts.lines, json: .object(facts.pairs))
    }

    // MARK: The PIN

    private static func newPIN(_ request: Request, _ scene: Scene) throws(Complaint) -> String {
        if let text = try pinInFile(request["--new-pin-file"]) { return text }
        guard let first = scene.question("the new PIN: ", true),
            let second = scene.question("the same once more: ", true)
        else {
            throw Complaint(
                .usage,
                "no-terminal",
                "there is no terminal to ask for the PIN",
                hint: "write --new-pin-file FILE"
            )
        }
        guard first == second else {
            throw Complaint(
                .wrongPassphrase,
                "not-the-same",
                "the two PINs are not the same",
                hint: "type it again; nothing was changed"
            )
        }
        return try fitting(first)
    }

    /// The PIN in the first line of a file, where one is named.
    static func pinInFile(_ path: String?) throws(Complaint) -> String? {
        guard let path else { return nil }
        let bytes: [UInt8]
        do {
            bytes = try Files.read(path, cap: 64)
        } catch {
            throw Complaint(error, reading: path)
        }
        let line = bytes.prefix { $0 != 0x0A && $0 != 0x0D }
        return try fitting(String(decoding: line, as: UTF8.self))
    }

    private static func fitting(_ text: String) throws(Complaint) -> String {
        guard PIN.fits(text) else {
            throw Complaint(
                .usage,
                "bad-pin",
                "a PIN is \(PIN.digits.lowerBound) to \(PIN.digits.upperBound) digits, and this is"
                    + " something else",
                hint: "choose digits only"
            )
        }
        return text
    }
}

extension Complaint {
    init(_ fault: PINFault) {
        self.init(.failed, "pin", fault.words, hint: "nothing was paid, and nothing was changed")
    }
}
