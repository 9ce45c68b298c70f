import Money
import StandIns
import Testing
import Wire
import Words

/// A good payment out of a long story, and every single way of DESIGN's list to refuse one.
///
/// office → Vera 0..<1000; Vera → Ada 100..<600; Ada → Bob 200..<500 (after an aborted
/// try with Cleo); Bob proposes 250..<400 to Dan.
struct Story {
    var street = Street()
    let vera, ada, bob, cleo, dan: StandInSigner
    let stick: Stick
    let first: Handover
    let tried: Handover
    let triedPayment: PaymentID
    let release: Abort
    let second: Handover
    let window: Window

    init() {
        vera = street.person("vera")
        ada = street.person("ada")
        bob = street.person("bob")
        cleo = street.person("cleo")
        dan = street.person("dan")
        stick = street.stick(1_000, to: vera)
        first = street.handover([stick.entry(100, 600)], from: vera, to: ada)
        triedPayment = street.payment()
        tried = street.handover(
            [first.entry(0, 200, 300)],
            from: ada,
            to: cleo,
            counter: 1,
            payment: triedPayment
        )
        release = street.abort(triedPayment, by: cleo, to: ada)
        second = street.handover(
            [first.entry(0, 200, 500, releases: [release])],
            from: ada,
            to: bob,
            counter: 2
        )
        window = street.window(for: bob)
    }

    var entries: [Entry] { [second.entry(0, 250, 400)] }

    var proposal: Proposal { must(street.archive.proposal(entries, by: bob.key, window)) }

    var payee: Payee { street.payee(dan, amount: 150) }

    /// The name of the refusal, or nil when the proposal is taken.
    func refusal(_ proposal: Proposal? = nil, _ payee: Payee? = nil) -> String? {
        var verified = Verified()
        do {
            _ = try (payee ?? self.payee).check(
                proposal ?? self.proposal,
                &verified,
                street.checking
            )
            return nil
        } catch {
            return error.name
        }
    }
}

@Suite struct AcceptanceTests {
    let story = Story()

    @Test func `a good proposal is taken, and its lineage told`() throws {
        var verified = Verified()
        let lineages = try story.payee.check(story.proposal, &verified, story.street.checking)
        #expect(lineages.map(\.hops) == [2])
        #expect(lineages[0].links.map(\.header.payer) == [story.vera.key, story.ada.key])
        #expect(lineages[0].weakest == .software)
    }

    @Test func `a proposal reads back as it was written`() throws {
        let bytes = story.proposal.wireBytes
        #expect(try Proposal(wireBytes: bytes) == story.proposal)
    }

    @Test func `another office's stick is refused`() {
        var other = Story()
        var payee = story.payee
        payee.verifier = Verifier(root: StandInSigner("another root").key)
        #expect(story.refusal(nil, payee) == "certificate")
        // The same under our root: the stick's signer is certified, but is no office.
        let object = Stick.object(
            office: other.ada.key,
            owner: other.vera.key,
            request: hash("request"),
            asset: Street.euro,
            units: amount(1_000),
            spendUntil: Street.today,
            settleUntil: must(Street.today.advanced(by: 1)),
            issued: Street.now
        )
        let stick = made(Stick.self, .signed(object, by: other.ada))
        let first = other.street.handover([stick.entry(0, 9)], from: other.vera, to: other.bob)
        var archive = other.street.archive
        archive.add(stick)
        let proposal = archive.proposal(
            [first.entry(0, 0, 9)],
            by: other.bob.key,
            other.window
        )!
        #expect(other.refusal(proposal) == "foreign-office")
    }

    @Test func `a stick the office did not sign is refused`() {
        let forged = SignedObject(story.stick.signed.object, story.ada.sign(story.stick.id))
        let sticks = [made(Stick.self, forged)]
        #expect(story.refusal(story.proposal.with(sticks: sticks)) == "stick-signature")
    }

    @Test func `a stick past its last day is refused, on that day it is taken`() {
        var payee = story.payee
        let last = story.stick.spendUntil.number * Limits.secondsPerDay
        var story = story
        story = Story()
        payee.now = moment(last + Limits.secondsPerDay - 1)
        #expect(story.refusal(nil, payee) == nil)
        payee.now = moment(last + Limits.secondsPerDay)
        #expect(story.refusal(nil, payee) == "stick-expired")
        #expect(Payee.clock(Street.now, newestSigned: payee.now) == payee.now)
    }

    @Test func `a missing stick, link or certificate is refused`() {
        let whole = story.proposal.provenance
        #expect(story.refusal(story.proposal.with(sticks: [])) == "stick-missing")
        let links = whole.links.filter { $0.handover != story.first.hash }
        #expect(story.refusal(story.proposal.with(links: links)) == "link-missing")
        for person in [story.vera, story.ada, story.bob] {
            let ders = whole.certificates.filter { $0 != story.street.ders[person.key] }
            #expect(
                story.refusal(story.proposal.with(certificates: ders)) == "certificate-missing"
            )
        }
    }

    @Test func `what nothing needs is refused`() {
        let whole = story.proposal.provenance
        let extra = whole.links + [story.tried.link(0)]
        #expect(story.refusal(story.proposal.with(links: extra)) == "not-needed")
        let ders = whole.certificates + [story.street.ders[story.dan.key]!]
        #expect(story.refusal(story.proposal.with(certificates: ders)) == "not-needed")
        var other = story.street
        let sticks = whole.sticks + [other.stick(5, to: story.vera)]
        #expect(story.refusal(story.proposal.with(sticks: sticks)) == "not-needed")
    }

    @Test func `a range outside its parent or its stick is refused`() {
        var street = story.street
        let wide = [story.second.entry(0, 450, 501)]
        var payee = story.payee
        payee.amount = amount(51)
        let proposal = street.archive.proposal(wide, by: story.bob.key, story.window)
        #expect(story.refusal(proposal, payee) == "outside-parent")
        let over = street.handover([story.stick.entry(900, 1_001)], from: story.vera, to: story.bob)
        payee.amount = amount(101)
        let outside = street.archive.proposal(
            [over.entry(0, 900, 1_001)],
            by: story.bob.key,
            story.window
        )
        #expect(story.refusal(outside, payee) == "outside-stick")
    }

    @Test func `a signer who is not the owner or the payee is refused`() {
        var street = story.street
        let stolen = street.handover([story.stick.entry(0, 150)], from: story.ada, to: story.bob)
        let proposal = street.archive.proposal(
            [stolen.entry(0, 0, 150)],
            by: story.bob.key,
            story.window
        )
        #expect(story.refusal(proposal) == "not-the-owner")
        let taken = street.handover(
            [story.first.entry(0, 200, 350)],
            from: story.cleo,
            to: story.bob
        )
        let second = street.archive.proposal(
            [taken.entry(0, 200, 350)],
            by: story.bob.key,
            story.window
        )
        #expect(story.refusal(second) == "not-the-payee")
        let theirs = street.archive.proposal(
            [story.second.entry(0, 250, 400)],
            by: story.cleo.key,
            street.window(for: story.cleo)
        )
        #expect(story.refusal(theirs) == "not-the-payee")
    }

    @Test func `an entry that names another stick than its parent is refused`() {
        var street = story.street
        let other = street.stick(1_000, to: story.vera, request: "another")
        let entry = Entry(
            stick: other.id,
            units: units(250, 400),
            parent: EntryReference(story.second.hash, 0)
        )
        var archive = street.archive
        archive.add(other)
        let proposal = archive.proposal([entry], by: story.bob.key, story.window)!
        let sticks = proposal.provenance.sticks + [story.stick]
        #expect(story.refusal(proposal.with(sticks: sticks)) == "wrong-stick")
    }

    @Test func `a handover to oneself is refused`() {
        var street = story.street
        let same = street.handover(
            [story.second.entry(0, 200, 500)],
            from: story.bob,
            to: story.bob
        )
        let proposal = street.archive.proposal(
            [same.entry(0, 250, 400)],
            by: story.bob.key,
            story.window
        )
        #expect(story.refusal(proposal) == "to-itself")
    }

    @Test func `a link its payer did not sign is refused`() {
        let links = story.proposal.provenance.links.map { link in
            link.header.payer == story.vera.key
                ? link.signed(story.ada.sign(link.handover)) : link
        }
        #expect(story.refusal(story.proposal.with(links: links)) == "link-signature")
    }

    @Test func `releases that are none are refused`() {
        let forged = made(
            Abort.self,
            SignedObject(story.release.signed.object, story.ada.sign(story.release.hash))
        )
        #expect(story.refusal(proposing([forged], reSigned: true)) == "release-signature")
        let toOther = story.street.abort(story.triedPayment, by: story.cleo, to: story.dan)
        #expect(story.refusal(proposing([toOther], reSigned: true)) == "release-not-for-payer")
        var street = story.street
        let payment = street.payment()
        let many = (0...8).map { index in
            street.abort(payment, by: StandInSigner("\(index)"), to: story.bob)
        }
        let entries = [story.second.entry(0, 250, 400, releases: many)]
        let proposal = street.archive.proposal(entries, by: story.bob.key, story.window)
        #expect(story.refusal(proposal) == "too-many-releases")
        #expect(throws: WireError.self) { try Proposal(wireBytes: proposal!.wireBytes) }
    }

    /// The story with other releases in Ada's second handover.
    private func proposing(_ releases: [Abort], reSigned: Bool) -> Proposal? {
        var street = story.street
        let second = street.handover(
            [story.first.entry(0, 200, 500, releases: releases)],
            from: story.ada,
            to: story.bob,
            counter: 2
        )
        return street.archive.proposal(
            [second.entry(0, 250, 400)],
            by: story.bob.key,
            story.window
        )
    }

    @Test func `units seen elsewhere need the release of where they were seen`() throws {
        var payee = story.payee
        payee.seen.learn(story.tried.link(0))
        #expect(story.refusal(nil, payee) == nil, "the release is carried")
        #expect(story.refusal(proposing([], reSigned: true), payee) == "release-missing")
        // The proof that comes with the refusal convicts the one who passed them on twice.
        var verified = Verified()
        let refusal = #expect(throws: Refusal.self) {
            try payee.check(proposing([], reSigned: true)!, &verified, story.street.checking)
        }
        guard case .releaseMissing(let proof?) = refusal else {
            Issue.record("a refusal with a proof, not \(String(describing: refusal))")
            return
        }
        #expect(try proof.verdict(story.street.checking) == .convicts(story.ada.key))
    }

    @Test func `units already passed on from here need a release too`() {
        var (street, payee) = (story.street, story.payee)
        let payment = street.payment()
        let other = street.handover(
            [story.second.entry(0, 300, 310)],
            from: story.bob,
            to: story.cleo,
            payment: payment
        )
        payee.seen.learn(other.link(0))
        #expect(story.refusal(nil, payee) == "release-missing")
        let release = street.abort(payment, by: story.cleo, to: story.bob)
        let entries = [story.second.entry(0, 250, 400, releases: [release])]
        let proposal = street.archive.proposal(entries, by: story.bob.key, story.window)
        #expect(story.refusal(proposal, payee) == nil)
    }

    @Test func `what is known about a proposal is all that its check asks for`() {
        var (street, payee) = (story.street, story.payee)
        let other = street.handover(
            [story.second.entry(0, 300, 310)],
            from: story.bob,
            to: story.cleo
        )
        let elsewhere = street.handover(
            [story.second.entry(0, 200, 201)],
            from: story.bob,
            to: story.cleo
        )
        payee.seen.learn(total: amount(17), of: story.window.id)
        payee.seen.learn(elsewhere.link(0))
        let bare = must(proposing([], reSigned: true))
        for (known, proposal, name) in [
            (nil, story.proposal, nil), (nil, bare, nil),
            (story.tried.link(0), bare, "release-missing"),
            (other.link(0), story.proposal, "release-missing"),
        ] as [(Link?, Proposal, String?)] {
            var (all, some) = (payee, payee)
            if let known { all.seen.learn(known) }
            some.seen = all.seen.about(proposal)
            #expect(story.refusal(proposal, all) == name)
            #expect(story.refusal(proposal, some) == name)
            #expect(some.floor(for: proposal) == all.floor(for: proposal))
        }
    }

    @Test func `entries that overlap each other or what is held are refused`() {
        var payee = story.payee
        payee.amount = amount(160)
        let twice = [story.second.entry(0, 250, 400), story.second.entry(0, 399, 409)]
        let proposal = story.street.archive.proposal(twice, by: story.bob.key, story.window)
        #expect(story.refusal(proposal, payee) == "overlap")
        var holder = story.payee
        holder.held = [Holding(stick: story.stick.id, units: units(399, 401), parent: nil)]
        #expect(story.refusal(nil, holder) == "overlaps-held")
        holder.held = [Holding(stick: story.stick.id, units: units(400, 401), parent: nil)]
        #expect(story.refusal(nil, holder) == nil)
    }

    @Test func `another asset or another sum is refused`() {
        var payee = story.payee
        payee.asset = Asset(code: "USD", scale: 2)!
        #expect(story.refusal(nil, payee) == "asset")
        payee = story.payee
        payee.amount = amount(151)
        #expect(story.refusal(nil, payee) == "sum")
    }

    @Test func `a window that is not the payer's, the office's, or in date is refused`() {
        let street = story.street
        func with(_ window: Window) -> Proposal {
            let good = story.proposal
            return Proposal(
                payer: good.payer,
                asset: good.asset,
                amount: good.amount,
                entries: good.entries,
                certificates: good.provenance.certificates,
                sticks: good.provenance.sticks,
                links: good.provenance.links,
                window: window
            )
        }
        #expect(story.refusal(with(street.window(for: story.ada))) == "window-holder")
        let dollars = street.window(for: story.bob, asset: Asset(code: "USD", scale: 2)!)
        #expect(story.refusal(with(dollars)) == "window-asset")
        let forged = SignedObject(
            story.window.signed.object,
            story.bob.sign(story.window.id)
        )
        #expect(story.refusal(with(made(Window.self, forged))) == "window-signature")
        let own = Window.object(
            office: story.bob.key,
            holder: story.bob.key,
            story.window.terms
        )
        #expect(
            story.refusal(with(made(Window.self, .signed(own, by: story.bob)))) == "foreign-office"
        )
        #expect(story.refusal(with(street.window(for: story.bob, largest: 149))) == "above-largest")
        let terms = story.window.terms
        for (from, to) in [(1_800_000_001, 1_810_000_000), (1_790_000_000, 1_799_999_999)] {
            let late = Window.Terms(
                epoch: terms.epoch,
                asset: terms.asset,
                device: terms.device,
                largest: terms.largest,
                ceiling: terms.ceiling,
                guarantee: terms.guarantee,
                firstCounter: terms.firstCounter,
                notBefore: moment(UInt64(from)),
                notAfter: moment(UInt64(to)),
                issued: terms.issued
            )
            let object = Window.object(office: street.office.key, holder: story.bob.key, late)
            let window = made(Window.self, .signed(object, by: street.office))
            #expect(story.refusal(with(window)) == "window-dates")
        }
    }

    @Test func `a payer whose certificate is out of date is refused, a signer's does not matter`() {
        var late = Story()
        late.street.certify(
            late.bob,
            by: late.street.office,
            roles: [.wallet],
            notAfter: moment(1_799_999_999)
        )
        #expect(late.refusal() == "payer-certificate-dates")
        late = Story()
        late.street.certify(
            late.ada,
            by: late.street.office,
            roles: [.wallet],
            notAfter: moment(1_799_999_999)
        )
        #expect(late.refusal() == nil)
    }

    @Test func `a link beyond a revocation is refused, links up to it stay good`() {
        var payee = story.payee
        payee.verifier.learn(story.street.revocation(of: story.ada.key, epoch: 1, lastGood: 2))
        #expect(story.refusal(nil, payee) == nil)
        payee.verifier.learn(story.street.revocation(of: story.ada.key, epoch: 1, lastGood: 1))
        #expect(story.refusal(nil, payee) == "revoked")
        payee.verifier.learn(story.street.revocation(of: story.ada.key, epoch: 1, lastGood: 9))
        #expect(story.refusal(nil, payee) == "revoked", "a later, milder word changes nothing")
    }

    @Test func `caps of hops and bytes are kept`() {
        var payee = story.payee
        payee.verifier.hopCap = 1
        #expect(story.refusal(nil, payee) == "too-many-hops")
        payee = story.payee
        payee.byteCap = story.proposal.wireBytes.count
        #expect(story.refusal(nil, payee) == nil)
        payee.byteCap -= 1
        #expect(story.refusal(nil, payee) == "too-many-bytes")
    }

    @Test func `money is hardware-grade only if every signer is`() {
        var payee = story.payee
        payee.device = .hardware
        #expect(story.refusal(nil, payee) == "device-class")
        var hard = Story()
        for person in [hard.vera, hard.ada, hard.bob] {
            hard.street.certify(
                person,
                by: hard.street.office,
                roles: [.wallet],
                device: .hardware
            )
        }
        let window = hard.street.window(for: hard.bob, device: .hardware)
        let proposal = hard.street.archive.proposal(hard.entries, by: hard.bob.key, window)
        #expect(hard.refusal(proposal, payee) == nil)
        hard.street.certify(
            hard.ada,
            by: hard.street.office,
            roles: [.wallet],
            device: .emulated
        )
        let weak = hard.street.archive.proposal(hard.entries, by: hard.bob.key, window)
        #expect(hard.refusal(weak, payee) == "device-class")
    }

    @Test func `an unreadable certificate or one of another root is refused`() {
        let whole = story.proposal.provenance.certificates
        #expect(
            story.refusal(story.proposal.with(certificates: whole + [[1, 2]])) == "certificate"
        )
        var other = Street()
        let foreign = other.certify(
            StandInSigner("eve"),
            by: StandInSigner("eve's office"),
            roles: [.wallet]
        )
        #expect(
            story.refusal(story.proposal.with(certificates: whole + [foreign])) == "certificate"
        )
    }

    @Test func `a wallet's certificate issues nothing`() {
        var street = story.street
        let eve = StandInSigner("eve")
        let under = street.certify(eve, by: story.ada, roles: [.wallet])
        let whole = story.proposal.provenance.certificates
        #expect(story.refusal(story.proposal.with(certificates: whole + [under])) == "certificate")
    }
}

extension Proposal {
    func with(
        certificates: [[UInt8]]? = nil,
        sticks: [Stick]? = nil,
        links: [Link]? = nil
    ) -> Proposal {
        Proposal(
            payer: payer,
            asset: asset,
            amount: amount,
            entries: entries,
            certificates: certificates ?? provenance.certificates,
            sticks: sticks ?? provenance.sticks,
            links: links ?? provenance.links,
            window: window
        )
    }
}

extension Link {
    func signed(_ signature: Signature) -> Link {
        var writer = Writer()
        writer.array(6)
        writer.value(header)
        writer.value(entry)
        writer.number(UInt64(number))
        writer.list(path)
        writer.value(privateRoot)
        writer.value(signature)
        do {
            return try Link(wireBytes: writer.bytes)
        } catch {
            preconditionFailure("a link with another signature reads: \(error)")
        }
    }
}
