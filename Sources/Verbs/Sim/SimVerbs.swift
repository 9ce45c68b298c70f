// The verbs of the simulator, as the table knows them.

extension Verbs {
    private static let scenario = Verb.Argument(
        name: "SCENARIO",
        kind: .scenario,
        about: "a name that 'tally sim list' lists, or a file of your own, NAME.sim"
    )

    static let simList = Verb(
        words: ["sim", "list"],
        summary: "list the scenarios of the simulator",
        details: [
            "each with the invariant that it strains more than the others do, and the planted",
            "bug that it finds best; what may stand in one is in docs/SIMULATOR.md",
        ],
        options: [
            Verb.Option(
                name: "--show",
                value: "NAME",
                kind: .scenario,
                about: "show the file of this one, to begin one's own with"
            )
        ],
        examples: [
            Verb.Example(line: "tally sim list", about: "what there is"),
            Verb.Example(
                line: "tally sim list --show tunnel > mine.sim",
                about: "one of your own begins with one of these"
            ),
        ],
        exits: [.done, .usage, .notFound],
        act: Scenarios.list
    )

    static let simRun = Verb(
        words: ["sim", "run"],
        summary: "run a scenario with many seeds, and look for what must not be",
        details: [
            "every seed is a world of its own: the same wallets that ship, over disks and air",
            "that fail as the seed draws it; after every event the invariants are checked, then",
            "all is healed, and nothing may be left in doubt. The first seed in which something",
            "is broken is made smaller, and told with the command that shows it. The same seeds",
            "give the same hash on any number of threads",
        ],
        arguments: [scenario],
        options: [
            Verb.Option(
                name: "--seeds",
                value: "A-B",
                kind: .number,
                about: "which seeds; else 1-100"
            ),
            Verb.Option(
                name: "--jobs",
                value: "N",
                kind: .number,
                about: "how many at once; else one for each core"
            ),
            Verb.Option(
                name: "--keep-going",
                about: "do not stop at the first broken seed, collect them"
            ),
            Verb.Option(
                name: "--resume",
                value: "FILE",
                about: "keep in FILE how far it is, and go on from there"
            ),
            Verb.Option(
                name: "--keep",
                value: "DIR",
                kind: .directory,
                about: "where the smaller scenario of a broken seed goes; else here"
            ),
        ],
        examples: [
            Verb.Example(line: "tally sim run tunnel --seeds 1-1000", about: "a thousand worlds"),
            Verb.Example(
                line: "tally sim run tunnel --seeds 1-100000 --resume tunnel.state",
                about: "stop it whenever you like, and type it again"
            ),
            Verb.Example(line: "tally sim run mine.sim --keep-going --json", about: "for programs"),
        ],
        exits: [.done, .failed, .usage, .refused, .notFound, .broken],
        act: SimRunning.act
    )

    static let simReplay = Verb(
        words: ["sim", "replay"],
        summary: "run one seed again, and draw what happened",
        details: [
            "a message sequence chart: a lane for each home, time from top to bottom, messages",
            "with what became of them, syncs, crashes, what people saw and had; in text here, or",
            "as a file that any browser shows. Without --chart, --trace or --text it is --text",
        ],
        arguments: [
            scenario,
            Verb.Argument(name: "SEED", kind: .number, about: "which world, a number from 1"),
        ],
        options: [
            Verb.Option(
                name: "--chart",
                value: "FILE",
                about: "write the chart there, as its name says: .svg or .html"
            ),
            Verb.Option(name: "--text", about: "show the chart as text"),
            Verb.Option(name: "--trace", about: "show every event in a line of its own"),
            Verb.Option(
                name: "--homes",
                value: "A,B",
                kind: .number,
                about: "only these lanes, in this order"
            ),
            Verb.Option(
                name: "--from",
                value: "S",
                kind: .number,
                about: "the chart begins at this virtual second"
            ),
            Verb.Option(
                name: "--until",
                value: "S",
                kind: .number,
                about: "the chart ends at this virtual second"
            ),
            Verb.Option(
                name: "--rows",
                value: "N",
                kind: .number,
                about: "at most so many rows in a chart; else 2000"
            ),
        ],
        examples: [
            Verb.Example(line: "tally sim replay one-payment 1", about: "look at it here"),
            Verb.Example(
                line: "tally sim replay tunnel 7 --chart tunnel.html",
                about: "a page with chart, balances and trace"
            ),
            Verb.Example(
                line: "tally sim replay flea-market 3 --homes 4,9 --until 60",
                about: "two of fifty, in the first minute"
            ),
        ],
        exits: [.done, .failed, .usage, .notFound, .broken],
        act: SimReplaying.act
    )
}
