internal import Books
internal import Certificates
internal import Host
package import Sealing
package import Words

extension OfficeHome {
    /// How long a root's own certificate holds, and one that it signs.
    package static let rootDays: UInt64 = 7_300
    package static let officeDays: UInt64 = 1_095

    /// What an office is to be.
    package struct Plan: Sendable {
        package let name: Text
        package let asset: Asset
        /// The folder on the second disk.
        package var second: String?
        package let hasRoot: Bool

        package init(name: Text, asset: Asset, second: String?, hasRoot: Bool) {
            (self.name, self.asset, self.second) = (name, asset, second)
            self.hasRoot = hasRoot
        }
    }

    /// Makes an office: keys, books and, where the root lives with it, root and certificates;
    /// else what a root elsewhere is asked with.
    ///
    /// It has its name when all of it is there: before that it lies in a draft, which is removed
    /// again when something fails.
    package func make(
        _ plan: Plan,
        at now: Moment,
        sealing lock: KeyFile.Lock
    ) throws(OfficeFault) -> KeyRing {
        guard !isMade, !isRoot else { throw .made(folder) }
        // What is there is somebody's, and stays whatever comes of this.
        if let second = plan.second {
            guard !Self.holdsBooks(second) else { throw .books(.made(.second)) }
            guard OfficeHome(second).isFree else { throw .someHome(second) }
        }
        var chance = SystemChance()
        let ring = KeyRing(chance: &chance)
        try drafted { draft throws(OfficeFault) in
            try draft.write(ring, to: draft.keys, lock)
            let tie = plan.second.map { Tie($0, Tie.draw()) }
            if let tie { try draft.write(tie) }
            if plan.hasRoot {
                let (keys, authority) = try draft.makeRoot(at: now, lock)
                let der = try authority.office(ring.identity.key, ring.sealing.key, keys, now)
                try draft.writing(der, to: draft.certificate)
            } else {
                let request = RootRequest(plan, ring, at: now)
                try draft.writing(request.bytes, to: draft.request)
            }
            try draft.makeBooks(plan, ring, now)
            if let tie { try draft.complete(tie, as: folder) }
        } undo: { fault in
            guard let second = plan.second else { return }
            switch fault {
            case .books(.made), .books(.held):
                // Another one has made, or makes, books there just now.
                break
            default: OfficeHome(second).removeCopy()
            }
        }
        return ring
    }

    /// Makes a root in a home of its own.
    package func makeRoot(at now: Moment, sealing lock: KeyFile.Lock) throws(OfficeFault) -> Key {
        guard !isMade, !isRoot else { throw .made(folder) }
        var key: Key?
        try drafted { draft throws(OfficeFault) in
            key = try draft.makeRoot(at: now, lock).1.certificate.key
        } undo: { _ in
        }
        guard let key else { preconditionFailure("a root that was made has a key") }
        return key
    }

    func drafted(
        _ fill: (OfficeHome) throws(OfficeFault) -> Void,
        undo: (OfficeFault) -> Void
    ) throws(OfficeFault) {
        var chance = SystemChance()
        let draft = OfficeHome(folder + "." + Hex.text(chance.bytes(8)))
        do {
            try Files.makePrivateDirectory(draft.folder)
        } catch {
            throw .writing(draft.folder, error)
        }
        do {
            try fill(draft)
        } catch {
            Files.removeDirectory(draft.folder)
            undo(error)
            throw error
        }
        do {
            try Files.rename(draft.folder, to: folder)
        } catch {
            // It has its name, and only that this lasts is not certain.
            guard Files.exists(draft.folder) else { throw .writing(folder, error) }
            let fault = isMade || isRoot ? OfficeFault.made(folder) : .writing(folder, error)
            Files.removeDirectory(draft.folder)
            undo(fault)
            throw fault
        }
    }

    private func makeRoot(
        at now: Moment,
        _ lock: KeyFile.Lock
    ) throws(OfficeFault) -> (Identity, Authority) {
        var chance = SystemChance()
        let ring = KeyRing(chance: &chance)
        let keys = ring.identity
        let holder = Holder(
            key: keys.key,
            sealingKey: ring.sealing.key,
            roles: [.office],
            notBefore: now,
            notAfter: try Self.end(now, Self.rootDays)
        )
        let authority = try certified { () throws(CertificateFault) in
            try Authority.root(holder, chance: &chance, sign: { keys.sign(bytes: $0) })
        }
        try write(ring, to: rootKeys, lock)
        try writing(authority.der, to: root)
        return (keys, authority)
    }

    private func write(
        _ ring: KeyRing,
        to path: String,
        _ lock: KeyFile.Lock
    ) throws(OfficeFault) {
        var chance = SystemChance()
        let sealed: [UInt8]
        do {
            sealed = try KeyFile.sealed(ring, by: lock, chance: &chance)
        } catch {
            throw .keys(error)
        }
        try writing(sealed, to: path, isSecret: true)
    }

    private func makeBooks(
        _ plan: Plan,
        _ ring: KeyRing,
        _ now: Moment
    ) throws(OfficeFault) {
        let founding = Books.Founding(
            asset: plan.asset,
            name: plan.name,
            office: ring.identity.key
        )
        let folders = [folder] + [plan.second].compactMap { $0 }
        do {
            try Books.make(
                folders.map { Disk(folder: $0) },
                founding,
                at: now,
                hiding: ring.data
            )
        } catch {
            throw .books(error)
        }
    }

    static func holdsBooks(_ folder: String) -> Bool {
        Books.files.contains { Files.exists(folder + "/" + $0) }
    }

    static func end(_ now: Moment, _ days: UInt64) throws(OfficeFault) -> Moment {
        guard let end = now.advanced(by: days * Limits.secondsPerDay) else { throw .noTime }
        return end
    }
}
