internal import Certificates
internal import Homes
internal import Station
internal import Words

extension Info {
    /// The office that certified this wallet.
    var certifier: Certificate? {
        certificates.lazy.compactMap { try? Checks.real.certificate($0, issuedBy: root) }.first
    }

    /// What that office says of this wallet's keys.
    var certificate: Certificate? {
        guard let certifier else { return nil }
        return certificates.lazy.compactMap {
            try? Checks.real.certificate($0, issuedBy: certifier.key)
        }.first { $0.key == key }
    }
}
