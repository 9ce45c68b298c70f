package import Command
internal import Host
internal import Words
package import World

/// The scenarios that a person can name: those built in, and files of one's own.
package enum Scenarios {
    static var names: [String] { builtIn.map(\.name) }

    /// Larger than any scenario that says something.
    private static let mostBytes = 65_536

    /// A scenario by its name, or from a file when the word is a path.
    package static func find(_ typed: String) throws(Complaint) -> Scenario {
        guard isPath(typed) else {
            guard let one = builtIn.first(where: { $0.name == typed }) else {
                throw unknown(typed)
            }
            return try read(one.text, named: one.name, from: typed)
        }
        let bytes: [UInt8]
        do {
            bytes = try Files.read(typed, cap: mostBytes)
        } catch {
            throw Complaint(error, reading: typed)
        }
        return try read(String(decoding: bytes, as: UTF8.self), named: name(typed), from: typed)
    }

    private static func isPath(_ typed: String) -> Bool {
        typed.contains("/") || typed.hasSuffix(".sim")
    }

    /// What a file's scenario is called: its own name without the ending.
    private static func name(_ path: String) -> String {
        let file = path.split(separator: "/").last.map(String.init) ?? path
        let bare = file.hasSuffix(".sim") ? String(file.dropLast(4)) : file
        return bare.isEmpty ? "scenario" : bare
    }

    private static func read(
        _ text: String,
        named name: String,
        from path: String
    ) throws(Complaint) -> Scenario {
        do {
            return try Scenario(named: name, reading: text)
        } catch {
            throw Complaint(
                .usage,
                "scenario",
                "\(quoted(path)) is no scenario: line \(error.line): \(error.reason)",
                hint: "docs/SIMULATOR.md says what may stand in a line; 'tally sim list --show"
                    + " clean-street' shows one"
            )
        }
    }

    static func unknown(_ typed: String) -> Complaint {
        let near = nearest(typed, names)
        return Complaint(
            .notFound,
            "no-scenario",
            "there is no scenario \(quoted(typed))",
            hint: (near.map { "did you mean \($0)? " } ?? "")
                + "there are \(names.joined(separator: ", ")); a file of your own ends in .sim"
        )
    }

    /// What makes two scenarios the same: everything but the name.
    static func hash(_ scenario: Scenario) -> String {
        let bytes = Array(scenario.text("").utf8)
        return Digest.hash(Digest.Domain("sim scenario"), bytes).bytes.hex.prefixed(16)
    }

    /// `tally sim list`.
    static let list: @Sendable (Request, Scene) throws(Complaint) -> Report = {
        (request, scene) throws(Complaint) in
        if let name = request["--show"] {
            guard let one = builtIn.first(where: { $0.name == name }) else { throw unknown(name) }
            return Report(
                lines: one.text.split(separator: "\n").map(String.init),
                json: .object([("name", .string(name)), ("text", .string(one.text))])
            )
        }
        let paint = scene.paint(terminal: scene.outIsTerminal)
        var (lines, rows): ([String], [JSON]) = ([], [])
        for one in builtIn {
            let scenario = try read(one.text, named: one.name, from: one.name)
            let size = "\(scenario.peers) homes, " + counted(scenario.payments, "payment")
            lines += [paint.bold(one.name.padded(19)) + size]
            lines += ["  strains  \(scenario.strains)", "  finds    \(scenario.finds)"]
            rows.append(
                .object([
                    ("name", .string(one.name)), ("peers", .number(UInt64(scenario.peers))),
                    ("payments", .number(UInt64(scenario.payments))),
                    ("strains", .string(scenario.strains)), ("finds", .string(scenario.finds)),
                ])
            )
        }
        return Report(lines: lines, json: .object([("scenarios", .array(rows))]))
    }
}

extension String {
    func prefixed(_ count: Int) -> String { String(prefix(count)) }
}
