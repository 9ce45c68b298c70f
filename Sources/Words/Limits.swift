/// Every bound in Tally, in one place, with its unit in its name.
///
/// Their relations are tested (`LimitsTests`); a bound that a stranger must know stands in
/// docs/PROTOCOL too.
package enum Limits {
    // MARK: Wire

    /// One datagram, so that no network between two devices has to fragment it.
    package static let datagramBytes = 1_200
    /// One message, however many fragments carry it.
    package static let messageBytes = 48 * 1_024
    /// What one fragment carries of a message.
    package static let fragmentBytes = 1_024
    /// Plaintext is padded to a multiple of this.
    package static let paddingBytes = 32
    /// Long messages of one conversation that may be half here; a newer one drops the oldest.
    package static let assembliesPerConversation = 2
    /// Strangers' long first messages that may be half here, while one is awaited at all.
    package static let assembliesOfStrangers = 8

    // MARK: Money

    /// The most units one stick may hold, and the most any sum may come to.
    ///
    /// It fits a signed 64-bit column, a JSON number and any screen.
    package static let amountUnits: UInt64 = 1_000_000_000_000_000
    package static let entriesPerHandover = 8
    /// The most that a million units are sold for.
    package static let pricePerMillion: UInt64 = 1_000_000_000_000
    package static let releasesPerEntry = 8
    /// What is offered to anyone but the office, so that a piece many have aborted on can still
    /// be redeemed.
    package static let releasesPerPayment = 7
    /// The longest chain anyone checks, whatever caps a payee announces.
    package static let hopsPerChain = 64
    /// What a payee takes by default: its own link comes on top, and others have to take that.
    package static let hopsPerPayment = 63
    /// The most links, sticks and certificates one provenance carries.
    package static let linksPerProvenance = 512
    package static let sticksPerProvenance = 8
    package static let certificatesPerProvenance = 130
    package static let handoverBytes = 24 * 1_024
    package static let provenanceBytes = 40 * 1_024
    /// What a payee takes by default: its own link and certificate come on top.
    package static let proposalBytes = 36 * 1_024
    package static let certificateBytes = 1_024
    /// A list of revoked certificates, for other programs: about 1,000 entries.
    package static let revocationListBytes = 48 * 1_024
    /// A file that `tally verify` reads.
    package static let paperBytes = 128 * 1_024

    // MARK: Payment

    /// LOOKUP, and the most that HERE may come to: nobody is made to send more than he got.
    package static let lookupBytes = 512
    package static let itemsPerOffer = 16
    package static let offerSeconds: UInt64 = 3_600
    package static let addressBytes = 64
    /// Offers and unanswered requests that a node keeps in memory; the oldest give way.
    package static let offersAtOnce = 64
    /// Offers of one seller that a person is shown at once.
    package static let offersPerPeer = 8
    /// Calls of one who wants to be paid, and answers to each that are taken; the ways of all of
    /// them are listened to.
    package static let callsAtOnce = 4
    package static let answersPerCall = 256
    /// One-time keys of one who waits to be offered something.
    ///
    /// A flood of look-ups is answered 20 times a second: whoever was answered honestly beside it
    /// has 12 seconds to make his offer, and does not have to be lucky at the first try.
    package static let answersAtOnce = 256
    /// Checks that a node has given out and not got back; what comes on top is dropped, as the
    /// air would have done.
    package static let checksAtOnce = 256
    /// Secret keys of first messages that nobody listens to yet; a newer one drops the oldest.
    ///
    /// So many as there are checks, after which it is known whether to listen.
    package static let waysUnheard = checksAtOnce
    /// Keys on which one payment's other side was heard.
    ///
    /// A repeat that was sealed anew brings one, a replay does not. Beyond them no repeat is
    /// believed to be more than a replay.
    package static let waysRemembered = 1_024
    /// What a wallet has under way with its office.
    package static let errandsAtOnce = 8
    /// What one member has an office keep in a day of what it shows: links, decisions, claims,
    /// denials.
    package static let shownADay = 20_000
    /// Lives that one member has an office open in a day.
    package static let livesADay = 16
    /// Questions that were answered at length; each is answered once.
    package static let answersRemembered = 256

    // MARK: Warnings

    /// Of one payment, each way: a warning costs its receiver a few checks of signatures.
    package static let warningsPerPayment = 4
    /// What one of them says, and all of one payment: two links with what released them.
    package static let warningBytes = 12 * 1_024
    /// That of the key that it is about, and of that key's office.
    package static let certificatesPerWarning = 2
    /// Proofs, and as many revocations, that a wallet keeps because others told it.
    package static let warningsKept = 4_096
    /// Of how many of each kind it chooses those that it says.
    package static let warningsLookedAt = 256
    /// Whom it remembers to have warned, and of what.
    package static let peersWarned = 256

    // MARK: Text

    package static let memoBytes = 160
    package static let nameBytes = 64
    package static let reasonBytes = 120
    /// A refusal's name.
    package static let refusalBytes = 40
    package static let itemBytes = 64
    package static let profileBytes = 512
    package static let assetCodeBytes = 8
    package static let assetScaleDigits: UInt8 = 6

    // MARK: Time

    /// The last second of the year 9999: what an X.509 date can still say.
    package static let momentSeconds: UInt64 = 253_402_300_799
    package static let secondsPerDay: UInt64 = 86_400
    /// So long before its last day to be spent a holder is reminded, and shows where it is from.
    package static let reminderDays: UInt64 = 7
    /// A piece with more behind it is tired: its office makes it fresh.
    package static let hopsAtEase = 48
    package static let releasesAtEase = 4
    /// Of more pieces than that only the largest stay, so many, and the others are crumbs.
    package static let piecesAtEase = 64
    package static let piecesKept = 32

    // MARK: Key files

    /// Argon2id's "moderate", the floor for a passphrase.
    package static let passphraseOperations: UInt64 = 3
    package static let passphraseMemoryBytes = 256 * 1_024 * 1_024
    /// The ceiling a key file may ask for, checked before anything is allocated.
    package static let passphraseMemoryCapBytes = 1_024 * 1_024 * 1_024
    package static let passphraseOperationsCap: UInt64 = 16
    package static let passphraseBytes = 1_024
    package static let keyFileBytes = 4_096

    // MARK: Meters and their keypads

    package static let meterNameBytes = 32
    /// How often a key may end.
    package static let keyGenerations: UInt64 = 1_000
    /// The most that 20 digits say.
    package static let tokenWattHours: UInt64 = 1_000_000
    package static let saleNumber: UInt64 = 1_000_000_000
    /// Sales of one meter that its seller keeps.
    package static let salesPerMeter = 20_000
    /// Issuing keys that one distributor hands on.
    package static let issuingKeys = 4_096
    /// What a seller keeps of one meter, or a distributor of what was handed on.
    package static let pressBytes = 1_024 * 1_024
    /// Something secret in a file of its own.
    package static let sealedPaperBytes = 64 * 1_024
    /// Tokens that a meter has taken and not yet used up.
    package static let tokenRegisters = 64
    /// What somebody types for 20 digits.
    package static let tokenTextBytes = 64
    /// Wrong tries that cost nothing, and how often a lock then doubles.
    package static let freeTries: UInt64 = 4
    package static let lockDoublings: UInt64 = 10

    // MARK: Carriers

    /// What is carried to a meter and back.
    package static let carrierBytes = 32 * 1_024
    package static let certificatesPerCarrier = 4
    /// Deliveries to one meter.
    package static let deliveries: UInt64 = 1_000_000_000
    /// How many sticks a meter's receipt speaks of besides those that came, and how many of its
    /// registers go with it.
    package static let registersPerReceipt = 32
    /// As pictures: what one of them carries, and how many there are.
    package static let carrierPartBytes = 1_024
    package static let carrierParts = 64
}
