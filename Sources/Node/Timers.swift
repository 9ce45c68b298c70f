import Words

/// When each payment wants to be woken: a table of deadlines, and one wake-up for all of it.
struct Timers {
    private var deadlines: [PaymentID: Ticks] = [:]
    /// A heap, soonest first; an entry that the table does not bear out is passed over.
    private var heap: [Entry] = []

    private struct Entry: Comparable {
        let ticks: Ticks
        let payment: PaymentID

        static func < (a: Entry, b: Entry) -> Bool {
            a.ticks == b.ticks
                ? a.payment.array.lexicographicallyPrecedes(b.payment.array) : a.ticks < b.ticks
        }
    }

    mutating func set(_ payment: PaymentID, _ ticks: Ticks) {
        guard deadlines.updateValue(ticks, forKey: payment) != ticks else { return }
        heap.append(Entry(ticks: ticks, payment: payment))
        rise(heap.count - 1)
        // Entries that were overtaken are not let pile up.
        if heap.count > 64, heap.count > 4 * deadlines.count {
            heap = deadlines.map { Entry(ticks: $0.value, payment: $0.key) }.sorted()
        }
    }

    mutating func remove(_ payment: PaymentID) { deadlines[payment] = nil }

    /// The next one whose time has come.
    mutating func due(_ now: Ticks) -> PaymentID? {
        skip()
        guard let first = heap.first, first.ticks <= now else { return nil }
        pop()
        deadlines[first.payment] = nil
        return first.payment
    }

    var next: Ticks? {
        mutating get {
            skip()
            return heap.first?.ticks
        }
    }

    var soonest: PaymentID? {
        mutating get {
            skip()
            return heap.first?.payment
        }
    }

    private mutating func skip() {
        while let first = heap.first, deadlines[first.payment] != first.ticks { pop() }
    }

    private mutating func pop() {
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        heap[0] = last
        sink(0)
    }

    private mutating func rise(_ start: Int) {
        var index = start
        while index > 0, heap[index] < heap[(index - 1) / 2] {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private mutating func sink(_ start: Int) {
        var index = start
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count {
                if heap[child] < heap[least] { least = child }
            }
            guard least != index else { return }
            heap.swapAt(index, least)
            index = least
        }
    }
}
