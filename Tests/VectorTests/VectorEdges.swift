import Certificates
import Money
import Sealing
import Station
import Testing
import Wire
import Words

/// The edges of rules: where a verifier that has read only the middle of a sentence goes wrong.
extension VectorStory {
    mutating func addEdges() throws {
        try addPlaces()
        try addCertificateEdges()
        try addClasses()
        try addDates()
        try addOddLeaves()
        try addOwnFloor()
        try addLearntMeanwhile()
        try addMoreUnreadables()
    }

    private func revocation(of key: Key, after counter: UInt64) throws -> Revocation {
        let object = Revocation.object(
            office: street.office.key,
            key: key,
            lastGood: Place(epoch: .first, counter: counter),
            reason: must(Text("")),
            issued: RealStreet.now
        )
        return try Revocation(reading: .signed(object, by: street.office))
    }

    /// A release excuses what came before it, not what the payer did with the units afterwards.
    private mutating func addPlaces() throws {
        for (counter, result) in [(UInt64(10), "good"), (12, "release-missing")] {
            let payment = street.payment()
            let other = street.handover(
                [first.entry(0, 210, 220)],
                from: ada,
                to: cleo.key,
                counter: counter,
                payment: payment
            )
            let release = try street.abort(payment, by: cleo, to: ada.key)
            let chain = street.handover(
                [first.entry(0, 205, 230, releases: [release])],
                from: ada,
                to: bob.key,
                counter: 11
            )
            try propose(
                "released at place 11, seen at place \(counter)",
                proposing([chain.entry(0, 205, 230)]),
                result,
                seen: [other.link(0)]
            ) { $0.amount = must(Amount(25)) }
        }
    }

    private mutating func addCertificateEdges() throws {
        let ders = proposal.provenance.certificates
        var again = street
        try again.certify(ada, notAfter: 1_899_999_999)
        let second = must(again.ders[ada.key])
        #expect(!ders.contains(second))
        try propose(
            "with a second certificate of a key",
            proposal.with(certificates: ders + [second]),
            "not-needed"
        )
        let under = try street.officeUnderOffice()
        let bad = proposal.with(certificates: ders + [under])
        var verified = Verified()
        let fault = #expect(throws: Refusal.self) {
            _ = try payee.check(bad, &verified, Checks.real)
        }
        guard case .certificate(.unusable) = fault else {
            Issue.record("an office under an office: \(String(describing: fault))")
            return
        }
        try propose("with an office that an office certified", bad, "certificate")

        let piece = Holding(
            stick: stick.id,
            units: self.second.entries[0].units,
            parent: EntryReference(self.second.hash, 0)
        )
        let whole = street.archive.provenance(of: [piece], heldBy: bob.key)
        try paper(
            "provenance with certificates of its own",
            .provenance(holder: bob.key, whole),
            whole.certificates,
            "not-needed"
        )
    }

    /// Money is as good as the weakest of its signers, and the window is one more word on that.
    private mutating func addClasses() throws {
        var hard = try VectorStory()
        for person in [hard.vera, hard.ada, hard.bob] {
            try hard.street.certify(person, device: .hardware)
        }
        for (device, result) in [(DeviceClass.hardware, "good"), (.emulated, "device-class")] {
            let terms = hard.street.terms.with(device: device)
            let window = try hard.street.window(for: hard.bob, terms)
            try propose(
                "all hardware, under a window that says \(device)",
                hard.proposing(hard.entries, by: hard.bob, window),
                result
            ) { $0.device = .hardware }
        }
        try hard.street.certify(hard.ada, device: .emulated)
        let terms = hard.street.terms.with(device: .hardware)
        let window = try hard.street.window(for: hard.bob, terms)
        for (device, result) in [(DeviceClass.emulated, "good"), (.hardware, "device-class")] {
            try propose(
                "one emulated signer, where \(device) is wanted",
                hard.proposing(hard.entries, by: hard.bob, window),
                result
            ) { $0.device = device }
        }
    }

    /// First and last seconds are in date.
    private mutating func addDates() throws {
        let now = RealStreet.now
        let terms = street.terms.with(notBefore: now, notAfter: now)
        let window = try street.window(for: bob, terms)
        try propose("in its window's one second", proposal.with(window: window), "good")
        var late = try VectorStory()
        try late.street.certify(late.bob, notAfter: now.seconds)
        try propose("in the last second of the payer's certificate", late.proposal, "good")
    }

    // MARK: Leaves

    /// The handover with these bytes, signed anew by its payer.
    private func signed(_ bytes: [UInt8], by payer: Identity) throws -> Handover {
        let hash = try Handover(wireBytes: bytes).hash
        var whole = Array(bytes.dropLast(64))
        whole += payer.sign(hash).array
        return try Handover(wireBytes: whole)
    }

    private mutating func addOddLeaves() throws {
        let good = second.showing([0, 4]).wireBytes
        var other = good
        let payment = try #require(good.firstRange(of: secondPayment.array))
        other[payment.lowerBound + 20] ^= 1
        var odd = good
        // Leaf 4 is the last: an optional hash, then the signature and its two bytes of length.
        let hash = try #require(good.firstRange(of: tried.hash.bytes.array))
        #expect(Array(odd[hash.lowerBound - 3..<hash.lowerBound]) == [0x81, 0x58, 0x20])
        odd[hash.lowerBound - 3] = 0x82
        for (name, bytes) in [("of another payment", other), ("that is not canonical", odd)] {
            let handover = try signed(bytes, by: ada)
            try paper(
                "a handover with a leaf " + name,
                .handover(handover),
                ders(ada),
                "leaves"
            )
        }
        var wrong = odd
        wrong[payment.lowerBound + 20] ^= 1
        let closed = try signed(wrong, by: ada).showing([])
        try paper("the same, closed", .handover(closed), ders(ada), "good")
    }

    // MARK: Agreements

    /// The payer's own place in the proposal's links is a floor too.
    private mutating func addOwnFloor() throws {
        let aside = street.handover(
            [second.entry(1, 510, 515)],
            from: bob,
            to: cleo.key,
            counter: 5
        )
        let back = street.handover([aside.entry(0, 510, 515)], from: cleo, to: bob.key)
        let entries = [back.entry(0, 510, 515)]
        let proposal = proposing(entries)
        let payment = street.payment()
        for (counter, result) in [(UInt64(5), "below-floor"), (6, "good")] {
            try agree(
                "at place \(counter), and place 5 is in its own provenance",
                made(draft(payment, entries, counter: counter, total: 5)),
                payment,
                result,
                of: proposal
            )
        }
    }

    private mutating func addLearntMeanwhile() throws {
        let payment = street.payment()
        let good = made(draft(payment, entries, counter: 7, total: 150))
        for (key, counter, what) in [(ada.key, UInt64(1), "a signer"), (bob.key, 6, "its payer")] {
            try agree(
                "after \(what) was revoked",
                good,
                payment,
                "revoked",
                revocations: [try revocation(of: key, after: counter)]
            )
        }
        let last = try revocation(of: bob.key, after: 7)
        try agree("at its payer's last good place", good, payment, "good", revocations: [last])

        let aborted = street.payment()
        let both = street.handover(
            [first.entry(0, 580, 585), first.entry(0, 585, 590)],
            from: ada,
            to: bob.key,
            counter: 8,
            payment: aborted
        )
        let abort = try street.abort(aborted, by: bob, to: ada.key)
        let again = street.handover(
            [first.entry(0, 580, 585, releases: [abort])],
            from: ada,
            to: dan.key,
            counter: 9
        )
        let entries = [both.entry(1, 585, 590)]
        try agree(
            "below an abort learnt meanwhile",
            made(draft(payment, entries, counter: 7, total: 5)),
            payment,
            "aborted",
            of: proposing(entries),
            seen: [again.link(0)]
        )
    }

    // MARK: Bytes

    private mutating func addMoreUnreadables() throws {
        let good = Paper(.stick(stick), certificates: ders(bob)).wireBytes
        // An array of five, the word (12 bytes), version, type, certificates, body.
        func with(_ at: Int, _ bytes: [UInt8]) -> [UInt8] {
            Array(good[..<at]) + bytes + Array(good[(at + 1)...])
        }
        #expect(good[0] == 0x85 && Array(good[13...15]) == [1, 1, 0x82])
        unreadable("an array of four", with(0, [0x84]), .wrongCount)
        unreadable("a version in two bytes", with(13, [0x18, 1]), .notShortest)
        unreadable("a text for a type", with(14, [0x61, 0x31]), .wrongType)
        unreadable("certificates without an end", with(15, [0x9F]), .indefinite)
        unreadable("more certificates than there may be", with(15, [0x99, 0xFF, 0xFF]), .overCap)
        let short = Array(good.dropLast(66)) + [0x58, 0x3F] + Array(good.suffix(63))
        unreadable("a signature of 63 bytes", short, .wrongLength)
        unreadable("no array", [0x01], .wrongType)
        unreadable("a half", [0xF9, 0x3C, 0x00], .wrongType)
    }
}
