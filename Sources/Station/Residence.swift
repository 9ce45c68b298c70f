package import Journal
package import Sealing
package import Wallet
package import Words

/// Who lives in a home, opened: what a station runs.
package struct Residence {
    package let home: Home
    package let ring: KeyRing
    package let log: JournalLog
    package let wallet: Wallet
    /// Where others ask, if this is an office.
    package var counter: (any Counter)?
    /// What the node writes to: the journal, or that and an office's books.
    package var writes: (any Log) -> any Log = { $0 }
    /// Answers what an office's person asks of it on the line.
    package var answer: (([UInt8]) -> [UInt8])?

    package init(home: Home, ring: KeyRing, log: JournalLog, wallet: Wallet) {
        (self.home, self.ring, self.log, self.wallet) = (home, ring, log, wallet)
    }
}
