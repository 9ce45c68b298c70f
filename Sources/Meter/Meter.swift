package import Wallet
package import Words

/// A prepayment meter: it counts pulses while its contact is closed, has them consumed in groups,
/// and opens the contact before a pulse could be counted that nobody has paid for.
///
/// It owns nothing and signs nothing: the wallet beside it does. One input at a time, and what it
/// orders is to be done in that order (docs/PROTOCOL section 16.2).
package struct Meter: Hashable, Sendable {
    package let setting: Setting
    package private(set) var device: Device
    /// Pulses that are served: as the wallet has it.
    package private(set) var served: UInt64
    /// What the wallet may still consume, for pulses that are counted and for those to come.
    package private(set) var credit: Amount
    /// The group that the wallet was asked to consume.
    package private(set) var asked: Consumption?
    /// When there were no counted pulses last, or some were served.
    private var since: Moment
    /// The last group was not taken; until something else is there, no other is asked for.
    private var isRefused = false

    package struct Setting: Hashable, Sendable {
        package var asset: Asset
        /// A group is so many pulses, or as many as there are when it is so old.
        package var pulsesPerGroup: UInt64 = 10
        package var secondsPerGroup: UInt64 = 60
        /// Below it, it warns.
        package var low: Amount

        package init(asset: Asset, low: Amount) { (self.asset, self.low) = (asset, low) }
    }

    package enum Order: Hashable, Sendable {
        /// What the hardware keeps is another: on its own memory before what comes next.
        case keep
        case contact(isClosed: Bool)
        /// Asked of the wallet; what comes of it is seen there.
        case consume(Consumption)
    }

    /// Beside a wallet that has served so much, and may consume so much; the power has just come.
    package init(_ setting: Setting, _ device: Device, served: UInt64, credit: Amount) {
        (self.setting, self.device) = (setting, device)
        (self.served, self.credit, since) = (served, credit, device.moment)
        // Whatever was asked for before is looked for in the wallet.
        self.device.isClosed = false
    }

    /// Pulses that are counted, and not served.
    package var counted: UInt64 { device.counter - min(device.counter, served) }

    /// What is left for pulses to come.
    package var left: Amount { credit.subtracting(worth(counted)) ?? .zero }

    private func worth(_ pulses: UInt64) -> Amount {
        let (units, isOver) = pulses.multipliedReportingOverflow(by: device.perPulse)
        return isOver ? .largest : Amount(units) ?? .largest
    }

    /// How many pulses may still be counted.
    private var mayCount: UInt64 {
        min(left.units / device.perPulse, Device.counterAtMost - device.counter)
    }
}

// MARK: What happens

extension Meter {
    /// The power is there.
    package mutating func powerUp(at moment: Moment) -> [Order] {
        look(at: moment)
        since = device.moment
        device.note(device.isOn ? .powerCut : .powerUp)
        device.isOn = true
        if device.counter < served {
            device.note(.counterBehind(served - device.counter))
            // Nothing that is served is served again.
            device.counter = min(served, Device.counterAtMost)
            device.remainder = 0
        }
        return [.keep] + settle()
    }

    /// The power is about to go, and it knows.
    package mutating func powerDown(at moment: Moment) -> [Order] {
        look(at: moment)
        guard device.isOn else { return [] }
        var orders: [Order] = []
        if device.isClosed {
            device.isClosed = false
            orders.append(.contact(isClosed: false))
        }
        device.note(.powerDown)
        device.isOn = false
        return orders + [.keep] + group(isLast: true)
    }

    /// So much was drawn since the last time, in watts times milliseconds.
    package mutating func draw(_ energy: UInt64, at moment: Moment) -> [Order] {
        look(at: moment)
        guard device.isOn, device.isClosed else { return settle() }
        let pulse = LoadProfile.wattHour / setting.asset.unitsPerWhole * device.perPulse
        let (sum, isOver) = device.remainder.addingReportingOverflow(energy)
        let drawn = isOver ? UInt64.max : sum
        let count = min(drawn / pulse, mayCount)
        device.counter += count
        // The contact opens with the last pulse that is paid for: nothing is drawn after it.
        device.remainder = mayCount == 0 ? 0 : drawn % pulse
        #if Planted
        if Plant.countedLater.isHere { return settle() + (count > 0 ? [.keep] : []) }
        #endif
        return (count > 0 ? [.keep] : []) + settle()
    }

    /// What the wallet has by now, and has served: after a group, and whenever it may be another.
    package mutating func has(_ credit: Amount, served: UInt64, at moment: Moment) -> [Order] {
        look(at: moment)
        let (before, gone) = (self.credit, worth(served - min(served, self.served)))
        let expected = before.subtracting(gone) ?? .zero
        if let more = credit.subtracting(expected), more > .zero { device.note(.credit(more)) }
        if let less = expected.subtracting(credit), less > .zero { device.note(.creditGone(less)) }
        if credit != before || served != self.served { isRefused = false }
        let isOther = credit != expected
        if served > self.served { since = device.moment }
        (self.credit, self.served) = (credit, served)
        if let asked, asked.through <= served { self.asked = nil }
        return (isOther ? [.keep] : []) + settle()
    }

    /// The wallet did not take the group: its pulses stay counted.
    package mutating func refused(at moment: Moment) -> [Order] {
        look(at: moment)
        guard asked != nil else { return [] }
        (asked, isRefused) = (nil, true)
        device.note(.notServed)
        return [.keep]
    }
}

// MARK: What follows

extension Meter {
    /// Time goes on; a clock that goes back is an event, and believed all the same.
    private mutating func look(at moment: Moment) {
        if moment < device.moment {
            device.note(.clockBack(device.moment.seconds - moment.seconds))
            since = moment
        }
        device.moment = moment
        guard device.day != moment.day else { return }
        (device.day, device.dayCounter) = (moment.day, device.counter)
    }

    private mutating func settle() -> [Order] {
        guard device.isOn else { return [] }
        var orders: [Order] = []
        let mayClose = mayCount > 0
        if mayClose != device.isClosed {
            device.isClosed = mayClose
            device.note(mayClose ? .contactClosed : .contactOpened)
            orders += [.contact(isClosed: mayClose), .keep]
        }
        if left >= setting.low {
            device.isLow = false
        } else if !device.isLow {
            device.isLow = true
            device.note(.lowCredit(left: left))
            orders.append(.keep)
        }
        return orders + group(isLast: false)
    }

    /// Has what is counted consumed, as far as it is there.
    private mutating func group(isLast: Bool) -> [Order] {
        if counted == 0 { since = device.moment }
        guard asked == nil, !isRefused, counted > 0 else { return [] }
        let isOld = device.moment.seconds >= since.seconds + setting.secondsPerGroup
        guard isLast || !device.isClosed || isOld || counted >= setting.pulsesPerGroup else {
            return []
        }
        let pulses = min(counted, credit.units / device.perPulse)
        guard pulses > 0 else { return [] }
        let group = Consumption(
            worth(pulses),
            of: setting.asset,
            after: served,
            through: served + pulses
        )
        asked = group
        return [.consume(group)]
    }
}

extension Asset {
    /// How many of its units a whole one is.
    fileprivate var unitsPerWhole: UInt64 {
        (0..<scale).reduce(UInt64(1)) { whole, _ in whole * 10 }
    }
}
