/// A cable with a plug that comes out: bytes go both ways until then.
package struct Cable: Hashable, Sendable {
    package private(set) var isIn = true
    /// After so many more bytes, either way, it comes out; nil when it does not.
    private var left: Int?

    package init() {}

    /// The plug holds for so many bytes more.
    package mutating func loosen(after bytes: Int) {
        guard isIn else { return }
        left = max(0, bytes)
        if left == 0 { pull() }
    }

    package mutating func pull() { (isIn, left) = (false, nil) }

    package mutating func plug() { (isIn, left) = (true, nil) }

    /// What of these arrives.
    package mutating func carry(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        guard isIn else { return [] }
        guard let most = left else { return bytes[...] }
        let part = bytes.prefix(most)
        left = most - part.count
        if left == 0 { pull() }
        return part
    }
}
