import Books
import Disks
import Journal
import JournalTrials
import Money
import Node
import Wallet
import Wire
import Words

/// One home in the world: its disk, its node while it runs, and what its person sees.
final class Peer {
    let number: Int
    let tools: PeerTools
    /// The meter beside it, if it has one.
    let meter: MeterSeat?
    /// Its books, if it is the office.
    let bureau: Bureau?
    /// What its node writes to, while it is up; for what a person looks up there.
    var journal: JournalLog?
    let address: Address
    let key: Key
    let settings: Settings
    var disk: FaultyDisk
    /// Where the office has its books a second time.
    var second: FaultyDisk?
    /// nil while it is down.
    var node: Node?
    /// Grows whenever the node starts or ends: what was meant for an earlier one is let go.
    var life = 0
    /// When its present life began: its own ticks count from there.
    var bootedAt: UInt64 = 0
    /// How far its wall clock is from the world's, in seconds.
    var skew: Int64 = 0
    var verified = Verified()
    /// Chance of what befalls this home alone.
    var dice: Dice
    var disks: Dice

    // What is about to befall it.
    /// How many more writes, sends and deliveries until it stops; nil when it does not.
    var fuse: Int?
    var ending = TraceEvent.Crash.powerCut
    /// What its next power cut leaves, when that is chosen and not drawn.
    var leaves: Aftermath?
    /// From the opening of its disk until it has gone on with what was under way.
    var isRecovering = false
    var isDead = false
    /// What its end left of its disk.
    var remains: FaultyDisk?
    var secondRemains: FaultyDisk?
    /// Which of its two disks is not to be relied on, until its books were copied from the other.
    var illDisk: Copy?
    /// Of both disks, as they were once.
    var copies: [Image]?
    /// Its journal is to be made anew, or is an older one.
    var oldJournal: OldJournal?
    /// The group that was being written when it ended.
    var inFlight: [Step]?
    /// A disk that fails on purpose, so that a fault is no surprise.
    var mayFail = false
    var pausedUntil: UInt64 = 0
    var refusesSendsUntil: UInt64 = 0
    /// How it was given back an older state, until it has gone on from that.
    var old: Old?
    var backup: Backup?
    /// It is lost for good; and it has begun, which a spare one does when another is lost.
    var (isLost, hasBegun) = (false, false)
    /// What it had signed when it was lost.
    var lastGood: UInt64 = 0
    /// How often it was put back since its office opened an epoch for it.
    var putBack = 0
    /// What its office gave it, while that may be somebody's who keeps to no rule.
    var papers: Crook.Papers?
    /// What it has become, when it keeps to no rule.
    var crook: Crook?
    /// What is around its node, when it is an eKey.
    var eKey: EKeyPeer?
    /// Until when checks of its are under way.
    var busyUntil: UInt64 = 0

    enum Old {
        /// Its journal will say so.
        case underItsHead
        /// Nothing of its own can tell.
        case whole
        /// A copy, after the home itself was lost: its person knows.
        case copy
    }

    enum OldJournal { case gone, older }

    /// The disks of its books.
    var bookDisks: [FaultyDisk] { [disk] + (second.map { [$0] } ?? []) }

    /// A copy from before a bit of its files changed.
    var sound: Image?
    var isNamed = false

    /// A copy of its disk, with any bit that had changed by then.
    struct Backup {
        let image: Image
        let sound: Image?
    }

    // What is still to be done for it.
    var wakeAt: UInt64?
    var settles = false
    var flushes = false
    var dropped = 0

    // What its person sees.
    var screen: UInt64?
    var purchases = 0
    /// The sales for which its person has called and picked nobody yet.
    var calling: [Int] = []
    var answered: Set<PaymentID> = []

    /// The visit that is being begun this very moment.
    var begins: Int?

    // What its person wants, and has said.
    var picks: [Key] = []
    /// What may have gone to them in all, and what has.
    var allowed: UInt64 = 0
    var spent: UInt64 = 0
    /// What it said yes to by itself, and has not agreed to yet.
    var automatic: Set<PaymentID> = []
    var forgot: Set<PaymentID> = []
    var pins: Set<PaymentID> = []
    var consented: Set<PaymentID> = []

    init(
        _ number: Int,
        seed: UInt64,
        _ craft: any Craft,
        _ journals: World.Journals,
        of asset: Asset = Office.euro,
        isOffice: Bool = false,
        hasMeter: Bool = false,
        disks count: Int = 1
    ) {
        self.number = number
        tools = isOffice ? craft.officeTools : craft.tools("peer \(number)")
        bureau = isOffice ? Bureau(craft, tools, asset) : nil
        meter = hasMeter ? MeterSeat(asset, stream(seed, .meter, number)) : nil
        key = tools.key
        address = Self.address(number)
        settings = Self.settings(seed: seed, number, journals)
        dice = stream(seed, .home, number)
        disks = stream(seed, .disk, number)
        disk = FaultyDisk(seed: 0)
        disk = FaultyDisk(seed: disks.next())
        if count > 1 { second = FaultyDisk(seed: disks.next()) }
    }

    static func address(_ number: Int) -> Address {
        let bytes = [UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number)]
        guard let address = Address(bytes) else { preconditionFailure("two bytes are short") }
        return address
    }

    static func number(_ address: Address) -> Int {
        guard address.bytes.count == 2 else { return -1 }
        return Int(address.bytes[0]) << 8 | Int(address.bytes[1])
    }

    func time(_ now: UInt64) -> Time {
        let seconds = Int64(Office.dawn.seconds) + Int64(now / 1_000) + skew
        return Time(
            ticks: Ticks(milliseconds: now - bootedAt),
            moment: Office.moment(UInt64(max(0, seconds)))
        )
    }

    private static func settings(
        seed: UInt64,
        _ number: Int,
        _ journals: World.Journals
    ) -> Settings {
        var dice = stream(seed, .journal, number)
        var settings = Home.small
        switch journals {
        case .drawn:
            settings.checkpointFrames = [24, 96, 384][dice.below(3)]
            settings.recordsPerLaying = [3, 12, 48, 192][dice.below(4)]
        case .busy: (settings.checkpointFrames, settings.recordsPerLaying) = (8, 3)
        case .shipped: settings = Settings()
        }
        #if Planted
        if Plant.synchronousNormal.isHere { settings.synchronous = .normal }
        #endif
        return settings
    }
}
