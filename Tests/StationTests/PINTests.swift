import Foundation
import Sealing
import Station
import Testing
import Wire
import Words

/// The PIN of a home, with a stretch that costs nothing.
@Suite struct PINTests {
    static let stretch = Stretch(least: .moderate) { pin, salt, _ in
        Digest.hash(Digest.Domain("a cheap stretch"), pin + salt).bytes.array
    }

    /// A home of its own, removed by whoever made it.
    private final class Place {
        let home: Home
        let key: DataKey

        init() throws {
            let folder = FileManager.default.temporaryDirectory
                .appending(path: "tally-pin-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            home = Home(folder.path)
            var chance = SystemChance()
            key = DataKey(chance: &chance)
        }

        deinit { try? FileManager.default.removeItem(atPath: home.folder) }

        func set(_ text: String) throws { try PIN.set(text, of: home, key, by: stretch) }

        /// What a node answers to that PIN, after a restart each time.
        func check(_ text: String) throws -> PIN.Verdict {
            var pin = try #require(try PIN(of: home, key))
            let made = try #require(PIN.stretched(text, pin.question.salt, by: stretch))
            return try pin.check(made, in: home, key)
        }

        func left() throws -> UInt64 { try #require(try PIN(of: home, key)).question.left }
    }

    @Test(arguments: [("1234", true), ("123456789012", true), ("123", false), ("", false)])
    func `a PIN is so many digits`(_ text: String, _ fits: Bool) {
        #expect(PIN.fits(text) == fits)
    }

    @Test(arguments: ["12345678901234", "12a4", "１２３４", " 1234", "12.4", "-123"])
    func `what is something else is no PIN`(_ text: String) { #expect(!PIN.fits(text)) }

    @Test func `what a power cut left of an earlier try is in nobody's way`() throws {
        let place = try Place()
        try Data([1]).write(to: URL(fileURLWithPath: "\(place.home.pin).\(getpid()).draft"))
        try place.set("2468")
        #expect(try place.check("2468") == .right)
    }

    @Test func `a home without one has none`() throws {
        let place = try Place()
        #expect(try PIN(of: place.home, place.key) == nil)
    }

    @Test func `the right one is right, however often, and wrong ones are counted`() throws {
        let place = try Place()
        try place.set("2468")
        for _ in 0..<7 { #expect(try place.check("2468") == .right) }
        for left in [4, 3, 2] as [UInt64] {
            guard case .wrong(let question) = try place.check("1357") else {
                Issue.record("a wrong PIN was right")
                return
            }
            #expect(question.left == left)
            #expect(try place.left() == left)
        }
        #expect(try place.check("2468") == .right)
        #expect(try place.left() == PIN.triesAtMost)
    }

    @Test func `too many wrong ones shut it, for the right one too, until a new one is set`() throws
    {
        let place = try Place()
        try place.set("2468")
        for _ in 0..<PIN.triesAtMost { #expect(try place.check("0000") != .right) }
        #expect(try place.check("2468") != .right)
        #expect(try place.left() == 0)
        try place.set("1111")
        #expect(try place.check("1111") == .right)
    }

    /// The plug is pulled while a try is looked at: it was on disk before.
    @Test func `a try counts before it is looked at`() throws {
        let place = try Place()
        try place.set("2468")
        var pin = try #require(try PIN(of: place.home, place.key))
        let before = try Data(contentsOf: URL(fileURLWithPath: place.home.pin))
        _ = try pin.check([UInt8](repeating: 0, count: 32), in: place.home, place.key)
        #expect(try Data(contentsOf: URL(fileURLWithPath: place.home.pin)) != before)
        #expect(try place.left() == PIN.triesAtMost - 1)
        // What cannot be counted is not looked at.
        try FileManager.default.removeItem(atPath: place.home.folder)
        #expect(throws: PINFault.self) {
            _ = try pin.check([UInt8](repeating: 0, count: 32), in: place.home, place.key)
        }
        try FileManager.default.createDirectory(
            atPath: place.home.folder,
            withIntermediateDirectories: true
        )
    }

    @Test func `a changed file, a cut one, another home's: named`() throws {
        let (place, other) = (try Place(), try Place())
        try place.set("2468")
        let url = URL(fileURLWithPath: place.home.pin)
        let whole = try Data(contentsOf: url)
        for at in whole.indices {
            var data = whole
            data[at] ^= 1
            try data.write(to: url)
            #expect(throws: PINFault.damaged) { try PIN(of: place.home, place.key) }
        }
        for count in [0, 1, whole.count - 1] {
            try whole.prefix(count).write(to: url)
            #expect(throws: PINFault.damaged) { try PIN(of: place.home, place.key) }
        }
        try whole.write(to: url)
        #expect(throws: PINFault.damaged) { try PIN(of: place.home, other.key) }
        #expect(try place.check("2468") == .right)
    }

    @Test func `nobody else reads the file`() throws {
        let place = try Place()
        try place.set("2468")
        let facts = try FileManager.default.attributesOfItem(atPath: place.home.pin)
        #expect((facts[.posixPermissions] as? Int) == 0o600)
    }
}
