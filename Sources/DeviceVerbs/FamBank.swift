package import Command
internal import Commit
package import Device
package import EKey
internal import Homes
internal import Host
internal import Links
internal import Station
internal import Wallet
internal import Wire
package import Words

package import struct Command.Request

/// What a bank has to do with an eKey, as FAM carries it: enrolling, and settings.
enum FamBank {
    static let enrolVerb = Verb(
        words: ["fam", "enrol"],
        summary: "have a personalised eKey enrolled by its bank",
        details: [
            "the eKey has the code from its bank and tells it to nobody; FAM asks for the PIN and",
            "carries its datagrams. What the bank answers is checked in the eKey against what it",
            "was promised. Typed again after whichever failure, the same keys are enrolled",
        ],
        options: [
            FamVerbs.pinOption,
            Verb.Option(
                name: "--office",
                value: "ADDRESS",
                kind: .word,
                about: "where the bank is: 192.168.1.7:4000"
            ), OfficeAt.waitOption, Opening.loseOption,
        ] + Opening.links,
        examples: [
            Verb.Example(
                line: "tally fam enrol --home fam --office 192.168.1.7:4000",
                about: "once; then 'tally fam open' shows its screens"
            )
        ],
        exits: [.done, .failed, .usage, .refused, .notFound, .pending, .wrongPassphrase],
        act: { request, scene throws(Complaint) in try enrol(request, scene) }
    )

    private static func enrol(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let seconds = try seconds(request)
        let home = try Opening.home(request, scene)
        let office = try OfficeAt(request, home)
        let (_, fam) = try FamVerbs.fam(request, scene)
        defer { fam.close() }
        if let info = info(fam), !info.certificates.isEmpty { return report(info, home, office) }
        // Whatever code is named here: the eKey has its own.
        guard let nobody = Bytes32([UInt8](repeating: 0, count: 32)) else {
            preconditionFailure("32 bytes are a key's")
        }
        let told = fam.ask(.enrol(Code(secret: 0, root: Key(nobody)), at: office.address))
        if case .fault(let words) = told {
            throw Complaint(
                .refused,
                "not-personalised",
                words,
                hint: "'tally bam personalise' of the bank writes to it first"
            )
        }
        let limit = scene.stopwatch() + seconds * 1_000_000_000
        while scene.stopwatch() < limit {
            let (news, _) = fam.turn(atMost: 200)
            for case .answered(let answer) in news {
                guard let refusal = answer.outcome.refusal else { continue }
                throw Complaint(
                    .refused,
                    "bank-refuses",
                    "the bank does not enrol this eKey: \(refusal.string)",
                    hint: "ask it to register its holder again: 'tally bam register'"
                )
            }
            if let info = info(fam), !info.certificates.isEmpty {
                return report(info, home, office)
            }
        }
        throw Complaint(
            .pending,
            "enrolling",
            "the bank at \(office.text) has not enrolled the eKey in time",
            hint: "type it again: the same keys are enrolled; 'tally fam inspect --log' says"
                + " whether the eKey refused what came"
        )
    }

    private static func info(_ fam: Fam) -> Info? {
        guard case .info(let info) = fam.ask(.info) else { return nil }
        return info
    }

    private static func seconds(_ request: Request) throws(Complaint) -> UInt64 {
        guard let typed = request["--wait"] else { return OfficeAt.seconds }
        guard let seconds = UInt64(typed), (1...3_600).contains(seconds) else {
            throw Complaint(
                .usage,
                "bad-number",
                "--wait is a number from 1 to 3600, and \(quoted(typed)) is none",
                hint: "leave it out for \(OfficeAt.seconds)"
            )
        }
        return seconds
    }

    private static func report(_ info: Info, _ home: Home, _ office: OfficeAt) -> Report {
        office.remember(in: home)
        var facts = Facts()
        facts.add("eKey", info.key)
        if let name = info.name { facts.add("name", name.string) }
        facts.add("office", rootFingerprint(info.root))
        if let window = info.window {
            facts.add("one payment", window.largest, window.asset)
            facts.add("in all", window.ceiling, window.asset)
            facts.add("until", window.notAfter.text)
        }
        return Report(
            lines: ["the eKey is enrolled"] + facts.lines + [
                "", "now 'tally charge' with this home brings money into it",
            ],
            json: facts.json
        )
    }

    // MARK: Letters

    static let loadVerb = Verb(
        words: ["fam", "load"],
        summary: "bring a letter of its bank into an eKey: other settings",
        details: [
            "FILE is what 'tally bam settings --out' wrote; nobody but the eKey can read it. What",
            "tightens is taken without a PIN, what loosens wants it; a letter that was loaded",
            "before changes nothing, and an older one is refused. The receipt that it shows is",
            "signed by the eKey, for the bank",
        ],
        arguments: [Verb.Argument(name: "FILE", kind: .file, about: "the letter")],
        options: [FamVerbs.pinOption],
        examples: [
            Verb.Example(line: "tally fam load ada.letter --home fam", about: "once"),
            Verb.Example(
                line: "tally fam load ada.letter --home fam --pin-file pin",
                about: "where it loosens something"
            ),
        ],
        exits: [.done, .failed, .usage, .refused, .notFound, .wrongPassphrase],
        act: { request, scene throws(Complaint) in
            let bytes = try PaperFiles.bytes(at: request.arguments[0])
            let letter: EKeyLetter
            do {
                letter = try EKeyLetter(wireBytes: bytes)
            } catch {
                throw Complaint(
                    .refused,
                    "no-letter",
                    "what is in \(quoted(request.arguments[0])) is no letter to an eKey",
                    hint: "have the bank write it again: 'tally bam settings --out'"
                )
            }
            let (_, reader) = try FamVerbs.paired(request, scene)
            try FamVerbs.open(reader)
            if request["--pin-file"] != nil { try FamVerbs.unlock(reader, request, scene) }
            let receipt = try BankLetters.load(letter, BankLetters.settings, reader)
            let settings = try FamVerbs.asking { () throws(ReaderFault) in try reader.settings() }
            var facts = Facts()
            facts.add("number", "\(settings.number)", .number(settings.number))
            facts.add("receipt", Hex.text(receipt.array))
            return Report(
                lines: ["the eKey has it"] + facts.lines + [
                    "", "the bank believes that by 'tally bam settings NAME --receipt RECEIPT'",
                ],
                json: facts.json
            )
        }
    )
}

/// Letters of a bank, as they are written into an eKey.
package enum BankLetters {
    package static let personalisation: UInt8 = 1
    package static let settings: UInt8 = 2

    /// What it said to that, by name.
    @discardableResult
    package static func load(
        _ letter: EKeyLetter,
        _ number: UInt8,
        _ reader: EKeyReader
    ) throws(Complaint) -> Signature {
        do {
            return try reader.load(letter, number)
        } catch {
            guard case .refused(let status) = error else { throw Complaint(error) }
            let (name, what, hint) = words(status, number)
            throw Complaint(.refused, name, what, hint: hint)
        }
    }

    private static func words(
        _ status: Status,
        _ number: UInt8
    ) -> (name: String, what: String, hint: String) {
        switch status {
        case .damaged:
            (
                "letter-damaged",
                "the letter does not open: it is for another eKey, or somebody changed it",
                "have the bank write it again"
            )
        case .otherRoot:
            (
                "letter-foreign",
                "the letter is of another office than this eKey's",
                "take it to the bank that gave the eKey out"
            )
        case .tooLate where number == settings:
            (
                "letter-old",
                "the eKey has newer settings than these",
                "load the newest letter"
            )
        case .tooLate:
            (
                "letter-expired",
                "the day until which this could be loaded is past",
                "register the holder again: 'tally bam register'"
            )
        case .notNow where number == personalisation:
            (
                "ekey-taken",
                "this eKey has been personalised before",
                "take a blank one: 'tally ekey init --blank' makes it"
            )
        case .notNow:
            (
                "letter-button",
                "the eKey is blank, or its button would be wanted for less than now",
                "a button is loosened by 'tally ekey init --anew --button' at the eKey itself"
            )
        case .notForThisSession:
            (
                "letter-loosens",
                "the letter loosens something, and the eKey wants its PIN for that",
                "write --pin-file FILE, or have the holder type it"
            )
        case _:
            (
                "letter-refused",
                "the eKey refuses the letter, by \(status)",
                "look at 'tally fam inspect --log'"
            )
        }
    }
}
