import Commit
import Money
import StandIns
import Wallet
import Wire
import Words

/// An office's counter that remembers, and keeps to no rule that a test does not give it.
final class TestCounter: Counter {
    let office: Office
    /// What every request came to, by its hash.
    private(set) var answers: [Hash: Answer.Outcome] = [:]
    private(set) var issued: [Stick] = []
    private(set) var handedIn: [Handover] = []
    private(set) var shown: [Showing] = []
    /// What came in by the books, whatever the journal says.
    var books: [PaymentID: Commit] = [:]
    /// Says no to everything, by this name.
    var refuses: String?
    /// What it gives in answer to a sync.
    var papers: [SignedObject] = []
    /// Changes what it would have said.
    var bends: (inout Answer.Outcome) -> Void = { _ in }
    /// Who is to be called, once he has been answered, and for how much.
    private var redeems: (amount: Amount, id: UInt64, payer: Key)?
    var payer: Key?
    /// What it calls for: an office says by it whether that is credited.
    var memo = must(Text("back to the account"))
    /// Whom it claims to be certified by.
    var root: Key

    init(_ office: Office) { (self.office, root) = (office, office.root.key) }

    func handle(_ event: Event, at time: Time, _ tools: inout Tools) -> [Order]? {
        switch event {
        case .hello(let hello, let address):
            let object = Welcome.object(
                by: office.signer.key,
                answering: hello,
                root: root,
                certificate: office.certificate.der,
                moment: time.moment
            )
            return [.here(.signed(object, by: office.signer), to: hello.sealingKey, at: address)]
        case .arrived(let arrival) where arrival.message.object.kind == .request:
            guard let request = try? Request(reading: arrival.message),
                let route = arrival.route, request.isSigned(StandInChecking())
            else { return [] }
            return answer(request, route, time)
        default: return nil
        }
    }

    private func answer(_ request: Request, _ route: Route, _ time: Time) -> [Order] {
        var orders: [Order] = []
        let outcome = answers[request.hash] ?? decide(request)
        if answers.updateValue(outcome, forKey: request.hash) == nil {
            let entry = LogEntry(kind: 64, bytes: request.hash.bytes.array)
            orders.append(.write(Step(entries: [entry])))
        }
        let object = Answer.object(
            by: office.signer.key,
            to: request,
            moment: time.moment,
            outcome
        )
        let destination = Destination(request.payment, route.address, route.way)
        let letter = Letter(.signed(object, by: office.signer), .back)
        orders.append(.send(letter, destination))
        if case .redeem(_, let amount, let id, let use) = request.want {
            redeems = (amount, id, payer ?? request.sender)
            memo = use == .consumed ? Use.memo : must(Text("back to the account"))
            orders.append(.wish(.callAt(route.address)))
        }
        return orders
    }

    private func decide(_ request: Request) -> Answer.Outcome {
        if let refuses { return Answer.Outcome(refusal: must(Text(refuses)), [700]) }
        var outcome = Answer.Outcome()
        switch request.want {
        case .charge(_, let amount, _):
            let object = Stick.object(
                office: office.signer.key,
                owner: request.sender,
                request: request.hash,
                asset: office.asset,
                units: amount,
                spendUntil: must(office.now.day.advanced(by: 30)),
                settleUntil: must(office.now.day.advanced(by: 60)),
                issued: office.now
            )
            let stick = must(try? Stick(reading: .signed(object, by: office.signer)))
            issued.append(stick)
            outcome.papers = [stick.signed]
            let own = office.certify(StandInSigner("alice"), by: office.signer, name: "alice")
            outcome.certificates = [office.certificate.der, own.der]
        case .sync(_, let next, let handovers, _):
            handedIn += handovers
            outcome.papers = papers
            outcome.certificates = papers.isEmpty ? [] : [office.certificate.der]
            outcome.numbers = [next - min(next, 1), 0]
        case .renew:
            outcome.papers = papers
            outcome.certificates = [office.certificate.der]
            outcome.numbers = [2, 0]
        case .show(let showing):
            shown.append(showing)
            outcome.numbers = [0]
        case .redeem, .enrol, .enquire, .payBill: break
        }
        bends(&outcome)
        return outcome
    }

    /// Says no to what was agreed.
    var takesNothing = false

    func committed(_ payment: PaymentID) -> Commit? { books[payment] }

    func mayTake(_ handover: Handover, _ links: [Link], of payment: PaymentID) -> Bool {
        !takesNothing
    }

    func heard(_ news: News) -> [Wish] {
        guard case .here(_, let name, let id) = news, let redeems, redeems.id == id else {
            return []
        }
        self.redeems = nil
        var terms = Terms(
            asset: office.asset,
            amount: redeems.amount,
            memo: memo
        )
        terms.caps = .office
        return [.offer(terms, to: name, only: redeems.payer)]
    }
}

/// A street with an office in it, whose counter answers.
func counter() -> (street: Street, alice: Party, office: Party, counter: TestCounter) {
    let street = Street()
    let counter = TestCounter(street.office)
    let alice = street.join("alice")
    let office = street.join("office", counter: counter)
    alice.openWindow()
    return (street, alice, office, counter)
}
