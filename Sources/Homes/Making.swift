package import Command
internal import Host
internal import Links
package import Sealing
package import Station
package import Wallet
package import Words

/// How a home comes to be, whoever's it is.
package enum Making {
    /// Whether nothing of ours lives there yet, be it an office, a root or a wallet.
    package static func mayBeMade(_ home: Home) throws(Complaint) {
        guard !home.isOffices else { throw .officeMade(home.folder) }
        guard !home.isMade else { throw Complaint(HomeFault.made, home) }
    }

    /// What others are to be shown, as somebody typed it.
    package static func name(_ typed: String) throws(Complaint) -> Text {
        guard let name = Text(typed), (1...Limits.nameBytes).contains(name.byteCount) else {
            throw Complaint(
                .usage,
                "bad-name",
                "\(quoted(typed)) cannot stand on a screen as a name",
                hint: "choose one of 1 to \(Limits.nameBytes) bytes, without control characters"
            )
        }
        return name
    }

    /// The folders above a home, as far as they are missing.
    package static func makeAbove(_ home: Home) throws(Complaint) {
        let parts = home.folder.split(separator: "/").dropLast()
        var path = home.folder.hasPrefix("/") ? "" : "."
        for part in parts {
            path += "/" + part
            guard !Files.exists(path) else { continue }
            do {
                try Files.makeDirectory(path)
            } catch {
                throw Complaint(error, writing: path)
            }
        }
    }

    /// What will open the home: a key file, made where there is none, or a new passphrase.
    package static func newLock(
        _ request: Request,
        _ scene: Scene,
        for what: String = "the wallet"
    ) throws(Complaint) -> KeyFile.Lock {
        let path = request["--key-file"] ?? scene.environment["TALLY_KEY_FILE"] ?? ""
        if !path.isEmpty {
            var chance = SystemChance()
            do {
                // One that is there stays: of two who make it at once both use the first.
                try Files.make(chance.bytes(KeyFile.serviceKeyBytes), at: path)
            } catch {
                throw Complaint(error, writing: path)
            }
            return .serviceKey(try Opening.serviceKey(request, scene))
        }
        let first = try Opening.passphrase(request, scene, "a passphrase for \(what): ")
        let isTyped =
            request["--passphrase-file"] == nil
            && scene.environment["TALLY_PASSPHRASE_FILE", default: ""].isEmpty
        if isTyped, scene.question("the same once more: ", true).map({ Array($0.utf8) }) != first {
            throw Complaint(
                .wrongPassphrase,
                "not-the-same",
                "the two passphrases are not the same",
                hint: "type it again; nothing was made"
            )
        }
        return .passphrase(first, .argon2id)
    }

    /// Has the new wallet take its permission and its money, and waits until they are its own.
    package static func give(
        _ wishes: [Wish],
        _ home: Home,
        _ lock: KeyFile.Lock
    ) throws(Complaint) {
        do throws(StationFault) {
            // It needs nobody for this.
            var settings = UDP.Settings()
            settings.networks = Interface.loopback.map(\.name)
            let station = try Station(home, lock: lock, settings, checking: .real, cores: 1)
            for wish in wishes { _ = station.wish(wish) }
            var (left, rounds) = (wishes.count, 0)
            while left > 0, rounds < 100 {
                rounds += 1
                for one in try station.turn(atMost: 100).news {
                    switch one {
                    case .opened, .charged: left -= 1
                    case .denied(let denial): throw .journal("\(denial)")
                    case .listening, .calling, .here, .standing, .inert, .answer, .asking,
                        .convicted, .served, .carried, .answered:
                        continue
                    }
                }
            }
            station.close()
            guard left == 0 else { throw .journal("the office's papers were not taken") }
        } catch {
            throw Complaint(error, home)
        }
    }
}

extension Asset {
    /// The amount that somebody typed.
    package func typed(_ text: String, mayBeZero: Bool = false) throws(Complaint) -> Amount {
        let amount: Amount
        do {
            amount = try self.amount(text)
        } catch {
            throw Complaint(error, typed: text, self)
        }
        guard mayBeZero || amount > .zero else {
            throw Complaint(
                .usage,
                "zero",
                "nothing is no amount to ask for",
                hint: "write how much, as \(self.text(Amount(1_250) ?? amount))"
            )
        }
        return amount
    }
}
