import Disks

/// What befalls a world at places that are named one by one, instead of what chance draws.
///
/// A place is every change of a disk, every message sent and every message handed over, counted
/// from the first sale on; of a second crash, from the crash before.
struct Script: Hashable, Sendable {
    /// A home loses its power at one place.
    struct Cut: Hashable, Sendable {
        /// The how-manieth place it is, from 1.
        var at: Int
        var leaves: Aftermath
        /// Only places of a home that recovers are counted.
        var isInRecovery = false
    }

    /// What becomes of one message.
    struct Mishap: Hashable, Sendable {
        /// The how-manieth message it is, from 1.
        var message: Int
        var fate: Fate
    }

    enum Fate: String, Hashable, Sendable, CaseIterable {
        case lost, doubled
        /// Until after the next restart.
        case held = "held until after a restart"
    }

    let mishap: Mishap?
    let cuts: [Cut]

    // How far it has come.
    var hasBegun = false
    /// The power cuts that there were.
    private(set) var done = 0
    /// The places passed since the last of them, and those of a recovery among them.
    private(set) var passed = 0
    private(set) var passedInRecovery = 0
    private(set) var messages = 0
    private var held: Parcel?

    init(mishap: Mishap? = nil, cuts: [Cut] = []) {
        (self.mishap, self.cuts) = (mishap, cuts)
    }

    /// A place is come to: whether the power goes here, and what that leaves.
    mutating func pass(isRecovering: Bool) -> Aftermath? {
        guard hasBegun else { return nil }
        passed += 1
        passedInRecovery += isRecovering ? 1 : 0
        guard done < cuts.count, isRecovering || !cuts[done].isInRecovery else { return nil }
        let cut = cuts[done]
        guard cut.at == (cut.isInRecovery ? passedInRecovery : passed) else { return nil }
        (done, passed, passedInRecovery) = (done + 1, 0, 0)
        return cut.leaves
    }

    /// A message leaves: what becomes of it; nil for what becomes of most.
    mutating func fate(of parcel: Parcel) -> Fate? {
        guard hasBegun else { return nil }
        messages += 1
        guard let mishap, mishap.message == messages else { return nil }
        if mishap.fate == .held { held = parcel }
        return mishap.fate
    }

    /// A home comes back: what was held until then.
    mutating func release() -> [Parcel] {
        defer { held = nil }
        return held.map { [$0] } ?? []
    }
}
