package import Books
package import Clerk
package import Command
internal import Homes
package import Ledger
package import Office
internal import Station
internal import Words

// From what an office or its books throw to what a person reads.

extension Complaint {
    package init(_ fault: OfficeFault, _ office: OfficeHome) {
        switch fault {
        case .made(let folder):
            self = .officeMade(folder)
        case .notMade(let folder):
            self.init(
                .notFound,
                "no-office",
                "there is no office in \(quoted(folder))",
                hint: "'tally office init' makes one; --home DIR names another folder"
            )
        case .notCertified:
            self.init(
                .refused,
                "not-certified",
                "no root has certified this office yet",
                hint: "have 'tally office sign' answer \(quoted(office.request)) where the root"
                    + " lives, and take the answer with 'tally office certify'"
            )
        case .secondDisk, .goneOn, .noSecondDisk, .someHome, .unreadSecond, .differing, .occupied,
            .untied, .wasGivenUp, .knowsMore, .onlyThere:
            self.init(ofDisks: fault, office)
        case .reading(let path, let fault): self.init(fault, reading: path)
        case .writing(let path, let fault): self.init(fault, writing: path)
        case .keys(let fault): self.init(fault, Home(office.folder))
        case .books(let error): self.init(error, office)
        case .certificate(let fault): self.init(fault)
        case .certified, .notARequest, .notAnAnswer, .otherOffice, .noTime:
            self.init(ofPapers: fault)
        case .matters, .journal, .journalMissing, .counter:
            self.init(ofCounter: fault, office)
        }
    }

    private init(ofCounter fault: OfficeFault, _ office: OfficeHome) {
        switch fault {
        case .journal(let error): self.init(HomeFault.journal(error), Home(office.folder))
        case .journalMissing:
            self.init(
                .refused,
                "journal-missing",
                "units came back to this office, and the journal in \(quoted(office.folder)) that"
                    + " knows which is gone",
                hint: "put journal.db, journal.db-wal and journal.head back: payers whose decision"
                    + " they hold wait for it"
            )
        case .counter(let error):
            self.init(
                .failed,
                "counter",
                "the counter stopped: \(error.reason)",
                hint: "'tally office audit' checks the books; start it again when they are whole"
            )
        case _:
            self.init(
                .refused,
                "matters",
                "what the books say of members does not follow from what stands before it",
                hint: "'tally office audit' names the first entry that is not what was written"
            )
        }
    }

    private init(ofPapers fault: OfficeFault) {
        switch fault {
        case .certified:
            self.init(
                .refused,
                "certified",
                "this office is certified already",
                hint: "there is nothing to take; 'tally verify' shows its office.crt"
            )
        case .notARequest:
            self.init(
                .refused,
                "not-a-request",
                "the file is not what an office asks a root with",
                hint: "it is called office.request, and lies in the office's home"
            )
        case .notAnAnswer:
            self.init(
                .refused,
                "not-an-answer",
                "the file is not what 'tally office sign' writes",
                hint: "it holds two certificates, the root's and the office's"
            )
        case .otherOffice(let key):
            self.init(
                .refused,
                "other-office",
                "the answer is for another office, whose key is \(short(key))",
                hint: "have the root sign the request that lies in this home"
            )
        case _:
            self.init(
                .failed,
                "no-time",
                "the clock of this machine is so far ahead that no certificate could end",
                hint: "set the clock"
            )
        }
    }

    package init(_ error: BooksError, _ office: OfficeHome) {
        switch error {
        case .held:
            self.init(
                .failed,
                "held",
                "another tally has the books of \(quoted(office.folder)) open",
                hint: "wait until it has ended, and try again"
            )
        case .disk(let copy, let fault):
            self.init(
                .failed,
                "books",
                "the books stopped: \(copy.text): \(fault)",
                hint: "see to the disk, then look at 'tally bank statement' before you book"
                    + " anything again: what was being booked may be there"
            )
        case .stopped:
            self.init(
                .failed,
                "books",
                "the books stopped at an earlier failure",
                hint: "start again"
            )
        case .newer(_, let schema):
            self.init(
                .failed,
                "newer",
                "the books have version \(schema), which is newer than this program",
                hint: "update tally"
            )
        case .older(_, let schema):
            self.init(
                .failed,
                "older",
                "the books have version \(schema), from before the first release",
                hint: "make the office anew with 'tally office init', in another folder"
            )
        case .setting(_, let name):
            self.init(
                .failed,
                "setting",
                "the books are not safe here: SQLite did not accept \(name)",
                hint: "use another SQLite"
            )
        case .missing, .made, .otherKey, .damaged, .contradicting, .cut, .headless:
            self.init(ofBooks: error, office)
        }
    }

    /// What is found in the files themselves.
    private init(ofBooks error: BooksError, _ office: OfficeHome) {
        switch error {
        case .missing(let copy):
            self.init(
                .refused,
                "books-missing",
                "there are no books on \(copy.text)",
                hint: copy.hintWhenMissing
            )
        case .made(let copy):
            self.init(
                .refused,
                "books-made",
                "there are books on \(copy.text) already",
                hint: "name another folder; if an init that was cut off left them, remove them"
            )
        case .otherKey(let copy):
            self.init(
                .refused,
                "other-key",
                "the books on \(copy.text) are another office's",
                hint: "put the right office.keys beside them, or the right books"
            )
        case .contradicting(let entry):
            self.init(
                .refused,
                "contradicting",
                "the two copies of the books tell different things from entry \(entry) on",
                hint: "one was used without the other; keep both, find out which entries were"
                    + " told to people, and open that copy alone"
            )
        case .damaged(let copy, let damage):
            self.init(
                .refused,
                "damaged",
                "the books on \(copy.text) are not what was written: \(damage)",
                hint: copy.hintWhenDamaged
            )
        case .cut(let last, let head):
            self.init(
                .refused,
                "cut",
                "the books end at entry \(last), but entry \(head) had been written: the newest"
                    + " are gone, or this is an older copy",
                hint: "keep these files as they are, and put the newest copy in their place"
            )
        case .headless:
            self.init(
                .refused,
                "headless",
                "no books.head can be read, so nothing shows that these are the newest books",
                hint: "put books.head back beside books.db; it is copied together with it"
            )
        case _: preconditionFailure("\(error) is said elsewhere")
        }
    }

    /// Why nothing was booked.
    package init(_ refusal: Books.Refusal, _ till: Till) {
        let books = till.books
        switch refusal {
        case .requestUsed(let entry):
            self.init(
                .refused,
                "once-used",
                "this --once was used for something else, entry \(entry)",
                hint: "'tally bank statement' shows it; choose another word"
            )
        case .ledger(.short(let account, let has)):
            let asset = books.ledger.holder(account).map { till.asset(of: $0) }
            let there = (asset ?? books.founding.asset).full(has.amount)
            self.init(
                .refused,
                "short",
                "there is \(there) on the account of"
                    + " \(books.name(of: account)), and that is not enough",
                hint: "less of it, or pay in first"
            )
        case .ledger(.nameTaken(let name)):
            self.init(
                .refused,
                "name-taken",
                "there is an account of \(quoted(name.string)) already",
                hint: "choose another name; 'tally office accounts' lists them"
            )
        case .ledger(.tooMuch(let account)):
            self.init(
                .refused,
                "too-much",
                "\(books.name(of: account)) would hold more than any money there can be",
                hint: "book less"
            )
        case .ledger(let other):
            self.init(
                .failed,
                "ledger",
                "the ledger refuses it: \(other)",
                hint: "this is a fault of Tally; please tell its makers"
            )
        }
    }
}

extension Copy {
    fileprivate var hintWhenMissing: String {
        switch self {
        case .first:
            "put all books.* back; if this disk was replaced, 'tally office recover' makes another"
                + " home of the second disk"
        case .second:
            "see that the disk is there; if it is lost for good, 'tally office second-disk DIR'"
                + " fills a new one"
        }
    }

    fileprivate var hintWhenDamaged: String {
        switch self {
        case .first: "keep them as they are, and put a copy that is whole in their place"
        case .second:
            "keep a copy of them elsewhere; 'tally office second-disk' fills another folder, or"
                + " this one when all books.* are gone from it"
        }
    }

    package var text: String {
        switch self {
        case .first: "the first disk"
        case .second: "the second disk"
        }
    }
}

extension Books {
    /// Whose account this is, for a person.
    package func name(of account: Account) -> String {
        if let holder = ledger.holder(account) { return holder.name.string }
        return OwnAccount(rawValue: account.number)?.word ?? "account \(account.number)"
    }
}

extension OwnAccount {
    package var word: String {
        switch self {
        case .cash: "cash"
        case .backing: "backing"
        case .earned: "earned"
        case .fraud: "fraud"
        case .takings: "takings"
        case .sales: "sales"
        case .issued: "issued"
        case .outstanding: "outstanding"
        case .redeemed: "redeemed"
        case .consumed: "consumed"
        case .lapsed: "lapsed"
        }
    }
}

extension HolderKind {
    package var word: String {
        switch self {
        case .person: "person"
        case .merchant: "merchant"
        case .customer: "customer"
        }
    }
}

extension Act.Kind {
    package var word: String {
        switch self {
        case .deposit: "deposit"
        case .withdrawal: "withdrawal"
        case .charge: "charge"
        case .settlement: "settlement"
        case .lapse: "lapse"
        case .honour: "honour"
        case .writeOff: "write-off"
        case .redemption: "redemption"
        case .clearing: "clearing"
        case .consumption: "consumption"
        case .usedUp: "used-up"
        case .transfer: "bill"
        case .takings: "paid in"
        case .sale: "sale"
        case .payback: "paid back"
        }
    }
}
