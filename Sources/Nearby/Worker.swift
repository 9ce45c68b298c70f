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
    // Each of these the library made, and it is given back here, on this thread, once: what was
    // made with the client with it, the poll last.
    private let poll: OpaquePointer
    private var client: OpaquePointer?
    private var browsers: [Browser] = unsafe []
    private var group: OpaquePointer?
    private var resolvers: [Resolver] = unsafe []

    /// Whoever tells who is there; on one network, or on all.
    @unsafe private struct Browser {
        let pointer: OpaquePointer
        let network: Int32?
    }

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
    /// Whether it browses, and on which networks; nil is all.
    private var isBrowsing = false
    private var browsed: [Int32]?

    /// When it tells the node next what there is to tell, if there is anything.
    private var tellsAt: UInt64 = 0
    private var owes = false

    private var saying = Saying()
    /// The daemon was about itself since it was last looked at.
    private var hasStopped = false

    private static let triesAfter: UInt64 = 500
    private static let triesAtLatest: UInt64 = 30_000
    private static let tellsAgain: UInt64 = 100
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
        while let order = shared.state.withLock({ $0.isOver ? nil : Optional($0.order) }) {
            unsafe connect(api, at: now)
            if hasStopped { saying.stop() }
            hasStopped = false
            board.prove(Set(order.proven))
            if isRunning {
                browse(order.networks?.map { Int32(clamping: $0) }, at: now)
                ask()
            }
            if isRunning || order.advert == nil { announce(order.advert, at: now) }
            let time = now
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
        if let until = board.deafUntil { next.append(until) }
        if isRunning {
            next += [board.nextDue, saying.due].compactMap { $0 }
            if board.hasMissed { next.append(browsesAnewAt) }
        }
        if hasStopped { next.append(time) }
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
                if !worker.isRunning { worker.hasStopped = true }
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

    /// Whether it is no use to ask the daemon any more, since it does not answer: it would be
    /// waited for each time as long as the bus waits.
    private func lookWhetherLost() {
        let faults = [
            AVAHI_ERR_TIMEOUT, AVAHI_ERR_DBUS_ERROR, AVAHI_ERR_DISCONNECTED, AVAHI_ERR_NO_DAEMON,
        ]
        guard let client = unsafe client else { return }
        let fault = unsafe avahi_client_errno(client)
        if faults.contains(where: { Int32($0) == fault }) { isLost = true }
    }

    /// Gives everything back: the library does so with all that was made with the client, and
    /// leaves the bus before, so that nobody is waited for.
    private func drop() {
        if let client = unsafe client { unsafe avahi_client_free(client) }
        unsafe (client, group, resolvers, browsers) = (nil, nil, [], [])
        (isRunning, isLost, isBrowsing, hasStopped) = (false, false, false, false)
        saying.lose()
        board.fallDeaf(at: now)
    }

    // MARK: Who is there

    private func browse(_ networks: [Int32]?, at time: UInt64) {
        // Whoever was passed over is heard of when all is said again.
        let isMissed = board.hasMissed && time >= browsesAnewAt
        guard !isBrowsing || browsed != networks || isMissed else { return }
        unsafe browsers.forEach { unsafe avahi_service_browser_free($0.pointer) }
        unsafe browsers = []
        (isBrowsing, browsed) = (true, networks)
        board.begin(on: networks, at: time)
        browsesAnewAt = time + Self.browsesAnewAfter
        for network in networks.map({ $0.map { Optional($0) } }) ?? [nil] {
            let made = unsafe avahi_service_browser_new(
                client,
                network ?? AvahiIfIndex(AVAHI_IF_UNSPEC),
                AvahiProtocol(AVAHI_PROTO_UNSPEC),
                Advert.service,
                "local",
                AVAHI_LOOKUP_USE_MULTICAST,
                { browser, network, family, event, name, _, _, flags, context in
                    guard let worker = unsafe Worker.worker(context) else { return }
                    unsafe worker.heard(browser, event, network, family, name, flags)
                },
                context
            )
            guard let made = unsafe made else { return isLost = true }
            unsafe browsers.append(Browser(pointer: made, network: network))
        }
    }

    private func heard(
        _ one: OpaquePointer?,
        _ event: AvahiBrowserEvent,
        _ network: AvahiIfIndex,
        _ family: AvahiProtocol,
        _ name: UnsafePointer<CChar>?,
        _ flags: AvahiLookupResultFlags
    ) {
        switch event {
        case AVAHI_BROWSER_NEW, AVAHI_BROWSER_REMOVE:
            guard let name = unsafe name, browsed?.contains(network) ?? true else { return }
            let bytes = unsafe Array(String(cString: name).utf8)
            let place = Board.Place(network: network, family: family, name: bytes)
            if event == AVAHI_BROWSER_REMOVE { return board.gone(place) }
            guard flags.rawValue & AVAHI_LOOKUP_RESULT_OUR_OWN.rawValue == 0 else { return }
            board.heard(place, at: now)
        case AVAHI_BROWSER_ALL_FOR_NOW:
            // One that was given up already has nothing to say.
            let browser = unsafe browsers.first { unsafe $0.pointer == one }
            if let browser = unsafe browser { unsafe board.sweep(on: browser.network) }
        case AVAHI_BROWSER_FAILURE: isLost = true
        default: break
        }
    }

    private func ask() {
        // Each of these may wait for the daemon: one that does not answer is asked no more.
        while !isLost, let over = unsafe resolvers.firstIndex(where: { unsafe $0.isOver }) {
            let one = unsafe resolvers.remove(at: over)
            if unsafe avahi_service_resolver_free(one.pointer) < 0 { lookWhetherLost() }
        }
        while !isLost, !shared.isOver, let place = board.ask(at: now) {
            let made = unsafe avahi_service_resolver_new(
                client,
                place.network,
                place.family,
                String(decoding: place.name, as: UTF8.self),
                Advert.service,
                "local",
                place.family,
                AVAHI_LOOKUP_USE_MULTICAST,
                { one, _, _, event, _, _, _, _, address, port, record, flags, context in
                    guard let worker = unsafe Worker.worker(context) else { return }
                    let isFound = event == AVAHI_RESOLVER_FOUND
                    unsafe worker.resolved(one, isFound ? address : nil, port, record, flags)
                },
                context
            )
            guard let made = unsafe made else {
                lookWhetherLost()
                board.answered(place, nil, at: now)
                break
            }
            unsafe resolvers.append(Resolver(pointer: made, place: place))
        }
    }

    private func resolved(
        _ one: OpaquePointer?,
        _ address: UnsafePointer<AvahiAddress>?,
        _ port: UInt16,
        _ record: UnsafeMutablePointer<AvahiStringList>?,
        _ flags: AvahiLookupResultFlags
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
            let at = Endpoint(host, port: port)
            let isOurs = flags.rawValue & AVAHI_LOOKUP_RESULT_LOCAL.rawValue != 0
            if Board.isAsked(at, on: place.network, isOurs: isOurs, Interface.all() ?? []) {
                answer = (card, at)
            }
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
        let step = saying.step(wanted, at: time, drawn: { Self.drawn }, other: Self.other)
        switch step {
        case .nothing: break
        case .withdraw:
            // What cannot be taken back now is tried again.
            let isBack = unsafe group.map { unsafe avahi_entry_group_reset($0) == 0 } ?? true
            saying.note(isBack ? .withdrawn : .refused, at: now)
            if !isBack { lookWhetherLost() }
        case .say(let advert, let name):
            let outcome = put(advert, as: name)
            if outcome != .given { saying.note(outcome, at: now) }
            if outcome == .refused { lookWhetherLost() }
        }
    }

    /// A name that tells nothing.
    private static var drawn: String {
        var chance = SystemRandomNumberGenerator()
        let word = String(UInt64.random(in: .min ... .max, using: &chance), radix: 16)
        return String(repeating: "0", count: 16 - word.utf8.count) + word
    }

    /// The name that whoever comes second takes.
    private static func other(_ name: String) -> String {
        guard let other = unsafe avahi_alternative_service_name(name) else { return name }
        defer { unsafe avahi_free(other) }
        return unsafe String(cString: other)
    }

    private func put(_ advert: Advert, as name: String) -> Saying.Outcome {
        unsafe group =
            group
            ?? (unsafe avahi_entry_group_new(
                client,
                { _, state, context in
                    guard let worker = unsafe Worker.worker(context) else { return }
                    worker.told(state)
                },
                context
            ))
        guard let group = unsafe group, unsafe avahi_entry_group_reset(group) == 0 else {
            return .refused
        }
        // The library puts each before those that it has.
        var record: UnsafeMutablePointer<AvahiStringList>?
        for entry in advert.record.reversed() {
            unsafe record = avahi_string_list_add_arbitrary(record, entry, entry.count)
        }
        defer { unsafe avahi_string_list_free(record) }
        let networks = advert.networks.map { $0.map { Int32(clamping: $0) } }
        guard networks?.isEmpty != true else { return .given }
        for network in networks ?? [Int32(AVAHI_IF_UNSPEC)] {
            switch unsafe add(advert, name, record, to: group, on: network) {
            case 0: continue
            case Int32(AVAHI_ERR_COLLISION): return .taken
            default: return .refused
            }
        }
        return unsafe avahi_entry_group_commit(group) == 0 ? .given : .refused
    }

    private func told(_ state: AvahiEntryGroupState) {
        switch state {
        case AVAHI_ENTRY_GROUP_ESTABLISHED: saying.note(.said, at: now)
        case AVAHI_ENTRY_GROUP_COLLISION: saying.note(.taken, at: now)
        case AVAHI_ENTRY_GROUP_FAILURE: saying.fail()
        default: saying.note(.given, at: now)
        }
    }

    private func add(
        _ advert: Advert,
        _ name: String,
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
