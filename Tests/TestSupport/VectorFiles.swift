package import Foundation
import Testing

/// The files of docs/vectors: compared with what the code makes now, or written anew when
/// TALLY_WRITE_VECTORS is set.
package enum VectorFiles {
    package static func url(_ name: String) -> URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("docs/vectors/\(name)")
    }

    package static func compare(_ vectors: some Encodable, _ name: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let made = try encoder.encode(vectors) + Data("\n".utf8)
        if ProcessInfo.processInfo.environment["TALLY_WRITE_VECTORS"] != nil {
            try made.write(to: url(name))
        }
        let stored = try Data(contentsOf: url(name))
        #expect(made == stored, "docs/vectors/\(name) is not what the code makes")
    }

    package static func read<Vectors: Decodable>(_ name: String) throws -> Vectors {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Vectors.self, from: Data(contentsOf: url(name)))
    }
}

/// The kept cases that are made from the code, as vectors are.
package enum CaseFiles {
    package static func compare(_ bytes: [UInt8], _ name: String) throws {
        let file = VectorFiles.url("").deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Tests/cases/\(name)")
        if ProcessInfo.processInfo.environment["TALLY_WRITE_VECTORS"] != nil {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(bytes).write(to: file)
        }
        #expect(try Data(contentsOf: file) == Data(bytes), "Tests/cases/\(name): run make docs")
    }

    /// Words as a file's name.
    package static func name(_ words: String) -> String {
        words.lowercased().split { !$0.isLetter }.joined(separator: "-")
    }
}
