import Command
import Foundation
import Synchronization
import Testing
import Verbs

/// What several suites of verbs need alike.
enum Scenes {
    /// A folder of its own, for whoever asked to remove.
    static func scratch() throws -> URL {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "tally-verbs-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    /// A scene whose clock goes on by so much whenever somebody looks, and what was told in it.
    static func watched(
        terminal: Bool,
        step: UInt64
    ) -> (scene: Scene, told: @Sendable () -> [String]) {
        final class Kept: Sendable {
            let clock = Mutex<UInt64>(0)
            let told = Mutex<[String]>([])
        }
        let kept = Kept()
        var scene = Scene(now: Sessions.moment)
        scene.errIsTerminal = terminal
        scene.stopwatch = {
            kept.clock.withLock { clock in
                clock += step
                return clock
            }
        }
        scene.tell = { text in kept.told.withLock { $0.append(text) } }
        return (scene, { kept.told.withLock { $0 } })
    }
}
