internal import Books
internal import Certificates
package import Clerk
internal import Commit
internal import Host
internal import Journal
internal import Ledger
internal import Mint
internal import Money
package import Sealing
package import Station
internal import Wallet
internal import Wire
package import Words

import struct Mint.Draft
import struct Mint.Mint
import struct Wallet.Wallet

extension OfficeHome {
    /// The till of an office that is open.
    package func till(_ opened: Opened) throws(OfficeFault) -> Till {
        let (root, office) = try certificates()
        guard let office else { throw .notCertified }
        let identity = opened.ring.identity
        guard office.key == identity.key, opened.books.founding.office == office.key else {
            throw .otherOffice(office.key)
        }
        let setting = Mint.Setting(
            asset: opened.books.founding.asset,
            office: office.key,
            rootDER: try reading(self.root, cap: Limits.certificateBytes),
            officeDER: try reading(certificate, cap: Limits.certificateBytes)
        )
        let hand = try hand(setting, root.key, identity)
        do {
            return try Till(opened.books, setting, root: root.key, hand: hand, folder: folder)
        } catch {
            switch error {
            case .books(let fault): throw .books(fault)
            case .matters, .stopped: throw .matters
            case .log(let fault): throw .counter(fault)
            }
        }
    }

    private func hand(
        _ setting: Mint.Setting,
        _ root: Key,
        _ identity: Identity
    ) throws(OfficeFault) -> Hand {
        let authority = try certified { () throws(CertificateFault) in
            try Authority(der: setting.officeDER, issuedBy: root, checking: Self.isSigned)
        }
        let checking = Checks(Self.isSigned)
        return Hand(signer: identity, checking: checking) { key, sealingKey, device, from, until in
            var chance = SystemChance()
            let holder = Holder(
                key: key,
                sealingKey: sealingKey,
                roles: [.wallet],
                device: device,
                notBefore: from,
                notAfter: until
            )
            return try? authority.certify(
                holder,
                chance: &chance,
                sign: { identity.sign(bytes: $0) }
            )
        }
    }

    /// What a node is run of that answers at this office's counter.
    ///
    /// Its journal is the office's own as a payee; it is made when it is served first.
    package func counter(
        _ till: Till,
        _ ring: KeyRing,
        at now: Moment,
        answering answer: @escaping ([UInt8]) -> [UInt8]
    ) throws(OfficeFault) -> (counter: OfficeCounter, residence: Residence) {
        let (log, wallet) = try journal(till, ring, at: now)
        do {
            try till.catchUp(with: wallet, at: now)
        } catch {
            throw .counter(error)
        }
        let counter = OfficeCounter(till)
        var residence = Residence(
            home: Home(folder),
            ring: ring,
            log: log,
            wallet: wallet
        )
        residence.counter = counter
        residence.writes = { OfficeLog($0, till) }
        residence.answer = answer
        return (counter, residence)
    }

    /// Books what came in and is not booked yet, where nobody serves.
    package func catchUp(_ till: Till, _ ring: KeyRing, at now: Moment) throws(OfficeFault) {
        // Where nobody has served yet nothing came in; what the books have of a journal that is
        // gone they have already.
        guard Files.exists(journalFile) else { return }
        let (log, wallet) = try journal(till, ring, at: now)
        do throws(LogFault) {
            try till.catchUp(with: wallet, at: now)
        } catch {
            throw .counter(error)
        }
        do throws(JournalError) {
            try log.journal.close()
        } catch {
            throw .journal(error)
        }
    }

    private var journalFile: String { folder + "/journal.db" }

    /// The journal beside the books; a new one where there is none, or an older one.
    ///
    /// Nothing hangs on it that was told: what came in stands in the books before its payer hears
    /// of it, and is looked for there.
    private func journal(
        _ till: Till,
        _ ring: KeyRing,
        at now: Moment
    ) throws(OfficeFault) -> (JournalLog, Wallet) {
        let (log, wallet, isNewest) = try openJournal(till, ring, at: now)
        if isNewest { return (log, wallet) }
        do throws(JournalError) { try log.journal.close() } catch { throw .journal(error) }
        try setJournalAside()
        let (new, owner, _) = try openJournal(till, ring, at: now)
        return (new, owner)
    }

    /// Kept, for whoever wants to know what was in it.
    private func setJournalAside() throws(OfficeFault) {
        // The database is the last to go: a journal is there as long as that is.
        for name in ["journal.head", "journal.db-wal", "journal.db"] {
            let path = folder + "/" + name
            guard Files.exists(path) else { continue }
            do {
                try Files.rename(path, to: path + ".older")
            } catch {
                throw .writing(path, error)
            }
        }
    }

    private func openJournal(
        _ till: Till,
        _ ring: KeyRing,
        at now: Moment
    ) throws(OfficeFault) -> (JournalLog, Wallet, isNewest: Bool) {
        let time = Time(ticks: Ticks(milliseconds: 0), moment: now)
        do throws(JournalError) {
            let (log, recovered) = try JournalLog.open(
                Disk(folder: folder),
                hiding: ring.data,
                chance: PooledChance()
            )
            var wallet: Wallet
            if let found = try Self.wallet(recovered, at: time) {
                wallet = found
            } else {
                let step: Step
                (wallet, step) = Wallet.founded(owner(till, at: now))
                try log.journal.write([step])
            }
            wallet.redeems = true
            return (log, wallet, recovered.finding == nil)
        } catch {
            throw .journal(error)
        }
    }

    private static func wallet(
        _ recovered: Recovered,
        at time: Time
    ) throws(JournalError) -> Wallet? {
        do {
            return try Wallet(recovering: recovered, at: time)
        } catch {
            throw .damaged(.row(error.table))
        }
    }

    /// The office, as one who is paid.
    private func owner(_ till: Till, at now: Moment) -> Wallet.Owner {
        let (setting, founding) = (till.mint.setting, till.books.founding)
        let object = NameStatement.object(
            office: setting.office,
            key: setting.office,
            name: founding.name,
            issued: now
        )
        let signed = SignedObject(object, till.hand.signer.sign(object.hash))
        return Wallet.Owner(
            key: setting.office,
            root: till.root,
            epoch: .first,
            certificates: [
                Certified(key: setting.office, issuer: till.root, der: setting.officeDER)
            ],
            name: try? NameStatement(reading: signed)
        )
    }
}
