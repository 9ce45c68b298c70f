package import Command
internal import Homes
package import Office
internal import Words

// What an office's two disks say of each other, for a person.

extension Complaint {
    package init(ofDisks fault: OfficeFault, _ office: OfficeHome) {
        switch fault {
        case .goneOn(let second):
            self.init(
                .refused,
                "gone-on",
                "the office has gone on without the home in \(quoted(office.folder)): its second"
                    + " disk, \(quoted(second)), is tied to another",
                hint: "use the home that is in use now: this one may lack what was booked since; if"
                    + " it is gone, 'tally office recover' makes one of the newest second disk"
            )
        case .unreadSecond(let second):
            self.init(
                .refused,
                "second-unread",
                "the second disk of before, \(quoted(second)), cannot be read, and may have more"
                    + " than this home",
                hint: "mount it; if it is lost for good, and nobody has gone on from it, say so"
                    + " with --yes"
            )
        case .differing(let one, let other):
            self.init(
                .refused,
                "differing",
                "\(quoted(one)) and \(quoted(other)) are to be the same, and are not: one is"
                    + " damaged",
                hint: "neither was touched; see which of them 'tally verify', or the key file,"
                    + " opens, and copy that over the other"
            )
        case .wasGivenUp(let second):
            self.init(
                .refused,
                "given-up",
                "the disk in \(quoted(second)) is one that this office has given up, and lacks what"
                    + " was booked since",
                hint: "mount the second disk that is in use there, and let nobody go on from this"
            )
        case .knowsMore(let second, let last, let head):
            self.init(
                .refused,
                "knows-more",
                "the second disk, \(quoted(second)), cannot be read, and says that entry \(head)"
                    + " had been written; this home ends with entry \(last)",
                hint: "that disk alone has the rest: have it mended, or put the newest copy in its"
                    + " place; if it is lost, take it away and type it again"
            )
        case .onlyThere(let path):
            self.init(
                .refused,
                "only-there",
                "\(quoted(path)) is there alone: the home has none, and its disk is to be given up",
                hint: "keep it where it is safe, remove it there, and type it again"
            )
        case _: self.init(ofPlaces: fault, office)
        }
    }

    /// Where something is that is not what it was taken for.
    private init(ofPlaces fault: OfficeFault, _ office: OfficeHome) {
        switch fault {
        case .untied(let second):
            self.init(
                .refused,
                "untied",
                "there are keys of an office in \(quoted(second)), and no first-disk says whose"
                    + " second disk it is",
                hint: "when nobody has gone on from it, 'tally office second-disk' with its folder"
                    + " ties it again"
            )
        case .secondDisk(let home):
            self.init(
                .refused,
                "second-disk",
                "\(quoted(office.folder)) is the second disk of the office in \(quoted(home))",
                hint: "use that home; if it is gone, 'tally office recover' makes it anew of this"
            )
        case .occupied(let folder):
            self.init(
                .refused,
                "occupied",
                "there is something in \(quoted(folder)), or a disk begins there, and a home is a"
                    + " folder of its own",
                hint: "name a folder that is not there yet, below where the disk is mounted"
            )
        case .someHome(let folder):
            self.init(
                .refused,
                "some-home",
                "\(quoted(folder)) is somebody's home, and no place for a second disk",
                hint: "name another folder, on another disk"
            )
        case .noSecondDisk(let folder):
            self.init(
                .refused,
                "no-second-disk",
                "there is nothing in \(quoted(folder)) that an office could go on from",
                hint: "a second disk has books.db, office.keys, office.crt, root.crt and"
                    + " first-disk; with its books alone, put the home back from a backup"
            )
        case _: preconditionFailure("\(fault) is said elsewhere")
        }
    }
}
