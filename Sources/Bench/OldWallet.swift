internal import Command
internal import Commit
internal import Homes
internal import Journal
internal import Money
internal import Node
internal import Sealing
internal import Station
internal import Wallet
internal import Words

import struct Wallet.Wallet

/// A wallet that has paid and been paid for years, made by paying and being paid: every step is
/// one that its node wrote, in the groups that come of many payments under way.
struct OldWallet {
    private let home: PayHome
    private let money: DemoMoney
    private let now: Moment
    private let log: JournalLog
    private var wallet: Wallet

    /// Makes `home` one that has paid `paid` times and been paid `received` times, each by a
    /// payment of its own, so that it holds as many pieces and what is left of its stick.
    static func make(
        _ home: PayHome,
        paid: Int,
        received: Int,
        _ money: DemoMoney,
        at now: Moment,
        _ pace: (Int) -> Void
    ) throws(Complaint) {
        var old = try OldWallet(home, money, now)
        var done = 0
        while done < paid + received {
            let count = min(perStranger, done < paid ? paid - done : paid + received - done)
            try old.meet(count, pays: done < paid)
            done += count
            pace(done)
        }
        do { try old.log.journal.close() } catch {
            throw Complaint(HomeFault.journal(error), home.home)
        }
    }

    /// With each stranger it has so many payments: one who had them all would have more pieces
    /// than the wallet itself.
    private static let perStranger = 256

    private init(_ home: PayHome, _ money: DemoMoney, _ now: Moment) throws(Complaint) {
        (self.home, self.money, self.now) = (home, money, now)
        do throws(JournalError) {
            let (log, recovered) = try JournalLog.open(
                Disk(folder: home.home.folder),
                hiding: home.ring.data,
                chance: SystemChance()
            )
            let time = Time(ticks: Ticks(milliseconds: 0), moment: now)
            guard let wallet = try? Wallet(recovering: recovered, at: time) else {
                throw JournalError.damaged(.rows(live: true))
            }
            (self.log, self.wallet) = (log, wallet)
        } catch {
            throw Complaint(HomeFault.journal(error), home.home)
        }
    }

    /// Has so many payments with somebody who was never met before.
    private mutating func meet(_ count: Int, pays: Bool) throws(Complaint) {
        let room = Rehearsal(at: now, checking: TrustedChecks())
        let own = room.sit(wallet, home.ring, log: log)
        var chance = SystemChance()
        let ring = KeyRing(chance: &chance)
        guard let name = Text("stranger"), let much = Amount(1_000_000) else { throw .torn }
        let owner = try money.owner(ring, name: name, at: now)
        let other = room.sit(Wallet.founded(owner).0, ring)
        for gift in try money.gifts(to: owner, much, at: now) { _ = room.wish(gift, of: other) }
        let (seller, buyer) = pays ? (other, own) : (own, other)
        var policy = Policy()
        policy.sellers = [pays ? owner.key : home.owner.key]
        policy.left = .largest
        _ = room.wish(.policy(policy), of: buyer)
        _ = room.wish(.listen(true), of: buyer)
        _ = room.wish(.call, of: seller)
        var here: Hash?
        room.run { seat, news in
            if seat == seller, case .here(_, let name, _) = news { here = name }
        }
        guard let here else { throw .torn }
        var left = count
        while left > 0 {
            let some = min(left, Limits.offersAtOnce)
            let terms = try PaySide.terms()
            for _ in 0..<some { _ = room.wish(.offer(terms, to: here), of: seller) }
            var paid: Set<PaymentID> = []
            room.run { seat, news in
                if seat == seller, case .standing(let one) = news, one.word == .paid {
                    paid.insert(one.payment)
                }
            }
            guard paid.count == some, room.seats[own].node.fault == nil else { throw .torn }
            left -= some
        }
        wallet = room.seats[own].node.wallet
    }
}

extension Complaint {
    fileprivate static let torn = Complaint(
        .failed,
        "bench",
        "the past of an old wallet could not be made",
        hint: "see that the disk has room, and run it again"
    )
}
