package import Command
package import Device
package import EKey
internal import Homes
internal import Host
internal import Links
internal import Sealing
internal import Station
internal import Wallet
internal import Wire
internal import Words

/// `tally fam`: the app beside an eKey, which has the screens and the networks.
package enum FamVerbs {
    package static let pinOption = Verb.Option(
        name: "--pin-file",
        value: "FILE",
        about: "its first line is the PIN of the eKey; else you are asked"
    )

    // MARK: Pairing

    static let pairVerb = Verb(
        words: ["fam", "pair"],
        summary: "make the home of a FAM for an eKey, which knows it from then on",
        details: [
            "EKEY is the eKey's home, or the path of a terminal or serial port that leads to it;",
            "it runs, and wants its PIN for this. Afterwards this FAM carries the eKey's datagrams",
            "without a PIN, so that what was agreed is finished, and asks nothing else without",
            "one. It keeps no money and no PIN: whoever steals its home learns who the eKey is, no",
            "more. An eKey knows four readers; a fifth takes the place of the first. --anew gives",
            "a FAM another key, and the eKey forgets the old one at the same moment",
        ],
        arguments: [Verb.Argument(name: "EKEY", kind: .file, about: "where the eKey is")],
        options: [
            Verb.Option(
                name: "--name",
                value: "NAME",
                kind: .word,
                about: "what the log of the eKey calls this FAM; else FAM"
            ),
            Verb.Option(name: "--anew", about: "of a FAM that is paired: another key for it"),
            pinOption,
        ],
        examples: [
            Verb.Example(line: "tally fam pair /media/key --home fam", about: "beside a home"),
            Verb.Example(line: "tally fam pair /dev/pts/4 --home fam", about: "by its port"),
        ],
        exits: [.done, .failed, .usage, .refused, .notFound, .wrongPassphrase],
        act: { request, scene throws(Complaint) in try pair(request, scene) }
    )

    private static func pair(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let home = try Opening.home(request, scene)
        try Making.mayBeMade(home)
        let old = try old(home, isAnew: request["--anew"] != nil)
        let name = try Making.name(request["--name"] ?? "FAM")
        guard name.byteCount <= Paired.nameBytes else {
            throw Complaint(
                .usage,
                "bad-name",
                "\(quoted(name.string)) is too long a name for a reader",
                hint: "choose one of at most \(Paired.nameBytes) bytes"
            )
        }
        let path = Files.whole(line(request.arguments[0]))
        let reader = try reader(path, nil)
        try open(reader)
        guard let eKey = reader.eKey else { throw Complaint(ReaderFault.strange) }
        let pairing = Pairing(path: path, eKey: eKey)
        try unlock(reader, request, scene)
        try asking { () throws(ReaderFault) in
            try reader.pair(pairing, as: name, insteadOf: old?.identity.key)
        }
        reader.shut()
        try Making.makeAbove(home)
        do {
            try Files.makeDirectory(home.folder)
            try pairing.keep(in: home)
        } catch {
            throw Complaint(error, writing: home.folder)
        }
        var facts = Facts()
        facts.add("home", home.folder)
        facts.add("eKey", pairing.eKey)
        facts.add("FAM", pairing.identity.key)
        return Report(
            lines: ["paired"] + facts.lines + ["", "now 'tally fam open' shows its screens"],
            json: facts.json
        )
    }

    /// The pairing that another takes the place of.
    private static func old(_ home: Home, isAnew: Bool) throws(Complaint) -> Pairing? {
        guard home.isFam == isAnew else {
            throw home.isFam
                ? Complaint(
                    .refused,
                    "home-made",
                    "a FAM lives in \(quoted(home.folder)) already",
                    hint: "use it, write --anew for another key, or name another folder with --home"
                )
                : Complaint(
                    .notFound,
                    "no-fam",
                    "no FAM lives in \(quoted(home.folder)), so it has no key to be changed",
                    hint: "leave --anew out"
                )
        }
        guard isAnew else { return nil }
        do { return try Pairing(in: home) } catch { throw Complaint(error, reading: home.fam) }
    }

    /// A home stands for the socket in it.
    package static func line(_ typed: String) -> String {
        let socket = typed + "/" + EKeyLines.socket
        return Files.exists(socket) ? socket : typed
    }

    // MARK: What its verbs share

    package static func asking<Answer>(
        _ body: () throws(ReaderFault) -> Answer
    ) throws(Complaint) -> Answer {
        do { return try body() } catch { throw Complaint(error) }
    }

    /// An eKey that another reader has just left is there again in a moment.
    package static func open(_ reader: EKeyReader) throws(Complaint) {
        var left = 5
        while true {
            do {
                return try reader.open()
            } catch {
                left -= 1
                guard case .away = error, left > 0 else { throw Complaint(error) }
                Process.pause(milliseconds: 200)
            }
        }
    }

    package static func reader(_ path: String, _ pairing: Pairing?) throws(Complaint) -> EKeyReader
    {
        do {
            return try EKeyReader(path, pairing)
        } catch {
            throw Complaint(.link(error), Home(path))
        }
    }

    /// The FAM that lives in the home that is meant.
    static func paired(
        _ request: Request,
        _ scene: Scene
    ) throws(Complaint) -> (home: Home, reader: EKeyReader) {
        let home = try Opening.home(request, scene)
        guard home.isFam else {
            throw Complaint(
                .notFound,
                "no-fam",
                "no FAM lives in \(quoted(home.folder))",
                hint: "'tally fam pair EKEY' makes one; --home DIR names another folder"
            )
        }
        let pairing: Pairing
        do {
            pairing = try Pairing(in: home)
        } catch {
            throw Complaint(error, reading: home.fam)
        }
        return (home, try reader(pairing.path, pairing))
    }

    package static func typedPIN(
        _ request: Request,
        _ scene: Scene,
        _ question: String = "PIN of the eKey: "
    ) throws(Complaint) -> String {
        if let path = request["--pin-file"] { return try Codes.inFile(path) }
        guard let typed = scene.question(question, true) else {
            throw Codes.noTerminal("--pin-file")
        }
        return try Codes.fitting(typed)
    }

    package static func unlock(
        _ reader: EKeyReader,
        _ request: Request,
        _ scene: Scene
    ) throws(Complaint) {
        let pin = try typedPIN(request, scene)
        let status = try asking { () throws(ReaderFault) in try reader.verify(pin) }
        guard status == .done else { throw Complaint(ReaderFault.refused(status)) }
    }

    // MARK: Running

    static let runVerb = Verb(
        words: ["fam", "run"],
        summary: "run the FAM of an eKey: its networks, and what other verbs ask of it",
        details: [
            "while it runs the verbs of a wallet work with its home as with a wallet's: --home and",
            "'tally balance', 'pay', 'sell', 'charge', 'history' are answered by the eKey. It",
            "passes on datagrams that it cannot read; when the cable comes out it waits, and goes",
            "on when it is in. With --pin-file it opens the eKey's sessions by itself, until a PIN",
            "is wrong",
        ],
        options: [
            pinOption,
            Verb.Option(
                name: "--no-pin",
                about: "carry datagrams alone, so that what was agreed is finished"
            ), Opening.loseOption,
        ] + Opening.links,
        examples: [
            Verb.Example(line: "tally fam run --home fam", about: "the PIN is asked for once"),
            Verb.Example(line: "tally balance --home fam", about: "what the eKey has"),
        ],
        exits: [.done, .failed, .usage, .refused, .notFound, .wrongPassphrase],
        act: { request, scene throws(Complaint) in try run(request, scene) }
    )

    private static func run(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let (home, fam) = try fam(request, scene)
        defer { fam.close() }
        let signals: Signals
        do { signals = try Signals() } catch { throw Complaint(.link(error), home) }
        let text = "\(home.folder) is on the air for its eKey: UDP port \(fam.port)"
        if scene.isJSON {
            scene.note(text, [("port", .number(UInt64(fam.port)))])
        } else {
            scene.tell(text + "\n")
        }
        var (said, pressed, wanted): (ReaderFault?, Bool, Bool) = (nil, false, false)
        while true {
            let (news, isReady) = fam.turn(atMost: 60_000, alsoFor: signals.file)
            if isReady { break }
            for case .standing(let standing) in news { scene.tell(Payments.line(standing) + "\n") }
            if fam.fault != said, let fault = fam.fault ?? said {
                scene.tell((fam.fault == nil ? "the eKey is there again" : fault.words) + "\n")
                said = fam.fault
            }
            if fam.wantsPIN != wanted {
                wanted = fam.wantsPIN
                if wanted { scene.tell(Self.again) }
            }
            if fam.wantsButton != pressed {
                pressed = fam.wantsButton
                if pressed { scene.tell("press the button on the eKey\n") }
            }
        }
        return Report(lines: [], json: .object([("ended", .flag(true))]))
    }

    private static let again =
        "the eKey wants its PIN anew: it finishes what was agreed, and tells nothing more until"
        + " this is started again\n"

    /// One that is on the air, and whose eKey has its PIN.
    static func fam(_ request: Request, _ scene: Scene) throws(Complaint) -> (Home, Fam) {
        let (home, reader) = try paired(request, scene)
        let settings = try Opening.settings(request, scene)
        if let line = try? home.call() {
            withExtendedLifetime(line) {}
            throw Complaint(
                .failed,
                "held",
                "a FAM runs in \(quoted(home.folder)) already",
                hint: "end it where it was started"
            )
        }
        try open(reader)
        if request["--no-pin"] == nil { try unlock(reader, request, scene) }
        let fam: Fam
        do {
            fam = try Fam(folder: home.folder, reader, settings)
        } catch {
            throw Complaint(.link(error), home)
        }
        if let path = request["--pin-file"] { fam.pin = { try? Codes.inFile(path) } }
        return (home, fam)
    }

    // MARK: The PIN

    static let pinVerb = Verb(
        words: ["fam", "pin"],
        summary: "give the eKey another PIN",
        details: [
            "with the old one, or with --unblock and the code that was shown when the eKey was",
            "made, which works when five wrong PINs have shut it; ten wrong codes shut that too",
        ],
        options: [
            Verb.Option(name: "--unblock", about: "by the unblock code instead of the old PIN"),
            pinOption,
            Verb.Option(
                name: "--new-pin-file",
                value: "FILE",
                about: "its first line is the new PIN; else you are asked"
            ),
        ],
        examples: [
            Verb.Example(
                line: "tally fam pin --home fam",
                about: "asks for the old and the new one"
            )
        ],
        exits: [.done, .failed, .usage, .refused, .notFound, .wrongPassphrase],
        act: { request, scene throws(Complaint) in try changePIN(request, scene) }
    )

    private static func changePIN(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let (_, reader) = try paired(request, scene)
        try open(reader)
        let isUnblocking = request["--unblock"] != nil
        let old = try typedPIN(
            request,
            scene,
            isUnblocking ? "the unblock code: " : "the old PIN: "
        )
        let new: String
        if let path = request["--new-pin-file"] {
            new = try Codes.inFile(path)
        } else {
            guard let typed = scene.question("the new PIN: ", true) else {
                throw Codes.noTerminal("--new-pin-file")
            }
            new = try Codes.fitting(typed)
        }
        let status = try asking { () throws(ReaderFault) in
            isUnblocking ? try reader.unblock(old, to: new) : try reader.change(old, to: new)
        }
        guard status == .done else { throw Complaint(ReaderFault.refused(status)) }
        return Report(
            lines: ["the eKey has a new PIN"],
            json: .object([("changed", .flag(true))])
        )
    }

    // MARK: Maintenance

    static let inspectVerb = Verb(
        words: ["fam", "inspect"],
        summary: "have the eKey look after itself, and show what befell it",
        details: [
            "its version, class and tries left, whether its keys, codes and journal are good; with",
            "the PIN its log too: the newest 64 things, without any secret, amount or name",
        ],
        options: [
            Verb.Option(name: "--log", about: "its log too, for which it wants the PIN"), pinOption,
        ],
        examples: [
            Verb.Example(line: "tally fam inspect --home fam", about: "is it well?"),
            Verb.Example(line: "tally fam inspect --log --home fam", about: "who was here?"),
        ],
        exits: [.done, .failed, .usage, .refused, .notFound, .wrongPassphrase],
        act: { request, scene throws(Complaint) in try inspect(request, scene) }
    )

    private static func inspect(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let (_, reader) = try paired(request, scene)
        try open(reader)
        let card = try read(EKeyFacts.self, 1, reader)
        let findings = try read(EKeyFindings.self, 2, reader)
        var facts = Facts()
        facts.add("key", card.key)
        facts.add("class", card.device.word)
        facts.add("version", card.version)
        let wants = try asking { () throws(ReaderFault) in try reader.wants() }
        facts.add("stage", wants.stage.word)
        if let root = wants.root { facts.add("office", rootFingerprint(root)) }
        let settings = try asking { () throws(ReaderFault) in try reader.settings() }
        facts.add("settings", "number \(settings.number)", .number(settings.number))
        for (name, left) in [("PIN tries", card.pinTries), ("code tries", card.codeTries)] {
            if let left { facts.add(name, "\(left)", .number(left)) }
        }
        for one in findings.all {
            facts.add(one.what, one.isGood ? "good" : "NOT good", .flag(one.isGood))
        }
        var report = Report(lines: facts.lines, json: .object(facts.pairs))
        if !findings.all.allSatisfy(\.isGood) { report.exit = .failed }
        guard request["--log"] != nil else { return report }
        try unlock(reader, request, scene)
        let log = try read(EKeyLog.self, 3, reader)
        report.lines += log.all.map { "  \($0.moment.text)  \($0.text)" }
        report.add(
            "log",
            .array(
                log.all.map {
                    .object([("moment", .string($0.moment.text)), ("text", .string($0.text))])
                }
            )
        )
        return report
    }

    private static func read<Value: WireValue>(
        _ type: Value.Type,
        _ number: UInt8,
        _ reader: EKeyReader
    ) throws(Complaint) -> Value {
        let bytes = try asking { () throws(ReaderFault) in try reader.data(number) }
        guard let value = try? Value(wireBytes: bytes) else { throw Complaint(ReaderFault.strange) }
        return value
    }
}

extension Complaint {
    package init(_ fault: ReaderFault) {
        let hint: String
        switch fault {
        case .away(.some):
            hint = "name the home of an eKey, or the path of a terminal that leads to it"
        case .away, .silent:
            hint = "see that 'tally ekey run' runs there, and that no other reader has it"
        case .strange: hint = "look at the path; both sides are of one version of tally"
        case .another, .unproven: hint = "put in the eKey that was paired, or pair this one anew"
        case .refused(.notForThisSession): hint = "type it, or write --pin-file FILE"
        case .refused(.noTriesLeft): hint = "'tally fam pin --unblock' sets another PIN"
        case .refused: hint = "nothing was paid"
        }
        let isPIN = fault.isAboutPIN
        self.init(
            isPIN ? .wrongPassphrase : .failed,
            isPIN ? "pin" : "ekey",
            fault.words,
            hint: hint
        )
    }
}

extension ReaderFault {
    var isAboutPIN: Bool {
        guard case .refused(let status) = self else { return false }
        return status.triesLeft != nil || status == .noTriesLeft || status == .notForThisSession
    }
}
