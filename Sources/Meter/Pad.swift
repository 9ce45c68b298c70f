package import Keypad
package import Wire
package import Words

/// A meter's keypad: its key, the desk that takes what is typed, and how far the tokens went.
///
/// It is a row that the wallet beside the meter keeps (docs/PROTOCOL section 18.6), so that power
/// cuts, flipped bits and older copies are seen there as they are for money.
package struct Pad: Hashable, Sendable {
    /// Whose life it was loaded in: another one knows no more what was taken.
    package private(set) var epoch: Epoch
    /// So many minutes this meter had power, as far as that was kept.
    package private(set) var minute: UInt64
    /// Pulses that tokens have ever served: under whichever key, they only grow.
    package private(set) var pulses: UInt64
    package private(set) var key: MeterKey
    package private(set) var desk: TokenDesk

    package static let minutesAtMost: UInt64 = 1 << 61

    /// With its first key; of a device that takes over, none up to `last` is taken, 0 being none.
    ///
    /// In a life that is not the wallet's first the one before may have had a keypad too: then it
    /// takes a key as that of another life would be.
    package init(_ key: MeterKey, after last: UInt64?, in epoch: Epoch) throws(PadFault) {
        try Self.expectNew(key, after: last, in: epoch)
        (self.epoch, minute, pulses, self.key) = (epoch, 0, 0, key)
        desk = Self.desk(for: key, after: last)
    }

    private static func desk(for key: MeterKey, after last: UInt64?) -> TokenDesk {
        TokenDesk(for: key, after: last.flatMap { SaleNumber($0) })
    }

    /// Whether no token that this key says is good was taken in a life of which nothing is known.
    private static func expectNew(
        _ key: MeterKey,
        after last: UInt64?,
        in epoch: Epoch
    ) throws(PadFault) {
        guard epoch > .first else { return }
        guard key.generation > .first else { throw .oldLife(.first) }
        guard last != nil else { throw .lastMissing }
    }

    /// Whether that life goes on.
    package func lives(in epoch: Epoch) -> Bool { self.epoch == epoch }

    /// For how many minutes nothing that is typed is looked at.
    package func locked(at minute: UInt64) -> UInt64 {
        let now = max(self.minute, minute)
        return desk.until - min(desk.until, now)
    }

    /// What a pulse is in watt-hours, where it is whole ones: only then tokens can serve it.
    package static func wattHours(ofPulse units: UInt64, _ asset: Asset) -> UInt64? {
        let whole = (0..<asset.scale).reduce(UInt64(1)) { one, _ in one * 10 }
        return units % whole == 0 && units > 0 ? units / whole : nil
    }

    /// How far its tokens go; as far as they went, where its life is over or no pulse is whole.
    package func tokens(ofPulse wattHours: UInt64?, in epoch: Epoch) -> Meter.Tokens {
        guard let wattHours, lives(in: epoch) else { return Meter.Tokens(served: pulses) }
        return Meter.Tokens(served: pulses, left: desk.left / wattHours)
    }
}

extension Pad {
    /// What becomes of a token that somebody typed in this minute of power.
    ///
    /// `store` makes a row durable, or throws: then what is on the disk goes on (``TokenDesk``).
    package mutating func type<Fault: Error>(
        _ token: Token,
        at minute: UInt64,
        storing store: (Pad) throws(Fault) -> Void
    ) throws(Fault) -> Verdict {
        var next = passed(to: minute)
        var desk = desk
        let verdict = try desk.take(token, with: key, at: next.minute) { row throws(Fault) in
            var pad = next
            pad.desk = row
            try store(pad)
        }
        next.desk = desk
        self = next
        return verdict
    }

    /// The same, when so many minutes of power have passed.
    package func passed(to minute: UInt64) -> Pad {
        var pad = self
        pad.minute = min(max(pad.minute, minute), Self.minutesAtMost)
        return pad
    }

    /// The same, when so many pulses more are served; nil where its tokens do not go so far.
    ///
    /// To be stored before they count as served.
    package func serving(_ count: UInt64, ofPulse wattHours: UInt64) -> Pad? {
        let (wanted, isOver) = count.multipliedReportingOverflow(by: wattHours)
        guard !isOver, wanted <= desk.left else { return nil }
        var pad = self
        pad.pulses += count
        guard pad.desk.serve(wanted) == 0 else { return nil }
        return pad
    }

    /// The same with another key, or why it is none for this meter.
    package func loaded(
        with key: MeterKey,
        after last: UInt64?,
        in epoch: Epoch
    ) throws(PadFault) -> Pad {
        var pad = self
        guard (key.meter, key.use) == (self.key.meter, self.key.use) else {
            // Production is over; nothing else ever is.
            guard self.key.use == .test, key.use == .real else { throw .otherMeter(self.key.meter) }
            try Self.expectNew(key, after: last, in: epoch)
            pad.begin(key, after: last, in: epoch)
            return pad
        }
        guard lives(in: epoch) else {
            guard key.generation > self.key.generation else { throw .oldLife(self.key.generation) }
            guard last != nil else { throw .lastMissing }
            pad.begin(key, after: last, in: epoch)
            return pad
        }
        if last != nil {
            // What was told with the key before may have been mistyped, and nothing hangs on it.
            guard desk.credited == 0, key.generation > self.key.generation else {
                throw .lastKnown(desk.newest)
            }
            pad.begin(key, after: last, in: epoch)
            return pad
        }
        guard key != self.key else { throw .nothingNew }
        guard pad.desk.change(to: key) else { throw .older(self.key.generation) }
        pad.key = key
        return pad
    }

    private mutating func begin(_ key: MeterKey, after last: UInt64?, in epoch: Epoch) {
        (self.epoch, self.key) = (epoch, key)
        desk = Self.desk(for: key, after: last)
    }
}

/// Why a key is not loaded.
package enum PadFault: Error, Hashable, Sendable {
    case nothingNew
    case otherMeter(MeterName)
    /// It has that generation already, or a later one.
    case older(Generation)
    /// Its life is over: only a later key than this makes sure that nothing is taken twice.
    case oldLife(Generation)
    /// The same, and nobody said which sale was the last under the old key.
    case lastMissing
    /// It knows itself which was the last.
    case lastKnown(UInt64)
}

extension Pad: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(6)
        writer.number(1)
        writer.value(epoch)
        writer.number(minute)
        writer.number(pulses)
        writer.value(KeyPaper.meter(key))
        writer.value(desk)
    }

    package init(from reader: inout Reader) throws(WireError) {
        let start = reader.position
        try reader.array(6)
        try reader.version(1)
        epoch = try reader.value()
        minute = try reader.number(0...Self.minutesAtMost)
        pulses = try reader.number(0...Device.counterAtMost)
        let paper: KeyPaper = try reader.value()
        desk = try reader.value()
        guard case .meter(let key) = paper, desk.fits(key) else {
            throw WireError(.outOfRange, at: start)
        }
        self.key = key
    }
}
