package import Command

// The verbs of the bench, as the table knows them.

extension Verb {
    package static let ofBench = [
        benchBase, benchSim, PayBench.verb, PaySide.verb, OfficeBench.verb,
    ]

    private static let benchBase = Verb(
        words: ["bench", "base"],
        summary: "measure the base against the raw library calls it needs",
        details: [
            "every figure is a ratio of two times measured in the same run, ours to the bare",
            "calls; journal and books are measured in a folder of the home, or of the place you",
            "are in, and what books cost on two disks beside what they cost on one",
        ],
        examples: [Verb.Example(line: "tally bench base", about: "half a minute or so")],
        exits: [.done, .failed, .usage],
        act: benchBaseVerb
    )

    private static let benchSim = Verb(
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
