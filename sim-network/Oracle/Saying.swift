package import Wire
internal import Words

// What a home puts on the wire: nothing that is not on its disk, under no key but its own.

extension Oracle {
    /// A statement that a home puts on the wire, a repeat too, before it leaves.
    package mutating func said(_ home: Int, _ message: SignedObject) {
        let (at, object) = (lane(home), message.object)
        guard !homes[at].isDishonest, isSigner(object, at) else { return }
        checkSignature(message, at)
        saidOfOffice(object, at)
        switch object.kind {
        case .handover: saidAgreed(object, at)
        case .commit: saidCommit(object, at)
        case .abort: saidAbort(object, at)
        case .committed: saidCommitted(object, at)
        case .accept:
            if homes[at].isSilent { report(.inertActs, [at], nil, "an inert wallet accepts") }
        case .stick, .window, .revocation, .name, .register, .bill, .invoice, .personalisation,
            .settings, .quote, .meterReceipt,
            .delivery, .here, .offer,
            .refuse, .decline,
            .commitRequest, .ask, .show, .welcome, .request, .answer, .warn:
            return
        }
    }

    /// Whether a statement is under the key that its kind asks for.
    private mutating func isSigner(_ object: Object, _ at: Int) -> Bool {
        switch object.kind {
        case .here:
            if holders[object.sender] == nil, oneTime[object.sender] ?? at == at {
                oneTime[object.sender] = at
                return true
            }
        case .refuse:
            if oneTime[object.sender] == at { return true }
        case .stick, .window, .handover, .commit, .abort, .committed, .revocation, .name, .register,
            .bill,
            .invoice, .personalisation, .settings, .quote, .meterReceipt, .delivery,
            .offer,
            .accept, .decline, .commitRequest, .ask, .show, .welcome, .request, .answer, .warn:
            if object.sender == homes[at].key { return true }
        }
        report(.signer, [at], nil, "a statement of kind \(object.kind) is under another key")
        return false
    }

    private mutating func saidAgreed(_ object: Object, _ at: Int) {
        guard let id = object.payment else { return }
        let number = payment(id, payer: object.sender)
        // Only what was found in order is kept, so a repeat of it is.
        guard payments[number].agreed != object.content else { return }
        guard let (header, hash) = try? HandoverFact.hash(agreed: object.content) else {
            report(.rows, [at], number, "AGREED is unreadable")
            return
        }
        if payments[number].buyer == .none || payments[number].hash != hash {
            report(.durableBeforeSaid, [at], number, "AGREED is said and not on the disk")
        } else {
            payments[number].agreed = object.content
        }
        place(header, hash, number, at)
    }

    private mutating func saidCommit(_ object: Object, _ at: Int) {
        guard let id = object.payment else { return }
        let number = payment(id, payer: object.receiver)
        guard !payments[number].decided(commit: true) else {
            reportTwoDecisions(number, at)
            return
        }
        let isThere = payments[number].seller == .paid || payments[number].seller == .complete
        if !isThere || payments[number].commit?.object != object {
            report(.durableBeforeSaid, [at], number, "COMMIT is said and not on the disk")
        }
    }

    private mutating func saidAbort(_ object: Object, _ at: Int) {
        guard let id = object.payment else { return }
        let number = payment(id, payer: object.receiver)
        guard !payments[number].decided(commit: false) else {
            reportTwoDecisions(number, at)
            return
        }
        if payments[number].seller != .cancelled || payments[number].abort?.object != object {
            report(.durableBeforeSaid, [at], number, "ABORT is said and not on the disk")
        }
    }

    private mutating func saidCommitted(_ object: Object, _ at: Int) {
        guard let id = object.payment else { return }
        let number = payment(id, payer: object.sender)
        if payments[number].commitHash == nil {
            payments[number].commitHash = payments[number].commit?.object.hash
        }
        let answers = payments[number].commitHash
        if payments[number].buyer != .paid || answers == nil || object.answers != answers {
            report(.durableBeforeSaid, [at], number, "COMMITTED is said and not on the disk")
        }
    }
}
