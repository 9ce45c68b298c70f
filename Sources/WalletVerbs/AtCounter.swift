internal import Command
internal import Homes
internal import Station
internal import Wallet
internal import Words

/// What the verbs before the office's counter have in common.
enum AtCounter {
    static let exits: [Exit] = [
        .done, .failed, .usage, .refused, .notFound, .pending, .wrongPassphrase,
    ]

    /// Opens the wallet, finds its office, and lets somebody ask there.
    static func asking(
        _ request: Request,
        _ scene: Scene,
        _ body: (Asker, Asset) throws(Complaint) -> Report
    ) throws(Complaint) -> Report {
        let seconds = try Waiter.seconds(request, OfficeAt.seconds)
        let home = try Opening.home(request, scene)
        try Opening.hasWallet(home)
        let office = try OfficeAt(request, home)
        let teller = try Opening.teller(request, scene)
        defer { teller.close() }
        guard let window = try teller.info().window else { throw Complaint(Denial.noWindow) }
        let asker = Asker(try Waiter(teller, scene), office, within: seconds)
        let report = try body(asker, window.asset)
        // It has answered there, or this would have thrown.
        office.remember(in: home)
        return report
    }

    /// What was asked for and is not here yet.
    static func facts(_ errand: OpenErrand) -> Facts {
        var facts = Facts()
        facts.add("id", errand.id.short, .string(errand.id.text))
        facts.add("errand", errand.word.rawValue)
        if let asset = errand.asset, let amount = errand.amount {
            facts.add("asked for", amount, asset)
        }
        let place = OfficeAt.text(errand.address)
        facts.add("office at", place)
        facts.add("trying", "while a node runs, the office at \(place) is asked until it answers")
        let isCharge = errand.isCharge && errand.isSaid
        facts.add(
            "you can",
            isCharge
                ? "run 'tally node' where the office is reached; if it moved, type 'tally"
                    + " \(errand.word.rawValue)' again with --office: it goes on with this one,"
                    + " and debits nothing twice"
                : "wait, or stop the verb that asks"
        )
        return facts
    }
}
