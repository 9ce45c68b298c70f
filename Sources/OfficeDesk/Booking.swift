package import Books
package import Clerk
package import Command
internal import Homes
internal import Host
package import Ledger
package import Mint
internal import Office
internal import Sealing
package import Words

package import struct Mint.Draft

/// How something that an operator wants comes into the books.
package enum Booking {
    package static let options = [
        Verb.Option(
            name: "--memo",
            value: "TEXT",
            kind: .word,
            about: "what for; stands on the statement"
        ),
        Verb.Option(
            name: "--once",
            value: "WORD",
            kind: .word,
            about: "said again with the same word it is booked only once"
        ), Agreeing.yes,
    ]

    package static func memo(_ request: Request) throws(Complaint) -> Text {
        let typed = request["--memo"] ?? ""
        guard let memo = Text(typed), memo.byteCount <= Limits.memoBytes else {
            throw Complaint(
                .usage,
                "bad-memo",
                "\(quoted(typed)) cannot stand on a statement",
                hint: "at most \(Limits.memoBytes) bytes, without control characters"
            )
        }
        return memo
    }

    /// The account that somebody named.
    package static func holder(_ typed: String, _ books: Books) throws(Complaint) -> AccountHolder {
        if let number = UInt64(typed), let found = books.ledger.holder(Account(number: number)) {
            return found
        }
        if let name = Text(typed), let found = books.ledger.holder(named: name) { return found }
        let near = nearest(typed, books.ledger.holders.map(\.name.string))
        throw Complaint(
            .notFound,
            "no-account",
            "there is no account \(quoted(typed))",
            hint: near.map { "did you mean \(quoted($0))?" }
                ?? "'tally office accounts' lists them"
        )
    }

    /// Money in or out of somebody's account: shown, agreed to, booked.
    package static func move(
        _ kind: Act.Kind,
        _ holder: AccountHolder,
        _ what: String,
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> Report {
        let note = try memo(request)
        let asset = till.asset(of: holder)
        let amount = try asset.typed(request.arguments[1])
        var facts = Facts()
        facts.add("account", holder.name.string)
        facts.line("", "\(holder.kind.word), number \(holder.account.number)")
        facts.also("number", .number(holder.account.number))
        facts.add("amount", amount, asset)
        if note.byteCount > 0 { facts.add("memo", note.string) }
        try Agreeing.agree([what] + facts.lines, "book it?", request, scene)
        let act = Act(kind, holder.account, amount)
        let (entry, isNew) = try book(.moved(act), memo: note.string, request, scene, till)
        guard let after = till.books.ledger.balance(holder.account) else {
            preconditionFailure("what was booked to is there")
        }
        facts.add("entry", "\(entry.number)", .number(entry.number))
        facts.add("balance", asset.signed(after) + " " + asset.code, asset.json(after))
        facts.also("isNew", .flag(isNew))
        let title = isNew ? "booked " + what : "it was booked before, and only once"
        return Report(lines: [title] + facts.lines, json: facts.json)
    }

    /// Books one thing, whose request is its `--once`, or else chance; says whether it is new.
    package static func book(
        _ deed: Deed,
        memo: String,
        _ request: Request,
        _ scene: Scene,
        _ till: Till
    ) throws(Complaint) -> (entry: Books.Entry, isNew: Bool) {
        var chance = SystemChance()
        let name = once(request) ?? Digest.hash(onceDomain, chance.bytes(32))
        guard let memo = Text(memo) else { preconditionFailure("it was looked at before") }
        let draft = Draft(
            request: name,
            moment: scene.now,
            memo: memo,
            deed: deed
        )
        let home = OfficeHome(till.folder)
        let isNew: Bool
        do { isNew = try till.books.entry(of: draft.request) == nil } catch {
            throw Complaint(error, home)
        }
        // What was booked before stays booked, whatever is guaranteed by now.
        if isNew {
            do throws(Forbidden) {
                if let act = deed.act { try till.mint.check(act, at: scene.now) }
                if case .traded(let trade) = deed { try till.mint.check(trade) }
            } catch {
                throw Complaint(error, till)
            }
        }
        let outcome: Books.Outcome
        do { outcome = try till.book(draft) } catch { throw Complaint(error, home) }
        switch outcome {
        case .booked(let entry): return (entry, true)
        case .again(let entry): return (entry, false)
        case .refused(let refusal): throw Complaint(refusal, till)
        }
    }

    /// What a `--once` stands for, of each verb another; nil where none was typed.
    package static func once(_ request: Request) -> Hash? {
        request["--once"].map { word in
            Digest.hash(onceDomain, Array(request.verb.name.utf8) + [0] + Array(word.utf8))
        }
    }

    /// What was booked by this `--once` before; nil where nothing was.
    package static func known(
        _ request: Request,
        _ till: Till
    ) throws(Complaint) -> Books.Entry? {
        guard let name = once(request) else { return nil }
        do { return try till.books.entry(of: name) } catch {
            throw Complaint(error, OfficeHome(till.folder))
        }
    }

    private static let onceDomain = Digest.Domain("tally1 once")
}

extension Till {
    /// What stands on an account is an amount of this.
    package func asset(of holder: AccountHolder) -> Asset {
        let own = books.founding.asset
        return holder.kind.side == .price ? mint.trading.currency ?? own : own
    }
}

extension Asset {
    /// `-12.50`, and `12.50` without a sign.
    package func signed(_ balance: Balance) -> String {
        (balance < .zero ? "-" : "") + text(balance.amount)
    }

    package func json(_ balance: Balance) -> JSON {
        .object([("amount", .string(signed(balance))), ("asset", .string(code))])
    }
}
