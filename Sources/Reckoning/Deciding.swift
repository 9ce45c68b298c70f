import Money
package import Words

// When an office says COMMIT in the place of a payee whose epoch is over: docs/PROTOCOL 14.8.

extension Reckoning {
    /// The handovers that a key claims, in the order of their names.
    package func claims(by key: Key) -> [Hash] {
        sayings.filter { $0.value.claims[key] != nil }.keys.sorted()
    }

    /// Whether a handover that its payer has handed in was made to an epoch of its payee that is
    /// over, is claimed by that payee, and shows no decision.
    package func mayCommit(_ hash: Hash) -> Bool {
        guard let passing = handovers[hash], let whole = passing.whole,
            let present = epochs[passing.name.payee], whole.epoch < present,
            let said = sayings[hash], said.claims[passing.name.payee] != nil
        else { return false }
        return said.committed == nil && !isAborted(passing) && !isCommitted(hash, passing)
            && !isBeyondRevocation(passing)
    }
}
