internal import Command
internal import Commit
internal import Device
internal import EKey
internal import Homes
internal import Host
internal import Links
internal import Money
internal import Sealing
internal import Station
internal import Wallet
internal import Wire
internal import Words

/// `tally fam open`: the screens beside an eKey, as text.
enum FamScreens {
    static let verb = Verb(
        words: ["fam", "open"],
        summary: "the screens beside an eKey: pay, be paid, history, charge",
        details: [
            "in English or German, in a terminal; ctrl-C or 0 ends it. What it shows of a payment",
            "comes from the eKey, and so does the seller's name: compare the six digits with the",
            "seller's screen. Whoever does not trust this screen makes the eKey with a button",
        ],
        options: [
            Verb.Option(
                name: "--language",
                value: "L",
                kind: .choice(Language.allCases.map(\.rawValue)),
                about: "en or de; else as its bank has set it, or en"
            ),
            Verb.Option(
                name: "--pin-file",
                value: "FILE",
                about: "its first line is the PIN of the eKey; else you are asked"
            ),
        ] + Opening.links,
        examples: [Verb.Example(line: "tally fam open --home fam", about: "the menu")],
        exits: [.done, .failed, .usage, .refused, .notFound, .wrongPassphrase],
        act: { request, scene throws(Complaint) in
            let typed = request["--language"]
            guard typed == nil || typed.flatMap(Language.init(rawValue:)) != nil else {
                throw Complaint(
                    .usage,
                    "bad-language",
                    "there are no screens in \(quoted(typed ?? ""))",
                    hint: "write en or de"
                )
            }
            let (home, fam) = try FamVerbs.fam(request, scene)
            defer { fam.close() }
            // What its bank would have it speak, unless somebody says otherwise.
            let language = Language(rawValue: typed ?? fam.settings?.language ?? "") ?? .english
            let screens = try Screens(fam, home, scene, language)
            try screens.run()
            return Report(lines: [], json: .object([("ended", .flag(true))]))
        }
    )
}

/// A person before the screens.
private final class Screens {
    private let fam: Fam
    private let home: Home
    private let scene: Scene
    private var language: Language
    private let signals: Signals
    /// What has happened and was not looked at.
    private var news: [News] = []
    private var fault: ReaderFault?
    private var isOver = false

    init(
        _ fam: Fam,
        _ home: Home,
        _ scene: Scene,
        _ language: Language
    ) throws(Complaint) {
        (self.fam, self.home, self.scene) = (fam, home, scene)
        self.language = language
        do { signals = try Signals() } catch { throw Complaint(.link(error), home) }
    }

    private func say(_ text: String) { scene.tell(text + "\n") }
    private func say(_ phrase: Phrase, _ more: String = "") {
        say(phrase.text(in: language) + (more.isEmpty ? "" : " " + more))
    }

    // MARK: Waiting

    /// Has everything go on for a while, or until a file is ready.
    @discardableResult
    private func turn(atMost most: UInt64, alsoFor file: Int32? = nil) -> Bool {
        let (some, isReady) = fam.turn(atMost: most, alsoFor: file)
        news += some
        if signals.hasCome() { isOver = true }
        if fam.fault != fault {
            // A PIN that is wanted is asked for where it is needed.
            if fam.fault?.isAboutPIN != true {
                if fam.fault != nil { say(.cableOut) } else if fault != nil { say(.cableIn) }
            }
            fault = fam.fault
        }
        return isReady
    }

    private func takeNews() -> [News] {
        defer { news = [] }
        return news
    }

    /// A line that is typed, while everything goes on; nil when the screens are to end.
    private func line(_ text: String, isSecret: Bool = false) throws(Complaint) -> String? {
        guard let prompt = scene.prompt(text, isSecret) else {
            throw Codes.noTerminal("--pin-file")
        }
        while !isOver {
            let isReady = turn(atMost: 500, alsoFor: prompt.file)
            guard prompt.tick(), isReady, let typed = prompt.take() else { continue }
            if case .line(let line) = typed { return line }
            isOver = true
        }
        return nil
    }

    // MARK: The menu

    func run() throws(Complaint) {
        let items: [(Phrase, () throws(Complaint) -> Void)] = [
            (.pay, pay), (.bePaid, bePaid), (.history, history), (.charge, charge),
            (.bills, bills), (.pin, pin),
            (.language, { () throws(Complaint) in self.language = self.language.other }),
        ]
        while !isOver {
            try balances()
            for (index, item) in items.enumerated() {
                say("  \(index + 1)  \(item.0.text(in: language))")
            }
            say("  0  \(Phrase.end.text(in: language))")
            guard let typed = try line(Phrase.choose.text(in: language)) else { return }
            guard let number = Int(typed), (0...items.count).contains(number) else {
                say(.unknown)
                continue
            }
            guard number > 0 else { return }
            try items[number - 1].1()
        }
    }

    /// Asks the eKey, with the PIN where its session has ended.
    private func ask(_ question: Question) throws(Complaint) -> Told? {
        while !isOver {
            let told = fam.ask(question)
            guard case .fault(let words) = told else { return told }
            guard fam.fault == .refused(.notForThisSession) else {
                say(fam.fault?.words(in: language) ?? words)
                return nil
            }
            guard let typed = try line(Phrase.typePIN.text(in: language), isSecret: true) else {
                return nil
            }
            guard PIN.fits(typed) else { continue }
            let status = try FamVerbs.asking { () throws(ReaderFault) in try fam.verify(typed) }
            if let left = status.triesLeft { say(.wrongPIN, "\(left)") }
            guard status != .noTriesLeft else { throw Complaint(ReaderFault.refused(status)) }
        }
        return nil
    }

    private func info() throws(Complaint) -> Info? {
        guard case .info(let info)? = try ask(.info) else { return nil }
        return info
    }

    private func balances() throws(Complaint) {
        guard case .balances(let purses)? = try ask(.balances) else { return }
        say("")
        for purse in purses {
            let held = purse.balance.held
            let also =
                held > .zero ? ", \(purse.asset.full(held)) \(Phrase.held.text(in: language))" : ""
            say(
                "\(purse.asset.full(purse.balance.available)) "
                    + Phrase.available.text(in: language) + also
            )
        }
    }

    // MARK: Paying

    private func pay() throws(Complaint) {
        guard case .news(let led)? = try ask(.listen(true)) else { return }
        defer { _ = fam.ask(.listen(false)) }
        for case .listening(let id?) in led { say(.yourNumber, Payments.screen(id)) }
        guard let prompt = scene.prompt(Phrase.waitingForSeller.text(in: language) + " ", false)
        else { throw Codes.noTerminal("--pin-file") }
        var offer: PaymentStanding?
        while offer == nil, !isOver {
            let isReady = turn(atMost: 500, alsoFor: prompt.file)
            if prompt.tick(), isReady, prompt.take() != nil { return }
            for case .standing(let standing) in takeNews()
            where standing.side == .buyer && standing.word == .offered { offer = standing }
        }
        guard let offer else { return }
        say("")
        try decide(offer)
    }

    private func decide(_ offer: PaymentStanding) throws(Complaint) {
        let about = offer.about
        let who = about.peer?.name.string ?? Phrase.nobody.text(in: language)
        say("\(who) \(Phrase.asksFor.text(in: language)) \(about.asset.full(about.amount))")
        if about.memo.byteCount > 0 {
            say("  \(Phrase.purpose.text(in: language)) \(about.memo.string)")
        }
        if let digits = offer.digits {
            say("  \(Payments.grouped(digits))  \(Phrase.digits.text(in: language))")
        }
        guard let typed = try line(Phrase.agree.text(in: language)),
            language.yes.contains(typed), case .pin(let question)? = try ask(.pin),
            let pin = try line(Phrase.typePIN.text(in: language), isSecret: true),
            let stretched = PIN.stretched(pin, question.salt, by: .argon2id)
        else {
            _ = try ask(.refuse(offer.payment))
            return say(.notPaid)
        }
        let told = try ask(.accept(offer.payment, share: [], pin: stretched))
        if case .wrongPIN(let question)? = told {
            say(.wrongPIN, "\(question.left)")
            _ = try ask(.refuse(offer.payment))
            return say(.notPaid)
        }
        if case .news(let led)? = told {
            for case .denied(let denial) in led { return say(Complaint(denial, about.asset).what) }
        }
        if fam.wantsButton { say(.pressButton) }
        follow(offer.payment)
    }

    /// Until it is over, or a minute is.
    private func follow(_ payment: PaymentID) {
        let limit = scene.stopwatch() + 60_000_000_000
        var last: PaymentStanding?
        while !isOver, scene.stopwatch() < limit {
            turn(atMost: 200)
            for case .standing(let standing) in takeNews() where standing.payment == payment {
                last = standing
            }
            switch last?.word {
            case .paid: return say(.done)
            case .cancelled, .refused: return say(.refused, last?.reason?.string ?? "")
            case .offered, .held, nil: continue
            }
        }
        say(.open)
    }

    // MARK: Being paid

    private func bePaid() throws(Complaint) {
        guard let asset = try info()?.window?.asset,
            let typed = try line(Phrase.howMuch.text(in: language))
        else { return }
        let amount: Amount
        do {
            amount = try asset.typed(typed)
        } catch {
            return say(error.what)
        }
        guard let purpose = try line(Phrase.whatFor.text(in: language)),
            let memo = Text(purpose), memo.byteCount <= Limits.memoBytes,
            let number = try line(Phrase.buyersNumber.text(in: language)),
            let screen = UInt64(number), let name = try find(screen)
        else { return say(.nobodyThere) }
        let terms = Terms(asset: asset, amount: amount, memo: memo)
        guard case .news(let led)? = try ask(.offer(terms, to: name)) else { return }
        for case .denied(let denial) in led { return say(Complaint(denial, asset).what) }
        for case .standing(let standing) in led {
            say(.compare)
            if let digits = standing.digits {
                say("  \(Payments.grouped(digits))  \(Phrase.digits.text(in: language))")
            }
            return follow(standing.payment)
        }
    }

    /// Calls until one with that number answers, for ten seconds.
    private func find(_ screen: UInt64) throws(Complaint) -> Hash? {
        let limit = scene.stopwatch() + 10_000_000_000
        while !isOver, scene.stopwatch() < limit {
            guard try ask(.call([])) != nil else { return nil }
            let next = scene.stopwatch() + 500_000_000
            while scene.stopwatch() < next {
                turn(atMost: 100)
                for case .here(_, let name, let id) in takeNews() where id == screen { return name }
            }
        }
        return nil
    }

    // MARK: The rest

    private func history() throws(Complaint) {
        guard case .payments(_, let page, _)? = try ask(.history(before: .max, limit: 10)) else {
            return
        }
        if page.isEmpty { say(.noPayments) }
        for one in page {
            guard let finished = try? Finished(wireBytes: one.bytes) else { continue }
            say(Payments.line(one, finished))
        }
    }

    private func charge() throws(Complaint) {
        guard let asset = try info()?.window?.asset,
            let typed = try line(Phrase.howMuch.text(in: language))
        else { return }
        do throws(Complaint) {
            let amount = try asset.typed(typed)
            guard let office = try office() else { return }
            guard case .news? = try ask(.charge(asset, amount, at: office.address)) else { return }
            say(.askedOffice)
            let limit = scene.stopwatch() + 20_000_000_000
            while !isOver, scene.stopwatch() < limit {
                turn(atMost: 200)
                for one in takeNews() {
                    if case .charged = one {
                        office.remember(in: home)
                        return say(.charged)
                    }
                    if case .answered(let answer) = one, let refusal = answer.outcome.refusal {
                        return say("\(refusal)")
                    }
                }
            }
            say(.notCharged)
        } catch {
            say(error.what)
        }
    }

    /// Where it was when it was asked last, or where somebody says that it is.
    private func office() throws(Complaint) -> OfficeAt? {
        var place = home.office
        if place == nil { place = try line(Phrase.officeAt.text(in: language)) }
        return try place.map { place throws(Complaint) in try OfficeAt(typed: place) }
    }

    /// What the office says to that; nil when it has not answered, or has refused, which is told.
    private func answer(
        to question: Question
    ) throws(Complaint) -> (papers: [SignedObject], numbers: [UInt64])? {
        guard case .news(let led)? = try ask(question) else { return nil }
        var errand: PaymentID?
        for case .asking(let id) in led { errand = id }
        say(.askedOffice)
        let limit = scene.stopwatch() + 20_000_000_000
        while !isOver, scene.stopwatch() < limit {
            turn(atMost: 200)
            for case .answered(let answer) in takeNews() where answer.payment == errand {
                if let refusal = answer.outcome.refusal {
                    say("\(refusal)")
                    return nil
                }
                return (answer.outcome.papers, answer.outcome.numbers)
            }
        }
        say(.noAnswer)
        return nil
    }

    private func bills() throws(Complaint) {
        let office: OfficeAt
        do throws(Complaint) {
            guard let found = try self.office() else { return }
            office = found
        } catch {
            return say(error.what)
        }
        guard let told = try answer(to: .enquire(after: 0, at: office.address)) else { return }
        office.remember(in: home)
        let bills = told.papers.compactMap { try? Bill(reading: $0) }
        guard !bills.isEmpty else { return say(.noBills) }
        for bill in bills {
            let terms = bill.terms
            say(
                "  \(terms.number)  \(terms.asset.full(terms.amount))  \(terms.biller.string),"
                    + " \(terms.purpose.string), \(Phrase.due.text(in: language)) \(terms.due.text)"
            )
        }
        guard let typed = try line(Phrase.whichBill.text(in: language)), !typed.isEmpty else {
            return
        }
        guard let bill = bills.first(where: { "\($0.terms.number)" == typed }) else {
            return say(.unknown)
        }
        let free = told.numbers.first.flatMap { Amount($0) } ?? .zero
        try pay(bill.terms, free, office)
    }

    /// Out of the account; what that lacks has to go back to it first.
    private func pay(
        _ terms: Bill.Terms,
        _ free: Amount,
        _ office: OfficeAt
    ) throws(Complaint) {
        say("\(Phrase.inAccount.text(in: language)) \(terms.asset.full(free))")
        if let missing = terms.amount.subtracting(free), missing > .zero {
            say(.accountShort, terms.asset.full(missing))
            return say("  tally bill \(terms.number) --home \(home.folder)")
        }
        guard let typed = try line(Phrase.agree.text(in: language)), language.yes.contains(typed)
        else { return say(.notPaid) }
        let question = Question.payBill(
            terms.number,
            terms.asset,
            terms.amount,
            at: office.address
        )
        guard let paid = try answer(to: question)?.papers.first,
            let invoice = try? Invoice(reading: paid),
            invoice.terms.number == terms.number
        else { return }
        say(.done, "\(invoice.terms.biller.string), \(terms.asset.full(invoice.terms.amount))")
    }

    private func pin() throws(Complaint) {
        guard let old = try line(Phrase.oldPIN.text(in: language), isSecret: true),
            let new = try line(Phrase.newPIN.text(in: language), isSecret: true)
        else { return }
        do throws(ReaderFault) {
            let status = try fam.change(old, to: new)
            if status == .done { return say(.pinChanged) }
            say(ReaderFault.refused(status).words(in: language))
        } catch {
            say(error.words(in: language))
        }
    }
}
