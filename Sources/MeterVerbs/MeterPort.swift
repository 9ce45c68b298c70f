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

    init(_ path: String, _ relay: Relay) throws(Complaint) {
        let (folder, name) = PortMessage.place(path)
        do throws(LineFault) {
            door = try Door(folder: folder, name: name)
        } catch {
            throw Self.none(path, "\(error)")
        }
        do throws(LinkFault) {
            waiting = try Waiting()
        } catch {
            throw Self.none(path, "\(error)")
        }
        waiting.add(door.file)
        self.relay = relay
    }

    private static func none(_ path: String, _ why: String) -> Complaint {
        Complaint(
            .failed,
            "no-port",
            "there can be no port at \(quoted(path)): \(why)",
            hint: "name a path in a folder that you may write to"
        )
    }

    /// Whether somebody is there.
    var isUsed: Bool { line != nil }

    /// Passes on what has come, and what has to go; nothing of it is waited for.
    func pass(_ station: Station, _ news: [News]) {
        if waiting.wait(atMost: 0).contains(door.file), let next = door.enter() { line = next }
        guard let line else {
            // Nobody takes it anywhere.
            _ = relay.takeAway()
            return
        }
        for bytes in line.hear(atMost: Self.messagesAtOnce) {
            guard let message = try? PortMessage(wireBytes: bytes) else { return leave() }
            take(message, station)
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
            .enquire, .sync, .show, .renew, .carry:
            true
        case .redeem, .payBill, .details, .follow, .listen, .call, .peers, .offer, .enrol,
            .proofs, .backUp, .office, .accept, .pin, .refuse, .cancel, .bring, .claim, .profile,
            .policy, .stop, .meter:
            false
        }
    }
}
