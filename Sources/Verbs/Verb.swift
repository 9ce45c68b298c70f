/// One verb, as parsing, help, completion and errors all know it.
struct Verb: Sendable {
    /// What completes an argument or an option's value.
    enum Kind: Hashable, Sendable {
        case file
        case directory
        case number
        case choice([String])
        case verb
        /// A scenario's name, or a file.
        case scenario
        /// Something that nothing can complete.
        case word
    }

    struct Argument: Sendable {
        let name: String
        let kind: Kind
        let about: String
        var isRequired = true
        /// The last one may be given any number of times.
        var repeats = false
    }

    struct Option: Sendable {
        /// With its dashes.
        let name: String
        var short: String?
        /// Its value's name; nil for a flag.
        var value: String?
        var kind = Kind.file
        let about: String
    }

    struct Example: Sendable {
        let line: String
        let about: String
    }

    /// One or two words: `verify`, `bench base`.
    let words: [String]
    let summary: String
    let details: [String]
    var arguments: [Argument] = []
    var options: [Option] = []
    let examples: [Example]
    let exits: [Exit]
    let act: @Sendable (Request, Scene) async throws(Complaint) -> Report

    var name: String { words.joined(separator: " ") }
    var allOptions: [Option] { options + Verbs.common }

    var usage: String {
        let names = arguments.map { argument in
            let name = argument.name + (argument.repeats ? " ..." : "")
            return argument.isRequired ? name : "[\(name)]"
        }
        return (["tally", name] + ["[options]"] + names).joined(separator: " ")
    }
}

/// What was asked of a verb.
struct Request: Sendable {
    let verb: Verb
    let arguments: [String]
    /// By name; a flag's value is empty.
    let options: [String: String]

    subscript(_ option: String) -> String? { options[option] }
}

/// The table of verbs: the only place that knows which there are.
enum Verbs {
    static let common: [Verb.Option] = [
        Verb.Option(
            name: "--home",
            value: "DIR",
            kind: .directory,
            about: "the home to use; else TALLY_HOME, else tally in XDG_DATA_HOME or ~/.local/share"
        ),
        Verb.Option(
            name: "--json",
            about: "answer in JSON, errors too; what is told meanwhile is an object in each line"
        ),
        Verb.Option(name: "--help", short: "-h", about: "say what this verb does"),
    ]

    /// What it looks at besides what was typed.
    static let environment: [(String, String)] = [
        ("TALLY_HOME", "the home to use, where --home names none"),
        ("XDG_DATA_HOME", "the home is tally in it, where neither names one; else ~/.local/share"),
        ("TALLY_PASSPHRASE_FILE", "what --passphrase-file names"),
        ("TALLY_KEY_FILE", "what --key-file names"),
        ("CREDENTIALS_DIRECTORY", "where 'tally office serve' finds office.key, as systemd has it"),
        ("NO_COLOR", "no colour, when it is set to anything"),
        ("TERM", "'dumb' is a terminal without colour, on which nothing is overwritten"),
    ]

    static let all: [Verb] = [
        demo, Init.verb, Enrolling.verb, Charging.verb, Redeeming.verb, Syncing.verb, Looking.info,
        Looking.balance, Paying.pay, Paying.listen, Selling.sell,
        Selling.lookup, Running.node, Pending.verb, Resolving.verb, Looking.history, Looking.show,
        Keeping.receipt, Refunding.refund, Policies.profile, Policies.policy, Keeping.passphrase,
        Backups.backup, Backups.restore, Proofs.verb,
        OfficeVerbs.initOffice, OfficeVerbs.root, OfficeVerbs.sign, OfficeVerbs.certify,
        BankVerbs.accountsVerb, BankVerbs.depositVerb, BankVerbs.withdrawVerb,
        MemberVerbs.inviteVerb, MemberVerbs.membersVerb, MemberVerbs.revokeVerb, CaseVerbs.casesVerb,
        SettleVerbs.settleVerb,
        Serving.serve,
        StatementVerbs.auditVerb, StatementVerbs.statementVerb, verify, version, help, completion,
        benchBase, benchSim,
        PayBench.verb,
        PaySide.verb, simList, simRun, simReplay, simSweep, simPlant,
    ]

    static let demo = Verb(
        words: ["demo"],
        summary: "issue money, pay with it, forge it, pull plugs, and run an office of your own",
        details: [
            "a demo office issues a stick of 50.00 EUR; it is cut and passed on from hand to hand,",
            "every holder checks it, and then eight forgeries are tried and refused by name;",
            "keys, signatures, certificates and envelopes are real, and the office is not;",
            "then the simulator makes one payment through lost messages and two power cuts;",
            "then two processes with homes of their own pay each other over the loopback",
            "interface, and one of them is killed in the middle; at last an office runs too: two",
            "wallets enrol, one charges while it and the office are killed, pays the other, who",
            "redeems, and the audit agrees; a copy of a wallet pays twice, and is caught by its own",
            "signatures; the homes are removed afterwards",
        ],
        options: [
            Verb.Option(
                name: "--keep",
                value: "DIR",
                kind: .directory,
                about: "write the papers there, for 'tally verify'"
            ),
            Verb.Option(
                name: "--seed",
                value: "N",
                kind: .number,
                about: "draw keys from N at 2027-01-15 and leave the processes out: the same text"
            ),
        ],
        examples: [
            Verb.Example(line: "tally demo", about: "watch it"),
            Verb.Example(line: "tally demo --keep papers", about: "keep what can be verified"),
        ],
        exits: [.done, .failed, .usage],
        act: Demo.act
    )

    static let verify = Verb(
        words: ["verify"],
        summary: "check a paper or a certificate, offline",
        details: [
            "FILE is a paper (stick, window, handover, decision, receipt, provenance, proof,",
            "revocation, name) or an X.509 certificate; it is checked under one root, that of",
            "--root or root.crt in the home, and never under one that the file brings along;",
            "keys are shown by their first 8 bytes, and whole with --json",
        ],
        arguments: [
            Verb.Argument(name: "FILE", kind: .file, about: "what to check; - reads standard input")
        ],
        options: [
            Verb.Option(name: "--root", value: "CERT", about: "trust this root, DER or PEM"),
            Verb.Option(
                name: "--office",
                value: "CERT",
                about: "the office between the root and a certificate"
            ),
        ],
        examples: [
            Verb.Example(
                line: "tally verify --root root.crt receipt.tally",
                about: "who paid whom, and how much"
            ),
            Verb.Example(
                line: "tally verify --root root.crt --office office.crt ada.crt",
                about: "whose key this is"
            ),
        ],
        exits: Exit.allCases,
        act: Verifying.act
    )

    static let version = Verb(
        words: ["version"],
        summary: "say which version this is",
        details: ["the program's version, and the version of the format it reads and writes"],
        examples: [Verb.Example(line: "tally version", about: "what to put into a report")],
        exits: [.done, .usage],
        act: { _, _ in Version.report }
    )

    static let help = Verb(
        words: ["help"],
        summary: "say what a verb does",
        details: [
            "without a verb: all of them, what they look at, and the exit codes; with --man the",
            "same as a manual page, as 'man -l' reads it",
        ],
        arguments: [
            Verb.Argument(
                name: "VERB",
                kind: .verb,
                about: "one verb, or two words of one",
                isRequired: false
            )
        ],
        options: [Verb.Option(name: "--man", about: "write the manual page")],
        examples: [
            Verb.Example(line: "tally help verify", about: "arguments and options"),
            Verb.Example(line: "tally help --man pay | man -l -", about: "the manual page of pay"),
        ],
        exits: [.done, .usage],
        act: { request, scene throws(Complaint) in
            if request["--man"] != nil { return try Manual.report(request.arguments) }
            return try Help.report(
                request.arguments,
                scene.paint(terminal: scene.outIsTerminal)
            )
        }
    )

    static let completion = Verb(
        words: ["completion"],
        summary: "write completions for a shell",
        details: ["put them where your shell looks, or load them once"],
        arguments: [
            Verb.Argument(
                name: "SHELL",
                kind: .choice(Shell.allCases.map(\.rawValue)),
                about: "bash, zsh or fish"
            )
        ],
        examples: [
            Verb.Example(line: "source <(tally completion bash)", about: "in this shell"),
            Verb.Example(
                line: "tally completion fish > ~/.config/fish/completions/tally.fish",
                about: "for good"
            ),
        ],
        exits: [.done, .usage],
        act: Shell.act
    )

    static let benchBase = Verb(
        words: ["bench", "base"],
        summary: "measure the base against the raw library calls it needs",
        details: [
            "every figure is a ratio of two times measured in the same run, ours to the bare",
            "calls; the journal is measured in a folder of the home, or of the place you are in",
        ],
        examples: [Verb.Example(line: "tally bench base", about: "half a minute or so")],
        exits: [.done, .failed, .usage],
        act: benchBaseVerb
    )

    static let benchSim = Verb(
        words: ["bench", "sim"],
        summary: "measure the simulator against a bare program in C that makes payments",
        details: [
            "both run in turn, and each ratio is the median over the pairs; what is compared is",
            "the processor's time, and the clock's beside it",
            "ours: clean-street, every payment from COMMIT-REQUEST until both sides have it on",
            "disk and have synced their logs' heads: four messages made, sealed, opened, read and",
            "checked, four groups in the journal with their records, sealed rows and sums, each",
            "write and sync on the faulty disk, the oracle after every group, the hash of the",
            "trace; LOOKUP to ACCEPT, and making the homes, are measured apart and shown",
            "theirs: bench/simpay.c, two databases on a disk in memory, WAL and FULL; a payment is",
            "four commits of one or two statements each, four syncs, four messages of 200 bytes,",
            "each signed, sealed, opened and checked, or summed under a key twice",
        ],
        options: [
            Verb.Option(
                name: "--yardstick",
                value: "PROGRAM",
                about: "the compiled bench/simpay.c; else .build/bench/simpay"
            )
        ],
        examples: [Verb.Example(line: "make bench", about: "compile it, and run every bench")],
        exits: [.done, .failed, .usage, .broken],
        act: SimBench.act
    )
}

/// Which version this is.
enum Version {
    static let program = "0.1.0"
    static let format: UInt64 = 1

    static let report = Report(
        lines: ["tally \(program), format \(format)"],
        json: .object([("version", .string(program)), ("format", .number(format))])
    )
}
