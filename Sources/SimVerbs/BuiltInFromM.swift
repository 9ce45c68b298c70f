// Written by `make docs` from sim-network/scenarios; change the files there.

extension Scenarios {
    static let builtInFromM: [(name: String, text: String)] = [
        (
            "meter-liars",
            """
            # Thieves pay meters with what they paid others with, hand in as used up what \
            they have paid
            # with, and sign any number as what they have used up; the meters use up what \
            they were paid.
            strains   used-up: nobody is owed what he has used up, and nobody pays twice \
            for it
            finds     used-up-owed
            office    yes
            meters    3
            peers     12
            thieves   3
            clones    2
            trade     ring
            payments  50
            amounts   1-200
            sticks    2 of 400
            redemptions 10
            syncs     12
            settles   yes
            span      80 s
            loss        maybe 1-15 %
            delay       maybe 10-800 ms
            duplication maybe 1-10 %
            replay      maybe 1-10 %
            power-cut   maybe 1-9 times
            office-power-cut maybe 1-4 times

            """
        ),
        (
            "meter-street",
            """
            # A street of prepayment meters: the power goes at any moment, and no pulse is \
            lost or served twice.
            strains   served-once: what was counted is used up once, and on the disk before \
            it is served
            finds     group-again
            office    yes
            meters    3
            peers     5
            payments  12
            amounts   1-200
            sticks    2 of 400
            redemptions 6
            syncs     6
            settles   yes
            span      90 s
            power-cut   2-20 times
            kill        maybe 1-6 times
            office-power-cut maybe 1-6 times
            io-error    maybe 1-3 times
            full-disk   maybe 1-2 times
            clock-jump  maybe 1-3 times
            pause       maybe 1-3 times
            loss        maybe 1-15 %
            delay       maybe 10-800 ms
            group       maybe 1-20 ms
            check       maybe 1-100 ms
            duplication maybe 1-10 %

            """
        ),
        (
            "office-power-cuts",
            """
            # The office loses power again and again while people charge, redeem and hand \
            in; so do they.
            strains   credited-once: what is paid to the office is in its books before it \
            says so
            finds     credit-before-books
            office    yes
            peers     5
            payments  16
            amounts   1-400
            sticks    3 of 600
            redemptions 20
            syncs     14
            span      100 s
            office-power-cut 12-40 times
            office-kill      maybe 1-12 times
            power-cut   maybe 1-15 times
            kill        maybe 1-6 times
            io-error    maybe 1-5 times
            full-disk   maybe 1-3 times
            loss        maybe 1-15 %
            delay       maybe 10-800 ms
            group       maybe 1-20 ms
            check       maybe 1-100 ms
            duplication maybe 1-10 %

            """
        ),
        (
            "old-backup-settled",
            """
            # Homes are put back older, the office opens them another epoch, and settlement \
            brings the rest.
            strains   settled-once: what a life that is over had comes back, and nobody \
            else's with it
            finds     ended-lapses
            office    yes
            peers     6
            payments  40
            amounts   1-300
            sticks    2 of 700
            redemptions 8
            syncs     10
            settles   yes
            span      120 s
            restore     1-4 times
            loss        maybe 1-15 %
            delay       maybe 10-500 ms
            duplication maybe 1-10 %
            power-cut   maybe 1-6 times
            office-power-cut maybe 1-4 times

            """
        ),
        (
            "old-backup",
            """
            # Somebody puts an older copy of his home back: under its newer head, or all of \
            it.
            strains   inert-acts: an older life pays nothing, decides nothing, and loses \
            nothing
            finds     inert-decides
            peers     4
            payments  30
            amounts   1-400
            sticks    3 of 1000
            span      120 s
            restore     1-3 times
            rollback    maybe 1-2 times
            loss        maybe 1-20 %
            delay       maybe 10-500 ms
            power-cut   maybe 1-4 times
            bit-rot     maybe 1-2 times

            """
        ),
        (
            "one-payment",
            """
            # One payment in heavy rain in which the power goes again and again: small \
            enough to look at.
            strains   atomicity: both sides lose power before the end, and come to the same \
            one
            finds     forget-commit
            peers     2
            payments  1
            amounts   1250
            sticks    1 of 5000
            span      1 s
            trade     chain
            attempts  20
            loss      30 %
            delay     5-40 ms
            power-cut 90-130 times

            """
        ),
        (
            "payday",
            """
            # Everybody wants money at the counter at once, pays the others, and brings \
            some of it back.
            strains   charged-once: each request is debited once and gets one stick, \
            however it is repeated
            finds     charge-again
            office    yes
            peers     160
            payments  40
            amounts   1-300
            sticks    2 of 500
            redemptions 80
            syncs     80
            span      60 s
            loss        maybe 5-30 %
            duplication maybe 1-20 %
            delay       maybe 10-1000 ms
            replay      maybe 1-10 %
            group       maybe 1-20 ms
            check       maybe 1-100 ms
            power-cut   maybe 1-12 times
            full-queue  maybe 1-4 times
            pause       maybe 1-4 times

            """
        ),
        (
            "pulled-cable",
            """
            # Half of a street has eKeys: their cables come out at any byte, their power \
            goes, their readers end.
            strains   asked-once: a command happened or did not, and who says it again is \
            answered alike
            finds     repeat-done-again
            peers     4
            payments  24
            amounts   1-400
            sticks    2 of 2000
            span      120 s
            ekeys     2
            unplugged       20-120 times
            reader-restart  maybe 1-6 times
            power-cut   maybe 1-12 times
            kill        maybe 1-6 times
            io-error    maybe 1-3 times
            full-disk   maybe 1-2 times
            pause       maybe 1-4 times
            loss        maybe 1-15 %
            duplication maybe 1-10 %
            delay       maybe 10-800 ms
            group       maybe 1-20 ms
            check       maybe 1-100 ms

            """
        ),
        (
            "rainy-market",
            """
            # Stalls in the rain: datagrams are lost, doubled, delayed, spoiled, and old \
            ones come again.
            strains   atomicity: both sides of a payment come to the same end, whatever is \
            lost
            finds     release-not-carried
            peers     6
            payments  30
            amounts   1-800
            sticks    3 of 1000
            span      120 s
            refusals  5 %
            picked    40 %
            limit     1500
            pin       600
            wants     30 %
            loss          maybe 5-30 %
            duplication   maybe 1-30 %
            corruption    maybe 1-10 %
            replay        maybe 1-20 %
            spoofing      maybe 1-10 %
            delay         maybe 10-3000 ms
            group         maybe 1-20 ms
            check         maybe 1-200 ms
            refused-send  maybe 1-10 %
            full-queue    maybe 1-5 times
            pause         maybe 1-5 times

            """
        ),
        (
            "settlement-day",
            """
            # After a stormy month the last day of all sticks is closed, and the power goes \
            while it is.
            strains   settled-once: each unit ends in one place, and that is where it was
            finds     credit-forgotten
            office    yes
            peers     6
            payments  24
            amounts   1-400
            sticks    2 of 700
            redemptions 10
            syncs     6
            settles   yes
            span      80 s
            refusals  5 %
            office-power-cut maybe 1-9 times
            power-cut   maybe 1-9 times
            kill        maybe 1-4 times
            loss        maybe 1-20 %
            delay       maybe 10-800 ms
            group       maybe 1-20 ms
            check       maybe 1-100 ms
            duplication maybe 1-10 %

            """
        ),
        (
            "stolen-ekey",
            """
            # eKeys are stolen for a while: the thief guesses the PIN, and pulls cable and \
            power as he does.
            strains   pin: without the PIN nothing is told or paid, and five wrong ones are \
            all there are
            finds     try-counted-late
            peers     4
            payments  20
            amounts   1-400
            sticks    2 of 2000
            span      120 s
            attempts  4
            ekeys     3
            button    100
            stolen      3-12 times
            unplugged   maybe 1-20 times
            power-cut   maybe 1-8 times
            kill        maybe 1-4 times
            loss        maybe 1-10 %
            delay       maybe 10-500 ms
            check       maybe 1-100 ms

            """
        ),
        (
            "straw-payees",
            """
            # Cousins of a thief present what he passed on twice: who pays them is he, and \
            no more than he can.
            strains   guarantee: what leaves the office beyond honest units is what the \
            thieves guaranteed
            finds     guarantee-again
            office    yes
            peers     12
            thieves   6
            clones    3
            trade     ring
            payments  70
            amounts   1-250
            sticks    2 of 400
            redemptions 30
            syncs     6
            settles   yes
            span      80 s
            loss        maybe 1-15 %
            delay       maybe 10-800 ms
            duplication maybe 1-10 %
            power-cut   maybe 1-6 times
            office-power-cut maybe 1-6 times

            """
        ),
        (
            "thief",
            """
            # A thief pays with what he has spent before, with others' pieces, with what is \
            not there.
            strains   convict: for every unit that is there twice signatures convict \
            somebody dishonest
            finds     range-unchecked
            peers     5
            payments  40
            amounts   1-300
            sticks    2 of 1000
            span      120 s
            thieves   1
            loss        maybe 1-15 %
            delay       maybe 10-1000 ms
            duplication maybe 1-10 %
            replay      maybe 1-10 %
            power-cut   maybe 1-6 times
            kill        maybe 1-4 times

            """
        ),
        (
            "tunnel",
            """
            # A train through tunnels: the way between two is cut at any step, in one \
            direction or both.
            strains   rest: a payment that was cut in two anywhere is joined again
            finds     doubt-expires
            peers     3
            payments  12
            amounts   1-900
            sticks    2 of 1000
            span      120 s
            cut           0.5-6 %
            partition     maybe 1-6 times
            one-way       maybe 1-6 times
            loss          maybe 1-20 %
            delay         maybe 10-500 ms
            duplication   maybe 1-10 %
            pause         maybe 1-3 times
            carried       maybe 5-60 %

            """
        ),
        (
            "two-disks",
            """
            # The office keeps its books on two disks, and one of them lies, rots, fails or \
            is replaced.
            strains   acknowledged: what was told is in the books, whichever of the disks \
            is lost
            finds     second-later
            office    yes
            disks     2
            peers     5
            payments  16
            amounts   1-400
            sticks    3 of 600
            redemptions 20
            syncs     14
            span      120 s
            office-power-cut 4-20 times
            office-lie       maybe 1-5 times
            office-bit-rot   maybe 1-4 times
            office-disk-lost maybe 1-3 times
            office-kill maybe 1-8 times
            power-cut   maybe 1-6 times
            io-error    maybe 1-5 times
            full-disk   maybe 1-3 times
            loss        maybe 1-15 %
            delay       maybe 10-800 ms
            group       maybe 1-20 ms
            check       maybe 1-100 ms

            """
        ),
    ]
}
