internal import Command
internal import Commit
internal import Homes
internal import Host
internal import Links
internal import Sealing
internal import Station
internal import Wallet
internal import Wire
internal import Words

/// `tally demo ekey`: a wallet in a process of its own, its FAM in another, a till and an office:
/// the cable is pulled in the middle of a payment, and then the eKey's power.
final class DemoEKey {
    private let folder: String
    private let scene: Scene
    private let paint: Paint
    private let network: String
    private let asset: Asset
    private let counter: DemoCounter
    /// The wallet that becomes an eKey.
    private let ada: DemoNode
    private let bob: DemoNode
    private let fam: DemoNode
    private var eKey: Partner?
    private var running: Partner?
    private var teller: RemoteTeller?
    private var address = ""
    private(set) var lines: [String] = []
    private var steps: [JSON] = []

    private static let pin = "2468"
    private static let paidIn = "50.00"
    private static let billed = "4.20"
    private var isBilled = false

    init(_ scene: Scene, _ paint: Paint) throws(Complaint) {
        guard let network = Interface.loopback.first?.name,
            let asset = Asset(code: "EUR", scale: 2)
        else { throw .demo("this host has no loopback interface that is up") }
        let signals: Signals
        do { signals = try Signals() } catch { throw .demo("signals cannot be caught") }
        (self.network, self.asset, self.scene, self.paint) = (network, asset, scene, paint)
        do {
            folder = try Files.makeTemporaryDirectory(scene.environment["TMPDIR"], "tally-ekey")
            try Files.write(Array("\(Self.pin)\n".utf8), to: folder + "/pin", isSecret: true)
        } catch {
            throw .demo("no folder can be made for their homes")
        }
        counter = DemoCounter(in: folder, on: network, scene)
        ada = DemoNode("Ada", in: folder, on: network, until: signals, scene)
        bob = DemoNode("Bob", in: folder, on: network, until: signals, scene)
        fam = DemoNode("FAM", in: folder, on: network, until: signals, scene)
    }

    deinit {
        running?.kill()
        eKey?.kill()
        bob.kill()
        counter.kill()
        Files.removeTree(folder)
    }

    var json: JSON { .array(steps) }

    func play() throws(Complaint) {
        try found()
        try make()
        try charge()
        try pay(
            "12.50",
            "Bob's till asks for 12.50 EUR; the cable is pulled in the middle (kill -9 of FAM)",
            pull: { (due) throws(Complaint) in try self.pullCable(due) }
        )
        try pay(
            "2.50",
            "Bob asks for 2.50 EUR; the eKey loses its power in the middle (kill -9 of it)",
            pull: { (_) throws(Complaint) in try self.cutPower() }
        )
        try refuse()
        try bill()
        try hands("the end")
        lines += ["", "  the office and all homes are removed"]
    }

    // MARK: Before

    private func found() throws(Complaint) {
        title("a bank registers Ada for an eKey, and invites Bob with a till")
        try counter.typed(["office", "init", "--name", "Town", "--asset", asset.code])
        try counter.typed([
            "bam", "register", "Ada", "--largest", "20.00", "--ceiling", "100.00",
        ])
        lines.append(
            "  tally bam register Ada: an account, an invitation, a code that nobody types"
        )
        try counter.typed(["office", "accounts", "--add", "Bob", "--kind", "person"])
        try counter.typed(["office", "deposit", "Ada", Self.paidIn, "--yes"])
        address = try counter.serve().typed
        try enrol(bob, "software")
        try bob.start(losing: 0)
    }

    private func enrol(_ node: DemoNode, _ device: String) throws(Complaint) {
        let said = try counter.typed([
            "office", "invite", node.name, "--account", node.name, "--largest", "20.00",
            "--ceiling", "100.00", "--class", device,
        ])
        let code = said.first { $0.hasPrefix("  code ") }?.split(separator: " ").last
        guard let code else { throw .demo("the office gives out no code") }
        _ = try node.typed(["enrol", "--office", address, String(code), "--on", network])
        lines.append("  tally enrol --office \(address) \(code): \(node.name), class \(device)")
    }

    private func make() throws(Complaint) {
        title("a blank eKey makes its own keys; the bank writes into it what makes it Ada's")
        let pin = ["--pin-file", folder + "/pin"]
        let made = try ada.typed(["ekey", "init", "--blank", "--new-pin-file", folder + "/pin"])
        lines += made.prefix(1).map { "  tally ekey init --blank: \($0)" }
        try power()
        let paired = try fam.typed(["fam", "pair", folder + "/ada"] + pin, withKey: false)
        lines += paired.filter { $0.contains("eKey ") }.map { "  tally fam pair:" + $0.dropFirst() }
        let written = try counter.typed(["bam", "personalise", "Ada", "--line", folder + "/ada"])
        lines += written.prefix(1).map { "  tally bam personalise: \($0)" }
        let enrolled = try fam.typed(
            ["fam", "enrol", "--office", address, "--on", network] + pin,
            withKey: false
        )
        lines += enrolled.prefix(1).map { "  tally fam enrol: \($0)" }
        try plug(withPIN: true)
        guard ada.isRefused(["balance"]) else {
            throw .demo("the eKey's home was opened beside it")
        }
        lines.append(
            "  tally balance in the eKey's own home is refused: only its reader gets to it"
        )
    }

    /// The eKey's process.
    private func power() throws(Complaint) {
        try? Files.remove(folder + "/ekey.log")
        do {
            eKey = try Partner(
                running: Process.program,
                [
                    "ekey", "run", "--home", folder + "/ada", "--key-file", folder + "/ada.key",
                ],
                errorsInto: folder + "/ekey.log"
            )
        } catch {
            throw .demo("the eKey's process could not be started")
        }
        try within(20, "the eKey runs") { () throws(Complaint) in
            Files.exists(folder + "/ada/ekey.sock")
        }
    }

    /// FAM's process, and a line to it.
    private func plug(withPIN: Bool) throws(Complaint) {
        let pin = withPIN ? ["--pin-file", folder + "/pin"] : ["--no-pin"]
        do {
            running = try Partner(
                running: Process.program,
                ["fam", "run", "--home", folder + "/fam", "--on", network, "--no-avahi"] + pin,
                errorsInto: folder + "/fam.log"
            )
        } catch {
            throw .demo("FAM's process could not be started")
        }
        teller = nil
        try within(20, "FAM answers") { () throws(Complaint) in
            guard running?.isRunning == true else { throw .demo("FAM ended") }
            guard let line = try? Home(folder + "/fam").call() else {
                Process.pause(milliseconds: 20)
                return false
            }
            teller = try RemoteTeller(line, Home(folder + "/fam"))
            return true
        }
    }

    private func asked() throws(Complaint) -> RemoteTeller {
        guard let teller else { throw .demo("FAM does not run") }
        return teller
    }

    // MARK: Money

    private func charge() throws(Complaint) {
        title("Ada charges 20.00 EUR: FAM carries what it cannot read")
        let said = try fam.typed(
            ["charge", "20.00", "--office", address],
            withKey: false
        )
        lines += said.prefix(1).map { "  FAM's screen: \($0)" }
        try hands("charged")
    }

    private func pay(
        _ amount: String,
        _ what: String,
        pull: (_ due: Amount?) throws(Complaint) -> Void
    ) throws(Complaint) {
        title(what)
        let due = Amount.sum([try bob.balance().available, try asset.typed(amount)])
        let payment = try agree(amount)
        let start = scene.stopwatch()
        try pull(due)
        try within(20, "the payment ends") { () throws(Complaint) in
            try hasPaid(payment)
        }
        let milliseconds = (scene.stopwatch() - start) / 1_000_000
        lines.append("  paid, \(milliseconds) ms after that, on both sides")
        try hands("paid")
    }

    /// Until the eKey has signed: from there on only the decision ends it.
    private func agree(_ amount: String) throws(Complaint) -> PaymentID {
        var screen: UInt64?
        for case .listening(let id) in try asked().wish(.listen(true)) { screen = id }
        guard let screen else { throw .demo("the eKey cannot be found") }
        let selling = try bob.begin([
            "sell", amount, "--to", Payments.screen(screen), "--for", "coffee",
        ])
        defer { selling.end(within: 100) }
        let offer = try standing("an offer arrives") { $0.word == .offered }
        if let digits = offer.digits {
            lines.append("  both screens show \(Payments.grouped(digits)); Ada types her PIN")
        }
        guard case .pin(let question) = try asked().ask(.pin),
            let stretched = PIN.stretched(Self.pin, question.salt, by: .argon2id)
        else { throw .demo("the eKey has no PIN") }
        try asked().wish(.accept(offer.payment, share: [], pin: stretched))
        let agreed = try standing("it is agreed") {
            $0.payment == offer.payment && $0.word != .offered
        }
        lines.append("  state at that moment: \(agreed.word.rawValue)")
        return offer.payment
    }

    private func standing(
        _ what: String,
        where isIt: (PaymentStanding) -> Bool
    ) throws(Complaint) -> PaymentStanding {
        var found: PaymentStanding?
        try within(20, what) { () throws(Complaint) in
            for case .standing(let one) in try asked().news(within: 200) where isIt(one) {
                found = found ?? one
            }
            return found != nil
        }
        guard let found else { throw .demo("\(what): it never came to that") }
        return found
    }

    private func pullCable(_ due: Amount?) throws(Complaint) {
        running?.kill()
        lines.append("  the cable is out; it is put in again, and nobody types the PIN")
        try plug(withPIN: false)
        try within(20, "Bob is paid") { () throws(Complaint) in
            try bob.balance().available == due
        }
        lines.append("  Bob has been paid: a paired FAM carries what was agreed, and may no more")
        running?.kill()
        try plug(withPIN: true)
    }

    private func cutPower() throws(Complaint) {
        eKey?.kill()
        lines.append("  its process is gone; it is started again, and FAM finds it")
        try power()
    }

    private func hasPaid(_ payment: PaymentID) throws(Complaint) -> Bool {
        guard let over = try? asked().find(payment.random.array).over.first else { return false }
        guard let finished = try? Finished(wireBytes: over.bytes) else { return false }
        guard finished.isPaid else { throw .demo("the payment was cancelled") }
        return true
    }

    // MARK: The class

    private func refuse() throws(Complaint) {
        title("Bob asks for hardware from 5.00 EUR on: an eKey in software is not that")
        _ = try bob.typed(["policy", "--hardware-from", "5.00"])
        var screen: UInt64?
        for case .listening(let id) in try asked().wish(.listen(true)) { screen = id }
        guard let screen else { throw .demo("the eKey cannot be found") }
        let paying = try fam.begin(
            ["pay", "--yes", "--pin-file", folder + "/pin"],
            withKey: false
        )
        guard bob.isRefused(["sell", "5.00", "--to", Payments.screen(screen)]) else {
            throw .demo("money of an emulated eKey was taken for hardware")
        }
        paying.end(within: 10_000)
        lines.append("  refused, by name: device-class; nothing was paid")
    }

    // MARK: A bill

    private func bill() throws(Complaint) {
        title("the waterworks bill Ada 4.20 EUR; she pays it out of her account, by her eKey")
        try counter.typed(["bam", "biller", "Waterworks"])
        let written = try counter.typed([
            "bam", "bill", "Ada", "Waterworks", Self.billed, "water, November", "--yes",
        ])
        let number = written.first { $0.hasPrefix("  number ") }?.split(separator: " ").last
        guard let number else { throw .demo("the bill has no number") }
        let paid = try fam.typed(["bill", String(number), "--yes"], withKey: false)
        lines += paid.prefix(1).map { "  FAM's screen: \($0)" }
        let page = try counter.typed(["bam", "invoice", String(number)])
        lines += page.map { "    " + $0 }
        isBilled = true
    }

    // MARK: What is told

    private func title(_ text: String) { lines += ["", paint.bold(text)] }

    /// What is in every hand; an error unless it sums up to what was paid in.
    private func hands(_ step: String) throws(Complaint) {
        let account = try counter.account("Ada", asset)
        var inside = Balance()
        try within(10, "the eKey says what it has") { () throws(Complaint) in
            guard case .balances(let purses)? = try? asked().ask(.balances) else { return false }
            inside = purses.first?.balance ?? Balance()
            return inside.held == .zero
        }
        let till = try bob.balance().available
        let water = isBilled ? try asset.typed(Self.billed) : .zero
        guard
            Amount.sum([account, inside.available, till, water]) == (try asset.typed(Self.paidIn))
        else { throw .demo("money was made or lost") }
        let text = asset.text
        lines.append(
            "    Ada's account \(text(account))   in the eKey \(text(inside.available))"
                + "   Bob's till \(text(till))" + (isBilled ? "   water \(text(water))" : "")
                + paint.dim("   sum \(Self.paidIn)")
        )
        steps.append(
            .object([
                ("step", .string(step)), ("account", .string(text(account))),
                ("ekey", .string(text(inside.available))), ("till", .string(text(till))),
            ])
        )
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
            Process.pause(milliseconds: 5)
        }
    }
}
