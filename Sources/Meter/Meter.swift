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
    /// Pulses that the wallet has served: as it has it.
    package private(set) var served: UInt64
    /// What the wallet may still consume, for pulses that are counted and for those to come.
    package private(set) var credit: Amount
    /// What was typed in, beside it.
    package private(set) var tokens: Tokens
    /// The group that the wallet was asked to consume.
    package private(set) var asked: Consumption?
    /// Pulses that are to be served by what was typed in.
    private var askedOfTokens: UInt64 = 0
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
        /// Asked of the keypad, where no stick is left: so many pulses by the tokens it has taken.
        case serve(pulses: UInt64)
    }

    /// How far tokens that were typed in go, in whole pulses: docs/PROTOCOL section 18.6.
    package struct Tokens: Hashable, Sendable {
        /// Pulses that were ever served by them.
        package let served: UInt64
        /// Pulses that they still are good for.
        package let left: UInt64

        package init(served: UInt64 = 0, left: UInt64 = 0) {
            (self.served, self.left) = (served, left)
        }
    }

    /// Beside a wallet that has served so much, and may consume so much; the power has just come.
    package init(
        _ setting: Setting,
        _ device: Device,
        served: UInt64,
        credit: Amount,
        tokens: Tokens = Tokens()
    ) {
        (self.setting, self.device, self.tokens) = (setting, device, tokens)
        (self.served, self.credit, since) = (served, credit, device.moment)
        // Whatever was asked for before is looked for in the wallet.
        self.device.isClosed = false
    }

    /// Pulses that are served, by whatever.
    package var servedInAll: UInt64 { Self.sum(served, tokens.served) }

    /// Pulses that are counted, and not served.
    package var counted: UInt64 { device.counter - min(device.counter, servedInAll) }

    /// All that is there for pulses that are counted and for those to come.
    private var funds: Amount { credit.adding(worth(tokens.left)) ?? .largest }

    /// What is left for pulses to come.
    package var left: Amount { funds.subtracting(worth(counted)) ?? .zero }

    private static func sum(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let (sum, isOver) = a.addingReportingOverflow(b)
        return isOver ? .max : sum
    }

    private func worth(_ pulses: UInt64) -> Amount {
        let (units, isOver) = pulses.multipliedReportingOverflow(by: device.perPulse)
        return isOver ? .largest : Amount(units) ?? .largest
    }

    /// How many pulses may still be counted.
    private var mayCount: UInt64 {
        let all = Self.sum(credit.units / device.perPulse, tokens.left)
        return min(all - min(all, counted), Device.counterAtMost - device.counter)
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
        if device.counter < servedInAll {
            device.note(.counterBehind(servedInAll - device.counter))
            // Nothing that is served is served again.
            device.counter = min(servedInAll, Device.counterAtMost)
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

    /// What the wallet has by now, and has served, and the same of the keypad: after a group, and
    /// whenever it may be another.
    package mutating func has(
        _ credit: Amount,
        served: UInt64,
        tokens: Tokens = Tokens(),
        at moment: Moment
    ) -> [Order] {
        look(at: moment)
        let (funds, inAll, typed) = (self.funds, servedInAll, self.tokens)
        if (credit, served, tokens) != (self.credit, self.served, typed) { isRefused = false }
        (self.credit, self.served, self.tokens) = (credit, served, tokens)
        let expected = funds.subtracting(worth(servedInAll - min(servedInAll, inAll))) ?? .zero
        if let more = self.funds.subtracting(expected), more > .zero { device.note(.credit(more)) }
        if let less = expected.subtracting(self.funds), less > .zero {
            device.note(.creditGone(less))
        }
        let isOther = self.funds != expected
        if servedInAll > inAll { since = device.moment }
        if let asked, asked.through <= served { self.asked = nil }
        if tokens != typed { askedOfTokens = 0 }
        return (isOther ? [.keep] : []) + settle()
    }

    /// The wallet did not take the group: its pulses stay counted.
    package mutating func refused(at moment: Moment) -> [Order] {
        look(at: moment)
        guard asked != nil || askedOfTokens > 0 else { return [] }
        (asked, askedOfTokens, isRefused) = (nil, 0, true)
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
        guard asked == nil, askedOfTokens == 0, !isRefused, counted > 0 else { return [] }
        let isOld = device.moment.seconds >= since.seconds + setting.secondsPerGroup
        guard isLast || !device.isClosed || isOld || counted >= setting.pulsesPerGroup else {
            return []
        }
        // Sticks have a last day, tokens none: those go first.
        let pulses = min(counted, credit.units / device.perPulse)
        guard pulses > 0 else {
            askedOfTokens = min(counted, tokens.left)
            return askedOfTokens > 0 ? [.serve(pulses: askedOfTokens)] : []
        }
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
