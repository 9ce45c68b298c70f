import Disks
import EKey
import Wire
import Words

/// What must be true of an eKey, judged by what passes on its line, what becomes durable on its
/// disk and what its holder does: it shares no rule with whoever answers there.
struct EKeyWatch {
    /// What is broken, the first of it.
    private(set) var broken: (name: Breach.Name, sentence: String)?

    // What its holder knows.
    private(set) var pin: [UInt8]
    let unblock: [UInt8]
    /// What the holder said yes to at a reader, with the PIN, and what at the eKey's button.
    var willing: Set<PaymentID> = []
    var pressed: Set<PaymentID> = []

    // The line that is there now.
    private var isPaired = false
    /// Until when the holder counts as there.
    private var until: UInt64?
    /// The digits that are being looked at, and whether that try is on the disk.
    private var trying: Trying?
    /// A right one, of which nothing was said before the power went.
    private var unsaid: Trying?
    /// What is being done of what carries a number, and what was done last.
    private var current: [UInt8]?
    private var last: [UInt8]?
    /// The code that is being looked at.
    private struct Trying {
        let secret: Secret
        let digits: [UInt8]
        let new: [UInt8]?
        let left: UInt64
        var isCounted = false
    }

    // Its disk.
    private var left: [UInt64] = [0, 0]
    /// How many wrong ones it has answered, one after the other.
    private var wrong: [UInt64] = [0, 0]

    static let most: [UInt64] = [5, 10]
    private static let idle: UInt64 = 600_000

    init(pin: [UInt8], unblock: [UInt8]) { (self.pin, self.unblock) = (pin, unblock) }

    private mutating func breaks(_ name: Breach.Name, _ sentence: String) {
        if broken == nil { broken = (name, sentence) }
    }

    private static func index(_ secret: Secret) -> Int { secret == .pin ? 0 : 1 }

    // MARK: The line

    mutating func lineBegins(isPaired: Bool) {
        (self.isPaired, until, trying) = (isPaired, nil, nil)
    }

    mutating func lineEnds() { (isPaired, until, trying) = (false, nil, nil) }

    /// What was done last is forgotten with the power.
    mutating func powerIsGone() {
        if let trying, trying.digits == known(trying.secret) { unsaid = trying }
        (last, current) = (nil, nil)
        lineEnds()
    }

    /// It begins with what is on its disk: a right code of which nothing was said any more has
    /// given back all tries, or nothing has come of it.
    mutating func begins(pin tries: UInt64?, unblock: UInt64?) {
        left = [tries ?? 0, unblock ?? 0]
        defer { unsaid = nil }
        guard let unsaid else { return }
        let index = Self.index(unsaid.secret)
        if left[index] == Self.most[index] { wrong[index] = 0 }
        // The old PIN was shut.
        if let new = unsaid.new, left[0] == Self.most[0] { (pin, wrong[0]) = (new, 0) }
    }

    private func known(_ secret: Secret) -> [UInt8] { secret == .pin ? pin : unblock }

    mutating func hears(_ message: [UInt8]) {
        (trying, current) = (nil, nil)
        guard message.count > 1, let one = Instruction(message), !one.isPart else {
            if message.count == 1 { until = nil }
            return
        }
        switch Instruction.Name(rawValue: UInt16(one.cla) << 8 | UInt16(one.ins)) {
        case .verify: tries(.pin, one.data, new: nil)
        case .change, .unblock:
            guard let change = try? CodeChange(wireBytes: one.data) else { return }
            tries(one.ins == 0x24 ? .pin : .unblock, change.old, new: change.new)
        case .ask, .exchange: current = one.data
        case .select, .challenge, .proveOut, .proveIn, .data, .fetch, .pair, .load, .destroy, nil:
            return
        }
    }

    private mutating func tries(_ secret: Secret, _ digits: [UInt8], new: [UInt8]?) {
        guard !digits.isEmpty else { return }
        let left = left[Self.index(secret)]
        trying = Trying(secret: secret, digits: digits, new: new, left: left)
    }

    mutating func says(_ answer: [UInt8], at now: UInt64) {
        defer { trying = nil }
        guard let status = Reply(answer)?.status else { return }
        // What was refused may be said again by the same number, as for the button.
        if let current, status == .done || status.left != nil { last = current }
        guard let trying else { return }
        let isWrong = status.triesLeft != nil || status == .noTriesLeft && trying.left > 0
        guard status == .done || isWrong else { return }
        until = nil
        looked(at: trying, isRight: status == .done)
        guard status == .done else { return }
        if let new = trying.new {
            (pin, left[0], wrong[0]) = (new, Self.most[0], 0)
        } else {
            until = now + Self.idle
        }
    }

    private mutating func looked(at trying: Trying, isRight: Bool) {
        if !trying.isCounted {
            breaks(.pin, "it says of a code what it is before the try is on its disk")
        }
        let index = Self.index(trying.secret)
        guard !isRight else {
            if trying.digits != known(trying.secret) {
                breaks(.pin, "it takes a code that is another")
            }
            return wrong[index] = 0
        }
        wrong[index] += 1
        if wrong[index] > Self.most[index] {
            breaks(.pin, "it answers \(wrong[index]) wrong codes, one after the other")
        }
    }

    // MARK: Its disk

    /// So many tries of a code are left on its disk.
    mutating func kept(_ secret: Secret, _ tries: UInt64) {
        let index = Self.index(secret)
        if let trying, trying.secret == secret, tries + 1 == trying.left {
            self.trying?.isCounted = true
        }
        left[index] = tries
    }

    // MARK: What is done

    private func isHolder(at now: UInt64) -> Bool { until.map { now < $0 } ?? false }

    mutating func asked(_ right: Right, at now: UInt64) {
        doesNumber()
        if right == .nobody { breaks(.holder, "it is asked what nobody may ask") }
        if isHolder(at: now) { return until = now + Self.idle }
        if right == .holder || !isPaired { breaks(.pin, "it is asked by whoever has no PIN") }
    }

    /// A PIN stands in a question.
    mutating func isAsked(with digits: [UInt8]) { tries(.pin, digits, new: nil) }

    mutating func answersQuestion(isRight: Bool) {
        guard let trying else { return }
        self.trying = nil
        // Where no try was left it has looked at nothing.
        guard isRight || trying.left > 0 else { return }
        looked(at: trying, isRight: isRight)
        if !isRight { until = nil }
    }

    mutating func exchanged(at now: UInt64) {
        doesNumber()
        if !isPaired, !isHolder(at: now) {
            breaks(.pin, "it carries datagrams for a reader that nobody paired")
        }
    }

    mutating func told(at now: UInt64) {
        if !isHolder(at: now) { breaks(.pin, "it tells what happened to whoever has no PIN") }
    }

    private mutating func doesNumber() {
        guard let current else { return }
        if current == last { breaks(.askedOnce, "it does again what was asked once") }
    }

    /// It has agreed to pay: where it has a button for that, it was pressed, and else its holder
    /// said yes before a reader, unless that reader may say so by itself.
    mutating func agreed(_ payment: PaymentID, _ what: String, _ needs: Needs) {
        let isWanted =
            switch needs {
            case .button: pressed.contains(payment)
            case .yes: willing.contains(payment)
            case .nothing: true
            }
        if !isWanted { breaks(.holder, "\(what) is agreed, and its holder did not say so") }
    }

    enum Needs { case button, yes, nothing }
}
