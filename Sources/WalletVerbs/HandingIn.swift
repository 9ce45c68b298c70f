internal import Command
internal import Commit
internal import Homes
internal import Station
internal import Wallet
internal import Words

/// `tally meter hand-in`: what a meter has used up, back to its office.
enum HandingIn {
    static let verb = Verb(
        words: ["meter", "hand-in"],
        summary: "hand in to the office what this meter has used up",
        details: [
            "it is a payment with the office as its seller, which takes what was used up and",
            "nothing else, and credits nobody: the office earns what it was backed by. It may be",
            "done at any time until the last day to settle, also while the meter runs; what is",
            "used up meanwhile is handed in the next time",
        ],
        options: [
            OfficeAt.option, OfficeAt.waitOption, Opening.loseOption,
        ] + Opening.options + Opening.links,
        examples: [
            Verb.Example(line: "tally meter hand-in", about: "all that was used up")
        ],
        exits: AtCounter.exits + [.inDoubt],
        act: { request, scene throws(Complaint) in
            try AtCounter.asking(request, scene) { (asker, asset) throws(Complaint) in
                try handIn(asset, asker)
            }
        }
    )

    private static func handIn(_ asset: Asset, _ asker: Asker) throws(Complaint) -> Report {
        let before = try asker.teller.balance(asset)
        // What goes in no payment now, it is not asked to hand in: that would never end.
        let most = before.consumedAtOnce > .zero ? before.consumed : .zero
        var back = GivingBack(asset, asker, as: .consumed)
        if most > .zero, let open = try back.give(most, \.consumedAtOnce) {
            return try back.report(open)
        }
        let balance = try asker.teller.balance(asset)
        var facts = Facts()
        facts.add("handed in", most > .zero ? back.amount : .zero, asset)
        if !back.payments.isEmpty { Redeeming.tell(back.payments, &facts) }
        facts.add("used up", balance.consumed, asset)
        facts.add("available", balance.available, asset)
        let title =
            most > .zero
            ? "handed in \(asset.full(back.amount)): the office has it"
            : before.consumed > .zero
                ? "nothing of it can be handed in now" : "there is nothing to hand in"
        return Report(lines: [title] + facts.lines.dropFirst(), json: .object(facts.pairs))
    }
}
