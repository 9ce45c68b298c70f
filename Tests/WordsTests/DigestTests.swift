import Testing
import Words

@Suite struct DigestTests {
    @Test func `an empty message hashes as RFC 7693 and hashlib say`() {
        let hash = Digest.hash(Digest.Domain(""), [])
        #expect(
            Hex.text(hash.bytes.array)
                == "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"
        )
    }
}
