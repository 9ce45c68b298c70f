"""docs/vectors/keypad.json against a second implementation.

Written from docs/PROTOCOL.md (sections 1, 2 and 18) and docs/vectors/README.md alone.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from tally_keypad import HALF, Desk, Key, desk_row, issuing, key_paper, press_row, result, typed

PATH = Path(__file__).resolve().parents[2] / "docs" / "vectors" / "keypad.json"
FILE: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
KEYS = [
    Key(issuing(bytes.fromhex(FILE["top"]), [(n, int(g)) for n, g in one["path"]]),
        one["use"], one["meter"], one["generation"])
    for one in FILE["keys"]]


def cases(list_: list[dict[str, Any]], word: str = "name") -> list[Any]:
    assert list_
    return [pytest.param(one, id=f"{n}-{one[word]}") for n, one in enumerate(list_)]


@pytest.mark.parametrize("index", range(len(KEYS)))
def test_keys(index: int) -> None:
    assert KEYS[index].bytes.hex() == FILE["keys"][index]["key"]


def test_no_two_keys_are_the_same() -> None:
    assert len({key.bytes for key in KEYS}) == len(KEYS)


@pytest.mark.parametrize("vector", cases(FILE["tokens"], "token"))
def test_token(vector: dict[str, Any]) -> None:
    key = KEYS[vector["key"]]
    assert key.tag(vector["number"], vector["amount"]) == vector["tag"]
    assert key.token(vector["number"], vector["amount"]) == vector["token"]
    assert key.read(vector["token"]) == (
        vector["tag"], vector["number"] % 1_000, vector["amount"])


@pytest.mark.parametrize("vector", cases(FILE["typed"], "result"))
def test_typed(vector: dict[str, Any]) -> None:
    assert typed(vector["typed"]) == vector["result"]


@pytest.mark.parametrize("story", cases(FILE["stories"]))
def test_story(story: dict[str, Any]) -> None:
    desk = Desk(KEYS[story["key"]], story["after"])
    seen = set()
    for step in story["steps"]:
        desk.stores = []
        if step["token"]:
            verdict = desk.type(step["token"], step["minute"])
        elif step["serve"]:
            verdict = desk.serve(step["serve"])
        else:
            verdict = desk.change(KEYS[step["change"]])
        seen.add(verdict.split()[0])
        assert (verdict, desk.stores) == (step["verdict"], step["stores"])
        for row in desk.stores:
            assert result(bytes.fromhex(row), desk_row) == "good"
        assert desk.credited == desk.served + sum(a - s for _, a, s in desk.registers)
    assert seen


def test_the_stories_hear_every_verdict() -> None:
    words = {step["verdict"].split()[0] for story in FILE["stories"] for step in story["steps"]}
    assert words == {"taken", "used", "old", "full", "wrong", "locked", "missing", "changed"}


@pytest.mark.parametrize("vector", cases(FILE["rows"]))
def test_rows(vector: dict[str, Any]) -> None:
    found = result(bytes.fromhex(vector["bytes"]), desk_row)
    assert (found == "good") == (vector["result"] == "good")


@pytest.mark.parametrize("vector", cases(FILE["presses"]))
def test_presses(vector: dict[str, Any]) -> None:
    found = result(bytes.fromhex(vector["bytes"]), press_row)
    assert (found == "good") == (vector["result"] == "good")


@pytest.mark.parametrize("vector", cases(FILE["papers"]))
def test_papers(vector: dict[str, Any]) -> None:
    found = result(bytes.fromhex(vector["bytes"]), key_paper)
    assert (found == "good") == (vector["result"] == "good")


def test_wrong_digits_are_wrong() -> None:
    draws = random.Random(18)
    for vector in draws.sample(FILE["tokens"], 20):
        key, token = KEYS[vector["key"]], vector["token"]
        at, other = draws.sample(range(20), 2)
        changed = token[:at] + str((int(token[at]) + draws.randint(1, 9)) % 10) + token[at + 1:]
        swapped = list(token)
        swapped[at], swapped[other] = token[other], token[at]
        for wrong in {changed, "".join(swapped)} - {token}:
            desk = Desk(key, vector["number"] - 1)
            assert desk.type(wrong, 0) == "wrong 0"
        desk = Desk(key, vector["number"] - 1)
        assert desk.type(token, 0) == f"taken {vector['number']} {vector['amount']}"


def test_every_other_key_refuses() -> None:
    for index, key in enumerate(KEYS):
        token = key.token(1, 5_000)
        for other in KEYS[:index] + KEYS[index + 1:]:
            assert Desk(other, 0).type(token, 0) == "wrong 0"


def test_a_permutation_of_all_there_are() -> None:
    draws = random.Random(19)
    for _ in range(300):
        token = f"{draws.randrange(10**20):020}"
        key = draws.choice(KEYS)
        tag, low, amount = key.read(token)
        plain = tag * 10**9 + low * 10**6 + amount - 1
        left, right = divmod(plain, HALF)
        for step in range(8):
            left, right = right, (left + key.share(step, right)) % HALF
        assert f"{left * HALF + right:020}" == token
