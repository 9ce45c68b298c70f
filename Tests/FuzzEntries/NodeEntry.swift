import Commit
import Disks
import Money
import Node
import StandIns
import Wallet
import Wire
import Words

/// Two wallets meet, and the bytes say what befalls their nodes: what arrives, what is lost,
/// comes twice or was forged, when checks end, when time passes, when the power goes.
///
/// The nodes are the ones that ship, each over the real journal on a disk in memory; the first
/// byte says how far a payment is when it begins. After every step no money is made or lost,
/// nothing that a stranger made is answered with more than it brought, and what waits is bounded;
/// in the end all is healed, and nothing may be left in doubt.
package func fuzzNode(_ bytes: [UInt8]) {
    var encounter = Encounter(bytes)
    encounter.run()
}

/// Homes as they are before anything is sold.
private struct Founded: Sendable {
    let ada: Image
    let bob: Image
    static let time = Time(ticks: Ticks(milliseconds: 0), moment: FuzzOffice.now)
    static let shared = Founded(
        ada: FuzzSide.founded("ada", isRich: true, time),
        bob: FuzzSide.founded("bob", isRich: false, time)
    )
}

private struct Encounter {
    private var script: ArraySlice<UInt8>
    private let ada: FuzzSide
    private let bob: FuzzSide
    private var time = Founded.time
    /// What is on its way, to whom: the oldest is lost when there is too much of it.
    private var parcels: [(bytes: [UInt8], to: FuzzSide, from: Address)] = []
    /// What was ever sent and said, as far as strangers remember it.
    private var past: [[UInt8]] = []
    private var said: [SignedObject] = []
    private var here: Hash?
    private var payments: [PaymentID] = []
    private var steps = 0

    private static let stranger = wanted(Address([99]), "one byte is short")
    private static let most = 64
    private static let stepsAtMost = 400

    init(_ bytes: [UInt8]) {
        script = bytes[...]
        ada = FuzzSide("ada", Founded.shared.ada, at: 1, time)
        bob = FuzzSide("bob", Founded.shared.bob, at: 2, time)
    }

    mutating func run() {
        begin(as: next() ?? 0)
        while steps < Self.stepsAtMost, let choice = next() {
            steps += 1
            step(choice)
            look()
        }
        heal()
    }

    private mutating func next() -> UInt8? { script.popFirst() }

    private mutating func take(_ count: Int) -> [UInt8] {
        defer { script = script.dropFirst(count) }
        return Array(script.prefix(count))
    }

    private func side(_ choice: UInt8) -> FuzzSide { choice & 1 == 0 ? ada : bob }

    // MARK: A payment

    /// Buyer mode, a call, an offer and a yes, as far as the number says.
    private mutating func begin(as phase: UInt8) {
        tell(ada, .wish(.listen(true)))
        guard phase % 8 > 0 else { return }
        tell(bob, .wish(.call))
        deliver(all: true)
        guard phase % 8 > 1 else { return }
        offer(UInt8(phase / 8))
        guard phase % 8 > 2 else { return }
        deliver(all: true)
        accept()
        // ACCEPT, COMMIT-REQUEST, AGREED, COMMIT: so many of them arrive.
        for _ in 3..<phase % 8 {
            deliver(all: false)
            check()
        }
        look()
    }

    private mutating func offer(_ amount: UInt8) {
        guard let here, let amount = Amount(UInt64(amount) + 1), let memo = Text("tea") else {
            return
        }
        let terms = Terms(asset: FuzzOffice.asset, amount: amount, memo: memo)
        tell(bob, .wish(.offer(terms, to: here)))
    }

    private mutating func accept() {
        guard let payment = payments.last else { return }
        tell(ada, .wish(.answer(payment, .accept(share: [], knowsPIN: false))))
    }

    // MARK: Steps

    private mutating func step(_ choice: UInt8) {
        switch choice % 16 {
        case 0, 1: deliver(all: false)
        case 2: if !parcels.isEmpty { parcels.removeFirst() }
        case 3: if parcels.count > 1 { parcels.swapAt(0, parcels.count - 1) }
        case 4: replay(to: side(choice / 16))
        case 5: corrupt(to: side(choice / 16))
        case 6: forge(to: side(choice / 16))
        case 7: garbage(to: side(choice / 16))
        case 8: strangersCall(to: side(choice / 16))
        case 9: pass(UInt64(next() ?? 1) * UInt64(next() ?? 1))
        case 10: checkOne(side(choice / 16), all: choice & 32 == 0)
        case 11: power(side(choice / 16))
        case 12: side(choice / 16).node.settle()
        case 13: offer(next() ?? 0)
        case 14: accept()
        case _: change(mind: next() ?? 0)
        }
    }

    /// One input; what comes of it is on its way.
    private mutating func tell(_ side: FuzzSide, _ input: Node.Input) {
        side.take(input, at: time)
        collect(side)
    }

    private mutating func collect(_ side: FuzzSide) {
        for one in side.sent() {
            if past.count < 256 { past.append(one.bytes) }
            for to in [ada, bob] where to !== side && (one.to == nil || one.to == to.address) {
                parcels.append((one.bytes, to, side.address))
            }
        }
        if parcels.count > Self.most { parcels.removeFirst(parcels.count - Self.most) }
        for one in side.said() where said.count < 64 { said.append(one) }
        for one in side.node.takeNews() {
            if case .here(_, let name, _) = one { here = name }
            if case .standing(let standing) = one, !payments.contains(standing.payment) {
                payments.append(standing.payment)
            }
        }
    }

    private mutating func deliver(all: Bool) {
        var left = all ? Self.most : 1
        while left > 0, !parcels.isEmpty {
            left -= 1
            let (bytes, to, from) = parcels.removeFirst()
            tell(to, .datagram(bytes, from: from))
            if all { check() }
        }
    }

    private mutating func check() {
        for side in [ada, bob] { checkOne(side, all: true) }
    }

    private mutating func checkOne(_ side: FuzzSide, all: Bool) {
        side.check(all: all, at: time)
        collect(side)
    }

    private mutating func pass(_ milliseconds: UInt64) {
        time.ticks = time.ticks.advanced(by: milliseconds)
        for side in [ada, bob] { tell(side, .tick) }
    }

    private mutating func power(_ side: FuzzSide) {
        side.restart(at: time)
        collect(side)
    }

    private mutating func change(mind: UInt8) {
        guard let payment = payments.isEmpty ? nil : payments[Int(mind / 4) % payments.count] else {
            return
        }
        switch mind % 4 {
        case 0: tell(ada, .wish(.answer(payment, .refuse)))
        case 1: tell(bob, .wish(.cancel(payment)))
        case 2: tell(ada, .wish(.cancel(payment)))
        case _: tell(bob, .wish(.call))
        }
    }

    // MARK: Strangers

    /// Something that was sent before, from somewhere else.
    private mutating func replay(to side: FuzzSide) {
        guard let old = pick(past) else { return }
        tell(side, .datagram(old, from: Self.stranger))
    }

    private mutating func pick<Value>(_ all: [Value]) -> Value? {
        guard let number = next(), !all.isEmpty else { return nil }
        return all[Int(number) % all.count]
    }

    /// Something that was sent before, with one byte of it changed.
    private mutating func corrupt(to side: FuzzSide) {
        guard var old = pick(past) else { return }
        let (at, change) = (Int(next() ?? 0) << 8 | Int(next() ?? 0), next() ?? 1)
        old[at % old.count] ^= max(1, change)
        tellUnasked(side, old)
    }

    /// A message that was said before, changed, and sealed anew by whoever did that.
    private mutating func forge(to side: FuzzSide) {
        guard let old = pick(said) else { return }
        // What waits for a check is not this message's doing.
        check()
        var bytes = old.wireBytes
        let (at, change) = (Int(next() ?? 0) << 8 | Int(next() ?? 0), next() ?? 1)
        bytes[at % bytes.count] ^= max(1, change)
        guard let forged = try? SignedObject(wireBytes: bytes) else { return }
        let desk = StandInDesk(identity: StandInSigner("mallory").key, sealing: [])
        var chance: any Chance = SeededChance(seed: UInt64(steps))
        let to = StandInKeys(side.name).sealing
        guard let way = desk.begin(to: to, chance: &chance),
            let sealed = try? desk.seal(
                forged,
                hash: forged.object.hash,
                on: way,
                isFirst: true,
                chance: &chance
            )
        else { return }
        for datagram in sealed { tellUnasked(side, datagram) }
        // What its signature does not bear out has no effect after its check either.
        let before = side.balance(at: time)
        side.check(all: true, at: time)
        precondition(side.balance(at: time) == before, "a forged message moved money")
        collect(side)
    }

    private mutating func garbage(to side: FuzzSide) {
        tellUnasked(side, take(Int(next() ?? 0)))
    }

    /// A look-up as it ought to be, by somebody nobody knows.
    private mutating func strangersCall(to side: FuzzSide) {
        let drawn = take(2)
        let lookup = Lookup(
            sealingKey: SealingKey(Bytes32(repeating: drawn.first ?? 1)),
            promise: Hash(Bytes32(repeating: drawn.last ?? 1))
        )
        tellUnasked(side, lookup.datagram)
    }

    /// What nobody with a key has made: it is not answered with more than it brought.
    private mutating func tellUnasked(_ side: FuzzSide, _ datagram: [UInt8]) {
        let before = side.node.dropped
        side.take(.datagram(datagram, from: Self.stranger), at: time)
        let sent = side.sent()
        let bytes = sent.reduce(0) { $0 + $1.bytes.count }
        precondition(bytes <= datagram.count, "a stranger is answered with more than he brought")
        precondition(side.node.dropped == before || sent.isEmpty, "what is dropped is answered")
        collect(side)
    }

    // MARK: What must be true

    private func look() {
        let (buyer, seller) = (ada.balance(at: time), bob.balance(at: time))
        let held = Dictionary(
            uniqueKeysWithValues: ada.node.wallet.standings
                .filter { $0.side == .buyer && $0.word == .held }
                .map { ($0.payment, $0.about.amount) }
        )
        let both = bob.node.wallet.standings
            .filter { $0.side == .seller && $0.word == .paid }
            .compactMap { held[$0.payment] }
        let all = Amount.sum([buyer.available, buyer.held, seller.available, seller.held])
        let issued = Amount.sum([FuzzOffice.units] + both)
        precondition(all == issued, "money was made or lost: \(all as Any), not \(issued as Any)")
        for side in [ada, bob] {
            precondition(side.node.fault == nil, "a sound disk failed")
            precondition(side.node.wallet.life == .live, "an honest wallet turned inert")
            precondition(side.node.jobs.count <= Limits.checksAtOnce, "checks pile up")
            let open = side.node.wallet.standings.count { $0.word == .offered }
            precondition(open <= 2 * Limits.offersAtOnce, "offers pile up")
        }
    }

    /// Nothing is lost any more, and time passes: every payment comes to its end.
    private mutating func heal() {
        for round in 0..<Self.roundsAtMost {
            check()
            deliver(all: true)
            look()
            let wakes = [ada, bob].compactMap(\.node.nextWake)
            guard let soonest = wakes.min() else { break }
            precondition(round + 1 < Self.roundsAtMost, "nodes that hear each other find no end")
            time.ticks = max(time.ticks, soonest)
            for side in [ada, bob] { tell(side, .tick) }
        }
        let open = ada.node.wallet.standings + bob.node.wallet.standings
        precondition(
            open.allSatisfy { $0.word == .offered },
            "a payment was left in doubt: \(open.map(\.word))"
        )
        precondition(ada.balance(at: time).held == .zero, "money is held with nobody to decide")
    }

    private static let roundsAtMost = 4_096
}
