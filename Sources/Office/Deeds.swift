internal import Books
internal import Ledger
internal import Mint
internal import Money
internal import Wire
internal import Words

import struct Mint.Draft

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
        case .redeemed(let act, _): self = .redemption(act, Self.word(deed))
        case .invited: self = .matter(.invite, Self.word(deed))
        case .enrolled: self = .matter(.enrolment, Self.word(deed))
        case .permitted: self = .matter(.window, Self.word(deed))
        case .revoked: self = .matter(.revocation, Self.word(deed))
        case .handedIn: self = .matter(.handIn, Self.word(deed))
        }
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
    func deed() throws(WireError) -> Deed? {
        switch booked {
        case .founding: nil
        case .account(_, let kind, let name): .opened(kind, name)
        case .cash(let act): .moved(act)
        case .charge(let act, let stick): .charged(act, try Stick(wireBytes: stick.paper))
        case .redemption(let act, let word): try Deed(booked.number, act, Deed.Said(word))
        case .matter(let matter, let word): try Deed(matter.rawValue, nil, Deed.Said(word))
        }
    }
}

extension Deed.Said {
    fileprivate init(_ word: Books.Word) {
        self.init(about: word.about, place: word.place, bytes: word.bytes)
    }
}
