/// The datagrams that were opened lately, so that none is opened twice: who has recorded what was
/// said and says it again costs next to nothing.
///
/// Nobody says the same bytes twice, but for a LOOKUP and its HERE; a repeat is sealed anew. A
/// datagram is known by its authenticator, and only what was authentic is remembered: so no
/// stranger can have anything honest taken for known.
struct Heard {
    static let most = 8_192
    private var known: Set<UInt64> = []
    private var ring: [UInt64] = []
    private var oldest = 0

    func has(_ end: UInt64) -> Bool { known.contains(end) }

    mutating func add(_ end: UInt64) {
        guard known.insert(end).inserted else { return }
        guard ring.count == Self.most else { return ring.append(end) }
        known.remove(ring[oldest])
        ring[oldest] = end
        oldest = (oldest + 1) % Self.most
    }
}
