import Links
import Testing
import Words

/// Who is answered when many call: the places, the shares, the lines.
@Suite struct AnsweringTests {
    struct Drawn: Chance {
        var state: UInt64
        mutating func bytes(_ count: Int) -> [UInt8] {
            (0..<count).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 56)
            }
        }
    }

    static func source(_ number: Int, port: UInt16 = 4_000) -> Source {
        let four = [10, UInt8(number >> 16 & 255), UInt8(number >> 8 & 255), UInt8(number & 255)]
        return Source(Endpoint(.four(four), port: port))
    }

    /// The honest one calls twice a second beside whoever else calls in each millisecond: when
    /// it was answered, and the most answers in any one second.
    static func crowd(
        seconds: UInt64,
        seed: UInt64 = 1,
        honest: Source,
        _ strangers: (UInt64) -> [Source]
    ) -> (honest: [UInt64], busiest: Int) {
        var answering = Answering(Drawn(state: seed))
        var (answered, all) = ([UInt64](), [UInt64]())
        for now in 0..<seconds * 1_000 {
            // Nothing that was answered takes long to leave here.
            answering.left(at: now)
            for stranger in strangers(now)
            where answering.mayAnswer(stranger, at: now, isCall: { true }) {
                all.append(now)
            }
            // Not the first, when nothing is taken yet.
            if now % 500 == 499, answering.mayAnswer(honest, at: now, isCall: { true }) {
                answered.append(now)
                all.append(now)
            }
        }
        let busiest = all.map { now in all.count { $0 >= now && $0 < now + 1_000 } }.max() ?? 0
        return (answered, busiest)
    }

    @Test func `in no second are there more than twenty answers, whoever calls`() {
        for hosts in [1, 2, 7, 100] {
            let crowd = Self.crowd(seconds: 5, honest: Self.source(1)) { now in
                (0..<50).map { Self.source(2 + (Int(now) * 50 + $0) % hosts) }
            }
            #expect(crowd.busiest <= Answering.places, "\(hosts) hosts")
        }
    }

    /// Answers of a round leave when the sync that follows has ended; some syncs take seconds.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `in no second do more than twenty leave, however slow the disk is`(_ seed: UInt64) {
        var (answering, dice) = (Answering(Drawn(state: seed)), Drawn(state: seed + 100))
        var (now, left): (UInt64, [UInt64]) = (0, [])
        while now < 60_000 {
            let answered = (0..<200).count { _ in
                let source = Self.source(Int(dice.bytes(1)[0] % 40), port: 4_000)
                return answering.mayAnswer(source, at: now, isCall: { true })
            }
            let drawn = dice.bytes(2).map { UInt64($0) }
            // From a millisecond to four seconds, mostly short.
            now += 1 + (drawn[0] < 200 ? drawn[1] % 8 : drawn[1] * 16)
            left += [UInt64](repeating: now, count: answered)
            answering.left(at: now)
        }
        let busiest = left.map { at in left.count { $0 >= at && $0 < at + 1_000 } }.max() ?? 0
        #expect(busiest <= Answering.places && left.count > 100)
    }

    @Test(arguments: [1, 2, 5, 20])
    func `whoever calls twice a second is heard beside so many floods`(_ hosts: Int) {
        var late = 0
        for seed in 1...20 as ClosedRange<UInt64> {
            let crowd = Self.crowd(seconds: 8, seed: seed, honest: Self.source(1)) { now in
                (0..<50).map { Self.source(2 + (Int(now) * 50 + $0) % hosts) }
            }
            let first = crowd.honest.first ?? .max
            if first > 5_000 { late += 1 }
        }
        // With so many hosts it may share with one of them by chance, until the key is drawn anew.
        #expect(late <= hosts, "\(late) of 20 were answered late")
    }

    @Test func `a flood from the same host does not shut out another port of it`() {
        let honest = Self.source(1, port: 9)
        let crowd = Self.crowd(seconds: 6, honest: honest) { now in
            (0..<50).map { Self.source(1, port: 5_000 + UInt16($0 % 3)) }
        }
        #expect((crowd.honest.first ?? .max) <= 5_000)
    }

    @Test func `calls from ever new addresses keep nobody waiting who comes back`() {
        for seed in 1...10 as ClosedRange<UInt64> {
            let crowd = Self.crowd(seconds: 8, seed: seed, honest: Self.source(1)) { now in
                now % 25 == 0 ? [Self.source(1_000 + Int(now))] : []
            }
            #expect((crowd.honest.first ?? .max) <= 5_000, "seed \(seed)")
            #expect(crowd.honest.count >= 2, "seed \(seed)")
        }
    }

    @Test func `when nobody has called for long every place is free`() {
        var answering = Answering(Drawn(state: 1))
        for number in 1...40 {
            _ = answering.mayAnswer(Self.source(number), at: 0, isCall: { true })
        }
        answering.left(at: 5)
        let isAnswered = answering.mayAnswer(Self.source(1), at: 600_000, isCall: { true })
        #expect(isAnswered)
    }

    @Test func `who calls alone is answered at once each time`() {
        let crowd = Self.crowd(seconds: 6, honest: Self.source(1)) { _ in [] }
        #expect(crowd.honest.count == 12)
    }

    @Test func `what is no call takes no place and stands in no line`() {
        var answering = Answering(Drawn(state: 1))
        let forged = (0..<10_000).count {
            answering.mayAnswer(Self.source($0), at: 0, isCall: { false })
        }
        let isAnswered = answering.mayAnswer(Self.source(1), at: 0, isCall: { true })
        #expect(forged == 0 && isAnswered)
    }

    @Test func `a share that met a flood by chance is another one after a minute`() {
        // Found by trying: the first one whose share the flood's host has too.
        func isTogether(_ seed: UInt64) -> Bool {
            var answering = Answering(Drawn(state: seed))
            let flood = Self.source(2)
            for _ in 0..<Answering.places {
                _ = answering.mayAnswer(flood, at: 0, isCall: { true })
            }
            return !answering.mayAnswer(Self.source(1), at: 0, isCall: { true })
        }
        guard let seed = (1...2_000).first(where: isTogether) else {
            Issue.record("two hosts never share")
            return
        }
        let crowd = Self.crowd(seconds: 70, seed: seed, honest: Self.source(1)) { _ in
            (0..<20).map { _ in Self.source(2, port: 4_000) }
        }
        let after = crowd.honest.filter { $0 >= 60_000 }
        #expect(after.count >= 10, "\(crowd.honest.count) in all")
    }

    @Test func `an IPv6 network is one source, and on the link each host is`() {
        func six(_ head: [UInt8], _ last: UInt8) -> Source {
            let address = head + [UInt8](repeating: 0, count: 15 - head.count) + [last]
            return Source(Endpoint(.six(address, interface: 0), port: 1))
        }
        func answered(_ head: [UInt8]) -> Int {
            var answering = Answering(Drawn(state: 3))
            return (0..<250).count { last in
                answering.mayAnswer(six(head, UInt8(last)), at: 0, isCall: { true })
            }
        }
        #expect(answered([0x20, 0x01, 0x0D, 0xB8]) == Answering.places / 2)
        #expect(answered([0xFE, 0x80]) == Answering.places)
    }
}
