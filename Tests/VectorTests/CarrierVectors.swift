import Carrier
import Certificates
import Keypad
import Money
import Sealing
import StandIns
import Station
import TestSupport
import Testing
import Wire
import Words

/// docs/vectors/carrier.json: carriers as they are sold, answered, changed and read from pictures.
@Suite struct CarrierVectors {
    struct File: Codable {
        var root = ""
        var meter = ""
        var key = KeyForm()
        var cases: [Case] = []
        var texts: [TextCase] = []
    }

    struct KeyForm: Codable {
        var meter = "M-1001"
        var generation: UInt64 = 2
        /// The issuing key above it.
        var top = String(repeating: "07", count: 32)
    }

    struct Case: Codable {
        let name: String
        let hex: String
        /// `good`, or by which name it is refused by that meter, under that root, with that key.
        let result: String
        /// `good`, or by which name its answer is refused.
        let answer: String
    }

    struct TextCase: Codable {
        let name: String
        let text: String
        /// The bytes, or the fault.
        let result: String
    }

    @Test func `carrier json is what the code makes, and each case fails as it says`() throws {
        try VectorFiles.compare(try CarrierStory().made(), "carrier.json")
    }

    @Test func `a carrier of the vectors is kept as a case`() throws {
        let story = try CarrierStory()
        try CaseFiles.compare(story.answered.bytes, "Carrier/answered")
        try CaseFiles.compare(story.sold.bytes, "Carrier/sold")
        let text = story.sold.lines(of: 300).joined(separator: "\n")
        try CaseFiles.compare(Array(text.utf8), "Carrier/lines")
    }
}

/// One meter, its office, and what goes between them.
private struct CarrierStory {
    private var street: RealStreet
    private let meter: Identity
    private let other: Identity
    private let key: MeterKey
    let sold: Carrier
    let answered: Carrier

    init() throws {
        street = try RealStreet(seed: 19)
        (meter, other) = (try street.person(), try street.person())
        let top = IssuingKey(top: Bytes32(repeating: 7))
        key = top.meterKey(must(MeterName("M-1001")), must(Generation(2)))
        sold = must(
            Carrier(
                number: 7,
                to: must(Epoch(3)),
                sticks: [Self.stick(1, street, meter.key), Self.stick(2, street, meter.key)],
                certificates: Self.certificates(street, meter.key),
                issued: RealStreet.now,
                by: street.office,
                confirmedBy: key
            )
        )
        let register = try Self.register(sold, by: meter)
        let content = Self.content(sold, number: 7, [register])
        let object = MeterReceipt.object(answering: sold.delivery, content)
        let receipt = try MeterReceipt(reading: .signed(object, by: meter))
        answered = sold.answered(receipt, [register])
    }

    private static func stick(_ number: UInt8, _ street: RealStreet, _ owner: Key) -> Stick {
        let day = RealStreet.now.day
        let object = Stick.object(
            office: street.office.key,
            owner: owner,
            request: Hash(Bytes32(repeating: number)),
            asset: must(Asset(code: "Wh", scale: 0)),
            units: must(Amount(UInt64(number) * 1_000)),
            spendUntil: must(day.advanced(by: 30)),
            settleUntil: must(day.advanced(by: 60)),
            issued: RealStreet.now
        )
        return must(try? Stick(reading: .signed(object, by: street.office)))
    }

    private static func certificates(_ street: RealStreet, _ owner: Key) -> [[UInt8]] {
        [street.office.key, owner].map { must(street.ders[$0]) }
    }

    private static func content(
        _ carrier: Carrier,
        number: UInt64,
        _ registers: [Register] = []
    ) -> MeterReceipt.Content {
        let ids = carrier.delivery.sticks
        return MeterReceipt.Content(
            number: number,
            highest: 9,
            pulses: 1_234,
            states: zip(ids, [.taken, .late]).map { MeterReceipt.State(stick: $0, $1) },
            registers: ids.map { MeterReceipt.Count(stick: $0, units: must(Amount(345))) },
            finals: registers.map(\.signed.object.hash),
            moment: must(Moment(RealStreet.now.seconds + 60))
        )
    }

    private static func register(_ carrier: Carrier, by signer: Identity) throws -> Register {
        let delivery = carrier.delivery
        let object = Register.object(
            by: signer.key,
            to: delivery.office,
            delivery.sticks[1],
            .zero
        )
        return try Register(reading: .signed(object, by: signer))
    }

    private func carrier(
        _ sticks: [Stick]? = nil,
        certificates: [[UInt8]]? = nil,
        by signer: (any Signing)? = nil,
        key: MeterKey? = nil
    ) -> Carrier {
        let office: any Signing = signer ?? street.office
        return must(
            Carrier(
                number: 7,
                to: must(Epoch(3)),
                sticks: sticks ?? sold.sticks,
                certificates: certificates ?? Self.certificates(street, meter.key),
                issued: RealStreet.now,
                by: office,
                confirmedBy: key
            )
        )
    }

    func made() throws -> CarrierVectors.File {
        var file = CarrierVectors.File()
        file.root = Hex.text(street.root.key.bytes.array)
        file.meter = Hex.text(meter.key.bytes.array)
        for (name, bytes) in try all() {
            let (result, answer) = judged(bytes)
            file.cases.append(
                CarrierVectors.Case(
                    name: name,
                    hex: Hex.text(bytes),
                    result: result,
                    answer: answer
                )
            )
        }
        let lines = sold.lines(of: 500)
        let texts: [(String, String)] = [
            ("in order", lines.joined(separator: "\n")),
            ("in any order and case", lines.reversed().joined(separator: "\r\n").lowercased()),
            ("one is missing", lines.dropFirst().joined(separator: "\n")),
            ("nothing", "\n \n"), ("no part", lines[0] + "\nhello"),
            ("two carriers", lines[0] + "\n" + answered.lines(of: 500)[1]),
            (
                "misread",
                lines.joined(separator: "\n").replacing(lines[0].suffix(8), with: "AAAAAAAA")
            ),
            (
                "one part twice, with another body",
                lines.joined(separator: "\n") + "\n"
                    + lines[0].replacing(lines[0].suffix(8), with: "AAAAAAAA")
            ),
        ]
        file.texts = texts.map { name, text in
            CarrierVectors.TextCase(name: name, text: text, result: joined(text))
        }
        return file
    }

    private func joined(_ text: String) -> String {
        do {
            return Hex.text(try Carrier.bytes(ofLines: text))
        } catch {
            return error.name
        }
    }

    private func judged(_ bytes: [UInt8]) -> (String, String) {
        do throws(CarrierFault) {
            let carrier = try Carrier(bytes)
            try carrier.check(for: meter.key, under: street.root.key, key: key, Checks.real)
            do throws(CarrierFault) {
                _ = try carrier.said(Checks.real)
                return ("good", "good")
            } catch {
                return ("good", error.name)
            }
        } catch {
            return (error.name, "")
        }
    }

    private func all() throws -> [(String, [UInt8])] {
        let (bytes, whole) = (sold.bytes, answered.bytes)
        func flipped(_ bytes: [UInt8], _ at: Int) -> [UInt8] {
            var bytes = bytes
            bytes[at] ^= 1
            return bytes
        }
        let receipt = MeterReceipt.object(
            answering: sold.delivery,
            Self.content(sold, number: 8)
        )
        let wrongNumber = try MeterReceipt(reading: .signed(receipt, by: meter))
        let right = MeterReceipt.object(answering: sold.delivery, Self.content(sold, number: 7))
        let wrongSigner = try MeterReceipt(reading: .signed(right, by: other))
        let own = try MeterReceipt(reading: .signed(right, by: meter))
        let theirs = try Self.register(sold, by: other)
        guard case .said(let naming, _) = answered.answer else { preconditionFailure("it is said") }
        return [
            ("sold", bytes), ("sold without a confirmation", carrier().bytes),
            ("answered", whole), ("an answer that was cut", Array(whole.dropLast(9))),
            ("no byte of an answer", Array(bytes.dropLast())),
            ("more after the answer", whole + [0]),
            ("a flipped bit in the receipt", flipped(whole, bytes.count + 150)),
            ("a receipt of another number", sold.answered(wrongNumber, []).bytes),
            ("a receipt that another has signed", sold.answered(wrongSigner, []).bytes),
            ("a register that the receipt names is cut out", sold.answered(naming, []).bytes),
            ("a register of another", sold.answered(own, [theirs]).bytes),
            ("a flipped bit at the front", flipped(bytes, 3)),
            ("a flipped bit in the middle", flipped(bytes, bytes.count / 2)),
            ("a flipped bit in the check", flipped(bytes, bytes.count - 8)),
            ("cut", Array(bytes.prefix(400))), ("empty", []),
            ("too large", bytes + [UInt8](repeating: 0, count: Limits.carrierBytes)),
        ] + (try refused())
    }

    /// Whole ones that are not for this meter, or not good.
    private func refused() throws -> [(String, [UInt8])] {
        let top = IssuingKey(top: Bytes32(repeating: 7))
        let older = top.meterKey(key.meter, .first)
        let away = IssuingKey(top: Bytes32(repeating: 8)).meterKey(key.meter, key.generation)
        let strangers = try RealStreet(seed: 20)
        let foreign = [Self.stick(1, strangers, meter.key)]
        let third = must(street.ders[other.key])
        return [
            (
                "for another meter",
                carrier(
                    [Self.stick(1, street, other.key)],
                    certificates: Self.certificates(street, other.key)
                ).bytes
            ),
            (
                "of another office",
                carrier(
                    foreign,
                    certificates: [
                        must(strangers.ders[strangers.office.key]), must(street.ders[meter.key]),
                    ],
                    by: strangers.office
                ).bytes
            ),
            (
                "without the certificate of its owner",
                carrier(certificates: [must(street.ders[street.office.key])]).bytes
            ),
            (
                "with one certificate too many",
                carrier(certificates: Self.certificates(street, meter.key) + [third]).bytes
            ),
            ("signed by somebody else", carrier(by: Forger(street.office.key, other)).bytes),
            ("confirmed by an older key", carrier(key: older).bytes),
            ("confirmed by another tree", carrier(key: away).bytes),
        ]
    }
}

/// Signs in the name of a key that he has not.
private struct Forger: Signing {
    let key: Key
    private let own: Identity

    init(_ key: Key, _ own: Identity) { (self.key, self.own) = (key, own) }

    func sign(_ hash: Hash) -> Signature { own.sign(hash) }
}
