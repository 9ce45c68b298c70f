import Money
import Words

/// Where units have come to: the last link of a chain, or the stick's owner.
struct End: Hashable, Sendable {
    let at: EntryReference?
    let holder: Key
    /// Links of its chain that were aborted and used all the same.
    var aborted = 0
    /// How the office has paid for them.
    var redemption: Redemption?
}

/// Units that all came to the same ends: to none when they lapse, to several when passed on twice.
struct Stretch: Hashable, Sendable {
    let units: Units
    var ends: [End]
}

/// What one link says of some units of its parent.
private struct Strand {
    let units: Units
    let ends: [End]
    let standing: Standing

    enum Standing: Hashable {
        /// Its payee was paid, or claims to have been.
        case live
        /// Aborted, and used all the same; whether its payer acknowledged a COMMIT.
        case contested(isAcknowledged: Bool)
        /// Nobody has decided or claims; whether the payer says that it holds no COMMIT.
        case open(isDenied: Bool)
    }
}

extension Reckoning {
    /// All units of a stick, in their order, with where they have come to.
    func stretches(_ tree: StickTree) -> [Stretch] {
        guard let all = Units(0, tree.stick.units.units) else { return [] }
        return stretches(tree, below: nil, all, heldBy: tree.stick.owner, links: 0)
    }

    private func stretches(
        _ tree: StickTree,
        below at: EntryReference?,
        _ units: Units,
        heldBy holder: Key,
        links: Int
    ) -> [Stretch] {
        let own = End(at: at, holder: holder)
        var strands: [Strand] = []
        // A longer chain is shown to nobody, so it leads nowhere.
        if links < Self.linksPerChain {
            for twig in tree.below(at, by: holder) where units.contains(twig.units) {
                strands += self.strands(of: twig, in: tree, from: holder, links: links + 1)
            }
        }
        guard !strands.isEmpty else { return [Stretch(units: units, ends: [own])] }
        return woven(strands, over: units, own)
    }

    /// What a link leads to; nothing when it is worth nothing, or was aborted and not used.
    private func strands(
        of twig: Twig,
        in tree: StickTree,
        from holder: Key,
        links: Int
    ) -> [Strand] {
        guard let passing = passing(twig), passing.name.payee != holder,
            !isVoid(twig, passing)
        else { return [] }
        let hash = twig.reference.handover
        guard let standing = standing(of: hash, passing) else { return [] }
        if case .open = standing {
            return [Strand(units: twig.units, ends: [], standing: standing)]
        }
        let below = stretches(
            tree,
            below: twig.reference,
            twig.units,
            heldBy: passing.name.payee,
            links: links
        )
        return below.map { stretch in
            var ends = stretch.ends
            for index in ends.indices {
                if case .contested = standing { ends[index].aborted += 1 }
                if let use = passing.redemption { ends[index].redemption = use }
            }
            return Strand(units: stretch.units, ends: ends, standing: standing)
        }
    }

    private func isVoid(_ twig: Twig, _ passing: Passing) -> Bool {
        guard let lastGood = revoked[passing.name.payer], !twig.isPaidFor else { return false }
        return passing.place > lastGood
    }

    private func standing(of hash: Hash, _ passing: Passing) -> Strand.Standing? {
        if passing.redemption != nil { return .live }
        let isAcknowledged = payments[passing.name]?.isPaidForPayer == true
        switch (isCommitted(hash, passing), isAborted(passing)) {
        case (true, true): return .contested(isAcknowledged: isAcknowledged)
        case (true, false): return .live
        case (false, true): return nil
        case (false, false): break
        }
        let (payer, payee) = (passing.name.payer, passing.name.payee)
        let said = sayings[hash]
        if said?.committed != nil || said?.claims[payee] != nil { return .live }
        // What an office did not commit to, it knows that it holds no COMMIT of; and a wallet that
        // began anew may have forgotten the payment, so that it can neither deny nor show anything.
        let hasBegunAnew = epochs[payer].map { $0 > passing.place.epoch } ?? false
        return .open(
            isDenied: offices.contains(payee) || hasBegunAnew
                || said?.denials[payer] != nil
        )
    }

    /// Lays strands beside each other, and says for each unit where it has come to.
    private func woven(_ strands: [Strand], over units: Units, _ own: End) -> [Stretch] {
        let sorted = strands.sorted { $0.units.lo < $1.units.lo }
        var cuts = [units.lo, units.hi]
        for strand in sorted { cuts += [strand.units.lo, strand.units.hi] }
        cuts.sort()
        var (stretches, here, next) = ([Stretch](), [Strand](), 0)
        for (lo, hi) in zip(cuts, cuts.dropFirst()) {
            guard let part = Units(lo, hi) else { continue }
            here.removeAll { $0.units.hi <= lo }
            while next < sorted.count, sorted[next].units.lo <= lo {
                here.append(sorted[next])
                next += 1
            }
            let ends = Self.ends(of: here, own)
            if let last = stretches.last, last.ends == ends,
                let joined = Units(last.units.lo, hi)
            {
                stretches[stretches.count - 1] = Stretch(units: joined, ends: ends)
            } else {
                stretches.append(Stretch(units: part, ends: ends))
            }
        }
        return stretches
    }

    private static func ends(of strands: [Strand], _ own: End) -> [End] {
        let passedOn = strands.flatMap(\.ends)
        var (isLive, open, isAcknowledged) = (false, [Bool](), false)
        for strand in strands {
            switch strand.standing {
            case .live: isLive = true
            case .contested(let acknowledged): isAcknowledged = isAcknowledged || acknowledged
            case .open(let isDenied): open.append(isDenied)
            }
        }
        if isLive { return passedOn }
        // Still with the payer: never passed on, everything aborted, or nothing committed.
        return !isAcknowledged && open.allSatisfy(\.self) ? passedOn + [own] : passedOn
    }
}
