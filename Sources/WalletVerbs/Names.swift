internal import Command
internal import Commit

// Words that Commit has too, in a file of their own: for whoever imports Money, Commit is also
// what a payee signs.

/// What was asked of a verb; a wallet asks its office with another.
typealias Request = Command::Request
/// What a name means to a person; the names themselves are another's.
typealias Reason = Command::Reason

/// What an office says to a request; the command's own answer is another.
typealias OfficeAnswer = Commit.Answer

/// Names of what a wallet denies.
enum Denied {
    static let foreignOffice = Commit.Reason.foreignOffice
    static let unknown = Commit.Reason.unknown
}
