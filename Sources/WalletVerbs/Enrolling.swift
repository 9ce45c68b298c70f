internal import Command
internal import Commit
internal import Homes
internal import Host
internal import Money
internal import Sealing
internal import Station
internal import Wallet
internal import Words

import struct Wallet.Wallet

/// `tally enrol`: a new wallet, certified by an office.
enum Enrolling {
    static let verb = Verb(
        words: ["enrol"],
        summary: "make a wallet that an office certifies, with a code that it gave",
        details: [
            "CODE has 25 characters and comes from the office; it names the office's root too, so",
            "no other office can take its place; keys are made on this device and sealed by a",
            "passphrase, or by a key file; nobody can open them without it;",
            "until the office has answered they lie in a folder beside the home, which ends in",
            ".enrolling: typed again, after whichever crash, the same keys are enrolled",
        ],
        arguments: [
            Verb.Argument(
                name: "CODE",
                kind: .word,
                about: "what the office gave out; small letters, spaces and O for 0 do not matter",
                repeats: true
            )
        ],
        options: [
            Verb.Option(
                name: "--office",
                value: "ADDRESS",
                kind: .word,
                about: "where the office is: 192.168.1.7, 192.168.1.7:4000, [::1]:4000"
            ),
            OfficeAt.waitOption, Opening.loseOption,
        ] + Opening.options + Opening.links,
        examples: [
            Verb.Example(
                line: "tally enrol --office 192.168.1.7:4000 7QK2M-0F3XA-9WZ4T-B6HJ1-RC8NE",
                about: "once; then 'tally charge 20.00'"
            )
        ],
        exits: [.done, .failed, .usage, .refused, .pending, .wrongPassphrase],
        act: { request, scene throws(Complaint) in try enrol(request, scene) }
    )

    private static func enrol(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let code = try code(request.arguments.joined(separator: " "))
        guard let typed = request["--office"] else {
            throw Complaint(
                .usage,
                "no-office",
                "nothing says where the office is",
                hint: "write --office and its address, as 192.168.1.7:4000; 'tally peers' lists"
                    + " the offices near"
            )
        }
        let office = try OfficeAt(typed: typed)
        let seconds = try Waiter.seconds(request, OfficeAt.seconds)
        _ = try Opening.settings(request, scene)
        let home = try Opening.home(request, scene)
        try Making.mayBeMade(home)
        let candidate = try Candidate(home, request, scene)
        let enrolled: Enrolled
        do {
            let answer = try candidate.ask(code, office, seconds, request, scene)
            enrolled = try Self.made(answer, code, candidate.ring)
        } catch {
            // Keys that no office has certified are worth nothing.
            if candidate.isNew, Self.isWithoutEffect(error) { candidate.draft.discard() }
            throw error
        }
        try take(enrolled, candidate, office)
        if let away = enrolled.away(from: scene.now) { scene.tell(away + "\n") }
        return report(enrolled, home, office)
    }

    private static func made(
        _ answer: OfficeAnswer,
        _ code: Code,
        _ ring: KeyRing
    ) throws(Complaint) -> Enrolled {
        do { return try Enrolled(answer, code, ring) } catch { throw Complaint(error) }
    }

    /// The code that was typed, or what is wrong with it: before anything is made.
    private static func code(_ typed: String) throws(Complaint) -> Code {
        do {
            return try Code(typed: typed)
        } catch {
            throw Complaint(error, typed: typed)
        }
    }

    private static func isWithoutEffect(_ complaint: Complaint) -> Bool {
        ["code", "code-used", "code-expired", "office-silent", "foreign-office"]
            .contains(complaint.name)
    }

    /// The home itself: under its name when all is there.
    private static func take(
        _ enrolled: Enrolled,
        _ candidate: Candidate,
        _ office: OfficeAt
    ) throws(Complaint) {
        let (home, lock) = (candidate.home, candidate.lock)
        let made: Home
        do {
            made = try home.draft(
                candidate.ring,
                sealed: candidate.sealed,
                root: enrolled.root,
                owner: enrolled.owner,
                office: office.typed
            )
        } catch {
            throw Complaint(error, home)
        }
        do {
            let window = Wish.open(enrolled.window, certificates: [enrolled.office])
            try Making.give([window], made, lock)
        } catch {
            made.discard()
            throw error
        }
        do {
            try home.take(made)
        } catch {
            throw Complaint(error, home)
        }
        candidate.draft.discard()
    }

    private static func report(
        _ enrolled: Enrolled,
        _ home: Home,
        _ office: OfficeAt
    ) -> Report {
        let terms = enrolled.window.terms
        var facts = Facts()
        facts.add("home", home.folder)
        facts.add("name", enrolled.owner.name?.name.string ?? "none")
        facts.add("key", enrolled.owner.key)
        facts.add("office", rootFingerprint(enrolled.owner.root))
        facts.add("office at", office.text)
        facts.add("one payment", terms.largest, terms.asset)
        facts.add("in all", terms.ceiling, terms.asset)
        facts.add("guarantee", terms.guarantee, terms.asset)
        facts.add("until", terms.notAfter.text)
        return Report(
            lines: ["enrolled"] + facts.lines + [
                "",
                "compare the office with the fingerprint on its own screen; then try"
                    + " 'tally charge'",
            ],
            json: .object(facts.pairs)
        )
    }
}

/// Keys that are to be certified, in a home of their own until they are.
struct Candidate {
    let home: Home
    let draft: Home
    let lock: KeyFile.Lock
    let ring: KeyRing
    /// As the key file seals them.
    let sealed: [UInt8]
    /// They were made just now.
    let isNew: Bool

    /// Those that an earlier try has made, or new ones.
    init(_ home: Home, _ request: Request, _ scene: Scene) throws(Complaint) {
        self.home = home
        draft = Home(home.folder + ".enrolling")
        isNew = !draft.isMade
        if isNew {
            (lock, ring) = (try Making.newLock(request, scene), Self.keys())
            sealed = try Self.seal(ring, lock, home)
            try Making.makeAbove(home)
            do {
                try draft.take(
                    try draft.draft(ring, sealed: sealed, root: nil, owner: .guest(ring))
                )
            } catch {
                throw Complaint(error, draft)
            }
            return
        }
        scene.tell("going on with the keys that were made before, in \(draft.folder)\n")
        lock = try Opening.lock(draft, request, scene)
        do {
            ring = try draft.unlock(with: lock)
        } catch {
            throw Complaint(error, draft)
        }
        do {
            sealed = try Files.read(draft.keys, cap: Limits.keyFileBytes)
        } catch {
            throw Complaint(error, reading: draft.keys)
        }
    }

    private static func keys() -> KeyRing {
        var chance = SystemChance()
        return KeyRing(chance: &chance)
    }

    private static func seal(
        _ ring: KeyRing,
        _ lock: KeyFile.Lock,
        _ home: Home
    ) throws(Complaint) -> [UInt8] {
        var chance = SystemChance()
        do {
            return try KeyFile.sealed(ring, by: lock, chance: &chance)
        } catch {
            throw Complaint(error, home)
        }
    }

    /// Has them certified.
    func ask(
        _ code: Code,
        _ office: OfficeAt,
        _ seconds: UInt64,
        _ request: Request,
        _ scene: Scene
    ) throws(Complaint) -> OfficeAnswer {
        let settings = try Opening.settings(request, scene)
        let opened = try Opening.station(draft, lock, settings, scene) { nil as Never? }
        guard case .station(let station) = opened else { preconditionFailure("nothing else is") }
        let teller = LocalTeller(station, draft)
        defer { teller.close() }
        let asker = Asker(try Waiter(teller, scene), office, within: seconds)
        switch try asker.ask(.enrol(code, at: office.address), for: "to certify this wallet") {
        case .done(let answer): return answer
        case .refused(let answer): throw Complaint(answer, nil)
        case .silent(isSaid: false): throw asker.silence
        case .silent(isSaid: true):
            throw Complaint(
                .pending,
                "enrolling",
                "the office at \(office.text) is there, and has not answered in time",
                hint: "type it again: the same keys are enrolled, so the code is not used up twice"
            )
        }
    }
}

extension Complaint {
    /// Why what was typed is no code.
    init(_ fault: CodeFault, typed: String) {
        let (what, hint): (String, String)
        switch fault {
        case .letter:
            let strange = typed.unicodeScalars.first { Self.isInNoCode($0) }
            what = "no code has a \(quoted(strange.map { String(Character($0)) } ?? "")) in it"
            hint =
                "its characters are 0 to 9 and A to Z without I, L, O and U; I and L are read as"
                + " 1, O as 0"
        case .length(let count):
            what = "a code has 25 characters, and \(counted(count, "character")) were typed"
            hint = "write all five groups of five"
        case .check:
            what = "a character of this code is mistaken for another, or two are swapped"
            hint = "compare it with what the office wrote, group by group"
        }
        self.init(.usage, "bad-code", what, hint: hint)
    }

    private static func isInNoCode(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "0"..."9", "a"..."t", "v"..."z", "A"..."T", "V"..."Z", "-", " ": false
        case _: true
        }
    }
}
