package import Money
package import Wire
package import Words

/// What somebody is convicted of: each is opened once, however often it is proved again.
package enum CaseID: Hashable, Sendable, Comparable {
    /// Units of one parent passed on twice.
    case fork(by: Key, stick: Hash, parent: EntryReference?)
    /// A payment aborted, and used all the same.
    case equivocation(PaymentName)

    package var convict: Key {
        switch self {
        case .fork(let key, _, _): key
        case .equivocation(let name): name.payee
        }
    }

    package static func < (a: CaseID, b: CaseID) -> Bool {
        switch (a, b) {
        case (.fork(let key, let stick, let parent), .fork(let other, let its, let from)):
            if (key, stick) != (other, its) { return (key, stick) < (other, its) }
            guard let parent, let from else { return parent == nil && from != nil }
            return parent < from
        case (.equivocation(let name), .equivocation(let other)): return name < other
        case (.fork, .equivocation): return true
        case (.equivocation, .fork): return false
        }
    }
}

/// A key that pays nothing until it syncs; no debt and no accusation.
package struct Notice: Hashable, Sendable, Comparable {
    package let key: Key
    package let epoch: Epoch

    package init(key: Key, epoch: Epoch) { (self.key, self.epoch) = (key, epoch) }

    package static func < (a: Notice, b: Notice) -> Bool {
        (a.key, a.epoch) < (b.key, b.epoch)
    }
}

/// What a paper brought to light, with a proof that was checked.
package enum Discovery: Hashable, Sendable {
    case opened(CaseID, Proof)
    case frozen(Notice, Proof)
}

/// A case as far as it is known: who passed on what to whom, and who showed it in which order.
package struct Case: Hashable, Sendable {
    package let id: CaseID
    /// In the order in which they are honoured: those shown first, then those only handed in.
    package let parties: [Party]
    /// By how much the parties' units come to more than there are.
    package let duplicated: Amount

    package struct Party: Hashable, Sendable {
        package let handover: Hash
        package let payee: Key
        package let stick: Hash
        package let units: Units
        /// The number under which it was shown first; whoever did it stands in the books.
        package let shown: UInt64?
        package let handedIn: UInt64?
    }
}

extension CaseID {
    /// The one name that a case has in the books.
    package var name: Hash { Digest.hash(Self.domain, wireBytes) }

    private static let domain = Digest.Domain("tally1 case")
}

extension CaseID: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(4)
        switch self {
        case .fork(let key, let stick, let parent):
            writer.number(1)
            writer.value(key)
            writer.value(stick)
            writer.optional(parent)
        case .equivocation(let name):
            writer.number(2)
            writer.value(name.payer)
            writer.value(name.payee)
            writer.value(name.payment)
        }
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(4)
        if try reader.number(1...2) == 1 {
            let (key, stick): (Key, Hash) = (try reader.value(), try reader.value())
            self = .fork(by: key, stick: stick, parent: try reader.optional())
        } else {
            let (payer, payee): (Key, Key) = (try reader.value(), try reader.value())
            let payment: Hash = try reader.value()
            self = .equivocation(PaymentName(payer: payer, payee: payee, payment: payment))
        }
    }
}
