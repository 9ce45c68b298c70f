internal import Links
internal import Station
internal import Wallet
internal import Wire
internal import Words

/// A node that can be asked: one that runs elsewhere, or in this process.
protocol Teller: AnyObject {
    /// Whether it goes on when this process ends.
    var isRemote: Bool { get }
    func ask(_ ask: Question) throws(Complaint) -> Told
    /// What has happened, after waiting for it at most so long.
    func news(within milliseconds: UInt64) throws(Complaint) -> [News]
    func close()
}

extension Teller {
    /// Follows a wish: what came of it at once, or why it cannot be.
    @discardableResult
    func wish(_ ask: Question) throws(Complaint) -> [News] {
        switch try self.ask(ask) {
        case .news(let news):
            for one in news {
                if case .denied(let denial) = one { throw Complaint(denial) }
            }
            return news
        case .fault(let text): throw Complaint(stopped: text)
        case .done, .info, .balances, .pending, .payments, .happened: return []
        }
    }

    func info() throws(Complaint) -> Info {
        guard case .info(let info) = try ask(.info) else { throw .otherVersion }
        return info
    }
}

/// A node in this process: waiting for it is running it.
final class LocalTeller: Teller {
    private let station: Station
    private let home: Home

    let isRemote = false

    init(_ station: Station, _ home: Home) { (self.station, self.home) = (station, home) }

    func ask(_ ask: Question) -> Told { station.ask(ask) }

    func news(within milliseconds: UInt64) throws(Complaint) -> [News] {
        do {
            return try station.turn(atMost: milliseconds).news
        } catch {
            throw Complaint(error, home)
        }
    }

    func close() { station.close() }
}

/// A node in another process.
final class RemoteTeller: Teller {
    private let line: Line
    private let waiting: Waiting
    private let home: Home
    /// What happened while an answer was waited for.
    private var kept: [News] = []

    let isRemote = true

    init(_ line: Line, _ home: Home) throws(Complaint) {
        (self.line, self.home) = (line, home)
        do {
            waiting = try Waiting()
        } catch {
            throw Complaint(.link(error), home)
        }
        waiting.add(line.file)
        // From the first question on nothing that happens is missed.
        _ = try ask(.follow)
    }

    func ask(_ ask: Question) throws(Complaint) -> Told {
        line.say(ask.wireBytes(reserving: 256))
        for _ in 0..<Self.patience {
            // What happened may stand behind the answer as well as before it.
            var answer: Told?
            for told in try hear(within: 1_000) {
                if case .happened(let news) = told { kept += news } else { answer = told }
            }
            if let answer { return answer }
        }
        throw hungUp("does not answer")
    }

    /// In seconds: a node that checks much on a slow device still answers in between.
    private static let patience = 30

    func news(within milliseconds: UInt64) throws(Complaint) -> [News] {
        if kept.isEmpty {
            for told in try hear(within: milliseconds) {
                if case .happened(let news) = told { kept += news }
            }
        }
        defer { kept = [] }
        return kept
    }

    private func hear(within milliseconds: UInt64) throws(Complaint) -> [Told] {
        _ = waiting.wait(atMost: Int(clamping: milliseconds))
        line.flush()
        var heard: [Told] = []
        for message in line.hear() {
            do {
                heard.append(try Told(wireBytes: message))
            } catch {
                throw .otherVersion
            }
        }
        guard !heard.isEmpty || !line.isOver else { throw hungUp("ended") }
        return heard
    }

    private func hungUp(_ how: String) -> Complaint {
        Complaint(
            .failed,
            "node",
            "the node that runs in \(quoted(home.folder)) \(how)",
            hint: "look at what it says where it was started; nothing that was told is lost"
        )
    }

    func close() {}
}
