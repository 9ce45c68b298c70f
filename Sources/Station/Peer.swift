import Links
package import Nearby
package import Words

/// Somebody near, as far as it is known: what is said of him, and what he has signed.
package struct Peer: Hashable, Sendable {
    package enum Reach: String, CaseIterable, Hashable, Sendable {
        /// He answered lately.
        case answers
        /// He was asked, and has not answered.
        case silent
        case unasked
    }

    /// How he came to be known.
    package struct Ways: OptionSet, Hashable, Sendable {
        package let rawValue: UInt64
        package init(rawValue: UInt64) { self.rawValue = rawValue }

        /// He answered a call to everybody.
        package static let broadcast = Ways(rawValue: 1)
        /// He is announced.
        package static let avahi = Ways(rawValue: 2)
        /// Somebody typed where he is.
        package static let typed = Ways(rawValue: 4)
        /// He has paid, or was paid.
        package static let payment = Ways(rawValue: 8)
        package static let all = Ways(rawValue: 15)
    }

    package var role: Advert.Role?
    /// What he calls himself where he is announced: anybody can call himself anything.
    package var says: Text?
    /// What an office has signed that he is called.
    package var name: Text?
    /// What he has signed with; nil of whoever keeps that to himself, as buyers do.
    package var key: Key?
    /// The root that certified him, if he is an office.
    package var root: Key?
    /// What stands on his screen.
    package var screen: UInt64?
    package var addresses: [Address] = []
    package var ways: Ways = []
    package var reach = Reach.unasked
    /// Since he was heard last, if he was.
    package var seconds: UInt64?

    package init() {}
}

/// Who is near, as long as that is worth knowing, and never more than so many.
///
/// What is only said of somebody gives way to whoever was heard; and whoever was heard is
/// forgotten when nobody has heard of him for a while.
package struct Peers: Sendable {
    package static let most = 256
    package static let addressesAtMost = 8
    /// Whoever was not heard of for so long is not near any more.
    package static let forgets: UInt64 = 300_000
    /// An answer tells so long that he can be reached.
    package static let answersFor: UInt64 = 60_000
    /// Whoever is asked is given so long to answer.
    package static let patience: UInt64 = 1_500

    private struct Row: Sendable {
        var peer = Peer()
        /// What tells him from others where he is announced.
        var service: [UInt8]?
        /// His answer to a call: the same on all ways.
        var here: Hash?
        let since: UInt64
        var asked: UInt64?
        var heard: UInt64?

        init(at now: UInt64) { since = now }

        /// Whether nothing was known of him but that he was announced.
        func isGone(without services: Set<[UInt8]>) -> Bool {
            peer.ways == .avahi && !services.contains(service ?? [])
        }

        /// What he says of himself counts for nothing against what he has signed.
        mutating func name(itself find: Find) {
            peer.says = find.name
            let isBuyer = peer.screen != nil
            guard peer.root == nil, !isBuyer || find.role != .office else { return }
            peer.role = find.role ?? peer.role
        }
    }

    private var rows: [Row] = []
    private var known: Set<Address> = []

    package init() {}

    package var count: Int { rows.count }

    // MARK: What is said

    /// Those who are announced now: whoever was and is no more is known only if he was heard.
    package mutating func found(_ finds: [Find], at now: UInt64) {
        let services = Set(finds.map(\.service))
        rows.removeAll { $0.isGone(without: services) }
        for index in rows.indices {
            guard let service = rows[index].service, !services.contains(service) else { continue }
            rows[index].service = nil
            rows[index].peer.ways.remove(.avahi)
        }
        for find in finds {
            let places = find.places.map(\.address)
            let old =
                rows.firstIndex { $0.service == find.service }
                ?? rows.firstIndex {
                    $0.service == nil && !$0.peer.addresses.allSatisfy { !places.contains($0) }
                }
            guard let index = old ?? place(at: now, isHeard: false) else { continue }
            rows[index].service = find.service
            rows[index].name(itself: find)
            rows[index].peer.ways.insert(.avahi)
            // Where he was heard stays; where he was said to be, and is no more, does not.
            let isHeard = rows[index].heard != nil
            let before = isHeard ? rows[index].peer.addresses : []
            rows[index].peer.addresses = Self.joined(places, before)
        }
        index()
    }

    package mutating func typed(_ address: Address, at now: UInt64) {
        let old = rows.firstIndex { $0.peer.addresses.contains(address) }
        guard let index = old ?? place(at: now, isHeard: true) else { return }
        rows[index].peer.ways.insert(.typed)
        rows[index].peer.addresses = Self.joined(rows[index].peer.addresses, [address])
        self.index()
    }

    package mutating func asked(_ addresses: [Address], at now: UInt64) {
        for index in rows.indices
        where rows[index].peer.addresses.contains(where: addresses.contains) {
            rows[index].asked = now
        }
    }

    // MARK: What was signed

    /// A buyer answered a call.
    package mutating func answered(
        _ here: Hash,
        screen: UInt64,
        from address: Address,
        _ way: Peer.Ways,
        at now: UInt64
    ) {
        heard(from: address, way, at: now) {
            $0.here == here
        } note: { row in
            row.here = here
            row.peer.screen = screen
            row.peer.role = row.peer.role ?? .wallet
        }
    }

    /// An office answered a greeting.
    package mutating func welcomed(
        by office: Key,
        root: Key,
        from address: Address,
        _ way: Peer.Ways,
        at now: UInt64
    ) {
        heard(from: address, way, at: now) {
            $0.peer.key == office
        } note: { row in
            (row.peer.key, row.peer.root, row.peer.role) = (office, root, .office)
        }
    }

    /// A payment was agreed with somebody.
    package mutating func met(_ key: Key, name: Text?, at address: Address, at now: UInt64) {
        // An address that others had before is his now.
        for index in rows.indices where rows[index].peer.key.map({ $0 != key }) ?? false {
            rows[index].peer.addresses.removeAll { $0 == address }
        }
        rows.removeAll { $0.peer.addresses.isEmpty }
        heard(from: address, .payment, at: now) {
            $0.peer.key == key
        } note: { row in
            row.peer.key = key
            row.peer.name = name ?? row.peer.name
            row.peer.role = row.peer.role ?? .wallet
        }
    }

    /// Something came from there that only somebody with whom a key is shared can have sent.
    package mutating func heard(_ address: Address, at now: UInt64) {
        guard known.contains(address) else { return }
        for index in rows.indices where rows[index].peer.addresses.contains(address) {
            rows[index].heard = now
        }
    }

    /// Notes what was heard from there, of everybody who is there or is surely the same.
    private mutating func heard(
        from address: Address,
        _ way: Peer.Ways,
        at now: UInt64,
        isSame: (Row) -> Bool,
        note: (inout Row) -> Void
    ) {
        var all = rows.indices.filter {
            rows[$0].peer.addresses.contains(address) || isSame(rows[$0])
        }
        if all.isEmpty, let index = place(at: now, isHeard: true) { all = [index] }
        var isNew = false
        for index in all {
            isNew = isNew || !rows[index].peer.addresses.contains(address)
            rows[index].heard = now
            rows[index].peer.ways.formUnion(way)
            rows[index].peer.addresses = Self.joined(rows[index].peer.addresses, [address])
            note(&rows[index])
        }
        if isNew { index() }
    }

    private static func joined(_ some: [Address], _ others: [Address]) -> [Address] {
        Array((some + others.filter { !some.contains($0) }).prefix(addressesAtMost))
    }

    // MARK: Room

    /// A row for somebody new: of those who were never heard the oldest gives way, and to whoever
    /// was heard the one who was heard the longest ago.
    private mutating func place(at now: UInt64, isHeard: Bool) -> Int? {
        if rows.count >= Self.most { forget(at: now) }
        if rows.count >= Self.most {
            let last = rows.indices.min { age(rows[$0]) < age(rows[$1]) }
            guard let last, isHeard || rows[last].heard == nil else { return nil }
            rows.remove(at: last)
        }
        rows.append(Row(at: now))
        return rows.count - 1
    }

    /// Whoever was never heard is the oldest.
    private func age(_ row: Row) -> (UInt64, UInt64) { (row.heard.map { $0 + 1 } ?? 0, row.since) }

    package mutating func forget(at now: UInt64) {
        rows.removeAll { Self.isForgotten($0, now) }
        index()
    }

    private static func isForgotten(_ row: Row, _ now: UInt64) -> Bool {
        !row.peer.ways.contains(.avahi)
            && max(row.heard ?? 0, row.asked ?? 0, row.since) + forgets <= now
    }

    private mutating func index() { known = Set(rows.flatMap(\.peer.addresses)) }

    // MARK: What is known

    /// All of them, whoever was heard last before the others.
    package func listed(at now: UInt64) -> [Peer] {
        rows.filter { !Self.isForgotten($0, now) }.sorted { age($0) > age($1) }.map { row in
            var peer = row.peer
            peer.seconds = row.heard.map { (now - min($0, now)) / 1_000 }
            peer.reach = Self.reach(row, now)
            return peer
        }
    }

    private static func reach(_ row: Row, _ now: UInt64) -> Peer.Reach {
        let isOverdue = row.asked.map { $0 + patience <= now } ?? false
        if let heard = row.heard, heard + answersFor > now {
            let hasAnswered = row.asked.map { heard >= $0 } ?? true
            if hasAnswered || !isOverdue { return .answers }
        }
        return isOverdue ? .silent : .unasked
    }

    /// Where those are, as far as that is known, who are of such a role.
    package func places(of roles: [Advert.Role?]) -> [Address] {
        rows.filter { roles.contains($0.peer.role) }.flatMap(\.peer.addresses)
    }
}
