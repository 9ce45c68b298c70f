package import Command
internal import Homes
package import Mint
package import Office
package import Station
internal import Words

package import struct Mint.Draft

/// What everybody needs who does something for an office: its homes, and the person's yes.
package enum Operator {
    package static let making: [Exit] = [.done, .failed, .usage, .refused, .wrongPassphrase]
    /// Of a verb at the desk.
    package static let atDesk: [Exit] = making + [.notFound]

    package static func homes(
        _ request: Request,
        _ scene: Scene
    ) throws(Complaint) -> (Home, OfficeHome) {
        let home = try Opening.home(request, scene)
        return (home, OfficeHome(home.folder))
    }

    package static func asking<Answer>(
        _ office: OfficeHome,
        _ body: () throws(OfficeFault) -> Answer
    ) throws(Complaint) -> Answer {
        do { return try body() } catch { throw Complaint(error, office) }
    }

    /// A payment that nobody can be credited for.
    package static func notTaken(_ draft: Draft) -> String {
        "a payment came in that the books do not take: journal and books are of different days,"
            + " or somebody paid what is not out; \(draft.memo.string)"
    }
}
