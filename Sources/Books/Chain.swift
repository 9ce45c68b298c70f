import Ledger
import Wire
import Words

/// The MACs that tie each entry to the one before it, and balances to the entries they come from.
struct Chain {
    let hiding: any Hiding

    private enum Purpose: UInt8 {
        case link = 0x10
        case seal = 0x11
        case head = 0x12
    }

    /// The link of an entry; the first follows nothing.
    func link(_ entry: Books.Entry, after previous: [UInt8]) -> [UInt8] {
        var writer = Writer(reserving: 512)
        entry.write(to: &writer)
        return hiding.mac([Purpose.link.rawValue] + previous + writer.bytes).bytes.array
    }

    func head(_ bytes: [UInt8]) -> [UInt8] {
        hiding.mac([Purpose.head.rawValue] + bytes).bytes.array
    }

    func seal(_ number: UInt64, _ link: [UInt8], _ ledger: Ledger) -> [UInt8] {
        var writer = Writer(reserving: 4_096)
        writer.array(3)
        writer.number(number)
        writer.data(link)
        writer.array(OwnAccount.allCases.count + ledger.holders.count)
        for own in OwnAccount.allCases {
            writer.balance(Account(own), kind: 0, name: "", ledger[own])
        }
        for holder in ledger.holders {
            writer.balance(
                holder.account,
                kind: holder.kind.rawValue,
                name: holder.name.string,
                holder.balance
            )
        }
        return hiding.mac([Purpose.seal.rawValue] + writer.bytes).bytes.array
    }
}

extension Books.Entry {
    fileprivate func write(to writer: inout Writer) {
        writer.array(10)
        writer.number(number)
        writer.value(moment)
        writer.number(booked.number)
        writer.value(request)
        writer.text(memo)
        writer.array(booked.postings.count)
        for posting in booked.postings {
            writer.array(3)
            writer.number(posting.account.number)
            writer.signed(posting.amount)
        }
        var (founding, account, stick): (Books.Founding?, AccountHolder?, Books.Stick?)
        switch booked {
        case .founding(let made): founding = made
        case .account(let number, let kind, let name):
            account = AccountHolder(account: number, kind: kind, name: name)
        case .cash, .movement, .matter: break
        case .charge(_, let issued): stick = issued
        }
        writer.array(founding == nil ? 0 : 1)
        founding?.write(to: &writer)
        writer.array(account == nil ? 0 : 1)
        if let account {
            writer.array(3)
            writer.number(account.account.number)
            writer.number(account.kind.rawValue)
            writer.text(account.name)
        }
        writer.array(stick == nil ? 0 : 1)
        stick?.write(to: &writer)
        writer.array(booked.word == nil ? 0 : 1)
        booked.word?.write(to: &writer)
    }
}

extension Books.Word {
    fileprivate func write(to writer: inout Writer) {
        writer.array(3)
        writer.value(about)
        writer.number(place)
        writer.data(bytes)
    }
}

extension Books.Founding {
    fileprivate func write(to writer: inout Writer) {
        writer.array(4)
        writer.value(asset)
        writer.text(name)
        writer.value(office)
        writer.number(sealEvery)
    }
}

extension Books.Stick {
    fileprivate func write(to writer: inout Writer) {
        writer.array(6)
        writer.value(id)
        writer.value(owner)
        writer.value(units)
        writer.value(spendUntil)
        writer.value(settleUntil)
        writer.data(paper)
    }
}

extension Writer {
    fileprivate mutating func signed(_ balance: Balance) {
        number(balance < .zero ? 1 : 0)
        number(balance.amount.units)
    }

    fileprivate mutating func balance(
        _ account: Account,
        kind: UInt64,
        name: String,
        _ balance: Balance
    ) {
        array(5)
        number(account.number)
        number(kind)
        text(name)
        signed(balance)
    }
}
