internal import Host
internal import Links
internal import Sealing
internal import Station
internal import Wallet
internal import Words

/// `tally init`: a new wallet.
enum Init {
    static let verb = Verb(
        words: ["init"],
        summary: "make a wallet",
        details: [
            "keys are made on this device and sealed by a passphrase, or by a key file; nobody",
            "can open them without it, and nobody can give it back;",
            "--demo is needed: a demo office certifies the wallet and gives it DEMO, which anybody",
            "may issue and which is worth nothing; 'tally enrol' makes a wallet of a real office",
        ],
        options: [
            Verb.Option(name: "--name", value: "NAME", about: "what others are shown of it"),
            Verb.Option(
                name: "--demo",
                value: "AMOUNT",
                about: "have the demo office certify it and give it so much DEMO"
            ),
        ] + Opening.options,
        examples: [
            Verb.Example(line: "tally init --name Ada --demo 50.00", about: "to try it out"),
            Verb.Example(
                line: "tally init --name Till --demo 0 --key-file till.key --home /srv/till",
                about: "a service, which nobody types a passphrase for"
            ),
        ],
        exits: [.done, .failed, .usage, .refused, .wrongPassphrase],
        act: { request, scene throws(Complaint) in try make(request, scene) }
    )

    private static func make(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let home = try Opening.home(request, scene)
        try OfficeVerbs.mayBeMade(home)
        guard let typed = request["--demo"] else {
            throw Complaint(
                .usage,
                "no-office",
                "nothing says which office certifies the wallet",
                hint: "write --demo 50.00 for the demo office; with a code of a real office, type"
                    + " 'tally enrol'"
            )
        }
        let money = try DemoMoney()
        let amount = try money.asset.typed(typed, mayBeZero: true)
        let name = try name(request)
        var chance = SystemChance()
        let ring = KeyRing(chance: &chance)
        let lock = try newLock(request, scene)
        let sealed: [UInt8]
        do {
            sealed = try KeyFile.sealed(ring, by: lock, chance: &chance)
        } catch {
            throw Complaint(error, home)
        }
        let owner = try money.owner(ring, name: name, at: scene.now)
        try makeAbove(home)
        let gifts = try money.gifts(to: owner, amount, at: scene.now)
        let draft: Home
        do {
            draft = try home.draft(ring, sealed: sealed, root: money.root, owner: owner)
        } catch {
            throw Complaint(error, home)
        }
        do {
            try give(gifts, draft, lock)
        } catch {
            draft.discard()
            throw error
        }
        do {
            try home.take(draft)
        } catch {
            throw Complaint(error, home)
        }
        var facts = Facts()
        facts.add("home", home.folder)
        facts.add("name", name.string)
        facts.add("key", owner.key)
        facts.add("office", rootFingerprint(owner.root))
        facts.add("balance", amount, money.asset)
        return Report(
            lines: ["made a wallet"] + facts.lines + [
                "", "its money is the demo office's, and worth nothing; now try 'tally balance'",
            ],
            json: .object(facts.pairs)
        )
    }

    private static func name(_ request: Request) throws(Complaint) -> Text {
        try name(request["--name"] ?? "somebody")
    }

    /// What others are to be shown, as somebody typed it.
    static func name(_ typed: String) throws(Complaint) -> Text {
        guard let name = Text(typed), (1...Limits.nameBytes).contains(name.byteCount) else {
            throw Complaint(
                .usage,
                "bad-name",
                "\(quoted(typed)) cannot stand on a screen as a name",
                hint: "choose one of 1 to \(Limits.nameBytes) bytes, without control characters"
            )
        }
        return name
    }

    /// The folders above a home, as far as they are missing.
    static func makeAbove(_ home: Home) throws(Complaint) {
        let parts = home.folder.split(separator: "/").dropLast()
        var path = home.folder.hasPrefix("/") ? "" : "."
        for part in parts {
            path += "/" + part
            guard !Files.exists(path) else { continue }
            do {
                try Files.makeDirectory(path)
            } catch {
                throw Complaint(error, writing: path)
            }
        }
    }

    /// What will open the home: a key file, made where there is none, or a new passphrase.
    static func newLock(
        _ request: Request,
        _ scene: Scene,
        for what: String = "the wallet"
    ) throws(Complaint) -> KeyFile.Lock {
        let path = request["--key-file"] ?? scene.environment["TALLY_KEY_FILE"] ?? ""
        if !path.isEmpty {
            var chance = SystemChance()
            do {
                // One that is there stays: of two who make it at once both use the first.
                try Files.make(chance.bytes(KeyFile.serviceKeyBytes), at: path)
            } catch {
                throw Complaint(error, writing: path)
            }
            return .serviceKey(try Opening.serviceKey(request, scene))
        }
        let first = try Opening.passphrase(request, scene, "a passphrase for \(what): ")
        let isTyped =
            request["--passphrase-file"] == nil
            && scene.environment["TALLY_PASSPHRASE_FILE", default: ""].isEmpty
        if isTyped, scene.question("the same once more: ", true).map({ Array($0.utf8) }) != first {
            throw Complaint(
                .wrongPassphrase,
                "not-the-same",
                "the two passphrases are not the same",
                hint: "type it again; nothing was made"
            )
        }
        return .passphrase(first, .argon2id)
    }

    /// Has the new wallet take its permission and its money, and waits until they are its own.
    static func give(
        _ wishes: [Wish],
        _ home: Home,
        _ lock: KeyFile.Lock
    ) throws(Complaint) {
        do throws(StationFault) {
            // It needs nobody for this.
            var settings = UDP.Settings()
            settings.networks = Interface.loopback.map(\.name)
            let station = try Station(home, lock: lock, settings, checking: .real, cores: 1)
            for wish in wishes { _ = station.wish(wish) }
            var (left, rounds) = (wishes.count, 0)
            while left > 0, rounds < 100 {
                rounds += 1
                for one in try station.turn(atMost: 100).news {
                    switch one {
                    case .opened, .charged: left -= 1
                    case .denied(let denial): throw .journal("\(denial)")
                    case .listening, .calling, .here, .standing, .inert, .answer, .asking,
                        .convicted,
                        .answered:
                        continue
                    }
                }
            }
            station.close()
            guard left == 0 else { throw .journal("the office's papers were not taken") }
        } catch {
            throw Complaint(error, home)
        }
    }
}

extension Asset {
    /// The amount that somebody typed.
    func typed(_ text: String, mayBeZero: Bool = false) throws(Complaint) -> Amount {
        let amount: Amount
        do {
            amount = try self.amount(text)
        } catch {
            throw Complaint(error, typed: text, self)
        }
        guard mayBeZero || amount > .zero else {
            throw Complaint(
                .usage,
                "zero",
                "nothing is no amount to ask for",
                hint: "write how much, as \(self.text(Amount(1_250) ?? amount))"
            )
        }
        return amount
    }
}
