import Foundation
import FuzzEntries
import Testing
import Wire
import Words

/// The vectors under docs/ are what the code does, and say so again on every check.
///
/// With TALLY_WRITE_VECTORS=1 (`make docs`) they are written.
@Suite struct CBORVectorsTests {
    static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "docs/vectors")

    struct File: Codable, Hashable {
        struct Good: Codable, Hashable {
            let shape: String
            let what: String
            let hex: String
        }

        struct Bad: Codable, Hashable {
            let shape: String
            let what: String
            let hex: String
            let error: String
            let position: Int
        }

        let good: [Good]
        let bad: [Bad]
    }

    static func cbor() -> File {
        File(
            good: CBORCases.good.map {
                File.Good(shape: $0.shape.rawValue, what: $0.what, hex: Hex.text($0.bytes))
            },
            bad: CBORCases.bad.map {
                File.Bad(
                    shape: $0.shape.rawValue,
                    what: $0.what,
                    hex: $0.hex,
                    error: $0.error.rawValue,
                    position: $0.position
                )
            }
        )
    }

    @Test func `docs vectors cbor json is what the code does`() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let now = try encoder.encode(Self.cbor()) + Data("\n".utf8)
        let file = Self.folder.appending(path: "cbor.json")
        if ProcessInfo.processInfo.environment["TALLY_WRITE_VECTORS"] == "1" {
            try now.write(to: file)
        }
        let text = String(decoding: now, as: UTF8.self)
        #expect(try String(contentsOf: file, encoding: .utf8) == text, "run make docs")
    }

    @Test func `another program's random values are accepted and refused as it does`() throws {
        let file = Self.folder.appending(path: "cbor-random.txt")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
            .filter { !$0.hasPrefix("#") }
        var counts = (good: 0, bad: 0)
        for line in lines {
            let words = line.split(separator: " ", omittingEmptySubsequences: false)
            let bytes = try #require(Hex.bytes(String(words[1])))
            let refusal = CBORTests.refusal(.item, bytes)
            #expect((refusal == nil) == (words[0] == "good"), "\(line)")
            if words[0] == "good" { counts.good += 1 } else { counts.bad += 1 }
        }
        #expect(counts.good >= 1_000 && counts.bad >= 1_000)
    }
}
