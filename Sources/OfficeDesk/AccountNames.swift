package import Books
package import Command
internal import Homes
internal import Ledger
package import Words

/// What an account may be called.
package enum AccountNames {
    /// A name that looks like no other: accounts have numbers, and what no screen shows tells
    /// no two of them apart.
    package static func holder(_ typed: String) throws(Complaint) -> Text {
        let name = try Making.name(typed)
        let scalars = Array(typed.unicodeScalars)
        guard scalars.contains(where: \.properties.isAlphabetic) else {
            throw Complaint(
                .usage,
                "bad-name",
                "\(quoted(typed)) has no letter in it, and accounts have numbers of their own",
                hint: "choose a name with a letter in it"
            )
        }
        let blanks = scalars.filter { $0.properties.isWhitespace && $0 != " " }
        let hidden = scalars.filter(\.properties.isDefaultIgnorableCodePoint)
        guard blanks.isEmpty, hidden.isEmpty, typed.first != " ", typed.last != " ",
            !typed.contains("  ")
        else {
            throw Complaint(
                .usage,
                "bad-name",
                "\(quoted(typed)) has blanks at an end, two together, or one that no screen shows",
                hint: "write the words of the name with one space between them"
            )
        }
        return name
    }

    /// Two that are written with other bytes and read the same are one name.
    package static func expectNew(_ name: Text, _ books: Books) throws(Complaint) {
        let others = books.ledger.holders.map(\.name).filter { $0 != name }
        guard others.contains(where: { $0.string == name.string }) else { return }
        throw Complaint(
            .usage,
            "bad-name",
            "there is an account whose name reads as \(quoted(name.string)) does",
            hint: "choose another name"
        )
    }
}
