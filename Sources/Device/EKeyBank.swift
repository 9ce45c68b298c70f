internal import Certificates
internal import Commit
package import EKey
internal import Host
internal import Links
internal import Money
package import Sealing
package import Station
internal import Wallet
package import Wire
package import Words

// What makes a blank eKey somebody's: docs/PROTOCOL section 20.

extension Home {
    /// Of an eKey that no office has certified: a wallet of the same keys that trusts nobody.
    package var blank: Home { Home(folder + "/blank") }

    /// The journal comes last: until its name is there, everything is as before.
    package var isBlank: Bool { Files.exists(blank.keys) && !Files.exists(journal) }

    private var journal: String { folder + "/" + Self.journalName }

    /// Overwrites the keys and codes in it before it goes with all that it has.
    func forget() throws(HostFault) {
        for path in secrets where Files.exists(path) { try Files.overwrite(path) }
        try sweepDrafts()
        Files.removeTree(folder)
    }

    /// Has no copy of its keys left that a loss of power left behind: a wallet that did not get
    /// its name, and files that were not written to their end.
    func sweep() throws(HostFault) {
        for name in Files.names(in: folder) where name.hasPrefix(Self.enrolledName + ".") {
            try Home(folder + "/" + name).forget()
        }
        try sweepDrafts()
    }

    private func sweepDrafts() throws(HostFault) {
        for name in Files.names(in: folder) where name.hasSuffix(".draft") {
            let path = folder + "/" + name
            try Files.overwrite(path)
            try Files.remove(path)
        }
    }

    fileprivate static let enrolledName = "enrolled"
    fileprivate static let journalName = "journal.db"
}

extension EKeyLetter {
    /// A letter to one eKey; nil when its sealing key hides nothing.
    package init?(
        _ signed: SignedObject,
        to sealingKey: SealingKey,
        chance: inout some Chance
    ) {
        guard let sender = Envelope.Sender(to: sealingKey, chance: &chance),
            let datagrams = try? sender.first(signed, hash: signed.object.hash, chance: &chance)
        else { return nil }
        self.init(datagrams)
    }

    /// What is in it; nil when that is not one object to this key, and no more.
    package func opened(by key: Key, _ secret: SealingSecret) -> SignedObject? {
        var receiver = Envelope.Receiver(key, openingWith: [secret])
        receiver.awaitsLongFirst = true
        for (index, bytes) in datagrams.enumerated() {
            guard let datagram = try? Datagram(bytes) else { return nil }
            if let fragment = datagram.fragment {
                guard (fragment.index, fragment.count) == (index, datagrams.count) else {
                    return nil
                }
            } else if datagrams.count > 1 {
                return nil
            }
            guard let arrival = try? receiver.open(bytes) else { return nil }
            if case .message(let signed, _) = arrival { return signed }
        }
        return nil
    }
}

extension EKeyInside {
    package var sealingKey: SealingKey { ring.sealing.key }
    package var stage: Stage {
        guard home.isBlank else { return .enrolled }
        return record.loaded.personalisation == nil ? .blank : .personalised
    }

    private var info: Info? {
        guard case .info(let info) = station.ask(.info) else { return nil }
        return info
    }

    package var root: Key? {
        switch stage {
        case .blank: nil
        case .personalised: record.loaded.mk.flatMap { chain($0.by) }?.root
        case .enrolled: info?.root
        }
    }

    package var button: Amount? { record.button }
    package var pinAbove: Amount? { info?.policy.pinAbove }
    package var now: Moment { max(Process.now, record.loaded.moment ?? Process.now) }
    package var loaded: Loaded { record.loaded }

    package func keep(_ loaded: Loaded) throws(EKeyFailure) {
        let before = record
        record.loaded = loaded
        // A button that is not there is none that an office can want.
        // And what loosens it is for hands at the eKey.
        if let least = loaded.settings.button, let now = record.button {
            record.button = min(now, least)
        }
        do {
            try record.keep(in: home, ring.data)
        } catch {
            record = before
            throw error
        }
        follow()
    }

    package func open(_ letter: EKeyLetter) -> SignedObject? {
        letter.opened(by: identity, ring.sealing)
    }

    package func chain(_ by: Signatory) -> (root: Key, office: Key)? {
        do throws(CertificateFault) {
            let root = try Checks.root(by.root)
            let office = try Checks.real.certificate(by.office, issuedBy: root.key)
            return office.roles.contains(.office) ? (root.key, office.key) : nil
        } catch {
            return nil
        }
    }

    /// Has the wallet do what the settings say; said again at each start, as power may have been
    /// gone behind the write.
    func follow() {
        guard stage == .enrolled, let least = record.loaded.settings.pin, pinAbove != least else {
            return
        }
        var change = PolicyChange()
        change.pin = .above(least)
        _ = station.ask(.policy(change))
    }

    // MARK: Enrolling

    /// The code that it enrols by, which no reader is told.
    var codeOfOwn: Code? {
        guard stage == .personalised, let mk = record.loaded.mk, let root else { return nil }
        return Code(secret: mk.secret, root: root)
    }

    var isToEnrol: Bool { codeOfOwn != nil }

    static let notPersonalised = Told.fault("no bank has personalised this eKey, or it is enrolled")
        .wireBytes(reserving: 128)

    /// Its office has answered: of a candidate it becomes a wallet, if that is what was promised.
    func become(_ answer: Answer) throws(EKeyFailure) {
        guard answer.outcome.refusal == nil, let code = codeOfOwn, let mk = record.loaded.mk else {
            return
        }
        let enrolled: Enrolled
        do {
            enrolled = try Enrolled(answer, code, ring)
        } catch {
            return note("what an office answered makes no wallet")
        }
        guard EKeyLimits(enrolled.window) == mk.limits else {
            return note("the office grants other amounts than were promised, and was refused")
        }
        station.close()
        do throws(StationFault) {
            do throws(HomeFault) {
                try found(enrolled, mk)
            } catch {
                throw .home(error)
            }
            relay = Relay()
            station = try opens(home, relay)
        } catch {
            throw EKeyFailure("it was not made a wallet, and will be at the next start: \(error)")
        }
        device = Self.device(of: station)
        try? home.blank.forget()
        note("enrolled")
    }

    /// The wallet beside the blank one, complete, and then under its name, the journal last.
    private func found(_ enrolled: Enrolled, _ mk: Personalisation) throws(HomeFault) {
        let draft = try Home(home.folder + "/" + Home.enrolledName).draft(
            ring,
            sealed: try Self.files { () throws(HostFault) in
                try Files.read(home.keys, cap: Limits.keyFileBytes)
            },
            root: enrolled.root,
            owner: enrolled.owner,
            office: mk.at.isEmpty ? nil : mk.at
        )
        defer { try? draft.forget() }
        try give(enrolled, draft)
        try Self.files { () throws(HostFault) in
            let names = ["root.crt", "office", "journal.head", "journal.db-wal", Home.journalName]
            for name in names {
                let (from, to) = (draft.folder + "/" + name, home.folder + "/" + name)
                // Of a try that power ended.
                if Files.exists(to) { try Files.remove(to) }
                if Files.exists(from) { try Files.rename(from, to: to) }
            }
        }
    }

    private static func files<Answer>(
        _ body: () throws(HostFault) -> Answer
    ) throws(HomeFault) -> Answer {
        do { return try body() } catch { throw .files(error) }
    }

    /// Its window, and what an eKey begins with: every payment wants the PIN.
    private func give(_ enrolled: Enrolled, _ draft: Home) throws(HomeFault) {
        do throws(StationFault) {
            let station = try opens(draft, Relay())
            defer { station.close() }
            var change = PolicyChange()
            change.pin = .above(record.loaded.settings.pin ?? .zero)
            _ = station.ask(.policy(change))
            _ = station.wish(.open(enrolled.window, certificates: [enrolled.office]))
            for _ in 0..<Self.rounds {
                for case .opened in try station.turn(atMost: 100).news { return }
            }
        } catch {
            if case .home(let fault) = error { throw fault }
        }
        throw .files(.system("the window was not taken"))
    }

    private static let rounds = 100
}

extension EKeyLimits {
    fileprivate init(_ window: Window) {
        let terms = window.terms
        self.init(
            asset: terms.asset,
            largest: terms.largest,
            ceiling: terms.ceiling,
            guarantee: terms.guarantee
        )
    }
}
