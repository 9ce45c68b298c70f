import Disks
import Journal
import JournalTrials
import Testing
import Words

/// Every bit there is, flipped: named, or nothing that is read changes.
///
/// The long form flips every bit that opening or looking reads. The others are a sample: who
/// reads the same bytes does the same.
@Suite struct FlipTests {
    private struct Tally {
        var (named, unchanged, inert) = (0, 0, 0)
        var wrong: [String] = []
    }

    /// A small home: its history partly in the database, partly in the WAL.
    private func home(inDatabase: Bool = false) throws -> (Image, Model) {
        let disk = FaultyDisk(seed: 1)
        var settings = Home.small
        settings.checkpointFrames = 400
        var (model, traffic) = (Model(), Traffic(seed: 12))
        for _ in 0..<3 {
            let (journal, _) = try Home.open(disk, settings)
            for _ in 0..<2 {
                let steps = traffic.group(of: 3, after: model)
                try journal.write(steps)
                model.apply(steps)
            }
            try journal.close()
        }
        if inDatabase {
            settings.checkpointFrames = 2
            let (journal, _) = try Home.open(disk, settings)
            let steps = traffic.group(of: 1, after: model)
            try journal.write(steps)
            model.apply(steps)
            try journal.close()
        }
        var image = disk.image()
        // The room that was put by behind the last frame is zeros; a little of it is enough.
        image.cut(Home.wal, to: min(image.count(of: Home.wal), 150_000))
        return (image, model)
    }

    /// Which bytes of a file are read while a home is opened and looked into.
    private func read(_ file: String, of image: Image, _ model: Model) throws -> [Bool] {
        var isRead = [Bool](repeating: false, count: image.count(of: file))
        let disk = FaultyDisk(image, seed: 1)
        disk.watchReads = { name, range in
            guard name == file else { return }
            for byte in range.clamped(to: isRead.indices) { isRead[byte] = true }
        }
        let (journal, recovered) = try Home.open(disk)
        try #require(try Home.agrees(journal, recovered, model))
        disk.watchReads = nil
        return isRead
    }

    private func judge(_ image: Image, _ what: String, _ model: Model, _ tally: inout Tally) {
        do throws(JournalError) {
            let disk = FaultyDisk(image, seed: 1)
            let (journal, recovered) = try Home.open(disk)
            if recovered.finding != nil {
                tally.inert += 1
            } else if try Home.agrees(journal, recovered, model) {
                tally.unchanged += 1
            } else {
                tally.wrong.append(what)
            }
        } catch {
            tally.named += 1
        }
    }

    @Test(arguments: [Home.database, Home.wal, Home.head], [false, true])
    func `a flipped bit is named or changes nothing that is read`(
        file: String,
        inDatabase: Bool
    ) throws {
        let (image, model) = try home(inDatabase: inDatabase)
        var tally = Tally()
        let isRead = try read(file, of: image, model)
        // In the short form a step that is no multiple of anything in the files' layout.
        let sample = file == Home.head ? 13 : 797
        let bits = (0..<isRead.count * 8).filter { bit in
            isLong && isRead[bit / 8] || bit % sample == 0
        }
        // One that was found: it moved a row in the index of history, and hid an outcome.
        for bit in [327_567 % (isRead.count * 8)] + bits {
            var changed = image
            changed.flip(file, bit: bit)
            judge(changed, "\(file) bit \(bit)", model, &tally)
        }
        print(
            "bit flips in \(file): \(isRead.count * 8) bits, \(isRead.count { $0 } * 8) of them "
                + "read; \(bits.count) flipped: \(tally.named) named, \(tally.inert) inert, "
                + "\(tally.unchanged) without effect, \(tally.wrong.count) wrong"
        )
        #expect(tally.wrong.isEmpty, "\(tally.wrong.prefix(20))")
        #expect(tally.unchanged > 0 && tally.named + tally.inert + tally.unchanged > 400)
    }

    @Test func `every bit of an index`() throws {
        var (image, model) = try home()
        image = try image.settled()
        let index = try IndexPage("finished_written", of: image)
        let first = try #require(index.cells.map(\.lowerBound).min())
        var tally = Tally()
        for bit in (first * 8)..<((index.start + 4_096) * 8) {
            var changed = image
            changed.flip(Home.database, bit: bit)
            judge(changed, "bit \(bit)", model, &tally)
        }
        judge(image, "nothing", model, &tally)
        #expect(tally.wrong.isEmpty, "\(tally.wrong.prefix(20))")
        #expect(tally.unchanged > 0 && tally.named > 100 * index.cells.count)
    }

    /// A home with its newest groups both in its log and in its database, and with an archive
    /// of more pages than those groups touch.
    private func copiedBack() throws -> Image {
        var lazy = Home.small
        lazy.checkpointFrames = 4_000
        let disk = FaultyDisk(seed: 1)
        var dice = Dice(seed: 3)
        // Opening copies the log back, and leaves it where it is.
        for groups in [[150], [Int](repeating: 1, count: 20), []] {
            let (journal, _) = try Home.open(disk, lazy)
            for size in groups {
                let steps = (0..<size).map { _ in
                    Step(
                        payment: dice.bytes(16),
                        entries: [LogEntry(kind: 1, bytes: dice.bytes(9))],
                        changes: [.put(.replay, key: dice.bytes(16), bytes: dice.bytes(300))],
                        standing: .finished([1])
                    )
                }
                try journal.write(steps)
            }
            try journal.close()
        }
        return disk.image()
    }

    /// One that was found: a frame that was lost from a log that had been copied back left pages
    /// of now among pages of then, and what came after failed in the middle of a payment.
    @Test func `a journal begins anew on a whole file, or not at all`() throws {
        let image = try copiedBack()
        var (whole, named) = (0, 0)
        for frame in 0..<(image.count(of: Home.wal) - 32) / 4_120 {
            var changed = image
            changed.flip(Home.wal, bit: (32 + frame * 4_120 + 2_000) * 8)
            let disk = FaultyDisk(changed, seed: 1)
            guard let (journal, found) = try? Home.open(disk), found.finding != nil else {
                continue
            }
            let anew = Step(entries: [LogEntry(kind: 99, bytes: [1])])
            do throws(JournalError) {
                try journal.begin(anew: [anew])
            } catch {
                guard case .damaged = error else { throw error }
                named += 1
                // Nothing was written: it is found again as it was.
                #expect(try Home.open(disk).1 == found)
                continue
            }
            whole += 1
            try journal.audit()
            try journal.write([anew])
            try journal.close()
            #expect(try Home.open(disk).1.number == found.number + 2)
        }
        #expect(whole > 0 && named > 0, "\(whole) whole, \(named) named")
    }

    @Test func `bytes behind the last frame are no part of the log`() throws {
        var (image, model) = try home()
        var tally = Tally()
        image.overwrite(
            Home.wal,
            with: [UInt8](repeating: 0xA5, count: 9_000),
            at: image.count(of: Home.wal) - 9_000
        )
        judge(image, "rubbish behind", model, &tally)
        #expect(tally.unchanged == 1)
    }
}
