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

    package static let yes = Verb.Option(
        name: "--yes",
        short: "-y",
        about: "go on without asking"
    )

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

    /// Goes on when the person agrees, or has said so beforehand.
    package static func agree(
        _ lines: [String],
        _ question: String,
        _ request: Request,
        _ scene: Scene
    ) throws(Complaint) {
        guard request["--yes"] == nil else { return }
        let text = lines.joined(separator: "\n") + "\n" + question + " [y/N] "
        guard let answer = scene.question(text, false) else { throw noTerminal }
        guard ["y", "yes"].contains(answer.lowercased()) else { throw notAgreed }
    }

    package static let noTerminal = Complaint(
        .usage,
        "no-terminal",
        "there is no terminal to ask whether to go on",
        hint: "write --yes to go on without; nothing was done"
    )

    package static let notAgreed = Complaint(
        .refused,
        "not-agreed",
        "you did not say yes, and nothing was done",
        hint: "type it again to be asked again"
    )

    /// A payment that nobody can be credited for.
    package static func notTaken(_ draft: Draft) -> String {
        "a payment came in that the books do not take: journal and books are of different days,"
            + " or somebody paid what is not out; \(draft.memo.string)"
    }
}
