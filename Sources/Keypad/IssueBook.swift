package import Wire
package import Words

/// Which issuing keys were handed on, and so which of a place's keys is the present one.
package struct IssueBook: Hashable, Sendable {
    /// In the order in which they were handed on, each once.
    package private(set) var paths: [IssuePath]

    package init() { paths = [] }

    /// Where the present key of these places stands below one's own; nil where no key can.
    ///
    /// A place whose key was never handed on has its first.
    package func present(_ names: [Text], below own: IssuePath) -> IssuePath? {
        var path = own
        for name in names {
            guard let step = IssueStep(name: name, generation: newest(name, below: path)),
                let below = path.below(step)
            else { return nil }
            path = below
        }
        return path
    }

    private func newest(_ name: Text, below path: IssuePath) -> Generation {
        let depth = path.steps.count
        return paths.filter { $0.steps.count > depth && $0.steps.starts(with: path.steps) }
            .map { $0.steps[depth] }
            .filter { $0.name == name }
            .map(\.generation).max() ?? .first
    }

    /// Hands on the key of these places, the present one or, when that is to end, the next.
    package mutating func issue(
        _ names: [Text],
        below own: IssuePath,
        anew: Bool
    ) -> IssuePath? {
        guard let present = present(names, below: own), let last = present.steps.last,
            !names.isEmpty, let generation = anew ? last.generation.next : last.generation,
            let step = IssueStep(name: last.name, generation: generation),
            let path = IssuePath(present.steps.dropLast() + [step])
        else { return nil }
        guard !paths.contains(path) else { return path }
        guard paths.count < Limits.issuingKeys else { return nil }
        paths.append(path)
        return path
    }
}

extension IssueBook: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(2)
        writer.number(1)
        writer.list(paths)
    }

    package init(from reader: inout Reader) throws(WireError) {
        let start = reader.position
        try reader.array(2)
        try reader.version(1)
        paths = try reader.list(atMost: Limits.issuingKeys)
        guard Set(paths).count == paths.count else { throw WireError(.outOfRange, at: start) }
    }
}
