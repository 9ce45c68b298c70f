internal import Books
internal import Host
package import Words

// Books that were put back to an older state look like any others. What they lack is in other
// people's hands, signed by this very office: whoever brings a stick that they do not have shows
// that they are older than what was told, and from then on nothing is booked in them.

extension OfficeHome {
    /// The stick that showed it.
    private var behindFile: String { folder + "/behind" }

    /// Has nobody open these books any more, until they have that stick.
    package func isBehind(_ stick: Hash) throws(OfficeFault) {
        try writing(Array((Hex.text(stick.bytes.array) + "\n").utf8), to: behindFile)
    }

    /// Whether the books have what once showed that they were older; newer ones may have been put
    /// in their place.
    func isNotBehind(_ books: Books) throws(OfficeFault) {
        guard Files.exists(behindFile), !goesOn else { return }
        let text = try reading(behindFile, cap: 128).prefix { $0 != 0x0A }
        guard let bytes = Hex.bytes(String(decoding: text, as: UTF8.self)).flatMap(Bytes32.init)
        else { return }
        let hasIt: Bool
        do {
            hasIt = try books.hasIssued(Hash(bytes))
            if !hasIt { try books.close() }
        } catch {
            throw .books(error)
        }
        guard hasIt else { throw .behind(Hash(bytes)) }
        do { try Files.remove(behindFile) } catch { throw .writing(behindFile, error) }
    }
}
