internal import Command
internal import Commit
internal import Homes
internal import Host
internal import Money
internal import Sealing
internal import Station
internal import Wallet
internal import Wire

/// Receipts, and the passphrase.
enum Keeping {
    static let receipt = Verb(
        words: ["receipt"],
        summary: "write the receipt of a payment to a file",
        details: [
            "a receipt is the buyer's handover with the seller's decision; anybody can check it",
            "with 'tally verify', without a network, under the office's root; 'tally refund' gives",
            "back what it says",
        ],
        arguments: [Verb.Argument(name: "ID", kind: .word, about: "a payment's id")],
        options: [
            Verb.Option(name: "--out", value: "FILE", about: "where to; else ID.tally")
        ] + Opening.options,
        examples: [Verb.Example(line: "tally receipt 4f3a --out coffee.tally", about: "keep it")],
        exits: Looking.looking + [.refused],
        act: { request, scene throws(Complaint) in
            try Looking.asking(request, scene) { teller throws(Complaint) in
                let paper = try receipt(request.arguments[0], teller)
                let path = request["--out"] ?? paper.short + ".tally"
                try PaperFiles.write(paper.paper.wireBytes(reserving: 4_096), to: path)
                return Report(
                    lines: ["wrote \(path); 'tally verify \(path)' checks it"],
                    json: .object([("file", .string(path))])
                )
            }
        }
    )

    private static func receipt(
        _ typed: String,
        _ teller: any Teller
    ) throws(Complaint) -> (paper: Paper, short: String) {
        var found: (commit: Commit, handover: Handover, certificates: [[UInt8]])?
        switch try Looking.one(typed, teller) {
        case .over(_, let finished):
            if let handover = finished.handover, let deal = finished.deal,
                case .commit(let commit)? = finished.decision
            {
                found = (commit, handover, deal.certificates)
            }
        case .open(let standing):
            // A seller's is paid before its buyer has said that it knows.
            if let told = try teller.particulars(standing.payment), let handover = told.handover,
                let commit = told.says.flatMap({ try? Commit(reading: $0) })
            {
                found = (commit, handover, told.certificates)
            }
        }
        guard let found else {
            throw Complaint(
                .refused,
                "no-receipt",
                "the payment \(quoted(typed)) has no receipt: it was not paid, or not yet",
                hint: "'tally show \(typed)' says how it stands; 'tally resolve --of \(typed) --out"
                    + " FILE' writes what was decided"
            )
        }
        let info = try teller.info()
        let all = found.certificates + info.certificates
        // Those of who paid, and of who said that it was paid: its payee, or an office.
        let needed = [found.commit.receiver, found.commit.sender].flatMap {
            Resolving.chain(to: $0, all, under: info.root)
        }
        let paper = Paper(
            .receipt(found.commit, found.handover.showing([0, 1])),
            certificates: Array(Set(needed))
        )
        return (paper, found.commit.payment.short)
    }

    static let passphrase = Verb(
        words: ["passphrase"],
        summary: "change the passphrase, or the key file",
        details: [
            "the old one opens the keys, which are then sealed by the new one; a home that a key",
            "file opens gets a passphrase with --new-passphrase-file, and the other way with",
            "--new-key-file",
        ],
        options: [
            Verb.Option(
                name: "--new-passphrase-file",
                value: "FILE",
                about: "the new passphrase is its first line; else it is asked for"
            ),
            Verb.Option(
                name: "--new-key-file",
                value: "FILE",
                about: "32 bytes that open it from now on; made where there is none"
            ),
        ] + Opening.options,
        examples: [Verb.Example(line: "tally passphrase", about: "asks for both")],
        exits: [.done, .failed, .usage, .notFound, .wrongPassphrase],
        act: { request, scene throws(Complaint) in
            let home = try Opening.home(request, scene)
            guard home.isMade else { throw Complaint(HomeFault.notMade, home) }
            let old = try Opening.lock(home, request, scene)
            let ring: KeyRing
            do throws(HomeFault) {
                ring = try home.unlock(with: old)
            } catch {
                throw Complaint(error, home)
            }
            var options: [String: String] = [:]
            if let file = request["--new-passphrase-file"] { options["--passphrase-file"] = file }
            if let file = request["--new-key-file"] { options["--key-file"] = file }
            var bare = scene
            for name in ["TALLY_PASSPHRASE_FILE", "TALLY_KEY_FILE"] { bare.environment[name] = nil }
            let new = try Making.newLock(
                Request(verb: request.verb, arguments: [], options: options),
                bare
            )
            var chance = SystemChance()
            let sealed: [UInt8]
            do throws(KeyFileFault) {
                sealed = try KeyFile.sealed(ring, by: new, chance: &chance)
            } catch {
                throw Complaint(error, home)
            }
            do throws(HostFault) {
                try Files.write(sealed, to: home.keys, isSecret: true)
            } catch {
                throw Complaint(error, writing: home.keys)
            }
            return Report(
                lines: ["the keys are sealed anew; copies of the old key file open as before"],
                json: .object([("changed", .flag(true))])
            )
        }
    )
}
