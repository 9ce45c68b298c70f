/// One verb, as parsing, help, completion and errors all know it.
package struct Verb: Sendable {
    /// What completes an argument or an option's value.
    package enum Kind: Hashable, Sendable {
        case file
        case directory
        case number
        case choice([String])
        case verb
        /// One of these, or a file.
        case nameOrFile([String])
        /// Something that nothing can complete.
        case word

        var takesFiles: Bool {
            switch self {
            case .file, .nameOrFile: true
            case .directory, .number, .choice, .verb, .word: false
            }
        }
    }

    package struct Argument: Sendable {
        let name: String
        let kind: Kind
        let about: String
        var isRequired = true
        /// The last one may be given any number of times.
        var repeats = false

        package init(
            name: String,
            kind: Kind,
            about: String,
            isRequired: Bool = true,
            repeats: Bool = false
        ) {
            (self.name, self.kind, self.about) = (name, kind, about)
            (self.isRequired, self.repeats) = (isRequired, repeats)
        }
    }

    package struct Option: Sendable {
        /// With its dashes.
        package let name: String
        var short: String?
        /// Its value's name; nil for a flag.
        var value: String?
        var kind = Kind.file
        let about: String

        package init(
            name: String,
            short: String? = nil,
            value: String? = nil,
            kind: Kind = .file,
            about: String
        ) {
            (self.name, self.short, self.value) = (name, short, value)
            (self.kind, self.about) = (kind, about)
        }
    }

    package struct Example: Sendable {
        let line: String
        let about: String

        package init(line: String, about: String) { (self.line, self.about) = (line, about) }
    }

    /// One or two words: `verify`, `bench base`.
    let words: [String]
    let summary: String
    let details: [String]
    let arguments: [Argument]
    let options: [Option]
    let examples: [Example]
    let exits: [Exit]
    /// Whose credentials systemd hands it, where it runs as a service.
    package let service: String?
    let act: Act

    package typealias Act = @Sendable (Request, Scene) async throws(Complaint) -> Report

    package init(
        words: [String],
        summary: String,
        details: [String],
        arguments: [Argument] = [],
        options: [Option] = [],
        examples: [Example],
        exits: [Exit],
        service: String? = nil,
        act: @escaping Act
    ) {
        (self.words, self.summary, self.details) = (words, summary, details)
        (self.arguments, self.options) = (arguments, options)
        (self.examples, self.exits) = (examples, exits)
        (self.service, self.act) = (service, act)
    }

    package var name: String { words.joined(separator: " ") }
    var allOptions: [Option] { options + VerbTable.common }

    var usage: String {
        let names = arguments.map { argument in
            let name = argument.name + (argument.repeats ? " ..." : "")
            return argument.isRequired ? name : "[\(name)]"
        }
        return (["tally", name] + ["[options]"] + names).joined(separator: " ")
    }
}

/// What was asked of a verb.
package struct Request: Sendable {
    package let verb: Verb
    package let arguments: [String]
    /// By name; a flag's value is empty.
    package let options: [String: String]

    package init(verb: Verb, arguments: [String], options: [String: String]) {
        (self.verb, self.arguments, self.options) = (verb, arguments, options)
    }

    package subscript(_ option: String) -> String? { options[option] }
}
