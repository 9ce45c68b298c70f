// What a power cut leaves. Every unsynced write is answered on its own: kept, lost, or torn
// at sector boundaries; a file that grew may be short again; of the unsynced changes to the
// folder a beginning is kept, because file systems keep those in order.

/// What becomes of everything unsynced at once, where it is chosen and not drawn.
package enum Aftermath: String, Hashable, Sendable, CaseIterable {
    /// Every write is there.
    case kept
    /// None is.
    case lost
    /// They are there in their order up to one, which is torn, and none after it.
    case torn
    /// Each is there, gone or torn for itself.
    case reordered = "torn and reordered"
}

extension FaultyDisk {
    /// The image that a power cut at this moment leaves when that becomes of what is unsynced.
    ///
    /// Which write is torn, and where, is still drawn.
    package func crash(_ aftermath: Aftermath, _ dice: inout Dice) -> Image {
        switch aftermath {
        case .kept: return image()
        case .lost: return Image(durableNames.mapValues { inodes[$0].durable })
        case .torn: return torn(&dice)
        case .reordered: return crash(&dice)
        }
    }

    private func torn(_ dice: inout Dice) -> Image {
        let named = leftoverNames(&dice)
        var image = Image()
        for name in named.keys.sorted() {
            guard let inode = named[name] else { continue }
            image[name] = torn(inodes[inode], &dice)
        }
        return image
    }

    private func torn(_ inode: Inode, _ dice: inout Dice) -> Content {
        guard !inode.pending.isEmpty else { return inode.durable }
        var content = inode.durable
        let whole = dice.below(inode.pending.count)
        for write in inode.pending[..<whole] { content.apply(write, of: inode.written) }
        if case .bytes(let range, let offset) = inode.pending[whole] {
            // Up to the end of one of its sectors, the last aside; a sector is never torn.
            let inside = Self.sectorBytes - offset % Self.sectorBytes
            let ends = [0] + stride(from: inside, to: range.count, by: Self.sectorBytes)
            let end = range.lowerBound + ends[dice.below(ends.count)]
            content.write(inode.written, range.lowerBound..<end, at: offset)
        }
        return content
    }

    /// Of the unsynced changes to the folder a beginning.
    private func leftoverNames(_ dice: inout Dice) -> [String: Int] {
        var named = durableNames
        let kept = pendingNames.isEmpty ? 0 : dice.below(pendingNames.count + 1)
        for change in pendingNames[..<kept] {
            switch change {
            case .link(let name, let inode): named[name] = inode
            case .unlink(let name): named[name] = nil
            }
        }
        return named
    }

    /// The image that a power cut at this moment leaves, one of the many.
    package func crash(_ dice: inout Dice) -> Image {
        let named = leftoverNames(&dice)
        var image = Image()
        for name in named.keys.sorted() {
            guard let inode = named[name] else { continue }
            image[name] = leftover(inodes[inode], &dice)
        }
        return image
    }

    /// How many different answers there can be at all: 1 when nothing is unsynced.
    package var isQuiet: Bool {
        pendingNames.isEmpty && names.values.allSatisfy { inodes[$0].pending.isEmpty }
    }

    func leftover(_ inode: Inode, _ dice: inout Dice) -> Content {
        guard !inode.pending.isEmpty else { return inode.durable }
        // The odds differ from image to image, so that "all kept but one" and "all lost but
        // one" are as common as an even mixture.
        let keep = dice.below(9)
        let tear = dice.below(4)
        var content = inode.durable
        for write in inode.pending {
            switch write {
            case .size(let size):
                if dice.chance(keep, in: 8) { content.resize(to: size) }
            case .bytes(let range, let offset):
                if dice.chance(tear, in: 8) {
                    content.tear(inode.written, range, at: offset, &dice)
                } else if dice.chance(keep, in: 8) {
                    content.write(inode.written, range, at: offset)
                }
            }
        }
        let grown = content.count - inode.durable.count
        if grown > 0, dice.chance(1, in: 8) {
            let sectors = grown / Self.sectorBytes
            let size = inode.durable.count + dice.below(sectors + 1) * Self.sectorBytes
            content.resize(to: size)
        }
        return content
    }
}

extension Content {
    /// Keeps each sector of a write, or does not.
    fileprivate mutating func tear(
        _ bytes: [UInt8],
        _ range: Range<Int>,
        at offset: Int,
        _ dice: inout Dice
    ) {
        var from = range.lowerBound
        while from < range.upperBound {
            let at = offset + from - range.lowerBound
            let inside = at % FaultyDisk.sectorBytes
            let end = min(range.upperBound, from + FaultyDisk.sectorBytes - inside)
            if dice.chance(1, in: 2) { write(bytes, from..<end, at: at) }
            from = end
        }
    }
}
