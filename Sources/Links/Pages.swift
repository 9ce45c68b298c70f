internal import Glibc

/// Answers programs of this host that ask by HTTP how things stand: a few short pages, to a
/// bounded number of askers, over the loopback interface alone.
package final class Pages {
    /// What was asked for, and nothing else of it.
    package struct Asked: Hashable, Sendable {
        package let path: String
        /// Whether only its head is wanted.
        package let isHead: Bool
    }

    package struct Page: Sendable {
        package let type: String
        package let body: [UInt8]

        package init(type: String, body: [UInt8]) { (self.type, self.body) = (type, body) }
    }

    /// Its own port, on 127.0.0.1.
    package let port: UInt16
    private let door: Int32
    private let waiting: Waiting
    private var askers: [Asker] = []

    private final class Asker {
        let file: Int32
        var incoming: [UInt8] = []
        /// When it came: nobody stays for long.
        let since: UInt64

        init(_ file: Int32, since: UInt64) { (self.file, self.since) = (file, since) }
        deinit { close(file) }
    }

    package static let askersAtOnce = 16
    package static let requestBytes = 4_096
    package static let stays: UInt64 = 5_000

    /// On this port, or, for 0, on any that is free.
    package init(port: UInt16) throws(LinkFault) {
        waiting = try Waiting()
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        door = socket(AF_INET, kind | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard door >= 0 else { throw LinkFault(errno) }
        var yes: Int32 = 1
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        // Unsafe: the system reads what is lent for the call, in its whole length.
        _ = unsafe setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &yes, 4)
        let door = door
        let status = unsafe withUnsafeMutablePointer(to: &address) { place in
            unsafe place.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
                guard unsafe bind(door, place, length) == 0 else { return errno }
                return unsafe getsockname(door, place, &length) == 0 ? 0 : errno
            }
        }
        self.port = UInt16(bigEndian: address.sin_port)
        guard status == 0, listen(door, 16) == 0 else {
            let fault = status == 0 ? errno : status
            close(door)
            throw LinkFault(fault, port: port)
        }
        waiting.add(door)
    }

    deinit { close(door) }

    /// Ready when somebody asks.
    package var file: Int32 { waiting.file }

    /// How long it may be left alone; nil is as long as nobody asks.
    package var patience: UInt64? { askers.isEmpty ? nil : 1_000 }

    /// Answers whoever has asked, and lets go of those who do not get to it.
    package func answer(at milliseconds: UInt64, _ page: (Asked) -> Page?) {
        for file in waiting.wait(atMost: 0) {
            if file == door { welcome(milliseconds) } else { hear(file, page) }
        }
        for asker in askers where milliseconds >= asker.since + Self.stays { leave(asker) }
    }

    private func welcome(_ milliseconds: UInt64) {
        // Those who come on top wait before the door.
        while askers.count < Self.askersAtOnce {
            let one = accept(door, nil, nil)
            guard one >= 0 else { return }
            _ = fcntl(one, F_SETFD, FD_CLOEXEC)
            _ = fcntl(one, F_SETFL, O_NONBLOCK)
            askers.append(Asker(one, since: milliseconds))
            waiting.add(one)
        }
        waiting.remove(door)
    }

    private func leave(_ asker: Asker) {
        waiting.remove(asker.file)
        askers.removeAll { $0 === asker }
        waiting.add(door)
    }

    private func hear(_ file: Int32, _ page: (Asked) -> Page?) {
        guard let asker = askers.first(where: { $0.file == file }) else { return }
        var part = [UInt8](repeating: 0, count: Self.requestBytes)
        // Unsafe: there is room for as many bytes as are asked for.
        let count = unsafe recv(file, &part, part.count, Int32(MSG_DONTWAIT))
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        guard count > 0 else { return leave(asker) }
        asker.incoming += part[..<count]
        guard let answer = Self.answer(asker.incoming, page) else { return }
        // Unsafe: bytes and count are those of one array. A page fits what the system takes.
        _ = unsafe Glibc.send(file, answer, answer.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        leave(asker)
    }

    // MARK: HTTP, as much as it takes

    /// What is said to that; nil while it is not whole.
    static func answer(_ request: [UInt8], _ page: (Asked) -> Page?) -> [UInt8]? {
        let end = request.indices.first { request[$0...].starts(with: Self.end) }
        guard let end, end < requestBytes else {
            return request.count < requestBytes ? nil : said("431 Request Header Fields Too Large")
        }
        // A line's end is one character, and no other is split by it.
        let text = String(decoding: request[..<end], as: UTF8.self)
        let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
        let words = lines.first?.split(separator: " ", omittingEmptySubsequences: false) ?? []
        guard words.count == 3, words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0" else {
            return said("400 Bad Request")
        }
        guard isOurs(lines.dropFirst()) else { return said("421 Misdirected Request") }
        guard words[0] == "GET" || words[0] == "HEAD" else {
            return said("405 Method Not Allowed", "Allow: GET, HEAD\r\n")
        }
        let asked = Asked(path: String(words[1]), isHead: words[0] == "HEAD")
        guard let page = page(asked) else { return said("404 Not Found") }
        let head = Array(
            ("HTTP/1.1 200 OK\r\nContent-Type: \(page.type)\r\n"
                + "Content-Length: \(page.body.count)\r\nCache-Control: no-store\r\n"
                + "Connection: close\r\n\r\n").utf8
        )
        return asked.isHead ? head : head + page.body
    }

    /// Whether it was meant for this host, and not for a name that somebody made point here.
    private static func isOurs(_ lines: ArraySlice<Substring>) -> Bool {
        let hosts = lines.compactMap { line -> Substring? in
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "host" else { return nil }
            return parts[1].drop { $0 == " " }
        }
        guard let host = hosts.first, hosts.count == 1 else { return hosts.isEmpty }
        let name = host.split(separator: ":").first ?? ""
        return name == "127.0.0.1" || name == "localhost"
    }

    private static let end = Array("\r\n\r\n".utf8)

    private static func said(_ status: String, _ more: String = "") -> [UInt8] {
        let body = status + "\n"
        return Array(
            ("HTTP/1.1 \(status)\r\nContent-Type: text/plain\r\n\(more)"
                + "Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)").utf8
        )
    }
}
