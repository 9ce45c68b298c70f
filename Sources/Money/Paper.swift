package import Wire
package import Words

/// Something a person may keep in a file and show to anybody: with the certificates that it
/// takes to check it, but for the root, which a verifier must know from elsewhere.
package struct Paper: Hashable, Sendable {
    package let body: Body
    package let certificates: [[UInt8]]

    package enum Body: Hashable, Sendable {
        case stick(Stick)
        case window(Window)
        case handover(Handover)
        case commit(Commit)
        case abort(Abort)
        case receipt(Commit, Handover)
        case provenance(holder: Key, Provenance)
        case proof(Proof)
        case revocation(Revocation)
        case name(NameStatement)
        case bill(Bill)
        case invoice(Invoice)
    }

    package init(_ body: Body, certificates: [[UInt8]]) {
        self.body = body
        self.certificates = certificates.sorted { $0.lexicographicallyPrecedes($1) }
    }
}

/// Why a paper does not prove what it says.
package enum PaperFault: Error, Hashable, Sendable {
    case refused(Refusal)
    case proof(ProofFault)
    /// The signature of the thing itself.
    case signature
    /// Open private leaves that are not what they have to be.
    case leaves
    /// A commit that names another handover, payment, offer or amount than the one beside it.
    case receipt(String)

    package var name: String {
        switch self {
        case .refused(let refusal): refusal.name
        case .proof(let fault): "proof: " + fault.rawValue
        case .signature: "signature"
        case .leaves: "leaves"
        case .receipt(let part): "receipt: " + part
        }
    }
}

/// What a checked paper says.
package enum Finding: Hashable, Sendable {
    case stick(Stick)
    case window(Window)
    case handover(Handover)
    case commit(Commit, byOffice: Bool)
    case abort(Abort)
    case receipt(Commit, Handover)
    case provenance(holder: Key, [Lineage])
    case verdict(Verdict, Proof)
    case revocation(Revocation)
    case name(NameStatement)
    case bill(Bill)
    case invoice(Invoice)
}

extension Paper {
    /// Checks everything the paper says under the one root the verifier trusts.
    package func check(
        _ verifier: Verifier,
        _ verified: inout Verified,
        _ checking: some Checking
    ) throws(PaperFault) -> Finding {
        if case .provenance(let holder, let provenance) = body {
            return .provenance(
                holder: holder,
                try refusing { () throws(Refusal) in
                    var whole = provenance
                    guard whole.certificates.isEmpty else { throw .notNeeded }
                    whole.certificates = certificates
                    return try whole.lineages(of: holder, by: verifier, &verified, checking)
                }
            )
        }
        var trust = try refusing { () throws(Refusal) in
            try Trust(root: verifier.root, certificates, &verified, checking)
        }
        let finding = try check(&trust, checking)
        try refusing { () throws(Refusal) in try trust.allNeeded() }
        return finding
    }

    private func check(
        _ trust: inout Trust,
        _ checking: some Checking
    ) throws(PaperFault) -> Finding {
        switch body {
        case .stick(let stick):
            try stick.checkOffice(&trust, checking)
            return .stick(stick)
        case .window(let window):
            try window.checkOffice(&trust, checking)
            return .window(window)
        case .revocation(let revocation):
            try revocation.checkOffice(&trust, checking)
            return .revocation(revocation)
        case .name(let name):
            try name.checkOffice(&trust, checking)
            return .name(name)
        case .bill(let bill):
            try bill.checkOffice(&trust, checking)
            return .bill(bill)
        case .invoice(let invoice):
            try invoice.checkOffice(&trust, checking)
            return .invoice(invoice)
        case .handover(let handover):
            try handover.checkPayer(&trust, checking)
            guard handover.openLeavesFit else { throw .leaves }
            return .handover(handover)
        case .abort(let abort):
            try trust.require(abort.sender)
            guard abort.isSigned(checking) else { throw .signature }
            return .abort(abort)
        case .commit(let commit):
            let byOffice = try trust.requireSigner(commit.sender)
            guard commit.isSigned(checking) else { throw .signature }
            return .commit(commit, byOffice: byOffice)
        case .receipt(let commit, let handover):
            try handover.checkPayer(&trust, checking)
            try Self.checkReceipt(commit, handover, &trust, checking)
            return .receipt(commit, handover)
        case .proof(let proof):
            let verdict = try Self.check(proof, &trust, checking)
            return .verdict(verdict, proof)
        case .provenance:
            preconditionFailure("provenance brings its own trust")
        }
    }

    private static func checkReceipt(
        _ commit: Commit,
        _ handover: Handover,
        _ trust: inout Trust,
        _ checking: some Checking
    ) throws(PaperFault) {
        let byOffice = try trust.requireSigner(commit.sender)
        guard commit.sender == handover.header.payee || byOffice else {
            throw .receipt("other-payee")
        }
        guard commit.receiver == handover.header.payer else { throw .receipt("other-payer") }
        guard commit.handover == handover.hash else { throw .receipt("other-handover") }
        guard Header.hash(of: commit.payment) == handover.header.payment else {
            throw .receipt("other-payment")
        }
        guard handover.shows(payment: commit.payment, offer: commit.receipt.offer) else {
            throw .receipt("leaves")
        }
        guard handover.sum == commit.receipt.amount else { throw .receipt("amount") }
        guard commit.isSigned(checking) else { throw .signature }
    }

    private static func check(
        _ proof: Proof,
        _ trust: inout Trust,
        _ checking: some Checking
    ) throws(PaperFault) -> Verdict {
        let verdict: Verdict
        do {
            verdict = try proof.verdict(checking)
        } catch {
            throw .proof(error)
        }
        switch verdict {
        case .convicts(let key), .freezes(let key): try trust.require(key)
        }
        return verdict
    }
}

private func refusing<Value>(
    _ work: () throws(Refusal) -> Value
) throws(PaperFault) -> Value {
    do {
        return try work()
    } catch {
        throw .refused(error)
    }
}

extension Trust {
    fileprivate mutating func require(_ key: Key) throws(PaperFault) {
        do {
            _ = try certificate(of: key)
        } catch {
            throw .refused(error)
        }
    }

    /// Requires a certificate of that key, and says whether it is an office's.
    fileprivate mutating func requireSigner(_ key: Key) throws(PaperFault) -> Bool {
        if (try? office(key)) != nil { return true }
        try require(key)
        return false
    }
}

extension Statement {
    fileprivate func checkOffice(
        _ trust: inout Trust,
        _ checking: some Checking
    ) throws(PaperFault) {
        do {
            try trust.office(sender)
        } catch {
            throw .refused(error)
        }
        guard isSigned(checking) else { throw .signature }
    }
}

extension Handover {
    fileprivate func checkPayer(
        _ trust: inout Trust,
        _ checking: some Checking
    ) throws(PaperFault) {
        try trust.require(header.payer)
        guard isSigned(checking) else { throw .signature }
    }

    /// Whether leaves 0 and 1 are open and say this.
    fileprivate func shows(payment: PaymentID, offer: Hash) -> Bool {
        guard case .open(_, let first) = leaves[0], case .open(_, let second) = leaves[1] else {
            return false
        }
        return first == payment.wireBytes[...] && second == offer.wireBytes[...]
    }
}

extension Paper: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(5)
        writer.text("tally-paper")
        writer.number(1)
        writer.number(body.type)
        writer.array(certificates.count)
        for certificate in certificates { writer.data(certificate) }
        body.write(to: &writer)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(5)
        let start = reader.position
        guard try reader.text(atMost: 11) == "tally-paper" else {
            throw WireError(.badText, at: start)
        }
        try reader.version(1)
        let typeAt = reader.position
        let type = try reader.number()
        certificates = try reader.certificates()
        body = try Body(type, at: typeAt, from: &reader)
    }
}

extension Paper.Body {
    fileprivate var type: UInt64 {
        switch self {
        case .stick: 1
        case .window: 2
        case .handover: 3
        case .commit: 4
        case .abort: 5
        case .receipt: 6
        case .provenance: 7
        case .proof: 8
        case .revocation: 9
        case .name: 10
        case .bill: 11
        case .invoice: 12
        }
    }

    fileprivate func write(to writer: inout Writer) {
        switch self {
        case .stick(let stick): writer.value(stick)
        case .window(let window): writer.value(window)
        case .handover(let handover): writer.value(handover)
        case .commit(let commit): writer.value(commit)
        case .abort(let abort): writer.value(abort)
        case .proof(let proof): writer.value(proof)
        case .revocation(let revocation): writer.value(revocation)
        case .name(let name): writer.value(name)
        case .bill(let bill): writer.value(bill)
        case .invoice(let invoice): writer.value(invoice)
        case .receipt(let commit, let handover):
            writer.array(2)
            writer.value(commit)
            writer.value(handover)
        case .provenance(let holder, let provenance):
            writer.array(2)
            writer.value(holder)
            writer.value(provenance)
        }
    }

    fileprivate init(
        _ type: UInt64,
        at position: Int,
        from reader: inout Reader
    ) throws(WireError) {
        switch type {
        case 1: self = .stick(try reader.value())
        case 2: self = .window(try reader.value())
        case 3: self = .handover(try reader.value())
        case 4: self = .commit(try reader.value())
        case 5: self = .abort(try reader.value())
        case 6:
            try reader.array(2)
            self = .receipt(try reader.value(), try reader.value())
        case 7:
            try reader.array(2)
            self = .provenance(holder: try reader.value(), try reader.value())
        case 8: self = .proof(try reader.value())
        case 9: self = .revocation(try reader.value())
        case 10: self = .name(try reader.value())
        case 11: self = .bill(try reader.value())
        case 12: self = .invoice(try reader.value())
        case _: throw WireError(.outOfRange, at: position)
        }
    }
}
