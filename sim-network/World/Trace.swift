package import Wallet
package import Wire

/// One thing that happened, with its time and the lane of the peer it happened to.
package struct TraceEvent: Hashable, Sendable {
    package let milliseconds: UInt64
    package let peer: Int
    package let what: What

    package init(milliseconds: UInt64, peer: Int, what: What) {
        (self.milliseconds, self.peer, self.what) = (milliseconds, peer, what)
    }

    package enum What: Hashable, Sendable {
        /// Datagram number so and so left for a peer; kind is nil when the world made it up.
        case sent(UInt64, to: Int, Kind?, bytes: Int)
        case lost(UInt64, Loss)
        case delivered(UInt64, from: Int)
        /// It did not open, or was not for this peer.
        case dropped(UInt64)
        case synced(steps: Int)
        case settled
        case crashed(Crash)
        case restarted(inert: Bool)
        case stands(payment: UInt64, PaymentStanding.Side, PaymentStanding.Word, amount: UInt64)
        case balance(available: UInt64, held: UInt64)
        case denied
        case inert
        case weather(FaultKind, UInt64)
        /// A meter has used units up: how many it ever has, and what is left for it.
        case served(units: UInt64, left: UInt64)
        /// A meter lets power through, or no more.
        case contact(isClosed: Bool)
        case healed
        /// Its node is taken out: from now on it keeps to no rule.
        case turned(Crook.Trade)
        case tried(Crook.Trick)
        case reader(ReaderAct)
    }

    package enum Loss: UInt64, Hashable, Sendable {
        case weather = 1
        case partition, nobody, refused, down
    }

    package enum Crash: UInt64, Hashable, Sendable {
        case powerCut = 1
        case kill, fault, replaced
        /// Stopped in order, and a bit changes meanwhile.
        case rotten
    }
}

/// Everything that happened, as a running hash; the events themselves only when asked for.
package struct Tracer: Sendable {
    package private(set) var hash: UInt64 = 0x6A09_E667_F3BC_C908
    package private(set) var events: [TraceEvent] = []
    package let keeps: Bool

    init(keeps: Bool) { self.keeps = keeps }

    mutating func note(_ milliseconds: UInt64, _ peer: Int, _ what: TraceEvent.What) {
        fold(milliseconds &<< 8 ^ UInt64(truncatingIfNeeded: peer))
        fold(what)
        if keeps {
            events.append(TraceEvent(milliseconds: milliseconds, peer: peer, what: what))
        }
    }

    mutating func fold(_ word: UInt64) {
        let product = (hash ^ word).multipliedFullWidth(by: 0xA409_3822_299F_31D1)
        hash = product.low ^ product.high &+ 0x9E37_79B9_7F4A_7C15
    }

    private mutating func fold(_ what: TraceEvent.What) {
        switch what {
        case .sent(let number, let to, let kind, let bytes):
            // Not the kind: it is looked up only for traces that are kept.
            _ = kind
            fold(1, number, UInt64(truncatingIfNeeded: to), UInt64(bytes))
        case .lost(let number, let loss): fold(2, number, loss.rawValue)
        case .delivered(let number, let from):
            fold(3, number, UInt64(truncatingIfNeeded: from))
        case .dropped(let number): fold(4, number)
        case .synced(let steps): fold(5, UInt64(steps))
        case .settled: fold(6)
        case .crashed(let crash): fold(7, crash.rawValue)
        case .restarted(let inert): fold(8, inert ? 1 : 0)
        case .stands(let payment, let side, let word, let amount):
            fold(9, payment, side == .buyer ? 1 : 2, Self.number(word) &<< 32 ^ amount)
        case .balance(let available, let held): fold(10, available, held)
        case .denied: fold(11)
        case .inert: fold(12)
        case .weather(let kind, let number): fold(13, UInt64(kind.rawValue), number)
        case .healed: fold(14)
        case .turned(let trade): fold(15, trade.rawValue)
        case .tried(let trick): fold(16, UInt64(trick.rawValue))
        case .reader(let act): fold(17, act.rawValue)
        case .served(let units, let left): fold(18, units, left)
        case .contact(let isClosed): fold(19, isClosed ? 1 : 0)
        }
    }

    private mutating func fold(_ a: UInt64, _ b: UInt64, _ c: UInt64 = 0, _ d: UInt64 = 0) {
        fold(a)
        fold(b)
        fold(c)
        fold(d)
    }

    private static func number(_ word: PaymentStanding.Word) -> UInt64 {
        switch word {
        case .offered: 1
        case .held: 2
        case .paid: 3
        case .cancelled: 4
        case .refused: 5
        }
    }
}
