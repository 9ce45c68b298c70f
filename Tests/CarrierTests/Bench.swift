import Carrier
import Keypad
import Money
import StandIns
import Wire
import Words

func must<Value>(_ value: Value?) -> Value {
    guard let value else { preconditionFailure("needed by the test") }
    return value
}

/// An office of Wh, and meters that it sells to.
struct Bench {
    let root: StandInSigner
    let office: StandInSigner
    let meter = StandInSigner("meter")
    let now = must(Moment(20_000 * 86_400))

    init(_ name: String = "") {
        (root, office) = (StandInSigner("root" + name), StandInSigner("office" + name))
    }

    func certificate(of holder: StandInSigner, by issuer: StandInSigner, _ role: Role) -> [UInt8] {
        let certificate = Certificate(
            key: holder.key,
            sealingKey: SealingKey(holder.key.bytes),
            issuer: issuer.key,
            serial: Salt(high: 1 << 62, low: 1),
            roles: [role],
            device: .software,
            notBefore: must(Moment(0)),
            notAfter: must(Moment(40_000 * 86_400))
        )
        return StandInCertificate(certificate, by: issuer).wireBytes
    }

    func certificates(of holder: StandInSigner? = nil) -> [[UInt8]] {
        [
            certificate(of: office, by: root, .office),
            certificate(of: holder ?? meter, by: office, .wallet),
        ]
    }

    func stick(_ request: UInt8, _ units: UInt64 = 5_000, to holder: Key? = nil) -> Stick {
        let object = Stick.object(
            office: office.key,
            owner: holder ?? meter.key,
            request: Hash(Bytes32(repeating: request)),
            asset: must(Asset(code: "Wh", scale: 0)),
            units: must(Amount(units)),
            spendUntil: must(now.day.advanced(by: 30)),
            settleUntil: must(now.day.advanced(by: 60)),
            issued: now
        )
        return must(try? Stick(reading: .signed(object, by: office)))
    }

    func carrier(
        _ number: UInt64 = 1,
        _ requests: [UInt8] = [1, 2],
        key: MeterKey? = Bench.key
    ) -> Carrier {
        must(
            Carrier(
                number: number,
                to: .first,
                sticks: requests.map { stick($0) },
                certificates: certificates(),
                issued: now,
                by: office,
                confirmedBy: key
            )
        )
    }

    static let key = IssuingKey(top: Bytes32(repeating: 7))
        .meterKey(must(MeterName("M-1001")), .first)

    /// What the meter says of it.
    func receipt(
        _ carrier: Carrier,
        number: UInt64? = nil,
        naming registers: [Register] = [],
        by signer: StandInSigner? = nil
    ) -> MeterReceipt {
        let content = MeterReceipt.Content(
            number: number ?? carrier.delivery.number,
            highest: max(3, number ?? carrier.delivery.number),
            pulses: 700,
            states: carrier.delivery.sticks.map { MeterReceipt.State(stick: $0, .taken) },
            registers: carrier.delivery.sticks.map {
                MeterReceipt.Count(stick: $0, units: must(Amount(350)))
            },
            finals: registers.map(\.signed.object.hash),
            moment: now
        )
        let object = MeterReceipt.object(answering: carrier.delivery, content)
        return must(try? MeterReceipt(reading: .signed(object, by: signer ?? meter)))
    }

    func register(_ request: UInt8, by signer: StandInSigner? = nil) -> Register {
        let signer = signer ?? meter
        let object = Register.object(by: signer.key, to: office.key, stick(request).id, .zero)
        return must(try? Register(reading: .signed(object, by: signer)))
    }

    func fault(_ bytes: [UInt8], key: MeterKey? = Bench.key) -> CarrierFault? {
        do {
            let carrier = try Carrier(bytes)
            try carrier.check(for: meter.key, under: root.key, key: key, StandInChecking())
            return nil
        } catch {
            return error
        }
    }
}
