import Ledger
import Money
import Reckoning
import StandIns
import Wire
import Words

/// An office and people who sign what a test tells them to, and a reckoning of all of it.
struct Village {
    static let euro = must(Asset(code: "EUR", scale: 2))
    static let lastDay = must(Day(20_000))

    let office: Hand
    let eye: Eye
    var chance: SeededChance
    var papers = PaperBox()
    var reckoning: Reckoning
    /// The number of the next presentation.
    var number: UInt64 = 0
    var discoveries: [Discovery] = []
    /// Who has no account at the office.
    var strangers: Set<Key> = []
    /// How far each life has come, so that its next handover follows from the one before.
    private var lives: [Key: (previous: Hash, total: UInt64)] = [:]

    init(seed: UInt64 = 1, isReal: Bool = false) {
        chance = SeededChance(seed: seed)
        office = Hand("office", isReal: isReal)
        eye = Eye(isReal: isReal)
        reckoning = Reckoning(offices: [office.key])
    }

    mutating func next() -> UInt64 {
        number += 1
        return number
    }

    // MARK: What people sign

    mutating func stick(
        _ units: UInt64,
        to owner: Hand,
        settleUntil: Day = Self.lastDay,
        epoch: Epoch? = nil
    ) -> Issued {
        let id = Hash(Bytes32(chance.bytes(32).span))
        let stick = Issued(
            id: id,
            owner: owner.key,
            units: amount(units),
            settleUntil: settleUntil,
            epoch: epoch,
            number: next()
        )
        reckoning.issue(stick)
        return stick
    }

    mutating func payment(epoch: UInt64 = 1) -> PaymentID {
        PaymentID(epoch: must(Epoch(epoch)), random: chance.salt(), mac: chance.salt())
    }

    mutating func pass(
        _ entries: [Entry],
        from payer: Hand,
        to payee: Hand,
        _ counter: UInt64 = 1,
        epoch: UInt64 = 1,
        payment: PaymentID? = nil,
        total: UInt64? = nil,
        previous: Hash?? = nil
    ) -> Passed {
        let id = payment ?? self.payment()
        let sum = payee.key == office.key ? 0 : entries.reduce(0) { $0 + $1.units.count.units }
        let total = total ?? (lives[payer.key]?.total ?? 0) + sum
        let privates = Privates(
            payment: id,
            offer: Hash(Bytes32(repeating: 1)),
            window: Hash(Bytes32(repeating: 2)),
            total: amount(total),
            previous: previous ?? lives[payer.key]?.previous
        )
        let handover = Handover(
            by: payer,
            to: payee.key,
            at: Place(epoch: must(Epoch(epoch)), counter: counter),
            entries: entries,
            privates: privates,
            salts: (0..<PrivateLeaf.count).map { _ in chance.salt() }
        )
        lives[payer.key] = (handover.hash, total)
        return Passed(handover: handover, payment: id, payer: payer, payee: payee)
    }

    // MARK: What is presented

    mutating func handIn(_ passed: Passed...) throws {
        for one in passed { _ = try taken(.handover(one.handover), next()) }
    }

    /// Shows the first entry's links of a chain, by whoever it leads to.
    mutating func show(_ passed: Passed..., by key: Key? = nil) throws {
        let links = passed.map { $0.handover.link(0) }
        let by = must(key ?? passed.last?.payee.key)
        _ = try taken(.chain(links, by), next())
    }

    mutating func redeem(_ chain: Passed...) throws {
        _ = try taken(.chain(chain.map { $0.handover.link(0) }, office.key), next())
        _ = try taken(.redemption(must(chain.last).handover.hash), next())
    }

    mutating func take(_ paper: Paper) throws { _ = try taken(paper, next()) }

    @discardableResult
    mutating func taken(_ paper: Paper, _ number: UInt64) throws -> Taken {
        let taken = try paper.present(to: &reckoning, at: number, &papers, eye)
        discoveries += taken.discoveries
        return taken
    }

    // MARK: What comes of it

    /// Everybody has an account of his own but strangers.
    func account(of key: Key) -> Account? {
        strangers.contains(key) ? nil : Self.account(of: key)
    }

    static func account(of key: Key) -> Account {
        Account(number: Account.firstHolder.number + key.bytes.words.0 % 1_000_000_000)
    }

    /// The shares of a stick in a few words: `0..<4 ada, 4..<9 lapsed`.
    func shares(_ stick: Issued) -> String {
        must(reckoning.settlement(of: stick.id, account)).shares.map { share in
            "\(share.units.lo)..<\(share.units.hi) " + Self.word(share.fate)
        }.joined(separator: ", ")
    }

    /// The duplicates of a stick: `4..<9 bob for eve`.
    func duplicates(_ stick: Issued) -> String {
        must(reckoning.settlement(of: stick.id, account)).duplicates.map {
            "\($0.units.lo)..<\($0.units.hi) \(Self.name($0.holder)) for \(Self.name($0.convict))"
        }.joined(separator: ", ")
    }

    static func name(_ key: Key) -> String {
        must(names.first { Hand($0).key == key })
    }

    static let names =
        ["office", "ada", "bob", "cleo", "dan", "eve"] + (0..<12).map { "cousin \($0)" }

    private static func word(_ fate: Settlement.Fate) -> String {
        switch fate {
        case .redeemed: "redeemed"
        case .consumed: "consumed"
        case .lapsed: "lapsed"
        case .account(let key): name(key)
        case .returned(let key): "back to " + name(key)
        }
    }

    /// Who was convicted, of what, in the order in which it came out.
    var cases: [String] {
        discoveries.map { finding in
            switch finding {
            case .opened(.fork(let key, _, _), _): "\(Self.name(key)) forked"
            case .opened(.equivocation(let name), _): "\(Self.name(name.payee)) equivocated"
            case .frozen(let notice, _): "\(Self.name(notice.key)) is frozen"
            }
        }
    }
}

extension Reckoning {
    /// What it comes to where everybody has an account of his own.
    func closing(_ day: Day, held: [Key: Amount]) throws(ClosingFault) -> Closing {
        try closing(day, held: held, Village.account(of:))
    }

    func settlement(of stick: Hash) -> Settlement? {
        settlement(of: stick, Village.account(of:))
    }
}

/// A handover and who signed it.
struct Passed {
    let handover: Handover
    let payment: PaymentID
    let payer: Hand
    let payee: Hand

    func entry(_ lo: UInt64, _ hi: UInt64, releases: [Abort] = [], number: Int = 0) -> Entry {
        Entry(
            stick: handover.entries[number].stick,
            units: units(lo, hi),
            parent: EntryReference(handover.hash, number),
            releases: releases
        )
    }

    var abort: Abort {
        made(.signed(Abort.object(by: payee.key, to: payer.key, payment: payment), by: payee))
    }

    var commit: Commit { commit(by: payee) }

    func commit(by signer: Hand) -> Commit {
        let receipt = Receipt(
            offer: Hash(Bytes32(repeating: 1)),
            asset: Village.euro,
            amount: must(handover.sum),
            moment: must(Moment(1_700_000_000))
        )
        let object = Commit.object(
            by: signer.key,
            to: payer.key,
            payment: payment,
            handover: handover.hash,
            receipt: receipt
        )
        return made(.signed(object, by: signer))
    }

    var committed: Committed {
        let object = Committed.object(
            by: payer.key,
            to: payee.key,
            payment: payment,
            decision: commit.signed.object.hash
        )
        return made(.signed(object, by: payer))
    }
}

/// Something that somebody presents to the office.
enum Paper: Hashable {
    case handover(Handover)
    case chain([Link], Key)
    case abort(Abort)
    case commit(Commit)
    case committed(Committed)
    case claim(Hash, Key)
    case denial(Hash, Key)
    case redemption(Hash)
    /// The chain of a redemption, and that the office has paid for it.
    case redeemed([Link], Hash)
    /// The same, and that these units wait.
    case received([Link], Hash, waiting: Units)

    @discardableResult
    func present(
        to reckoning: inout Reckoning,
        at number: UInt64,
        _ papers: inout PaperBox,
        _ checking: Eye
    ) throws -> Taken {
        switch self {
        case .handover(let handover):
            return try reckoning.handIn(handover, at: number, &papers, checking)
        case .chain(let links, _):
            return try reckoning.show(links, at: number, &papers, checking)
        case .abort(let abort): return try reckoning.take(abort, at: number, &papers, checking)
        case .commit(let commit): return try reckoning.take(commit, at: number, &papers, checking)
        case .committed(let committed): try reckoning.take(committed, at: number, checking)
        case .claim(let hash, let key): reckoning.claim(hash, by: key, at: number)
        case .denial(let hash, let key): reckoning.deny(hash, by: key, at: number)
        case .redemption(let hash): try reckoning.redeem(hash, as: .redeemed)
        case .redeemed(let links, let hash):
            let taken = try reckoning.show(links, at: number, &papers, checking)
            try reckoning.redeem(hash, as: .redeemed)
            return taken
        case .received(let links, let hash, let waiting):
            let taken = try reckoning.show(links, at: number, &papers, checking)
            guard let last = links.last?.entry else { return taken }
            try reckoning.redeem(hash, as: .redeemed, isPaid: false)
            for units in last.units.removing(waiting).reversed() {
                // What is read anew says it again.
                if reckoning.isPaid(units, of: last.stick) { continue }
                try reckoning.pay(for: units, of: last.stick, in: hash)
            }
            return taken
        }
        return Taken()
    }
}

extension Issued {
    func entry(_ lo: UInt64, _ hi: UInt64, releases: [Abort] = []) -> Entry {
        Entry(stick: id, units: must(Units(lo, hi)), parent: nil, releases: releases)
    }
}

func made<Made: Statement>(_ signed: SignedObject) -> Made {
    do {
        return try Made(reading: signed)
    } catch {
        preconditionFailure("a well-made \(Made.self) reads: \(error)")
    }
}

/// The value, where the test knows that there is one.
func must<Value>(_ value: Value?) -> Value {
    guard let value else { preconditionFailure("a test's own value is well made") }
    return value
}

func amount(_ units: UInt64) -> Amount { must(Amount(units)) }
func units(_ lo: UInt64, _ hi: UInt64) -> Units { must(Units(lo, hi)) }
