package import Commit
import Money
import Sealing
package import Wallet
package import Wire
package import Words

// The values that the talk is made of.

extension Writer {
    mutating func flag(_ flag: Bool) { number(flag ? 1 : 0) }

    /// One of several shapes: its number, then what it holds; an empty list where that is nothing.
    mutating func choice(
        _ number: UInt64,
        _ body: (inout Writer) -> Void = { $0.array(0) }
    ) {
        array(2)
        self.number(number)
        body(&self)
    }

    mutating func blobs(_ blobs: [[UInt8]]) {
        array(blobs.count)
        for blob in blobs { data(blob) }
    }

    mutating func shown(_ text: Text?) {
        array(text == nil ? 0 : 1)
        if let text { self.text(text) }
    }
}

extension PolicyChange: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(6)
        writer.list(drops)
        writer.list(picks)
        writer.optional(left)
        for from in [pin, emulated, hardware] {
            switch from {
            case nil: writer.choice(0)
            case .never: writer.choice(1)
            case .above(let amount): writer.choice(2) { $0.value(amount) }
            }
        }
    }

    package init(from reader: inout Reader) throws(WireError) {
        self.init()
        try reader.array(6)
        drops = try reader.list(atMost: 10_000)
        picks = try reader.list(atMost: 10_000)
        left = try reader.optional()
        (pin, emulated) = (try reader.from(), try reader.from())
        hardware = try reader.from()
    }
}

extension Reader {
    fileprivate mutating func from() throws(WireError) -> PolicyChange.From? {
        try array(2)
        let at = position
        switch try number() {
        case 0: return try nothing(nil)
        case 1: return try nothing(.never)
        case 2: return .above(try value())
        case _: throw WireError(.outOfRange, at: at)
        }
    }
}

extension Reader {
    mutating func flag() throws(WireError) -> Bool { try number(0...1) == 1 }

    mutating func nothing<Value>(_ value: Value) throws(WireError) -> Value {
        try array(0)
        return value
    }

    mutating func ders() throws(WireError) -> [[UInt8]] {
        var ders: [[UInt8]] = []
        for _ in 0..<(try array(atMost: 2)) {
            ders.append(try data(atMost: Limits.certificateBytes))
        }
        return ders
    }

    mutating func shownOrNot() throws(WireError) -> Text? {
        try array(atMost: 1) == 0 ? nil : try shown(atMost: Limits.profileBytes)
    }

    mutating func digitsOrNot() throws(WireError) -> Digits? {
        guard try array(atMost: 1) == 1 else { return nil }
        let at = position
        guard let digits = Digits(text: try text(atMost: 6)) else {
            throw WireError(.badText, at: at)
        }
        return digits
    }

    mutating func addresses() throws(WireError) -> [Address] {
        var addresses: [Address] = []
        for _ in 0..<(try array(atMost: 64)) { addresses.append(try address()) }
        return addresses
    }

    mutating func address() throws(WireError) -> Address {
        let at = position
        guard let address = Address(try data(atMost: Limits.addressBytes)) else {
            throw WireError(.outOfRange, at: at)
        }
        return address
    }
}

extension Terms: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(7)
        writer.value(asset)
        writer.value(amount)
        writer.text(memo)
        writer.list(items)
        writer.number(wants.rawValue)
        writer.number(seconds)
        writer.number(device.rawValue)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(7)
        self.init(
            asset: try reader.value(),
            amount: try reader.value(),
            memo: try reader.shown(atMost: Limits.memoBytes)
        )
        items = try reader.list(atMost: Limits.itemsPerOffer)
        wants = Wants(rawValue: try reader.number(0...3))
        seconds = try reader.number(1...Limits.offerSeconds)
        let at = reader.position
        guard let device = DeviceClass(rawValue: try reader.number()) else {
            throw WireError(.outOfRange, at: at)
        }
        self.device = device
    }
}

extension Told.Purse: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(18)
        writer.value(asset)
        writer.value(balance.available)
        writer.value(balance.overdue)
        writer.value(balance.settled)
        writer.value(balance.held)
        writer.value(balance.incoming)
        writer.value(balance.largest)
        writer.value(balance.stranded)
        writer.value(balance.redeemable)
        writer.value(balance.backAtOnce)
        writer.value(balance.tired)
        writer.number(UInt64(clamping: balance.tiredPieces))
        writer.value(balance.tiredAtOnce)
        writer.list(balance.dues)
        writer.value(balance.consumed)
        writer.value(balance.consumedAtOnce)
        writer.value(balance.usable)
        writer.number(balance.pulses)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(18)
        asset = try reader.value()
        var balance = Balance()
        (balance.available, balance.overdue) = (try reader.value(), try reader.value())
        (balance.settled, balance.held) = (try reader.value(), try reader.value())
        (balance.incoming, balance.largest) = (try reader.value(), try reader.value())
        balance.stranded = try reader.value()
        balance.redeemable = try reader.value()
        (balance.backAtOnce, balance.tired) = (try reader.value(), try reader.value())
        balance.tiredPieces = Int(clamping: try reader.number())
        balance.tiredAtOnce = try reader.value()
        balance.dues = try reader.list(atMost: Due.most)
        (balance.consumed, balance.consumedAtOnce) = (try reader.value(), try reader.value())
        (balance.usable, balance.pulses) = (try reader.value(), try reader.number())
        self.balance = balance
    }
}

extension Due: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(4)
        writer.number(state.rawValue)
        writer.value(amount)
        writer.value(spendUntil)
        writer.value(settleUntil)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(4)
        let at = reader.position
        guard let state = State(rawValue: try reader.number()) else {
            throw WireError(.outOfRange, at: at)
        }
        self.init(
            state,
            try reader.value(),
            spendUntil: try reader.value(),
            settleUntil: try reader.value()
        )
    }
}

extension ShowingSize: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(4)
        for count in [links, decisions, claims, denials] { writer.number(UInt64(count)) }
    }

    package init(from reader: inout Reader) throws(WireError) {
        self.init()
        try reader.array(4)
        links = Int(try reader.number(0...UInt64(Showing.linksAtMost)))
        decisions = Int(try reader.number(0...UInt64(Showing.decisionsAtMost)))
        claims = Int(try reader.number(0...UInt64(Showing.handoversAtMost)))
        denials = Int(try reader.number(0...UInt64(Showing.handoversAtMost)))
    }
}

extension Info: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(16)
        writer.value(key)
        writer.value(root)
        writer.value(epoch)
        writer.shown(name)
        writer.blobs(certificates)
        writer.shown(inert)
        writer.number(UInt64(port))
        writer.array(screen == nil ? 0 : 1)
        if let screen { writer.number(screen) }
        policy.write(to: &writer)
        writer.value(policy.demands)
        profile.write(to: &writer)
        writer.optional(window)
        writer.number(memory)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(16)
        (key, root, epoch) = (try reader.value(), try reader.value(), try reader.value())
        name = try reader.shownOrNot()
        (certificates, inert) = (try reader.ders(), try reader.shownOrNot())
        port = UInt16(try reader.number(0...UInt64(UInt16.max)))
        screen = try reader.array(atMost: 1) == 0 ? nil : try reader.number()
        var policy = try Policy(from: &reader)
        policy.demands = try reader.value()
        (self.policy, profile) = (policy, try Profile(from: &reader))
        (window, memory) = (try reader.optional(), try reader.number())
    }
}

extension Info.Window: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(5)
        writer.value(asset)
        writer.value(largest)
        writer.value(ceiling)
        writer.value(spent)
        writer.value(notAfter)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(5)
        (asset, largest) = (try reader.value(), try reader.value())
        (ceiling, spent) = (try reader.value(), try reader.value())
        notAfter = try reader.value()
    }
}

extension Errands: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(5)
        writer.list(open)
        writer.number(next)
        writer.number(revocations)
        writer.optional(atOffice)
        writer.list(ended)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(5)
        open = try reader.list(atMost: Limits.errandsAtOnce)
        (next, revocations) = (try reader.number(), try reader.number())
        atOffice = try reader.optional()
        ended = try reader.list(atMost: EndedPayment.most)
    }
}

extension OpenErrand: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(6)
        writer.value(id)
        writer.text(word.rawValue)
        writer.optional(asset)
        writer.optional(amount)
        writer.data(address.bytes)
        writer.flag(isSaid)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(6)
        let id: PaymentID = try reader.value()
        let at = reader.position
        guard let word = Word(rawValue: try reader.text(atMost: 8)) else {
            throw WireError(.outOfRange, at: at)
        }
        self.init(
            id: id,
            word: word,
            asset: try reader.optional(),
            amount: try reader.optional(),
            address: try reader.address(),
            isSaid: try reader.flag()
        )
    }
}

extension Particulars: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(9)
        writer.optional(key)
        writer.flag(isAnswered)
        writer.number(wants.rawValue)
        writer.list(items)
        writer.array(address == nil ? 0 : 1)
        if let address { writer.data(address.bytes) }
        writer.optional(says)
        writer.optional(handover)
        writer.blobs(certificates)
        writer.array(seconds == nil ? 0 : 1)
        if let seconds { writer.number(seconds) }
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(9)
        (key, isAnswered) = (try reader.optional(), try reader.flag())
        wants = Terms.Wants(rawValue: try reader.number(0...3))
        items = try reader.list(atMost: Limits.itemsPerOffer)
        address = try reader.array(atMost: 1) == 0 ? nil : try reader.address()
        (says, handover) = (try reader.optional(), try reader.optional())
        certificates = try reader.ders()
        seconds = try reader.array(atMost: 1) == 0 ? nil : try reader.number()
    }
}

extension PIN.Question: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(2)
        writer.data(salt)
        writer.number(left)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(2)
        salt = try reader.data(exactly: Stretch.saltBytes)
        left = try reader.number(0...PIN.triesAtMost)
    }
}

extension Outcome: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(3)
        writer.data(payment)
        writer.data(bytes)
        writer.number(number)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(3)
        self.init(
            payment: try reader.data(atMost: PaymentID.byteCount),
            bytes: try reader.data(atMost: 1 << 17),
            number: try reader.number()
        )
    }
}

extension PaymentStanding: WireValue {
    package func write(to writer: inout Writer) {
        writer.array(11)
        writer.value(payment)
        writer.text(word.rawValue)
        writer.flag(side == .buyer)
        writer.value(about.asset)
        writer.value(about.amount)
        writer.text(about.memo)
        writer.optional(about.peer)
        writer.optional(about.begun)
        writer.array(digits == nil ? 0 : 1)
        if let digits { writer.text(digits.text) }
        writer.shown(reason)
        writer.text(next)
    }

    package init(from reader: inout Reader) throws(WireError) {
        try reader.array(11)
        let payment: PaymentID = try reader.value()
        let at = reader.position
        guard let word = Word(rawValue: try reader.text(atMost: 16)) else {
            throw WireError(.outOfRange, at: at)
        }
        let side: Side = try reader.flag() ? .buyer : .seller
        let about = About(
            asset: try reader.value(),
            amount: try reader.value(),
            memo: try reader.shown(atMost: Limits.memoBytes),
            peer: try reader.optional(),
            begun: try reader.optional()
        )
        self.init(
            payment,
            word,
            side,
            about,
            digits: try reader.digitsOrNot(),
            reason: try reader.shownOrNot(),
            next: try reader.text(atMost: 256)
        )
    }
}
