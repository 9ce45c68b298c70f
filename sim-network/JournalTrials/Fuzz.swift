import Disks
import Journal
import Words

/// A small valid home, older states of it, and everything it may truthfully say.
private struct Sample: Sendable {
    let image: Image
    let earlier: Image
    let models: [Model]

    /// Built once; a fault here is this program's own.
    static let shared: Sample = {
        do {
            return try Sample()
        } catch {
            preconditionFailure("a sound disk failed: \(error)")
        }
    }()

    private init() throws(JournalError) {
        let disk = FaultyDisk(seed: 1)
        var settings = Home.small
        settings.checkpointFrames = 400
        var (model, traffic) = (Model(), Traffic(seed: 12))
        var models = [model]
        var earlier = Image()
        for life in 0..<3 {
            let (journal, _) = try Home.open(disk, settings)
            for _ in 0..<2 {
                let steps = traffic.group(of: 2, after: model)
                try journal.write(steps)
                model.apply(steps)
                models.append(model)
            }
            try journal.close()
            if life == 1 { earlier = disk.image() }
        }
        (image, self.earlier, self.models) = (disk.image(), earlier, models)
    }
}

/// What became of a home that was changed.
package enum Trial: Hashable, Sendable {
    /// It says what it said before.
    case unchanged
    /// It says a state that was durable once, and its head was changed too: a copy of an older
    /// home cannot be told from that home.
    case older
    /// It opened, and says that it may not be the newest.
    case inert
    /// It, or a look at it, says that it is damaged.
    case named
}

package func fuzzJournalOpen(_ bytes: [UInt8]) { _ = tryJournal(bytes) }

/// Opens a journal whose files the fuzzer has changed.
///
/// The bytes are changes, one after the other: which file and what to do, where, and with
/// what; or an edit by a foreign SQLite. Whatever they are, opening ends, and says a state that
/// was durable once, or names what is wrong. Anything else traps.
package func tryJournal(_ bytes: [UInt8]) -> Trial {
    let sample = Sample.shared
    var image = sample.image
    var mutation = Mutation(bytes)
    while mutation.apply(to: &image, earlier: sample.earlier) {}
    let disk = FaultyDisk(image, seed: 1)
    do throws(JournalError) {
        let (journal, recovered) = try Home.open(disk)
        if let finding = recovered.finding {
            precondition(journal.finding == finding, "a finding was forgotten")
        }
        let said = Recovered(
            number: recovered.number,
            registers: recovered.registers,
            pieces: recovered.pieces,
            outbox: recovered.outbox,
            open: recovered.open
        )
        guard let model = sample.models.first(where: { $0.recovered == said }) else {
            preconditionFailure("a state that never was: record \(recovered.number)")
        }
        let isNewest = model == sample.models.last
        precondition(
            isNewest || recovered.finding != nil || mutation.changesHead,
            "an older state under the newest head"
        )
        // A look that does not throw is a look at what was written.
        for outcome in model.outcomes {
            let found = try journal.find(.finished, outcome.payment)
            precondition(found == outcome.bytes, "an outcome that never was")
        }
        let agrees = try Home.agrees(journal, said, model)
        precondition(agrees, "a history, records or an answer that never was")
        try journal.audit()
        if recovered.finding != nil { return .inert }
        return isNewest ? .unchanged : .older
    } catch {
        precondition(!error.description.isEmpty, "an error says what it is")
        return .named
    }
}

/// Reads a fuzzer's bytes as changes of files.
private struct Mutation {
    private var bytes: ArraySlice<UInt8>
    /// Whether the head is among what was changed.
    private(set) var changesHead = false

    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

    /// Does the next change; false when there is none.
    mutating func apply(to image: inout Image, earlier: Image) -> Bool {
        guard let choice = next() else { return false }
        if choice >= 192 {
            let numbers = [choice] + take(5)
            Edit(numbers + Array(repeating: 0, count: 6 - numbers.count))
                .apply(to: &image, earlier: earlier)
            return true
        }
        let files = [Home.database, Home.wal, Home.head, Home.lock]
        let file = files[Int(choice) % 4]
        if file == Home.head { changesHead = true }
        let size = image.count(of: file)
        switch choice / 4 % 8 {
        case 0: flip(file, size, &image)
        case 1: image.overwrite(file, with: take(Int(next() ?? 0)), at: place(size))
        case 2: image.cut(file, to: place(size))
        case 3: image[file] = earlier[file]
        case 4: image[file] = nil
        case 5:
            let zeros = [UInt8](repeating: 0, count: 64 * Int(next() ?? 1))
            image.overwrite(file, with: zeros, at: place(size))
        case 6: copyPage(file, size, from: earlier, &image)
        default:
            let at = place(size)
            image.overwrite(file, with: [next() ?? 0], at: at)
        }
        return true
    }

    private mutating func flip(_ file: String, _ size: Int, _ image: inout Image) {
        guard size > 0 else { return }
        image.flip(file, bit: place(size) * 8 + Int(next() ?? 0) % 8)
    }

    /// A page of the earlier image in the place of another page.
    private mutating func copyPage(
        _ file: String,
        _ size: Int,
        from earlier: Image,
        _ image: inout Image
    ) {
        let from = place(earlier.count(of: file)) / 4_096 * 4_096
        let to = place(size) / 4_096 * 4_096
        let page = Array(earlier.bytes(of: file).dropFirst(from).prefix(4_096))
        image.overwrite(file, with: page, at: to)
    }

    private mutating func next() -> UInt8? { bytes.popFirst() }

    private mutating func take(_ count: Int) -> [UInt8] {
        let taken = Array(bytes.prefix(count))
        bytes = bytes.dropFirst(count)
        return taken
    }

    /// An offset within a file of this size.
    private mutating func place(_ size: Int) -> Int {
        let number = take(3).reduce(0) { $0 << 8 | Int($1) }
        return size == 0 ? 0 : number % size
    }
}
