internal import Command
internal import Commit
internal import Homes
internal import Host
internal import Money
internal import Station
internal import Wallet
internal import Wire
internal import Words

/// A payment that gives another one back names it: in its memo, which both sides sign for.
enum Returning {
    private static let opening = "refund of "
    private static let idBytes = 32

    /// The id of the payment that such a memo says is given back.
    static func returned(_ memo: Text) -> String? {
        guard memo.string.hasPrefix(opening) else { return nil }
        let id = memo.string.dropFirst(opening.count).prefix { $0 != ":" }
        return id.utf8.count == idBytes && Hex.bytes(String(id)) != nil ? String(id) : nil
    }

    /// The memo with which a payment of ours is asked back.
    static func memo(
        _ typed: String,
        _ amount: Amount,
        _ words: Text,
        _ teller: any Teller
    ) throws(Complaint) -> Text {
        let payment = try Past(typed, teller)
        guard payment.isBuyers, payment.isPaid else {
            throw Complaint(
                .refused,
                "not-yours",
                payment.isBuyers
                    ? "the payment \(quoted(typed)) was not paid, so nothing can be given back"
                    : "the payment \(quoted(typed)) was paid to you, not by you",
                hint: payment.isBuyers
                    ? "'tally show \(typed)' says how it stands"
                    : "to give it back yourself: 'tally refund \(typed)'"
            )
        }
        try payment.covers(amount, given: .zero)
        let text = opening + payment.id + (words.byteCount > 0 ? ": " + words.string : "")
        guard let memo = Text(text), memo.byteCount <= Limits.memoBytes else {
            throw Complaint(
                .usage,
                "bad-memo",
                "what it is for is too long beside the id of the payment that is given back",
                hint: "write at most \(Limits.memoBytes - opening.utf8.count - idBytes - 2) bytes"
            )
        }
        return memo
    }

    /// What a payment gives back, and what of it went back: as far as this wallet knows.
    static func tell(
        _ past: Past,
        _ facts: inout Facts,
        _ teller: any Teller
    ) throws(Complaint) {
        if let id = returned(past.memo) {
            // Anybody can write a memo: it is believed of the very same two alone.
            let other = try? Past(id, teller)
            let isSame = other.map { $0.isBuyers != past.isBuyers && $0.key == past.key } ?? false
            facts.add(
                "gives back",
                isSame ? String(id.prefix(8)) : "\(id.prefix(8)), which is not between you two",
                .string(isSame ? id : "")
            )
        }
        guard past.isPaid else { return }
        let given = try given(of: past, teller)
        if given > .zero { facts.add("given back", given, past.asset) }
    }

    /// What went back of a payment so far, and promised to.
    static func given(of past: Past, _ teller: any Teller) throws(Complaint) -> Amount {
        var sum = Amount.zero
        func count(_ asset: Asset, _ amount: Amount, _ memo: Text) {
            guard asset == past.asset, returned(memo) == past.id else { return }
            sum = sum.adding(amount) ?? .largest
        }
        for one in try teller.pending() where (one.side == .buyer) != past.isBuyers {
            let isPromised = try teller.particulars(one.payment)?.isAnswered ?? false
            if isPromised { count(one.about.asset, one.about.amount, one.about.memo) }
        }
        try teller.history { outcome throws(Complaint) in
            // All of it: a seller's payment is recorded as over only when its buyer is known to
            // know, which may be after some of it was given back.
            guard let finished = try? Finished(wireBytes: outcome.bytes), let deal = finished.deal,
                finished.isBuyers != past.isBuyers, finished.isPaid, deal.peer == past.key
            else { return true }
            count(deal.asset, deal.amount, deal.memo)
            return true
        }
        return sum
    }
}

/// A payment as our own wallet knows it: over, or paid and not yet heard of by its buyer.
struct Past {
    let id: String
    let isBuyers: Bool
    let isPaid: Bool
    let asset: Asset
    let amount: Amount
    let memo: Text
    /// The other one's.
    let key: Key?
    let name: NameStatement?

    init(_ typed: String, _ teller: any Teller) throws(Complaint) {
        switch try Looking.one(typed, teller) {
        case .open(let standing):
            (id, isBuyers) = (standing.payment.text, standing.side == .buyer)
            isPaid = standing.word == .paid
            (asset, amount) = (standing.about.asset, standing.about.amount)
            (memo, name) = (standing.about.memo, standing.about.peer)
            key = try teller.particulars(standing.payment)?.key
        case .over(let outcome, let finished):
            guard let deal = finished.deal else {
                throw Complaint(
                    .refused,
                    "no-deal",
                    "the payment \(quoted(typed)) was cancelled before anything was agreed",
                    hint: "'tally show \(typed)' says how it stands"
                )
            }
            (id, isBuyers) = (PaymentID(outcome.payment)?.text ?? "", finished.isBuyers)
            isPaid = finished.isPaid
            (asset, amount, memo) = (deal.asset, deal.amount, deal.memo)
            (key, name) = (deal.peer, deal.name)
        }
    }

    var short: String { String(id.prefix(8)) }

    /// Nobody gives back more than he got.
    func covers(_ amount: Amount, given: Amount) throws(Complaint) {
        guard let left = self.amount.subtracting(given), amount <= left else {
            let rest = self.amount.subtracting(given) ?? .zero
            throw Complaint(
                .refused,
                "too-much",
                "\(asset.full(amount)) is more than can be given back of \(short):"
                    + " it was \(asset.full(self.amount)), and \(asset.full(given)) of it went"
                    + " back",
                hint: rest == .zero
                    ? "nothing is left to give back" : "\(asset.full(rest)) is the most"
            )
        }
    }
}

/// `tally refund`: the seller of a receipt gives its buyer the money back.
enum Refunding {
    static let refund = Verb(
        words: ["refund"],
        summary: "give back what was received, whole or in part",
        details: [
            "RECEIPT is the receipt's file, or the payment's id; money goes back by a payment the",
            "other way, which names the one that it gives back:",
            "this side waits, and says what the other side has to run, 'tally sell --refund'; it",
            "pays that alone, without asking again: the same key, asset and amount, once, and no",
            "more than is left of the receipt",
        ],
        arguments: [
            Verb.Argument(
                name: "RECEIPT",
                kind: .file,
                about: "a receipt's file, or a payment's id"
            ),
            Verb.Argument(
                name: "AMOUNT",
                kind: .number,
                about: "how much; else all that was not given back yet",
                isRequired: false
            ),
        ],
        options: [
            Customer.pinOption,
            Verb.Option(
                name: "--wait",
                value: "S",
                kind: .number,
                about: "wait so many seconds for the other side, and again for the end; else 300"
            ),
            Opening.loseOption,
        ] + Opening.options + Opening.links,
        examples: [
            Verb.Example(line: "tally refund coffee.tally", about: "all of it"),
            Verb.Example(line: "tally refund 4f3a 1.50", about: "a part"),
        ],
        exits: [.done, .failed, .usage, .refused, .notFound, .pending, .inDoubt, .wrongPassphrase],
        act: { request, scene throws(Complaint) in try give(request, scene) }
    )

    private static func give(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let seconds = try Waiter.seconds(request, 300)
        let typed = try id(request.arguments[0])
        let teller = try Opening.teller(request, scene)
        defer { teller.close() }
        let lock = try alone(try Opening.home(request, scene))
        defer { lock.free() }
        let past = try received(typed, teller)
        // First what is open, then the sum: so every promise that is old to the waiter is in it.
        let waiter = try Waiter(teller, scene)
        let given = try Returning.given(of: past, teller)
        let rest = past.amount.subtracting(given) ?? .zero
        guard rest > .zero else {
            throw Complaint(
                .refused,
                "given-back",
                "all of \(past.short), \(past.asset.full(past.amount)), was given back already",
                hint: "'tally history' shows when"
            )
        }
        let amount =
            try request.arguments.dropFirst().first.map { typed throws(Complaint) in
                try past.asset.typed(typed)
            } ?? rest
        try past.covers(amount, given: given)
        let customer = try Customer(waiter, request)
        return try Customer.found(waiter) { screen throws(Complaint) in
            let text = past.asset.text(amount)
            waiter.screen.say(
                "giving \(past.asset.full(amount)) back to \(Payments.who(past.name))"
                    + (past.key.map { ", key \(short($0))" } ?? "")
                    + (past.memo.byteCount > 0 ? ", for \(past.memo.string)" : "")
                    + "\nthe other side runs:\n"
                    + "  tally sell \(text) --refund \(past.short) --to \(screen)",
                [
                    ("amount", .string(text)), ("refund", .string(past.id)),
                    ("screen", .string(screen)),
                ]
            )
            waiter.screen.wait(for: "whoever paid \(past.short)")
            return try pay(past, amount, customer, seconds)
        }
    }

    private static func pay(
        _ past: Past,
        _ amount: Amount,
        _ customer: Customer,
        _ seconds: UInt64
    ) throws(Complaint) -> Report {
        let waiter = customer.waiter
        let offer = try next(past, amount, customer, seconds)
        guard let offer else {
            throw waiter.stop.isAsked
                ? Paying.stopped
                : Complaint(
                    .pending,
                    "no-offer",
                    "nobody asked for it back in \(seconds) seconds",
                    hint: "wait longer with --wait, and have the other side run what is said above"
                )
        }
        waiter.screen.rest()
        if let digits = offer.digits {
            waiter.screen.say(
                "  digits  \(Payments.grouped(digits)), and the other screen shows the same",
                [("digits", .string(Payments.grouped(digits)))]
            )
        }
        try accept(offer, past, amount, customer)
        let end = try waiter.end(of: offer.payment, within: seconds) ?? offer
        if end.word == .paid { try waiter.linger(atMost: 1) }
        return try Paying.end(end)
    }

    private static func accept(
        _ offer: PaymentStanding,
        _ past: Past,
        _ amount: Amount,
        _ customer: Customer
    ) throws(Complaint) {
        let teller = customer.waiter.teller
        // Where its seller was picked, the node has accepted it itself, and it is in the sum.
        if try isAnswered(offer, teller) { return }
        do throws(Complaint) {
            let decided = try customer.accept(offer, []) { () throws(Complaint) in
                // Some of it may have gone back meanwhile: by 'tally pay', or to a picked seller.
                try past.covers(amount, given: try Returning.given(of: past, teller))
            }
            guard decided == .accepted else { throw Paying.stopped }
        } catch {
            customer.refuse(offer)
            throw error
        }
    }

    /// Whether there is nothing to say to an offer any more; one that is gone is over.
    private static func isAnswered(
        _ offer: PaymentStanding,
        _ teller: any Teller
    ) throws(Complaint) -> Bool {
        guard offer.isOffer else { return true }
        return try teller.particulars(offer.payment)?.isAnswered ?? true
    }

    /// The one offer that is meant; others are not answered, and a node of our own refuses them.
    private static func next(
        _ past: Past,
        _ amount: Amount,
        _ customer: Customer,
        _ seconds: UInt64
    ) throws(Complaint) -> PaymentStanding? {
        let waiter = customer.waiter
        let limit = waiter.limit(seconds)
        var looked = try promised(waiter)
        while waiter.scene.stopwatch() < limit, !waiter.stop.isAsked {
            let new = waiter.seen.first { mayBeMeant($0) && !looked.contains($0.payment) }
            guard let new else {
                _ = try waiter.go(on: limit)
                continue
            }
            looked.insert(new.payment)
            if isMeant(new, past, amount, waiter.teller) { return new }
            guard !waiter.teller.isRemote, try !isAnswered(new, waiter.teller) else { continue }
            waiter.screen.say(
                "refused what was asked for beside it:"
                    + " \(new.about.asset.full(new.about.amount))"
                    + " by \(Payments.who(new.about.peer))"
            )
            customer.refuse(new)
        }
        return nil
    }

    /// What was promised before this verb began: not meant by it, and in the sum of what went back.
    private static func promised(_ waiter: Waiter) throws(Complaint) -> Set<PaymentID> {
        var promised: Set<PaymentID> = []
        for one in waiter.seen {
            let isPromised = try isAnswered(one, waiter.teller)
            if isPromised { promised.insert(one.payment) }
        }
        return promised
    }

    /// An offer, or what has become of one that the node accepted itself.
    private static func mayBeMeant(_ standing: PaymentStanding) -> Bool {
        guard standing.side == .buyer else { return false }
        return standing.isOffer || standing.word == .held || standing.word == .paid
    }

    private static func isMeant(
        _ standing: PaymentStanding,
        _ past: Past,
        _ amount: Amount,
        _ teller: any Teller
    ) -> Bool {
        guard let one = try? Past(standing.payment.text, teller) else { return false }
        return one.isBuyers && one.key == past.key && one.asset == past.asset
            && one.amount == amount && Returning.returned(one.memo) == past.id
    }

    /// The right to give back from this home, which one process at a time has: two that count
    /// what went back before either pays could give back more than was received.
    private static func alone(_ home: Home) throws(Complaint) -> FileLock {
        let path = home.folder + "/refund.lock"
        let lock: FileLock?
        do {
            lock = try FileLock.take(path)
        } catch {
            throw Complaint(error, writing: path)
        }
        guard let lock else {
            throw Complaint(
                .refused,
                "refunding",
                "another refund of this wallet is under way",
                hint: "wait until it has ended"
            )
        }
        return lock
    }

    /// What a receipt is about, or the id that was typed.
    private static func id(_ typed: String) throws(Complaint) -> String {
        guard Files.exists(typed) else { return typed }
        let paper = try PaperFiles.paper(at: typed)
        guard case .receipt(let commit, _) = paper.body else {
            throw Complaint(
                .refused,
                "no-receipt",
                "\(quoted(typed)) is a paper, and no receipt",
                hint: "'tally verify' says what it is"
            )
        }
        return commit.payment.text
    }

    private static func received(_ typed: String, _ teller: any Teller) throws(Complaint) -> Past {
        let past = try Past(typed, teller)
        guard !past.isBuyers, past.isPaid else {
            throw Complaint(
                .refused,
                "not-received",
                past.isBuyers
                    ? "the payment \(past.short) was paid by this wallet, and not to it"
                    : "the payment \(past.short) was never paid",
                hint: past.isBuyers
                    ? "its seller gives it back: 'tally sell AMOUNT --refund \(past.short)' here"
                    : "'tally show \(past.short)' says how it stands"
            )
        }
        return past
    }
}
