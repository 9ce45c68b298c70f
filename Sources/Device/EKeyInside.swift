internal import Commit
package import EKey
internal import Host
package import Links
package import Sealing
package import Station
package import Wallet
internal import Wire
package import Words

/// What an eKey of this host has inside: a home, and the station that runs in it behind a relay.
package final class EKeyInside: Inside {
    let home: Home
    let ring: KeyRing
    /// Another, once an office has certified what was blank.
    package internal(set) var station: Station
    var relay: Relay
    var record: EKeyRecord
    private let stretch: Stretch
    package internal(set) var device: DeviceClass
    package let version: String
    /// Opens a wallet that lies there, behind a relay.
    let opens: Opens
    /// What happened, for the next reader that asks.
    private var tidings = Tidings()
    private var pressing = Button()
    /// What the button has to be pressed for.
    package var wanted: PaymentStanding? { pressing.wanted }

    package init(
        _ home: Home,
        _ ring: KeyRing,
        _ record: EKeyRecord,
        version: String,
        stretch: Stretch = .argon2id,
        opens: @escaping Opens
    ) throws(StationFault) {
        (self.home, self.ring, self.record) = (home, ring, record)
        (self.stretch, self.version, self.opens) = (stretch, version, opens)
        relay = Relay()
        station = try opens(home.isBlank ? home.blank : home, relay)
        device = Self.device(of: station)
        if !home.isBlank { try? home.blank.forget() }
        // Nobody else has it open by now.
        try? home.sweep()
        follow()
    }

    package typealias Opens = (Home, Relay) throws(StationFault) -> Station

    /// Whatever an office says: nothing in a file is hardware.
    static func device(of station: Station) -> DeviceClass {
        min(station.deviceClass ?? .software, .emulated)
    }

    package var identity: Key { ring.identity.key }
    package var hasButton: Bool { record.button != nil }

    // MARK: Codes

    private func pin(_ code: Secret) throws(EKeyFailure) -> PIN? {
        do {
            return try PIN(of: home, ring.data, for: code.use)
        } catch {
            throw EKeyFailure(error.words)
        }
    }

    package func tries(left code: Secret) throws(EKeyFailure) -> UInt64? {
        try pin(code)?.question.left
    }

    package func check(_ code: Secret, _ digits: [UInt8]) throws(EKeyFailure) -> Bool {
        guard var pin = try pin(code) else { return false }
        let text = String(decoding: digits, as: UTF8.self)
        guard let stretched = PIN.stretched(text, pin.question.salt, by: stretch) else {
            throw EKeyFailure(PINFault.noMemory.words)
        }
        do {
            return try pin.check(stretched, in: home, ring.data) == .right
        } catch {
            throw EKeyFailure(error.words)
        }
    }

    package func couldBePIN(_ digits: [UInt8]) -> Bool {
        PIN.fits(String(decoding: digits, as: UTF8.self))
    }

    package func set(pin digits: [UInt8]) throws(EKeyFailure) {
        let text = String(decoding: digits, as: UTF8.self)
        do {
            try PIN.set(text, of: home, ring.data, by: stretch)
        } catch {
            throw EKeyFailure(error.words)
        }
    }

    // MARK: Keys

    package func sign(_ hash: Hash) -> Signature { ring.identity.sign(hash) }

    package func isSigned(_ hash: Hash, by key: Key, with signature: Signature) -> Bool {
        Ed25519().isSigned(hash, by: key, with: signature)
    }

    package func chance(_ count: Int) -> [UInt8] {
        var chance = SystemChance()
        return chance.bytes(count)
    }

    package var readers: [Paired] { record.readers }

    package func keep(_ readers: [Paired]) throws(EKeyFailure) {
        record.readers = readers
        try record.keep(in: home, ring.data)
    }

    // MARK: The wallet

    package func right(toAsk question: [UInt8]) -> Right? {
        (try? Question(wireBytes: question))?.right
    }

    package func ask(_ bytes: [UInt8]) throws(EKeyFailure) -> [UInt8]? {
        guard var question = try? Question(wireBytes: bytes) else { return nil }
        if case .enrol(_, let place) = question {
            guard let code = codeOfOwn else { return Self.notPersonalised }
            question = .enrol(code, at: place)
        }
        if case .accept(let payment, _, _) = question, !isPressed(for: payment) { return nil }
        let told = station.ask(question)
        if case .accept(let payment, _, _) = question { pressing.isUsed(for: payment) }
        // What was refused or cancelled by a question is shown no longer.
        if case .news(let led) = told { pressing.heed(led) }
        try turn()
        return told.wireBytes(reserving: 512)
    }

    private func isPressed(for payment: PaymentID) -> Bool {
        switch pressing.verdict(payment, station.standing(of: payment), from: record.button) {
        case .mayGo: return true
        case .notYet(let isNew):
            if isNew { note("the button is wanted for an offer") }
            return false
        }
    }

    /// The person has pressed it for that one, which was shown.
    package func press(for payment: PaymentID) { pressing.press(for: payment) }

    /// The person does not want to pay that one: its seller is told.
    package func decline(_ payment: PaymentID) {
        guard pressing.decline(payment) else { return }
        if case .news(let led) = station.ask(.refuse(payment)) { tidings.add(led) }
    }

    package func exchange(
        _ incoming: Incoming,
        telling: Bool
    ) throws(EKeyFailure) -> Outgoing {
        for one in incoming.datagrams {
            guard let address = one.address else { continue }
            relay.bring(one.datagram, from: address)
        }
        try turn()
        var outgoing = Outgoing()
        outgoing.datagrams = relay.takeAway().prefix(Outgoing.most).map {
            Carried($0.datagram, $0.address)
        }
        outgoing.patience = station.restsFor
        let news = tidings.told(telling)
        if !news.isEmpty { outgoing.news = [Told.happened(news).wireBytes(reserving: 512)] }
        return outgoing
    }

    /// Has the wallet do what there is to do, and waits for nothing.
    package func turn(atMost most: UInt64 = 0, alsoFor file: Int32? = nil) throws(EKeyFailure) {
        var fresh: [News] = []
        do {
            var most = most
            repeat {
                fresh += try station.turn(atMost: most, alsoFor: file).news
                most = 0
            } while relay.patience == 0
        } catch {
            throw EKeyFailure("the wallet has stopped: \(error)")
        }
        for case .answered(let answer) in fresh where isToEnrol { try become(answer) }
        tidings.add(fresh)
        pressing.heed(fresh)
    }

    package var isEmpty: Bool { station.hasNothing }

    package func destroy() throws(EKeyFailure) {
        station.close()
        do throws(HostFault) {
            try home.sweep()
            try home.blank.forget()
            for path in home.secrets where Files.exists(path) { try Files.overwrite(path) }
            // The keys open all the rest, and are the last to go.
            for path in home.everything { try Files.remove(path) }
        } catch {
            throw EKeyFailure("its files cannot be overwritten and removed")
        }
        Files.removeEmpty(home.folder)
    }

    // MARK: Looking after itself

    package func inspect() -> [Finding] {
        let hash = Paired.outbound(chance(16), eKey: identity)
        let signs = isSigned(hash, by: identity, with: sign(hash))
        let codes = [Secret.pin, .unblock].allSatisfy { (try? pin($0)) ?? nil != nil }
        var isWhole = false
        if case .payments = station.ask(.history(before: .max, limit: 1)) { isWhole = true }
        return [
            Finding("keys", isGood: signs), Finding("codes", isGood: codes),
            Finding("journal", isGood: isWhole),
        ]
    }

    package var events: [Happening] { record.events }

    package func note(_ event: String) {
        record.note(event, at: Process.now)
        // A log that cannot be written stops nobody's payment.
        try? record.keep(in: home, ring.data)
    }
}

extension Secret {
    fileprivate var use: PIN.Use {
        switch self {
        case .pin: .pin
        case .unblock: .unblock
        }
    }
}

extension Question {
    /// What an eKey wants before it answers.
    package var right: Right {
        switch self {
        case .info, .pin: .reader
        case .balances, .pending, .history, .find, .particulars, .details, .follow, .listen, .call,
            .peers, .offer, .enrol, .charge, .enquire, .payBill, .redeem, .sync, .toShow, .show,
            .renew, .proofs, .errands, .accept, .refuse, .cancel, .bring, .claim, .profile, .carry:
            .holder
        // What it pays without a question or a PIN is for nobody before it to say.
        case .policy(let change): change.isOfDemandsAlone ? .holder : .nobody
        case .backUp, .office, .meter, .stop: .nobody
        }
    }
}
