import Commit
import Disks
import Money
import Node
import Oracle
import Wallet
import Wire
import Words

/// One sale as its two people go about it.
struct Sale {
    let seller: Int
    let buyer: Int
    let amount: UInt64
    let memo: Text
    var stage = Stage.planned
    var attempts = 0
    /// When it is tried again if nothing has come of it.
    var due: UInt64 = 0
    var lookup: Hash?
    /// What stands on the seller's screen.
    var digits: Digits?

    /// Whether the seller said so.
    var isPaid = false

    enum Stage { case planned, calling, offering, over }
}

/// What a person does at his device.
enum Act {
    case offer(sale: Int, to: Hash)
    case answer(sale: Int, PaymentID, Digits)
    /// What a device paid by itself is looked at.
    case look
    /// Somebody comes with a file.
    case bring(SignedObject)
    case learn(Revocation)
}

extension World {
    func planSales() {
        for index in 0..<scenario.payments {
            guard let memo = Text("sale \(index)") else { return }
            let amount = people.within(scenario.amounts)
            let seller: Int
            let buyer: Int
            switch scenario.trade {
            case .anyone:
                seller = people.below(wallets.count)
                buyer = (seller + 1 + people.below(wallets.count - 1)) % wallets.count
            case .ring:
                let honest = wallets.count - scenario.thieves - scenario.liars
                if index.isMultiple(of: 2) {
                    seller = people.below(honest)
                    buyer = honest + people.below(wallets.count - honest)
                } else {
                    seller = people.below(wallets.count)
                    buyer = (seller + 1 + people.below(wallets.count - 1)) % wallets.count
                }
            case .chain:
                seller = (index + 1) % wallets.count
                buyer = index % wallets.count
            }
            saleOf[memo] = index
            sales.append(Sale(seller: seller, buyer: buyer, amount: amount, memo: memo))
            let begins = people.upTo(scenario.seconds * 1_000)
            if scenario.trade != .chain {
                heap.push(.sale(index, attempt: 0), at: now + begins)
            } else if index == 0 {
                heap.push(.sale(index, attempt: 0), at: now)
            }
        }
    }

    /// The seller wants to be paid: the buyer turns buyer mode on, the seller calls.
    ///
    /// It is tried again when nothing has come of it for a while.
    func begin(sale index: Int, attempt: Int) {
        guard sales[index].attempts == attempt, sales[index].stage != .over,
            sales[index].due <= now
        else { return }
        let (seller, buyer) = (peers[sales[index].seller], peers[sales[index].buyer])
        seller.calling.removeAll { $0 == index }
        guard attempt < scenario.attempts, !isHealing || attempt > 0 else {
            return end(sale: index)
        }
        if attempt == 0 { buyer.purchases += 1 }
        sales[index].attempts += 1
        (sales[index].lookup, sales[index].stage) = (nil, .calling)
        tryAgain(index, in: Self.patience)
        if buyer.screen == nil, isFree(buyer) { tell(buyer, .wish(.listen(true))) }
        if let crook = seller.crook { return crook.call(for: index, self) }
        guard isFree(seller) else { return }
        seller.calling.append(index)
        tell(seller, .wish(.call))
    }

    private func tryAgain(_ index: Int, in wait: UInt64) {
        sales[index].due = now + wait
        heap.push(.sale(index, attempt: sales[index].attempts), at: now + wait)
    }

    /// How long somebody waits who has heard nothing.
    private static let patience: UInt64 = 5_000

    func isFree(_ peer: Peer) -> Bool { peer.node != nil && peer.pausedUntil <= now }

    private func end(sale index: Int) {
        guard sales[index].stage != .over else { return }
        let buyer = peers[sales[index].buyer]
        sales[index].stage = .over
        guard sales[index].attempts > 0 else { return }
        buyer.purchases -= 1
        guard buyer.purchases == 0, isFree(buyer), buyer.screen != nil else { return }
        tell(buyer, .wish(.listen(false)))
    }

    func act(_ peer: Peer, _ act: Act) {
        switch act {
        case .offer(let index, let name):
            guard sales[index].stage == .calling else { return }
            sales[index].stage = .offering
            peer.calling.removeAll { $0 == index }
            tryAgain(index, in: 70_000)
            var terms = Terms(
                asset: asset,
                amount: Office.amount(sales[index].amount),
                memo: sales[index].memo
            )
            terms.seconds = 60
            terms.wants = wants(index)
            tell(peer, .wish(.offer(terms, to: name)))
        case .answer(let index, let payment, let digits):
            let sale = sales[index]
            let isSame = sale.digits == digits && sale.buyer == peer.number
            let refuses = !isSame || people.thousandths(scenario.refusals)
            guard refuses else { return accept(peer, index, payment, digits) }
            tell(peer, .wish(.answer(payment, .refuse)))
        case .look: look(peer)
        case .bring(let message): bring(message, to: peer)
        case .learn(let revocation):
            counts.learned += 1
            tell(peer, .wish(.learn(revocation, certificates: office.certificates)))
        }
    }

    /// Reads what a node tells its person.
    func heed(_ peer: Peer, _ news: News) {
        switch news {
        case .listening(let id): peer.screen = id
        case .calling(let lookup):
            let waiting = peer.calling.first { sales[$0].lookup == nil }
            if let waiting { sales[waiting].lookup = lookup }
        case .here(let lookup, let name, let id):
            let found = peer.calling.first { sales[$0].lookup == lookup }
            guard let index = found, peers[sales[index].buyer].screen == id else { return }
            heap.push(
                .act(peer, .offer(sale: index, to: name)),
                at: now + 1 + people.upTo(thinking)
            )
        case .standing(let standing): heed(peer, standing)
        case .denied(let denial):
            if case .needsPIN = denial { counts.pinned += 1 }
            note(peer, .denied)
        case .inert: heedEnd(of: peer)
        case .asking(let errand):
            if let index = peer.begins { visits[index].errand = errand }
        case .answered(let answer): heed(peer, answer)
        case .opened:
            // What was known of an older life is known now.
            if peer.node?.wallet.life == .live { peer.putBack = 0 }
        case .served(let number): served(peer, through: number)
        case .charged, .carried, .answer, .convicted: return
        }
    }

    /// Its epoch is over: only when its home was put back, or where somebody could tell of that.
    private func heedEnd(of peer: Peer) {
        note(peer, .inert)
        guard scenario.hasOffice else { return }
        if peer.putBack == 0 {
            refuse(.policy, peer, "its epoch ends, and nothing has befallen its home")
        }
        planRenewal(of: peer)
    }

    /// How long people take to read a screen.
    private var thinking: UInt64 { 2_000 }

    private func note(_ peer: Peer, _ what: TraceEvent.What) {
        tracer.note(now, peer.number, what)
    }

    private func heed(_ peer: Peer, _ standing: PaymentStanding) {
        let payment = standing.payment.random.low
        note(
            peer,
            .stands(
                payment: payment,
                standing.side,
                standing.word,
                amount: standing.about.amount.units
            )
        )
        let balance = oracle.balance(peer.number)
        note(peer, .balance(available: balance.available, held: balance.held))
        counts.count(standing)
        heedRedeemed(peer, standing)
        guard let index = saleOf[standing.about.memo] else { return }
        switch (standing.side, standing.word) {
        case (.seller, .offered):
            sales[index].digits = standing.digits
            if overheard.count < 64 { overheard.append(standing.payment) }
        case (.buyer, .offered):
            if isAnswered(peer, standing) { return }
            guard let digits = standing.digits, peer.answered.insert(standing.payment).inserted
            else { return }
            heap.push(
                .act(peer, .answer(sale: index, standing.payment, digits)),
                at: now + 1 + people.upTo(thinking)
            )
        case (.seller, .paid):
            sales[index].isPaid = true
            guard sales[index].stage != .over else { return }
            end(sale: index)
            if scenario.trade == .chain, index + 1 < sales.count {
                heap.push(.sale(index + 1, attempt: 0), at: now + 1)
            }
        case (.seller, .cancelled), (.seller, .refused):
            if standing.reason?.string.contains("revoked") == true { counts.revoked += 1 }
            guard sales[index].stage == .offering else { return }
            tryAgain(index, in: 500 + people.upTo(3_000))
        case (.buyer, .held):
            checkPIN(peer, standing)
            checkLimit(peer, standing)
        case (.seller, .held), (.buyer, .paid), (.buyer, .cancelled),
            (.buyer, .refused):
            return
        }
    }
}
