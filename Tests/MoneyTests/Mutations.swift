import Money
import StandIns
import Wire
import Words

/// Every way in which one field of a tree is changed.
struct Mutations {
    struct Change {
        let what: String
        let node: Node
        /// The list is left as it is, though it may not be in order.
        var keepsOrder = false
    }

    /// The values that stand under a name anywhere in this value, to swap with.
    private let known: [String: [Node]]
    private let keys: [Node]
    private let hashes: [Node]
    private let spares: [String: [Node]]

    init(_ plot: Plot, _ fields: [Form.Field]) {
        var known: [String: [Node]] = [:]
        for field in fields where known[field.name]?.contains(field.node) != true {
            known[field.name, default: []].append(field.node)
        }
        self.known = known
        keys = plot.keys.map { .data($0.bytes.array) }
        let names =
            plot.handovers.flatMap { [$0.hash, $0.header.payment] } + plot.sticks.map(\.id)
            + [plot.spareStick.id, plot.window.id, plot.handover.hash]
        hashes = names.map { .data($0.bytes.array) }
        func nodes(_ values: [some WireValue], _ form: Form) -> [Node] {
            values.map { must(form.read($0.wireBytes)) }
        }
        let aborts = nodes(plot.spareReleases, .signed("", []))
        let bystanders = [plot.cleo, plot.dan].map { must(plot.street.ders[$0.key]) }
        let more = [
            plot.sticks[2].entry(60, 70), plot.sticks[2].entry(50, 60),
            plot.proposal.entries[1], plot.spareStick.entry(0, 10),
        ]
        let parents = plot.handovers.map { EntryReference($0.hash, 0) }
        spares = [
            "link.entry.releases": aborts, "entry.releases": aborts,
            "proposal.links": nodes(plot.spareLinks, .link),
            "proposal.sticks": nodes([plot.spareStick], .stick),
            "proposal.certificates": bystanders.map { .packed(must(Form.certificate.read($0))) },
            "proposal.entries": nodes(more, .entry("")),
            "handover.entries": nodes(more, .entry("")),
            "link.entry.parent": parents.map(Self.node), "entry.parent": parents.map(Self.node),
        ]
    }

    private static func node(_ reference: EntryReference) -> Node {
        .list([.data(reference.handover.bytes.array), .number(UInt64(reference.number))])
    }

    func of(_ field: Form.Field) -> [Change] {
        let made: [Change] =
            switch field.node {
            case .number(let value): numbers(value)
            case .data(let bytes): data(bytes)
            case .text(let text):
                ["", "USD", text + "X", text.lowercased()].map { Change(what: $0, node: .text($0)) }
            case .list(let children): lists(field.name, children)
            case .packed: []
            }
        let others = known[field.name, default: []].map { Change(what: "another's", node: $0) }
        return (made + others).filter { $0.node != field.node }
    }

    private func numbers(_ value: UInt64) -> [Change] {
        [value &+ 1, value &- 1, 0, 1, 2, Limits.amountUnits, .max].map {
            Change(what: "\($0)", node: .number($0))
        }
    }

    private func data(_ bytes: [UInt8]) -> [Change] {
        var changes = [
            Change(what: "nothing", node: .data([])),
            Change(what: "zeros", node: .data([UInt8](repeating: 0, count: bytes.count))),
            Change(what: "ones", node: .data([UInt8](repeating: 255, count: bytes.count))),
            Change(what: "one byte more", node: .data(bytes + [0])),
        ]
        if !bytes.isEmpty {
            var (first, last) = (bytes, bytes)
            first[0] ^= 0x80
            last[bytes.count - 1] ^= 1
            changes += [
                Change(what: "its first bit", node: .data(first)),
                Change(what: "its last bit", node: .data(last)),
                Change(what: "one byte less", node: .data(bytes.dropLast())),
            ]
        }
        if bytes.count == 32 {
            changes += keys.map { Change(what: "a key", node: $0) }
            changes += hashes.map { Change(what: "a hash", node: $0) }
        }
        return changes
    }

    private func lists(_ name: String, _ children: [Node]) -> [Change] {
        var changes: [Change] = []
        for index in children.indices {
            var (without, twice) = (children, children)
            without.remove(at: index)
            twice.insert(children[index], at: index)
            changes += [
                Change(what: "without \(index)", node: .list(without)),
                Change(what: "\(index) twice", node: .list(twice)),
            ]
        }
        let words = children + spares[name, default: []]
        let extra = words.isEmpty ? Array(hashes.prefix(2)) : spares[name, default: []]
        changes += extra.flatMap { spare in
            [
                Change(what: "and one more", node: .list(children + [spare])),
                Change(what: "one other", node: .list(children.dropLast() + [spare])),
            ]
        }
        if children.count > 1 {
            let backwards: [Node] = children.reversed()
            changes.append(Change(what: "backwards", node: .list(backwards), keepsOrder: true))
        }
        return changes
    }
}
