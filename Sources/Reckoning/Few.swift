/// A sorted set of mostly one: the first lies in place, so that one costs no memory of its own.
struct Few<Element: Hashable & Comparable & Sendable>: Hashable, Sendable {
    private(set) var first: Element?
    private var more: [Element] = []

    init() {}

    var count: Int { first == nil ? 0 : more.count + 1 }
    var isEmpty: Bool { first == nil }
    var all: [Element] { first.map { [$0] + more } ?? [] }

    mutating func insert(_ element: Element) {
        guard let first else {
            self.first = element
            return
        }
        if element == first { return }
        if element < first {
            more.insert(first, at: 0)
            self.first = element
            return
        }
        let place = more.firstIndex { $0 >= element } ?? more.count
        if place < more.count, more[place] == element { return }
        more.insert(element, at: place)
    }

    mutating func remove(where isGone: (Element) -> Bool) {
        let left = all.filter { !isGone($0) }
        (first, more) = (left.first, Array(left.dropFirst()))
    }
}
