import Money
import StandIns
import Wire
import Words

/// Makes a changed proposal whole again: hashes follow, lists are sorted, and everything is
/// signed again by whoever of the adversary's people has to sign it.
struct Forger {
    /// What becomes of things that only the office or the victim could sign, and of what
    /// names the things that changed.
    enum Manner: CaseIterable {
        /// The old signature stays; everything below follows.
        case follow
        /// One of the adversary's people signs in another's name.
        case foreignHand
        /// One of the adversary's people stands as the signer, and signs.
        case ownName
        /// The value is changed wherever it stands.
        case everywhere
        /// Nothing follows.
        case alone
    }

    let plot: Plot
    let genuine: Genuine
    let original: Node
    /// The links of the original by their place in the list, parents first.
    private let order: [Int]
    private let references: [EntryReference]

    init(_ plot: Plot) {
        self.plot = plot
        genuine = Genuine(plot)
        original = must(Form.proposal.read(plot.proposal.wireBytes))
        let links = plot.proposal.provenance.links
        references = links.map(\.reference)
        func depth(_ link: Link) -> Int {
            let parent = links.first { $0.reference == link.entry.parent }
            return parent.map { 1 + depth($0) } ?? 0
        }
        order = links.indices.sorted { depth(links[$0]) < depth(links[$1]) }
    }

    /// A changed tree on its way to being whole.
    struct Work {
        var tree: Node
        let touched: [Int]
        let manner: Manner
        let keepsOrder: Bool
        /// Whether something stands here in an honest key's name that it never signed.
        var isForged = false
        fileprivate var sticks: [Bytes32: Bytes32] = [:]
        fileprivate var links: [Node: Node] = [:]

        init(tree: Node, touched: [Int], manner: Manner, keepsOrder: Bool) {
            (self.tree, self.touched) = (tree, touched)
            (self.manner, self.keepsOrder) = (manner, keepsOrder)
        }
    }

    func finish(_ work: inout Work) {
        for index in list(work, 5).indices { signCertificate(&work, [5, index, 0]) }
        for index in list(work, 6).indices {
            let old = index < list(original, 6).count ? objectHash(original[6, index]) : nil
            signObject(&work, [6, index])
            if let old { work.sticks[old.bytes] = objectHash(work.tree[6, index]).bytes }
        }
        signObject(&work, [8])
        let count = list(work, 7).count
        for index in count == order.count ? order : Array(0..<count) {
            finishEntry(&work, [7, index, 1])
            signLink(&work, index)
        }
        for index in list(work, 4).indices { finishEntry(&work, [4, index]) }
        guard !work.keepsOrder else { return }
        work.tree[5] = sorted(work.tree[5]) { $0[0].bytes }
        work.tree[6] = sorted(work.tree[6]) { objectHash($0).bytes.array }
        work.tree[7] = sorted(work.tree[7]) { node in
            let link = try? Link(wireBytes: node.bytes)
            return link.map { $0.handover.bytes.array + [UInt8($0.number)] } ?? []
        }
    }

    private func list(_ work: Work, _ index: Int) -> [Node] { list(work.tree, index) }
    private func list(_ tree: Node, _ index: Int) -> [Node] { must(tree[index].children) }

    private func sorted(_ list: Node, by name: (Node) -> [UInt8]) -> Node {
        let pairs = must(list.children).map { (name: name($0), node: $0) }
        return .list(pairs.sorted { $0.name.lexicographicallyPrecedes($1.name) }.map(\.node))
    }

    private func finishEntry(_ work: inout Work, _ path: [Int]) {
        if work.manner != .alone, work.touched != path + [0],
            let stick = work.tree[path + [0]].word,
            let new = work.sticks[stick]
        {
            work.tree[path + [0]] = .data(new.array)
        }
        let parent = path + [3]
        if work.manner != .alone, !work.touched.starts(with: parent),
            let new = work.links[work.tree[parent]]
        {
            work.tree[parent] = new
        }
        let releases = path + [4]
        for index in must(work.tree[releases].children).indices {
            signObject(&work, releases + [index])
        }
        if !work.keepsOrder {
            work.tree[releases] = sorted(work.tree[releases]) { objectHash($0).bytes.array }
        }
    }

    private func objectHash(_ signed: Node) -> Hash {
        Digest.hash(Digest.Domain("tally1 object"), signed[0].bytes)
    }

    private func signObject(_ work: inout Work, _ path: [Int]) {
        sign(&work, signer: path + [0, 3], signature: path + [1]) { objectHash($0[path]) }
    }

    private func signCertificate(_ work: inout Work, _ path: [Int]) {
        let known = genuine.certificates.contains(work.tree[path].bytes)
        guard !known else { return }
        sign(&work, signer: path + [0, 2], signature: path + [1]) {
            Digest.hash(Digest.Domain("standin cert"), $0[path + [0]].bytes)
        }
    }

    private func signLink(_ work: inout Work, _ index: Int) {
        sign(&work, signer: [7, index, 0, 1], signature: [7, index, 5]) {
            (try? Link(wireBytes: $0[7, index].bytes))?.handover
        }
        guard list(work, 7).count == references.count,
            let link = try? Link(wireBytes: work.tree[7, index].bytes)
        else { return }
        work.links[node(references[index])] = node(link.reference)
    }

    private func node(_ reference: EntryReference) -> Node {
        .list([
            .list([.data(reference.handover.bytes.array), .number(UInt64(reference.number))])
        ])
    }

    /// Signs one thing in the manner of this work, unless its signature is what was changed.
    private func sign(
        _ work: inout Work,
        signer: [Int],
        signature: [Int],
        _ hash: (Node) -> Hash?
    ) {
        guard work.touched != signature, let name = work.tree[signer].word,
            let content = hash(work.tree)
        else { return }
        var (key, hashed) = (Key(name), content)
        if plot.honest.contains(key), !genuine.contains(content, by: key) {
            switch work.manner {
            case .follow, .everywhere, .alone:
                work.isForged = true
                return
            case .foreignHand:
                work.isForged = true
                key = plot.eve.key
            case .ownName:
                key = plot.eve.key
                work.tree[signer] = .data(key.bytes.array)
                hashed = hash(work.tree) ?? content
            }
        }
        let made = StandInSigner.signature(of: hashed, by: key)
        work.tree[signature] = .data(made.array)
    }
}
