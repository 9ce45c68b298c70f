import Wallet
package import Wire
package import World

// What things are called in a chart and in a trace.

/// The message as docs/PROTOCOL writes it; only a call has no kind of its own.
package func label(_ kind: Kind?) -> String {
    switch kind {
    case nil: "LOOKUP"
    case .here: "HERE"
    case .offer: "OFFER"
    case .accept: "ACCEPT"
    case .refuse: "REFUSE"
    case .decline: "DECLINE"
    case .commitRequest: "COMMIT-REQUEST"
    case .handover: "AGREED"
    case .commit: "COMMIT"
    case .abort: "ABORT"
    case .committed: "COMMITTED"
    case .ask: "ASK"
    case .show: "SHOW"
    case .stick: "STICK"
    case .window: "WINDOW"
    case .revocation: "REVOCATION"
    case .name: "NAME"
    case .register: "REGISTER"
    case .personalisation: "PERSONALISATION"
    case .settings: "SETTINGS"
    case .bill: "BILL"
    case .invoice: "INVOICE"
    case .quote: "QUOTE"
    case .meterReceipt: "METER-RECEIPT"
    case .delivery: "DELIVERY"
    case .welcome: "WELCOME"
    case .request: "REQUEST"
    case .answer: "ANSWER"
    case .warn: "WARN"
    }
}

/// Cents, as people write them.
package func money(_ units: UInt64) -> String {
    let cents = units % 100
    return "\(units / 100).\(cents < 10 ? "0" : "")\(cents)"
}

/// Virtual time in seconds, to the millisecond.
package func seconds(_ milliseconds: UInt64) -> String {
    let rest = String(milliseconds % 1_000)
    return "\(milliseconds / 1_000)." + String(repeating: "0", count: 3 - rest.count) + rest
}

extension TraceEvent.Loss {
    /// Why it did not arrive.
    package var words: String {
        switch self {
        case .weather: "lost"
        case .partition: "lost, the way is cut"
        case .nobody: "lost, nobody is there"
        case .refused: "lost, the system refused it"
        case .down: "lost, it is down"
        }
    }
}

extension TraceEvent.Crash {
    package var words: String {
        switch self {
        case .powerCut: "power cut"
        case .kill: "killed"
        case .fault: "stopped by a fault of its disk"
        case .replaced: "its disk is put back to an older copy"
        case .rotten: "stops, and a bit of its disk changes"
        }
    }
}

extension TraceEvent {
    /// What happened, without when and to whom.
    package var words: String { what.words }

    /// The event in one line of a trace.
    package var line: String {
        let who = peer < 0 ? "everybody" : "home \(peer)"
        let time = seconds(milliseconds)
        let pad = String(repeating: " ", count: max(0, 11 - time.count))
        let gap = String(repeating: " ", count: max(1, 10 - who.count))
        return pad + time + "  " + who + gap + what.words
    }
}

extension TraceEvent.What {
    var words: String {
        switch self {
        case .sent(let number, let to, let kind, let bytes):
            "sends #\(number) \(label(kind)) to home \(to), \(bytes) bytes"
        case .lost(let number, let loss): "its #\(number) is \(loss.words)"
        case .delivered(let number, let from): "gets #\(number), by its address from home \(from)"
        case .dropped(let number): "does not open #\(number), or it is for somebody else"
        case .synced(let steps): "syncs \(steps) \(steps == 1 ? "step" : "steps")"
        case .settled: "syncs the head of its chain"
        case .crashed(let crash): crash.words
        case .restarted(let inert): inert ? "is back, inert" : "is back"
        case .stands(let payment, let side, let word, let amount):
            "payment \(String(payment, radix: 16)): \(side == .buyer ? "buyer" : "seller") "
                + "\(word.rawValue), \(money(amount))"
        case .balance(let available, let held):
            "has \(money(available)) free, \(money(held)) held"
        case .denied: "is told that it cannot be"
        case .inert: "turns inert"
        case .weather(let kind, _): "is struck by \(kind.name)"
        case .healed: "the storm is over, everything is mended"
        case .turned(let trade): "keeps to no rule any more: a " + trade.words
        case .tried(let trick): trick.words
        }
    }
}

extension Crook.Trade {
    package var words: String {
        switch self {
        case .thief: "thief"
        case .liar: "liar"
        }
    }
}

extension Crook.Trick {
    /// What he does.
    package var words: String {
        switch self {
        case .own: "shows what is his"
        case .again: "shows what he has paid with before"
        case .anothers: "shows a piece that was handed to somebody else"
        case .beyond: "shows more units than his piece has"
        case .renamed: "shows somebody else's stick with his own name in it"
        case .doubled: "shows one piece twice"
        case .orphan: "shows a piece whose parent nobody knows"
        case .agreed: "signs what was agreed"
        case .otherEntries: "signs other entries than he showed"
        case .lowCounter: "signs below the counter that was asked for"
        case .wrongTotal: "signs a wrong running total"
        case .otherWindow: "signs under another window"
        case .otherOffer: "signs for another offer"
        case .badLeaves: "signs leaves that do not open"
        case .twice: "signs two handovers of the same units"
        case .noAgreed: "signs nothing"
        case .wrongCommitted: "acknowledges another decision"
        case .wrongNonce: "opens another nonce than he promised"
        case .forgedFloor: "asks for a counter above a place that he forged"
        case .commit: "decides COMMIT"
        case .noDecision: "decides nothing"
        case .abort: "decides ABORT and keeps what was handed over"
        case .both: "decides COMMIT, and then ABORT"
        case .bothAbortFirst: "decides ABORT, and then COMMIT"
        case .otherHandover: "decides COMMIT to another handover"
        case .otherReceipt: "decides COMMIT with another sum in the receipt"
        }
    }
}
