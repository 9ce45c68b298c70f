"""docs/vectors/payment.json, machines.json and rows.json against a second implementation.

Written from docs/PROTOCOL.md (section 8) and docs/vectors/README.md alone.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import tally_payment as payment
import tally_verifier as tally

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "vectors"


def load(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return found


# No file, no list, or an empty one fails the whole module.
PAYMENT, MACHINES, ROWS = load("payment.json"), load("machines.json"), load("rows.json")


def cases(list_: list[dict[str, Any]]) -> list[Any]:
    assert list_
    return [pytest.param(one, id=f"{n}-{one['name']}") for n, one in enumerate(list_)]


def raw(text: str) -> bytes:
    return bytes.fromhex(text)


MESSAGES = {one["name"]: one for one in PAYMENT["messages"]}


def message(name: str) -> tally.Signed:
    one = MESSAGES[name]
    return payment.read_message(raw(one["hex"]), one["kind"])


# ------------------------------------------------------------------------------------------------
# Messages
# ------------------------------------------------------------------------------------------------


def test_lookup() -> None:
    call = {name: value for name, value in PAYMENT["lookup"].items()}
    lookup = payment.read_lookup(raw(call["datagram"]))
    assert lookup is not None
    assert lookup.sealing_key.hex() == call["sealing_key"]
    assert lookup.name.hex() == call["name"]
    made = payment.promise(raw(call["nonce"]), raw(PAYMENT["seller"]), lookup.sealing_key)
    assert made.hex() == call["promise"] == lookup.promise.hex()


@pytest.mark.parametrize("vector", cases(PAYMENT["lookups"]))
def test_no_lookup(vector: dict[str, Any]) -> None:
    assert payment.read_lookup(raw(vector["datagram"])) is None


@pytest.mark.parametrize("vector", cases(PAYMENT["messages"]))
def test_message(vector: dict[str, Any]) -> None:
    one = payment.read_message(raw(vector["hex"]), vector["kind"])
    hash_ = payment.signed_hash(one)
    assert hash_.hex() == vector["hash"]
    assert (one.statement.answers or b"").hex() == vector["answers"]
    assert tally.signature_holds(one.sender, hash_, one.signature)


def test_every_kind_is_there() -> None:
    assert {one["kind"] for one in PAYMENT["messages"]} == {3, 4, 5, 6, *range(16, 24), 27}


def test_what_answers_what() -> None:
    """Sections 8.1 and 8.2: who speaks to whom, about what, in the first payment."""
    seller, buyer = raw(PAYMENT["seller"]), raw(PAYMENT["buyer"])
    here, offer, accept = message("HERE"), message("OFFER"), message("ACCEPT")
    request, agreed = message("COMMIT-REQUEST"), message("AGREED")
    commit, committed = message("COMMIT"), message("COMMITTED")
    assert here.statement.answers == raw(PAYMENT["lookup"]["name"])
    assert here.receiver == raw(PAYMENT["lookup"]["sealing_key"])
    assert (offer.sender, offer.receiver) == (seller, here.sender)
    assert offer.statement.answers == here.hash
    assert (accept.sender, accept.receiver) == (buyer, seller)
    assert accept.statement.answers == offer.hash
    assert request.statement.answers == accept.hash
    assert agreed.statement.answers == offer.hash
    assert commit.statement.answers == payment.signed_hash(agreed)
    assert committed.statement.answers == commit.hash
    later = [offer, accept, request, agreed, commit, committed]
    assert {one.payment.hex() for one in later} == {PAYMENT["payment"]}


def test_digits() -> None:
    here, offer = message("HERE").statement.content, message("OFFER").statement.content
    assert isinstance(here, payment.Here) and isinstance(offer, payment.Offer)
    sender = message("HERE").sender
    shown = payment.digits(offer.nonce, here.nonce, raw(PAYMENT["seller"]), sender)
    assert shown == PAYMENT["digits"]
    assert offer.nonce.hex() == PAYMENT["lookup"]["nonce"]


def test_agreed_is_the_handover_without_its_entries() -> None:
    handover = tally.read_whole(raw(PAYMENT["handover"]), tally.read_handover)
    agreed = message("AGREED")
    assert isinstance(agreed.statement.content, payment.Agreed)
    assert handover.hash.hex() == PAYMENT["handover_hash"] == agreed.statement.content.hash.hex()
    assert handover.entries_root == agreed.statement.content.entries_root
    assert handover.signature == agreed.signature
    assert tally.payment_hash(raw(PAYMENT["payment"])).hex() == PAYMENT["payment_hash"]
    assert handover.payment == raw(PAYMENT["payment"])
    accept = message("ACCEPT").statement.content
    assert isinstance(accept, payment.Accept)
    assert [e.raw for e in accept.proposal.entries] == [e.raw for e in handover.entries]


def wanted(offer: payment.Offer) -> tally.Payee:
    hops, bytes_, _, device = offer.caps
    return tally.Payee(
        key=raw(PAYMENT["seller"]), now=PAYMENT["now"], asset=offer.asset,
        amount=offer.amount, byte_cap=bytes_, hop_cap=hops, device=device,
    )  # fmt: skip


@pytest.mark.parametrize("suffix", ["", " of what is cancelled", " of what is not in order"])
def test_the_seller_answers_what_it_is_shown(suffix: str) -> None:
    """COMMIT-REQUEST when section 6.4 finds nothing, else DECLINE by name; never below a floor."""
    offer = message("OFFER" + suffix).statement.content
    accept = message("ACCEPT" + suffix).statement.content
    assert isinstance(offer, payment.Offer) and isinstance(accept, payment.Accept)
    proposal = raw(MESSAGES["ACCEPT" + suffix]["hex"])
    start = proposal.index(tally.encode([1, accept.proposal.payer])[1:]) - 1
    bare = tally.Reader(proposal[start:])
    tally.read_proposal(bare)
    try:
        tally.check_proposal(proposal[start : start + bare.at], wanted(offer), raw(PAYMENT["root"]))
        answer = message("COMMIT-REQUEST" + suffix)
        reason = ""
    except tally.Refused as refusal:
        answer, reason = message("DECLINE" + suffix), refusal.name
    told = answer.statement.content
    assert isinstance(told, payment.Floor)
    assert told.reason == reason
    assert answer.statement.answers == message("ACCEPT" + suffix).hash
    if suffix:
        # The first payment is the highest place that the seller knows.
        assert told.place is not None and told.place.holds
        assert told.place.hash.hex() == PAYMENT["handover_hash"]
    else:
        assert told.place is None and told.total == 0


def test_who_forgot_is_shown_its_own_signature() -> None:
    commit, ask = message("COMMIT of what is forgotten"), message("ASK of what is forgotten")
    show = message("SHOW of what is forgotten")
    assert ask.statement.answers == show.statement.answers == commit.hash
    handover = show.statement.content
    assert isinstance(handover, tally.Handover)
    assert handover.holds and handover.hash == commit.statement.answers
    assert handover.header.payer == raw(PAYMENT["buyer"])


def fault(data: bytes, kind: int) -> tuple[str, int]:
    try:
        payment.read_message(data, kind)
    except tally.Unreadable as unreadable:
        return unreadable.fault, unreadable.offset
    return "good", 0


@pytest.mark.parametrize("vector", cases(PAYMENT["contents"]))
def test_content(vector: dict[str, Any]) -> None:
    one = MESSAGES[vector["of"]]
    frame = payment.read_frame(tally.Reader(raw(one["hex"]))).statement
    assert isinstance(frame.content, bytes)
    start, end = vector["at"], vector["at"] + vector["drop"]
    content = frame.content[:start] + raw(vector["put"]) + frame.content[end:]
    answers = [] if frame.answers is None else [frame.answers]
    statement: tally.Value = [
        "tally", 1, frame.kind, frame.sender, frame.receiver, frame.payment, answers, content,
    ]  # fmt: skip
    data = tally.encode([statement, bytes(64)])
    assert fault(data, frame.kind) == (vector["error"], 0)


@pytest.mark.parametrize("vector", cases(PAYMENT["objects"]))
def test_object(vector: dict[str, Any]) -> None:
    found = fault(raw(vector["hex"]), vector["kind"])
    assert found == (vector["error"], vector["position"])


# ------------------------------------------------------------------------------------------------
# Machines: the tables of 8.4 and 8.5
# ------------------------------------------------------------------------------------------------

SAYS = re.compile(r"send ([A-Z-]+)( again| everywhere)?$")

# (state, gets): (records, says, next). What is not here changes nothing.
Table = dict[tuple[str, str], tuple[str, str, str]]

BUYER: Table = {
    ("offered", "consent"): ("", "ACCEPT", "accepted"),
    ("offered", "no"): ("", "REFUSE", "refused"),
    ("offered", "withdrawn"): ("", "", "refused"),
    ("offered", "time"): ("", "", "offered"),
    ("offered", "time, the offer's end"): ("", "", "lapsed"),
    ("accepted", "withdrawn"): ("", "", "refused"),
    ("accepted", "units gone"): ("", "", "refused"),
    ("accepted", "DECLINE"): ("", "", "refused"),
    ("accepted", "COMMIT-REQUEST"): ("held", "AGREED", "held"),
    ("accepted", "time"): ("", "ACCEPT", "accepted"),
    ("accepted", "time, the offer's end"): ("", "", "lapsed"),
    ("held", "COMMIT-REQUEST again"): ("", "AGREED", "held"),
    ("held", "COMMIT-REQUEST again, replayed"): ("", "AGREED", "held"),
    ("held", "time"): ("", "AGREED", "held"),
    ("held", "time, the offer's end"): ("", "AGREED", "held"),
    ("held", "COMMIT"): ("paid", "COMMITTED", "paid"),
    ("held", "ABORT"): ("cancelled", "", "cancelled"),
}

SELLER: Table = {
    ("offering", "sell"): ("", "OFFER", "offering"),
    ("offering", "REFUSE"): ("", "", "refused"),
    ("offering", "ACCEPT, in order"): ("", "COMMIT-REQUEST", "requested"),
    ("offering", "ACCEPT, not in order"): ("", "DECLINE", "refused"),
    ("offering", "person withdraws"): ("", "", "refused"),
    ("offering", "turns inert"): ("", "", "refused"),
    ("offering", "time"): ("", "OFFER", "offering"),
    ("offering", "time, the offer's end"): ("", "", "lapsed"),
    ("requested", "ACCEPT again"): ("", "COMMIT-REQUEST", "requested"),
    ("requested", "AGREED, in order"): ("paid", "COMMIT", "paid"),
    ("requested", "AGREED, not in order"): ("cancelled", "ABORT", "cancelled"),
    ("requested", "person cancels"): ("cancelled", "ABORT", "cancelled"),
    ("requested", "turns inert"): ("", "", "abandoned"),
    ("requested", "time"): ("", "COMMIT-REQUEST", "requested"),
    ("requested", "time, the offer's end"): ("cancelled", "ABORT", "cancelled"),
    ("paid", "AGREED again"): ("", "COMMIT", "paid"),
    ("paid", "AGREED again, replayed"): ("", "COMMIT", "paid"),
    ("paid", "time"): ("", "COMMIT", "paid"),
    ("paid", "time, the offer's end"): ("", "COMMIT", "paid"),
    ("paid", "COMMITTED"): ("complete", "", "complete"),
}


def live(table: Table, state: str, gets: str) -> tuple[str, str, str]:
    return table.get((state, gets), ("", "", state))


def named(effects: list[str]) -> tuple[str, str]:
    """What is recorded and what is said; whoever says it first has broken rule 1."""
    records = [one.removeprefix("record ") for one in effects if one.startswith("record ")]
    said = [found[1] for one in effects if (found := SAYS.match(one))]
    assert len(records) <= 1 and len(said) <= 1
    kinds = [one.split()[0] for one in effects]
    assert kinds == sorted(kinds, key=["record", "send", "wake"].index)
    return "".join(records), "".join(said)


@pytest.mark.parametrize("side, table", [("buyer", BUYER), ("seller", SELLER)])
def test_machine(side: str, table: Table) -> None:
    met = set()
    for line in MACHINES[side]:
        state, gets, does, then = line.split(" | ")
        effects = [one for one in does.split(", ") if one]
        state, then = state.split(":")[0], then.split(":")[0]
        assert live(table, state, gets) == (*named(effects), then), line
        if (state, gets) in table:
            met.add((state, gets))
    assert met == set(table)


@pytest.mark.parametrize("vector", cases(MACHINES["conversations"]))
def test_conversation(vector: dict[str, Any]) -> None:
    """Each goes through the same tables, step by step."""
    table = BUYER if vector["side"] == "buyer" else SELLER
    state, gets, effects = "", "", []
    for line in vector["lines"]:
        if found := re.match(r"\d+ms +(.*)$", line):
            gets, effects = found[1], []
        elif line.startswith("        = "):
            then = line.removeprefix("        = ").split(":")[0]
            state = state or begin(table, gets, then)
            if state in ("offered", "offering", "accepted", "requested") and then == "lapsed":
                gets = "time, the offer's end"
            if state == "requested" and then == "cancelled" and gets == "time":
                gets = "time, the offer's end"
            assert live(table, state, gets) == (*named(effects), then), line
            state = then
        else:
            effects.append(line.strip())
    assert state


def begin(table: Table, gets: str, then: str) -> str:
    """A conversation begins with the first state of its table, or where a restart finds it."""
    first = "offered" if table is BUYER else "offering"
    recovered = "held" if table is BUYER else "paid"
    return recovered if then == recovered else first


# ------------------------------------------------------------------------------------------------
# Rows
# ------------------------------------------------------------------------------------------------

HOMES = {one["name"]: one for one in ROWS["homes"]}
EURO = tally.Asset("EUR", 2)


def rows(pairs: list[dict[str, str]]) -> list[payment.Row]:
    return [(raw(one["key"]), raw(one["bytes"])) for one in pairs]


def tables(home: dict[str, Any]) -> dict[str, list[payment.Row]]:
    return {
        "register": rows(home["registers"]),
        "piece": rows(home["pieces"]),
        "open": rows(home["open"]),
    }


def read(of: dict[str, list[payment.Row]]) -> payment.Home:
    return payment.read_home(of["register"], of["piece"], of["open"])


@pytest.mark.parametrize("vector", cases(ROWS["homes"]))
def test_home(vector: dict[str, Any]) -> None:
    home = read(tables(vector))
    assert home.inert == vector["inert"]
    assert home.available(EURO) == vector["available"]
    assert home.used_up(EURO) == vector["consumed"]
    assert home.pulses == vector["pulses"]
    assert sorted(one.hex() for one in home.held) == vector["held"]
    assert sorted(one.hex() for one in home.paid) == vector["paid"]


def test_finished() -> None:
    assert ROWS["finished"]
    for one in ROWS["finished"]:
        found = tally.read_whole(raw(one["bytes"]), payment.read_finished)
        assert ("buyer", "seller")[found.role] == one["role"]
        assert ("cancelled", "paid")[found.outcome] == one["outcome"]
        assert found.decision is not None and found.decision.holds
        assert found.decision.payment.hex() == one["key"]
        paid = found.decision.statement.kind == tally.COMMIT
        assert paid == (one["outcome"] == "paid")
        if paid and found.handover is not None:
            assert found.decision.statement.answers == found.handover.hash


def test_records() -> None:
    assert {one["kind"] for one in ROWS["records"]} == {*range(1, 7), *range(16, 21), 23, 24}
    for one in ROWS["records"]:
        payment.read_record(one["kind"], raw(one["bytes"]))


@pytest.mark.parametrize("vector", cases(ROWS["bad"]))
def test_bad_row(vector: dict[str, Any]) -> None:
    of = tables(HOMES[vector["home"]])
    key, found = raw(vector["key"]), dict(of[vector["table"]])
    old = found.get(key, b"")
    start, end = vector["at"], vector["at"] + vector["drop"]
    found[key] = old[:start] + raw(vector["put"]) + old[end:]
    of[vector["table"]] = sorted(found.items())
    with pytest.raises(tally.Refused) as refused:
        read(of)
    if isinstance(refused.value, tally.Unreadable):
        told = refused.value.fault, refused.value.offset
    else:
        told = refused.value.name, 0
    assert told == (vector["error"], vector["position"])
