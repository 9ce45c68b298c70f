"""The vectors of docs/vectors/money.json against the independent verifier.

Written from docs/PROTOCOL.md and docs/vectors/README.md alone. Every good vector must be accepted
and every bad one refused for its exact name.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import tally_verifier as tally

VECTORS = Path(__file__).resolve().parents[2] / "docs" / "vectors" / "money.json"


# No file, no list, or an empty one fails the whole module.
MONEY: dict[str, Any] = json.loads(VECTORS.read_text(encoding="utf-8"))
ROOT = bytes.fromhex(MONEY["root"])


def cases(part: str, label: str = "name") -> list[Any]:
    """One case per vector, under its own name."""
    assert MONEY[part], part
    return [pytest.param(one, id=f"{n}-{one[label]}") for n, one in enumerate(MONEY[part])]


def outcome(check: Any, *arguments: Any) -> str:
    try:
        check(*arguments)
    except tally.Refused as refusal:
        return refusal.name
    return "good"


def payee(vector: dict[str, Any]) -> tally.Payee:
    def each(name: str, read: Any) -> list[Any]:
        return [tally.read_whole(bytes.fromhex(one), read) for one in vector[name]]

    return tally.Payee(
        key=bytes.fromhex(vector["key"]),
        now=int(vector["now"]),
        asset=tally.Asset(vector["asset"], int(vector["scale"])),
        amount=int(vector["amount"]),
        byte_cap=int(vector["byte_cap"]),
        hop_cap=int(vector["hop_cap"]),
        device=int(vector["device"]),
        held=each("held", tally.read_piece),
        seen=each("seen", tally.read_link),
        revocations=each("revocations", lambda r: tally.read_signed(r, tally.REVOCATION)),
        totals=[(bytes.fromhex(t["window"]), int(t["total"])) for t in vector["totals"]],
    )


HASHES: dict[str, Any] = {
    "object": lambda data: tally.read_whole(data, tally.read_statement).hash,
    "header": lambda data: tally.read_whole(data, tally.read_header).hash,
    "entry": lambda data: tally.read_whole(data, tally.read_entry).hash,
    "handover": lambda data: tally.read_whole(data, tally.read_handover).hash,
    "link": lambda data: tally.read_whole(data, tally.read_link).hash,
    "payment": tally.payment_hash,
}


@pytest.mark.parametrize("vector", cases("hashes", "what"))
def test_hash(vector: dict[str, Any]) -> None:
    assert HASHES[vector["what"]](bytes.fromhex(vector["hex"])).hex() == vector["hash"]


@pytest.mark.parametrize("vector", cases("papers"))
def test_paper(vector: dict[str, Any]) -> None:
    data = bytes.fromhex(vector["hex"])
    assert outcome(tally.check_paper, data, ROOT) == vector["result"]


@pytest.mark.parametrize("vector", cases("proposals"))
def test_proposal(vector: dict[str, Any]) -> None:
    data = bytes.fromhex(vector["hex"])
    assert outcome(tally.check_proposal, data, payee(vector["payee"]), ROOT) == vector["result"]


@pytest.mark.parametrize("vector", cases("agreements"))
def test_agreement(vector: dict[str, Any]) -> None:
    proposal = tally.read_whole(bytes.fromhex(vector["proposal"]), tally.read_proposal)

    def check() -> None:
        handover = tally.read_whole(bytes.fromhex(vector["handover"]), tally.read_handover)
        payment, offer = bytes.fromhex(vector["payment"]), bytes.fromhex(vector["offer"])
        tally.check_agreement(proposal, handover, payment, offer, payee(vector["payee"]))

    assert outcome(check) == vector["result"]
