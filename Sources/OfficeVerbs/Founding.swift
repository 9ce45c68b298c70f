internal import Command
internal import Homes
internal import Host
internal import Office
internal import OfficeDesk
internal import Sealing
internal import Station
internal import Words

/// How an office comes to be: its keys, its root, its certificates.
enum Founding {
    static let initOffice = Verb(
        words: ["office", "init"],
        summary: "make an office: its root, its keys, its books",
        details: [
            "keys are made on this device and sealed by a passphrase, or by a key file; the books",
            "are an SQLite database in the home, and with --second-disk another one there: nothing",
            "is told then before both disks have it;",
            "with --root-key elsewhere this home has no root but a file office.request, which",
            "'tally office sign' answers where the root lives; 'tally office certify' takes the",
            "answer, and until then the office does nothing",
        ],
        options: [
            Verb.Option(name: "--name", value: "NAME", about: "what others are shown of it"),
            Verb.Option(
                name: "--asset",
                value: "CODE",
                kind: .word,
                about: "what it issues: 1 to 8 letters and digits, such as EUR"
            ),
            Verb.Option(
                name: "--scale",
                value: "N",
                kind: .number,
                about: "how many digits stand behind the point, 0 to 6; else 2"
            ),
            Verb.Option(
                name: "--root-key",
                value: "WHERE",
                kind: .choice(["here", "elsewhere"]),
                about: "here, with the office, or elsewhere; else here"
            ),
            Verb.Option(
                name: "--second-disk",
                value: "DIR",
                kind: .directory,
                about: "keep a second copy of the books in this folder, of another disk"
            ),
        ] + Opening.options,
        examples: [
            Verb.Example(
                line: "tally office init --name Town --asset EUR --home town",
                about: "to try it out"
            ),
            Verb.Example(
                line: "tally office init --name Town --asset EUR --root-key elsewhere"
                    + " --second-disk /mnt/b/town --key-file town.key --home /srv/town",
                about: "a service, whose root is kept on a machine without a network"
            ),
        ],
        exits: Operator.making,
        act: { request, scene throws(Complaint) in try initialise(request, scene) }
    )

    private static func initialise(
        _ request: Request,
        _ scene: Scene
    ) throws(Complaint) -> Report {
        let (home, office) = try Operator.homes(request, scene)
        var plan = try plan(request)
        try Making.mayBeMade(home)
        let lock = try Making.newLock(request, scene, for: "the office")
        try Making.makeAbove(home)
        if let second = plan.second {
            try makeSecond(second)
            plan.second = Files.real(second)
        }
        return try Operator.asking(office) { () throws(OfficeFault) in
            let ring = try office.make(plan, at: scene.now, sealing: lock)
            var facts = Facts()
            facts.add("home", office.folder)
            facts.add("name", plan.name.string)
            facts.add("asset", plan.asset.code)
            facts.also("scale", .number(UInt64(plan.asset.scale)))
            facts.add("key", ring.identity.key)
            if let second = plan.second { facts.add("second disk", second) }
            if let second = plan.second, Files.areOnOneDisk(office.folder, second) {
                facts.line("", "which is on the same disk as the home, and is lost with it")
            }
            let next: String
            if plan.hasRoot {
                facts.add("root", rootFingerprint(try office.certificates().root.key))
                next = "now try 'tally office accounts --add Ada --kind person'"
            } else {
                facts.add("request", office.request)
                next = "take the request to the root: 'tally office sign' answers it there"
            }
            return Report(lines: ["made an office"] + facts.lines + ["", next], json: facts.json)
        }
    }

    private static func plan(_ request: Request) throws(Complaint) -> OfficeHome.Plan {
        guard let name = request["--name"] else {
            throw Complaint(
                .usage,
                "no-name",
                "nothing says what the office is called",
                hint: "write --name and what others are to be shown of it"
            )
        }
        guard let code = request["--asset"], Asset.isCode(code) else {
            throw Complaint(
                .usage,
                "bad-asset",
                request["--asset"].map { "\(quoted($0)) is no code of an asset" }
                    ?? "nothing says what the office issues",
                hint: "write --asset and 1 to 8 letters and digits, a letter first: --asset EUR"
            )
        }
        let typed = request["--scale"] ?? "2"
        guard let scale = UInt8(typed), let asset = Asset(code: code, scale: scale) else {
            throw Complaint(
                .usage,
                "bad-scale",
                "--scale is a number from 0 to \(Limits.assetScaleDigits), and"
                    + " \(quoted(typed)) is none",
                hint: "leave it out for 2, as in 12.50"
            )
        }
        let place = request["--root-key"] ?? "here"
        guard ["here", "elsewhere"].contains(place) else {
            throw Complaint(
                .usage,
                "bad-root-key",
                "--root-key says where the root's key lives, and \(quoted(place)) is no place",
                hint: "write --root-key elsewhere, or leave it out"
            )
        }
        return OfficeHome.Plan(
            name: try Making.name(name),
            asset: asset,
            second: try request["--second-disk"].map { typed throws(Complaint) in
                try DiskVerbs.folder(typed)
            },
            hasRoot: place == "here"
        )
    }

    static func makeSecond(_ folder: String) throws(Complaint) {
        guard !Files.exists(folder) else { return }
        do {
            // The books are not hidden, so nobody else is to look into it.
            try Files.makePrivateDirectory(folder)
        } catch {
            throw Complaint(error, writing: folder)
        }
    }

    // MARK: A root elsewhere

    static let root = Verb(
        words: ["office", "root"],
        summary: "make a root in a home of its own, to certify offices",
        details: [
            "a root signs certificates of offices and nothing else, so it can live on a machine",
            "that never sees a network; its certificate, root.crt in the home, is what others",
            "trust",
        ],
        options: Opening.options,
        examples: [Verb.Example(line: "tally office root --home root", about: "once, for ever")],
        exits: Operator.making,
        act: { request, scene throws(Complaint) in
            let (home, office) = try Operator.homes(request, scene)
            try Making.mayBeMade(home)
            let lock = try Making.newLock(request, scene, for: "the root")
            try Making.makeAbove(home)
            return try Operator.asking(office) { () throws(OfficeFault) in
                let key = try office.makeRoot(at: scene.now, sealing: lock)
                var facts = Facts()
                facts.add("home", office.folder)
                facts.add("certificate", office.root)
                facts.add("root", rootFingerprint(key))
                return Report(lines: ["made a root"] + facts.lines, json: facts.json)
            }
        }
    )

    static let sign = Verb(
        words: ["office", "sign"],
        summary: "certify an office, with the root of this home",
        details: [
            "REQUEST is the file office.request of an office that was made with --root-key",
            "elsewhere; compare its key with what that office's screen showed",
        ],
        arguments: [
            Verb.Argument(name: "REQUEST", kind: .file, about: "what the office asks with")
        ],
        options: [
            Verb.Option(name: "--out", value: "FILE", about: "where to write the answer"),
            Agreeing.yes,
        ] + Opening.options,
        examples: [
            Verb.Example(
                line: "tally office sign office.request --out answer.pem --home root",
                about: "on the machine where the root lives"
            )
        ],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in try sign(request, scene) }
    )

    private static func sign(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let (home, office) = try Operator.homes(request, scene)
        guard let out = request["--out"] else {
            throw Complaint(
                .usage,
                "no-out",
                "nothing says where to write the answer",
                hint: "write --out answer.pem"
            )
        }
        guard office.isRoot else {
            throw Complaint(
                .notFound,
                "no-root-key",
                "there is no root in \(quoted(office.folder))",
                hint: "'tally office root' makes one; --home DIR names another folder"
            )
        }
        let bytes = try PaperFiles.bytes(at: request.arguments[0])
        let asked = try Operator.asking(office) { () throws(OfficeFault) in try RootRequest(bytes) }
        var facts = Facts()
        facts.add("name", asked.name.string)
        facts.add("asset", asked.asset.code)
        facts.also("scale", .number(UInt64(asked.asset.scale)))
        facts.add("key", asked.key)
        facts.line("asked", asked.asked.text)
        try Agreeing.agree(
            ["an office asks to be certified"] + facts.lines + [
                "  for             "
                    + "\(OfficeHome.officeDays) days"
            ],
            "certify it?",
            request,
            scene
        )
        let lock = try Opening.lock(of: office.rootKeys, in: home, request, scene)
        let answer = try Operator.asking(office) { () throws(OfficeFault) in
            try office.answer(asked, at: scene.now, with: lock)
        }
        try PaperFiles.write(answer, to: out)
        facts.also("answer", .string(out))
        return Report(
            lines: ["wrote \(out); 'tally office certify \(out)' takes it, in the office's home"],
            json: facts.json
        )
    }

    static let certify = Verb(
        words: ["office", "certify"],
        summary: "take the certificate that a root elsewhere has signed",
        details: [
            "ANSWER is what 'tally office sign' wrote; compare the root's fingerprint with the one",
            "that its own screen showed, for from now on this office is that root's",
        ],
        arguments: [Verb.Argument(name: "ANSWER", kind: .file, about: "what the root answered")],
        options: [Agreeing.yes] + Opening.options,
        examples: [
            Verb.Example(line: "tally office certify answer.pem --home town", about: "once")
        ],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in
            let (home, office) = try Operator.homes(request, scene)
            let bytes = try PaperFiles.bytes(at: request.arguments[0])
            guard office.isMade else {
                throw Complaint(OfficeFault.notMade(office.folder), office)
            }
            let lock = try Opening.lock(of: office.keys, in: home, request, scene)
            let answer = try Operator.asking(office) { () throws(OfficeFault) in
                let key = try office.unlock(office.keys, with: lock).identity.key
                return try office.reads(bytes, key: key)
            }
            var facts = Facts()
            facts.add("root", rootFingerprint(answer.root))
            facts.add("key", answer.office.key)
            facts.add("until", answer.office.notAfter.text)
            try Agreeing.agree(
                ["a root has certified this office"] + facts.lines,
                "is that the fingerprint of your root?",
                request,
                scene
            )
            try Operator.asking(office) { () throws(OfficeFault) in try office.take(answer) }
            return Report(lines: ["the office is certified"] + facts.lines, json: facts.json)
        }
    )
}
