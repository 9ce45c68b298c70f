import Money
import Sealing
import Wire
import Words

extension VectorStory {
    private mutating func proof(
        _ name: String,
        _ proof: Proof,
        _ convict: Identity,
        _ result: String
    ) throws {
        let fault = result == "good" ? result : "proof: " + result
        try paper(name, .proof(proof), ders(convict), fault)
    }

    mutating func addProofs() throws {
        try addForks()
        try addEquivocations()
        try addRollbacks()
    }

    private mutating func addForks() throws {
        var street = self.street
        let unreleased = street.handover(
            [first.entry(0, 250, 260)],
            from: ada,
            to: dan.key,
            counter: 3
        )
        let (a, b) = (tried.link(0), unreleased.link(0))
        try proof("a fork", .fork(a, b), ada, "good")
        try proof("a fork the wrong way round", .fork(b, a), ada, "order")
        try proof("a fork that is released", .fork(a, second.link(0)), ada, "released")
        try proof("entries that do not meet", .fork(a, second.link(1)), ada, "no-overlap")
        let forged = try Abort(
            reading: SignedObject(release.signed.object, ada.sign(release.hash))
        )
        let excused = street.handover(
            [first.entry(0, 250, 260, releases: [forged])],
            from: ada,
            to: dan.key,
            counter: 4
        )
        try proof(
            "a fork with a release its payee did not sign",
            .fork(a, excused.link(0)),
            ada,
            "good"
        )
        let samePlace = street.handover(
            [first.entry(0, 299, 300, releases: [release])],
            from: ada,
            to: dan.key,
            counter: 1
        )
        let ordered = Proof.fork(of: a, and: samePlace.link(0))
        try proof("a fork at one place, released or not", ordered, ada, "good")
        let doubled = street.handover(
            [first.entry(0, 300, 310), first.entry(0, 305, 315)],
            from: ada,
            to: dan.key,
            counter: 5
        )
        try proof(
            "units twice in one handover",
            .fork(doubled.link(0), doubled.link(1)),
            ada,
            "good"
        )
        let others = street.handover([first.entry(0, 250, 260)], from: bob, to: dan.key, counter: 9)
        try proof("handovers of two keys", .fork(a, others.link(0)), ada, "other-key")
        let elsewhere = street.handover([stick.entry(250, 260)], from: ada, to: dan.key, counter: 9)
        try proof("entries of two parents", .fork(a, elsewhere.link(0)), ada, "other-parent")
        try paper("a fork without the forger", .proof(.fork(a, b)), [], "certificate-missing")
        var bytes = b.wireBytes
        bytes[bytes.count - 3] ^= 1
        let unsigned = try Link(wireBytes: bytes)
        try proof("a fork whose second half is not signed", .fork(a, unsigned), ada, "signature")
    }

    private mutating func addEquivocations() throws {
        var street = self.street
        let late = try street.abort(secondPayment, by: bob, to: ada.key)
        let committed = try commit(by: bob)
        let child = street.handover([second.entry(1, 510, 515)], from: bob, to: dan.key)
        try proof("an abort and a commit", .equivocation(late, .commit(committed)), bob, "good")
        try proof(
            "an abort and a use",
            .equivocation(late, .below(second.link(0), child: child.link(0))),
            bob,
            "good"
        )
        let byOffice = try commit(by: street.office)
        try proof(
            "an abort and the office's commit",
            .equivocation(late, .commit(byOffice)),
            bob,
            "office-decision"
        )
        let other = try commit(by: bob, payment: triedPayment)
        try proof(
            "an abort and another payment's commit",
            .equivocation(late, .commit(other)),
            bob,
            "other-payment"
        )
        try proof(
            "an abort and a use of another handover",
            .equivocation(late, .below(tried.link(0), child: child.link(0))),
            bob,
            "other-payment"
        )
        let theirs = street.handover([second.entry(1, 510, 515)], from: cleo, to: dan.key)
        try proof(
            "an abort and somebody else's use",
            .equivocation(late, .below(second.link(0), child: theirs.link(0))),
            bob,
            "other-key"
        )
        let above = street.handover([first.entry(0, 200, 210)], from: bob, to: dan.key)
        try proof(
            "an abort and a use of something else",
            .equivocation(late, .below(second.link(0), child: above.link(0))),
            bob,
            "not-below"
        )
    }

    private mutating func addRollbacks() throws {
        var street = self.street
        let again = street.handover([first.entry(0, 550, 560)], from: ada, to: dan.key, counter: 1)
        let (a, b) = (tried.link(0), again.link(0))
        let (low, high) = a.comesBefore(b) ? (a, b) : (b, a)
        try proof("one place, two contents", .rollback(.onePlace(low, high)), ada, "good")
        try proof("one place, wrong order", .rollback(.onePlace(high, low)), ada, "order")
        try proof("two places", .rollback(.onePlace(a, second.link(1))), ada, "other-place")
        try proof(
            "one handover twice",
            .rollback(.onePlace(second.link(0), second.link(1))),
            ada,
            "same-content"
        )
        let fork = street.handover([first.entry(0, 210, 211)], from: ada, to: dan.key, counter: 1)
        let (c, d) = a.comesBefore(fork.link(0)) ? (a, fork.link(0)) : (fork.link(0), a)
        try proof("one place and a fork", .rollback(.onePlace(c, d)), ada, "is-fork")
        try proof("totals that fit", .rollback(.broken(tried, then: second)), ada, "fits")
        let wrong = street.handover(
            [first.entry(0, 550, 560)],
            from: ada,
            to: dan.key,
            counter: 3,
            total: 419,
            previous: second.hash
        )
        try proof("totals that do not", .rollback(.broken(second, then: wrong)), ada, "good")
        try proof(
            "totals that are not shown",
            .rollback(.broken(second, then: wrong.showing([0, 1, 2, 3]))),
            ada,
            "closed-leaves"
        )
        try proof("the wrong way round", .rollback(.broken(wrong, then: second)), ada, "order")
        let loose = street.handover(
            [first.entry(0, 550, 560)],
            from: ada,
            to: dan.key,
            counter: 3,
            total: 420,
            previous: tried.hash
        )
        try proof("a broken chain", .rollback(.broken(second, then: loose)), ada, "good")
        try proof("two keys", .rollback(.broken(first, then: second)), ada, "other-key")
        let next = Handover(
            by: ada,
            to: dan.key,
            at: Place(epoch: must(Epoch(2)), counter: 3),
            entries: [first.entry(0, 550, 560)],
            privates: must(loose.privates),
            salts: (0..<PrivateLeaf.count).map { Salt(high: 4, low: UInt64($0)) }
        )
        try proof("two epochs", .rollback(.broken(second, then: next)), ada, "other-epoch")
    }
}
