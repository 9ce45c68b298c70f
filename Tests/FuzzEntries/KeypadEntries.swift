import Keypad
import Wire
import Words

/// Takes the bytes as what somebody types at a meter.
///
/// What is read is shown as it can be typed again; and a meter that is asked says something, and
/// keeps a row that it can read.
package func fuzzToken(_ bytes: [UInt8]) {
    let typed = String(decoding: bytes, as: UTF8.self)
    guard let token = try? Token(typed: typed) else { return }
    precondition((try? Token(typed: token.text)) == token, "what is shown can be typed")
    precondition((try? Token(typed: token.bare)) == token, "so can the digits alone")
    guard let meter = MeterName("M-1001") else { return }
    let key = top.meterKey(meter, .first)
    var desk = TokenDesk(for: key)
    check(&desk, token, key, at: 0)
}

/// Reads the bytes after the first as what the first says: a meter's desk, a seller's press, a
/// key that is handed on.
///
/// What is read is written as the same bytes; a desk conserves, whatever happens to it next.
package func fuzzTokenDesk(_ bytes: [UInt8]) {
    guard let form = bytes.first else { return }
    let rest = Array(bytes.dropFirst())
    switch form >> 6 {
    case 2: readKeypad(TokenPress.self, rest).map(checkPress)
    case 3: _ = readKeypad(KeyPaper.self, rest)
    case _: readKeypad(TokenDesk.self, rest).map(checkDesk)
    }
}

private let top = IssuingKey(top: Bytes32(repeating: 7))

private func readKeypad<Value: WireValue>(_ type: Value.Type, _ bytes: [UInt8]) -> Value? {
    do {
        let value = try Value(wireBytes: bytes)
        precondition(value.wireBytes == bytes, "\(type) read bytes that it writes otherwise")
        return value
    } catch {
        precondition((0...bytes.count).contains(error.position), "refused outside the bytes")
        return nil
    }
}

private func checkDesk(_ desk: TokenDesk) {
    var desk = desk
    let key = top.meterKey(desk.meter, desk.generation, for: desk.use)
    let minute = desk.until
    for ahead in [0, 1, 500, 501] as [UInt64] {
        guard let sale = SaleNumber(desk.newest + ahead), let amount = WattHours(ahead + 1) else {
            continue
        }
        check(&desk, key.token(sale, amount), key, at: minute)
    }
    for units in [0, 1, 700, UInt64.max] {
        let before = desk.left
        let missing = desk.serve(units)
        precondition(desk.left == before - (units - missing), "what is served is what is less")
        checkSums(desk)
    }
}

private func check(_ desk: inout TokenDesk, _ token: Token, _ key: MeterKey, at minute: UInt64) {
    let before = desk
    let verdict = desk.take(token, with: key, at: minute) { stored in
        checkSums(stored)
        precondition((try? TokenDesk(wireBytes: stored.wireBytes)) == stored, "a row is read again")
    }
    guard case .taken(let sale, let amount) = verdict else {
        precondition(desk.credited == before.credited, "nothing else is credited")
        return
    }
    precondition(desk.credited == before.credited + amount.number, "what is taken is credited")
    precondition(desk.hasTaken(sale) && !before.hasTaken(sale), "and once")
}

private func checkSums(_ desk: TokenDesk) {
    let left = desk.registers.reduce(0) { $0 + $1.left }
    precondition(desk.credited == desk.served + left && desk.left == left, "a desk conserves")
}

private func checkPress(_ press: TokenPress) {
    guard let last = press.last else { return }
    precondition(press[last] != nil, "the last sale is one")
    _ = press.token(of: last, anew: true, by: IssuingKeys(top))
    _ = press.token(of: last, anew: false, by: IssuingKeys(top))
}
