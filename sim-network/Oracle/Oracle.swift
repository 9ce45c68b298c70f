internal import Wire
package import Words

/// What must be true of a world of wallets, judged from the outside.
///
/// It sees what has become durable on each disk and each statement before it leaves, and shares
/// no rule with those who wrote them: it reads bytes as docs/PROTOCOL has them (sections 2, 3, 6
/// and 8.8) and counts units. Every check costs what the step touches, not what the world holds.
package struct Oracle: Sendable {
    /// In the order in which they joined.
    var homes: [Home] = []
    /// From a home's number to its place in ``homes``.
    var lanes: [Int: Int] = [:]
    /// The first home of each key.
    var holders: [Key: Int] = [:]
    var dishonestKeys: Set<Key> = []
    /// One-time keys and who answered with them.
    var oneTime: [Key: Int] = [:]

    var sticks: [StickFact] = []
    var stickRows: [[UInt8]] = []
    var hands: [Hands] = []
    var stickNumbers: [Hash: Int] = [:]

    var payments: [Payment] = []
    var paymentNumbers: [PaymentName: Int] = [:]
    var places: [SignedAt: Hash] = [:]
    var passed: [Passed: PassedOn] = [:]
    /// What the dishonest passed on to each home.
    var taken: [Taken: PassedOn] = [:]
    /// Every payment that came to be, in the order of the payees' records.
    package var events: [MoneyEvent] = []

    /// What the dishonest have between them.
    var loot: UInt64 = 0
    var duplicates: [Duplicate] = []
    var links: [LinkFact] = []
    var linkRows: Set<[UInt8]> = []

    package internal(set) var totals = Totals()
    var imbalance: Int64 = 0
    /// What is broken so far, in the order in which it was found.
    package internal(set) var violations: [Violation] = []
    /// Payments that only the office can end, found by ``atRest()``.
    package internal(set) var strandedPayments = 0

    /// What its books say, where there is an office.
    var books: BooksFacts?

    /// Looks at a signature; nil where stories have none.
    let isSigned: (@Sendable (Hash, Key, Signature) -> Bool)?
    /// The statements whose signatures were looked at.
    var signed: Set<SignedObject> = []

    package init(isSigned: (@Sendable (Hash, Key, Signature) -> Bool)? = nil) {
        self.isSigned = isSigned
    }

    /// A home is made, whose key and whose number in the charts these are.
    ///
    /// Two homes of one key are a clone: the key has to be ``dishonest(_:)`` before.
    package mutating func join(_ home: Int, key: Key) {
        precondition(lanes[home] == nil, "home \(home) joins once")
        lanes[home] = homes.count
        if holders[key] == nil { holders[key] = homes.count }
        homes.append(Home(home, key))
        homes[homes.count - 1].isDishonest = dishonestKeys.contains(key)
    }

    /// The group of steps that has just become durable there.
    package mutating func durable(_ home: Int, _ steps: [Step]) {
        let at = lane(home)
        for step in steps { apply(step, at) }
        checkConservation(at)
    }

    /// What it has free, and what is locked in payments that wait for their decision.
    ///
    /// A dishonest home has nothing that anybody could count.
    package func balance(_ home: Int) -> (available: UInt64, held: UInt64) {
        let at = lane(home)
        return (homes[at].available, homes[at].held)
    }

    func lane(_ home: Int) -> Int {
        guard let at = lanes[home] else { preconditionFailure("home \(home) has not joined") }
        return at
    }

    mutating func report(
        _ invariant: Invariant,
        _ homes: [Int],
        _ payment: Int?,
        _ sentence: String
    ) {
        violations.append(
            Violation(
                invariant,
                homes.map { self.homes[$0].number },
                payment.map { payments[$0].id },
                sentence
            )
        )
    }

    /// Told once for each time that it changes, so that one loss is one finding.
    mutating func checkConservation(_ at: Int) {
        guard totals.imbalance != imbalance else { return }
        let change = totals.imbalance &- imbalance
        imbalance = totals.imbalance
        let what = change > 0 ? "\(change) units came from nowhere" : "\(-change) units are gone"
        report(.conservation, [at], nil, what)
    }

    /// The payment's number, made when it is first heard of.
    mutating func payment(_ id: PaymentID, payer: Key) -> Int {
        let name = PaymentName(id: id, payer: payer)
        if let known = paymentNumbers[name] { return known }
        paymentNumbers[name] = payments.count
        payments.append(Payment(id, payer: payer))
        return payments.count - 1
    }
}
