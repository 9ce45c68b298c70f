/// The datagrams that were opened lately, so that none is opened twice: who has recorded what was
/// said and says it again costs next to nothing.
///
/// Nobody says the same bytes twice, but for a LOOKUP and its HERE; a repeat is sealed anew. A
/// datagram is known by a hash under a key of this process, of all of it: whoever seals something
/// under a key that he chose can give it any authenticator, so that alone would have something
/// honest taken for known.
struct Heard {
    /// More than a busy node opens in a minute.
    ///
    /// What was recorded and is said again later is answered as a repeat is, once.
    static let most = 65_536
    private var known: Set<UInt64> = []
    private var ring: [UInt64] = []
    private var oldest = 0

    func has(_ hash: UInt64) -> Bool { known.contains(hash) }

    mutating func add(_ hash: UInt64) {
        guard known.insert(hash).inserted else { return }
        guard ring.count == Self.most else { return ring.append(hash) }
        known.remove(ring[oldest])
        ring[oldest] = hash
        oldest = (oldest + 1) % Self.most
    }
}
