import Money
import Reckoning
import StandIns
import Testing
import Words

/// An office that was opened again judges as the one that went on.
@Suite struct ReopeningTests {
    let ada = Hand("ada")
    let bob = Hand("bob")
    let cleo = Hand("cleo")
    let eve = Hand("eve")

    /// What stands in books, and how an office comes of it.
    struct Books {
        enum Line {
            case issued(Issued)
            case said(Paper)
            case closed(Day)
        }

        let offices: Set<Key>
        let eye: Eye
        let epochs: [(Key, Epoch)]
        private(set) var lines: [Line] = []
        private(set) var running: Reckoning
        private var papers = PaperBox()

        init(offices: Set<Key>, eye: Eye, epochs: [(Key, Epoch)] = []) {
            (self.offices, self.eye, self.epochs) = (offices, eye, epochs)
            running = Reckoning(offices: offices)
            for (key, epoch) in epochs { running.enter(epoch, of: key) }
        }

        var next: UInt64 { UInt64(lines.count) }

        mutating func write(_ line: Line) throws {
            // What the office cannot pay for it does not book.
            let (before, box) = (running, papers)
            do {
                try Self.hear(line, at: next, &running, &papers, eye)
            } catch is TakeFault {
                (running, papers) = (before, box)
                return
            }
            lines.append(line)
        }

        @discardableResult
        static func hear(
            _ line: Line,
            at number: UInt64,
            _ reckoning: inout Reckoning,
            _ papers: inout PaperBox,
            _ eye: Eye
        ) throws -> Set<CaseID> {
            switch line {
            case .issued(let stick):
                if stick.settleUntil > reckoning.closed ?? must(Day(0)) { reckoning.issue(stick) }
            case .closed(let day): reckoning.close(day)
            case .said(.redeemed(let links, let hash)):
                let out = links.allSatisfy { reckoning.isOut($0.entry.stick) }
                _ = try reckoning.show(links, at: number, &papers, eye)
                if out { try reckoning.redeem(hash, as: .redeemed) }
            case .said(.received(let links, _, _))
            where !links.allSatisfy({ reckoning.isOut($0.entry.stick) }):
                _ = try reckoning.show(links, at: number, &papers, eye)
            case .said(let paper):
                try paper.present(to: &reckoning, at: number, &papers, eye)
            }
            return reckoning.opened
        }

        /// The office as it is when it is opened again: it reads what came with or after the
        /// oldest stick that is out.
        func again() throws -> (Reckoning, PaperBox) {
            var (anew, papers) = (
                Reckoning(
                    offices: offices,
                    opened: running.opened,
                    notices: running.notices,
                    closed: running.closed
                ), PaperBox()
            )
            for (key, epoch) in epochs { anew.enter(epoch, of: key) }
            let oldest = running.sticks.map(\.number).min() ?? .max
            for (number, line) in lines.enumerated() where UInt64(number) >= oldest {
                if case .closed = line { continue }
                let opened = try Self.hear(line, at: UInt64(number), &anew, &papers, eye)
                #expect(opened == running.opened, "what is known is in the books")
            }
            return (anew, papers)
        }
    }

    private func expectSame(_ one: Reckoning, _ other: Reckoning) {
        #expect(one.opened == other.opened && one.notices == other.notices)
        #expect(one.sticks == other.sticks)
        for stick in one.sticks {
            #expect(one.settlement(of: stick.id) == other.settlement(of: stick.id))
        }
        for id in one.opened { #expect(one.known(of: id) == other.known(of: id)) }
    }

    @Test func `what was said of a handover of which a part was settled is remembered`() throws {
        var village = Village()
        let early = village.stick(10, to: ada, settleUntil: must(Day(100)))
        let late = village.stick(10, to: ada, settleUntil: must(Day(200)))
        let toEve = village.pass([early.entry(0, 5), late.entry(0, 5)], from: ada, to: eve)
        let toCleo = village.pass([toEve.entry(0, 5, number: 1)], from: eve, to: cleo)
        var books = Books(offices: [village.office.key], eye: village.eye)
        try books.write(.issued(early.numbered(0)))
        try books.write(.issued(late.numbered(1)))
        try books.write(.said(.chain([toEve.handover.link(0)], eve.key)))
        try books.write(.said(.abort(toEve.abort)))
        try books.write(.closed(must(Day(100))))
        var (anew, papers) = try books.again()
        expectSame(anew, books.running)
        // Only now it is shown that Eve said no, and used what she was given.
        for line in [
            Books.Line.said(.chain([toEve.handover.link(1)], eve.key)),
            .said(.chain([toCleo.handover.link(0)], cleo.key)),
            .said(.commit(toCleo.commit)),
        ] {
            try Books.hear(line, at: books.next, &anew, &papers, village.eye)
            try books.write(line)
            expectSame(anew, books.running)
        }
        #expect(books.running.convicts == [eve.key])
    }

    @Test func `what was said before the oldest stick that is out is known to nobody`() throws {
        var village = Village()
        let early = village.stick(10, to: ada, settleUntil: must(Day(100)))
        let late = village.stick(10, to: ada, settleUntil: must(Day(200)))
        // Of a stick that nobody could know yet, it is nonsense that somebody signs and says.
        let toEve = village.pass([early.entry(0, 5), late.entry(0, 5)], from: ada, to: eve)
        let hash = toEve.handover.hash
        for paper in [
            Paper.abort(toEve.abort), .commit(toEve.commit), .claim(hash, eve.key),
            .denial(hash, ada.key), .handover(toEve.handover), .committed(toEve.committed),
        ] {
            var books = Books(offices: [village.office.key], eye: village.eye)
            try books.write(.issued(early.numbered(0)))
            try books.write(.said(.chain([toEve.handover.link(0)], eve.key)))
            try books.write(.said(paper))
            try books.write(.issued(late.numbered(3)))
            try books.write(.said(.chain([toEve.handover.link(1)], eve.key)))
            try books.write(.closed(must(Day(100))))
            expectSame(try books.again().0, books.running)
        }
    }

    @Test func `a use that is left proves what one of a settled stick would have`() throws {
        var village = Village()
        let early = village.stick(10, to: ada, settleUntil: must(Day(100)))
        let late = village.stick(10, to: ada, settleUntil: must(Day(200)))
        let toEve = village.pass([late.entry(0, 5)], from: ada, to: eve)
        for number in 0..<8 as Range<UInt64> {
            // A child on the other stick, of which some have the smaller name.
            let stray = village.pass(
                [
                    Entry(
                        stick: early.id,
                        units: units(0, 1),
                        parent: EntryReference(toEve.handover.hash, 0)
                    )
                ],
                from: eve,
                to: cleo,
                number
            )
            let child = village.pass([toEve.entry(0, 5)], from: eve, to: cleo, number)
            var books = Books(offices: [village.office.key], eye: village.eye)
            try books.write(.issued(early.numbered(0)))
            try books.write(.issued(late.numbered(1)))
            for passed in [toEve, child, stray] {
                try books.write(.said(.chain([passed.handover.link(0)], cleo.key)))
            }
            try books.write(.closed(must(Day(100))))
            expectSame(try books.again().0, books.running)
            // The papers of what was settled are put away with it.
            var (reckoning, box) = (books.running, PaperBox())
            for passed in [toEve, child] { box.keep(passed.handover.link(0)) }
            _ = try reckoning.take(toEve.abort, at: 99, &box, village.eye)
            #expect(reckoning.convicts == [eve.key])
        }
    }

    @Test(arguments: 0..<PropertyTests.seeds)
    func `after any closing an office that is opened again judges alike`(seed: Int) throws {
        let crowd = Crowd(seed: UInt64(seed), cheats: seed % 4, steps: 90)
        var chance = SeededChance(seed: UInt64(seed))
        let epochs = crowd.people.filter { $0.epoch > 1 }.map {
            ($0.signer.key, must(Epoch($0.epoch)))
        }
        var books = Books(
            offices: [crowd.village.office.key],
            eye: crowd.village.eye,
            epochs: epochs
        )
        var (left, open) = (crowd.sticks[...], [(Reckoning, PaperBox)]())
        func write(_ line: Books.Line) throws {
            let (number, count) = (books.next, books.lines.count)
            try books.write(line)
            guard books.lines.count > count else { return }
            for index in open.indices {
                var (reckoning, papers) = open[index]
                try Books.hear(line, at: number, &reckoning, &papers, crowd.village.eye)
                open[index] = (reckoning, papers)
            }
        }
        for (index, paper) in crowd.papers.enumerated() {
            // Sticks come up, and are settled, in the midst of what is said of them.
            while let stick = left.first, index >= (crowd.sticks.count - left.count) * 9 {
                left = left.dropFirst()
                let day = must(Day(UInt64(100 + chance.below(60))))
                try write(.issued(stick.numbered(books.next, settleUntil: day)))
            }
            if chance.below(5) > 0 { try write(.said(paper)) }
            if chance.below(12) == 0 {
                let day = (books.running.closed?.number ?? 99) + UInt64(chance.below(20)) + 1
                try write(.closed(must(Day(day))))
                let anew = try books.again()
                expectSame(anew.0, books.running)
                open.append(anew)
            }
        }
        for (anew, _) in open { expectSame(anew, books.running) }
    }
}

extension Issued {
    func numbered(_ number: UInt64, settleUntil day: Day? = nil) -> Issued {
        Issued(
            id: id,
            owner: owner,
            units: units,
            settleUntil: day ?? settleUntil,
            epoch: epoch,
            number: number
        )
    }
}
