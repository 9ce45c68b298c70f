/// What happened to the money, in the order of the sellers' records.
package enum MoneyEvent: Hashable, Sendable {
    case issued(to: Int, amount: UInt64)
    case paid(from: Int, to: Int, amount: UInt64)
}

extension Oracle {
    /// The same payments, one after the other, over plain numbers: no disk, no fault, no protocol.
    package struct Serial: Hashable, Sendable {
        /// By home, in the order of their joining; a key that spends twice goes below nothing.
        package private(set) var balances: [Int64]

        package init(homes: Int) { balances = Array(repeating: 0, count: homes) }

        package mutating func replay(_ event: MoneyEvent) {
            switch event {
            case .issued(let to, let amount):
                balances[to] += Int64(amount)
            case .paid(let from, let to, let amount):
                balances[from] -= Int64(amount)
                balances[to] += Int64(amount)
            }
        }

        package init(homes: Int, replaying events: [MoneyEvent]) {
            self.init(homes: homes)
            for event in events { replay(event) }
        }
    }
}
