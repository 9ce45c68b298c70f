import Commit
import Links
import Money
import Wallet
package import Wire
import Words

// How Question and Told go over a line between two processes of one user. They are of one version
// of the program, which the first number says: whoever speaks another is told so.

/// The version of this talk.
let talkVersion: UInt64 = 6

/// How many payments one answer lists at most, and how many bytes they take on the line.
let listedAtMost = 1_000
let listedBytes = Line.messageBytes / 2

/// How many requests show an office what there is to show, at most; no wallet comes near that.
let shownAtMost = 10_000

extension Question: WireValue {
    package func write(to writer: inout Writer) {
        func say(_ number: UInt64, _ body: (inout Writer) -> Void = { $0.array(0) }) {
            writer.array(3)
            writer.number(talkVersion)
            writer.number(number)
            body(&writer)
        }
        switch self {
        case .info: say(0)
        case .balances: say(1)
        case .pending(let after): say(2) { $0.optional(after) }
        case .history(let before, let limit):
            say(3) {
                $0.array(2)
                $0.number(before)
                $0.number(UInt64(limit))
            }
        case .find(let prefix, let before):
            say(4) {
                $0.array(2)
                $0.data(prefix)
                $0.number(before)
            }
        case .follow: say(5)
        case .listen(let on): say(6) { $0.flag(on) }
        case .call(let addresses): say(7) { $0.blobs(addresses.map(\.bytes)) }
        case .offer(let terms, let name):
            say(8) {
                $0.array(2)
                $0.value(terms)
                $0.value(name)
            }
        case .accept(let payment, let share, let pin):
            say(9) {
                $0.array(3)
                $0.value(payment)
                $0.number(share.rawValue)
                $0.blobs(pin.map { [$0] } ?? [])
            }
        case .refuse(let payment): say(10) { $0.value(payment) }
        case .cancel(let payment): say(11) { $0.value(payment) }
        case .bring(let signed): say(12) { $0.value(signed) }
        case .profile(let change):
            say(13) { writer in
                writer.array(3)
                writer.number(change.forgets.rawValue)
                change.sets.write(to: &writer)
            }
        case .policy(let change): say(14) { $0.value(change) }
        case .stop: say(15)
        case .particulars(let payment): say(16) { $0.value(payment) }
        case .pin: say(17)
        case .details(let payment): say(18) { $0.value(payment) }
        case .enrol, .charge, .enquire, .payBill, .redeem, .sync, .renew, .toShow, .show, .proofs,
            .backUp, .errands,
            .claim, .office, .peers:
            if let (number, body) = ofOffice { say(number, body) }
        }
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(3)
        try reader.version(talkVersion)
        let at = reader.position
        switch try reader.number() {
        case 0: self = try reader.nothing(.info)
        case 1: self = try reader.nothing(.balances)
        case 2: self = .pending(after: try reader.optional())
        case 3:
            try reader.array(2)
            self = .history(
                before: try reader.number(),
                limit: Int(try reader.number(1...UInt64(listedAtMost)))
            )
        case 4:
            try reader.array(2)
            self = .find(try reader.data(atMost: 16), before: try reader.number())
        case 5: self = try reader.nothing(.follow)
        case 6: self = .listen(try reader.flag())
        case 7: self = .call(try reader.addresses())
        case 8:
            try reader.array(2)
            self = .offer(try reader.value(), to: try reader.value())
        case 9:
            try reader.array(3)
            self = .accept(
                try reader.value(),
                share: Terms.Wants(rawValue: try reader.number(0...3)),
                pin: try reader.array(atMost: 1) == 0 ? nil : try reader.data(exactly: 32)
            )
        case 10: self = .refuse(try reader.value())
        case 11: self = .cancel(try reader.value())
        case 12: self = .bring(try reader.value())
        case 13:
            try reader.array(3)
            var change = ProfileChange()
            change.forgets = Terms.Wants(rawValue: try reader.number(0...3))
            change.sets = try Profile(from: &reader)
            self = .profile(change)
        case 14: self = .policy(try reader.value())
        case 15: self = try reader.nothing(.stop)
        case 16: self = .particulars(try reader.value())
        case 17: self = try reader.nothing(.pin)
        case 18: self = .details(try reader.value())
        case let number: self = try reader.askedOfOffice(number, at: at)
        }
    }
}

extension Told: WireValue {
    package func write(to writer: inout Writer) {
        switch self {
        case .done: writer.choice(0)
        case .info(let info): writer.choice(1) { $0.value(info) }
        case .balances(let purses): writer.choice(2) { $0.list(purses) }
        case .pending(let standings, let isAll):
            writer.choice(3) {
                $0.array(2)
                $0.list(standings)
                $0.flag(isAll)
            }
        case .payments(let open, let over, let next):
            writer.choice(4) {
                $0.array(3)
                $0.list(open)
                $0.list(over)
                $0.array(next == nil ? 0 : 1)
                if let next { $0.number(next) }
            }
        case .news(let news): writer.choice(5) { $0.list(news) }
        case .fault(let text): writer.choice(6) { $0.text(text) }
        case .happened(let news): writer.choice(7) { $0.list(news) }
        case .particulars(let particulars): writer.choice(8) { $0.optional(particulars) }
        case .pin(let question): writer.choice(9) { $0.value(question) }
        case .wrongPIN(let question): writer.choice(10) { $0.value(question) }
        case .details(let profile):
            writer.choice(11) { writer in
                writer.array(2)
                profile.write(to: &writer)
            }
        case .office, .papers, .errands, .toShow, .peers: writeOfOffice(to: &writer)
        }
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(2)
        let at = reader.position
        switch try reader.number() {
        case 0: self = try reader.nothing(.done)
        case 1: self = .info(try reader.value())
        case 2: self = .balances(try reader.list(atMost: listedAtMost))
        case 3:
            try reader.array(2)
            self = .pending(
                try reader.list(atMost: listedAtMost),
                isAll: try reader.flag()
            )
        case 4:
            try reader.array(3)
            self = .payments(
                open: try reader.list(atMost: listedAtMost),
                over: try reader.list(atMost: listedAtMost),
                next: try reader.array(atMost: 1) == 0 ? nil : try reader.number()
            )
        case 5: self = .news(try reader.list(atMost: listedAtMost))
        case 6: self = .fault(try reader.text(atMost: 4_096))
        case 7: self = .happened(try reader.list(atMost: listedAtMost))
        case 8: self = .particulars(try reader.optional())
        case 9: self = .pin(try reader.value())
        case 10: self = .wrongPIN(try reader.value())
        case 11:
            try reader.array(2)
            self = .details(try Profile(from: &reader))
        case let number: self = try reader.toldOfOffice(number, at: at)
        }
    }
}
