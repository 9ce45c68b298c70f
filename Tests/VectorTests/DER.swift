/// Just enough DER to write a certificate that no office would.
struct DERItem {
    /// With its tag and length.
    let whole: Range<Int>
    let content: Range<Int>

    init(_ bytes: [UInt8], at start: Int) {
        var at = start + 2
        var length = Int(bytes[start + 1])
        if length >= 0x80 {
            let count = length & 0x7F
            length = bytes[at..<at + count].reduce(0) { $0 << 8 | Int($1) }
            at += count
        }
        (whole, content) = (start..<at + length, at..<at + length)
    }

    func items(_ bytes: [UInt8]) -> [DERItem] {
        var items: [DERItem] = []
        var at = content.lowerBound
        while at < content.upperBound {
            items.append(DERItem(bytes, at: at))
            at = items[items.count - 1].whole.upperBound
        }
        return items
    }
}

/// A certificate's parts that say who issued it.
struct IssuerParts {
    /// What is signed.
    let signed: Range<Int>
    let name: Range<Int>
    let keyID: Range<Int>

    init(_ der: [UInt8]) {
        let parts = DERItem(der, at: 0).items(der)
        signed = parts[0].whole
        // Version, serial, algorithm, issuer.
        name = parts[0].items(der)[3].whole
        let oid: [UInt8] = [0x06, 0x03, 0x55, 0x1D, 0x23]
        // Within it a string, a sequence and a tag of two bytes each, then 20 bytes.
        let start = must(der.firstRange(of: oid)).upperBound + 6
        keyID = start..<start + 20
    }
}
