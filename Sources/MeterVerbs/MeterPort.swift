internal import Command
internal import Host
internal import Links
internal import Station
internal import Wallet
internal import WalletVerbs
internal import Wire
internal import Words

/// The port of a meter that has no network of its own: whoever comes to it carries its datagrams,
/// which he cannot read, and asks what a customer may ask (docs/PROTOCOL section 19.6).
///
/// One at a time; a cable that is pulled out loses datagrams, as the air does.
final class MeterPort {
    private let door: Door
    private let relay: Relay
    private let waiting: Waiting
    private var line: Line?
    /// Those who came meanwhile: they are told so, and nothing else.
    private var others: [Line] = []

    init(_ path: String, _ relay: Relay) throws(Complaint) {
        let (folder, name) = PortMessage.place(path)
        do throws(LineFault) {
            door = try Door(folder: folder, name: name)
        } catch {
            throw Self.none(path, error)
        }
        do throws(LinkFault) {
            waiting = try Waiting()
        } catch {
            throw Self.none(path, .system("\(error)"))
        }
        waiting.add(door.file)
        self.relay = relay
    }

    private static func none(_ path: String, _ fault: LineFault) -> Complaint {
        let (exit, name, what, hint): (Exit, String, String, String) =
            switch fault {
            case .taken:
                (
                    .refused, "port-taken", "somebody answers at \(quoted(path)) already",
                    "end that meter, or name another path"
                )
            case .occupied:
                (
                    .refused, "file-there", "\(quoted(path)) is there and is no port, so it stays",
                    "name a path where nothing is"
                )
            case .tooLong:
                (
                    .usage, "bad-path", "the name in \(quoted(path)) is too long for a port",
                    "at most \(Door.nameBytes) bytes behind the last slash"
                )
            case .nobody:
                (.failed, "no-port", "the folder of \(quoted(path)) is not there", folderHint)
            case .forbidden:
                (.failed, "no-port", "\(quoted(path)) may not be written to", folderHint)
            case .silent:
                (.failed, "no-port", "there can be no port at \(quoted(path))", folderHint)
            case .system(let why):
                (.failed, "no-port", "there can be no port at \(quoted(path)): \(why)", folderHint)
            }
        return Complaint(exit, name, what, hint: hint)
    }

    private static let folderHint = "name a path in a folder that you may write to"

    /// Whether somebody is there.
    var isUsed: Bool { line != nil }

    /// Passes on what has come, and what has to go; nothing of it is waited for.
    func pass(_ station: Station, _ news: [News]) {
        hear(station)
        if waiting.wait(atMost: 0).contains(door.file), let next = door.enter() { enter(next) }
        for one in others { _ = one.hear(atMost: 1) }
        others.removeAll { $0.isOver }
        guard let line else {
            // Nobody takes it anywhere.
            _ = relay.takeAway()
            return
        }
        let parcels = relay.takeAway().map { PortMessage.Parcel($0.datagram, $0.address) }
        for start in stride(from: 0, to: parcels.count, by: PortMessage.most) {
            let some = parcels[start..<min(start + PortMessage.most, parcels.count)]
            line.say(PortMessage.datagrams(Array(some)).wireBytes)
        }
        if !news.isEmpty {
            line.say(PortMessage.told(Told.happened(news).wireBytes).wireBytes)
        }
        line.flush()
        if line.isOver { leave() }
    }

    private func hear(_ station: Station) {
        guard let line else { return }
        for bytes in line.hear(atMost: Self.messagesAtOnce) {
            guard let message = try? PortMessage(wireBytes: bytes) else { return leave() }
            take(message, station)
        }
        if line.isOver { leave() }
    }

    /// One app at a time: who was there first is not put out by the next.
    private func enter(_ next: Line) {
        guard line != nil else { return line = next }
        next.say(PortMessage.told(Told.fault(PortMessage.busy).wireBytes).wireBytes)
        others = others.suffix(Self.othersAtMost - 1) + [next]
    }

    private static let othersAtMost = 4
    private static let messagesAtOnce = 64

    private func leave() { line = nil }

    private func take(_ message: PortMessage, _ station: Station) {
        switch message {
        case .datagrams(let parcels):
            for one in parcels {
                if let address = one.address { relay.bring(one.datagram, from: address) }
            }
        case .asked(let bytes):
            let told: Told
            if let question = try? Question(wireBytes: bytes) {
                told =
                    question.isACustomers
                    ? station.ask(question) : .fault("a meter answers no such question at its port")
            } else {
                told = .fault("the meter is of another version")
            }
            line?.say(PortMessage.told(told.wireBytes(reserving: 512)).wireBytes)
        case .told: return
        }
    }
}

extension Question {
    /// What may be asked by whoever stands before the meter: nothing that takes out of it what is
    /// in it, or changes what it does.
    fileprivate var isACustomers: Bool {
        switch self {
        case .info, .balances, .pending, .history, .find, .particulars, .errands, .toShow, .charge,
            .enquire, .sync, .show, .renew:
            true
        case .redeem, .payBill, .details, .follow, .listen, .call, .peers, .offer, .enrol,
            .proofs, .backUp, .office, .accept, .pin, .refuse, .cancel, .bring, .claim, .profile,
            .policy, .stop, .meter, .carry:
            false
        }
    }
}
