package import Books
package import Clerk
package import Command
internal import Homes
internal import Host
internal import Links
package import Office
package import Sealing
internal import Station
internal import Words

/// A verb that needs an office's books, as whoever has them open does it.
package struct DeskVerb: Sendable {
    package let verb: Verb
    let body: Desk.Body

    package init(_ verb: Verb, _ body: @escaping Desk.Body) {
        (self.verb, self.body) = (verb, body)
    }
}

/// Verbs that need an office's books are done in this process, or, where the office runs, by
/// the one that does, which is told what was typed.
package enum Desk {
    package typealias Body = @Sendable (Request, Scene, Till) throws(Complaint) -> Report

    /// Does it; `catchingUp` where it has to know of all that came in before.
    package static func act(
        _ request: Request,
        _ scene: Scene,
        catchingUp: Bool = false,
        _ body: Body
    ) throws(Complaint) -> Report {
        let (home, office) = try Operator.homes(request, scene)
        try ready(office)
        var lock: KeyFile.Lock?
        let opened = try open(office) { () throws(Complaint) in
            if let known = lock { return known }
            let typed = try Opening.lock(of: office.keys, in: home, request, scene)
            lock = typed
            return typed
        } orElse: { () throws(Complaint) in
            try line(home, office)
        }
        switch opened {
        case .other(let line): return try DeskCaller(line, office, scene).ask(request)
        case .till(let till, let ring):
            tell(till.books, scene)
            if catchingUp {
                // What was paid to the office before a plug was pulled is not out any more.
                do throws(OfficeFault) {
                    try office.catchUp(till, ring, at: scene.now)
                } catch {
                    throw Complaint(error, office)
                }
            }
            for draft in till.setAside { scene.tell(Operator.notTaken(draft) + "\n") }
            let report = try body(request, scene, till)
            do {
                try till.books.close()
            } catch {
                throw Complaint(error, office)
            }
            return report
        }
    }

    /// Whether there is an office that a root has certified.
    package static func ready(_ office: OfficeHome) throws(Complaint) {
        guard office.isMade else { throw Complaint(OfficeFault.notMade(office.folder), office) }
        guard office.isCertified else { throw Complaint(OfficeFault.notCertified, office) }
    }

    package static func tell(_ books: Books, _ scene: Scene) {
        guard books.caughtUp > 0 else { return }
        scene.tell(
            "one disk was behind the other by \(counted(Int(books.caughtUp), "entry")),"
                + " and has caught up\n"
        )
    }

    package enum Opened<Other> {
        case till(Till, KeyRing)
        case other(Other)
    }

    /// Opens the books; where another tally has them, that one is waited for a moment: it may be
    /// starting, and can be asked then (`other`), or ending.
    package static func open<Other>(
        _ office: OfficeHome,
        _ lock: () throws(Complaint) -> KeyFile.Lock,
        orElse other: () throws(Complaint) -> Other?
    ) throws(Complaint) -> Opened<Other> {
        let limit = Process.nanoseconds + patience
        while true {
            if let other = try other() { return .other(other) }
            let lock = try lock()
            do throws(OfficeFault) {
                let opened = try office.open(with: lock)
                return .till(try office.till(opened), opened.ring)
            } catch {
                guard case .books(.held) = error, Process.nanoseconds < limit else {
                    throw Complaint(error, office)
                }
            }
            Process.pause(milliseconds: 50)
        }
    }

    private static let patience: UInt64 = 3_000_000_000

    /// A line to the office that runs in this home, if one does.
    private static func line(_ home: Home, _ office: OfficeHome) throws(Complaint) -> Line? {
        do throws(LineFault) {
            return try home.call()
        } catch {
            guard error == .nobody else { throw Complaint(error, home) }
            return nil
        }
    }
}
