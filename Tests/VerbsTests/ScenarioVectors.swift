import Foundation
import Testing
import World

/// The scenarios built into the command are the files of sim-network/scenarios.
@Suite struct ScenarioVectors {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static var files: [(name: String, text: String)] {
        get throws {
            let folder = root.appending(path: "sim-network/scenarios")
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            return try names.filter { $0.hasSuffix(".sim") }.sorted().map { file in
                let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
                return (String(file.dropLast(4)), text)
            }
        }
    }

    /// The Swift files that carry them, by their names; a binary that is installed has nothing
    /// beside it.
    static var sources: [(file: String, text: String)] {
        get throws {
            let (early, late) = ("builtInUpToL", "builtInFromM")
            let head = [
                "// Written by `make docs` from sim-network/scenarios; change the files there.", "",
                "extension Scenarios {",
            ]
            let all = [
                "    /// By their names; an installed command has no folder to read them from.",
                "    static let builtIn = \(early) + \(late)", "",
            ]
            let files = try files
            let (first, rest) = (files.filter { $0.name < "m" }, files.filter { $0.name >= "m" })
            return [
                ("BuiltIn.swift", (head + all + lines(early, first)).joined(separator: "\n")),
                ("BuiltInFromM.swift", (head + lines(late, rest)).joined(separator: "\n")),
            ]
        }
    }

    private static func lines(_ name: String, _ files: [(name: String, text: String)]) -> [String] {
        var lines = ["    static let \(name): [(name: String, text: String)] = ["]
        for (name, text) in files {
            lines += ["        (", "            \"\(name)\",", "            \"\"\""]
            lines += text.split(separator: "\n", omittingEmptySubsequences: false)
                .map { $0.isEmpty ? "" : "            \(folded($0))" }
            lines += ["            \"\"\"", "        ),"]
        }
        return lines + ["    ]", "}", ""]
    }

    /// A long line as two in the source that are one in the text.
    private static func folded(_ line: Substring) -> String {
        guard line.count > 80, let space = line.prefix(80).lastIndex(of: " ") else {
            return String(line)
        }
        return line[...space] + "\\\n            " + line[line.index(after: space)...]
    }

    @Test func `the command has every scenario of the folder`() throws {
        for (file, source) in try Self.sources {
            let url = Self.root.appending(path: "Sources/SimVerbs/" + file)
            if ProcessInfo.processInfo.environment["TALLY_WRITE_VECTORS"] != nil {
                try source.write(to: url, atomically: true, encoding: .utf8)
            } else {
                #expect(try String(contentsOf: url, encoding: .utf8) == source)
            }
        }
    }

    @Test func `a scenario that is written is read as it was`() throws {
        for (name, text) in try Self.files {
            let scenario = try Scenario(named: name, reading: text)
            #expect(try Scenario(named: name, reading: scenario.text("again")) == scenario)
        }
        var odd = Scenario(name: "odd")
        (odd.strains, odd.finds, odd.refusals, odd.trade) = ("a", "b", 5, .chain)
        (odd.thieves, odd.liars, odd.peers) = (1, 1, 5)
        // Who keeps to no rule goes with no office.
        let offices: [FaultKind] = [
            .officePowerCut, .officeKill, .lost, .officeLie, .officeRot, .officeDiskLost,
        ]
        odd.faults = FaultKind.allCases.filter { !offices.contains($0) }
            .map { .init($0, 1...999, isSure: $0 == .loss) }
        #expect(try Scenario(named: "odd", reading: odd.text("x")) == odd)
    }
}
