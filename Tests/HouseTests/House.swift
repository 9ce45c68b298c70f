import Foundation

/// The repository these tests stand in, found from this file's own path.
enum House {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Every Swift file of ours, in the order of their names.
    static let sources: [Source] = ["Sources", "sim-network", "Tests", "Fuzz"]
        .flatMap { files(under: $0, ending: ".swift") }
        .map { Source(path: $0, text: text($0)) }

    /// The text of a file, empty when there is none.
    static func text(_ path: String) -> String {
        let data = try? Data(contentsOf: root.appending(path: path))
        return String(decoding: data ?? Data(), as: UTF8.self)
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path)
    }

    /// Paths from the root; hidden folders are nobody's source.
    static func files(under folder: String, ending: String = "") -> [String] {
        let paths = FileManager.default.enumerator(atPath: root.appending(path: folder).path)
        return (paths?.compactMap { $0 as? String } ?? [])
            .filter {
                $0.hasSuffix(ending) && !$0.split(separator: "/").contains { $0.first == "." }
            }
            .map { folder + "/" + $0 }
            .sorted()
    }

    /// The folders that are rooms: those under Sources and sim-network that hold Swift.
    static let rooms: Set<String> = Set(sources.filter { !$0.isTest }.map(\.room))
}
