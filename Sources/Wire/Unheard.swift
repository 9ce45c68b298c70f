internal import Words

/// The secret keys that first messages brought, until somebody listens to their ways.
///
/// Anybody can make a first message, so what they bring is bounded: a newer one drops the
/// oldest.
package struct Unheard<Secret> {
    private var secrets: [(way: Way, secret: Secret)] = []

    package init() {}

    package subscript(_ way: Way) -> Secret? {
        secrets.last { $0.way == way }?.secret
    }

    /// Keeps a way's secret; one that came again counts as new.
    package mutating func put(_ secret: Secret, under way: Way) {
        _ = take(way)
        if secrets.count == Limits.waysUnheard { secrets.removeFirst() }
        secrets.append((way, secret))
    }

    package mutating func take(_ way: Way) -> Secret? {
        guard let at = secrets.lastIndex(where: { $0.way == way }) else { return nil }
        return secrets.remove(at: at).secret
    }
}
