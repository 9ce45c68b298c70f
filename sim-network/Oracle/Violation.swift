package import Words

/// What must always be true, by name.
package enum Invariant: String, Hashable, Sendable, CaseIterable {
    /// `issued + duplicated = available + held + consumed + stranded − both`, at every durable cut.
    case conservation
    /// Every unit of every stick is in exactly one hand.
    case oneHand = "one-hand"
    /// Both sides of a payment come to the same end, the seller first.
    case atomicity
    /// Nothing is said that is not on the disk, for this payment and with this content.
    case durableBeforeSaid = "durable-before-said"
    /// One key never signs COMMIT and ABORT of one payment.
    case decidedOnce = "decided-once"
    /// One key passes units of one parent on once, or carries the release; one place, one content.
    case handedOverOnce = "handed-over-once"
    /// A payment moves units once.
    case onceOnly = "once-only"
    /// A payment moves exactly what was agreed, on both sides and in the receipt.
    case amount
    /// What a disk has acknowledged is there after a restart.
    case acknowledged
    /// A statement is signed by who says it.
    case signer
    /// What stands as evidence is rightly signed.
    case signature
    /// A handover goes on from the one before it: counter, running total, name.
    case course
    /// An inert wallet begins and decides nothing, nobody decides for an epoch not its own.
    case inertActs = "inert-acts"
    /// A row can be read, and fits its key, its record and its home.
    case rows
    /// After healing nothing is in doubt and nothing locked.
    case rest
    /// The payments one after the other, over plain numbers, come to the same balances.
    case serial
    /// For every unit that is there twice, signatures convict somebody dishonest.
    case convict
    /// A stick that anybody is told of or holds stands in the books of its office.
    case stickBooked = "stick-booked"
    /// A request for a charge is debited once, by what was asked for, and gets one stick.
    case chargedOnce = "charged-once"
    /// Postings come to nothing, units are out as long as they are backed, and an account has
    /// what was done with it, at every durable cut.
    case booksBalance = "books-balance"
    /// The books credit what was handed to the office with its COMMIT, all of it, each unit once.
    case creditedOnce = "credited-once"
    /// When a stick is settled, each of its units that was not paid for goes to whoever has it.
    case settledOnce = "settled-once"
    /// Whoever honest has units that others have too gets them when their stick is settled, or
    /// stands in the books with them, in a case that was opened against somebody dishonest.
    case madeGood = "made-good"
    /// What is passed on twice is paid out of what its convict guaranteed, in the order in which
    /// it was presented, as far as that goes and never further; and the dishonest gain no more
    /// than is claimed of them.
    case guarantee
    /// What a meter's hardware counted is used up out of what it has, group by group, once, in
    /// order, and nothing of that goes back, or anywhere but to its office.
    case servedOnce = "served-once"
    /// The books say of exactly what was used up that it was, once, and credit nobody for it; when
    /// a stick is settled a meter has used up what it had of it, unless it has said less.
    case usedUp = "used-up"
    /// Nobody honest is convicted or revoked in the books, or has to begin anew.
    case innocent
}

/// Something that must not be, with all that a person needs to look for it.
package struct Violation: Hashable, Sendable, CustomStringConvertible {
    package let invariant: Invariant
    /// In the order in which they matter.
    package let homes: [Int]
    package let payment: PaymentID?
    package let sentence: String

    package init(_ invariant: Invariant, _ homes: [Int], _ payment: PaymentID?, _ sentence: String)
    {
        (self.invariant, self.homes) = (invariant, homes)
        (self.payment, self.sentence) = (payment, sentence)
    }

    package var description: String {
        let lanes = homes.map { "home \($0)" }.joined(separator: ", ")
        let about = payment.map { " payment \(Hex.text($0.array[8..<16]))" } ?? ""
        return "\(invariant.rawValue): \(lanes)\(about): \(sentence)"
    }
}

/// All units of the world, by what they are doing.
package struct Totals: Hashable, Sendable {
    package var issued: UInt64 = 0
    /// What a dishonest key made of nothing by spending twice.
    package var duplicated: UInt64 = 0
    package var available: UInt64 = 0
    package var held: UInt64 = 0
    /// Held by a payer whose payee has recorded COMMIT: counted on both sides.
    package var both: UInt64 = 0
    /// Used up by a meter, and not handed in yet.
    package var consumed: UInt64 = 0
    /// Owned in an ended epoch.
    package var stranded: UInt64 = 0

    package init() {}

    /// How much more there is than there should be; 0 when all is well.
    package var imbalance: Int64 {
        let there = Int64(bitPattern: available &+ held &+ consumed &+ stranded &- both)
        return there &- Int64(bitPattern: issued &+ duplicated)
    }
}
