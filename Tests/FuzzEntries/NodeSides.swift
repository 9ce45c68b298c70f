import Commit
import Disks
import Journal
import JournalTrials
import Money
import Node
import StandIns
import Wallet
import Wire
import Words

// Who meets in the node's fuzz entry: two wallets with their nodes, one of which lives on a real
// journal, and the office that gave them what they have.

func wanted<Value>(_ value: Value?, _ what: String) -> Value {
    guard let value else { preconditionFailure(what) }
    return value
}

/// The office: it certifies, opens windows and issues one stick, all before anything begins.
struct FuzzOffice {
    static let asset = wanted(Asset(code: "EUR", scale: 2), "an asset")
    static let now = wanted(Moment(20_000 * 86_400), "a moment")
    static let units = wanted(Amount(10_000), "an amount")

    private let root = StandInSigner("root")
    private let signer = StandInSigner("office")

    private func certify(_ name: String, by issuer: StandInSigner, _ role: Role) -> Certified {
        let holder = StandInSigner(name)
        let certificate = Certificate(
            key: holder.key,
            sealingKey: StandInKeys(name).sealing,
            issuer: issuer.key,
            serial: Salt(high: 1 << 62, low: UInt64(name.utf8.count)),
            roles: [role],
            device: .software,
            notBefore: wanted(Moment(0), "a moment"),
            notAfter: wanted(Moment(40_000 * 86_400), "a moment")
        )
        return Certified(
            key: holder.key,
            issuer: issuer.key,
            der: StandInCertificate(certificate, by: issuer).wireBytes
        )
    }

    func owner(_ name: String) -> Wallet.Owner {
        Wallet.Owner(
            key: StandInSigner(name).key,
            root: root.key,
            epoch: .first,
            certificates: [
                certify(name, by: signer, .wallet), certify("office", by: root, .office),
            ],
            name: nil
        )
    }

    /// What opens a wallet, and gives it its money if it is to have any.
    func gifts(_ owner: Wallet.Owner, isRich: Bool) -> [Wish] {
        let papers = owner.certificates.map(\.der)
        let terms = Window.Terms(
            epoch: .first,
            asset: Self.asset,
            device: .software,
            largest: Self.units,
            ceiling: .largest,
            guarantee: .zero,
            firstCounter: 0,
            notBefore: wanted(Moment(0), "a moment"),
            notAfter: wanted(Moment(40_000 * 86_400), "a moment"),
            issued: Self.now
        )
        let window = Window.object(office: signer.key, holder: owner.key, terms)
        let opened = wanted(try? Window(reading: .signed(window, by: signer)), "a window")
        guard isRich else { return [.open(opened, certificates: papers)] }
        let stick = Stick.object(
            office: signer.key,
            owner: owner.key,
            request: Hash(Bytes32(repeating: 1)),
            asset: Self.asset,
            units: Self.units,
            spendUntil: wanted(Self.now.day.advanced(by: 30), "a day"),
            settleUntil: wanted(Self.now.day.advanced(by: 60), "a day"),
            issued: Self.now
        )
        let charged = wanted(try? Stick(reading: .signed(stick, by: signer)), "a stick")
        return [
            .open(opened, certificates: papers), .charge(charged, certificates: papers),
        ]
    }
}

/// One wallet's node, its disk, and what it has sent since somebody looked.
final class FuzzSide {
    let name: String
    let address: Address
    private(set) var node: Node
    private var disk: FaultyDisk
    private let air: SentAir
    private var desk: HeardDesk
    private var lives: UInt64
    private var verified = Verified()

    /// Opens a home as it lies on this disk.
    init(_ name: String, _ image: Image, at number: UInt8, _ time: Time) {
        self.name = name
        address = wanted(Address([number]), "one byte is short")
        (disk, air, lives) = (FaultyDisk(image, seed: 1), SentAir(), UInt64(number))
        desk = HeardDesk(name)
        node = Self.boot(name, disk, air, desk, lives, time)
    }

    private static func boot(
        _ name: String,
        _ disk: FaultyDisk,
        _ air: SentAir,
        _ desk: HeardDesk,
        _ life: UInt64,
        _ time: Time
    ) -> Node {
        do throws(JournalError) {
            let (log, recovered) = try open(disk, life)
            precondition(recovered.finding == nil, "a disk that lost nothing is the newest")
            let wallet: Wallet?
            do { wallet = try Wallet(recovering: recovered, at: time) } catch {
                preconditionFailure("rows of its own making contradict each other: \(error)")
            }
            let node = Node(
                wanted(wallet, "a home has a wallet"),
                log: log,
                air: air,
                keys: StandInKeys(name),
                desk: desk,
                chance: SeededChance(seed: life)
            )
            node.resume(at: time)
            return node
        } catch {
            preconditionFailure("a sound disk failed: \(error)")
        }
    }

    private static func open(
        _ disk: FaultyDisk,
        _ seed: UInt64
    ) throws(JournalError) -> (JournalLog, Recovered) {
        try JournalLog.open(
            Disk(system: disk.system, folder: JournalTrials.Home.folder),
            hiding: Veil(seed: 1),
            chance: Dice(seed: seed),
            settings: JournalTrials.Home.small
        )
    }

    /// A home that was just made, with what the office gave.
    static func founded(_ name: String, isRich: Bool, _ time: Time) -> Image {
        let office = FuzzOffice()
        let owner = office.owner(name)
        let disk = FaultyDisk(seed: 1)
        do {
            let (log, _) = try open(disk, 1)
            try log.keep([Wallet.founded(owner).1])
            try log.journal.close()
        } catch {
            preconditionFailure("a sound disk failed: \(error)")
        }
        let side = FuzzSide(name, disk.image(), at: 0, time)
        for wish in office.gifts(owner, isRich: isRich) {
            side.take(.wish(wish), at: time)
            side.check(all: true, at: time)
        }
        side.node.settle()
        return side.disk.image()
    }

    /// The power goes, and comes back: what was not synced is lost.
    func restart(at time: Time) {
        lives += 256
        // All that is unsynced is lost: nothing is left to be drawn.
        var dice = Dice(seed: lives)
        disk = FaultyDisk(disk.crash(.lost, &dice), seed: lives)
        desk = HeardDesk(name)
        _ = air.taken()
        node = Self.boot(name, disk, air, desk, lives, time)
    }

    /// One input, with all that it orders.
    func take(_ input: Node.Input, at time: Time) {
        node.take(input, at: time)
        node.flush(at: time)
    }

    /// Gives verdicts on what waits for one: all of it, or what was ordered last.
    func check(all: Bool, at time: Time) {
        var jobs = node.takeJobs()[...]
        while let (number, job) = all ? jobs.popFirst() : jobs.popLast() {
            take(.checked(number, job.run(StandInChecking(), &verified)), at: time)
            jobs += node.takeJobs()
        }
    }

    func sent() -> [SentAir.Sent] { air.taken() }
    func said() -> [SignedObject] { desk.taken() }

    func balance(at time: Time) -> Balance {
        node.wallet.balance(FuzzOffice.asset, at: time.moment)
    }
}

/// Keeps what was sent, for the script to carry or to lose.
final class SentAir: Air {
    struct Sent {
        let bytes: [UInt8]
        /// nil is to everybody.
        let to: Address?
    }

    private var all: [Sent] = []

    func send(_ datagram: [UInt8], to address: Address) -> Bool {
        all.append(Sent(bytes: datagram, to: address))
        return true
    }

    func broadcast(_ datagram: [UInt8]) { all.append(Sent(bytes: datagram, to: nil)) }

    func taken() -> [Sent] {
        defer { all = [] }
        return all
    }
}

/// A stand-in desk that remembers what was sealed.
final class HeardDesk: Desk {
    private let desk: StandInDesk
    private var heard: [SignedObject] = []

    init(_ name: String) {
        desk = StandInDesk(
            identity: StandInSigner(name).key,
            sealing: [StandInKeys(name).sealing]
        )
    }

    func seal(
        _ message: SignedObject,
        hash: Hash,
        on way: Way,
        isFirst: Bool,
        chance: inout any Chance
    ) throws(EnvelopeFault) -> [[UInt8]] {
        heard.append(message)
        return try desk.seal(message, hash: hash, on: way, isFirst: isFirst, chance: &chance)
    }

    func taken() -> [SignedObject] {
        defer { heard = [] }
        return heard
    }

    func announce(chance: inout any Chance) -> SealingKey { desk.announce(chance: &chance) }
    func withdraw(_ key: SealingKey) { desk.withdraw(key) }
    func begin(to key: SealingKey, chance: inout any Chance) -> Way? {
        desk.begin(to: key, chance: &chance)
    }
    func admit(_ receiver: Key) { desk.admit(receiver) }
    func dismiss(_ receiver: Key) { desk.dismiss(receiver) }
    func open(_ datagram: [UInt8]) throws(EnvelopeFault) -> Opened { try desk.open(datagram) }
    func listen(_ way: Way) { desk.listen(way) }
    func forget(_ way: Way) { desk.forget(way) }
}
