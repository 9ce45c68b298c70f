package import Wire
package import Words

/// What a buyer proposes to hand over, before anything is locked: the entries, where their
/// units come from, and what lets it pay.
package struct Proposal: Hashable, Sendable {
    package let payer: Key
    package let asset: Asset
    package let amount: Amount
    package let entries: [Entry]
    /// Its pieces are the entries' units.
    package let provenance: Provenance
    package let window: Window

    package init(
        payer: Key,
        asset: Asset,
        amount: Amount,
        entries: [Entry],
        certificates: [[UInt8]],
        sticks: [Stick],
        links: [Link],
        window: Window
    ) {
        (self.payer, self.asset, self.amount) = (payer, asset, amount)
        (self.entries, self.window) = (entries, window)
        provenance = Provenance(
            certificates: certificates,
            sticks: sticks,
            links: links,
            pieces: entries.map(\.holding)
        )
    }
}

extension Entry {
    package var holding: Holding { Holding(stick: stick, units: units, parent: parent) }
}

/// The payee as the rules see it: who it is, what it wants, what it knows.
package struct Payee: Sendable {
    package let key: Key
    package var verifier: Verifier
    /// Its own clock, never below the newest office-signed moment it saw.
    package var now: Moment
    package var asset: Asset
    package var amount: Amount
    package var byteCap = Limits.proposalBytes
    package var device = DeviceClass.software
    /// Whether it is the office, which takes back what it issued: until the last day to settle,
    /// and whatever the payer may pay to others.
    package var redeems = false
    package var held: [Holding] = []
    package var seen = Seen()

    package init(key: Key, root: Key, now: Moment, asset: Asset, amount: Amount) {
        (self.key, self.now, self.asset, self.amount) = (key, now, asset, amount)
        verifier = Verifier(root: root)
        verifier.hopCap = Limits.hopsPerPayment
    }

    /// Time as the rules want it: a clock that was set back is not believed.
    package static func clock(_ own: Moment, newestSigned: Moment) -> Moment {
        max(own, newestSigned)
    }
}

extension Payee {
    /// Checks all of a proposal, or refuses by name.
    ///
    /// What it returns has only the handover's
    /// own place, total and signature left to check.
    package func check(
        _ proposal: Proposal,
        _ verified: inout Verified,
        _ checking: some Checking
    ) throws(Refusal) -> [Lineage] {
        try checked(proposal, &verified, checking).lineages
    }

    /// The same, and who was trusted for it.
    package func checked(
        _ proposal: Proposal,
        _ verified: inout Verified,
        _ checking: some Checking
    ) throws(Refusal) -> (lineages: [Lineage], trust: Trust) {
        let bytes = proposal.wireBytes.count
        guard bytes <= byteCap else { throw .tooManyBytes(bytes, cap: byteCap) }
        guard proposal.payer != key else { throw .otherPayer }
        var (lineages, trust) = try proposal.provenance.checked(
            proposal.payer,
            by: verifier,
            alsoOffices: [proposal.window.office],
            &verified,
            checking
        )
        // An office takes back what it issued, and not what another of its root did.
        for stick in proposal.provenance.sticks where redeems && stick.office != key {
            throw .foreignOffice(stick.office)
        }
        for entry in proposal.entries {
            try entry.checkReleases(for: proposal.payer, &verified, checking)
        }
        try checkUnits(proposal, lineages.map(\.chain))
        try checkSum(proposal, lineages)
        try checkWindow(proposal, &verified, checking)
        try checkDates(proposal, lineages, &trust)
        return (lineages, trust)
    }

    /// The payee's clock once it has seen what the office signed here.
    package func clock(seeing proposal: Proposal) -> Moment {
        let signed = proposal.provenance.sticks.map(\.issued) + [proposal.window.terms.issued]
        return signed.reduce(now) { Self.clock($0, newestSigned: $1) }
    }

    /// What a proposal that was refused proves of whoever signed its links, with what this payee
    /// has seen: nil when nobody is convicted by it.
    package func proof(in proposal: Proposal, _ checking: some Checking) -> Proof? {
        guard
            let chains = try? proposal.provenance.walk(proposal.payer, hopCap: verifier.hopCap)
        else { return nil }
        let links = proposal.provenance.links
        let shown = (links.map(\.entry) + proposal.entries).flatMap(\.releases)
        for chain in chains {
            var found: Proof?
            do throws(Refusal) {
                try seen.check(chain, shown: shown)
            } catch {
                switch error {
                case .releaseMissing(let proof), .aborted(let proof): found = proof
                case _: continue
                }
            }
            if let found, case .convicts = try? found.verdict(checking) { return found }
        }
        return nil
    }

    /// What may change while a payment is under way, and is looked at again before the commit.
    func checkUnits(_ proposal: Proposal, _ chains: [Chain]) throws(Refusal) {
        for entry in proposal.entries {
            let mine = held.first { $0.stick == entry.stick && $0.units.overlaps(entry.units) }
            if let mine { throw .overlapsHeld(mine.units) }
        }
        #if Planted
        if Plant.overlapAccepted.isHere { return }
        #endif
        let links = proposal.provenance.links
        let shown = (links.map(\.entry) + proposal.entries).flatMap(\.releases)
        for (entry, chain) in zip(proposal.entries, chains) {
            try seen.check(chain, shown: shown)
            let others = seen.others(
                stick: entry.stick,
                parent: entry.parent,
                units: entry.units,
                than: nil
            )
            guard others.allSatisfy({ entry.carriesRelease(of: $0.header) }) else {
                throw .releaseMissing(nil)
            }
        }
    }

    private func checkSum(_ proposal: Proposal, _ lineages: [Lineage]) throws(Refusal) {
        guard proposal.asset == asset else { throw .asset(proposal.asset) }
        for lineage in lineages where lineage.stick.asset != asset {
            throw .asset(lineage.stick.asset)
        }
        let sum = Amount.sum(proposal.entries.map(\.units.count))
        guard sum == amount, proposal.amount == amount else {
            throw .sum(sum, expected: amount)
        }
    }

    private func checkWindow(
        _ proposal: Proposal,
        _ verified: inout Verified,
        _ checking: some Checking
    ) throws(Refusal) {
        let (window, terms) = (proposal.window, proposal.window.terms)
        guard window.holder == proposal.payer else { throw .windowHolder }
        guard terms.asset == asset else { throw .windowAsset }
        guard redeems || amount <= terms.largest else { throw .aboveLargest(terms.largest) }
        guard
            verified.isSigned(
                window.id,
                by: window.office,
                with: window.signed.signature,
                checking
            )
        else { throw .windowSignature }
    }

    /// Last, because the clock is raised by what the office signed, once that is known.
    private func checkDates(
        _ proposal: Proposal,
        _ lineages: [Lineage],
        _ trust: inout Trust
    ) throws(Refusal) {
        let (now, terms) = (clock(seeing: proposal), proposal.window.terms)
        for lineage in lineages { try checkDay(lineage.stick, now.day) }
        if redeems { return }
        guard (terms.notBefore...terms.notAfter).contains(now) else { throw .windowDates }
        let certificate = try trust.certificate(of: proposal.payer)
        guard (certificate.notBefore...certificate.notAfter).contains(now) else {
            throw .payerCertificateDates
        }
        let grades = lineages.map(\.weakest) + [certificate.device, terms.device]
        guard grades.weakest >= device else { throw .deviceClass(grades.weakest) }
    }
}

extension DeviceClass: Comparable {
    package static func < (a: DeviceClass, b: DeviceClass) -> Bool { a.rawValue < b.rawValue }
}

extension Proposal: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(9)
        writer.number(1)
        writer.value(payer)
        writer.value(asset)
        writer.value(amount)
        writer.list(entries)
        provenance.writeBody(to: &writer)
        writer.value(window)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(9)
        try reader.version(1)
        (payer, asset) = (try reader.value(), try reader.value())
        amount = try reader.value()
        let entriesAt = reader.position
        let entries: [Entry] = try reader.list(atMost: Limits.entriesPerHandover)
        guard !entries.isEmpty else { throw WireError(.wrongCount, at: entriesAt) }
        self.entries = entries
        provenance = try Provenance(body: &reader, pieces: entries.map(\.holding))
        window = try reader.value()
    }
}
