import Keypad
import Testing
import Wire
import Words

@Suite struct IssueBookTests {
    private func texts(_ names: String...) throws -> [Text] {
        try names.map { try #require(Text($0)) }
    }

    @Test func `the key of a place that was never handed on is its first`() throws {
        let book = IssueBook()
        #expect(book.present([], below: .top) == .top)
        #expect(
            book.present(try texts("Zhejiang", "Ningbo"), below: .top)
                == IssuePath([Made.step("Zhejiang"), Made.step("Ningbo")])
        )
        #expect(book.present(try texts("A", "B", "C"), below: .top) == nil)
        #expect(book.present(try texts(""), below: .top) == nil)
    }

    @Test func `a key is handed on as often as somebody likes, and is listed once`() throws {
        var book = IssueBook()
        for _ in 1...3 {
            let path = book.issue(try texts("Zhejiang"), below: .top, anew: false)
            #expect(path == IssuePath([Made.step("Zhejiang")]))
        }
        #expect(book.paths.count == 1)
        let nobodys = book.issue([], below: .top, anew: false)
        #expect(nobodys == nil)
    }

    @Test func `the next key of a province ends those of its cities`() throws {
        var book = IssueBook()
        let names = try texts("Zhejiang", "Ningbo")
        _ = book.issue(names, below: .top, anew: true)
        #expect(
            book.present(names, below: .top)
                == IssuePath([Made.step("Zhejiang"), Made.step("Ningbo", 2)])
        )
        _ = book.issue(try texts("Zhejiang"), below: .top, anew: true)
        #expect(
            book.present(names, below: .top)
                == IssuePath([Made.step("Zhejiang", 2), Made.step("Ningbo")])
        )
        #expect(try IssueBook(wireBytes: book.wireBytes) == book)
    }

    @Test func `a branch hands on what is below it`() throws {
        var book = IssueBook()
        let own = try #require(IssuePath([Made.step("Zhejiang", 3)]))
        let path = book.issue(try texts("Ningbo"), below: own, anew: false)
        #expect(path == IssuePath([Made.step("Zhejiang", 3), Made.step("Ningbo")]))
        let below = try #require(path)
        let deeper = book.issue(try texts("Street"), below: below, anew: false)
        #expect(deeper == nil)
    }

    @Test func `generations end, and a list that names a key twice is refused`() throws {
        var book = IssueBook()
        let names = try texts("Zhejiang")
        for _ in 1..<Limits.keyGenerations { _ = book.issue(names, below: .top, anew: true) }
        let last = book.present(names, below: .top)
        #expect(last == IssuePath([Made.step("Zhejiang", 1_000)]))
        let further = book.issue(names, below: .top, anew: true)
        #expect(further == nil && book.paths.count == 999)
        let twice: [UInt8] = [0x82, 1, 0x82, 0x80, 0x80]
        #expect(throws: WireError(.outOfRange, at: 0)) { try IssueBook(wireBytes: twice) }
    }
}
