internal import Command
internal import Homes
internal import Host
internal import Journal
internal import Links
internal import Sealing
internal import Station
internal import Words

/// A wallet into a file, and out of it.
enum Backups {
    static let backup = Verb(
        words: ["backup"],
        summary: "write all of this wallet into one file",
        details: [
            "the file has the sealed keys and the journal, is checked by reading it back, and is",
            "opened by the same passphrase or key file; what is paid or received after it is not",
            "in it, so make one often: 'tally info' says when the last one was made",
        ],
        arguments: [Verb.Argument(name: "FILE", kind: .file, about: "where to")],
        options: Opening.options,
        examples: [
            Verb.Example(line: "tally backup /media/stick/ada.tally", about: "keep it away")
        ],
        exits: Looking.looking + [.refused],
        act: { request, scene throws(Complaint) in
            let path = Files.whole(request.arguments[0])
            return try Looking.asking(request, scene) { teller throws(Complaint) in
                switch try teller.ask(.backUp(path)) {
                case .done: break
                case .fault(let reason):
                    throw Complaint(
                        .failed,
                        "backup",
                        "no backup was made: \(reason)",
                        hint:
                            "see that there is room and that the folder may be written; an older"
                            + " backup of this wallet is replaced, and nothing else"
                    )
                default: throw .otherVersion
                }
                return Report(
                    lines: ["wrote \(path), and read it back", "keep it on another device"],
                    json: .object([("file", .string(path))])
                )
            }
        }
    )

    static let restore = Verb(
        words: ["restore"],
        summary: "make a wallet out of a backup",
        details: [
            "it cannot know what was paid after the backup, so it pays nothing until its office",
            "has opened another life for it: 'tally sync' asks for that. What it had then comes",
            "back from the office when it is settled; what comes to it from then on is spent as",
            "ever. A meter's does not come back: to its office it was used up. Use a backup on one",
            "device only: the wallet that it was made of is at its end",
        ],
        arguments: [Verb.Argument(name: "FILE", kind: .file, about: "what 'tally backup' wrote")],
        options: Opening.options,
        examples: [
            Verb.Example(line: "tally restore /media/stick/ada.tally", about: "on a new device")
        ],
        exits: [.done, .failed, .usage, .refused, .notFound, .wrongPassphrase],
        act: { request, scene throws(Complaint) in
            let home = try Opening.home(request, scene)
            try Making.mayBeMade(home)
            let path = request.arguments[0]
            let keys: [UInt8]
            do throws(BackupFault) {
                keys = try Backup.keys(in: path)
            } catch {
                throw complaint(error, path, home)
            }
            let lock = try Opening.lock(ofKeys: keys, in: home, request, scene)
            try Making.makeAbove(home)
            do throws(BackupFault) {
                let backup = try home.restore(from: path, with: lock)
                var facts = Facts()
                facts.add("home", home.folder)
                facts.add("key", backup.key)
                facts.add("made", backup.moment.text)
                return Report(
                    lines: ["restored a wallet"] + facts.lines + [
                        "", "it pays nothing yet: 'tally sync' asks its office for another life",
                    ],
                    json: .object(facts.pairs)
                )
            } catch {
                throw complaint(error, path, home)
            }
        }
    )

    private static func complaint(
        _ fault: BackupFault,
        _ path: String,
        _ home: Home
    ) -> Complaint {
        switch fault {
        case .home(let fault): return Complaint(fault, home)
        case .reading(_, let fault): return Complaint(fault, reading: path)
        case .writing(let folder, let fault): return Complaint(fault, writing: folder)
        case .notABackup, .damaged, .notSealed, .inTheWay:
            return Complaint(
                .refused,
                "no-backup",
                "\(quoted(path)) cannot be restored: \(fault.words)",
                hint: "nothing was made; take another backup of this wallet"
            )
        }
    }
}
