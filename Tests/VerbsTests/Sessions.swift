import Command
import Foundation
import Testing
import Verbs
import Words

/// Sessions kept as text: what was typed after `$`, and what came back.
///
/// Lines on standard error begin with `2| `, a status other than 0 stands in a last line `[3]`.
/// `@` is the folder a session works in, and `#: ` begins a remark. TALLY_WRITE_VECTORS=1 writes
/// them anew.
enum Sessions {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "sessions")

    static var all: [String] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
        return (names ?? []).filter { $0.hasSuffix(".txt") }.sorted()
    }

    /// The session's text with every answer as it is now.
    static func replayed(_ text: String) async throws -> String {
        let scratch = FileManager.default.temporaryDirectory
            .appending(path: "tally-session-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        var out: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("#: ") {
                out.append(String(line))
            } else if line.hasPrefix("$ ") {
                if out.last?.hasPrefix("#: ") == false { out.append("") }
                out.append(String(line))
                out += try await answer(String(line.dropFirst(2)), in: scratch.path)
            }
        }
        return out.joined(separator: "\n") + "\n"
    }

    private static func answer(_ line: String, in scratch: String) async throws -> [String] {
        var words = line.split(separator: " ").map(String.init)
        switch words.removeFirst() {
        case "tally": return await tally(words, scratch)
        case "quietly":
            // quietly tally …: what it says differs each time, and is left out when all is well.
            let said = await tally(Array(words.dropFirst()), scratch)
            return said.last?.hasPrefix("[") == true ? said : []
        case "write":
            // write FILE HEX: a file made by hand.
            let bytes = try #require(Hex.bytes(words.count > 1 ? words[1] : ""))
            try Data(bytes).write(to: URL(fileURLWithPath: scratch + "/" + words[0]))
            return []
        case "fill":
            // fill FILE N: a file of N zeros.
            let data = Data(count: try #require(Int(words[1])))
            try data.write(to: URL(fileURLWithPath: scratch + "/" + words[0]))
            return []
        case "say":
            // say FILE LINE; LINE: a text of lines.
            let text = words.dropFirst().joined(separator: " ").replacing("; ", with: "\n")
            try Data((text + "\n").utf8).write(to: URL(fileURLWithPath: scratch + "/" + words[0]))
            return []
        case "show":
            // show FILE: what is in it.
            let url = URL(fileURLWithPath: scratch + "/" + words[0])
            return lines(try String(contentsOf: url, encoding: .utf8))
        case "cut":
            // cut FILE N TO: its first N bytes.
            let url = URL(fileURLWithPath: scratch + "/" + words[0])
            let data = try Data(contentsOf: url).prefix(try #require(Int(words[1])))
            try data.write(to: URL(fileURLWithPath: scratch + "/" + words[2]))
            return []
        case "flip":
            // flip FILE N TO: the same with one bit of byte N changed.
            var data = try Data(contentsOf: URL(fileURLWithPath: scratch + "/" + words[0]))
            data[try #require(Int(words[1]))] ^= 1
            try data.write(to: URL(fileURLWithPath: scratch + "/" + words[2]))
            return []
        case let other:
            Issue.record("a session knows no \(other)")
            return []
        }
    }

    private static func tally(_ words: [String], _ scratch: String) async -> [String] {
        var scene = Scene(now: moment)
        scene.input = []
        let arguments = words.map { $0.replacing("@", with: scratch) }
        let answer = await run(arguments: arguments, in: scene)
        let out = lines(answer.out.replacing(scratch, with: "@"))
        let err = lines(answer.err.replacing(scratch, with: "@")).map { "2| " + $0 }
        return out + err + (answer.status == 0 ? [] : ["[\(answer.status)]"])
    }

    private static func lines(_ text: String) -> [String] {
        text.isEmpty
            ? []
            : text.split(separator: "\n", omittingEmptySubsequences: false)
                .dropLast(text.hasSuffix("\n") ? 1 : 0).map(String.init)
    }

    static var moment: Moment {
        guard let moment = Moment(1_800_000_000) else { preconditionFailure("a moment") }
        return moment
    }
}

@Suite struct SessionVectors {
    @Test(arguments: Sessions.all)
    func `a session goes as it is written down`(_ name: String) async throws {
        let url = Sessions.folder.appending(path: name)
        let kept = try String(contentsOf: url, encoding: .utf8)
        let now = try await Sessions.replayed(kept)
        if ProcessInfo.processInfo.environment["TALLY_WRITE_VECTORS"] != nil {
            try now.write(to: url, atomically: true, encoding: .utf8)
        } else {
            #expect(now == kept)
        }
    }

    @Test func `there are sessions`() {
        #expect(Sessions.all.count >= 3)
    }
}
