internal import Command
internal import Device
internal import EKey
internal import Homes
internal import Host
internal import Links
internal import Sealing
internal import Station
internal import Wallet
internal import Words

/// `tally ekey init` and `tally ekey destroy`: where an eKey begins and ends.
enum EKeyMaking {
    static let initVerb = Verb(
        words: ["ekey", "init"],
        summary: "make an eKey of a wallet: from then on only a reader gets to it",
        details: [
            "the wallet is enrolled first, on the device that will be the eKey: its keys are made",
            "there and never leave it. Then it gets a PIN, and an unblock code that is shown once:",
            "keep it apart, it sets another PIN when five wrong ones have shut the eKey. Every",
            "payment wants the PIN from then on; 'tally ekey run' starts it, 'tally fam' is the",
            "reader before it. With --button it also shows each offer from that amount on in its",
            "own terminal and wants a yes there, so that a reader that lies gets nothing paid.",
            "An eKey in software is of class emulated, where its office says so when it invites",
            "('tally office invite --class emulated'); it is not the hardware that a seller may",
            "ask for, and prevents no copy of its files.",
            "With --blank the eKey comes first: it makes its keys and belongs to nobody, until a",
            "bank writes a letter into it ('tally bam personalise') and it enrols itself",
        ],
        options: EKeyBlank.options + [
            Verb.Option(
                name: "--button",
                value: "AMOUNT",
                kind: .number,
                about: "want a yes at the eKey itself from this amount on; 0 is always"
            ),
            Verb.Option(
                name: "--new-pin-file",
                value: "FILE",
                about: "its first line is the PIN, 4 to 12 digits; else you are asked"
            ),
            Verb.Option(
                name: "--anew",
                about:
                    "of an eKey that does not run: another PIN and unblock code, by its passphrase"
            ),
        ] + Opening.options,
        examples: [
            Verb.Example(line: "tally ekey init", about: "of the wallet in the usual home"),
            Verb.Example(line: "tally ekey init --button 0", about: "each payment is shown here"),
            Verb.Example(line: "tally ekey init --blank --home key", about: "for a bank"),
        ],
        exits: [.done, .failed, .usage, .refused, .notFound, .wrongPassphrase],
        act: { request, scene throws(Complaint) in
            if request["--blank"] != nil { return try EKeyBlank.make(request, scene) }
            return try make(request, scene)
        }
    )

    private static func make(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let home = try Opening.home(request, scene)
        guard home.isMade else { throw Complaint(HomeFault.notMade, home) }
        guard home.isEKey == (request["--anew"] != nil) else {
            throw home.isEKey ? .isEKey(home) : .notEKey(home)
        }
        let lock = try Opening.lock(of: home.keys, in: home, request, scene)
        let ring = try unlock(home, lock)
        let pin = try newPIN(request, scene)
        // Its lock is held until all is there: no node may begin meanwhile.
        let station = try station(home, lock)
        defer { station.close() }
        let asset = home.isEKey ? try asset(station) : try policy(station)
        var record = try known(home, ring)
        if let typed = request["--button"] {
            record.button = try button(typed, asset, isBlank: home.isBlank)
        }
        var chance = SystemChance()
        let code = digits(8, &chance)
        do {
            try PIN.set(pin, of: home, ring.data, by: .argon2id)
            try PIN.set(code, of: home, ring.data, by: .argon2id, for: .unblock)
        } catch {
            throw Complaint(.failed, "pin", error.words, hint: "type it again: it goes on")
        }
        do throws(EKeyFailure) {
            record.note(home.isEKey ? "has new codes" : "made an eKey", at: Process.now)
            // Last: it is one when all else is there.
            try record.keep(in: home, ring.data)
        } catch {
            throw Complaint(error)
        }
        var facts = Facts()
        facts.add("home", home.folder)
        facts.add("key", ring.identity.key)
        facts.add("unblock code", code.prefix(4) + " " + code.suffix(4), .string(code))
        if let button = record.button, let asset { facts.add("button from", button, asset) }
        return Report(
            lines: ["it is an eKey: write down the unblock code, it is not shown again"]
                + facts.lines + [
                    "",
                    "'tally ekey run' starts it; a lost code is made anew by 'ekey init --anew'",
                ],
            json: facts.json
        )
    }

    static func unlock(_ home: Home, _ lock: KeyFile.Lock) throws(Complaint) -> KeyRing {
        do { return try home.unlock(with: lock) } catch { throw Complaint(error, home) }
    }

    static func digits(_ count: Int, _ chance: inout SystemChance) -> String {
        var text = ""
        while text.utf8.count < count {
            // Of a byte only what ten goes into evenly, so that all digits are alike.
            for byte in chance.bytes(16) where byte < 250 && text.utf8.count < count {
                text += String(byte % 10)
            }
        }
        return text
    }

    private static func station(
        _ home: Home,
        _ lock: KeyFile.Lock
    ) throws(Complaint) -> Station {
        do {
            return try Station(
                home.isBlank ? home.blank : home,
                lock: lock,
                .quiet,
                checking: .real,
                cores: 1,
                sealedBehind: home.isEKey ? Relay() : nil
            )
        } catch {
            throw Complaint(error, home)
        }
    }

    /// From the first cent on every payment wants the PIN; says what its window is of.
    private static func policy(_ station: Station) throws(Complaint) -> Asset? {
        guard case .info(let info) = station.ask(.info) else { throw .otherVersion }
        guard !info.certificates.isEmpty else { throw noWindow }
        var change = PolicyChange()
        (change.pin, change.drops) = (.above(.zero), info.policy.sellers)
        if case .fault(let reason) = station.ask(.policy(change)) {
            throw Complaint(stopped: reason)
        }
        return info.window?.asset
    }

    /// What the window of an eKey is of; nil while it is blank.
    private static func asset(_ station: Station) throws(Complaint) -> Asset? {
        guard case .info(let info) = station.ask(.info) else { throw .otherVersion }
        return info.window?.asset
    }

    private static func known(_ home: Home, _ ring: KeyRing) throws(Complaint) -> EKeyRecord {
        do { return try EKeyRecord(of: home, ring.data) ?? EKeyRecord() } catch {
            throw Complaint(error)
        }
    }

    /// From which amount on it is wanted; of which asset a blank one does not know yet.
    static func button(
        _ typed: String,
        _ asset: Asset?,
        isBlank: Bool
    ) throws(Complaint) -> Amount {
        if let asset { return try asset.typed(typed, mayBeZero: true) }
        guard isBlank else { throw noWindow }
        guard typed == "0" else {
            throw Complaint(
                .usage,
                "bad-button",
                "a blank eKey has no asset yet, so its button is wanted always or never",
                hint: "write --button 0, or leave it out"
            )
        }
        return .zero
    }

    private static let noWindow = Complaint(
        .refused,
        "not-enrolled",
        "no office has certified this wallet, and an eKey pays with what its office permits",
        hint: "'tally enrol' does that, with the code that the office gave"
    )

    static func newPIN(_ request: Request, _ scene: Scene) throws(Complaint) -> String {
        if let path = request["--new-pin-file"] { return try Codes.inFile(path) }
        guard let first = scene.question("the new PIN: ", true),
            let second = scene.question("the same once more: ", true)
        else { throw Codes.noTerminal("--new-pin-file") }
        guard first == second else {
            throw Complaint(
                .wrongPassphrase,
                "not-the-same",
                "the two PINs are not the same",
                hint: "type it again; nothing was made"
            )
        }
        return try Codes.fitting(first)
    }

    // MARK: Its end

    static let destroyVerb = Verb(
        words: ["ekey", "destroy"],
        summary: "overwrite the keys and codes of an eKey, and remove all that it has",
        details: [
            "at the eKey itself, with its passphrase or key file; money that is in it is gone for",
            "its holder until its office has settled it, so while there is any --with-money has to",
            "be written. Nobody can bring it back; other files in the folder stay",
        ],
        options: [
            Verb.Option(name: "--with-money", about: "even if there is money in it"),
            Verb.Option(name: "--yes", short: "-y", about: "do not ask"),
        ] + Opening.options,
        examples: [Verb.Example(line: "tally ekey destroy --home /media/key", about: "that one")],
        exits: [.done, .failed, .usage, .refused, .notFound, .wrongPassphrase],
        act: { request, scene throws(Complaint) in try destroy(request, scene) }
    )

    private static func destroy(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let opened = try OpenedEKey(request, scene)
        let key = opened.inside.identity
        guard opened.inside.isEmpty || request["--with-money"] != nil else {
            opened.inside.station.close()
            throw Complaint(
                .refused,
                "not-empty",
                "there is money in this eKey, or a payment is not over",
                hint: "pay it or redeem it first; --with-money destroys it all the same"
            )
        }
        if request["--yes"] == nil {
            let answer = scene.question("destroy \(opened.home.folder) for good? [y/N] ", false)
            guard ["y", "yes"].contains(answer) else {
                opened.inside.station.close()
                throw Complaint(
                    .refused,
                    "not-agreed",
                    "nobody said yes, and nothing was removed",
                    hint: "answer y, or write --yes"
                )
            }
        }
        do {
            try opened.inside.destroy()
        } catch {
            throw Complaint(error)
        }
        var facts = Facts()
        facts.add("key", key)
        return Report(lines: ["it is gone"] + facts.lines, json: facts.json)
    }
}

/// PINs as they are typed or stand in files.
enum Codes {
    static func inFile(_ path: String) throws(Complaint) -> String {
        let bytes: [UInt8]
        do {
            bytes = try Files.read(path, cap: 64)
        } catch {
            throw Complaint(error, reading: path)
        }
        return try fitting(
            String(decoding: bytes.prefix { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self)
        )
    }

    static func fitting(_ text: String) throws(Complaint) -> String {
        guard PIN.fits(text) else {
            throw Complaint(
                .usage,
                "bad-pin",
                "a PIN is \(PIN.digits.lowerBound) to \(PIN.digits.upperBound) digits, and this is"
                    + " something else",
                hint: "digits alone; nothing was counted as a try"
            )
        }
        return text
    }

    static func noTerminal(_ option: String) -> Complaint {
        Complaint(
            .usage,
            "no-terminal",
            "there is no terminal to ask for the PIN",
            hint: "write \(option) FILE"
        )
    }
}

extension UDP.Settings {
    /// On no network but this host's own, and unknown to anybody.
    static let quiet = {
        var settings = UDP.Settings()
        settings.networks = Interface.loopback.map(\.name)
        return settings
    }()
}

extension Complaint {
    init(_ failure: EKeyFailure) {
        self.init(
            .failed,
            "ekey",
            "the eKey does nothing more: \(failure.reason)",
            hint: "start it again; what was told before is on its disk"
        )
    }

    static func notEKey(_ home: Home) -> Complaint {
        Complaint(
            .refused,
            "no-ekey",
            "the wallet in \(quoted(home.folder)) is no eKey",
            hint: "'tally ekey init' makes one of it"
        )
    }
}
