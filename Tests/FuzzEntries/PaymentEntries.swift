import Commit
import Money
import StandIns
import Wallet
import Wire
package import Words

/// Reads the bytes as a signed object, and that as the message that its kind says.
///
/// What is read is written as the same bytes, field by field and by another hand than reads it.
package func fuzzMessage(_ bytes: [UInt8]) {
    guard let signed = try? SignedObject(wireBytes: bytes) else { return }
    precondition(signed.wireBytes == bytes, "a signed object is written otherwise")
    do {
        let content = try content(of: signed)
        precondition(content == signed.object.content, "\(signed.object.kind) is written otherwise")
    } catch {
        precondition(
            (0...signed.object.content.count).contains(error.position),
            "\(signed.object.kind) is refused outside its content"
        )
    }
}

/// The content written anew from what was read of it.
private func content(of signed: SignedObject) throws(WireError) -> [UInt8] {
    var writer = Writer()
    switch signed.object.kind {
    case .here:
        let here = try Here(reading: signed)
        writer.array(2)
        writer.value(here.nonce)
        writer.number(here.id)
    case .offer: write(try Offer(reading: signed), to: &writer)
    case .accept:
        let accept = try Accept(reading: signed)
        writer.array(3)
        writer.lines(accept.shipping)
        writer.lines(accept.billing)
        writer.value(accept.proposal)
    case .refuse:
        writer.array(1)
        writer.text(try Refuse(reading: signed).reason)
    case .decline:
        let decline = try Decline(reading: signed)
        writer.array(2)
        writer.text(decline.reason)
        writer.optional(decline.floor)
    case .commitRequest:
        let request = try CommitRequest(reading: signed)
        writer.array(2)
        writer.value(request.total)
        writer.optional(request.floor)
    case .handover: write(try Agreed(reading: signed).agreement, to: &writer)
    case .commit: writer.value(try Commit(reading: signed).receipt)
    case .show:
        writer.array(1)
        writer.value(try Show(reading: signed).handover)
    case .abort: try writeNothing(Abort(reading: signed), to: &writer)
    case .committed: try writeNothing(Committed(reading: signed), to: &writer)
    case .ask: try writeNothing(Ask(reading: signed), to: &writer)
    case .welcome:
        let welcome = try Welcome(reading: signed)
        writer.array(3)
        writer.value(welcome.root)
        writer.data(welcome.certificate)
        writer.value(welcome.moment)
    case .request: writer.value(try Request(reading: signed).want)
    case .answer:
        let answer = try Answer(reading: signed)
        writer.array(5)
        writer.value(answer.moment)
        writer.text(answer.outcome.refusal?.string ?? "")
        writer.array(answer.outcome.certificates.count)
        for certificate in answer.outcome.certificates { writer.data(certificate) }
        writer.list(answer.outcome.papers)
        writer.array(answer.outcome.numbers.count)
        for number in answer.outcome.numbers { writer.number(number) }
    case .warn: writer.value(try Warn(reading: signed).paper)
    case .stick, .window, .revocation, .name, .register, .bill, .invoice, .personalisation,
        .settings, .quote, .meterReceipt, .delivery:
        return signed.object.content
    }
    return writer.bytes
}

private func writeNothing(_: some Statement, to writer: inout Writer) { writer.array(0) }

private func write(_ offer: Offer, to writer: inout Writer) {
    let terms = offer.terms
    precondition(terms.amount > .zero, "nothing is offered")
    writer.array(10)
    writer.value(offer.nonce)
    writer.value(terms.asset)
    writer.value(terms.amount)
    writer.text(terms.memo)
    writer.list(terms.items)
    writer.array(4)
    for cap in [terms.caps.hops, terms.caps.bytes, terms.caps.releases] {
        writer.number(UInt64(cap))
    }
    writer.number(terms.device.rawValue)
    writer.number(terms.wants.rawValue)
    writer.number(terms.seconds)
    writer.array(offer.certificates.count)
    for certificate in offer.certificates { writer.data(certificate) }
    writer.optional(offer.name)
}

private func write(_ agreement: Agreement, to writer: inout Writer) {
    writer.array(3)
    writer.value(agreement.header)
    writer.list(agreement.leaves)
    writer.value(agreement.entriesRoot)
}

extension Writer {
    fileprivate mutating func lines(_ text: Text?) {
        array(text == nil ? 0 : 1)
        if let text { self.text(text) }
    }
}

// MARK: Rows

/// Recovers a wallet from arbitrary rows: a wallet that works, or a fault that names a row.
///
/// A row is its table, the length of its key, that of its bytes in two, and both; what is not
/// there is cut short, so that no change of a length makes the rest unreadable.
package func fuzzRows(_ bytes: [UInt8]) {
    guard let moment = Moment(1_800_000_000) else { return }
    let time = Time(ticks: Ticks(milliseconds: 0), moment: moment)
    let rows = FuzzedRows(bytes)
    do {
        guard let wallet = try Wallet(recovering: rows.recovered, at: time) else { return }
        live(wallet, at: time)
    } catch {
        let all = rows.registers + rows.pieces + rows.open
        precondition(all.contains { $0.key == error.key }, "a fault names a row that is there")
    }
}

/// A first minute: it looks at its money and says again what it has to.
private func live(_ wallet: Wallet, at time: Time) {
    var wallet = wallet
    var tools = Tools(
        keys: StandInKeys("fuzz"),
        desk: StandInDesk(identity: StandInSigner("fuzz").key, sealing: []),
        chance: SeededChance(seed: 1),
        reserve: { _, _ in true }
    )
    let before = wallet.standings
    if let asset = wallet.window?.terms.asset {
        let balance = wallet.balance(asset, at: time.moment)
        precondition(balance.largest <= balance.available, "more can be paid than is there")
    }
    for order in wallet.resumed(at: time) {
        guard case .wake(let payment, _) = order else { continue }
        let said = wallet.handle(.woken(payment), at: time, &tools)
        precondition(!said.isEmpty, "an open payment goes on by itself")
    }
    precondition(wallet.standings.count == before.count, "no clock ends what is open")
    // Whatever the sellers say now, the units count once.
    for (payment, buyer) in wallet.buying {
        guard let peer = buyer.deal?.peer else { continue }
        let object = Abort.object(by: peer, to: wallet.owner.key, payment: payment)
        let signed = SignedObject(object, StandInSigner.signature(of: object.hash, by: peer))
        for order in wallet.handle(.wish(.bring(signed)), at: time, &tools) {
            guard case .check(let number, _) = order else { continue }
            _ = wallet.handle(.checked(number, .good), at: time, &tools)
        }
    }
    precondition(wallet.buying.isEmpty, "an abort ends what is held")
}

/// Rows as a fuzzer can change them.
package struct FuzzedRows {
    package private(set) var registers: [Row] = []
    package private(set) var pieces: [Row] = []
    package private(set) var open: [Row] = []

    package init(_ bytes: [UInt8]) {
        var at = 0
        func take(_ count: Int) -> [UInt8] {
            let part = Array(bytes[at..<min(bytes.count, at + count)])
            at += part.count
            return part
        }
        while bytes.count - at >= 4 {
            let head = take(4)
            let key = take(Int(head[1]))
            let row = Row(key: key, bytes: take(Int(head[2]) << 8 | Int(head[3])))
            switch head[0] % 3 {
            case 0: registers.append(row)
            case 1: pieces.append(row)
            case _: open.append(row)
            }
        }
    }

    package init(registers: [Row], pieces: [Row], open: [Row]) {
        (self.registers, self.pieces, self.open) = (registers, pieces, open)
    }

    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        for (table, rows) in [registers, pieces, open].enumerated() {
            for row in rows {
                let size = row.bytes.count
                bytes += [UInt8(table), UInt8(row.key.count), UInt8(size >> 8), UInt8(size & 255)]
                bytes += row.key
                bytes += row.bytes
            }
        }
        return bytes
    }

    /// As a journal gives them: each key once.
    package var recovered: Recovered {
        Recovered(
            number: 1,
            registers: Self.once(registers),
            pieces: Self.once(pieces),
            outbox: [],
            open: Self.once(open).map {
                OpenPayment(payment: $0.key, bytes: $0.bytes, toCome: .none)
            }
        )
    }

    private static func once(_ rows: [Row]) -> [Row] {
        var keys: Set<[UInt8]> = []
        return rows.filter { keys.insert($0.key).inserted }
    }
}
