import Commit
import Foundation
import Sealing
import Station
import Testing
import Wallet
import Wire
import Words

/// Details: what a buyer let its seller know, kept in the seller's home, and what changes of them
/// do to each other.
@Suite struct SharedTests {
    static func profile(_ shipping: String?, _ billing: String?) -> Profile {
        var profile = Profile()
        (profile.shipping, profile.billing) = (
            shipping.flatMap { Text($0) }, billing.flatMap { Text($0) }
        )
        return profile
    }

    static func inHome<Answer>(_ body: (Home, DataKey) throws -> Answer) throws -> Answer {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "tally-shared-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var chance: any Chance = SystemChance()
        return try body(Home(folder.path), DataKey(chance: &chance))
    }

    @Test func `what was kept is there again, and in no file to be read`() throws {
        try Self.inHome { home, key in
            var shared = Shared(of: home, key)
            #expect(shared == Shared())
            let (one, other) = (try TalkTests.payment(1), try TalkTests.payment(2))
            let isNew = [
                shared.add(Self.profile("1 High Street", nil), of: one),
                shared.add(Self.profile("2 High Street", "Bob Ltd"), of: other),
            ]
            #expect(isNew == [true, true])
            shared.keep(in: home, key)
            let again = Shared(of: home, key)
            #expect(again == shared && again[one]?.shipping == Text("1 High Street"))
            let bytes = try Data(contentsOf: URL(fileURLWithPath: home.shared))
            #expect(bytes.range(of: Data("High Street".utf8)) == nil)
            var chance: any Chance = SystemChance()
            #expect(Shared(of: home, DataKey(chance: &chance)) == Shared())
        }
    }

    @Test func `a file that was changed says nothing`() throws {
        try Self.inHome { home, key in
            var shared = Shared()
            _ = shared.add(Self.profile("here", nil), of: try TalkTests.payment(1))
            shared.keep(in: home, key)
            let url = URL(fileURLWithPath: home.shared)
            let bytes = try Data(contentsOf: url)
            for index in bytes.indices {
                var other = bytes
                other[index] ^= 1
                try other.write(to: url)
                #expect(Shared(of: home, key) == Shared())
            }
        }
    }

    @Test func `the newest are kept, as large as they may be`() throws {
        try Self.inHome { home, key in
            var shared = Shared()
            let large = Self.profile(
                String(repeating: "a", count: Limits.profileBytes),
                String(repeating: "b", count: Limits.profileBytes)
            )
            for number in 0...UInt64(Shared.keptAtMost) {
                _ = shared.add(large, of: try TalkTests.payment(number))
            }
            #expect(shared[try TalkTests.payment(0)] == nil)
            shared.keep(in: home, key)
            #expect(Shared(of: home, key) == shared)
        }
    }

    @Test func `nothing shared is nothing to keep, and what came of nothing is forgotten`() throws {
        var shared = Shared()
        let payment = try TalkTests.payment(1)
        let changes = [
            shared.add(Profile(), of: payment),
            shared.add(Self.profile(nil, "Bob Ltd"), of: payment),
            shared.add(Self.profile("here", nil), of: payment),
            shared.remove(payment), shared.remove(payment),
        ]
        #expect(changes == [false, true, false, true, false])
        #expect(shared == Shared())
    }

    @Test func `of two changes neither undoes the other, whichever comes first`() {
        var (one, other) = (ProfileChange(), ProfileChange())
        (one.sets.shipping, other.sets.billing) = (Text("here"), Text("Ada Ltd"))
        let before = Self.profile("there", nil)
        let after = Self.profile("here", "Ada Ltd")
        #expect(one.applied(to: other.applied(to: before)) == after)
        #expect(other.applied(to: one.applied(to: before)) == after)
        var forgets = ProfileChange()
        forgets.forgets = [.shipping]
        #expect(forgets.applied(to: after) == Self.profile(nil, "Ada Ltd"))
        #expect(ProfileChange().applied(to: after) == after)
    }
}
