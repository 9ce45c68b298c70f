"""What is said at an office's counter (PROTOCOL section 13), read a second time.

Written from docs/PROTOCOL.md alone, on top of `tally_payment`.
"""

from __future__ import annotations

from dataclasses import dataclass

import tally_payment as payment
import tally_verifier as tally
from tally_verifier import H, MOMENT_MOST, MOST, Reader, Shape

WELCOME, REQUEST, ANSWER = 24, 25, 26
HELLO_SIZE, WELCOME_CERTIFICATE_CAP = 1_200, 640
SECRET_MOST, ID_MOST, HANDOVERS_CAP = 2**50 - 1, 9_999, 16
SHOWN_LINKS_CAP, SHOWN_DECISIONS_CAP, SHOWN_HANDOVERS_CAP, SHOWN_SIZE = 64, 32, 64, 40_960
REFUSAL_CAP, CERTIFICATES_CAP, PAPERS_CAP, NUMBERS_CAP = 40, 4, 8, 4
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


# ------------------------------------------------------------------------------------------------
# 13.1: HELLO
# ------------------------------------------------------------------------------------------------


def write_hello(sealing_key: bytes) -> bytes:
    size = HELLO_SIZE - 10
    bare = tally.encode([sealing_key, bytes(256)])
    body = tally.encode([sealing_key, bytes(256 + size - len(bare))])
    return b"\x01" + H("tally1 hello", body)[:8] + b"\x06" + body


def read_hello(datagram: bytes) -> bytes | None:
    """The sealing key; None when it is of any other form."""
    if len(datagram) != HELLO_SIZE:
        return None
    r = Reader(datagram[10:])
    try:
        r.array(2)
        key = r.key()
    except tally.Unreadable:
        return None
    return key if write_hello(key) == datagram else None


def hello_name(datagram: bytes) -> bytes:
    return H("tally1 hello", datagram[10:])


# ------------------------------------------------------------------------------------------------
# 13.2: the messages
# ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Welcome:
    root: bytes
    certificate: bytes
    moment: int


Showing = tuple[list[tally.Link], list[tally.Signed], list[bytes], list[bytes]]
DECISIONS = {tally.ABORT, tally.COMMIT, tally.COMMITTED, tally.REGISTER}


@dataclass(frozen=True)
class Request:
    type: int
    body: tuple[object, ...]


@dataclass(frozen=True)
class Answer:
    moment: int
    refusal: str
    certificates: list[bytes]
    papers: list[tally.Signed]
    numbers: list[int]


def read_welcome(r: Reader) -> Welcome:
    r.array(3)
    return Welcome(r.key(), r.byte_string(WELCOME_CERTIFICATE_CAP), r.number(MOMENT_MOST))


def read_request(r: Reader) -> Request:
    r.array(2)
    at = r.at
    type_ = r.number(tally.COUNTER_MOST)
    if type_ == 1:
        r.array(2)
        return Request(1, (r.number(SECRET_MOST), r.key()))
    if type_ == 2:
        r.array(2)
        return Request(2, (tally.read_asset(r), r.number(MOST)))
    if type_ in (3, 7):
        r.array(3)
        return Request(type_, (tally.read_asset(r), r.number(MOST), r.number(ID_MOST)))
    if type_ == 4:
        r.array(4)
        return Request(
            4,
            (
                r.number(MOST, 1),
                r.number(tally.COUNTER_MOST),
                r.items(HANDOVERS_CAP, lambda: tally.read_handover(r)),
                r.number(tally.COUNTER_MOST),
            ),
        )
    if type_ == 5:
        r.array(1)
        return Request(5, (r.number(MOST, 1),))
    if type_ == 6:
        r.array(4)
        return Request(6, read_showing(r))
    raise r.fault("out-of-range", at)


def read_showing(r: Reader) -> Showing:
    """What is shown: links, decisions, claims and denials."""
    links = r.items(SHOWN_LINKS_CAP, lambda: tally.read_link(r))
    at = r.at
    decisions = r.items(SHOWN_DECISIONS_CAP, lambda: payment.read_frame(r))
    if any(one.statement.kind not in DECISIONS for one in decisions):
        raise r.fault("out-of-range", at)
    return (
        links,
        decisions,
        r.items(SHOWN_HANDOVERS_CAP, r.hash),
        r.items(SHOWN_HANDOVERS_CAP, r.hash),
    )


def read_answer(r: Reader) -> Answer:
    r.array(5)
    return Answer(
        r.number(MOMENT_MOST),
        r.text(REFUSAL_CAP),
        r.items(CERTIFICATES_CAP, lambda: r.byte_string(tally.CERTIFICATE_CAP)),
        r.items(PAPERS_CAP, lambda: payment.read_frame(r)),
        r.items(NUMBERS_CAP, lambda: r.number(tally.COUNTER_MOST)),
    )


SHAPES: dict[int, Shape] = {
    WELCOME: Shape(False, True, read_welcome),  # type: ignore[arg-type]
    REQUEST: Shape(True, False, read_request),  # type: ignore[arg-type]
    ANSWER: Shape(True, True, read_answer),  # type: ignore[arg-type]
}
payment.SHAPES.update(SHAPES)


# ------------------------------------------------------------------------------------------------
# 13.3: codes
# ------------------------------------------------------------------------------------------------


class NoCode(Exception):
    """`letter`, `length` or `check`."""


def root_of(key: bytes) -> int:
    return int.from_bytes(H("tally1 coderoot", key)[:8], "big") >> 4


def invite(secret: int) -> bytes:
    return H("tally1 invite", secret.to_bytes(7, "big"))


def check_of(secret: int, root: int) -> int:
    hashed = H("tally1 codecheck", secret.to_bytes(7, "big") + root.to_bytes(8, "big"))
    return int.from_bytes(hashed[:2], "big") >> 1


def write_code(secret: int, root: int) -> str:
    bits = secret << 75 | check_of(secret, root) << 60 | root
    letters = "".join(ALPHABET[bits >> 5 * place & 31] for place in reversed(range(25)))
    return "-".join(letters[at : at + 5] for at in range(0, 25, 5))


def read_code(typed: str) -> tuple[int, int]:
    """The secret and the root."""
    bits = count = 0
    for letter in typed:
        if letter in "- ":
            continue
        if not letter.isascii():
            raise NoCode("letter")
        upper = {"O": "0", "I": "1", "L": "1"}.get(letter.upper(), letter.upper())
        if upper not in ALPHABET:
            raise NoCode("letter")
        bits, count = bits << 5 | ALPHABET.index(upper), count + 1
    if count != 25:
        raise NoCode("length")
    secret, check, root = bits >> 75, bits >> 60 & 0x7FFF, bits & 2**60 - 1
    if check != check_of(secret, root):
        raise NoCode("check")
    return secret, root
