package import Clerk
package import Command
internal import Homes
internal import Host
internal import Links
internal import Office
internal import Station
internal import Synchronization
internal import Wire
internal import Words

/// What is typed to an office that runs: a verb, as it was understood.
struct DeskAsked: WireValue {
    let verb: String
    let arguments: [String]
    let options: [(String, String)]
    /// The questions to which its person has said yes: word by word, or they are put again.
    let agreed: [String]

    init(_ request: Request, agreed: [String] = []) {
        (verb, arguments) = (request.verb.name, request.arguments)
        self.agreed = agreed
        // What opens a home, and which, is nothing to one that is open.
        let own = Set((Opening.options + VerbTable.common).map(\.name)).subtracting(["--json"])
        options = request.options.filter { !own.contains($0.key) }.sorted { $0.key < $1.key }
            .map { ($0.key, $0.value) }
    }

    func write(to writer: inout Writer) {
        writer.array(5)
        writer.number(Self.version)
        writer.text(verb)
        writer.array(arguments.count)
        for one in arguments { writer.text(one) }
        writer.array(options.count)
        for (name, value) in options {
            writer.array(2)
            writer.text(name)
            writer.text(value)
        }
        writer.array(agreed.count)
        for one in agreed { writer.text(one) }
    }

    init(from reader: inout Reader) throws(WireError) {
        try reader.array(5)
        try reader.version(Self.version)
        verb = try reader.text(atMost: Self.nameBytes)
        var words: [String] = []
        for _ in 0..<(try reader.array(atMost: Self.wordsAtMost)) {
            words.append(try reader.text(atMost: Self.wordBytes))
        }
        var pairs: [(String, String)] = []
        for _ in 0..<(try reader.array(atMost: Self.wordsAtMost)) {
            try reader.array(2)
            pairs.append(
                (
                    try reader.text(atMost: Self.nameBytes),
                    try reader.text(atMost: Self.wordBytes)
                )
            )
        }
        var agreed: [String] = []
        for _ in 0..<(try reader.array(atMost: Self.questionsAtMost)) {
            agreed.append(try reader.text(atMost: Self.questionBytes))
        }
        (arguments, options, self.agreed) = (words, pairs, agreed)
    }

    private static let version: UInt64 = 2
    /// What a verb asks, one after the other or because things have changed meanwhile.
    static let questionsAtMost = 8
    private static let questionBytes = 65_536
    private static let nameBytes = 64
    private static let wordsAtMost = 64
    static let wordBytes = 4_096
}

/// What it says to that.
enum DeskTold: WireValue {
    /// What is to be printed, and how the command ends; `rest` is what it takes to have more.
    case report(Exit, String, rest: UInt64?)
    /// To be asked of the person, who says it again and that it agreed to this.
    case question(String)
    case complaint(Complaint)

    func write(to writer: inout Writer) {
        switch self {
        case .report(let exit, let text, let rest):
            writer.array(4)
            writer.number(0)
            writer.number(UInt64(exit.rawValue))
            writer.text(text)
            writer.array(rest == nil ? 0 : 1)
            if let rest { writer.number(rest) }
        case .question(let text):
            writer.array(2)
            writer.number(1)
            writer.text(text)
        case .complaint(let complaint):
            writer.array(5)
            writer.number(2)
            writer.number(UInt64(complaint.exit.rawValue))
            for text in [complaint.name, complaint.what, complaint.hint] { writer.text(text) }
        }
    }

    init(from reader: inout Reader) throws(WireError) {
        let start = reader.position
        let count = try reader.array(2...5)
        switch (try reader.number(), count) {
        case (0, 4):
            let exit = try Self.exit(&reader)
            let text = try reader.text(atMost: Line.messageBytes)
            let isMore = try reader.array(atMost: 1) > 0
            self = .report(exit, text, rest: isMore ? try reader.number() : nil)
        case (1, 2): self = .question(try reader.text(atMost: Line.messageBytes))
        case (2, 5):
            let exit = try Self.exit(&reader)
            let name = try reader.text(atMost: Line.messageBytes)
            let what = try reader.text(atMost: Line.messageBytes)
            let hint = try reader.text(atMost: Line.messageBytes)
            self = .complaint(Complaint(exit, name, what, hint: hint))
        case _: throw WireError(.outOfRange, at: start)
        }
    }

    private static func exit(_ reader: inout Reader) throws(WireError) -> Exit {
        let at = reader.position
        let found = Int32(exactly: try reader.number()).flatMap(Exit.init(rawValue:))
        guard let found else { throw WireError(.outOfRange, at: at) }
        return found
    }
}

/// Whoever types a verb beside an office that runs.
struct DeskCaller {
    private let line: Line
    private let waiting: Waiting
    private let office: OfficeHome
    private let scene: Scene

    init(_ line: Line, _ office: OfficeHome, _ scene: Scene) throws(Complaint) {
        (self.line, self.office, self.scene) = (line, office, scene)
        do { waiting = try Waiting() } catch { throw Complaint(.link(error), Home(office.folder)) }
        waiting.add(line.file)
    }

    func ask(_ request: Request) throws(Complaint) -> Report {
        let words = request.arguments + request.options.values
        if let long = words.first(where: { $0.utf8.count > DeskAsked.wordBytes }) {
            throw Complaint(
                .usage,
                "too-long",
                "\(quoted(String(long.prefix(20)) + "…")) is longer than anything that an office is"
                    + " told",
                hint: "write at most \(DeskAsked.wordBytes) bytes"
            )
        }
        var told = try say(DeskAsked(request).wireBytes)
        // What was agreed to may have changed while the question stood there: then it is put anew.
        var agreed: [String] = []
        while case .question(let text) = told, agreed.count < DeskAsked.questionsAtMost {
            guard let answer = scene.question(text, false) else { throw Agreeing.noTerminal }
            guard ["y", "yes"].contains(answer.lowercased()) else { throw Agreeing.notAgreed }
            agreed.append(text)
            told = try say(DeskAsked(request, agreed: agreed).wireBytes)
        }
        var text = ""
        while true {
            switch told {
            case .report(let exit, let part, let rest):
                text += part
                guard let rest else {
                    // The last line's end is written by whoever prints it.
                    if text.last == "\n" { text.removeLast() }
                    let lines = text.isEmpty ? [] : [text]
                    return Report(lines: lines, json: .written(text), exit: exit)
                }
                var writer = Writer()
                writer.number(rest)
                told = try say(writer.bytes)
            case .complaint(let complaint): throw complaint
            case .question: throw .otherVersion
            }
        }
    }

    /// An audit of much takes long, and whoever runs it says nothing meanwhile.
    private static let patience: UInt64 = 600_000_000_000

    private func say(_ bytes: [UInt8]) throws(Complaint) -> DeskTold {
        line.say(Question.office(bytes).wireBytes(reserving: 512))
        let limit = Process.nanoseconds + Self.patience
        while Process.nanoseconds < limit, !line.isOver {
            _ = waiting.wait(atMost: 1_000)
            line.flush()
            for message in line.hear(atMost: 1) {
                guard case .office(let answer)? = try? Told(wireBytes: message),
                    let told = try? DeskTold(wireBytes: answer)
                else { throw .otherVersion }
                return told
            }
        }
        throw Complaint(
            .failed,
            "office-gone",
            "the office that ran in \(quoted(office.folder)) has not answered",
            hint: "start it again with 'tally office serve'; a statement shows what was booked"
        )
    }
}

/// Answers those who type beside an office that runs.
package final class DeskServer {
    private let till: Till
    private let scene: Scene
    private let verbs: [DeskVerb]
    /// The rest of long answers, the newest last.
    private var rests: [(number: UInt64, exit: Exit, text: ArraySlice<UInt8>)] = []
    private var number: UInt64 = 0

    package init(_ till: Till, _ scene: Scene, _ verbs: [DeskVerb]) {
        (self.till, self.scene, self.verbs) = (till, scene, verbs)
    }

    private static let partBytes = 512 * 1_024
    private static let restsKept = 4

    package func answer(_ bytes: [UInt8]) -> [UInt8] {
        var reader = Reader(bytes)
        if let number = try? reader.number() { return goOn(number).wireBytes }
        guard let asked = try? DeskAsked(wireBytes: bytes) else {
            return DeskTold.complaint(.otherVersion).wireBytes
        }
        return answer(asked).wireBytes
    }

    private func answer(_ asked: DeskAsked) -> DeskTold {
        guard let one = verbs.first(where: { $0.verb.name == asked.verb }) else {
            return .complaint(.otherVersion)
        }
        let options = Dictionary(asked.options) { first, _ in first }
        let request = Request(verb: one.verb, arguments: asked.arguments, options: options)
        let asks = Asks()
        // Whoever asks wants it in his own form, whatever the log has.
        var here = Scene(now: Process.now)
        (here.environment, here.stopwatch) = (scene.environment, scene.stopwatch)
        if options["--json"] != nil { here = here.inJSON }
        here.question = { text, _ in
            if asked.agreed.contains(text) { return "yes" }
            asks.text.withLock { $0 = text }
            return nil
        }
        do {
            let report = try one.body(request, here, till)
            let text = report.text(asJSON: here.isJSON)
            return part(report.exit, Array(text.utf8)[...])
        } catch {
            return asks.text.withLock { $0 }.map { .question($0) } ?? .complaint(error)
        }
    }

    /// What its person is to be asked.
    private final class Asks: Sendable {
        let text = Mutex<String?>(nil)
    }

    private func part(_ exit: Exit, _ text: ArraySlice<UInt8>) -> DeskTold {
        var end = min(text.endIndex, text.startIndex + Self.partBytes)
        // Not within a character.
        while end < text.endIndex, text[end] & 0xC0 == 0x80 { end -= 1 }
        let part = String(decoding: text[..<end], as: UTF8.self)
        guard end < text.endIndex else { return .report(exit, part, rest: nil) }
        number += 1
        if rests.count == Self.restsKept { rests.removeFirst() }
        rests.append((number, exit, text[end...]))
        return .report(exit, part, rest: number)
    }

    private func goOn(_ number: UInt64) -> DeskTold {
        guard let index = rests.firstIndex(where: { $0.number == number }) else {
            return .complaint(.otherVersion)
        }
        let rest = rests.remove(at: index)
        return part(rest.exit, rest.text)
    }
}
