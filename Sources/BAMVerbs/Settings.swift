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
            "what is not named stays as the last letter had it; without any of them the newest",
            "letter is written again. Each has a greater number, and an eKey takes none that is",
            "older than what it has. What tightens is taken without a word; what loosens wants the",
            "holder's PIN (--pin-file, or 'tally fam load'), and a button is loosened at the eKey",
            "itself alone",
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
            try BankLetters.load(made.letter, BankLetters.settings, reader)
        } else if let path = request["--out"] {
            try PaperFiles.write(made.letter.wireBytes(reserving: 4_096), to: path)
        }
        var facts = Facts()
        facts.add("letter", made.hash)
        if let path = request["--out"] { facts.add("file", path) }
        let title = reader == nil ? "the letter is written" : "the eKey has it"
        return Report(lines: [title] + facts.lines, json: facts.json)
    }

    static let orderVerb = Writing.inner("order")

    static func order(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        var book = try HolderBook(till)
        let at = try book.index(request.arguments[0])
        var one = book[at]
        guard let eKey = one.eKey, one.ended == nil else {
            throw Complaint(
                .refused,
                "no-ekey",
                "no eKey of this holder could take a letter",
                hint: "'tally bam personalise' gives him one"
            )
        }
        var settings = one.settings
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
        if let known = one.order, settings == one.settings {
            return try Writing.Made.report(known, to: eKey.sealingKey)
        }
        settings.number += 1
        let order = SettingsOrder(
            by: Writing.signatory(till),
            settings: settings,
            signed: scene.now
        )
        let object = order.object(from: till.mint.setting.office, to: eKey.key)
        let signed = SignedObject(object, till.hand.signer.sign(object.hash))
        one.order = signed
        // A number is used once, whoever gets to see it.
        try book.keep(one, at: at)
        return try Writing.Made.report(signed, to: eKey.sealingKey)
    }
}
