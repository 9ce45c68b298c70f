import Commit
import Money
import Wire
import Words

/// Who was met but has no payment yet: calls that are out, answers to them, and the one-time
/// keys of our own answers; nothing of it lasts.
struct Street: Sendable {
    /// A call of ours.
    struct Calling: Sendable {
        let lookup: Lookup
        let nonce: Salt
        var heres: [Met] = []
    }

    /// Somebody who answered.
    struct Met: Sendable {
        let here: Here
        let route: Route
    }

    /// Our answer to somebody's call.
    struct Answered: Sendable {
        let lookup: Lookup
        let here: Here
        let oneTime: any Signing
    }

    /// nil while look-ups are not answered; else what stands on the screen.
    var id: UInt64?
    var redeeming: Redeeming?
    /// The newest last.
    var calls: [Calling] = []
    var answers: [Answered] = []
    /// The keys that offers under way were made to: what is offered can be refused whatever
    /// became of our answer.
    var offered: [PaymentID: any Signing] = [:]
    /// Offers that came to nothing, with the REFUSE if one was said; the newest last.
    private var ended: [(payment: PaymentID, refusal: SignedObject?)] = []
    /// COMMITs of payments we do not know, whose handover we asked for; the newest last.
    var asked: [Commit] = []
    /// Where handovers were shown, so that a question is answered once; the newest last.
    private var shown: [Shown] = []
    /// Payments whose contradicting decision is kept already.
    var proven: Set<PaymentID> = []

    func met(_ name: Hash) -> (calling: Calling, met: Met)? {
        for calling in calls {
            if let met = calling.heres.first(where: { $0.here.hash == name }) {
                return (calling, met)
            }
        }
        return nil
    }

    /// An offer came to nothing: when it is said again it is no new one.
    mutating func end(_ payment: PaymentID, _ effects: [Effect]) {
        var refusal: SignedObject?
        for case .send(let letter) in effects where letter.message.object.kind == .refuse {
            refusal = letter.message
        }
        if ended.count == Limits.answersRemembered { ended.removeFirst() }
        ended.append((payment, refusal))
    }

    func hasEnded(_ payment: PaymentID) -> Bool { ended.contains { $0.payment == payment } }

    func refusal(of payment: PaymentID) -> SignedObject? {
        ended.last { $0.payment == payment }?.refusal
    }

    private struct Shown: Hashable {
        let payment: PaymentID
        let way: Way
    }

    /// Whether that payment's handover was not yet shown on that way; now it is.
    mutating func isFirst(_ payment: PaymentID, on way: Way) -> Bool {
        let one = Shown(payment: payment, way: way)
        guard !shown.contains(one) else { return false }
        if shown.count == Limits.answersRemembered { shown.removeFirst() }
        shown.append(one)
        return true
    }

    func answered(_ oneTime: Key) -> Answered? {
        answers.first { $0.oneTime.key == oneTime }
    }
}

extension Wallet {
    /// Buyer mode on or off.
    mutating func listen(_ on: Bool, _ tools: inout Tools) {
        for answer in street.answers { tools.desk.dismiss(answer.oneTime.key) }
        street.answers = []
        let drawn = bigEndianWord(tools.chance.bytes(8), 0)
        street.id = on ? drawn % (Here.ids.upperBound + 1) : nil
        orders.append(.tell(.listening(street.id)))
    }

    /// Sends a call out, to everybody or to one place, and listens for who answers it.
    mutating func call(_ address: Address?, _ tools: inout Tools, at instant: Instant) {
        guard life == .live else { return deny(.inert(reason)) }
        if street.calls.count == Limits.callsAtOnce {
            tools.desk.withdraw(street.calls.removeFirst().lookup.sealingKey)
        }
        let key = tools.desk.announce(chance: &tools.chance)
        let nonce = tools.salt()
        let promise = Lookup.promise(nonce: nonce, seller: owner.key, sealingKey: key)
        let lookup = Lookup(sealingKey: key, promise: promise)
        street.calls.append(Street.Calling(lookup: lookup, nonce: nonce))
        orders.append(
            address.map { .toss(lookup.datagram, to: $0) } ?? .call(lookup.datagram)
        )
        orders.append(.tell(.calling(lookup.name)))
    }

    /// Somebody calls: says that we are here, if we are to be found.
    mutating func answer(_ lookup: Lookup, from address: Address, _ tools: inout Tools) {
        guard let id = street.id, life == .live else { return }
        if let known = street.answers.first(where: { $0.lookup.name == lookup.name }) {
            return say(known, at: address)
        }
        if street.answers.count == Limits.answersAtOnce {
            tools.desk.dismiss(street.answers.removeFirst().oneTime.key)
        }
        let oneTime = tools.keys.oneTime(chance: &tools.chance)
        let object = Here.object(by: oneTime.key, to: lookup, nonce: tools.salt(), id: id)
        guard let here = try? Here(reading: .signed(object, by: oneTime)) else {
            preconditionFailure("a HERE of our own making can be read")
        }
        tools.desk.admit(oneTime.key)
        let answer = Street.Answered(lookup: lookup, here: here, oneTime: oneTime)
        street.answers.append(answer)
        say(answer, at: address)
    }

    private mutating func say(_ answer: Street.Answered, at address: Address) {
        orders.append(
            .here(
                answer.here.signed,
                to: answer.lookup.sealingKey,
                at: address
            )
        )
    }

    /// Somebody answered our call, rightly signed.
    mutating func meet(_ here: Here, _ route: Route) {
        guard
            let at = street.calls.firstIndex(where: {
                $0.lookup.name == here.signed.object.answers
            }),
            street.calls[at].heres.count < Limits.answersPerCall
        else { return }
        let isNew = !street.calls[at].heres.contains { $0.here.hash == here.hash }
        guard isNew else { return }
        let lookup = street.calls[at].lookup.name
        street.calls[at].heres.append(Street.Met(here: here, route: route))
        // What is only unheard gives way to whatever strangers send.
        orders.append(.listen(route.way, .met))
        orders.append(.tell(.here(lookup: lookup, name: here.hash, id: here.id)))
    }

    mutating func deny(_ denial: Denial) { orders.append(.tell(.denied(denial))) }

    /// Why it is inert.
    var reason: Text {
        if case .inert(let reason) = life { return reason }
        return Reason.unknown
    }
}

extension Wallet {
    /// What stands on the screen while calls are answered.
    package var screenID: UInt64? { street.id }
}
