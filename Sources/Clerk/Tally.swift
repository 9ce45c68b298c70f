package import Commit
internal import Mint
internal import Words

/// What an office's counter did since it was opened.
package struct Tally: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case enrol, charge, redeem, sync, renew, show, enquire, bill, buy
    }

    /// Requests of each kind that were done.
    package private(set) var done: [Kind: UInt64] = [:]
    /// And those that were refused, by the refusal's name.
    package private(set) var refused: [Kind: [String: UInt64]] = [:]
    package var welcomes: UInt64 = 0
    /// Payments refused because the books lack a stick that this office has signed.
    package internal(set) var lacking: UInt64 = 0

    package init() {}

    mutating func note(_ request: Request, _ reply: Reply) {
        let kind = Kind(request.want)
        if let refusal = reply.outcome.refusal {
            refused[kind, default: [:]][refusal.string, default: 0] += 1
        } else {
            done[kind, default: 0] += 1
        }
    }
}

extension Tally.Kind {
    package init(_ want: Request.Want) {
        self =
            switch want {
            case .enrol: .enrol
            case .charge(_, _, paying: nil): .charge
            case .charge: .buy
            case .redeem: .redeem
            case .sync: .sync
            case .renew: .renew
            case .show: .show
            case .enquire: .enquire
            case .payBill: .bill
            }
    }
}
