package import Command
internal import Homes
internal import Host
package import Keypad
internal import Sealing
internal import Station
internal import Wire
internal import Words

/// Keys that are handed on in a file, which opens with something of its own.
package enum KeyFiles {
    /// What every verb that writes such a file takes.
    static let options: [Verb.Option] = [
        Verb.Option(
            name: "--to",
            value: "FILE",
            about: "where to write the key, sealed for whoever gets it"
        ),
        Verb.Option(
            name: "--to-passphrase-file",
            value: "FILE",
            about: "its first line is the passphrase of that file; else you are asked"
        ),
        Verb.Option(
            name: "--to-key-file",
            value: "FILE",
            about: "32 bytes that open that file instead, made where there are none"
        ),
    ]

    /// What every verb that reads one beside its home takes.
    package static let opening: [Verb.Option] = [
        Verb.Option(
            name: "--from-passphrase-file",
            value: "FILE",
            about: "its first line is the passphrase of the file that was handed on"
        ),
        Verb.Option(
            name: "--from-key-file",
            value: "FILE",
            about: "32 bytes that open the file that was handed on"
        ),
    ]

    /// A key that is to be written, once the books of this home say that it is out.
    struct Draft {
        let path: String
        let lock: KeyFile.Lock

        /// nil where no file is asked for.
        ///
        /// What could stop it is asked first, so that no key ends for a file that cannot be.
        init?(_ request: Request, _ scene: Scene) throws(Complaint) {
            guard let path = request["--to"] else { return nil }
            guard !Files.exists(path) else {
                throw Complaint(
                    .refused,
                    "file-there",
                    "there is something named \(quoted(path)) already",
                    hint: "name another file, or remove that one first"
                )
            }
            if let key = request["--to-key-file"], Files.whole(key) == Files.whole(path) {
                throw Complaint(
                    .usage,
                    "same-file",
                    "\(quoted(path)) cannot be the key and what opens it",
                    hint: "name two files"
                )
            }
            (self.path, lock) = (path, try KeyFiles.lock(for: path, request, scene))
        }

        private var next: String { path + ".next" }

        /// Writes all of it beside its name: what fails, fails before any key ends.
        func prepare(_ paper: KeyPaper) throws(Complaint) {
            let sealed = try KeyFiles.sealed(paper, by: lock, in: Home(path))
            do {
                try Files.write(sealed.wireBytes, to: next, isSecret: true)
            } catch {
                throw Complaint(error, writing: path)
            }
        }

        func drop() { try? Files.remove(next) }

        /// Gives it its name.
        func finish() throws(Complaint) {
            do {
                try Files.rename(next, to: path)
            } catch {
                throw Complaint(error, writing: path)
            }
        }
    }

    static func sealed(
        _ paper: KeyPaper,
        by lock: KeyFile.Lock,
        in home: Home
    ) throws(Complaint) -> SealedPaper {
        var chance = SystemChance()
        do {
            return try SealedPaper(paper.wireBytes, KeyPaper.title, by: lock, chance: &chance)
        } catch {
            throw Complaint(error, home)
        }
    }

    /// What will open a file that is handed on, which is not what opens this home.
    private static func lock(
        for path: String,
        _ request: Request,
        _ scene: Scene
    ) throws(Complaint) -> KeyFile.Lock {
        let (asked, own) = apart(request, scene, by: "--to")
        do {
            return try Making.newLock(asked, own, for: path)
        } catch {
            guard error.name == "no-passphrase" else { throw error }
            throw Complaint(
                .wrongPassphrase,
                "no-passphrase",
                "nothing says what is to open \(quoted(path)), and there is no terminal to ask",
                hint: "write --to-passphrase-file FILE, or --to-key-file FILE"
            )
        }
    }

    /// The same request, of which the common options are those of a file that is handed on.
    private static func apart(
        _ request: Request,
        _ scene: Scene,
        by prefix: String
    ) -> (Request, Scene) {
        var (scene, options) = (scene, [String: String]())
        scene.environment["TALLY_KEY_FILE"] = nil
        scene.environment["TALLY_PASSPHRASE_FILE"] = nil
        options["--key-file"] = request[prefix + "-key-file"]
        options["--passphrase-file"] = request[prefix + "-passphrase-file"]
        return (Request(verb: request.verb, arguments: [], options: options), scene)
    }

    /// Opens one that is not this home's, with what is said of it alone.
    package static func openHandedOn(
        _ path: String,
        _ request: Request,
        _ scene: Scene
    ) throws(Complaint) -> KeyPaper {
        let (asked, own) = apart(request, scene, by: "--from")
        do {
            return try open(path, in: Home(path), asked, own).0
        } catch {
            guard ["no-passphrase", "no-key-file"].contains(error.name) else { throw error }
            throw Complaint(
                .wrongPassphrase,
                error.name,
                "nothing says what opens \(quoted(path))",
                hint: "write --from-passphrase-file FILE, or --from-key-file FILE"
            )
        }
    }

    /// Opens one, with what the common options say.
    static func open(
        _ path: String,
        in home: Home,
        _ request: Request,
        _ scene: Scene
    ) throws(Complaint) -> (KeyPaper, DataKey) {
        let sealed = try read(path)
        let lock = try Opening.lock(ofKeys: sealed.keyFile, in: home, request, scene)
        let (content, data): ([UInt8], DataKey)
        do {
            (content, data) = try sealed.open(with: lock)
        } catch {
            throw Complaint(error, home)
        }
        guard let paper = try? KeyPaper(wireBytes: content) else { throw notSealed(path) }
        return (paper, data)
    }

    static func read(_ path: String) throws(Complaint) -> SealedPaper {
        let bytes = try PaperFiles.bytes(at: path)
        guard let sealed = try? SealedPaper(wireBytes: bytes), sealed.what == KeyPaper.title else {
            throw notSealed(path)
        }
        return sealed
    }

    private static func notSealed(_ path: String) -> Complaint {
        Complaint(
            .refused,
            "not-a-key",
            "\(quoted(path)) is no key that 'tally kdc' hands on, or is damaged",
            hint: "have it written again with 'tally kdc issue' or 'tally kdc meter'"
        )
    }

    static func notIssuing(_ path: String) -> Complaint {
        Complaint(
            .refused,
            "not-issuing",
            "\(quoted(path)) holds the key of one meter, and no keys can be made of it",
            hint: "'tally kdc issue', where the keys above are, writes one that makes others"
        )
    }
}

// How the words of this room look to a person.

extension IssuePath {
    var text: String { steps.isEmpty ? "the top" : steps.map(\.text).joined(separator: ", ") }

    var json: JSON {
        .array(
            steps.map {
                .object([
                    ("name", .string($0.name.string)),
                    ("generation", .number($0.generation.number)),
                ])
            }
        )
    }
}

extension IssueStep {
    fileprivate var text: String {
        generation == .first ? name.string : "\(name.string) (\(generation.number))"
    }
}

extension KeyUse {
    var word: String {
        switch self {
        case .real: "meter"
        case .test: "test"
        }
    }
}
