internal import Command
internal import Homes
internal import Host
internal import Links
internal import Sealing
internal import Station
internal import Wallet
internal import Wire
internal import Words

/// A wallet of the demo's that a process of its own runs, on this host alone.
final class DemoNode {
    let name: String
    private let home: Home
    private let scene: Scene
    private let network: String
    private let signals: Signals
    private var process: Partner?
    private var teller: RemoteTeller?
    /// The newest of each payment.
    private(set) var standings: [PaymentStanding] = []

    init(
        _ name: String,
        in folder: String,
        on network: String,
        until signals: Signals,
        _ scene: Scene
    ) {
        (self.name, self.network, self.signals, self.scene) = (name, network, signals, scene)
        home = Home(folder + "/" + name.lowercased())
    }

    private var keyFile: String { home.folder + ".key" }
    private var said: String { home.folder + ".log" }
    private var opens: [String] { ["--home", home.folder, "--key-file", keyFile] }

    /// What this one would type, and what comes of it.
    ///
    /// A paper is verified under the root that the home trusts; no key is needed for that.
    func typed(_ words: [String], withKey: Bool = true) throws(Complaint) -> [String] {
        do {
            let ends = withKey ? opens : ["--home", home.folder]
            let child = try Child(
                running: Process.program,
                words + ends,
                errorsInto: said + ".typed"
            )
            return child.output.split(separator: "\n").map(String.init)
        } catch {
            throw .demo("'tally \(words.joined(separator: " "))' did not come to its end")
        }
    }

    var isMade: Bool { home.isMade }

    /// Whether what this one would type comes to nothing.
    func isRefused(_ words: [String]) -> Bool {
        (try? Child(running: Process.program, words + opens, errorsInto: said + ".typed")) == nil
    }

    /// Becomes a copy of another wallet, byte for byte, which does not run meanwhile.
    func become(_ other: DemoNode) throws(Complaint) {
        do {
            try Files.makePrivateDirectory(home.folder)
            for name in Files.names(in: other.home.folder) {
                // All but its socket.
                let path = other.home.folder + "/" + name
                guard let bytes = try? Files.read(path, cap: Self.fileBytes) else { continue }
                try Files.write(bytes, to: home.folder + "/" + name, isSecret: true)
            }
            let key = try Files.read(other.keyFile, cap: Self.fileBytes)
            try Files.write(key, to: keyFile, isSecret: true)
        } catch {
            throw .demo("\(other.name)'s wallet could not be copied")
        }
    }

    private static let fileBytes = 64 * 1_024 * 1_024

    // MARK: Its process

    /// Starts what this one would type, which goes on beside whatever comes next.
    func begin(_ words: [String], withKey: Bool = true) throws(Complaint) -> Partner {
        do {
            return try Partner(
                running: Process.program,
                words + (withKey ? opens : ["--home", home.folder]),
                errorsInto: said + ".beside"
            )
        } catch {
            throw .demo("a process could not be started")
        }
    }

    func start(losing percent: Int) throws(Complaint) {
        let words = ["node", "--listen", "--on", network, "--no-avahi", "--lose", "\(percent)"]
        do {
            process = try Partner(running: Process.program, words + opens, errorsInto: said)
        } catch {
            throw .demo("a second process could not be started")
        }
        try within(10, "\(name)'s node answers") { () throws(Complaint) in
            guard process?.isRunning == true else { throw .demo("\(name)'s node ended: \(log)") }
            guard let line = try? home.call() else {
                Process.pause(milliseconds: 5)
                return false
            }
            teller = try RemoteTeller(line, home)
            return true
        }
    }

    func stop() {
        (process, teller) = (process, nil)
        process?.stop()
    }

    func kill() {
        process?.kill()
        teller = nil
    }

    private var log: String {
        guard let bytes = try? Files.read(said, cap: 65_536) else { return "" }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").suffix(2)
            .joined(separator: "; ")
    }

    // MARK: What is asked of it

    private func asked() throws(Complaint) -> RemoteTeller {
        guard let teller else { throw .demo("\(name)'s node is not running") }
        return teller
    }

    var info: Info {
        get throws(Complaint) { try asked().info() }
    }

    func errands() throws(Complaint) -> Errands { try asked().errands() }

    @discardableResult
    func wish(_ ask: Question) throws(Complaint) -> [News] {
        let news = try asked().wish(ask)
        note(news)
        return news
    }

    /// Waits a little for what happens.
    func listen(_ milliseconds: UInt64) throws(Complaint) -> [News] {
        let news = try asked().news(within: milliseconds)
        note(news)
        return news
    }

    /// A payment of its own that stands so.
    func standing(
        _ what: String,
        where isIt: (PaymentStanding) -> Bool
    ) throws(Complaint) -> PaymentStanding {
        var found: PaymentStanding?
        try within(20, what) { () throws(Complaint) in
            found = standings.first(where: isIt)
            if found == nil { _ = try listen(100) }
            return found != nil
        }
        guard let found else { throw .demo("\(what): it never came to that") }
        return found
    }

    /// Waits until a payment is over in its books, paid.
    ///
    /// It may have ended before anybody asked, so news of it are not enough.
    func books(_ payment: PaymentID) throws(Complaint) {
        try within(20, "\(name)'s payment is paid and over") { () throws(Complaint) in
            if let outcome = try asked().find(payment.random.array).over.first {
                let finished = try? Finished(wireBytes: outcome.bytes)
                guard finished?.isPaid == true else { throw .demo("\(name)'s was cancelled") }
                return true
            }
            _ = try listen(20)
            return false
        }
    }

    private func note(_ news: [News]) {
        for case .standing(let standing) in news { note(standing) }
    }

    private func note(_ standing: PaymentStanding) {
        standings.removeAll { $0.payment == standing.payment }
        standings.append(standing)
    }

    // MARK: Its money

    /// Asked of its node, or read from its disk when no process runs.
    func balance() throws(Complaint) -> Balance {
        let told = if let teller { try teller.ask(.balances) } else { try onDisk(.balances) }
        guard case .balances(let purses) = told else { throw .otherVersion }
        return purses.first?.balance ?? Balance()
    }

    /// Opens the home in an air in which everything is lost, so that it stays as it is.
    private func onDisk(_ question: Question) throws(Complaint) -> Told {
        var settings = UDP.Settings()
        (settings.networks, settings.lostPerMille) = ([network], 1_000)
        do {
            let key = try Files.read(keyFile, cap: KeyFile.serviceKeyBytes)
            let station = try Station(
                home,
                lock: .serviceKey(key),
                settings,
                checking: .real,
                cores: 1
            )
            defer { station.close() }
            return station.ask(question)
        } catch {
            throw .demo("\(name)'s home could not be opened: \(error)")
        }
    }

    /// Until it is so; an error when it is not in time.
    private func within(
        _ seconds: UInt64,
        _ what: String,
        _ isSo: () throws(Complaint) -> Bool
    ) throws(Complaint) {
        let limit = scene.stopwatch() + seconds * 1_000_000_000
        while try !isSo() {
            guard scene.stopwatch() < limit else {
                throw .demo("\(what): not within \(seconds) seconds")
            }
            guard !signals.hasCome() else { throw .demo("ended before it was over") }
        }
    }
}

extension Complaint {
    static func demo(_ what: String) -> Complaint {
        Complaint(
            .failed,
            "demo",
            "the demo's two processes: \(what)",
            hint: "leave them out with --seed 1, and see what 'tally node --on lo' says here"
        )
    }
}
