package import Links
package import Words

/// Somebody who is announced, and where.
package struct Find: Hashable, Sendable {
    /// What tells it from others; nothing to be shown.
    package let service: [UInt8]
    /// What it calls itself.
    package let name: Text
    package let role: Advert.Role?
    /// The oldest first.
    package let places: [Endpoint]

    package init(service: [UInt8], name: Text, role: Advert.Role?, places: [Endpoint]) {
        (self.service, self.name, self.role, self.places) = (service, name, role, places)
    }
}

/// What is announced on the networks, bounded whoever announces how much.
///
/// A service is announced by name first; what it says and where it is has to be asked for each
/// network and family, and again now and then, since addresses change. Who asks says when.
package struct Board: Sendable {
    /// Names, each on a network and in a family.
    package static let entriesAtMost = 512
    /// At one address and port: whoever asks there asks them all.
    package static let perPlace = 16
    /// Of one host, once there is no room for somebody else.
    package static let perHost = 16
    package static let findsAtMost = 128
    package static let placesPerFind = 8
    /// How long an answer counts before it is asked for again.
    package static let asksAgain: UInt64 = 30_000
    /// How long what is not found is left alone, at first and at most.
    static let waits: UInt64 = 4_000
    static let waitsAtMost: UInt64 = 600_000
    /// So many are asked at once, and of those who never answered half as many: however many names
    /// there are behind which is nobody, the others are asked in time.
    package static let asksAtOnce = 8
    package static let strangersAtOnce = 4
    /// An answer that is not had again is forgotten.
    package static let forgets: UInt64 = 90_000
    /// Nothing is believed any more so long after whoever told of it went silent.
    package static let deafFor: UInt64 = 30_000

    /// A name on a network and in a family, as the host's Avahi numbers these.
    package struct Place: Hashable, Sendable {
        package let network: Int32
        package let family: Int32
        package let name: [UInt8]

        package init(network: Int32, family: Int32, name: [UInt8]) {
            (self.network, self.family, self.name) = (network, family, name)
        }
    }

    private struct Entry: Sendable {
        let place: Place
        var round: UInt64
        var due: UInt64
        var waits = Board.waits
        var isAsked = false
        var answer: (card: Card, at: Endpoint, when: UInt64)?
    }

    private var entries: [Entry] = []
    /// Since when nobody tells who is there.
    private var deafSince: UInt64?
    /// Places from which somebody has answered this node itself: they give way to nobody.
    private var proven: Set<Endpoint> = []
    /// Each time that all is heard anew has a number.
    private var round: UInt64 = 0
    /// Somebody was passed over for want of room.
    package private(set) var hasMissed = false

    package init() {}

    package var count: Int { entries.count }

    /// Those places from which somebody has answered this node itself.
    package mutating func prove(_ places: Set<Endpoint>) { proven = places }

    // MARK: What is heard

    /// All that is announced is going to be said again, on these networks alone; nil is all.
    package mutating func begin(on networks: [Int32]?, at now: UInt64) {
        forget(at: now)
        (deafSince, hasMissed) = (nil, false)
        round += 1
        if let networks { entries.removeAll { !networks.contains($0.place.network) } }
    }

    /// It has been said on that network, or on all: what was not among it is there no more.
    package mutating func sweep(on network: Int32?) {
        entries.removeAll { $0.round != round && (network ?? $0.place.network) == $0.place.network }
    }

    /// Nobody tells any more who is there, and whoever asked is gone.
    package mutating func fallDeaf(at now: UInt64) {
        deafSince = deafSince ?? now
        for one in entries.indices where entries[one].isAsked {
            (entries[one].isAsked, entries[one].due) = (false, now)
        }
    }

    /// When what was known before it fell deaf is to be forgotten.
    package var deafUntil: UInt64? {
        entries.isEmpty ? nil : deafSince.map { $0 + Self.deafFor }
    }

    package mutating func heard(_ place: Place, at now: UInt64) {
        if let known = entries.firstIndex(where: { $0.place == place }) {
            entries[known].round = round
            return
        }
        if entries.count >= Self.entriesAtMost {
            hasMissed = true
            guard let last = leastWanted else { return }
            entries.remove(at: last)
        }
        entries.append(Entry(place: place, round: round, due: now))
    }

    package mutating func gone(_ place: Place) { entries.removeAll { $0.place == place } }

    /// Who makes room: a name behind which nobody was found, the oldest first; or the newest of the
    /// host that has the most, if it has many, but nobody who has answered us.
    private var leastWanted: Int? {
        let empty = entries.firstIndex {
            $0.answer == nil && !$0.isAsked && $0.waits > Self.waits
        }
        if let empty { return empty }
        var perHost: [Endpoint.Host: (count: Int, last: Int)] = [:]
        for (index, entry) in entries.enumerated() {
            guard let at = entry.answer?.at, !entry.isAsked, !proven.contains(at) else { continue }
            perHost[at.host] = ((perHost[at.host]?.count ?? 0) + 1, index)
        }
        let most = perHost.values.max { ($0.count, $0.last) < ($1.count, $1.last) }
        return most.flatMap { $0.count > Self.perHost ? $0.last : nil }
    }

    // MARK: What is asked

    /// Who is to be asked next, if anybody is; from then on it is being asked.
    package mutating func ask(at now: UInt64) -> Place? {
        guard let next = next, entries[next].due <= now else { return nil }
        entries[next].isAsked = true
        return entries[next].place
    }

    /// When somebody is to be asked, as far as more can be asked at once.
    package var nextDue: UInt64? { next.map { entries[$0].due } }

    private var next: Int? {
        let asked = entries.filter(\.isAsked)
        guard asked.count < Self.asksAtOnce else { return nil }
        let hasRoom = asked.count { $0.answer == nil } < Self.strangersAtOnce
        return entries.indices.filter {
            !entries[$0].isAsked && (hasRoom || entries[$0].answer != nil)
        }.min { entries[$0].due < entries[$1].due }
    }

    /// What was answered; nil when nobody did, or not as one of ours.
    package mutating func answered(
        _ place: Place,
        _ answer: (card: Card, at: Endpoint)?,
        at now: UInt64
    ) {
        guard let one = entries.firstIndex(where: { $0.place == place }) else { return }
        entries[one].isAsked = false
        guard let answer else {
            entries[one].due = now + entries[one].waits
            entries[one].waits = min(2 * entries[one].waits, Self.waitsAtMost)
            return
        }
        let others = entries.indices.filter {
            $0 != one && entries[$0].answer?.at == answer.at
        }
        guard others.count < Self.perPlace else {
            hasMissed = true
            entries.remove(at: one)
            return
        }
        entries[one].answer = (answer.card, answer.at, now)
        (entries[one].due, entries[one].waits) = (now + Self.asksAgain, Self.waits)
    }

    package mutating func forget(at now: UInt64) {
        if let deafUntil, now >= deafUntil { entries = [] }
        for one in entries.indices {
            guard let answer = entries[one].answer, answer.when + Self.forgets <= now else {
                continue
            }
            entries[one].answer = nil
        }
    }

    // MARK: What is known

    /// Those who were found, each once however many ways lead there.
    ///
    /// When they are too many, those at places that have answered us come first, and then of each
    /// host one, of each another, and so on.
    package var finds: [Find] {
        var (finds, known) = ([Find](), [[UInt8]: Int]())
        for entry in entries {
            guard let answer = entry.answer else { continue }
            guard let index = known[entry.place.name] else {
                known[entry.place.name] = finds.count
                finds.append(
                    Find(
                        service: entry.place.name,
                        name: Advert.shown(entry.place.name),
                        role: answer.card.role,
                        places: [answer.at]
                    )
                )
                continue
            }
            let find = finds[index]
            guard find.places.count < Self.placesPerFind, !find.places.contains(answer.at) else {
                continue
            }
            finds[index] = Find(
                service: find.service,
                name: find.name,
                role: find.role ?? answer.card.role,
                places: find.places + [answer.at]
            )
        }
        return finds.count <= Self.findsAtMost ? finds : chosen(finds)
    }

    private func chosen(_ finds: [Find]) -> [Find] {
        var perHost: [Endpoint.Host: Int] = [:]
        let ranks = finds.map { find in
            guard let host = find.places.first?.host,
                !find.places.contains(where: proven.contains)
            else { return 0 }
            perHost[host, default: 0] += 1
            return perHost[host] ?? 1
        }
        let order = finds.indices.sorted { (ranks[$0], $0) < (ranks[$1], $1) }
        return order.prefix(Self.findsAtMost).sorted().map { finds[$0] }
    }

    /// Whether somebody who is announced on that network may be asked there at all.
    ///
    /// Only a host of that network itself is, and on no port of the system's; whoever is said to
    /// be on this host is only if it says so itself (`isOurs`), and not somebody else.
    package static func isAsked(
        _ place: Endpoint,
        on network: Int32,
        isOurs: Bool,
        _ all: [Interface]
    ) -> Bool {
        guard place.port >= firstPort,
            let its = all.first(where: { $0.number == UInt32(clamping: network) }),
            its.holds(place.host)
        else { return false }
        return isOurs || !(its.isLoopback || all.contains { $0.isOwn(place.host) })
    }

    private static let firstPort: UInt16 = 1_024
}
