import Books
import Clerk
import Commit
import Disks
import Ledger
import Mint
import Money
import Node
import Oracle
import Wallet
import Wire
import Words

import struct Mint.Draft
import struct Mint.Mint
import struct Wallet.Wallet

/// The office as a peer has it: the real books on the faulty disk of its journal, and the real
/// counter over them.
///
/// It is put together, and opened again, in the order in which an office that is served is.
final class Bureau {
    static let folder = "/books"
    private let craft: any Craft
    private let tools: PeerTools
    private let setting: Mint.Setting
    /// While it is open.
    private(set) var till: Till?
    private(set) var counter: OfficeCounter?
    private(set) var log: BookedLog?
    /// How many revocations its own wallet has heard of.
    private var learnt = 0

    init(_ craft: any Craft, _ tools: PeerTools, _ asset: Asset) {
        (self.craft, self.tools) = (craft, tools)
        setting = Mint.Setting(
            asset: asset,
            office: tools.key,
            rootDER: craft.rootPaper,
            officeDER: craft.paper
        )
    }

    static func text(_ text: String) -> Text {
        guard let text = Text(text) else { preconditionFailure("a name can be shown") }
        return text
    }

    /// Whether this is the word of books, or of the counter over them.
    static func isItsOwn(_ error: any Error) -> Bool {
        error is BooksError || error is TillFault || error is LogFault
    }

    // MARK: Opening

    /// Makes the books, and the wallet beside them that is paid what comes back.
    func make(on disks: [FaultyDisk]) throws -> (Wallet, Step) {
        let founding = Books.Founding(
            asset: setting.asset,
            name: Self.text("Town"),
            office: setting.office,
            // Seldom enough that an opening has to read behind a seal.
            sealEvery: 16
        )
        try Books.make(disks.map(place), founding, at: Dates.dawn, hiding: tools.hiding)
        return try founded(founding)
    }

    /// The wallet beside the books, as it is made anew when its journal is gone.
    func founded(_ founding: Books.Founding) throws -> (Wallet, Step) {
        let object = NameStatement.object(
            office: setting.office,
            key: setting.office,
            name: founding.name,
            issued: Dates.dawn
        )
        let name = try NameStatement(reading: .signed(object, by: tools.keys.identity))
        let own = Certified(key: setting.office, issuer: craft.root, der: setting.officeDER)
        return Wallet.founded(
            Wallet.Owner(
                key: setting.office,
                root: craft.root,
                epoch: .first,
                certificates: [own],
                name: name
            )
        )
    }

    private func place(_ disk: FaultyDisk) -> Disk {
        Disk(system: disk.system, folder: Self.folder)
    }

    /// Opens the books, and the till over them.
    func open(on disks: [FaultyDisk]) throws {
        let books = try Books.open(disks.map(place), hiding: tools.hiding)
        let craft = craft
        let hand = Hand(signer: tools.keys.identity, checking: craft.checking) {
            craft.certify($0, $1, from: $3, until: $4)
        }
        till = try Till(books, setting, root: craft.root, hand: hand, folder: Self.folder)
    }

    /// Books what its journal shows as paid and the books do not have yet, and opens the counter.
    func openCounter(
        beside wallet: Wallet,
        _ journal: any Log,
        _ world: World,
        _ peer: Peer
    ) throws {
        guard let till else { preconditionFailure("its books are open") }
        try till.catchUp(with: wallet, at: peer.time(world.now).moment)
        learnt = 0
        counter = OfficeCounter(till)
        log = BookedLog(OfficeLog(journal, till), world, peer)
    }

    /// Its process is gone.
    func leave() { (till, counter, log) = (nil, nil, nil) }

    /// Revocations that its own wallet has not heard of.
    func news() -> [Wish] {
        guard let mint = till?.mint else { return [] }
        let new = mint.revocations.dropFirst(learnt)
        learnt += new.count
        return new.filter(mint.isVoiding).map { .learn($0, certificates: [setting.officeDER]) }
    }

    // MARK: Before the world begins

    /// Opens an account for somebody, takes money in for him, and enrols his key, as it is done
    /// at the desk and at the counter.
    func enrol(
        _ number: UInt64,
        _ other: PeerTools,
        deposit: Amount,
        _ limits: Invite.Limit,
        onAccountOf lost: Key? = nil,
        isMeter: Bool = false
    ) throws -> Answer.Outcome {
        guard let till else { preconditionFailure("its books are open") }
        let name = Self.text("peer \(number)")
        let account: Account
        if let known = lost.flatMap({ till.mint.members[$0]?.account }) {
            account = known
        } else {
            let opened = try book(.opened(.person, name), number, 0)
            guard case .account(let new, _, _) = opened.booked else { throw Unbooked() }
            account = new
        }
        _ = try book(.moved(.init(.deposit, account, deposit)), number, 1)
        let code = Code.hash(secret: number)
        let invite = try till.mint.invite(
            code,
            account,
            name: name,
            limits,
            days: 7,
            isMeter: isMeter,
            at: Dates.dawn
        )
        _ = try book(invite, number, 2)
        let object = Request.object(
            by: other.key,
            to: tools.key,
            payment: PaymentID(
                epoch: .first,
                random: Salt(high: number, low: 0),
                mac: Salt(high: 0, low: number)
            ),
            .enrol(secret: number, sealingKey: other.sealing)
        )
        return try answer(Request(reading: .signed(object, by: other.keys.identity)))
    }

    struct Unbooked: Error {}

    /// Takes a key back that its holder has lost: what it signed up to that counter stays good.
    func revoke(_ key: Key, lastGood: UInt64, _ number: UInt64, at now: Moment) throws {
        let reason = Self.text("it was lost")
        let made = try till?.revocation(of: key, reason: reason, lastGood: lastGood, at: now)
        guard case .success(let deed)? = made else { throw Unbooked() }
        _ = try book(deed, number, 3)
    }

    private func book(_ deed: Deed, _ number: UInt64, _ place: UInt64) throws -> Books.Entry {
        let draft = Draft(
            request: Hash(Bytes32(words: (number, place, 0, 1))),
            moment: Dates.dawn,
            memo: Self.text(""),
            deed: deed
        )
        guard case .booked(let entry)? = try till?.book(draft) else { throw Unbooked() }
        return entry
    }

    private func answer(_ request: Request) throws -> Answer.Outcome {
        var tools = Tools(
            keys: tools.keys,
            desk: tools.desk(),
            chance: Dice(seed: 0),
            reserve: { _, _ in true }
        )
        let time = Time(ticks: Ticks(milliseconds: 0), moment: Dates.dawn)
        let route = Route(address: Peer.address(0), way: Way(1))
        let arrived = Event.arrived(Arrival(request.signed, route))
        let checks = counter?.handle(arrived, at: time, &tools) ?? []
        guard case .check(let number, _)? = checks.first else { throw Unbooked() }
        for order in counter?.handle(.checked(number, .good), at: time, &tools) ?? [] {
            switch order {
            case .write(let step): try log?.keep([step])
            case .send(let letter, _): return try Answer(reading: letter.message).outcome
            case _: continue
            }
        }
        throw Unbooked()
    }
}

extension World {
    /// Makes the office: its books, its journal, its counter.
    func found(office peer: Peer) {
        oracle.join(peer.number, key: peer.key)
        oracle.keepsBooks(peer.number)
        guard let bureau = peer.bureau else { return }
        do {
            let (wallet, step) = try bureau.make(on: peer.bookDisks)
            try bureau.open(on: peer.bookDisks)
            let (inner, _) = try open(peer)
            let log = WatchedLog(inner, self, peer)
            try log.keep([step])
            try openCounter(peer, wallet, log)
        } catch {
            refuse(.world, peer, "an office could not be made: \(error)")
        }
    }

    func openCounter(_ peer: Peer, _ wallet: Wallet, _ log: WatchedLog) throws {
        var wallet = wallet
        wallet.redeems = true
        try peer.bureau?.openCounter(beside: wallet, log, self, peer)
        guard let bureau = peer.bureau, let booked = bureau.log, let till = bureau.till else {
            return
        }
        if let draft = till.setAside.first {
            refuse(.books, peer, "a payment came in that they do not take: \(draft.memo.string)")
        }
        reopenBooks(peer)
        start(peer, wallet, booked)
    }

    /// Makes a home of somebody whom the office has enrolled, with its window; he asks for his
    /// money himself.
    func enrol(_ peer: Peer, onAccountOf lost: Key? = nil) {
        let charges = scenario.units * UInt64(scenario.sticks)
        let limits = Invite.Limit(
            largest: Office.amount(max(1, charges)),
            ceiling: Office.amount(max(1, charges)),
            guarantee: Office.amount(Self.guarantee)
        )
        do {
            guard let bureau = peers.last?.bureau else { return }
            let granted = try bureau.enrol(
                UInt64(peer.number),
                peer.tools,
                deposit: Office.amount(deposit(of: peer)),
                limits,
                onAccountOf: lost,
                isMeter: peer.meter != nil || isMeterOfAThief(peer)
            )
            guard granted.certificates.count == 3, granted.papers.count == 2 else {
                throw Bureau.Unbooked()
            }
            let key = office.certificate.key
            let own = Certified(key: peer.key, issuer: key, der: granted.certificates[2])
            let owner = Wallet.Owner(
                key: peer.key,
                root: craft.root,
                epoch: .first,
                certificates: [own, office.certificate],
                name: try NameStatement(reading: granted.papers[0])
            )
            let (wallet, step) = Wallet.founded(owner)
            let (inner, _) = try open(peer)
            let log = WatchedLog(inner, self, peer)
            try log.keep([step])
            start(peer, wallet, log)
            let window = try Window(reading: granted.papers[1])
            peer.papers = Crook.Papers(
                window: window,
                sticks: [],
                certificates: owner.certificates
            )
            tell(peer, .wish(.open(window, certificates: office.certificates)))
        } catch {
            refuse(.world, peer, "a member could not be enrolled: \(error)")
        }
    }

    /// Every other one has too little in his account for the last of what he asks.
    private func deposit(of peer: Peer) -> UInt64 {
        let isShort = !peer.number.isMultiple(of: 2) && scenario.sticks > 1
        let charges = scenario.sticks - (isShort ? 1 : 0)
        if peer.meter != nil { return scenario.units * Self.meterCharges + Self.guarantee }
        return scenario.units * UInt64(charges) + Self.guarantee
    }

    /// What stays in everybody's account, for what he might pay twice.
    private static let guarantee: UInt64 = 500
    /// What a meter uses up it is charged with again, as long as there is something.
    private static let meterCharges: UInt64 = 5

    /// What happened at the counter goes to the books, or to the wallet beside it.
    func seeToCounter(_ peer: Peer) {
        guard let bureau = peer.bureau, let counter = bureau.counter, peer.node != nil else {
            return
        }
        do {
            for one in try counter.takeHappened(at: peer.time(now).moment) {
                if case .answered(_, _, _, .some) = one { counts.turnedDown += 1 }
            }
        } catch {
            return fall(peer)
        }
        guard !peer.isDead else { return fall(peer) }
        lookAtBooks(peer)
        for wish in bureau.news() { tell(peer, .wish(wish)) }
    }
}
