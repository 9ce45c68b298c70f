internal import Command
internal import Homes
internal import Host
internal import Meter
internal import Station
internal import Wallet
internal import WalletVerbs
internal import Words

/// A meter at work beside a node: it does what the meter orders, and lets its time pass.
final class MeterBench {
    let screen: Screen
    private let station: Station
    private let hardware: Hardware
    private let load: Load
    private let scene: Scene
    private var meter: Meter
    private let desk: MeterDesk
    /// What its clock shows, in milliseconds since 1 January 1970.
    private var clock: UInt64
    /// Of the stopwatch, in nanoseconds: up to there time was drawn.
    private var drawnTo: UInt64
    /// What of its log was told.
    private var told: UInt64
    private var shownAt: UInt64
    private var shown: String?

    init(
        _ station: Station,
        _ load: Load,
        _ asset: Asset,
        _ request: Request,
        _ scene: Scene
    ) throws(Complaint) {
        (self.station, self.load, self.scene) = (station, load, scene)
        (screen, hardware) = (Screen(scene), Hardware(station.meterFile))
        let now = Process.now
        let device = try Self.device(try hardware.read(), request, now)
        let (credit, served) = station.metered(asset)
        desk = try MeterDesk(station, perPulse: device.perPulse, asset)
        var setting = Meter.Setting(asset: asset, low: try Self.low(request, asset))
        setting.pulsesPerGroup = try number("--group", request, 1...1_000_000) ?? 10
        meter = Meter(setting, device, served: served, credit: credit, tokens: desk.tokens)
        // A meter whose time runs faster goes on from where it was.
        let begin = load.speed > 1 ? max(now, device.moment) : now
        clock = begin.seconds * 1_000
        drawnTo = scene.stopwatch()
        (told, shownAt) = (device.happened, 0)
        station.answerOfMeter = { [desk] in desk.answer($0) }
    }

    private static func low(_ request: Request, _ asset: Asset) throws(Complaint) -> Amount {
        if let typed = request["--low"] { return try asset.typed(typed, mayBeZero: true) }
        return try asset.typed("100")
    }

    private static func device(
        _ known: Device?,
        _ request: Request,
        _ now: Moment
    ) throws(Complaint) -> Device {
        let typed = try number("--pulse", request, Device.perPulses)
        guard let known else {
            guard let new = Device(perPulse: typed ?? 1, at: now) else {
                preconditionFailure("a pulse is so many units")
            }
            return new
        }
        guard typed == nil || typed == known.perPulse else {
            throw Complaint(
                .refused,
                "other-pulse",
                "a pulse of this meter is \(known.perPulse) units, and was from its first run on",
                hint: "leave --pulse out"
            )
        }
        return known
    }

    // MARK: Its time

    func powerUp() throws(Complaint) {
        _ = station.wish(.meter)
        try follow(meter.powerUp(at: moment))
        show(isNow: true)
    }

    /// Lets time pass up to now, and takes what happened to the wallet meanwhile.
    func step() throws(Complaint) {
        try draw()
        try look(isAsked: false)
        show(isNow: false)
    }

    /// Takes what the wallet and the keypad have by now.
    private func look(isAsked: Bool) throws(Complaint) {
        let (credit, served) = station.metered(meter.setting.asset)
        let tokens = desk.tokens
        let isSame = (credit, served, tokens) == (meter.credit, meter.served, meter.tokens)
        guard isAsked || !isSame else { return }
        try follow(meter.has(credit, served: served, tokens: tokens, at: moment))
    }

    func powerDown() throws(Complaint) {
        try draw()
        try follow(meter.powerDown(at: moment))
        show(isNow: true)
    }

    /// It goes on no more: whatever is on the disk, nobody is served.
    func open() {
        screen.say("contact open: this meter has stopped", [("isClosed", .flag(false))])
    }

    private func draw() throws(Complaint) {
        let passed = (scene.stopwatch() - drawnTo) / 1_000_000
        drawnTo += passed * 1_000_000
        let elapsed = passed * load.speed
        // Whoever is locked out is so for real minutes, however fast the load is drawn.
        desk.pass(passed)
        if load.speed == 1 {
            // Its clock is the system's, set as that may be; what was drawn follows the stopwatch.
            let end = max(Process.now.seconds * 1_000, elapsed)
            clock = end - elapsed
        }
        let energy = load.profile.energy(from: clock, to: clock + elapsed)
        clock += elapsed
        try follow(meter.draw(energy, at: moment))
    }

    private var moment: Moment { Moment(clock / 1_000) ?? meter.device.moment }

    // MARK: What it orders

    private func follow(_ orders: [Meter.Order]) throws(Complaint) {
        for (index, order) in orders.enumerated() {
            switch order {
            case .keep:
                // What is kept last has all of it.
                let next = orders.dropFirst(index + 1).first
                if next != .keep { try hardware.keep(meter.device) }
            case .contact: show(isNow: true)
            case .consume(let group): try consume(group)
            case .serve(let pulses):
                if try !desk.serve(pulses) { try follow(meter.refused(at: moment)) }
                try look(isAsked: true)
            }
        }
    }

    private func consume(_ group: Consumption) throws(Complaint) {
        let answer = station.wish(.consume(group))
        guard case .news(let news) = answer else { throw Complaint(instead: answer) }
        let isDenied = news.contains { if case .denied = $0 { true } else { false } }
        if isDenied { try follow(meter.refused(at: moment)) }
        try look(isAsked: true)
    }

    // MARK: What it shows

    /// The log's new lines at once, the display at most every second.
    private func show(isNow: Bool) {
        let device = meter.device
        let new = Int(clamping: device.happened - min(device.happened, told))
        for one in device.events.suffix(new) {
            screen.say(MeterShowing.words(one.what, meter.setting.asset), MeterShowing.facts(one))
        }
        told = device.happened
        let line = MeterShowing.line(meter)
        let now = scene.stopwatch()
        guard line != shown, isNow || new > 0 || now >= shownAt + Self.nanosecondsPerLine else {
            return
        }
        (shown, shownAt) = (line, now)
        screen.say(line, MeterShowing.facts(meter))
    }

    private static let nanosecondsPerLine: UInt64 = 1_000_000_000
}
