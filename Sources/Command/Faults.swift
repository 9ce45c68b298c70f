package import Host
package import Money
package import Wire
package import Words

// From what the rooms throw to what a person reads.

extension Complaint {
    package init(_ reason: Reason, named name: String, _ detail: String = "") {
        let what = reason.what + (detail.isEmpty ? "" : " (\(detail))")
        self.init(.refused, name, what, hint: reason.hint)
    }

    package init(_ fault: PaperFault) {
        switch fault {
        case .refused(let refusal): self.init(refusal)
        case .proof(let fault): self.init(.proof(fault.rawValue), named: "proof: \(fault.rawValue)")
        case .signature, .leaves, .receipt: self.init(.paper(fault.name), named: fault.name)
        }
    }

    package init(_ refusal: Refusal) {
        switch refusal {
        case .certificate(let fault): self.init(fault)
        case .unreadable(let error): self.init(error)
        case _: self.init(.refusal(refusal.name), named: refusal.name, refusal.detail)
        }
    }

    package init(_ error: WireError) {
        self.init(.bytes(error.kind.rawValue), named: error.kind.rawValue, "byte \(error.position)")
    }

    package init(_ fault: CertificateFault) {
        self.init(.certificate(fault.name), named: "certificate: \(fault.name)", fault.detail)
    }
}

extension CertificateFault {
    package var name: String {
        switch self {
        case .tooLarge: "too-large"
        case .malformed: "malformed"
        case .notEd25519: "not-ed25519"
        case .wrongIssuer: "wrong-issuer"
        case .badSignature: "bad-signature"
        case .missing: "missing"
        case .unusable: "unusable"
        }
    }

    fileprivate var detail: String {
        switch self {
        case .tooLarge(let bytes): "\(bytes) bytes"
        case .malformed(let part), .missing(let part), .unusable(let part): part
        case .notEd25519, .wrongIssuer, .badSignature: ""
        }
    }
}

extension Refusal {
    /// What the case itself knows, where it helps a person.
    fileprivate var detail: String {
        switch self {
        case .tooManyBytes(let bytes, let cap): "\(bytes) bytes, and \(cap) are the most"
        case .tooManyHops(_, let cap): "\(cap) are the most"
        case .foreignOffice(let key), .certificateMissing(let key): "key \(short(key))"
        case .stickExpired(_, let day): "it was \(day.text)"
        case .revoked(let key, let place): "key \(short(key)), counter \(place.counter)"
        case .asset(let asset): asset.code
        case _: ""
        }
    }
}

extension Complaint {
    /// A file that cannot be had.
    package init(_ fault: HostFault, reading path: String) {
        let file = quoted(path)
        switch fault {
        case .missing, .notADirectory:
            self.init(
                .notFound,
                "no-file",
                "there is no file \(file)",
                hint: "look at its name and at the folder you are in"
            )
        case .directory:
            self.init(
                .failed,
                "directory",
                "\(file) is a directory, and a file is wanted",
                hint: "name one file in it"
            )
        case .forbidden:
            self.init(
                .failed,
                "forbidden",
                "you may not read \(file)",
                hint: "ask its owner, or look at it with ls -l"
            )
        case .tooLarge(let cap):
            self.init(
                .refused,
                "too-large",
                "\(file) has more than \(cap) bytes, and none of these files is that large",
                hint: "it is something else; look at its name"
            )
        case .system(let words):
            self.init(
                .failed,
                "io",
                "\(file) cannot be read: \(words.lowercased())",
                hint: "look at the disk it is on, and try again"
            )
        }
    }

    /// A file that cannot be written.
    package init(_ fault: HostFault, writing path: String) {
        let why =
            switch fault {
            case .missing: "the folder above it is missing"
            case .notADirectory: "a part of its path is no directory"
            case .directory: "a directory has that name"
            case .forbidden: "you may not write there"
            case .tooLarge: "it is too large"
            case .system(let words): words.lowercased()
            }
        self.init(
            .failed,
            "io",
            "\(quoted(path)) cannot be written: \(why)",
            hint: "name a folder that you may write to"
        )
    }
}
