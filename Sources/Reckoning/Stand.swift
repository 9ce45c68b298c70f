import Money
import Words

/// What stands at one place of a life: of whoever keeps to the rules one handover.
struct Stand: Sendable {
    private(set) var handovers = Few<Hash>()
    /// Once there are several: where to look for one that another does not meet.
    var edges: Edges?

    mutating func insert(_ handover: Hash) { handovers.insert(handover) }

    mutating func remove(_ handover: Hash) {
        handovers.remove(handover)
        edges = nil
    }
}

extension Stand: Hashable {
    /// What helps to find something is nothing that is known.
    static func == (a: Stand, b: Stand) -> Bool { a.handovers == b.handovers }

    func hash(into hasher: inout Hasher) { hasher.combine(handovers) }
}

/// Of links at one place that all meet those of other handovers: which end first, and which begin
/// last, of two handovers each.
///
/// Whoever meets these meets all of them.
struct Edges: Sendable {
    private var endFirst: [Edge] = []
    private var beginLast: [Edge] = []

    struct Edge: Sendable {
        let stick: Hash
        let parent: EntryReference?
        let units: Units
        let reference: EntryReference

        init(_ twig: Twig, of stick: Hash) {
            (self.stick, parent) = (stick, twig.parent)
            (units, reference) = (twig.units, twig.reference)
        }

        func meets(_ other: Edge) -> Bool {
            stick == other.stick && parent == other.parent && units.overlaps(other.units)
        }
    }

    mutating func add(_ edge: Edge) {
        Self.add(edge, to: &endFirst) { $0.units.hi < $1.units.hi }
        Self.add(edge, to: &beginLast) { $0.units.lo > $1.units.lo }
    }

    /// One of another handover that this one does not meet.
    func apart(from edge: Edge) -> EntryReference? {
        (endFirst + beginLast).first {
            $0.reference.handover != edge.reference.handover && !$0.meets(edge)
        }?.reference
    }

    /// Keeps the outermost two that are of different handovers.
    private static func add(
        _ edge: Edge,
        to edges: inout [Edge],
        _ isFarther: (Edge, Edge) -> Bool
    ) {
        let own = edges.firstIndex { $0.reference.handover == edge.reference.handover }
        if let own {
            guard isFarther(edge, edges[own]) else { return }
            edges[own] = edge
        } else {
            edges.append(edge)
        }
        edges.sort(by: isFarther)
        if edges.count > 2 { edges.removeLast() }
    }
}
