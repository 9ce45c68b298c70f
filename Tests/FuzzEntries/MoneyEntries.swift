import Money
import StandIns
import Wire
import Words

/// Reads the bytes after the first as what the first says, and checks what was read.
///
/// What is read is written as the same bytes. The checks see certificates and signatures as the
/// stand-ins have them, so a fuzzer gets past them with the good cases it starts from.
package func fuzzProvenance(_ bytes: [UInt8]) {
    guard let form = bytes.first else { return }
    let rest = Array(bytes.dropFirst())
    switch form % 4 {
    case 0: readAgain(Provenance.self, rest).map(checkProvenance)
    case 1: readAgain(Proposal.self, rest).map(checkProposal)
    case 2: readAgain(Paper.self, rest).map(checkPaper)
    case _: readAgain(Proof.self, rest).map(checkProof)
    }
}

private let root = StandInSigner("root").key

private func readAgain<Value: WireValue>(_ type: Value.Type, _ bytes: [UInt8]) -> Value? {
    do {
        let value = try Value(wireBytes: bytes)
        precondition(value.wireBytes == bytes, "\(type) read bytes that it writes otherwise")
        return value
    } catch {
        precondition(
            (0...bytes.count).contains(error.position),
            "\(type) refused outside the bytes"
        )
        return nil
    }
}

/// Checked for everyone who could be its holder: who was paid last, and who owns a stick.
private func checkProvenance(_ provenance: Provenance) {
    let holders = provenance.links.map(\.header.payee) + provenance.sticks.map(\.owner)
    var verified = Verified(capacity: 16)
    for holder in Set(holders).sorted() {
        let lineages = try? provenance.lineages(
            of: holder,
            by: Verifier(root: root),
            &verified,
            StandInChecking()
        )
        guard let lineages else { continue }
        for lineage in lineages {
            let parent = lineage.links.last?.reference
            precondition(lineage.piece.parent == parent, "a lineage ends where its piece begins")
            precondition(
                lineage.links.allSatisfy { $0.entry.units.contains(lineage.piece.units) },
                "every link of a lineage holds the piece's units"
            )
        }
    }
}

private func checkProposal(_ proposal: Proposal) {
    guard let now = Moment(1_800_000_000) else { return }
    var payee = Payee(
        key: StandInSigner("dan").key,
        root: root,
        now: now,
        asset: proposal.asset,
        amount: proposal.amount
    )
    for link in proposal.provenance.links.prefix(2) { payee.seen.learn(link) }
    var verified = Verified(capacity: 16)
    guard (try? payee.check(proposal, &verified, StandInChecking())) != nil else { return }
    let sum = Amount.sum(proposal.entries.map(\.units.count))
    precondition(sum == proposal.amount, "what is taken is worth what it says")
}

private func checkPaper(_ paper: Paper) {
    var verified = Verified(capacity: 16)
    _ = try? paper.check(Verifier(root: root), &verified, StandInChecking())
}

private func checkProof(_ proof: Proof) {
    _ = try? proof.verdict(StandInChecking())
    var judge = Judge()
    switch proof {
    case .fork(let first, let second), .rollback(.onePlace(let first, let second)):
        judge.add(first)
        judge.add(second)
    case .equivocation(let abort, .commit(let commit)):
        judge.add(abort)
        judge.add(commit)
    case .equivocation(let abort, .below(let first, let second)):
        judge.add(abort)
        judge.add(first)
        judge.add(second)
    case .rollback(.broken(let first, let second)):
        for handover in [first, second] {
            for number in handover.entries.indices { judge.add(handover.link(number)) }
        }
    }
    _ = judge.proofs(StandInChecking())
}
