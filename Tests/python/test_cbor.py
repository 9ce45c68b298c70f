"""Tally's canonical bytes against cbor2: what one writes the other reads, and what Tally refuses is
either no canonical encoding of the four types or no such value, by a second statement of what each
shape may be (docs/PROTOCOL sections 2 and 3)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from canonical import is_canonical, read

HERE = Path(__file__).parent
VECTORS = HERE.parents[1] / "docs" / "vectors"
FILE = json.loads((VECTORS / "cbor.json").read_text())
UNITS = 10**15
LAST_SECOND = 253_402_300_799
HIDDEN = [
    (0x00, 0x1F), (0x7F, 0x9F), (0x061C, 0x061C), (0x200B, 0x200F), (0x2028, 0x202E),
    (0x2060, 0x206F), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB), (0xE0000, 0xE0FFF),
]


def number(low, high):
    return lambda v: isinstance(v, int) and low <= v <= high


def data(*sizes):
    return lambda v: isinstance(v, bytes) and len(v) in sizes


def text(v):
    return isinstance(v, str) and len(v.encode()) <= 64


def line(v):
    return text(v) and not any(low <= ord(c) <= high for c in v for low, high in HIDDEN)


def several(least, most, shape):
    return lambda v: isinstance(v, list) and least <= len(v) <= most and all(map(shape, v))


def asset(v):
    if not (isinstance(v, list) and len(v) == 2 and isinstance(v[0], str)):
        return False
    code, scale = v
    plain = code.isascii() and code.isalnum() and code[:1].isalpha() and len(code) <= 8
    return plain and number(0, 6)(scale)


def payment(v):
    return data(40)(v) and 1 <= int.from_bytes(v[:8], "big") <= UNITS


def statement(v):
    if not (isinstance(v, list) and len(v) == 8):
        return False
    domain, version, kind, sender, receiver, about, answers, content = v
    return (
        domain == "tally" and version == 1 and number(1, 8)(kind)
        and data(32)(sender) and data(32)(receiver) and (about == b"" or payment(about))
        and several(0, 1, data(32))(answers)
        and isinstance(content, bytes) and len(content) <= 49_152
    )


SHAPES = {
    "number": number(0, 2**64 - 1),
    "data": data(*range(65)),
    "text": text,
    "line": line,
    "item": lambda v: True,
    "amount": number(0, UNITS),
    "epoch": number(1, UNITS),
    "day": number(0, LAST_SECOND // 86_400),
    "moment": number(0, LAST_SECOND),
    "asset": asset,
    "key": data(32),
    "hash": data(32),
    "sealing-key": data(32),
    "signature": data(64),
    "salt": data(16),
    "payment": payment,
    "hashes": several(0, 4, data(32)),
    "optional-hash": several(0, 1, data(32)),
    "object": statement,
    "signed-object": lambda v: isinstance(v, list) and len(v) == 2
    and statement(v[0]) and data(64)(v[1]),
}

# Refusals of the encoding itself: no shape could take these bytes.
ENCODING = {"truncated", "trailing", "not-shortest", "indefinite"}


def name(vector):
    return f"{vector['shape']}: {vector['what']}"


@pytest.mark.parametrize("good", FILE["good"], ids=name)
def test_what_tally_writes_is_canonical_and_of_its_shape(good):
    assert SHAPES[good["shape"]](read(bytes.fromhex(good["hex"])))


@pytest.mark.parametrize("bad", FILE["bad"], ids=name)
def test_what_tally_refuses_is_not_canonical_or_not_of_its_shape(bad):
    raw = bytes.fromhex(bad["hex"])
    assert 0 <= bad["position"] <= len(raw)
    if not is_canonical(raw):
        return
    assert bad["error"] not in ENCODING, "cbor2 finds nothing wrong with the encoding"
    assert not SHAPES[bad["shape"]](read(raw))


def test_every_refusal_of_the_protocol_has_a_vector():
    protocol = (VECTORS.parent / "PROTOCOL.md").read_text()
    section = protocol.split("## 2.")[1].split("## 3.")[0]
    names = {row.split("`")[1] for row in section.splitlines() if row.startswith("| `")}
    # A list out of order is a matter of Money's vectors.
    assert {bad["error"] for bad in FILE["bad"]} == names - {"not-sorted"}


def test_the_random_values_are_what_the_fixed_seed_gives():
    made = subprocess.run(
        [sys.executable, HERE / "random_values.py"], capture_output=True, text=True, check=True
    )
    assert made.stdout == (VECTORS / "cbor-random.txt").read_text(), "run make docs"
