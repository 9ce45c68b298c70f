internal import Books
internal import Clerk
internal import Command
internal import Ledger
internal import Mint
internal import Office
internal import OfficeDesk
internal import Words

import struct Mint.Draft

/// Several entries that are one step.
enum Group {
    /// Books all of it or nothing, and says how many entries are new.
    @discardableResult
    static func book(_ drafts: [Draft], _ till: Till) throws(Complaint) -> Int {
        guard !drafts.isEmpty else { return 0 }
        let outcomes: [Books.Outcome]
        do { outcomes = try till.book(drafts) } catch {
            throw Complaint(error, OfficeHome(till.folder))
        }
        var new = 0
        for outcome in outcomes {
            switch outcome {
            case .booked: new += 1
            case .again: continue
            case .refused(let refusal): throw Complaint(refusal, till)
            }
        }
        return new
    }

    static let noMemo: Text = {
        guard let none = Text("") else { preconditionFailure("nothing can be shown") }
        return none
    }()
}

/// A meter, as the books have it: whose money buys for it, and what its account has.
struct Metered {
    let holder: AccountHolder
    let contract: Contract
    let tariff: Tariff
    let customer: AccountHolder

    init(_ typed: String, _ till: Till) throws(Complaint) {
        holder = try Booking.holder(typed, till.books)
        guard let (contract, tariff) = till.mint.trading.tariff(of: holder.account),
            let customer = till.books.ledger.holder(contract.customer)
        else { throw Complaint(Forbidden.noContract(holder.account), till) }
        (self.contract, self.tariff, self.customer) = (contract, tariff, customer)
    }

    /// The keys that have enrolled on its account, the newest last.
    func members(_ till: Till) -> [Mint.Member] {
        till.mint.everybody.filter { $0.account == holder.account }
            .sorted { $0.enrolment.invite < $1.enrolment.invite }
    }

    /// The one that is in use.
    func member(_ till: Till) throws(Complaint) -> Mint.Member {
        guard let member = members(till).last(where: { $0.revocation == nil }) else {
            throw Complaint(
                .refused,
                "not-enrolled",
                "no wallet has enrolled as the meter \(quoted(holder.name.string)) yet",
                hint: "'tally ps register' prints the code that it enrols with"
            )
        }
        return member
    }

    /// What of its sticks is out: what it has, and what it has used up and not said so.
    func outstanding(_ till: Till) throws(Complaint) -> Amount {
        let keys = Set(members(till).map(\.key))
        let out: [StickOut]
        do { out = try till.auditUnits() } catch {
            throw Complaint(
                .failed,
                "units",
                "the books do not say where each unit is",
                hint: "'tally office audit' names the first entry that is not what was written"
            )
        }
        let its = out.filter { keys.contains($0.stick.owner) }
        return Amount.sum(its.map(\.out)) ?? .largest
    }
}
