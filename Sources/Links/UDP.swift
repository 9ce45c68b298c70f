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

        package init() {}
    }

    /// Its own, one for each family, and those that hear calls.
    private let own: [Socket]
    private var calls: [Socket] = []
    private let networks: [Interface]
    private let settings: Settings
    private var chance: any Chance
    private var room = [UInt8](repeating: 0, count: Limits.datagramBytes)
    /// Calls go there instead of to everybody, while there is something in it.
    package var callees: [Address] = []
    private var answering = Answering()

    package init(_ settings: Settings, chance: any Chance) throws(LinkFault) {
        (self.settings, self.chance) = (settings, chance)
        let all = Interface.all()
        for name in settings.networks where !all.contains(where: { $0.name == name }) {
            throw .noInterface(name)
        }
        networks =
            settings.networks.isEmpty
            ? all : all.filter { settings.networks.contains($0.name) }
        let four = try Socket(isSix: false)
        try four.bind(port: settings.port)
        four.set(SocketOption.socket, SocketOption.broadcast, Int32(1))
        four.set(SocketOption.four, SocketOption.fourHops, Int32(1))
        var own = [four]
        // A host may have no IPv6 at all.
        if networks.contains(where: \.hasSix), let six = try? Socket(isSix: true),
            (try? six.bind(port: four.port)) != nil
        {
            six.set(SocketOption.six, SocketOption.sixHops, Int32(1))
            own.append(six)
        }
        self.own = own
    }

    /// Its own port.
    package var port: UInt16 { own[0].port }

    /// What to wait for.
    package var files: [Int32] { (own + calls).map(\.file) }

    // MARK: Calls

    /// Hears what is said to everybody, on the port that all nodes of a host share.
    package func hearCalls() throws(LinkFault) {
        guard calls.isEmpty else { return }
        var made: [Socket] = []
        for one in own {
            let socket = try Socket(isSix: one.isSix)
            socket.set(SocketOption.socket, SocketOption.reuse, Int32(1))
            do {
                try socket.bind(port: settings.callPort)
            } catch {
                // One family that somebody else has does not make the other deaf.
                guard one.isSix else { throw error }
                continue
            }
            for network in networks where one.isSix ? network.hasSix : network.hasFour {
                socket.join(one.isSix ? Self.groupSix : Self.groupFour, on: network)
            }
            made.append(socket)
        }
        calls = made
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
                guard !socket.isSix, let all = network.broadcast else { continue }
                put(datagram, on: socket, to: Endpoint(.four(all), port: settings.callPort))
            }
        }
    }

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

    /// Hands out what has come, and says whether more may wait.
    ///
    /// At most `most` datagrams of each socket, so that a flood keeps nothing else waiting.
    package func receive(
        atMost most: Int,
        at milliseconds: UInt64,
        _ take: ([UInt8], Address) -> Void
    ) -> Bool {
        var isMore = false
        for socket in own + calls {
            var left = most
            while left > 0, let (from, count) = socket.receive(into: &room) {
                left -= 1
                guard let from, (1...room.count).contains(count) else { continue }
                guard !isCall(count) || answering.mayAnswer(at: milliseconds) else { continue }
                take(Array(room[..<count]), from.address)
            }
            if left == 0 { isMore = true }
        }
        return isMore
    }

    /// Whether it has the size and the mark of a look-up, which anybody may send.
    private func isCall(_ count: Int) -> Bool {
        count == Limits.lookupBytes && room[Self.kindAt] == Self.callKind
    }

    private static let kindAt = 9
    private static let callKind: UInt8 = 5
}

extension Endpoint {
    var isSix: Bool {
        if case .six = host { return true }
        return false
    }
}

/// How many look-ups are passed on: 20 in a second, so that nobody makes a node answer more.
struct Answering {
    static let perSecond = 20
    private var second: UInt64 = 0
    private var passed = 0

    mutating func mayAnswer(at milliseconds: UInt64) -> Bool {
        if milliseconds / 1_000 != second { (second, passed) = (milliseconds / 1_000, 0) }
        passed += 1
        return passed <= Self.perSecond
    }
}
