internal import Device
internal import EKey
internal import Links

/// What FAM's screens say, in each of their languages.
enum Phrase: CaseIterable {
    case available, held, nobody
    case pay, bePaid, history, charge, bills, language, pin, end
    case noBills, whichBill, due, inAccount, accountShort, noAnswer
    case choose, unknown
    case yourNumber, waitingForSeller, asksFor, purpose, digits, agree, notPaid
    case howMuch, whatFor, buyersNumber, nobodyThere, compare
    case officeAt, askedOffice, charged, notCharged
    case typePIN, wrongPIN, pressButton, cableOut, cableIn
    case oldPIN, newPIN, pinChanged
    case done, refused, open
    case noPayments

    func text(in language: Language) -> String {
        switch language {
        case .english: english
        case .german: german
        }
    }

    private var english: String {
        switch self {
        case .available: "available"
        case .held: "held"
        case .nobody: "somebody"
        case .pay: "pay"
        case .bePaid: "be paid"
        case .history: "history"
        case .charge: "charge"
        case .bills: "bills"
        case .noBills: "no bill is open"
        case .whichBill: "which number, or Enter: "
        case .due: "due"
        case .inAccount: "in the account:"
        case .accountShort: "too little in the account; this much goes back to it first:"
        case .noAnswer: "the office has not answered; try again later"
        case .language: "Deutsch"
        case .pin: "another PIN"
        case .end: "end"
        case .choose: "your choice: "
        case .unknown: "that is not in the list"
        case .yourNumber: "tell the seller the number"
        case .waitingForSeller: "nobody asks yet; Enter ends it"
        case .asksFor: "asks for"
        case .purpose: "for"
        case .digits: "digits, and the other screen shows the same"
        case .agree: "pay that? [y/N] "
        case .notPaid: "nothing was paid"
        case .howMuch: "how much: "
        case .whatFor: "what for: "
        case .buyersNumber: "the number on the buyer's screen: "
        case .nobodyThere: "nobody with that number is near"
        case .compare: "asked; the buyer decides"
        case .officeAt: "where the office is: "
        case .askedOffice: "the office was asked"
        case .charged: "charged"
        case .notCharged: "the office has not answered; what it does arrives later"
        case .typePIN: "PIN: "
        case .wrongPIN: "that is not the PIN; tries left"
        case .pressButton: "press the button on the eKey"
        case .cableOut: "the eKey is out"
        case .cableIn: "the eKey is in again"
        case .oldPIN: "the old PIN: "
        case .newPIN: "the new PIN: "
        case .pinChanged: "the eKey has a new PIN"
        case .done: "paid"
        case .refused: "not paid"
        case .open: "not over yet; it goes on by itself"
        case .noPayments: "no payments yet"
        }
    }

    private var german: String {
        switch self {
        case .available: "verfügbar"
        case .held: "gebunden"
        case .nobody: "jemand"
        case .pay: "zahlen"
        case .bePaid: "kassieren"
        case .history: "Verlauf"
        case .charge: "aufladen"
        case .bills: "Rechnungen"
        case .noBills: "keine Rechnung ist offen"
        case .whichBill: "welche Nummer, oder Eingabe: "
        case .due: "fällig"
        case .inAccount: "auf dem Konto:"
        case .accountShort: "zu wenig auf dem Konto; so viel muss erst zurück:"
        case .noAnswer: "das Büro hat nicht geantwortet; später noch einmal"
        case .language: "English"
        case .pin: "andere PIN"
        case .end: "Ende"
        case .choose: "Auswahl: "
        case .unknown: "das steht nicht in der Liste"
        case .yourNumber: "sagen Sie dem Verkäufer die Nummer"
        case .waitingForSeller: "noch fragt niemand; Eingabe beendet es"
        case .asksFor: "verlangt"
        case .purpose: "für"
        case .digits: "Ziffern, und der andere Bildschirm zeigt dieselben"
        case .agree: "zahlen? [j/N] "
        case .notPaid: "es wurde nichts bezahlt"
        case .howMuch: "Betrag: "
        case .whatFor: "wofür: "
        case .buyersNumber: "die Nummer auf dem Bildschirm des Käufers: "
        case .nobodyThere: "niemand mit dieser Nummer ist in der Nähe"
        case .compare: "angefragt; der Käufer entscheidet"
        case .officeAt: "wo das Büro ist: "
        case .askedOffice: "das Büro wurde gefragt"
        case .charged: "aufgeladen"
        case .notCharged: "das Büro hat nicht geantwortet; was es tut, kommt später an"
        case .typePIN: "PIN: "
        case .wrongPIN: "das ist nicht die PIN; Versuche übrig"
        case .pressButton: "drücken Sie die Taste am eKey"
        case .cableOut: "der eKey ist abgezogen"
        case .cableIn: "der eKey ist wieder da"
        case .oldPIN: "die alte PIN: "
        case .newPIN: "die neue PIN: "
        case .pinChanged: "der eKey hat eine neue PIN"
        case .done: "bezahlt"
        case .refused: "nicht bezahlt"
        case .open: "noch nicht zu Ende; es geht von selbst weiter"
        case .noPayments: "noch keine Zahlungen"
        }
    }
}

enum Language: String, CaseIterable {
    case english = "en"
    case german = "de"

    var other: Language { self == .english ? .german : .english }
    var yes: [String] { self == .english ? ["y", "yes"] : ["j", "ja"] }
}

extension ReaderFault {
    func words(in language: Language) -> String {
        switch language {
        case .english: words
        case .german: german
        }
    }

    private var german: String {
        switch self {
        case .away(.some): "dort kann kein eKey sein"
        case .away: "der eKey ist nicht da: das Kabel ist abgezogen, oder er läuft nicht"
        case .silent: "der eKey antwortet nicht"
        case .strange: "was antwortet, ist kein eKey dieser Version"
        case .another: "das ist ein anderer eKey als der gepaarte"
        case .unproven: "was antwortet, beweist nicht, dass es dieser eKey ist"
        case .refused(.notForThisSession): "der eKey will zuerst seine PIN"
        case .refused(.noTriesLeft): "die PIN ist gesperrt: nur der Entsperrcode öffnet sie"
        case .refused(.notNow): "die Taste am eKey ist für dieses Angebot nicht gedrückt"
        case .refused(let status):
            status.triesLeft.map { "das ist nicht die PIN: noch \($0) Versuche" }
                ?? "der eKey lehnt ab, mit \(status)"
        }
    }
}
