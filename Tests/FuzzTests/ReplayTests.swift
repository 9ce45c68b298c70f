import Foundation
import FuzzEntries
import Testing

/// What a fuzzer ever found stays found: every kept case goes through its entry on every check.
@Suite struct ReplayTests {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func names(in folder: String) -> [String] {
        let path = root.appending(path: folder).path
        return ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [])
            .filter { !$0.hasPrefix(".") }
            .sorted()
    }

    struct Kept: Sendable, CustomStringConvertible {
        let entry: FuzzEntry
        let file: String
        var description: String { entry.name + "/" + file }
    }

    static let kept = FuzzEntry.all.flatMap { entry in
        names(in: "Tests/cases/" + entry.name).map { Kept(entry: entry, file: $0) }
    }

    /// Good inputs to begin from; with TALLY_WRITE_VECTORS=1 they are written.
    @Test func `the seeds of Vectors are kept as cases`() throws {
        for (number, seed) in SealingEntries.seeds.enumerated() {
            let entry = String(seed.entry.dropFirst("fuzz".count))
            let file = Self.root.appending(path: "Tests/cases/\(entry)/seed-\(number)")
            if ProcessInfo.processInfo.environment["TALLY_WRITE_VECTORS"] == "1" {
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(),
                    withIntermediateDirectories: true
                )
                try Data(seed.bytes).write(to: file)
            }
            #expect(try Data(contentsOf: file) == Data(seed.bytes), "run make docs")
        }
    }

    @Test(arguments: kept)
    func `a kept case is answered`(_ kept: Kept) throws {
        let file = Self.root.appending(path: "Tests/cases/" + kept.description)
        // The entry traps when a promise is broken; that it returns is the test.
        kept.entry.run(Array(try Data(contentsOf: file)))
    }

    @Test func `every entry has a fuzzer and kept cases`() throws {
        let names = FuzzEntry.all.map(\.name).sorted()
        #expect(Self.names(in: "Fuzz") == names)
        #expect(Self.names(in: "Tests/cases") == names)
        #expect(Set(Self.kept.map(\.entry.name)) == Set(names))
        let package = try String(
            contentsOf: Self.root.appending(path: "Package.swift"),
            encoding: .utf8
        )
        for name in names { #expect(package.contains("\"\(name)\"")) }
    }
}
