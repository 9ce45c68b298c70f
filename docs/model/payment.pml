/* Two payments over one piece: a buyer, two sellers, those they pass money on to, the office.

   What is modelled, what is left out and why, the properties and the planted bugs are told in
   README.md beside this file; `make model` runs all of it. "Rule n" is rule n of the nine there.
   Everybody here is honest; what is bad is the weather.

   The piece is one unit, so whatever happens to it happens whole. Payment 0 goes to seller 0.
   Payment 1 goes to seller 1 or, when `same` is drawn, to seller 0 too. Either may come first.

   Switches: one planted bug, BUG_…; CLONE, where the buyer's home may go back to an older copy
   without anybody being told; RESTORES, how often each side may be put back (once); JUDGED, the
   mask of properties to look at (all of them); WITNESSES, the claims that must be violated. */

#define other(p) (1 - (p))
#define seller_of(p) ((p) && !same)

/* What a record says of a payment; then the steps that write no decision but need a sync too. */
mtype = { none, held, paid, freed, committed, aborted, inert, cancelled, pass_on, redeem };

/* ---- The buyer. On disk: */
mtype buyer[2] = none;      /* none; held: signed, locked, in doubt; paid; freed by an ABORT */
byte counter;               /* of the last handover signed */
bit buyer_inert;            /* receives and answers, signs nothing new */
/* in memory: */
byte accepted[2];           /* 0 no; 1 entries proposed without a release; 2 with the other's */
mtype buyer_step = none;    /* recorded and not synced: held, paid, freed or inert … */
bit buyer_for;              /* … for this payment */

/* ---- The sellers, by payment. On disk: */
mtype seller[2] = none;     /* none, committed, aborted: kept for ever (rule 9) */
byte has[2];                /* units got by this payment and not spent yet */
mtype spent[2] = none;      /* pass_on or redeem: held for the next one until told */
bit done[2];                /* COMMITTED has come: COMMIT is repeated no more (rule 4) */
bit saw[2];                 /* the payee has the handover in its journal */
/* in memory: */
byte asked[2];              /* 0 not yet; 1, 2: COMMIT-REQUEST sent for entries without, with a
                               release; 3: forgotten by a crash, so the id is unknown (rule 3) */
byte floor[2];              /* the counter that COMMIT-REQUEST names */
mtype seller_step[2] = none;    /* by seller: recorded and not synced */
bit seller_for[2];

/* ---- The network: what was sent may come at any time, in any order, again and again, or never.
   So it is a set, and only `heal` takes anything out of it. Whoever brings a decision (rule 6)
   brings it out of the same set. */
byte ACCEPT[2];             /* the proposal's releases, as in `accepted` */
bit COMMIT_REQUEST[2], AGREED[2], COMMIT[2], ABORT[2], COMMITTED[2];

/* ---- Papers that exist, whoever has them, and what the judge counts by. */
bit handover[2];            /* the buyer's signed handover is out */
byte place[2];              /* its counter */
bit carries[2];             /* it carries the other payment's ABORT */
bit signed_commit[2], signed_abort[2];      /* by the payee */
bit ever_committed[2];      /* the payee's disk once said so, in whatever life */
byte below[2];              /* 0 not spent by its payee; 1 with the next holder; 2 redeemed */
bit twice;                  /* two contents of one handover, or a unit spent twice by its payee */
bit warned;                 /* signed at or below a counter that COMMIT-REQUEST named */

/* ---- Lives. A copy of a home is taken at any moment and comes back at any later one. */
bit same;
bit old[2];                 /* the payment's id is of an ended epoch of its seller */
bit buyer_copied, seller_copied;
byte buyer_restored, seller_restored;        /* how often */
mtype buyer_copy[2] = none; byte counter_copy; bit inert_copy;
mtype seller_copy[2] = none, spent_copy[2] = none; byte has_copy[2]; bit done_copy[2], saw_copy[2];

/* ---- The office and time. */
bit office_commit[2];       /* signed for an ended epoch, claimed by the payee's holder (rule 3) */
bit abort_shown[2];         /* somebody showed the office the ABORT of an ended epoch */
byte out;                   /* how often the office paid for the unit */
bit turned_away;            /* somebody honest came to redeem, and was refused */
byte day;                   /* 0 may be spent; 1 may be settled; 2 closed in the books */
#define OPEN 0
#define BUYER 1
#define PAYEE(p) (2 + (p))
#define NEXT(p) (4 + (p))
#define REDEEMED 6
#define OUTSTANDING 7
bit late[2];                /* got on the last day, so perhaps not synced before the close */
byte winner = OPEN;         /* whom the unit was settled to (rule 8) */
bit buyer_synced;           /* before the close */
bit healed, carriers;       /* fair weather from now on; third parties bring what was signed */

#ifndef RESTORES
#define RESTORES 1
#endif

/* ---- The planted bugs, each one word of the rules changed. */
#ifdef BUG_VOTE_BEFORE_SYNC
#define VOTE_EARLY true
#else
#define VOTE_EARLY false
#endif
#ifdef BUG_COMMIT_BEFORE_SYNC
#define COMMIT_EARLY true
#else
#define COMMIT_EARLY false
#endif
#ifdef BUG_SPEND_BEFORE_SYNC
#define SPEND_EARLY true
#else
#define SPEND_EARLY false
#endif
#ifdef BUG_LOCK_LOST
bit lock_lost[2];
#define locked(p) (buyer[p] == held && !lock_lost[p])
#else
#define locked(p) (buyer[p] == held)
#endif
#ifdef BUG_RELEASE_NOT_CARRIED
#define releases(p) 1
#else
#define releases(p) (1 + (buyer[other(p)] == freed))
#endif
#ifdef BUG_STALE_RELEASES
#define still_fits(p) true
#else
#define still_fits(p) (accepted[p] == releases(p))
#endif
#ifdef BUG_NO_FLOOR
#define above_floor(p) true
#else
#define above_floor(p) (counter >= floor[p])
#endif
#ifdef BUG_RESTORED_BUYER_PAYS
#define ends_epoch false
#else
#ifdef CLONE
#define ends_epoch false
#else
#define ends_epoch true
#endif
#endif
#ifdef BUG_RESTORED_SELLER_PAYS
#define may_spend(p) true
#else
#define may_spend(p) (!old[p])
#endif
#ifdef BUG_ABORT_EARLIER_EPOCH
#define present_epoch(p) true
#else
#define present_epoch(p) (!old[p])
#endif
#ifdef BUG_ABORT_NOT_FINAL
#define undecided(p) (seller[p] != committed)
#define stays_open(p) (seller_step[n] == cancelled)
#else
#define undecided(p) (seller[p] == none)
#define stays_open(p) false
#endif
#ifdef BUG_COMMIT_NOT_REPEATED
#define repeats_commit(p) (AGREED[p] && false)
#else
#ifdef BUG_OUTCOME_FORGOTTEN
#define repeats_commit(p) (!done[p])
#else
#define repeats_commit(p) (!done[p] || AGREED[p])
#endif
#endif
#ifdef BUG_ONE_DATE
#define last_day 0
#else
#define last_day 1
#endif
#ifdef BUG_COMMIT_AFTER_CLOSE
#define in_time (day != 1)
#else
#ifdef BUG_COMMIT_IN_GRACE
#define in_time (day < 2)
#else
#define in_time (day == 0)
#endif
#endif

/* ---- Words. */
#define free (!buyer_inert && !locked(0) && !locked(1) && buyer[0] != paid && buyer[1] != paid)
#define weather (!healed && day < 2)
#define knows_other(p) (same && saw[other(p)])

/* A payee refuses units that it has seen on a chain which this one neither extends nor leaves at
   a release that it carries: once for the proposal, once more for the handover. */
#define proposal_fits(p) (!knows_other(p) || ACCEPT[p] == 2)
#define handover_fits(p) (carries[p] + 1 == asked[p] && place[p] > floor[p] && \
    (!knows_other(p) || (carries[p] && place[other(p)] < place[p])))

/* ============================================================= telling: after the sync (rule 1) */

/* A handover freshly signed leaves the device; a repeat of it is the same paper. */
inline tell_agreed(p) {
    if :: handover[p] -> twice = 1 :: else fi;
    if :: place[p] <= floor[p] -> warned = 1 :: else fi;
    handover[p] = 1; AGREED[p] = 1
}

inline tell_commit(p) { signed_commit[p] = 1; COMMIT[p] = 1 }

inline tell_abort(p) { signed_abort[p] = 1; ABORT[p] = 1 }

/* The payee's own handover below this one leaves the device, or its redemption, which the office
   pays at once unless the unit was redeemed before. */
inline tell_spent(p, how) {
    if :: below[p] != 0 -> twice = 1 :: else fi;
    if
    :: how == pass_on -> below[p] = 1
    :: else -> below[p] = 2; office_pays()
    fi
}

inline office_pays() {
    if :: out == 0 -> out = 1 :: else -> turned_away = 1 fi
}

/* ================================================================================== the buyer */

inline buyer_applies(p) {
    if
    :: buyer_step == held -> buyer[p] = held; counter = place[p]; accepted[p] = 0
    :: buyer_step == inert -> buyer_inert = 1
    :: else ->
        if
        :: buyer_step == paid && buyer[p] == none -> buyer_inert = 1  /* rule 6: rolled back */
        :: else
        fi;
        buyer[p] = buyer_step
    fi
}

/* A record that the disk does not have was never signed. */
inline buyer_forgets(p) {
    if
    :: buyer_step == held && !handover[p] -> place[p] = 0; carries[p] = 0
    :: else
    fi
}

proctype Buyer(bit p) {
end: do
    /* ACCEPT: entries and their releases are fixed; a locked unit is not offered (rule 5). */
    :: d_step { weather && day == 0 && buyer_step == none && free && buyer[p] == none &&
            accepted[p] == 0 && !old[p] && asked[p] == 0 ->
        accepted[p] = releases(p); ACCEPT[p] = accepted[p] }

    /* COMMIT-REQUEST: turn inert, refuse, or lock and record; nobody is told yet. */
    :: d_step { day < 2 && buyer_step == none && !buyer_inert && COMMIT_REQUEST[p] &&
            accepted[p] != 0 && buyer[p] == none ->
        if
        :: !above_floor(p) -> buyer_step = inert; buyer_for = p
        :: above_floor(p) && free && still_fits(p) ->
            buyer_step = held; buyer_for = p;
            place[p] = counter + 1; carries[p] = accepted[p] - 1;
            if :: VOTE_EARLY -> tell_agreed(p) :: else fi
        :: else -> accepted[p] = 0
        fi }

    /* A decision, whoever brings it (rule 6). The first one recorded stays. Shown COMMIT for what
       it does not know, and its own signature below it, the buyer marks the unit spent. */
    :: d_step { day < 2 && buyer_step == none && COMMIT[p] &&
            (buyer[p] == held || (buyer[p] == none && handover[p])) ->
        buyer_step = paid; buyer_for = p }
    :: d_step { day < 2 && buyer_step == none && ABORT[p] && buyer[p] == held ->
        buyer_step = freed; buyer_for = p }

    /* A repeat gets the recorded answer. In doubt, the buyer asks again, as long as it takes. */
    :: d_step { day < 2 && buyer_step == none && buyer[p] == paid && COMMIT[p] && !COMMITTED[p] ->
        COMMITTED[p] = 1 }
    :: d_step { day < 2 && buyer_step == none && buyer[p] == held && !AGREED[p] ->
        handover[p] = 1; AGREED[p] = 1 }

    /* The sync returned: now tell. */
    :: d_step { buyer_step != none && buyer_for == p ->
        buyer_applies(p);
        if
        :: buyer_step == held && !VOTE_EARLY -> tell_agreed(p)
        :: buyer_step == paid -> COMMITTED[p] = 1
        :: else
        fi;
        buyer_step = none; buyer_for = 0 }

#ifdef BUG_DOUBT_EXPIRES
    :: d_step { weather && buyer_step == none && buyer[p] == held -> buyer[p] = none }
#endif
    od
}

/* ================================================================================= a payment's
   seller. Both payments of one seller share its disk, its sync and its crashes. */

#define n seller_of(p)
#define idle (seller_step[n] == none)

inline seller_applies(p) {
    if
    :: seller_step[n] == committed ->
        seller[p] = committed; has[p]++; saw[p] = 1; ever_committed[p] = 1;
        late[p] = (day == last_day)
    :: seller_step[n] == aborted -> seller[p] = aborted; saw[p] = 1
    :: seller_step[n] == cancelled -> seller[p] = aborted
    :: else -> has[p]--; spent[p] = seller_step[n]
    fi;
    if :: !stays_open(p) -> asked[p] = 3 :: else fi
}

#define asking(p) (weather && day == 0 && idle && asked[p] == 0 && ACCEPT[p] && proposal_fits(p))

inline ask(p) { asked[p] = ACCEPT[p]; COMMIT_REQUEST[p] = 1 }

proctype Seller(bit p) {
end: do
    /* ACCEPT checked: COMMIT-REQUEST, with the highest counter of this buyer that is known. The
       counter, unlike the unit, anybody may have met: with other units, or from a third party. */
    :: d_step { asking(p) && !knows_other(p) -> ask(p); floor[p] = 0 }
    :: d_step { asking(p) && handover[other(p)] -> ask(p); floor[p] = place[other(p)] }

    /* AGREED as asked for: COMMIT. Otherwise, or for an id of the present epoch that the journal
       does not show committed: ABORT, for good (rule 3). For an earlier epoch: nothing new. */
    :: d_step { in_time && idle && AGREED[p] && (asked[p] == 1 || asked[p] == 2) && !old[p] &&
            undecided(p) ->
        seller_step[n] = (handover_fits(p) -> committed : aborted); seller_for[n] = p;
        if :: seller_step[n] == committed && COMMIT_EARLY -> tell_commit(p) :: else fi }
    :: d_step { day < 2 && idle && AGREED[p] && asked[p] == 3 && seller[p] == none &&
            present_epoch(p) ->
#ifdef BUG_UNKNOWN_IS_SUCCESS
        tell_commit(p); seller[p] = aborted
#else
        seller_step[n] = aborted; seller_for[n] = p
#endif
        }
    /* Until AGREED has come the seller may cancel. */
    :: d_step { day < 2 && idle && (asked[p] == 1 || asked[p] == 2) && seller[p] == none ->
        seller_step[n] = cancelled; seller_for[n] = p }

    /* COMMIT is repeated until COMMITTED (rule 4); any decision, to whoever asks. */
    :: d_step { day < 2 && idle && seller[p] == committed && !COMMIT[p] && repeats_commit(p) ->
        tell_commit(p) }
    :: d_step { day < 2 && idle && seller[p] == aborted && AGREED[p] && !ABORT[p] -> tell_abort(p) }
    :: d_step { day < 2 && idle && seller[p] == committed && COMMITTED[p] && !done[p] ->
        done[p] = 1 }
    /* After the weather it asks again for what is still open in its memory. */
    :: d_step { healed && idle && (asked[p] == 1 || asked[p] == 2) && seller[p] == none &&
            !COMMIT_REQUEST[p] -> COMMIT_REQUEST[p] = 1 }

    /* It pays with what it got, or redeems it; never with units of an ended epoch. */
    :: d_step { weather && day == 0 && idle && has[p] && may_spend(p) ->
        seller_step[n] = pass_on; seller_for[n] = p;
        if :: SPEND_EARLY -> tell_spent(p, pass_on) :: else fi }
    :: d_step { weather && idle && has[p] && may_spend(p) ->
        seller_step[n] = redeem; seller_for[n] = p;
        if :: SPEND_EARLY -> tell_spent(p, redeem) :: else fi }

    :: d_step { weather && idle && spent[p] != none && !below[p] -> tell_spent(p, spent[p]) }

    /* The sync returned: now tell. */
    :: d_step { seller_step[n] != none && seller_for[n] == p ->
        seller_applies(p);
        if
        :: seller_step[n] == committed && !COMMIT_EARLY -> tell_commit(p)
        :: seller_step[n] == aborted || seller_step[n] == cancelled -> tell_abort(p)
        :: (seller_step[n] == pass_on || seller_step[n] == redeem) && !SPEND_EARLY ->
            tell_spent(p, seller_step[n])
        :: else
        fi;
#ifdef BUG_FORGET_COMMIT
        if :: seller[p] == committed -> seller[p] = none :: else fi;
#endif
        seller_step[n] = none; seller_for[n] = 0 }

#ifdef BUG_APPLY_TWICE
    :: d_step { weather && idle && seller[p] == committed && AGREED[p] && has[p] == 1 ->
        has[p] = 2 }
#endif
    od
}

/* ================================================================================ the weather:
   a crash loses what is in memory, and what was recorded without its sync is kept or lost. */

inline buyer_loses_memory() {
    accepted[0] = 0; accepted[1] = 0; buyer_step = none; buyer_for = 0
#ifdef BUG_LOCK_LOST
    ; lock_lost[0] = (buyer[0] == held); lock_lost[1] = (buyer[1] == held)
#endif
}

/* What was offered is forgotten; what was not offered yet is a payment still to come. */
inline payment_forgotten(p) {
    if :: ACCEPT[p] -> asked[p] = 3; floor[p] = 0 :: else fi
}

inline seller_loses_memory(s) {
    seller_step[s] = none; seller_for[s] = 0;
    if :: seller_of(0) == s -> payment_forgotten(0) :: else fi;
    if :: seller_of(1) == s -> payment_forgotten(1) :: else fi
}

inline seller_goes_back(p) {
    seller[p] = seller_copy[p]; has[p] = has_copy[p]; spent[p] = spent_copy[p];
    done[p] = done_copy[p]; saw[p] = saw_copy[p];
    old[p] = (ACCEPT[p] != 0);
    seller_copy[p] = none; has_copy[p] = 0; spent_copy[p] = none; done_copy[p] = 0; saw_copy[p] = 0
}

#define something_asked(s) ((seller_of(0) == s && ACCEPT[0] && asked[0] != 3) || \
    (seller_of(1) == s && ACCEPT[1] && asked[1] != 3))

proctype BuyerDisk() {
end: do
    :: d_step { weather && buyer_step != none -> buyer_applies(buyer_for); buyer_loses_memory() }
    :: d_step { weather && (buyer_step != none || accepted[0] || accepted[1]) ->
        buyer_forgets(buyer_for); buyer_loses_memory() }
#ifdef BUG_LOCK_LOST
    :: d_step { weather && (locked(0) || locked(1)) -> buyer_loses_memory() }
#endif
    :: d_step { weather && !buyer_copied && buyer_restored < RESTORES -> buyer_copied = 1;
        buyer_copy[0] = buyer[0]; buyer_copy[1] = buyer[1];
        counter_copy = counter; inert_copy = buyer_inert }
    /* A restore ends the epoch: nothing is paid in it, and its units never. A clone's does not,
       because nobody knows. */
    :: d_step { weather && buyer_copied && buyer_restored < RESTORES ->
        buyer_restored++; buyer_copied = 0;
        buyer_forgets(buyer_for); buyer_loses_memory();
        buyer[0] = buyer_copy[0]; buyer[1] = buyer_copy[1]; counter = counter_copy;
        buyer_inert = inert_copy || ends_epoch;
        buyer_copy[0] = none; buyer_copy[1] = none; counter_copy = 0; inert_copy = 0 }
    od
}

proctype SellerDisk(bit s) {
end: do
    :: d_step { weather && seller_step[s] != none ->
        if
        :: seller_of(0) == s && seller_for[s] == 0 -> seller_applies(0)
        :: else -> seller_applies(1)
        fi;
        seller_loses_memory(s) }
    :: d_step { weather && (seller_step[s] != none || something_asked(s)) ->
        seller_loses_memory(s) }
#ifndef CLONE
    :: d_step { weather && s == 0 && !seller_copied && seller_restored < RESTORES ->
        seller_copied = 1;
        seller_copy[0] = seller[0]; has_copy[0] = has[0]; spent_copy[0] = spent[0];
        done_copy[0] = done[0]; saw_copy[0] = saw[0];
        if
        :: same -> seller_copy[1] = seller[1]; has_copy[1] = has[1]; spent_copy[1] = spent[1];
            done_copy[1] = done[1]; saw_copy[1] = saw[1]
        :: else
        fi }
    /* Every id of the ended epoch is an earlier one now. In the next epoch, which the office may
       open at any time, seller 0 may take the payment that it has not offered yet. */
    :: d_step { weather && s == 0 && seller_copied && seller_restored < RESTORES ->
        seller_restored++; seller_copied = 0;
        seller_loses_memory(0); seller_goes_back(0);
        if :: same -> seller_goes_back(1) :: else fi }
#endif
    od
}

/* Nobody will be put back any more, so what was copied does not matter: fewer states to look at. */
inline copies_end() {
    buyer_copied = 0; buyer_copy[0] = none; buyer_copy[1] = none; counter_copy = 0; inert_copy = 0;
    seller_copied = 0; seller_copy[0] = none; seller_copy[1] = none;
    has_copy[0] = 0; has_copy[1] = 0; spent_copy[0] = none; spent_copy[1] = none;
    done_copy[0] = 0; done_copy[1] = 0; saw_copy[0] = 0; saw_copy[1] = 0
}

/* At some moment the weather ends: everything on the way is lost, nobody crashes any more. */
inline heal(brought) {
    healed = 1; carriers = brought; copies_end();
    ACCEPT[0] = 0; COMMIT_REQUEST[0] = 0; AGREED[0] = 0; COMMIT[0] = 0; ABORT[0] = 0;
    ACCEPT[1] = 0; COMMIT_REQUEST[1] = 0; AGREED[1] = 0; COMMIT[1] = 0; ABORT[1] = 0;
    COMMITTED[0] = 0; COMMITTED[1] = 0
}

#define nothing_in_memory (buyer_step == none && seller_step[0] == none && seller_step[1] == none)

proctype Weather() {
end: do
    :: d_step { weather && nothing_in_memory -> heal(0) }
    :: d_step { weather && nothing_in_memory -> heal(1) }
    od
}

/* Whoever has seen a decision keeps it, and brings it when the weather lets him (rule 6). */
proctype Carrier(bit p) {
end: do
    :: d_step { carriers && !COMMIT[p] && (signed_commit[p] || office_commit[p]) -> COMMIT[p] = 1 }
    :: d_step { carriers && !ABORT[p] && signed_abort[p] -> ABORT[p] = 1 }
    od
}

/* ================================================================================= the office */

#define shown(p) (abort_shown[p] || (buyer_synced && buyer[p] == freed) || \
    (seller[p] == aborted && !old[p]) || \
    (carries[other(p)] && handover[other(p)] && presented(other(p))))
#define came(p) (!late[p] || late_too)
#define presented(p) ((buyer_synced && buyer[p] != none) || office_commit[p] || claims(p) || \
    (came(p) && ((seller[p] == committed && !old[p]) || below[p] == 1)))
#define claims(p) (claimed && old[p] && handover[p] && seller[p] != aborted)
#define says_commit(p) ((came(p) && seller[p] == committed && !old[p]) || office_commit[p] || \
    (buyer_synced && buyer[p] == paid) || claims(p))
#define stands(p) (presented(p) && !shown(p))
bit claimed, late_too;

/* The unit is settled once: to the end of the longest chain presented without an aborted link; if
   its last handover shows no decision to the payee who claims it, else to the payer (rule 8). */
inline close(synced, claim, all) {
    day = 2; buyer_synced = synced; claimed = claim; late_too = all; copies_end();
    if
    :: out > 0 -> winner = REDEEMED
    :: out == 0 && stands(0) && below[0] == 1 && came(0) -> winner = NEXT(0)
    :: out == 0 && stands(1) && below[1] == 1 && came(1) -> winner = NEXT(1)
    :: else ->
        if
        :: stands(0) && says_commit(0) -> winner = PAYEE(0)
        :: else ->
            if
            :: stands(1) && says_commit(1) -> winner = PAYEE(1)
            :: else -> winner = (synced -> BUYER : OUTSTANDING)
            fi
        fi
    fi;
    if :: winner != REDEEMED && winner != OUTSTANDING -> out++ :: else fi;
    claimed = 0; late_too = 0
}

proctype Office(bit p) {
end: do
    /* Somebody who has the ABORT of an ended epoch shows it, by itself or as a release. */
    :: d_step { weather && old[p] && signed_abort[p] && !abort_shown[p] -> abort_shown[p] = 1 }
    /* The payee's holder claims, and no ABORT is shown: COMMIT. It convicts nobody, frees the
       payer, and gives the payee nothing before settlement (rule 3). */
    :: d_step { weather && old[p] && handover[p] && !abort_shown[p] && seller[p] != aborted &&
            !office_commit[p] ->
        office_commit[p] = 1; COMMIT[p] = 1
#ifdef BUG_CLAIM_PAID_AT_ONCE
        ; out++
#endif
        }
#ifdef BUG_OFFICE_ABORTS
    :: d_step { weather && old[p] && handover[p] && !ABORT[p] -> ABORT[p] = 1 }
#endif
    /* The next holder redeems what the payee passed on. */
    :: d_step { weather && below[p] == 1 -> below[p] = 2; office_pays() }
    od
}

#define closing (weather && day == last_day && nothing_in_memory)

proctype Calendar() {
end: do
    :: d_step { weather && day < last_day && nothing_in_memory -> day++ }
    /* Whoever held something before the last day has synced by now; who got it on that day, and
       the buyer, perhaps; a restored payee's holder perhaps claims. */
    :: d_step { closing -> close(0, 0, 0) }
    :: d_step { closing -> close(0, 1, 0) }
    :: d_step { closing -> close(1, 0, 0) }
    :: d_step { closing -> close(1, 1, 0) }
    :: d_step { closing && (late[0] || late[1]) -> close(0, 0, 1) }
    :: d_step { closing && (late[0] || late[1]) -> close(1, 0, 1) }
#ifdef BUG_REISSUED_AT_ONCE
    /* A restored buyer gets at once what the office does not know to be spent. */
    :: d_step { weather && buyer_restored && out == 0 && winner == OPEN ->
        out++; winner = BUYER }
#endif
    od
}

/* ================================================================================== the judge */

#ifndef JUDGED
#define JUDGED 255
#endif

/* A home put back without a word is a clone: what it still spends can be proved against it, and
   then its money is judged no more, but everybody else's is. */
#ifdef CLONE
#define clone buyer_restored
#else
#define clone false
#endif

/* 1: the units available, and held by the buyer without his payee's COMMIT, are one; none
   only if an epoch has ended, and the unit is stranded in it. */
#define holds(p) (buyer[p] == held && !buyer_inert && !ever_committed[p])
#define available(p) ((old[p] -> 0 : has[p] + (spent[p] != none && !below[p])) + (below[p] == 1))
#define units (free + holds(0) + holds(1) + available(0) + available(1) + out)
#define stranded(p) (old[p] && (ever_committed[p] || office_commit[p]))
#define conserved (day == 2 || clone || units == 1 || \
    (units == 0 && (buyer_inert || stranded(0) || stranded(1))))

/* 2: never a seller paid and a buyer keeping, nor a buyer paying whom nobody said COMMIT. */
#define keeps(p) (!buyer_inert && (buyer[p] == freed || (buyer[p] == none && !clone)))
#define apart(p) ((ever_committed[p] && keeps(p)) || \
    (buyer[p] == paid && !ever_committed[p] && !office_commit[p]))
#define atomic_payment (!apart(0) && !apart(1))

/* 4: once only. */
#define had_once(p) (has[p] + (below[p] != 0) <= 1 || old[p])
#define once (had_once(0) && had_once(1) && has[0] <= 1 && has[1] <= 1)

/* 8: nobody honest can be convicted. */
#define excused(p) (carries[p] && signed_abort[other(p)] && place[other(p)] < place[p])
#define forked (twice || (handover[0] && handover[1] && !excused(0) && !excused(1)))
#define equivocated(p) (signed_abort[p] && (signed_commit[p] || below[p]))
#define honest ((clone || !forked) && !equivocated(0) && !equivocated(1))

/* 16: the office pays once, and whoever holds the unit; what is paid more than once, or to another,
   has a convict. */
#define left_out(p) ((below[p] == 1 && winner != NEXT(p)) || \
    ((has[p] || (spent[p] != none && !below[p])) && !old[p] && winner != PAYEE(p)))
#define paid_right (out == (winner != OUTSTANDING) && (winner != OUTSTANDING || !buyer_synced) && \
    !left_out(0) && !left_out(1) && (!free || !buyer_synced || winner == BUYER || clone))
#define settled ((out <= 1 && !turned_away && (day < 2 || paid_right)) || (clone && forked))

/* 32: after the weather nobody is in doubt, but for an epoch that ended undecided and of whose
   decision nobody has the paper. */
#define unanswered(p) (old[p] && seller[p] == none && \
    !(carriers && (signed_commit[p] || signed_abort[p] || office_commit[p])))
#define at_rest(p) ((buyer[p] != held || unanswered(p)) && (asked[p] == 0 || asked[p] == 3) && \
    (seller[p] != committed || done[p] || (clone && forked)))

/* 64: only who was put back turns inert, and nobody signs at or below a counter he is told. */
#define unharmed ((!buyer_inert || buyer_restored) && !warned)

mtype = { conservation, atomicity, once_only, honesty, settlement, doubt, freezing };

#define broken(bit_, property) ((JUDGED & bit_) && !(property))
proctype Judge() {
    mtype found = none;
end: if
    :: d_step { broken(1, conserved) -> found = conservation }
    :: d_step { broken(2, atomic_payment) -> found = atomicity }
    :: d_step { broken(4, once) -> found = once_only }
    :: d_step { broken(8, honest) -> found = honesty }
    :: d_step { broken(16, settled) -> found = settlement }
    :: atomic { healed && timeout && broken(32, at_rest(0) && at_rest(1)) -> found = doubt }
    :: d_step { broken(64, unharmed) -> found = freezing }
    fi;
    printf("broken: %e\n", found);
    assert(false)
}

init {
    atomic {
        if :: same = 1 :: same = 0 fi;
        run Buyer(0); run Buyer(1); run Seller(0); run Seller(1);
        run BuyerDisk(); run SellerDisk(0); run SellerDisk(1);
        run Weather(); run Carrier(0); run Carrier(1);
        run Office(0); run Office(1); run Calendar(); run Judge()
    }
}

/* ================================================================= what must be able to happen:
   each claim says "never", and has to be found violated, or what holds above holds of nothing. */

#ifdef WITNESSES
ltl nobody_is_paid { [] !(done[0] || done[1]) }
ltl nobody_is_freed { [] !(buyer[0] == freed || buyer[1] == freed) }
ltl no_second_with_a_release { [] !(buyer[0] == freed && done[1] && carries[1]) }
ltl no_second_at_the_same_seller { [] !(same && saw[0] && seller[0] == aborted && done[1]) }
ltl never_aborted_as_unknown { [] !(saw[0] && seller[0] == aborted && asked[0] == 3 &&
    handover[0] && seller_step[0] == none && buyer[0] == held) }
ltl no_record_survives_untold { [] !(buyer[0] == held && !handover[0]) }
ltl no_decision_survives_untold { [] !(seller[0] == committed && !signed_commit[0]) }
ltl no_two_accepted_at_once { [] !(accepted[0] && accepted[1] && asked[0] && asked[1]) }
ltl no_buyer_restored { [] !(buyer_restored && buyer[0] == none && handover[0]) }
ltl no_seller_restored { [] !(seller_restored && old[0] && ever_committed[0] && seller[0] == none) }
ltl no_both_restored { [] !(buyer_restored && old[0] && ever_committed[0] && seller[0] == none &&
    buyer[0] == none) }
ltl no_rollback_shown_to_itself { [] !(buyer_inert && buyer[0] == paid && done[0] &&
    buyer_restored) }
ltl no_payment_in_a_new_epoch { [] !(seller_restored && same && old[0] && done[1] && !old[1]) }
ltl no_release_from_an_ended_epoch { [] !(old[0] && seller[0] == none && buyer[0] == freed &&
    done[1]) }
ltl no_commit_by_the_office { [] !(office_commit[0] && buyer[0] == paid && !ever_committed[0]) }
ltl no_contradiction { [] !(office_commit[0] && signed_abort[0] && buyer[0] == paid) }
ltl no_doubt_after_the_weather { [] !(healed && old[0] && seller[0] == none && buyer[0] == held &&
    ever_committed[0] && !carriers) }
ltl no_carrier_frees { [] !(carriers && old[0] && seller[0] == none && buyer_step == freed &&
    buyer_for == 0) }
ltl no_carrier_settles { [] !(carriers && old[0] && seller[0] == none && buyer_step == paid &&
    buyer_for == 0 && ever_committed[0]) }
ltl all_is_well_never { [] !(healed && done[1] && buyer[0] == freed && COMMITTED[1]) }
ltl never_settled_to_the_buyer { [] !(winner == BUYER && buyer[0] == held && buyer_restored) }
ltl never_settled_on_a_claim { [] !(winner == PAYEE(0) && seller[0] == none) }
ltl never_settled_to_the_payee { [] !(winner == PAYEE(1) && carries[1] && old[0]) }
ltl never_settled_to_the_next { [] !(winner == NEXT(0) && buyer[0] == held && old[0]) }
ltl never_redeemed { [] !(winner == REDEEMED && buyer[0] == held) }
ltl never_outstanding { [] !(winner == OUTSTANDING) }
#ifdef CLONE
ltl no_clone_is_stopped { [] !(buyer_inert && buyer[0] == none && buyer[1] == none &&
    seller[0] == committed) }
ltl no_clone_is_convicted { [] !(forked && ever_committed[0] && ever_committed[1]) }
#endif
#endif
