// swift-tools-version:6.2
import PackageDescription

// The target graph is the architecture: dependencies point inward, and an import that is not
// declared here does not compile (the Makefile builds with
// --explicit-target-dependency-import-check error).

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .strictMemorySafety(), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

func room(_ name: String, _ dependencies: [Target.Dependency] = [], path: String? = nil) -> Target {
    .target(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

// What is under test is optimised. The tests themselves are where they compute much: to optimise
// the others takes longer than it saves.
let plain = strict + [.unsafeFlags(["-Onone"])]

func tests(
    _ name: String,
    _ dependencies: [Target.Dependency],
    without files: [String] = [],
    computeMuch: Bool = false
) -> Target {
    .testTarget(
        name: name,
        dependencies: dependencies,
        exclude: files,
        swiftSettings: computeMuch ? strict : plain
    )
}

// One fuzzer for each entry function of Tests/FuzzEntries. They exist only for scripts/fuzz, which
// sets TALLY_FUZZ: libFuzzer brings its own main, so nothing else can link them.
let fuzzers = [
    "Advert", "CBOR", "Carrier", "Certificate", "Datagram", "EKey", "Envelope", "JournalOpen",
    "KeyFile",
    "Message", "Node", "Provenance", "Rows", "Token", "TokenDesk",
]
let fuzzing = Context.environment["TALLY_FUZZ"] != nil
// scripts/plant sets it: a whole build for a trait takes minutes, and needs these tests alone.
let only = Context.environment["TALLY_ONLY"]

let package = Package(
    name: "tally",
    products: [.executable(name: "tally", targets: ["tally"])],
    traits: [
        .trait(name: "Planted", description: "bugs for the simulator to find; never shipped")
    ],
    targets: [
        // C libraries: a module map and a shim.h each, never Swift.
        .systemLibrary(name: "CSodium"),
        .systemLibrary(name: "CCrypto"),
        .systemLibrary(name: "CSQLite"),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CAvahi"),
        .systemLibrary(name: "CQrencode"),

        // Pure: no clock, no randomness, no file, no socket, no `unsafe`.
        room("Words"),
        room("Wire", ["Words"]),
        room("Money", ["Words", "Wire"]),
        room("Commit", ["Words", "Wire", "Money"]),
        room("Wallet", ["Words", "Wire", "Money", "Commit"]),
        room("Node", ["Words", "Wire", "Money", "Commit", "Wallet"]),
        // An eKey's commands, and who may have what done.
        room("EKey", ["Words", "Wire", "Wallet"]),
        // What a prepayment meter does besides being a wallet.
        room("Meter", ["Words", "Wire", "Wallet", "Keypad"]),
        // Double entry.
        room("Ledger", ["Words"]),
        // What an office judges and settles of what it is shown.
        room("Reckoning", ["Words", "Wire", "Money", "Ledger"]),
        // Meters' keys and the twenty digits that are typed into them.
        room("Keypad", ["Words", "Wire"]),
        // What is carried to a meter by hand, and back.
        room("Carrier", ["Words", "Wire", "Money", "Keypad"]),
        // The rules of an office's counter.
        room("Mint", ["Words", "Wire", "Money", "Commit", "Ledger", "Reckoning"]),

        // Boundary: the only rooms that say `unsafe`; each fills a seam of Words.
        room("Sealing", ["Words", "Wire", "CSodium"]),
        room("Certificates", ["Words", "CCrypto"]),
        room("Store", ["Words", "CSQLite"]),
        room("Journal", ["Words", "Wire", "Store"]),
        // The office's tables, and all its SQL.
        room("Books", ["Words", "Wire", "Store", "Ledger"]),
        // Files, terminal, environment and clock of this process.
        room("Host", ["Words"]),
        // Sockets, lines between processes, threads, and waiting for whatever comes first.
        room("Links", ["Words", "CLinux"]),
        // Who is announced on the networks, by the host's Avahi.
        room("Nearby", ["Words", "Links", "CAvahi"]),

        // Text as pictures that a phone reads.
        room("Pictures", ["CQrencode"]),

        // Services: a node at home on a real network, and what may be asked of it.
        room(
            "Station",
            [
                "Words", "Wire", "Money", "Commit", "Wallet", "Node", "Sealing", "Certificates",
                "Journal", "Host", "Links", "Nearby",
            ]
        ),

        // What an office answers and books, wherever its node runs.
        room(
            "Clerk",
            [
                "Words", "Wire", "Money", "Commit", "Wallet", "Ledger", "Reckoning", "Mint",
                "Books",
            ]
        ),
        // An office's home, and its node there.
        room(
            "Office",
            [
                "Words", "Wire", "Money", "Commit", "Wallet", "Sealing", "Certificates", "Journal",
                "Host", "Ledger", "Mint", "Books", "Clerk", "Station",
            ]
        ),
        // A wallet in a device of its own, and the reader before it.
        room(
            "Device",
            [
                "Words", "Wire", "Money", "Commit", "Wallet", "EKey", "Sealing", "Certificates",
                "Host",
                "Links", "Station",
            ]
        ),

        // The simulator's house.
        room("Disks", ["Words", "CSQLite"], path: "sim-network/Disks"),
        room("StandIns", ["Words", "Wire"], path: "sim-network/StandIns"),
        // A cable between a reader and an eKey, with what befalls it.
        room("Cables", ["EKey"], path: "sim-network/Cables"),
        // Written apart from the money rules it judges: it may not know them.
        room("Oracle", ["Words", "Wire"], path: "sim-network/Oracle"),

        // What the tests, the fuzzer and the simulator drive a journal with.
        room(
            "JournalTrials",
            ["Words", "Wire", "Store", "Journal", "Disks"],
            path: "sim-network/JournalTrials"
        ),

        // The same node in a world of its own: clock, air, weather, people.
        room(
            "World",
            [
                "Words", "Wire", "Money", "Commit", "Wallet", "Node", "EKey", "Meter", "Sealing",
                "Certificates", "Store", "Journal", "Ledger", "Mint", "Books", "Clerk", "Disks",
                "StandIns", "Cables", "JournalTrials", "Oracle",
            ],
            path: "sim-network/World"
        ),

        // What a run looked like, as text, SVG and HTML.
        room("Charts", ["Wire", "Wallet", "World"], path: "sim-network/Charts"),

        // Outside: the command.
        // What a verb is, and everything that is said of verbs and of faults.
        room("Command", ["Words", "Wire", "Money", "Certificates", "Host"]),
        // Which home a verb means, what opens it, and who answers there.
        room(
            "Homes",
            [
                "Words", "Wire", "Money", "Commit", "Wallet", "Keypad", "Carrier", "Sealing",
                "Certificates", "Journal", "Host", "Links", "Station", "Command",
            ]
        ),
        // The verbs, each with its like.
        room(
            "WalletVerbs",
            [
                "Words", "Wire", "Money", "Commit", "Wallet", "Carrier", "Sealing", "Certificates",
                "Journal", "Host", "Links", "Nearby", "Station", "Command", "Homes",
            ]
        ),
        // How a verb is done at an office that runs, or on its books.
        room(
            "OfficeDesk",
            [
                "Words", "Wire", "Money", "Commit", "Sealing", "Ledger", "Mint", "Books", "Clerk",
                "Host", "Links", "Station", "Office", "Command", "Homes",
            ]
        ),
        // What a payment server sells to meters.
        room(
            "PSVerbs",
            [
                "Words", "Wire", "Money", "Commit", "Carrier", "Sealing", "Ledger", "Mint",
                "Books", "Clerk", "Host", "Station", "Office", "Command", "Homes", "OfficeDesk",
            ]
        ),
        // A bank that gives out eKeys.
        room(
            "BAMVerbs",
            [
                "Words", "Wire", "Money", "Commit", "EKey", "Sealing", "Ledger", "Mint", "Books",
                "Clerk", "Host", "Office", "Device", "Command", "Homes", "OfficeDesk",
                "DeviceVerbs",
            ]
        ),
        room(
            "OfficeVerbs",
            [
                "Words", "Wire", "Money", "Commit", "Wallet", "Sealing", "Certificates", "Ledger",
                "Reckoning", "Mint", "Books", "Clerk", "Host", "Links", "Station", "Office",
                "Command", "Homes", "OfficeDesk", "BAMVerbs", "PSVerbs",
            ]
        ),
        room(
            "DeviceVerbs",
            [
                "Words", "Wire", "Money", "Commit", "Wallet", "EKey", "Sealing", "Certificates",
                "Host", "Links", "Station", "Device", "Command", "Homes",
            ]
        ),
        room(
            "KeypadVerbs",
            ["Words", "Wire", "Keypad", "Sealing", "Host", "Station", "Command", "Homes"]
        ),
        room(
            "MeterVerbs",
            [
                "Words", "Wire", "Money", "Wallet", "Keypad", "Carrier", "Meter", "Certificates",
                "Host", "Links", "Station", "Command", "Homes", "WalletVerbs", "KeypadVerbs",
            ]
        ),
        room(
            "MPCVerbs",
            [
                "Words", "Wire", "Money", "Wallet", "Keypad", "Carrier", "Pictures", "Sealing",
                "Host", "Links", "Station", "Command", "Homes", "WalletVerbs", "MeterVerbs",
            ]
        ),
        room("SimVerbs", ["Words", "Host", "World", "Charts", "Command"]),
        room(
            "Bench",
            [
                "Words", "Wire", "Money", "Commit", "Wallet", "Node", "Ledger", "Mint", "Sealing",
                "Certificates", "Store", "Journal", "Books", "Clerk", "Host", "Links", "Station",
                "Office", "World", "Command", "Homes", "SimVerbs",
            ]
        ),
        room(
            "Demo",
            [
                "Words", "Wire", "Money", "Commit", "Wallet", "Sealing", "Certificates", "Host",
                "Links", "Station", "World", "Charts", "Command", "Homes", "SimVerbs",
            ]
        ),
        // The one table of verbs.
        room(
            "Verbs",
            [
                "Host", "Command", "Homes", "WalletVerbs", "MeterVerbs", "OfficeVerbs", "PSVerbs",
                "BAMVerbs", "DeviceVerbs", "KeypadVerbs", "MPCVerbs", "SimVerbs", "Bench", "Demo",
            ]
        ),
        .executableTarget(name: "tally", dependencies: ["Verbs"], swiftSettings: strict),

        // What the tests of several rooms need alike.
        room("TestSupport", path: "Tests/TestSupport"),

        tests("WordsTests", ["Words"]),
        tests("WireTests", ["Words", "Wire", "FuzzEntries"]),
        tests("KeypadTests", ["Words", "Wire", "Keypad", "TestSupport"], computeMuch: true),
        tests("MoneyTests", ["Words", "Wire", "Money", "StandIns", "Disks"], computeMuch: true),
        tests(
            "CommitTests",
            ["Words", "Wire", "Money", "Commit", "Wallet", "StandIns", "TestSupport"]
        ),
        tests(
            "NodeTests",
            ["Words", "Wire", "Money", "Commit", "Wallet", "Node", "StandIns"]
        ),
        tests(
            "CarrierTests",
            ["Words", "Wire", "Money", "Keypad", "Carrier", "StandIns", "TestSupport"],
            computeMuch: true
        ),
        tests("MeterTests", ["Words", "Wire", "Wallet", "Keypad", "Meter"]),
        tests(
            "SealingTests",
            ["Words", "Wire", "Sealing", "CSodium", "FuzzEntries", "TestSupport"]
        ),
        // What every desk, and what every keeper of keys, has to do alike.
        tests("DeskTests", ["Words", "Wire", "Sealing", "StandIns"]),
        tests(
            "VectorTests",
            [
                "Words", "Wire", "Money", "Commit", "Wallet", "Keypad", "Carrier", "Meter",
                "Sealing", "Certificates", "Station", "EKey", "Device", "StandIns", "FuzzEntries",
                "TestSupport",
            ]
        ),
        tests("CertificatesTests", ["Words", "Sealing", "Certificates", "TestSupport"]),

        // What the fuzzers feed, as plain functions: kept cases are replayed through them too.
        room(
            "FuzzEntries",
            [
                "Words", "Wire", "Money", "Commit", "Wallet", "Node", "EKey", "Keypad", "Carrier",
                "Sealing", "Certificates", "Journal", "Nearby", "StandIns", "Disks",
                "JournalTrials",
            ],
            path: "Tests/FuzzEntries"
        ),
        tests("FuzzTests", ["FuzzEntries"]),
        // The rules of the house, as a test: it reads the sources and needs none of them.
        tests("HouseTests", [], computeMuch: true),
        tests(
            "VerbsTests",
            [
                "Words", "Host", "World", "Command", "WalletVerbs", "SimVerbs", "Bench", "Verbs",
            ],
            without: ["sessions"]
        ),
        tests("OracleTests", ["Words", "Wire", "Oracle"], computeMuch: true),
        tests(
            "WorldTests",
            ["Words", "Oracle", "World", "TestSupport"],
            computeMuch: true
        ),
        tests("ChartsTests", ["Wire", "Wallet", "World", "Charts"], without: ["kept"]),
        tests(
            "OfficeTests",
            [
                "Words", "Wire", "Money", "Commit", "Wallet", "Sealing", "Certificates", "Ledger",
                "Reckoning", "Mint", "Books", "Clerk", "Links", "Station", "Office",
            ]
        ),
        tests("LinksTests", ["Words", "Links"]),
        tests("NearbyTests", ["Words", "Links", "Nearby", "FuzzEntries"]),
        tests(
            "StationTests",
            [
                "Words", "Wire", "Commit", "Money", "Wallet", "Sealing", "Certificates", "Journal",
                "Links", "Nearby", "Station",
            ]
        ),
        tests(
            "EKeyTests",
            ["Words", "Wire", "Wallet", "EKey", "Cables", "StandIns", "FuzzEntries"]
        ),
        tests("StoreTests", ["Words", "Store", "Disks"]),
        tests("DisksTests", ["Words", "Store", "Disks"]),
        tests("LedgerTests", ["Words", "Ledger", "Disks"]),
        tests(
            "ReckoningTests",
            [
                "Words", "Wire", "Money", "Ledger", "Reckoning", "Sealing", "StandIns",
                "TestSupport",
            ],
            computeMuch: true
        ),
        tests(
            "MintTests",
            ["Words", "Wire", "Money", "Commit", "Ledger", "Reckoning", "Mint", "StandIns"]
        ),
        tests(
            "BooksTests",
            ["Words", "Wire", "Store", "Ledger", "Books", "Disks", "JournalTrials"],
            computeMuch: true
        ),
        tests(
            "JournalTests",
            ["Words", "Wire", "Store", "Journal", "Disks", "JournalTrials", "Bench"],
            computeMuch: true
        ),
    ]
        + (fuzzing ? fuzzers : []).map {
            .executableTarget(
                name: "Fuzz" + $0,
                dependencies: ["FuzzEntries"],
                path: "Fuzz/" + $0,
                swiftSettings: strict
            )
        }
)

if let only {
    var wanted: Set<String> = []
    func want(_ name: String) {
        guard wanted.insert(name).inserted else { return }
        for case .byNameItem(let name, _) in package.targets.first(where: { $0.name == name })?
            .dependencies ?? []
        { want(name) }
    }
    precondition(package.targets.contains { $0.name == only }, "TALLY_ONLY: no target \(only)")
    want(only)
    package.targets.removeAll { !wanted.contains($0.name) }
    package.products = []
}
