import Cables
import Disks
import EKey
import Node
import Wallet
import Wire
import Words

/// What a peer has around its node when that is an eKey: the commands before it, the codes and
/// readers on its disk, the cable, and whoever sits at its other end.
final class EKeyPeer: Socket {
    unowned let world: World
    unowned let peer: Peer
    var cable = Cable()
    /// Until when a cable that came out stays so.
    var backAt: UInt64 = 0
    /// Whether the eKey has its power by the cable.
    let isFed: Bool
    var watch: EKeyWatch
    /// While it runs.
    private(set) var control: Control?
    private(set) var inside: WorldInside?
    /// From then on nobody reaches its wallet but by commands.
    var isInUse = false
    /// What its person knows by heart, or has in a drawer.
    let code: [UInt8]
    var dice: Dice
    let fam: Fam
    var thief: KeyThief?

    init(_ world: World, _ peer: Peer, isBad: Bool) {
        (self.world, self.peer) = (world, peer)
        var dice = stream(world.seed, .reader, peer.number)
        let pin = Self.digits(4, &dice)
        code = Self.digits(8, &dice)
        isFed = dice.chance(1, in: 3)
        watch = EKeyWatch(pin: pin, unblock: code)
        fam = Fam(isBad: isBad, key: world.craft.tools("fam \(peer.number)").keys.identity)
        self.dice = dice
    }

    static func digits(_ count: Int, _ dice: inout Dice) -> [UInt8] {
        (0..<count).map { _ in 0x30 + UInt8(dice.below(10)) }
    }

    // MARK: Its life

    /// It begins, from what is on its disk.
    func begin() throws(EKeyFailure) {
        let inside = try WorldInside(self)
        (self.inside, control) = (inside, Control(inside))
        watch.begins(pin: inside.tries(left: .pin), unblock: inside.tries(left: .unblock))
    }

    /// Its power is gone, or its process ends.
    func end() {
        (control, inside) = (nil, nil)
        watch.powerIsGone()
    }

    // MARK: The line

    var isOn: Bool { control != nil && peer.node != nil && !peer.isDead }

    func lineBegins(_ line: Line) {
        control?.reset()
        watch.lineBegins(isPaired: line.isPaired)
    }

    func lineEnds() {
        control?.reset()
        watch.lineEnds()
        if !cable.isIn { world.cableIsOut(self) }
    }

    func readerRests() {
        guard !cable.isIn, backAt <= world.now else { return }
        cable.plug()
    }

    func hear(_ message: [UInt8]) -> [UInt8]? {
        guard let control else { return nil }
        watch.hears(message)
        let answer = control.take(message, at: world.now)
        if peer.isDead || control.failure != nil {
            if peer.node != nil { world.fall(peer) }
            world.judge(self)
            return nil
        }
        if let answer { watch.says(answer, at: world.now) }
        world.judge(self)
        return answer
    }
}

/// What an eKey of a world has inside: the node that ships, the codes and readers on the disk that
/// the node's journal is on, and a relay in place of the air.
final class WorldInside: Inside {
    private unowned let world: World
    private unowned let peer: Peer
    private unowned let eKey: EKeyPeer
    private var codes: [Secret: Passcode] = [:]
    private var record = EKeyRecord()
    private var tidings = Tidings()
    private(set) var pressing = Button()
    /// What the node has sent, until a reader takes it.
    private var outgoing: [Carried] = []

    init(_ eKey: EKeyPeer) throws(EKeyFailure) {
        (world, peer, self.eKey) = (eKey.world, eKey.peer, eKey)
        for secret in [Secret.pin, .unblock] {
            codes[secret] = try read(secret.path).flatMap { try? Passcode(wireBytes: $0) }
        }
        if let bytes = try read(Self.record), let known = try? EKeyRecord(wireBytes: bytes) {
            record = known
        }
        let least = world.scenario.button
        record.button = least > 0 ? Office.amount(least) : nil
    }

    private static let record = "/home/ekey"

    private func read(_ path: String) throws(EKeyFailure) -> [UInt8]? {
        do {
            return try peer.disk.contents(of: path)
        } catch {
            throw EKeyFailure("a file cannot be read")
        }
    }

    private func write(_ bytes: [UInt8], _ path: String) throws(EKeyFailure) {
        do {
            try peer.disk.replace(path, with: bytes)
        } catch {
            throw EKeyFailure("a file cannot be written")
        }
        guard !peer.isDead else { throw EKeyFailure("the power is gone") }
    }

    var identity: Key { peer.key }
    var device: DeviceClass { .emulated }
    var version: String { "of a world" }

    // MARK: Codes

    func tries(left code: Secret) -> UInt64? { codes[code]?.left }

    func check(_ code: Secret, _ digits: [UInt8]) throws(EKeyFailure) -> Bool {
        guard var known = codes[code] else { return false }
        let stretched = Self.stretched(digits, known.salt)
        let isRight = try known.check(stretched, tries: code.tries) { one throws(EKeyFailure) in
            try keep(one, code)
        }
        return isRight
    }

    private func keep(_ one: Passcode, _ code: Secret) throws(EKeyFailure) {
        try write(one.wireBytes, code.path)
        codes[code] = one
        eKey.watch.kept(code, one.left)
    }

    /// Costs nothing, as little else of a world's cryptography does.
    private static func stretched(_ digits: [UInt8], _ salt: [UInt8]) -> [UInt8] {
        Digest.hash(Digest.Domain("sim pin"), digits + salt).bytes.array
    }

    func couldBePIN(_ digits: [UInt8]) -> Bool { Passcode.fits(digits) }

    func set(pin digits: [UInt8]) throws(EKeyFailure) { try set(.pin, digits) }

    func set(_ code: Secret, _ digits: [UInt8]) throws(EKeyFailure) {
        let salt = chance(Passcode.saltBytes)
        let stretched = Self.stretched(digits, salt)
        try keep(Passcode(salt: salt, stretched: stretched, tries: code.tries), code)
    }

    // MARK: Keys

    func sign(_ hash: Hash) -> Signature { peer.tools.keys.identity.sign(hash) }

    func isSigned(_ hash: Hash, by key: Key, with signature: Signature) -> Bool {
        world.craft.isSigned(hash, key, signature)
    }

    func chance(_ count: Int) -> [UInt8] { eKey.dice.bytes(count) }

    var readers: [Paired] { record.readers }

    func keep(_ readers: [Paired]) throws(EKeyFailure) {
        record.readers = readers
        try write(record.wireBytes, Self.record)
    }

    // MARK: The bank

    // It is enrolled before the world begins, and no bank writes to it there.
    var stage: Stage { .enrolled }
    var sealingKey: SealingKey { peer.tools.sealing }
    var root: Key? { nil }
    var now: Moment { peer.time(world.now).moment }
    var loaded: Loaded { record.loaded }
    var button: Amount? { record.button }
    var pinAbove: Amount? { nil }

    func keep(_ loaded: Loaded) throws(EKeyFailure) {
        record.loaded = loaded
        try write(record.wireBytes, Self.record)
    }

    func open(_ letter: EKeyLetter) -> SignedObject? { nil }
    func chain(_ by: Signatory) -> (root: Key, office: Key)? { nil }

    // MARK: The wallet

    func right(toAsk question: [UInt8]) -> Right? { world.asking(question)?.right }

    func ask(_ question: [UInt8]) throws(EKeyFailure) -> [UInt8]? {
        guard let asking = world.asking(question) else { return nil }
        eKey.watch.asked(asking.right, at: world.now)
        var wish: Wish?
        switch asking {
        case .pending: tidings.add((peer.node?.wallet.standings ?? []).map(News.standing))
        case .wish(let other): wish = other
        case .accept(let payment, let share, let pin):
            guard mayGo(payment) else { return nil }
            if let pin, try !isPIN(pin) { return [] }
            pressing.isUsed(for: payment)
            wish = .answer(payment, .accept(share: share, knowsPIN: pin != nil))
        }
        if let wish { world.hand(peer, .wish(wish)) }
        try isThere()
        return world.number(tidings.told(true))
    }

    private func mayGo(_ payment: PaymentID) -> Bool {
        let standing = peer.node?.wallet.standings.first { $0.payment == payment }
        switch pressing.verdict(payment, standing, from: record.button) {
        case .mayGo: return true
        case .notYet(let isNew):
            if isNew { world.show(eKey, payment) }
            return false
        }
    }

    private func isPIN(_ digits: [UInt8]) throws(EKeyFailure) -> Bool {
        eKey.watch.isAsked(with: digits)
        let isRight = try check(.pin, digits)
        eKey.watch.answersQuestion(isRight: isRight)
        return isRight
    }

    /// Whoever holds it has pressed its button for that one, or does not want to pay it.
    func press(for payment: PaymentID) { pressing.press(for: payment) }

    func decline(_ payment: PaymentID) {
        guard pressing.decline(payment) else { return }
        world.hand(peer, .wish(.answer(payment, .refuse)))
    }

    /// Fails when what it was told to do was its end.
    private func isThere() throws(EKeyFailure) {
        guard eKey.inside === self, peer.node != nil, !peer.isDead else {
            throw EKeyFailure("the power is gone")
        }
    }

    func exchange(_ incoming: Incoming, telling: Bool) throws(EKeyFailure) -> Outgoing {
        eKey.watch.exchanged(at: world.now)
        for one in incoming.datagrams {
            guard let address = one.address else { continue }
            world.bring(one.datagram, from: address, to: peer)
            try isThere()
        }
        var answer = Outgoing()
        answer.datagrams = Array(outgoing.prefix(Outgoing.most))
        outgoing = []
        answer.patience = world.patience(of: peer)
        let news = tidings.told(telling)
        if !news.isEmpty {
            eKey.watch.told(at: world.now)
            answer.news = [world.number(news)]
        }
        return answer
    }

    /// What its node sends; nothing goes anywhere before a reader takes it.
    func send(_ datagram: [UInt8], to address: Address?) -> Bool {
        guard outgoing.count < Outgoing.most else { return false }
        outgoing.append(Carried(datagram, address))
        return true
    }

    func happened(_ news: News) {
        tidings.add([news])
        pressing.heed([news])
    }

    var isEmpty: Bool { false }
    /// Nobody does that in a world: there is always money.
    func destroy() throws(EKeyFailure) { throw EKeyFailure("an eKey with money is destroyed") }

    // MARK: Looking after itself

    func inspect() -> [Finding] { [Finding("codes", isGood: codes.count == 2)] }
    var events: [Happening] { record.events }

    func note(_ event: String) {
        record.note(event, at: peer.time(world.now).moment)
        // A log that cannot be written stops nobody's payment.
        try? write(record.wireBytes, Self.record)
    }
}

extension Secret {
    fileprivate var tries: UInt64 {
        switch self {
        case .pin: Passcode.pinTries
        case .unblock: Passcode.triesAtMost
        }
    }

    fileprivate var path: String {
        switch self {
        case .pin: "/home/pin"
        case .unblock: "/home/unblock"
        }
    }
}

/// What carries an eKey's datagrams as far as its reader.
final class RelayAir: Air {
    private unowned let world: World
    private unowned let peer: Peer

    init(_ world: World, _ peer: Peer) { (self.world, self.peer) = (world, peer) }

    func send(_ datagram: [UInt8], to address: Address) -> Bool { put(datagram, address) }
    func broadcast(_ datagram: [UInt8]) { _ = put(datagram, nil) }

    private func put(_ datagram: [UInt8], _ address: Address?) -> Bool {
        // One more place where the power may go: before this message leaves.
        world.point(peer, .send)
        guard !peer.isDead, let inside = peer.eKey?.inside else { return false }
        return inside.send(datagram, to: address)
    }
}
