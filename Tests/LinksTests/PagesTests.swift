import Glibc
import Links
import Testing

/// What programs of this host are told by HTTP, and what keeps them from more.
@Suite struct PagesTests {
    private static func page(_ asked: Pages.Asked) -> Pages.Page? {
        asked.path == "/health" ? Pages.Page(type: "text/plain", body: Array("open\n".utf8)) : nil
    }

    /// Asks over a connection of its own; nil when nothing is said.
    private func said(_ request: String, _ pages: Pages, atOnce: Bool = true) -> String? {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(file) }
        guard reach(file, pages.port) else { return nil }
        let bytes = Array(request.utf8)
        let parts = atOnce ? [bytes] : bytes.map { [$0] }
        for part in parts {
            _ = unsafe send(file, part, part.count, Int32(MSG_NOSIGNAL))
            pages.answer(at: 0, Self.page)
        }
        for _ in 0..<3 { pages.answer(at: 0, Self.page) }
        var answer = [UInt8](repeating: 0, count: 4_096)
        let count = unsafe recv(file, &answer, answer.count, Int32(MSG_DONTWAIT))
        return count > 0 ? String(decoding: answer[..<count], as: UTF8.self) : nil
    }

    private func reach(_ file: Int32, _ port: UInt16) -> Bool {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return unsafe withUnsafePointer(to: &address) { place in
            unsafe place.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    @Test(arguments: [true, false])
    func `a page is told to whoever asks for it, in one piece or byte by byte`(
        atOnce: Bool
    ) throws {
        let pages = try Pages(port: 0)
        let get = "GET /health HTTP/1.1\r\nHost: 127.0.0.1:9600\r\nAccept: */*\r\n\r\n"
        let answer = try #require(said(get, pages, atOnce: atOnce))
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.hasSuffix("\r\n\r\nopen\n"))
        #expect(answer.contains("Content-Length: 5\r\n"))
        let head = try #require(said("HEAD /health HTTP/1.0\r\n\r\n", pages))
        #expect(head.contains("Content-Length: 5\r\n") && head.hasSuffix("\r\n\r\n"))
    }

    @Test(arguments: [
        ("GET /other HTTP/1.1\r\n\r\n", "404"), ("POST /health HTTP/1.1\r\n\r\n", "405"),
        ("GET /health\r\n\r\n", "400"), ("\r\n\r\n", "400"), ("GET  / HTTP/1.1\r\n\r\n", "400"),
        ("GET /health HTTP/2\r\n\r\n", "400"),
        ("GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n", "421"),
        ("GET /health HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", "421"),
        ("GET /\(String(repeating: "x", count: 5_000)) HTTP/1.1\r\n\r\n", "431"),
    ])
    func `what is no such question is told as such`(request: String, status: String) throws {
        let pages = try Pages(port: 0)
        let answer = try #require(said(request, pages))
        #expect(answer.hasPrefix("HTTP/1.1 " + status))
    }

    @Test func `half a question is waited for, and not for ever`() throws {
        let pages = try Pages(port: 0)
        #expect(said("GET /health HTT", pages) == nil)
        // So many who say nothing keep nobody out for longer than they may stay.
        var files: [Int32] = []
        defer { for file in files { close(file) } }
        for _ in 0..<Pages.askersAtOnce {
            let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            #expect(reach(file, pages.port))
            files.append(file)
        }
        for _ in 0..<4 { pages.answer(at: 0, Self.page) }
        let get = "GET /health HTTP/1.1\r\n\r\n"
        #expect(said(get, pages) == nil)
        pages.answer(at: Pages.stays, Self.page)
        #expect(said(get, pages)?.hasPrefix("HTTP/1.1 200") == true)
    }

    @Test func `a port that another program has is told as such`() throws {
        let pages = try Pages(port: 0)
        #expect(throws: LinkFault.portTaken(pages.port)) { try Pages(port: pages.port) }
    }
}
