package import Money
package import Words

// What meters say of what they have used up: docs/PROTOCOL section 16.6.

extension Reckoning {
    /// A meter says how much of a stick it has used up, for good; of several words the greatest
    /// counts, whatever came first.
    package mutating func take(_ register: Register, _ checking: some Checking) throws(TakeFault) {
        guard mayBe(register), !knows(register) else { return }
        guard register.isSigned(checking) else { throw .signature }
        registers[register.stick, default: [:]][register.sender] = register.count
    }

    /// Whether it is of a stick that is out, and of no more units than that has.
    package func mayBe(_ register: Register) -> Bool {
        trees[register.stick].map { register.count <= $0.stick.units } ?? false
    }

    /// Whether it brings nothing new.
    package func knows(_ register: Register) -> Bool {
        registers[register.stick]?[register.sender].map { register.count <= $0 } ?? false
    }

    /// How much of a stick a meter has used up and not handed in, at most: all there is, where it
    /// has not said how much.
    fileprivate func leftToHandIn(of stick: Hash, by meter: Key) -> Amount {
        #if Planted
        if Plant.remainderUsed.isHere { return .largest }
        #endif
        guard let count = registers[stick]?[meter] else { return .largest }
        let handedIn = trees[stick]?.redeemed.filter { one in
            one.use == .consumed && handovers[one.reference.handover]?.name.payer == meter
        }
        let sum = Amount.sum((handedIn ?? []).map(\.units.count)) ?? .largest
        return count.subtracting(sum) ?? .zero
    }

    /// What a meter brought back of a stick and the office has not paid for yet: it has given that
    /// up, and not used it up.
    fileprivate func waiting(of stick: Hash, by meter: Key) -> [Units] {
        (trees[stick]?.redeemed ?? []).filter { one in
            !one.isPaid && handovers[one.reference.handover]?.name.payer == meter
        }.map(\.units)
    }

    /// What chains came to beyond a stick, without what meters have used up.
    ///
    /// That is owed to nobody; what a register says is taken off what goes to its meter first.
    func duplicates(of settlement: Settlement, without meters: Set<Key>) -> [Duplicate] {
        var using = Using(of: settlement, by: meters, in: self)
        for share in settlement.shares { _ = using.take(share) }
        #if Planted
        if Plant.usedUpOwed.isHere { return settlement.duplicates }
        #endif
        return settlement.duplicates.flatMap { using.take($0) }
    }
}

/// Takes what meters have used up off what would go to them: of each the lowest units first.
///
/// Whoever has shown a register is a meter as far as that says, whatever he was invited as.
package struct Using: Sendable {
    /// Of each meter, how much is to be taken off yet.
    private var left: [Key: Amount] = [:]
    private var waiting: [Key: [Units]] = [:]
    /// What was taken off, in the order in which it was.
    package private(set) var used: [Key: [Units]] = [:]

    package init(of settlement: Settlement, by meters: Set<Key>, in reckoning: Reckoning) {
        let holders =
            settlement.shares.compactMap(\.fate.holder) + settlement.duplicates.map(\.holder)
        let said = reckoning.registers[settlement.stick] ?? [:]
        for key in Set(holders) where meters.contains(key) || said[key] != nil {
            left[key] = reckoning.leftToHandIn(of: settlement.stick, by: key)
            waiting[key] = reckoning.waiting(of: settlement.stick, by: key)
        }
    }

    /// What stays of a share.
    package mutating func take(_ share: Settlement.Share) -> [Settlement.Share] {
        guard let key = share.fate.holder, left[key] != nil else { return [share] }
        return take(share.units, of: key).map { Settlement.Share(units: $0, fate: share.fate) }
    }

    /// What stays of what somebody was given beside another.
    mutating func take(_ duplicate: Duplicate) -> [Duplicate] {
        guard left[duplicate.holder] != nil else { return [duplicate] }
        return take(duplicate.units, of: duplicate.holder).map { duplicate.with($0) }
    }

    private mutating func take(_ units: Units, of key: Key) -> [Units] {
        let free = units.removing(waiting[key] ?? [])
        var stays = (waiting[key] ?? []).compactMap { $0.intersection(units) }
        for part in free {
            let most = left[key] ?? .zero
            guard let cut = part.cut(min(most, part.count)) else {
                stays.append(part)
                continue
            }
            left[key] = most.subtracting(cut.taken.count) ?? .zero
            used[key, default: []].append(cut.taken)
            if let rest = cut.rest { stays.append(rest) }
        }
        return Self.joined(stays.sorted { $0.lo < $1.lo })
    }

    /// Neighbours are one, as they are where nobody is a meter.
    private static func joined(_ ranges: [Units]) -> [Units] {
        ranges.reduce(into: []) { all, one in
            if let last = all.last, last.hi == one.lo, let both = Units(last.lo, one.hi) {
                all[all.count - 1] = both
            } else {
                all.append(one)
            }
        }
    }
}

extension Settlement.Fate {
    /// Whose they are.
    var holder: Key? {
        switch self {
        case .account(let key), .returned(let key): key
        case .redeemed, .consumed, .lapsed: nil
        }
    }
}

extension Duplicate {
    fileprivate func with(_ units: Units) -> Duplicate {
        Duplicate(stick: stick, units: units, holder: holder, at: at, id: id, rank: rank)
    }
}
