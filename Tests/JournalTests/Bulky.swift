import Disks
import Words

/// Tests whose payments write a lot.
protocol Bulky {}

extension Bulky {
    /// A step that writes into every table it may.
    func step(
        _ number: Int,
        _ standing: Standing,
        _ dice: inout Dice,
        bytes: Int = 500
    ) -> Step {
        let key = [UInt8](repeating: UInt8(number % 251), count: 40)
        return Step(
            payment: key,
            entries: (0..<3).map { LogEntry(kind: UInt64($0), bytes: dice.bytes(bytes / 4)) },
            changes: [
                .put(.piece, key: dice.bytes(8), bytes: dice.bytes(bytes / 8)),
                .put(.outbox, key: dice.bytes(8), bytes: dice.bytes(bytes / 8)),
                .put(.replay, key: dice.bytes(8), bytes: dice.bytes(bytes / 8)),
                .put(.register, key: [1], bytes: dice.bytes(30)),
            ],
            standing: standing
        )
    }
}
