internal import Books
internal import Clerk
internal import Host
internal import Ledger
internal import Mint
internal import Office
internal import OfficeDesk
internal import Words

/// How an office stands, as Prometheus reads it.
struct Metrics {
    private(set) var text = ""

    init(_ till: Till, since begun: UInt64) {
        let (ledger, tally) = (till.books.ledger, till.tally)
        add("up", "whether the office is open", "gauge", [("", 1)])
        add(
            "uptime_seconds",
            "since it was opened",
            "gauge",
            [
                ("", (Process.nanoseconds - begun) / 1_000_000_000)
            ]
        )
        add("entries", "entries in the books", "counter", [("", till.books.number + 1)])
        add("accounts", "accounts in the books", "gauge", [("", UInt64(ledger.holders.count))])
        let revoked = till.mint.everybody.filter { $0.revocation != nil }.count
        add(
            "members",
            "keys that were enrolled",
            "gauge",
            [
                ("state=\"good\"", UInt64(till.mint.members.count - revoked)),
                ("state=\"revoked\"", UInt64(revoked)),
            ]
        )
        addMoney(till)
        addRequests(tally)
        add("memory_bytes", "of the process", "gauge", [("", Process.memory)])
    }

    private mutating func addMoney(_ till: Till) {
        let ledger = till.books.ledger
        let units: [OwnAccount] = [.issued, .outstanding, .redeemed, .consumed, .lapsed]
        add(
            "units",
            "minor units of \(till.books.founding.asset.code), by where they are",
            "gauge",
            units.map { ("where=\"\($0.word)\"", ledger[$0].amount.units) }
        )
        add(
            "closed_seconds",
            "when the last day that was closed was over, counted from 1970",
            "gauge",
            till.mint.closed.map { [("", ($0.number + 1) * Limits.secondsPerDay)] } ?? []
        )
        add(
            "waiting_units",
            "came back and not credited yet, in minor units",
            "gauge",
            [("", WaitingRows(till).sum.units)]
        )
        add(
            "cash_units",
            "paid in and not paid out, in minor units",
            "gauge",
            [
                ("", ledger[.cash].amount.units)
            ]
        )
        add(
            "fraud_units",
            "lost to fraud, in minor units",
            "gauge",
            [
                ("", ledger[.fraud].amount.units)
            ]
        )
    }

    private mutating func addRequests(_ tally: Tally) {
        add("greetings_total", "wallets that were greeted", "counter", [("", tally.welcomes)])
        add(
            "lacking_total",
            "sticks that were brought, signed by this office and not in its books",
            "counter",
            [("", tally.lacking)]
        )
        add(
            "requests_total",
            "requests that were done",
            "counter",
            Tally.Kind.allCases.map { ("type=\"\($0.rawValue)\"", tally.done[$0] ?? 0) }
        )
        add(
            "refusals_total",
            "requests that were refused, by name",
            "counter",
            Tally.Kind.allCases.flatMap { kind in
                (tally.refused[kind] ?? [:]).sorted { $0.key < $1.key }.map {
                    ("type=\"\(kind.rawValue)\",name=\"\($0.key)\"", $0.value)
                }
            }
        )
    }

    private mutating func add(
        _ name: String,
        _ help: String,
        _ type: String,
        _ values: [(labels: String, value: UInt64)]
    ) {
        let name = "tally_office_" + name
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
        for (labels, value) in values {
            text += name + (labels.isEmpty ? "" : "{\(labels)}") + " \(value)\n"
        }
    }
}
