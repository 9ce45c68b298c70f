import Commit
package import Ledger
package import Money
package import Words

/// The rules of an office's counter: who may enrol, what an account can be charged, how far a
/// member has come, and when it gets its next window.
///
/// It is a fold over booked entries. What it drafts in answer to a request it has applied to
/// itself, so two charges that wait for one sync cannot overdraw an account; if that sync fails,
/// it is made anew of what the books then hold.
package struct Mint: Sendable {
    package let setting: Setting
    package private(set) var ledger: Ledger
    package private(set) var members: [Key: Member] = [:]
    /// In the order in which they were booked: what a member has of them is a number.
    package private(set) var revocations: [Revocation] = []
    private var invites: [Hash: Invited] = [:]
    private var codes: [UInt64: Hash] = [:]
    /// Whose guarantees stand on an account.
    private var membersOf: [Account: [Key]] = [:]
    private var invitesOf: [Account: [Hash]] = [:]
    /// Bills that are open, and what units are sold for to whom.
    package var trading = Trading()
    /// What it has decided to pay for.
    var crediting = Crediting()
    /// What it judges and settles by.
    var court: Court
    /// Drafted, and not known to be booked yet.
    private var drafted: [Hash: Draft] = [:]
    /// What each member has had the office keep by saying so, on the day when it last did; what its
    /// redemptions bring along is not counted.
    private var showing: [Key: (day: Day, count: Int)] = [:]

    /// What an office is, and what it grants.
    package struct Setting: Hashable, Sendable {
        package let asset: Asset
        package let office: Key
        /// Their certificates: what the root says of itself, and of the office.
        package let rootDER: [UInt8]
        package let officeDER: [UInt8]
        package var spendDays: UInt64 = 30
        /// From its issue on, as the other.
        package var settleDays: UInt64 = 60
        package var windowDays: UInt64 = 30
        package var certificateDays: UInt64 = 365
        /// A new window comes when no more than this is left of the old one.
        package var renewDays: UInt64 = 7
        /// And a new certificate.
        package var recertifyDays: UInt64 = 30

        package init(asset: Asset, office: Key, rootDER: [UInt8], officeDER: [UInt8]) {
            (self.asset, self.office) = (asset, office)
            (self.rootDER, self.officeDER) = (rootDER, officeDER)
        }
    }

    /// An invite, and who has used it.
    package struct Invited: Hashable, Sendable {
        package let invite: Invite
        package let entry: UInt64
        package internal(set) var key: Key?
    }

    /// Somebody who is enrolled.
    package struct Member: Hashable, Sendable {
        package let enrolment: Enrolment
        package let account: Account
        /// What it has at the end it has used up.
        package let isMeter: Bool
        package let enrolled: Moment
        /// Its newest, and when it was given.
        package internal(set) var certificate: [UInt8]
        package internal(set) var certified: Moment
        /// In the order in which they were granted; the first came with the enrolment.
        package internal(set) var windows: [Window]
        package internal(set) var revocation: Revocation?
        /// As far as its newest epoch is in the books; nil until somebody asks.
        var course: Course?

        package var key: Key { enrolment.key }
        package var name: Text { enrolment.name.name }
        package var window: Window { windows[windows.count - 1] }
        package var epoch: Epoch { window.terms.epoch }
        /// It was given another one than it enrolled with.
        var isRecertified: Bool { certified != enrolled }
    }

    /// How far a member's handovers are in the books: what the next one has to follow from.
    package struct Course: Hashable, Sendable {
        /// The counter of the first that is not.
        package let next: UInt64
        package let previous: Hash?
        /// The window of the last one, and its running total.
        package let window: Hash?
        package let total: Amount
    }

    /// From the books: what stands on the accounts, and the last day that was closed.
    ///
    /// What was booked besides it is told by ``recall(_:)``, and heard.
    package init(_ setting: Setting, _ ledger: Ledger, closed: Day? = nil) {
        (self.setting, self.ledger) = (setting, ledger)
        court = Court(office: setting.office, closed: closed)
    }

    // MARK: The fold

    /// Takes an entry whose effect on the accounts is known.
    package mutating func recall(_ booked: Booked) throws(MintFault) {
        try learn(booked.deed, number: booked.number, at: booked.moment)
    }

    /// Takes the effect of an entry that somebody else has booked.
    package mutating func take(_ booked: Booked) throws(MintFault) {
        if case .opened(let kind, let name) = booked.deed {
            try posting(booked.number) { ledger throws(LedgerRefusal) in
                try ledger.open(kind, name)
            }
        }
        if let act = booked.deed.act {
            try posting(booked.number) { ledger throws(LedgerRefusal) in
                try ledger.post(act.postings)
            }
        }
        try learn(booked.deed, number: booked.number, at: booked.moment)
    }

    private mutating func learn(
        _ deed: Deed,
        number: UInt64,
        at moment: Moment
    ) throws(MintFault) {
        switch deed {
        case .opened, .moved, .charged, .shown, .ruled: break
        case .redeemed(_, let redemption), .received(let redemption):
            crediting.letGo(redemption.payment)
        case .invited(let invite):
            guard invites[invite.code] == nil else { throw .unheard(number) }
            invites[invite.code] = Invited(invite: invite, entry: number)
            codes[number] = invite.code
            invitesOf[invite.account, default: []].append(invite.code)
        case .enrolled(let enrolment):
            guard enroll(enrolment, at: moment) else { throw .unheard(number) }
        case .certified(let certification):
            guard members[certification.key] != nil else { throw .unheard(number) }
            certify(certification, at: moment)
        case .permitted(let window):
            guard members[window.holder] != nil else { throw .unheard(number) }
            permit(window)
        case .revoked(let revocation):
            revocations.append(revocation)
            members[revocation.key]?.revocation = revocation
        case .handedIn(let handIn):
            members[handIn.payer]?.course = Course(after: handIn.last)
        case .traded(.uninvited(let code)):
            guard uninvite(code) else { throw .unheard(number) }
        case .traded(let trade):
            guard trading.learn(trade, number: number) else { throw .unheard(number) }
        }
    }

    private mutating func posting<Answer>(
        _ number: UInt64,
        _ body: (inout Ledger) throws(LedgerRefusal) -> Answer
    ) throws(MintFault) {
        do { _ = try body(&ledger) } catch { throw .ledger(number, error) }
    }

    private mutating func permit(_ window: Window) {
        // In another epoch nothing was handed in yet.
        if members[window.holder]?.epoch != window.terms.epoch {
            members[window.holder]?.course = nil
        }
        members[window.holder]?.windows.append(window)
    }

    private mutating func certify(_ certification: Certification, at moment: Moment) {
        members[certification.key]?.certificate = certification.certificate
        members[certification.key]?.certified = moment
    }

    private mutating func enroll(_ enrolment: Enrolment, at moment: Moment) -> Bool {
        guard let code = codes[enrolment.invite], let invited = invites[code],
            invited.key == nil, members[enrolment.key] == nil
        else { return false }
        invites[code]?.key = enrolment.key
        let account = invited.invite.account
        members[enrolment.key] = Member(
            enrolment: enrolment,
            account: account,
            isMeter: invited.invite.isMeter,
            enrolled: moment,
            certificate: enrolment.certificate,
            certified: moment,
            windows: [enrolment.window]
        )
        membersOf[account, default: []].append(enrolment.key)
        invitesOf[account]?.removeAll { $0 == code }
        return true
    }

    private mutating func uninvite(_ code: Hash) -> Bool {
        guard let invited = invites[code], invited.key == nil else { return false }
        (invites[code], codes[invited.entry]) = (nil, nil)
        invitesOf[invited.invite.account]?.removeAll { $0 == code }
        return true
    }

    // MARK: What follows from it

    /// Everybody, in the order of their keys.
    package var everybody: [Member] { members.values.sorted { $0.key < $1.key } }

    /// Those who may still enrol, in the order in which they were invited.
    package func open(at moment: Moment) -> [Invited] {
        invites.values.filter { $0.key == nil && moment <= $0.invite.expires }
            .sorted { $0.entry < $1.entry }
    }

    /// The invite of that code; nil when it was ended, or never made.
    package func invited(_ code: Hash) -> Invited? { invites[code] }

    /// Whether nobody has used it, nor was it ended; whenever it expires.
    package func mayEnrol(by code: Hash) -> Bool { invites[code].map { $0.key == nil } ?? false }

    /// What is guaranteed on an account: it is never charged or paid out below that.
    ///
    /// Of a member the newest window counts, and of an invite what its window will say.
    package func guarantees(on account: Account, at moment: Moment) -> Amount {
        let granted = (membersOf[account] ?? []).compactMap { members[$0]?.window.terms.guarantee }
        let promised = (invitesOf[account] ?? []).compactMap { invites[$0]?.invite }
            .filter { moment <= $0.expires }.map(\.limits.guarantee)
        return Amount.sum(granted + promised) ?? .largest
    }

    /// What may leave an account, be it as a stick or as cash; nil when there is no such account.
    package func free(_ account: Account, at moment: Moment) -> Amount? {
        guard let balance = ledger.holder(account)?.balance else { return nil }
        guard balance > .zero else { return .zero }
        return balance.amount.subtracting(guarantees(on: account, at: moment)) ?? .zero
    }

    // MARK: What is on its way

    /// Applies what it drafted, and knows it again until it is booked.
    mutating func draft(_ draft: Draft) throws(LedgerRefusal) {
        if let act = draft.deed.act { try ledger.post(act.postings) }
        switch draft.deed {
        case .enrolled(let enrolment):
            guard enroll(enrolment, at: draft.moment) else {
                preconditionFailure("a code that nobody has used, and a key that nobody knows")
            }
        case .certified(let certification): certify(certification, at: draft.moment)
        case .permitted(let window): permit(window)
        case .handedIn(let handIn):
            members[handIn.payer]?.course = Course(after: handIn.last)
        case .shown(let key, let new): count(new, by: key, on: draft.moment.day)
        case .charged: break
        case .traded(let trade):
            guard trading.learn(trade, number: nil) else {
                preconditionFailure("a bill that is open is paid")
            }
        case .opened, .moved, .redeemed, .received, .invited, .revoked, .ruled:
            preconditionFailure("no request leads to this")
        }
        drafted[draft.request] = draft
    }

    func drafted(_ request: Hash) -> Draft? { drafted[request] }

    /// A member's handovers that are on their way.
    func handovers(drafted key: Key) -> [Handover] {
        drafted.values.flatMap { draft in
            guard case .handedIn(let handIn) = draft.deed, handIn.payer == key else {
                return [Handover]()
            }
            return handIn.handovers
        }
    }

    /// What was drafted is in the books now, and is found there.
    package mutating func booked(_ requests: [Hash]) {
        for request in requests { drafted[request] = nil }
    }

    mutating func set(_ course: Course, of key: Key) { members[key]?.course = course }

    private mutating func count(_ new: Showing, by key: Key, on day: Day) {
        let before = showing[key].flatMap { $0.day == day ? $0.count : nil } ?? 0
        showing[key] = (day, before + new.count)
    }

    /// How much of what a member shows was kept today.
    func shownToday(_ key: Key, _ now: Moment) -> Int {
        showing[key].flatMap { $0.day == now.day ? $0.count : nil } ?? 0
    }
}

extension Mint.Course {
    init(after handover: Handover) {
        let privates = handover.privates
        self.init(
            next: handover.header.place.counter &+ 1,
            previous: handover.hash,
            window: privates?.window,
            total: privates?.total ?? .zero
        )
    }
}

/// What stands in the books, as the mint hears of it.
package struct Booked: Hashable, Sendable {
    package let number: UInt64
    package let moment: Moment
    package let request: Hash
    package let deed: Deed

    package init(number: UInt64, moment: Moment, request: Hash, deed: Deed) {
        (self.number, self.moment) = (number, moment)
        (self.request, self.deed) = (request, deed)
    }
}

/// Why a mint can not be made of what the books say; they are damaged, or from another program.
package enum MintFault: Error, Hashable, Sendable {
    /// This entry follows from nothing before it.
    case unheard(UInt64)
    case ledger(UInt64, LedgerRefusal)
}
