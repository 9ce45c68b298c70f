internal import Certificates
internal import Command
internal import Device
internal import EKey
internal import Homes
internal import Host
internal import Sealing
internal import Station
internal import Wallet
internal import Words

/// `tally ekey init --blank`: an eKey that no office has certified, for a bank to write to.
enum EKeyBlank {
    static let options: [Verb.Option] = [
        Verb.Option(
            name: "--blank",
            about: "make one that belongs to nobody: a bank personalises it, and it enrols itself"
        ),
        Verb.Option(
            name: "--made-for",
            value: "FILE",
            about: "with --blank: take letters of this root alone, whose certificate that is"
        ),
    ]

    static func make(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let home = try Opening.home(request, scene)
        try Making.mayBeMade(home)
        var record = EKeyRecord()
        record.loaded.madeFor = try request["--made-for"].map { path throws(Complaint) in
            try root(at: path)
        }
        // Which of what amounts is nobody's to know yet: always, or not at all.
        if let typed = request["--button"] {
            record.button = try EKeyMaking.button(typed, nil, isBlank: true)
        }
        let lock = try Making.newLock(request, scene, for: "the eKey")
        let pin = try EKeyMaking.newPIN(request, scene)
        var chance = SystemChance()
        let ring = KeyRing(chance: &chance)
        let code = EKeyMaking.digits(8, &chance)
        record.note("made, and blank", at: Process.now)
        try Making.makeAbove(home)
        let draft = Home(home.folder + "." + Hex.text(chance.bytes(8)))
        do throws(Complaint) {
            try fill(draft, ring, lock, record, pin: pin, code: code)
            do { try home.take(draft) } catch { throw Complaint(error, home) }
        } catch {
            Files.removeTree(draft.folder)
            throw error
        }
        var facts = Facts()
        facts.add("home", home.folder)
        facts.add("key", ring.identity.key)
        facts.add("unblock code", code.prefix(4) + " " + code.suffix(4), .string(code))
        if let root = record.loaded.madeFor { facts.add("made for", rootFingerprint(root)) }
        return Report(
            lines: ["it is a blank eKey: write down the unblock code, it is not shown again"]
                + facts.lines + [
                    "",
                    "'tally ekey run' starts it; a bank writes to it by 'tally bam personalise'",
                ],
            json: facts.json
        )
    }

    private static func root(at path: String) throws(Complaint) -> Key {
        let der: [UInt8]
        do {
            der = try Files.read(path, cap: Limits.certificateBytes)
        } catch {
            throw Complaint(error, reading: path)
        }
        do { return try Checks.root(der).key } catch { throw Complaint(error) }
    }

    /// All of it under a name that nobody knows; it gets its own when all is there.
    private static func fill(
        _ draft: Home,
        _ ring: KeyRing,
        _ lock: KeyFile.Lock,
        _ record: EKeyRecord,
        pin: String,
        code: String
    ) throws(Complaint) {
        var chance = SystemChance()
        let sealed: [UInt8]
        do {
            sealed = try KeyFile.sealed(ring, by: lock, chance: &chance)
        } catch {
            throw Complaint(error, draft)
        }
        do {
            try Files.makePrivateDirectory(draft.folder)
            try Files.write(sealed, to: draft.keys, isSecret: true)
        } catch {
            throw Complaint(error, writing: draft.folder)
        }
        do {
            let guest = try draft.blank.draft(ring, sealed: sealed, root: nil, owner: .guest(ring))
            try draft.blank.take(guest)
        } catch {
            throw Complaint(error, draft)
        }
        do {
            try PIN.set(pin, of: draft, ring.data, by: .argon2id)
            try PIN.set(code, of: draft, ring.data, by: .argon2id, for: .unblock)
        } catch {
            throw Complaint(.failed, "pin", error.words, hint: "type it again: nothing was made")
        }
        do { try record.keep(in: draft, ring.data) } catch { throw Complaint(error) }
    }

    // MARK: Another passphrase

    static let passphraseVerb = Verb(
        words: ["ekey", "passphrase"],
        summary: "change the passphrase of an eKey, or its key file",
        details: [
            "at the eKey itself: the old one opens its keys, which are then sealed by the new one;",
            "a copy of the old file of keys still opens with the old passphrase",
        ],
        options: [
            Verb.Option(
                name: "--new-passphrase-file",
                value: "FILE",
                about: "the new passphrase is its first line; else it is asked for"
            ),
            Verb.Option(
                name: "--new-key-file",
                value: "FILE",
                about: "32 bytes that open it from now on; made where there is none"
            ),
        ] + Opening.options,
        examples: [
            Verb.Example(line: "tally ekey passphrase --home /media/key", about: "asks for both")
        ],
        exits: [.done, .failed, .usage, .refused, .notFound, .wrongPassphrase],
        act: { request, scene throws(Complaint) in try another(request, scene) }
    )

    private static func another(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let home = try Opening.home(request, scene)
        guard home.isMade else { throw Complaint(HomeFault.notMade, home) }
        guard home.isEKey else { throw .notEKey(home) }
        guard !home.isBlank else {
            throw Complaint(
                .refused,
                "blank",
                "the eKey is not enrolled yet, and its keys are there twice until it is",
                hint: "have it enrolled first: 'tally fam enrol'"
            )
        }
        let lock = try Opening.lock(of: home.keys, in: home, request, scene)
        let ring = try EKeyMaking.unlock(home, lock)
        var options: [String: String] = [:]
        if let file = request["--new-passphrase-file"] { options["--passphrase-file"] = file }
        if let file = request["--new-key-file"] { options["--key-file"] = file }
        var bare = scene
        for name in ["TALLY_PASSPHRASE_FILE", "TALLY_KEY_FILE"] { bare.environment[name] = nil }
        let new = try Making.newLock(
            Request(verb: request.verb, arguments: [], options: options),
            bare,
            for: "the eKey"
        )
        var chance = SystemChance()
        let sealed: [UInt8]
        do {
            sealed = try KeyFile.sealed(ring, by: new, chance: &chance)
        } catch {
            throw Complaint(error, home)
        }
        do {
            try Files.write(sealed, to: home.keys, isSecret: true)
        } catch {
            throw Complaint(error, writing: home.keys)
        }
        return Report(
            lines: ["the eKey opens with the new one alone"],
            json: .object([("changed", .flag(true))])
        )
    }
}
