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
    /// Of one host: nobody fills it with few addresses.
    package static let perHost = 16
    package static let findsAtMost = 128
    package static let placesPerFind = 8
    /// How long an answer counts before it is asked for again.
    package static let asksAgain: UInt64 = 30_000
    /// How long what is not found is left alone, at first and at most.
    static let waits: UInt64 = 4_000
    static let waitsAtMost: UInt64 = 64_000
    /// An answer that is not had again is forgotten.
    package static let forgets: UInt64 = 90_000

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
    /// Each time that all is heard anew has a number.
    private var round: UInt64 = 0
    /// Somebody was passed over for want of room.
    package private(set) var hasMissed = false

    package init() {}

    package var count: Int { entries.count }

    // MARK: What is heard

    /// All that is announced is going to be said again.
    package mutating func begin() {
        round += 1
        hasMissed = false
    }

    /// It has been said: what was not among it is there no more.
    package mutating func sweep() { entries.removeAll { $0.round != round } }

    package mutating func heard(_ place: Place, at now: UInt64) {
        if let known = entries.firstIndex(where: { $0.place == place }) {
            entries[known].round = round
            return
        }
        if entries.count >= Self.entriesAtMost {
            hasMissed = true
            // Names behind which nobody was found make room, the oldest first.
            let empty = entries.firstIndex {
                $0.answer == nil && !$0.isAsked && $0.waits > Self.waits
            }
            guard let empty else { return }
            entries.remove(at: empty)
        }
        entries.append(Entry(place: place, round: round, due: now))
    }

    package mutating func gone(_ place: Place) { entries.removeAll { $0.place == place } }

    // MARK: What is asked

    /// Who is to be asked next, if anybody is; from then on it is being asked.
    package mutating func ask(at now: UInt64) -> Place? {
        let due = entries.indices.filter { !entries[$0].isAsked && entries[$0].due <= now }
        guard let next = due.min(by: { entries[$0].due < entries[$1].due }) else { return nil }
        entries[next].isAsked = true
        return entries[next].place
    }

    /// When somebody is to be asked.
    package var nextDue: UInt64? { entries.lazy.filter { !$0.isAsked }.map(\.due).min() }

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
            $0 != one && entries[$0].answer?.at.host == answer.at.host
        }
        guard others.count < Self.perHost else {
            hasMissed = true
            entries.remove(at: one)
            return
        }
        entries[one].answer = (answer.card, answer.at, now)
        (entries[one].due, entries[one].waits) = (now + Self.asksAgain, Self.waits)
    }

    /// Nobody is being asked any more: whoever asked is gone.
    package mutating func askNobody(at now: UInt64) {
        for one in entries.indices where entries[one].isAsked {
            (entries[one].isAsked, entries[one].due) = (false, now)
        }
    }

    package mutating func forget(at now: UInt64) {
        for one in entries.indices {
            guard let answer = entries[one].answer, answer.when + Self.forgets <= now else {
                continue
            }
            entries[one].answer = nil
        }
    }

    // MARK: What is known

    /// Those who were found, each once however many ways lead there.
    package var finds: [Find] {
        var finds: [Find] = []
        for entry in entries {
            guard let answer = entry.answer else { continue }
            let known = finds.firstIndex { $0.service == entry.place.name }
            if let known {
                let find = finds[known]
                guard find.places.count < Self.placesPerFind, !find.places.contains(answer.at)
                else { continue }
                finds[known] = Find(
                    service: find.service,
                    name: find.name,
                    role: find.role ?? answer.card.role,
                    places: find.places + [answer.at]
                )
            } else if finds.count < Self.findsAtMost {
                finds.append(
                    Find(
                        service: entry.place.name,
                        name: Advert.shown(entry.place.name),
                        role: answer.card.role,
                        places: [answer.at]
                    )
                )
            }
        }
        return finds
    }
}
