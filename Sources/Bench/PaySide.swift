internal import Command
internal import Commit
internal import Homes
internal import Host
internal import Links
internal import Money
internal import Sealing
internal import Station
internal import Wallet
internal import Words

import struct Command.Request

/// `tally bench side`: one of the two processes between which `tally bench pay` measures.
///
/// It is a node like any other, on loopback alone, with a gauge at its seams. What it is to do
/// comes by standard input, a line each; it answers on standard output, and ends with its input.
final class PaySide {
    private let station: Station
    private let home: Home
    private let gauge: Gauge
    private let chance = Rehearsed.Call()
    private let names = Rehearsed.Names()
    private var order = ""
    private var cpuBefore: UInt64 = 0

    static let verb = Verb(
        words: ["bench", "side"],
        summary: "be one side of the bench of payments, which starts two of these",
        details: [
            "only in a home that the bench made, which pays whatever is asked for;",
            "orders come by standard input, a line each: 'buy KEY' answers look-ups and says yes",
            "to that seller; 'sell COUNT ATONCE PORT' calls a buyer on this host and is paid so",
            "often, with so many payments under way; 'serve EACH BUYERS PORT' calls many buyers",
            "and is paid so often by each; 'tell' says when what happened to each, in",
            "nanoseconds, and what the processor did; it ends with its input",
        ],
        options: [
            Verb.Option(name: "--parts", about: "tell apart what the processor does"),
            Verb.Option(
                name: "--rehearsed",
                value: "SECONDS",
                kind: .number,
                about: "the clock stands there, and what is drawn is what was drawn in a rehearsal"
            ),
        ] + Opening.options + Opening.links,
        examples: [Verb.Example(line: "tally bench pay", about: "what starts it")],
        exits: [.done, .failed, .usage, .refused, .notFound, .wrongPassphrase],
        act: { request, scene throws(Complaint) in try run(request, scene) }
    )

    private static func run(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let home = try Opening.home(request, scene)
        guard home.isMade else { throw Complaint(HomeFault.notMade, home) }
        guard Files.exists(PayHome.mark(home)) else {
            throw Complaint(
                .refused,
                "not-the-benchs",
                "the bench has not made \(quoted(home.folder)), and would have it pay whatever is"
                    + " asked for",
                hint: "'tally bench pay' makes homes of its own, and removes them"
            )
        }
        let lock = try Opening.lock(home, request, scene)
        var settings = try Opening.settings(request, scene)
        settings.networks = Interface.loopback.map(\.name)
        settings.asksAvahi = false
        let side = try PaySide(
            home,
            lock,
            settings,
            scene,
            parts: request["--parts"] != nil,
            at: try moment(request)
        )
        defer { side.station.close() }
        while let order = try side.next() { try side.follow(order) }
        return Report(lines: [], json: .object([("ended", .flag(true))]))
    }

    private init(
        _ home: Home,
        _ lock: KeyFile.Lock,
        _ settings: UDP.Settings,
        _ scene: Scene,
        parts: Bool,
        at moment: Moment?
    ) throws(Complaint) {
        self.home = home
        gauge = Gauge(parts: parts)
        var seams = Seams()
        seams.gauge = gauge
        if let moment {
            seams.clock = { moment }
            seams.chance = chance
            seams.keys = { [names] ring in names.around(ring.keys) }
        }
        let began = Process.nanoseconds
        do {
            station = try Station(
                home,
                lock: lock,
                settings,
                checking: .real,
                cores: scene.cores,
                seams: seams
            )
        } catch {
            throw Complaint(error, home)
        }
        let took = Process.nanoseconds - began
        guard case .info(let info) = station.ask(.info) else { throw .otherVersion }
        Self.say("ready \(info.key.bytes.hex) \(info.port) \(took)")
    }

    private static func moment(_ request: Request) throws(Complaint) -> Moment? {
        guard let typed = request["--rehearsed"] else { return nil }
        guard let moment = UInt64(typed).flatMap({ Moment($0) }) else {
            throw Complaint(
                .usage,
                "bad-number",
                "--rehearsed is a number of seconds, and \(quoted(typed)) is none",
                hint: "'tally bench pay' knows it; leave it out"
            )
        }
        return moment
    }

    private static func say(_ line: String) { _ = Process.write(line + "\n", to: .output) }

    // MARK: Orders

    /// Runs the node until there is an order; nil at the end of them.
    private func next() throws(Complaint) -> [Substring]? {
        while true {
            if let end = order.firstIndex(of: "\n") {
                let words = order[..<end].split(separator: " ")
                order.removeSubrange(...end)
                return words
            }
            if try turn(alsoFor: 0).isReady {
                guard let bytes = Process.heard() else { return nil }
                order += String(decoding: bytes, as: UTF8.self)
            }
        }
    }

    private func turn(
        alsoFor file: Int32? = nil
    ) throws(Complaint) -> (news: [News], isReady: Bool) {
        let turned: (news: [News], isReady: Bool)
        do {
            turned = try station.turn(atMost: 1_000, alsoFor: file)
        } catch {
            throw Complaint(error, home)
        }
        for case .denied(let denial) in turned.news { throw Complaint(denial) }
        return turned
    }

    private func follow(_ words: [Substring]) throws(Complaint) {
        switch words.first {
        case "buy" where words.count == 2: try buy(from: words[1])
        case "sell" where words.count == 4: try sell(words[1...].map { Int($0) ?? 0 })
        case "serve" where words.count == 4: try serve(words[1...].map { Int($0) ?? 0 })
        case "tell": tell()
        case _:
            throw Complaint(
                .usage,
                "bad-order",
                "\(quoted(words.joined(separator: " "))) is no order of 'tally bench pay'",
                hint: "see 'tally help bench side'"
            )
        }
    }

    /// From now on it says yes to that seller, whatever it asks for.
    private func buy(from key: Substring) throws(Complaint) {
        var change = PolicyChange()
        change.left = .largest
        if let bytes = Hex.bytes(String(key)).flatMap({ Bytes32($0) }) {
            change.picks = [Key(bytes)]
        }
        _ = station.ask(.policy(change))
        _ = station.ask(.listen(true))
        begin()
        Self.say("buying")
    }

    /// What is noted begins here.
    private func begin() {
        gauge.clear()
        cpuBefore = Process.cpuNanoseconds
    }

    /// Is paid `count` times by whoever answers at that port, so many at once.
    private func sell(_ numbers: [Int]) throws(Complaint) {
        let (count, atOnce) = (numbers[0], max(1, numbers[1]))
        let met = try meet(1, port: UInt16(clamping: numbers[2]))
        let terms = try Self.terms()
        begin()
        var begun = 0
        try until(count) { finished in
            while begun < count, begun - finished < atOnce {
                _ = station.ask(.offer(terms, to: met[0]))
                begun += 1
            }
        }
    }

    /// Is paid so often by each of so many buyers, who answer at one port.
    private func serve(_ numbers: [Int]) throws(Complaint) {
        let (each, buyers) = (numbers[0], numbers[1])
        let met = try meet(buyers, port: UInt16(clamping: numbers[2]))
        let terms = try Self.terms()
        begin()
        var begun = [Int](repeating: 0, count: buyers)
        var whose: [PaymentID: Int] = [:]
        func offer(to buyer: Int) {
            guard begun[buyer] < each else { return }
            names.next = (met[buyer], UInt64(begun[buyer]))
            begun[buyer] += 1
            guard case .news(let news) = station.ask(.offer(terms, to: met[buyer])) else { return }
            for case .standing(let one) in news { whose[one.payment] = buyer }
        }
        for buyer in met.indices { offer(to: buyer) }
        var seen = 0
        try until(each * buyers) { _ in
            let marks = Array(gauge.marks[seen...])
            seen += marks.count
            for mark in marks where mark.point == .finished {
                if let buyer = whose.removeValue(forKey: mark.payment) { offer(to: buyer) }
            }
        }
    }

    /// Runs the node until so many payments are complete; `more` begins further ones.
    private func until(_ count: Int, _ more: (Int) -> Void) throws(Complaint) {
        var (since, quiet) = (0, Process.nanoseconds)
        while gauge.finished < count {
            more(gauge.finished)
            _ = try turn()
            if gauge.finished != since { (since, quiet) = (gauge.finished, Process.nanoseconds) }
            guard Process.nanoseconds - quiet < Self.patience else { throw .silent(since, count) }
        }
        Self.say("sold \(gauge.finished)")
    }

    private static let patience: UInt64 = 20_000_000_000

    /// Calls whoever is at that port, and waits until so many have answered.
    private func meet(_ count: Int, port: UInt16) throws(Complaint) -> [Hash] {
        _ = station.ask(.call([Endpoint(.four([127, 0, 0, 1]), port: port).address]))
        chance.isOver = true
        var met: [Hash] = []
        for _ in 0..<100 {
            for case .here(_, let name, _) in try turn().news { met.append(name) }
            if met.count >= count { return met }
        }
        throw .silent(0, count)
    }

    static func terms() throws(Complaint) -> Terms {
        guard let amount = Amount(7), let memo = Text("bench") else {
            preconditionFailure("seven units are an amount")
        }
        return Terms(asset: try DemoMoney().asset, amount: amount, memo: memo)
    }

    /// When what happened to each payment, and what the processor did since it began.
    private func tell() {
        let cpu = Process.cpuNanoseconds - cpuBefore
        var text = gauge.marks.map { mark in
            "\(mark.payment.text) \(mark.point.rawValue) \(mark.nanoseconds)\n"
        }.joined()
        let parts = Gauge.Part.allCases.map { "\(gauge.nanoseconds($0))" }
        text += "told \(cpu) \(Process.memory) " + parts.joined(separator: " ")
        Self.say(text)
    }
}

extension Complaint {
    static func silent(_ done: Int, _ count: Int) -> Complaint {
        Complaint(
            .failed,
            "silent",
            "the other side of the bench is silent: \(done) of \(count) payments were complete",
            hint: "run it again; nothing else may use the machine meanwhile"
        )
    }
}
