internal import Wire
package import Words

/// Everything a wallet can show of where its pieces come from.
package struct Archive: Sendable {
    private var certificates: [Key: Stored] = [:]
    private var sticks: [Hash: Stick] = [:]
    private var links: [EntryReference: Link] = [:]

    private struct Stored {
        let der: [UInt8]
        let issuer: Key
    }

    package init() {}

    package mutating func add(_ stick: Stick) { sticks[stick.id] = stick }
    package mutating func add(_ link: Link) { links[link.reference] = link }

    package mutating func add(certificate der: [UInt8], of certificate: Certificate) {
        certificates[certificate.key] = Stored(der: der, issuer: certificate.issuer)
    }

    package mutating func add(_ certified: Certified) {
        certificates[certified.key] = Stored(der: certified.der, issuer: certified.issuer)
    }

    package func holds(certificateOf key: Key) -> Bool { certificates[key] != nil }

    /// Who certified a key, as far as is known here.
    package func issuer(of key: Key) -> Key? { certificates[key]?.issuer }

    package func stick(_ id: Hash) -> Stick? { sticks[id] }
    package func link(_ reference: EntryReference) -> Link? { links[reference] }

    /// Which links, sticks and keys pieces need: each once, however many pieces share it.
    private struct Needed {
        var links: Set<EntryReference> = []
        var sticks: Set<Hash> = []
        var keys: Set<Key> = []
    }

    private func need(_ piece: Holding, _ needed: inout Needed) {
        var next = piece.parent
        while let reference = next, needed.links.insert(reference).inserted {
            guard let link = links[reference] else { return }
            needed.keys.insert(link.header.payer)
            next = link.entry.parent
        }
        if needed.sticks.insert(piece.stick).inserted, let stick = sticks[piece.stick] {
            needed.keys.insert(stick.office)
        }
    }

    private func needed(_ pieces: [Holding], _ keys: [Key]) -> Needed {
        var needed = Needed(keys: Set(keys))
        for piece in pieces { need(piece, &needed) }
        for key in needed.keys {
            if let issuer = certificates[key]?.issuer { needed.keys.insert(issuer) }
        }
        return needed
    }

    /// The provenance of pieces held by `holder`; `others` are keys to be certified besides.
    package func provenance(
        of pieces: [Holding],
        heldBy holder: Key,
        and others: [Key] = []
    ) -> Provenance {
        let needed = needed(pieces, [holder] + others)
        // The initialiser sorts, so the order of a set does not get out.
        return Provenance(
            certificates: needed.keys.compactMap { certificates[$0]?.der },
            sticks: needed.sticks.compactMap { sticks[$0] },
            links: needed.links.compactMap { links[$0] },
            pieces: pieces
        )
    }

    /// The links of a piece, from its stick down.
    package func chain(of piece: Holding) -> [Link] {
        var (chain, next) = ([Link](), piece.parent)
        while let reference = next, let link = links[reference] {
            chain.append(link)
            next = link.entry.parent
        }
        return chain.reversed()
    }

    /// The links from a piece up to its stick.
    package func hops(of piece: Holding) -> Int {
        // A link names its parent's hash, so no chain comes back to where it was.
        var (count, next) = (0, piece.parent)
        while let reference = next, let link = links[reference] {
            (count, next) = (count + 1, link.entry.parent)
        }
        return count
    }
}

extension Archive {
    /// The proposal's bytes with those entries: what the payee's cap is about.
    func bytes(_ entries: [Entry], by payer: Key, _ window: Window) -> Int {
        proposal(entries, by: payer, window)?.wireBytes.count ?? .max
    }

    /// What the payer proposes with those entries, or nil when they add up to no amount.
    package func proposal(_ entries: [Entry], by payer: Key, _ window: Window) -> Proposal? {
        guard let amount = Amount.sum(entries.map(\.units.count)) else { return nil }
        let provenance = provenance(
            of: entries.map(\.holding),
            heldBy: payer,
            and: [window.office]
        )
        return Proposal(
            payer: payer,
            asset: window.terms.asset,
            amount: amount,
            entries: entries,
            certificates: provenance.certificates,
            sticks: provenance.sticks,
            links: provenance.links,
            window: window
        )
    }
}
