import Money
import Sealing
import Station
import TestSupport
import Testing
import Wire
import Words

/// docs/vectors/money.json: what a verifier written from docs/PROTOCOL alone has to agree with.
@Suite struct MoneyVectors {
    struct File: Codable {
        var root: String
        var hashes: [Named] = []
        var papers: [PaperCase] = []
        var proposals: [ProposalCase] = []
        var agreements: [AgreementCase] = []
    }

    struct Named: Codable {
        let what: String
        let hex: String
        let hash: String
    }

    struct PaperCase: Codable {
        let name: String
        let hex: String
        let result: String
    }

    struct PayeeForm: Codable {
        let key: String
        let now: UInt64
        let asset: String
        let scale: UInt8
        let amount: UInt64
        let byteCap: Int
        let hopCap: Int
        let device: UInt64
        var held: [String] = []
        var seen: [String] = []
        var revocations: [String] = []
        var totals: [Total] = []
    }

    struct Total: Codable {
        let window: String
        let total: UInt64
    }

    struct ProposalCase: Codable {
        let name: String
        let hex: String
        let payee: PayeeForm
        let result: String
    }

    struct AgreementCase: Codable {
        let name: String
        let proposal: String
        let handover: String
        let payment: String
        let offer: String
        let payee: PayeeForm
        let result: String
    }

    @Test func `money json is what the code makes, and each case fails as it says`() throws {
        var story = try VectorStory()
        let file = try story.made()
        #expect(Set(file.papers.map(\.result)).count >= 20)
        #expect(Set(file.proposals.map(\.result)).count >= 25)
        #expect(Set(file.agreements.map(\.result)).count >= 12)
        try VectorFiles.compare(file, "money.json")
    }
}
