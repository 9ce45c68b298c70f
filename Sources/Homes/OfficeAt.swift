package import Command
internal import Links
package import Station
package import Words

/// Where a wallet's office is.
package struct OfficeAt {
    package let typed: String
    package let address: Address

    package static let option = Verb.Option(
        name: "--office",
        value: "ADDRESS",
        kind: .word,
        about: "where the office is: 192.168.1.7, 192.168.1.7:4000; else where it answered last"
    )

    package static let waitOption = Verb.Option(
        name: "--wait",
        value: "S",
        kind: .number,
        about: "wait so many seconds for the office; else 30"
    )

    package static let seconds: UInt64 = 30

    package init(typed: String) throws(Complaint) {
        do {
            address = try Endpoint(typed: typed).address
        } catch {
            throw Complaint(error, typed: typed)
        }
        self.typed = typed
    }

    /// As it was typed, or as the home remembers it.
    package init(_ request: Request, _ home: Home) throws(Complaint) {
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
    package var text: String { Self.text(address) }

    package static func text(_ address: Address) -> String { Endpoint(address)?.text ?? "?" }

    /// It has answered there: the next errand need not be told where.
    package func remember(in home: Home) {
        if home.office != typed { home.keep(office: typed) }
    }
}
