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
    /// What has come and is not answered yet.
    private var pending = ArraySlice<[UInt8]>()
    /// When something of a message came last that is not whole.
    private var partialSince: UInt64?

    package static let socket = "ekey.sock"
    /// What begins a message and does not end it in so long was cut off.
    private static let tornAfter: UInt64 = 1_000
    /// How often a terminal that nobody has open is looked at.
    private static let looksAgain: UInt64 = 100
    /// So many are answered before all else has its turn.
    private static let atOnce = 16

    package init(_ control: Control, _ waiting: Waiting) {
        (self.control, self.waiting) = (control, waiting)
    }

    package func open(in folder: String) throws(LineFault) {
        let door = try Door(folder: folder, name: Self.socket)
        waiting.add(door.file)
        self.door = door
    }

    package func use(_ cord: Cord) {
        standing = cord
        begin(cord)
    }

    /// Whether the virtual reader is gone.
    package var isCutOff: Bool { standing?.isOver ?? false }

    /// How long it can do without being looked after.
    package var patience: UInt64 {
        if !pending.isEmpty { return 0 }
        if standing?.isHungUp == true { return Self.looksAgain }
        return partialSince == nil ? 60_000 : Self.tornAfter
    }

    /// Answers what has come.
    package func hear(_ ready: Set<Int32>, at now: UInt64) {
        listen(at: now)
        // Whoever was there is heard out first: who comes may be the next one.
        if let door, ready.contains(door.file), let one = door.enterByCord(), cord == nil {
            begin(one)
            listen(at: now)
        }
    }

    private func listen(at now: UInt64) {
        guard let cord else { return }
        // What has come is answered before more is heard.
        guard pending.isEmpty else {
            answer([], on: cord, now)
            if cord.isOver { end() }
            return
        }
        let wasHungUp = cord.isHungUp
        let bytes = cord.hear(atMost: 1 << 20)
        if cord.isHungUp || wasHungUp { return settle(cord, wasHungUp, bytes, now) }
        if let since = partialSince, now > since + Self.tornAfter, !bytes.isEmpty {
            frames = Frames()
        }
        answer(bytes, on: cord, now)
        if cord.isOver {
            end()
        } else {
            waiting.add(cord.file, toWrite: cord.isBusy)
        }
    }

    private func answer(_ bytes: [UInt8], on cord: Cord, _ now: UInt64) {
        let isMore = !bytes.isEmpty || !pending.isEmpty
        if pending.isEmpty { pending = frames.take(bytes)[...] }
        let next = pending.prefix(Self.atOnce)
        pending = pending.dropFirst(next.count)
        for message in next {
            guard let answer = control.take(message, at: now) else { continue }
            cord.say(Frames.framed(answer))
        }
        cord.flush()
        if !frames.isPartial {
            partialSince = nil
        } else if isMore {
            partialSince = now
        }
    }

    /// Nobody has the other end of a terminal open, or somebody has again.
    private func settle(_ cord: Cord, _ wasHungUp: Bool, _ bytes: [UInt8], _ now: UInt64) {
        if !wasHungUp {
            // It would say so without end.
            waiting.remove(cord.file)
            cord.forget()
        }
        (frames, pending, partialSince) = (Frames(), [], nil)
        control.reset()
        guard !cord.isHungUp else { return }
        waiting.add(cord.file)
        answer(bytes, on: cord, now)
    }

    private func begin(_ one: Cord) {
        (cord, frames, pending, partialSince) = (one, Frames(), [], nil)
        waiting.add(one.file)
        control.reset()
    }

    private func end() {
        guard let cord else { return }
        waiting.remove(cord.file)
        (self.cord, pending) = (nil, [])
        control.reset()
    }

    package func close() {
        end()
        door = nil
    }
}
