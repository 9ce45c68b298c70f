import Commit
import TestSupport
import Testing
import Words

/// Both machines, every input in every state.
///
/// The edges of their diagrams stand here one by one, and everything else changes nothing.
/// docs/vectors/machines.json is the same for strangers.
@Suite struct MachineVectors {
    struct File: Codable {
        /// `STATE | INPUT | DOES | NEXT`.
        var buyer: [String] = []
        var seller: [String] = []
        var conversations: [Conversation] = []
    }

    struct Cell: Hashable {
        let state: String
        let input: String
        let does: [String]
        let next: String

        var line: String {
            [state, input, does.joined(separator: ", "), next].joined(separator: " | ")
        }
    }

    struct Conversation: Codable {
        let name: String
        let side: String
        let lines: [String]
    }

    // MARK: What is to happen

    /// `STATE | INPUT | DOES | NEXT`.
    static let buyerEdges = """
        offered | consent | send ACCEPT, wake 150ms | accepted
        offered | no | send REFUSE | refused: person
        offered | withdrawn | | refused: person
        offered | time | wake 60000ms | offered
        offered | time, the offer's end | | lapsed
        accepted | withdrawn | | refused: person
        accepted | units gone | | refused: short
        accepted | DECLINE | | refused: short
        accepted | COMMIT-REQUEST | record held, send AGREED, wake 150ms | held
        accepted | time | send ACCEPT, wake 190ms | accepted
        accepted | time, the offer's end | | lapsed
        held | COMMIT-REQUEST again | send AGREED again, wake 150ms | held
        held | COMMIT-REQUEST again, replayed | send AGREED | held
        held | COMMIT | record paid, send COMMITTED | paid
        held | ABORT | record cancelled | cancelled
        held | time | send AGREED again, wake 190ms | held
        held | time, the offer's end | send AGREED everywhere, wake 84020ms | held
        """

    static let sellerEdges = """
        offering | sell | send OFFER, wake 150ms | offering
        offering | REFUSE | | refused: person
        offering | ACCEPT, in order | send COMMIT-REQUEST, wake 150ms | requested
        offering | ACCEPT, not in order | send DECLINE | refused: short
        offering | person withdraws | | refused: person
        offering | turns inert | | refused: inert
        offering | time | send OFFER, wake 150ms | offering
        offering | time, the offer's end | | lapsed
        requested | ACCEPT again | send COMMIT-REQUEST | requested
        requested | AGREED, in order | record paid, send COMMIT, wake 150ms | paid
        requested | AGREED, not in order | record cancelled, send ABORT | cancelled: other-entries
        requested | person cancels | record cancelled, send ABORT | cancelled: person
        requested | turns inert | | abandoned
        requested | time | send COMMIT-REQUEST again, wake 190ms | requested
        requested | time, the offer's end | record cancelled, send ABORT | cancelled: lapsed
        paid | AGREED again | send COMMIT again, wake 150ms | paid
        paid | AGREED again, replayed | send COMMIT | paid
        paid | COMMITTED | record complete | complete
        paid | time | send COMMIT again, wake 190ms | paid
        paid | time, the offer's end | send COMMIT everywhere, wake 84020ms | paid
        """

    private static func cells(_ text: String) -> [Cell] {
        text.split(separator: "\n").map { line in
            let parts = line.split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimming { $0 == " " } }
            let does = parts[2].isEmpty ? [] : parts[2].split(separator: ", ").map(String.init)
            return Cell(state: parts[0], input: parts[1], does: does, next: parts[3])
        }
    }

    // MARK: What happens

    /// What is said at 50 ms, or when the offer has run out, of a payment begun at 0.
    private static func time(_ input: String) -> UInt64 {
        input == BuyerBench.Input.offerEnds.rawValue ? Story.stands : 50
    }

    /// Every input in every state; those that change nothing are told apart by an equal machine.
    private static func table<One: Bench>(
        _ ways: [(state: String, inputs: [One.Input])],
        _ begin: () -> One
    ) -> [Cell] {
        ways.flatMap { way in
            One.Input.allCases.map { input in
                var bench = begin()
                for step in way.inputs {
                    _ = bench.feed(step, at: step.rawValue == "time, the offer's end" ? 60_000 : 0)
                }
                #expect(bench.state == way.state)
                let before = bench.machine
                let effects = bench.feed(input, at: time(input.rawValue))
                let does = One.lines(effects)
                let stays = effects.isEmpty && bench.state == way.state
                #expect(!stays || bench.machine == before, "\(way.state): \(input.rawValue)")
                return Cell(
                    state: way.state,
                    input: input.rawValue,
                    does: does,
                    next: bench.state
                )
            }
        }
    }

    static func buyerTable() -> [Cell] { table(BuyerBench.ways) { BuyerBench() } }
    static func sellerTable() -> [Cell] { table(SellerBench.ways) { SellerBench() } }

    private func check(_ table: [Cell], against text: String) {
        let edges = Self.cells(text)
        #expect(Set(edges).count == edges.count)
        for cell in table {
            let edge = edges.first { $0.state == cell.state && $0.input == cell.input }
            let expected =
                edge ?? Cell(state: cell.state, input: cell.input, does: [], next: cell.state)
            #expect(cell == expected)
        }
        for edge in edges { #expect(table.contains(edge), "\(edge)") }
    }

    @Test func `a buyer goes where its diagram says, and nothing else changes it`() {
        let table = Self.buyerTable()
        #expect(table.count == BuyerBench.ways.count * BuyerBench.Input.allCases.count)
        check(table, against: Self.buyerEdges)
    }

    @Test func `a seller goes where its diagram says, and nothing else changes it`() {
        let table = Self.sellerTable()
        #expect(table.count == SellerBench.ways.count * SellerBench.Input.allCases.count)
        check(table, against: Self.sellerEdges)
    }

    @Test func `the ways to the states come to each state there is`() {
        #expect(Set(Self.buyerTable().map(\.next)) == Set(BuyerBench.ways.map(\.state)))
        #expect(Set(Self.sellerTable().map(\.next)) == Set(SellerBench.ways.map(\.state)))
    }

    @Test func `machines json is what the machines do`() throws {
        var file = File()
        file.buyer = Self.buyerTable().map(\.line)
        file.seller = Self.sellerTable().map(\.line)
        for one in Transcripts.all {
            file.conversations.append(
                Conversation(
                    name: one.name,
                    side: one.side.rawValue,
                    lines: one.text.split(separator: "\n").map(String.init)
                )
            )
        }
        try VectorFiles.compare(file, "machines.json")
    }
}

extension StringProtocol {
    fileprivate func trimming(_ drops: (Character) -> Bool) -> String {
        String(String(drop(while: drops)).reversed().drop(while: drops).reversed())
    }
}
