import Commit
import Money
import Node
import StandIns
import Testing
import Wallet
import Wire
import Words

/// Whoever has cheated, or is revoked, is told on by those who pay each other.
@Suite struct WarningTests {
    private let street = Street()

    private func amount(_ units: UInt64) -> Amount { must(Amount(units)) }

    private func join(_ name: String, _ units: UInt64 = 1_000, request: UInt8 = 9) -> Party {
        let party = street.join(name)
        party.charge(units, request: request)
        party.openWindow()
        return party
    }

    /// Mallory has paid the same units twice, and Bob has the proof of it.
    private func caught() throws -> (mallory: Party, bob: Party) {
        let mallory = join("mallory")
        let clone = street.join("mallory")
        clone.log = mallory.log.copy(groups: mallory.log.groups.count)
        try clone.restart()
        let (bob, carol) = (join("bob", request: 2), join("carol", request: 3))
        street.pay(400, from: mallory, to: bob)
        street.pay(400, from: clone, to: carol)
        street.pay(1_100, from: carol, to: bob)
        try #require(proof(mallory, bob) != nil)
        return (mallory, bob)
    }

    private func revocation(
        of key: Key,
        after counter: UInt64 = 0,
        by office: StandInSigner? = nil
    ) -> Revocation {
        let signer = office ?? street.office.signer
        let object = Revocation.object(
            office: signer.key,
            key: key,
            lastGood: Place(epoch: .first, counter: counter),
            reason: must(Text("stolen")),
            issued: street.office.now
        )
        return must(try? Revocation(reading: .signed(object, by: signer)))
    }

    private func proof(_ cheat: Party, _ party: Party) -> Proof? {
        party.node.wallet.proof(against: cheat.key)
    }

    private func known(_ party: Party) -> Set<Key> { Set(party.node.wallet.revocations.keys) }

    private func learn(_ revocation: Revocation, _ party: Party) {
        let certificates = [street.office.certificate.der]
        party.wish(.learn(revocation, certificates: certificates))
    }

    // MARK: What is told

    @Test func `a seller who met no office for a week refuses whom a customer warned of`() throws {
        let (mallory, bob) = try caught()
        let dora = join("dora", request: 4)
        street.time.moment = must(Moment(street.office.now.seconds + 7 * 86_400))
        street.pay(100, from: bob, to: dora)
        #expect(proof(mallory, dora) == proof(mallory, bob))
        let payment = street.pay(50, from: mallory, to: dora)
        #expect(dora.word(payment) == .refused)
        #expect(dora.standing(payment)?.reason?.string == "convict")
        #expect(dora.balance.available == amount(1_100))
    }

    @Test func `a customer is warned by a seller, keeps it, and tells it on`() throws {
        let (mallory, bob) = try caught()
        let (dora, erin) = (join("dora", request: 4), join("erin", request: 5))
        street.pay(100, from: dora, to: bob)
        #expect(proof(mallory, dora) != nil)
        try dora.restart()
        #expect(proof(mallory, dora) != nil)
        street.pay(100, from: dora, to: erin)
        #expect(proof(mallory, erin) != nil)
        #expect(erin.news.contains { if case .convicted = $0 { true } else { false } })
        // What it was told proves it to anybody.
        var verified = Verified()
        let paper = try #require(erin.node.wallet.proofs(after: nil).first)
        let root = Verifier(root: street.office.root.key)
        let finding = try paper.check(root, &verified, StandInChecking())
        guard case .verdict(.convicts(mallory.key), _) = finding else {
            Issue.record("it convicts nobody")
            return
        }
    }

    @Test func `the same is said twice to the same, and to whoever said it not at all`() throws {
        let (_, bob) = try caught()
        let dora = join("dora", request: 4)
        for _ in 0..<4 { street.pay(10, from: bob, to: dora) }
        #expect(street.count(.warn, by: bob) == 2)
        #expect(street.count(.warn, by: dora) == 0)
    }

    @Test func `a warning that is lost is said in the next payment`() throws {
        let (mallory, bob) = try caught()
        let dora = join("dora", request: 4)
        street.lost = [.warn]
        let first = street.pay(10, from: bob, to: dora)
        #expect(dora.word(first) == .paid)
        street.lost = []
        street.pay(10, from: bob, to: dora)
        #expect(proof(mallory, dora) != nil)
    }

    @Test func `nobody is told of himself`() throws {
        let (mallory, bob) = try caught()
        let payment = street.pay(10, from: bob, to: mallory)
        #expect(mallory.word(payment) == .paid)
        #expect(street.count(.warn, by: bob) == 0)
    }

    @Test func `an office is told nothing, and takes nothing`() {
        let (street, alice, office, _) = counter()
        alice.charge(1_000)
        let key = StandInSigner("lost").key
        learn(revocation(of: key), alice)
        street.lost = [.commit]
        alice.wish(.ask(.redeem(street.office.asset, amount(400)), at: office.address))
        street.settle()
        #expect(street.count(.handover, by: alice) > 0 && street.count(.warn, by: alice) == 0)
        let payment = street.last(.handover, by: alice).object.payment
        let proof = fork(by: StandInSigner("lost"))
        let words: [Warn.Word] = [.revocation(revocation(of: key)), .proof(proof)]
        for (word, papers) in zip(words, [certificates(of: []), certificates(of: ["lost"])]) {
            let message = warn(word, of: must(payment), by: alice, to: office, papers)
            alice.follow(.handover, with: message, to: office)
        }
        #expect(known(office).isEmpty && office.node.wallet.heardProofs.isEmpty)
    }

    @Test func `a proof comes first, also from a wallet that remembers nobody`() throws {
        let (mallory, bob) = try caught()
        for number in 0..<6 { learn(revocation(of: StandInSigner("z\(number)").key), bob) }
        try bob.restart()
        let dora = join("dora", request: 4)
        street.pay(10, from: bob, to: dora)
        let first = try #require(street.all(.warn, by: bob).first)
        #expect(try Warn(reading: first).word.subject == mallory.key)
    }

    /// What proves nothing to an office hides nothing that does.
    @Test func `a cheat does not shield himself with a proof against himself`() throws {
        let mallory = join("mallory")
        let clone = street.join("mallory")
        clone.log = mallory.log.copy(groups: mallory.log.groups.count)
        try clone.restart()
        let (bob, carol) = (join("bob", request: 2), join("carol", request: 3))
        street.lost = [.commit]
        let payment = street.pay(400, from: mallory, to: bob)
        let bogus = fork(by: mallory.signer)
        let certificates = [street.office.certificate.der, mallory.ownCertificate]
        let message = warn(.proof(bogus), of: payment, by: mallory, to: bob, certificates)
        mallory.follow(.handover, with: message, to: bob)
        #expect(proof(mallory, bob) == bogus)
        #expect(!bob.node.wallet.showings(at: street.time.moment).isEmpty)
        street.lost = []
        street.pass(5_000)
        let dora = join("dora", request: 4)
        for _ in 0..<3 { street.pay(10, from: dora, to: bob) }
        #expect(street.count(.warn, by: bob) == 2)
        street.pay(400, from: clone, to: carol)
        street.pay(1_100, from: carol, to: bob)
        // What is better is told anew.
        street.pay(10, from: dora, to: bob)
        #expect(
            try Warn(reading: street.last(.warn, by: bob)).word == .proof(must(proof(mallory, bob)))
        )
        let found = try #require(proof(mallory, bob))
        #expect(found != bogus && bob.node.wallet.heardProofs.isEmpty)
        try bob.restart()
        #expect(proof(mallory, bob) == found)
        let shown = bob.node.wallet.showings(at: street.time.moment).flatMap(\.showing.links)
        #expect(shown.count >= 2 && !shown.contains { fork(by: mallory.signer).has($0) })
    }

    @Test func `the newest four are told first, and the others next`() {
        let (bob, dora) = (join("bob", request: 2), join("dora", request: 4))
        let keys = (0..<6).map { StandInSigner("lost\($0)").key }
        for key in keys { learn(revocation(of: key), bob) }
        street.pay(10, from: bob, to: dora)
        func told() -> [Key] {
            street.all(.warn, by: bob).compactMap { try? Warn(reading: $0).word.subject }
        }
        // All were issued in the same second: then the greater key is the newer.
        let newest = keys.sorted().reversed()
        #expect(told() == Array(newest.prefix(4)))
        street.pay(10, from: bob, to: dora)
        #expect(told().suffix(4) == newest.suffix(2) + newest.prefix(2))
        street.pay(10, from: bob, to: dora)
        street.pay(10, from: bob, to: dora)
        #expect(known(dora) == Set(keys))
        #expect(told().count == 12)
    }

    // MARK: Revocations

    @Test func `what a revoked key signed later is refused by whoever was warned`() throws {
        let (mallory, bob) = (join("mallory"), join("bob", request: 2))
        let dora = join("dora", request: 4)
        street.pay(10, from: mallory, to: dora)
        learn(revocation(of: mallory.key), bob)
        street.pay(10, from: bob, to: dora)
        try dora.restart()
        let payment = street.pay(10, from: mallory, to: dora)
        #expect(dora.word(payment) == .refused || dora.word(payment) == .cancelled)
        #expect(dora.standing(payment)?.reason?.string == "revoked")
    }

    @Test func `a heard revocation is none of those that the office said`() throws {
        let (street, alice, office, counter) = counter()
        alice.openWindow()
        let key = StandInSigner("lost").key
        func counted() -> [UInt64] {
            street.all(.request, by: alice).compactMap { signed in
                guard case .sync(_, _, _, let known)? = (try? Request(reading: signed))?.want
                else { return nil }
                return known
            }
        }
        func sync() {
            alice.wish(.ask(.sync(handovers: []), at: office.address))
            street.settle()
        }
        let heard = revocation(of: key, after: 3)
        alice.wish(.learn(heard, certificates: [street.office.certificate.der]))
        #expect(known(alice) == [key])
        try alice.restart()
        #expect(known(alice) == [key])
        // The office's own is older, and does not soften what was heard.
        counter.papers = [revocation(of: key, after: 5).signed]
        sync()
        counter.papers = []
        sync()
        #expect(counted() == [0, 1])
        try alice.restart()
        sync()
        #expect(counted() == [0, 1, 1])
        #expect(alice.node.wallet.revocations[key]?.lastGood == heard.lastGood)
    }

    // MARK: What is not taken

    /// Bob buys of Dora, and is held: then he says that.
    private func inAPayment(_ say: (Party, Party, PaymentID) throws -> Void) rethrows -> Party {
        let (bob, dora) = (join("bob", request: 2), join("dora", request: 4))
        street.lost = [.commit]
        let payment = street.pay(10, from: bob, to: dora)
        try say(bob, dora, payment)
        return dora
    }

    private func warn(
        _ word: Warn.Word,
        of payment: PaymentID,
        by party: Party,
        to peer: Party,
        _ certificates: [[UInt8]]? = nil
    ) -> SignedObject {
        let object = Warn.object(
            by: party.key,
            to: peer.key,
            payment: payment,
            word,
            certificates ?? [street.office.certificate.der]
        )
        return .signed(must(object), by: party.signer)
    }

    @Test func `a word of the other side's is taken in the middle of the payment`() {
        let key = StandInSigner("lost").key
        let dora = inAPayment { bob, dora, payment in
            let message = warn(.revocation(revocation(of: key)), of: payment, by: bob, to: dora)
            bob.follow(.handover, with: message, to: dora)
        }
        #expect(known(dora) == [key])
    }

    @Test(arguments: [
        "another", "another's signature", "unsigned", "no office", "another office", "root",
        "missing", "needless", "many certificates", "own", "no room",
    ])
    func `what proves nothing changes nothing`(_ what: String) {
        let dora = inAPayment { bob, dora, payment in
            if what == "no room" { dora.log.isFull = true }
            let sayer = what == "another" ? join("erin", request: 6) : bob
            let said = word(what, bob, dora)
            let papers = certificates(what, bob)
            var message = warn(.revocation(said), of: payment, by: sayer, to: dora, papers)
            if what == "another's signature" {
                message = .signed(message.object, by: StandInSigner("stranger"))
            }
            if sayer === bob {
                bob.follow(.handover, with: message, to: dora)
            } else {
                sayer.inject(message, to: dora)
            }
        }
        #expect(dora.node.wallet.revocations.isEmpty)
        #expect(dora.node.fault == nil)
    }

    /// A revocation, and what is wrong with it.
    private func word(_ what: String, _ bob: Party, _ dora: Party) -> Revocation {
        let key = StandInSigner("lost").key
        switch what {
        case "own": return revocation(of: dora.key)
        case "another office": return revocation(of: key, by: StandInSigner(what))
        case "no office": return revocation(of: key, by: bob.signer)
        case "unsigned":
            let said = revocation(of: key).signed
            var signature = said.signature.array
            signature[0] ^= 1
            let forged = SignedObject(said.object, must(Signature(signature)))
            return must(try? Revocation(reading: forged))
        case _: return revocation(of: key)
        }
    }

    /// The certificates with it, and what is wrong with those.
    private func certificates(_ what: String, _ bob: Party) -> [[UInt8]] {
        let (office, root) = (street.office.signer, street.office.root)
        let good = street.office.certificate.der
        func der(_ signer: StandInSigner, _ issuer: StandInSigner, _ roles: Set<Role>) -> [UInt8] {
            street.office.certify(signer, by: issuer, roles: roles, name: "one").der
        }
        switch what {
        case "another office": return [der(StandInSigner(what), root, [.office])]
        case "no office": return [bob.ownCertificate, good]
        case "root": return [der(office, StandInSigner("another root"), [.office])]
        case "missing": return []
        case "needless": return [good, der(StandInSigner("s"), office, [.wallet])]
        case "many certificates":
            return [good] + ["s", "t"].map { der(StandInSigner($0), office, [.wallet]) }
        case _: return [good]
        }
    }

    @Test func `before anything is agreed, and after the fourth, nothing is taken`() {
        let (bob, dora) = (join("bob", request: 2), join("dora", request: 4))
        let keys = (0..<6).map { StandInSigner("lost\($0)").key }
        street.lost = [.accept]
        let early = street.pay(10, from: bob, to: dora)
        let first = warn(.revocation(revocation(of: keys[5])), of: early, by: bob, to: dora)
        bob.follow(.accept, with: first, to: dora)
        #expect(dora.node.wallet.revocations.isEmpty)
        street.lost = [.commit]
        let payment = street.pay(10, from: bob, to: dora)
        for key in keys.prefix(5) {
            let message = warn(.revocation(revocation(of: key)), of: payment, by: bob, to: dora)
            bob.follow(.handover, with: message, to: dora)
        }
        #expect(known(dora) == Set(keys.prefix(4)))
    }

    @Test func `no more bytes are taken in a payment than one warning may have`() throws {
        let names = ["w", "x", "y", "z"]
        var sizes: [Int] = []
        let dora = inAPayment { bob, dora, payment in
            for name in names {
                let proof = fork(by: StandInSigner(name), releases: 8)
                let papers = certificates(of: [name])
                let message = warn(.proof(proof), of: payment, by: bob, to: dora, papers)
                sizes.append(message.object.content.count)
                bob.follow(.handover, with: message, to: dora)
            }
        }
        try #require(sizes.dropLast().reduce(0, +) <= Limits.warningBytes)
        try #require(sizes.reduce(0, +) > Limits.warningBytes)
        let heard = Set(dora.node.wallet.heardProofs.keys)
        #expect(heard == Set(names.prefix(3).map { StandInSigner($0).key }))
    }

    @Test func `a proof against a key that no office knows, and a rollback, are dropped`() {
        let nobody = StandInSigner("nobody")
        let dora = inAPayment { bob, dora, payment in
            let certificates = [street.office.certificate.der, bob.ownCertificate]
            // Four are taken in a payment: no more may be tried.
            for (proof, some) in [
                (fork(by: nobody), []), (fork(by: nobody), certificates),
                (rollback(by: bob.signer), certificates), (fork(by: bob.signer), []),
            ] {
                let message = warn(.proof(proof), of: payment, by: bob, to: dora, some)
                bob.follow(.handover, with: message, to: dora)
            }
        }
        #expect(dora.node.wallet.convicts.isEmpty && dora.node.wallet.heardProofs.isEmpty)
    }

    /// The office's, and those of whom it certified.
    private func certificates(of names: [String]) -> [[UInt8]] {
        let office = street.office
        return [office.certificate.der]
            + names.map { office.certify(StandInSigner($0), by: office.signer, name: $0).der }
    }

    /// One parent's units passed on twice; the releases beside them are of other payments.
    private func fork(by signer: StandInSigner, releases: Int = 0) -> Proof {
        .fork(
            of: link(by: signer, counter: 1, lo: 0, releases: releases),
            and: link(by: signer, counter: 2, lo: 0, releases: releases)
        )
    }

    /// Two contents at one place that do not meet.
    private func rollback(by signer: StandInSigner) -> Proof {
        let (one, two) = (link(by: signer, counter: 1, lo: 0), link(by: signer, counter: 1, lo: 50))
        return .rollback(one.comesBefore(two) ? .onePlace(one, two) : .onePlace(two, one))
    }

    private func link(
        by signer: StandInSigner,
        counter: UInt64,
        lo: UInt64,
        releases: Int = 0
    ) -> Link {
        let payee = StandInSigner("payee")
        let aborts = (0..<releases).map { number in
            let id = PaymentID(
                epoch: .first,
                random: Salt(high: 2, low: UInt64(number)),
                mac: Salt(high: 1, low: 1)
            )
            let object = Abort.object(by: payee.key, to: signer.key, payment: id)
            return must(try? Abort(reading: .signed(object, by: payee)))
        }
        let stick = street.office.stick(100, to: signer.key, request: 1)
        let entry = Entry(
            stick: stick.id,
            units: must(Units(lo, lo + 10)),
            parent: nil,
            releases: aborts
        )
        let handover = Handover(
            by: signer,
            to: StandInSigner("payee").key,
            at: Place(epoch: .first, counter: counter),
            entries: [entry],
            privates: Privates(
                payment: PaymentID(
                    epoch: .first,
                    random: Salt(high: 1, low: counter),
                    mac: Salt(high: 1, low: 1)
                ),
                offer: Hash(Bytes32(repeating: 1)),
                window: Hash(Bytes32(repeating: 2)),
                total: amount(10),
                previous: nil
            ),
            salts: (0..<PrivateLeaf.count).map { Salt(high: 0, low: UInt64($0)) }
        )
        return handover.link(0)
    }
}

extension Proof {
    fileprivate func has(_ link: Link) -> Bool {
        if case .fork(let one, let two) = self { link == one || link == two } else { false }
    }
}
