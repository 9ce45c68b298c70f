import Certificates
import Sealing
import Testing
import Words

/// What openssl makes of what we write.
@Suite struct InteropTests {
    let house: House
    let scratch: Scratch
    let root, office, holder: String

    init() throws {
        house = try House()
        scratch = try Scratch()
        root = try scratch.write("root.pem", PEM.text(house.root.der, .certificate))
        office = try scratch.write("office.pem", PEM.text(house.office.der, .certificate))
        holder = try scratch.write("holder.pem", PEM.text(house.holder, .certificate))
    }

    @Test func `openssl verifies the chain as strictly as it can`() throws {
        let leaf = try openssl(
            "verify",
            "-x509_strict",
            "-check_ss_sig",
            "-attime",
            "1800000000",
            "-CAfile",
            root,
            "-untrusted",
            office,
            holder
        )
        #expect(leaf.isContent && leaf.text.hasSuffix("OK\n"), "\(leaf.text)")
        let direct = try openssl(
            "verify",
            "-x509_strict",
            "-attime",
            "1800000000",
            "-CAfile",
            root,
            office
        )
        #expect(direct.isContent, "\(direct.text)")
        let alone = try openssl(
            "verify",
            "-x509_strict",
            "-attime",
            "1800000000",
            "-CAfile",
            root,
            holder
        )
        #expect(!alone.isContent)
        let late = try openssl(
            "verify",
            "-x509_strict",
            "-attime",
            "1900000001",
            "-CAfile",
            root,
            "-untrusted",
            office,
            holder
        )
        #expect(!late.isContent)
    }

    @Test func `openssl shows a certificate with a serial and no name in it`() throws {
        let shown = try openssl("x509", "-in", holder, "-noout", "-text")
        #expect(shown.isContent)
        let read = try Certificate(
            der: house.holder,
            issuedBy: house.officeKey.key,
            checking: ed25519
        )
        let arc = "2.25.214305887195721850098327574690765488835"
        for expected in [
            "Version: 3", "Public Key Algorithm: ED25519", "Signature Algorithm: ED25519",
            "CA:FALSE", "Digital Signature", "\(arc).1:", "\(arc).2:", "\(arc).3:",
            "Subject: CN = " + Hex.text(bigEndianBytes(read.serial.high))
                + Hex.text(bigEndianBytes(read.serial.low)),
        ] {
            #expect(shown.text.contains(expected), "\(expected) is not in \(shown.text)")
        }
        let above = try openssl("x509", "-in", office, "-noout", "-text").text
        #expect(above.contains("CA:TRUE, pathlen:0"))
        #expect(above.contains("Digital Signature, Certificate Sign, CRL Sign"))
    }

    @Test func `openssl reads and verifies a revocation list`() throws {
        let read = try Certificate(
            der: house.holder,
            issuedBy: house.officeKey.key,
            checking: ed25519
        )
        let entries = [
            RevocationList.Entry(serial: read.serial, revoked: moment(1_795_000_000)),
            .init(serial: house.office.certificate.serial, revoked: moment(1_795_000_002)),
            .init(serial: read.serial, revoked: moment(1_795_000_001)),
        ]
        let list = try RevocationList(
            of: house.office,
            number: 300,
            thisUpdate: moment(1_795_000_100),
            nextUpdate: moment(1_895_000_000),
            entries: entries
        )
        let der = try list.signed(house.officeKey.sign(bytes:))
        #expect(list.entries.count == 2)
        #expect(list.entries.contains(entries[0]))
        let again = try RevocationList(
            der: der,
            issuedBy: house.officeKey.key,
            checking: ed25519
        )
        #expect(again == list)

        let pem = try scratch.write("list.pem", PEM.text(der, .revocationList))
        let shown = try openssl("crl", "-in", pem, "-noout", "-text", "-CAfile", office)
        #expect(shown.isContent && shown.text.contains("verify OK"), "\(shown.text)")
        #expect(shown.text.contains("X509v3 CRL Number: \n                300"))
        let checked = try openssl(
            "verify",
            "-x509_strict",
            "-crl_check",
            "-attime",
            "1800000000",
            "-CAfile",
            root,
            "-untrusted",
            office,
            "-CRLfile",
            pem,
            holder
        )
        #expect(!checked.isContent && checked.text.contains("certificate revoked"))
    }

    @Test func `a revocation list is refused when a bit of it flips`() throws {
        let list = try RevocationList(
            of: house.office,
            number: 1,
            thisUpdate: moment(1_795_000_100),
            nextUpdate: moment(1_895_000_000),
            entries: [.init(serial: house.office.certificate.serial, revoked: moment(0))]
        )
        let der = try list.signed(house.officeKey.sign(bytes:))
        let empty = try RevocationList(
            of: house.office,
            number: .max,
            thisUpdate: moment(1),
            nextUpdate: moment(2),
            entries: []
        )
        let emptyDER = try empty.signed(house.officeKey.sign(bytes:))
        #expect(
            try RevocationList(der: emptyDER, issuedBy: house.officeKey.key, checking: ed25519)
                == empty
        )
        for bit in 0..<der.count * 8 {
            var broken = der
            broken[bit / 8] ^= 1 << UInt8(bit % 8)
            let fault = fault { () throws(CertificateFault) in
                _ = try RevocationList(
                    der: broken,
                    issuedBy: house.officeKey.key,
                    checking: ed25519
                )
            }
            #expect(fault != nil, "bit \(bit)")
        }
        let other = fault { () throws(CertificateFault) in
            _ = try RevocationList(der: der, issuedBy: house.rootKey.key, checking: ed25519)
        }
        #expect(other == .wrongIssuer)
    }

    @Test func `PEM text comes back as its bytes and in no other spelling`() throws {
        for count in 0..<200 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
            let text = PEM.text(bytes, .certificate)
            #expect(PEM.blocks("for people\n" + text + text, .certificate) == [bytes, bytes])
            #expect(PEM.blocks(text, .revocationList) == [])
        }
        let text = PEM.text([1, 2, 3, 4], .certificate)
        #expect(text.contains("\nAQIDBA==\n"))
        for wrong in ["AQIDBB==", "AQIDBA=", "AQID=BA=", "AQID*A==", "A===", "===="] {
            let other = text.replacing("AQIDBA==", with: wrong)
            #expect(PEM.blocks(other, .certificate) == nil, "\(wrong)")
        }
        #expect(PEM.blocks(String(text.dropLast(10)), .certificate) == nil)
    }
}
