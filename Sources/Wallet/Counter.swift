package import Money
package import Words

/// What the node of an office does besides being a wallet: it answers at the counter.
///
/// It is asked first about everything that happens, and decides by the same seams; what it has
/// written goes with what the wallet has written, and before anything of it is said.
package protocol Counter: AnyObject {
    /// What follows from an event that is the counter's; nil leaves it to the wallet.
    func handle(_ event: Event, at time: Time, _ tools: inout Tools) -> [Order]?
    /// Whether the wallet beside it may decide to take this handover, which was shown with those
    /// links.
    func mayTake(_ handover: Handover, _ links: [Link], of payment: PaymentID) -> Bool
    /// The COMMIT of a payment to this wallet of which its own journal knows nothing, and the books
    /// beside it do: the journal may be an older one, or a new one. It throws where they cannot be
    /// read, which is no reason to say no.
    func committed(_ payment: PaymentID) throws(LogFault) -> Commit?
    /// What it has the wallet do about news of it.
    func heard(_ news: News) -> [Wish]
}
