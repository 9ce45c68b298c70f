package import Links
package import Nearby
package import Words

/// Who is near, as long as that is worth knowing, and never more than so many.
///
/// Two lists that nothing leads from one to the other: whoever has signed something, with the
/// addresses that it came from; and where somebody is only said to be. A source address can be
/// forged and an announcement be anybody's: so what came from an address tells nothing of who else
/// was heard there, and an announcement changes nobody who was heard.
package struct Peers: Sendable {
    package static let most = 256
    package static let addressesAtMost = 8
    /// Addresses that were typed, or are the home's own office's.
    package static let typedAtMost = 64
    /// Whoever was not heard of for so long is not near any more.
    package static let forgets: UInt64 = 300_000
    /// An answer tells so long that he can be reached.
    package static let answersFor: UInt64 = 60_000
    /// Whoever is asked is given so long to answer.
    package static let patience: UInt64 = 1_500

    /// Somebody who has signed something.
    private struct Row: Sendable {
        var peer = Peer()
        /// His answer to a call: the same on all ways.
        var here: Hash?
        var heard: UInt64
        /// Since when he has been asked in vain.
        var asked: UInt64?

        /// Whether he answers when he is asked: whoever is known by a payment answers under a key
        /// that is made for the answer.
        var answersCalls: Bool { peer.screen != nil || peer.root != nil }
    }

    /// Where somebody is said to be.
    private struct Rumour: Sendable {
        let way: Peer.Ways
        var says: Text?
        var role: Advert.Role?
        let places: [Address]
        var at: UInt64
    }

    private struct Asked: Sendable {
        var at: UInt64
        /// The first time that was not answered, and how many there were.
        var since: UInt64?
        var times: UInt64
    }

    private var rows: [Row] = []
    private var rumours: [Rumour] = []
    private var asked: [Address: Asked] = [:]

    package init() {}

    package var count: Int { rows.count + rumours.count }

    // MARK: What is said

    /// Those who are announced now: whoever was and is no more is known only if he was heard.
    package mutating func found(_ finds: [Find], at now: UInt64) {
        rumours.removeAll { $0.way == .avahi }
        for find in finds.prefix(Board.findsAtMost) {
            let places = find.places.prefix(Self.addressesAtMost).map(\.address)
            rumours.append(
                Rumour(way: .avahi, says: find.name, role: find.role, places: places, at: now)
            )
        }
        tidy()
    }

    package mutating func typed(_ address: Address, at now: UInt64) {
        said(address, .typed, role: nil, at: now)
    }

    /// The home's own office is said to be there.
    package mutating func home(_ address: Address, at now: UInt64) {
        said(address, .home, role: .office, at: now)
    }

    private mutating func said(
        _ address: Address,
        _ way: Peer.Ways,
        role: Advert.Role?,
        at now: UInt64
    ) {
        // The one that was typed last is the last that gives way.
        rumours.removeAll { $0.way == way && $0.places == [address] }
        let typed = rumours.indices.filter { rumours[$0].way != .avahi }
        if typed.count >= Self.typedAtMost, let first = typed.first { rumours.remove(at: first) }
        rumours.append(Rumour(way: way, role: role, places: [address], at: now))
    }

    // MARK: What was signed

    /// A buyer answered a call.
    ///
    /// He is known by what stands on his screen, and by where he was or by an answer that came on
    /// another way too: another number from the same place is another buyer.
    package mutating func answered(
        _ here: Hash,
        screen: UInt64,
        from address: Address,
        _ way: Peer.Ways,
        at now: UInt64
    ) {
        let index = row(at: now) {
            $0.peer.screen == screen
                && ($0.here == here || $0.peer.addresses.contains(address))
        }
        rows[index].here = here
        (rows[index].peer.screen, rows[index].peer.role) = (screen, .wallet)
        heard(index, from: address, way, at: now)
    }

    /// An office answered a greeting.
    package mutating func welcomed(
        by office: Key,
        root: Key,
        from address: Address,
        _ way: Peer.Ways,
        at now: UInt64
    ) {
        let index = row(at: now) { $0.peer.key == office }
        (rows[index].peer.key, rows[index].peer.root) = (office, root)
        rows[index].peer.role = .office
        heard(index, from: address, way, at: now)
    }

    /// A payment was agreed with somebody.
    package mutating func met(_ key: Key, name: Text?, at address: Address, at now: UInt64) {
        // An address that another payer or payee had before is his now.
        for index in rows.indices where rows[index].peer.key.map({ $0 != key }) ?? false {
            rows[index].peer.addresses.removeAll { $0 == address }
        }
        rows.removeAll { $0.peer.addresses.isEmpty }
        let index = row(at: now) { $0.peer.key == key }
        rows[index].peer.key = key
        rows[index].peer.name = name ?? rows[index].peer.name
        rows[index].peer.role = rows[index].peer.role ?? .wallet
        heard(index, from: address, .payment, at: now)
    }

    private mutating func heard(
        _ index: Int,
        from address: Address,
        _ way: Peer.Ways,
        at now: UInt64
    ) {
        (rows[index].heard, rows[index].asked) = (now, nil)
        rows[index].peer.ways.formUnion(way)
        // Where he was heard last stands first.
        let others = rows[index].peer.addresses.filter { $0 != address }
        rows[index].peer.addresses = [address] + others.prefix(Self.addressesAtMost - 1)
        if let last = asked[address] { asked[address] = Asked(at: last.at, since: nil, times: 0) }
    }

    // MARK: Room

    /// The row of whoever that is; when there are too many, who was heard the longest ago gives
    /// way to him.
    private mutating func row(at now: UInt64, _ isHis: (Row) -> Bool) -> Int {
        if let known = rows.firstIndex(where: isHis) { return known }
        if rows.count >= Self.most { forget(at: now) }
        if rows.count >= Self.most, let last = rows.indices.min(by: isOlder) {
            rows.remove(at: last)
        }
        rows.append(Row(heard: now))
        return rows.count - 1
    }

    private func isOlder(_ one: Int, _ other: Int) -> Bool { rows[one].heard < rows[other].heard }

    package mutating func forget(at now: UInt64) {
        rows.removeAll { $0.heard + Self.forgets <= now }
        rumours.removeAll { Self.isForgotten($0, now) }
        tidy()
    }

    private static func isForgotten(_ rumour: Rumour, _ now: UInt64) -> Bool {
        rumour.way != .avahi && rumour.at + forgets <= now
    }

    /// Whether somebody was asked is worth knowing only while he is known.
    private mutating func tidy() {
        let known = Set(rows.flatMap(\.peer.addresses) + rumours.flatMap(\.places))
        asked = asked.filter { known.contains($0.key) }
    }

    // MARK: What is known

    /// All of them, whoever was heard last before the others; an address that somebody was heard
    /// from is listed with whoever was heard there, and with nobody who is only said to be there.
    package func listed(at now: UInt64) -> [Peer] {
        let said = rumours.filter { !Self.isForgotten($0, now) }
        var saidAt: [Address: [Int]] = [:]
        for (index, rumour) in said.enumerated() {
            for place in rumour.places { saidAt[place, default: []].append(index) }
        }
        var shown: Set<Address> = []
        var peers: [Peer] = []
        let kept = rows.filter { $0.heard + Self.forgets > now }
        for row in kept.sorted(by: { $0.heard > $1.heard }) {
            var peer = row.peer
            peer.seconds = (now - min(row.heard, now)) / 1_000
            peer.reach = Self.reach(row, now)
            for index in Set(peer.addresses.flatMap { saidAt[$0] ?? [] }).sorted() {
                Self.note(said[index], of: &peer)
            }
            peers.append(peer)
            shown.formUnion(peer.addresses)
        }
        // What is announced says more of a place than that it was typed.
        for rumour in said.filter({ $0.way == .avahi }) + said.filter({ $0.way != .avahi }) {
            let places = rumour.places.filter { !shown.contains($0) }
            guard !places.isEmpty else { continue }
            var peer = Peer()
            peer.addresses = places
            Self.note(rumour, of: &peer)
            peer.reach = reach(places, now)
            peers.append(peer)
            if rumour.way != .avahi { shown.formUnion(places) }
        }
        return Array(peers.prefix(Self.most))
    }

    /// Of several who are announced at one address the first counts.
    private static func note(_ rumour: Rumour, of peer: inout Peer) {
        peer.ways.formUnion(rumour.way)
        guard peer.says == nil, let says = rumour.says else { return }
        (peer.says, peer.saysRole) = (says, rumour.role)
    }

    private static func reach(_ row: Row, _ now: UInt64) -> Peer.Reach {
        if let asked = row.asked, asked + patience <= now { return .silent }
        return row.heard + answersFor > now ? .answers : .unasked
    }

    private func reach(_ places: [Address], _ now: UInt64) -> Peer.Reach {
        let isSilent = places.contains {
            asked[$0]?.since.map { $0 + Self.patience <= now } ?? false
        }
        return isSilent ? .silent : .unasked
    }
}

// MARK: - Whom to ask

extension Peers {
    /// So many datagrams in a round, apart from what is said to everybody and what was typed.
    package static let asksAtOnce = 64
    /// Of these, so many to one host: nobody is flooded because somebody else says that many are
    /// there.
    package static let asksPerHost = 2
    /// Who was asked so often in vain rests, and is asked once then.
    package static let restsAfter: UInt64 = 2
    package static let restsFor: UInt64 = 30_000

    /// What is said to whom in one round.
    package struct Round: Hashable, Sendable {
        package var calls: [Address] = []
        package var greetings: [Address] = []
    }

    private struct Target {
        let address: Address
        var isCalled: Bool
        var isGreeted: Bool
    }

    /// Whom to ask now: what was typed just now, wherever that is, and of the others, if they are
    /// on our own networks (`isNear`), those who were asked the longest ago.
    package mutating func ask(
        typed: [Address],
        at now: UInt64,
        isNear: (Endpoint) -> Bool
    ) -> Round {
        var round = Round()
        (round.calls, round.greetings) = (typed, typed)
        var (left, perHost) = (Self.asksAtOnce, [Endpoint.Host: Int]())
        for target in targets(at: now) where !typed.contains(target.address) {
            guard let endpoint = Endpoint(target.address), isNear(endpoint) else { continue }
            let count = (target.isCalled ? 1 : 0) + (target.isGreeted ? 1 : 0)
            let sent = perHost[endpoint.host] ?? 0
            guard count <= left, sent + count <= Self.asksPerHost else { continue }
            left -= count
            perHost[endpoint.host] = sent + count
            if target.isCalled { round.calls.append(target.address) }
            if target.isGreeted { round.greetings.append(target.address) }
        }
        note(Set(round.calls + round.greetings), at: now)
        return round
    }

    /// Who was asked the longest ago first; nobody who rests.
    private func targets(at now: UInt64) -> [Target] {
        var (targets, known) = ([Target](), [Address: Int]())
        func add(_ addresses: [Address], _ role: Advert.Role?) {
            for address in Self.oneOfEachFamily(addresses) {
                if let index = known[address] {
                    targets[index].isCalled = targets[index].isCalled || role != .office
                    targets[index].isGreeted =
                        targets[index].isGreeted || role == .office || role == nil
                    continue
                }
                if let last = asked[address], last.times >= Self.restsAfter,
                    now < last.at + Self.restsFor
                {
                    continue
                }
                known[address] = targets.count
                targets.append(
                    Target(
                        address: address,
                        isCalled: role != .office,
                        isGreeted: role == .office || role == nil
                    )
                )
            }
        }
        for row in rows { add(row.peer.addresses, row.peer.role) }
        for rumour in rumours { add(rumour.places, rumour.role) }
        let order = targets.indices.sorted {
            let (one, other) = (asked[targets[$0].address]?.at, asked[targets[$1].address]?.at)
            let (first, second) = (one.map { $0 + 1 } ?? 0, other.map { $0 + 1 } ?? 0)
            return (first, $0) < (second, $1)
        }
        return order.map { targets[$0] }
    }

    private static func oneOfEachFamily(_ addresses: [Address]) -> [Address] {
        let isSix = { (address: Address) in Endpoint(address)?.isSix ?? false }
        return [addresses.first { !isSix($0) }, addresses.first(where: isSix)].compactMap { $0 }
    }

    private mutating func note(_ addresses: Set<Address>, at now: UInt64) {
        for address in addresses {
            let last = asked[address]
            asked[address] = Asked(
                at: now,
                since: last?.since ?? now,
                times: (last?.times ?? 0) + 1
            )
        }
        for index in rows.indices
        where rows[index].answersCalls && rows[index].asked == nil
            && rows[index].peer.addresses.contains(where: addresses.contains)
        {
            rows[index].asked = now
        }
    }
}
