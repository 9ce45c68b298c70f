import Certificates
import Sealing
import Testing
import Words

@Suite struct CertificateTests {
    let house: House

    init() throws { house = try House() }

    @Test func `what an office certifies reads back as it was said`() throws {
        var chance = SystemChance()
        for device in DeviceClass.allCases {
            for roles in [[.wallet], [.meter, .wallet], [.bank], [.bank, .meter]] as [Set<Role>] {
                let about = Holder(
                    key: house.holderKey.key,
                    sealingKey: house.sealing.key,
                    roles: roles,
                    device: device,
                    notBefore: moment(1_800_000_000),
                    notAfter: moment(1_800_000_001)
                )
                let der = try house.office.certify(
                    about,
                    chance: &chance,
                    sign: house.officeKey.sign(bytes:)
                )
                #expect(der.count < 600)
                let read = try Certificate(
                    der: der,
                    issuedBy: house.officeKey.key,
                    checking: ed25519
                )
                #expect(read.key == about.key && read.sealingKey == about.sealingKey)
                #expect(read.roles == roles && read.device == device)
                #expect(read.notBefore == about.notBefore && read.notAfter == about.notAfter)
                #expect(read.issuer == house.officeKey.key)
                #expect(read.serial.high >> 62 == 1)
            }
        }
    }

    @Test(
        arguments: [
            0, 59, 86_399, 86_400, 68_169_599, 68_169_600, 951_782_400, 951_868_800, 2_524_607_999,
            2_524_608_000, 4_107_542_400, 253_402_300_799,
        ] as [UInt64]
    )
    func `every date of the calendar can be written and read`(seconds: UInt64) throws {
        let old = try House(from: moment(seconds), to: moment(253_402_300_799))
        let read = try Certificate(
            der: old.holder,
            issuedBy: old.officeKey.key,
            checking: ed25519
        )
        #expect(read.notBefore == moment(seconds))
        #expect(read.notAfter == moment(253_402_300_799))
    }

    @Test func `any single flipped bit is refused`() {
        for bit in 0..<house.holder.count * 8 {
            var broken = house.holder
            broken[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(fault(broken, house.officeKey.key) != nil, "bit \(bit)")
        }
    }

    @Test func `a certificate cut anywhere or with a tail is refused`() {
        for count in 0..<house.holder.count {
            #expect(fault(Array(house.holder[..<count]), house.officeKey.key) != nil, "\(count)")
        }
        guard case .malformed = fault(house.holder + [0], house.officeKey.key) else {
            Issue.record("a tail was not called malformed")
            return
        }
    }

    @Test func `what is too large is not even looked at`() {
        let bytes = house.holder + [UInt8](repeating: 0, count: 1_025 - house.holder.count)
        #expect(fault(bytes, house.officeKey.key) == .tooLarge(bytes: 1_025))
    }

    @Test func `the word of another issuer is refused by name`() {
        #expect(fault(house.holder, house.rootKey.key) == .wrongIssuer)
        #expect(fault(house.office.der, house.officeKey.key) == .wrongIssuer)
    }

    @Test func `a certificate that another key signed is refused`() throws {
        var chance = SystemChance()
        let forged = try house.office.certify(
            house.about(house.holderKey, [.wallet]),
            chance: &chance,
            sign: house.holderKey.sign(bytes:)
        )
        #expect(fault(forged, house.officeKey.key) == .badSignature)
    }

    @Test func `a second encoding that openssl still accepts is refused`() throws {
        // The outer length in three bytes instead of two: the signed part is untouched.
        let der = house.holder
        #expect(Array(der[..<2]) == [0x30, 0x82])
        let longer = [0x30, 0x83, 0x00] + der[2...]
        let scratch = try Scratch()
        let pem = try scratch.write("longer.pem", PEM.text(longer, .certificate))
        #expect(try openssl("x509", "-in", pem, "-noout", "-serial").isContent)
        #expect(
            fault(longer, house.officeKey.key)
                == .malformed("not in the one form a certificate of Tally has")
        )
    }

    @Test func `another program's certificates are refused by name`() throws {
        let scratch = try Scratch()
        for (algorithm, expected) in [
            ("ed25519", CertificateFault.wrongIssuer), ("rsa:2048", .notEd25519),
        ] {
            let made = try openssl(
                "req",
                "-x509",
                "-newkey",
                algorithm,
                "-nodes",
                "-batch",
                "-subj",
                "/CN=x",
                "-keyout",
                scratch.path("key"),
                "-outform",
                "DER",
                "-out",
                scratch.path("der")
            )
            #expect(made.isContent, "\(made.text)")
            #expect(fault(try scratch.bytes("der"), house.rootKey.key) == expected)
        }
    }

    @Test func `noise is refused and never traps`() {
        var random = SystemRandomNumberGenerator()
        for round in 0..<20_000 {
            var bytes = house.holder
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(
                    in: 0...255,
                    using: &random
                )
            }
            if bytes == house.holder { continue }
            #expect(fault(bytes, house.officeKey.key) != nil, "round \(round)")
        }
    }

    @Test func `a chain leads from the root through one office at most`() throws {
        let chain = [house.office.der, house.holder]
        let holder = try Chain.holder(chain, root: house.rootKey.key, checking: ed25519)
        #expect(holder.key == house.holderKey.key)
        let key = house.rootKey.key
        #expect(
            try Chain.holder([house.office.der], root: key, checking: ed25519).key
                == house.officeKey.key
        )
        var chance = SystemChance()
        let direct = try house.root.certify(
            house.about(house.holderKey, [.meter]),
            chance: &chance,
            sign: house.rootKey.sign(bytes:)
        )
        #expect(try Chain.holder([direct], root: key, checking: ed25519).roles == [.meter])

        func refusal(_ chain: [[UInt8]]) -> CertificateFault? {
            fault { () throws(CertificateFault) in
                _ = try Chain.holder(chain, root: key, checking: ed25519)
            }
        }
        #expect(refusal([]) == .missing("a certificate"))
        #expect(refusal([house.holder]) == .wrongIssuer)
        #expect(
            refusal([direct, house.holder])
                == .unusable("its issuer is no office that the root certified")
        )
        #expect(
            refusal([house.root.der, house.office.der])
                == .unusable("its issuer is no office that the root certified")
        )
        #expect(
            refusal([house.office.der, house.holder, house.holder])
                == .unusable("a chain is root, office, holder")
        )
    }

    @Test func `a chain names the very certificate that its holder's issuer was named by`() throws {
        var chance = SystemChance()
        let second = try house.root.certify(
            house.about(house.officeKey, [.office]),
            chance: &chance,
            sign: house.rootKey.sign(bytes:)
        )
        let found = fault { () throws(CertificateFault) in
            _ = try Chain.holder(
                [second, house.holder],
                root: house.rootKey.key,
                checking: ed25519
            )
        }
        #expect(found == .wrongIssuer)
    }

    @Test func `an office that certifies an office all the same is not believed`() throws {
        // It calls itself a root, under the serial that its certificate has.
        var same = OneSerial()
        let der = try house.root.certify(
            house.about(house.officeKey, [.office]),
            chance: &same,
            sign: house.rootKey.sign(bytes:)
        )
        let pretender = try Authority.root(
            house.about(house.officeKey, [.office]),
            chance: &same,
            sign: house.officeKey.sign(bytes:)
        )
        let below = try pretender.certify(
            house.about(house.holderKey, [.office]),
            chance: &same,
            sign: house.officeKey.sign(bytes:)
        )
        let found = fault { () throws(CertificateFault) in
            _ = try Chain.holder([der, below], root: house.rootKey.key, checking: ed25519)
        }
        #expect(found == .unusable("an office certifies no office"))
    }

    @Test func `nobody certifies beyond what it may`() throws {
        var chance = SystemChance()
        let sign = house.officeKey.sign(bytes:)
        func refusal(_ authority: Authority, _ holder: Holder) -> CertificateFault? {
            fault { () throws(CertificateFault) in
                _ = try authority.certify(holder, chance: &chance, sign: sign)
            }
        }
        #expect(
            refusal(house.office, house.about(house.holderKey, [.office]))
                == .unusable("an office certifies no office")
        )
        #expect(
            refusal(house.root, house.about(house.rootKey, [.office]))
                == .unusable("a root certifies itself once")
        )
        #expect(refusal(house.office, house.about(house.holderKey, [])) == .missing("roles"))
        #expect(
            fault { () throws(CertificateFault) in
                _ = try Authority(
                    der: house.holder,
                    issuedBy: house.officeKey.key,
                    checking: ed25519
                )
            } == .unusable("its holder is no office")
        )
        #expect(
            fault { () throws(CertificateFault) in
                _ = try Authority.root(
                    house.about(house.rootKey, [.wallet]),
                    chance: &chance,
                    sign: sign
                )
            } == .unusable("a root is an office")
        )
    }

    @Test func `the seam filled with Ed25519 and X509 checks both`() throws {
        let checks = Checks(ed25519)
        let read = try checks.certificate(house.holder, issuedBy: house.officeKey.key)
        #expect(read.key == house.holderKey.key)
        let hash = Hash(Bytes32(repeating: 7))
        let signature = house.holderKey.sign(hash)
        #expect(checks.isSigned(hash, by: house.holderKey.key, with: signature))
        #expect(!checks.isSigned(hash, by: house.officeKey.key, with: signature))
        #expect(
            !checks.isSigned(
                Hash(Bytes32(repeating: 8)),
                by: house.holderKey.key,
                with: signature
            )
        )
    }
}

/// Chance without any: every serial is the same.
private struct OneSerial: Chance {
    mutating func bytes(_ count: Int) -> [UInt8] { Array(repeating: 0x55, count: count) }
}
