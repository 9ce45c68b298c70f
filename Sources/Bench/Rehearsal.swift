internal import Command
internal import Commit
internal import Money
internal import Node
internal import Sealing
internal import Station
internal import Wallet
internal import Wire
internal import Words

import struct Money.Verified
import struct Wallet.Wallet

/// Nodes of one process whose datagrams go from hand to hand: the same ones that run on a
/// network, without the network.
///
/// The bench prepares with them what it does not measure.
final class Rehearsal {
    /// Somebody there.
    final class Seat {
        let node: Node
        let address: Address
        private let checking: any Checking
        private var verified = Verified()

        fileprivate init(
            _ node: Node,
            _ address: Address,
            checking: any Checking
        ) {
            (self.node, self.address, self.checking) = (node, address, checking)
        }

        /// Makes durable and checks until nothing more follows, and says what happened.
        fileprivate func settle(at time: Time) -> [News] {
            var isMore = true
            while isMore {
                node.flush(at: time)
                let jobs = node.takeJobs()
                for (number, job) in jobs {
                    node.take(.checked(number, job.run(checking, &verified)), at: time)
                }
                isMore = !jobs.isEmpty
            }
            return node.takeNews()
        }
    }

    /// What goes from hand to hand.
    struct Parcel {
        let from: Int
        let to: Int
        let datagram: [UInt8]
    }

    private(set) var seats: [Seat] = []
    fileprivate var parcels: [Parcel] = []
    private let moment: Moment
    private let checking: any Checking
    /// Sees everything that is handed over, in its order.
    var onParcel: (Parcel) -> Void = { _ in }

    init(at moment: Moment, checking: any Checking) {
        (self.moment, self.checking) = (moment, checking)
    }

    var time: Time { Time(ticks: Ticks(milliseconds: 0), moment: moment) }

    /// Somebody sits down; whatever he writes goes to that log, or nowhere.
    func sit(
        _ wallet: Wallet,
        _ ring: KeyRing,
        log: any Log = NoLog(),
        keys: (any Keys)? = nil,
        chance: any Chance = SystemChance()
    ) -> Int {
        let number = seats.count
        let node = Node(
            wallet,
            log: log,
            air: HandAir(number, self),
            keys: keys ?? ring.keys,
            desk: EnvelopeDesk(identity: ring.identity.key, sealing: [ring.sealing]),
            chance: chance
        )
        seats.append(Seat(node, Self.address(number), checking: checking))
        return number
    }

    /// Follows a wish of somebody's, and says what came of it to him.
    func wish(_ wish: Wish, of seat: Int) -> [News] {
        seats[seat].node.take(.wish(wish), at: time)
        return seats[seat].settle(at: time)
    }

    /// Hands over what waits, until nothing does; each takes what is there for him together.
    func run(_ note: (Int, News) -> Void = { _, _ in }) {
        while !parcels.isEmpty {
            let now = parcels
            parcels = []
            var called: Set<Int> = []
            for parcel in now {
                onParcel(parcel)
                let from = seats[parcel.from].address
                seats[parcel.to].node.take(.datagram(parcel.datagram, from: from), at: time)
                called.insert(parcel.to)
            }
            for number in called.sorted() {
                for news in seats[number].settle(at: time) { note(number, news) }
            }
        }
    }

    fileprivate static func address(_ number: Int) -> Address {
        let bytes = [UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number)]
        guard let address = Address(bytes) else { preconditionFailure("two bytes are short") }
        return address
    }

    fileprivate static func number(_ address: Address) -> Int {
        address.bytes.reduce(0) { $0 << 8 | Int($1) }
    }
}

/// From hand to hand.
private final class HandAir: Air {
    private let number: Int
    private unowned let rehearsal: Rehearsal

    init(_ number: Int, _ rehearsal: Rehearsal) {
        (self.number, self.rehearsal) = (number, rehearsal)
    }

    func send(_ datagram: [UInt8], to address: Address) -> Bool {
        put(datagram, Rehearsal.number(address))
        return true
    }

    func broadcast(_ datagram: [UInt8]) {
        for other in rehearsal.seats.indices where other != number { put(datagram, other) }
    }

    private func put(_ datagram: [UInt8], _ other: Int) {
        rehearsal.parcels.append(Rehearsal.Parcel(from: number, to: other, datagram: datagram))
    }
}

/// Where nothing is kept.
private final class NoLog: Log {
    func keep(_ steps: [Step]) {}
    func reserve(_ payment: [UInt8], _ room: Room) -> Bool { true }
    func release(_ payment: [UInt8]) {}
    func look(_ table: Table, _ key: [UInt8]) -> [UInt8]? { nil }
    func settle() {}
}
