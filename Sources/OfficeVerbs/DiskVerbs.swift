internal import Command
internal import Homes
internal import Host
internal import Office
internal import OfficeDesk
internal import Sealing
internal import Words

/// An office's disks, when one of them is new or gone.
enum DiskVerbs {
    static let secondDisk = Verb(
        words: ["office", "second-disk"],
        summary: "keep a second copy of the office in a folder, of another disk",
        details: [
            "all that was booked is copied there, with the keys, the root's too where it lives in",
            "the home, sealed as they are; from then on nothing is told before both disks have it,",
            "and 'tally office recover' can make the home anew of the second disk alone. A second",
            "disk of before is given up, and its keys are removed, so that nobody goes on from",
            "what is old; where it cannot be read you are asked whether it is lost for good. The",
            "office must not run meanwhile",
        ],
        arguments: [
            Verb.Argument(name: "DIR", kind: .directory, about: "where it is; made if need be")
        ],
        options: [Agreeing.yes] + Opening.options,
        examples: [
            Verb.Example(
                line: "tally office second-disk /mnt/b/town --home /srv/town",
                about: "when a second disk is new, or was replaced"
            )
        ],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in try keepSecond(request, scene) }
    )

    private static func keepSecond(
        _ request: Request,
        _ scene: Scene
    ) throws(Complaint) -> Report {
        let (home, office) = try Operator.homes(request, scene)
        try Desk.ready(office)
        let typed = try folder(request.arguments[0])
        let lock = try Opening.lock(of: office.keys, in: home, request, scene)
        let (ring, reach) = try Operator.asking(office) { () throws(OfficeFault) in
            try office.isUsable()
            let ring = try office.unlock(office.keys, with: lock)
            // The same disk, mounted elsewhere, is not another one.
            return (ring, try office.isTied(to: typed) ? .read : try office.reach(ring))
        }
        var isLost = false
        if case .unread(let before, let newest) = reach {
            isLost = true
            try Agreeing.agree(
                [
                    "the second disk of before, \(quoted(before)), cannot be read. If somebody",
                    "has gone on from it, or if this home is out of a backup, it knows more",
                    "  this home has    \(entries(newest))",
                ],
                "is that disk lost for good, and this home the newest there is?",
                request,
                scene
            )
        }
        try Founding.makeSecond(typed)
        let folder = try folder(Files.real(typed))
        let kept = try Operator.asking(office) { () throws(OfficeFault) in
            try office.keepSecond(at: folder, ring, losingUnread: isLost)
        }
        var facts = Facts()
        facts.add("second disk", folder)
        facts.also("copied", .number(kept.copied))
        facts.line("copied", counted(Int(kept.copied), "entry"))
        facts.also("notGivenUp", .array(kept.notGivenUp.map { .string($0) }))
        if Files.areOnOneDisk(office.folder, folder) {
            facts.line("", "which is on the same disk as the home, and is lost with it")
        }
        let warnings = kept.notGivenUp.map {
            "NOTE: nobody could tell \(quoted($0)) that it is the second disk no more: let nobody"
                + " go on from it"
        }
        return Report(
            lines: ["the office has a second disk"] + facts.lines + warnings,
            json: facts.json
        )
    }

    /// A folder as it was typed, with a name that stands in one line of a file.
    static func folder(_ typed: String) throws(Complaint) -> String {
        guard !typed.contains(where: \.isNewline) else {
            throw Complaint(
                .usage,
                "bad-folder",
                "the name of a second disk's folder is one line, and \(quoted(typed)) is not",
                hint: "name another folder"
            )
        }
        return Files.whole(typed)
    }

    private static func entries(_ newest: OfficeHome.Newest) -> String {
        "\(counted(Int(newest.entries), "entry")), the last of \(newest.moment.text)"
    }

    static let recover = Verb(
        words: ["office", "recover"],
        summary: "make the home of an office anew, of its second disk alone",
        details: [
            "nothing that was told is lost: both disks had it. DIR stays the second disk of the",
            "new home. The home of before, should its disk come back, opens no more as long as it",
            "sees this second disk: it lacks what is booked from now on. Where only the second",
            "disk died, 'tally office second-disk' is what you want",
        ],
        options: [
            Verb.Option(
                name: "--from",
                value: "DIR",
                kind: .directory,
                about: "the folder on the second disk"
            ), Agreeing.yes,
        ] + Opening.options,
        examples: [
            Verb.Example(
                line: "tally office recover --from /mnt/b/town --home /srv/town",
                about: "on a new first disk"
            )
        ],
        exits: Operator.atDesk,
        act: { request, scene throws(Complaint) in try recover(request, scene) }
    )

    private static func recover(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let (home, office) = try Operator.homes(request, scene)
        guard let from = request["--from"] else {
            throw Complaint(
                .usage,
                "no-from",
                "nothing says where the second disk is",
                hint: "write --from and its folder, which has a file first-disk"
            )
        }
        try Making.mayBeMade(home)
        try Operator.asking(office) { () throws(OfficeFault) in try office.isToBe() }
        let disk = OfficeHome(try folder(Files.real(from)))
        try Operator.asking(disk) { () throws(OfficeFault) in try disk.isSecond() }
        let lock = try Opening.lock(of: disk.keys, in: home, request, scene)
        let (ring, left) = try Operator.asking(disk) { () throws(OfficeFault) in
            let ring = try disk.unlock(disk.keys, with: lock)
            return (ring, try disk.left(ring))
        }
        var facts = Facts()
        facts.add("home", office.folder)
        facts.add("key", left.certificate.key)
        facts.add("root", rootFingerprint(left.root))
        facts.add("second disk", disk.folder)
        facts.add("home before", left.home)
        facts.also("entries", .number(left.newest.entries))
        facts.line("it has", entries(left.newest))
        let isThere =
            !Files.areSame(left.home, office.folder) && Files.exists(OfficeHome(left.home).keys)
        facts.also("homeBeforeIsThere", .flag(isThere))
        if isThere {
            scene.tell(
                "NOTE: \(quoted(left.home)) is there on this machine, and can be used as it is\n"
            )
        }
        try Agreeing.agree(
            ["an office goes on from its second disk, and its home of before opens no more"]
                + facts.lines,
            "is that home gone?",
            request,
            scene
        )
        try Making.makeAbove(home)
        try Operator.asking(disk) { () throws(OfficeFault) in
            try office.recover(from: disk.folder, ring)
        }
        if Files.areOnOneDisk(office.folder, disk.folder) {
            facts.line("", "both on one disk, so that its death is the end of both")
        }
        return Report(
            lines: ["the office has its home again"] + facts.lines + [
                "", "now try 'tally office audit'",
            ],
            json: facts.json
        )
    }
}
