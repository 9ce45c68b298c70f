package import Command
internal import Journal
package import Links
internal import Money
package import Sealing
package import Station
package import Wallet
package import Words

// From what a node, a home or a line throws to what a person reads.

extension Complaint {
    package static let otherVersion = Complaint(
        .failed,
        "other-version",
        "the node that runs in this home is of another version of tally",
        hint: "end it and start it again; nothing is lost"
    )

    package init(_ fault: StationFault, _ home: Home) {
        switch fault {
        case .home(let fault): self.init(fault, home)
        case .link(let fault):
            self.init(
                .failed,
                "link",
                "the node cannot go on the air: \(fault)",
                hint: "choose another with --port or --on; 'ip link' lists the networks"
            )
        case .journal(let reason): self.init(stopped: reason)
        }
    }

    /// Something else was told than was asked for.
    package init(instead told: Told) {
        if case .fault(let reason) = told {
            self.init(stopped: reason)
        } else {
            self = .otherVersion
        }
    }

    package init(stopped reason: String) {
        self.init(
            .failed,
            "journal",
            "\(reason)",
            hint: "what was told before is on the disk; start again and look at 'tally pending'"
        )
    }

    package init(_ fault: HomeFault, _ home: Home) {
        switch fault {
        case .made:
            self.init(
                .refused,
                "home-made",
                "there is a wallet in \(quoted(home.folder)) already",
                hint: "use it, or name another folder with --home"
            )
        case .notMade:
            self.init(
                .notFound,
                "no-wallet",
                "there is no wallet in \(quoted(home.folder))",
                hint: "'tally init' makes one; --home DIR names another folder"
            )
        case .files(let fault): self.init(fault, writing: home.folder)
        case .keys(let fault): self.init(fault, home)
        case .journal(.held):
            self.init(
                .failed,
                "held",
                "another tally has \(quoted(home.folder)) open, and cannot be asked",
                hint: "one that is just starting or ending is done in a moment: try again; else end"
                    + " it where it was started"
            )
        case .journal(let fault):
            let parts = fault.description.split(separator: ";", maxSplits: 1).map(String.init)
            self.init(
                .failed,
                "journal",
                parts[0],
                hint: parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "start again"
            )
        }
    }

    /// A folder that an office or a root lives in already.
    package static func officeMade(_ folder: String) -> Complaint {
        Complaint(
            .refused,
            "home-made",
            "there is an office or a root in \(quoted(folder)) already",
            hint: "use it, or name another folder with --home"
        )
    }

    /// A wallet that only a reader gets to.
    package static func isEKey(_ home: Home) -> Complaint {
        Complaint(
            .refused,
            "ekey",
            "the wallet in \(quoted(home.folder)) is an eKey: only its reader gets to it",
            hint: "run it with 'tally ekey run', and use the home of its FAM ('tally help fam run')"
        )
    }

    /// The reader of an eKey, which is not running.
    package static func noFam(_ home: Home) -> Complaint {
        Complaint(
            .notFound,
            "no-fam",
            "the FAM in \(quoted(home.folder)) does not run, and the wallet is in its eKey",
            hint: "'tally fam run' runs it, 'tally fam open' shows its screens"
        )
    }

    package init(_ fault: KeyFileFault, _ home: Home) {
        switch fault {
        case .wrongPassphrase, .wrongServiceKey, .needsPassphrase, .needsServiceKey,
            .passphraseLength, .serviceKeyLength:
            self.init(.wrongPassphrase, fault.name, fault.description, hint: fault.hint)
        case .tooLong, .notAKeyFile, .damaged, .version, .malformed, .tooWeak, .tooCostly,
            .noMemory:
            self.init(.failed, fault.name, fault.description, hint: fault.hint)
        }
    }

    package init(_ fault: LineFault, _ home: Home) {
        let hint =
            fault == .silent
            ? "it may be stopped: 'fg' where it was started, or kill -CONT, lets it go on"
            : "ask as the user who started it"
        let why =
            switch fault {
            case .nobody: "nobody answers"
            case .forbidden: "it is another user's"
            case .silent: "it answers nobody"
            case .taken, .occupied: "something else has its name"
            case .tooLong: "its name is too long"
            case .system(let words): words
            }
        self.init(
            .failed,
            "line",
            "the node in \(quoted(home.folder)) cannot be asked: \(why)",
            hint: hint
        )
    }

    package init(_ fault: Endpoint.Fault, typed: String) {
        let why =
            switch fault {
            case .notAnAddress: "it is no IPv4 or IPv6 address, and names are not looked up"
            case .notAPort: "its port is no number from 1 to 65535"
            case .noSuchInterface: "there is no network of that name"
            }
        self.init(
            .usage,
            "bad-address",
            "\(quoted(typed)) is nobody's address: \(why)",
            hint: "write it as 192.168.1.7, 192.168.1.7:4000 or [fe80::1%eth0]:4000"
        )
    }

    package init(_ fault: AmountFault, typed: String, _ asset: Asset) {
        self.init(
            .usage,
            "bad-amount",
            "\(quoted(typed)) is no amount of \(asset.code): \(fault.words)",
            hint: "write it as \(asset.text(.example))"
        )
    }

    package init(wrongPIN question: PIN.Question) {
        self.init(
            .wrongPassphrase,
            "wrong-pin",
            question.left == 0
                ? "the PIN was wrong too often, and is shut"
                : "that is not the PIN; \(question.tries)",
            hint: question.left == 0
                ? "'tally policy --pin' sets a new one, with the passphrase; nothing was paid"
                : "try again; nothing was paid"
        )
    }

    /// A wish that cannot be; amounts are of this asset.
    package init(_ denial: Denial, _ asset: Asset? = nil) {
        switch denial {
        case .noSuchPayment:
            self.init(
                .notFound,
                "no-payment",
                "there is no such payment under way",
                hint: "'tally pending' lists those that are"
            )
        case .noSuchAnswer:
            self.init(
                .notFound,
                "no-answer",
                "whoever answered is not there any more",
                hint: "look again with 'tally lookup'"
            )
        case .inert(let reason):
            self.init(
                .refused,
                "inert",
                "this wallet pays and sells nothing more: \(reason.string)",
                hint: "the office opens a new epoch for it; what it holds is not lost"
            )
        case .noWindow:
            self.init(
                .refused,
                "no-window",
                "no office has permitted this wallet to pay offline",
                hint: "'tally info' shows the permission, and until when it holds"
            )
        case .short(let shortage): self.init(shortage, asset)
        case .needsPIN, .noRoom, .tooMany, .refused, .held, .nothingNew: self.init(late: denial)
        }
    }

    /// Those that the wallet says when it has looked.
    private init(late denial: Denial) {
        switch denial {
        case .noSuchPayment, .noSuchAnswer, .inert, .noWindow, .short: self.init(denial)
        case .nothingNew:
            self.init(
                .refused,
                "nothing-new",
                "it says nothing that this wallet does not know",
                hint: "'tally pending' says what is still waited for"
            )
        case .needsPIN:
            self.init(
                .refused,
                "needs-pin",
                "an amount as large needs the PIN",
                hint: "give it when you are asked"
            )
        case .noRoom:
            self.init(
                .failed,
                "no-room",
                "the disk has no room for what this payment would write",
                hint: "free some space; nothing was locked"
            )
        case .tooMany:
            self.init(
                .refused,
                "too-many",
                "that is more than the wallet keeps",
                hint: "give fewer"
            )
        case .refused(let name):
            self.init(
                .refused,
                name.string,
                "it was refused: \(name.string)",
                hint: "docs/PROTOCOL names every refusal"
            )
        case .held:
            self.init(
                .inDoubt,
                "held",
                "it is agreed: only the seller's decision ends it",
                hint: "'tally resolve' asks again, and takes a decision from a file"
            )
        }
    }

    private init(_ shortage: Shortage, _ asset: Asset?) {
        switch shortage {
        case .nothing:
            self.init(
                .refused,
                "nothing",
                "there is no money in this wallet that may be spent now",
                hint: "'tally balance' shows what is here, and what is held"
            )
        case .short(let most):
            self.init(
                .refused,
                "short",
                "there is not enough here for that"
                    + (asset.map { ": one payment can carry \($0.full(most)) now" } ?? ""),
                hint: "'tally balance' shows the largest payment"
            )
        case .window(let most):
            self.init(
                .refused,
                "window",
                "the office permits no payment as large now"
                    + (asset.map { ": no more than \($0.full(most))" } ?? ""),
                hint: "'tally info' shows the permission"
            )
        }
    }
}

extension Amount {
    fileprivate static var example: Amount { Amount(1_250) ?? .zero }
}

extension AmountFault {
    fileprivate var words: String {
        switch self {
        case .empty: "there is nothing"
        case .comma: "a comma may part thousands or cents, and nobody can tell which"
        case .notANumber: "there is more in it than digits and one point"
        case .decimals(let most): "it has more than \(most) digits behind the point"
        case .missingDigits: "digits are missing before or behind the point"
        case .tooLarge: "there is not so much money"
        case .leadingZero: "it begins with a zero too many"
        }
    }
}

extension PIN.Question {
    /// How many are left.
    package var tries: String { left == 1 ? "1 try left" : "\(left) tries left" }
}
