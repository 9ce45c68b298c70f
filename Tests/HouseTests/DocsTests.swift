import Foundation
import Testing

@Suite struct DocsTests {
    static let pages = ["README.md", "CHANGELOG.md"] + House.files(under: "docs", ending: ".md")

    @Test func `the pages a stranger looks for are there`() {
        let wanted = ["ARCHITECTURE", "PROTOCOL", "SECURITY", "STATUS"].map { "docs/\($0).md" }
        for path in wanted + ["README.md", "CHANGELOG.md", "docs/tally.cddl"] {
            #expect(House.text(path).count > 500, "\(path)")
        }
        #expect(House.text("LICENSE").contains("Apache License"))
    }

    @Test(arguments: pages)
    func `every link on a page leads somewhere`(_ page: String) {
        for link in Self.links(House.text(page)) where !link.contains("://") {
            let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
            let target = parts[0].isEmpty ? page : Self.resolved(String(parts[0]), from: page)
            #expect(House.exists(target), "\(page) links to \(link)")
            if parts.count == 2 {
                let anchors = Self.anchors(House.text(target))
                #expect(anchors.contains(String(parts[1])), "\(page) links to \(link)")
            }
        }
    }

    @Test(arguments: pages)
    func `every make target and script that a page names exists`(_ page: String) throws {
        let text = House.text(page)
        let makefile = House.text("Makefile")
        for match in text.matches(of: try Regex("`make ([a-z]+)", as: (Substring, Substring).self))
        {
            #expect(makefile.contains("\n\(match.output.1): "), "make \(match.output.1)")
        }
        let script = try Regex("scripts/[a-z-]+", as: Substring.self)
        for match in text.matches(of: script) { #expect(House.exists(String(match.output))) }
    }

    @Test func `the status has a proof or a not yet for every promise`() {
        let rows = House.text("docs/STATUS.md").split(separator: "\n").filter { $0.first == "|" }
        #expect(rows.count > 10)
        for row in rows.dropFirst(2) {
            let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            let isHeading = cells.count == 2 && cells[0].hasPrefix("**") && cells[1].isEmpty
            #expect(
                isHeading || cells.last == "not yet" || cells.last?.contains("`") == true,
                "\(row)"
            )
        }
    }

    @Test func `links and anchors are read as a browser reads them`() {
        let text = "[a](b.md#c-d) ![x](y.png)\n## The *C* `d`, e\n```\n[no](gone.md)\n```"
        #expect(Self.links(text) == ["b.md#c-d", "y.png"])
        #expect(Self.anchors(text) == ["the-c-d-e"])
        #expect(Self.resolved("../Package.swift", from: "docs/A.md") == "Package.swift")
        #expect(Self.resolved("B.md", from: "docs/A.md") == "docs/B.md")
    }

    /// Where links lead to, leaving out what stands in blocks of code.
    static func links(_ text: String) -> [String] {
        let prose = text.components(separatedBy: "```").enumerated()
            .filter { $0.offset.isMultiple(of: 2) }
            .map(\.element).joined()
        return prose.components(separatedBy: "](").dropFirst().compactMap {
            $0.split(separator: ")", maxSplits: 1).first.map(String.init)
        }
    }

    /// The names that headings get: lower case, spaces to hyphens, no punctuation.
    static func anchors(_ text: String) -> Set<String> {
        Set(
            text.split(separator: "\n").filter { $0.first == "#" }.map { line in
                line.drop { $0 == "#" || $0 == " " }.lowercased()
                    .filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" }
                    .replacing(" ", with: "-")
            }
        )
    }

    static func resolved(_ link: String, from page: String) -> String {
        var parts = page.split(separator: "/").dropLast().map(String.init)
        for part in link.split(separator: "/") {
            if part == ".." { _ = parts.popLast() } else { parts.append(String(part)) }
        }
        return parts.joined(separator: "/")
    }
}
