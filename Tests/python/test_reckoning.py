"""docs/vectors/reckoning.json against the second implementation of PROTOCOL section 14.

Everything in it must follow from what was presented: who is convicted of what, what each proof
proves, and where every unit of every stick goes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import tally_reckoning as reckoning
import tally_verifier as tally

VECTORS = Path(__file__).resolve().parents[2] / "docs" / "vectors" / "reckoning.json"
WORLDS: list[dict[str, Any]] = json.loads(VECTORS.read_text(encoding="utf-8"))["worlds"]
assert len(WORLDS) >= 10

worlds = pytest.mark.parametrize("world", WORLDS, ids=[world["name"] for world in WORLDS])


def present(world: dict[str, Any], handovers: list[tally.Handover]) -> reckoning.Reckoning:
    """Takes the last presentation first: the order must not matter."""
    made = reckoning.Reckoning({bytes.fromhex(world["office"])})
    for one in world["sticks"]:
        made.sticks[bytes.fromhex(one["id"])] = reckoning.Stick(
            bytes.fromhex(one["id"]),
            bytes.fromhex(one["owner"]),
            one["units"],
            one["settle_until"],
            one["epoch"] or None,
            one["number"],
        )
    for item in reversed(world["presented"]):
        take(made, item, handovers)
    for life in world["epochs"]:
        made.epochs[bytes.fromhex(life["key"])] = life["epoch"]
    for one in world["accounts"]:
        made.accounts[bytes.fromhex(one["key"])] = one["account"]
    for life in world["revoked"]:
        made.revoked[bytes.fromhex(life["key"])] = life["epoch"], life["counter"]
    return made


def take(
    made: reckoning.Reckoning, item: dict[str, Any], handovers: list[tally.Handover]
) -> None:
    what, by = item["what"], bytes.fromhex(item["by"])
    last = handovers[item["links"][-1][0]] if item["links"] else None
    if what in ("links", "redeemed"):
        for index, number in item["links"]:
            made.present(reckoning.link_of(handovers[index], number), item["number"], True)
    if last is not None:
        if what == "handover":
            made.hand_in(last, item["number"])
        elif what == "redeemed":
            made.taken[last.hash] = "redeemed"
            made.waiting[last.hash] = range(*item["waits"]) if item["waits"] else range(0)
        elif what == "claim":
            made.claims.add((last.hash, by))
        elif what == "denial":
            made.denials.add((last.hash, by))
        return
    kinds = {"abort": tally.ABORT, "commit": tally.COMMIT, "committed": tally.COMMITTED}
    signed = tally.read_whole(
        bytes.fromhex(item["hex"]), lambda r: tally.read_signed(r, kinds[what])
    )
    {"abort": made.abort, "commit": made.commit, "committed": made.committed}[what](signed)


@pytest.fixture(name="made")
def made_of(world: dict[str, Any]) -> reckoning.Reckoning:
    whole = [
        tally.read_whole(bytes.fromhex(one), tally.read_handover) for one in world["handovers"]
    ]
    return present(world, whole)


@worlds
def test_who_is_convicted_of_what(world: dict[str, Any], made: reckoning.Reckoning) -> None:
    cases = [(case[1], case) for case in made.forks()]
    cases += [(case[2], case) for case in made.equivocations()]
    found = [
        (convict, made.duplicated(case), len(made.parties(case))) for convict, case in cases
    ]
    told = [
        (bytes.fromhex(one["convict"]), one["duplicated"], one["parties"])
        for one in world["cases"]
    ]
    assert sorted(found) == sorted(told)
    notices = {(bytes.fromhex(one["key"]), one["epoch"]) for one in world["notices"]}
    assert made.notices() == notices


@worlds
def test_each_proof_proves_it(world: dict[str, Any]) -> None:
    for one in world["cases"]:
        proof = tally.read_whole(bytes.fromhex(one["proof"]), tally.read_proof)
        assert isinstance(proof, (tally.Fork, tally.BothDecisions, tally.AbortAndUse))
        assert proof.check() == bytes.fromhex(one["convict"])
    for one in world["notices"]:
        proof = tally.read_whole(bytes.fromhex(one["proof"]), tally.read_proof)
        assert isinstance(proof, (tally.OnePlace, tally.BrokenSequence))
        assert proof.check() == bytes.fromhex(one["key"])


@worlds
def test_where_each_unit_goes(world: dict[str, Any], made: reckoning.Reckoning) -> None:
    held = {bytes.fromhex(one["key"]): one["units"] for one in world["held"]}
    settled, paid = made.close(world["day"], held)
    shares = [
        (stick.hex(), share.low, share.high, share.fate, share.key.hex())
        for stick in sorted(settled)
        for share in settled[stick]
    ]
    told = [(s["stick"], s["lo"], s["hi"], s["fate"], s["key"]) for s in world["shares"]]
    assert shares == told
    due = [
        (one.stick.hex(), one.low, one.high, one.holder.hex(), one.convict.hex(), amount)
        for one, amount in paid
    ]
    assert due == [
        (d["stick"], d["lo"], d["hi"], d["holder"], d["convict"], d["paid"])
        for d in world["duplicates"]
    ]
