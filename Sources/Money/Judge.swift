internal import Wire
package import Words

/// Papers laid before a judge, and every proof that can be made of them.
///
/// It holds what was seen, wherever it came from: links of provenance, decisions that travelled
/// alone, releases inside entries. More papers can only add proofs, never take one away.
package struct Judge: Sendable {
    /// Papers are told apart by content and signature: a copy with a bad signature replaces
    /// nothing, or whoever brings one could make a proof go away.
    private var links: [Signed<EntryReference>: Link] = [:]
    private var aborts: [Signed<Hash>: Abort] = [:]
    private var commits: [Signed<Hash>: Commit] = [:]

    private struct Signed<Name: Hashable & Sendable>: Hashable, Sendable {
        let name: Name
        let signature: Signature
    }

    package init() {}

    package mutating func add(_ link: Link) {
        links[Signed(name: link.reference, signature: link.signature)] = link
        for release in link.entry.releases { add(release) }
    }

    package mutating func add(_ abort: Abort) {
        aborts[Signed(name: abort.hash, signature: abort.signed.signature)] = abort
    }

    package mutating func add(_ commit: Commit) {
        let signed = commit.signed
        commits[Signed(name: signed.object.hash, signature: signed.signature)] = commit
    }

    /// Everything these papers prove, each checked, with what it proves.
    package func proofs(_ checking: some Checking) -> [(proof: Proof, verdict: Verdict)] {
        // A paper that its signer did not sign is none; it is looked at once, not in each pair.
        let links = links.values.filter { $0.isSigned(checking) }.sorted { $0.comesBefore($1) }
        let aborts = aborts.values.filter { $0.isSigned(checking) }
        let commits = commits.values.filter { $0.isSigned(checking) }
        var found: [(Proof, Verdict)] = []
        func add(_ candidate: Proof) {
            if let verdict = try? candidate.verdict(checking) { found.append((candidate, verdict)) }
        }
        forEachPair(of: links) {
            add(.fork($0, $1))
        } samePlace: { first, second in
            add(.rollback(.onePlace(first, second)))
        }
        for abort in aborts.sorted(by: { $0.hash < $1.hash }) {
            for commit in commits where commit.payment == abort.payment {
                add(.equivocation(abort, .commit(commit)))
            }
            for aborted in links where abort.releases(aborted.header) {
                for child in links where child.entry.parent?.handover == aborted.handover {
                    add(.equivocation(abort, .below(aborted, child: child)))
                }
            }
        }
        return found
    }

    /// Only links of one key that share a parent can fork, and only links of one place can roll
    /// back: the others need not be paired.
    private func forEachPair(
        of links: [Link],
        sameParent: (Link, Link) -> Void,
        samePlace: (Link, Link) -> Void
    ) {
        var byParent: [Parent: [Link]] = [:]
        var byPlace: [Spot: [Link]] = [:]
        for link in links {
            let (entry, header) = (link.entry, link.header)
            let parent = Parent(signer: header.payer, stick: entry.stick, entry: entry.parent)
            for earlier in byParent[parent] ?? [] where earlier.entry.meets(entry) {
                sameParent(earlier, link)
            }
            byParent[parent, default: []].append(link)
            let spot = Spot(signer: header.payer, place: header.place)
            for earlier in byPlace[spot] ?? [] { samePlace(earlier, link) }
            byPlace[spot, default: []].append(link)
        }
    }

    private struct Parent: Hashable {
        let signer: Key
        let stick: Hash
        let entry: EntryReference?
    }

    private struct Spot: Hashable {
        let signer: Key
        let place: Place
    }
}
