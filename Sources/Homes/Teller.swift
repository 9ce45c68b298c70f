package import Command
internal import Host
package import Links
package import Station
package import Wallet
internal import Wire
package import Words

/// A node that can be asked: one that runs elsewhere, or in this process.
package protocol Teller: AnyObject {
    /// Whether it goes on when this process ends.
    var isRemote: Bool { get }
    func ask(_ ask: Question) throws(Complaint) -> Told
    /// What has happened, after waiting for it at most so long, or until that file is ready.
    func news(
        within milliseconds: UInt64,
        alsoFor file: Int32?
    ) throws(Complaint) -> (news: [News], isReady: Bool)
    func close()
}

extension Teller {
    /// Follows a wish: what came of it at once, or why it cannot be.
    @discardableResult
    package func wish(_ ask: Question) throws(Complaint) -> [News] {
        switch try self.ask(ask) {
        case .news(let news):
            for one in news {
                if case .denied(let denial) = one { throw complaint(denial) }
            }
            return news
        case .fault(let text): throw Complaint(stopped: text)
        case .wrongPIN(let question): throw Complaint(wrongPIN: question)
        case .done, .info, .balances, .pending, .payments, .happened, .particulars, .details, .pin,
            .office, .meter, .papers, .errands, .toShow, .peers:
            return []
        }
    }

    /// What is said of a wish that cannot be; amounts are of the asset that may be paid in.
    package func complaint(_ denial: Denial) -> Complaint {
        Complaint(denial, (try? info())?.window?.asset)
    }

    package func info() throws(Complaint) -> Info {
        guard case .info(let info) = try ask(.info) else { throw .otherVersion }
        return info
    }

    /// What is under way with the office.
    package func errands() throws(Complaint) -> Errands {
        let told = try ask(.errands)
        guard case .errands(let errands) = told else { throw Complaint(instead: told) }
        return errands
    }

    /// Payments whose random part begins so.
    package func find(
        _ prefix: [UInt8]
    ) throws(Complaint) -> (open: [PaymentStanding], over: [Outcome]) {
        var (open, over, before) = ([PaymentStanding](), [Outcome](), UInt64.max)
        while true {
            let told = try ask(.find(prefix, before: before))
            guard case .payments(let some, let page, let next) = told else {
                throw Complaint(instead: told)
            }
            open += some
            over += page
            guard let next else { return (open, over) }
            before = next
        }
    }

    package func news(within milliseconds: UInt64) throws(Complaint) -> [News] {
        try news(within: milliseconds, alsoFor: nil).news
    }
}

/// A node in another process.
package final class RemoteTeller: Teller {
    private let line: Line
    private let waiting: Waiting
    private let home: Home
    /// What happened while an answer was waited for.
    private var kept: [News] = []

    package let isRemote = true

    package init(_ line: Line, _ home: Home) throws(Complaint) {
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

    package func ask(_ ask: Question) throws(Complaint) -> Told {
        line.say(ask.wireBytes(reserving: 256))
        let limit = Process.nanoseconds + Self.patience
        while Process.nanoseconds < limit {
            // What happened may stand behind the answer as well as before it.
            var answer: Told?
            for told in try hear(within: 1_000, alsoFor: nil).told {
                if case .happened(let news) = told { kept += news } else { answer = told }
            }
            if let answer { return answer }
        }
        throw Complaint(
            .failed,
            "node",
            "the node that runs in \(quoted(home.folder)) has not answered for"
                + " \(Self.patience / 1_000_000_000) seconds",
            hint: "look at it where it was started: it may be stopped, and 'fg' or kill -CONT lets"
                + " it go on; nothing that was told is lost"
        )
    }

    /// A node that checks much on a slow device still answers in between.
    private static let patience: UInt64 = 10_000_000_000

    package func news(
        within milliseconds: UInt64,
        alsoFor file: Int32?
    ) throws(Complaint) -> (news: [News], isReady: Bool) {
        var isReady = false
        if kept.isEmpty {
            let heard = try hear(within: milliseconds, alsoFor: file)
            isReady = heard.isReady
            for told in heard.told {
                if case .happened(let news) = told { kept += news }
            }
        }
        defer { kept = [] }
        return (kept, isReady)
    }

    private func hear(
        within milliseconds: UInt64,
        alsoFor file: Int32?
    ) throws(Complaint) -> (told: [Told], isReady: Bool) {
        if let file { waiting.add(file) }
        let ready = waiting.wait(atMost: Int(clamping: milliseconds))
        if let file { waiting.remove(file) }
        line.flush()
        var heard: [Told] = []
        for message in line.hear() {
            do {
                heard.append(try Told(wireBytes: message))
            } catch {
                throw .otherVersion
            }
        }
        guard !heard.isEmpty || !line.isOver else { throw gone }
        return (heard, file.map(ready.contains) ?? false)
    }

    private var gone: Complaint {
        Complaint(
            .failed,
            "node",
            "the node that ran in \(quoted(home.folder)) has ended, or was killed",
            hint: "'tally pending' says what is not finished; start the node again, and it goes on;"
                + " nothing that was told is lost"
        )
    }

    package func close() {}
}
