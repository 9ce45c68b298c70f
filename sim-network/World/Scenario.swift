/// What a world is made of and what may befall it: everything but the seed.
package struct Scenario: Hashable, Sendable {
    package var name: String
    /// The invariant that it strains more than the others do.
    package var strains = ""
    /// The planted bug that it finds best.
    package var finds = ""
    package var peers = 2
    package var payments = 10
    package var amounts: ClosedRange<UInt64> = 1...500
    /// How many sticks each peer is charged with at the start, and of how many units.
    package var sticks = 2
    package var units: UInt64 = 10_000
    /// Over how long the sales begin.
    package var seconds: UInt64 = 60
    package var trade = Trade.anyone
    /// In how many of a thousand cases the person says no.
    package var refusals: UInt64 = 0
    /// How often a person tries again when a sale comes to nothing.
    package var attempts = 3
    /// How many of the peers, the last ones, keep to no rule: they pay with what is not theirs,
    /// or not theirs any more.
    package var thieves = 0
    /// On how many devices each thief has one wallet, of which none knows what the others pay.
    package var clones = 1
    /// And how many say what was not agreed.
    package var liars = 0
    /// How many of the others, in thousandths, each person lets have money without being asked,
    /// and how much until he looks again.
    package var picked: UInt64 = 0
    package var limit: UInt64 = 1_000
    /// From which amount on a device asks for the PIN; 0 for none.
    package var pin: UInt64 = 0
    /// In how many of a thousand cases the seller asks where to send things.
    package var wants: UInt64 = 0
    /// Whether there is an office: then each peer has its sticks by asking for them.
    package var hasOffice = false
    /// How many of the peers, the first ones, have a meter beside them that uses units up.
    package var meters = 0
    /// On how many disks its books are.
    package var disks = 1
    /// How often somebody asks for units back into the account, and hands in what was signed.
    package var redemptions = 0
    package var syncs = 0
    /// Whether the last day of all sticks is closed in the end.
    package var settles = false
    /// How many of the peers, the first ones, are eKeys; of how many of these the reader keeps to
    /// no rule; and from which amount on they want their button pressed, 0 where there is none.
    package var eKeys = 0
    package var badReaders = 0
    package var button: UInt64 = 0
    package var faults: [Fault] = []

    package init(name: String) { self.name = name }

    /// Whether homes come back older than they were, or never.
    var returns: Bool { faults.contains { [.restore, .lost].contains($0.kind) } }

    /// How many of the peers begin when somebody's device is lost, at most.
    var spares: Int { faults.first { $0.kind == .lost }.map { Int($0.range.upperBound) } ?? 0 }

    /// Who sells to whom.
    package enum Trade: String, Hashable, Sendable, CaseIterable {
        /// Two drawn from the seed for each sale.
        case anyone
        /// The first peer buys from the second, the second from the third, with the very same
        /// units; each sale begins when the one before it is paid.
        case chain
        /// Of every two sales in the first a thief buys from somebody honest.
        case ring
    }

    /// One thing that may go wrong, and how badly.
    package struct Fault: Hashable, Sendable {
        package var kind: FaultKind
        /// Whether half of the seeds are spared.
        package var isSure: Bool
        package var range: ClosedRange<UInt64>

        package init(_ kind: FaultKind, _ range: ClosedRange<UInt64>, isSure: Bool = false) {
            (self.kind, self.isSure, self.range) = (kind, isSure, range)
        }
    }
}

/// What may go wrong: docs/SIMULATOR says of each what its number means.
package enum FaultKind: Int, Hashable, Sendable, CaseIterable {
    // Of the datagrams, in thousandths.
    case loss, duplication, corruption, replay, spoofing, cut
    /// Milliseconds that a datagram may take on top; so one may overtake another.
    case delay
    // How often in a run.
    case partition, oneWay, powerCut, kill, ioError, fullDisk, pause, clockJump
    // The system's calls: thousandths of sends that are refused, and spans in which all are.
    case refusedSend, fullQueue
    // Milliseconds: how long inputs are collected into one group, and how long a check takes.
    case group, check
    // How many datagrams a stranger sends.
    case garbage, forgery, strangeCall
    // How many homes come back older than they were, with their head and without.
    case restore, rollback
    // Of the decisions, in thousandths: how many are carried to the buyer by hand too.
    case carried
    // How many homes have a bit changed, and how many revocations go round.
    case bitRot, revocation
    // How often the office ends, besides what befalls everybody.
    case officePowerCut, officeKill
    // How many devices are lost for good.
    case lost
    // How often one of the office's two disks says that it has synced its books and has not, until
    // the power goes; has a bit changed; and is replaced, by an empty one or by what it was.
    case officeLie, officeRot, officeDiskLost
    // How often an eKey's cable comes out within its next bytes, its reader ends, and somebody has
    // it who should not.
    case unplugged, readerRestart, stolen

    /// What a scenario file calls it.
    package var name: String {
        switch self {
        case .loss: "loss"
        case .duplication: "duplication"
        case .corruption: "corruption"
        case .replay: "replay"
        case .spoofing: "spoofing"
        case .cut: "cut"
        case .delay: "delay"
        case .partition: "partition"
        case .oneWay: "one-way"
        case .powerCut: "power-cut"
        case .kill: "kill"
        case .ioError: "io-error"
        case .fullDisk: "full-disk"
        case .pause: "pause"
        case .clockJump: "clock-jump"
        case .refusedSend: "refused-send"
        case .fullQueue: "full-queue"
        case .group: "group"
        case .check: "check"
        case .garbage: "garbage"
        case .forgery: "forgery"
        case .strangeCall: "strange-call"
        case .restore: "restore"
        case .rollback: "rollback"
        case .carried: "carried"
        case .bitRot: "bit-rot"
        case .revocation: "revocation"
        case .officePowerCut: "office-power-cut"
        case .officeKill: "office-kill"
        case .lost: "lost"
        case .officeLie: "office-lie"
        case .officeRot: "office-bit-rot"
        case .officeDiskLost: "office-disk-lost"
        case .unplugged: "unplugged"
        case .readerRestart: "reader-restart"
        case .stolen: "stolen"
        }
    }

    /// What the number counts, as a scenario file says it.
    package var unit: Unit {
        switch self {
        case .loss, .duplication, .corruption, .replay, .spoofing, .cut, .refusedSend, .carried:
            .share
        case .delay, .group, .check: .milliseconds
        case .partition, .oneWay, .powerCut, .kill, .ioError, .fullDisk, .pause, .clockJump,
            .fullQueue, .garbage, .forgery, .strangeCall, .restore, .rollback,
            .bitRot, .revocation, .officePowerCut, .officeKill, .lost, .officeLie,
            .officeRot, .officeDiskLost, .unplugged, .readerRestart, .stolen:
            .times
        }
    }

    package enum Unit: String, Hashable, Sendable {
        /// Given in per cent, kept in thousandths.
        case share = "%"
        case milliseconds = "ms"
        case times = "times"
    }
}
