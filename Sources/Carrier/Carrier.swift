package import Keypad
package import Money
package import Wire
package import Words

/// What is carried to a meter by hand, and what the meter says of it, on the way back:
/// docs/PROTOCOL section 19.
///
/// It is a value: a seller makes one, a meter checks it and puts its answer in, the seller reads
/// that. Files are somebody else's business.
package struct Carrier: Hashable, Sendable {
    package let delivery: Delivery
    package let certificates: [[UInt8]]
    /// In the order of their ids.
    package let sticks: [Stick]
    package let confirmation: Confirmation?
    package internal(set) var answer: Answer

    /// What a meter has put in.
    package enum Answer: Hashable, Sendable {
        case none
        /// It was cut, or changed: the meter writes it anew.
        case damaged
        indirect case said(MeterReceipt, [Register])
    }

    /// What only who has the meter's own key can make of a delivery.
    package struct Confirmation: Hashable, Sendable {
        package let meter: MeterName
        package let generation: Generation
        package let mac: Bytes32

        init(meter: MeterName, generation: Generation, mac: Bytes32) {
            (self.meter, self.generation, self.mac) = (meter, generation, mac)
        }

        /// By the key that is a meter's; nil by one that is for tests.
        init?(of delivery: Delivery, by key: MeterKey) {
            guard key.use == .real else { return nil }
            let mac = key.derived(Self.domain, delivery.id.bytes.array).bytes
            self.init(meter: key.meter, generation: key.generation, mac: mac)
        }

        private static let domain = Digest.Domain("tally1 confirm")
    }

    /// The delivery of these sticks, as the office that issued them signs it.
    ///
    /// The same number, sticks and moment are the same carrier to the byte: so a lost one is issued
    /// again. A later moment brings the meter its office's clock. `epoch` is the life that they were
    /// sold to, also when it is issued again: a later one takes them for used up. `certificates` are
    /// those that the sticks need: the office's, where it is not the root itself, and the meter's.
    /// nil when that is no delivery: no stick or more than 8, one of them twice, of another office
    /// or of two meters; a number that no delivery has; more than 4 certificates; a key for tests.
    package init?(
        number: UInt64,
        to epoch: Epoch,
        sticks: [Stick],
        certificates: [[UInt8]],
        issued: Moment,
        by office: some Signing,
        confirmedBy key: MeterKey? = nil
    ) {
        let sorted = sticks.sorted { $0.id < $1.id }
        guard let meter = sorted.first?.owner, key?.use != .test,
            certificates.count <= Limits.certificatesPerCarrier
        else { return nil }
        let object = Delivery.object(
            office: office.key,
            meter: meter,
            number: number,
            to: epoch,
            sticks: sorted.map(\.id),
            issued: issued
        )
        // Reading it is what says whether it is one.
        guard let delivery = try? Delivery(reading: .signed(object, by: office)),
            delivery.brings(sorted)
        else { return nil }
        self.init(
            delivery,
            certificates.sorted { $0.lexicographicallyPrecedes($1) },
            sorted,
            key.flatMap { Confirmation(of: delivery, by: $0) }
        )
    }

    init(
        _ delivery: Delivery,
        _ certificates: [[UInt8]],
        _ sticks: [Stick],
        _ confirmation: Confirmation?
    ) {
        (self.delivery, self.certificates, self.sticks) = (delivery, certificates, sticks)
        (self.confirmation, answer) = (confirmation, .none)
    }

    /// The same with a meter's answer in it, in place of the one that was there.
    package func answered(_ receipt: MeterReceipt, _ registers: [Register]) -> Carrier {
        var carrier = self
        // Those that it names have to be there; what was signed since goes as far as there is room.
        let named = Set(receipt.content.finals)
        let own = registers.filter { named.contains($0.signed.object.hash) }
        let more = registers.filter { !named.contains($0.signed.object.hash) }
            .sorted { $0.stick < $1.stick }
            .prefix(max(0, Limits.registersPerReceipt - own.count))
        carrier.answer = .said(receipt, (own + more).sorted { $0.stick < $1.stick })
        return carrier
    }
}

/// Why a carrier is not taken, or says nothing, by the name in docs/PROTOCOL section 19.
package enum CarrierFault: Error, Hashable, Sendable {
    case tooLarge
    /// Where it was seen; nil where all of it is well formed, and not what the check says.
    case damaged(WireError?)
    case otherMeter
    case otherOffice(Key)
    case forged(String)
    case otherKey(MeterName, Generation)
    case confirmation
    /// It was sold to a later life of the meter's key than the one that is asked.
    case laterLife
    case notTaken
    case answerDamaged

    package var name: String {
        switch self {
        case .tooLarge: "too-large"
        case .damaged: "damaged"
        case .otherMeter: "other-meter"
        case .otherOffice: "other-office"
        case .forged: "forged"
        case .otherKey: "other-key"
        case .confirmation: "confirmation"
        case .laterLife: "later-life"
        case .notTaken: "not-taken"
        case .answerDamaged: "answer-damaged"
        }
    }
}

// MARK: Checking

extension Carrier {
    /// Whether an office under that root has sent it, signatures and all, and `meter` is who it is
    /// for; `key` is the meter's own, where it has one.
    package func check(
        for meter: Key,
        under root: Key,
        key: MeterKey? = nil,
        _ checking: some Checking
    ) throws(CarrierFault) {
        guard delivery.meter == meter else { throw .otherMeter }
        try check(under: root, checking)
        if let key, let fault = fault(ofConfirmationBy: key) { throw fault }
    }

    /// What is wrong with its confirmation, to a meter that has this key; there may be none.
    package func fault(ofConfirmationBy key: MeterKey) -> CarrierFault? {
        guard let confirmation else { return nil }
        guard confirmation.meter == key.meter, confirmation.generation == key.generation else {
            return .otherKey(confirmation.meter, confirmation.generation)
        }
        return Confirmation(of: delivery, by: key) == confirmation ? nil : .confirmation
    }

    /// The same for whoever looks, whichever meter it is for.
    package func check(under root: Key, _ checking: some Checking) throws(CarrierFault) {
        var verified = Verified()
        do {
            _ = try provenance.lineages(
                of: delivery.meter,
                by: Verifier(root: root),
                &verified,
                checking
            )
        } catch {
            switch error {
            case .foreignOffice, .certificate(.wrongIssuer): throw .otherOffice(delivery.office)
            case _: throw .forged(error.name)
            }
        }
        // Its sender is that of the sticks, so it is such an office.
        guard delivery.isSigned(checking) else { throw .forged("signature") }
    }

    /// Where its sticks come from, as their owner shows it.
    private var provenance: Provenance {
        Provenance(
            certificates: certificates,
            sticks: sticks,
            links: [],
            pieces: sticks.compactMap { stick in
                Units(0, stick.units.units).map {
                    Holding(stick: stick.id, units: $0, parent: nil)
                }
            }
        )
    }

    /// What the meter has said of it; whoever asks has checked the rest (``check(under:_:)``).
    package func said(
        _ checking: some Checking
    ) throws(CarrierFault) -> (receipt: MeterReceipt, registers: [Register]) {
        switch answer {
        case .none: throw .notTaken
        case .damaged: throw .answerDamaged
        case .said(let receipt, let registers):
            guard receipt.answers(delivery), receipt.hasAll(of: registers),
                receipt.isSigned(checking),
                registers.allSatisfy({ $0.sender == delivery.meter && $0.isSigned(checking) })
            else { throw .answerDamaged }
            return (receipt, registers)
        }
    }
}
