package import Commit
package import Money
package import Wire
package import Words

/// What happens to a wallet.
package enum Event: Sendable {
    case lookup(Lookup, from: Address)
    /// A wallet greets an office.
    case hello(Hello, from: Address)
    /// A message came out of its envelope; nobody has checked its signature yet.
    case arrived(Arrival)
    /// A check that was ordered is done.
    case checked(UInt64, Verdict)
    /// The archive was looked into.
    case found(Arrival, Outcome?)
    case woken(PaymentID)
    case wish(Wish)

    /// A finished payment, as its row has it; nil when there is no such row.
    package typealias Outcome = [UInt8]
}

/// A message, and the way back to whoever sent it; none when it was brought by hand.
package struct Arrival: Hashable, Sendable {
    package let message: SignedObject
    package let route: Route?

    package init(_ message: SignedObject, _ route: Route?) {
        (self.message, self.route) = (message, route)
    }
}

/// Where somebody was heard, and the secret key that both know.
package struct Route: Hashable, Sendable {
    package let address: Address
    package let way: Way

    package init(address: Address, way: Way) { (self.address, self.way) = (address, way) }
}

/// What the person, or a program in his stead, wants.
package enum Wish: Sendable {
    /// Buyer mode on or off: whether look-ups are answered.
    case listen(Bool)
    /// Who is there to pay me?
    case call
    /// The same, asked at one place alone.
    case callAt(Address)
    /// Offers something to one of those who answered, and takes it from nobody but `only`.
    case offer(Terms, to: Hash, only: Key? = nil)
    /// Asks the office for something, where it is said to be.
    case ask(Errand, at: Address)
    case answer(PaymentID, Answer)
    /// Ends an offer, or a request that nobody has answered.
    case cancel(PaymentID)
    /// What came by hand, a file or a code on paper: a decision, or a question about one.
    case bring(SignedObject)
    /// Of a payment to a life that has ended: the person says that it was paid.
    case claim(PaymentID)
    case charge(Stick, certificates: [[UInt8]])
    /// Sticks that came by hand, as their office says.
    case carry(Delivery, [Stick], certificates: [[UInt8]])
    /// What a device beside the wallet has it keep: on the disk with everything else.
    case keep([UInt8])
    case open(Window, certificates: [[UInt8]])
    case learn(Revocation, certificates: [[UInt8]])
    /// Nothing of the history up to this number is to be told to the office.
    case told(UInt64)
    /// A meter runs beside the wallet from now on.
    case meter
    /// Units count as used up, as a counter beside the wallet says.
    case consume(Consumption)
    /// What was used up of sticks whose last day to be spent is past is to be signed.
    case register
    case policy(Policy)
    case profile(Profile)

    package enum Answer: Hashable, Sendable {
        case accept(share: Terms.Wants, knowsPIN: Bool)
        case refuse
    }
}

/// What a wallet orders, to be done in this order.
package enum Order: Sendable {
    /// On disk and synced before anything after it.
    case write(Step)
    case send(Letter, Destination)
    case here(SignedObject, to: SealingKey, at: Address)
    /// To everybody in the air.
    case call([UInt8])
    /// One datagram that is not sealed, to one place.
    case toss([UInt8], to: Address)
    /// The wallet beside a counter is to follow this.
    case wish(Wish)
    case check(UInt64, Job)
    case look(Arrival)
    case wake(PaymentID, Ticks)
    /// Takes following messages on this way.
    case listen(Way, Listening)
    /// Nothing of this payment is under way any more.
    case rest(PaymentID)
    case tell(News)
}

/// What a way is listened to for.
package enum Listening: Hashable, Sendable {
    case payment(PaymentID)
    /// Somebody answered our call.
    case met
    /// We answered somebody's.
    case answered
    /// An answer was given, or a question asked, about a payment that is not under way.
    case asked
}

/// Whom a letter is for: on which payment, where, and on which way if there is one.
package struct Destination: Hashable, Sendable {
    package let payment: PaymentID
    package let address: Address
    package let way: Way?

    package init(_ payment: PaymentID, _ address: Address, _ way: Way?) {
        (self.payment, self.address, self.way) = (payment, address, way)
    }
}

/// What a person may want to see.
package enum News: Hashable, Sendable {
    /// What stands on the screen from now on, for sellers to pick us by; nil while look-ups are
    /// not answered.
    case listening(UInt64?)
    /// A call went out; who answers it is told by that name.
    case calling(Hash)
    /// Somebody answered: the name to offer to, and what stands on his screen.
    case here(lookup: Hash, name: Hash, id: UInt64)
    case standing(PaymentStanding)
    /// A wish that cannot be.
    case denied(Denial)
    case charged(Amount)
    /// What became of a delivery, and the final words on what is past; whether it was said before.
    case carried(MeterReceipt, [Register], isAgain: Bool)
    /// All that was consumed up to this number of the counter is on the disk, and counts as served.
    case served(through: UInt64)
    case opened
    /// Somebody has cheated: this proves it to anybody.
    case convicted(Proof)
    /// An errand to the office is under way under this name.
    case asking(PaymentID)
    /// What the office said to one.
    case answered(Answer)
    case inert(Text)
    /// What answers something that was brought by hand: to be taken back in the same way.
    case answer(SignedObject)
}

/// Why a wish was not followed.
package enum Denial: Hashable, Sendable {
    case noSuchPayment
    /// What was brought says nothing that is not known.
    case nothingNew
    case noSuchAnswer
    case inert(Text)
    case noWindow
    case short(Shortage)
    case needsPIN(above: Amount)
    case noRoom
    case tooMany
    /// Not in order, by the refusal's name.
    case refused(Text)
    /// It has been agreed: only the seller's decision ends it.
    case held
}

/// What a wallet does on its own.
package struct Policy: Hashable, Sendable {
    /// Sellers the person picked.
    package var sellers: [Key] = []
    /// What may go to them until the person looks again; nil is nothing.
    package var left: Amount?
    /// From this amount on, a PIN is asked for.
    package var pinAbove: Amount?
    /// What it asks of those who pay it.
    package var demands = Demands()

    package init() {}
}

/// From which amounts on a seller takes only money of which every signer's keys are kept in a
/// device of a class.
package struct Demands: Hashable, Sendable {
    /// Each nil where that is never asked for.
    package var emulatedFrom: Amount?
    package var hardwareFrom: Amount?

    package init() {}

    package func device(for amount: Amount) -> DeviceClass {
        if let hardwareFrom, amount >= hardwareFrom { return .hardware }
        if let emulatedFrom, amount >= emulatedFrom { return .emulated }
        return .software
    }
}

/// What a seller may be told, with consent only.
package struct Profile: Hashable, Sendable {
    package var shipping: Text?
    package var billing: Text?

    package init() {}
}

/// The seams that a wallet uses while it handles one input.
package struct Tools {
    package let keys: any Keys
    package let desk: any Desk
    package var chance: any Chance
    /// Puts room on the disk by; false when there is none.
    package let reserve: (PaymentID, Room) -> Bool
    /// Whether whoever is beside this wallet lets it take a handover, shown with those links.
    package let mayTake: (Handover, [Link], PaymentID) -> Bool
    /// The COMMIT that whoever is beside this wallet knows of a payment to it; it throws where that
    /// cannot be known just now.
    package let committed: (PaymentID) throws(LogFault) -> Commit?

    package init(
        keys: any Keys,
        desk: any Desk,
        chance: any Chance,
        reserve: @escaping (PaymentID, Room) -> Bool,
        mayTake: @escaping (Handover, [Link], PaymentID) -> Bool = { _, _, _ in true },
        committed: @escaping (PaymentID) throws(LogFault) -> Commit? = { _ in nil }
    ) {
        (self.keys, self.desk, self.chance, self.reserve) = (keys, desk, chance, reserve)
        (self.mayTake, self.committed) = (mayTake, committed)
    }

    mutating func salt() -> Salt {
        let bytes = chance.bytes(16)
        return Salt(high: bigEndianWord(bytes, 0), low: bigEndianWord(bytes, 8))
    }
}
