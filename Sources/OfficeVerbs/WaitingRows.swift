internal import Books
internal import Clerk
internal import Command
internal import Ledger
internal import Mint
internal import Words

/// What came back and is not credited yet, as a person is told it.
struct WaitingRows {
    private let all: [Uncleared]
    private let till: Till

    /// Of everybody, or of those whose account it will go to.
    init(_ till: Till, of account: Account? = nil) {
        self.till = till
        all = till.mint.waiting.filter { one in
            account == nil || till.mint.members[one.payer]?.account == account
        }
    }

    var sum: Amount { Amount.sum(all.map(\.amount)) ?? .largest }
    var isEmpty: Bool { all.isEmpty }

    private static let shown = 40

    var lines: [String] {
        let rows = all.prefix(Self.shown).map(row)
        let more = all.count - rows.count
        return rows + (more > 0 ? ["  and \(more) more; --json has all of them"] : [])
    }

    var json: JSON { .array(all.map(json)) }

    private func row(_ one: Uncleared) -> String {
        let asset = till.books.founding.asset
        return "  " + asset.full(one.amount).padded(left: 16)
            + "  paid by \(name(one.payer)), \(one.moment.text): \(Self.sentence(one, name))"
    }

    /// When it clears.
    static func sentence(_ one: Uncleared, _ name: (Key) -> String) -> String {
        let day = "when \(one.settleUntil.text) is closed"
        guard !one.awaited.isEmpty else {
            return "is settled, to whoever has it, \(day)"
        }
        let names = one.awaited.map(name)
        let who =
            names.count == 1
            ? names[0] + " has"
            : names.dropLast().joined(separator: ", ") + " and " + names[names.count - 1] + " have"
        return "clears when \(who) synced, or \(day)"
    }

    private func name(_ key: Key) -> String {
        till.mint.members[key]?.name.string ?? "the key \(short(key))"
    }

    private func json(_ one: Uncleared) -> JSON {
        .object([
            ("entry", .number(one.number)), ("since", .string(one.moment.text)),
            ("payer", .string(one.payer.bytes.hex)), ("stick", .string(one.stick.bytes.hex)),
            ("amount", .string(till.books.founding.asset.text(one.amount))),
            ("awaits", .array(one.awaited.map { .string($0.bytes.hex) })),
            ("settleUntil", .string(one.settleUntil.text)),
        ])
    }
}
