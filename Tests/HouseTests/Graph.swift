/// The arrows of the house, stated a second time and apart from Package.swift, so that changing
/// them takes two deliberate edits.
enum Graph {
    /// What each room may import of ours (and the C library it stands for).
    static let arrows: [String: Set<String>] = [
        // Pure.
        "Words": [],
        "Wire": ["Words"],
        "Money": ["Words", "Wire"],
        "Commit": ["Words", "Wire", "Money"],
        "Wallet": ["Words", "Wire", "Money", "Commit"],
        "Node": ["Words", "Wire", "Money", "Commit", "Wallet"],
        "EKey": ["Words", "Wire", "Wallet"],
        "Meter": ["Words", "Wire", "Wallet", "Keypad"],
        "Ledger": ["Words"],
        "Keypad": ["Words", "Wire"],
        "Carrier": ["Words", "Wire", "Money", "Keypad"],
        "Reckoning": ["Words", "Wire", "Money", "Ledger"],
        "Mint": ["Words", "Wire", "Money", "Commit", "Ledger", "Reckoning"],
        // Boundary.
        "Sealing": ["Words", "Wire", "CSodium"],
        "Certificates": ["Words", "CCrypto"],
        "Store": ["Words", "CSQLite"],
        "Journal": ["Words", "Wire", "Store"],
        "Books": ["Words", "Wire", "Store", "Ledger"],
        "Host": ["Words"],
        "Links": ["Words", "CLinux"],
        "Nearby": ["Words", "Links", "CAvahi"],
        "Pictures": ["CQrencode"],
        // Services.
        "Station": [
            "Words", "Wire", "Money", "Commit", "Wallet", "Node", "Sealing", "Certificates",
            "Journal", "Host", "Links", "Nearby",
        ],
        "Clerk": [
            "Words", "Wire", "Money", "Commit", "Wallet", "Ledger", "Reckoning", "Mint", "Books",
        ],
        "Office": [
            "Words", "Wire", "Money", "Commit", "Wallet", "Sealing", "Certificates", "Journal",
            "Host", "Ledger", "Mint", "Books", "Clerk", "Station",
        ],
        "Device": [
            "Words", "Wire", "Money", "Commit", "Wallet", "EKey", "Sealing", "Certificates", "Host",
            "Links", "Station",
        ],
        // The simulator's house.
        "Disks": ["Words", "CSQLite"],
        // Stand-ins for keys and certificates, so that tests and simulator need no C library.
        "StandIns": ["Words", "Wire"],
        // A cable between a reader and an eKey, with what befalls it.
        "Cables": ["EKey"],
        // What must be true of the simulated world; it may not know the rules it judges.
        "Oracle": ["Words", "Wire"],
        // What the journal's tests, its fuzzer and the simulator drive it with.
        "JournalTrials": ["Words", "Wire", "Store", "Journal", "Disks"],
        // The same node in a world of its own.
        "World": [
            "Words", "Wire", "Money", "Commit", "Wallet", "Node", "EKey", "Meter", "Sealing",
            "Certificates", "Store", "Journal", "Ledger", "Mint", "Books", "Clerk", "Disks",
            "StandIns", "Cables", "JournalTrials", "Oracle",
        ],
        // A run as text, SVG and HTML.
        "Charts": ["Wire", "Wallet", "World"],
        // Outside.
        "Command": ["Words", "Wire", "Money", "Certificates", "Host"],
        "Homes": [
            "Words", "Wire", "Money", "Commit", "Wallet", "Keypad", "Carrier", "Sealing",
            "Certificates", "Journal", "Host", "Links", "Station", "Command",
        ],
        "WalletVerbs": [
            "Words", "Wire", "Money", "Commit", "Wallet", "Carrier", "Sealing", "Certificates",
            "Journal", "Host", "Links", "Nearby", "Station", "Command", "Homes",
        ],
        "OfficeDesk": [
            "Words", "Wire", "Money", "Commit", "Sealing", "Ledger", "Mint", "Books", "Clerk",
            "Host", "Links", "Station", "Office", "Command", "Homes",
        ],
        "PSVerbs": [
            "Words", "Wire", "Money", "Commit", "Carrier", "Sealing", "Ledger", "Mint", "Books",
            "Clerk", "Host", "Station", "Office", "Command", "Homes", "OfficeDesk",
        ],
        "BAMVerbs": [
            "Words", "Wire", "Money", "Commit", "EKey", "Sealing", "Ledger", "Mint", "Books",
            "Clerk", "Host", "Office", "Device", "Command", "Homes", "OfficeDesk", "DeviceVerbs",
        ],
        "OfficeVerbs": [
            "Words", "Wire", "Money", "Commit", "Wallet", "Sealing", "Certificates", "Ledger",
            "Reckoning", "Mint", "Books", "Clerk", "Host", "Links", "Station", "Office", "Command",
            "Homes", "OfficeDesk", "BAMVerbs", "PSVerbs",
        ],
        "DeviceVerbs": [
            "Words", "Wire", "Money", "Commit", "Wallet", "EKey", "Sealing", "Certificates", "Host",
            "Links", "Station", "Device", "Command", "Homes",
        ],
        "KeypadVerbs": [
            "Words", "Wire", "Keypad", "Sealing", "Host", "Station", "Command", "Homes",
        ],
        "MeterVerbs": [
            "Words", "Wire", "Money", "Wallet", "Keypad", "Carrier", "Meter", "Certificates",
            "Host", "Links", "Station", "Command", "Homes", "WalletVerbs", "KeypadVerbs",
        ],
        "MPCVerbs": [
            "Words", "Wire", "Money", "Wallet", "Keypad", "Carrier", "Pictures", "Sealing",
            "Host", "Links", "Station", "Command", "Homes", "WalletVerbs", "MeterVerbs",
        ],
        "SimVerbs": ["Words", "Host", "World", "Charts", "Command"],
        "Bench": [
            "Words", "Wire", "Money", "Commit", "Wallet", "Node", "Ledger", "Mint", "Sealing",
            "Certificates", "Store", "Journal", "Books", "Clerk", "Host", "Links", "Station",
            "Office", "World", "Command", "Homes", "SimVerbs",
        ],
        "Demo": [
            "Words", "Wire", "Money", "Commit", "Wallet", "Sealing", "Certificates", "Host",
            "Links", "Station", "World", "Charts", "Command", "Homes", "SimVerbs",
        ],
        "Verbs": [
            "Host", "Command", "Homes", "WalletVerbs", "MeterVerbs", "OfficeVerbs", "PSVerbs",
            "BAMVerbs", "DeviceVerbs", "KeypadVerbs", "MPCVerbs", "SimVerbs", "Bench", "Demo",
        ],
        "tally": ["Verbs"],
    ]

    static let pureRooms: Set<String> = [
        "Words", "Wire", "Money", "Commit", "Wallet", "Node", "EKey", "Meter", "Oracle", "Ledger",
        "Reckoning", "Mint", "Keypad", "Carrier",
    ]
    /// Where an enumeration is switched over without a way out.
    static let coreRooms: Set<String> = [
        "Wire", "Money", "Commit", "Wallet", "Node", "EKey", "Meter", "Ledger", "Reckoning", "Mint",
        "Keypad", "Carrier",
    ]
    /// The only rooms that touch memory by hand.
    ///
    /// Journal and Books stand on Store and need none of it.
    static let unsafeRooms: Set<String> = [
        "Sealing", "Certificates", "Store", "Disks", "Host", "Links",
        "Nearby", "Pictures",
    ]

    /// What a room may import of the system: nothing when pure, never all of Foundation.
    static func system(_ room: String) -> Set<String> {
        if pureRooms.contains(room) { return [] }
        if room == "Bench" { return ["FoundationEssentials", "Synchronization"] }
        return unsafeRooms.contains(room) ? ["Glibc", "Synchronization"] : ["Synchronization"]
    }

    static func mayImport(_ module: String, in room: String) -> Bool {
        arrows[room]?.contains(module) == true || system(room).contains(module)
    }
}
