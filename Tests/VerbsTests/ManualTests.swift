import Command
import Foundation
import Testing
import Verbs

/// Manual pages are derived: TALLY_WRITE_VECTORS=1 writes docs/man anew.
@Suite struct ManualVectors {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs/man")

    @Test func `every page stands under docs as the table of verbs has it, and no other`() throws {
        let pages = Manual(verbs).pages
        let files = FileManager.default
        if ProcessInfo.processInfo.environment["TALLY_WRITE_VECTORS"] != nil {
            try? files.removeItem(at: Self.folder)
            try files.createDirectory(at: Self.folder, withIntermediateDirectories: true)
            for (file, text) in pages {
                try Data(text.utf8).write(to: Self.folder.appending(path: file))
            }
        }
        #expect(
            Set(try files.contentsOfDirectory(atPath: Self.folder.path)) == Set(pages.map(\.file))
        )
        for (file, text) in pages {
            let url = Self.folder.appending(path: file)
            #expect(try String(contentsOf: url, encoding: .utf8) == text, "\(file)")
        }
    }
}

@Suite struct ManualTests {
    @Test func `a page says all that help says`() async throws {
        let scene = Scene(now: Sessions.moment)
        let help = await run(arguments: ["help", "pay"], in: scene).out
        let page = await run(arguments: ["help", "--man", "pay"], in: scene).out
        #expect(Manual(verbs).pages.contains { $0 == ("tally-pay.1", page) })
        let bare = page.replacing("\\-", with: "-").replacing("\\fB", with: "")
        for match in help.matches(of: /--[a-z-]+/) {
            #expect(bare.contains(match.output), "\(match.output)")
        }
        for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXAMPLES", "EXIT STATUS"] {
            #expect(page.contains(".SH \(section)\n") || page.contains(".SH \"\(section)\"\n"))
        }
    }

    @Test func `every verb has one, and several words none`() async {
        let scene = Scene(now: Sessions.moment)
        #expect(Set(Manual(verbs).pages.map(\.file)).count == Manual(verbs).pages.count)
        for words in [["sim"], ["simm"], ["sim", "rum"]] {
            let answer = await run(arguments: ["help", "--man"] + words, in: scene)
            #expect(answer.status == 2 && answer.out.isEmpty && answer.err.contains("hint:"))
        }
    }
}
