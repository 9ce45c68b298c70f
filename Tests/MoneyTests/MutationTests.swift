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
        #expect(Set(trial.tallies.keys) == Set(Form.proposal.names), "every field is changed")
        compare(trial.tallies, with: Refused.proposal)
    }

    @Test func `who never met the money is cheated of nothing by any change of a proposal`() {
        var trial = Trial()
        trial.run(Self.plot.fresh, informed: false)
        #expect(trial.faults == [])
        #expect(Set(trial.tallies.keys) == Set(Form.proposal.names), "every field is changed")
        // He takes what the informed one does, and what tells of nothing that he has seen.
        for (field, tally) in trial.tallies {
            let allowed = Refused.proposal[field, default: []]
            let taken: Set = allowed.contains("release-missing") ? ["taken"] : []
            #expect(Set(tally.names.keys).isSubset(of: allowed.union(taken)), "\(field)")
        }
    }

    @Test func `every change of the handover is refused by name, or its payer's to make`() {
        var trial = AgreementTrial(payee: Self.plot.informed)
        trial.run()
        #expect(trial.faults == [])
        #expect(Set(trial.tallies.keys) == Set(Form.handover.names), "every field is changed")
        compare(trial.tallies, with: Refused.handover)
        trial = AgreementTrial(payee: Self.plot.fresh)
        trial.run()
        #expect(trial.faults == [])
    }

    @Test(arguments: 0..<PrivateLeaf.count)
    func `a private leaf that is not shown is refused`(number: Int) {
        let shown = Set(0..<PrivateLeaf.count).subtracting([number])
        let handover = Self.plot.handover.showing(shown)
        #expect(AgreementTrial(payee: Self.plot.fresh).answer(handover) == "private-leaf")
    }

    private func compare(_ tallies: [String: Tally], with table: [String: Set<String>]) {
        #expect(Set(tallies.keys) == Set(table.keys))
        for (field, tally) in tallies.sorted(by: { $0.key < $1.key }) {
            #expect(Set(tally.names.keys) == table[field], "\(field)")
            #expect(tally.tried > 1, "\(field)")
        }
    }
}

extension MutationTests {
    /// Tries every change of every field of the handover that answers the payee's request.
    struct AgreementTrial {
        let payee: Payee
        let original = must(Form.handover.read(MutationTests.plot.handover.wireBytes))
        var tallies: [String: Tally] = [:]
        var faults: [String] = []

        var plot: Plot { MutationTests.plot }

        init(payee: Payee) { self.payee = payee }

        mutating func run() {
            let fields = Form.handover.fields(of: original)
            let mutations = Mutations(plot, fields)
            for field in fields {
                for change in mutations.of(field) {
                    for isSigned in [true, false] {
                        var tree = original
                        tree[field.path] = change.node
                        if isSigned, field.path != [3] { sign(&tree) }
                        judge(tree, field.name, change.what, isSigned)
                    }
                }
            }
        }

        /// Whoever stands as the payer signs, unless he is honest: then Eve signs for him.
        private func sign(_ tree: inout Node) {
            guard let handover = try? Handover(wireBytes: tree.bytes) else { return }
            let payer = handover.header.payer
            let key = plot.honest.contains(payer) ? plot.eve.key : payer
            tree[3] = .data(StandInSigner.signature(of: handover.hash, by: key).array)
        }

        func answer(_ handover: Handover) -> String {
            do {
                let taken = try payee.check(
                    Agreement(handover),
                    of: plot.proposal,
                    payment: plot.payment,
                    offer: hash("offer"),
                    above: payee.floor(for: plot.proposal),
                    plot.street.checking
                )
                return taken == handover ? "taken" : "another came out"
            } catch {
                return error.name
            }
        }

        private mutating func judge(
            _ tree: Node,
            _ field: String,
            _ what: String,
            _ isSigned: Bool
        ) {
            guard let handover = try? Handover(wireBytes: tree.bytes) else {
                tallies[field, default: Tally()].count("unreadable")
                return
            }
            let name = answer(handover)
            let change = "\(field) := \(what)"
            if name == "taken", let fault = fault(handover) {
                faults.append("\(change): taken, though it is \(fault)")
            }
            if !isSigned {
                if name == "taken" { faults.append("\(change): taken unsigned") }
                return
            }
            if name == "handover-signature", field != "handover.signature" {
                faults.append("\(change): only a signature tells")
            }
            tallies[field, default: Tally()].count(name)
        }

        /// What is wrong with a handover that was taken; written apart from the rules.
        private func fault(_ handover: Handover) -> String? {
            let (header, good) = (handover.header, plot.handover)
            guard let privates = handover.privates else { return "not shown" }
            guard header.payer == plot.eve.key, header.payee == plot.dan.key,
                handover.signature
                    == StandInSigner.signature(of: handover.hash, by: plot.eve.key)
            else { return "another's" }
            guard handover.entries == good.entries else { return "other money" }
            guard privates.payment == plot.payment, privates.offer == hash("offer"),
                privates.window == plot.window.id
            else { return "another payment" }
            let knows = payee.seen.floor(of: plot.eve.key) != nil
            guard header.place.epoch == .first, header.place.counter > (knows ? 2 : 0) else {
                return "out of place"
            }
            let least = knows ? plot.total : plot.proposal.amount
            let isWithin = privates.total >= least && privates.total <= amount(100_000)
            return isWithin ? nil : "beyond the window"
        }
    }
}
