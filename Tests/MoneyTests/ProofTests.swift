import Money
import StandIns
import Testing
import Wire
import Words

/// What proves something, and every way to prove nothing.
@Suite struct ProofTests {
    var street = Street()
    let ada, bob, cleo: StandInSigner
    let stick, other: Stick
    let toBob, toCleo, apart, below: Handover
    let payment: PaymentID
    let abort: Abort
    let window: Window

    init() {
        (ada, bob, cleo) = (street.person("ada"), street.person("bob"), street.person("cleo"))
        (stick, other) = (street.stick(100, to: ada), street.stick(90, to: ada, request: "2"))
        payment = street.payment()
        window = street.window(for: ada)
        toBob = street.handover([stick.entry(0, 10)], from: ada, to: bob, payment: payment)
        toCleo = street.handover([stick.entry(9, 20)], from: ada, to: cleo, counter: 2)
        apart = street.handover([stick.entry(50, 60)], from: ada, to: cleo)
        below = street.handover([toBob.entry(0, 0, 5)], from: bob, to: cleo)
        abort = street.abort(payment, by: bob, to: ada)
    }

    private func verdict(_ proof: Proof) -> Result<Verdict, ProofFault> {
        do {
            return .success(try proof.verdict(street.checking))
        } catch {
            return .failure(error)
        }
    }

    /// Two links in the order that a proof of one place has them.
    private func ordered(_ a: Link, _ b: Link) -> (Link, Link) {
        a.comesBefore(b) ? (a, b) : (b, a)
    }

    private func onePlace(_ a: Handover, _ b: Handover) -> Proof {
        let (first, second) = ordered(a.link(0), b.link(0))
        return .rollback(.onePlace(first, second))
    }

    // MARK: What convicts or freezes

    @Test func `units passed on twice convict whoever did it`() {
        #expect(verdict(.fork(toBob.link(0), toCleo.link(0))) == .success(.convicts(ada.key)))
    }

    @Test func `two entries of one handover that pass the same units on convict`() {
        var street = street
        let twice = street.handover([stick.entry(0, 9), stick.entry(8, 10)], from: ada, to: bob)
        let proof = Proof.fork(of: twice.link(1), and: twice.link(0))
        #expect(verdict(proof) == .success(.convicts(ada.key)))
    }

    @Test func `equal places with the same units convict, whatever releases they carry`() {
        var street = street
        let again = street.handover([stick.entry(9, 20, releases: [abort])], from: ada, to: cleo)
        let proof = Proof.fork(of: toBob.link(0), and: again.link(0))
        #expect(verdict(proof) == .success(.convicts(ada.key)))
    }

    @Test func `a release that its payee did not sign excuses nobody`() {
        var street = street
        let forged = made(Abort.self, SignedObject(abort.signed.object, ada.sign(abort.hash)))
        let byAda = street.abort(payment, by: ada, to: ada)
        let ofAnother = street.abort(street.payment(), by: bob, to: ada)
        for junk in [forged, byAda, ofAnother] {
            let later = street.handover(
                [stick.entry(9, 20, releases: [junk])],
                from: ada,
                to: cleo,
                counter: 2
            )
            let proof = Proof.fork(toBob.link(0), later.link(0))
            #expect(verdict(proof) == .success(.convicts(ada.key)))
        }
    }

    @Test func `an earlier handover's release does not excuse the other way round`() {
        var street = street
        let earlier = street.handover(
            [stick.entry(0, 10, releases: [abort])],
            from: ada,
            to: cleo,
            counter: 0
        )
        let proof = Proof.fork(of: toBob.link(0), and: earlier.link(0))
        #expect(verdict(proof) == .success(.convicts(ada.key)))
    }

    @Test func `an ABORT and a COMMIT of one payment convict the payee`() {
        let commit = street.commit(payment, toBob, by: bob, to: ada)
        #expect(verdict(.equivocation(abort, .commit(commit))) == .success(.convicts(bob.key)))
    }

    @Test func `an ABORT and a use below its handover convict the payee`() {
        let proof = Proof.equivocation(abort, .below(toBob.link(0), child: below.link(0)))
        #expect(verdict(proof) == .success(.convicts(bob.key)))
    }

    @Test func `one place on two contents with other units freezes, and accuses nobody`() {
        #expect(verdict(onePlace(toBob, apart)) == .success(.freezes(ada.key)))
    }

    @Test(arguments: [19, 21])
    func `totals that do not add up freeze, both ways`(total: UInt64) {
        let (first, second) = inARow(total: total)
        let proof = Proof.rollback(.broken(first, then: second))
        #expect(verdict(proof) == .success(.freezes(ada.key)))
    }

    @Test func `a next handover that names another before it freezes`() {
        let (first, second) = inARow(total: 20, previous: hash("another"))
        let proof = Proof.rollback(.broken(first, then: second))
        #expect(verdict(proof) == .success(.freezes(ada.key)))
        let (start, next) = inARow(total: 20, previous: .some(nil))
        let none = Proof.rollback(.broken(start, then: next))
        #expect(verdict(none) == .success(.freezes(ada.key)))
    }

    /// Two handovers of ten units each, the second after the first but for what is changed.
    private func inARow(
        total: UInt64,
        previous: Hash?? = nil,
        counter: UInt64 = 2,
        epoch: UInt64 = 1,
        window other: Window? = nil
    ) -> (Handover, Handover) {
        var street = street
        let first = street.handover(
            [stick.entry(0, 10)],
            from: ada,
            to: bob,
            total: 10,
            window: window
        )
        let second = street.handover(
            [stick.entry(10, 20)],
            from: ada,
            to: bob,
            counter: counter,
            epoch: epoch,
            total: total,
            previous: previous ?? first.hash,
            window: other ?? window
        )
        return (first, second)
    }

    // MARK: What proves nothing

    @Test(arguments: ProofFault.allCases)
    func `what proves nothing is refused by its name`(fault: ProofFault) {
        for proof in examples(of: fault) {
            #expect(verdict(proof) == .failure(fault), "\(fault)")
            #expect((try? Proof(wireBytes: proof.wireBytes)) == proof)
        }
    }

    private func examples(of fault: ProofFault) -> [Proof] {
        switch fault {
        case .signature: unsigned
        case .order: backwards
        case .otherKey: ofTwoKeys
        case .otherParent: [.fork(of: toBob.link(0), and: elsewhere.link(0)), ofTwoParents]
        case .noOverlap: [.fork(toBob.link(0), nextTo.link(0))]
        case .released: [.fork(toBob.link(0), released.link(0))]
        case .otherPayment: ofTwoPayments
        case .officeDecision:
            [
                .equivocation(
                    abort,
                    .commit(street.commit(payment, toBob, by: street.office, to: ada))
                )
            ]
        case .notBelow:
            [.equivocation(abort, .below(toBob.link(0), child: besides.link(0)))]
        case .otherPlace: [.rollback(.onePlace(toBob.link(0), nextTo.link(0)))]
        case .sameContent: [.rollback(.onePlace(two.link(0), two.link(1)))]
        case .isFork: [onePlace(toBob, sameUnits)]
        case .closedLeaves: closed
        case .otherEpoch:
            [.rollback(.broken(inARow(total: 20).0, then: inARow(total: 20, epoch: 2).1))]
        case .fits: whole
        }
    }

    private func given(_ act: (inout Street) -> Handover) -> Handover {
        var street = street
        return act(&street)
    }

    private var elsewhere: Handover {
        given { $0.handover([other.entry(0, 10)], from: ada, to: cleo, counter: 2) }
    }
    private var nextTo: Handover {
        given { $0.handover([stick.entry(10, 20)], from: ada, to: cleo, counter: 2) }
    }
    private var released: Handover {
        given {
            $0.handover(
                [stick.entry(0, 10, releases: [abort])],
                from: ada,
                to: cleo,
                counter: 2
            )
        }
    }
    private var besides: Handover {
        given { $0.handover([toCleo.entry(0, 9, 10)], from: bob, to: cleo) }
    }
    private var two: Handover {
        given { $0.handover([stick.entry(0, 5), stick.entry(5, 10)], from: ada, to: bob) }
    }
    private var sameUnits: Handover {
        given { $0.handover([stick.entry(5, 15)], from: ada, to: cleo) }
    }

    private var ofTwoParents: Proof {
        let (first, second) = (
            given { $0.handover([toBob.entry(0, 0, 5)], from: bob, to: cleo) },
            given { $0.handover([toCleo.entry(0, 9, 15)], from: bob, to: cleo, counter: 2) }
        )
        return .fork(first.link(0), second.link(0))
    }

    private var unsigned: [Proof] {
        func forged(_ link: Link) -> Link { link.signed(cleo.sign(link.handover)) }
        let commit = street.commit(payment, toBob, by: bob, to: ada)
        let byAda = SignedObject(commit.signed.object, ada.sign(commit.signed.object.hash))
        let notBob = SignedObject(abort.signed.object, ada.sign(abort.hash))
        let (first, second) = ordered(toBob.link(0), apart.link(0))
        let (start, next) = inARow(total: 21)
        let someoneElse = next.with(signature: cleo.sign(next.hash))
        return [
            .fork(forged(toBob.link(0)), toCleo.link(0)),
            .fork(toBob.link(0), forged(toCleo.link(0))),
            .equivocation(made(Abort.self, notBob), .commit(commit)),
            .equivocation(abort, .commit(made(Commit.self, byAda))),
            .equivocation(abort, .below(forged(toBob.link(0)), child: below.link(0))),
            .equivocation(abort, .below(toBob.link(0), child: forged(below.link(0)))),
            .rollback(.onePlace(forged(first), second)),
            .rollback(.onePlace(first, forged(second))),
            .rollback(.broken(start, then: someoneElse)),
        ]
    }

    private var backwards: [Proof] {
        let (first, second) = ordered(toBob.link(0), apart.link(0))
        let (start, next) = inARow(total: 21)
        let (low, high) = ordered(toBob.link(0), sameUnits.link(0))
        return [
            .fork(toCleo.link(0), toBob.link(0)), .fork(high, low),
            .fork(toBob.link(0), toBob.link(0)), .rollback(.onePlace(second, first)),
            .rollback(.broken(next, then: start)), .rollback(.broken(start, then: start)),
        ]
    }

    private var ofTwoKeys: [Proof] {
        let byBob = given { $0.handover([stick.entry(0, 10)], from: bob, to: cleo, counter: 2) }
        let byCleo = given { $0.handover([toBob.entry(0, 0, 5)], from: cleo, to: bob) }
        return [
            .fork(of: toBob.link(0), and: byBob.link(0)), onePlace(toBob, byBob),
            .rollback(.broken(toBob, then: byBob)),
            .equivocation(abort, .below(toBob.link(0), child: byCleo.link(0))),
        ]
    }

    private var ofTwoPayments: [Proof] {
        var street = street
        let another = street.payment()
        let commit = street.commit(another, toBob, by: bob, to: ada)
        let toCleo = street.commit(payment, toBob, by: bob, to: cleo)
        let unrelated = street.abort(another, by: bob, to: ada)
        return [
            .equivocation(abort, .commit(commit)), .equivocation(abort, .commit(toCleo)),
            .equivocation(unrelated, .below(toBob.link(0), child: below.link(0))),
        ]
    }

    private var closed: [Proof] {
        let (first, second) = inARow(total: 21)
        return (0..<PrivateLeaf.count).flatMap { number -> [Proof] in
            let some = Set(0..<PrivateLeaf.count).subtracting([number])
            return [
                .rollback(.broken(first.showing(some), then: second)),
                .rollback(.broken(first, then: second.showing(some))),
            ]
        }
    }

    private var whole: [Proof] {
        let other = street.window(for: ada, largest: 7)
        return [
            inARow(total: 20), inARow(total: 10, window: other),
            inARow(total: 77, previous: hash("another"), counter: 3),
        ].map { .rollback(.broken($0.0, then: $0.1)) }
    }
}

extension Handover {
    func with(signature: Signature) -> Handover {
        var writer = Writer()
        writer.array(4)
        writer.value(header)
        writer.list(entries)
        writer.list(leaves)
        writer.value(signature)
        do {
            return try Handover(wireBytes: writer.bytes)
        } catch {
            preconditionFailure("a handover with another signature reads: \(error)")
        }
    }
}
