internal import Command
internal import Commit
internal import Homes
internal import Money
internal import Station
internal import Wallet
internal import Wire
internal import Words

/// Money on its way back to its office: in as many payments as it takes, for each carries eight
/// pieces at most, and a shop takes hundreds in a day.
struct GivingBack {
    private let asker: Asker
    private let asset: Asset
    private let use: Use
    /// Those that are paid.
    private(set) var payments: [PaymentStanding] = []

    init(_ asset: Asset, _ asker: Asker, as use: Use = .redeemed) {
        (self.asset, self.asker, self.use) = (asset, asker, use)
    }

    var amount: Amount { Amount.sum(payments.map(\.about.amount)) ?? .largest }

    /// Gives that much back, or all there is, `part` at once; what it tells is the payment that did
    /// not come to its end, if there is one.
    mutating func give(
        _ amount: Amount?,
        _ part: (Balance) -> Amount
    ) throws(Complaint) -> PaymentStanding? {
        var (left, shortages) = (amount ?? .largest, 0)
        do throws(Complaint) {
            while left > .zero {
                let balance = try asker.teller.balance(asset)
                let most = part(balance)
                guard most > .zero else {
                    guard amount == nil else { throw Complaint(Denial.short(.nothing)) }
                    return nil
                }
                asker.restart()
                let less = Amount(max(1, most.units >> UInt64(shortages))) ?? most
                let one = try pay(min(left, most == balance.redeemable ? most : less))
                // People pay and are paid here while this goes on: with every piece that comes and
                // goes, what one payment carries is another amount. Then less is asked for, since
                // the office calls nobody often in vain.
                if one.isShort, shortages < Self.shortagesAtMost {
                    shortages += 1
                    continue
                }
                guard one.word == .paid else {
                    if let why = whyRefused(one) { throw why }
                    return one
                }
                payments.append(one)
                left = left.subtracting(one.about.amount) ?? .zero
                tellProgress(amount == nil ? nil : left)
            }
            return nil
        } catch {
            guard !payments.isEmpty else { throw error }
            let rest = amount == nil ? "the rest" : "the other \(asset.full(left))"
            throw Complaint(
                error.exit,
                error.name,
                error.what,
                hint: "\(sofar), and nothing of the last payment; type it again for \(rest)"
            )
        }
    }

    private static let shortagesAtMost = 3

    /// What this wallet has said, where it was itself that refused: more than the payment tells.
    ///
    /// Other denials are other visitors' of its node.
    private func whyRefused(_ one: PaymentStanding) -> Complaint? {
        guard one.word == .refused, let denial = asker.denial, denial.reason == one.reason?.string
        else {
            return nil
        }
        return asker.teller.complaint(denial)
    }

    private func tellProgress(_ left: Amount?) {
        guard left != .zero else { return }
        let toGo = left.map { ", \(asset.full($0)) to go" } ?? ""
        asker.waiter.screen.say(
            "\(asset.full(amount)) is back" + toGo,
            [("back", .string(asset.text(amount)))]
        )
    }

    private var sofar: String { "the office has \(asset.full(amount)) already" }

    /// What is said of one that did not come to its end.
    func report(_ open: PaymentStanding) throws(Complaint) -> Report {
        var report = try Paying.end(open)
        if !payments.isEmpty { report.lines.append(sofar + ", by payments before it") }
        report.add("back", .string(asset.text(amount)))
        return report
    }

    // MARK: One payment

    private func pay(_ amount: Amount) throws(Complaint) -> PaymentStanding {
        let question = Question.redeem(asset, amount, at: asker.office.address, as: use)
        let before = Set(asker.waiter.seen.map(\.payment))
        let begun: PaymentStanding
        switch try asker.ask(question, for: "to take back \(asset.full(amount))") {
        case .refused(let answer): throw Complaint(answer, asset)
        case .silent(isSaid: false): throw asker.silence
        case .silent(isSaid: true):
            // Its call may have come, and the payment begun, before the answer did.
            let found = try payment(of: nil, amount, before)
            guard let found else { throw silent }
            begun = found
        case .done(let answer):
            let office = answer.signed.object.sender
            var found: PaymentStanding?
            _ = try asker.wait(atMost: 86_400_000) { () throws(Complaint) in
                found = try payment(of: office, amount, before)
                return found != nil || asker.isDenied
            }
            if found == nil {
                // What was denied may have been another visitor's, and the call come meanwhile.
                try asker.waiter.wish(.cancel(answer.payment))
                found = try payment(of: office, amount, before)
            }
            guard let found else { throw asker.denial.map(asker.teller.complaint) ?? silent }
            begun = found
        }
        let waiter = asker.waiter
        let end = try waiter.end(of: begun.payment, within: asker.secondsLeft) ?? begun
        if end.word == .paid { try waiter.linger(on: begun.payment, atMost: 5) }
        return end
    }

    /// The payment that the office asks for, once it does.
    private func payment(
        of office: Key?,
        _ amount: Amount,
        _ before: Set<PaymentID>
    ) throws(Complaint) -> PaymentStanding? {
        for one in asker.waiter.seen
        where one.side == .buyer && one.about.amount == amount && one.about.asset == asset
            && !before.contains(one.payment)
        {
            // What was refused is nowhere any more but in what was told of it.
            let told = one.about.peer?.key
            let peer = told ?? (try? Past(one.payment.text, asker.teller))?.key
            let certifier = try asker.teller.info().certifier?.key
            if let peer, peer == office ?? certifier { return one }
        }
        return nil
    }

    private var silent: Complaint {
        Complaint(
            .pending,
            "not-called",
            "the office at \(asker.office.text) is there, and has not asked to be paid in time",
            hint: "nothing was paid; type it again, or wait longer with --wait"
        )
    }

    // MARK: What it has not credited

    /// Asks how much of what came back waits; nil where no answer came, and it is told by the next
    /// sync.
    static func waiting(_ asset: Asset, _ asker: Asker) throws(Complaint) -> Amount? {
        asker.restart()
        let question = Question.sync(from: nil, at: asker.office.address)
        let end = try asker.ask(question, for: "what it has credited", atMost: 5)
        guard case .done(let answer) = end, answer.outcome.numbers.count > 2 else { return nil }
        let told = try asker.teller.errands().atOffice
        return told.flatMap { $0.asset == asset ? $0.waiting : nil } ?? .zero
    }
}

extension Denial {
    /// The reason of a payment that a wallet refused for it.
    fileprivate var reason: String? {
        switch self {
        case .short: "short"
        case .noRoom: "disk"
        case .noWindow: "window"
        case .inert: "inert"
        case .noSuchPayment, .nothingNew, .noSuchAnswer, .needsPIN, .tooMany, .refused, .held: nil
        }
    }
}

extension PaymentStanding {
    /// Whether this wallet could not put the amount together.
    fileprivate var isShort: Bool { word == .refused && reason?.string == "short" }
}
