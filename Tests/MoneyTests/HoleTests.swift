import Money
import StandIns
import Testing
import Wire
import Words

/// Stories that once lost money or convicted somebody honest; each is kept.
@Suite struct HoleTests {
    /// One piece is proposed to two sellers; the first aborts; what was proposed to the second
    /// does not carry the release, so signing it would be a fork.
    @Test func `entries proposed before an abort are not signed after it`() {
        var street = Street()
        let (ada, cleo) = (street.person("ada"), street.person("cleo"))
        let stick = street.stick(500, to: ada)
        var purse = Purse()
        purse.put(
            Piece(
                Holding(stick: stick.id, units: units(0, 500), parent: nil),
                asset: Street.euro,
                spendUntil: stick.spendUntil,
                hops: 0
            )
        )
        let proposed = [stick.entry(0, 500)]
        let payment = street.payment()
        let taken = must(purse.take(proposed))
        purse.putBack(taken, releasedBy: street.abort(payment, by: cleo, to: ada))
        let before = purse
        #expect(purse.take(proposed) == nil)
        #expect(purse == before)
        #expect(purse.take(purse.pieces.map { $0.entry($0.units) }) != nil)
    }

    /// Two payments at once propose the same units; the first is committed before the second's
    /// handover comes.
    @Test func `units that came in meanwhile are not taken a second time`() {
        let story = Story()
        var payee = story.payee
        let (proposal, first) = (story.proposal, story.second.entry(0, 250, 400))
        #expect(story.refusal(proposal, payee) == nil)
        payee.held = [first.holding]
        #expect(agreed(story, payee, counter: 8) == "overlaps-held")
        payee.held = []
        var street = story.street
        let other = street.handover([first], from: story.bob, to: story.cleo, counter: 3)
        payee.seen.learn(other.link(0))
        #expect(agreed(story, payee, counter: 8) == "release-missing")
        payee.seen = Seen()
        payee.verifier.learn(street.revocation(of: story.ada.key, epoch: 1, lastGood: 1))
        #expect(agreed(story, payee, counter: 8) == "revoked")
    }

    private func agreed(_ story: Story, _ payee: Payee, counter: UInt64) -> String? {
        var chance = SeededChance(seed: 3)
        let payment = PaymentID(epoch: .first, random: chance.salt(), mac: chance.salt())
        let handover = Handover(
            by: story.bob,
            to: story.dan.key,
            at: Place(epoch: .first, counter: counter),
            entries: story.entries,
            privates: Privates(
                payment: payment,
                offer: hash("offer"),
                window: story.window.id,
                total: amount(150),
                previous: nil
            ),
            salts: (0..<PrivateLeaf.count).map { _ in chance.salt() }
        )
        do {
            _ = try payee.check(
                Agreement(handover),
                of: story.proposal,
                payment: payment,
                offer: hash("offer"),
                above: Payee.Floor(place: nil, total: .zero),
                story.street.checking
            )
            return nil
        } catch {
            return error.name
        }
    }

    /// Ada hands two entries to Cleo, who aborts; Ada passes one on to Dan with the release.
    ///
    /// The ABORT kills the other entry too, and Dan has it in his hand.
    @Test func `what hangs below an aborted handover is not taken from its payee`() {
        var story = Story()
        let payment = story.street.payment()
        let both = story.street.handover(
            [story.first.entry(0, 500, 510), story.first.entry(0, 520, 530)],
            from: story.ada,
            to: story.cleo,
            counter: 5,
            payment: payment
        )
        let abort = story.street.abort(payment, by: story.cleo, to: story.ada)
        let again = story.street.handover(
            [story.first.entry(0, 500, 510, releases: [abort])],
            from: story.ada,
            to: story.dan,
            counter: 6
        )
        let window = story.street.window(for: story.cleo)
        let offered = [both.entry(1, 520, 530)]
        let proposal = story.street.archive.proposal(offered, by: story.cleo.key, window)
        var payee = story.street.payee(story.dan, amount: 10)
        #expect(story.refusal(proposal, payee) == nil, "nothing is known yet")
        payee.seen.learn(again.link(0))
        #expect(story.refusal(proposal, payee) == "aborted")
        payee.seen = Seen()
        payee.seen.learn(abort)
        #expect(story.refusal(proposal, payee) == "aborted", "the ABORT alone, too")
        payee.seen = Seen()
        let telling = [both.entry(1, 520, 530, releases: [])]
        #expect(
            story.refusal(story.street.archive.proposal(telling, by: story.cleo.key, window), payee)
                == nil
        )
    }

    /// The handover that carries the ABORT of its own payment tells on its payee.
    @Test func `an abort inside the proposal itself is seen`() {
        var story = Story()
        let payment = story.street.payment()
        let abort = story.street.abort(payment, by: story.cleo, to: story.ada)
        let odd = story.street.handover(
            [story.first.entry(0, 500, 510, releases: [abort])],
            from: story.ada,
            to: story.cleo,
            counter: 5,
            payment: payment
        )
        let window = story.street.window(for: story.cleo)
        let proposal = story.street.archive.proposal(
            [odd.entry(0, 500, 510)],
            by: story.cleo.key,
            window
        )
        #expect(story.refusal(proposal, story.street.payee(story.dan, amount: 10)) == "aborted")
    }

    @Test func `a badly signed copy of a paper acquits nobody`() {
        let story = Story()
        var street = story.street
        let fork = street.handover(
            [story.first.entry(0, 250, 260)],
            from: story.ada,
            to: story.dan,
            counter: 3
        )
        let (a, b) = (story.tried.link(0), fork.link(0))
        var judge = Judge()
        judge.add(a)
        judge.add(b)
        let before = Set(judge.proofs(street.checking).map(\.verdict))
        #expect(before == [.convicts(story.ada.key)])
        judge.add(b.signed(story.bob.sign(b.handover)))
        #expect(Set(judge.proofs(street.checking).map(\.verdict)) == before)
        // An ABORT cannot be buried under a forged one either.
        var second = Judge()
        second.add(story.tried.link(0))
        let child = street.handover(
            [story.tried.entry(0, 200, 210)],
            from: story.cleo,
            to: story.dan
        )
        second.add(child.link(0))
        second.add(story.release)
        let forged = made(
            Abort.self,
            SignedObject(story.release.signed.object, story.ada.sign(story.release.hash))
        )
        second.add(forged)
        #expect(second.proofs(street.checking).map(\.verdict) == [.convicts(story.cleo.key)])
    }

    @Test func `a clock that was set back is raised by what the office signed here`() {
        let story = Story()
        var payee = story.payee
        payee.now = moment(1_000_000)
        #expect(story.refusal(nil, payee) == nil)
    }

    @Test func `the root's own certificate is never here`() {
        var story = Story()
        let der = story.street.certify(story.street.root, by: story.street.root, roles: [.office])
        let whole = story.proposal.provenance.certificates
        #expect(story.refusal(story.proposal.with(certificates: whole + [der])) == "not-needed")
    }

    @Test func `a piece with seven releases is offered, the eighth is the office's`() throws {
        var street = Street()
        let (ada, cleo) = (street.person("ada"), street.person("cleo"))
        let stick = street.stick(100, to: ada)
        let releases = (0..<8).map { _ in street.abort(street.payment(), by: cleo, to: ada) }
        for (count, plain, office) in [(7, 100, 100), (8, 0, 100)] as [(Int, UInt64, UInt64)] {
            var purse = Purse()
            purse.put(
                Piece(
                    Holding(stick: stick.id, units: units(0, 100), parent: nil),
                    asset: Street.euro,
                    spendUntil: stick.spendUntil,
                    hops: 0,
                    releases: Array(releases.prefix(count))
                )
            )
            for (caps, most) in [(Caps(), plain), (Caps.office, office)] {
                let chooser = Chooser(
                    payer: ada.key,
                    window: street.window(for: ada),
                    caps: caps,
                    today: Street.today,
                    spent: .zero,
                    archive: street.archive
                )
                #expect(chooser.largest(from: purse) == amount(most))
            }
        }
    }
}
