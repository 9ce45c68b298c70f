import Keypad
import Money
package import Wire
import Words

// A carrier as it lies in its file: docs/PROTOCOL section 19.1.

extension Carrier {
    private static let title = "tally-carrier"
    private static let domain = Digest.Domain("tally1 carrier")

    /// Whether these bytes say that they are one.
    package static func isNamed(at bytes: [UInt8]) -> Bool {
        var head = Writer()
        head.array(5)
        head.text(title)
        return bytes.starts(with: head.bytes)
    }

    package var bytes: [UInt8] {
        var load = Writer(reserving: 4_096)
        load.array(4)
        load.value(delivery)
        load.array(certificates.count)
        for certificate in certificates { load.data(certificate) }
        load.list(sticks)
        load.optional(confirmation)
        var writer = Writer(reserving: 6_144)
        writer.array(5)
        writer.text(Self.title)
        writer.number(1)
        let head = writer.take()
        writer.value(Digest.hash(Self.domain, load.bytes))
        switch answer {
        // One that was damaged is not written again.
        case .none, .damaged: writer.array(0)
        case .said(let receipt, let registers):
            writer.array(1)
            writer.array(2)
            writer.value(receipt)
            writer.list(registers)
        }
        return head + load.bytes + writer.bytes
    }

    /// Reads the bytes of one.
    ///
    /// What a meter has put in is judged apart: what was sold stays good when that was cut.
    package init(_ bytes: [UInt8]) throws(CarrierFault) {
        guard bytes.count <= Limits.carrierBytes else { throw .tooLarge }
        var reader = Reader(bytes)
        do throws(WireError) {
            try self.init(load: &reader)
        } catch {
            throw .damaged(error.position == Self.sum ? nil : error)
        }
        do throws(WireError) {
            answer = try Self.answer(from: &reader)
        } catch {
            answer = .damaged
        }
        guard case .said(let receipt, let registers) = answer else { return }
        let isOwn = registers.allSatisfy { $0.sender == delivery.meter }
        if !receipt.answers(delivery) || !receipt.hasAll(of: registers) || !isOwn {
            answer = .damaged
        }
    }

    /// The position of a fault that stands nowhere: all is well formed, and the check does not fit.
    private static let sum = -1

    private init(load reader: inout Reader) throws(WireError) {
        try reader.array(5)
        let titleAt = reader.position
        guard try reader.text(atMost: Self.title.utf8.count) == Self.title else {
            throw WireError(.badText, at: titleAt)
        }
        try reader.version(1)
        let start = reader.position
        try reader.array(4)
        let delivery: Delivery = try reader.value()
        let certificates = try reader.certificates(atMost: Limits.certificatesPerCarrier)
        let sticks: [Stick] = try reader.list(atMost: Limits.sticksPerProvenance)
        let confirmation: Confirmation? = try reader.optional()
        let end = reader.position
        guard delivery.brings(sticks) else { throw WireError(.outOfRange, at: start) }
        guard try reader.value(Hash.self) == Digest.hash(Self.domain, reader.bytes, start..<end)
        else { throw WireError(.outOfRange, at: Self.sum) }
        self.init(delivery, certificates, sticks, confirmation)
    }

    private static func answer(from reader: inout Reader) throws(WireError) -> Answer {
        guard try reader.array(atMost: 1) == 1 else {
            try reader.finish()
            return .none
        }
        try reader.array(2)
        let receipt: MeterReceipt = try reader.value()
        let at = reader.position
        let registers: [Register] = try reader.list(atMost: Limits.registersPerReceipt)
        let order = registers.map(\.stick)
        guard zip(order, order.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw WireError(.notSorted, at: at)
        }
        try reader.finish()
        return .said(receipt, registers)
    }
}

extension Carrier.Confirmation: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(3)
        writer.value(meter)
        writer.value(generation)
        writer.data(mac)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(3)
        self.init(
            meter: try reader.value(),
            generation: try reader.value(),
            mac: try reader.data32()
        )
    }
}
