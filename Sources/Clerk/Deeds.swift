package import Books
internal import Ledger
package import Mint
internal import Money
package import Wire
internal import Words

package import struct Mint.Draft

// Between what the mint says and what the books keep.

extension Books.Draft {
    /// What the mint drafted, as the books take it.
    init(_ draft: Draft) {
        self.init(
            request: draft.request,
            moment: draft.moment,
            memo: draft.memo,
            content: Books.Content(draft.deed)
        )
    }
}

extension Books.Content {
    init(_ deed: Deed) {
        switch deed {
        case .opened(let kind, let name): self = .opening(kind, name)
        case .moved(let act): self = .cash(act)
        case .charged(let act, let stick): self = .charge(act, Books.Stick(stick))
        case .redeemed(let act, _): self = .movement(act, Self.word(deed))
        case .received: self = .matter(.received, Self.word(deed))
        case .invited(let invite):
            self = .matter(invite.isMeter ? .meterInvite : .invite, Self.word(deed))
        case .enrolled: self = .matter(.enrolment, Self.word(deed))
        case .permitted: self = .matter(.window, Self.word(deed))
        case .certified: self = .matter(.certification, Self.word(deed))
        case .revoked: self = .matter(.revocation, Self.word(deed))
        case .handedIn: self = .matter(.handIn, Self.word(deed))
        case .shown: self = .matter(.shown, Self.word(deed))
        case .ruled, .traded:
            self =
                deed.act.map { .movement($0, Self.word(deed)) }
                ?? .matter(Self.matter(deed), Self.word(deed))
        }
    }

    private static func matter(_ deed: Deed) -> Books.Matter {
        guard let matter = Books.Matter(rawValue: deed.number) else {
            preconditionFailure("what moves no money is a matter")
        }
        return matter
    }

    private static func word(_ deed: Deed) -> Books.Word {
        guard let said = deed.word else { preconditionFailure("what moves no money has a word") }
        return Books.Word(about: said.about, place: said.place, bytes: said.bytes)
    }
}

extension Books.Stick {
    fileprivate init(_ stick: Money.Stick) {
        self.init(
            id: stick.id,
            owner: stick.owner,
            units: stick.units,
            spendUntil: stick.spendUntil,
            settleUntil: stick.settleUntil,
            paper: stick.wireBytes
        )
    }
}

extension Books.Entry {
    /// What it says was done; nil of the founding, which no counter has to do with.
    package func deed() throws(WireError) -> Deed? {
        switch booked {
        case .founding: nil
        case .account(_, let kind, let name): .opened(kind, name)
        case .cash(let act): .moved(act)
        case .charge(let act, let stick): .charged(act, try Stick(wireBytes: stick.paper))
        case .movement(let act, let word): try Deed(booked.number, act, Deed.Said(word))
        case .matter(let matter, let word): try Deed(matter.rawValue, nil, Deed.Said(word))
        }
    }
}

extension Books.Entry {
    /// What a mint hears of it; nil of the founding.
    func heard() throws(WireError) -> Booked? { try deed().map { heard($0) } }

    func heard(_ deed: Deed) -> Booked {
        Booked(number: number, moment: moment, request: request, deed: deed)
    }
}

extension Deed.Said {
    fileprivate init(_ word: Books.Word) {
        self.init(about: word.about, place: word.place, bytes: word.bytes)
    }
}
