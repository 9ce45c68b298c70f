import Money
import StandIns
import Testing
import Wire
import Words

/// The hash tree of a handover, and the wire form of everything that money is made of.
@Suite struct TreeTests {
    /// A handover of so many entries, each from a stick's own units.
    static func handover(_ count: Int) -> Handover {
        var street = Street()
        let (ada, bob) = (street.person("ada"), street.person("bob"))
        let stick = street.stick(100, to: ada)
        let entries = (0..<UInt64(count)).map { stick.entry($0, $0 + 1) }
        return street.handover(entries, from: ada, to: bob, previous: hash("before"))
    }

    /// A link's own bytes with another number and path; nil when they are not even readable.
    private func link(_ link: Link, number: Int, path: [Hash]) -> Link? {
        var writer = Writer()
        writer.array(6)
        writer.value(link.header)
        writer.value(link.entry)
        writer.number(UInt64(number))
        writer.list(path)
        writer.value(link.privateRoot)
        writer.value(link.signature)
        return try? Link(wireBytes: writer.bytes)
    }

    @Test(arguments: 1...8)
    func `every path is right, and every other number or path is another handover's`(
        count: Int
    ) {
        let handover = Self.handover(count)
        let links = (0..<count).map(handover.link)
        #expect(links.allSatisfy { $0.handover == handover.hash })
        #expect(links.allSatisfy { $0.isSigned(StandInChecking()) })
        for (own, good) in links.enumerated() {
            #expect(link(good, number: own, path: good.path) == good)
            for number in 0..<8 where number != own {
                let other = link(good, number: number, path: good.path)
                #expect(other?.handover != handover.hash, "entry \(own) as \(number)")
            }
            var wrong =
                links.map(\.path) + [good.path + [hash("more")], Array(good.path.dropLast())]
            wrong.append(good.path.reversed())
            for place in good.path.indices {
                var path = good.path
                path[place] = hash("else")
                wrong.append(path)
            }
            for path in wrong where path != good.path {
                let other = link(good, number: own, path: path)
                #expect(other?.handover != handover.hash, "entry \(own) of \(count)")
            }
        }
    }

    @Test(arguments: [(1, [0]), (2, [1, 1]), (3, [2, 2, 1]), (5, [3, 3, 3, 3, 1])])
    func `a path is as long as its place in the tree asks for`(count: Int, lengths: [Int]) {
        let handover = Self.handover(count)
        #expect((0..<count).map { handover.link($0).path.count } == lengths)
        let one = handover.link(0)
        #expect(link(one, number: count, path: one.path) == nil, "a number beyond the count")
        #expect(link(one, number: 0, path: one.path + [hash("more")]) == nil)
    }

    @Test func `a handover's name does not depend on which leaves are shown`() {
        let handover = Self.handover(3)
        for mask in 0..<32 {
            let shown = Set((0..<PrivateLeaf.count).filter { mask >> $0 & 1 == 1 })
            #expect(handover.showing(shown).hash == handover.hash)
            #expect((handover.showing(shown).privates != nil) == (mask == 31))
        }
    }

    @Test func `the same value in another place of the tree has another name`() {
        var street = Street()
        let (ada, bob) = (street.person("ada"), street.person("bob"))
        let stick = street.stick(100, to: ada)
        let (one, two) = (stick.entry(0, 1), stick.entry(1, 2))
        let payment = street.payment()
        func named(_ entries: [Entry], _ offer: String, _ window: String) -> Hash {
            Handover(
                by: ada,
                to: bob.key,
                at: Place(epoch: .first, counter: 1),
                entries: entries,
                privates: Privates(
                    payment: payment,
                    offer: hash(offer),
                    window: hash(window),
                    total: amount(2),
                    previous: nil
                ),
                salts: Array(repeating: Salt(high: 0, low: 0), count: PrivateLeaf.count)
            ).hash
        }
        #expect(named([one, two], "a", "b") == named([one, two], "a", "b"))
        #expect(named([one, two], "a", "b") != named([two, one], "a", "b"))
        #expect(named([one, two], "a", "b") != named([one, two], "b", "a"))
    }

    // MARK: Bytes

    /// One of everything, as bytes, with a reader that writes what it read.
    struct Sample: Sendable, CustomStringConvertible {
        let description: String
        let bytes: [UInt8]
        let again: @Sendable ([UInt8]) throws(WireError) -> [UInt8]

        init<Value: WireValue & SendableMetatype>(_ value: Value) {
            description = "\(Value.self)"
            bytes = value.wireBytes
            again = { bytes throws(WireError) in try Value(wireBytes: bytes).wireBytes }
        }
    }

    static let samples: [Sample] = {
        let (story, plot) = (Story(), Plot())
        let provenance = story.proposal.provenance
        let (link, street) = (story.second.link(0), story.street)
        let commit = street.commit(story.triedPayment, story.tried, by: story.cleo, to: story.ada)
        let forks = Proof.fork(of: story.tried.link(0), and: link)
        let committed = Committed.object(
            by: story.ada.key,
            to: story.cleo.key,
            payment: story.triedPayment,
            decision: commit.signed.object.hash
        )
        return [
            Sample(story.stick), Sample(story.window), Sample(story.window.terms),
            Sample(commit), Sample(commit.receipt), Sample(story.release),
            Sample(made(Committed.self, .signed(committed, by: story.ada))),
            Sample(street.revocation(of: story.ada.key, epoch: 1, lastGood: 2)),
            Sample(link.header), Sample(link.entry), Sample(link.reference), Sample(link),
            Sample(story.second), Sample(story.second.showing([0])),
            Sample(story.second.leaves[0]), Sample(provenance.pieces[0]), Sample(provenance),
            Sample(story.proposal), Sample(plot.proposal), Sample(forks),
            Sample(Proof.equivocation(story.release, .commit(commit))),
            Sample(Proof.equivocation(story.release, .below(story.tried.link(0), child: link))),
            Sample(Proof.rollback(.onePlace(story.tried.link(0), link))),
            Sample(Proof.rollback(.broken(story.tried, then: story.second))),
            Sample(Paper(.proof(forks), certificates: provenance.certificates)),
            Sample(Paper(.receipt(commit, story.tried), certificates: [])),
            Sample(Paper(.provenance(holder: story.bob.key, provenance), certificates: [])),
        ]
    }()

    @Test(arguments: samples)
    func `everything reads back as it was written, and no shorter or longer`(
        sample: Sample
    ) throws {
        #expect(try sample.again(sample.bytes) == sample.bytes)
        for length in 0..<sample.bytes.count {
            #expect(throws: WireError.self, "the first \(length) bytes") {
                try sample.again(Array(sample.bytes.prefix(length)))
            }
        }
        #expect(throws: WireError(.trailing, at: sample.bytes.count)) {
            try sample.again(sample.bytes + [0])
        }
    }
}
