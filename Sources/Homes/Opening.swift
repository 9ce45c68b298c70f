package import Command
internal import Host
package import Links
package import Sealing
package import Station
internal import Words

/// Where a verb finds its home, and what opens it.
package enum Opening {
    package static let environment =
        [
            "TALLY_HOME", "TALLY_PASSPHRASE_FILE", "TALLY_KEY_FILE", "XDG_DATA_HOME", "HOME",
            "TMPDIR", "CREDENTIALS_DIRECTORY", "TALLY_AVAHI",
        ] + Supervisor.environment

    /// What every verb that opens a home takes.
    package static let options: [Verb.Option] = [
        Verb.Option(
            name: "--passphrase-file",
            value: "FILE",
            about: "its first line is the passphrase; else TALLY_PASSPHRASE_FILE, or you are asked"
        ),
        Verb.Option(
            name: "--key-file",
            value: "FILE",
            about: "32 bytes that open the home instead of a passphrase; else TALLY_KEY_FILE"
        ),
    ]

    /// What every verb that goes on the air takes.
    package static let links: [Verb.Option] = [
        Verb.Option(
            name: "--port",
            value: "N",
            kind: .number,
            about: "the UDP port of the node's own; else any that is free"
        ),
        Verb.Option(
            name: "--on",
            value: "NETWORKS",
            about: "use these alone, with commas between: eth0,lo; else all that are up"
        ),
        Verb.Option(
            name: "--no-avahi",
            about: "announce nothing and find nobody by Avahi; so does TALLY_AVAHI=off"
        ),
    ]

    /// Weather, for whoever wants to see it.
    package static let loseOption = Verb.Option(
        name: "--lose",
        value: "PERCENT",
        kind: .number,
        about: "lose so many of its datagrams, to see what happens"
    )

    // MARK: The home

    package static func home(_ request: Request, _ scene: Scene) throws(Complaint) -> Home {
        if let path = request["--home"] { return Home(bare(path)) }
        func set(_ name: String) -> String? {
            scene.environment[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        if let path = set("TALLY_HOME") { return Home(bare(path)) }
        // One that is not absolute is to be passed over, as those say who made it up.
        if let data = set("XDG_DATA_HOME"), data.hasPrefix("/") {
            return Home(bare(data) + "/tally")
        }
        if let person = set("HOME") { return Home(bare(person) + "/.local/share/tally") }
        throw Complaint(
            .usage,
            "no-home",
            "nothing says which home is meant: there is no --home, TALLY_HOME, XDG_DATA_HOME"
                + " or HOME",
            hint: "write --home DIR"
        )
    }

    /// Without the strokes at its end that completion writes.
    private static func bare(_ path: String) -> String {
        var path = path
        while path.count > 1, path.last == "/" { path.removeLast() }
        return path
    }

    /// Whether a wallet is here, or the reader of one.
    package static func hasWallet(_ home: Home) throws(Complaint) {
        guard home.isMade || home.isFam else { throw Complaint(HomeFault.notMade, home) }
    }

    /// What opens a home's keys; a passphrase is asked for where nothing else says it.
    package static func lock(
        _ home: Home,
        _ request: Request,
        _ scene: Scene
    ) throws(Complaint) -> KeyFile.Lock {
        guard home.isMade else { throw Complaint(HomeFault.notMade, home) }
        // Its keys are for its own process, whatever asks here.
        guard !home.isEKey else { throw .isEKey(home) }
        return try lock(of: home.keys, in: home, request, scene)
    }

    /// The same for any file of keys.
    package static func lock(
        of keys: String,
        in home: Home,
        _ request: Request,
        _ scene: Scene
    ) throws(Complaint) -> KeyFile.Lock {
        let file: [UInt8]
        do {
            file = try Files.read(keys, cap: Limits.keyFileBytes)
        } catch {
            throw Complaint(error, reading: keys)
        }
        return try lock(ofKeys: file, in: home, request, scene)
    }

    /// The same for the bytes of one.
    package static func lock(
        ofKeys file: [UInt8],
        in home: Home,
        _ request: Request,
        _ scene: Scene
    ) throws(Complaint) -> KeyFile.Lock {
        let asks: Bool
        do {
            asks = try KeyFile.needsPassphrase(file)
        } catch {
            throw Complaint(error, home)
        }
        guard asks else { return .serviceKey(try serviceKey(request, scene)) }
        let text = try passphrase(request, scene, "passphrase of \(home.folder): ")
        return .passphrase(text, .argon2id)
    }

    package static func serviceKey(_ request: Request, _ scene: Scene) throws(Complaint) -> [UInt8]
    {
        let typed = request["--key-file"] ?? scene.environment["TALLY_KEY_FILE"]
        guard let path = typed ?? credential("key", request, scene), !path.isEmpty else {
            throw Complaint(
                .wrongPassphrase,
                "no-key-file",
                "this home opens with a key file, and none was given",
                hint: "write --key-file FILE, or set TALLY_KEY_FILE"
            )
        }
        do {
            return try Files.read(path, cap: Limits.keyFileBytes)
        } catch {
            throw Complaint(error, reading: path)
        }
    }

    /// What systemd hands a service, and nobody else.
    private static func credential(
        _ kind: String,
        _ request: Request,
        _ scene: Scene
    ) -> String? {
        guard let owner = request.verb.service,
            let folder = scene.environment["CREDENTIALS_DIRECTORY"], !folder.isEmpty
        else { return nil }
        let path = "\(folder)/\(owner).\(kind)"
        return Files.exists(path) ? path : nil
    }

    package static func passphrase(
        _ request: Request,
        _ scene: Scene,
        _ question: String
    ) throws(Complaint) -> [UInt8] {
        let typed = request["--passphrase-file"] ?? scene.environment["TALLY_PASSPHRASE_FILE"]
        if let path = typed ?? credential("passphrase", request, scene), !path.isEmpty {
            do {
                let bytes = try Files.read(path, cap: Limits.passphraseBytes + 2)
                return Array(bytes.prefix { $0 != 0x0A && $0 != 0x0D })
            } catch {
                throw Complaint(error, reading: path)
            }
        }
        guard let answer = scene.question(question, true) else {
            throw Complaint(
                .wrongPassphrase,
                "no-passphrase",
                "the home has a passphrase, and there is no terminal to ask for it",
                hint: "write --passphrase-file FILE, or set TALLY_PASSPHRASE_FILE"
            )
        }
        return Array(answer.utf8)
    }

    package static func settings(
        _ request: Request,
        _ scene: Scene
    ) throws(Complaint) -> UDP.Settings {
        var settings = UDP.Settings()
        settings.asksAvahi = try asksAvahi(request, scene)
        settings.lostPerMille = try lost(request)
        if let typed = request["--port"] {
            guard let port = UInt16(typed), port > 0, port != Endpoint.callPort else {
                throw Complaint(
                    .usage,
                    "bad-port",
                    "--port is a number from 1 to 65535, but not \(Endpoint.callPort), on which all"
                        + " nodes are called; \(quoted(typed)) is none of them",
                    hint: "leave it out for any port that is free"
                )
            }
            settings.port = port
        }
        if let typed = request["--on"] {
            settings.networks = typed.split(separator: ",").map(String.init)
            guard !settings.networks.isEmpty else {
                throw Complaint(
                    .usage,
                    "no-network",
                    "\(quoted(typed)) names no network",
                    hint: "write --on eth0, or leave it out for all that are up"
                )
            }
        }
        return settings
    }

    private static func asksAvahi(_ request: Request, _ scene: Scene) throws(Complaint) -> Bool {
        switch scene.environment["TALLY_AVAHI"] ?? "" {
        case "", "on": return request["--no-avahi"] == nil
        case "off": return false
        case let word:
            throw Complaint(
                .usage,
                "bad-setting",
                "TALLY_AVAHI is on or off, and \(quoted(word)) is neither",
                hint: "unset it, which is on"
            )
        }
    }

    private static func lost(_ request: Request) throws(Complaint) -> UInt64 {
        guard let typed = request["--lose"] else { return 0 }
        guard let percent = UInt64(typed), percent <= 100 else {
            throw Complaint(
                .usage,
                "bad-number",
                "--lose is a number from 0 to 100, and \(quoted(typed)) is none",
                hint: "leave it out to lose nothing on purpose"
            )
        }
        return percent * 10
    }
}
