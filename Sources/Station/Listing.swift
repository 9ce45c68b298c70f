import Commit
import Journal
import Money
import Node
import Wallet
import Wire
import Words

// Answers that may be long, or that look into what is under way.

extension Station {
    func pending(_ after: PaymentID?) -> Told {
        var all = node.wallet.standings[...]
        if let after {
            all = all.drop { !after.array.lexicographicallyPrecedes($0.payment.array) }
        }
        let page = all.prefix(listedAtMost).fitting()
        return .pending(page, isAll: page.count == all.count)
    }

    func history(_ before: UInt64, _ limit: Int) -> Told {
        do {
            let all = try log.journal.history(before: before, limit: limit)
            let page = all[...].fitting()
            let isAll = all.count < limit && page.count == all.count
            return .payments(open: [], over: page, next: isAll ? nil : page.last?.number)
        } catch {
            return .fault(error.description)
        }
    }

    /// Looks through a part of what is over at a time, so that everything else goes on between.
    func find(_ prefix: [UInt8], _ before: UInt64) -> Told {
        let isFirst = before == .max
        let open = node.wallet.standings.filter { $0.payment.starts(with: prefix) }
        do {
            let all = try log.journal.history(before: before, limit: Self.lookedAtAtOnce)
            let found = all.filter { PaymentID($0.payment)?.starts(with: prefix) == true }
            let page = found[...].fitting()
            let isCut = page.count < found.count
            let isAll = all.count < Self.lookedAtAtOnce && !isCut
            let last = isCut ? page.last : all.last
            return .payments(
                open: isFirst ? open[...].fitting() : [],
                over: page,
                next: isAll ? nil : last?.number
            )
        } catch {
            return .fault(error.description)
        }
    }

    private static let lookedAtAtOnce = 512

    var errands: Errands {
        let wallet = node.wallet
        return Errands(
            open: wallet.errands,
            next: wallet.nextCounter,
            revocations: UInt64(wallet.revocationsSaid),
            atOffice: wallet.atOffice,
            ended: wallet.endedPayments
        )
    }

    // MARK: One of them

    func particulars(of payment: PaymentID) -> Particulars? {
        var said = Particulars()
        if let buyer = node.wallet.buying[payment] {
            let deal = buyer.deal
            (said.key, said.address) = (deal?.peer, deal?.address)
            switch buyer.phase {
            case .offered(let offered): tell(offered, &said)
            case .accepted(let accepted):
                tell(accepted.offered, &said)
                said.isAnswered = true
            case .held(let held):
                said.isAnswered = true
                said.says = held.agreed
            case .over: return nil
            }
            return said
        }
        guard let seller = node.wallet.selling[payment] else { return nil }
        let deal = seller.deal
        (said.key, said.address) = (deal?.peer, deal?.address)
        switch seller.phase {
        case .offering(let offering): said.wants = offering.offer.terms.wants
        case .requested(let requested): said.wants = requested.offering.offer.terms.wants
        case .paid(let paid):
            (said.says, said.handover) = (paid.commit.signed, paid.handover)
            said.certificates = paid.deal.certificates
        case .over: return nil
        }
        return said
    }

    private func tell(_ offered: Offered, _ said: inout Particulars) {
        (said.wants, said.items) = (offered.offer.terms.wants, offered.offer.terms.items)
        let left = offered.until.milliseconds - min(offered.until.milliseconds, milliseconds)
        said.seconds = left / 1_000
    }
}

extension ArraySlice where Element: WireValue {
    /// As many of them as one answer on the line carries.
    func fitting() -> [Element] {
        var (page, bytes) = ([Element](), 0)
        for one in self {
            bytes += one.wireBytes.count
            guard bytes <= listedBytes || page.isEmpty else { break }
            page.append(one)
        }
        return page
    }
}
