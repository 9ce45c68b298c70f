import Money
import Sealing
import Wire
import Words

extension VectorStory {
    mutating func addPapers() throws {
        try addStatements()
        try addHandovers()
        try addReceipts()
        try addProvenances()
        addUnreadables()
    }

    private mutating func addStatements() throws {
        let office = ders()
        try paper("a stick", .stick(stick), office, "good")
        try paper("a window", .window(window), office, "good")
        let revocation = try Revocation(
            reading: .signed(
                Revocation.object(
                    office: street.office.key,
                    key: ada.key,
                    lastGood: Place(epoch: .first, counter: 1),
                    reason: must(Text("a fork")),
                    issued: RealStreet.now
                ),
                by: street.office
            )
        )
        try paper("a revocation", .revocation(revocation), office, "good")
        let name = NameStatement.object(
            office: street.office.key,
            key: bob.key,
            name: must(Text("Bob's café")),
            issued: RealStreet.now
        )
        let statement = try NameStatement(reading: .signed(name, by: street.office))
        try paper("a name", .name(statement), office, "good")
        let forged = try NameStatement(reading: SignedObject(name, bob.sign(name.hash)))
        try paper("a name the office did not sign", .name(forged), office, "signature")
        let bill = Bill.object(
            office: street.office.key,
            to: bob.key,
            billTerms,
            issued: RealStreet.now
        )
        let owed = try Bill(reading: .signed(bill, by: street.office))
        try paper("a bill", .bill(owed), office, "good")
        let selfmade = try Bill(reading: .signed(bill, by: bob))
        try paper("a bill the office did not sign", .bill(selfmade), office, "signature")
        let invoice = Invoice.object(
            office: street.office.key,
            to: bob.key,
            request: Digest.hash(Digest.Domain("tally1 vector"), []),
            billTerms,
            of: must(Text("Bob's café")),
            paid: RealStreet.now
        )
        let paid = try Invoice(reading: .signed(invoice, by: street.office))
        try paper("an invoice", .invoice(paid), office, "good")
        try paper("an invoice without its office", .invoice(paid), [], "foreign-office")
        let own = try street.stick(500, to: bob, by: ada)
        try paper("a stick from a wallet", .stick(own), ders(ada), "foreign-office")
        try paper("a stick without its office's certificate", .stick(stick), [], "foreign-office")
        try paper("a stick with a stranger's certificate", .stick(stick), ders(bob), "not-needed")
        let byRoot = try street.stick(77, to: vera, by: street.root)
        try paper("a stick from the root itself", .stick(byRoot), [], "good")
        let other = try RealStreet(seed: 21)
        let foreign = must(other.ders[other.office.key])
        try paper("an office of another root", .stick(stick), [foreign], "certificate")
    }

    private var billTerms: Bill.Terms {
        Bill.Terms(
            number: 1_017,
            biller: must(Text("Water works")),
            purpose: must(Text("water, November")),
            asset: stick.asset,
            amount: must(Amount(2_350)),
            due: RealStreet.now.day
        )
    }

    private mutating func addHandovers() throws {
        try paper("a handover, all open", .handover(second), ders(ada), "good")
        try paper("a handover, all closed", .handover(second.showing([])), ders(ada), "good")
        try paper("a handover without its payer", .handover(second), [], "certificate-missing")
        try paper("an abort", .abort(release), ders(cleo), "good")
        let object = release.signed.object
        let forged = try Abort(reading: SignedObject(object, ada.sign(object.hash)))
        try paper("an abort somebody else signed", .abort(forged), ders(cleo), "signature")
        try paper("an abort without its signer", .abort(release), [], "certificate-missing")
        var bytes = second.wireBytes
        bytes[bytes.count - 10] ^= 4
        let broken = try Handover(wireBytes: bytes)
        try paper("a handover with a changed signature", .handover(broken), ders(ada), "signature")
    }

    func commit(
        by payee: Identity,
        to payer: Key? = nil,
        payment: PaymentID? = nil,
        handover: Hash? = nil,
        amount: UInt64 = 310,
        offer: String = "offer"
    ) throws -> Commit {
        let receipt = Receipt(
            offer: hash(offer),
            asset: RealStreet.euro,
            amount: must(Amount(amount)),
            moment: RealStreet.now
        )
        let object = Commit.object(
            by: payee.key,
            to: payer ?? ada.key,
            payment: payment ?? secondPayment,
            handover: handover ?? second.hash,
            receipt: receipt
        )
        return try Commit(reading: .signed(object, by: payee))
    }

    private mutating func addReceipts() throws {
        let both = ders(ada, bob)
        let shown = second.showing([0, 1])
        let good = try commit(by: bob)
        try paper("a commit", .commit(good), ders(bob), "good")
        try paper("a receipt", .receipt(good, shown), both, "good")
        let byOffice = try commit(by: street.office)
        try paper("a receipt from the office", .receipt(byOffice, shown), ders(ada), "good")
        let cases: [(String, Commit, Handover, [[UInt8]], String)] = [
            (
                "by another payee", try commit(by: dan), shown, ders(ada, dan),
                "receipt: other-payee"
            ),
            (
                "to another payer", try commit(by: bob, to: dan.key), shown, both,
                "receipt: other-payer"
            ),
            (
                "of another handover", try commit(by: bob, handover: first.hash), shown, both,
                "receipt: other-handover"
            ),
            (
                "of another payment", try commit(by: bob, payment: triedPayment), shown, both,
                "receipt: other-payment"
            ),
            ("of another offer", try commit(by: bob, offer: "x"), shown, both, "receipt: leaves"),
            ("with closed leaves", good, second.showing([0]), both, "receipt: leaves"),
            ("of another amount", try commit(by: bob, amount: 311), shown, both, "receipt: amount"),
        ]
        for (name, commit, handover, certificates, result) in cases {
            try paper("a receipt " + name, .receipt(commit, handover), certificates, result)
        }
    }

    private mutating func addProvenances() throws {
        func body(_ pieces: [Holding], holder: Key? = nil) -> (Paper.Body, [[UInt8]]) {
            var whole = street.archive.provenance(of: pieces, heldBy: holder ?? bob.key)
            let certificates = whole.certificates
            whole.certificates = []
            return (.provenance(holder: holder ?? bob.key, whole), certificates)
        }
        let pieces = second.entries.indices.map { number in
            let entry = second.entries[number]
            return Holding(
                stick: stick.id,
                units: entry.units,
                parent: EntryReference(second.hash, number)
            )
        }
        let good = body(pieces)
        try paper("provenance of two pieces", good.0, good.1, "good")
        let held = body(
            [Holding(stick: stick.id, units: must(Units(0, 100)), parent: nil)],
            holder: vera.key
        )
        try paper("provenance of a stick's own units", held.0, held.1, "good")
        let others = body(pieces, holder: dan.key)
        try paper("provenance of another's pieces", others.0, others.1, "not-the-payee")
        let twice = body([pieces[0], pieces[0]])
        try paper("provenance of one piece twice", twice.0, twice.1, "overlap")
        let missing = good.1.filter { $0 != street.ders[vera.key] }
        try paper("provenance without a signer", good.0, missing, "certificate-missing")
        let noHolder = good.1.filter { $0 != street.ders[bob.key] }
        try paper("provenance without its holder", good.0, noHolder, "certificate-missing")
    }

    private mutating func addUnreadables() {
        let good = Paper(.stick(stick), certificates: ders(bob)).wireBytes
        unreadable("a paper cut short", Array(good.dropLast()), .truncated)
        unreadable("a paper with a byte behind it", good + [0], .trailing)
        unreadable("no bytes", [], .truncated)
        unreadable("another word in front", Array([0x85, 0x61, 0x78] + good[13...]), .badText)
        var version = good
        version[13] = 2
        unreadable("another version", version, .version)
        var type = good
        type[14] = 11
        unreadable("an unknown type", type, .outOfRange)
        type[14] = 2
        unreadable("a stick that calls itself a window", type, .outOfRange)
        var certificates = Writer()
        certificates.array(5)
        certificates.text("tally-paper")
        certificates.number(1)
        certificates.number(1)
        certificates.array(2)
        for der in ders(bob).sorted(by: { $1.lexicographicallyPrecedes($0) }) {
            certificates.data(der)
        }
        certificates.value(stick)
        unreadable("certificates out of order", certificates.bytes, .notSorted)
    }
}
