internal import Carrier
internal import Command
internal import Homes
internal import Keypad
internal import Money
internal import Pictures
internal import Words

/// What a customer does with a carrier between the seller and the meter: look into it, and take it
/// as pictures where a file cannot go.
enum CarrierVerbs {
    static let show = Verb(
        words: ["mpc", "show"],
        summary: "say what a carrier brings, and whether its meter has answered",
        details: [
            "nothing is checked but that it came through whole: 'tally verify' checks who signed it"
        ],
        arguments: [
            Verb.Argument(name: "CARRIER", kind: .file, about: "the file, or lines of pictures")
        ],
        examples: [Verb.Example(line: "tally mpc show m-1001.carrier", about: "what is in it")],
        exits: [.done, .failed, .usage, .refused, .notFound],
        act: { request, _ throws(Complaint) in
            let carrier = try CarrierFiles.read(request.arguments[0])
            var facts = Facts()
            let delivery = carrier.delivery
            facts.add("number", "\(delivery.number)", .number(delivery.number))
            facts.add("meter", delivery.meter)
            facts.add("from office", delivery.office)
            for stick in carrier.sticks {
                facts.line(
                    "brings",
                    stick.asset.full(stick.units) + ", to be used up until "
                        + stick.spendUntil.text
                )
            }
            facts.also("units", .array(carrier.sticks.map { .number($0.units.units) }))
            if let key = carrier.confirmation {
                facts.add("confirmed for", "\(key.meter.string), key \(key.generation.number)")
            }
            let (word, text) =
                switch carrier.answer {
                case .none: ("none", "not yet: take it to its meter")
                case .damaged: ("damaged", "damaged: put it into its meter once more")
                case .said: ("said", "yes: bring it back to who sold it")
                }
            facts.line("receipt", text)
            facts.also("receipt", .string(word))
            return Report(lines: facts.lines, json: facts.json)
        }
    )

    static let qr = Verb(
        words: ["mpc", "qr"],
        summary: "show a carrier as QR pictures, in as many parts as it takes",
        details: [
            "on the terminal, or with --out as files PREFIX1.svg, PREFIX2.svg …; what a phone",
            "reads of each is a line of text, and 'tally meter take' and 'tally mpc join' take a",
            "file of those lines, in any order",
        ],
        arguments: [
            Verb.Argument(name: "CARRIER", kind: .file, about: "the file, or lines of pictures")
        ],
        options: [
            Verb.Option(name: "--out", value: "PREFIX", about: "write SVG files instead"),
            Verb.Option(
                name: "--bytes",
                value: "N",
                kind: .number,
                about: "so many bytes in each picture: 50 to 1024; else 300"
            ),
        ],
        examples: [
            Verb.Example(line: "tally mpc qr m-1001.carrier --out m-", about: "m-1.svg, m-2.svg …")
        ],
        exits: [.done, .failed, .usage, .refused, .notFound],
        act: { request, _ throws(Complaint) in
            let typed = request["--bytes"] ?? "\(CarrierFiles.partBytes)"
            guard let size = Int(typed), (50...Limits.carrierPartBytes).contains(size) else {
                throw Complaint(
                    .usage,
                    "bad-number",
                    "--bytes is a number from 50 to \(Limits.carrierPartBytes), and"
                        + " \(quoted(typed)) is none",
                    hint: "leave it out for \(CarrierFiles.partBytes)"
                )
            }
            let carrier = try CarrierFiles.read(request.arguments[0])
            let lines = carrier.lines(of: size)
            guard lines.count <= Limits.carrierParts else {
                throw Complaint(
                    .usage,
                    "too-many-parts",
                    "that would be \(lines.count) pictures, and at most \(Limits.carrierParts) go",
                    hint: "write a greater --bytes"
                )
            }
            return try pictures(lines, request["--out"])
        }
    )

    private static func pictures(
        _ lines: [String],
        _ prefix: String?
    ) throws(Complaint) -> Report {
        var (shown, files) = ([String](), [String]())
        for (index, line) in lines.enumerated() {
            guard let code = QRCode(line) else {
                preconditionFailure("\(line.utf8.count) signs fit into one picture")
            }
            guard let prefix else {
                shown += code.blocks + ["\(index + 1) of \(lines.count)"]
                continue
            }
            let file = "\(prefix)\(index + 1).svg"
            try PaperFiles.write(Array(code.svg.utf8), to: file)
            files.append(file)
        }
        let json = JSON.object([
            ("parts", .number(UInt64(lines.count))), ("lines", .array(lines.map(JSON.string))),
            ("files", .array(files.map(JSON.string))),
        ])
        return Report(lines: shown + files.map { "wrote \($0)" }, json: json)
    }

    static let join = Verb(
        words: ["mpc", "join"],
        summary: "make a carrier file of the lines that were read from its pictures",
        details: ["in any order; what was read twice is no fault"],
        arguments: [
            Verb.Argument(name: "LINES", kind: .file, about: "a text, a line for each picture")
        ],
        options: [Verb.Option(name: "--out", value: "FILE", about: "where to write the carrier")],
        examples: [
            Verb.Example(line: "tally mpc join scanned.txt --out m-1001.carrier", about: "a file")
        ],
        exits: [.done, .failed, .usage, .refused, .notFound],
        act: { request, _ throws(Complaint) in
            guard let out = request["--out"] else {
                throw Complaint(
                    .usage,
                    "no-out",
                    "nothing says where to write the carrier",
                    hint: "write --out FILE"
                )
            }
            let carrier = try CarrierFiles.read(request.arguments[0])
            try CarrierFiles.write(carrier, to: out)
            return Report(lines: ["wrote \(out)"], json: .object([("file", .string(out))]))
        }
    )
}
