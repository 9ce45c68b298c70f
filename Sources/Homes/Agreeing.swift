package import Command

/// Whether a person wants what is about to be done.
package enum Agreeing {
    package static let yes = Verb.Option(
        name: "--yes",
        short: "-y",
        about: "go on without asking"
    )

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
}
