internal import Commit
internal import Words

// In a file of its own, because Commit is also what a payee signs, for whoever imports Money.

/// What an office says to a request; the command's own answer is another.
typealias OfficeAnswer = Commit.Answer

/// Names of what a wallet denies.
enum Denied {
    static let foreignOffice = Commit.Reason.foreignOffice
    static let unknown = Commit.Reason.unknown
}
