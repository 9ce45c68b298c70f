import Words

/// The hash tree over a handover's entries: neighbours in pairs, an odd last one moves up.
enum EntryTree {
    static func root(_ leaves: [Hash]) -> Hash {
        var level = leaves
        while level.count > 1 { level = above(level) }
        return level[0]
    }

    /// The siblings from a leaf up to the root.
    static func path(_ leaves: [Hash], to number: Int) -> [Hash] {
        var (level, index, path) = (leaves, number, [Hash]())
        while level.count > 1 {
            let sibling = index ^ 1
            if sibling < level.count { path.append(level[sibling]) }
            level = above(level)
            index /= 2
        }
        return path
    }

    /// The root that a leaf and its path lead to, or nil when the path has another length than
    /// the number and the count dictate.
    static func root(from leaf: Hash, number: Int, count: Int, path: [Hash]) -> Hash? {
        guard number < count else { return nil }
        var (hash, index, width, used) = (leaf, number, count, 0)
        while width > 1 {
            if index ^ 1 < width {
                guard used < path.count else { return nil }
                let sibling = path[used]
                hash = index & 1 == 0 ? node(hash, sibling) : node(sibling, hash)
                used += 1
            }
            index /= 2
            width = (width + 1) / 2
        }
        return used == path.count ? hash : nil
    }

    private static func above(_ level: [Hash]) -> [Hash] {
        stride(from: 0, to: level.count, by: 2).map {
            $0 + 1 < level.count ? node(level[$0], level[$0 + 1]) : level[$0]
        }
    }

    private static func node(_ left: Hash, _ right: Hash) -> Hash {
        Digest.hash(domain, left, right)
    }

    private static let domain = Digest.Domain("tally1 node")
}
