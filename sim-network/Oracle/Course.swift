internal import Wire
internal import Words

// What a handover says in private of those before it: the running total of its window, and the
// name of the payer's last one. And whose signature stands under it.

/// Leaves 2 to 4 of a handover whose leaves are all open.
struct CourseFact: Hashable, Sendable {
    let window: Hash
    let total: UInt64
    let previous: Hash?

    init(_ leaves: [LeafFact]) throws(WireError) {
        window = try Self.value(leaves[2]) { reader throws(WireError) in try reader.value() }
        total = try Self.value(leaves[3]) { reader throws(WireError) in
            try reader.number(0...Limits.amountUnits)
        }
        previous = try Self.value(leaves[4]) { reader throws(WireError) in
            try reader.array(atMost: 1) == 0 ? nil : try reader.value()
        }
    }

    private static func value<Value>(
        _ leaf: LeafFact,
        _ read: (inout Reader) throws(WireError) -> Value
    ) throws(WireError) -> Value {
        guard case .open(_, let bytes) = leaf else { throw WireError(.wrongCount, at: 0) }
        var reader = Reader(bytes)
        let value = try read(&reader)
        try reader.finish()
        return value
    }
}

extension Home {
    /// How far a home has come in handing over, as its own disk says.
    struct Course: Hashable, Sendable {
        var epoch: UInt64 = 0
        var counter: UInt64 = 0
        var previous: Hash?
        var totals: [Hash: UInt64] = [:]
    }
}

extension Oracle {
    /// Every handover goes on from the one before it, aborted ones included.
    mutating func goOn(_ number: Int, _ at: Int) {
        guard let handover = payments[number].handover, let hash = payments[number].hash else {
            return
        }
        guard let said = try? handover.course else {
            report(.course, [at], number, "a handover does not say what it goes on from")
            return
        }
        let header = handover.header
        var course = homes[at].course
        if header.epoch != course.epoch {
            (course.epoch, course.counter, course.previous) = (header.epoch, 0, nil)
        }
        // To give back what an office issued needs no permission, so it counts for nothing.
        let isBack = books.map { header.payee == homes[$0.office].key } ?? false
        let total = course.totals[said.window, default: 0] &+ (isBack ? 0 : handover.sum)
        if header.counter <= course.counter {
            report(.course, [at], number, "counter \(header.counter) comes after another above it")
        }
        if said.previous != course.previous {
            report(.course, [at], number, "the handover before it is another than it says")
        }
        if said.total != total {
            let sentence = "its total is \(said.total), and those before it come to \(total)"
            report(.course, [at], number, sentence)
        }
        (course.counter, course.previous) = (header.counter, hash)
        course.totals[said.window] = said.total
        homes[at].course = course
    }

    /// What stands as evidence is under the signature of who says it; each once, for a repeat is
    /// the same object.
    mutating func checkSignature(_ message: SignedObject, _ at: Int) {
        let object = message.object
        switch object.kind {
        case .handover, .commit, .abort, .committed: break
        case .stick, .window, .revocation, .name, .register, .bill, .invoice, .personalisation,
            .settings, .quote, .meterReceipt,
            .delivery, .here, .offer,
            .accept, .refuse,
            .decline, .commitRequest, .ask, .show, .welcome, .request, .answer, .warn:
            return
        }
        guard let isSigned, signed.insert(message).inserted else { return }
        let hash: Hash
        if object.kind == .handover {
            // Named otherwise: what is unreadable is told where it is read.
            guard let (_, name) = try? HandoverFact.hash(agreed: object.content) else { return }
            hash = name
        } else {
            hash = object.hash
        }
        guard !isSigned(hash, object.sender, message.signature) else { return }
        report(.signature, [at], nil, "a statement of kind \(object.kind) is not rightly signed")
    }
}
