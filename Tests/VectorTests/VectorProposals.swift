import Certificates
import Money
import Sealing
import Station
import Testing
import Wire
import Words

extension VectorStory {
    func form(_ payee: Payee, seen: [Link] = [], revocations: [Revocation] = [])
        -> MoneyVectors.PayeeForm
    {
        MoneyVectors.PayeeForm(
            key: Hex.text(payee.key.bytes.array),
            now: payee.now.seconds,
            asset: payee.asset.code,
            scale: payee.asset.scale,
            amount: payee.amount.units,
            byteCap: payee.byteCap,
            hopCap: payee.verifier.hopCap,
            device: payee.device.rawValue,
            held: payee.held.map { Hex.text($0.wireBytes) },
            seen: seen.map { Hex.text($0.wireBytes) },
            revocations: revocations.map { Hex.text($0.wireBytes) }
        )
    }

    mutating func propose(
        _ name: String,
        _ proposal: Proposal,
        _ result: String,
        seen: [Link] = [],
        revocations: [Revocation] = [],
        _ change: (inout Payee) -> Void = { _ in }
    ) throws {
        var payee = self.payee
        change(&payee)
        for link in seen { payee.seen.learn(link) }
        for revocation in revocations { payee.verifier.learn(revocation) }
        var verified = Verified()
        let found: String
        do {
            _ = try payee.check(proposal, &verified, Checks.real)
            found = "good"
        } catch {
            found = error.name
        }
        #expect(found == result, "\(name)")
        #expect(try Proposal(wireBytes: proposal.wireBytes) == proposal)
        file.proposals.append(
            MoneyVectors.ProposalCase(
                name: name,
                hex: Hex.text(proposal.wireBytes),
                payee: form(payee, seen: seen, revocations: revocations),
                result: result
            )
        )
    }

    /// The good proposal, shown to a payee who sees things otherwise.
    mutating func propose(
        _ name: String,
        _ result: String,
        seen: [Link] = [],
        revocations: [Revocation] = [],
        _ change: (inout Payee) -> Void = { _ in }
    ) throws {
        try propose(name, proposal, result, seen: seen, revocations: revocations, change)
    }

    mutating func addProposals() throws {
        let size = proposal.wireBytes.count
        try propose("a good proposal", "good")
        try propose("as large as the cap", "good") { $0.byteCap = size }
        try propose("over the byte cap", "too-many-bytes") { $0.byteCap = size - 1 }
        try propose("over the hop cap", "too-many-hops") { $0.verifier.hopCap = 1 }
        try propose("on its last day", "good") { $0.now = must(Moment(1_802_649_599)) }
        try propose("a day late", "stick-expired") { $0.now = must(Moment(1_802_649_600)) }
        try propose("a clock set back is not believed", "good") { $0.now = must(Moment(1)) }
        try propose("another asset wanted", "asset") {
            $0.asset = must(Asset(code: "USD", scale: 2))
        }
        try propose("another scale wanted", "asset") {
            $0.asset = must(Asset(code: "EUR", scale: 3))
        }
        try propose("more wanted", "sum") { $0.amount = must(Amount(151)) }
        try propose("hardware wanted", "device-class") { $0.device = .hardware }
        let stick = self.stick.id
        try propose("units the payee holds", "overlaps-held") {
            $0.held = [Holding(stick: stick, units: must(Units(399, 401)), parent: nil)]
        }
        try propose("units beside what it holds", "good") {
            $0.held = [Holding(stick: stick, units: must(Units(400, 401)), parent: nil)]
        }
        try propose("units seen on the aborted way", "good", seen: [tried.link(0)])
        let forked = street.handover(
            [first.entry(0, 300, 301)],
            from: ada,
            to: cleo.key,
            counter: 3
        )
        try propose("units seen on another way", "release-missing", seen: [forked.link(0)])
        let beside = street.handover(
            [first.entry(0, 200, 210)],
            from: ada,
            to: cleo.key,
            counter: 3
        )
        try propose("a fork beside these units", "good", seen: [beside.link(0)])
        let passed = street.handover([second.entry(0, 260, 270)], from: bob, to: cleo.key)
        try propose("units passed on before", "release-missing", seen: [passed.link(0)])
        for (lastGood, result) in [(UInt64(2), "good"), (1, "revoked")] {
            let object = Revocation.object(
                office: street.office.key,
                key: ada.key,
                lastGood: Place(epoch: .first, counter: lastGood),
                reason: must(Text("")),
                issued: RealStreet.now
            )
            let revocation = try Revocation(reading: .signed(object, by: street.office))
            try propose("revoked after \(lastGood)", result, revocations: [revocation])
        }
        let bob = self.bob.key
        try propose("proposed to itself", "other-payer") { $0 = $0.with(key: bob) }
    }

    mutating func addForeignProposals() throws {
        try addChains()
        try addLists()
        try addReleases()
        try addAborted()
        try addWindows()
    }

    private mutating func addChains() throws {
        var street = self.street
        try propose(
            "two entries that overlap",
            proposing([second.entry(0, 250, 350), second.entry(0, 349, 399)]),
            "overlap"
        )
        try propose(
            "more than its parent",
            proposing([second.entry(0, 351, 501)]),
            "outside-parent"
        )
        let stolen = street.handover([first.entry(0, 200, 350)], from: cleo, to: bob.key)
        self.street.archive = street.archive
        try propose(
            "from one who never had it",
            proposing([stolen.entry(0, 200, 350)]),
            "not-the-payee"
        )
        let taken = street.handover([stick.entry(0, 150)], from: ada, to: bob.key)
        self.street.archive = street.archive
        try propose(
            "from one who does not own the stick",
            proposing([taken.entry(0, 0, 150)]),
            "not-the-owner"
        )
        let over = street.handover([stick.entry(900, 1_050)], from: vera, to: bob.key)
        self.street.archive = street.archive
        try propose("beyond the stick", proposing([over.entry(0, 900, 1_050)]), "outside-stick")
        let same = street.handover([second.entry(0, 200, 500)], from: bob, to: bob.key)
        self.street.archive = street.archive
        try propose(
            "through a handover to itself",
            proposing([same.entry(0, 250, 400)]),
            "to-itself"
        )
        let theirs = proposing([second.entry(0, 250, 400)], by: cleo, try street.window(for: cleo))
        try propose("another's piece", theirs, "not-the-payee")
        let other = try street.stick(2_000, to: vera)
        self.street.archive = street.archive
        let wrong = Entry(
            stick: other.id,
            units: must(Units(250, 400)),
            parent: EntryReference(second.hash, 0)
        )
        try propose("a piece that names another stick", proposing([wrong]), "wrong-stick")
        let forged = try street.stick(3_000, to: bob, by: ada)
        self.street.archive = street.archive
        let own = proposing([forged.entry(0, 150)])
        try propose("a stick made by a wallet", own, "foreign-office")
        let object = self.stick.signed.object
        let unsigned = try Stick(reading: SignedObject(object, ada.sign(object.hash)))
        try propose(
            "a stick the office did not sign",
            proposal.with(sticks: [unsigned]),
            "stick-signature"
        )
    }

    private mutating func addLists() throws {
        let whole = proposal.provenance
        try propose("without its stick", proposal.with(sticks: []), "stick-missing")
        let short = whole.links.filter { $0.handover != first.hash }
        try propose("without a link", proposal.with(links: short), "link-missing")
        try propose(
            "with a link too many",
            proposal.with(links: whole.links + [tried.link(0)]),
            "not-needed"
        )
        for (name, person) in [("a signer", vera), ("the payer", bob)] {
            let ders = whole.certificates.filter { $0 != street.ders[person.key] }
            try propose(
                "without the certificate of " + name,
                proposal.with(certificates: ders),
                "certificate-missing"
            )
        }
        let more = whole.certificates + [must(street.ders[dan.key])]
        try propose("with a certificate too many", proposal.with(certificates: more), "not-needed")
        let junk = whole.certificates + [[0x30, 0x03, 1, 2, 3]]
        try propose(
            "with a certificate that is none",
            proposal.with(certificates: junk),
            "certificate"
        )
        var bent = whole.certificates
        bent[0][bent[0].count - 1] ^= 1
        try propose(
            "with a certificate nobody signed",
            proposal.with(certificates: bent),
            "certificate"
        )
        let links = try whole.links.map { link in
            guard link.header.payer == vera.key else { return link }
            var bytes = link.wireBytes
            bytes[bytes.count - 20] ^= 1
            return try Link(wireBytes: bytes)
        }
        try propose("with a link nobody signed", proposal.with(links: links), "link-signature")
    }

    private mutating func addReleases() throws {
        var street = self.street
        let object = release.signed.object
        let forged = try Abort(reading: SignedObject(object, ada.sign(object.hash)))
        let toOther = try street.abort(triedPayment, by: cleo, to: dan.key)
        for (name, abort, result) in [
            ("nobody signed", forged, "release-signature"),
            ("another payer's", toOther, "release-not-for-payer"),
        ] {
            let link = street.handover(
                [first.entry(0, 200, 500, releases: [abort])],
                from: ada,
                to: bob.key,
                counter: 2
            )
            self.street.archive = street.archive
            try propose(
                "with a release in its chain: " + name,
                proposing([link.entry(0, 250, 400)]),
                result
            )
        }
        let own = try street.abort(triedPayment, by: cleo, to: ada.key)
        try propose(
            "with a release that is not the payer's own",
            proposing([second.entry(0, 250, 400, releases: [own])]),
            "release-not-for-payer"
        )
        let payment = street.payment()
        let passed = street.handover(
            [second.entry(0, 260, 270)],
            from: bob,
            to: cleo.key,
            payment: payment
        )
        let good = try street.abort(payment, by: cleo, to: bob.key)
        try propose(
            "passed on before, and released",
            proposing([second.entry(0, 250, 400, releases: [good])]),
            "good",
            seen: [passed.link(0)]
        )
    }

    /// An ABORT kills every entry of its payment; whoever has seen it takes none of them.
    private mutating func addAborted() throws {
        let payment = street.payment()
        let both = street.handover(
            [first.entry(0, 530, 540), first.entry(0, 540, 550)],
            from: ada,
            to: bob.key,
            counter: 5,
            payment: payment
        )
        let abort = try street.abort(payment, by: bob, to: ada.key)
        let again = street.handover(
            [first.entry(0, 530, 540, releases: [abort])],
            from: ada,
            to: dan.key,
            counter: 6
        )
        let offered = proposing([both.entry(1, 540, 550)])
        let ten = must(Amount(10))
        try propose("below an abort nobody has seen", offered, "good") { $0.amount = ten }
        try propose("below an abort seen elsewhere", offered, "aborted", seen: [again.link(0)]) {
            $0.amount = ten
        }
        let odd = street.handover(
            [first.entry(0, 560, 570, releases: [abort])],
            from: ada,
            to: bob.key,
            counter: 7,
            payment: payment
        )
        try propose("below an abort it carries", proposing([odd.entry(0, 560, 570)]), "aborted") {
            $0.amount = ten
        }
        let root = street.rootDER
        let ders = proposal.provenance.certificates + [root]
        try propose("with the root's certificate", proposal.with(certificates: ders), "not-needed")
    }

    private mutating func addWindows() throws {
        let terms = street.terms
        func with(_ window: Window) -> Proposal { proposal.with(window: window) }
        try propose("with another's window", with(try street.window(for: ada)), "window-holder")
        let object = window.signed.object
        let forged = try Window(reading: SignedObject(object, bob.sign(object.hash)))
        try propose("with a window the office did not sign", with(forged), "window-signature")
        let own = try street.window(for: bob, by: bob)
        try propose("with a window of its own making", with(own), "foreign-office")
        let dollars = terms.with(asset: must(Asset(code: "USD", scale: 2)))
        try propose(
            "with a window for another asset",
            with(try street.window(for: bob, dollars)),
            "window-asset"
        )
        let early = try street.window(for: bob, terms.with(notBefore: must(Moment(1_800_000_001))))
        try propose("before its window", with(early), "window-dates")
        let over = try street.window(for: bob, terms.with(notAfter: must(Moment(1_799_999_999))))
        try propose("after its window", with(over), "window-dates")
        let small = terms.with(largest: must(Amount(149)))
        try propose(
            "above the largest payment",
            with(try street.window(for: bob, small)),
            "above-largest"
        )
        var late = try VectorStory()
        try late.street.certify(late.bob, notAfter: 1_799_999_999)
        try propose(
            "with the payer's certificate out of date",
            late.proposal,
            "payer-certificate-dates"
        )
        late = try VectorStory()
        try late.street.certify(late.ada, notAfter: 1_799_999_999)
        try propose("with a signer's certificate out of date", late.proposal, "good")
    }
}

extension Payee {
    func with(key: Key) -> Payee {
        Payee(key: key, root: verifier.root, now: now, asset: asset, amount: amount)
    }
}

extension Window.Terms {
    func with(
        asset: Asset? = nil,
        device: DeviceClass? = nil,
        largest: Amount? = nil,
        notBefore: Moment? = nil,
        notAfter: Moment? = nil
    ) -> Window.Terms {
        Window.Terms(
            epoch: epoch,
            asset: asset ?? self.asset,
            device: device ?? self.device,
            largest: largest ?? self.largest,
            ceiling: ceiling,
            guarantee: guarantee,
            firstCounter: firstCounter,
            notBefore: notBefore ?? self.notBefore,
            notAfter: notAfter ?? self.notAfter,
            issued: issued
        )
    }
}

extension Proposal {
    func with(
        certificates: [[UInt8]]? = nil,
        sticks: [Stick]? = nil,
        links: [Link]? = nil,
        window: Window? = nil
    ) -> Proposal {
        Proposal(
            payer: payer,
            asset: asset,
            amount: amount,
            entries: entries,
            certificates: certificates ?? provenance.certificates,
            sticks: sticks ?? provenance.sticks,
            links: links ?? provenance.links,
            window: window ?? self.window
        )
    }
}
