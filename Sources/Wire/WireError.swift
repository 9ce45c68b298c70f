/// Why bytes are not a value, and where.
package struct WireError: Error, Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// The bytes end in the middle of the value.
        case truncated
        /// Bytes follow after the value's end.
        case trailing
        /// Another type of item stands where this one belongs.
        case wrongType = "wrong-type"
        /// A number or length is written longer than it has to be.
        case notShortest = "not-shortest"
        /// A length of its own kind ("until break"), which has no canonical form.
        case indefinite
        /// A fixed-size string of another size.
        case wrongLength = "wrong-length"
        /// A list with another number of elements than its type has.
        case wrongCount = "wrong-count"
        /// More than this place may ever hold.
        case overCap = "over-cap"
        /// Text that is not UTF-8, or holds a character that may not be shown.
        case badText = "bad-text"
        /// A number that no such value may have.
        case outOfRange = "out-of-range"
        /// A version of the format that this program does not speak.
        case version
        /// A list whose elements do not stand in their one order, or stand twice.
        case notSorted = "not-sorted"
    }

    package let kind: Kind
    /// The offset of the item at fault.
    package let position: Int

    package init(_ kind: Kind, at position: Int) {
        (self.kind, self.position) = (kind, position)
    }
}

extension WireError: CustomStringConvertible {
    package var description: String { "\(kind.rawValue) at byte \(position)" }
}
