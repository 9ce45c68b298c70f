import Commit
import Links
import Money
import Synchronization
import Wallet
import Words

import struct Money.Verified
import enum Wallet.Verdict

/// The checks that a node has ordered, and what they came to.
///
/// What is short the loop does itself: to wake another core and be woken by it takes longer.
/// Where more waits than that, threads take a share, and they alone take what is long, so that
/// nobody who shows a long history stops the loop.
final class Inspection: Sendable {
    typealias Ordered = (number: UInt64, job: Job)

    /// Rings when a thread has found something out.
    let bell: Bell
    private let checking: any Checking & Sendable
    private let waiting = Mutex<Queue>(Queue())
    private let done = Mutex<[(UInt64, Verdict)]>([])
    /// What each thread remembers as found good; a thread takes one, and puts it back.
    private let memories = Mutex<[Verified]>([])

    /// The newest last; the oldest is at `next`.
    private struct Queue {
        var short: [Ordered] = []
        var next = 0
        var long: [Ordered] = []

        mutating func takeShort() -> Ordered? {
            guard next < short.count else {
                (short, next) = ([], 0)
                return nil
            }
            defer { next += 1 }
            return short[next]
        }

        mutating func takeAny() -> Ordered? {
            long.isEmpty ? takeShort() : long.removeFirst()
        }
    }

    init(_ checking: any Checking & Sendable) throws(LinkFault) {
        (self.checking, bell) = (checking, try Bell())
    }

    /// Takes more in, and says for how many threads there is something.
    func add(_ jobs: [Ordered]) -> Int {
        waiting.withLock { waiting in
            for one in jobs {
                if one.job.isShort { waiting.short.append(one) } else { waiting.long.append(one) }
            }
            let short = waiting.short.count - waiting.next
            return waiting.long.count + max(0, short - 1) / Self.shortsWorthAThread
        }
    }

    /// About what is done while a thread is woken.
    private static let shortsWorthAThread = 2

    /// Does the oldest of the short ones.
    func doOne(_ memory: inout Verified) -> (UInt64, Verdict)? {
        guard let (number, job) = waiting.withLock({ $0.takeShort() }) else { return nil }
        return (number, job.run(checking, &memory))
    }

    /// A thread's share: whatever waits, until nothing does.
    func help() {
        guard var next = waiting.withLock({ $0.takeAny() }) else { return }
        var memory = memories.withLock { $0.popLast() } ?? Verified()
        while true {
            let verdict = next.job.run(checking, &memory)
            let isFirst = done.withLock { done in
                done.append((next.number, verdict))
                return done.count == 1
            }
            if isFirst { bell.ring() }
            guard let more = waiting.withLock({ $0.takeAny() }) else { break }
            next = more
        }
        memories.withLock { $0.append(memory) }
    }

    /// What threads have found out since.
    func take() -> [(UInt64, Verdict)] {
        done.withLock { done in
            defer { done = [] }
            return done
        }
    }
}

extension Job {
    /// Whether it is a few signatures at most, whoever sent it.
    fileprivate var isShort: Bool {
        switch self {
        case .signature, .told, .show, .office, .papers, .welcome, .warning: true
        case .offer(let offer, _): offer.certificates.count <= 2
        case .proposal(let accept, _): accept.proposal.provenance.isShort
        case .stick(_, let provenance, _), .delivery(_, let provenance, _): provenance.isShort
        }
    }
}

extension Provenance {
    fileprivate var isShort: Bool { links.count <= 4 && certificates.count <= 6 }
}
