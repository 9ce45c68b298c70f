package import Wire

/// Why a key file does not open.
package enum KeyFileFault: Error, Hashable, Sendable {
    case tooLong(bytes: Int)
    case notAKeyFile
    /// The checksum does not fit: the passphrase may well be right.
    case damaged
    case version
    /// Written whole, but by no program that keeps to the format.
    case malformed(WireError)
    case needsPassphrase
    case needsServiceKey
    case passphraseLength(bytes: Int)
    case serviceKeyLength(bytes: Int)
    case tooWeak(Stretch.Cost)
    case tooCostly(Stretch.Cost)
    case noMemory(bytes: Int)
    case wrongPassphrase
    case wrongServiceKey

    /// The name that vectors know it by.
    package var name: String {
        switch self {
        case .tooLong: "too-long"
        case .notAKeyFile: "not-a-key-file"
        case .damaged: "damaged"
        case .version: "version"
        case .malformed(let error): error.kind.rawValue
        case .needsPassphrase: "needs-passphrase"
        case .needsServiceKey: "needs-service-key"
        case .passphraseLength: "passphrase-length"
        case .serviceKeyLength: "service-key-length"
        case .tooWeak: "too-weak"
        case .tooCostly: "too-costly"
        case .noMemory: "no-memory"
        case .wrongPassphrase: "wrong-passphrase"
        case .wrongServiceKey: "wrong-service-key"
        }
    }
}

extension KeyFileFault: CustomStringConvertible {
    /// What is wrong, and why that matters.
    package var description: String {
        switch self {
        case .tooLong(let bytes): "the key file has \(bytes) bytes, more than any key file"
        case .notAKeyFile: "this is no key file of tally"
        case .damaged: "the key file is damaged: its checksum does not fit its content"
        case .version: "the key file was written by a newer tally"
        case .malformed(let error): "the key file is not in its format (\(error))"
        case .needsPassphrase: "the key file is sealed by a passphrase, and none was given"
        case .needsServiceKey: "the key file is sealed by a service key, and none was given"
        case .passphraseLength(let bytes):
            bytes == 0
                ? "the passphrase is empty"
                : "the passphrase has \(bytes) bytes, more than this format takes"
        case .serviceKeyLength(let bytes): "the service key has \(bytes) bytes instead of 32"
        case .tooWeak(let cost):
            "the key file asks for too little work (\(cost)), so its passphrase could be guessed"
        case .tooCostly(let cost):
            "the key file asks for too much (\(cost)), as only a hostile or broken one does"
        case .noMemory(let bytes): "there are not \(bytes >> 20) MiB of memory for the passphrase"
        case .wrongPassphrase: "the passphrase is wrong: the key file is whole, but does not open"
        case .wrongServiceKey: "the service key is wrong: the key file is whole, but does not open"
        }
    }

    /// What to do about it.
    package var hint: String {
        switch self {
        case .tooLong, .notAKeyFile: "look for the file named keys in the home"
        case .damaged, .malformed: "put back a copy of the key file from a backup"
        case .version: "install a tally at least as new as the one that wrote it"
        case .needsPassphrase: "give the passphrase"
        case .needsServiceKey: "give the file that holds the service's 32 bytes"
        case .passphraseLength: "choose one of 1 to 1024 bytes"
        case .serviceKeyLength: "point to the file that was made with the service"
        case .tooWeak, .tooCostly: "do not trust this file; put back your own from a backup"
        case .noMemory: "close other programs and try again"
        case .wrongPassphrase: "try again; nobody can open it without the passphrase"
        case .wrongServiceKey: "give the service key that belongs to this home"
        }
    }
}

extension Stretch.Cost: CustomStringConvertible {
    package var description: String { "\(operations) passes over \(memoryBytes >> 10) KiB" }
}
