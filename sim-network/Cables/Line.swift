package import EKey

/// What a line leads to.
package protocol Socket: AnyObject {
    var cable: Cable { get set }
    /// Whether anything is there that answers.
    var isOn: Bool { get }
    /// A reader is there from now on, or none is any more.
    func lineBegins(_ line: Line)
    func lineEnds()
    /// nil when nothing is said to that, or nothing can be any more.
    func hear(_ message: [UInt8]) -> [UInt8]?
    /// A line broke, and its reader waits a moment before it tries once more.
    func readerRests()
}

/// A reader's end of a cable in a world of its own: what is said arrives at once, as far as it
/// arrives at all.
package final class Line: ReaderLine {
    private unowned let socket: any Socket
    /// Whose key is known there, if anybody's that has this line.
    package let isPaired: Bool
    package private(set) var isOpen = false
    /// What has come to either end and is not whole.
    private var (here, there) = (Frames(), Frames())
    /// What was said last, for whoever wants to say it again.
    package private(set) var said: [[UInt8]] = []

    private static let saidAtMost = 16

    package init(to socket: any Socket, isPaired: Bool) {
        (self.socket, self.isPaired) = (socket, isPaired)
    }

    package func open() throws(ReaderFault) {
        shut()
        guard socket.cable.isIn, socket.isOn else { throw .away(nil) }
        (here, there, isOpen) = (Frames(), Frames(), true)
        socket.lineBegins(self)
        _ = carry([Power.reset.rawValue])
        guard isWhole else { throw .away(nil) }
    }

    package func shut() {
        guard isOpen else { return }
        _ = carry([Power.off.rawValue])
        end()
    }

    package func answer(
        to message: [UInt8],
        isCode: Bool
    ) throws(ReaderFault) -> [UInt8] {
        guard isOpen else { throw .away(nil) }
        if said.count == Self.saidAtMost { said.removeFirst() }
        said.append(message)
        let answers = here.take(carry(message))
        let isWhole = isWhole
        if let answer = answers.first { return answer }
        guard isWhole else { throw .away(nil) }
        shut()
        throw .silent
    }

    package func rest() { socket.readerRests() }

    /// What comes back to a message, as far as both arrive.
    private func carry(_ message: [UInt8]) -> [UInt8] {
        var back: [UInt8] = []
        for whole in there.take(socket.cable.carry(Frames.framed(message))) {
            guard let answer = socket.hear(whole) else { continue }
            back += socket.cable.carry(Frames.framed(answer))
        }
        return back
    }

    /// Whether the line still stands; one that does not ends.
    private var isWhole: Bool {
        if socket.cable.isIn, socket.isOn { return true }
        end()
        return false
    }

    private func end() {
        guard isOpen else { return }
        isOpen = false
        socket.lineEnds()
    }
}
