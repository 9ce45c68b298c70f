import Testing
import Words

/// The bounds stand in one place; here is what must be true between them.
@Suite struct LimitsTests {
    /// Version, tag, kind; then the sealed key, and what a fragment says of itself.
    let head = 1 + 8 + 1
    let sealedKey = 80
    let fragmentHead = 8 + 1 + 1
    /// The nonce and tag of XChaCha20-Poly1305.
    let box = 24 + 16

    @Test func `a fragment and all that surrounds it fits a datagram`() {
        let whole = head + sealedKey + fragmentHead + box + Limits.fragmentBytes
        #expect(whole <= Limits.datagramBytes)
    }

    @Test func `what one datagram holds is what the protocol says`() {
        // docs/PROTOCOL section 4: padded plaintext, a multiple of the padding.
        for (overhead, stated) in [(head + sealedKey + box, 1_056), (head + box, 1_120)] {
            let room = Limits.datagramBytes - overhead
            #expect(room / Limits.paddingBytes * Limits.paddingBytes == stated)
        }
    }

    @Test func `fragments carry exactly the longest message`() {
        #expect(Limits.messageBytes == 48 * Limits.fragmentBytes)
        #expect(Limits.messageBytes.isMultiple(of: Limits.paddingBytes))
        #expect(Limits.messageBytes / Limits.fragmentBytes <= Int(UInt8.max))
        #expect(Limits.fragmentBytes.isMultiple(of: Limits.paddingBytes))
    }

    @Test func `a provenance or a handover fits a message, both fit a paper`() {
        // The statement around a content: domain, two keys, a payment, a hash, lengths; then the
        // signature and at least one byte of padding.
        let around = 8 + 2 * 34 + 42 + 35 + 9 + 64 + Limits.paddingBytes
        #expect(Limits.provenanceBytes + around <= Limits.messageBytes)
        #expect(Limits.handoverBytes + around <= Limits.messageBytes)
        #expect(Limits.provenanceBytes + Limits.handoverBytes + around <= Limits.paperBytes)
        #expect(Limits.certificateBytes < Limits.provenanceBytes)
    }

    @Test func `no sum of amounts leaves its word`() {
        let (twice, overflow) = Limits.amountUnits.addingReportingOverflow(Limits.amountUnits)
        #expect(!overflow && twice <= UInt64(Int64.max))
        let parts = UInt64(Limits.linksPerProvenance * Limits.entriesPerHandover)
        #expect(!Limits.amountUnits.multipliedReportingOverflow(by: parts).overflow)
        // A JSON number is exact up to 2^53.
        #expect(Limits.amountUnits < 1 << 53)
        // The largest amount can be typed and shown with the most decimals there are.
        #expect(Limits.amountUnits % 1_000_000 == 0)
    }

    @Test func `the caps of a provenance leave room for the chains they allow`() {
        #expect(Limits.linksPerProvenance >= Limits.hopsPerChain * Limits.entriesPerHandover)
        #expect(Limits.sticksPerProvenance >= Limits.entriesPerHandover)
        // Each hop may bring a certificate of its own, the sticks one office each.
        #expect(Limits.certificatesPerProvenance > Limits.hopsPerChain + Limits.sticksPerProvenance)
    }

    @Test func `the last moment ends a day and has an X.509 date`() {
        #expect((Limits.momentSeconds + 1).isMultiple(of: Limits.secondsPerDay))
        #expect(Limits.momentSeconds == 253_402_300_799)
    }

    @Test func `a key file can ask for the floor and never for more than the cap`() {
        #expect(Limits.passphraseMemoryBytes <= Limits.passphraseMemoryCapBytes)
        #expect(Limits.passphraseOperations <= Limits.passphraseOperationsCap)
        #expect(Limits.passphraseMemoryCapBytes <= 1 << 30)
    }

    @Test func `every text fits where it travels`() {
        let texts = [Limits.memoBytes, Limits.nameBytes, Limits.reasonBytes]
        #expect(texts.allSatisfy { (1...1_056 / 4).contains($0) })
        #expect(Limits.assetCodeBytes < 24, "an asset code's length is one byte")
    }

    @Test func `twenty digits hold an amount, three of a number, and eleven that nobody guesses`() {
        #expect(Limits.tokenWattHours * 1_000 * 10 == 10_000_000_000)
        #expect(Limits.saleNumber + 500 < UInt64(Int64.max))
        // A desk's sums stay sums of money, however many tokens are open.
        let open = UInt64(Limits.tokenRegisters) * Limits.tokenWattHours
        #expect(open < Limits.amountUnits)
        #expect(Limits.lockDoublings < 63)
    }

    @Test func `what a seller may come to keep of a meter can be read again`() {
        let path = 1 + 2 * (1 + 2 + Limits.nameBytes + 3)
        let sale = 1 + 5 + 3 + 9
        let hidden = 24 + 16
        let press = Int(Limits.keyGenerations) * path + Limits.salesPerMeter * sale + 64
        #expect(press + hidden <= Limits.pressBytes)
        #expect(Limits.issuingKeys * path + 8 + hidden <= Limits.pressBytes)
        #expect(Limits.sealedPaperBytes + Limits.keyFileBytes + 128 <= Limits.paperBytes)
    }
}
