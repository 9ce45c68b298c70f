internal import Wire
package import Words

/// Papers laid before a judge, and every proof that can be made of them.
///
/// It holds what was seen, wherever it came from: links of provenance, decisions that travelled
/// alone, releases inside entries. More papers can only add proofs, never take one away.
package struct Judge: Sendable {
    private var links: [EntryReference: Link] = [:]
    private var aborts: [Hash: Abort] = [:]
    private var commits: [Hash: Commit] = [:]

    package init() {}

    package mutating func add(_ link: Link) {
        links[link.reference] = link
        for release in link.entry.releases { add(release) }
    }

    package mutating func add(_ abort: Abort) { aborts[abort.hash] = abort }
    package mutating func add(_ commit: Commit) { commits[commit.signed.object.hash] = commit }

    /// Everything these papers prove, each checked, with what it proves.
    package func proofs(_ checking: some Checking) -> [(proof: Proof, verdict: Verdict)] {
        var found: [(Proof, Verdict)] = []
        for candidate in candidates {
            if let verdict = try? candidate.verdict(checking) {
                found.append((candidate, verdict))
            }
        }
        return found
    }

    private var candidates: [Proof] {
        let links = links.values.sorted { $0.comesBefore($1) }
        var candidates: [Proof] = []
        for (index, first) in links.enumerated() {
            for second in links[(index + 1)...] where second.header.payer == first.header.payer {
                candidates.append(.fork(first, second))
                candidates.append(.rollback(.onePlace(first, second)))
            }
        }
        for abort in aborts.values.sorted(by: { $0.hash < $1.hash }) {
            let commits = commits.values.filter { $0.payment == abort.payment }
            candidates += commits.map { .equivocation(abort, .commit($0)) }
            let aborted = Set(links.filter { abort.releases($0.header) }.map(\.handover))
            for child in links where child.header.payer == abort.sender {
                guard let parent = child.entry.parent, aborted.contains(parent.handover),
                    let above = links.first(where: { $0.handover == parent.handover })
                else { continue }
                candidates.append(.equivocation(abort, .below(above, child: child)))
            }
        }
        return candidates
    }
}
