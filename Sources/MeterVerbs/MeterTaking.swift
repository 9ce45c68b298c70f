internal import Carrier
internal import Certificates
internal import Command
internal import Homes
internal import Host
internal import Money
internal import Station
internal import Wallet
internal import WalletVerbs
internal import Words

/// `tally meter take`: a carrier is put into the meter, and comes out with a receipt.
enum MeterTaking {
    static let verb = Verb(
        words: ["meter", "take"],
        summary: "take what was bought from a carrier file, and write the receipt into it",
        details: [
            "CARRIER is a file on whatever was plugged in (a SIM, an SD card, a USB stick), or the",
            "lines of its QR pictures. What it brings is on the disk of the meter before the",
            "receipt is written, so a carrier that is pulled out meanwhile loses nothing: put it",
            "in again. Each carrier is worth something once, in one meter, whatever copies there",
            "are; they may come in any order. It works beside a meter that runs, and without one",
        ],
        arguments: [
            Verb.Argument(name: "CARRIER", kind: .file, about: "the file, or lines of pictures")
        ],
        options: [
            Verb.Option(
                name: "--out",
                value: "FILE",
                about: "write the carrier with its receipt there, and leave CARRIER as it is"
            )
        ] + Opening.options + Opening.links,
        examples: [
            Verb.Example(line: "tally meter take /media/usb/m-1001.carrier", about: "from a stick"),
            Verb.Example(
                line: "tally meter take scanned.txt --out receipt.carrier",
                about: "from pictures that a phone has read"
            ),
        ],
        exits: [.done, .failed, .usage, .refused, .notFound, .wrongPassphrase],
        act: { request, scene throws(Complaint) in try take(request, scene) }
    )

    private static func take(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let path = request.arguments[0]
        if let out = request["--out"], Files.exists(out) {
            throw Complaint(
                .refused,
                "file-there",
                "there is something named \(quoted(out)) already",
                hint: "name another file, or remove that one first; nothing was taken"
            )
        }
        let (carrier, isText) = try CarrierFiles.open(path)
        let line = try MeterLine(request, scene)
        defer { line.close() }
        let info = try line.teller.info()
        do {
            try carrier.check(for: info.key, under: info.root, Checks.real)
        } catch {
            throw Complaint(error, path)
        }
        try confirm(carrier, line, path)
        let (receipt, registers, isAgain) = try carry(carrier, line, scene, path)
        let answered = carrier.answered(receipt, registers)
        do throws(Complaint) {
            if let out = request["--out"] {
                try CarrierFiles.write(answered, to: out)
            } else {
                try CarrierFiles.replace(answered, at: path, asText: isText)
            }
        } catch {
            throw missing(error, receipt, carrier)
        }
        return report(carrier, receipt, isAgain, request["--out"] ?? path)
    }

    private static func confirm(
        _ carrier: Carrier,
        _ line: MeterLine,
        _ path: String
    ) throws(Complaint) {
        // A node without a meter beside it knows no key: it is not asked to take what has one.
        guard carrier.confirmation != nil,
            case .confirmed(let name) = try line.demand(.confirm(carrier.bytes)), let name
        else { return }
        guard name != CarrierFault.confirmation.name, let known = carrier.confirmation else {
            throw Complaint(CarrierFault.confirmation, path)
        }
        throw Complaint(CarrierFault.otherKey(known.meter, known.generation), path)
    }

    /// Until it is on the disk of the meter nothing is said of it.
    private static func carry(
        _ carrier: Carrier,
        _ line: MeterLine,
        _ scene: Scene,
        _ path: String
    ) throws(Complaint) -> (MeterReceipt, [Register], isAgain: Bool) {
        var news = try line.teller.wish(
            .carry(carrier.delivery, carrier.sticks, certificates: carrier.certificates)
        )
        var limit = scene.stopwatch() + patience
        // What is denied later may be somebody else's wish: then this one is answered all the same.
        var (denied, isFirst) = (Denial?.none, true)
        while true {
            for one in news {
                if case .carried(let receipt, let registers, let isAgain) = one,
                    receipt.delivery == carrier.delivery.id
                {
                    return (receipt, registers, isAgain)
                }
                guard case .denied(let denial) = one else { continue }
                if isFirst { throw complaint(denial, line, path) }
                if denied == nil { limit = min(limit, scene.stopwatch() + patienceDenied) }
                denied = denial
            }
            isFirst = false
            guard scene.stopwatch() < limit else {
                if let denied { throw complaint(denied, line, path) }
                throw Complaint(
                    .failed,
                    "slow",
                    "the meter has not taken it yet",
                    hint: "put it in again: it is taken once"
                )
            }
            news = try line.teller.news(within: 100)
        }
    }

    private static let patience: UInt64 = 20_000_000_000
    private static let patienceDenied: UInt64 = 500_000_000

    private static func complaint(
        _ denial: Denial,
        _ line: MeterLine,
        _ path: String
    ) -> Complaint {
        if case .refused(let name) = denial, name.string == CarrierFault.laterLife.name {
            return Complaint(CarrierFault.laterLife, path)
        }
        return line.teller.complaint(denial)
    }

    /// It is in the meter, and its receipt is not in the carrier.
    private static func missing(
        _ error: Complaint,
        _ receipt: MeterReceipt,
        _ carrier: Carrier
    ) -> Complaint {
        let credit = text(taken(carrier, receipt, .taken))
        return Complaint(
            .failed,
            "receipt-missing",
            "what it brought is in the meter (\(credit ?? "nothing new")), and the receipt is not"
                + " in the carrier: \(error.what)",
            hint: "make room there or write elsewhere with --out FILE: the same carrier brings the"
                + " same receipt out again, and nothing twice"
        )
    }

    // MARK: What became of it

    private static func taken(
        _ carrier: Carrier,
        _ receipt: MeterReceipt,
        _ came: MeterReceipt.Came
    ) -> [Stick] {
        let states = receipt.content.states
        return zip(carrier.sticks, states).filter { $1.came == came }.map { $0.0 }
    }

    private static func text(_ sticks: [Stick]) -> String? {
        guard let asset = sticks.first?.asset, let sum = Amount.sum(sticks.map(\.units)) else {
            return nil
        }
        return asset.full(sum)
    }

    private static func report(
        _ carrier: Carrier,
        _ receipt: MeterReceipt,
        _ isAgain: Bool,
        _ file: String
    ) -> Report {
        var facts = Facts()
        let content = receipt.content
        var lines: [String] = []
        var outcome = "used"
        let isNew = content.states.contains { $0.came != .before }
        if isAgain || !isNew {
            lines.append(
                "used: this was put in before, and adds nothing; the receipt is in it again"
            )
            // Put in is not taken: what became of it then is what is so.
            let (then, was) = said(carrier, receipt)
            if isAgain, was != "taken" { lines += then }
        } else {
            (lines, outcome) = said(carrier, receipt)
        }
        facts.also("outcome", .string(outcome))
        facts.add("number", "\(content.number)", .number(content.number))
        facts.add("highest", "\(content.highest)", .number(content.highest))
        facts.add("receipt in", file)
        let sticks = zip(carrier.sticks, content.states).map { stick, state in
            JSON.object([
                ("stick", .string(stick.id.bytes.hex)), ("units", .number(stick.units.units)),
                ("came", .string(state.came.word)),
                ("spendUntil", .string(stick.spendUntil.text)),
            ])
        }
        facts.also("sticks", .array(sticks))
        return Report(lines: lines + facts.lines, json: facts.json)
    }

    private static func said(
        _ carrier: Carrier,
        _ receipt: MeterReceipt
    ) -> (lines: [String], outcome: String) {
        var (lines, outcome) = ([String](), "taken")
        if let ended = text(taken(carrier, receipt, .ended)) {
            outcome = "ended"
            lines.append(
                "not taken: \(ended), sold to the life of this meter that is over, which may have"
                    + " used it up; so to the office it is used up: ask who sold it for what it"
                    + " gives in its place"
            )
        }
        let late = taken(carrier, receipt, .late)
        if let text = text(late), let day = late.map(\.spendUntil).max() {
            outcome = "too-late"
            lines.append(
                "too late: \(text) could be used up until \(day.text), and is held unused; bring"
                    + " the carrier back to who sold it, have it issued again with today's moment"
                    + " and put that in: then the meter says for good that none of it was used up"
            )
        }
        if let text = text(taken(carrier, receipt, .taken)) { lines.append("taken: \(text)") }
        if let text = text(taken(carrier, receipt, .before)) {
            lines.append("used: \(text) of it was taken before")
        }
        return (lines, outcome)
    }
}

extension MeterReceipt.Came {
    fileprivate var word: String {
        switch self {
        case .taken: "taken"
        case .before: "before"
        case .late: "late"
        case .ended: "ended"
        }
    }
}
