package import Ledger
package import Words

extension Books {
    /// What is to be booked.
    package struct Draft: Hashable, Sendable {
        /// Nobody uses it twice: what asks again has the same entry.
        package let request: Hash
        package let moment: Moment
        package let memo: Text
        package let content: Content

        package init(request: Hash, moment: Moment, memo: Text, content: Content) {
            (self.request, self.moment) = (request, moment)
            (self.memo, self.content) = (memo, content)
        }
    }

    package enum Content: Hashable, Sendable {
        /// An account is opened.
        case opening(HolderKind, Text)
        /// Money comes in or goes out.
        case cash(Act)
        /// A stick is issued, and paid for by an account.
        case charge(Act, Stick)
        /// Units came back, were settled or lapsed, or a forger pays; the word says what for.
        case movement(Act, Word)
        /// What moves no money.
        case matter(Matter, Word)
    }

    /// What is booked besides accounts and money; the numbers are under the MACs, so they never
    /// change.
    package enum Matter: UInt64, Hashable, Sendable, CaseIterable {
        /// Somebody may enrol.
        case invite = 16
        case enrolment = 17
        /// The next permission to pay.
        case window = 18
        case revocation = 19
        /// A payer's own handovers.
        case handIn = 20
        /// What somebody shows of others' handovers.
        case shown = 21
        /// Somebody is convicted.
        case conviction = 22
        /// Units that were given twice, and of which nothing is paid.
        case duplicate = 23
        /// A day is closed.
        case closing = 24
        /// A key has to begin anew.
        case notice = 25
        /// Units came back, and some of them wait until it is known whose they are.
        case received = 26
        /// An enrolled key's next certificate.
        case certification = 27
        /// Somebody may enrol a meter.
        case meterInvite = 28
        /// Somebody owes a biller something.
        case bill = 29
        /// What units are sold for.
        case tariff = 30
        /// Whose money buys units for an account.
        case contract = 31
        /// A bill that nobody has to pay any more.
        case billWithdrawn = 32
        /// What a meter says of sticks that were carried to it.
        case delivered = 34
        /// Nobody enrols by that invite any more.
        case uninvited = 35
    }

    /// What an entry says beyond its postings: bytes that mean something to whoever booked them,
    /// and by what they are found again.
    package struct Word: Hashable, Sendable {
        package let about: Hash
        package let place: UInt64
        package let bytes: [UInt8]

        package init(about: Hash, place: UInt64 = 0, bytes: [UInt8]) {
            precondition(place <= Self.placeAtMost, "a place fits a column")
            precondition(bytes.count <= Self.bytesAtMost, "a word has its bounds")
            (self.about, self.place, self.bytes) = (about, place, bytes)
        }

        package static let placeAtMost = UInt64(Int64.max)
        package static let bytesAtMost = 64 * 1_024
    }

    /// A stick that was issued, as the books know it.
    package struct Stick: Hashable, Sendable {
        package let id: Hash
        package let owner: Key
        package let units: Amount
        package let spendUntil: Day
        package let settleUntil: Day
        /// The signed object.
        package let paper: [UInt8]

        package init(
            id: Hash,
            owner: Key,
            units: Amount,
            spendUntil: Day,
            settleUntil: Day,
            paper: [UInt8]
        ) {
            (self.id, self.owner, self.units) = (id, owner, units)
            (self.spendUntil, self.settleUntil, self.paper) = (spendUntil, settleUntil, paper)
        }
    }

    /// Whose books they are.
    package struct Founding: Hashable, Sendable {
        package let asset: Asset
        package let name: Text
        /// The key that issues.
        package let office: Key
        /// After so many entries balances are sealed.
        package let sealEvery: UInt64

        package init(asset: Asset, name: Text, office: Key, sealEvery: UInt64 = 1_000) {
            precondition((1...Self.sealEveryAtMost).contains(sealEvery), "seals come again")
            (self.asset, self.name) = (asset, name)
            (self.office, self.sealEvery) = (office, sealEvery)
        }

        static let sealEveryAtMost: UInt64 = 1_000_000_000
    }

    /// What was booked, for ever.
    package struct Entry: Hashable, Sendable {
        package let number: UInt64
        package let moment: Moment
        package let request: Hash
        package let memo: Text
        package let booked: Booked

        /// Whether a draft asked for exactly this.
        package func answers(_ draft: Draft) -> Bool {
            guard request == draft.request, memo == draft.memo else { return false }
            return switch (booked, draft.content) {
            case (.account(_, let kind, let name), .opening(let wanted, let called)):
                kind == wanted && name == called
            case (.cash(let act), .cash(let wanted)): act == wanted
            // The rest of a stick follows from the day on which it was asked for first.
            case (.charge(let act, let stick), .charge(let wanted, let new)):
                act == wanted && stick.owner == new.owner
            case (.movement(let act, let word), .movement(let wanted, let new)):
                act == wanted && word == new
            case (.matter(let matter, let word), .matter(let wanted, let new)):
                matter == wanted && word == new
            case (.founding, _), (.account, _), (.cash, _), (.charge, _), (.movement, _),
                (.matter, _):
                false
            }
        }
    }

    package enum Booked: Hashable, Sendable {
        case founding(Founding)
        case account(Account, HolderKind, Text)
        case cash(Act)
        case charge(Act, Stick)
        case movement(Act, Word)
        case matter(Matter, Word)

        package var act: Act? {
            switch self {
            case .founding, .account, .matter: nil
            case .cash(let act), .charge(let act, _), .movement(let act, _): act
            }
        }

        package var word: Word? {
            switch self {
            case .founding, .account, .cash, .charge: nil
            case .movement(_, let word), .matter(_, let word): word
            }
        }

        package var postings: [Posting] { act?.postings ?? [] }

        /// The number of its kind, as PROTOCOL section 12 has it.
        package var number: UInt64 {
            switch self {
            case .founding: 0
            case .account: 1
            case .cash(let act), .charge(let act, _), .movement(let act, _): act.kind.rawValue
            case .matter(let matter, _): matter.rawValue
            }
        }
    }

    /// What became of a draft.
    package enum Outcome: Hashable, Sendable {
        case booked(Entry)
        /// It had been booked before, and nothing was booked now.
        case again(Entry)
        case refused(Refusal)
    }

    package enum Refusal: Hashable, Sendable {
        case ledger(LedgerRefusal)
        /// The same request was made for something else.
        case requestUsed(UInt64)
    }
}

extension Act.Kind {
    /// Whether an entry of it says in a word what it was for.
    var hasWord: Bool {
        switch self {
        case .redemption, .settlement, .lapse, .honour, .clearing, .consumption, .usedUp,
            .transfer, .sale:
            true
        case .deposit, .withdrawal, .charge, .writeOff, .takings, .payback: false
        }
    }
}

extension Ledger {
    /// Takes an entry's effect; refuses one that no books would have taken.
    mutating func take(_ entry: Books.Entry) throws(LedgerRefusal) {
        switch entry.booked {
        case .founding, .matter: break
        case .account(let account, let kind, let name):
            guard try open(kind, name) == account else { throw .noSuchAccount(account) }
        case .cash(let act), .charge(let act, _), .movement(let act, _):
            try post(act.postings)
        }
    }
}
