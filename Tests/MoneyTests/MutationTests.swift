import Money
import StandIns
import Testing
import Wire
import Words

/// Any single change of any field, made whole again with every key that the adversary may own.
@Suite struct MutationTests {
    static let plot = Plot()

    /// What became of the changes of a field, and how often.
    struct Tally {
        var names: [String: Int] = [:]
        var tried = 0

        mutating func count(_ name: String) {
            names[name, default: 0] += 1
            tried += 1
        }
    }

    /// Tries every change of every field on a payee, and says what became of them.
    struct Trial {
        let forger = Forger(MutationTests.plot)
        var tallies: [String: Tally] = [:]
        var faults: [String] = []
        private var verified = Verified()

        var plot: Plot { MutationTests.plot }

        mutating func run(_ payee: Payee, informed: Bool) {
            let fields = Form.proposal.fields(of: forger.original)
            let mutations = Mutations(plot, fields)
            for field in fields {
                var made: Set<Node> = [forger.original]
                for change in mutations.of(field) {
                    for manner in Forger.Manner.allCases {
                        let work = whole(field, change, manner)
                        guard made.insert(work.tree).inserted else { continue }
                        judge(work, field, change, payee, informed)
                    }
                }
            }
        }

        private func whole(
            _ field: Form.Field,
            _ change: Mutations.Change,
            _ manner: Forger.Manner
        ) -> Forger.Work {
            var tree = forger.original
            tree[field.path] = change.node
            if manner == .everywhere, case .data(let bytes) = field.node, bytes.count == 32 {
                for other in Form.proposal.fields(of: forger.original)
                where other.node == field.node {
                    tree[other.path] = change.node
                }
            }
            var work = Forger.Work(
                tree: tree,
                touched: field.path,
                manner: manner,
                keepsOrder: change.keepsOrder
            )
            forger.finish(&work)
            return work
        }

        private mutating func judge(
            _ work: Forger.Work,
            _ field: Form.Field,
            _ change: Mutations.Change,
            _ payee: Payee,
            _ informed: Bool
        ) {
            let what = "\(field.name) := \(change.what), \(work.manner)"
            do {
                let proposal = try Proposal(wireBytes: work.tree.bytes)
                _ = try payee.check(proposal, &verified, plot.street.checking)
                tallies[field.name, default: Tally()].count("taken")
                if let fault = forger.genuine.fault(proposal, informed: informed) {
                    faults.append("\(what): taken, though it is \(fault)")
                }
            } catch let refusal as Refusal {
                tallies[field.name, default: Tally()].count(refusal.name)
                let bySignature = refusal.name.hasSuffix("-signature")
                let counts = work.isForged || field.name.hasSuffix(".signature")
                if bySignature, !counts { faults.append("\(what): only a signature tells") }
            } catch {
                tallies[field.name, default: Tally()].count("unreadable")
            }
        }
    }

    @Test func `the good proposal and its handover are taken by both`() throws {
        var verified = Verified()
        for payee in [Self.plot.fresh, Self.plot.informed] {
            let (proposal, checking) = (Self.plot.proposal, Self.plot.street.checking)
            _ = try payee.check(proposal, &verified, checking)
        }
        #expect(Genuine(Self.plot).fault(Self.plot.proposal, informed: true) == nil)
    }

    @Test func `every change of a proposal is refused by name by who knows the money`() {
        var trial = Trial()
        trial.run(Self.plot.informed, informed: true)
        #expect(trial.faults == [])
        for name in trial.tallies.keys.sorted() {
            print(
                name,
                trial.tallies[name]!.names.sorted { $0.key < $1.key }.map {
                    "\($0.key) \($0.value)"
                }
            )
        }
    }

    @Test func `who never met the money is cheated of nothing by any change of a proposal`() {
        var trial = Trial()
        trial.run(Self.plot.fresh, informed: false)
        #expect(trial.faults == [])
        for name in trial.tallies.keys.sorted() {
            print(
                "fresh",
                name,
                trial.tallies[name]!.names.sorted { $0.key < $1.key }.map {
                    "\($0.key) \($0.value)"
                }
            )
        }
    }
}
