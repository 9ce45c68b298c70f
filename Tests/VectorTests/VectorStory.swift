import Certificates
import Money
import Sealing
import Station
import Testing
import Wire
import Words

/// office → Vera 0..<1000; Vera → Ada 100..<600; Ada → Cleo 200..<300, aborted;
/// Ada → Bob 200..<500 and 510..<520 with the release; Bob proposes 250..<400 to Dan.
struct VectorStory {
    var street: RealStreet
    let vera, ada, bob, cleo, dan: Identity
    let stick: Stick
    let first, tried, second: Handover
    let triedPayment, secondPayment: PaymentID
    let release: Abort
    let window: Window
    var file: MoneyVectors.File

    init() throws {
        street = try RealStreet(seed: 20)
        (vera, ada) = (try street.person(), try street.person())
        (bob, cleo) = (try street.person(), try street.person())
        dan = try street.person()
        stick = try street.stick(1_000, to: vera)
        first = street.handover([stick.entry(100, 600)], from: vera, to: ada.key)
        (triedPayment, secondPayment) = (street.payment(), street.payment())
        tried = street.handover(
            [first.entry(0, 200, 300)],
            from: ada,
            to: cleo.key,
            counter: 1,
            payment: triedPayment,
            total: 100
        )
        release = try street.abort(triedPayment, by: cleo, to: ada.key)
        second = street.handover(
            [first.entry(0, 200, 500, releases: [release]), first.entry(0, 510, 520)],
            from: ada,
            to: bob.key,
            counter: 2,
            payment: secondPayment,
            total: 410,
            previous: tried.hash
        )
        window = try street.window(for: bob)
        file = MoneyVectors.File(root: Hex.text(street.root.key.bytes.array))
    }

    var entries: [Entry] { [second.entry(0, 250, 400)] }

    var proposal: Proposal { proposing(entries) }

    func proposing(_ entries: [Entry], by payer: Identity? = nil, _ window: Window? = nil)
        -> Proposal
    {
        must(
            street.archive.proposal(
                entries,
                by: (payer ?? bob).key,
                window ?? self.window
            )
        )
    }

    var payee: Payee {
        Payee(
            key: dan.key,
            root: street.root.key,
            now: RealStreet.now,
            asset: RealStreet.euro,
            amount: must(Amount(150))
        )
    }

    mutating func made() throws -> MoneyVectors.File {
        addHashes()
        try addPapers()
        try addProofs()
        try addProposals()
        try addForeignProposals()
        try addAgreements()
        try addEdges()
        return file
    }

    private mutating func addHashes() {
        add("object", stick.signed.object, stick.id)
        add("object", release.signed.object, release.hash)
        add("object", window.signed.object, window.id)
        add("header", second.header, second.header.leaf)
        add("entry", second.entries[0], second.entries[0].leaf)
        add("handover", second, second.hash)
        add("handover", second.showing([0, 1]), second.hash)
        for number in 0..<2 { add("link", second.link(number), second.hash) }
        let eight = (0..<8).map { stick.entry(UInt64($0) * 10 + 700, UInt64($0) * 10 + 705) }
        for count in [3, 5, 7, 8] {
            var street = street
            let many = street.handover(Array(eight.prefix(count)), from: vera, to: bob.key)
            for number in 0..<count { add("link", many.link(number), many.hash) }
        }
        file.hashes.append(
            MoneyVectors.Named(
                what: "payment",
                hex: Hex.text(triedPayment.array),
                hash: Hex.text(Header.hash(of: triedPayment).bytes.array)
            )
        )
    }

    private mutating func add(_ what: String, _ value: some WireValue, _ hash: Hash) {
        file.hashes.append(
            MoneyVectors.Named(
                what: what,
                hex: Hex.text(value.wireBytes),
                hash: Hex.text(hash.bytes.array)
            )
        )
    }

    // MARK: Papers

    func ders(_ people: Identity...) -> [[UInt8]] {
        (people.map(\.key) + [street.office.key]).compactMap { street.ders[$0] }
    }

    mutating func paper(
        _ name: String,
        _ body: Paper.Body,
        _ certificates: [[UInt8]],
        _ result: String
    ) throws {
        let paper = Paper(body, certificates: certificates)
        var verified = Verified()
        let found: String
        do {
            _ = try paper.check(Verifier(root: street.root.key), &verified, Checks.real)
            found = "good"
        } catch {
            found = error.name
        }
        #expect(found == result, "\(name)")
        #expect(try Paper(wireBytes: paper.wireBytes) == paper)
        file.papers.append(
            MoneyVectors.PaperCase(name: name, hex: Hex.text(paper.wireBytes), result: result)
        )
    }

    mutating func unreadable(_ name: String, _ bytes: [UInt8], _ kind: WireError.Kind) {
        #expect(throws: WireError.self, "\(name)") { try Paper(wireBytes: bytes) }
        do {
            _ = try Paper(wireBytes: bytes)
        } catch {
            #expect(error.kind == kind, "\(name)")
        }
        file.papers.append(
            MoneyVectors.PaperCase(
                name: name,
                hex: Hex.text(bytes),
                result: "unreadable: " + kind.rawValue
            )
        )
    }
}
