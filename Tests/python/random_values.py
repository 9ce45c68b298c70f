"""Prints random values of the four types from a fixed seed, as cbor2 encodes them canonically, and
damaged ones with cbor2's verdict. `make docs` keeps them in docs/vectors/cbor-random.txt, which the
Swift tests read: what this program accepts, Tally must accept, and nothing else.

Only Random.getrandbits and arithmetic are used: their results are the same in every Python."""

import random

import cbor2
from canonical import is_canonical

SEED = 20261120
dice = random.Random(SEED)


def below(limit):
    return dice.getrandbits(32) % limit


def number():
    return dice.getrandbits(64) >> below(64)


def text():
    ranges = [(0x20, 0x7E), (0xA0, 0x2FF), (0x3040, 0x30FF), (0x1F300, 0x1F5FF), (0, 0x1F)]
    out = []
    for _ in range(below(12)):
        low, high = ranges[below(len(ranges))]
        out.append(chr(low + below(high - low + 1)))
    return "".join(out)


def value(depth=0):
    kind = below(5 if depth < 4 else 3)
    if kind == 0:
        return number()
    if kind == 1:
        return bytes(below(256) for _ in range(below(40)))
    if kind == 2:
        return text()
    return [value(depth + 1) for _ in range(below(5))]


def damaged(data):
    """One byte changed, put in or taken out, or a head written longer than it has to be."""
    at = below(len(data))
    act = below(4)
    if act == 0:
        return data[:at] + bytes([below(256)]) + data[at + 1 :]
    if act == 1:
        return data[:at] + bytes([below(256)]) + data[at:]
    if act == 2:
        return data[:at] + data[at + 1 :]
    first = data[0]
    return bytes([first & 0xE0 | 24, first & 31]) + data[1:]


def lines():
    for _ in range(1_500):
        data = cbor2.dumps(value(), canonical=True)
        yield data
        yield damaged(data)
        yield damaged(damaged(data) or b"\x00")


if __name__ == "__main__":
    print(f"# Random values by Tests/python/random_values.py with cbor2, seed {SEED}: verdict, bytes.")
    for data in lines():
        print("good" if is_canonical(data) else "bad", data.hex())
