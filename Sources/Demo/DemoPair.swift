internal import Command
internal import Commit
internal import Homes
internal import Host
internal import Links
internal import Station
internal import Wallet
internal import Words

/// The demo's third part: two processes with a home each pay each other over the loopback
/// interface, and then again in rain, where one of them is killed after it has voted.
final class DemoPair {
    private let folder: String
    private let ada: DemoNode
    private let bob: DemoNode
    private let asset: Asset
    private let issued: Amount
    private let paint: Paint
    private let scene: Scene
    private(set) var lines: [String] = []
    private var steps: [JSON] = []

    private static let issuedText = "50.00"
    private static let rain = 20

    init(_ scene: Scene, _ paint: Paint) throws(Complaint) {
        guard let network = Interface.loopback.first?.name else {
            throw .demo("this host has no loopback interface that is up")
        }
        // Whoever ends the demo ends its processes too, and its homes go.
        let signals: Signals
        do { signals = try Signals() } catch { throw .demo("signals cannot be caught") }
        (asset, self.scene, self.paint) = (try DemoMoney().asset, scene, paint)
        issued = try asset.typed(Self.issuedText)
        do {
            folder = try Files.makeTemporaryDirectory(scene.environment["TMPDIR"], "tally-demo")
        } catch {
            throw .demo("no folder can be made for their homes")
        }
        ada = DemoNode("Ada", in: folder, on: network, until: signals, scene)
        bob = DemoNode("Bob", in: folder, on: network, until: signals, scene)
    }

    deinit {
        ada.kill()
        bob.kill()
        for home in ["ada", "bob"] { Files.removeDirectory(folder + "/" + home) }
        Files.removeDirectory(folder)
    }

    var json: JSON { .array(steps) }

    func play() throws(Complaint) {
        lines += [
            "", paint.bold("two processes, with a home each, on this host's loopback interface"),
            "  tally init --name Ada --demo \(Self.issuedText), and Bob with nothing; then"
                + " 'tally node' runs in both",
        ]
        for (node, money) in [(ada, Self.issuedText), (bob, "0")] {
            _ = try node.typed(["init", "--name", node.name, "--demo", money])
            try node.start(losing: 0)
        }
        try hands("at first")
        try inTheDry()
        try inTheRain()
        lines += ["", "  both homes are removed; README shows how to make two of your own"]
    }

    // MARK: The two payments

    private func inTheDry() throws(Complaint) {
        let title = "Bob asks Ada for 12.50, and she says yes"
        lines += ["", paint.bold(title)]
        let payment = try offer("12.50", for: "coffee and cake")
        try accept(payment)
        try bothPaid(payment)
        try hands(title)
        try receipts(payment)
    }

    private func inTheRain() throws(Complaint) {
        let title =
            "once more for 5.00, while \(Self.rain) % of all datagrams are lost,"
            + " and Ada's process is killed right after it voted"
        lines += ["", paint.bold(title)]
        for node in [ada, bob] {
            node.stop()
            try node.start(losing: Self.rain)
        }
        let payment = try killed()
        lines.append("  Ada's node is started again, and asks Bob how it ended")
        let start = scene.stopwatch()
        try ada.start(losing: Self.rain)
        try bothPaid(payment)
        let milliseconds = (scene.stopwatch() - start) / 1_000_000
        lines.append("  both know that it is paid, \(milliseconds) ms after her process began")
        try hands("settled")
        try receipts(payment)
    }

    /// A payment that Ada has voted for and knows no end of, with her process dead.
    ///
    /// A vote and its end are hardly a millisecond apart, so it may take several payments.
    private func killed() throws(Complaint) -> PaymentID {
        for _ in 0..<5 {
            let payment = try offer("5.00", for: "a taxi")
            try accept(payment)
            _ = try ada.standing("Ada votes") { $0.payment == payment && $0.word != .offered }
            ada.kill()
            if try ada.balance().held > .zero {
                lines.append(
                    "  kill -9: what was agreed is on Ada's disk, and what became of it is not"
                )
                try hands("killed")
                return payment
            }
            lines.append("  (it was over before the kill; another one)")
            try ada.start(losing: Self.rain)
            try bothPaid(payment)
        }
        throw .demo("it could not be killed in time")
    }

    // MARK: What the two do

    /// Bob calls, picks Ada by the number on her screen, and asks her for money.
    private func offer(_ amount: String, for memo: String) throws(Complaint) -> PaymentID {
        guard let screen = try ada.info.screen else { throw .demo("Ada does not listen") }
        let name = try call(screen)
        guard let text = Text(memo) else { throw .demo("a memo") }
        let terms = Terms(asset: asset, amount: try asset.typed(amount), memo: text)
        var asked: PaymentStanding?
        for case .standing(let standing) in try bob.wish(.offer(terms, to: name)) {
            asked = standing
        }
        guard let asked, let digits = asked.digits else { throw .demo("Bob could not ask") }
        let seen = try ada.standing("Ada is asked") { $0.payment == asked.payment }
        guard seen.digits == digits else { throw .demo("the six digits differ") }
        lines += [
            "  Bob finds number \(Payments.screen(screen)), Ada's screen, and asks for"
                + " \(asset.full(terms.amount)) for \(memo)",
            "  both screens show \(Payments.grouped(digits))",
        ]
        return asked.payment
    }

    private func call(_ screen: UInt64) throws(Complaint) -> Hash {
        let limit = scene.stopwatch() + 20_000_000_000
        while scene.stopwatch() < limit {
            try bob.wish(.call([]))
            let next = scene.stopwatch() + 500_000_000
            while scene.stopwatch() < next {
                for case .here(_, let name, let id) in try bob.listen(100) where id == screen {
                    return name
                }
            }
        }
        throw .demo("Bob does not find Ada")
    }

    private func accept(_ payment: PaymentID) throws(Complaint) {
        try ada.wish(.accept(payment, share: [], pin: nil))
    }

    private func bothPaid(_ payment: PaymentID) throws(Complaint) {
        for node in [bob, ada] { try node.books(payment) }
    }

    private func receipts(_ payment: PaymentID) throws(Complaint) {
        for node in [ada, bob] {
            let path = "\(folder)/\(node.name.lowercased()).\(payment.short).tally"
            _ = try node.typed(["receipt", payment.short, "--out", path])
            let found = try node.typed(["verify", path], withKey: false)
            lines += ["  \(node.name)'s receipt, verified:"] + found.prefix(3).map { "    " + $0 }
        }
    }

    // MARK: The money

    /// What is in every hand; an error unless it sums up to what was issued.
    private func hands(_ title: String) throws(Complaint) {
        let (hers, his) = (try ada.balance(), try bob.balance())
        // What Bob has been paid while Ada still holds it is there once.
        let loose = Amount.sum([hers.available, his.available])
        let all = loose.flatMap { Amount.sum([$0, hers.held]) }
        guard loose == issued || all == issued else { throw .demo("money was made or lost") }
        var line = "    Ada " + asset.text(hers.available)
        if hers.held > .zero { line += " and " + asset.text(hers.held) + " held" }
        line += "   Bob " + asset.text(his.available)
        let note =
            hers.held > .zero && loose == issued
            ? ": Bob has been paid, which Ada does not know yet" : ""
        lines.append(line + paint.dim("   sum \(asset.text(issued))\(note)"))
        steps.append(
            .object([
                ("step", .string(title)), ("ada", .string(asset.text(hers.available))),
                ("held", .string(asset.text(hers.held))),
                ("bob", .string(asset.text(his.available))),
            ])
        )
    }
}
