internal import Carrier
internal import Certificates
package import Command
internal import Homes
internal import Host
internal import Money
internal import Station
internal import Wire
internal import Words

extension Verb {
    package static let verify = Verb(
        words: ["verify"],
        summary: "check a paper or a certificate, offline",
        details: [
            "FILE is a paper (stick, window, handover, decision, receipt, provenance, proof,",
            "revocation, name), a carrier or an X.509 certificate; it is checked under one root,",
            "that of",
            "--root or root.crt in the home, and never under one that the file brings along;",
            "keys are shown by their first 8 bytes, and whole with --json",
        ],
        arguments: [
            Verb.Argument(name: "FILE", kind: .file, about: "what to check; - reads standard input")
        ],
        options: [
            Verb.Option(name: "--root", value: "CERT", about: "trust this root, DER or PEM"),
            Verb.Option(
                name: "--office",
                value: "CERT",
                about: "the office between the root and a certificate"
            ),
        ],
        examples: [
            Verb.Example(
                line: "tally verify --root root.crt receipt.tally",
                about: "who paid whom, and how much"
            ),
            Verb.Example(
                line: "tally verify --root root.crt --office office.crt ada.crt",
                about: "whose key this is"
            ),
        ],
        exits: Exit.allCases,
        act: Verifying.act
    )
}

/// `tally verify`: what a file says, once it is proved under the root this home trusts.
enum Verifying {
    static let act: @Sendable (Request, Scene) throws(Complaint) -> Report = {
        (request, scene) throws(Complaint) in
        let path = request.arguments[0]
        let bytes = try read(path, scene)
        let root = try Root(request, scene)
        let paint = scene.paint(terminal: scene.outIsTerminal)
        switch try content(of: bytes, path) {
        case .paper(let bytes):
            if request["--office"] != nil {
                throw Complaint(
                    .usage,
                    "unwanted-office",
                    "--office is for a certificate, and \(quoted(path)) is a paper",
                    hint: "leave it out: a paper brings its certificates along"
                )
            }
            return try paper(bytes, root, paint)
        case .carrier(let bytes): return try carrier(bytes, path, root, paint)
        case .certificate(let der):
            let office = try request["--office"].map { path throws(Complaint) in
                try certificate(at: path, scene)
            }
            return try certificate(der, office, root, scene, paint)
        }
    }

    private enum Content {
        case paper([UInt8])
        case carrier([UInt8])
        case certificate([UInt8])
    }

    private static func read(_ path: String, _ scene: Scene) throws(Complaint) -> [UInt8] {
        do {
            guard path == "-" else { return try Files.read(path, cap: Limits.paperBytes) }
            if let input = scene.input { return input }
            return try Files.readInput(cap: Limits.paperBytes)
        } catch {
            throw Complaint(error, reading: path)
        }
    }

    private static func content(
        of bytes: [UInt8],
        _ path: String
    ) throws(Complaint) -> Content {
        guard let first = bytes.first else {
            throw Complaint(
                .refused,
                "empty",
                "\(quoted(path)) is empty, so it says nothing",
                hint: "copy it again, or look at its name"
            )
        }
        if Carrier.isNamed(at: bytes) { return .carrier(bytes) }
        // Papers begin with an array of five, DER with a sequence.
        if first == 0x85 { return .paper(bytes) }
        if first == 0x30 { return .certificate(bytes) }
        let text = String(validating: bytes, as: UTF8.self)
        if let text, text.contains("-----BEGIN ") {
            return .certificate(try pem(text, path))
        }
        throw Complaint(
            .refused,
            "not-a-paper",
            text == nil
                ? "\(quoted(path)) is neither a paper of Tally nor a certificate"
                : "\(quoted(path)) is a text, and neither a paper of Tally nor a certificate",
            hint: "look at its name; 'tally help verify' says what can be verified"
        )
    }

    private static func pem(_ text: String, _ path: String) throws(Complaint) -> [UInt8] {
        guard let blocks = PEM.blocks(text, .certificate) else {
            throw Complaint(
                .refused,
                "bad-pem",
                "a certificate in \(quoted(path)) is cut off or damaged",
                hint: "copy it again, from its BEGIN line to its END line"
            )
        }
        guard let first = blocks.first else {
            throw Complaint(
                .refused,
                "no-certificate",
                "\(quoted(path)) is PEM, and no certificate is in it",
                hint: "it may hold a key or a list; look for the file that ends in .crt"
            )
        }
        guard blocks.count == 1 else {
            throw Complaint(
                .refused,
                "several-certificates",
                "\(quoted(path)) holds \(blocks.count) certificates, and one at a time is checked",
                hint: "put each into a file, and name the office's with --office"
            )
        }
        return first
    }

    /// The one certificate of a file, DER or PEM.
    static func certificate(at path: String, _ scene: Scene) throws(Complaint) -> [UInt8] {
        switch try content(of: try read(path, scene), path) {
        case .certificate(let der): return der
        case .paper, .carrier:
            throw Complaint(
                .usage,
                "not-a-certificate",
                "\(quoted(path)) is a paper, and a certificate is wanted",
                hint: "name a file that ends in .crt"
            )
        }
    }

    private static func paper(
        _ bytes: [UInt8],
        _ root: Root,
        _ paint: Paint
    ) throws(Complaint) -> Report {
        let paper: Paper
        do {
            paper = try Paper(wireBytes: bytes)
        } catch {
            throw Complaint(error)
        }
        let checks = CountingChecks()
        let finding: Finding
        do throws(PaperFault) {
            var verified = Verified()
            var verifier = Verifier(root: root.key)
            verifier.hopCap = Limits.hopsPerChain
            finding = try paper.check(verifier, &verified, checks)
        } catch {
            throw complaint(error, paper, root)
        }
        var facts = Facts()
        facts.tell(finding)
        facts.add(
            "checked",
            "\(counted(checks.signatures, "signature")), "
                + "\(counted(checks.certificates, "certificate")), "
                + counted(bytes.count, "byte"),
            .object([
                ("signatures", .number(UInt64(checks.signatures))),
                ("certificates", .number(UInt64(checks.certificates))),
                ("bytes", .number(UInt64(bytes.count))),
            ])
        )
        return report(finding.title, finding.type, facts, root, paint)
    }

    /// What is taken to a meter, and what that says of it.
    private static func carrier(
        _ bytes: [UInt8],
        _ path: String,
        _ root: Root,
        _ paint: Paint
    ) throws(Complaint) -> Report {
        let carrier: Carrier
        let answer: (receipt: MeterReceipt, registers: [Register])?
        do throws(CarrierFault) {
            carrier = try Carrier(bytes)
            try carrier.check(under: root.key, Checks.real)
            answer = carrier.answer == .none ? nil : try carrier.said(Checks.real)
        } catch {
            throw Complaint(error, path)
        }
        var facts = Facts()
        facts.tell(carrier, answer)
        return report(
            answer == nil ? "a carrier to a meter" : "a carrier, and its meter's receipt",
            "carrier",
            facts,
            root,
            paint
        )
    }

    /// A paper whose certificates are none of them this root's word is another office's as a
    /// whole, and that is what a person has to know.
    private static func complaint(_ fault: PaperFault, _ paper: Paper, _ root: Root) -> Complaint {
        guard fault == .refused(.certificate(.wrongIssuer)) else { return Complaint(fault) }
        for der in paper.certificates {
            do {
                _ = try Checks.real.certificate(der, issuedBy: root.key)
                return Complaint(fault)
            } catch {
                continue
            }
        }
        return Complaint(.refusal("foreign-office"), named: "foreign-office")
    }

    private static func certificate(
        _ der: [UInt8],
        _ office: [UInt8]?,
        _ root: Root,
        _ scene: Scene,
        _ paint: Paint
    ) throws(Complaint) -> Report {
        do {
            let chain = (office.map { [$0] } ?? []) + [der]
            let holder = try Checks.holder(chain, root: root.key)
            var facts = Facts()
            facts.tell(holder, at: scene.now)
            let isRoot = holder.key == root.key
            let title = isRoot ? "the certificate of the root itself" : "a certificate"
            return report(title, "certificate", facts, root, paint)
        } catch {
            throw Complaint(error)
        }
    }

    private static func report(
        _ title: String,
        _ type: String,
        _ facts: Facts,
        _ root: Root,
        _ paint: Paint
    ) -> Report {
        var facts = facts
        facts.add("root", root.fingerprint)
        facts.add("trusted", "yes, as \(root.source)")
        let pairs: [(String, JSON)] = [("proved", .flag(true)), ("type", .string(type))]
        return Report(
            lines: [paint.green("proved:") + " " + title] + facts.lines,
            json: .object(pairs + facts.pairs)
        )
    }
}

/// The one root a home trusts.
struct Root {
    let key: Key
    let source: String

    var fingerprint: String { rootFingerprint(key) }

    init(_ request: Request, _ scene: Scene) throws(Complaint) {
        let path: String
        if let named = request["--root"] {
            (path, source) = (named, "the root of --root")
        } else if let home = try? Opening.home(request, scene) {
            (path, source) = (home.root, "the root of this home")
        } else {
            throw Self.none("neither --root nor any home says which root to trust")
        }
        let der: [UInt8]
        do {
            der = try Verifying.certificate(at: path, scene)
        } catch {
            guard error.name == "no-file", request["--root"] == nil else { throw error }
            throw Self.none("this home trusts no root yet: there is no \(quoted(path))")
        }
        do {
            key = try Checks.root(der).key
        } catch {
            let why = Reason.certificate(error.name).what
            throw Complaint(
                .noRoot,
                "bad-root",
                "\(quoted(path)) is no root: "
                    + (error == .wrongIssuer ? "it is not its own issuer" : why),
                hint: "name the certificate that your office calls its root"
            )
        }
    }

    private static func none(_ what: String) -> Complaint {
        Complaint(
            .noRoot,
            "no-root",
            what,
            hint: "get the root from your office by a way you trust, and name it: --root root.crt"
        )
    }
}
