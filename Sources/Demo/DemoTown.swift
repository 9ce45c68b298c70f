internal import Command
internal import Commit
internal import Homes
internal import Host
internal import Links
internal import Station
internal import Wallet
internal import Words

/// The demo's last part: an office in a process of its own, the way of the money from an account
/// through two wallets and back, and both ends of a charge killed in the middle of it.
final class DemoTown {
    private let folder: String
    private let counter: DemoCounter
    private let ada: DemoNode
    private let bob: DemoNode
    private let cleo: DemoNode
    /// Somebody's copy of Ada's wallet.
    private let copy: DemoNode
    private let network: String
    private let asset: Asset
    private let paint: Paint
    private let scene: Scene
    private var address = ""
    private(set) var lines: [String] = []
    private var steps: [JSON] = []

    private static let paidIn = "50.00"

    init(_ scene: Scene, _ paint: Paint) throws(Complaint) {
        guard let network = Interface.loopback.first?.name,
            let asset = Asset(code: "EUR", scale: 2)
        else { throw .demo("this host has no loopback interface that is up") }
        let signals: Signals
        do { signals = try Signals() } catch { throw .demo("signals cannot be caught") }
        (self.network, self.asset, self.scene, self.paint) = (network, asset, scene, paint)
        do {
            folder = try Files.makeTemporaryDirectory(scene.environment["TMPDIR"], "tally-demo")
        } catch {
            throw .demo("no folder can be made for their homes")
        }
        counter = DemoCounter(in: folder, on: network, scene)
        ada = DemoNode("Ada", in: folder, on: network, until: signals, scene)
        bob = DemoNode("Bob", in: folder, on: network, until: signals, scene)
        cleo = DemoNode("Cleo", in: folder, on: network, until: signals, scene)
        copy = DemoNode("Copy", in: folder, on: network, until: signals, scene)
    }

    deinit {
        ada.kill()
        bob.kill()
        cleo.kill()
        copy.kill()
        counter.kill()
        Files.removeTree(folder)
    }

    var json: JSON { .array(steps) }

    func play() throws(Complaint) {
        try found()
        try enrol()
        try charge()
        try pay()
        try redeem()
        try catchCopy()
        lines += ["", "  the office and all homes are removed"]
    }

    // MARK: The office, and who it certifies

    private func found() throws(Complaint) {
        title("an office with a process of its own; Ada pays \(Self.paidIn) EUR into her account")
        try counter.typed(["office", "init", "--name", "Town", "--asset", asset.code])
        for name in ["Ada", "Bob", "Cleo"] {
            try counter.typed(["office", "accounts", "--add", name, "--kind", "person"])
        }
        try counter.typed(["office", "deposit", "Ada", Self.paidIn, "--yes"])
        lines += [
            "  tally office init --name Town --asset EUR; then accounts, deposit, and serve, which"
                + " answers at the counter"
        ]
        try open()
        try hands("paid in")
    }

    private func open() throws(Complaint) { address = try counter.serve().typed }

    private func enrol() throws(Complaint) {
        title("the office gives out two codes, and two wallets enrol")
        for node in [ada, bob] { try enrol(node) }
        try hands("enrolled")
    }

    private func enrol(_ node: DemoNode) throws(Complaint) {
        let said = try counter.typed([
            "office", "invite", node.name, "--account", node.name, "--largest", "20.00",
            "--ceiling", "100.00",
        ])
        let code = said.first { $0.hasPrefix("  code ") }?.split(separator: " ").last
        guard let code else { throw .demo("the office gives out no code") }
        _ = try node.typed(["enrol", "--office", address, String(code), "--on", network])
        lines.append("  tally enrol --office \(address) \(code): \(node.name)'s wallet")
        try node.start(losing: 0)
    }

    // MARK: The charge

    private func charge() throws(Complaint) {
        title("Ada charges 20.00 EUR; her process and the office's are killed in the middle")
        let amount = try asset.typed("20.00")
        guard try isCut(amount) else {
            lines.append("  (the office was quicker than the kill: it was over by then)")
            try ada.start(losing: 0)
            try open()
            return try hands("charged")
        }
        let isBooked = try counter.outstanding(asset) > .zero
        lines += [
            "  kill -9, both: she has asked for it, which is on her disk; "
                + (isBooked
                    ? "the books have issued it," : "it is not in the office's books yet,"),
            "  and it is not in her wallet",
        ]
        try hands("killed")
        lines.append("  both are started again, and her node asks once more, for the same stick")
        let start = scene.stopwatch()
        try open()
        try ada.start(losing: 0)
        try within(20, "the charge arrives") { () throws(Complaint) in
            try ada.balance().available == amount
        }
        let milliseconds = (scene.stopwatch() - start) / 1_000_000
        lines.append("  it is there, once, \(milliseconds) ms after the office's process began")
        try hands("charged")
    }

    /// Asks, and kills both as soon as it is said; false when it was over by then.
    private func isCut(_ amount: Amount) throws(Complaint) -> Bool {
        try ada.wish(.charge(asset, amount, at: try OfficeAt(typed: address).address))
        try within(20, "the office is asked") { () throws(Complaint) in
            let open = try ada.errands().open
            return open.isEmpty || open.contains { $0.isSaid }
        }
        ada.kill()
        _ = counter.says("charge")
        counter.kill()
        return try ada.balance().available == .zero
    }

    // MARK: On its way, and back

    private func pay() throws(Complaint) {
        title("Ada pays Bob 12.50 EUR; the office has no part in that")
        try pay("12.50", from: ada, to: bob, for: "coffee")
        try hands("paid")
    }

    private func pay(
        _ amount: String,
        from buyer: DemoNode,
        to seller: DemoNode,
        for memo: String
    ) throws(Complaint) {
        guard let screen = try buyer.info.screen else {
            throw .demo("\(buyer.name) does not listen")
        }
        let paying = try buyer.begin(["pay", "--yes"])
        let said = try seller.typed([
            "sell", amount, "--to", Payments.screen(screen), "--for", memo,
        ])
        paying.end(within: 10_000)
        lines += said.prefix(1).map { "  \(seller.name)'s screen: \($0)" }
    }

    private func redeem() throws(Complaint) {
        title("Bob redeems 10.00 EUR, Ada hands in what she has signed, and the office audits")
        let said = try bob.typed(["redeem", "10.00"])
        lines += said.prefix(1).map { "  Bob's screen: \($0)" }
        let synced = try ada.typed(["sync"])
        lines += synced.filter { $0.contains("handed in") }.map {
            "  Ada's screen:" + $0.dropFirst()
        }
        try hands("redeemed")
        let audit = try counter.typed(["office", "audit"])
        lines += audit.prefix(1).map { "  tally office audit: \($0)" }
        let shown = ["sticks", "cash held", "issued", "outstanding", "redeemed"]
        lines += audit.filter { line in shown.contains { line.hasPrefix("  \($0)  ") } }
            .map { "  " + $0 }
    }

    // MARK: A copy of a wallet

    private func catchCopy() throws(Complaint) {
        title("somebody copies Ada's wallet, and both pay with the same 5.00 EUR, Bob and Cleo")
        try enrol(cleo)
        ada.stop()
        try copy.become(ada)
        try ada.start(losing: 0)
        try copy.start(losing: 0)
        try pay("5.00", from: ada, to: bob, for: "cake")
        try pay("5.00", from: copy, to: cleo, for: "cake")
        lines.append("  neither of them could know: the two have never met")
        let said = try bob.typed(["redeem", "all"])
        lines += said.prefix(1).map { "  Bob's screen: \($0)" }
        guard cleo.isRefused(["redeem", "5.00", "--wait", "3"]) else {
            throw .demo("the office paid for the same money twice")
        }
        lines += [
            "  Cleo brings the same units, and the office, which has them already, says no;",
            "  what Bob brought is credited when it is settled, since it was paid to her too",
        ]
        let proofs = folder + "/proofs"
        let cases = try counter.typed(["office", "cases", "--out", proofs])
        let shown = cases.filter { $0.contains(" to ") || $0.hasPrefix("  twice") }
        lines += (cases.prefix(1) + shown).map { "  tally office cases: \($0)" }
        guard let proof = Files.names(in: proofs).first else {
            throw .demo("the office has no proof")
        }
        let checked = try bob.typed(["verify", proofs + "/" + proof], withKey: false)
        lines += checked.prefix(2).map { "  tally verify \(proof): \($0)" }
        let synced = try bob.typed(["sync"])
        lines += synced.filter { $0.contains("revo") }.map { "  Bob's screen:" + $0.dropFirst() }
        try hands("caught")
    }

    // MARK: What is told

    private func title(_ text: String) { lines += ["", paint.bold(text)] }

    /// What is in every hand; an error unless it sums up to what was paid in.
    private func hands(_ step: String) throws(Complaint) {
        let (hers, his) = (try counter.account("Ada", asset), try counter.account("Bob", asset))
        let (in1, in2) = (try wallet(ada), try wallet(bob))
        let out = try counter.outstanding(asset)
        let waiting = try counter.waiting(asset)
        let carried = Amount.sum([in1, in2, waiting])
        let isAsked = step == "killed" && carried == .zero
        guard Amount.sum([hers, his, out]) == (try asset.typed(Self.paidIn)),
            carried == out || isAsked
        else { throw .demo("money was made or lost") }
        let text = asset.text
        lines.append(
            "    accounts: Ada \(text(hers)) Bob \(text(his))   wallets: Ada \(text(in1))"
                + " Bob \(text(in2))"
                + (waiting == .zero ? "" : "   waiting: \(text(waiting))")
                + paint.dim("   sum \(Self.paidIn)")
                + (carried == out ? "" : paint.dim(", with \(text(out)) on its way"))
        )
        let hands = [
            ("accountAda", hers), ("accountBob", his), ("ada", in1), ("bob", in2),
            ("waiting", waiting), ("outstanding", out),
        ]
        steps.append(
            .object([("step", .string(step))] + hands.map { ($0.0, .string(text($0.1))) })
        )
    }

    private func wallet(_ node: DemoNode) throws(Complaint) -> Amount {
        guard node.isMade else { return .zero }
        let balance = try node.balance()
        guard balance.held == .zero else { throw .demo("\(node.name)'s money is held") }
        return balance.available
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
