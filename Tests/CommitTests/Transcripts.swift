import Testing

/// Conversations as each side lives through them: what happens, what is ordered and in which
/// order, and where it then stands.
struct Transcript: Sendable, CustomStringConvertible {
    enum Side: String { case buyer, seller }

    let name: String
    let side: Side
    /// Begun by the disk, as after a restart.
    var isRecovered = false
    let text: String

    var description: String { name }

    /// What is fed: the lines that begin with a time.
    var script: String {
        text.split(separator: "\n").filter { $0.first?.isNumber == true }.joined(separator: "\n")
    }

    func lived() -> String {
        switch side {
        case .buyer:
            var bench = isRecovered ? BuyerBench(recoveringAt: 0) : BuyerBench()
            return bench.transcript(script)
        case .seller:
            var bench = isRecovered ? SellerBench(recoveringAt: 0) : SellerBench()
            return bench.transcript(script)
        }
    }
}

@Suite struct TranscriptTests {
    @Test(arguments: Transcripts.all)
    func `a conversation goes as it is written down`(_ one: Transcript) {
        #expect(one.lived() == one.text)
    }

    /// Rule 1: whatever is told was recorded before, in the same breath.
    @Test(arguments: Transcripts.all)
    func `a record stands before what it lets be said`(_ one: Transcript) {
        var said = false
        for line in one.text.split(separator: "\n") {
            if line.first?.isNumber == true { said = false }
            if line.contains(" send ") { said = true }
            #expect(!(said && line.contains(" record ")), "\(line)")
        }
    }
}

enum Transcripts {
    static let all = [
        Transcript(
            name: "a payment, as its buyer lives it",
            side: .buyer,
            text: """
                0ms     consent
                            send ACCEPT
                            wake 100ms
                        = accepted
                40ms    COMMIT-REQUEST
                            record held
                            send AGREED
                            wake 140ms
                        = held
                90ms    COMMIT
                            record paid
                            send COMMITTED
                        = paid
                120ms   COMMIT
                        = paid
                5000ms  time
                        = paid
                """
        ),
        Transcript(
            name: "a payment, as its seller lives it",
            side: .seller,
            text: """
                0ms     sell
                            send OFFER
                            wake 100ms
                        = offering
                30ms    ACCEPT, in order
                            send COMMIT-REQUEST
                            wake 130ms
                        = requested
                60ms    AGREED, in order
                            record paid
                            send COMMIT
                            wake 160ms
                        = paid
                95ms    COMMITTED
                            record complete
                        = complete
                130ms   AGREED again
                        = complete
                130ms   COMMITTED
                        = complete
                """
        ),
        Transcript(
            name: "nobody answers a buyer that agreed",
            side: .buyer,
            text: """
                0ms     consent
                            send ACCEPT
                            wake 100ms
                        = accepted
                40ms    COMMIT-REQUEST
                            record held
                            send AGREED
                            wake 140ms
                        = held
                140ms   time
                            send AGREED again
                            wake 280ms
                        = held
                280ms   time
                            send AGREED again
                            wake 480ms
                        = held
                500ms   time
                            send AGREED again
                            wake 790ms
                        = held
                60000ms time
                            send AGREED everywhere
                            wake 60424ms
                        = held
                100000ms time
                            send AGREED everywhere
                            wake 124020ms
                        = held
                3600000ms COMMIT-REQUEST again
                            send AGREED again
                            wake 3600100ms
                        = held
                3600050ms ABORT
                            record cancelled
                        = cancelled
                3600060ms COMMIT
                        = cancelled
                """
        ),
        Transcript(
            name: "nobody answers a seller that was paid",
            side: .seller,
            text: """
                0ms     sell
                            send OFFER
                            wake 100ms
                        = offering
                30ms    ACCEPT, in order
                            send COMMIT-REQUEST
                            wake 130ms
                        = requested
                60ms    AGREED, in order
                            record paid
                            send COMMIT
                            wake 160ms
                        = paid
                160ms   time
                            send COMMIT again
                            wake 300ms
                        = paid
                300ms   time
                            send COMMIT again
                            wake 500ms
                        = paid
                90000ms time
                            send COMMIT everywhere
                            wake 114020ms
                        = paid
                90010ms AGREED again
                            send COMMIT again
                            wake 90110ms
                        = paid
                90110ms COMMITTED to another COMMIT
                        = paid
                90120ms COMMITTED
                            record complete
                        = complete
                """
        ),
        Transcript(
            name: "nobody answers an offer",
            side: .seller,
            text: """
                0ms     sell
                            send OFFER
                            wake 100ms
                        = offering
                100ms   time
                            send OFFER
                            wake 240ms
                        = offering
                59000ms time
                            send OFFER
                            wake 59200ms
                        = offering
                60000ms time
                        = lapsed
                60001ms ACCEPT, in order
                        = lapsed
                """
        ),
        Transcript(
            name: "nobody asks for what was accepted",
            side: .buyer,
            text: """
                0ms     consent
                            send ACCEPT
                            wake 100ms
                        = accepted
                100ms   time
                            send ACCEPT
                            wake 240ms
                        = accepted
                59000ms time
                            send ACCEPT
                            wake 59200ms
                        = accepted
                60000ms time
                        = lapsed
                60001ms COMMIT-REQUEST
                        = lapsed
                """
        ),
        Transcript(
            name: "a seller asks, and is not answered",
            side: .seller,
            text: """
                0ms     sell
                            send OFFER
                            wake 100ms
                        = offering
                30ms    ACCEPT, in order
                            send COMMIT-REQUEST
                            wake 130ms
                        = requested
                50ms    ACCEPT again
                            send COMMIT-REQUEST
                        = requested
                130ms   time
                            send COMMIT-REQUEST again
                            wake 270ms
                        = requested
                60000ms time
                            record cancelled
                            send ABORT
                        = cancelled: lapsed
                60001ms AGREED, in order
                        = cancelled: lapsed
                60002ms AGREED again
                        = cancelled: lapsed
                """
        ),
        Transcript(
            name: "another handover than was shown",
            side: .seller,
            text: """
                0ms     sell
                            send OFFER
                            wake 100ms
                        = offering
                30ms    ACCEPT, in order
                            send COMMIT-REQUEST
                            wake 130ms
                        = requested
                60ms    AGREED, not in order
                            record cancelled
                            send ABORT
                        = cancelled: other-entries
                61ms    AGREED, in order
                        = cancelled: other-entries
                """
        ),
        Transcript(
            name: "what was shown is not in order",
            side: .seller,
            text: """
                0ms     sell
                            send OFFER
                            wake 100ms
                        = offering
                30ms    ACCEPT, not in order
                            send DECLINE
                        = refused: short
                31ms    ACCEPT, in order
                        = refused: short
                """
        ),
        Transcript(
            name: "the person says no",
            side: .buyer,
            text: """
                0ms     no
                            send REFUSE
                        = refused: person
                10ms    consent
                        = refused: person
                """
        ),
        Transcript(
            name: "the buyer is declined",
            side: .buyer,
            text: """
                0ms     consent
                            send ACCEPT
                            wake 100ms
                        = accepted
                20ms    DECLINE to another ACCEPT
                        = accepted
                30ms    DECLINE
                        = refused: short
                40ms    COMMIT-REQUEST
                        = refused: short
                """
        ),
        Transcript(
            name: "what was shown is gone",
            side: .buyer,
            text: """
                0ms     consent
                            send ACCEPT
                            wake 100ms
                        = accepted
                40ms    units gone
                        = refused: short
                50ms    COMMIT-REQUEST
                        = refused: short
                60000ms time
                        = refused: short
                """
        ),
        Transcript(
            name: "a buyer after a restart",
            side: .buyer,
            isRecovered: true,
            text: """
                0ms     time
                            send AGREED again
                            wake 100ms
                        = held
                100ms   time
                            send AGREED again
                            wake 240ms
                        = held
                240ms   COMMIT of another handover
                        = held
                250ms   COMMIT of another payment
                        = held
                260ms   COMMIT
                            record paid
                            send COMMITTED
                        = paid
                270ms   ABORT
                        = paid
                """
        ),
        Transcript(
            name: "a seller after a restart",
            side: .seller,
            isRecovered: true,
            text: """
                0ms     time
                            send COMMIT again
                            wake 100ms
                        = paid
                100ms   time
                            send COMMIT again
                            wake 240ms
                        = paid
                240ms   COMMITTED to another COMMIT
                        = paid
                250ms   COMMITTED
                            record complete
                        = complete
                260ms   time
                        = complete
                """
        ),
    ]
}
