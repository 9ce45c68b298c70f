import Commit
import Money
package import Wire
package import Words

/// A row that a wallet did not write.
package struct RowFault: Error, Hashable, Sendable {
    package let table: Table
    package let key: [UInt8]
    package let fault: WireError?
}

extension Wallet {
    /// A new one, and the step that makes it.
    package static func founded(_ owner: Owner) -> (Wallet, Step) {
        let wallet = Wallet(owner: owner)
        let step = Step(
            entries: [LogEntry(kind: RecordKind.settings, bytes: row(0) { _ in })],
            changes: [
                wallet.selfChange, wallet.courseChange,
                wallet.ownChange,
            ]
        )
        return (wallet, step)
    }

    /// Who certifies it, and by what name.
    var ownChange: Change {
        let own = row(2) { writer in
            writer.array(owner.certificates.count)
            for certificate in owner.certificates {
                writer.array(3)
                writer.value(certificate.key)
                writer.value(certificate.issuer)
                writer.data(certificate.der)
            }
            writer.optional(owner.name)
        }
        return .put(.register, key: Rows.own, bytes: own)
    }

    /// What follows from its rows: nothing else is known after a restart.
    ///
    /// The orders are those of payments that were under way.
    package init?(recovering recovered: Recovered, at time: Time) throws(RowFault) {
        guard let owner = try Self.owner(recovered.registers) else { return nil }
        self.init(owner: owner.0, life: owner.1)
        for found in recovered.registers { try read(register: found, at: time) }
        // What a piece is made of stands behind the pieces themselves.
        let kinds = [Rows.piece, Rows.stranded, Rows.consumed]
        for found in recovered.pieces where !kinds.contains(found.key.first ?? 0xFF) {
            try read(material: found)
        }
        for found in recovered.pieces {
            guard let kind = found.key.first, kinds.contains(kind) else { continue }
            let piece = try reading(.piece, found) { reader throws(WireError) in
                try reader.row(2)
                return (
                    try reader.value(Holding.self),
                    try reader.list(atMost: Limits.releasesPerEntry + 1, of: Abort.self)
                )
            }
            let free = try self.piece(piece.0, piece.1, found)
            guard found.key == Rows.key(free.holding, kind), put(free, kind) else {
                throw RowFault(table: .piece, key: found.key, fault: nil)
            }
        }
        // All of it is on disk.
        _ = (purse.takeChanges(), stranded.takeChanges(), consumed.takeChanges())
        writtenClock = clock
        #if Planted
        if Plant.counterRewound.isHere { course.counter = 0 }
        if Plant.groupAgain.isHere { pulses -= min(pulses, 10) }
        if Plant.countRewound.isHere { forgetWhatIsHandedIn() }
        #endif
        for found in recovered.open { try read(found, at: time) }
    }

    /// What is to be done first of all after a restart.
    package func resumed(at time: Time) -> [Order] {
        let all = Array(buying.keys) + Array(selling.keys) + Array(asking.keys)
        return all.sorted { $0.array.lexicographicallyPrecedes($1.array) }
            .map { .wake($0, time.ticks) }
    }

    private static func owner(_ rows: [Row]) throws(RowFault) -> (Owner, Life)? {
        guard let me = rows.first(where: { $0.key == Rows.`self` }),
            let own = rows.first(where: { $0.key == Rows.own })
        else { return nil }
        let head = try reading(.register, me) { reader throws(WireError) in
            try reader.row(4)
            return (
                try reader.value(Key.self), try reader.value(Key.self),
                try reader.value(Epoch.self), try reader.shown(atMost: Limits.reasonBytes)
            )
        }
        let papers = try reading(.register, own) { reader throws(WireError) in
            try reader.row(2)
            var certificates: [Certified] = []
            for _ in 0..<(try reader.array(atMost: 2)) {
                try reader.array(3)
                certificates.append(
                    Certified(
                        key: try reader.value(),
                        issuer: try reader.value(),
                        der: try reader.data(atMost: Limits.certificateBytes)
                    )
                )
            }
            return (certificates, try reader.optional(NameStatement.self))
        }
        let owner = Owner(
            key: head.0,
            root: head.1,
            epoch: head.2,
            certificates: papers.0,
            name: papers.1
        )
        return (owner, head.3.byteCount == 0 ? .live : .inert(head.3))
    }

    private mutating func read(register found: Row, at time: Time) throws(RowFault) {
        switch found.key {
        case Rows.window:
            window = try reading(.register, found) { reader throws(WireError) in
                try reader.row(1)
                return try reader.value(Window.self)
            }
        case Rows.course:
            course = try reading(.register, found) { reader throws(WireError) in
                try reader.row(3)
                return Course(
                    counter: try reader.number(),
                    total: try reader.value(),
                    previous: try reader.optional()
                )
            }
        case Rows.clock:
            clock = try reading(.register, found) { reader throws(WireError) in
                try reader.row(1)
                return try reader.value(Moment.self)
            }
        case Rows.pulses:
            isMeter = true
            pulses = try reading(.register, found) { reader throws(WireError) in
                try reader.row(1)
                return try reader.number()
            }
        case Rows.policy:
            policy = try reading(.register, found) { reader throws(WireError) in
                try reader.row(3)
                var read = try Policy(from: &reader)
                read.demands = policy.demands
                return read
            }
        case Rows.demands:
            policy.demands = try reading(.register, found) { reader throws(WireError) in
                try reader.row(2)
                return try Demands(body: &reader)
            }
        case Rows.profile:
            profile = try reading(.register, found) { reader throws(WireError) in
                try reader.row(2)
                return try Profile(from: &reader)
            }
        case _: try read(ofOffice: found, at: time)
        }
    }

    /// What its office has said, or is to be told.
    private mutating func read(ofOffice found: Row, at time: Time) throws(RowFault) {
        switch found.key {
        case Rows.waiting:
            atOffice = try reading(.register, found) { reader throws(WireError) in
                try reader.row(1)
                return try AtOffice(from: &reader)
            }
        case Rows.told:
            toldThrough = try reading(.register, found) { reader throws(WireError) in
                try reader.row(1)
                return try reader.number()
            }
        case let key where key.starts(with: Rows.ended):
            let one = try reading(.register, found) { reader throws(WireError) in
                try reader.row(1)
                return try reader.value(EndedPayment.self)
            }
            try agree(found, .register, Rows.ended(one.payment))
            ended[one.payment] = one
        case let key where key.starts(with: Rows.revoked):
            _ = try read(revocation: found, Rows.revoked)
        case let key where key.starts(with: Rows.heardRevocation):
            heardRevocations.insert(try read(revocation: found, Rows.heardRevocation))
        case let key where key.starts(with: Rows.convict):
            let proof = try read(proof: found, Rows.convict)
            convicts[proof.accused] = proof
        case let key where key.starts(with: Rows.heardProof):
            let proof = try read(proof: found, Rows.heardProof)
            heardProofs[proof.accused] = proof
        case let key where key.starts(with: Rows.shown): try read(shown: found)
        case let key where key.starts(with: Rows.errand): try read(errand: found, at: time)
        case _: try read(ofDevice: found)
        }
    }

    /// What has to do with a device beside it, or with what came by hand.
    private mutating func read(ofDevice found: Row) throws(RowFault) {
        switch found.key {
        case Rows.since:
            since = try reading(.register, found) { reader throws(WireError) in
                try reader.row(1)
                return try reader.value(Moment.self)
            }
        case Rows.beside:
            beside = try reading(.register, found) { reader throws(WireError) in
                try reader.row(1)
                return try reader.data(atMost: Limits.besideBytes)
            }
        case let key where key.starts(with: Rows.carried):
            let receipt = try reading(.register, found) { reader throws(WireError) in
                try reader.row(1)
                return try reader.value(MeterReceipt.self)
            }
            try agree(found, .register, Rows.carried(receipt.delivery))
            guard receipt.meter == owner.key else {
                throw RowFault(table: .register, key: found.key, fault: nil)
            }
            carried[receipt.delivery] = receipt
        case _:
            // The wallet's own head, which was read first.
            return
        }
    }

    private mutating func read(
        revocation found: Row,
        _ row: (Key) -> [UInt8]
    ) throws(RowFault) -> Key {
        let revocation = try reading(.register, found) { reader throws(WireError) in
            try reader.row(1)
            return try reader.value(Revocation.self)
        }
        try agree(found, .register, row(revocation.key))
        // What the office said and what was heard are rows of different keys: PROTOCOL 8.8.
        guard revocations[revocation.key] == nil else {
            throw RowFault(table: .register, key: found.key, fault: nil)
        }
        know(revocation)
        return revocation.key
    }

    private mutating func read(
        proof found: Row,
        _ row: (Key) -> [UInt8]
    ) throws(RowFault) -> Proof {
        let proof = try reading(.register, found) { reader throws(WireError) in
            try reader.row(1)
            return try reader.value(Proof.self)
        }
        try agree(found, .register, row(proof.accused))
        // What was found here and what was heard are rows of different keys: PROTOCOL 8.8.
        guard self.proof(against: proof.accused) == nil else {
            throw RowFault(table: .register, key: found.key, fault: nil)
        }
        warnings.learn(proofAgainst: proof.accused)
        return proof
    }

    private mutating func read(shown found: Row) throws(RowFault) {
        try reading(.register, found) { reader throws(WireError) in try reader.row(0) }
        guard let key = Bytes32(Array(found.key.dropFirst(Rows.shown.count))) else {
            throw RowFault(table: .register, key: found.key, fault: nil)
        }
        shown.insert(Key(key))
    }

    private mutating func read(errand found: Row, at time: Time) throws(RowFault) {
        let (request, address) = try reading(.register, found) { reader throws(WireError) in
            try reader.row(2)
            let request: Request = try reader.value()
            let at = reader.position
            guard let address = Address(try reader.data(atMost: Limits.addressBytes)) else {
                throw WireError(.outOfRange, at: at)
            }
            return (request, address)
        }
        try agree(found, .register, Rows.errand(request.payment))
        guard request.sender == owner.key, case .charge = request.want else {
            throw RowFault(table: .register, key: found.key, fault: nil)
        }
        asking[request.payment] = Asking(
            recovering: request,
            at: address,
            since: time.ticks
        )
    }

    private mutating func read(material found: Row) throws(RowFault) {
        switch found.key.first {
        case Rows.stick:
            let stick = try reading(.piece, found) { reader throws(WireError) in
                try reader.row(1)
                return try reader.value(Stick.self)
            }
            try agree(found, .piece, Rows.key(stick: stick.id))
            archive.add(stick)
        case Rows.link:
            let (link, total) = try reading(.piece, found) { reader throws(WireError) in
                try reader.row(2)
                let link: Link = try reader.value()
                return (link, try Self.told(&reader))
            }
            try agree(found, .piece, Rows.key(link.reference))
            learn(link)
            if let total { seen.learn(total: total.1, of: total.0) }
        case Rows.certificate:
            let (issuer, der) = try reading(.piece, found) { reader throws(WireError) in
                try reader.row(2)
                return (
                    try reader.value(Key.self),
                    try reader.data(atMost: Limits.certificateBytes)
                )
            }
            guard let key = Bytes32(Array(found.key.dropFirst())) else {
                throw RowFault(table: .piece, key: found.key, fault: nil)
            }
            archive.add(Certified(key: Key(key), issuer: issuer, der: der))
        case Rows.register: try read(count: found)
        case _:
            throw RowFault(table: .piece, key: found.key, fault: nil)
        }
    }

    /// How much of a stick was ever consumed.
    private mutating func read(count found: Row) throws(RowFault) {
        let (count, said) = try reading(.piece, found) { reader throws(WireError) in
            try reader.row(2)
            return (try reader.value(Amount.self), try reader.optional(Register.self))
        }
        guard let bytes = Bytes32(Array(found.key.dropFirst())), count > .zero || said != nil else {
            throw RowFault(table: .piece, key: found.key, fault: nil)
        }
        let stick = Hash(bytes)
        // What it has signed is what it has used up, and stays so.
        if let said, said.stick != stick || said.count != count || said.sender != owner.key {
            throw RowFault(table: .piece, key: found.key, fault: nil)
        }
        (consumedOf[stick], registers[stick]) = (count, said)
    }

    /// False where that piece cannot be true beside the others.
    private mutating func put(_ piece: Piece, _ kind: UInt8) -> Bool {
        switch kind {
        case Rows.stranded:
            guard !stranded.meets(piece) else { return false }
            stranded.put(piece)
        case Rows.consumed:
            #if Planted
            if Plant.consumedOffered.isHere {
                purse.put(piece)
                return true
            }
            #endif
            guard !consumed.meets(piece), !purse.meets(piece) else { return false }
            consumed.put(piece)
            let (stick, all) = (piece.holding.stick, Units(0, Limits.amountUnits))
            let others = all.map { consumed.meeting($0, of: stick) } ?? []
            let sum = Amount.sum(others.map(\.amount))
            return sum.map { $0 <= consumedOf[stick] ?? .zero } ?? false
        case _:
            guard !purse.meets(piece), !consumed.meets(piece) else { return false }
            purse.put(piece)
        }
        return true
    }

    private func piece(
        _ holding: Holding,
        _ releases: [Abort],
        _ found: Row
    ) throws(RowFault) -> Piece {
        guard let stick = archive.stick(holding.stick) else {
            throw RowFault(table: .piece, key: found.key, fault: nil)
        }
        return Piece(
            holding,
            asset: stick.asset,
            spendUntil: stick.spendUntil,
            hops: archive.hops(of: holding),
            releases: releases
        )
    }

    /// How far the window of a link was used, when its payer told us.
    private static func told(
        _ reader: inout Reader
    ) throws(WireError) -> (Hash, Amount)? {
        let at = reader.position
        switch try reader.array(0...2) {
        case 0: return nil
        case 2: return (try reader.value(), try reader.value())
        case _: throw WireError(.wrongCount, at: at)
        }
    }

    private mutating func read(_ open: OpenPayment, at time: Time) throws(RowFault) {
        let found = Row(key: open.payment, bytes: open.bytes)
        switch try reading(
            .open,
            found,
            { reader throws(WireError) in
                try OpenRow(from: &reader)
            }
        ) {
        case .held(let held): try read(held, found, at: time)
        case .paid(let paid): try read(paid, found, at: time)
        }
    }

    private mutating func read(_ row: HeldRow, _ found: Row, at time: Time) throws(RowFault) {
        guard let privates = row.handover.privates else {
            throw RowFault(table: .open, key: found.key, fault: nil)
        }
        try agree(found, .open, privates.payment.array)
        var taken: [Piece] = []
        for one in row.taken { taken.append(try piece(one.holding, one.releases, found)) }
        // What is locked is what was handed over, and by us: it comes back as it went.
        guard row.handover.header.payer == owner.key,
            row.handover.header.payee == row.deal.peer,
            taken.map({ $0.entry($0.units) }) == row.handover.entries
        else { throw RowFault(table: .open, key: found.key, fault: nil) }
        #if Planted
        if Plant.lockLost.isHere {
            for piece in taken where !purse.meets(piece) { purse.put(piece) }
            return
        }
        #endif
        if row.isHandIn { handingIn.insert(privates.payment) }
        buying[privates.payment] = Buyer(
            recovering: Held(row.deal, row.handover, privates, taken, at: time.ticks)
        )
    }

    private mutating func read(_ row: PaidRow, _ found: Row, at time: Time) throws(RowFault) {
        let (commit, header) = (row.commit, row.handover.header)
        try agree(found, .open, commit.payment.array)
        guard header.payee == owner.key, header.payer == row.deal.peer,
            commit.sender == owner.key, commit.receiver == row.deal.peer,
            commit.handover == row.handover.hash
        else { throw RowFault(table: .open, key: found.key, fault: nil) }
        selling[commit.payment] = Seller(
            recovering: Paid(row.deal, row.handover, commit, at: time.ticks)
        )
    }
}

/// Throws unless a row stands under the key that what it says has.
private func agree(_ found: Row, _ table: Table, _ key: [UInt8]) throws(RowFault) {
    guard found.key == key else { throw RowFault(table: table, key: found.key, fault: nil) }
}

/// Reads a row's bytes whole, or names the row.
private func reading<Value>(
    _ table: Table,
    _ found: Row,
    _ body: (inout Reader) throws(WireError) -> Value
) throws(RowFault) -> Value {
    var reader = Reader(found.bytes)
    do {
        let value = try body(&reader)
        try reader.finish()
        return value
    } catch {
        throw RowFault(table: table, key: found.key, fault: error)
    }
}

#if Planted
extension Wallet {
    /// Its counts say no more than is there: what was handed in it has not used up.
    mutating func forgetWhatIsHandedIn() {
        guard let all = Units(0, Limits.amountUnits) else { return }
        for stick in consumedOf.keys where registers[stick] == nil {
            let there = consumed.meeting(all, of: stick).map(\.amount)
            consumedOf[stick] = Amount.sum(there) ?? .zero
        }
    }
}
#endif
