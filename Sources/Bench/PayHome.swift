internal import Command
internal import Homes
internal import Host
internal import Money
internal import Sealing
internal import Station
internal import Wallet
internal import Words

import struct Wallet.Wallet

/// A home that the bench makes and removes again: a wallet of the demo office, opened by a key
/// file that lies beside it.
struct PayHome {
    private(set) var home: Home
    let owner: Wallet.Owner
    let ring: KeyRing
    private let key: [UInt8]

    var keyFile: String { home.folder + ".key" }
    var lock: KeyFile.Lock { .serviceKey(key) }

    /// Makes it in `folder`, with one stick of so many units, or with none.
    init(
        _ name: String,
        in folder: String,
        _ amount: Amount,
        _ money: DemoMoney,
        at now: Moment
    ) throws(Complaint) {
        home = Home(folder + "/" + name)
        var chance = SystemChance()
        ring = KeyRing(chance: &chance)
        key = chance.bytes(KeyFile.serviceKeyBytes)
        guard let name = Text(name) else { preconditionFailure("names of the bench are plain") }
        owner = try money.owner(ring, name: name, at: now)
        let draft: Home
        do throws(HomeFault) {
            let sealed: [UInt8]
            do {
                sealed = try KeyFile.sealed(ring, by: .serviceKey(key), chance: &chance)
            } catch {
                throw HomeFault.keys(error)
            }
            draft = try home.draft(ring, sealed: sealed, root: money.root, owner: owner)
            do { try Files.write(key, to: home.folder + ".key", isSecret: true) } catch {
                throw HomeFault.files(error)
            }
        } catch {
            throw Complaint(error, home)
        }
        try Making.give(try money.gifts(to: owner, amount, at: now), draft, lock)
        do { try home.take(draft) } catch { throw Complaint(error, home) }
        do { try Files.write([], to: Self.mark(home)) } catch {
            throw Complaint(error, writing: Self.mark(home))
        }
    }

    /// What tells a home of the bench's from a person's, whom one side of a bench would cost the
    /// limits and the PIN.
    static func mark(_ home: Home) -> String { home.folder + "/bench" }
}

extension PayHome {
    /// Another home that is as this one was left.
    func copied(into place: PayFolder) throws(Complaint) -> PayHome {
        var copy = self
        copy.home = Home(place.path + "/copy")
        do {
            try Files.makePrivateDirectory(copy.home.folder)
            for name in Files.names(in: home.folder) {
                let bytes = try Files.read(home.folder + "/" + name, cap: 1 << 26)
                try Files.write(bytes, to: copy.home.folder + "/" + name, isSecret: true)
            }
            try Files.write(key, to: copy.keyFile, isSecret: true)
        } catch {
            throw Complaint(error, writing: copy.home.folder)
        }
        return copy
    }
}

/// A folder of the bench's own, removed with everything in it when nobody holds it.
final class PayFolder {
    let path: String

    init(in place: String) throws(Complaint) {
        do {
            path = try Files.makeTemporaryDirectory(place, "tally-bench")
        } catch {
            throw Complaint(error, writing: place)
        }
    }

    deinit { Files.removeTree(path) }
}
