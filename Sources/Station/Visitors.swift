package import Links
package import Wallet
import Wire

/// Those who talk to a node on lines of their own, as verbs do, each asking and following what
/// happens.
package final class Visitors {
    /// One of them.
    private struct Visitor {
        let line: Line
        var follows = false
        /// It wants the wallet to be found, for as long as it is there.
        var listens = false
    }

    private var door: Door?
    private let waiting: Waiting
    private var visitors: [Int32: Visitor] = [:]

    private static let most = 32
    /// Of one visitor, before everything else has its turn again.
    private static let questionsAtOnce = 4

    package init(_ door: Door?, _ waiting: Waiting) {
        (self.door, self.waiting) = (door, waiting)
        if let door { waiting.add(door.file) }
    }

    /// Nobody comes any more: who comes next may have a door of his own there.
    package func shut() { door = nil }

    /// Whether somebody has asked more already than was answered at once.
    package var haveAsked: Bool { visitors.values.contains { $0.line.isWaiting } }

    /// Whether any of them wants the wallet to be found: of several the last to go ends it.
    package var wantListening: Bool { visitors.values.contains(where: \.listens) }

    /// Tells whoever follows.
    package func tell(_ news: [News]) {
        for visitor in visitors.values where visitor.follows {
            visitor.line.say(Told.happened(news).wireBytes(reserving: 512))
        }
    }

    /// Lets in who came, has what is asked answered, and says what that led to.
    ///
    /// `listen` is for whoever wants the wallet found, or does no more.
    package func hear(
        _ ready: Set<Int32>,
        _ ask: (Question) -> Told,
        listen: () -> (told: Told, led: [News])
    ) -> [News] {
        if let door, ready.contains(door.file), let line = door.enter() { welcome(line) }
        var news: [News] = []
        for (file, visitor) in visitors
        where ready.contains(file) || visitor.line.isBusy || visitor.line.isWaiting {
            visitor.line.flush()
            for message in visitor.line.hear(atMost: Self.questionsAtOnce) {
                let (told, led) = answer(message, file, ask, listen)
                visitor.line.say(told.wireBytes(reserving: 512))
                news += led
            }
            if visitor.line.isOver {
                waiting.remove(file)
                // What it wanted ends with it, however it ended.
                if visitors.removeValue(forKey: file)?.listens == true { news += listen().led }
            } else {
                waiting.add(file, toWrite: visitor.line.isBusy)
            }
        }
        return news
    }

    private func welcome(_ line: Line) {
        guard visitors.count < Self.most else { return }
        visitors[line.file] = Visitor(line: line)
        waiting.add(line.file)
    }

    private func answer(
        _ message: [UInt8],
        _ file: Int32,
        _ ask: (Question) -> Told,
        _ listen: () -> (told: Told, led: [News])
    ) -> (Told, [News]) {
        guard let question = try? Question(wireBytes: message) else {
            return (.fault("the node that runs here is of another version"), [])
        }
        if case .follow = question {
            visitors[file]?.follows = true
            return (.done, [])
        }
        if case .listen(let on) = question {
            visitors[file]?.listens = on
            return listen()
        }
        let told = ask(question)
        if case .news(let news) = told { return (told, news) }
        return (told, [])
    }
}
