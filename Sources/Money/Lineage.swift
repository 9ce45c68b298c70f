internal import Wire
package import Words

/// The way of one piece as it fits together, signatures apart: from the stick's owner down to
/// the holder.
package struct Chain: Hashable, Sendable {
    package let piece: Holding
    package let stick: Stick
    package let links: [Link]
}

/// The way of one piece, checked: every link from the stick down to it.
package struct Lineage: Hashable, Sendable {
    package let chain: Chain
    /// The weakest device any signer of the chain has.
    package let weakest: DeviceClass

    package var piece: Holding { chain.piece }
    package var stick: Stick { chain.stick }
    /// From the stick's owner to the holder.
    package var links: [Link] { chain.links }
    package var hops: Int { links.count }
}

/// What a verifier brings along: whom it trusts, and what it has been warned of.
package struct Verifier: Sendable {
    package let root: Key
    /// The last place of a key that is still good.
    package var revoked: [Key: Place] = [:]
    package var hopCap = Limits.hopsPerChain

    package init(root: Key) { self.root = root }

    func checkRevocations(_ header: Header) throws(Refusal) {
        if let lastGood = revoked[header.payer], header.place > lastGood {
            throw .revoked(header.payer, at: header.place)
        }
    }

    package mutating func learn(_ revocation: Revocation) {
        let known = revoked[revocation.key] ?? revocation.lastGood
        revoked[revocation.key] = min(known, revocation.lastGood)
    }
}

extension Provenance {
    /// Checks everything there is to check of these pieces held by `holder`.
    ///
    /// Cheap things come first, signatures last. `others` are offices whose certificates are
    /// here for another reason.
    ///
    /// Dates are not looked at: whether a stick may still be spent is the payee's question.
    package func lineages(
        of holder: Key,
        by verifier: Verifier,
        alsoOffices others: [Key] = [],
        _ verified: inout Verified,
        _ checking: some Checking
    ) throws(Refusal) -> [Lineage] {
        try checked(holder, by: verifier, alsoOffices: others, &verified, checking).lineages
    }

    /// The same, and who was trusted for it, for whoever asks more of the certificates.
    package func checked(
        _ holder: Key,
        by verifier: Verifier,
        alsoOffices others: [Key] = [],
        _ verified: inout Verified,
        _ checking: some Checking
    ) throws(Refusal) -> (lineages: [Lineage], trust: Trust) {
        try nothingTwice()
        let walks = try walk(holder, hopCap: verifier.hopCap)
        try everythingIsNeeded(by: walks)
        var trust = try Trust(root: verifier.root, certificates, &verified, checking)
        _ = try trust.certificate(of: holder)
        for office in others { try trust.office(office) }
        for stick in sticks {
            try trust.office(stick.office)
            guard
                verified.isSigned(
                    stick.id,
                    by: stick.office,
                    with: stick.signed.signature,
                    checking
                )
            else { throw .stickSignature(stick.id) }
        }
        var devices: [Key: DeviceClass] = [:]
        for link in links {
            devices[link.header.payer] = try trust.certificate(of: link.header.payer).device
        }
        try trust.allNeeded()
        for link in links { try link.check(verifier, &verified, checking) }
        let lineages = walks.map { chain in
            let signers = chain.links.compactMap { devices[$0.header.payer] }
            return Lineage(chain: chain, weakest: signers.weakest)
        }
        return (lineages, trust)
    }

    private func nothingTwice() throws(Refusal) {
        for (index, piece) in pieces.enumerated() {
            let meets = pieces[..<index].contains {
                $0.stick == piece.stick && $0.units.overlaps(piece.units)
            }
            guard !meets else { throw .overlap }
        }
    }

    /// Follows every piece up to its stick: who passed what to whom, and did it fit.
    func walk(_ holder: Key, hopCap: Int) throws(Refusal) -> [Chain] {
        var byReference: [EntryReference: Link] = [:]
        for link in links { byReference[link.reference] = link }
        var byID: [Hash: Stick] = [:]
        for stick in sticks { byID[stick.id] = stick }
        var walks: [Chain] = []
        for piece in pieces {
            var (units, parent, signer) = (piece.units, piece.parent, holder)
            var chain: [Link] = []
            while let reference = parent {
                guard let link = byReference[reference] else { throw .linkMissing(reference) }
                try link.fits(stick: piece.stick, units: units, signer: signer)
                chain.append(link)
                guard chain.count <= hopCap else {
                    throw .tooManyHops(chain.count, cap: hopCap)
                }
                (units, parent) = (link.entry.units, link.entry.parent)
                signer = link.header.payer
            }
            guard let stick = byID[piece.stick] else { throw .stickMissing(piece.stick) }
            guard units.hi <= stick.units.units else { throw .outsideStick(stick.id) }
            guard stick.owner == signer else { throw .notTheOwner(stick.id) }
            walks.append(Chain(piece: piece, stick: stick, links: chain.reversed()))
        }
        return walks
    }

    private func everythingIsNeeded(by walks: [Chain]) throws(Refusal) {
        let needed = Set(walks.flatMap { $0.links.map(\.reference) })
        guard needed.count == links.count,
            Set(walks.map(\.stick.id)).count == sticks.count
        else { throw .notNeeded }
    }
}

extension Link {
    /// Whether units below this link, signed away by `signer`, can come from it.
    fileprivate func fits(stick: Hash, units: Units, signer: Key) throws(Refusal) {
        guard entry.stick == stick else { throw .wrongStick(reference) }
        #if Planted
        if Plant.rangeUnchecked.isHere, header.payee == signer { return }
        #endif
        guard entry.units.contains(units) else { throw .outsideParent(reference) }
        #if Planted
        if Plant.parentUnchecked.isHere { return }
        #endif
        guard header.payee == signer else { throw .notThePayee(reference) }
    }

    /// What can be said of the link alone.
    fileprivate func check(
        _ verifier: Verifier,
        _ verified: inout Verified,
        _ checking: some Checking
    ) throws(Refusal) {
        guard header.payer != header.payee else { throw .toItself(reference) }
        try verifier.checkRevocations(header)
        try entry.checkReleases(for: header.payer, &verified, checking)
        guard
            verified.isSigned(handover, by: header.payer, with: signature, checking)
        else { throw .linkSignature(reference) }
    }
}

extension Entry {
    /// Throws unless every release is an ABORT to `payer`, rightly signed.
    func checkReleases(
        for payer: Key,
        _ verified: inout Verified,
        _ checking: some Checking
    ) throws(Refusal) {
        guard releases.count <= Limits.releasesPerEntry else { throw .tooManyReleases }
        for release in releases {
            guard release.receiver == payer else { throw .releaseNotForPayer }
            guard
                verified.isSigned(
                    release.hash,
                    by: release.sender,
                    with: release.signed.signature,
                    checking
                )
            else { throw .releaseSignature }
        }
    }
}

extension [DeviceClass] {
    /// Money is hardware-grade only if every signer in its chain is.
    package var weakest: DeviceClass {
        if contains(.software) { return .software }
        return contains(.emulated) ? .emulated : .hardware
    }
}
