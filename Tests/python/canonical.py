"""Canonical bytes as docs/PROTOCOL section 2 has them, judged with cbor2 and nothing of ours."""

from io import BytesIO

import cbor2


def plain(value, depth=0):
    """Whether a value holds the four types and nothing else, within the bounds of an `item`."""
    if isinstance(value, bool):
        return False
    if isinstance(value, int):
        return 0 <= value < 2**64
    if isinstance(value, bytes):
        return len(value) <= 65_536
    if isinstance(value, str):
        return len(value.encode()) <= 65_536
    if isinstance(value, list):
        return len(value) <= 1_000 and depth < 16 and all(plain(v, depth + 1) for v in value)
    return False


def read(data):
    """The value these bytes are the one canonical encoding of; raises ValueError otherwise."""
    stream = BytesIO(data)
    try:
        value = cbor2.CBORDecoder(stream).decode()
    except Exception as error:
        raise ValueError(f"cbor2 does not read it: {error}") from error
    if not plain(value):
        raise ValueError("outside the four types")
    if cbor2.dumps(value, canonical=True) != data:
        raise ValueError("not the canonical encoding")
    return value


def is_canonical(data):
    try:
        read(data)
    except ValueError:
        return False
    return True
