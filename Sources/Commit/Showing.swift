package import Money
package import Wire
package import Words

/// What a wallet shows its office of others' handovers, and says of what waits for a decision:
/// docs/PROTOCOL section 13.2, show.
package struct Showing: Hashable, Sendable {
    package var links: [Link] = []
    /// ABORTs, COMMITs and COMMITTEDs, and registers of meters.
    package var decisions: [SignedObject] = []
    /// Handovers to whoever says this, which were paid.
    package var claims: [Hash] = []
    /// Handovers by whoever says this, of which it holds no COMMIT.
    package var denials: [Hash] = []

    package init() {}

    package var isEmpty: Bool {
        links.isEmpty && decisions.isEmpty && claims.isEmpty && denials.isEmpty
    }

    /// How many things it says.
    package var count: Int { links.count + decisions.count + claims.count + denials.count }

    package static let linksAtMost = 64
    package static let decisionsAtMost = 32
    package static let handoversAtMost = 64
    /// Of all that one request shows.
    package static let bytesAtMost = 40_960
}

extension Showing {
    /// What a proof is made of; of a break in one life nothing, for both its handovers are to be
    /// handed in by whoever signed them.
    package init(_ proof: Proof) {
        self.init()
        switch proof {
        case .fork(let one, let two), .rollback(.onePlace(let one, let two)): links = [one, two]
        case .equivocation(let abort, .commit(let commit)):
            decisions = [abort.signed, commit.signed]
        case .equivocation(let abort, .below(let aborted, let child)):
            (links, decisions) = ([aborted, child], [abort.signed])
        case .rollback(.broken): break
        }
    }

    /// Links, in as many showings as they take.
    package static func parts(of links: [Link]) -> [Showing] {
        var (parts, bytes) = ([Showing](), 0)
        for link in links {
            let size = link.wireBytes.count
            bytes += size
            if parts.isEmpty || bytes > bytesAtMost
                || parts[parts.count - 1].links.count == linksAtMost
            {
                parts.append(Showing())
                bytes = size
            }
            parts[parts.count - 1].links.append(link)
        }
        return parts
    }
}

extension Showing: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(4)
        writeItems(to: &writer)
    }

    /// The four of them, where they stand in an array with others.
    package func writeItems(to writer: inout Writer) {
        writer.list(links)
        writer.list(decisions)
        writer.list(claims)
        writer.list(denials)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(4)
        try self.init(itemsFrom: &reader)
    }

    package init(itemsFrom reader: inout Reader) throws(WireError) {
        links = try reader.list(atMost: Self.linksAtMost)
        let at = reader.position
        decisions = try reader.list(atMost: Self.decisionsAtMost)
        guard decisions.allSatisfy({ Self.kinds.contains($0.object.kind) }) else {
            throw WireError(.outOfRange, at: at)
        }
        claims = try reader.list(atMost: Self.handoversAtMost)
        denials = try reader.list(atMost: Self.handoversAtMost)
    }

    private static let kinds: Set<Kind> = [.abort, .commit, .committed, .register]
}
