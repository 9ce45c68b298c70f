import Commit
import Money
import Words

/// Certificates end, and members go on: docs/PROTOCOL section 13.2, sync.
extension Mint {
    /// The member's next certificate, where the one that it has ends soon.
    mutating func recertified(
        _ member: Member,
        _ request: Request,
        _ now: Moment,
        _ hand: Hand,
        _ recall: some Recall
    ) throws(Halt) -> [Draft] {
        let ends = Self.end(member.certified, setting.certificateDays)
        guard Self.end(now, setting.recertifyDays) > ends else { return [] }
        let name = Self.certificateRequest(request.hash)
        let until = Self.end(now, setting.certificateDays)
        // One that ends no later is of no use: time itself ends there.
        guard until > ends, try known(name, recall) == nil,
            let der = hand.certify(
                member.key,
                member.enrolment.sealingKey,
                member.window.terms.device,
                now,
                until
            )
        else { return [] }
        let draft = Draft(
            request: name,
            moment: now,
            memo: Self.noMemo,
            deed: .certified(Certification(key: member.key, certificate: der))
        )
        try apply(draft)
        return [draft]
    }

    static func certificateRequest(_ request: Hash) -> Hash {
        Digest.hash(certificateDomain, request.bytes.array)
    }

    private static let certificateDomain = Digest.Domain("tally1 certified")
}
