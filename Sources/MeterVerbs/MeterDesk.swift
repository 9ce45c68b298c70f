internal import Carrier
internal import Command
internal import Homes
internal import Keypad
internal import Meter
internal import Station
internal import Wallet
internal import Wire
internal import Words

/// A meter's keypad beside a node, running or not: what is typed, and the key that it is of.
///
/// Its row lies in the node's journal; what has not been kept there did not happen.
final class MeterDesk {
    private let station: Station
    /// Units of a pulse, as the hardware counts; nil before its first run.
    private let perPulse: UInt64?
    private let asset: Asset?
    private var pad: Pad?
    /// What passed of its time since the row was read, in milliseconds.
    private var passed: UInt64 = 0
    /// The minute of power with which that began.
    private var begin: UInt64 = 0

    init(_ station: Station, perPulse: UInt64?, _ asset: Asset?) throws(Complaint) {
        (self.station, self.perPulse, self.asset) = (station, perPulse, asset)
        try read()
    }

    private func read() throws(Complaint) {
        let bytes = station.beside
        guard !bytes.isEmpty else { return pad = nil }
        guard let pad = try? Pad(wireBytes: bytes) else {
            throw Complaint(
                .failed,
                "keypad-damaged",
                "what this wallet keeps of its keypad is of another version of tally",
                hint: "run the version that wrote it"
            )
        }
        (self.pad, passed, begin) = (pad, 0, pad.minute)
    }

    private var minute: UInt64 { begin + passed / 60_000 }

    /// What a pulse is, where tokens can serve it; before the first run it is as if it were 1.
    private var wattHours: UInt64? {
        asset.flatMap { Pad.wattHours(ofPulse: perPulse ?? 1, $0) }
    }

    /// How far tokens go: nowhere in a life that is over, whatever was taken in it.
    var tokens: Meter.Tokens {
        guard let pad else { return Meter.Tokens() }
        guard station.isLive else { return Meter.Tokens(served: pad.pulses) }
        return pad.tokens(ofPulse: wattHours, in: station.epoch)
    }

    /// Its time goes on; while nothing is looked at that is kept, so that a lock ends.
    func pass(_ milliseconds: UInt64) {
        passed += milliseconds
        guard let pad, station.isLive, pad.locked(at: pad.minute) > 0, minute > pad.minute else {
            return
        }
        // One that cannot be kept now is kept later, and the lock lasts so much longer.
        try? keep(pad.passed(to: minute))
    }

    /// Has its tokens serve so many pulses: durable when it returns true.
    func serve(_ pulses: UInt64) throws(Complaint) -> Bool {
        guard let wattHours, station.isLive,
            let next = pad?.passed(to: minute).serving(pulses, ofPulse: wattHours)
        else { return false }
        try keep(next)
        return true
    }

    private func keep(_ next: Pad) throws(Complaint) {
        let told = station.wish(.keep(next.wireBytes))
        guard case .news(let news) = told else { throw Complaint(instead: told) }
        for case .denied(let denial) in news { throw Complaint(denial, asset) }
        pad = next
    }

    // MARK: Being asked

    func answer(_ bytes: [UInt8]) -> [UInt8] {
        guard let ask = try? MeterAsk(wireBytes: bytes) else {
            return MeterSaid.refused(
                "other-version",
                "the meter that runs here is of another version of tally",
                hint: "end it and start it again; nothing is lost"
            ).wireBytes
        }
        return answer(ask).wireBytes
    }

    func answer(_ ask: MeterAsk) -> MeterSaid {
        do throws(Complaint) {
            switch ask {
            case .standing: return .standing(standing)
            case .confirm(let bytes): return .confirmed(confirmation(bytes))
            case .key(let key, let last): return try load(key, after: last)
            case .type(let token): return .verdict(try type(token))
            }
        } catch {
            // What the disk did not take is not so.
            try? read()
            return .refused(error.name, error.what, hint: error.hint)
        }
    }

    private var standing: MeterSaid.Standing? {
        pad.map { pad in
            MeterSaid.Standing(
                meter: pad.key.meter,
                generation: pad.key.generation,
                isTest: pad.key.use == .test,
                newest: pad.desk.newest,
                credited: pad.desk.credited,
                served: pad.desk.served,
                pulses: tokens.served,
                pulsesLeft: tokens.left,
                locked: pad.locked(at: minute),
                isLive: station.isLive && pad.lives(in: station.epoch)
            )
        }
    }

    private func confirmation(_ bytes: [UInt8]) -> String? {
        guard let pad, pad.key.use == .real, let carrier = try? Carrier(bytes) else { return nil }
        return carrier.fault(ofConfirmationBy: pad.key)?.name
    }

    private func load(
        _ key: MeterKey,
        after last: UInt64?
    ) throws(Complaint) -> MeterSaid {
        let next: Pad
        do throws(PadFault) {
            if let pad {
                next = try pad.passed(to: minute).loaded(
                    with: key,
                    after: last,
                    in: station.epoch
                )
            } else {
                next = try Pad(key, after: last, in: station.epoch)
            }
        } catch {
            return refusal(error)
        }
        let isFirst = pad == nil
        try keep(next)
        if isFirst { (begin, passed) = (0, 0) }
        return .done
    }

    private func type(_ token: Token) throws(Complaint) -> Keypad.Verdict {
        guard var pad else {
            throw Complaint(
                .refused,
                "no-meter-key",
                "this meter has no key, so it knows no token",
                hint: "'tally kdc meter NAME --to FILE' makes one, 'tally meter key FILE' loads it"
            )
        }
        guard wattHours != nil else {
            throw Complaint(
                .refused,
                "other-pulse",
                "a pulse of this meter is no whole number of Wh, and tokens are of Wh",
                hint: "have a stick sold to it instead"
            )
        }
        guard pad.lives(in: station.epoch) else {
            throw Complaint(
                .refused,
                "other-life",
                "this meter began another life, and does not know which tokens were taken before",
                hint: "have its key changed, and load that one: 'tally meter key FILE --after N',"
                    + " N being its last sale"
            )
        }
        let verdict = try pad.type(token, at: minute) { next throws(Complaint) in
            try keep(next)
        }
        self.pad = pad
        return verdict
    }

    private func refusal(_ fault: PadFault) -> MeterSaid {
        switch fault {
        case .nothingNew:
            .refused("nothing-new", "this meter has that key", hint: "there is nothing to do")
        case .otherMeter(let meter):
            .refused(
                "other-meter",
                "this is the meter \(meter.string), and the key is of another",
                hint: "load it where its name stands on the meter"
            )
        case .older(let generation):
            .refused(
                "older-key",
                "this meter has key \(generation.number) already, and that one has ended",
                hint: "have the present one written: 'tally kdc meter NAME --to FILE'"
            )
        case .oldLife(let generation):
            .refused(
                "other-life",
                "this meter began another life, and takes a key after key \(generation.number)"
                    + " alone: the life before may have taken the tokens of that",
                hint: "'tally kdc meter NAME --rotate --to FILE' makes it; load it with --after N"
            )
        case .lastMissing:
            .refused(
                "last-missing",
                "this meter began another life, and does not know which sale was its last",
                hint:
                    "write --after N: 'tally kdc meter NAME' says the last sale, 0 if there is none"
            )
        case .lastKnown(let newest):
            .refused(
                "last-known",
                "this meter knows itself which sale it took last: \(newest)",
                hint: "leave --after out"
            )
        }
    }
}
