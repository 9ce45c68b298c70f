package import Command
package import Homes
internal import Host
internal import Journal
package import Links
package import Sealing
package import Station

extension Opening {
    /// The node that runs in this home, or one that runs in this process for as long as the
    /// verb needs it.
    package static func teller(
        _ request: Command::Request,
        _ scene: Scene
    ) throws(Complaint) -> any Teller {
        let home = try home(request, scene)
        // Whoever answers there may have no keys in it, as an eKey's reader.
        if let line = try line(home) { return try RemoteTeller(line, home) }
        try Opening.hasWallet(home)
        guard home.isMade else { throw .noFam(home) }
        let settings = try settings(request, scene)
        return try teller(home, try lock(home, request, scene), settings, scene)
    }

    /// The same, where what opens the home is known.
    static func teller(
        _ home: Home,
        _ lock: KeyFile.Lock,
        _ request: Request,
        _ scene: Scene
    ) throws(Complaint) -> any Teller {
        if let line = try line(home) { return try RemoteTeller(line, home) }
        return try teller(home, lock, try settings(request, scene), scene)
    }

    private static func line(_ home: Home) throws(Complaint) -> Line? {
        do throws(LineFault) {
            return try home.call()
        } catch {
            guard error == .nobody else { throw Complaint(error, home) }
            return nil
        }
    }

    private static func teller(
        _ home: Home,
        _ lock: KeyFile.Lock,
        _ settings: UDP.Settings,
        _ scene: Scene
    ) throws(Complaint) -> any Teller {
        let first = try station(home, lock, settings, scene) { () throws(Complaint) in
            try line(home).map { line throws(Complaint) in try RemoteTeller(line, home) }
        }
        switch first {
        case .station(let station): return LocalTeller(station, home)
        case .other(let teller): return teller
        }
    }

    /// A node of our own, or what was found while somebody else had the home.
    package enum Opened<Other> {
        case station(Station)
        case other(Other)
    }

    /// Opens a home; one that another tally has is waited for a moment, as that may be just
    /// starting, and can be asked then (`other`), or just ending.
    package static func station<Other>(
        _ home: Home,
        _ lock: KeyFile.Lock,
        _ settings: UDP.Settings,
        _ scene: Scene,
        behind relay: Relay? = nil,
        orElse other: () throws(Complaint) -> Other?
    ) throws(Complaint) -> Opened<Other> {
        let limit = Process.nanoseconds + patience
        while true {
            do throws(StationFault) {
                return .station(
                    try Station(
                        home,
                        lock: lock,
                        settings,
                        checking: .real,
                        cores: scene.cores,
                        sealedBehind: relay,
                        hasDoor: true
                    )
                )
            } catch {
                guard error == .home(.journal(.held)), Process.nanoseconds < limit else {
                    throw Complaint(error, home)
                }
            }
            Process.pause(milliseconds: 50)
            if let other = try other() { return .other(other) }
        }
    }

    private static let patience: UInt64 = 3_000_000_000
}
