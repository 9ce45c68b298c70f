package import EKey
internal import Host
package import Links

/// The lines on which readers come to an eKey, one at a time.
package final class EKeyLines {
    private let control: Control
    private let waiting: Waiting
    private var door: Door?
    /// A terminal or a virtual reader, which is there all the time.
    private var standing: Cord?
    private var cord: Cord?
    private var frames = Frames()
    /// How many readers have come.
    package private(set) var readersSoFar = 0

    package static let socket = "ekey.sock"

    package init(_ control: Control, _ waiting: Waiting) {
        (self.control, self.waiting) = (control, waiting)
    }

    package func open(in folder: String) throws(LineFault) {
        let door = try Door(folder: folder, name: Self.socket)
        waiting.add(door.file)
        self.door = door
    }

    package func use(_ cord: Cord) {
        waiting.add(cord.file)
        standing = cord
        begin(cord)
    }

    /// Whether the virtual reader is gone.
    package var isCutOff: Bool { standing?.isOver ?? false }

    /// Answers what has come.
    package func hear(_ ready: Set<Int32>, at now: UInt64) {
        if let door, ready.contains(door.file), let one = door.enterByCord(), cord == nil {
            // One reader at a time: another is hung up on, and the first keeps its session.
            waiting.add(one.file)
            begin(one)
        }
        guard let cord else { return }
        for message in frames.take(cord.hear(atMost: 1 << 20)) {
            guard let answer = control.take(message, at: now) else { continue }
            cord.say(Frames.framed(answer))
        }
        cord.flush()
        if cord.isOver {
            end()
        } else {
            waiting.add(cord.file, toWrite: cord.isBusy)
        }
    }

    private func begin(_ one: Cord) {
        (cord, frames) = (one, Frames())
        readersSoFar += 1
        control.reset()
    }

    private func end() {
        guard let cord else { return }
        waiting.remove(cord.file)
        self.cord = nil
        control.reset()
    }

    package func close() {
        end()
        door = nil
    }
}
