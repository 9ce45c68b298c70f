import Commit
import Journal
import Money
import Wallet
import Wire
import Words

extension Journal {
    /// The payments of its history after one of them, the oldest first.
    func over(after number: UInt64) throws(JournalError) -> [Wallet.Over] {
        var (all, before) = ([Wallet.Over](), UInt64.max)
        while true {
            let page = try history(before: before, limit: 512)
            for one in page where one.number > number {
                guard let finished = try? Finished(wireBytes: one.bytes) else { continue }
                all.append(Wallet.Over(number: one.number, finished))
            }
            guard let last = page.last, last.number > number else { return all.reversed() }
            before = last.number
        }
    }
}

/// What a wallet has signed in its present epoch, to be handed in in the order in which it was
/// signed: where each stands, found once and kept while a sync goes on.
struct HandIn {
    private var finished: [UInt64: [UInt8]] = [:]
    private var from: UInt64 = .max

    /// The handovers from a counter on, as many as one request carries; nil when one of them is
    /// nowhere to be found.
    mutating func handovers(
        from counter: UInt64,
        _ wallet: Wallet,
        _ journal: Journal
    ) throws(JournalError) -> [Handover]? {
        var held: [UInt64: Handover] = [:]
        for buyer in wallet.buying.values {
            // What was signed in a life that has ended has a counter of that life.
            guard case .held(let one) = buyer.phase,
                one.handover.header.place.epoch == wallet.owner.epoch
            else { continue }
            held[one.handover.header.place.counter] = one.handover
        }
        // What was held when it was looked for last may be over by now.
        let isKnown =
            counter >= from
            && (counter..<wallet.nextCounter).allSatisfy { number in
                held[number] != nil || finished[number] != nil
            }
        if !isKnown { try look(from: counter, wallet, journal) }
        var (found, bytes) = ([Handover](), 0)
        for number in counter..<wallet.nextCounter {
            guard found.count < Request.Want.handoversAtOnce else { break }
            var one = held[number]
            if one == nil, let payment = finished[number] {
                one = try journal.find(.finished, payment).flatMap { try? Finished(wireBytes: $0) }?
                    .handover
            }
            guard let one else { return nil }
            bytes += one.wireBytes.count
            guard bytes <= Request.Want.handoverBytes || found.isEmpty else { break }
            found.append(one)
        }
        return found
    }

    /// Walks back through what is over until what the office has.
    private mutating func look(
        from counter: UInt64,
        _ wallet: Wallet,
        _ journal: Journal
    ) throws(JournalError) {
        (finished, from) = ([:], counter)
        var before = UInt64.max
        let wanted = wallet.nextCounter - min(counter, wallet.nextCounter)
        while UInt64(finished.count) < wanted {
            let page = try journal.history(before: before, limit: 512)
            for one in page {
                guard let over = try? Finished(wireBytes: one.bytes), over.isBuyers,
                    let header = over.handover?.header, header.place.epoch == wallet.owner.epoch,
                    header.payer == wallet.owner.key, header.place.counter >= counter
                else { continue }
                finished[header.place.counter] = one.payment
            }
            guard let last = page.last else { return }
            before = last.number
        }
    }
}
