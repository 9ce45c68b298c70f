internal import Certificates
internal import Command
internal import Commit
internal import Homes
internal import Host
internal import Money
internal import Station
internal import Wallet
internal import Wire
internal import Words

/// `tally resolve`: what ends a payment, by the network or by hand.
enum Resolving {
    static let verb = Verb(
        words: ["resolve"],
        summary: "finish what is pending: ask again, or carry what is said by hand",
        details: [
            "without anything it runs the node until nothing is pending, or the time is over;",
            "with --of it writes what this side has to say of a payment: a buyer's question, or a",
            "seller's decision; with FILE it takes what the other side, or the office, has said,",
            "whoever brought it, and writes what is to be answered to the file of --out; several",
            "files are taken in the order in which they came; with --claim it says that a payment",
            "to a life of this wallet that has ended was paid, as 'tally pending' lists them: at",
            "the next sync the office hears it, and frees the payer",
        ],
        arguments: [
            Verb.Argument(
                name: "FILE",
                kind: .file,
                about: "what was said: a decision or a receipt, or the file of another's --out",
                isRequired: false,
                repeats: true
            )
        ],
        options: [
            Verb.Option(
                name: "--of",
                value: "ID",
                kind: .word,
                about: "write what this side has to say of that payment"
            ),
            Verb.Option(name: "--out", value: "FILE", about: "where what is to be carried goes"),
            Verb.Option(
                name: "--claim",
                value: "ID",
                kind: .word,
                about: "say that this was paid to a life that has ended"
            ),
            Verb.Option(
                name: "--wait",
                value: "S",
                kind: .number,
                about: "ask for so many seconds; else 120, and 2 when there is a FILE"
            ),
            Opening.loseOption,
        ] + Opening.options + Opening.links,
        examples: [
            Verb.Example(line: "tally resolve", about: "after a plug was pulled"),
            Verb.Example(
                line: "tally resolve --of 4f3a --out question",
                about: "at a buyer whose seller is out of reach; take the file there"
            ),
            Verb.Example(
                line: "tally resolve question --out answer",
                about: "at the seller; bring the answer back, for 'tally resolve answer'"
            ),
        ],
        exits: [.done, .failed, .usage, .refused, .notFound, .inDoubt, .wrongPassphrase],
        act: { request, scene throws(Complaint) in try act(request, scene) }
    )

    private static func act(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let files = request.arguments
        let seconds = try Waiter.seconds(request, files.isEmpty ? 120 : 2)
        if let typed = request["--claim"] {
            guard files.isEmpty, request["--of"] == nil, request["--out"] == nil else {
                throw Complaint(
                    .usage,
                    "claim-and-more",
                    "--claim says that something was paid, and nothing else",
                    hint: "write --claim \(typed) alone"
                )
            }
            return try Looking.asking(request, scene) { teller throws(Complaint) in
                try EndedPayments.claim(typed, teller)
            }
        }
        if let typed = request["--of"] {
            guard files.isEmpty, let out = request["--out"] else {
                throw Complaint(
                    .usage,
                    "of-without-out",
                    files.isEmpty
                        ? "--of writes what is to be carried, and no --out says where to"
                        : "--of writes what is to be carried, and a FILE is what was brought",
                    hint: "write --of \(typed) --out FILE, and nothing else"
                )
            }
            return try Looking.asking(request, scene) { teller throws(Complaint) in
                try export(typed, to: out, teller)
            }
        }
        if files.isEmpty, request["--out"] != nil {
            throw Complaint(
                .usage,
                "out-of-nothing",
                "--out says where to write, and nothing says what",
                hint: "write --of ID for what this side has to say, or FILE for what was brought"
            )
        }
        let said = try files.map { path throws(Complaint) in try Self.said(path) }
        let teller = try Opening.teller(request, scene)
        defer { teller.close() }
        let waiter = try Waiter(teller, scene)
        waiter.tells = { _ in true }
        for one in said { try bring(one, answer: request["--out"], waiter) }
        return try finish(waiter, seconds)
    }

    /// Goes on until nothing is pending, or the time is over.
    private static func finish(_ waiter: Waiter, _ seconds: UInt64) throws(Complaint) -> Report {
        let limit = waiter.limit(seconds)
        while true {
            let standings = try waiter.teller.pending()
            guard !standings.isEmpty, waiter.scene.stopwatch() < limit, !waiter.stop.isAsked else {
                waiter.screen.rest()
                var report = try Pending.report(standings, waiter.teller)
                if standings.contains(where: { $0.word == .held }) { report.exit = .inDoubt }
                return report
            }
            waiter.screen.wait(for: "the other side of \(counted(standings.count, "payment"))")
            _ = try waiter.go(on: limit)
        }
    }

    // MARK: By hand

    /// What this side has to say of a payment, for whoever carries it.
    private static func export(
        _ typed: String,
        to out: String,
        _ teller: any Teller
    ) throws(Complaint) -> Report {
        let said: (what: String, bytes: [UInt8])
        switch try Looking.one(typed, teller) {
        case .open(let standing):
            guard let says = try teller.particulars(standing.payment)?.says else {
                throw Complaint(
                    .refused,
                    "not-agreed",
                    "nothing is agreed of \(quoted(typed)) yet, so there is nothing to carry",
                    hint: "\(standing.next)"
                )
            }
            said =
                standing.side == .buyer
                ? ("the question for the seller", says.wireBytes(reserving: 2_048))
                : ("the decision for the buyer", try decision(says, [], teller))
        case .over(_, let finished):
            guard let decision = finished.decision else {
                throw Complaint(
                    .refused,
                    "no-decision",
                    "of \(quoted(typed)) no decision is kept",
                    hint: "'tally show \(typed)' says what is"
                )
            }
            let certificates = finished.deal?.certificates ?? []
            said = ("the decision", try Self.decision(decision.signed, certificates, teller))
        }
        try PaperFiles.write(said.bytes, to: out)
        return Report(
            lines: [
                "wrote \(said.what) to \(out)",
                "take it to the other side: 'tally resolve \(out) --out ANSWER', and bring back"
                    + " ANSWER if there is one",
            ],
            json: .object([("file", .string(out)), ("what", .string(said.what))])
        )
    }

    /// As a paper, so that anybody can verify it on the way.
    private static func decision(
        _ signed: SignedObject,
        _ others: [[UInt8]],
        _ teller: any Teller
    ) throws(Complaint) -> [UInt8] {
        let info = try teller.info()
        let all = Array(Set(others + info.certificates))
        let certificates = chain(to: signed.object.sender, all, under: info.root)
        if let commit = try? Commit(reading: signed) {
            return Paper(.commit(commit), certificates: certificates).wireBytes
        }
        guard let abort = try? Abort(reading: signed) else {
            return signed.wireBytes(reserving: 1_024)
        }
        return Paper(.abort(abort), certificates: certificates).wireBytes
    }

    /// Of these certificates those that lead from the root to a signer: a paper has no others.
    static func chain(to signer: Key, _ all: [[UInt8]], under root: Key) -> [[UInt8]] {
        for office in all {
            let issuer = try? Checks.real.certificate(office, issuedBy: root)
            guard let issuer else { continue }
            if issuer.key == signer { return [office] }
            for one in all {
                let holder = try? Checks.real.certificate(one, issuedBy: issuer.key)
                if holder?.key == signer { return [office, one] }
            }
        }
        return all
    }

    /// Takes what came by hand; what it is answered with is checked first, so it comes later.
    private static func bring(
        _ said: SignedObject,
        answer path: String?,
        _ waiter: Waiter
    ) throws(Complaint) {
        // Until one of these comes it is not known what came of it.
        var news = try waiter.teller.wish(.bring(said))
        let limit = waiter.limit(2)
        var isTaken = false
        while waiter.scene.stopwatch() < limit, !isTaken {
            for one in news {
                if case .denied(let denial) = one { throw waiter.teller.complaint(denial) }
                if case .standing(let standing) = one { isTaken = isTaken || standing.isOver }
                if case .answer(let signed) = one {
                    try answer(signed, path, waiter.screen)
                    isTaken = true
                }
            }
            try waiter.take(news)
            news = try waiter.teller.news(within: 100)
        }
        try waiter.take(news)
        for case .answer(let signed) in news { try answer(signed, path, waiter.screen) }
    }

    private static func answer(
        _ signed: SignedObject,
        _ path: String?,
        _ screen: Screen
    ) throws(Complaint) {
        guard let path else {
            return screen.say(
                "the other side may be told that it came: name a file with --out to take there"
            )
        }
        let isDecision = [.commit, .abort].contains(signed.object.kind)
        try PaperFiles.write(signed.wireBytes(reserving: 1_024), to: path)
        screen.say(
            "\(isDecision ? "the decision" : "the answer") is in \(path): take it to the other"
                + " side, 'tally resolve \(path)'"
        )
    }

    private static func said(_ path: String) throws(Complaint) -> SignedObject {
        if let signed = try? SignedObject(wireBytes: try PaperFiles.bytes(at: path)) {
            return signed
        }
        switch try PaperFiles.paper(at: path).body {
        case .commit(let commit), .receipt(let commit, _): return commit.signed
        case .abort(let abort): return abort.signed
        case .stick, .window, .handover, .provenance, .proof, .revocation, .name, .bill,
            .invoice:
            throw Complaint(
                .refused,
                "no-decision",
                "\(quoted(path)) is a paper, and no decision of a payment",
                hint: "'tally verify' says what it is"
            )
        }
    }
}
