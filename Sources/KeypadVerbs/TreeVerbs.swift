internal import Command
internal import Homes
internal import Host
internal import Keypad
internal import Sealing
internal import Wire
internal import Words

/// A tree of keys, and what is handed on of it.
enum TreeVerbs {
    static let exits: [Exit] = [
        .done, .failed, .usage, .refused, .notFound, .wrongPassphrase,
    ]

    static let places: [Verb.Option] = [
        Verb.Option(
            name: "--province",
            value: "NAME",
            kind: .word,
            about: "below the key of this province"
        ),
        Verb.Option(
            name: "--city",
            value: "NAME",
            kind: .word,
            about: "below the key of this city of the province"
        ),
    ]

    static let initVerb = Verb(
        words: ["kdc", "init"],
        summary: "make a tree of keys for meters, or take a branch of one",
        details: [
            "the top key is made on this device; all keys of provinces, cities and meters follow",
            "from it, so whoever has it can make tokens for every meter; with --from the home gets",
            "an issuing key that 'tally kdc issue' wrote, and makes what is below that alone; what",
            "opens that file opens the home",
        ],
        options: [
            Verb.Option(name: "--from", value: "FILE", about: "an issuing key that was handed on")
        ] + Opening.options,
        examples: [
            Verb.Example(line: "tally kdc init --home power", about: "once, at the head office"),
            Verb.Example(
                line: "tally kdc init --from ningbo.key --home ningbo",
                about: "in a city, with the key that it was given"
            ),
        ],
        exits: exits,
        act: { request, scene throws(Complaint) in try initialise(request, scene) }
    )

    private static func initialise(
        _ request: Request,
        _ scene: Scene
    ) throws(Complaint) -> Report {
        let home = try KeypadHome(request, scene)
        try home.mayBeMade()
        let path: IssuePath
        if let file = request["--from"] {
            let (paper, _) = try KeyFiles.open(file, in: home.home, request, scene)
            guard case .issuing(let key) = paper else { throw KeyFiles.notIssuing(file) }
            path = key.path
            try home.make(try KeyFiles.read(file))
        } else {
            let lock = try Making.newLock(request, scene, for: "the top key")
            var chance = SystemChance()
            guard let top = Bytes32(chance.bytes(32)) else {
                preconditionFailure("a key has 32 bytes")
            }
            path = .top
            let key = KeyPaper.issuing(IssuingKey(top: top))
            try home.make(try KeyFiles.sealed(key, by: lock, in: home.home))
        }
        var facts = Facts()
        facts.add("home", home.folder)
        facts.add("key", path.text, path.json)
        return Report(
            lines: ["made a tree of keys"] + facts.lines
                + ["", "now try 'tally kdc meter M-1001'"],
            json: facts.json
        )
    }

    static let renewVerb = Verb(
        words: ["kdc", "renew"],
        summary: "go on with the next issuing key of the same place",
        details: [
            "FILE is what 'tally kdc issue --rotate' wrote above; what opens this home stays, and",
            "so do its meters and sales: each meter goes by its old key until 'tally kdc meter",
            "--rotate' gives it one below the new",
        ],
        arguments: [
            Verb.Argument(name: "FILE", kind: .file, about: "the key that was handed on")
        ],
        options: KeyFiles.opening + Opening.options,
        examples: [
            Verb.Example(
                line: "tally kdc renew ningbo-2.key --home ningbo",
                about: "the province changed the city's key"
            )
        ],
        exits: exits,
        act: { request, scene throws(Complaint) in try renew(request, scene) }
    )

    private static func renew(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let tree = try KeypadHome(request, scene).open(request, scene)
        defer { tree.close() }
        let file = request.arguments[0]
        let paper = try KeyFiles.openHandedOn(file, request, scene)
        guard case .issuing(let key) = paper else { throw KeyFiles.notIssuing(file) }
        guard let next = tree.issuing.followed(by: key) else {
            throw Complaint(
                .refused,
                "not-the-next",
                "\(quoted(file)) holds the key of \(key.path.text), and this home's own is that"
                    + " of \(tree.path.text)",
                hint: "have the next key of the same place written with 'tally kdc issue --rotate'"
            )
        }
        try tree.keep(next)
        var facts = Facts()
        facts.add("key", key.path.text, key.path.json)
        return Report(lines: ["this home has the next key"] + facts.lines, json: facts.json)
    }

    static let issueVerb = Verb(
        words: ["kdc", "issue"],
        summary: "hand on the issuing key of a province or a city",
        details: [
            "whoever has the file, and what opens it, makes all keys below it and none beside or",
            "above; --rotate makes the next key of that place: each meter below it moves to the",
            "new one with 'tally kdc meter --rotate', and until then goes by the old one",
        ],
        options: places + KeyFiles.options + [
            Verb.Option(name: "--rotate", about: "the key of this place ends, and the next begins")
        ] + Opening.options,
        examples: [
            Verb.Example(
                line: "tally kdc issue --province Zhejiang --city Ningbo --to ningbo.key",
                about: "for the power company of a city"
            )
        ],
        exits: exits,
        act: { request, scene throws(Complaint) in
            let tree = try KeypadHome(request, scene).open(request, scene)
            defer { tree.close() }
            return try issue(request, scene, tree)
        }
    )

    private static func issue(
        _ request: Request,
        _ scene: Scene,
        _ tree: OpenTree
    ) throws(Complaint) -> Report {
        let names = try names(request, below: tree.path)
        guard !names.isEmpty else {
            throw Complaint(
                .usage,
                "no-place",
                "nothing says whose key is handed on",
                hint: tree.path.steps.isEmpty
                    ? "write --province and its name, and --city for a city of it"
                    : "write --city and its name"
            )
        }
        guard request["--to"] != nil, let draft = try KeyFiles.Draft(request, scene) else {
            throw Complaint(
                .usage,
                "no-file",
                "nothing says where to write the key",
                hint: "write --to FILE"
            )
        }
        var book = try tree.book()
        let isAnew = request["--rotate"] != nil
        guard let path = book.issue(names, below: tree.path, anew: isAnew),
            let key = tree.issuing.key(at: path)
        else {
            throw Complaint(
                .refused,
                "too-many",
                "no more keys are handed on from this home: \(Limits.issuingKeys) are the most, and"
                    + " \(Limits.keyGenerations) of one place",
                hint: "make another tree"
            )
        }
        try draft.prepare(.issuing(key))
        do {
            try tree.keep(book)
        } catch {
            draft.drop()
            throw error
        }
        try draft.finish()
        var facts = Facts()
        facts.add("key", path.text, path.json)
        facts.add("file", draft.path)
        return Report(lines: ["handed on an issuing key"] + facts.lines, json: facts.json)
    }

    /// The places below one's own that the options name.
    static func names(
        _ request: Request,
        below own: IssuePath
    ) throws(Complaint) -> [Text] {
        var typed = [request["--province"], request["--city"]]
        // What this home is below is known, and may be said all the same.
        for (index, step) in own.steps.enumerated() {
            if let name = typed[index], name != step.name.string {
                throw Complaint(
                    .refused,
                    "not-below",
                    "the key of this home is that of \(own.text), and makes none of"
                        + " \(quoted(name))",
                    hint: "ask whoever has the key above both"
                )
            }
        }
        typed.removeFirst(own.steps.count)
        if typed.count == 2, typed[0] == nil, typed[1] != nil {
            throw Complaint(
                .usage,
                "no-province",
                "a city lies in a province, and nothing says in which",
                hint: "write --province and its name too"
            )
        }
        var names: [Text] = []
        for name in typed { if let name { names.append(try Making.name(name)) } }
        return names
    }

    static let listVerb = Verb(
        words: ["kdc", "list"],
        summary: "list the keys that were handed on, and the meters that have one",
        details: ["of each meter its key's generation, and how many sales it had"],
        options: Opening.options,
        examples: [Verb.Example(line: "tally kdc list --home power", about: "what is out")],
        exits: exits,
        act: { request, scene throws(Complaint) in
            let tree = try KeypadHome(request, scene).open(request, scene)
            defer { tree.close() }
            return list(try tree.book(), try tree.all(), tree.path)
        }
    )

    private static func list(
        _ book: IssueBook,
        _ presses: [TokenPress],
        _ own: IssuePath
    ) -> Report {
        let width = presses.map { $0.meter.string.count }.max() ?? 0
        let issued = book.paths.map { "  issued  \($0.text)" }
        let meters = presses.map { press in
            "  " + press.use.word.padded(8) + press.meter.string.padded(width + 2)
                + "generation \(press.generation.number), \(counted(press.sales.count, "sale")),"
                + " below \(press.present.text)"
        }
        let lines = issued + meters
        let none = "  nothing yet; 'tally kdc meter M-1001' makes the key of a meter"
        return Report(
            lines: ["the key of this home: \(own.text)"] + (lines.isEmpty ? [none] : lines),
            json: .object([
                ("key", own.json),
                ("issued", .array(book.paths.map(\.json))),
                ("meters", .array(presses.map(\.json))),
            ])
        )
    }
}

extension TokenPress {
    /// Below which its present key stands.
    var present: IssuePath {
        guard let path = keys.last else { preconditionFailure("a press has a key") }
        return path
    }

    fileprivate var json: JSON {
        .object([
            ("meter", .string(meter.string)), ("isTest", .flag(use == .test)),
            ("generation", .number(generation.number)),
            ("sales", .number(UInt64(sales.count))), ("below", present.json),
        ])
    }
}
