internal import EKey
internal import Host
internal import Links

/// A reader's end of a line of this host.
final class CordLine: ReaderLine {
    private let path: String
    private var cord: Cord?
    private var frames = Frames()
    private let waiting: Waiting

    /// A PIN takes a second to be looked at, and a slow device several; all else is quick.
    private static let patienceForCodes: UInt64 = 20_000_000_000
    private static let patience: UInt64 = 4_000_000_000

    init(_ path: String) throws(LinkFault) {
        self.path = path
        waiting = try Waiting()
    }

    var isOpen: Bool { cord != nil }

    func open() throws(ReaderFault) {
        shut()
        do {
            let cord = try Cord.open(path)
            waiting.add(cord.file)
            self.cord = cord
        } catch {
            throw .away(error.ofThePlace)
        }
        frames = Frames()
        put([Power.reset.rawValue])
    }

    func shut() {
        put([Power.off.rawValue])
        if let cord { waiting.remove(cord.file) }
        cord = nil
    }

    private func put(_ message: [UInt8]) { cord?.say(Frames.framed(message)) }

    func answer(to message: [UInt8], isCode: Bool) throws(ReaderFault) -> [UInt8] {
        guard let cord else { throw .away(nil) }
        put(message)
        let limit = Process.nanoseconds + (isCode ? Self.patienceForCodes : Self.patience)
        while Process.nanoseconds < limit {
            cord.flush()
            waiting.add(cord.file, toWrite: cord.isBusy)
            _ = waiting.wait(atMost: 1_000)
            let messages = frames.take(cord.hear(atMost: 1 << 20))
            if let message = messages.first {
                guard messages.count == 1 else {
                    shut()
                    throw .strange
                }
                return message
            }
            guard !cord.isOver, !cord.isHungUp else {
                shut()
                throw .away(nil)
            }
        }
        shut()
        throw .silent
    }

    private static let pause: UInt32 = 200

    func rest() { Process.pause(milliseconds: Self.pause) }
}

extension LineFault {
    /// What the system says where no eKey can be.
    fileprivate var ofThePlace: String? {
        if case .system(let words) = self { return words }
        return nil
    }
}
