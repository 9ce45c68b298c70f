/// A set of mostly one: the first lies in place, so that one costs no memory of its own, and
/// however many there are, each comes and goes at the cost of one.
struct Few<Element: Hashable & Comparable & Sendable>: Sendable {
    private var one: Element?
    private var more: Set<Element> = []

    init() {}

    var count: Int { more.count + (one == nil ? 0 : 1) }
    var isEmpty: Bool { one == nil && more.isEmpty }

    /// In their order.
    var all: [Element] {
        guard let one else { return more.sorted() }
        return more.isEmpty ? [one] : (more + [one]).sorted()
    }

    mutating func insert(_ element: Element) {
        if isEmpty {
            one = element
        } else if one != element {
            more.insert(element)
        }
    }

    mutating func remove(_ element: Element) {
        if one == element { one = nil } else { more.remove(element) }
    }
}

extension Few: Hashable {
    /// Which of them lies in place is no matter.
    static func == (a: Few, b: Few) -> Bool {
        a.more.isEmpty && b.more.isEmpty ? a.one == b.one : a.all == b.all
    }

    func hash(into hasher: inout Hasher) { hasher.combine(all) }
}
