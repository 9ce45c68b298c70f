// Written by `make docs` from sim-network/scenarios; change the files there.

extension Scenarios {
    /// By their names; an installed command has no folder to read them from.
    static let builtIn = builtInUpToL + builtInFromM

    static let builtInUpToL: [(name: String, text: String)] = [
        (
            "black-out",
            """
            # The power goes, again and again, at any write, any send, any delivery, and \
            while recovering.
            strains   acknowledged: what was said to be durable is there after the power \
            comes back
            finds     vote-before-sync
            peers     4
            payments  20
            amounts   1-900
            sticks    2 of 1500
            span      120 s
            power-cut   4-30 times
            kill        maybe 1-20 times
            io-error    maybe 1-6 times
            full-disk   maybe 1-4 times
            loss        maybe 1-15 %
            delay       maybe 10-1000 ms
            group       maybe 1-20 ms
            check       maybe 1-100 ms
            duplication maybe 1-10 %
            replay      maybe 1-10 %
            carried     maybe 5-50 %

            """
        ),
        (
            "clean-street",
            """
            # Two people on a street where nothing goes wrong: every payment is made.
            strains   rest: everything that was begun comes to its end, and all of it is \
            paid
            finds     whole-piece-locked
            peers     2
            payments  20
            amounts   1-500
            sticks    2 of 10000
            span      60 s

            """
        ),
        (
            "clock-madness",
            """
            # Wall clocks are set years to and fro in the middle of everything: clocks \
            decide no money.
            strains   rest: what was begun under one date is ended under another
            finds     doubt-expires
            peers     4
            payments  20
            amounts   1-500
            sticks    2 of 1000
            span      120 s
            clock-jump  5-60 times
            loss        maybe 1-20 %
            power-cut   maybe 1-6 times
            pause       maybe 1-8 times
            delay       maybe 10-2000 ms

            """
        ),
        (
            "clone-ring",
            """
            # Clones of a few wallets, enrolled like everybody, pay whom they can before \
            the office hears of it.
            # Three thieves on two devices each against 60 sellers: 1 to 10, as 20 clones \
            against 200.
            strains   made-good: who has units that others have too gets them, or what the \
            thief guaranteed
            finds     fork-unseen
            office    yes
            peers     63
            thieves   3
            clones    2
            trade     ring
            payments  60
            amounts   1-300
            sticks    2 of 500
            redemptions 20
            syncs     20
            settles   yes
            span      80 s
            loss        maybe 1-15 %
            delay       maybe 10-800 ms
            duplication maybe 1-10 %
            replay      maybe 1-10 %
            power-cut   maybe 1-6 times
            office-power-cut maybe 1-4 times

            """
        ),
        (
            "dispute",
            """
            # Payments are held when a side's epoch ends, or its device is lost: settlement \
            decides them.
            strains   settled-once: what was never decided goes to the payee who claims it, \
            or to its payer
            finds     denial-unheard
            office    yes
            peers     10
            payments  80
            amounts   1-200
            sticks    2 of 700
            redemptions 4
            syncs     12
            settles   yes
            span      90 s
            restore     maybe 1-4 times
            lost        1-3 times
            loss        10-30 %
            delay       maybe 10-1500 ms
            one-way     maybe 1-4 times
            power-cut   maybe 1-6 times

            """
        ),
        (
            "flea-market",
            """
            # Fifty wallets and two thousand payments: money goes round, pieces are cut \
            small.
            strains   one-hand: every unit of every stick is in exactly one hand
            finds     release-not-carried
            peers     50
            payments  2000
            amounts   1-400
            sticks    2 of 2000
            span      600 s
            refusals  3 %
            loss        maybe 1-10 %
            delay       maybe 10-500 ms
            duplication maybe 1-5 %
            power-cut   maybe 1-20 times
            kill        maybe 1-10 times
            partition   maybe 1-4 times
            group       maybe 1-10 ms

            """
        ),
        (
            "flood",
            """
            # A stranger with a loud radio: garbage, look-ups without end, forged decisions.
            strains   decided-once: nobody but the two of a payment moves it
            finds     repeat-to-lost-key
            peers     4
            payments  20
            amounts   1-500
            sticks    2 of 1000
            span      60 s
            garbage       200-2000 times
            strange-call  50-400 times
            forgery       100-1000 times
            corruption    maybe 1-20 %
            replay        5-30 %
            spoofing      maybe 5-30 %
            loss          maybe 1-10 %
            check         maybe 1-300 ms

            """
        ),
        (
            "grapevine",
            """
            # People leave small things to their devices, carry decisions by hand, and hear \
            of a thief.
            strains   policy: a device does what its person lets it and no more, whatever \
            word arrives
            finds     release-not-carried
            peers     5
            payments  30
            amounts   1-400
            sticks    3 of 1000
            span      120 s
            thieves   1
            picked    60 %
            limit     700
            pin       250
            wants     50 %
            revocation  1-3 times
            carried     20-80 %
            loss        maybe 5-30 %
            cut         maybe 1-4 %
            delay       maybe 10-500 ms
            power-cut   maybe 1-4 times

            """
        ),
        (
            "liars",
            """
            # Liars among the buyers and the sellers: at every step they say what was not \
            agreed.
            strains   atomicity: whatever a liar says, the honest side of his payment comes \
            to one end
            finds     abort-not-final
            peers     5
            payments  40
            amounts   1-300
            sticks    2 of 1000
            span      120 s
            liars     2
            loss        maybe 1-15 %
            delay       maybe 10-1000 ms
            duplication maybe 1-10 %
            power-cut   maybe 1-6 times
            kill        maybe 1-4 times

            """
        ),
        (
            "long-chain",
            """
            # One stick through thirty hands: its provenance grows by a link with every \
            change of hands.
            strains   conservation: the units at the end are the units that were issued
            finds     repeat-to-lost-key
            peers     31
            payments  30
            amounts   700
            sticks    1 of 700
            span      300 s
            trade     chain
            attempts  20
            loss        maybe 1-20 %
            delay       maybe 10-300 ms
            duplication maybe 1-10 %
            power-cut   maybe 1-6 times

            """
        ),
        (
            "lost-phone",
            """
            # Phones are lost: their keys are revoked, others enrol, and the old ones' \
            units come by settlement.
            strains   settled-once: what a lost device had comes to its holder, and what it \
            paid stays paid
            finds     revoked-void
            office    yes
            peers     7
            payments  40
            amounts   1-300
            sticks    2 of 700
            redemptions 8
            syncs     12
            settles   yes
            span      120 s
            lost        1-2 times
            loss        maybe 1-15 %
            delay       maybe 10-500 ms
            duplication maybe 1-10 %
            power-cut   maybe 1-6 times
            office-power-cut maybe 1-4 times

            """
        ),
    ]
}
