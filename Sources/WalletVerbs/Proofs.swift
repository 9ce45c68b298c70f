internal import Command
internal import Homes
internal import Host
internal import Money
internal import Station
internal import Wire
internal import Words

/// Who has cheated, as far as this wallet can prove it.
enum Proofs {
    static let verb = Verb(
        words: ["proofs"],
        summary: "list who has cheated, and write what proves it",
        details: [
            "when somebody is paid with units that were paid to this wallet too, or that somebody",
            "had aborted, the signatures on both prove who did it; the payment is refused, nothing",
            "more is taken from that key, and the proof is kept; with --out each is written to a",
            "file, which 'tally verify' checks for anybody, and the office takes",
        ],
        options: [
            Verb.Option(
                name: "--out",
                value: "DIR",
                kind: .directory,
                about: "write each into a file of its own in this folder"
            )
        ] + Opening.options,
        examples: [
            Verb.Example(line: "tally proofs", about: "whom to be warned of"),
            Verb.Example(line: "tally proofs --out proofs", about: "to show to others"),
        ],
        exits: Looking.looking,
        act: { request, scene throws(Complaint) in
            try Looking.asking(request, scene) { teller throws(Complaint) in
                try report(try all(teller), request["--out"])
            }
        }
    )

    static func all(_ teller: any Teller) throws(Complaint) -> [Paper] {
        var all: [Paper] = []
        while true {
            var last: Key?
            if case .proof(let proof)? = all.last?.body { last = proof.accused }
            guard case .papers(let page, let isAll) = try teller.ask(.proofs(after: last)) else {
                throw .otherVersion
            }
            all += page
            if isAll || page.isEmpty { return all }
        }
    }

    static func report(_ papers: [Paper], _ folder: String?) throws(Complaint) -> Report {
        var (lines, json): ([String], [JSON]) = ([], [])
        if let folder, !papers.isEmpty {
            do {
                try Files.makeDirectory(folder)
            } catch {
                throw Complaint(error, writing: folder)
            }
        }
        for paper in papers {
            guard case .proof(let proof) = paper.body else { continue }
            var facts = Facts()
            facts.add("key", proof.accused)
            facts.add("why", why(proof))
            if let folder {
                let hex = Hex.text(Array(proof.accused.bytes.array.prefix(8)))
                let path = folder + "/" + hex + ".tally"
                do {
                    try Files.write(paper.wireBytes(reserving: 4_096), to: path)
                } catch {
                    throw Complaint(error, writing: path)
                }
                facts.add("file", path)
            }
            lines += facts.lines
            json.append(.object(facts.pairs))
        }
        return Report(
            lines: lines.isEmpty ? ["nobody is known to have cheated"] : lines,
            json: .object([("proofs", .array(json))])
        )
    }

    private static func why(_ proof: Proof) -> String {
        switch proof {
        case .fork: "it passed the same units on twice"
        case .equivocation: "it aborted a payment, and took it"
        case .rollback: "it goes on from an older state of itself"
        }
    }
}
