internal import Command
internal import Homes
internal import Host
internal import Office
internal import Words

/// An office's disks, when one of them is new or gone.
enum DiskVerbs {
    static let secondDisk = Verb(
        words: ["office", "second-disk"],
        summary: "keep a second copy of the office in a folder, of another disk",
        details: [
            "all that was booked is copied there, with the keys, sealed as they are; from then on",
            "nothing is told before both disks have it, and 'tally office recover' can make the",
            "home anew of the second disk alone. A second disk of before is given up, and its keys",
            "are removed, so that nobody goes on from what is old; the office must not run meanwhile",
        ],
        arguments: [
            Verb.Argument(name: "DIR", kind: .directory, about: "where it is; made if need be")
        ],
        options: Opening.options,
        examples: [
            Verb.Example(
                line: "tally office second-disk /mnt/b/town --home /srv/town",
                about: "when a second disk is new, or was replaced"
            )
        ],
        exits: Founding.making + [.notFound],
        act: { request, scene throws(Complaint) in
            let (home, office) = try Founding.homes(request, scene)
            try Desk.ready(office)
            let folder = Files.whole(request.arguments[0])
            let lock = try Opening.lock(of: office.keys, in: home, request, scene)
            try Founding.makeSecond(folder)
            return try Founding.asking(office) { () throws(OfficeFault) in
                let copied = try office.keepSecond(at: folder, with: lock)
                var facts = Facts()
                facts.add("second disk", folder)
                facts.also("copied", .number(copied))
                facts.line("copied", counted(Int(copied), "entry"))
                if Files.areOnOneDisk(office.folder, folder) {
                    facts.line("", "which is on the same disk as the home, and is lost with it")
                }
                return Report(
                    lines: ["the office has a second disk"] + facts.lines,
                    json: facts.json
                )
            }
        }
    )

    static let recover = Verb(
        words: ["office", "recover"],
        summary: "make the home of an office anew, of its second disk alone",
        details: [
            "nothing that was told is lost: both disks had it. DIR stays the second disk of the new",
            "home. The home of before, should its disk come back, opens no more: it lacks what is",
            "booked from now on. Where only the second disk died, 'tally office second-disk' is",
            "what you want",
        ],
        options: [
            Verb.Option(
                name: "--from",
                value: "DIR",
                kind: .directory,
                about: "the folder on the second disk"
            ), Founding.yes,
        ] + Opening.options,
        examples: [
            Verb.Example(
                line: "tally office recover --from /mnt/b/town --home /srv/town",
                about: "on a new first disk"
            )
        ],
        exits: Founding.making + [.notFound],
        act: { request, scene throws(Complaint) in try recover(request, scene) }
    )

    private static func recover(_ request: Request, _ scene: Scene) throws(Complaint) -> Report {
        let (home, office) = try Founding.homes(request, scene)
        guard let from = request["--from"] else {
            throw Complaint(
                .usage,
                "no-from",
                "nothing says where the second disk is",
                hint: "write --from and its folder, which has a file first-disk"
            )
        }
        try Making.mayBeMade(home)
        let disk = OfficeHome(Files.whole(from))
        let left = try Founding.asking(disk) { () throws(OfficeFault) in try disk.left() }
        var facts = Facts()
        facts.add("home", office.folder)
        facts.add("key", left.certificate.key)
        facts.add("root", rootFingerprint(left.root))
        facts.add("second disk", disk.folder)
        facts.line("home before", left.home)
        var head = ["an office goes on from its second disk, and its home of before opens no more"]
        if left.home != Files.whole(office.folder), Files.exists(OfficeHome(left.home).keys) {
            head.append("NOTE: that home is there on this machine, and can be used as it is")
        }
        try Founding.agree(head + facts.lines, "is that home gone?", request, scene)
        let lock = try Opening.lock(of: disk.keys, in: home, request, scene)
        try Making.makeAbove(home)
        let entries = try Founding.asking(office) { () throws(OfficeFault) in
            try office.recover(from: disk.folder, with: lock)
        }
        facts.also("entries", .number(entries))
        facts.line("entries", "\(entries)")
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
