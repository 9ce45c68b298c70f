import Carrier
import Keypad
import Money
import StandIns
import Wire
import Words

/// Takes the bytes as a carrier's file, and as the text of one's pictures.
///
/// What is read is written as the same bytes, but for an answer that was damaged; and whoever
/// checks it says something, whatever it holds.
package func fuzzCarrier(_ bytes: [UInt8]) {
    if let carrier = try? Carrier(bytes) { check(carrier, bytes) }
    guard let joined = try? Carrier.bytes(ofLines: String(decoding: bytes, as: UTF8.self)),
        let carrier = try? Carrier(joined)
    else { return }
    check(carrier, joined)
}

private func check(_ carrier: Carrier, _ bytes: [UInt8]) {
    let again = carrier.bytes
    let isWhole = carrier.answer != .damaged
    precondition(!isWhole || again == bytes, "a carrier read bytes that it writes otherwise")
    precondition(
        isWhole || bytes.starts(with: again.dropLast()),
        "what was sold stays what it is, whatever came after it"
    )
    precondition((try? Carrier(again))?.delivery == carrier.delivery, "what is written is read")
    precondition(carrier.delivery.brings(carrier.sticks), "it brings what it says")
    for size in [1, 100, 1_024] where again.count <= size * Limits.carrierParts {
        let text = carrier.lines(of: size).joined(separator: "\n")
        precondition((try? Carrier.bytes(ofLines: text)) == again, "pictures make the same bytes")
    }
    do {
        try carrier.check(
            for: carrier.delivery.meter,
            under: carrier.delivery.office,
            key: key,
            StandInChecking()
        )
        _ = try carrier.said(StandInChecking())
    } catch {
        precondition(!error.name.isEmpty, "a fault has a name")
    }
}

private let key = IssuingKey(top: Bytes32(repeating: 7))
    .meterKey(MeterName("M-1001") ?? { preconditionFailure("it is a name") }(), .first)
