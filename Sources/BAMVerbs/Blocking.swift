internal import Books
internal import Clerk
internal import Command
internal import EKey
internal import Homes
internal import Ledger
internal import Mint
internal import Money
internal import Office
internal import OfficeDesk
internal import Words

import struct Command.Request
import struct Mint.Mint

/// `tally bam block`: an eKey that is lost.
enum Blocking {
    static let verb = Verb(
        words: ["bam", "block"],
        summary: "end an eKey that is lost: its key is revoked, and its holder may have another",
        details: [
            "what it hands over after its last hand-in is worth nothing to anybody who has heard",
            "of it; its FAMs are registered no more. What it still had is told with the days:",
            "units that nobody presents are settled then, and come back to the account. 'tally",
            "bam register' gives the holder another eKey on the same account. It cannot be taken",
            "back. Of one that has not enrolled yet the code is ended, and its guarantee is free",
        ],
        arguments: [Verb.Argument(name: "NAME", kind: .word, about: "a holder")],
        options: [
            Verb.Option(
                name: "--reason",
                value: "TEXT",
                kind: .word,
                about: "why; everybody who hears of it can read it"
            ), Agreeing.yes,
        ] + Opening.options,
        examples: [
            Verb.Example(line: "tally bam block Ada --reason 'lost in a tram'", about: "asks first")
        ],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in
            try Desk.act(request, scene, catchingUp: true, block)
        }
    )

    static func block(
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        let reason = try reason(request)
        var book = try HolderBook(till)
        let at = try book.index(request.arguments[0])
        var one = book[at]
        // Where a crash, or an older program, left some of it: the rest is done now.
        if let ended = one.ended, !one.isLive(till.mint) {
            throw Complaint(
                .refused,
                "ended",
                "it ended at \(ended.moment.text): \(ended.reason.string)",
                hint: "there is nothing to do; 'tally bam register' registers the holder anew"
            )
        }
        var facts = Facts()
        facts.add("name", one.name.string)
        facts.add("reason", reason.string)
        let member = one.member(till.mint)
        let lines =
            try member.map { member throws(Complaint) in
                try remains(member, &facts, till)
            } ?? ["it is not enrolled, so no money is in it, and nobody can enrol by what it has"]
        try Agreeing.agree(
            ["the end of an eKey"] + facts.lines + lines,
            "block it, for good?",
            request,
            scene
        )
        if let number = try finish(one, reason, request, scene, till) {
            facts.add("entry", "\(number)", .number(number))
        }
        if one.ended == nil {
            one.ended = Registration.Ended(moment: scene.now, reason: reason)
            try book.keep(one, at: at)
        }
        return Report(
            lines: ["the eKey is blocked; wallets hear of it when they sync"] + facts.lines + lines,
            json: facts.json
        )
    }

    /// Books that it is over, before anything here says so.
    ///
    /// Its key is revoked, or nobody enrols by its code any more. The entry's number; nil where
    /// that was booked before.
    @discardableResult
    static func finish(
        _ one: Registration,
        _ reason: Text,
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> UInt64? {
        guard one.isLive(till.mint) else { return nil }
        let deed =
            try one.member(till.mint).map { member throws(Complaint) in
                try revocation(member, reason, scene, till)
            } ?? .traded(.uninvited(one.code))
        return try Booking.book(deed, memo: "", request, scene, till).entry.number
    }

    /// What becomes of its money, in words with dates.
    private static func remains(
        _ member: Mint.Member,
        _ facts: inout Facts,
        _ till: Till
    ) throws(Complaint) -> [String] {
        facts.add("eKey", member.key)
        let asset = till.books.founding.asset
        let sticks = try Holders.sticks(of: member.key, till)
        let sum = sticks.reduce(Amount.zero) { $0.adding($1.out) ?? .largest }
        facts.also("out", sum, asset)
        facts.also(
            "settles",
            .array(
                sticks.map {
                    .object([
                        ("amount", .string(asset.text($0.out))),
                        ("after", .string($0.stick.settleUntil.text)),
                    ])
                }
            )
        )
        guard !sticks.isEmpty else { return ["  no money that was charged into it is out"] }
        return ["  \(asset.full(sum)) that was charged into it has not come back:"]
            + sticks.map {
                "  \(asset.full($0.out)) of it, less what others present, comes back to the account"
                    + " once \($0.stick.settleUntil.text) is over and 'tally office settle' has"
                    + " closed that day"
            } + [
                "  what the eKey was paid by others, and did not bring here, comes back to it then"
                    + " as well, where they have handed that in"
            ]
    }

    private static func revocation(
        _ member: Mint.Member,
        _ reason: Text,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Deed {
        let found: Result<Deed, Forbidden>
        do {
            found = try till.revocation(
                of: member.key,
                reason: reason,
                lastGood: nil,
                at: scene.now
            )
        } catch {
            throw Complaint(BooksError.stopped, OfficeHome(till.folder))
        }
        do { return try found.get() } catch { throw Complaint(error, till) }
    }

    static func reason(_ request: Request) throws(Complaint) -> Text {
        let typed = request["--reason"] ?? ""
        guard let reason = Text(typed), (1...Limits.reasonBytes).contains(reason.byteCount) else {
            throw Complaint(
                .usage,
                "bad-reason",
                typed.isEmpty ? "nothing says why" : "\(quoted(typed)) cannot stand as a reason",
                hint: "write --reason and at most \(Limits.reasonBytes) bytes"
            )
        }
        return reason
    }
}
