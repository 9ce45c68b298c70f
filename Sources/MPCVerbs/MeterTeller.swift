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
    /// Where its datagrams may go: to its office, and to whoever something came from.
    private var places: Set<Address>
    private var allowance = MeterTeller.most
    private var allowedAt: UInt64 = 0

    let isRemote = true
    private let isOnTheAir: Bool

    /// Without an office nothing is carried at all.
    init(_ request: Request, _ scene: Scene, to office: Address?) throws(Complaint) {
        isOnTheAir = office != nil
        places = Set([office].compactMap { $0 })
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
                "no meter answers at \(quoted(path)): \(Self.words(error))",
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

    private static func words(_ fault: LineFault) -> String {
        switch fault {
        case .nobody: "nobody is there"
        case .forbidden: "it is another user's"
        case .silent, .taken: "it has no time"
        case .occupied: "it is no port"
        case .tooLong: "its name is too long for a port"
        case .system(let words): words
        }
    }

    private var milliseconds: UInt64 { (Process.nanoseconds - begun) / 1_000_000 }

    func ask(_ ask: Question) throws(Complaint) -> Told {
        line.say(PortMessage.asked(ask.wireBytes(reserving: 256)).wireBytes)
        let limit = Process.nanoseconds + Self.patience
        while Process.nanoseconds < limit {
            _ = try pass(within: 200, alsoFor: nil)
            guard !told.isEmpty else { continue }
            let first = told.removeFirst()
            if case .fault(PortMessage.busy) = first { throw busy }
            return first
        }
        throw Complaint(
            .failed,
            "silent",
            "the meter at \(quoted(path)) does not answer",
            hint: "look at it; nothing that was told is lost"
        )
    }

    private static let patience: UInt64 = 10_000_000_000
    /// So many datagrams at once, and so many in a second.
    private static let most: UInt64 = 512

    private var busy: Complaint {
        Complaint(
            .failed,
            "port-busy",
            "another app is at the port \(quoted(path)) already",
            hint: "end that one, and type it again"
        )
    }

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
            guard isOnTheAir, incoming.count < PortMessage.most else { return true }
            if places.count < Self.placesAtMost { places.insert(from) }
            incoming.append(.init(datagram, from))
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
                // A meter needs nobody but its office; what is for everybody goes to nobody.
                guard let address = one.address, places.contains(address), isAllowed() else {
                    continue
                }
                air.send(one.datagram, to: address)
            }
        }
    }

    /// A meter that says too much loses some, as the air loses datagrams.
    private func isAllowed() -> Bool {
        let now = milliseconds
        let more = (now - allowedAt) * Self.most / 1_000
        if more > 0 { (allowance, allowedAt) = (min(Self.most, allowance + more), now) }
        guard allowance > 0 else { return false }
        allowance -= 1
        return true
    }

    private static let placesAtMost = 64

    func close() {}
}
