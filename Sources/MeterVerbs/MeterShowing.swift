internal import Command
internal import Meter
internal import Words

/// What a meter's display and its log say.
enum MeterShowing {
    /// `0.013 kWh`.
    static func kilowattHours(_ pulses: UInt64, _ device: Device, _ asset: Asset) -> String {
        let (units, isOver) = pulses.multipliedReportingOverflow(by: device.perPulse)
        guard !isOver, let amount = Amount(units),
            let kilo = Asset(code: "kWh", scale: asset.scale + 3)
        else { return "?" }
        return kilo.full(amount)
    }

    static func line(_ meter: Meter) -> String {
        let (device, asset) = (meter.device, meter.setting.asset)
        return "credit \(asset.full(meter.left)), contact \(device.isClosed ? "closed" : "open"),"
            + " today \(kilowattHours(device.today, device, asset))"
    }

    static func facts(_ meter: Meter) -> [(String, JSON)] {
        let (device, asset) = (meter.device, meter.setting.asset)
        return [
            ("credit", .string(asset.text(meter.left))),
            ("isClosed", .flag(device.isClosed)),
            ("counter", .number(device.counter)),
            ("served", .number(meter.servedInAll)),
            ("today", .string(kilowattHours(device.today, device, asset))),
        ]
    }

    /// One line of the log.
    static func words(_ what: Happening.What, _ asset: Asset?) -> String {
        func full(_ amount: Amount) -> String { asset?.full(amount) ?? "\(amount.units) units" }
        return switch what {
        case .powerUp: "power came"
        case .powerDown: "power went, in order"
        case .powerCut: "power came after it had been cut"
        case .contactOpened: "contact opened"
        case .contactClosed: "contact closed"
        case .lowCredit(let left): "credit is low: \(full(left)) left"
        case .credit(let amount): "credit came: \(full(amount))"
        case .creditGone(let amount): "credit went elsewhere, or its day passed: \(full(amount))"
        case .clockBack(let seconds): "the clock was set back by \(seconds) s"
        case .counterBehind(let pulses):
            "the counter showed \(counted(Int(clamping: pulses), "pulse")) fewer than are served"
        case .notServed: "the wallet did not take what was counted: it is served later"
        }
    }

    /// The name of an event, for programs.
    static func name(_ what: Happening.What) -> String {
        switch what {
        case .powerUp: "power-up"
        case .powerDown: "power-down"
        case .powerCut: "power-cut"
        case .contactOpened: "contact-opened"
        case .contactClosed: "contact-closed"
        case .lowCredit: "low-credit"
        case .credit: "credit"
        case .creditGone: "credit-gone"
        case .clockBack: "clock-back"
        case .counterBehind: "counter-behind"
        case .notServed: "not-served"
        }
    }

    static func facts(_ one: Happening) -> [(String, JSON)] {
        var facts: [(String, JSON)] = [
            ("moment", .string(one.moment.text)),
            ("event", .string(name(one.what))),
            ("counter", .number(one.counter)),
        ]
        switch one.what {
        case .lowCredit(let amount), .credit(let amount), .creditGone(let amount):
            facts.append(("units", .number(amount.units)))
        case .clockBack(let number), .counterBehind(let number):
            facts.append(("number", .number(number)))
        case .powerUp, .powerDown, .powerCut, .contactOpened, .contactClosed, .notServed: break
        }
        return facts
    }
}
