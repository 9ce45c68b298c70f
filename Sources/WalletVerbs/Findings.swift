internal import Command
internal import Money
internal import Words

// What a person wants to know of each kind of paper, once it is proved.

extension Finding {
    var type: String {
        switch self {
        case .stick: "stick"
        case .window: "window"
        case .handover: "handover"
        case .commit: "commit"
        case .abort: "abort"
        case .receipt: "receipt"
        case .provenance: "provenance"
        case .verdict: "proof"
        case .revocation: "revocation"
        case .name: "name"
        case .bill: "bill"
        case .invoice: "invoice"
        }
    }

    var title: String {
        switch self {
        case .stick(let stick): "a stick of \(stick.asset.full(stick.units))"
        case .window(let window):
            "a window to pay up to \(window.terms.asset.full(window.terms.largest)) at once"
        case .handover: "a handover, as its payer signed it"
        case .commit(let commit, _):
            "a decision: \(commit.receipt.asset.full(commit.receipt.amount)) were paid"
        case .abort: "a decision: this payment will never be taken"
        case .receipt(let commit, _):
            "a receipt for \(commit.receipt.asset.full(commit.receipt.amount))"
        case .provenance(_, let lineages): Self.title(lineages)
        case .verdict(.convicts(let key), _): "a proof that convicts key \(short(key))"
        case .verdict(.freezes(let key), _):
            "a rollback notice: key \(short(key)) pays nothing until it syncs"
        case .revocation: "a revocation"
        case .name(let statement): "a name: \(statement.name.string)"
        case .bill(let bill): "a bill of \(bill.terms.asset.full(bill.terms.amount))"
        case .invoice(let invoice):
            "an invoice: \(invoice.terms.asset.full(invoice.terms.amount)) were paid"
        }
    }

    private static func title(_ lineages: [Lineage]) -> String {
        let sum = Amount.sum(lineages.map(\.piece.units.count))
        guard let sum, let first = lineages.first,
            lineages.allSatisfy({ $0.stick.asset == first.stick.asset })
        else { return "the provenance of \(counted(lineages.count, "piece"))" }
        return "the provenance of \(first.stick.asset.full(sum))"
    }
}

extension Facts {
    mutating func tell(_ finding: Finding) {
        switch finding {
        case .stick(let stick): tell(stick)
        case .window(let window): tell(window)
        case .handover(let handover): tell(handover)
        case .commit(let commit, let byOffice): tell(commit, byOffice)
        case .abort(let abort):
            add("payee", abort.sender)
            add("payer", abort.receiver)
            add("payment", Hex.text(abort.payment.array))
        case .receipt(let commit, let handover):
            tell(commit, commit.sender != handover.header.payee)
            add("pieces", counted(handover.entries.count, "piece"), number(handover.entries.count))
        case .provenance(let holder, let lineages): tell(holder, lineages)
        case .verdict(let verdict, let proof): tell(verdict, proof)
        case .revocation(let revocation):
            add("key", revocation.key)
            add("last good", "\(place(revocation.lastGood)); what is later is worth nothing")
            add("reason", revocation.reason.string)
            add("signed", revocation.issued.text)
        case .name(let statement):
            add("name", statement.name.string)
            add("key", statement.key)
            add("signed", statement.issued.text)
        case .bill(let bill):
            tell(bill.terms)
            add("for key", bill.receiver)
            add("signed", bill.issued.text)
        case .invoice(let invoice):
            tell(invoice.terms)
            add("paid out of", "the account of \(invoice.holder.string)")
            add("paid by", invoice.receiver)
            add("paid", invoice.paid.text)
        }
    }

    mutating func tell(_ terms: Bill.Terms) {
        add("number", "\(terms.number)", .number(terms.number))
        add("biller", terms.biller.string)
        add("for", terms.purpose.string)
        add("amount", terms.amount, terms.asset)
        add("due", terms.due.text)
    }

    private mutating func tell(_ stick: Stick) {
        add("amount", stick.units, stick.asset)
        add("owner", stick.owner)
        add("office", stick.office)
        add("spend until", stick.spendUntil.text)
        add("settle until", stick.settleUntil.text)
        add("issued", stick.issued.text)
        add("stick", stick.id)
    }

    private mutating func tell(_ window: Window) {
        let terms = window.terms
        add("holder", window.holder)
        add("office", window.office)
        add("largest", terms.largest, terms.asset)
        add("ceiling", terms.ceiling, terms.asset)
        add("guarantee", terms.guarantee, terms.asset)
        add("device", terms.device.word)
        add("epoch", String(terms.epoch.number), .number(terms.epoch.number))
        add("not before", terms.notBefore.text)
        add("not after", terms.notAfter.text)
    }

    private mutating func tell(_ handover: Handover) {
        add("payer", handover.header.payer)
        add("payee", handover.header.payee)
        add("place", place(handover.header.place))
        // Its asset stands in the sticks, which are not in this paper.
        let lists = handover.entries.map { units($0.units, $0.stick) }
        for text in lists { line("units", text) }
        also("units", .array(lists.map(JSON.string)))
        add("handover", handover.hash)
    }

    private mutating func tell(_ commit: Commit, _ byOffice: Bool) {
        add("amount", commit.receipt.amount, commit.receipt.asset)
        add("payer", commit.receiver)
        add(byOffice ? "office" : "payee", commit.sender)
        add("paid", commit.receipt.moment.text)
        add("payment", Hex.text(commit.payment.array))
        add("handover", commit.handover)
    }

    private mutating func tell(_ holder: Key, _ lineages: [Lineage]) {
        add("holder", holder)
        var pieces: [JSON] = []
        for lineage in lineages {
            let (stick, piece) = (lineage.stick, lineage.piece)
            line("piece", stick.asset.full(piece.units.count) + ", units \(piece.units.text)")
            line("issued to", "\(short(stick.owner)), \(stick.asset.full(stick.units))")
            for link in lineage.links {
                line("then to", "\(short(link.header.payee)), units \(link.entry.units.text)")
            }
            line("spend until", stick.spendUntil.text)
            line("weakest device", lineage.weakest.word)
            pieces.append(json(lineage))
        }
        also("pieces", .array(pieces))
    }

    private func json(_ lineage: Lineage) -> JSON {
        let (stick, piece) = (lineage.stick, lineage.piece)
        return .object([
            ("stick", .string(stick.id.bytes.hex)),
            ("amount", .string(stick.asset.text(piece.units.count))),
            ("asset", .string(stick.asset.code)),
            ("lo", .number(piece.units.lo)), ("hi", .number(piece.units.hi)),
            ("owner", .string(stick.owner.bytes.hex)),
            ("office", .string(stick.office.bytes.hex)),
            ("spendUntil", .string(stick.spendUntil.text)),
            ("weakestDevice", .string(lineage.weakest.word)),
            ("payees", .array(lineage.links.map { .string($0.header.payee.bytes.hex) })),
        ])
    }

    private mutating func tell(_ verdict: Verdict, _ proof: Proof) {
        switch verdict {
        case .convicts(let key): add("convicts", key)
        case .freezes(let key): add("freezes", key)
        }
        switch proof {
        case .fork(let first, let second):
            add("of", "passing the same units on twice")
            tell("first", first)
            tell("second", second)
            if let common = first.entry.units.intersection(second.entry.units) {
                add("twice", "units \(common.text), \(common.count.units) of them")
            }
        case .equivocation(let abort, let use):
            add("of", "aborting a payment and using it")
            add("payment", Hex.text(abort.payment.array))
            switch use {
            case .commit(let commit):
                add("committed", commit.receipt.amount, commit.receipt.asset)
            case .below(_, let child): tell("passed on", child)
            }
        case .rollback(.onePlace(let first, let second)):
            add("of", "two contents at one place; no debt and no accusation")
            tell("first", first)
            tell("second", second)
        case .rollback(.broken(let first, let second)):
            add("of", "totals or handovers that do not follow; no debt and no accusation")
            add("first", place(first.header.place))
            add("second", place(second.header.place))
        }
    }

    private mutating func tell(_ name: String, _ link: Link) {
        add(
            name,
            "to \(short(link.header.payee)), units \(link.entry.units.text), "
                + place(link.header.place),
            .object([
                ("payee", .string(link.header.payee.bytes.hex)),
                ("stick", .string(link.entry.stick.bytes.hex)),
                ("lo", .number(link.entry.units.lo)), ("hi", .number(link.entry.units.hi)),
                ("epoch", .number(link.header.place.epoch.number)),
                ("counter", .number(link.header.place.counter)),
            ])
        )
    }

    mutating func tell(_ certificate: Certificate, at now: Moment) {
        add("key", certificate.key)
        add("issuer", certificate.issuer)
        let roles = certificate.roles.sorted { $0.rawValue < $1.rawValue }.map(\.word)
        add("roles", roles.joined(separator: ", "), .array(roles.map(JSON.string)))
        add("device", certificate.device.word)
        add("serial", Hex.text(certificate.serial.array))
        add("not before", certificate.notBefore.text)
        add("not after", certificate.notAfter.text)
        let isInDate = (certificate.notBefore...certificate.notAfter).contains(now)
        add(
            "in date",
            isInDate ? "yes" : "no, and what it signed in date stays good",
            .flag(isInDate)
        )
    }

    private func number(_ count: Int) -> JSON { .number(UInt64(count)) }

    private func place(_ place: Place) -> String {
        "epoch \(place.epoch.number), counter \(place.counter)"
    }

    private func units(_ units: Units, _ stick: Hash) -> String {
        "\(units.text) of stick \(short(stick))"
    }
}
