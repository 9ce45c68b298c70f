internal import Certificates
internal import Command
internal import Commit
internal import Money
internal import Sealing
internal import Station
internal import Wallet
internal import Wire
internal import Words

import struct Wallet.Wallet

/// What an office's answer makes of a candidate, once all of it is verified: nothing in it is
/// believed because somebody sent it.
struct Enrolled {
    /// The root's own certificate, and the office's.
    let root: [UInt8]
    let office: [UInt8]
    let owner: Wallet.Owner
    let window: Window
    /// What the office's clock said.
    let moment: Moment

    init(_ answer: OfficeAnswer, _ code: Code, _ ring: KeyRing) throws(Complaint) {
        let (ders, papers) = (answer.outcome.certificates, answer.outcome.papers)
        guard ders.count == 3, papers.count == 2 else { throw Self.bad("something is missing") }
        (root, office, moment) = (ders[0], ders[1], answer.moment)
        let (rootKey, officeKey) = try Self.keys(ders, code)
        guard answer.signed.object.sender == officeKey else {
            throw Self.bad("another than the certified office has signed it")
        }
        let own: Certificate
        do throws(CertificateFault) {
            own = try Checks.real.certificate(ders[2], issuedBy: officeKey)
        } catch {
            throw Complaint(error)
        }
        guard own.key == ring.identity.key, own.sealingKey == ring.sealing.key,
            own.roles.contains(.wallet)
        else { throw Self.bad("its certificate is about other keys than this wallet's") }
        guard own.device != .hardware else { throw Self.hardware }
        let (name, window): (NameStatement, Window)
        do throws(WireError) {
            (name, window) = (
                try NameStatement(reading: papers[0]), try Window(reading: papers[1])
            )
        } catch {
            throw Complaint(error)
        }
        guard papers.allSatisfy({ $0.object.sender == officeKey && $0.isSigned(Checks.real) })
        else { throw Self.bad("another than the office has signed the name or the window") }
        guard name.key == own.key, window.holder == own.key, window.terms.epoch == .first else {
            throw Self.bad("its name or its window is another wallet's")
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

    /// What is in a file can be copied, whatever anybody signs.
    private static let hardware = Complaint(
        .refused,
        "hardware-class",
        "the office certifies these keys as hardware that nobody can copy, and they are in a file",
        hint: "ask it for an invitation of class software, or emulated for an eKey"
    )

    /// The root that the code ends in, and the office that it certifies.
    private static func keys(
        _ ders: [[UInt8]],
        _ code: Code
    ) throws(Complaint) -> (root: Key, office: Key) {
        let (root, office): (Certificate, Certificate)
        do throws(CertificateFault) {
            root = try Checks.root(ders[0])
            office = try Checks.real.certificate(ders[1], issuedBy: root.key)
        } catch {
            throw Complaint(error)
        }
        guard Code.root(of: root.key) == code.root else {
            throw bad("its root is not the one that the code names")
        }
        guard office.roles.contains(.office) else { throw bad("its root calls it no office") }
        return (root.key, office.key)
    }

    private static func bad(_ why: String) -> Complaint {
        Complaint(
            .refused,
            "bad-enrolment",
            "what the office answered makes no wallet: \(why)",
            hint: "show this to the office; the keys stay where they are, and nothing was believed"
        )
    }

    /// What is to be told when the two clocks are far apart: then nothing is in date here.
    func away(from now: Moment) -> String? {
        let (here, there) = (now.seconds, moment.seconds)
        guard max(here, there) - min(here, there) > Self.secondsApart else { return nil }
        return "this device's clock says \(now.text), the office's \(moment.text): set it right, or"
            + " payees will refuse what this wallet signs"
    }

    private static let secondsApart: UInt64 = 3_600
}
