import Wire
import Words

/// Canonical bytes as a tree that a test can edit; byte strings that hold a value are opened.
indirect enum Node: Hashable {
    case number(UInt64)
    case data([UInt8])
    case text(String)
    case list([Node])
    case packed(Node)

    var children: [Node]? {
        switch self {
        case .list(let children): children
        case .packed(let inner): [inner]
        case .number, .data, .text: nil
        }
    }

    subscript(path: some Collection<Int>) -> Node {
        get {
            guard let step = path.first else { return self }
            return must(children)[step][path.dropFirst()]
        }
        set {
            guard let step = path.first else {
                self = newValue
                return
            }
            switch self {
            case .list(var children):
                children[step][path.dropFirst()] = newValue
                self = .list(children)
            case .packed(var inner):
                inner[path.dropFirst()] = newValue
                self = .packed(inner)
            case .number, .data, .text:
                preconditionFailure("a leaf has no children")
            }
        }
    }

    subscript(path: Int...) -> Node {
        get { self[path] }
        set { self[path] = newValue }
    }

    var bytes: [UInt8] {
        var writer = Writer()
        write(to: &writer)
        return writer.bytes
    }

    private func write(to writer: inout Writer) {
        switch self {
        case .number(let value): writer.number(value)
        case .data(let bytes): writer.data(bytes)
        case .text(let text): writer.text(text)
        case .packed(let inner): writer.data(inner.bytes)
        case .list(let children):
            writer.array(children.count)
            for child in children { child.write(to: &writer) }
        }
    }

    /// The 32 bytes of a key or hash, while it still has as many.
    var word: Bytes32? {
        guard case .data(let bytes) = self else { return nil }
        return Bytes32(bytes)
    }
}

/// What a value's bytes are made of, field by field, each with its name.
indirect enum Form: Sendable {
    case number(String)
    case data(String)
    case text(String)
    case fixed([Form])
    case list(String, Form)
    case packed(Form)
    /// A list that is always empty.
    case nothing(String)

    /// Reads bytes of this form; nil when they are not of it.
    func read(_ bytes: [UInt8]) -> Node? {
        var reader = Reader(bytes)
        guard let node = try? read(&reader), (try? reader.finish()) != nil else { return nil }
        return node
    }

    private func read(_ reader: inout Reader) throws(WireError) -> Node {
        switch self {
        case .number: return .number(try reader.number())
        case .data: return .data(try reader.data(atMost: Limits.messageBytes))
        case .text: return .text(try reader.text(atMost: Limits.messageBytes))
        case .fixed(let forms):
            try reader.array(forms.count)
            var children: [Node] = []
            for form in forms { children.append(try form.read(&reader)) }
            return .list(children)
        case .list(_, let form):
            let count = try reader.array(atMost: Limits.linksPerProvenance)
            var children: [Node] = []
            for _ in 0..<count { children.append(try form.read(&reader)) }
            return .list(children)
        case .nothing:
            try reader.array(0)
            return .list([])
        case .packed(let form):
            let at = reader.position
            guard let inner = form.read(try reader.data(atMost: Limits.messageBytes)) else {
                throw WireError(.wrongType, at: at)
            }
            return .packed(inner)
        }
    }

    /// The names of all fields there are.
    var names: [String] {
        switch self {
        case .number(let name), .data(let name), .text(let name), .nothing(let name): [name]
        case .fixed(let forms): forms.flatMap(\.names)
        case .list(let name, let form): [name] + form.names
        case .packed(let form): form.names
        }
    }

    struct Field {
        let name: String
        let path: [Int]
        let node: Node
    }

    /// Every field of a value, lists among them, with its place in the tree.
    func fields(of node: Node, at path: [Int] = []) -> [Field] {
        switch self {
        case .number(let name), .data(let name), .text(let name), .nothing(let name):
            return [Field(name: name, path: path, node: node)]
        case .packed(let form):
            return form.fields(of: node[0], at: path + [0])
        case .fixed(let forms):
            return zip(forms, must(node.children)).enumerated().flatMap { index, pair in
                pair.0.fields(of: pair.1, at: path + [index])
            }
        case .list(let name, let form):
            return [Field(name: name, path: path, node: node)]
                + must(node.children).enumerated().flatMap { index, child in
                    form.fields(of: child, at: path + [index])
                }
        }
    }
}

extension Form {
    static func asset(_ name: String) -> Form {
        .fixed([.text(name + ".code"), .number(name + ".scale")])
    }

    static func reference(_ name: String) -> Form {
        .list(name, .fixed([.data(name + ".handover"), .number(name + ".number")]))
    }

    /// A signed object with that content.
    static func signed(_ name: String, answers: Bool = false, _ content: [Form]) -> Form {
        .fixed([
            .fixed([
                .text(name + ".tally"), .number(name + ".version"), .number(name + ".kind"),
                .data(name + ".sender"), .data(name + ".receiver"), .data(name + ".payment"),
                answers
                    ? .list(name + ".answers", .data(name + ".answers.hash"))
                    : .nothing(name + ".answers"),
                .packed(.fixed(content)),
            ]),
            .data(name + ".signature"),
        ])
    }

    static func entry(_ name: String) -> Form {
        .fixed([
            .data(name + ".stick"), .number(name + ".lo"), .number(name + ".hi"),
            .reference(name + ".parent"),
            .list(name + ".releases", .signed(name + ".release", [])),
        ])
    }

    static func header(_ name: String) -> Form {
        .fixed([
            .number(name + ".version"), .data(name + ".payer"), .data(name + ".payee"),
            .number(name + ".epoch"), .number(name + ".counter"), .data(name + ".payment"),
            .number(name + ".count"),
        ])
    }

    static let link = Form.fixed([
        .header("link.header"), .entry("link.entry"), .number("link.number"),
        .list("link.path", .data("link.path.sibling")), .data("link.private-root"),
        .data("link.signature"),
    ])

    static let stick = Form.signed(
        "stick",
        answers: true,
        [
            .asset("stick.asset"), .number("stick.units"), .number("stick.spend-until"),
            .number("stick.settle-until"), .number("stick.signed"),
        ]
    )

    static let window = Form.signed(
        "window",
        [
            .number("window.epoch"), .asset("window.asset"), .number("window.class"),
            .number("window.largest"), .number("window.ceiling"), .number("window.guarantee"),
            .number("window.first-counter"), .number("window.not-before"),
            .number("window.not-after"), .number("window.signed"),
        ]
    )

    /// The stand-in's certificate; the real one has a test suite of its own.
    static let certificate = Form.fixed([
        .fixed([
            .data("certificate.key"), .data("certificate.sealing-key"),
            .data("certificate.issuer"), .data("certificate.serial"),
            .number("certificate.roles"), .number("certificate.class"),
            .number("certificate.not-before"), .number("certificate.not-after"),
        ]),
        .data("certificate.signature"),
    ])

    static let proposal = Form.fixed([
        .number("proposal.version"), .data("proposal.payer"), .asset("proposal.asset"),
        .number("proposal.amount"), .list("proposal.entries", .entry("entry")),
        .list("proposal.certificates", .packed(.certificate)),
        .list("proposal.sticks", .stick), .list("proposal.links", .link), .window,
    ])

    private static func leaf(_ name: String, _ value: Form) -> Form {
        .fixed([.data("leaf." + name + ".salt"), .packed(value)])
    }

    static let handover = Form.fixed([
        .header("header"), .list("handover.entries", .entry("entry")),
        .fixed([
            leaf("payment", .data("leaf.payment")), leaf("offer", .data("leaf.offer")),
            leaf("window", .data("leaf.window")), leaf("total", .number("leaf.total")),
            leaf("previous", .list("leaf.previous", .data("leaf.previous.hash"))),
        ]),
        .data("handover.signature"),
    ])
}
