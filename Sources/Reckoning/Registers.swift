package import Money
package import Words

// What meters say of what they have used up: docs/PROTOCOL section 16.6.

extension Reckoning {
    /// A meter says how much of a stick it has used up, for good; of several words the greatest
    /// counts, whatever came first.
    package mutating func take(_ register: Register, _ checking: some Checking) throws(TakeFault) {
        guard trees[register.stick] != nil, !knows(register) else { return }
        guard register.isSigned(checking) else { throw .signature }
        registers[register.stick, default: [:]][register.sender] = register.count
    }

    /// Whether it brings nothing new.
    package func knows(_ register: Register) -> Bool {
        registers[register.stick]?[register.sender].map { register.count <= $0 } ?? false
    }

    /// How much of a stick a meter has used up and not handed in, at most: all there is, where it
    /// has not said how much.
    package func leftToHandIn(of stick: Hash, by meter: Key) -> Amount {
        guard let count = registers[stick]?[meter] else { return .largest }
        let handedIn = trees[stick]?.redeemed.filter { one in
            one.use == .consumed && handovers[one.reference.handover]?.name.payer == meter
        }
        let sum = Amount.sum((handedIn ?? []).map(\.units.count)) ?? .largest
        return count.subtracting(sum) ?? .zero
    }
}
