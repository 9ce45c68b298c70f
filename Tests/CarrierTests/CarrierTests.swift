import Carrier
import Keypad
import Money
import StandIns
import Testing
import Wire
import Words

/// What is carried to a meter and back (docs/PROTOCOL section 19).
@Suite struct CarrierTests {
    private let bench = Bench()

    // MARK: What is sold

    @Test func `what was written is read again, and checks`() throws {
        let carrier = bench.carrier()
        #expect(try Carrier(carrier.bytes) == carrier)
        #expect(bench.fault(carrier.bytes) == nil)
        #expect(carrier.bytes.count < 2_048)
    }

    @Test func `a lost carrier is issued again as the same bytes`() {
        #expect(bench.carrier(4).bytes == Bench().carrier(4, [2, 1]).bytes)
    }

    @Test func `the most that a carrier may hold fits into it`() throws {
        let carrier = bench.carrier(1_000_000_000, Array(1...8))
        let registers = (1...32).map { bench.register($0) }
        let all = carrier.answered(bench.receipt(carrier, naming: registers), registers)
        let counts = (1...32).map { request in
            MeterReceipt.Count(stick: bench.stick(request).id, units: .largest)
        }
        #expect(counts.count == Limits.registersPerReceipt)
        #expect(all.bytes.count + 32 * 48 + 4 * Limits.certificateBytes < Limits.carrierBytes)
        #expect(try Carrier(all.bytes) == all)
    }

    @Test func `what is no delivery is not made`() {
        func made(_ sticks: [Stick], _ number: UInt64 = 1, key: MeterKey? = nil) -> Carrier? {
            Carrier(
                number: number,
                to: .first,
                sticks: sticks,
                certificates: bench.certificates(),
                issued: bench.now,
                by: bench.office,
                confirmedBy: key
            )
        }
        let (one, other) = (bench.stick(1), bench.stick(2, to: StandInSigner("b").key))
        #expect(made([one]) != nil)
        #expect(made([]) == nil && made([one, one]) == nil && made([one, other]) == nil)
        #expect(made((1...9).map { bench.stick($0) }) == nil)
        #expect(made([one], 0) == nil && made([one], Limits.deliveries + 1) == nil)
        #expect(made([Bench("2").stick(1)]) == nil, "another office has issued it")
        let test = IssuingKey(top: Bytes32(repeating: 7))
            .meterKey(must(MeterName("TEST")), .first, for: .test)
        #expect(made([one], key: test) == nil)
    }

    // MARK: What is refused

    @Test func `whatever happens to a byte of what was sold is seen`() throws {
        let carrier = bench.carrier()
        let bytes = carrier.bytes
        for index in bytes.indices.dropLast() {
            for bit in 0..<8 {
                var other = bytes
                other[index] ^= 1 << UInt8(bit)
                guard case .damaged = bench.fault(other) else {
                    Issue.record("byte \(index), bit \(bit): \(bench.fault(other)?.name ?? "-")")
                    return
                }
            }
        }
        for count in 0..<bytes.count - 1 {
            guard case .damaged = bench.fault(Array(bytes.prefix(count))) else {
                Issue.record("cut at \(count)")
                return
            }
        }
    }

    @Test func `an answer that was cut or changed leaves what was sold good`() throws {
        let carrier = bench.carrier()
        let whole = carrier.answered(bench.receipt(carrier), [bench.register(1)])
        let (bytes, sold) = (whole.bytes, carrier.bytes.count - 1)
        #expect(try Carrier(bytes).said(StandInChecking()).receipt == bench.receipt(carrier))
        func isSeen(_ bytes: [UInt8]) -> Bool {
            guard bench.fault(bytes) == nil, let read = try? Carrier(bytes) else { return false }
            let again = read.answered(bench.receipt(carrier), [bench.register(1)])
            guard again.bytes == whole.bytes else { return false }
            do {
                _ = try read.said(StandInChecking())
                return false
            } catch {
                return error == .answerDamaged
            }
        }
        for count in sold..<bytes.count { #expect(isSeen(Array(bytes.prefix(count)))) }
        #expect(isSeen(bytes + [0]) && isSeen(carrier.bytes + [0x80]))
        for index in sold..<bytes.count {
            var other = bytes
            other[index] ^= 1 << UInt8(index % 8)
            if index == sold, other[index] == 0x80 { continue }
            #expect(isSeen(other), "byte \(index)")
        }
    }

    @Test func `a carrier that no meter had says so`() throws {
        let carrier = try Carrier(bench.carrier().bytes)
        #expect(throws: CarrierFault.notTaken) { _ = try carrier.said(StandInChecking()) }
    }

    @Test func `it is for one meter`() throws {
        let carrier = bench.carrier()
        #expect(throws: CarrierFault.otherMeter) {
            try carrier.check(
                for: StandInSigner("b").key,
                under: bench.root.key,
                StandInChecking()
            )
        }
    }

    @Test func `another office's is told as that`() throws {
        let other = Bench("2")
        #expect(bench.fault(other.carrier().bytes) == .otherOffice(other.office.key))
        // A certificate of one's own makes nobody an office.
        let carrier = must(
            Carrier(
                number: 1,
                to: .first,
                sticks: [other.stick(1)],
                certificates: bench.certificates(),
                issued: bench.now,
                by: other.office
            )
        )
        #expect(bench.fault(carrier.bytes) == .otherOffice(other.office.key))
    }

    @Test func `who edits it and makes the check fit is found out by the signatures`() throws {
        struct Forger: Signing {
            let key: Key
            func sign(_ hash: Hash) -> Signature { StandInSigner("forger").sign(hash) }
        }
        let forger = Forger(key: bench.office.key)
        let real = bench.stick(1)
        let more = Stick.object(
            office: real.office,
            owner: real.owner,
            request: Hash(Bytes32(repeating: 1)),
            asset: real.asset,
            units: must(Amount(500_000)),
            spendUntil: real.spendUntil,
            settleUntil: real.settleUntil,
            issued: real.issued
        )
        let grown = must(try? Stick(reading: .signed(more, by: forger)))
        func carrier(_ stick: Stick, _ certificates: [[UInt8]], by signer: some Signing) -> [UInt8]
        {
            must(
                Carrier(
                    number: 1,
                    to: .first,
                    sticks: [stick],
                    certificates: certificates,
                    issued: bench.now,
                    by: signer
                )
            ).bytes
        }
        let all = bench.certificates()
        #expect(bench.fault(carrier(grown, all, by: bench.office)) == .forged("stick-signature"))
        #expect(bench.fault(carrier(real, all, by: forger)) == .forged("signature"))
        #expect(
            bench.fault(carrier(real, [all[0]], by: bench.office))
                == .forged("certificate-missing")
        )
        let third = bench.certificate(of: StandInSigner("c"), by: bench.office, .wallet)
        #expect(
            bench.fault(carrier(real, all + [third], by: bench.office)) == .forged("not-needed")
        )
    }

    @Test func `the meter's own key confirms it, and no other does`() throws {
        let (key, carrier) = (Bench.key, bench.carrier())
        let top = IssuingKey(top: Bytes32(repeating: 7))
        let next = top.meterKey(key.meter, must(Generation(2)))
        #expect(bench.fault(carrier.bytes, key: next) == .otherKey(key.meter, .first))
        let away = IssuingKey(top: Bytes32(repeating: 8)).meterKey(key.meter, .first)
        #expect(bench.fault(carrier.bytes, key: away) == .confirmation)
        #expect(bench.fault(carrier.bytes, key: nil) == nil, "the signature is there always")
        #expect(bench.fault(bench.carrier(key: nil).bytes) == nil)
    }

    @Test func `it is not read beyond its cap`() {
        let bytes = [UInt8](repeating: 0, count: Limits.carrierBytes + 1)
        #expect(bench.fault(bytes) == .tooLarge)
    }

    // MARK: What comes back

    @Test func `an answer is the meter's own word about this delivery`() throws {
        let carrier = bench.carrier()
        let stranger = StandInSigner("b")
        func fault(_ receipt: MeterReceipt, _ registers: [Register] = []) -> CarrierFault? {
            do {
                let read = try Carrier(carrier.answered(receipt, registers).bytes)
                _ = try read.said(StandInChecking())
                return nil
            } catch {
                return error
            }
        }
        #expect(fault(bench.receipt(carrier)) == nil)
        #expect(fault(bench.receipt(carrier, by: stranger)) == .answerDamaged)
        #expect(fault(bench.receipt(carrier, number: 2)) == .answerDamaged)
        #expect(fault(bench.receipt(bench.carrier(2))) == .answerDamaged, "of another delivery")
        #expect(fault(bench.receipt(carrier), [bench.register(1, by: stranger)]) == .answerDamaged)
    }

    @Test func `a last word that the receipt names cannot be cut out of it`() throws {
        let carrier = bench.carrier()
        let (one, other) = (bench.register(1), bench.register(2))
        let receipt = bench.receipt(carrier, naming: [one])
        func isGood(_ registers: [Register]) -> Bool {
            let answered = carrier.answered(receipt, registers)
            guard let read = try? Carrier(answered.bytes) else { return false }
            return (try? read.said(StandInChecking())) != nil
                && (try? answered.said(StandInChecking())) != nil
        }
        #expect(isGood([one]) && isGood([one, other]), "what was signed since may be beside it")
        #expect(!isGood([]) && !isGood([other]))
        // With more than there is room for, those that it names are there.
        let many = (2...33).map { bench.register($0) } + [one]
        #expect(isGood(many) && isGood(Array(many.reversed())))
    }
}
