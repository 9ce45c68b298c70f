import Foundation
import Testing

@Suite struct HouseTests {
    @Test(arguments: House.sources)
    func `a file keeps the rules of the house`(_ source: Source) {
        for finding in Rules.broken(in: source) {
            Issue.record("\(source.path):\(finding.line): \(finding.what)")
        }
    }

    @Test(arguments: House.sources.filter { !$0.isTest })
    func `a file imports only what its room may`(_ source: Source) {
        for (line, module) in source.imports where !Graph.mayImport(module, in: source.room) {
            Issue.record("\(source.path):\(line): \(source.room) may not import \(module)")
        }
    }

    @Test func `the files of the house are found`() {
        #expect(House.rooms == Set(Graph.arrows.keys))
        #expect(House.sources.contains { $0.path == "Tests/HouseTests/HouseTests.swift" })
    }

    @Test func `the arrows point inward and never round`() {
        for (room, targets) in Graph.arrows {
            var seen: Set<String> = []
            var open = targets
            while let next = open.popFirst() {
                #expect(next != room, "\(room) reaches itself")
                if seen.insert(next).inserted { open.formUnion(Graph.arrows[next] ?? []) }
            }
        }
        for room in Graph.pureRooms {
            #expect(Graph.arrows[room]?.isSubset(of: Graph.pureRooms) == true)
        }
    }

    @Test(arguments: House.files(under: "scripts").filter { !$0.contains(".") } + [".ci/run"])
    func `a script says what it is for and can be run`(_ path: String) {
        let lines = House.text(path).split(separator: "\n")
        #expect(lines.first?.hasPrefix("#!") == true)
        #expect(lines.dropFirst().first?.hasPrefix("# ") == true)
        #expect(FileManager.default.isExecutableFile(atPath: House.root.appending(path: path).path))
    }
}

/// Each rule is shown what it must find, so that a rule that finds nothing is not taken for a
/// house in order.
@Suite struct RulesTests {
    enum Room: String {
        case words = "Sources/Words"
        case wire = "Sources/Wire"
        case money = "Sources/Money"
        case journal = "Sources/Journal"
        case store = "Sources/Store"
        case verbs = "Sources/Verbs"
        case tests = "Tests/WireTests"
    }

    struct Case: Sendable, CustomStringConvertible {
        let path: String
        let text: String
        let findings: [Finding]
        var description: String { String(text.prefix(40)).replacing("\n", with: "⏎") }

        init(in room: Room, _ text: String, _ findings: (Int, String)...) {
            (path, self.text) = (room.rawValue + "/A.swift", text)
            self.findings = findings.map { Finding(line: $0.0, what: $0.1) }
        }
    }

    static let long = "func f() {\n" + String(repeating: "    g()\n", count: 59) + "}\n"
    static let late = "\nfunc f(\n  a: Int\n) -> Int\n{" + String(repeating: "\n", count: 58) + "}"

    static let boundary = "unsafe outside the boundary"
    static let clock = "a clock in a pure room"
    static let chance = "chance in a pure room"

    static let cases = [
        Case(in: .wire, String(repeating: "a", count: 101), (1, "more than 100 columns")),
        Case(in: .wire, String(repeating: "é", count: 100)),
        Case(in: .wire, String(repeating: "\n", count: 601), (600, "more than 600 lines")),
        Case(in: .wire, String(repeating: "\n", count: 600)),
        Case(in: .wire, long, (1, "a function of 61 lines")),
        Case(in: .wire, late, (2, "a function of 62 lines")),
        Case(in: .wire, "protocol P {\n    func f()\n    var a: Int { get }\n}"),
        Case(in: .wire, "// TO" + "DO: later", (1, "a leftover")),
        Case(in: .tests, "// FIX" + "ME", (1, "a leftover")),
        Case(in: .wire, "let a = try! b()", (1, "try!")),
        Case(in: .wire, "let a = b as! C", (1, "as!")),
        Case(in: .wire, "// never try! anything as! this"),
        Case(in: .verbs, "fatalError(\"unimpl" + "emented\")", (1, "an unwritten part")),
        Case(in: .verbs, "public func a() {}", (1, "public")),
        Case(in: .words, "let a = unsafe b()", (1, boundary)),
        Case(in: .journal, "unsafe a()", (1, boundary)),
        Case(in: .journal, "_ p: UnsafeRawPointer", (1, boundary)),
        Case(in: .store, "unsafe a()"),
        Case(in: .words, "/// It holds no unsafe at all."),
        Case(in: .money, "let a = Date()", (1, clock)),
        Case(in: .money, "ContinuousClock.now", (1, clock)),
        Case(in: .words, "Int.random(in: 0..<9)", (1, chance)),
        Case(in: .words, "all.shuffled()", (1, chance)),
        Case(in: .words, "SystemRandomNumberGenerator()", (1, chance)),
        Case(in: .wire, "print(1)", (1, "the world in a pure room")),
        Case(in: .money, "switch a {\ndefault: 1\n}", (2, "default: in the core")),
        Case(in: .money, "switch a { default: 1 }", (1, "default: in the core")),
        Case(in: .money, "links[node, default: []].append(link)"),
        Case(in: .verbs, "switch a {\ndefault: 1\n}"),
        Case(in: .money, "let a = \"default: \\\"try! unsafe\" // as!"),
        Case(in: .money, "let a = \"\"\"\n    default:\n    \"\"\"\ntry! a", (4, "try!")),
        Case(in: .money, "let a = #\"\\\"#; try! a /* as! */", (1, "try!")),
    ]

    @Test(arguments: cases)
    func `a rule finds what it is for and nothing else`(_ one: Case) {
        #expect(Rules.broken(in: Source(path: one.path, text: one.text)) == one.findings)
    }

    @Test func `imports are read with their attributes and access`() {
        let text =
            "import A\npackage import B\n@preconcurrency import C\nimport struct D.E\n// import F"
        let imports = Source(path: "Sources/Wire/A.swift", text: text).imports
        #expect(imports.map(\.module) == ["A", "B", "C", "D"])
        #expect(!Graph.mayImport("Foundation", in: "Disks"))
        #expect(!Graph.mayImport("Store", in: "Money"))
        #expect(!Graph.mayImport("Glibc", in: "Wire"))
        #expect(Graph.mayImport("Words", in: "Wire"))
    }
}
