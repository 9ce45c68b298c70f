import Money
import StandIns
import Testing
import Wire
import Words

/// Every kind of paper, good, and every fault of docs/PROTOCOL section 7.
@Suite struct PaperTests {
    let story = Story()
    let payment: PaymentID
    let handover: Handover
    let commit: Commit

    init() {
        var street = story.street
        payment = street.payment()
        handover = street.handover(
            story.entries,
            from: story.bob,
            to: story.dan,
            counter: 7,
            payment: payment,
            total: 150
        )
        commit = street.commit(payment, handover, by: story.dan, to: story.bob)
    }

    private var street: Street { story.street }
    private var office: StandInSigner { street.office }

    private func ders(_ people: StandInSigner...) -> [[UInt8]] {
        people.map { must(street.ders[$0.key]) }
    }

    /// Its finding, or the name of its fault; read again from its bytes first.
    private func check(_ paper: Paper, root: Key? = nil) -> Result<Finding, PaperFault> {
        var verified = Verified()
        do {
            let read = try Paper(wireBytes: paper.wireBytes)
            #expect(read == paper)
            let verifier = Verifier(root: root ?? street.root.key)
            return .success(try read.check(verifier, &verified, street.checking))
        } catch let fault as PaperFault {
            return .failure(fault)
        } catch {
            Issue.record("a paper reads back: \(error)")
            return .failure(.signature)
        }
    }

    private func name(_ body: Paper.Body, _ ders: [[UInt8]], root: Key? = nil) -> String? {
        switch check(Paper(body, certificates: ders), root: root) {
        case .success: nil
        case .failure(let fault): fault.name
        }
    }

    private var revocation: Revocation {
        street.revocation(of: story.ada.key, epoch: 1, lastGood: 2)
    }

    private var nameStatement: NameStatement {
        let text = must(Text("Bob the baker"))
        let object = NameStatement.object(
            office: office.key,
            key: story.bob.key,
            name: text,
            issued: Street.now
        )
        return made(NameStatement.self, .signed(object, by: office))
    }

    /// The same statement under a signature that is not its sender's.
    private func forged<Made: Statement>(_ statement: Made) -> Made {
        let object = statement.signed.object
        return made(Made.self, SignedObject(object, story.cleo.sign(object.hash)))
    }

    // MARK: The good ones

    @Test func `what the office signed is found to be the office's`() {
        let own = ders(office)
        let (stick, window) = (story.stick, story.window)
        #expect(check(Paper(.stick(stick), certificates: own)) == .success(.stick(stick)))
        #expect(check(Paper(.window(window), certificates: own)) == .success(.window(window)))
        let revoked = Paper(.revocation(revocation), certificates: own)
        #expect(check(revoked) == .success(.revocation(revocation)))
        let named = Paper(.name(nameStatement), certificates: own)
        #expect(check(named) == .success(.name(nameStatement)))
    }

    @Test func `a handover and decisions are found to be their signers'`() {
        let (bob, dan) = (ders(office, story.bob), ders(office, story.dan))
        for shown in [[0, 1, 2, 3, 4], [0, 1], []] as [Set<Int>] {
            let handover = handover.showing(shown)
            let paper = Paper(.handover(handover), certificates: bob)
            #expect(check(paper) == .success(.handover(handover)))
        }
        let paid = Paper(.commit(commit), certificates: dan)
        #expect(check(paid) == .success(.commit(commit, byOffice: false)))
        let decided = street.commit(payment, handover, by: office, to: story.bob)
        let byOffice = Paper(.commit(decided), certificates: ders(office))
        #expect(check(byOffice) == .success(.commit(decided, byOffice: true)))
        let abort = street.abort(payment, by: story.dan, to: story.bob)
        #expect(check(Paper(.abort(abort), certificates: dan)) == .success(.abort(abort)))
    }

    @Test func `a receipt is found good, from the payee and from an office for it`() {
        let shown = handover.showing([0, 1])
        let whole = ders(office, story.bob, story.dan)
        let paper = Paper(.receipt(commit, shown), certificates: whole)
        #expect(check(paper) == .success(.receipt(commit, shown)))
        let decided = street.commit(payment, handover, by: office, to: story.bob)
        let byOffice = Paper(.receipt(decided, shown), certificates: ders(office, story.bob))
        #expect(check(byOffice) == .success(.receipt(decided, shown)))
    }

    @Test func `provenance and proofs are found good`() throws {
        var whole = story.proposal.provenance
        let ders = street.archive.provenance(of: whole.pieces, heldBy: story.bob.key).certificates
        whole.certificates = []
        let paper = Paper(.provenance(holder: story.bob.key, whole), certificates: ders)
        guard case .success(.provenance(story.bob.key, let lineages)) = check(paper) else {
            Issue.record("the provenance is good")
            return
        }
        #expect(lineages.map(\.hops) == [2])
        let proof = self.proof
        let verdict = Finding.verdict(.convicts(story.bob.key), proof)
        #expect(
            check(Paper(.proof(proof), certificates: self.ders(office, story.bob)))
                == .success(verdict)
        )
    }

    private var proof: Proof {
        var street = street
        let again = street.handover(story.entries, from: story.bob, to: story.cleo, counter: 8)
        return .fork(of: handover.link(0), and: again.link(0))
    }

    // MARK: The faults

    @Test func `what another than the office signed is foreign`() {
        let other = StandInSigner("another root").key
        let bodies: [Paper.Body] = [
            .stick(story.stick), .window(story.window), .revocation(revocation),
            .name(nameStatement),
        ]
        for body in bodies {
            #expect(name(body, []) == "foreign-office")
            #expect(name(body, ders(office), root: other) == "certificate")
        }
        let own = Window.object(
            office: story.bob.key,
            holder: story.bob.key,
            story.window.terms
        )
        let window = made(Window.self, .signed(own, by: story.bob))
        #expect(name(.window(window), ders(office, story.bob)) == "foreign-office")
    }

    @Test func `what its signer did not sign is refused`() {
        let (bob, dan) = (ders(office, story.bob), ders(office, story.dan))
        let abort = street.abort(payment, by: story.dan, to: story.bob)
        #expect(name(.stick(forged(story.stick)), ders(office)) == "signature")
        #expect(name(.window(forged(story.window)), ders(office)) == "signature")
        #expect(name(.revocation(forged(revocation)), ders(office)) == "signature")
        #expect(name(.name(forged(nameStatement)), ders(office)) == "signature")
        #expect(name(.commit(forged(commit)), dan) == "signature")
        #expect(name(.abort(forged(abort)), dan) == "signature")
        let other = handover.with(signature: story.cleo.sign(handover.hash))
        #expect(name(.handover(other), bob) == "signature")
        let both = ders(office, story.bob, story.dan)
        #expect(name(.receipt(forged(commit), handover), both) == "signature")
        #expect(name(.receipt(commit, other), both) == "signature")
    }

    @Test func `a signer without a certificate is refused`() {
        let abort = street.abort(payment, by: story.dan, to: story.bob)
        let bodies: [Paper.Body] = [
            .handover(handover), .commit(commit), .abort(abort), .receipt(commit, handover),
            .proof(proof),
        ]
        for body in bodies { #expect(name(body, ders(office)) == "certificate-missing") }
        let half = ders(office, story.bob)
        #expect(name(.receipt(commit, handover), half) == "certificate-missing")
    }

    @Test func `a certificate that nothing needs is refused`() {
        let bodies: [Paper.Body] = [
            .stick(story.stick), .handover(handover), .commit(commit), .proof(proof),
            .receipt(commit, handover),
        ]
        let all = ders(office, story.bob, story.dan, story.cleo)
        for body in bodies { #expect(name(body, all) == "not-needed") }
        let whole = story.proposal.provenance
        let body = Paper.Body.provenance(holder: story.bob.key, whole)
        #expect(name(body, []) == "not-needed", "its certificates stand in the paper")
    }

    @Test func `provenance is refused by the names of section 6`() {
        var whole = story.proposal.provenance
        let ders = whole.certificates
        whole.certificates = []
        let others = Paper.Body.provenance(holder: story.dan.key, whole)
        #expect(name(others, ders) == "not-the-payee")
        whole.links.removeLast()
        let cut = Paper.Body.provenance(holder: story.bob.key, whole)
        #expect(name(cut, ders) == "link-missing")
    }

    @Test func `a proof that proves nothing is refused by its name`() {
        let same = Proof.fork(handover.link(0), handover.link(0))
        #expect(name(.proof(same), ders(office, story.bob)) == "proof: order")
    }

    @Test func `open leaves that are not what they have to be are refused`() {
        for number in 0..<PrivateLeaf.count {
            var leaves = handover.leaves
            leaves[number] = .open(Salt(high: 0, low: 0), [0x00, 0x00])
            let odd = signed(leaves)
            #expect(name(.handover(odd), ders(office, story.bob)) == "leaves", "\(number)")
        }
        var other = street
        var leaves = handover.leaves
        leaves[0] = .open(Salt(high: 0, low: 0), other.payment(epoch: 2).wireBytes[...])
        #expect(name(.handover(signed(leaves)), ders(office, story.bob)) == "leaves")
    }

    /// Bob's handover with other private leaves, signed.
    private func signed(_ leaves: [PrivateLeaf]) -> Handover {
        var writer = Writer()
        writer.array(4)
        writer.value(handover.header)
        writer.list(handover.entries)
        writer.list(leaves)
        writer.value(handover.signature)
        let odd = must(try? Handover(wireBytes: writer.bytes))
        return odd.with(signature: story.bob.sign(odd.hash))
    }

    @Test func `a receipt whose halves do not fit is refused by name`() {
        var street = street
        func receipt(
            _ payment: PaymentID,
            _ named: Handover,
            by payee: StandInSigner,
            to payer: StandInSigner
        ) -> String? {
            let commit = street.commit(payment, named, by: payee, to: payer)
            let three = ders(office, story.bob, payee)
            return name(.receipt(commit, handover), three)
        }
        let (bob, dan) = (story.bob, story.dan)
        #expect(receipt(payment, handover, by: dan, to: bob) == nil)
        #expect(receipt(payment, handover, by: story.cleo, to: bob) == "receipt: other-payee")
        #expect(receipt(payment, handover, by: dan, to: story.ada) == "receipt: other-payer")
        #expect(receipt(payment, story.second, by: dan, to: bob) == "receipt: other-handover")
        let another = street.payment(epoch: 2)
        #expect(receipt(another, handover, by: dan, to: bob) == "receipt: other-payment")
        let both = self.ders(office, bob, dan)
        for shown in [[], [0], [1]] as [Set<Int>] {
            #expect(name(.receipt(commit, handover.showing(shown)), both) == "receipt: leaves")
        }
        #expect(name(.receipt(saying(offer: "another", 150), handover), both) == "receipt: leaves")
        #expect(name(.receipt(saying(offer: "offer", 149), handover), both) == "receipt: amount")
    }

    /// Dan's COMMIT with another offer or amount in its receipt.
    private func saying(offer: String, _ units: UInt64) -> Commit {
        let receipt = Receipt(
            offer: hash(offer),
            asset: Street.euro,
            amount: amount(units),
            moment: Street.now
        )
        let object = Commit.object(
            by: story.dan.key,
            to: story.bob.key,
            payment: payment,
            handover: handover.hash,
            receipt: receipt
        )
        return made(Commit.self, .signed(object, by: story.dan))
    }
}
