import Books
import Clerk
import Disks
import Journal
import JournalTrials
import Node
import Oracle
import Wallet
import Words

import struct Wallet.Wallet

// What befalls one of the two disks of an office's books, and what its operator does about it: as
// docs/OFFICE says, he copies the books from the other one.

extension Peer {
    /// Whether a disk of its fails on purpose.
    var hasFaultyDisk: Bool {
        bookDisks.contains { $0.faults > 0 || $0.capacity != nil }
    }

    /// A judge looks at what is there, wherever it is.
    func aside<Answer, Fault>(_ body: () throws(Fault) -> Answer) throws(Fault) -> Answer {
        guard let second else { return try disk.aside(body) }
        return try disk.aside { () throws(Fault) in try second.aside(body) }
    }
}

extension World {
    func anyDisk(of peer: Peer) -> FaultyDisk {
        guard let second = peer.second, peer.dice.chance(1, in: 2) else { return peer.disk }
        return second
    }

    func giveRoom(_ peer: Peer) {
        for disk in peer.bookDisks { disk.capacity = nil }
    }

    /// With its process, the second disk of the office is left as it is; or, where the power goes,
    /// as that leaves it.
    func endSecond(of peer: Peer, _ ending: TraceEvent.Crash) {
        guard let second = peer.second else { return }
        switch ending {
        case .powerCut:
            peer.secondRemains = FaultyDisk(
                second.crash(&peer.dice),
                seed: peer.disks.next()
            )
        case .kill, .fault, .replaced, .rotten:
            peer.secondRemains = second.survivor(seed: peer.disks.next())
        }
        second.fault = FaultyDisk.Fault(at: 1, forEver: true)
    }

    // MARK: What befalls one of them

    /// From now on a disk says that it has synced the books, and has not.
    func lie(_ peer: Peer) {
        guard mayFallIll(peer) else { return }
        counts.lies += 1
        let copy = anyCopy(peer)
        peer.illDisk = copy
        disk(copy, of: peer)?.liesAbout = Bureau.folder
    }

    /// The office stops in order, and before it comes back a bit of one of its two copies has
    /// changed.
    func rotBooks(_ peer: Peer) {
        guard mayFallIll(peer), stops(peer) else { return }
        let copy = anyCopy(peer)
        end(peer, .rotten)
        guard var image = disk(copy, of: peer)?.image() else { return }
        let files = Books.files.map { Bureau.folder + "/" + $0 }
            .filter { image.count(of: $0) > 0 }
        let file = files[peer.dice.below(files.count)]
        let bytes = image.bytes(of: file)
        var at = peer.dice.below(bytes.count)
        for _ in 0..<64 where bytes[at] == 0 { at = peer.dice.below(bytes.count) }
        image.flip(file, bit: at * 8 + peer.dice.below(8))
        put(FaultyDisk(image, seed: peer.disks.next()), as: copy, of: peer)
        (peer.illDisk, peer.inFlight) = (copy, nil)
        counts.rotten += 1
        comeAgain(peer)
    }

    /// A copy of both disks is kept; later one of them is gone: an empty one is there instead, or
    /// what the copy has of it.
    func loseDisk(_ peer: Peer) {
        guard let copies = peer.copies else {
            guard peer.node != nil, stops(peer), let second = peer.second else { return }
            peer.copies = [peer.disk.image(), second.image()]
            heap.push(.strike(.loseDisk(peer)), at: now + 1_000 + peer.dice.upTo(60_000))
            return
        }
        guard mayFallIll(peer), stops(peer) else { return }
        let (copy, isEmpty) = (anyCopy(peer), peer.dice.chance(1, in: 2))
        end(peer, .replaced)
        counts.disksLost += 1
        (peer.copies, peer.inFlight) = (nil, nil)
        if copy == .first { peer.oldJournal = isEmpty ? .gone : .older }
        let new = FaultyDisk(isEmpty ? Image() : copies[copy.rawValue], seed: peer.disks.next())
        put(new, as: copy, of: peer)
        if isEmpty { copyBooks(to: copy, of: peer) }
        comeAgain(peer)
    }

    /// Whether nothing is wrong with either disk by now, as far as an audit tells.
    private func mayFallIll(_ peer: Peer) -> Bool {
        guard peer.second != nil, peer.node != nil, !peer.isDead, !peer.hasFaultyDisk,
            let books = peer.bureau?.till?.books
        else { return false }
        guard peer.illDisk != nil else { return true }
        guard peer.bookDisks.allSatisfy({ $0.liesAbout == nil }) else { return false }
        do {
            _ = try peer.aside { () throws(BooksError) in try books.audit() }
        } catch {
            _ = mendsBooks(peer)
            return false
        }
        peer.illDisk = nil
        return true
    }

    /// Whether it has stopped in order: nothing is under way, and everything synced.
    private func stops(_ peer: Peer) -> Bool {
        peer.node?.settle()
        tend(peer)
        return peer.node != nil && !peer.isDead
    }

    private func anyCopy(_ peer: Peer) -> Copy { peer.dice.chance(1, in: 2) ? .first : .second }

    private func disk(_ copy: Copy, of peer: Peer) -> FaultyDisk? {
        copy == .first ? peer.disk : peer.second
    }

    private func put(_ disk: FaultyDisk, as copy: Copy, of peer: Peer) {
        if copy == .first { peer.remains = disk } else { peer.secondRemains = disk }
    }

    private func comeAgain(_ peer: Peer) {
        leave(peer)
        heap.push(.boot(peer), at: now + 500 + peer.dice.upTo(10_000))
    }

    // MARK: What is done about it

    /// The books do not open, or cannot be read, and one of the disks is known to be bad: its
    /// operator replaces that copy.
    ///
    /// False where the disks had other reasons.
    func mendsBooks(_ peer: Peer) -> Bool {
        guard let ill = peer.illDisk, !peer.isDead, !peer.hasFaultyDisk else { return false }
        counts.rotNamed += 1
        end(peer, .replaced)
        copyBooks(to: ill, of: peer)
        (peer.illDisk, peer.inFlight) = (nil, nil)
        comeAgain(peer)
        return true
    }

    /// Copies the books from one disk to the other, while nobody is at work.
    private func copyBooks(to copy: Copy, of peer: Peer) {
        let from = copy == .first ? peer.secondRemains : peer.remains
        let to = copy == .first ? peer.remains : peer.secondRemains
        guard let good = from?.image(), var image = to?.image() else { return }
        for name in Books.files.map({ Bureau.folder + "/" + $0 }) { image[name] = good[name] }
        put(FaultyDisk(image, seed: peer.disks.next()), as: copy, of: peer)
    }

    /// The office comes back with books that are whole, and a journal that is not the newest, or
    /// none.
    func goOn(
        _ peer: Peer,
        _ inner: JournalLog,
        _ recovered: Recovered,
        _ old: Peer.OldJournal
    ) throws {
        guard let bureau = peer.bureau, let founding = bureau.till?.books.founding else { return }
        oracle.lostJournal(peer.number, recovered)
        let log = WatchedLog(inner, self, peer)
        let wallet: Wallet
        if let found = try Wallet(recovering: recovered, at: peer.time(now)) {
            wallet = found
        } else {
            let step: Step
            (wallet, step) = try bureau.founded(founding)
            try log.keep([step])
        }
        (peer.oldJournal, peer.inFlight) = (nil, nil)
        try openCounter(peer, wallet, log)
        resume(peer, wallet)
    }
}
