internal import Command
internal import Homes
internal import Host
internal import Links
internal import Words

/// An office of the demo's, in a process of its own.
final class DemoCounter {
    private let home: String
    private let network: String
    private let scene: Scene
    private var process: Partner?

    init(in folder: String, on network: String, _ scene: Scene) {
        (home, self.network, self.scene) = (folder + "/town", network, scene)
    }

    private var said: String { home + ".log" }
    private var opens: [String] { ["--home", home, "--key-file", home + ".key"] }

    /// What its person would type, and what comes of it.
    @discardableResult
    func typed(_ words: [String]) throws(Complaint) -> [String] {
        do {
            let child = try Child(
                running: Process.program,
                words + opens,
                errorsInto: home + ".typed"
            )
            return child.output.split(separator: "\n").map(String.init)
        } catch {
            throw .demo("'tally \(words.joined(separator: " "))' did not come to its end")
        }
    }

    /// Opens its counter; where that is.
    func serve() throws(Complaint) -> OfficeAt {
        try? Files.remove(said)
        do {
            process = try Partner(
                running: Process.program,
                ["office", "serve", "--on", network, "--no-avahi"] + opens,
                errorsInto: said
            )
        } catch {
            throw .demo("the office's process could not be started")
        }
        let limit = scene.stopwatch() + 10_000_000_000
        while scene.stopwatch() < limit, process?.isRunning == true {
            if let port = log.split(separator: "UDP port ").dropFirst().first?
                .prefix(while: \.isNumber), !port.isEmpty
            {
                return try OfficeAt(typed: "127.0.0.1:\(port)")
            }
            Process.pause(milliseconds: 5)
        }
        throw .demo("the office does not open: \(log)")
    }

    func kill() {
        process?.kill()
        process = nil
    }

    /// Waits until it says something; false when it does not for a second.
    func says(_ word: String) -> Bool {
        let limit = scene.stopwatch() + 1_000_000_000
        while scene.stopwatch() < limit {
            if log.contains(word) { return true }
            Process.pause(milliseconds: 1)
        }
        return false
    }

    private var log: String {
        guard let bytes = try? Files.read(said, cap: 65_536) else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    // MARK: Its books

    /// What is in somebody's account.
    func account(_ name: String, _ asset: Asset) throws(Complaint) -> Amount {
        try amount(in: try typed(["office", "accounts"]).first { $0.contains(" \(name) ") }, asset)
    }

    /// What the audit says that is out; it has to find everything in order.
    func outstanding(_ asset: Asset) throws(Complaint) -> Amount {
        let lines = try typed(["office", "audit"])
        return try amount(in: lines.first { $0.hasPrefix("  outstanding ") }, asset)
    }

    /// What came back and is not credited yet.
    func waiting(_ asset: Asset) throws(Complaint) -> Amount {
        let lines = try typed(["office", "audit"])
        return try amount(in: lines.first { $0.hasPrefix("  of it waiting ") }, asset)
    }

    private func amount(in line: String?, _ asset: Asset) throws(Complaint) -> Amount {
        guard let words = line?.split(separator: " "), words.last == asset.code[...],
            let text = words.dropLast().last
        else { throw .demo("the books say nothing of it") }
        return try asset.typed(String(text), mayBeZero: true)
    }
}
