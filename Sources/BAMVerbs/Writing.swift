internal import Books
internal import Clerk
internal import Command
internal import Device
internal import DeviceVerbs
internal import EKey
internal import Homes
internal import Host
internal import Ledger
internal import Mint
internal import OfficeDesk
internal import Sealing
internal import Wire
internal import Words

import struct Command.Request
import enum OfficeDesk.Desk

/// Letters of a bank to an eKey: made where the books are, and written by whoever has the line.
enum Writing {
    static let lineOption = Verb.Option(
        name: "--line",
        value: "PATH",
        about: "the home of the eKey, or a terminal or serial port that leads to it"
    )

    static let personaliseVerb = Verb(
        words: ["bam", "personalise"],
        summary: "make a blank eKey that of a holder, by a letter that is written into it",
        details: [
            "the eKey runs, and shows by its signature which keys it has made. What is written is",
            "sealed to it and signed by the bank: the root, the code by which it enrols, what it",
            "may pay, its first settings. It takes that once, all or nothing, and signs that it",
            "has it; typed again it comes to the same. Then 'tally fam enrol' has it enrol itself",
        ],
        arguments: [Verb.Argument(name: "NAME", kind: .word, about: "a holder")],
        options: [
            lineOption,
            Verb.Option(
                name: "--at",
                value: "ADDRESS",
                kind: .word,
                about: "where the bank is reached, for the eKey to remember: 192.168.1.7:4000"
            ),
        ] + Opening.options,
        examples: [
            Verb.Example(
                line: "tally bam personalise Ada --line /media/key",
                about: "once, on the counter"
            )
        ],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in try personalise(request, scene) }
    )

    private static func personalise(
        _ request: Request,
        _ scene: Scene
    ) throws(Complaint) -> Report {
        let reader = try reader(request)
        let wants = try FamVerbs.asking { () throws(ReaderFault) in try reader.wants() }
        guard let eKey = reader.eKey else { throw Complaint(ReaderFault.strange) }
        guard wants.stage != .enrolled else {
            throw Complaint(
                .refused,
                "ekey-taken",
                "the eKey \(short(eKey)) is enrolled, and belongs to somebody",
                hint: "take a blank one: 'tally ekey init --blank' makes it"
            )
        }
        var options = [
            "--ekey": eKey.bytes.hex, "--box": wants.sealingKey.bytes.hex,
        ]
        options["--at"] = request["--at"]
        if wants.stage == .personalised { options["--personalised"] = "1" }
        options["--root"] = wants.root?.bytes.hex
        let made = try atDesk(sealVerb, request, options, scene, seal)
        let signature = try write(made, reader, eKey, request, scene)
        guard
            Ed25519().isSigned(
                EKeyWants.receipt(of: made.hash),
                by: eKey,
                with: signature
            )
        else { throw Complaint(ReaderFault.unproven) }
        reader.shut()
        _ = try lines(loadedVerb, request, ["--ekey": eKey.bytes.hex], scene, loaded)
        var facts = Facts()
        facts.add("name", request.arguments[0])
        facts.add("eKey", eKey)
        facts.add("letter", made.hash)
        return Report(
            lines: ["the eKey has it, and has signed that"] + facts.lines + [
                "", "now its holder types 'tally fam enrol'",
            ],
            json: facts.json
        )
    }

    /// Loads it; the holder of an eKey that does not take it may be given another.
    private static func write(
        _ made: Made,
        _ reader: EKeyReader,
        _ eKey: Key,
        _ request: Request,
        _ scene: Scene
    ) throws(Complaint) -> Signature {
        do {
            return try BankLetters.load(made.letter, BankLetters.personalisation, reader)
        } catch {
            // Of a cable that came out nobody knows whether it has it.
            let answered = ["letter-damaged", "letter-foreign", "letter-expired", "ekey-taken"]
            if answered.contains(error.name) {
                _ = try lines(refusedVerb, request, ["--ekey": eKey.bytes.hex], scene, refused)
            }
            throw error
        }
    }

    static func reader(_ request: Request) throws(Complaint) -> EKeyReader {
        guard let typed = request["--line"] else {
            throw Complaint(
                .usage,
                "no-line",
                "nothing says where the eKey is",
                hint: "write --line and its home, or the terminal that leads to it"
            )
        }
        let reader = try FamVerbs.reader(Files.whole(FamVerbs.line(typed)), nil)
        try FamVerbs.open(reader)
        return reader
    }

    // MARK: Where the books are

    /// A letter, and the name of what is in it.
    struct Made {
        let hash: Hash
        let letter: EKeyLetter

        /// Two lines of hexadecimal digits, as the desk tells them.
        init(_ lines: [String]) throws(Complaint) {
            let parts = lines.joined(separator: "\n").split(separator: "\n").map(String.init)
            guard parts.count == 2, let name = Hex.bytes(parts[0]).flatMap({ Bytes32($0) }),
                let bytes = Hex.bytes(parts[1]), let letter = try? EKeyLetter(wireBytes: bytes)
            else { throw .otherVersion }
            (hash, self.letter) = (Hash(name), letter)
        }

        static func report(
            _ signed: SignedObject,
            to sealingKey: SealingKey
        ) throws(Complaint) -> Report {
            var chance = SystemChance()
            guard let letter = EKeyLetter(signed, to: sealingKey, chance: &chance) else {
                throw Complaint(ReaderFault.unproven)
            }
            let texts = [
                signed.object.hash.bytes.hex, Hex.text(letter.wireBytes(reserving: 4_096)),
            ]
            return Report(lines: texts, json: .array(texts.map { .string($0) }))
        }
    }

    static func atDesk(
        _ verb: Verb,
        _ request: Request,
        _ options: [String: String],
        _ scene: Scene,
        _ body: Desk.Body
    ) throws(Complaint) -> Made {
        try Made(try lines(verb, request, options, scene, body))
    }

    /// What the desk says to one of its own words, which nobody types.
    static func lines(
        _ verb: Verb,
        _ request: Request,
        _ options: [String: String],
        _ scene: Scene,
        _ body: Desk.Body
    ) throws(Complaint) -> [String] {
        var all = options
        // What opens the home is the same for both.
        for name in Opening.options.map(\.name) + ["--home"] { all[name] = request[name] }
        let inner = Request(verb: verb, arguments: [request.arguments[0]], options: all)
        return try Desk.act(inner, scene, body).lines
    }

    /// Not among the verbs that are listed.
    static let sealVerb = inner("seal")
    static let loadedVerb = inner("loaded")
    static let refusedVerb = inner("refused")

    static func inner(_ word: String) -> Verb {
        Verb(
            words: ["bam", word],
            summary: "what a bank does for one of its own verbs",
            details: [],
            options: [],
            examples: [],
            exits: [.done],
            act: { _, _ throws(Complaint) in throw .otherVersion }
        )
    }

    static func seal(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        var book = try HolderBook(till)
        let at = try book.index(request.arguments[0])
        var one = book[at]
        let key = try Keys.one(request["--ekey"] ?? "")
        let sealingKey = SealingKey(try Keys.one(request["--box"] ?? "").bytes)
        try mayBeWritten(one, key, scene, till)
        try expectFree(key, of: one, book, request, till)
        let given: Registration.Given
        if let known = one.eKey, known.key == key {
            given = known
        } else {
            given = Registration.Given(
                key: key,
                sealingKey: sealingKey,
                mk: sign(try mk(one, at: request["--at"] ?? "", scene, till), key, till),
                isLoaded: false
            )
            one.eKey = given
            // Before anybody can have it.
            try book.keep(one, at: at)
        }
        return try Made.report(given.mk, to: given.sealingKey)
    }

    private static func mayBeWritten(
        _ one: Registration,
        _ key: Key,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) {
        if let ended = one.ended {
            throw Complaint(
                .refused,
                "ended",
                "this registration ended at \(ended.moment.text): \(ended.reason.string)",
                hint: "'tally bam register' registers the holder anew"
            )
        }
        if let known = one.eKey, known.key != key {
            throw Complaint(
                .refused,
                "other-ekey",
                "another eKey was written for this holder: \(short(known.key))",
                hint: "take that one; if it is lost, 'tally bam block' it and register anew"
            )
        }
        guard scene.now <= one.until || one.member(till.mint) != nil else {
            throw Complaint(
                .refused,
                "code-expired",
                "it should have enrolled until \(one.until.text)",
                hint: "'tally bam register' registers the holder anew"
            )
        }
    }

    /// Whether that eKey could become this holder's.
    private static func expectFree(
        _ key: Key,
        of one: Registration,
        _ book: HolderBook,
        _ request: Request,
        _ till: Till
    ) throws(Complaint) {
        if let root = try request["--root"].map({ text throws(Complaint) in try Keys.one(text) }),
            root != till.root
        {
            throw Complaint(
                .refused,
                "letter-foreign",
                "the letter is of another office than this eKey's",
                hint: "take a blank one: 'tally ekey init --blank' makes it"
            )
        }
        let other = book.all.first { other in
            guard let known = other.eKey, known.key == key, other.code != one.code else {
                return false
            }
            return other.ended == nil || known.isLoaded
        }
        let isTaken = request["--personalised"] != nil && one.eKey?.key != key
        let isMember = till.mint.members[key] != nil && one.eKey?.key != key
        guard other == nil, !isTaken, !isMember else {
            throw Complaint(
                .refused,
                "ekey-taken",
                "the eKey \(short(key)) was written for somebody"
                    + (other.map { " before: \(quoted($0.name.string))" } ?? " before"),
                hint: "take a blank one: 'tally ekey init --blank' makes it"
            )
        }
    }

    private static func mk(
        _ one: Registration,
        at place: String,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Personalisation {
        if !place.isEmpty { _ = try OfficeAt(typed: place) }
        guard place.utf8.count <= Personalisation.placeBytes else {
            throw Complaint(
                .usage,
                "bad-address",
                "\(quoted(place)) is too long for an eKey to remember",
                hint: "write an address, as 192.168.1.7:4000"
            )
        }
        var settings = one.settings
        settings.number = 0
        return Personalisation(
            by: signatory(till),
            secret: one.secret,
            at: place,
            name: one.name,
            limits: one.limits,
            settings: settings,
            signed: scene.now,
            until: one.until
        )
    }

    static func signatory(_ till: Till) -> Signatory {
        Signatory(root: till.mint.setting.rootDER, office: till.mint.setting.officeDER)
    }

    private static func sign(_ mk: Personalisation, _ eKey: Key, _ till: Till) -> SignedObject {
        let object = mk.object(from: till.mint.setting.office, to: eKey)
        return SignedObject(object, till.hand.signer.sign(object.hash))
    }

    /// The eKey does not take it, so it is nobody's.
    static func refused(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        var book = try HolderBook(till)
        let at = try book.index(request.arguments[0])
        var one = book[at]
        let key = try Keys.one(request["--ekey"] ?? "")
        if one.eKey?.key == key, one.eKey?.isLoaded == false, one.member(till.mint) == nil {
            one.eKey = nil
            try book.keep(one, at: at)
        }
        return Report(lines: [], json: .object([]))
    }

    /// The eKey has signed that it has it.
    static func loaded(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        var book = try HolderBook(till)
        let at = try book.index(request.arguments[0])
        var one = book[at]
        let key = try Keys.one(request["--ekey"] ?? "")
        if one.eKey?.key == key, one.eKey?.isLoaded == false {
            one.eKey?.isLoaded = true
            try book.keep(one, at: at)
        }
        return Report(lines: [], json: .object([]))
    }
}
