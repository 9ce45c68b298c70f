internal import Certificates
package import Commit
package import Money
package import Sealing
package import Wallet
package import Wire
package import Words

/// What an office's answer makes of a candidate, once all of it is verified: nothing in it is
/// believed because somebody sent it.
package struct Enrolled: Sendable {
    /// The root's own certificate, and the office's.
    package let root: [UInt8]
    package let office: [UInt8]
    package let owner: Wallet.Owner
    package let window: Window
    /// What the office's clock said.
    package let moment: Moment

    package init(_ answer: Answer, _ code: Code, _ ring: KeyRing) throws(EnrolmentFault) {
        let (ders, papers) = (answer.outcome.certificates, answer.outcome.papers)
        guard ders.count == 3, papers.count == 2 else { throw .bad("something is missing") }
        (root, office, moment) = (ders[0], ders[1], answer.moment)
        let (rootKey, officeKey) = try Self.keys(ders, code)
        guard answer.signed.object.sender == officeKey else {
            throw .bad("another than the certified office has signed it")
        }
        let own: Certificate
        do throws(CertificateFault) {
            own = try Checks.real.certificate(ders[2], issuedBy: officeKey)
        } catch {
            throw .certificate(error)
        }
        guard own.key == ring.identity.key, own.sealingKey == ring.sealing.key,
            own.roles.contains(.wallet)
        else { throw .bad("its certificate is about other keys than this wallet's") }
        // What is in a file can be copied, whatever anybody signs.
        guard own.device != .hardware else { throw .hardware }
        let (name, window): (NameStatement, Window)
        do throws(WireError) {
            (name, window) = (
                try NameStatement(reading: papers[0]), try Window(reading: papers[1])
            )
        } catch {
            throw .paper(error)
        }
        guard papers.allSatisfy({ $0.object.sender == officeKey && $0.isSigned(Checks.real) })
        else { throw .bad("another than the office has signed the name or the window") }
        guard name.key == own.key, window.holder == own.key, window.terms.epoch == .first else {
            throw .bad("its name or its window is another wallet's")
        }
        self.window = window
        owner = Wallet.Owner(
            key: own.key,
            root: rootKey,
            epoch: .first,
            certificates: [
                Certified(key: own.key, issuer: officeKey, der: ders[2]),
                Certified(key: officeKey, issuer: rootKey, der: ders[1]),
            ],
            name: name
        )
    }

    /// The root that the code ends in, and the office that it certifies.
    private static func keys(
        _ ders: [[UInt8]],
        _ code: Code
    ) throws(EnrolmentFault) -> (root: Key, office: Key) {
        let (root, office): (Certificate, Certificate)
        do throws(CertificateFault) {
            root = try Checks.root(ders[0])
            office = try Checks.real.certificate(ders[1], issuedBy: root.key)
        } catch {
            throw .certificate(error)
        }
        guard Code.root(of: root.key) == code.root else {
            throw .bad("its root is not the one that the code names")
        }
        guard office.roles.contains(.office) else { throw .bad("its root calls it no office") }
        return (root.key, office.key)
    }
}

/// Why an answer makes no wallet.
package enum EnrolmentFault: Error, Hashable, Sendable {
    case bad(String)
    case hardware
    case certificate(CertificateFault)
    case paper(WireError)
}

extension Wallet.Owner {
    /// One that nobody has certified, which trusts nobody.
    package static func guest(_ ring: KeyRing) -> Wallet.Owner {
        guard let nobody = Bytes32([UInt8](repeating: 0, count: 32)) else {
            preconditionFailure("32 bytes are a key's")
        }
        return Wallet.Owner(
            key: ring.identity.key,
            root: Key(nobody),
            epoch: .first,
            certificates: [],
            name: nil
        )
    }
}
