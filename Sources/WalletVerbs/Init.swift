internal import Command
internal import Homes
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
        try Making.mayBeMade(home)
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
        let lock = try Making.newLock(request, scene)
        let sealed: [UInt8]
        do {
            sealed = try KeyFile.sealed(ring, by: lock, chance: &chance)
        } catch {
            throw Complaint(error, home)
        }
        let owner = try money.owner(ring, name: name, at: scene.now)
        try Making.makeAbove(home)
        let gifts = try money.gifts(to: owner, amount, at: scene.now)
        let draft: Home
        do {
            draft = try home.draft(ring, sealed: sealed, root: money.root, owner: owner)
        } catch {
            throw Complaint(error, home)
        }
        do {
            try Making.give(gifts, draft, lock)
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
        try Making.name(request["--name"] ?? "somebody")
    }
}
