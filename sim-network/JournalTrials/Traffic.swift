import Disks
import Journal
package import Words

/// Steps as a wallet writes them, from a seed: payments start, go on and finish; pieces come,
/// change and go; messages wait in the outbox; answers are recorded.
package struct Traffic {
    private var dice: Dice
    private var payments: UInt64 = 0
    /// Whether answers are recorded: tables of schema 1 have no place for them.
    private let answers: Bool

    package init(seed: UInt64, answers: Bool = true) {
        dice = Dice(seed: seed)
        self.answers = answers
    }

    /// A group of steps, no two of one payment.
    package mutating func group(of count: Int, after model: Model) -> [Step] {
        var open = model.open.map(\.key)
        return (0..<count).map { _ in
            if dice.chance(1, in: 12) { return note() }
            guard !open.isEmpty, dice.chance(3, in: 4) else { return start() }
            let payment = open.remove(at: dice.below(open.count))
            return dice.chance(1, in: 3) ? finish(payment) : goOn(payment, model)
        }
    }

    private mutating func note() -> Step {
        Step(
            entries: [entry()],
            changes: [.put(.register, key: [UInt8(dice.below(4))], bytes: dice.bytes(24))]
        )
    }

    private mutating func start() -> Step {
        payments += 1
        // Ids differ between seeds too.
        let payment = dice.bytes(32) + word(payments)
        return Step(
            payment: payment,
            entries: [entry(), entry(), entry()],
            changes: [
                .put(.piece, key: payment, bytes: bytes()),
                .put(.outbox, key: payment, bytes: bytes()),
            ],
            standing: .open(bytes(), toCome: Room(steps: 3, bytes: 12_000))
        )
    }

    private mutating func goOn(_ payment: [UInt8], _ model: Model) -> Step {
        let room = model.room(of: payment)
        return Step(
            payment: payment,
            entries: [entry()],
            changes: [
                .put(.piece, key: payment + [1], bytes: bytes()),
                .put(.outbox, key: payment, bytes: bytes()),
            ],
            standing: .open(
                bytes(),
                toCome: Room(steps: max(0, room.steps - 1), bytes: max(0, room.bytes - 4_000))
            )
        )
    }

    private mutating func finish(_ payment: [UInt8]) -> Step {
        var changes: [Change] = [
            .remove(.outbox, key: payment), .remove(.piece, key: payment + [1]),
            .put(.piece, key: payment, bytes: bytes()),
        ]
        if answers { changes.append(.put(.replay, key: payment, bytes: bytes())) }
        if dice.chance(1, in: 2) { changes[2] = .remove(.piece, key: payment) }
        return Step(
            payment: payment,
            entries: [entry(), entry()],
            changes: changes,
            standing: .finished(bytes())
        )
    }

    private mutating func entry() -> LogEntry {
        LogEntry(kind: UInt64(1 + dice.below(30)), bytes: bytes())
    }

    private mutating func bytes() -> [UInt8] {
        dice.bytes(dice.chance(1, in: 16) ? dice.below(3_000) : dice.below(180))
    }

    private func word(_ number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * $0)) }
    }
}
