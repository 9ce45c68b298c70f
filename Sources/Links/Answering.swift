package import Words

/// Whose look-ups are answered: 20 in any second, and every source has its share of them.
///
/// Look-ups cost nothing to make, so places are not given to whoever comes most often. Sources
/// fall into shares by a hash that nobody outside can foretell; where places are few, shares
/// stand in line for one, and within a share the ports do. What it remembers is bounded,
/// whoever calls.
package struct Answering: Sendable {
    /// In any second, of all together.
    package static let places = 20
    /// Of these, of one share: somebody who comes anew finds a place free beside a flood.
    static let perShare = 10
    /// How long a place is taken: two seconds, so that in none there are more of them seen from
    /// afar either, where some answers come later than others.
    static let taken: UInt64 = 2_000
    /// How long a place is kept for whose turn it is: a seller calls again after half a second.
    static let kept: UInt64 = 600
    /// Who calls again within so long waits to be answered; who never comes back waits for
    /// nothing, and keeps nobody else waiting.
    static let again: UInt64 = 1_000
    /// A hash's key lives so long: whoever shares with a flood by chance soon does not any more.
    static let keyed: UInt64 = 60_000
    static let shares = 64
    static let lanes = 16

    private var chance: any Chance & Sendable
    private var key: (UInt64, UInt64) = (0, 0)
    private var keyedAt: UInt64?
    /// Who was answered lately, the oldest first.
    private var answered: [Taken] = []
    /// Places that are kept for whose turn it is.
    private var turns: [Taken] = []
    /// Shares that wait for a turn, and in each the lanes that do; none twice.
    private var line: [Int] = []
    private var waiting = [[Int]](repeating: [], count: Self.shares)
    /// When each lane called last without being answered.
    private var called = [UInt64?](repeating: nil, count: Self.shares * Self.lanes)
    /// So many of the newest have not left yet: what they say waits for a sync, which may be slow.
    private var unsent = 0
    /// How many places each share has.
    private var used = [Int](repeating: 0, count: Self.shares)

    private struct Taken: Sendable {
        let share: Int
        let lane: Int
        var at: UInt64
    }

    package init(_ chance: any Chance & Sendable) { self.chance = chance }

    /// Whether a look-up from there may be answered now; asks only when there is a place whether
    /// it is one at all.
    package mutating func mayAnswer(
        _ source: Source,
        at now: UInt64,
        isCall: () -> Bool
    ) -> Bool {
        pass(to: now)
        let share = Int(source.share(key) % UInt64(Self.shares))
        let lane = Int(source.lane(key) % UInt64(Self.lanes))
        if let turn = turns.firstIndex(where: { $0.share == share && $0.lane == lane }) {
            guard isCall() else { return false }
            turns.remove(at: turn)
            used[share] -= 1
            take(share, lane, now)
            return true
        }
        if answered.count + turns.count < Self.places, used[share] < Self.perShare {
            guard isCall() else { return false }
            take(share, lane, now)
            return true
        }
        if !waiting[share].contains(lane), isCall(), hasCalled(share, lane, now) {
            waiting[share].append(lane)
            if !line.contains(share) { line.append(share) }
        }
        return false
    }

    /// All answers so far have left: their places are taken from now on.
    package mutating func left(at now: UInt64) {
        for index in answered.indices.suffix(unsent) { answered[index].at = now }
        unsent = 0
    }

    /// Whether that lane called a moment ago too; now it has.
    private mutating func hasCalled(_ share: Int, _ lane: Int, _ now: UInt64) -> Bool {
        let index = share * Self.lanes + lane
        defer { called[index] = now }
        return called[index].map { now < $0 + Self.again } ?? false
    }

    private mutating func take(_ share: Int, _ lane: Int, _ now: UInt64) {
        answered.append(Taken(share: share, lane: lane, at: now))
        unsent += 1
        used[share] += 1
    }

    /// Frees the places that were taken long enough ago, and gives what is free to who waits.
    private mutating func pass(to now: UInt64) {
        if keyedAt.map({ now >= $0 + Self.keyed }) ?? true { renew(now) }
        while let first = answered.first, answered.count > unsent, first.at + Self.taken <= now {
            used[answered.removeFirst().share] -= 1
        }
        while let first = turns.first, first.at + Self.kept <= now {
            used[turns.removeFirst().share] -= 1
        }
        while !line.isEmpty, answered.count + turns.count < Self.places,
            let next = line.firstIndex(where: { used[$0] < Self.perShare })
        {
            let share = line.remove(at: next)
            turns.append(Taken(share: share, lane: waiting[share].removeFirst(), at: now))
            used[share] += 1
            if !waiting[share].isEmpty { line.append(share) }
        }
    }

    /// Draws another key; who was answered counts on, though not for its new share.
    private mutating func renew(_ now: UInt64) {
        (key, keyedAt) = (Source.key(from: &chance), now)
        (turns, line) = ([], [])
        called = [UInt64?](repeating: nil, count: Self.shares * Self.lanes)
        waiting = [[Int]](repeating: [], count: Self.shares)
        used = [Int](repeating: 0, count: Self.shares)
        for one in answered { used[one.share] += 1 }
    }
}

/// Where a look-up came from, as two words and a port: nothing of it is believed.
package struct Source: Sendable {
    let high: UInt64
    let low: UInt64
    let port: UInt16

    package init(_ endpoint: Endpoint) {
        func word(_ bytes: some Sequence<UInt8>) -> UInt64 {
            bytes.reduce(0) { $0 << 8 | UInt64($1) }
        }
        switch endpoint.host {
        case .four(let four): (high, low) = (0, word(four))
        case .six(let six, _): (high, low) = (word(six[..<8]), word(six[8...]))
        }
        port = endpoint.port
    }

    /// What it is hashed under, so that nobody outside can foretell with whom it shares.
    static func key(from chance: inout any Chance & Sendable) -> (UInt64, UInt64) {
        var drawn = chance.bytes(16)[...]
        func word() -> UInt64 {
            defer { drawn = drawn.dropFirst(8) }
            return drawn.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        }
        return (word(), word())
    }

    /// An IPv6 network is one source, but for the link's own, on which everybody near is.
    func share(_ key: (UInt64, UInt64)) -> UInt64 {
        let isNear = high == 0 || high >> 54 == 0xFE80 >> 6
        return stirred(stirred(high ^ key.0) ^ (isNear ? low : 0) ^ key.1)
    }

    fileprivate func lane(_ key: (UInt64, UInt64)) -> UInt64 {
        stirred(stirred(high ^ key.1) ^ stirred(low ^ key.0) ^ UInt64(port))
    }
}

/// Stirs a word until each of its bits matters to each that comes out; nobody sees those.
private func stirred(_ word: UInt64) -> UInt64 {
    var word = word &+ 0x9E37_79B9_7F4A_7C15
    word = (word ^ word &>> 30) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ word &>> 27) &* 0x94D0_49BB_1331_11EB
    return word ^ word &>> 31
}
