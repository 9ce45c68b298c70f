/// What is still to come, soonest first; of two things at one time the one that was asked for
/// first.
struct Heap<Event> {
    private struct Entry {
        let time: UInt64
        let order: UInt64
        let slot: Int

        static func < (a: Entry, b: Entry) -> Bool {
            a.time == b.time ? a.order < b.order : a.time < b.time
        }
    }

    private var entries: [Entry] = []
    /// The events themselves lie still, so that only small entries are moved about.
    private var slots: [Event?] = []
    private var free: [Int] = []
    private var order: UInt64 = 0

    var isEmpty: Bool { entries.isEmpty }
    var soonest: UInt64? { entries.first?.time }

    mutating func push(_ event: Event, at time: UInt64) {
        let slot: Int
        if let empty = free.popLast() {
            slot = empty
            slots[slot] = event
        } else {
            slot = slots.count
            slots.append(event)
        }
        order += 1
        entries.append(Entry(time: time, order: order, slot: slot))
        rise(entries.count - 1)
    }

    mutating func pop() -> (time: UInt64, event: Event)? {
        guard let first = entries.first, let last = entries.popLast() else { return nil }
        if !entries.isEmpty {
            entries[0] = last
            sink(0)
        }
        guard let event = slots[first.slot] else { return nil }
        slots[first.slot] = nil
        free.append(first.slot)
        return (first.time, event)
    }

    private mutating func rise(_ start: Int) {
        var index = start
        while index > 0, entries[index] < entries[(index - 1) / 2] {
            entries.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private mutating func sink(_ start: Int) {
        var index = start
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < entries.count {
                if entries[child] < entries[least] { least = child }
            }
            guard least != index else { return }
            entries.swapAt(index, least)
            index = least
        }
    }
}
