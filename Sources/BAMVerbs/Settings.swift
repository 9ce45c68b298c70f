internal import Books
internal import Clerk
internal import Command
internal import Device
internal import DeviceVerbs
internal import EKey
internal import Homes
internal import Ledger
internal import Mint
internal import OfficeDesk
internal import Sealing
internal import Wire
internal import Words

import struct Command.Request

/// How an eKey is to behave from now on, by its bank's word.
enum SettingsVerbs {
    static let verb = Verb(
        words: ["bam", "settings"],
        summary: "tell an eKey how to behave from now on, by a letter that it can believe",
        details: [
            "what is not named stays as the last letter had it, or, where the eKey refused that on",
            "--line, as the eKey has it; without any of them the newest letter is written again.",
            "Each has a greater number, and an eKey takes none that is older than what it has.",
            "What tightens is taken without a word; what loosens wants the PIN of the holder",
            "(--pin-file, or 'tally fam load'), and a button is loosened at the eKey itself alone",
        ],
        arguments: [Verb.Argument(name: "NAME", kind: .word, about: "a holder")],
        options: [
            Verb.Option(
                name: "--pin-from",
                value: "AMOUNT",
                kind: .number,
                about: "from this amount on a payment needs the PIN; 0 is always"
            ),
            Verb.Option(
                name: "--button",
                value: "AMOUNT",
                kind: .number,
                about: "from this amount on it needs the button, of an eKey that has one"
            ),
            Verb.Option(
                name: "--fam",
                value: "KEYS",
                kind: .word,
                about: "the FAMs alone that it knows, commas between; none is whoever has the PIN"
            ),
            Verb.Option(
                name: "--language",
                value: "L",
                kind: .choice(["en", "de"]),
                about: "what the screens beside it speak, en or de"
            ),
            Writing.lineOption,
            Verb.Option(name: "--out", value: "FILE", about: "write the letter there instead"),
            Verb.Option(
                name: "--receipt",
                value: "HEX",
                kind: .word,
                about: "what 'fam load' showed: the eKey has the newest letter"
            ),
            FamVerbs.pinOption,
        ] + Opening.options,
        examples: [
            Verb.Example(
                line: "tally bam settings Ada --pin-from 0 --out ada.letter",
                about: "for 'tally fam load'"
            )
        ],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in try send(request, scene) }
    )

    private static func send(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        if let receipt = request["--receipt"] {
            _ = try Writing.lines(takenVerb, request, ["--receipt": receipt], scene, taken)
            return Report(
                lines: ["the eKey has signed that it has them"],
                json: .object([("taken", .flag(true))])
            )
        }
        guard (request["--line"] == nil) != (request["--out"] == nil) else {
            throw Complaint(
                .usage,
                "no-line",
                "a letter goes to one place: into the eKey, or into a file",
                hint: "write --line and where the eKey is, or --out FILE"
            )
        }
        let reader = try request["--line"].map { _ throws(Complaint) in
            try Writing.reader(request)
        }
        var options: [String: String] = [:]
        for name in ["--pin-from", "--button", "--fam", "--language"] {
            options[name] = request[name]
        }
        let made = try Writing.atDesk(orderVerb, request, options, scene, order)
        if let reader {
            if request["--pin-file"] != nil { try FamVerbs.unlock(reader, request, scene) }
            try load(made, reader, request, scene)
        } else if let path = request["--out"] {
            try PaperFiles.write(made.letter.wireBytes(reserving: 4_096), to: path)
        }
        var facts = Facts()
        facts.add("letter", made.hash)
        if let path = request["--out"] { facts.add("file", path) }
        let title = reader == nil ? "the letter is written" : "the eKey has it"
        return Report(lines: [title] + facts.lines, json: facts.json)
    }

    /// Loads it, and has the desk know what became of that.
    private static func load(
        _ made: Writing.Made,
        _ reader: EKeyReader,
        _ request: Request,
        _ scene: Scene
    ) throws(Complaint) {
        let receipt: Signature
        do {
            receipt = try BankLetters.load(made.letter, BankLetters.settings, reader)
        } catch {
            if ["letter-button", "letter-loosens"].contains(error.name) {
                _ = try Writing.lines(takenVerb, request, [:], scene, taken)
            }
            throw error
        }
        let options = ["--receipt": Hex.text(receipt.array)]
        _ = try Writing.lines(takenVerb, request, options, scene, taken)
    }

    static let takenVerb = Writing.inner("taken")

    /// What became of the newest letter: the eKey's signature under it, or, without one, a no.
    static func taken(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        var book = try HolderBook(till)
        let at = try book.index(request.arguments[0])
        var one = book[at]
        guard let eKey = one.eKey, let order = one.order else { throw noEKey }
        if let typed = request["--receipt"] {
            guard let signature = Hex.bytes(typed).flatMap({ Signature($0) }),
                Ed25519().isSigned(
                    EKeyWants.receipt(of: order.object.hash),
                    by: eKey.key,
                    with: signature
                )
            else {
                throw Complaint(
                    .refused,
                    "no-receipt",
                    "that eKey has not signed that it has the newest settings",
                    hint: "load the newest letter, and write the receipt that 'fam load' shows"
                )
            }
            (one.taken, one.isRefused) = (order, false)
        } else {
            one.isRefused = one.taken != order
        }
        if one != book[at] { try book.keep(one, at: at) }
        return Report(lines: [], json: .object([]))
    }

    private static let noEKey = Complaint(
        .refused,
        "no-ekey",
        "no eKey of this holder could take a letter",
        hint: "'tally bam personalise' gives him one"
    )

    static let orderVerb = Writing.inner("order")

    static func order(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        var book = try HolderBook(till)
        let at = try book.index(request.arguments[0])
        var one = book[at]
        guard let eKey = one.eKey, one.ended == nil else { throw noEKey }
        var settings = one.base
        let asset = till.books.founding.asset
        func amount(_ option: String) throws(Complaint) -> Amount? {
            try request[option].map { typed throws(Complaint) in
                try asset.typed(typed, mayBeZero: true)
            }
        }
        if let amount = try amount("--pin-from") { settings.pin = amount }
        if let amount = try amount("--button") { settings.button = amount }
        if let typed = request["--fam"] { settings.readers = try Keys.typed(typed) }
        if let typed = request["--language"] {
            guard EKeySettings.languages.contains(typed) else {
                throw Complaint(
                    .usage,
                    "bad-language",
                    "no screens speak \(quoted(typed))",
                    hint: "write en or de"
                )
            }
            settings.language = typed
        }
        let newest = one.settings.number
        settings.number = newest
        let isChange = ["--pin-from", "--button", "--fam", "--language"].contains {
            request[$0] != nil
        }
        if let known = one.order, !isChange || settings == one.settings {
            return try Writing.Made.report(known, to: eKey.sealingKey)
        }
        settings.number = newest + 1
        let order = SettingsOrder(
            by: Writing.signatory(till),
            settings: settings,
            signed: scene.now
        )
        let object = order.object(from: till.mint.setting.office, to: eKey.key)
        let signed = SignedObject(object, till.hand.signer.sign(object.hash))
        (one.order, one.isRefused) = (signed, false)
        // A number is used once, whoever gets to see it.
        try book.keep(one, at: at)
        return try Writing.Made.report(signed, to: eKey.sealingKey)
    }
}
