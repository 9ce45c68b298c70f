internal import Command
internal import Commit
internal import Homes
internal import Host
internal import Station
internal import Wallet
internal import Words

extension PaymentStanding {
    /// Something that a buyer is to answer, or has answered.
    var isOffer: Bool { word == .offered && side == .buyer }

    var isOver: Bool { word == .paid || word == .cancelled || word == .refused }
}

/// Waits for what comes, shows what is waited for, and keeps how payments stand.
///
/// The node goes on in all of it, also while a question stands on the terminal.
final class Waiter {
    let teller: any Teller
    let scene: Scene
    let screen: Screen
    let stop: Stop
    /// What to tell of what happens.
    var tells: (News) -> Bool = { _ in false }
    /// The newest of each payment, in the order in which they were heard of.
    private(set) var seen: [PaymentStanding] = []
    /// What a question stands there about.
    private var asked: PaymentID?
    /// The moment of the stopwatch from which on the next question may be asked.
    private var asksFrom: UInt64 = 0

    init(_ teller: any Teller, _ scene: Scene) throws(Complaint) {
        (self.teller, self.scene, screen, stop) = (teller, scene, Screen(scene), try Stop())
        for one in try teller.pending() { note(one) }
    }

    static func seconds(
        _ request: Request,
        _ usual: UInt64 = 120
    ) throws(Complaint) -> UInt64 {
        let typed = request["--wait"] ?? "\(usual)"
        guard let seconds = UInt64(typed), (1...86_400).contains(seconds) else {
            throw Complaint(
                .usage,
                "bad-number",
                "--wait is a number of seconds up to 86400, and \(quoted(typed)) is none",
                hint: "leave it out for \(usual)"
            )
        }
        return seconds
    }

    /// The moment of the stopwatch so many seconds from now.
    func limit(_ seconds: UInt64) -> UInt64 { scene.stopwatch() + seconds * 1_000_000_000 }

    /// Goes on for a moment.
    func go(on limit: UInt64, alsoFor file: Int32? = nil) throws(Complaint) -> Bool {
        let now = scene.stopwatch()
        let most = limit > now ? min(500, (limit - now) / 1_000_000 + 1) : 0
        let (news, isReady) = try teller.news(within: most, alsoFor: file)
        try take(news)
        screen.tick()
        return isReady
    }

    /// Notes what happened, and tells it if that is wanted.
    func take(_ news: [News]) throws(Complaint) {
        for one in news {
            if case .standing(let standing) = one {
                note(standing)
                if let asked, !isOpen(asked) { endQuestion() }
            }
            if tells(one) { Running.say(one, screen, teller.complaint) }
        }
    }

    /// Follows a wish, and takes what came of it at once.
    func wish(_ ask: Question) throws(Complaint) {
        try take(try teller.wish(ask))
    }

    /// The first payment that stands so; nil when the time is over first, or somebody stops it.
    func standing(
        within seconds: UInt64,
        where isIt: (PaymentStanding) -> Bool
    ) throws(Complaint) -> PaymentStanding? {
        let limit = limit(seconds)
        while true {
            if let found = seen.first(where: isIt) { return found }
            guard scene.stopwatch() < limit, !stop.isAsked else { return nil }
            _ = try go(on: limit)
        }
    }

    func standing(of payment: PaymentID) -> PaymentStanding? {
        seen.first { $0.payment == payment }
    }

    /// How a payment ended; how it stands when the time is over first.
    func end(of payment: PaymentID, within seconds: UInt64) throws(Complaint) -> PaymentStanding? {
        defer { screen.rest() }
        let end = try standing(within: seconds) { one in
            if one.payment == payment, !one.isOver { screen.wait(for: Self.wait(one)) }
            return one.payment == payment && one.isOver
        }
        return end ?? standing(of: payment)
    }

    private static func wait(_ standing: PaymentStanding) -> String {
        switch (standing.word, standing.side) {
        case (.held, _): "the seller's decision; the money is held"
        case (_, .buyer): "the seller, who checks what it was shown"
        case (_, .seller): "the buyer, who compares the digits and says yes or no"
        }
    }

    /// Goes on for a little while, until the other side is known to know.
    ///
    /// A node that runs elsewhere goes on anyway.
    func linger(on payment: PaymentID, atMost most: UInt64) throws(Complaint) {
        guard !teller.isRemote else { return }
        let limit = limit(most)
        while scene.stopwatch() < limit, !stop.isAsked {
            guard try teller.particulars(payment) != nil else { return }
            _ = try go(on: min(limit, scene.stopwatch() + 100_000_000))
        }
    }

    /// Goes on answering for a little while.
    func linger(atMost most: UInt64) throws(Complaint) {
        guard !teller.isRemote else { return }
        let limit = limit(most)
        while scene.stopwatch() < limit, !stop.isAsked { _ = try go(on: limit) }
    }

    private func note(_ standing: PaymentStanding) {
        // What is over stays so, however late older news come.
        if let at = seen.firstIndex(where: { $0.payment == standing.payment }) {
            if !seen[at].isOver { seen[at] = standing }
        } else {
            seen.append(standing)
        }
    }

    // MARK: Asking

    enum Reply: Hashable {
        case line(String)
        /// No terminal, or nobody there any more.
        case nobody
        case stopped
        /// What was asked about is no more.
        case late
    }

    /// Asks the person, and goes on with everything while he thinks.
    func ask(
        _ question: String,
        isSecret: Bool = false,
        about payment: PaymentID
    ) throws(Complaint) -> Reply {
        screen.rest()
        // What is typed meanwhile was meant for the question that stood there before.
        while scene.stopwatch() < asksFrom, !stop.isAsked { _ = try go(on: asksFrom) }
        guard isOpen(payment) else { return .late }
        guard let prompt = scene.prompt(question, isSecret) else { return .nobody }
        (screen.question, asked) = (question, payment)
        defer { (screen.question, asked) = (nil, nil) }
        while true {
            let file = prompt.tick() ? prompt.file : nil
            let isReady = try go(on: limit(1), alsoFor: file)
            if isReady, let typed = prompt.take() {
                guard case .line(let text) = typed else { return .nobody }
                return .line(text)
            }
            let isStopped = stop.isAsked
            guard isStopped || !isOpen(payment) else { continue }
            endQuestion()
            if !isStopped { asksFrom = scene.stopwatch() + Self.lateNanoseconds }
            return isStopped ? .stopped : .late
        }
    }

    /// By then a person who was about to answer has seen that the question is another one.
    private static let lateNanoseconds: UInt64 = 1_500_000_000

    private func isOpen(_ payment: PaymentID) -> Bool {
        standing(of: payment)?.isOffer == true
    }

    /// The question stands there unanswered, and is not to be drawn again below what is told next.
    private func endQuestion() {
        guard screen.question != nil else { return }
        screen.rest()
        (screen.question, asked) = (nil, nil)
        scene.tell("\n")
    }

    /// A yes or a no; nothing is no.
    func agrees(
        _ question: String,
        about payment: PaymentID
    ) throws(Complaint) -> (isYes: Bool, reply: Reply) {
        let reply = try ask(question + " [y/N] ", about: payment)
        guard case .line(let text) = reply else { return (false, reply) }
        return (["y", "yes"].contains(text.lowercased()), reply)
    }
}
