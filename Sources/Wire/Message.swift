internal import Words

// `statement ‖ signature ‖ 0x80 ‖ zeros`: what is inside an envelope.

extension SignedObject {
    private static let signatureBytes = 64
    private static let paddingMark: UInt8 = 0x80

    /// The message, padded to the next multiple of 32.
    package var padded: [UInt8] {
        var writer = Writer(reserving: 384 + object.content.count)
        writer.value(object)
        let statement = writer.bytes.count
        let size = Self.paddedSize(statement + Self.signatureBytes)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size)
        bytes.append(contentsOf: writer.bytes)
        signature.r.append(to: &bytes)
        signature.s.append(to: &bytes)
        bytes.append(Self.paddingMark)
        while bytes.count < size { bytes.append(0) }
        return bytes
    }

    /// The next multiple of 32 that leaves room for the mark.
    package static func paddedSize(_ message: Int) -> Int {
        (message / Limits.paddingBytes + 1) * Limits.paddingBytes
    }

    package init(padded bytes: [UInt8]) throws(EnvelopeFault) {
        guard let end = Self.messageEnd(bytes) else { throw .padding }
        guard end >= Self.signatureBytes else { throw .statement(WireError(.truncated, at: end)) }
        let cut = end - Self.signatureBytes
        guard let signature = Signature(Array(bytes[cut..<end])) else {
            preconditionFailure("64 bytes are a signature")
        }
        do {
            self.init(try Object(wireBytes: Array(bytes[..<cut])), signature)
        } catch {
            throw .statement(error)
        }
    }

    /// Where the message ends, when the padding is the one it has to have.
    private static func messageEnd(_ bytes: [UInt8]) -> Int? {
        guard !bytes.isEmpty, bytes.count.isMultiple(of: Limits.paddingBytes) else { return nil }
        var at = bytes.count - 1
        let floor = bytes.count - Limits.paddingBytes
        while at > floor, bytes[at] == 0 { at -= 1 }
        return bytes[at] == paddingMark ? at : nil
    }
}
