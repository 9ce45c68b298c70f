internal import Command
internal import Homes
internal import Meter
internal import Station
internal import WalletVerbs
internal import Wire
internal import Words

/// A meter that can be asked: one that runs, or the home of one, opened here.
struct MeterLine {
    let teller: any Teller
    /// Of a home that is open here.
    private let desk: MeterDesk?

    init(_ request: Request, _ scene: Scene) throws(Complaint) {
        teller = try Opening.teller(request, scene)
        guard let local = teller as? LocalTeller else {
            desk = nil
            return
        }
        do throws(Complaint) {
            let known = try Hardware(local.station.meterFile).read()
            let asset = try teller.info().window?.asset
            desk = try MeterDesk(local.station, perPulse: known?.perPulse, asset)
        } catch {
            teller.close()
            throw error
        }
    }

    func close() { teller.close() }

    /// What it says; nil where a node runs that has no meter beside it.
    func ask(_ ask: MeterAsk) throws(Complaint) -> MeterSaid? {
        if let desk { return desk.answer(ask) }
        let told = try teller.ask(.meter(ask.wireBytes))
        switch told {
        case .meter(let bytes):
            guard let said = try? MeterSaid(wireBytes: bytes) else { throw .otherVersion }
            if case .refused(let name, let what, let hint) = said {
                throw Complaint(.refused, name, what, hint: hint)
            }
            return said
        case .fault: return nil
        case _: throw .otherVersion
        }
    }

    /// The same, where there has to be a meter.
    func demand(_ ask: MeterAsk) throws(Complaint) -> MeterSaid {
        guard let said = try self.ask(ask) else {
            throw Complaint(
                .refused,
                "no-meter",
                "a node runs in this home, and no meter beside it",
                hint: "end it, and start 'tally meter run' in its place"
            )
        }
        if case .refused(let name, let what, let hint) = said {
            throw Complaint(.refused, name, what, hint: hint)
        }
        return said
    }
}
