package import EKey
import StandIns
package import Wire
package import Words

/// What an eKey has inside, in memory, and how often anything was done.
///
/// `store` is its disk: whoever makes another of the same store has pulled the power and put it
/// back. `cutsAt` pulls it just behind so many writes from now.
package final class PretendInside: Inside {
    package final class Store {
        package var pin = Array("2468".utf8)
        package var tries: [Secret: UInt64] = [.pin: 5, .unblock: 10]
        package var readers: [Paired] = []
        package var asked: [[UInt8]] = []
        package var isThere = true
        package var loaded = Loaded()
        package var stage = Stage.enrolled

        package init() {}
    }

    package static let unblock = Array("31415926".utf8)

    package let store: Store
    package var cutsAt: Int?
    package var isEmpty = true
    package var isPressed = true
    package private(set) var events: [Happening] = []
    /// What came from the networks and has not been answered; it goes with the power.
    package private(set) var datagrams: [Carried] = []
    private let signer = StandInSigner("eKey")
    private var drawn: UInt8 = 0

    package init(_ store: Store) { self.store = store }

    package var identity: Key { signer.key }
    package var device: DeviceClass { .emulated }
    package var version: String { "0" }

    private func written() throws(EKeyFailure) {
        guard let left = cutsAt else { return }
        cutsAt = left - 1
        if left <= 0 { throw EKeyFailure("the power is gone") }
    }

    package func tries(left code: Secret) -> UInt64? { store.tries[code] }

    package func check(_ code: Secret, _ digits: [UInt8]) throws(EKeyFailure) -> Bool {
        store.tries[code, default: 0] -= 1
        try written()
        guard digits == (code == .pin ? store.pin : Self.unblock) else { return false }
        store.tries[code] = code == .pin ? 5 : 10
        try written()
        return true
    }

    package func couldBePIN(_ digits: [UInt8]) -> Bool {
        (4...12).contains(digits.count) && digits.allSatisfy { (0x30...0x39).contains($0) }
    }

    package func set(pin digits: [UInt8]) throws(EKeyFailure) {
        (store.pin, store.tries[.pin]) = (digits, 5)
        try written()
    }

    package func sign(_ hash: Hash) -> Signature { signer.sign(hash) }

    package func isSigned(_ hash: Hash, by key: Key, with signature: Signature) -> Bool {
        StandInChecking().isSigned(hash, by: key, with: signature)
    }

    package func chance(_ count: Int) -> [UInt8] {
        drawn &+= 1
        return [UInt8](repeating: drawn, count: count)
    }

    package var readers: [Paired] { store.readers }

    package func keep(_ readers: [Paired]) throws(EKeyFailure) {
        store.readers = readers
        try written()
    }

    // MARK: The bank

    package var sealingKey: SealingKey { SealingKey(signer.key.bytes) }
    package var stage: Stage {
        store.stage == .blank && store.loaded.personalisation != nil ? .personalised : store.stage
    }
    package var root: Key? {
        guard stage != .blank else { return nil }
        return store.loaded.mk.flatMap { chain($0.by) }?.root ?? ownRoot
    }
    package var ownRoot = StandInSigner("root").key
    package var button: Amount?
    package var pinAbove: Amount?
    package var clock: UInt64 = 0
    package var now: Moment {
        guard let read = Moment(clock) else { preconditionFailure("a clock shows a moment") }
        return max(read, store.loaded.moment ?? read)
    }
    package var loaded: Loaded { store.loaded }

    package func keep(_ loaded: Loaded) throws(EKeyFailure) {
        // Before the cut nothing of it is there, and behind it all.
        try written()
        store.loaded = loaded
    }

    /// In this world a letter is its object, in the clear.
    package func open(_ letter: EKeyLetter) -> SignedObject? {
        guard let signed = try? SignedObject(wireBytes: letter.datagrams.flatMap { $0 }),
            signed.object.receiver == identity
        else { return nil }
        return signed
    }

    /// And a certificate is a key.
    package func chain(_ by: Signatory) -> (root: Key, office: Key)? {
        guard let root = Bytes32(by.root), let office = Bytes32(by.office) else { return nil }
        return (Key(root), Key(office))
    }

    /// A question is a byte that says what it needs, and anything.
    package func right(toAsk question: [UInt8]) -> Right? {
        switch question.first {
        case 0: .reader
        case 1: .holder
        case 2: .nobody
        case _: nil
        }
    }

    /// One that begins with these has a wrong PIN in it.
    package static let wrongPIN: [UInt8] = [1, 99]

    package func ask(_ question: [UInt8]) throws(EKeyFailure) -> [UInt8]? {
        guard isPressed else { return nil }
        if question.starts(with: Self.wrongPIN) { store.tries[.pin, default: 1] -= 1 }
        store.asked.append(question)
        try written()
        return question + [UInt8](repeating: 7, count: 300)
    }

    package func exchange(_ incoming: Incoming, telling: Bool) throws(EKeyFailure) -> Outgoing {
        var outgoing = Outgoing()
        outgoing.datagrams = incoming.datagrams
        if telling { outgoing.news = [[1]] }
        datagrams += incoming.datagrams
        return outgoing
    }

    package func destroy() throws(EKeyFailure) {
        store.isThere = false
        try written()
    }

    package func inspect() -> [Finding] { [Finding("all of it", isGood: store.isThere)] }

    package func note(_ event: String) {
        guard let moment = Moment(0) else { return }
        events.append(Happening(event, at: moment))
    }
}

/// Takes the bytes as what comes on an eKey's line: each message with its length before it.
///
/// Each command has one answer, whatever it is, and power none; nobody who knows no PIN has
/// anything asked, nor more tries than there are.
package func fuzzEKey(_ bytes: [UInt8]) {
    let store = PretendInside.Store()
    // Digits that no input is likely to know.
    store.pin = Array("918273645546".utf8)
    let control = Control(PretendInside(store))
    var frames = Frames()
    for (index, message) in frames.take(bytes).enumerated() {
        let answer = control.take(message, at: UInt64(index))
        if message.count == 1 {
            precondition(answer == nil || message[0] == 4, "power is not answered")
        } else {
            precondition(answer.flatMap { Reply($0) } != nil, "each command has an answer")
        }
        if let one = Instruction(message) {
            precondition(Instruction(one.bytes) == one, "what is read is written as the same")
        }
    }
    precondition(store.asked.isEmpty, "nothing was asked without a PIN")
    precondition(store.tries[.pin] ?? 0 <= 5 && store.isThere, "nothing is gained")
    if let incoming = try? Incoming(wireBytes: bytes) {
        precondition(incoming.wireBytes == bytes, "one encoding of what came")
    }
    if let letter = try? EKeyLetter(wireBytes: bytes) {
        precondition(letter.wireBytes == bytes, "one encoding of a letter")
    }
    if let mk = try? Personalisation(wireBytes: bytes) {
        precondition(mk.wireBytes == bytes, "one encoding of a personalisation")
    }
    if let order = try? SettingsOrder(wireBytes: bytes) {
        precondition(order.wireBytes == bytes, "one encoding of settings")
    }
    precondition(store.loaded == Loaded(), "nothing was loaded that no bank has signed")
    if let outgoing = try? Outgoing(wireBytes: bytes) {
        precondition(outgoing.wireBytes == bytes, "one encoding of what goes")
    }
}
