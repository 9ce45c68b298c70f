package import Wire
package import Words

/// Why money is not taken, by name.
///
/// The names stand in docs/PROTOCOL; each case costs the
/// payee nothing, because it is found before anything is asked for or locked.
package enum Refusal: Error, Hashable, Sendable {
    // The bytes.
    case unreadable(WireError)
    case tooManyBytes(Int, cap: Int)
    case tooManyHops(Int, cap: Int)
    case notNeeded

    // Who vouches.
    case certificate(CertificateFault)
    case foreignOffice(Key)
    case certificateMissing(Key)

    // Where the units come from.
    case stickMissing(Hash)
    case stickSignature(Hash)
    case stickExpired(Hash, spendUntil: Day)
    case linkMissing(EntryReference)
    case wrongStick(EntryReference)
    case outsideStick(Hash)
    case outsideParent(EntryReference)
    case notTheOwner(Hash)
    case notThePayee(EntryReference)
    case toItself(EntryReference)
    case linkSignature(EntryReference)
    case tooManyReleases
    case releaseSignature
    case releaseNotForPayer
    case revoked(Key, at: Place)

    // What is offered.
    case overlap
    case overlapsHeld(Units)
    // Seldom, and large: every other refusal, and every answer that may be one, stays small.
    indirect case releaseMissing(Proof?)
    indirect case aborted(Proof?)
    case asset(Asset)
    case sum(Amount?, expected: Amount)

    // What lets the payer pay.
    case windowSignature
    case windowHolder
    case windowAsset
    case windowDates
    case payerCertificateDates
    case aboveLargest(Amount)
    case aboveCeiling(Amount)
    case deviceClass(DeviceClass)

    // Whether the handover is what was proposed.
    case notToMe
    case otherPayer
    case otherPayment
    case otherOffer
    case otherWindow
    case otherEntries
    case otherEpoch
    case belowFirstCounter
    case belowFloor(Place)
    case total(Amount)
    case privateLeaf
    case handoverSignature

    /// The name in docs/PROTOCOL §6.4.
    package var name: String {
        switch self {
        case .unreadable: "unreadable"
        case .tooManyBytes: "too-many-bytes"
        case .tooManyHops: "too-many-hops"
        case .notNeeded: "not-needed"
        case .certificate: "certificate"
        case .foreignOffice: "foreign-office"
        case .certificateMissing: "certificate-missing"
        case .stickMissing: "stick-missing"
        case .stickSignature: "stick-signature"
        case .stickExpired: "stick-expired"
        case .linkMissing: "link-missing"
        case .wrongStick: "wrong-stick"
        case .outsideStick: "outside-stick"
        case .outsideParent: "outside-parent"
        case .notTheOwner: "not-the-owner"
        case .notThePayee: "not-the-payee"
        case .toItself: "to-itself"
        case .linkSignature: "link-signature"
        case .tooManyReleases: "too-many-releases"
        case .releaseSignature: "release-signature"
        case .releaseNotForPayer: "release-not-for-payer"
        case .revoked: "revoked"
        case .overlap: "overlap"
        case .overlapsHeld: "overlaps-held"
        case .releaseMissing: "release-missing"
        case .aborted: "aborted"
        case .asset: "asset"
        case .sum: "sum"
        case .windowSignature: "window-signature"
        case .windowHolder: "window-holder"
        case .windowAsset: "window-asset"
        case .windowDates: "window-dates"
        case .payerCertificateDates: "payer-certificate-dates"
        case .aboveLargest: "above-largest"
        case .aboveCeiling: "above-ceiling"
        case .deviceClass: "device-class"
        case .notToMe: "not-to-me"
        case .otherPayer: "other-payer"
        case .otherPayment: "other-payment"
        case .otherOffer: "other-offer"
        case .otherWindow: "other-window"
        case .otherEntries: "other-entries"
        case .otherEpoch: "other-epoch"
        case .belowFirstCounter: "below-first-counter"
        case .belowFloor: "below-floor"
        case .total: "total"
        case .privateLeaf: "private-leaf"
        case .handoverSignature: "handover-signature"
        }
    }
}
