package import Words

/// The air as UDP carries it: docs/PROTOCOL section 11.
package final class UDP: Air {
    package struct Settings: Sendable {
        /// The node's own port; 0 is any that is free.
        package var port: UInt16 = 0
        /// Networks by name; empty is all that are up.
        package var networks: [String] = []
        /// Where look-ups are listened for.
        package var callPort = Endpoint.callPort
        /// Of a thousand datagrams, so many are lost on their way out: a seam for trying it out.
        package var lostPerMille: UInt64 = 0
        /// Whether the node may ask the host's Avahi who is near, and be announced by it: nothing
        /// that is done here.
        package var asksAvahi = false
        /// Whether it is announced as a shop, by its name.
        package var isShop = false

        package init() {}
    }

    /// Its own, one for each family, and those that hear calls.
    private var own: [Socket]
    private var calls: [Socket] = []
    private var isCalled = false
    private var networks: [Interface] = []
    /// The numbers of those that it was told to use alone; nil is whatever there is.
    private var allowed: Set<UInt32>?
    private let watch = NetworkWatch()
    /// When it last looked which networks there are, and whether they may be others by now.
    private var lookedAt: UInt64 = 0
    private var isOld = false
    /// Another number whenever the networks are others, or their addresses.
    package private(set) var era: UInt64 = 0
    private let settings: Settings
    private var chance: any Chance
    private let basket = Basket()
    private var heard = Heard()
    /// Calls go there instead of to everybody, while there is something in it.
    package var callees: [Address] = []
    /// Calls to everybody go there too: where somebody is said to be, whom they may not reach.
    ///
    /// Anybody may have said so, so they go to hosts of our own networks alone.
    package var hints: [Endpoint] = []
    /// Of these, so many at each call, in turns.
    package static let hintsAtOnce = 16
    private var hintsBegin = 0
    /// Whether wallets that greet an office are heard here.
    package var hearsHellos = false
    private var answering: Answering
    private var openings: Openings

    package init(_ settings: Settings, chance: any Chance & Sendable) throws(LinkFault) {
        (self.settings, self.chance) = (settings, chance)
        (answering, openings) = (Answering(chance), Openings(chance))
        let all = Interface.all() ?? []
        for name in settings.networks where !all.contains(where: { $0.name == name }) {
            throw .noInterface(name)
        }
        let four = try Socket(isSix: false)
        try four.bind(port: settings.port)
        four.set(SocketOption.socket, SocketOption.broadcast, Int32(1))
        four.set(SocketOption.four, SocketOption.fourHops, Int32(1))
        own = [four]
        use(all)
    }

    /// Its own port.
    package var port: UInt16 { own[0].port }

    /// What to wait for.
    package var files: [Int32] { (own + calls).map(\.file) + (watch.map { [$0.file] } ?? []) }

    // MARK: Networks

    /// Takes these networks for its own, as far as it was told to use them.
    private func use(_ all: [Interface]) {
        let isMine = { (name: String) in self.settings.networks.contains(name) }
        let before = networks
        networks = settings.networks.isEmpty ? all : all.filter { isMine($0.name) }
        if networks != before { era += 1 }
        for gone in before where !networks.contains(where: { $0.number == gone.number }) {
            // A socket is in few groups at once, and those of a network that is gone count too.
            for one in calls { one.leave(one.isSix ? Self.groupSix : Self.groupFour, on: gone) }
        }
        allowed = settings.networks.isEmpty ? nil : Set(networks.map(\.number))
        // A host may have no IPv6 at all, or get it later.
        if own.count == 1, networks.contains(where: \.hasSix), let six = try? Socket(isSix: true),
            (try? six.bind(port: port)) != nil
        {
            six.set(SocketOption.six, SocketOption.sixHops, Int32(1))
            own.append(six)
        }
        if allowed != nil { for one in own + calls { one.tellNetworks() } }
        if isCalled { listen() }
    }

    /// Looks which networks there are, when they may be others than they were.
    ///
    /// At most once a second, however often they change; says whether there is something new to
    /// wait for.
    package func look(at milliseconds: UInt64) -> Bool {
        if let watch {
            if watch.hasNews() { isOld = true }
        } else if milliseconds >= lookedAt + Self.looksUnasked {
            isOld = true
        }
        guard isOld, milliseconds >= lookedAt + Self.looksAgain else { return false }
        lookedAt = milliseconds
        // What cannot be told now is as it was, and asked again.
        guard let all = Interface.all() else { return false }
        isOld = false
        let before = files
        use(all)
        return files != before
    }

    /// How long it may be left alone; nil is as long as nothing comes.
    package var patience: UInt64? {
        watch == nil ? Self.looksUnasked : isOld ? Self.looksAgain : nil
    }

    private static let looksAgain: UInt64 = 1_000
    private static let looksUnasked: UInt64 = 5_000

    // MARK: Calls

    /// Hears what is said to everybody, on the port that all nodes of a host share.
    package func hearCalls() throws(LinkFault) {
        isCalled = true
        guard calls.isEmpty else { return }
        for one in own where !one.isSix { calls.append(try called(isSix: false)) }
        listen()
    }

    private func called(isSix: Bool) throws(LinkFault) -> Socket {
        let socket = try Socket(isSix: isSix)
        socket.set(SocketOption.socket, SocketOption.reuse, Int32(1))
        try socket.bind(port: settings.callPort)
        if allowed != nil { socket.tellNetworks() }
        return socket
    }

    /// Joins the group of each network.
    private func listen() {
        // One family that somebody else has does not make the other deaf.
        if own.count > calls.count, calls.count == 1, let six = try? called(isSix: true) {
            calls.append(six)
        }
        for socket in calls {
            for network in networks where socket.isSix ? network.hasSix : network.hasFour {
                socket.join(socket.isSix ? Self.groupSix : Self.groupFour, on: network)
            }
        }
    }

    static let groupFour: [UInt8] = [239, 84, 76, 89]
    static let groupSix: [UInt8] =
        [0xFF, 0x02] + [UInt8](repeating: 0, count: 10) + [0x74, 0x61, 0x6C, 0x79]

    package func broadcast(_ datagram: [UInt8]) {
        guard callees.isEmpty else {
            for callee in callees { send(datagram, to: callee) }
            return
        }
        for socket in own {
            for network in networks where socket.isSix ? network.hasSix : network.hasFour {
                socket.face(network)
                let group: Endpoint.Host =
                    socket.isSix
                    ? .six(Self.groupSix, interface: network.number) : .four(Self.groupFour)
                put(datagram, on: socket, to: Endpoint(group, port: settings.callPort))
                guard !socket.isSix else { continue }
                for all in network.broadcasts {
                    put(datagram, on: socket, to: Endpoint(.four(all), port: settings.callPort))
                }
            }
        }
        let near = hints.filter(isNear)
        for at in near.indices.prefix(Self.hintsAtOnce) {
            send(datagram, to: near[(hintsBegin + at) % near.count].address)
        }
        hintsBegin = near.isEmpty ? 0 : (hintsBegin + Self.hintsAtOnce) % near.count
    }

    /// Whether that is a host of one of the networks that are used.
    package func isNear(_ endpoint: Endpoint) -> Bool {
        networks.contains { $0.holds(endpoint.host) }
    }

    /// The numbers of the networks that it was told to use alone; nil is whatever there is.
    package var allowedNetworks: [UInt32]? { allowed?.sorted() }

    // MARK: Datagrams

    @discardableResult
    package func send(_ datagram: [UInt8], to address: Address) -> Bool {
        guard let endpoint = Endpoint(address),
            let socket = own.first(where: { $0.isSix == endpoint.isSix })
        else { return false }
        return put(datagram, on: socket, to: endpoint)
    }

    @discardableResult
    private func put(_ datagram: [UInt8], on socket: Socket, to endpoint: Endpoint) -> Bool {
        if settings.lostPerMille > 0 {
            let drawn = chance.bytes(2)
            // A lost datagram was handed over all the same.
            guard (UInt64(drawn[0]) << 8 | UInt64(drawn[1])) % 1_000 >= settings.lostPerMille
            else { return true }
        }
        return socket.send(datagram, to: endpoint)
    }

    /// Hands out what has come and may be for us, and says whether more may wait.
    ///
    /// Only sockets on which something has come are asked, where it is known which (`ready`), and
    /// at most `most` datagrams of each looked at, so that a flood keeps nothing else waiting, and
    /// about `enough` that could be opened: what they bring is answered before more is taken. What
    /// follows on a way that nobody knows (`isKnown`), and what was opened before, is let go
    /// before it costs anything; `take` says whether it could be opened, and `opened` how many
    /// sealed keys were opened so far.
    @discardableResult
    package func receive(
        atMost most: Int,
        enough: Int = .max,
        at milliseconds: UInt64,
        ready: Set<Int32>? = nil,
        isKnown: (UInt64) -> Bool = { _ in true },
        opened: () -> UInt64 = { 0 },
        _ take: ([UInt8], Address) -> Bool
    ) -> Bool {
        var isMore = false
        // Whoever does not say which sockets are ready says neither when answers leave: they have
        // left by the time of the next round.
        if ready == nil { answering.left(at: milliseconds) }
        for socket in own + calls where ready?.contains(socket.file) ?? true {
            var (left, handed) = (most, 0)
            while left > 0, handed < enough {
                let asked = min(left, Basket.size, enough - handed)
                let count = basket.fill(from: socket.file, atMost: asked)
                left -= count
                for index in 0..<count where isOurs(index, milliseconds, isKnown) {
                    guard let from = basket.sender(index) else { continue }
                    let before = opened()
                    let isTaken = take(basket.datagram(index), from.address)
                    let cost = opened() - before
                    if cost > 0 { openings.spend(cost, for: Source(from)) }
                    guard isTaken, !Frame.isGreeting(basket.byte(index, Frame.at)) else { continue }
                    heard.add(basket.hash(index))
                    handed += 1
                }
                guard count == asked else { break }
            }
            if left == 0 || handed >= enough { isMore = true }
        }
        return isMore
    }

    /// All that followed from what was handed out has been sent by now.
    package func hasSent(at milliseconds: UInt64) { answering.left(at: milliseconds) }

    /// Whether it may be one of ours, as far as can be told without a key: of most of what a
    /// stranger sends it cannot.
    private func isOurs(
        _ index: Int,
        _ milliseconds: UInt64,
        _ isKnown: (UInt64) -> Bool
    ) -> Bool {
        let count = basket.count(index)
        guard (Frame.shortest...Limits.datagramBytes).contains(count),
            basket.byte(index, 0) == Frame.version, let kind = Frame(basket.byte(index, Frame.at)),
            allowed.map({ $0.contains(basket.network(index)) }) ?? true
        else { return false }
        switch kind {
        case .first:
            guard !heard.has(basket.hash(index)), let from = basket.sender(index) else {
                return false
            }
            return openings.mayOpen(Source(from), at: milliseconds)
        case .hello:
            guard hearsHellos, count == Limits.datagramBytes, let from = basket.sender(index)
            else { return false }
            // Each is answered by sealing something to it, which costs what opening does.
            let source = Source(from)
            guard openings.mayOpen(source, at: milliseconds) else { return false }
            openings.spend(1, for: source)
            return true
        case .following: return isKnown(basket.word(index, 1)) && !heard.has(basket.hash(index))
        case .call:
            guard count == Limits.lookupBytes, let from = basket.sender(index) else { return false }
            return answering.mayAnswer(Source(from), at: milliseconds) {
                Frame.isCall(basket.datagram(index))
            }
        }
    }
}

/// What stands at the head of a datagram, in the clear: docs/PROTOCOL sections 4 and 8.1.
private enum Frame {
    case first, following, call, hello

    init?(_ kind: UInt8) {
        switch kind {
        case 1: self = .first
        // No node awaits a first message so long that it comes in parts (3).
        case 2, 4: self = .following
        case Self.callKind: self = .call
        case Self.helloKind: self = .hello
        default: return nil
        }
    }

    static let callKind: UInt8 = 5
    static let helloKind: UInt8 = 6

    /// Whether it may come again and be answered again.
    static func isGreeting(_ kind: UInt8) -> Bool { kind == callKind || kind == helloKind }

    static let version: UInt8 = 1
    /// Where the kind stands, behind the version and the tag.
    static let at = 9
    /// A following message: its head, a nonce, an authenticator, and a byte of something.
    static let shortest = 10 + 24 + 16 + 1

    /// Whether the tag is that of a look-up: it counts for nothing else.
    static func isCall(_ datagram: [UInt8]) -> Bool {
        let hash = Digest.hash(domain, datagram, at + 1..<datagram.count)
        return hash.bytes.array[..<8] == datagram[1..<at]
    }

    private static let domain = Digest.Domain("tally1 lookup")
}

extension Endpoint {
    package var isSix: Bool {
        if case .six = host { return true }
        return false
    }
}
