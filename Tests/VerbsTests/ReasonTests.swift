import Command
import Foundation
import Testing
import WalletVerbs

/// Every name that the other rooms throw has its sentence.
///
/// The names are read from the sources,
/// so that a new one without a sentence fails here and not in front of a person.
@Suite struct ReasonTests {
    static func names(_ file: String, in kind: String) throws -> [String] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "Sources/\(file)"), encoding: .utf8)
        let start = try #require(text.range(of: kind))
        let body = text[start.upperBound...].prefix { $0 != "}" }
        let raw = try Regex("(?:case \\.[a-zA-Z0-9]+(?:\\([^)]*\\))?: |= )\"([a-z0-9-]+)\"")
        let bare = try Regex("^ *case ([a-z]+)$").anchorsMatchLineEndings()
        return (body.matches(of: raw) + body.matches(of: bare))
            .compactMap { $0.output[1].substring.map(String.init) }
    }

    @Test func `every refusal has a sentence`() throws {
        let names = try Self.names("Money/Refusal.swift", in: "var name: String")
        #expect(names.count > 40)
        Self.expect(names, in: Reason.refusals)
    }

    @Test func `every fault of a proof has a sentence`() throws {
        let names = try Self.names("Money/Proof.swift", in: "enum ProofFault")
        #expect(names.count == 15)
        Self.expect(names, in: Reason.proofs)
    }

    @Test func `every fault of a paper has a sentence`() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appending(path: "Sources/Money/Paper.swift")
        let text = try String(contentsOf: file, encoding: .utf8)
        let part = try Regex("\\.receipt\\(\"([a-z-]+)\"\\)")
        let parts = text.matches(of: part).compactMap { $0.output[1].substring }
        #expect(parts.count >= 6)
        Self.expect(parts.map { "receipt: \($0)" } + ["signature", "leaves"], in: Reason.papers)
    }

    @Test func `every way to be no value has a sentence`() throws {
        let names = try Self.names("Wire/WireError.swift", in: "enum Kind")
        #expect(names.count == 12)
        Self.expect(names, in: Reason.wire)
    }

    @Test func `every fault of a certificate has a sentence`() throws {
        let names = try Self.names("Command/Faults.swift", in: "extension CertificateFault")
        #expect(names.count == 7)
        Self.expect(names, in: Reason.certificates)
    }

    @Test func `everything an office may refuse has a sentence`() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let page = root.appending(path: "docs/PROTOCOL.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let start = try #require(text.range(of: "| refusal | what it means |"))
        let table = text[start.upperBound...].prefix(while: { $0 != "#" })
        let names = try table.split(separator: "\n").flatMap { line in
            try line.dropFirst().prefix { $0 != "|" }.matches(of: Regex("`([a-z-]+)`"))
                .compactMap { $0.output[1].substring.map(String.init) }
        }
        #expect(names.count >= 13)
        #expect(Set(names).isSubset(of: Set(Reason.answers.map(\.name))))
        Self.expect(Reason.answers.map(\.name), in: Reason.answers)
    }

    private static func expect(_ names: [String], in table: [Reason]) {
        #expect(Set(names) == Set(table.map(\.name)))
        #expect(Set(table.map(\.what)).count == table.count, "no two say the same")
        for sentence in table {
            #expect(sentence.what.count > 10, "\(sentence.name)")
            #expect(sentence.hint.count > 10, "\(sentence.name)")
            #expect(!sentence.what.hasSuffix("."), "\(sentence.name)")
            #expect(!sentence.hint.hasSuffix("."), "\(sentence.name)")
        }
    }
}
