"""docs/vectors/counter.json against a second implementation.

Written from docs/PROTOCOL.md (section 13) and docs/vectors/README.md alone.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import tally_counter as counter
import tally_payment as payment
import tally_verifier as tally

PATH = Path(__file__).resolve().parents[2] / "docs" / "vectors" / "counter.json"
FILE: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
MESSAGES = {one["name"]: one for one in FILE["messages"]}


def raw(text: str) -> bytes:
    return bytes.fromhex(text)


def cases(list_: list[dict[str, Any]], name: str = "name") -> list[Any]:
    assert list_
    return [pytest.param(one, id=f"{n}-{one[name]}") for n, one in enumerate(list_)]


def message(name: str) -> tally.Signed:
    one = MESSAGES[name]
    return payment.read_message(raw(one["hex"]), one["kind"])


def test_hello() -> None:
    datagram = raw(FILE["hello"]["datagram"])
    assert counter.read_hello(datagram) == raw(FILE["hello"]["sealing_key"])
    assert counter.hello_name(datagram) == raw(FILE["hello"]["name"])
    assert len(datagram) == 1_200


@pytest.mark.parametrize("vector", cases(FILE["hellos"]))
def test_no_hello(vector: dict[str, Any]) -> None:
    assert counter.read_hello(raw(vector["datagram"])) is None


@pytest.mark.parametrize("vector", cases(FILE["messages"]))
def test_message(vector: dict[str, Any]) -> None:
    one = payment.read_message(raw(vector["hex"]), vector["kind"])
    assert one.hash.hex() == vector["hash"]
    assert (one.statement.answers or b"").hex() == vector["answers"]
    assert tally.signature_holds(one.sender, one.hash, one.signature)


def test_who_speaks_to_whom() -> None:
    office, wallet = raw(FILE["office"]), raw(FILE["wallet"])
    welcome = message("WELCOME")
    assert welcome.sender == office
    assert welcome.receiver == raw(FILE["hello"]["sealing_key"])
    assert welcome.statement.answers == raw(FILE["hello"]["name"])
    for name in ["enrol", "charge", "redeem", "hand in", "sync", "renew", "show"]:
        request = message("REQUEST to " + name)
        assert (request.sender, request.receiver) == (wallet, office)
        for what in ["done", "refused"]:
            answer = message(f"ANSWER: {name} {what}")
            assert (answer.sender, answer.receiver) == (office, wallet)
            assert answer.statement.answers == request.hash
            assert answer.payment == request.payment


def test_the_stick_answers_the_request_with_all_that_it_needs() -> None:
    answer = message("ANSWER: charge done").statement.content
    assert isinstance(answer, counter.Answer)
    assert len(answer.papers) == 1 and len(answer.certificates) == 2
    assert answer.papers[0].statement.kind == 1


def test_what_is_shown_is_signed_by_who_it_says() -> None:
    request = message("REQUEST to show")
    asked = request.statement.content
    assert isinstance(asked, counter.Request) and asked.type == 6
    links, decisions, claims, denials = asked.body
    assert (len(links), len(decisions), len(claims), len(denials)) == (3, 3, 2, 1)
    for link in links:
        assert tally.signature_holds(link.header.payer, link.hash, link.signature)
    for one in decisions:
        assert tally.signature_holds(one.sender, one.hash, one.signature)
    # Who claims is the last payee of what it shows, and each link follows from its parent.
    for claim in claims:
        (link,) = [link for link in links if link.hash == claim]
        assert link.header.payee == request.sender
    first, second, other = links
    assert second.entry.piece.parent == (first.hash, first.number)
    assert [abort.hash for abort in other.entry.releases] == [decisions[0].hash]
    assert not set(denials) & {link.hash for link in links}


def test_a_showing_has_its_bounds() -> None:
    whole = message("REQUEST to show").statement.content
    assert isinstance(whole, counter.Request)
    one = MESSAGES["REQUEST to show"]
    frame = payment.read_frame(tally.Reader(raw(one["hex"])))
    content = frame.statement.content
    assert isinstance(content, bytes) and len(content) <= counter.SHOWN_SIZE + 2
    for claims, fits in ((64, True), (65, False)):
        shown = tally.encode([6, [[], [], [bytes(32)] * claims, []]])
        try:
            counter.read_request(tally.Reader(shown))
            assert fits
        except tally.Unreadable:
            assert not fits


@pytest.mark.parametrize("vector", cases(FILE["contents"]))
def test_content(vector: dict[str, Any]) -> None:
    one = MESSAGES[vector["of"]]
    whole = payment.read_message(raw(one["hex"]), one["kind"]).statement
    frame = payment.read_frame(tally.Reader(raw(one["hex"])))
    old = frame.statement.content
    assert isinstance(old, bytes)
    at, drop = vector["at"], vector["drop"]
    content = old[:at] + raw(vector["put"]) + old[at + drop :]
    r = tally.Reader(b"")
    shape = payment.SHAPES[whole.kind]
    try:
        tally.read_content(r, content, shape, 0)
        found = "good"
    except tally.Unreadable as fault:
        found = fault.fault
    assert found == vector["error"]


@pytest.mark.parametrize("vector", cases(FILE["codes"], "typed"))
def test_code(vector: dict[str, Any]) -> None:
    secret, root = counter.read_code(vector["typed"])
    assert (secret, root) == (vector["secret"], vector["root"])
    assert root == counter.root_of(raw(vector["root_key"]))
    assert counter.write_code(secret, root) == vector["text"]
    assert counter.invite(secret).hex() == vector["hash"]


@pytest.mark.parametrize("vector", cases(FILE["no_codes"], "typed"))
def test_no_code(vector: dict[str, Any]) -> None:
    with pytest.raises(counter.NoCode, match=vector["fault"]):
        counter.read_code(vector["typed"])
