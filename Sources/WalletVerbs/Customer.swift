internal import Command
internal import Commit
internal import Homes
internal import Links
internal import Sealing
internal import Station
internal import Synchronization
internal import Wallet
internal import Words

/// A person, or a program in his stead, who is asked for money and decides.
struct Customer {
    let waiter: Waiter
    let request: Request

    static let options: [Verb.Option] = [
        Verb.Option(name: "--yes", short: "-y", about: "accept without asking"),
        Verb.Option(
            name: "--share",
            value: "WHAT",
            kind: .choice(Sharing.words),
            about: "with --yes: let the seller know this too, where it asks; else nothing goes out"
        ),
        pinOption,
    ]

    static let pinOption = Verb.Option(
        name: "--pin-file",
        value: "FILE",
        about: "its first line is the PIN, where one is needed; else you are asked"
    )

    init(_ waiter: Waiter, _ request: Request) throws(Complaint) {
        (self.waiter, self.request) = (waiter, request)
        // What is typed wrong is said before anybody is kept waiting.
        _ = try Sharing.typed(request["--share"], "--share")
    }

    /// How an offer was answered.
    enum Decided: Hashable {
        case accepted
        case refused
        /// The seller took it back, it lapsed, or somebody else answered it.
        case gone
        /// Somebody wants the verb to end.
        case stopped
    }

    // MARK: Being found

    /// Has the node answer look-ups while `body` runs, and afterwards only if others want that.
    static func found<Answer>(
        _ waiter: Waiter,
        _ body: (_ screen: String) throws(Complaint) -> Answer
    ) throws(Complaint) -> Answer {
        let teller = waiter.teller
        let info = try teller.info()
        if let reason = info.inert { throw Complaint(Denial.inert(reason)) }
        var number: UInt64?
        for case .listening(let id) in try teller.wish(.listen(true)) { number = id }
        defer { _ = try? teller.wish(.listen(false)) }
        guard let number else { throw .otherVersion }
        let screen = Payments.screen(number)
        waiter.screen.say(
            "listening: the number on this screen is \(screen)",
            [("screen", .string(screen))]
        )
        return try body(screen)
    }

    // MARK: One offer

    /// Shows an offer and answers it; nothing was answered where this throws.
    func decide(_ offer: PaymentStanding) throws(Complaint) -> Decided {
        guard let told = try waiter.teller.particulars(offer.payment) else { return .gone }
        if told.isAnswered { return .accepted }
        waiter.screen.rest()
        show(offer, told)
        do throws(Complaint) {
            let decided = try weigh(offer, told)
            if decided == .refused || decided == .stopped { refuse(offer) }
            return decided
        } catch {
            refuse(offer)
            throw error
        }
    }

    func refuse(_ offer: PaymentStanding) {
        guard let led = try? waiter.teller.wish(.refuse(offer.payment)) else { return }
        try? waiter.take(led)
    }

    private func show(_ offer: PaymentStanding, _ told: Particulars) {
        let about = offer.about
        var lines = ["\(Payments.who(about.peer)) asks for \(about.asset.full(about.amount))"]
        if about.memo.byteCount > 0 { lines.append("  for     \(about.memo.string)") }
        for item in told.items {
            lines.append("  item    \(item.text.string), \(about.asset.full(item.amount))")
        }
        if about.peer == nil, let key = told.key { lines.append("  key     \(short(key))") }
        if let digits = offer.digits {
            lines.append(
                "  digits  \(Payments.grouped(digits)), and the seller's screen shows the same"
            )
        }
        if told.wants != [] {
            lines.append("  wants   to know your \(Sharing.text(told.wants)) details")
        }
        waiter.screen.say(lines.joined(separator: "\n"), Payments.facts(offer).pairs)
    }

    private func weigh(
        _ offer: PaymentStanding,
        _ told: Particulars
    ) throws(Complaint) -> Decided {
        var share: Terms.Wants = []
        if request["--yes"] != nil {
            share = try Sharing.typed(request["--share"], "--share").intersection(told.wants)
        } else {
            let (isYes, reply) = try waiter.agrees("pay it?", about: offer.payment)
            guard isYes else { return try decided(reply) }
            for one in Sharing.each where told.wants.contains(one) {
                guard let text = Sharing.detail(one, of: try waiter.teller.info().profile) else {
                    waiter.screen.say("  you have no \(Sharing.text(one)) details to show")
                    continue
                }
                let question = "let them know your \(Sharing.text(one)) details, '\(text.string)'?"
                let (mayKnow, reply) = try waiter.agrees(question, about: offer.payment)
                if mayKnow { share.insert(one) }
                guard case .line = reply else { return try decided(reply) }
            }
        }
        return try accept(offer, share)
    }

    private func decided(_ reply: Waiter.Reply) throws(Complaint) -> Decided {
        switch reply {
        case .line: return .refused
        case .late: return .gone
        case .stopped: return .stopped
        case .nobody:
            throw Complaint(
                .usage,
                "no-terminal",
                "there is no terminal to ask whether to pay",
                hint: "write --yes to accept what comes; nothing was paid"
            )
        }
    }

    /// `check` is made at the last moment: a PIN may take long to be typed.
    func accept(
        _ offer: PaymentStanding,
        _ share: Terms.Wants,
        if check: () throws(Complaint) -> Void = {}
    ) throws(Complaint) -> Decided {
        let policy = try waiter.teller.info().policy
        guard let from = policy.pinAbove, offer.about.amount >= from else {
            try check()
            try waiter.wish(.accept(offer.payment, share: share, pin: nil))
            return .accepted
        }
        var told = try waiter.teller.ask(.pin)
        while true {
            let question: PIN.Question
            switch told {
            case .pin(let one): question = one
            case .wrongPIN(let one):
                question = one
                guard one.left > 0, request["--pin-file"] == nil else {
                    throw Complaint(wrongPIN: one)
                }
                waiter.screen.say("that is not the PIN; \(one.tries)")
            case .news(let news):
                for case .denied(let denial) in news { throw waiter.teller.complaint(denial) }
                try waiter.take(news)
                return .accepted
            case _: throw Complaint(instead: told)
            }
            guard question.left > 0 else { throw Complaint(wrongPIN: question) }
            let (text, reply) = try pin(offer)
            guard let text else { return try decided(reply) }
            let stretched = try stretch(text, question.salt)
            try check()
            told = try waiter.teller.ask(.accept(offer.payment, share: share, pin: stretched))
        }
    }

    // MARK: The PIN

    private func pin(
        _ offer: PaymentStanding
    ) throws(Complaint) -> (text: String?, reply: Waiter.Reply) {
        if let text = try Policies.pinInFile(request["--pin-file"]) { return (text, .line(text)) }
        let reply = try waiter.ask("PIN: ", isSecret: true, about: offer.payment)
        switch reply {
        case .line(let text): return (text, reply)
        case .late, .stopped: return (nil, reply)
        case .nobody:
            throw Complaint(
                .refused,
                "needs-pin",
                "an amount as large needs the PIN, and there is no terminal to ask for it",
                hint: "write --pin-file FILE; nothing was paid"
            )
        }
    }

    /// Slow on purpose, so another thread does it while the node goes on.
    private func stretch(_ text: String, _ salt: [UInt8]) throws(Complaint) -> [UInt8] {
        let (crew, bell): (Crew, Bell)
        do {
            (crew, bell) = (try Crew(1), try Bell())
        } catch {
            throw Complaint(StationFault.link(error), try Opening.home(request, waiter.scene))
        }
        let made = Stretched()
        crew.add {
            made.put(PIN.stretched(text, salt, by: .argon2id))
            bell.ring()
        }
        while try !waiter.go(on: waiter.limit(1), alsoFor: bell.file) {}
        guard let stretched = made.take() else { throw Complaint(PINFault.noMemory) }
        return stretched
    }
}

/// What another thread made.
private final class Stretched: Sendable {
    private let bytes = Mutex<[UInt8]?>(nil)

    func put(_ made: [UInt8]?) { bytes.withLock { $0 = made } }
    func take() -> [UInt8]? { bytes.withLock { $0 } }
}

/// Details that a seller may want to know, as they are typed and shown.
enum Sharing {
    static let words = ["shipping", "billing", "shipping,billing"]
    static let each: [Terms.Wants] = [.shipping, .billing]

    static func typed(_ text: String?, _ option: String) throws(Complaint) -> Terms.Wants {
        guard let text else { return [] }
        var wants: Terms.Wants = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            switch word {
            case "shipping": wants.insert(.shipping)
            case "billing": wants.insert(.billing)
            case _:
                throw Complaint(
                    .usage,
                    "bad-details",
                    "\(quoted(text)) is no list of details",
                    hint: "write \(option) and shipping, billing, or shipping,billing"
                )
            }
        }
        return wants
    }

    static func text(_ wants: Terms.Wants) -> String {
        wants == [.shipping, .billing]
            ? "shipping and billing" : wants == .billing ? "billing" : "shipping"
    }

    static func detail(_ one: Terms.Wants, of profile: Profile) -> Text? {
        one == .billing ? profile.billing : profile.shipping
    }

    /// What a buyer let its seller know; of what it was asked for, also what it kept to itself.
    static func tell(_ profile: Profile, _ facts: inout Facts, asked: Terms.Wants = []) {
        for one in each {
            if let text = detail(one, of: profile) {
                facts.add(Self.text(one), text.string)
            } else if asked.contains(one) {
                facts.line(Self.text(one), "not told")
            }
        }
    }
}
