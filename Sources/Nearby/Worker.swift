internal import CAvahi
internal import Glibc
internal import Links
internal import Synchronization

/// The herald's thread: everything that the library is asked, and all that it tells.
///
/// Its callbacks only note what was told; what follows from that is done between two rounds, so
/// that nothing is freed while the library still works with it.
@safe final class Worker {
    private let shared: Shared
    // Each of these the library made, and it is given back here, on this thread, once: the
    // client after what was made with it, the poll last.
    private let poll: OpaquePointer
    private var client: OpaquePointer?
    private var browser: OpaquePointer?
    private var group: OpaquePointer?
    private var resolvers: [Resolver] = unsafe []

    /// Whoever is being asked where and what.
    @unsafe private struct Resolver {
        let pointer: OpaquePointer
        let place: Board.Place
        var isOver = false
    }

    private var board = Board()
    private var isRunning = false
    private var isLost = false
    private var triesAt: UInt64 = 0
    private var tryWaits = Worker.triesAfter
    private var browsesAnewAt: UInt64 = 0
    /// Since when nobody tells who is there.
    private var deafSince: UInt64?

    /// When it tells the node next what there is to tell, if there is anything.
    private var tellsAt: UInt64 = 0
    private var owes = false

    // What is announced, or is about to be.
    private var said: Advert?
    private var name = ""
    private var isTaken = false
    private var isRefused = false
    private var renames = 0
    private var saysAgainAt: UInt64?

    private static let triesAfter: UInt64 = 500
    private static let triesAtLatest: UInt64 = 30_000
    private static let asksAtOnce = 8
    private static let tellsAgain: UInt64 = 100
    private static let renamesAtOnce = 16
    private static let saysAgainAfter: UInt64 = 10_000
    /// What was known is no longer believed so long after the daemon went.
    private static let deafFor: UInt64 = 30_000
    private static let browsesAnewAfter: UInt64 = 30_000

    init?(_ shared: Shared) {
        self.shared = shared
        guard let poll = unsafe avahi_simple_poll_new() else { return nil }
        unsafe self.poll = poll
    }

    deinit { unsafe avahi_simple_poll_free(poll) }

    private var context: UnsafeMutableRawPointer {
        unsafe Unmanaged.passUnretained(self).toOpaque()
    }

    private static func worker(_ context: UnsafeMutableRawPointer?) -> Worker? {
        // Unsafe: what is handed to the library as context is always the worker, which outlives
        // whatever it made there.
        unsafe context.map { unsafe Unmanaged<Worker>.fromOpaque($0).takeUnretainedValue() }
    }

    private var now: UInt64 {
        var time = timespec()
        // Unsafe: the system writes into the one that is lent for the call.
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000 + UInt64(time.tv_nsec) / 1_000_000
    }

    // MARK: The rounds

    func run() {
        // The library waits for our bell together with what it waits for itself.
        guard let api = unsafe avahi_simple_poll_get(poll) else { return }
        let bell = unsafe api.pointee.watch_new(
            api,
            shared.wake.file,
            AVAHI_WATCH_IN,
            { _, _, _, context in _ = unsafe Worker.worker(context)?.shared.wake.silence() },
            context
        )
        while let order = shared.state.withLock({ $0.isOver ? nil : Optional($0.advert) }) {
            let time = now
            unsafe connect(api, at: time)
            if isRunning {
                browse(at: time)
                ask(at: time)
                announce(order, at: time)
            }
            if let deafSince, time >= deafSince + Self.deafFor { board = Board() }
            board.forget(at: time)
            tell(at: time)
            let status = unsafe avahi_simple_poll_iterate(poll, patience(at: time))
            guard status == 0 else { break }
        }
        shared.tell([], .noBus)
        drop()
        if let bell = unsafe bell { unsafe api.pointee.watch_free(bell) }
    }

    /// Tells the node what is known, at once, but in a flood of news not each of them.
    private func tell(at time: UInt64) {
        owes = time < tellsAt
        guard !owes else { return }
        tellsAt = time + Self.tellsAgain
        shared.tell(board.finds, presence)
    }

    private var presence: Herald.Presence {
        isRunning ? .running : unsafe client == nil ? .noBus : .noDaemon
    }

    /// How long there is nothing to do unless something comes; -1 is as long as that takes.
    private func patience(at time: UInt64) -> Int32 {
        var next: [UInt64] = []
        if unsafe client == nil || isLost { next.append(triesAt) }
        if owes { next.append(tellsAt) }
        if let deafSince, board.count > 0 { next.append(deafSince + Self.deafFor) }
        if isRunning {
            if unsafe resolvers.count < Self.asksAtOnce, let due = board.nextDue {
                next.append(due)
            }
            if let saysAgainAt { next.append(saysAgainAt) }
            if board.hasMissed { next.append(browsesAnewAt) }
            if isTaken || isRefused { next.append(time) }
        }
        guard let first = next.min() else { return -1 }
        return Int32(clamping: first - min(first, time))
    }

    // MARK: The client

    private func connect(_ api: UnsafePointer<AvahiPoll>, at time: UInt64) {
        if isLost {
            drop()
            triesAt = time + tryWaits
            tryWaits = min(2 * tryWaits, Self.triesAtLatest)
        }
        guard unsafe client == nil, time >= triesAt else { return }
        var fault: Int32 = 0
        let made = unsafe avahi_client_new(
            api,
            AVAHI_CLIENT_NO_FAIL,
            { client, state, context in
                guard let worker = unsafe Worker.worker(context) else { return }
                // Called before the client is known to us too.
                unsafe worker.client = client
                worker.isRunning = state == AVAHI_CLIENT_S_RUNNING
                // Whatever the daemon is about now, it is asked anew when it is ready.
                if !worker.isRunning { worker.said = nil }
                if state == AVAHI_CLIENT_FAILURE { worker.isLost = true }
            },
            context,
            &fault
        )
        unsafe client = made
        guard unsafe made != nil else {
            (isRunning, isLost) = (false, false)
            triesAt = time + tryWaits
            tryWaits = min(2 * tryWaits, Self.triesAtLatest)
            return
        }
        if !isLost { tryWaits = Self.triesAfter }
    }

    /// Gives everything back that was made with the client, and it.
    private func drop() {
        unsafe resolvers.forEach { unsafe avahi_service_resolver_free($0.pointer) }
        unsafe resolvers = []
        if let browser = unsafe browser { unsafe avahi_service_browser_free(browser) }
        if let group = unsafe group { unsafe avahi_entry_group_free(group) }
        if let client = unsafe client { unsafe avahi_client_free(client) }
        unsafe (client, browser, group) = (nil, nil, nil)
        (isRunning, isLost) = (false, false)
        (said, isTaken, isRefused) = (nil, false, false)
        board.askNobody(at: now)
        deafSince = deafSince ?? now
    }

    // MARK: Who is there

    private func browse(at time: UInt64) {
        // Whoever was passed over is heard of when all is said again.
        if board.hasMissed, time >= browsesAnewAt, let old = unsafe browser {
            unsafe avahi_service_browser_free(old)
            unsafe browser = nil
        }
        guard unsafe browser == nil else { return }
        board.begin()
        browsesAnewAt = time + Self.browsesAnewAfter
        unsafe browser = avahi_service_browser_new(
            client,
            AvahiIfIndex(AVAHI_IF_UNSPEC),
            AvahiProtocol(AVAHI_PROTO_UNSPEC),
            Advert.service,
            "local",
            AVAHI_LOOKUP_USE_MULTICAST,
            { _, network, family, event, name, _, _, flags, context in
                guard let worker = unsafe Worker.worker(context) else { return }
                unsafe worker.heard(event, network, family, name, flags)
            },
            context
        )
        if unsafe browser == nil { isLost = true }
    }

    private func heard(
        _ event: AvahiBrowserEvent,
        _ network: AvahiIfIndex,
        _ family: AvahiProtocol,
        _ name: UnsafePointer<CChar>?,
        _ flags: AvahiLookupResultFlags
    ) {
        switch event {
        case AVAHI_BROWSER_NEW, AVAHI_BROWSER_REMOVE:
            guard let name = unsafe name else { return }
            let bytes = unsafe Array(String(cString: name).utf8)
            let place = Board.Place(network: network, family: family, name: bytes)
            if event == AVAHI_BROWSER_REMOVE { return board.gone(place) }
            guard flags.rawValue & AVAHI_LOOKUP_RESULT_OUR_OWN.rawValue == 0 else { return }
            board.heard(place, at: now)
        case AVAHI_BROWSER_ALL_FOR_NOW:
            board.sweep()
            deafSince = nil
        case AVAHI_BROWSER_FAILURE: isLost = true
        default: break
        }
    }

    private func ask(at time: UInt64) {
        unsafe resolvers.forEach {
            if unsafe $0.isOver { unsafe avahi_service_resolver_free($0.pointer) }
        }
        unsafe resolvers.removeAll { unsafe $0.isOver }
        while unsafe resolvers.count < Self.asksAtOnce, let place = board.ask(at: time) {
            let made = unsafe avahi_service_resolver_new(
                client,
                place.network,
                place.family,
                String(decoding: place.name, as: UTF8.self),
                Advert.service,
                "local",
                place.family,
                AVAHI_LOOKUP_USE_MULTICAST,
                { one, _, _, event, _, _, _, _, address, port, record, _, context in
                    guard let worker = unsafe Worker.worker(context) else { return }
                    let isFound = event == AVAHI_RESOLVER_FOUND
                    unsafe worker.resolved(one, isFound ? address : nil, port, record)
                },
                context
            )
            if let made = unsafe made {
                unsafe resolvers.append(Resolver(pointer: made, place: place))
            } else {
                board.answered(place, nil, at: time)
            }
        }
    }

    private func resolved(
        _ one: OpaquePointer?,
        _ address: UnsafePointer<AvahiAddress>?,
        _ port: UInt16,
        _ record: UnsafeMutablePointer<AvahiStringList>?
    ) {
        let at = unsafe resolvers.firstIndex { unsafe $0.pointer == one && !$0.isOver }
        guard let at else { return }
        unsafe resolvers[at].isOver = true
        let place = unsafe resolvers[at].place
        var answer: (card: Card, at: Endpoint)?
        if let address = unsafe address, port > 0,
            let host = unsafe Self.host(address.pointee, place.network),
            let card = unsafe Card(Self.entries(record))
        {
            answer = (card, Endpoint(host, port: port))
        }
        board.answered(place, answer, at: now)
    }

    private static func host(_ address: AvahiAddress, _ network: Int32) -> Endpoint.Host? {
        switch address.proto {
        case AvahiProtocol(AVAHI_PROTO_INET):
            let word = unsafe UInt32(bigEndian: address.data.ipv4.address)
            return .four([24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) })
        case AvahiProtocol(AVAHI_PROTO_INET6):
            let six = unsafe withUnsafeBytes(of: address.data.ipv6.address) { unsafe Array($0) }
            let isOfLink = six[0] == 0xFE && six[1] & 0xC0 == 0x80
            // Only on its link does it mean anything.
            return .six(six, interface: isOfLink ? UInt32(clamping: network) : 0)
        default: return nil
        }
    }

    /// No more of them than are looked at, and one, so that too many are seen to be that.
    private static func entries(_ record: UnsafeMutablePointer<AvahiStringList>?) -> [[UInt8]] {
        var (entries, next) = unsafe ([[UInt8]](), record)
        while let one = unsafe next, entries.count <= Card.entriesAtMost {
            let size = unsafe avahi_string_list_get_size(one)
            if let text = unsafe avahi_string_list_get_text(one) {
                // Unsafe: so many bytes lie there, as the library says.
                unsafe entries.append(Array(UnsafeBufferPointer(start: text, count: size)))
            }
            unsafe next = one.pointee.next
        }
        return entries
    }

    // MARK: Being announced

    private func announce(_ wanted: Advert?, at time: UInt64) {
        guard let wanted else {
            if said != nil, let group = unsafe group { unsafe avahi_entry_group_reset(group) }
            (said, saysAgainAt) = (nil, nil)
            return
        }
        let isDue = saysAgainAt.map { time >= $0 } ?? false
        guard said != wanted || isTaken || isRefused || isDue else { return }
        if said != wanted { (name, renames) = (wanted.instance ?? Self.drawn, 0) }
        if isTaken { rename(wanted) }
        let mayTry = !isRefused || isDue || said != wanted
        (said, isTaken, isRefused, saysAgainAt) = (wanted, false, false, nil)
        guard mayTry, renames <= Self.renamesAtOnce, put(wanted) else {
            // Somebody takes every name, or the daemon does not want it: later, then.
            (isTaken, renames, saysAgainAt) = (false, 0, time + Self.saysAgainAfter)
            return
        }
    }

    /// A name that tells nothing.
    private static var drawn: String {
        var chance = SystemRandomNumberGenerator()
        let word = String(UInt64.random(in: .min ... .max, using: &chance), radix: 16)
        return String(repeating: "0", count: 16 - word.utf8.count) + word
    }

    private func rename(_ advert: Advert) {
        renames += 1
        guard advert.name != nil else { return name = Self.drawn }
        guard let other = unsafe avahi_alternative_service_name(name) else { return }
        name = unsafe String(cString: other)
        unsafe avahi_free(other)
    }

    /// False when the daemon does not take it.
    private func put(_ advert: Advert) -> Bool {
        unsafe group =
            group
            ?? (unsafe avahi_entry_group_new(
                client,
                { _, state, context in
                    guard let worker = unsafe Worker.worker(context) else { return }
                    if state == AVAHI_ENTRY_GROUP_COLLISION { worker.isTaken = true }
                    if state == AVAHI_ENTRY_GROUP_FAILURE { worker.isRefused = true }
                },
                context
            ))
        guard let group = unsafe group, unsafe avahi_entry_group_reset(group) == 0 else {
            return false
        }
        // The library puts each before those that it has.
        var record: UnsafeMutablePointer<AvahiStringList>?
        for entry in advert.record.reversed() {
            unsafe record = avahi_string_list_add_arbitrary(record, entry, entry.count)
        }
        defer { unsafe avahi_string_list_free(record) }
        let networks = advert.networks.map { $0.map { Int32(clamping: $0) } }
        for network in networks ?? [Int32(AVAHI_IF_UNSPEC)] {
            switch unsafe add(advert, record, to: group, on: network) {
            case 0: continue
            case Int32(AVAHI_ERR_COLLISION):
                isTaken = true
                return true
            default: return false
            }
        }
        return unsafe avahi_entry_group_is_empty(group) != 0
            || (unsafe avahi_entry_group_commit(group) == 0)
    }

    private func add(
        _ advert: Advert,
        _ record: UnsafeMutablePointer<AvahiStringList>?,
        to group: OpaquePointer,
        on network: Int32
    ) -> Int32 {
        let families = AvahiProtocol(AVAHI_PROTO_UNSPEC)
        let none = AvahiPublishFlags(rawValue: 0)
        let status = unsafe avahi_entry_group_add_service_strlst(
            group,
            network,
            families,
            none,
            name,
            Advert.service,
            nil,
            nil,
            advert.port,
            record
        )
        guard status == 0 else { return status }
        return unsafe avahi_entry_group_add_service_subtype(
            group,
            network,
            families,
            none,
            name,
            Advert.service,
            nil,
            Advert.subtype(advert.role)
        )
    }
}
