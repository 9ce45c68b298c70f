internal import Commit
internal import Host
internal import Money
internal import Sealing
internal import Station
internal import Wallet
internal import Wire
internal import Words

/// Papers of payments, decisions that came by hand, and the passphrase.
enum Keeping {
    static let receipt = Verb(
        words: ["receipt"],
        summary: "write the receipt of a payment to a file",
        details: [
            "a receipt is the buyer's handover with the seller's decision; anybody can check it",
            "with 'tally verify', without a network, under the office's root",
        ],
        arguments: [Verb.Argument(name: "ID", kind: .number, about: "a payment's id")],
        options: [
            Verb.Option(name: "--out", value: "FILE", about: "where to; else ID.tally")
        ] + Opening.options,
        examples: [Verb.Example(line: "tally receipt 4f3a --out coffee.tally", about: "keep it")],
        exits: Looking.looking + [.refused],
        act: { request, scene throws(Complaint) in
            try Looking.asking(request, scene) { teller throws(Complaint) in
                let typed = request.arguments[0]
                guard case .over(let outcome, let finished) = try Looking.one(typed, teller),
                    finished.isPaid, let handover = finished.handover,
                    case .commit(let commit)? = finished.decision, let deal = finished.deal
                else {
                    throw Complaint(
                        .refused,
                        "no-receipt",
                        "the payment \(quoted(typed)) has no receipt: it was not paid, or not yet",
                        hint: "'tally show \(typed)' says how it stands"
                    )
                }
                let info = try teller.info()
                let certificates = deal.certificates + info.certificates
                let paper = Paper(
                    .receipt(commit, handover.showing([0, 1])),
                    certificates: Array(Set(certificates))
                )
                let path = request["--out"] ?? "\(PaymentID(outcome.payment)?.short ?? "0").tally"
                try isNew(path)
                do throws(HostFault) {
                    try Files.write(paper.wireBytes(reserving: 4_096), to: path)
                } catch {
                    throw Complaint(error, writing: path)
                }
                return Report(
                    lines: ["wrote \(path); 'tally verify \(path)' checks it"],
                    json: .object([("file", .string(path))])
                )
            }
        }
    )

    static let resolve = Verb(
        words: ["resolve"],
        summary: "finish what is pending: ask again, or take a decision from a file",
        details: [
            "without a file it runs the node until nothing is pending, or the time is over;",
            "with one it takes the seller's decision, or the office's, whoever brought it; what",
            "has to be answered by hand goes to the file of --answer, for the other side",
        ],
        arguments: [
            Verb.Argument(
                name: "FILE",
                kind: .file,
                about: "a decision, as 'tally verify' reads it, or the other side's answer",
                isRequired: false
            )
        ],
        options: [
            Verb.Option(
                name: "--wait",
                value: "S",
                kind: .number,
                about: "ask for so many seconds; else 120"
            ),
            Verb.Option(name: "--answer", value: "FILE", about: "where an answer by hand goes"),
            Running.loseOption,
        ] + Opening.options + Opening.links,
        examples: [Verb.Example(line: "tally resolve", about: "after a plug was pulled")],
        exits: [.done, .failed, .usage, .refused, .notFound, .inDoubt, .wrongPassphrase],
        act: { request, scene throws(Complaint) in try settle(request, scene) }
    )

    private static func settle(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let seconds = try Waiter.seconds(request)
        let decision = try request.arguments.first.map { path throws(Complaint) in
            try Self.decision(path)
        }
        let teller = try Opening.teller(request, scene)
        defer { teller.close() }
        if let decision {
            try bring(decision, answer: request["--answer"], teller, scene)
        }
        let limit = scene.stopwatch() + seconds * 1_000_000_000
        while true {
            guard case .pending(let standings) = try teller.ask(.pending) else {
                throw .otherVersion
            }
            guard !standings.isEmpty, scene.stopwatch() < limit else {
                var report = Looking.report(standings, nothing: "nothing is pending")
                if standings.contains(where: { $0.word == .held }) { report.exit = .inDoubt }
                return report
            }
            for one in try teller.news(within: 500) { Running.say(one, scene) }
        }
    }

    /// Takes what came by hand; what it is answered with is checked first, so it comes later.
    private static func bring(
        _ decision: SignedObject,
        answer path: String?,
        _ teller: any Teller,
        _ scene: Scene
    ) throws(Complaint) {
        var news = try teller.wish(.bring(decision))
        let limit = scene.stopwatch() + 2_000_000_000
        while scene.stopwatch() < limit {
            for one in news {
                if case .denied(let denial) = one { throw Complaint(denial) }
                Running.say(one, scene)
                guard case .answer(let signed) = one else { continue }
                guard let path else {
                    scene.tell("it is to be answered by hand: name a file with --answer\n")
                    continue
                }
                try isNew(path)
                do {
                    try Files.write(signed.wireBytes(reserving: 1_024), to: path)
                } catch {
                    throw Complaint(error, writing: path)
                }
                scene.tell("the answer is in \(path): take it to the other side\n")
            }
            news = try teller.news(within: 100)
        }
    }

    /// Nothing that is there is written over: it may be somebody's keys.
    private static func isNew(_ path: String) throws(Complaint) {
        guard Files.exists(path) else { return }
        throw Complaint(
            .refused,
            "file-there",
            "there is something named \(quoted(path)) already",
            hint: "name another file, or remove that one first"
        )
    }

    private static func decision(_ path: String) throws(Complaint) -> SignedObject {
        let bytes: [UInt8]
        do {
            bytes = try Files.read(path, cap: Limits.paperBytes)
        } catch {
            throw Complaint(error, reading: path)
        }
        if let signed = try? SignedObject(wireBytes: bytes) { return signed }
        let paper: Paper
        do {
            paper = try Paper(wireBytes: bytes)
        } catch {
            throw Complaint(error)
        }
        switch paper.body {
        case .commit(let commit), .receipt(let commit, _): return commit.signed
        case .abort(let abort): return abort.signed
        case .stick, .window, .handover, .provenance, .proof, .revocation, .name:
            throw Complaint(
                .refused,
                "no-decision",
                "\(quoted(path)) is a paper, and no decision of a payment",
                hint: "'tally verify' says what it is"
            )
        }
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
            let new = try Init.newLock(
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
