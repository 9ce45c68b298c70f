internal import Command
internal import Homes
internal import Host
internal import Links
internal import MeterVerbs
internal import Sealing
internal import Station
internal import Wallet
internal import Wire
internal import Words

/// A meter at the other end of its port: asked, while its datagrams are carried to the network.
///
/// Nothing in them can be read here.
final class MeterTeller: Teller {
    private let line: Line
    private let air: UDP
    private let waiting: Waiting
    private let path: String
    private let begun = Process.nanoseconds
    private var kept: [News] = []
    private var told: [Told] = []

    let isRemote = true

    init(_ request: Request, _ scene: Scene) throws(Complaint) {
        guard let path = request["--line"] else {
            throw Complaint(
                .usage,
                "no-line",
                "nothing says where the port of the meter is",
                hint: "write --line PATH, as the meter was started with"
            )
        }
        self.path = path
        let settings = try Opening.settings(request, scene)
        let (folder, name) = PortMessage.place(path)
        do throws(LineFault) {
            line = try Door.call(folder: folder, name: name)
        } catch {
            throw Complaint(
                .notFound,
                "no-meter",
                "no meter answers at \(quoted(path)): \(error)",
                hint: "start it with 'tally meter run --line PATH', and put the cable in"
            )
        }
        do throws(LinkFault) {
            (air, waiting) = (try UDP(settings, chance: SystemChance()), try Waiting())
        } catch {
            throw Complaint(
                .failed,
                "link",
                "this app cannot go on the air: \(error)",
                hint: "choose another network with --on; 'ip link' lists them"
            )
        }
        waiting.add(line.file)
        for file in air.files { waiting.add(file) }
    }

    private var milliseconds: UInt64 { (Process.nanoseconds - begun) / 1_000_000 }

    func ask(_ ask: Question) throws(Complaint) -> Told {
        line.say(PortMessage.asked(ask.wireBytes(reserving: 256)).wireBytes)
        let limit = Process.nanoseconds + Self.patience
        while Process.nanoseconds < limit {
            _ = try pass(within: 200, alsoFor: nil)
            if !told.isEmpty { return told.removeFirst() }
        }
        throw Complaint(
            .failed,
            "silent",
            "the meter at \(quoted(path)) does not answer",
            hint: "look at it; nothing that was told is lost"
        )
    }

    private static let patience: UInt64 = 10_000_000_000

    func news(
        within milliseconds: UInt64,
        alsoFor file: Int32?
    ) throws(Complaint) -> (news: [News], isReady: Bool) {
        let isReady = kept.isEmpty ? try pass(within: milliseconds, alsoFor: file) : false
        defer { kept = [] }
        return (kept, isReady)
    }

    /// Carries what there is to carry, after waiting for it at most so long.
    private func pass(within most: UInt64, alsoFor file: Int32?) throws(Complaint) -> Bool {
        if let file { waiting.add(file) }
        let patience = min(most, air.patience ?? most)
        let ready = Set(waiting.wait(atMost: Int(clamping: patience)))
        if let file { waiting.remove(file) }
        if air.look(at: milliseconds) { for one in air.files { waiting.add(one) } }
        var incoming: [PortMessage.Parcel] = []
        air.receive(atMost: PortMessage.most, at: milliseconds, ready: ready) { datagram, from in
            if incoming.count < PortMessage.most { incoming.append(.init(datagram, from)) }
            return true
        }
        if !incoming.isEmpty { line.say(PortMessage.datagrams(incoming).wireBytes) }
        line.flush()
        for bytes in line.hear() {
            guard let message = try? PortMessage(wireBytes: bytes) else { throw .otherVersion }
            try take(message)
        }
        air.hasSent(at: milliseconds)
        guard !line.isOver else {
            throw Complaint(
                .failed,
                "cable",
                "the line to the meter at \(quoted(path)) is cut",
                hint: "put the cable in and type it again: what was asked for goes on, and nothing"
                    + " is debited twice"
            )
        }
        return file.map(ready.contains) ?? false
    }

    private func take(_ message: PortMessage) throws(Complaint) {
        switch message {
        case .asked: return
        case .told(let bytes):
            guard let one = try? Told(wireBytes: bytes) else { throw .otherVersion }
            if case .happened(let news) = one { kept += news } else { told.append(one) }
        case .datagrams(let parcels):
            for one in parcels {
                if let address = one.address {
                    air.send(one.datagram, to: address)
                } else {
                    air.broadcast(one.datagram)
                }
            }
        }
    }

    func close() {}
}
