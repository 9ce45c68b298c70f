import Commit
import Links
import Money
import Wallet
import Wire
import Words

// What is asked for the office's sake, of an office, and of neighbours, as the talk has it.

extension Question {
    /// Its number, and what stands behind it; nil of all other questions.
    var ofOffice: (UInt64, (inout Writer) -> Void)? {
        switch self {
        case .enrol(let code, let address):
            return (
                19,
                {
                    $0.array(2)
                    $0.text(code.text)
                    $0.blobs([address.bytes])
                }
            )
        case .charge(let asset, let amount, let address, nil):
            return (20, { $0.asked(asset, amount, address) })
        case .charge(let asset, let amount, let address, let price?):
            return (33, { $0.buying(asset, amount, address, for: price) })
        case .enquire(let after, let address):
            return (34, { $0.numbered(after, address) })
        case .payBill(let number, let asset, let amount, let address):
            return (35, { $0.paying(number, asset, amount, address) })
        case .redeem(let asset, let amount, let address, let use):
            return (use == .redeemed ? 21 : 32, { $0.asked(asset, amount, address) })
        case .sync(let from, let address):
            return (
                22,
                {
                    $0.array(2)
                    $0.array(from == nil ? 0 : 1)
                    if let from { $0.number(from) }
                    $0.blobs([address.bytes])
                }
            )
        case .renew(let address):
            return (24, { $0.blobs([address.bytes]) })
        case .proofs(let key): return (26, { $0.optional(key) })
        case .backUp(let path): return (25, { $0.text(path) })
        case .errands: return (27, { $0.array(0) })
        case .toShow: return (28, { $0.array(0) })
        case .show(let number, let address):
            return (29, { $0.numbered(UInt64(number), address) })
        case .claim(let payment): return (30, { $0.value(payment) })
        case .carry(let delivery, let sticks, let certificates):
            return (39, { $0.carried(delivery, sticks, certificates) })
        case .meter(let bytes): return (40, { $0.data(bytes) })
        case .office(let bytes): return (23, { $0.data(bytes) })
        case .peers(let asks, let addresses):
            return (31, { $0.neighbours(asks, addresses) })
        case .info, .balances, .pending, .history, .find, .particulars, .details, .follow, .listen,
            .call, .offer, .accept, .pin, .refuse, .cancel, .bring, .profile, .policy,
            .stop:
            return nil
        }
    }
}

extension Question {
    /// What the wallet is to ask of its office, where it has to be told no more than that.
    var errand: (Errand, Address)? {
        switch self {
        case .charge(let asset, let amount, let address, let price):
            (.charge(asset, amount, paying: price), address)
        case .enquire(let after, let address): (.enquire(after: after), address)
        case .payBill(let number, let asset, let amount, let address):
            (.payBill(number, asset, amount), address)
        case .redeem(let asset, let amount, let address, let use):
            (.redeem(asset, amount, as: use), address)
        case .renew(let address): (.renew, address)
        case _: nil
        }
    }
}

extension Told {
    func writeOfOffice(to writer: inout Writer) {
        switch self {
        case .errands(let errands): writer.choice(14) { $0.value(errands) }
        case .office(let bytes): writer.choice(12) { $0.data(bytes) }
        case .meter(let bytes): writer.choice(17) { $0.data(bytes) }
        case .papers(let papers, let isAll):
            writer.choice(13) {
                $0.array(2)
                $0.list(papers)
                $0.flag(isAll)
            }
        case .toShow(let shown): writer.choice(15) { $0.list(shown) }
        case .peers(let peers, let presence):
            writer.choice(16) {
                $0.array(2)
                $0.list(peers)
                $0.presence(presence)
            }
        case .done, .info, .balances, .pending, .payments, .particulars, .details, .pin, .wrongPIN,
            .news, .happened, .fault:
            return
        }
    }
}

extension Reader {
    mutating func askedOfOffice(_ number: UInt64, at: Int) throws(WireError) -> Question {
        switch number {
        case 19:
            try array(2)
            let codeAt = position
            let typed = try text(atMost: 64)
            // A person may write it in several ways, a program in one.
            guard let code = try? Code(typed: typed), code.text == typed else {
                throw WireError(.badText, at: codeAt)
            }
            return .enrol(code, at: try oneAddress())
        case 20:
            let (asset, amount, address) = try asked()
            return .charge(asset, amount, at: address)
        case 21:
            let (asset, amount, address) = try asked()
            return .redeem(asset, amount, at: address)
        case 32:
            let (asset, amount, address) = try asked()
            return .redeem(asset, amount, at: address, as: .consumed)
        case 22:
            try array(2)
            let from = try array(atMost: 1) == 0 ? nil : try self.number()
            return .sync(from: from, at: try oneAddress())
        case 24: return .renew(at: try oneAddress())
        case 26: return .proofs(after: try optional())
        case 25: return .backUp(try text(atMost: 4_096))
        case 27: return try nothing(.errands)
        case 28: return try nothing(.toShow)
        case 29:
            try array(2)
            let page = Int(try self.number(0...UInt64(UInt32.max)))
            return .show(page, at: try oneAddress())
        case 30: return .claim(try value())
        case 31:
            try array(2)
            return .peers(asks: try flag(), at: try addresses())
        case 23: return .office(try data(atMost: Line.messageBytes))
        case _: return try askedOfAccount(number, at: at)
        }
    }

    /// What came later: of the account at the office, and what is brought to a meter by hand.
    private mutating func askedOfAccount(
        _ number: UInt64,
        at: Int
    ) throws(WireError) -> Question {
        switch number {
        case 33:
            try array(2)
            let (asset, amount, address) = try asked()
            return .charge(asset, amount, at: address, paying: try value())
        case 34:
            try array(2)
            return .enquire(after: try self.number(), at: try oneAddress())
        case 35:
            try array(2)
            let bill = try self.number()
            let (asset, amount, address) = try asked()
            return .payBill(bill, asset, amount, at: address)
        case 39:
            try array(3)
            return .carry(
                try value(),
                try list(atMost: Limits.sticksPerProvenance),
                certificates: try certificates(atMost: Limits.certificatesPerCarrier)
            )
        case 40: return .meter(try data(atMost: Line.messageBytes))
        case _: throw WireError(.outOfRange, at: at)
        }
    }

    mutating func toldOfOffice(_ number: UInt64, at: Int) throws(WireError) -> Told {
        switch number {
        case 12: return .office(try data(atMost: Line.messageBytes))
        case 17: return .meter(try data(atMost: Line.messageBytes))
        case 13:
            try array(2)
            return .papers(try list(atMost: listedAtMost), isAll: try flag())
        case 14: return .errands(try value())
        case 15: return .toShow(try list(atMost: shownAtMost))
        case 16:
            try array(2)
            return .peers(try list(atMost: Peers.most), avahi: try presence())
        case _: throw WireError(.outOfRange, at: at)
        }
    }
}

extension Writer {
    fileprivate mutating func numbered(_ number: UInt64, _ address: Address) {
        array(2)
        self.number(number)
        blobs([address.bytes])
    }

    fileprivate mutating func buying(
        _ asset: Asset,
        _ amount: Amount,
        _ address: Address,
        for price: Amount
    ) {
        array(2)
        asked(asset, amount, address)
        value(price)
    }

    fileprivate mutating func paying(
        _ bill: UInt64,
        _ asset: Asset,
        _ amount: Amount,
        _ address: Address
    ) {
        array(2)
        number(bill)
        asked(asset, amount, address)
    }

    fileprivate mutating func carried(
        _ delivery: Delivery,
        _ sticks: [Stick],
        _ certificates: [[UInt8]]
    ) {
        array(3)
        value(delivery)
        list(sticks)
        blobs(certificates)
    }

    fileprivate mutating func neighbours(_ asks: Bool, _ addresses: [Address]) {
        array(2)
        flag(asks)
        blobs(addresses.map(\.bytes))
    }

    fileprivate mutating func asked(_ asset: Asset, _ amount: Amount, _ address: Address) {
        array(3)
        value(asset)
        value(amount)
        blobs([address.bytes])
    }
}

extension Reader {
    fileprivate mutating func oneAddress() throws(WireError) -> Address {
        try array(1)
        return try address()
    }

    fileprivate mutating func asked() throws(WireError) -> (Asset, Amount, Address) {
        try array(3)
        return (try value(), try value(), try oneAddress())
    }
}
