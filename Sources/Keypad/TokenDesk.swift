import Words

// What a meter does with digits that somebody types: docs/PROTOCOL sections 18.3 and 18.4.

/// What became of a try.
package enum Verdict: Hashable, Sendable {
    /// It counts from now on, for it is on the disk.
    case taken(SaleNumber, WattHours)
    /// It was taken before.
    case used(SaleNumber)
    /// It was sold so long ago that nobody knows any more whether it was taken.
    case old(SaleNumber)
    /// It can be taken when one of the tokens that are here is used up.
    case full(SaleNumber)
    /// Mistyped, another meter's, or of a key that has ended; and for how many minutes nothing
    /// is looked at now.
    case wrong(lockedMinutes: UInt64)
    /// Nothing was looked at, nor will be for so many minutes.
    case locked(minutes: UInt64)
}

/// The meter's side of its tokens: which were taken, what is left of them, how often somebody
/// guessed.
///
/// It is a row, not a machine: whoever holds it stores what ``take(_:with:at:storing:)`` hands
/// out, in that order, and after a power cut goes on from the last that was stored.
package struct TokenDesk: Hashable, Sendable {
    package let use: KeyUse
    package let meter: MeterName
    package private(set) var generation: Generation
    /// The highest number that was taken; 0 before any.
    package private(set) var newest: UInt64
    /// Bit i says that `newest` − i was.
    private(set) var window: UInt64
    /// Wrong tries, one after another.
    package private(set) var tries: UInt64
    /// The minute of power from which on something is looked at.
    package private(set) var until: UInt64
    /// All Wh that were taken, and that were delivered.
    package private(set) var credited: UInt64
    package private(set) var served: UInt64
    /// Of the tokens that are not used up, in the order in which they were taken.
    package private(set) var registers: [Register]

    /// What was delivered of one token, which only grows.
    package struct Register: Hashable, Sendable {
        package let sale: SaleNumber
        package let amount: WattHours
        package fileprivate(set) var served: UInt64

        package var left: UInt64 { amount.number - served }

        init(sale: SaleNumber, amount: WattHours, served: UInt64 = 0) {
            (self.sale, self.amount, self.served) = (sale, amount, served)
        }
    }

    /// A new one, or that of a device that takes over from one that took sales up to `last`.
    package init(for key: MeterKey, after last: SaleNumber? = nil) {
        (use, meter, generation) = (key.use, key.meter, key.generation)
        newest = last?.number ?? 0
        window = Self.bits(below: newest)
        (tries, until, credited, served, registers) = (0, 0, 0, 0, [])
    }

    init(_ row: Row) {
        (use, meter, generation) = (row.use, row.meter, row.generation)
        (newest, window, tries, until) = (row.newest, row.window, row.tries, row.until)
        (credited, served, registers) = (row.credited, row.served, row.registers)
    }

    static let width: UInt64 = 64
    static func bits(below count: UInt64) -> UInt64 {
        count >= width ? .max : 1 &<< count &- 1
    }

    /// What may still be delivered.
    package var left: UInt64 { credited - served }

    /// Whether this sale was taken, as far as it is known.
    package func hasTaken(_ sale: SaleNumber) -> Bool {
        guard sale.number <= newest, newest - sale.number < Self.width else { return false }
        return window &>> (newest - sale.number) & 1 == 1
    }

    /// Whether this key is the one that it goes by.
    package func fits(_ key: MeterKey) -> Bool {
        (key.use, key.meter, key.generation) == (use, meter, generation)
    }
}

extension TokenDesk {
    /// What becomes of a token that somebody typed in this minute of power.
    ///
    /// `store` has to make the row durable, or throw: then this desk is not to be used any more,
    /// and the one that is on the disk goes on. It is called before anything is compared, with
    /// the try counted as a wrong one, and again when it was none. Once this has returned
    /// ``Verdict/taken(_:_:)`` the units may be delivered.
    package mutating func take<Fault: Error>(
        _ token: Token,
        with key: MeterKey,
        at minute: UInt64,
        storing store: (TokenDesk) throws(Fault) -> Void
    ) throws(Fault) -> Verdict {
        precondition(fits(key), "a desk is asked with the key that it goes by")
        guard minute >= until else { return .locked(minutes: until - minute) }
        let counted = counting(at: minute)
        try store(counted)
        let found = found(key.content(token), with: key)
        guard let after = answering(found) else {
            self = counted
            return .wrong(lockedMinutes: counted.until > minute ? counted.until - minute : 0)
        }
        try store(after)
        self = after
        return found
    }

    /// This desk, if the try turns out to be wrong.
    private func counting(at minute: UInt64) -> TokenDesk {
        var desk = self
        desk.tries = min(tries + 1, Self.triesAtMost)
        guard desk.tries > Limits.freeTries else { return desk }
        let doublings = min(desk.tries - Limits.freeTries - 1, Limits.lockDoublings)
        // A meter has no such minute in a thousand lives; a clock that is broken locks it.
        desk.until = min(minute, Self.minutesAtMost - 1 &<< doublings) + 1 &<< doublings
        return desk
    }

    static let triesAtMost: UInt64 = 1_000_000
    static let minutesAtMost = UInt64(Int64.max)

    /// What the digits are, looked at as nothing but a guess.
    private func found(_ content: TokenContent, with key: MeterKey) -> Verdict {
        func isSaid(_ sale: SaleNumber) -> Bool { key.tag(of: sale, content.amount) == content.tag }
        let near = nearest(content.low)
        if near > 0, let sale = SaleNumber(UInt64(near)), isSaid(sale) {
            if sale.number + Self.width <= newest { return .old(sale) }
            if hasTaken(sale) { return .used(sale) }
            let sum = credited + content.amount.number
            let hasRoom = registers.count < Limits.tokenRegisters && sum <= Limits.amountUnits
            return hasRoom ? .taken(sale, content.amount) : .full(sale)
        }
        for round in 1...Self.oldRounds {
            let number = near - round * Int64(TokenContent.lows)
            guard number > 0, let sale = SaleNumber(UInt64(number)) else { continue }
            if isSaid(sale) { return .old(sale) }
        }
        return .wrong(lockedMinutes: 0)
    }

    /// So many thousands further back a sale is still known to have been one.
    private static let oldRounds: Int64 = 8
    /// So far ahead of the newest a sale may be.
    static let ahead: Int64 = 500

    /// The one number with this low part that may be meant.
    private func nearest(_ low: UInt64) -> Int64 {
        let all = Int64(TokenContent.lows)
        let first = Int64(newest) + Self.ahead - all + 1
        let step = (Int64(low) - first) % all
        return first + (step < 0 ? step + all : step)
    }

    /// The desk once that is its answer; nil when the try was wrong.
    ///
    /// What is no guess is not counted as one, and does not make guesses good either.
    private func answering(_ verdict: Verdict) -> TokenDesk? {
        switch verdict {
        case .taken(let sale, let amount):
            var desk = self
            desk.mark(sale)
            desk.credited += amount.number
            desk.registers.append(Register(sale: sale, amount: amount))
            desk.tries = 0
            return desk
        case .used, .old, .full: return self
        case .wrong, .locked: return nil
        }
    }

    private mutating func mark(_ sale: SaleNumber) {
        if sale.number > newest {
            let step = sale.number - newest
            window = step >= Self.width ? 1 : window &<< step | 1
            newest = sale.number
        } else {
            window |= 1 &<< (newest - sale.number)
        }
    }
}

extension TokenDesk {
    /// Delivers so many Wh, oldest token first, and says how many there were none for.
    ///
    /// To be stored before they count as delivered.
    package mutating func serve(_ wattHours: UInt64) -> UInt64 {
        var wanted = wattHours
        while wanted > 0, let first = registers.first {
            let part = min(wanted, first.left)
            registers[0].served += part
            served += part
            wanted -= part
            if registers[0].left == 0 { registers.removeFirst() }
        }
        return wanted
    }

    /// Goes by a later key from now on.
    ///
    /// The numbers go on: what was sold under the old one and is sold again with its number is
    /// taken once.
    package mutating func change(to key: MeterKey) -> Bool {
        guard (key.use, key.meter) == (use, meter), key.generation > generation else {
            return false
        }
        generation = key.generation
        return true
    }
}
