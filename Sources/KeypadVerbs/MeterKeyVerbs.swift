internal import Command
internal import Homes
internal import Keypad
internal import Words

/// The keys of meters, and those of their production.
enum MeterKeyVerbs {
    static let rotate = Verb.Option(
        name: "--rotate",
        about: "its key ends, and the next begins: what was sold under the old one is told anew"
            + " by kdc sell --again"
    )

    static let meterVerb = Verb(
        words: ["kdc", "meter"],
        summary: "make the key of a meter, change it, or hand it to the meter",
        details: [
            "METER is what stands on it: letters, digits and hyphens; its key follows from that of",
            "this home, or of a province or city below it, and is kept nowhere; with --to it is",
            "written for the one device that is the meter's",
        ],
        arguments: [Verb.Argument(name: "METER", kind: .word, about: "which meter")],
        options: TreeVerbs.places + [rotate] + KeyFiles.options + Opening.options,
        examples: [
            Verb.Example(
                line: "tally kdc meter M-1001 --to m-1001.key --home ningbo",
                about: "a new meter"
            ),
            Verb.Example(
                line: "tally kdc meter M-1001 --rotate --to new.key --home ningbo",
                about: "its key was looked at, or its device was changed"
            ),
        ],
        exits: TreeVerbs.exits,
        act: { request, scene throws(Complaint) in
            let meter = try meter(request.arguments[0])
            return try give(meter, .real, request, scene)
        }
    )

    static let testKeyVerb = Verb(
        words: ["kdc", "test-key"],
        summary: "make a key for meters in production",
        details: [
            "no meter that has its own key takes a token of a test key, whatever the two keys are;",
            "'tally kdc sell --test' makes such tokens",
        ],
        arguments: [
            Verb.Argument(
                name: "METER",
                kind: .word,
                about: "the name under which it is tested; else TEST",
                isRequired: false
            )
        ],
        options: TreeVerbs.places + [rotate] + KeyFiles.options + Opening.options,
        examples: [
            Verb.Example(
                line: "tally kdc test-key --to test.key --home ningbo",
                about: "for a production line"
            )
        ],
        exits: TreeVerbs.exits,
        act: { request, scene throws(Complaint) in
            let meter = try meter(request.arguments.first ?? "TEST")
            return try give(meter, .test, request, scene)
        }
    )

    /// A name as it stands on a meter: who types it in small letters means the same.
    static func meter(_ typed: String) throws(Complaint) -> MeterName {
        let large = typed.utf8.map { (0x61...0x7A).contains($0) ? $0 - 0x20 : $0 }
        guard let meter = MeterName(String(decoding: large, as: UTF8.self)) else {
            throw Complaint(
                .usage,
                "bad-meter",
                "\(quoted(typed)) is no name of a meter",
                hint: "write 1 to \(Limits.meterNameBytes) letters, digits and hyphens, no hyphen"
                    + " at an end: M-1001"
            )
        }
        return meter
    }

    private static func give(
        _ meter: MeterName,
        _ use: KeyUse,
        _ request: Request,
        _ scene: Scene
    ) throws(Complaint) -> Report {
        let tree = try KeypadHome(request, scene).open(request, scene)
        defer { tree.close() }
        let draft = try KeyFiles.Draft(request, scene)
        let before = try tree.press(meter, use)
        let press = try changed(before, meter, use, request, tree)
        guard let key = press.key(of: press.generation, by: tree.issuing) else {
            throw keyMissing(press)
        }
        try draft?.prepare(.meter(key))
        do {
            if press != before { try tree.keep(press) }
        } catch {
            draft?.drop()
            throw error
        }
        try draft?.finish()
        var facts = Facts()
        facts.add("meter", meter.string)
        facts.add(
            "generation",
            "\(press.generation.number)",
            .number(press.generation.number)
        )
        facts.add("below", press.present.text, press.present.json)
        facts.add("last sale", "\(press.sales.count)", .number(UInt64(press.sales.count)))
        if let draft { facts.add("file", draft.path) }
        let what =
            before == nil
            ? "made a key" : press == before ? "it has this key" : "changed the key"
        return Report(lines: [what] + facts.lines, json: facts.json)
    }

    private static func changed(
        _ before: TokenPress?,
        _ meter: MeterName,
        _ use: KeyUse,
        _ request: Request,
        _ tree: OpenTree
    ) throws(Complaint) -> TokenPress {
        let own = tree.path
        let typed = try TreeVerbs.names(request, below: own)
        let known = before?.present.steps.dropFirst(own.steps.count).map(\.name)
        if let known, !typed.isEmpty, typed != known {
            throw Complaint(
                .refused,
                "other-place",
                "the key of \(meter.string) stands below \(before?.present.text ?? "another")",
                hint: "leave --province and --city out: a meter stays where its first key was made"
            )
        }
        guard let path = try tree.book().present(known ?? typed, below: own) else {
            preconditionFailure("names that were looked at lead somewhere")
        }
        guard var press = before else {
            guard request["--rotate"] == nil else { throw unknown(meter, use) }
            return TokenPress(meter, below: path, for: use)
        }
        guard request["--rotate"] != nil else { return press }
        guard press.change(below: path) != nil else {
            throw Complaint(
                .refused,
                "too-many",
                "\(meter.string) has had \(Limits.keyGenerations) keys, and gets no more",
                hint: "give the meter another name"
            )
        }
        return press
    }

    /// A file of this home that says which keys there were is gone, or an older one.
    static func keyMissing(_ press: TokenPress) -> Complaint {
        Complaint(
            .failed,
            "key-missing",
            "the key that \(press.meter.string) stands below, of \(press.present.text), is not in"
                + " this home any more",
            hint: "nothing was sold; put back 'kdc.ended' and 'kdc.keys' from the newest backup"
        )
    }

    static func unknown(_ meter: MeterName, _ use: KeyUse) -> Complaint {
        let verb =
            switch use {
            case .real: "tally kdc meter"
            case .test: "tally kdc test-key"
            }
        return Complaint(
            .notFound,
            "no-key",
            "\(meter.string) has no \(use == .test ? "test key" : "key") from this home",
            hint: "'\(verb) \(meter.string)' makes it"
        )
    }
}
