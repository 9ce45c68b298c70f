/// A function that takes any bytes, and traps when the code behind it breaks a promise.
package struct FuzzEntry: Sendable, CustomStringConvertible {
    /// Names the fuzzer (`Fuzz` and this) and the folder of its kept cases.
    package let name: String
    package let run: @Sendable ([UInt8]) -> Void

    package var description: String { name }

    package init(_ name: String, _ run: @escaping @Sendable ([UInt8]) -> Void) {
        (self.name, self.run) = (name, run)
    }

    /// Every entry; Package.swift names the same ones, and a test compares the two.
    package static let all = [
        FuzzEntry("Advert", fuzzAdvert),
        FuzzEntry("CBOR", fuzzCBOR),
        FuzzEntry("Carrier", fuzzCarrier),
        FuzzEntry("Certificate", SealingEntries.fuzzCertificate),
        FuzzEntry("Datagram", SealingEntries.fuzzDatagram),
        FuzzEntry("EKey", fuzzEKey),
        FuzzEntry("Envelope", SealingEntries.fuzzEnvelope),
        FuzzEntry("JournalOpen", fuzzJournal),
        FuzzEntry("KeyFile", SealingEntries.fuzzKeyFile),
        FuzzEntry("Message", fuzzMessage),
        FuzzEntry("Node", fuzzNode),
        FuzzEntry("Provenance", fuzzProvenance),
        FuzzEntry("Rows", fuzzRows),
        FuzzEntry("Token", fuzzToken),
        FuzzEntry("TokenDesk", fuzzTokenDesk),
    ]
}
