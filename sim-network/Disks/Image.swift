/// What stands on a disk after a power cut, or after an orderly stop: files by name.
///
/// An image can be compared, changed, and opened again as a disk (``FaultyDisk/init(_:seed:)``)
/// as often as one likes.
package struct Image: Sendable {
    private var files: [String: Content]

    package init(_ files: [String: Content] = [:]) { self.files = files }

    /// In one order, because Swift's dictionaries have none.
    package var names: [String] { files.keys.sorted() }

    package subscript(_ name: String) -> Content? {
        get { files[name] }
        set { files[name] = newValue }
    }

    package func count(of name: String) -> Int { files[name]?.count ?? 0 }

    package func bytes(of name: String) -> [UInt8] { files[name]?.bytes ?? [] }

    package mutating func flip(_ name: String, bit: Int) {
        files[name]?.flip(bit: bit)
    }

    package mutating func cut(_ name: String, to size: Int) {
        files[name]?.resize(to: size)
    }

    package mutating func overwrite(_ name: String, with bytes: [UInt8], at offset: Int) {
        files[name]?.write(bytes, bytes.indices, at: offset)
    }

    /// Equal for equal images; different, but for one chance in 2^64, for different ones.
    package mutating func digest() -> UInt64 {
        var sum: UInt64 = 0
        for name in names {
            for byte in name.utf8 { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01B3 }
            sum = (sum ^ (files[name]?.hash() ?? 0)) &* 0xC4CE_B9FE_1A85_EC53
            sum ^= sum &>> 29
        }
        return sum
    }
}
