internal import Command
internal import Homes
internal import Host
internal import Links
internal import Wallet
internal import Words

/// `tally demo meter`: an office that issues watt-hours, a prepayment meter whose power is cut
/// again and again, and the digits that are sold for a meter without any link.
final class DemoMeter {
    private let folder: String
    private let scene: Scene
    private let paint: Paint
    private let network: String
    private let asset: Asset
    private let counter: DemoCounter
    private let meter: DemoNode
    private var running: Partner?
    private var address = ""
    private(set) var lines: [String] = []
    private var steps: [JSON] = []

    private static let bought = "60"
    private static let cuts = 3
    /// Ten watt-hours in a second, in groups of three.
    private static let load = ["--watts", "1", "--speed", "36000", "--group", "3", "--low", "10"]

    init(_ scene: Scene, _ paint: Paint) throws(Complaint) {
        guard let network = Interface.loopback.first?.name,
            let asset = Asset(code: "Wh", scale: 0)
        else { throw .demo("this host has no loopback interface that is up") }
        let signals: Signals
        do { signals = try Signals() } catch { throw .demo("signals cannot be caught") }
        (self.network, self.asset, self.scene, self.paint) = (network, asset, scene, paint)
        do {
            folder = try Files.makeTemporaryDirectory(scene.environment["TMPDIR"], "tally-meter")
        } catch {
            throw .demo("no folder can be made for their homes")
        }
        counter = DemoCounter(in: folder, on: network, scene)
        meter = DemoNode("Flat", in: folder, on: network, until: signals, scene)
    }

    deinit {
        running?.kill()
        counter.kill()
        Files.removeTree(folder)
    }

    var json: JSON { .array(steps) }

    func play() throws(Complaint) {
        try found()
        try buy()
        try draw()
        try handIn()
        try sellDigits()
        lines += ["", "  the office and all homes are removed"]
    }

    private func title(_ text: String) { lines += ["", paint.bold(text)] }

    // MARK: Before

    private func found() throws(Complaint) {
        title("a power company issues watt-hours, and invites the meter of a flat")
        try counter.typed([
            "office", "init", "--name", "Power", "--asset", asset.code, "--scale", "0",
        ])
        try counter.typed(["office", "accounts", "--add", "Flat", "--kind", "person"])
        try counter.typed(["office", "deposit", "Flat", "100", "--yes"])
        address = try counter.serve().typed
        let said = try counter.typed([
            "office", "invite", "Flat", "--account", "Flat", "--largest", "1", "--ceiling", "1",
            "--meter",
        ])
        let code = said.first { $0.hasPrefix("  code ") }?.split(separator: " ").last
        guard let code else { throw .demo("the office gives out no code") }
        _ = try meter.typed(["enrol", "--office", address, String(code), "--on", network])
        lines.append(
            "  tally enrol --office \(address) \(code): the meter, whose keys it made itself"
        )
    }

    private func buy() throws(Complaint) {
        title("\(Self.bought) Wh are bought out of the account")
        let said = try meter.typed(["charge", Self.bought, "--office", address, "--on", network])
        lines += said.prefix(1).map { "  the meter: \($0)" }
        try shown("bought")
    }

    // MARK: Its power

    private func draw() throws(Complaint) {
        title(
            "a load draws 10 Wh in a second; the meter's power is cut \(Self.cuts) times (kill -9)"
        )
        for cut in 1...Self.cuts {
            try start()
            Process.pause(milliseconds: UInt32(700 + 100 * cut))
            running?.kill()
            try shown("cut \(cut)")
        }
        lines.append("  it runs on, until nothing is left")
        try start()
        try within(30, "the contact opens") { () throws(Complaint) in
            Process.pause(milliseconds: 100)
            return try display()["contact"] == "open"
        }
        running?.stop()
        try shown("empty")
        lines.append("  no pulse was lost, and none served twice: the contact is open")
    }

    private func start() throws(Complaint) {
        running = try meter.begin(["meter", "run", "--on", network, "--no-avahi"] + Self.load)
    }

    /// What stands on its display, by its words.
    private func display() throws(Complaint) -> [String: String] {
        var shown: [String: String] = [:]
        for line in try meter.typed(["meter", "display"]) where line.hasPrefix("  ") {
            let name = line.dropFirst(2).prefix(16).trimmed
            shown[name] = line.dropFirst(18).trimmed
        }
        return shown
    }

    /// An error unless what is left and what was used up come to what was bought.
    private func shown(_ step: String) throws(Complaint) {
        let balance = try meter.balance()
        let left = balance.available
        guard Amount.sum([left, balance.consumed]) == (try asset.typed(Self.bought)) else {
            throw .demo("a watt-hour was made or lost")
        }
        let text = asset.text
        lines.append(
            "    left \(text(left))   used up \(text(balance.consumed))"
                + paint.dim("   sum \(Self.bought)")
        )
        steps.append(
            .object([
                ("step", .string(step)), ("left", .string(text(left))),
                ("usedUp", .string(text(balance.consumed))),
            ])
        )
    }

    // MARK: After

    private func handIn() throws(Complaint) {
        title("the meter hands in what it has used up, and the office audits")
        let said = try meter.typed(["meter", "hand-in", "--office", address, "--on", network])
        lines += said.prefix(1).map { "  the meter: \($0)" }
        let audit = try counter.typed(["office", "audit"])
        let shown = ["issued", "outstanding", "consumed", "redeemed"]
        lines += audit.filter { line in shown.contains { line.hasPrefix("  \($0)  ") } }
            .map { "  " + $0 }
        guard audit.contains(where: { $0.hasPrefix("  consumed ") && $0.contains(Self.bought) })
        else { throw .demo("the office has not booked what was used up") }
    }

    private func sellDigits() throws(Complaint) {
        title("for a meter without any link: 20 digits, and the same ones for a lost slip")
        let home = ["--home", folder + "/power", "--key-file", folder + "/power.key"]
        try run(["kdc", "init"] + home)
        try run(["kdc", "meter", "M-1001"] + home)
        let sold = try run(["kdc", "sell", "M-1001", "5000"] + home)
        let again = try run(["kdc", "sell", "M-1001", "--again", "1"] + home)
        guard let digits = token(in: sold), token(in: again) == digits else {
            throw .demo("the digits of a sale are not the same again")
        }
        lines += [
            "  tally kdc sell M-1001 5000: \(digits)",
            "  tally kdc sell M-1001 --again 1: \(digits)",
        ]
    }

    private func token(in said: [String]) -> String? {
        said.lazy.compactMap { line in
            let groups = line.split(separator: " ").filter { word in
                word.utf8.count == 4 && word.utf8.allSatisfy { (0x30...0x39).contains($0) }
            }
            return groups.count == 5 ? groups.joined(separator: " ") : nil
        }.first
    }

    @discardableResult
    private func run(_ words: [String]) throws(Complaint) -> [String] {
        do {
            let child = try Child(
                running: Process.program,
                words,
                errorsInto: folder + "/kdc.log"
            )
            return child.output.split(separator: "\n").map(String.init)
        } catch {
            throw .demo("'tally \(words.joined(separator: " "))' did not come to its end")
        }
    }

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
        }
    }
}

extension Substring {
    /// Without the blanks around it.
    fileprivate var trimmed: String {
        let blank: (Character) -> Bool = { $0 == " " }
        return String(drop(while: blank).reversed().drop(while: blank).reversed())
    }
}
