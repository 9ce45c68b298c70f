package import Command
internal import Homes
package import Station
package import Wallet
internal import Words

// What a wallet's verbs ask of a node.

extension Teller {
    /// What the buyer of a payment let this wallet know of itself.
    func details(_ payment: PaymentID) throws(Complaint) -> Profile {
        guard case .details(let profile) = try ask(.details(payment)) else { throw .otherVersion }
        return profile
    }

    /// Everything that is not over.
    func pending() throws(Complaint) -> [PaymentStanding] {
        var all: [PaymentStanding] = []
        while true {
            let told = try ask(.pending(after: all.last?.payment))
            guard case .pending(let page, let isAll) = told else { throw Complaint(instead: told) }
            all += page
            if isAll || page.isEmpty { return all }
        }
    }

    /// Finished payments, the newest first; `body` says whether to go on.
    func history(
        limit: Int = .max,
        _ body: (Outcome) throws(Complaint) -> Bool
    ) throws(Complaint) {
        var before = UInt64.max
        while true {
            let told = try ask(.history(before: before, limit: min(limit, 1_000)))
            guard case .payments(_, let page, let next) = told else {
                throw Complaint(instead: told)
            }
            for one in page { guard try body(one) else { return } }
            guard let next else { return }
            before = next
        }
    }

    /// nil when that one is not under way.
    func particulars(_ payment: PaymentID) throws(Complaint) -> Particulars? {
        let told = try ask(.particulars(payment))
        guard case .particulars(let particulars) = told else { throw Complaint(instead: told) }
        return particulars
    }
}

/// A node in this process: waiting for it is running it.
package final class LocalTeller: Teller {
    package let station: Station
    private let home: Home

    package let isRemote = false

    package init(_ station: Station, _ home: Home) {
        (self.station, self.home) = (station, home)
    }

    package func ask(_ ask: Question) -> Told { station.ask(ask) }

    package func news(
        within milliseconds: UInt64,
        alsoFor file: Int32?
    ) throws(Complaint) -> (news: [News], isReady: Bool) {
        do {
            return try station.turn(atMost: milliseconds, alsoFor: file)
        } catch {
            throw Complaint(error, home)
        }
    }

    package func close() { station.close() }
}
