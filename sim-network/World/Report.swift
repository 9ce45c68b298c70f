package import Oracle
import Wallet

/// What must not be and was, with the seed that shows it again.
package struct Breach: Hashable, Sendable, CustomStringConvertible {
    /// The oracle's invariants by their names, and what only the world itself sees.
    package enum Name: String, Hashable, Sendable {
        /// A journal does not open, or names damage where there was a power cut.
        case journal
        /// Something is still in doubt or locked long after everything was healed.
        case liveness
        /// An office's books do not open, or do not take what its counter granted.
        case books
        /// An office refuses what nobody honest is refused.
        case counter
        /// A meter has served what it did not count, or not all that it could.
        case meter
        /// A device did what its person had not said.
        case policy
        /// An eKey does something without its PIN, or says more of it than may be.
        case pin
        /// An eKey pays what its holder did not say.
        case holder
        /// An eKey does again what was asked of it once.
        case askedOnce = "asked-once"
        /// The world could not go on as it should.
        case world
    }

    package let name: String
    package let homes: [Int]
    package let sentence: String
    package let seed: UInt64
    package let milliseconds: UInt64

    package init(
        name: String,
        homes: [Int],
        sentence: String,
        seed: UInt64,
        milliseconds: UInt64
    ) {
        (self.name, self.homes, self.sentence) = (name, homes, sentence)
        (self.seed, self.milliseconds) = (seed, milliseconds)
    }

    init(_ violation: Violation, seed: UInt64, milliseconds: UInt64) {
        self.init(
            name: violation.invariant.rawValue,
            homes: violation.homes,
            sentence: violation.description,
            seed: seed,
            milliseconds: milliseconds
        )
    }

    package var description: String {
        "seed \(seed), \(milliseconds) ms, \(name), homes \(homes): \(sentence)"
    }
}

/// How much of everything there was.
package struct Counts: Hashable, Sendable {
    package var events: UInt64 = 0
    package var sent: UInt64 = 0
    package var delivered: UInt64 = 0
    package var lost: UInt64 = 0
    package var dropped: UInt64 = 0
    package var corrupted: UInt64 = 0
    package var spoofed: UInt64 = 0
    package var replayed: UInt64 = 0
    package var cuts: UInt64 = 0
    package var strange: UInt64 = 0
    /// Groups that became durable, and the steps in them.
    package var groups: UInt64 = 0
    package var steps: UInt64 = 0
    /// Places where a process could have ended, and the ends by their kind.
    package var points: UInt64 = 0
    package var ends = [UInt64](repeating: 0, count: 6)
    package var boots: UInt64 = 0
    package var older: UInt64 = 0
    /// What thieves and liars did, by the numbers of ``Crook/Trick``.
    package var tricks = [UInt64](repeating: 0, count: Crook.Trick.allCases.count)
    package var inert: UInt64 = 0
    /// Payments as their sellers and buyers were told.
    package var sold: UInt64 = 0
    package var bought: UInt64 = 0
    package var cancelled: UInt64 = 0
    package var refused: UInt64 = 0
    /// Homes in which a bit changed, and those in which that was named.
    package var rotten: UInt64 = 0
    package var rotNamed: UInt64 = 0
    /// Times when one of the office's disks began to lie, and when one was replaced.
    package var lies: UInt64 = 0
    package var disksLost: UInt64 = 0
    /// Decisions that came by hand, and those for which somebody was in doubt.
    package var brought: UInt64 = 0
    package var broughtInDoubt: UInt64 = 0
    /// Revocations that were learnt, and offers refused because of one.
    package var learned: UInt64 = 0
    package var revoked: UInt64 = 0
    /// Offers that a device accepted by itself; those that it wanted a PIN for.
    package var automatic: UInt64 = 0
    package var pinned: UInt64 = 0
    /// Acceptances that said where to send things.
    package var details: UInt64 = 0
    /// What people had of their office: sticks, units taken back, requests to sync.
    package var charged: UInt64 = 0
    package var redeemed: UInt64 = 0
    package var synced: UInt64 = 0
    /// Groups of pulses that meters served; what they used up that was handed in.
    package var served: UInt64 = 0
    package var handedIn: UInt64 = 0
    package var renewed: UInt64 = 0
    package var lostDevices: UInt64 = 0
    /// What the office refused, and the ends of its own process.
    package var turnedDown: UInt64 = 0
    package var officeEnds: UInt64 = 0
    /// Cases that it opened, what convicts paid of what they guaranteed, and what nobody paid.
    package var cases: UInt64 = 0
    package var repaid: UInt64 = 0
    package var claims: UInt64 = 0
    /// What those who were put back lost, because nobody knew of it any more.
    package var forgotten: UInt64 = 0
    /// What befell eKeys and was done at them, by the numbers of ``ReaderAct``.
    package var readers = [UInt64](repeating: 0, count: ReaderAct.allCases.count)

    package init() {}

    /// Adds those of another run.
    package mutating func add(_ other: Counts) {
        events += other.events
        sent += other.sent
        delivered += other.delivered
        lost += other.lost
        dropped += other.dropped
        corrupted += other.corrupted
        spoofed += other.spoofed
        replayed += other.replayed
        cuts += other.cuts
        strange += other.strange
        groups += other.groups
        steps += other.steps
        points += other.points
        for index in ends.indices { ends[index] += other.ends[index] }
        boots += other.boots
        older += other.older
        for index in tricks.indices { tricks[index] += other.tricks[index] }
        inert += other.inert
        sold += other.sold
        bought += other.bought
        cancelled += other.cancelled
        refused += other.refused
        rotten += other.rotten
        rotNamed += other.rotNamed
        lies += other.lies
        disksLost += other.disksLost
        brought += other.brought
        broughtInDoubt += other.broughtInDoubt
        learned += other.learned
        revoked += other.revoked
        automatic += other.automatic
        pinned += other.pinned
        details += other.details
        charged += other.charged
        redeemed += other.redeemed
        synced += other.synced
        served += other.served
        handedIn += other.handedIn
        renewed += other.renewed
        lostDevices += other.lostDevices
        turnedDown += other.turnedDown
        officeEnds += other.officeEnds
        cases += other.cases
        repaid += other.repaid
        claims += other.claims
        forgotten += other.forgotten
        for index in readers.indices { readers[index] += other.readers[index] }
    }

    mutating func count(_ standing: PaymentStanding) {
        switch (standing.side, standing.word) {
        case (.seller, .paid): sold += 1
        case (.buyer, .paid): bought += 1
        case (_, .cancelled): cancelled += 1
        case (_, .refused): refused += 1
        case (_, .offered), (_, .held): return
        }
    }
}

/// What came of one seed.
package struct Report: Sendable {
    package let scenario: String
    package let seed: UInt64
    package let hash: UInt64
    package let breach: Breach?
    package let counts: Counts
    package let totals: Totals
    /// Payments that the buyers' disks call finished and paid, by the oracle's own count.
    package let payments: Int
    package let stranded: Int
    package let milliseconds: UInt64

    init(_ world: World) {
        (scenario, seed) = (world.scenario.name, world.seed)
        (hash, breach, counts) = (world.tracer.hash, world.breach, world.counts)
        totals = world.oracle.totals
        payments = world.sales.count { $0.isPaid }
        stranded = world.oracle.strandedPayments
        milliseconds = world.now
    }
}
