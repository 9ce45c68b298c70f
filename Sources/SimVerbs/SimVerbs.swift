package import Command

// The verbs of the simulator, as the table knows them.

extension Verb {
    package static let ofSimulator = [simList, simRun, simReplay, simSweep, simPlant]

    private static let scenario = Verb.Argument(
        name: "SCENARIO",
        kind: .nameOrFile(Scenarios.names),
        about: "a name that 'tally sim list' lists, or a file of your own, NAME.sim"
    )

    private static let real = Verb.Option(
        name: "--real",
        about: "with the cryptography that ships, not with a stand-in that is quick"
    )

    private static let simList = Verb(
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
                kind: .nameOrFile(Scenarios.names),
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

    private static let simRun = Verb(
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
            real,
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

    private static let simReplay = Verb(
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
                about: "only these homes, in this order"
            ),
            Verb.Option(
                name: "--from",
                value: "S",
                kind: .number,
                about: "chart and trace begin at this virtual second"
            ),
            Verb.Option(
                name: "--until",
                value: "S",
                kind: .number,
                about: "they end at this virtual second"
            ),
            Verb.Option(
                name: "--rows",
                value: "N",
                kind: .number,
                about: "at most so many rows in a chart; else 2000"
            ),
            real,
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

    private static let jobs = Verb.Option(
        name: "--jobs",
        value: "N",
        kind: .number,
        about: "how many at once; else one for each core"
    )

    private static let simSweep = Verb(
        words: ["sim", "sweep"],
        summary: "cut the power at every place of one payment",
        details: [
            "nothing is drawn: the places are counted in a first run, every write to a disk,",
            "every sync, every message sent or handed over, and then the power goes at each of",
            "them with each of four things left of what was not synced. Depth 1 does so with",
            "each message lost, doubled, or held until after the next restart; depth 2 at each",
            "pair of places; depth 3 once more at each place of the recovery after that. The runs",
            "are counted by the worlds themselves, and must be as many as were computed",
        ],
        options: [
            Verb.Option(
                name: "--depth",
                value: "N",
                kind: .number,
                about: "1: each place; 2: pairs; 3: and each place of the recovery; else 1"
            ),
            jobs,
            Verb.Option(
                name: "--keep-going",
                about: "do not stop at the first broken case, collect them"
            ),
            Verb.Option(
                name: "--resume",
                value: "FILE",
                about: "keep in FILE how far it is, and go on from there"
            ),
            Verb.Option(
                name: "--seed",
                value: "N",
                kind: .number,
                about: "what the payment's keys and nonces are drawn from; else 1"
            ),
            Verb.Option(
                name: "--only",
                value: "CASE",
                kind: .word,
                about: "run this one case again, and draw what happened"
            ),
            Verb.Option(name: "--trace", about: "with --only: show every event too"),
            Verb.Option(
                name: "--chart",
                value: "FILE",
                about: "with --only: write the chart there, .svg or .html"
            ),
        ],
        examples: [
            Verb.Example(line: "tally sim sweep", about: "every place, every message"),
            Verb.Example(
                line: "tally sim sweep --depth 2 --resume sweep.state",
                about: "stop it whenever you like, and type it again"
            ),
            Verb.Example(
                line: "tally sim sweep --only 'message 3 lost, place 40 torn'",
                about: "look at one case"
            ),
        ],
        exits: [.done, .failed, .usage, .refused, .broken],
        act: SimSweeping.act
    )

    private static let simPlant = Verb(
        words: ["sim", "plant"],
        summary: "look for the bugs that are planted to be found",
        details: [
            "only a tally built with the trait Planted has them: 'make plant', or",
            "swift build -c release --traits Planted --scratch-path .build/planted --product tally",
            "each is looked for by the general invariants, in the weather of the scenario that",
            "finds it best and then of the others; docs/PLANTED.md says what each of them is",
        ],
        arguments: [
            Verb.Argument(
                name: "BUG",
                kind: SimPlanting.names.isEmpty ? .word : .choice(SimPlanting.names),
                about: "a bug by its name in docs/PLANTED.md; else all of them",
                isRequired: false,
                repeats: true
            )
        ],
        options: [
            Verb.Option(
                name: "--seeds",
                value: "A-B",
                kind: .number,
                about: "which seeds of each scenario; else 1-100"
            ),
            Verb.Option(
                name: "--in",
                value: "SCENARIO",
                kind: .nameOrFile(Scenarios.names),
                about: "only in this one"
            ),
            jobs,
            Verb.Option(name: "--text", about: "show the run that found it as a chart"),
        ],
        examples: [
            Verb.Example(line: "tally sim plant", about: "all of them, each in its scenario"),
            Verb.Example(
                line: "tally sim plant forget-commit --in black-out --text",
                about: "see one of them at work"
            ),
        ],
        exits: [.done, .failed, .usage, .refused, .notFound],
        act: SimPlanting.act
    )
}
