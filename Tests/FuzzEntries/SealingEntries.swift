internal import Certificates
internal import Sealing
internal import Wire
internal import Words

/// What a fuzzer calls with bytes of its own.
///
/// Each entry traps when a property breaks, and helps the fuzzer past what it could not guess:
/// tags, checksums, boxes.
package enum SealingEntries {
    /// Frames, parts and padding: whatever is accepted is written again to the same bytes.
    package static func fuzzDatagram(_ bytes: [UInt8]) {
        if let datagram = try? Datagram(bytes) { checkFrame(datagram) }
        if let message = try? SignedObject(padded: bytes) {
            precondition(message.padded == bytes, "a padded message has two encodings")
        }
        assemble(bytes)
    }

    /// One datagram, or one plaintext in a box that opens.
    package static func fuzzEnvelope(_ bytes: [UInt8]) {
        guard let mode = bytes.first else { return }
        let rest = Array(bytes.dropFirst())
        var receiver = Bed.shared.receiver
        receiver.awaitsLongFirst = mode & 4 != 0
        switch mode & 3 {
        case 0: open(rest, &receiver, plaintext: nil)
        case 1: open(Bed.shared.tagged(rest), &receiver, plaintext: nil)
        default: openSealed(rest, &receiver)
        }
    }

    /// A certificate and a revocation list, past their signatures.
    package static func fuzzCertificate(_ bytes: [UInt8]) {
        let issuer = Bed.shared.authority.certificate.key
        let certificate = try? Certificate(der: bytes, issuedBy: issuer) { _, _, _ in true }
        if let certificate {
            precondition(bytes.count <= Limits.certificateBytes, "an accepted one is too large")
            precondition(!certificate.roles.isEmpty, "an accepted one has no role")
            precondition(certificate.notBefore <= certificate.notAfter, "it ends too early")
        }
        let list = try? RevocationList(der: bytes, issuedBy: issuer) { _, _, _ in true }
        if let list {
            // The signature is the last item; with another one the list says the same.
            let again = try? list.signed { _ in Signature(Array(bytes.suffix(64))) ?? Bed.nothing }
            precondition(again == bytes, "a revocation list has two encodings")
        }
        precondition(certificate == nil || list == nil, "bytes that are both")
        let text = PEM.text(bytes, .certificate)
        precondition(PEM.blocks(text, .certificate) == [bytes], "PEM loses bytes")
        if let blocks = PEM.blocks(String(decoding: bytes, as: UTF8.self), .certificate) {
            for block in blocks {
                precondition(PEM.blocks(PEM.text(block, .certificate), .certificate) == [block])
            }
        }
    }

    /// A key file, as it is and with its checksum made good.
    package static func fuzzKeyFile(_ bytes: [UInt8]) {
        let checked = bytes + Digest.hash(Bed.keyFileDomain, bytes).bytes.array
        for file in [bytes, checked] {
            for lock in [KeyFile.Lock.passphrase([1], Bed.stretch), .serviceKey(Bed.serviceKey)] {
                do {
                    let ring = try KeyFile.open(file, with: lock)
                    precondition(ring.identity.key == Bed.shared.ring.identity.key)
                } catch {
                    precondition(!error.hint.isEmpty, "a fault without a hint")
                }
            }
        }
    }

    /// Inputs to start from, by the name of their entry.
    package static var seeds: [(entry: String, bytes: [UInt8])] {
        let bed = Bed.shared
        var seeds: [(entry: String, bytes: [UInt8])] = []
        for datagram in bed.datagrams {
            seeds.append(("fuzzDatagram", datagram))
            seeds.append(("fuzzEnvelope", [5] + datagram))
        }
        seeds.append(("fuzzDatagram", bed.message.padded))
        seeds.append(("fuzzEnvelope", [6] + bed.message.padded))
        let pem = Array(PEM.text(bed.certificate, .certificate).utf8)
        for bytes in [bed.certificate, bed.authority.der, bed.list, pem] {
            seeds.append(("fuzzCertificate", bytes))
        }
        for file in [bed.keyFile, bed.serviceFile] {
            seeds.append(("fuzzKeyFile", file))
            seeds.append(("fuzzKeyFile", Array(file.dropLast(32))))
        }
        return seeds
    }
}

extension SealingEntries {
    private static func checkFrame(_ datagram: Datagram) {
        let bytes = datagram.bytes
        var again = Datagram.head(
            datagram.kind,
            sealed: Array(bytes[datagram.sealedKey ?? 0..<0]),
            fragment: datagram.fragment,
            plaintextBytes: datagram.box.count
        )
        again += bytes[datagram.nonce] + bytes[datagram.box]
        Datagram.setTag(datagram.tag, in: &again)
        precondition(again == bytes, "a frame has two encodings")
    }

    /// Plays the bytes as parts of one message, beside a plain model of what has arrived.
    private static func assemble(_ bytes: [UInt8]) {
        guard bytes.count > 1, let first = Fragment(number: 1, index: 0, count: Int(bytes[0]))
        else { return }
        var assembly = Assembly(for: first)
        var model: [Int: [UInt8]] = [:]
        for (step, byte) in bytes.dropFirst().prefix(128).enumerated() {
            let (index, isOdd) = (Int(byte & 63), byte & 64 != 0)
            let count = byte & 128 == 0 ? first.count : first.count + 1
            guard let fragment = Fragment(number: 1, index: index, count: count) else { continue }
            let size = index == count - 1 ? step + 1 : Limits.fragmentBytes
            let part = [UInt8](repeating: UInt8(step), count: isOdd ? size + 1 : size)
            let isGood = count == first.count && fragment.mayHold(part.count)
            if isGood, model[index] == nil { model[index] = part }
            let whole = try? assembly.take(part, of: fragment)
            precondition(assembly.holds == model.count, "a part was lost or invented")
            let isWhole = isGood && model.count == first.count
            let expected = isWhole ? (0..<first.count).flatMap { model[$0] ?? [] } : nil
            precondition(whole == expected, "the whole is not its parts")
            if isWhole { return }
        }
    }

    private static func openSealed(_ plaintext: [UInt8], _ receiver: inout Envelope.Receiver) {
        var chance = Counting()
        let sent = try? Bed.shared.sender.following(
            padded: plaintext,
            hash: Bed.shared.message.object.hash,
            chance: &chance
        )
        guard let sent else {
            precondition(plaintext.count > Limits.messageBytes, "a plaintext was not sealed")
            return
        }
        guard !plaintext.isEmpty else { return }
        for (index, datagram) in sent.enumerated() {
            open(datagram, &receiver, plaintext: index == sent.count - 1 ? plaintext : nil)
        }
    }

    private static func open(
        _ bytes: [UInt8],
        _ receiver: inout Envelope.Receiver,
        plaintext: [UInt8]?
    ) {
        do {
            switch try receiver.open(bytes) {
            case .message(let message, _):
                precondition(message.object.receiver == Bed.shared.key, "it was for another")
                if let plaintext {
                    precondition(message.padded == plaintext, "a message has two encodings")
                }
            case .part:
                precondition(plaintext == nil, "the last part completes a message")
            }
        } catch {
            precondition(!error.name.isEmpty, "a fault without a name")
            if plaintext != nil {
                precondition(error != .tag && error != .box, "what was sealed did not open")
            }
        }
    }
}

/// The fixed world that inputs fall into.
private struct Bed: Sendable {
    static let shared = Bed()
    static let nothing = Signature(r: Bytes32(repeating: 0), s: Bytes32(repeating: 0))
    static let keyFileDomain = Digest.Domain("tally1 keyfile")
    static let serviceKey = [UInt8](repeating: 3, count: 32)
    /// The passphrase step replaced: what reaches it has kept every cap.
    static let stretch = Stretch(least: .moderate) { passphrase, salt, cost in
        let (floor, most) = (Stretch.Cost.moderate, Stretch.Cost.most)
        precondition((floor.operations...most.operations).contains(cost.operations))
        precondition((floor.memoryBytes...most.memoryBytes).contains(cost.memoryBytes))
        return Digest.hash(Digest.Domain("fuzz stretch"), passphrase + salt).bytes.array
    }

    let key: Key
    let sealing: SealingSecret
    let sender: Envelope.Sender
    let receiver: Envelope.Receiver
    let message: SignedObject
    let datagrams: [[UInt8]]
    let authority: Authority
    let certificate, list: [UInt8]
    let ring: KeyRing
    let keyFile, serviceFile: [UInt8]

    init() {
        do {
            var chance = Counting()
            ring = KeyRing(chance: &chance)
            let (other, from) = (Identity(chance: &chance), ring.identity)
            (key, sealing) = (other.key, SealingSecret(chance: &chance))
            message = .signed(
                Object(.commit, from: from.key, to: other.key, content: [1, 2, 3]),
                by: from
            )
            guard let sender = Envelope.Sender(to: sealing.key, chance: &chance) else {
                preconditionFailure("a fresh key is sound")
            }
            self.sender = sender
            let long = SignedObject(
                Object(
                    .stick,
                    from: from.key,
                    to: other.key,
                    content: [UInt8](repeating: 4, count: 1_500)
                ),
                message.signature
            )
            let hash = message.object.hash
            datagrams =
                try sender.first(message, hash: hash, chance: &chance)
                + sender.following(message, hash: hash, chance: &chance)
                + sender.first(long, hash: hash, chance: &chance)
                + sender.following(long, hash: hash, chance: &chance)
            var receiver = Envelope.Receiver(key, openingWith: [sealing])
            if case .message(_, let key) = try receiver.open(datagrams[0]) {
                receiver.remember(key)
            }
            self.receiver = receiver
            (authority, certificate, list) = try Self.papers(from, sealing.key, &chance)
            let word = KeyFile.Lock.passphrase([1], Self.stretch)
            keyFile = try KeyFile.sealed(ring, by: word, chance: &chance)
            let service = KeyFile.Lock.serviceKey(Self.serviceKey)
            serviceFile = try KeyFile.sealed(ring, by: service, chance: &chance)
        } catch {
            preconditionFailure("the fixed world could not be made: \(error)")
        }
    }

    private static func papers(
        _ office: Identity,
        _ sealing: SealingKey,
        _ chance: inout Counting
    ) throws(CertificateFault) -> (Authority, [UInt8], [UInt8]) {
        guard let from = Moment(1_790_000_000), let to = Moment(1_900_000_000) else {
            preconditionFailure("two moments of this century")
        }
        func about(_ key: Key, _ roles: Set<Role>) -> Holder {
            Holder(key: key, sealingKey: sealing, roles: roles, notBefore: from, notAfter: to)
        }
        let authority = try Authority.root(
            about(office.key, [.office]),
            chance: &chance,
            sign: office.sign(bytes:)
        )
        let der = try authority.certify(
            about(Identity(chance: &chance).key, [.wallet]),
            chance: &chance,
            sign: office.sign(bytes:)
        )
        let entry = RevocationList.Entry(serial: authority.certificate.serial, revoked: from)
        let list = try RevocationList(
            of: authority,
            number: 7,
            thisUpdate: from,
            nextUpdate: to,
            entries: [entry]
        )
        return (authority, der, try list.signed(office.sign(bytes:)))
    }

    /// The datagram with the tag that lets it past the door.
    func tagged(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count >= Datagram.headerBytes else { return bytes }
        var bytes = bytes
        if bytes[9] == 2 || bytes[9] == 4 {
            bytes.replaceSubrange(1..<9, with: datagrams[1][1..<9])
        } else {
            Envelope.setTag(of: &bytes, for: sealing.key)
        }
        return bytes
    }
}

private struct Counting: Chance {
    private var next: UInt8 = 1

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in
            next = next &* 5 &+ 3
            return next
        }
    }
}
