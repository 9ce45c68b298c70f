import Commit
import Disks
import Node
import Wallet
import Wire
import Words

/// The parts of a payment, as far as they are measured apart.
package enum Part: Int, Hashable, Sendable, CaseIterable {
    /// Homes are made, come to rest and are put away.
    case homes
    /// From LOOKUP to the seller's verdict on ACCEPT.
    case meeting
    /// From COMMIT-REQUEST until both sides have it on disk, the heads of their logs too.
    case paying
}

// Which part comes next is told to whoever measures. The world itself reads no clock, and goes
// the same way whether somebody listens or not.

extension World {
    func enter(_ next: Part) {
        guard let onPart, next != part else { return }
        part = next
        onPart(next)
    }

    /// The part that an event belongs to.
    ///
    /// What a person does and the messages before COMMIT-REQUEST are the meeting; a head that is
    /// synced and whatever else there is count as paying.
    func part(of event: Happening) -> Part {
        switch event {
        case .sale, .act, .visit, .reader, .meter: .meeting
        case .parcel(let parcel): part(of: kinds[quickHash(parcel.bytes, seed: 0)])
        // A check belongs to what ordered it.
        case .check(_, _, _, _, let part): part
        case .wake(let peer, _): partOfTimer(of: peer)
        case .flush, .settle, .boot, .strike: .paying
        }
    }

    /// An offer that is repeated while a person thinks belongs to the meeting.
    private func partOfTimer(of peer: Peer) -> Part {
        guard let node = peer.node, let payment = node.nextToWake else { return .paying }
        if case .offering = node.wallet.selling[payment]?.phase { return .meeting }
        switch node.wallet.buying[payment]?.phase {
        case .offered, .accepted: return .meeting
        case .held, .over, nil: return .paying
        }
    }

    private func part(of kind: Kind?) -> Part {
        switch kind {
        // A call is no statement.
        case nil, .here, .offer, .accept, .refuse, .decline: .meeting
        case .commitRequest, .handover, .commit, .abort, .committed, .ask, .show, .stick, .window,
            .revocation, .name, .register, .bill, .invoice, .personalisation, .settings, .quote,
            .meterReceipt, .delivery,
            .welcome, .request, .answer,
            .warn:
            .paying
        }
    }
}
