internal import Host
internal import Links
internal import Office
internal import Station
internal import Words

/// Who has been caught by an office that runs.
enum CaseVerbs {
    static let cases = Verb(
        words: ["office", "cases"],
        summary: "list who was caught at the counter, and write what proves it",
        details: [
            "whoever hands units to the office that it has from another chain shows it both",
            "signatures of whoever passed them on twice; the payment is refused, nothing more is",
            "taken from that key, and the proof is kept; 'tally office revoke' ends what the key",
            "may do, and with --out each proof is a file that 'tally verify' checks for anybody;",
            "the office has to run",
        ],
        options: [
            Verb.Option(
                name: "--out",
                value: "DIR",
                kind: .directory,
                about: "write each into a file of its own in this folder"
            )
        ],
        examples: [Verb.Example(line: "tally office cases --home town", about: "who was caught")],
        exits: [.done, .failed, .usage, .notFound, .refused],
        act: { request, scene throws(Complaint) in
            let (home, office) = try OfficeVerbs.homes(request, scene)
            try Desk.ready(office)
            let line: Line
            do throws(LineFault) {
                line = try home.call()
            } catch {
                guard error == .nobody else { throw Complaint(error, home) }
                throw Complaint(
                    .refused,
                    "not-running",
                    "the office in \(quoted(office.folder)) does not run",
                    hint: "'tally office serve' runs it; then ask again"
                )
            }
            let teller = try RemoteTeller(line, home)
            defer { teller.close() }
            return try Proofs.report(try Proofs.all(teller), request["--out"])
        }
    )
}
