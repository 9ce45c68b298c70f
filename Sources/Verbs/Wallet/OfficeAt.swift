internal import Links
internal import Station
internal import Words

/// Where a wallet's office is.
struct OfficeAt {
    let typed: String
    let address: Address

    static let option = Verb.Option(
        name: "--office",
        value: "ADDRESS",
        kind: .word,
        about: "where the office is: 192.168.1.7, 192.168.1.7:4000; else where it answered last"
    )

    static let waitOption = Verb.Option(
        name: "--wait",
        value: "S",
        kind: .number,
        about: "wait so many seconds for the office; else 30"
    )

    static let seconds: UInt64 = 30

    init(typed: String) throws(Complaint) {
        do {
            address = try Endpoint(typed: typed).address
        } catch {
            throw Complaint(error, typed: typed)
        }
        self.typed = typed
    }

    /// As it was typed, or as the home remembers it.
    init(_ request: Request, _ home: Home) throws(Complaint) {
        guard let typed = request["--office"] ?? home.office else {
            throw Complaint(
                .usage,
                "no-office",
                "nothing says where the office of this wallet is",
                hint: "write --office and its address, as 192.168.1.7:4000; it is remembered"
            )
        }
        try self.init(typed: typed)
    }

    /// With its port, whether that was typed or not.
    var text: String { Self.text(address) }

    static func text(_ address: Address) -> String { Endpoint(address)?.text ?? "?" }

    /// It has answered there: the next errand need not be told where.
    func remember(in home: Home) {
        if home.office != typed { home.keep(office: typed) }
    }
}
