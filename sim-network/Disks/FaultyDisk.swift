/// A disk in memory that behaves as badly as disks do, and does so again from the same seed.
///
/// It is an SQLite VFS of its own (``system`` is its name), so a database and every file beside
/// it can stand on it. Nothing is shared between two disks. What is written but not synced is
/// seen by readers, and answered at a power cut, write by write, with kept, lost or torn
/// (``crash(_:)``). Besides: the n-th operation fails once or for ever, the disk is full at so
/// many bytes, a bit flips, an older image comes back.
///
/// One thing in the bytes does not come from the seed: the salts in the header of a WAL, which
/// SQLite draws from a generator of the whole process. A run that must repeat to the byte calls
/// ``seedSalts(_:)`` first, and runs its disks on one thread.
package final class FaultyDisk {
    /// The smallest part of a write that is kept or lost as a whole.
    package static let sectorBytes = 512

    package enum Operation: String, Hashable, Sendable, CaseIterable {
        case open, read, write, truncate, sync, size, remove, access
    }

    /// The n-th operation from now on, counted from 1, and whether all after it fail too.
    package struct Fault: Hashable, Sendable {
        package let at: Int
        package let forEver: Bool
        package init(at: Int, forEver: Bool) { (self.at, self.forEver) = (at, forEver) }
    }

    /// How often a disk was changed, by what was done.
    package struct Changes: Hashable, Sendable {
        package var writes = 0
        package var sizes = 0
        package var syncs = 0
        package var created = 0
        package var removed = 0

        package init() {}

        package mutating func add(_ other: Changes) {
            writes += other.writes
            sizes += other.sizes
            syncs += other.syncs
            created += other.created
            removed += other.removed
        }

        package mutating func subtract(_ other: Changes) {
            writes -= other.writes
            sizes -= other.sizes
            syncs -= other.syncs
            created -= other.created
            removed -= other.removed
        }
    }

    package enum Failure: Error { case io, full, missing }

    enum Write {
        /// A range of what the file was handed since its last sync.
        case bytes(Range<Int>, at: Int)
        case size(Int)
    }

    struct Inode {
        /// What readers see.
        var now = Content()
        /// What a power cut leaves for certain.
        var durable = Content()
        /// What lies between the two, in order.
        ///
        /// After a sync that failed the two differ by more: readers see what is not durable,
        /// and no later sync makes it so.
        var pending: [Write] = []
        /// The bytes of these writes, one behind the other, so that none needs a place of its own.
        var written: [UInt8] = []
        /// The lock that each open handle holds.
        var locks: [Int: Int32] = [:]

        mutating func put(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
            let range = written.count..<written.count + bytes.count
            unsafe written.append(contentsOf: bytes)
            now.write(written, range, at: offset)
            pending.append(.bytes(range, at: offset))
        }

        /// Changes a bit of what was written long ago; what is not yet synced there has it too.
        mutating func flip(_ bit: Int) {
            now.flip(bit: bit)
            if bit / 8 < durable.count { durable.flip(bit: bit) }
            for case .bytes(let range, let offset) in pending {
                let at = bit / 8 - offset
                if (0..<range.count).contains(at) {
                    written[range.lowerBound + at] ^= 1 << UInt8(bit % 8)
                }
            }
        }

        mutating func resize(to size: Int) {
            now.resize(to: size)
            pending.append(.size(size))
        }

        /// Does again, to what is durable, what was done since the last sync: to share the blocks
        /// of ``now`` instead would have each of them copied when it is written next.
        mutating func sync() {
            for write in pending { durable.apply(write, of: written) }
            settle()
        }

        /// Nothing lies between any more.
        mutating func settle() {
            pending.removeAll(keepingCapacity: true)
            written.removeAll(keepingCapacity: true)
        }
    }

    enum NameChange {
        case link(String, Int)
        case unlink(String)
    }

    var inodes: [Inode] = []
    var names: [String: Int] = [:]
    var durableNames: [String: Int] = [:]
    var pendingNames: [NameChange] = []
    var dice: Dice
    private var handles = 0
    private var isAside = false
    private var registration: DiskSystem?

    /// How many operations there were.
    package private(set) var operations = 0
    /// What has been done to it, counted where it is done.
    package private(set) var changes = Changes()
    /// How often a fault was answered.
    package private(set) var faults = 0
    package var fault: Fault? { didSet { operations = 0 } }
    /// The most bytes that all files together may come to.
    package var capacity: Int?
    /// Whether blocks are hashed when they are synced, once for every image taken later: for
    /// whoever compares many images.
    package var remembersHashes = false
    /// A folder whose files it says it has synced, and has not.
    package var liesAbout: String?
    /// Called before everything that changes the disk: the place to take images.
    package var watch: ((FaultyDisk, Operation) -> Void)?
    /// Called with every range of a file that is read: what no read returns, no reader depends on.
    package var watchReads: ((String, Range<Int>) -> Void)?

    package init(_ image: Image = Image(), seed: UInt64) {
        dice = Dice(seed: seed)
        for name in image.names {
            guard let content = image[name] else { continue }
            names[name] = inodes.count
            inodes.append(Inode(now: content, durable: content))
        }
        durableNames = names
    }

    /// The name of this disk's VFS.
    ///
    /// It is registered when first asked for.
    package var system: String {
        if let registration { return registration.name }
        let made = DiskSystem(self)
        registration = made
        return made.name
    }

    /// Everything as readers see it: an orderly stop.
    package func image() -> Image {
        Image(names.mapValues { inodes[$0].now })
    }

    /// The same disk after its process was killed: the system runs on, so what was written is
    /// seen by the next process, and is no more durable than it was.
    package func survivor(seed: UInt64) -> FaultyDisk {
        let disk = FaultyDisk(seed: seed)
        disk.inodes = inodes
        for index in inodes.indices { disk.inodes[index].locks = [:] }
        (disk.names, disk.durableNames) = (names, durableNames)
        disk.pendingNames = pendingNames
        disk.liesAbout = liesAbout
        disk.remembersHashes = remembersHashes
        return disk
    }

    /// Bit rot: changes a bit that was long written.
    package func flip(_ name: String, bit: Int) {
        guard let inode = names[name] else { return }
        inodes[inode].flip(bit)
    }

    /// Does something that no fault befalls and nobody counts: a judge looks at what is there.
    package func aside<Answer, Fault>(
        _ body: () throws(Fault) -> Answer
    ) throws(Fault) -> Answer {
        let before = isAside
        isAside = true
        defer { isAside = before }
        return try body()
    }

    package var bytesUsed: Int { names.values.reduce(0) { $0 + inodes[$1].now.count } }
}

// MARK: What the VFS asks for

extension FaultyDisk {
    private func begin(_ operation: Operation, changing: Bool) throws(Failure) {
        guard !isAside else { return }
        if changing { watch?(self, operation) }
        operations += 1
        guard let fault else { return }
        if operations == fault.at || fault.forEver && operations > fault.at {
            faults += 1
            throw .io
        }
    }

    func open(_ name: String, create: Bool) throws(Failure) -> (inode: Int, handle: Int) {
        try begin(.open, changing: create && names[name] == nil)
        handles += 1
        if let inode = names[name] { return (inode, handles) }
        guard create else { throw .missing }
        inodes.append(Inode())
        changes.created += 1
        names[name] = inodes.count - 1
        pendingNames.append(.link(name, inodes.count - 1))
        return (inodes.count - 1, handles)
    }

    func reading(_ inode: Int, _ range: Range<Int>) throws(Failure) -> Content {
        try begin(.read, changing: false)
        if let watchReads, let name = names.first(where: { $0.value == inode })?.key {
            watchReads(name, range)
        }
        return inodes[inode].now
    }

    func size(_ inode: Int) throws(Failure) -> Int {
        try begin(.size, changing: false)
        return inodes[inode].now.count
    }

    func write(
        _ inode: Int,
        _ bytes: UnsafeRawBufferPointer,
        at offset: Int
    ) throws(Failure) {
        if let capacity {
            let growth = offset + bytes.count - inodes[inode].now.count
            guard growth <= 0 || bytesUsed + growth <= capacity else { throw .full }
        }
        do {
            try begin(.write, changing: true)
        } catch {
            // A write that failed may have been done in part.
            if dice.chance(1, in: 2) {
                let part = dice.below(bytes.count + 1)
                let done = unsafe UnsafeRawBufferPointer(rebasing: bytes[..<part])
                changes.writes += 1
                unsafe inodes[inode].put(done, at: offset)
            }
            throw error
        }
        changes.writes += 1
        unsafe inodes[inode].put(bytes, at: offset)
    }

    func truncate(_ inode: Int, to size: Int) throws(Failure) {
        try begin(.truncate, changing: true)
        changes.sizes += 1
        inodes[inode].resize(to: size)
    }

    func sync(_ inode: Int, folderToo: Bool) throws(Failure) {
        do {
            try begin(.sync, changing: true)
        } catch {
            // The system has marked the pages clean: no later sync will write them, and what
            // reached the disk is what a power cut would have left now.
            inodes[inode].durable = leftover(inodes[inode], &dice)
            inodes[inode].settle()
            throw error
        }
        changes.syncs += 1
        guard !isLying(inode) else { return }
        inodes[inode].sync()
        if remembersHashes { _ = inodes[inode].durable.hash() }
        if folderToo { syncFolder() }
    }

    private func isLying(_ inode: Int) -> Bool {
        guard let liesAbout else { return false }
        return names.contains { $0.value == inode && $0.key.hasPrefix(liesAbout) }
    }

    func syncFolder() {
        pendingNames = []
        durableNames = names
    }

    func remove(_ name: String, folderToo: Bool) throws(Failure) {
        try begin(.remove, changing: true)
        guard names.removeValue(forKey: name) != nil else { throw .missing }
        changes.removed += 1
        pendingNames.append(.unlink(name))
        if folderToo { syncFolder() }
    }

    func exists(_ name: String) throws(Failure) -> Bool {
        try begin(.access, changing: false)
        return names[name] != nil
    }
}

// MARK: Small files

extension FaultyDisk {
    /// Replaces a small file as a whole, as a program does: a draft, its sync, then its name.
    package func replace(_ name: String, with bytes: [UInt8]) throws(Failure) {
        let draft = name + ".draft"
        let inode = try open(draft, create: true).inode
        // A power cut may have left one.
        if inodes[inode].now.count > 0 { try truncate(inode, to: 0) }
        let written = unsafe bytes.withUnsafeBytes { raw -> Result<Void, Failure> in
            do throws(Failure) {
                try unsafe write(inode, raw, at: 0)
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try written.get()
        try sync(inode, folderToo: false)
        try begin(.remove, changing: true)
        names[draft] = nil
        names[name] = inode
        changes.removed += 1
        pendingNames += [.link(name, inode), .unlink(draft)]
        try begin(.sync, changing: true)
        changes.syncs += 1
        syncFolder()
    }

    /// All of a file; nil where there is none.
    package func contents(of name: String) throws(Failure) -> [UInt8]? {
        guard let inode = names[name] else { return nil }
        let content = try reading(inode, 0..<inodes[inode].now.count)
        return content.bytes
    }
}

extension Content {
    mutating func apply(_ write: FaultyDisk.Write, of written: [UInt8]) {
        switch write {
        case .bytes(let range, let offset): self.write(written, range, at: offset)
        case .size(let size): resize(to: size)
        }
    }
}
