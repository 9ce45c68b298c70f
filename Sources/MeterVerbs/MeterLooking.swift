internal import Command
internal import Homes
internal import Keypad
internal import Meter
internal import Station
internal import Wallet
internal import WalletVerbs
internal import Words

/// What a meter shows, whether it runs or not.
enum MeterLooking {
    static let display = Verb(
        words: ["meter", "display"],
        summary: "say what the display of this meter shows",
        details: [
            "credit is what is left for pulses to come; used up is what was served and not handed",
            "in to the office yet; the counter is the hardware's own, and served how far of it is",
            "paid for: what lies between the two was counted, and is served next",
        ],
        options: Opening.options,
        examples: [Verb.Example(line: "tally meter display", about: "all of it")],
        exits: [.done, .failed, .usage, .notFound, .wrongPassphrase],
        act: { request, scene throws(Complaint) in
            let hardware = try hardware(request, scene)
            _ = try device(hardware)
            let line = try MeterLine(request, scene)
            defer { line.close() }
            let teller = line.teller
            let inert = try teller.info().inert
            let told = try teller.ask(.balances)
            guard case .balances(let purses) = told else { throw Complaint(instead: told) }
            guard let purse = purses.first(where: { $0.asset.isMetered }) else {
                throw .notMetered(purses.first?.asset)
            }
            // A meter that runs beside this keeps a pulse before it is served: asked after what is
            // served, the counter is never behind it.
            var pad: MeterSaid.Standing?
            if case .standing(let standing)? = try line.ask(.standing) { pad = standing }
            return report(try device(hardware), purse, inert, pad)
        }
    )

    private static func report(
        _ device: Device,
        _ purse: Told.Purse,
        _ inert: Text?,
        _ pad: MeterSaid.Standing?
    ) -> Report {
        let (asset, balance) = (purse.asset, purse.balance)
        let meter = Meter(
            Meter.Setting(asset: asset, low: .zero),
            device,
            served: balance.pulses,
            credit: balance.usable,
            tokens: Meter.Tokens(served: pad?.pulses ?? 0, left: pad?.pulsesLeft ?? 0)
        )
        var facts = Facts()
        facts.add("credit", meter.left, asset)
        facts.add("used up", balance.consumed, asset)
        facts.add("contact", device.isOn && device.isClosed ? "closed" : "open")
        facts.add("power", device.isOn ? "on, or cut without a word" : "off")
        facts.add("today", MeterShowing.kilowattHours(device.today, device, asset))
        facts.add("in all", MeterShowing.kilowattHours(device.counter, device, asset))
        facts.add("counter", "\(device.counter)", .number(device.counter))
        facts.add("served", "\(meter.servedInAll)", .number(meter.servedInAll))
        facts.add("pulse", "\(device.perPulse) \(asset.code)", .number(device.perPulse))
        if let inert {
            facts.add("state", "inert: " + inert.string)
            facts.line("", "nothing is used up: 'tally sync' asks the office for another life")
        }
        if let pad { tell(pad, &facts) }
        if device.isLow { facts.add("warning", "credit is low") }
        if let last = device.events.last {
            let words = MeterShowing.words(last.what, asset)
            facts.add("last event", "\(last.moment.text) \(words)")
        }
        facts.also("isLow", .flag(device.isLow))
        return Report(lines: facts.lines, json: .object(facts.pairs))
    }

    /// What its keypad has.
    private static func tell(_ pad: MeterSaid.Standing, _ facts: inout Facts) {
        let key = "\(pad.meter.string), key \(pad.generation.number)"
        facts.add("keypad", key + (pad.isTest ? ", for tests alone" : ""))
        let left = pad.credited - min(pad.credited, pad.served)
        facts.add("by tokens", "\(left) Wh", .number(left))
        facts.also("newest", .number(pad.newest))
        if !pad.isLive {
            facts.line("", "of another life: 'tally meter key' loads the key of this one")
        }
        guard pad.locked > 0 else { return }
        let minutes = counted(Int(clamping: pad.locked), "minute")
        facts.add("locked", "for \(minutes) of power", .number(pad.locked))
    }

    static let events = Verb(
        words: ["meter", "events"],
        summary: "list what happened to this meter, the newest last",
        details: [
            "power, contact, credit and warnings, and what nobody should have done: a clock that",
            "was set back, a counter that fell behind. The newest 256 are kept",
        ],
        options: [
            Verb.Option(
                name: "--last",
                value: "N",
                kind: .number,
                about: "at most so many; else 20"
            )
        ] + Opening.options,
        examples: [Verb.Example(line: "tally meter events --last 5", about: "the last five")],
        exits: [.done, .failed, .usage, .notFound, .wrongPassphrase],
        act: { request, scene throws(Complaint) in
            let typed = request["--last"] ?? "20"
            guard let limit = Int(typed), (1...Device.eventsAtMost).contains(limit) else {
                throw Complaint(
                    .usage,
                    "bad-number",
                    "--last is a number from 1 to \(Device.eventsAtMost), and \(quoted(typed)) is"
                        + " none",
                    hint: "leave it out for 20"
                )
            }
            let device = try device(try hardware(request, scene))
            let some = device.events.suffix(limit)
            let lines = some.map { one in
                "\(one.moment.text)  \(one.counter)  \(MeterShowing.words(one.what, nil))"
            }
            let json = some.map { JSON.object(MeterShowing.facts($0)) }
            return Report(
                lines: lines,
                json: .object([
                    ("happened", .number(device.happened)), ("events", .array(json)),
                ])
            )
        }
    )

    private static func hardware(
        _ request: Request,
        _ scene: Scene
    ) throws(Complaint) -> Hardware {
        let home = try Opening.home(request, scene)
        guard home.isMade else { throw Complaint(HomeFault.notMade, home) }
        let lock = try Opening.lock(home, request, scene)
        do { return Hardware(try MeterFile(home, lock)) } catch { throw Complaint(error, home) }
    }

    private static func device(_ hardware: Hardware) throws(Complaint) -> Device {
        guard let device = try hardware.read() else {
            throw Complaint(
                .notFound,
                "no-meter",
                "nothing was counted in \(quoted(hardware.path)) yet: no meter has run there",
                hint: "'tally meter run' makes this wallet a meter's"
            )
        }
        return device
    }
}

extension Complaint {
    /// A wallet whose office issues what no meter counts.
    static func notMetered(_ asset: Asset?) -> Complaint {
        Complaint(
            .refused,
            "not-metered",
            asset.map { "a meter counts Wh, and the office of this wallet issues \($0.code)" }
                ?? "this wallet is not enrolled, and a meter uses up what its office has issued",
            hint: "enrol it at an office that was made with --asset Wh --scale 0"
        )
    }
}
