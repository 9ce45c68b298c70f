import Commit
import Disks
import Money
import Oracle
import Wallet
import Wire
import Words

// A crook at the counter: there he has to be as good as his word, for it is all he has there.

extension Crook {
    /// What he asks of the office, under one name however often he says it.
    struct Asking {
        let visit: Int
        let payment: PaymentID
        let hello: Hello
        let want: Request.Want
        var request: Request?
    }

    /// Asks, or asks again.
    func ask(_ visit: Int, _ want: Visit.Want, _ world: World) {
        if !asking.contains(where: { $0.visit == visit }) {
            guard let want = request(want, world.asset) else { return }
            let asked = Asking(
                visit: visit,
                payment: peer.tools.keys.payment(in: .first, chance: &chance),
                hello: Hello(sealingKey: desk.announce(chance: &chance)),
                want: want
            )
            asking.append(asked)
        }
        guard let one = asking.first(where: { $0.visit == visit }) else { return }
        world.send(one.hello.datagram, from: peer, to: world.peers.count - 1)
    }

    private func request(_ want: Visit.Want, _ asset: Asset) -> Request.Want? {
        switch want {
        case .charge(let units): .charge(asset, Office.amount(units))
        case .redeem(let units): .redeem(asset, Office.amount(units), id: screen)
        case .show(let showing): .show(showing)
        // He has good reasons to hand nothing in.
        // He has nothing that he used up; but he may say so of what he has paid with.
        case .handIn:
            .redeem(asset, Office.amount(1 + dice.upTo(200)), id: screen, as: .consumed)
        case .sync, .renew: nil
        }
    }

    func ask(_ welcome: Welcome, _ back: Back, _ world: World) {
        let answers = welcome.signed.object.answers
        guard let index = asking.firstIndex(where: { $0.hello.name == answers }) else { return }
        if asking[index].request == nil {
            let object = Request.object(
                by: peer.key,
                to: welcome.office,
                payment: asking[index].payment,
                asking[index].want
            )
            asking[index].request = try? Request(reading: .signed(object, by: signer))
        }
        guard let request = asking[index].request else { return }
        world.oracle.overheard(request.signed)
        say(request.signed, back, world)
    }

    func hear(_ answer: Answer, _ world: World) {
        guard let index = asking.firstIndex(where: { $0.payment == answer.payment }) else { return }
        let one = asking[index]
        if answer.outcome.refusal == nil, case .redeem = one.want { return }
        asking.remove(at: index)
        world.answered(crook: one.visit)
        guard case .charge = one.want, let paper = answer.outcome.papers.first,
            let stick = try? Stick(reading: paper), archive.stick(stick.id) == nil
        else { return }
        have(stick)
    }

    /// What he shows before the day: all that he was ever paid, as if he had it still.
    var showings: [Showing] {
        let chains = holdings.map { archive.chain(of: $0) }.filter { !$0.isEmpty }
        var (all, page) = ([Showing](), Showing())
        for chain in chains {
            if page.links.count + chain.count > Self.linksOnPage {
                all.append(page)
                page = Showing()
            }
            page.links += chain.filter { !page.links.contains($0) }
            if let last = chain.last, !page.claims.contains(last.handover) {
                page.claims.append(last.handover)
            }
        }
        return page.isEmpty ? all : all + [page]
    }
}

extension Crook {
    /// They are as long as links of eight releases can be.
    private static let linksOnPage = 24
}

extension World {
    /// A crook wants something of the office, until he has it or it is all over.
    func begin(visit index: Int, of crook: Crook) {
        let isOver = isHealing && !isSettling || visits[index].attempts >= Self.patienceOfCrooks
        guard !isOver, visits[index].want != .sync else { return answered(crook: index) }
        visits[index].attempts += 1
        visits[index].stage = .asking
        crook.ask(index, visits[index].want, self)
        seeAgain(index, in: 4_000)
    }

    func answered(crook index: Int) { visits[index].stage = .over }

    private static let patienceOfCrooks = 12
}
