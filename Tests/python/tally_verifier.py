"""A second implementation of what `tally verify` and a payee check.

Written from docs/PROTOCOL.md alone, without a look at the program: where the two disagree, one of
the document and the program is wrong. It reads canonical bytes (section 2), objects (3),
certificates (5), money, provenance, proposals, agreements and proofs (6), and papers (7).

As a command:  python tally_verifier.py --root HEXKEY FILE
prints what a paper (or a certificate, DER or PEM) says. Exit code 0: good; 1: refused; 2: usage.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import cached_property
from pathlib import Path
from typing import TypeVar, Union

import nacl.bindings
import nacl.exceptions
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

T = TypeVar("T")

MOST = 10**15  # amounts, units and epochs
COUNTER_MOST = 2**64 - 1
MOMENT_MOST = 253402300799
DAY_MOST = 2932896
DAY_SECONDS = 86_400
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

FILE_CAP = 131_072
CONTENT_CAP = 49_152
CERTIFICATE_CAP = 1_024
CERTIFICATES_CAP = 130
STICKS_CAP = 8
LINKS_CAP = 512
ENTRIES_CAP = 8
RELEASES_CAP = 8
PAPER_HOP_CAP = 64
LEAF_CAP = 64

STICK, WINDOW, HANDOVER, COMMIT, ABORT, COMMITTED, REVOCATION, NAME, REGISTER = range(1, 10)
BILL, INVOICE = 10, 11
KINDS = range(STICK, INVOICE + 1)  # the messages of a payment come with section 8
CLASSES = ("software", "emulated", "hardware")


class Refused(Exception):
    """What was shown is refused; `name` is the protocol's name for the reason."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Unreadable(Refused):
    """The bytes are not the canonical form of what should stand there (section 2)."""

    def __init__(self, fault: str, offset: int) -> None:
        super().__init__(f"unreadable: {fault}")
        self.fault = fault
        self.offset = offset


# ------------------------------------------------------------------------------------------------
# Section 1: hashes and signatures
# ------------------------------------------------------------------------------------------------


def H(domain: str, data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=32, person=domain.encode("ascii")).digest()


def signature_holds(key: bytes, hash_: bytes, signature: bytes) -> bool:
    return ed25519_holds(key, b"tally/1:" + hash_, signature)


def ed25519_holds(key: bytes, message: bytes, signature: bytes) -> bool:
    """libsodium's own rules: PyNaCl hands the bytes to it unchanged."""
    if len(key) != 32 or len(signature) != 64:
        return False
    try:
        nacl.bindings.crypto_sign_open(signature + message, key)
    except nacl.exceptions.BadSignatureError:
        return False
    return True


# ------------------------------------------------------------------------------------------------
# Section 2: canonical bytes
# ------------------------------------------------------------------------------------------------

Value = Union[int, bytes, str, Sequence["Value"]]

UNSIGNED, BYTES, TEXT, ARRAY = 0, 2, 3, 4

HIDDEN = (
    (0x0000, 0x001F),
    (0x007F, 0x009F),
    (0x061C, 0x061C),
    (0x200B, 0x200F),
    (0x2028, 0x202E),
    (0x2060, 0x206F),
    (0xFEFF, 0xFEFF),
    (0xFFF9, 0xFFFB),
    (0xE0000, 0xE0FFF),
)


def may_be_shown(text: str) -> bool:
    return not any(low <= ord(c) <= high for c in text for low, high in HIDDEN)


def head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    for info, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << (8 * size):
            return bytes([major << 5 | info]) + number.to_bytes(size, "big")
    raise ValueError("more than 64 bits")


def encode(value: Value) -> bytes:
    """The one form of a value: the writer knows no types beyond the four of section 2."""
    if isinstance(value, bool):
        raise TypeError("no booleans")
    if isinstance(value, int):
        return head(UNSIGNED, value)
    if isinstance(value, bytes):
        return head(BYTES, len(value)) + value
    if isinstance(value, str):
        text = value.encode("utf-8")
        return head(TEXT, len(text)) + text
    return head(ARRAY, len(value)) + b"".join(encode(item) for item in value)


class Reader:
    """Reads canonical bytes by type, from the front; every refusal is an `Unreadable`.

    Of several faults of one item the earliest in this order is named: the type, the length field
    being whole, its being shortest, what it may be, the contents being there, what they hold.
    A length is thus judged before anything is read or kept for it.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def fault(self, name: str, offset: int) -> Unreadable:
        return Unreadable(name, offset)

    def cut_short(self) -> Unreadable:
        return self.fault("truncated", len(self.data))

    def head(self, major: int) -> int:
        start = self.at
        if start >= len(self.data):
            raise self.cut_short()
        first = self.data[start]
        info = first & 31
        if first >> 5 != major or 28 <= info <= 30 or (info == 31 and major == UNSIGNED):
            raise self.fault("wrong-type", start)
        if info == 31:
            raise self.fault("indefinite", start)
        self.at += 1
        if info < 24:
            return info
        size = 1 << (info - 24)
        if len(self.data) - self.at < size:
            raise self.cut_short()
        number = int.from_bytes(self.data[self.at : self.at + size], "big")
        if number < 24 or (size > 1 and number < 1 << (4 * size)):
            raise self.fault("not-shortest", start)
        self.at += size
        return number

    def number(self, most: int, least: int = 0) -> int:
        start = self.at
        number = self.head(UNSIGNED)
        if not least <= number <= most:
            raise self.fault("out-of-range", start)
        return number

    def version(self) -> None:
        start = self.at
        if self.head(UNSIGNED) != 1:
            raise self.fault("version", start)

    def take(self, size: int) -> bytes:
        if len(self.data) - self.at < size:
            raise self.cut_short()
        self.at += size
        return self.data[self.at - size : self.at]

    def byte_string(self, cap: int) -> bytes:
        start = self.at
        size = self.head(BYTES)
        if size > cap:
            raise self.fault("over-cap", start)
        return self.take(size)

    def fixed(self, *sizes: int) -> bytes:
        start = self.at
        size = self.head(BYTES)
        if size not in sizes:
            raise self.fault("wrong-length", start)
        return self.take(size)

    def hash(self) -> bytes:
        return self.fixed(32)

    def key(self) -> bytes:
        return self.fixed(32)

    def text(self, cap: int, least: int = 0) -> str:
        start = self.at
        size = self.head(TEXT)
        if size > cap:
            raise self.fault("over-cap", start)
        if size < least:
            raise self.fault("out-of-range", start)
        try:
            text = self.take(size).decode("utf-8")
        except UnicodeDecodeError:
            raise self.fault("bad-text", start) from None
        if not may_be_shown(text):
            raise self.fault("bad-text", start)
        return text

    def word(self, word: str) -> None:
        """The word that opens a format; any other is bad text, and a longer one too long."""
        start = self.at
        if self.text(len(word)) != word:
            raise self.fault("bad-text", start)

    def payment(self) -> bytes:
        start = self.at
        return self.payment_of(self.fixed(40), start)

    def payment_of(self, payment: bytes, start: int) -> bytes:
        if payment and not 1 <= int.from_bytes(payment[:8], "big") <= MOST:
            raise self.fault("out-of-range", start)
        return payment

    def array(self, *counts: int) -> int:
        start = self.at
        count = self.head(ARRAY)
        if count not in counts:
            raise self.fault("wrong-count", start)
        self.room(count)
        return count

    def room(self, count: int) -> None:
        """Every element takes a byte at least."""
        if count > len(self.data) - self.at:
            raise self.cut_short()

    def optional(self, read: Callable[[], T]) -> T | None:
        found = self.items(1, read)
        return found[0] if found else None

    def items(
        self, cap: int, read: Callable[[], T], least: int = 0, exactly: int | None = None
    ) -> list[T]:
        start = self.at
        count = self.head(ARRAY)
        if count > cap:
            raise self.fault("over-cap", start)
        if count < least or (exactly is not None and count != exactly):
            raise self.fault("wrong-count", start)
        self.room(count)
        return [read() for _ in range(count)]

    def sorted_list(
        self, cap: int, read: Callable[[], T], order: Callable[[T], object]
    ) -> list[T]:
        last: list[object] = []

        def item() -> T:
            start = self.at
            one = read()
            place = order(one)
            if last and not last[0] < place:  # type: ignore[operator]
                raise self.fault("not-sorted", start)
            last[:] = [place]
            return one

        return self.items(cap, item)

    def end(self) -> None:
        if self.at != len(self.data):
            raise self.fault("trailing", self.at)


def read_whole(data: bytes, read: Callable[[Reader], T]) -> T:
    reader = Reader(data)
    value = read(reader)
    reader.end()
    return value


# ------------------------------------------------------------------------------------------------
# Basic values
# ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asset:
    code: str
    scale: int

    def shown(self, amount: int) -> str:
        if self.scale == 0:
            return f"{amount} {self.code}"
        whole, part = divmod(amount, 10**self.scale)
        return f"{whole}.{part:0{self.scale}d} {self.code}"


def read_asset(r: Reader) -> Asset:
    r.array(2)
    start = r.at
    code = r.text(8)
    if not code or not code.isascii() or not code.isalnum() or not code[0].isalpha():
        raise r.fault("bad-text", start)
    return Asset(code, r.number(6))


Place = tuple[int, int]  # (epoch, counter): compared in this order
Reference = tuple[bytes, int]  # (handover hash, entry's number)


@dataclass(frozen=True)
class Piece:
    """A range of a stick's units and what it was cut from; an entry shows the same four."""

    stick: bytes
    low: int
    high: int
    parent: Reference | None

    def meets(self, other: Piece) -> bool:
        return self.stick == other.stick and self.low < other.high and other.low < self.high

    @property
    def units(self) -> int:
        return self.high - self.low


def read_parent(r: Reader) -> Reference | None:
    """`[]`, or an array of one reference."""
    return r.optional(lambda: read_reference(r))


def read_reference(r: Reader) -> Reference:
    r.array(2)
    return r.hash(), r.number(ENTRIES_CAP - 1)


def read_range(r: Reader) -> tuple[int, int]:
    low = r.number(MOST)
    start = r.at
    high = r.number(MOST)
    if high <= low:
        raise r.fault("out-of-range", start)
    return low, high


def read_piece(r: Reader) -> Piece:
    r.array(4)
    stick = r.hash()
    low, high = read_range(r)
    return Piece(stick, low, high, read_parent(r))


# ------------------------------------------------------------------------------------------------
# Sections 3 and 6.1: objects
# ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class StickContent:
    asset: Asset
    units: int
    spend_until: int
    settle_until: int
    signed: int


@dataclass(frozen=True)
class WindowContent:
    epoch: int
    asset: Asset
    device: int
    largest: int
    ceiling: int
    guarantee: int
    first_counter: int
    not_before: int
    not_after: int
    signed: int


@dataclass(frozen=True)
class CommitContent:
    offer: bytes
    asset: Asset
    amount: int
    moment: int


@dataclass(frozen=True)
class RevocationContent:
    epoch: int
    last_good: int
    reason: str
    signed: int


@dataclass(frozen=True)
class NameContent:
    name: str
    signed: int


@dataclass(frozen=True)
class RegisterContent:
    """What a meter says of a stick (section 16.6)."""

    stick: bytes
    count: int


@dataclass(frozen=True)
class BillContent:
    """What an account owes, and when that was said; of an invoice, whose it is, and when it was paid."""

    number: int
    biller: str
    holder: str
    purpose: str
    asset: Asset
    amount: int
    due: int
    moment: int


@dataclass(frozen=True)
class Nothing:
    """The content of an ABORT and of a COMMITTED: an empty array."""


Content = Union[
    StickContent, WindowContent, CommitContent, RevocationContent, NameContent, RegisterContent,
    BillContent, Nothing, bytes
]


def ordered(r: Reader, low: int, high_at: int, high: int) -> None:
    if high < low:
        raise r.fault("out-of-range", high_at)


def read_stick_content(r: Reader) -> StickContent:
    r.array(5)
    asset, units, spend = read_asset(r), r.number(MOST, 1), r.number(DAY_MOST)
    at = r.at
    settle = r.number(DAY_MOST)
    ordered(r, spend + 1, at, settle)  # a day is left to settle
    return StickContent(asset, units, spend, settle, r.number(MOMENT_MOST))


def read_window_content(r: Reader) -> WindowContent:
    r.array(10)
    epoch, asset, device = r.number(MOST, 1), read_asset(r), r.number(2)
    largest = r.number(MOST)
    at = r.at
    ceiling = r.number(MOST)
    ordered(r, largest, at, ceiling)
    guarantee, first = r.number(MOST), r.number(COUNTER_MOST)
    before = r.number(MOMENT_MOST)
    at = r.at
    after = r.number(MOMENT_MOST)
    ordered(r, before, at, after)
    signed = r.number(MOMENT_MOST)
    return WindowContent(
        epoch, asset, device, largest, ceiling, guarantee, first, before, after, signed
    )


def read_commit_content(r: Reader) -> CommitContent:
    r.array(4)
    return CommitContent(r.hash(), read_asset(r), r.number(MOST), r.number(MOMENT_MOST))


def read_revocation_content(r: Reader) -> RevocationContent:
    r.array(4)
    return RevocationContent(
        r.number(MOST, 1), r.number(COUNTER_MOST), r.text(120), r.number(MOMENT_MOST)
    )


def read_name_content(r: Reader) -> NameContent:
    r.array(2)
    return NameContent(r.text(64, 1), r.number(MOMENT_MOST))


def read_register_content(r: Reader) -> RegisterContent:
    r.array(2)
    return RegisterContent(r.hash(), r.number(MOST))


def read_bill_content(r: Reader) -> BillContent:
    r.array(7)
    return read_rest_of_bill(r, r.number(COUNTER_MOST), r.text(64, 1), "")


def read_invoice_content(r: Reader) -> BillContent:
    r.array(8)
    return read_rest_of_bill(r, r.number(COUNTER_MOST), r.text(64, 1), r.text(64, 1))


def read_rest_of_bill(r: Reader, number: int, biller: str, holder: str) -> BillContent:
    return BillContent(
        number, biller, holder, r.text(160, 1), read_asset(r), r.number(MOST, 1),
        r.number(DAY_MOST), r.number(MOMENT_MOST)
    )


def read_nothing(r: Reader) -> Nothing:
    r.array(0)
    return Nothing()


@dataclass(frozen=True)
class Shape:
    """What the tables of sections 3 and 6.1 fix for one kind."""

    payment: bool
    answers: bool
    content: Callable[[Reader], Content]


SHAPES: dict[int, Shape] = {
    STICK: Shape(False, True, read_stick_content),
    WINDOW: Shape(False, False, read_window_content),
    COMMIT: Shape(True, True, read_commit_content),
    ABORT: Shape(True, False, read_nothing),
    COMMITTED: Shape(True, True, read_nothing),
    REVOCATION: Shape(False, False, read_revocation_content),
    NAME: Shape(False, False, read_name_content),
    REGISTER: Shape(False, False, read_register_content),
    BILL: Shape(False, False, read_bill_content),
    INVOICE: Shape(False, True, read_invoice_content),
}


@dataclass(frozen=True)
class Statement:
    kind: int
    sender: bytes
    receiver: bytes
    payment: bytes
    answers: bytes | None
    content: Content
    raw: bytes

    @cached_property
    def hash(self) -> bytes:
        return H("tally1 object", self.raw)


def read_content(r: Reader, content: bytes, shape: Shape, start: int) -> Content:
    """A fault inside a content stands at the object's first byte."""
    try:
        return read_whole(content, shape.content)
    except Unreadable as unreadable:
        raise r.fault(unreadable.fault, start) from None


def read_statement(r: Reader, kind: int | None = None) -> Statement:
    """A statement; of the kind that its place asks for, where it asks for one.

    A content of a kind that section 6.1 does not describe stays bytes.
    """
    start = r.at
    r.array(8)
    r.word("tally")
    r.version()
    at = r.at
    found = r.number(COUNTER_MOST)
    if found not in KINDS if kind is None else found != kind:
        raise r.fault("out-of-range", at)
    shape = SHAPES.get(found)
    sender, receiver = r.key(), r.key()
    at = r.at
    payment = r.fixed(0, 40)
    if shape is not None and bool(payment) != shape.payment:
        raise r.fault("wrong-count", at)
    r.payment_of(payment, at)
    wanted = None if shape is None else int(shape.answers)
    answers = r.items(1, r.hash, exactly=wanted)
    inner = r.byte_string(CONTENT_CAP)
    content = inner if shape is None else read_content(r, inner, shape, start)
    raw = r.data[start : r.at]
    answer = answers[0] if answers else None
    return Statement(found, sender, receiver, payment, answer, content, raw)


@dataclass(frozen=True)
class Signed:
    """A signed object: evidence that stands on its own."""

    statement: Statement
    signature: bytes

    @cached_property
    def hash(self) -> bytes:
        return self.statement.hash

    @property
    def sender(self) -> bytes:
        return self.statement.sender

    @property
    def receiver(self) -> bytes:
        return self.statement.receiver

    @property
    def payment(self) -> bytes:
        return self.statement.payment

    @property
    def holds(self) -> bool:
        return signature_holds(self.sender, self.hash, self.signature)

    def as_stick(self) -> StickContent:
        assert isinstance(self.statement.content, StickContent)
        return self.statement.content

    def as_window(self) -> WindowContent:
        assert isinstance(self.statement.content, WindowContent)
        return self.statement.content

    def as_commit(self) -> CommitContent:
        assert isinstance(self.statement.content, CommitContent)
        return self.statement.content

    def as_revocation(self) -> RevocationContent:
        assert isinstance(self.statement.content, RevocationContent)
        return self.statement.content

    def as_name(self) -> NameContent:
        assert isinstance(self.statement.content, NameContent)
        return self.statement.content


def read_signed(r: Reader, kind: int) -> Signed:
    r.array(2)
    statement = read_statement(r, kind)
    return Signed(statement, r.fixed(64))


# ------------------------------------------------------------------------------------------------
# Section 6.2: handovers and links
# ------------------------------------------------------------------------------------------------


def payment_hash(payment: bytes) -> bytes:
    return H("tally1 payment", payment)


@dataclass(frozen=True)
class Header:
    payer: bytes
    payee: bytes
    epoch: int
    counter: int
    payment_hash: bytes
    count: int
    raw: bytes

    @property
    def place(self) -> Place:
        return self.epoch, self.counter

    @cached_property
    def hash(self) -> bytes:
        return H("tally1 header", self.raw)

    def released_by(self, abort: Signed) -> bool:
        """Whether an ABORT is this handover's release: says nothing of its signature."""
        return (
            abort.sender == self.payee
            and abort.receiver == self.payer
            and payment_hash(abort.payment) == self.payment_hash
        )


def read_header(r: Reader) -> Header:
    start = r.at
    r.array(7)
    r.version()
    payer, payee, epoch = r.key(), r.key(), r.number(MOST, 1)
    counter, payment, count = r.number(COUNTER_MOST), r.hash(), r.number(ENTRIES_CAP, 1)
    return Header(payer, payee, epoch, counter, payment, count, r.data[start : r.at])


@dataclass(frozen=True)
class Entry:
    piece: Piece
    releases: list[Signed]
    raw: bytes

    @cached_property
    def hash(self) -> bytes:
        return H("tally1 entry", self.raw)

    def check_releases(self, payer: bytes) -> None:
        for abort in self.releases:
            if abort.receiver != payer:
                raise Refused("release-not-for-payer")
            if not abort.holds:
                raise Refused("release-signature")

    def carries_release_of(self, header: Header) -> bool:
        # A badly signed ABORT excuses nobody: anybody could write one.
        return any(header.released_by(abort) and abort.holds for abort in self.releases)


def read_entry(r: Reader) -> Entry:
    start = r.at
    r.array(5)
    stick = r.hash()
    low, high = read_range(r)
    parent = read_parent(r)
    releases = r.sorted_list(RELEASES_CAP, lambda: read_signed(r, ABORT), lambda a: a.hash)
    return Entry(Piece(stick, low, high, parent), releases, r.data[start : r.at])


def node(left: bytes, right: bytes) -> bytes:
    return H("tally1 node", left + right)


def entries_root(leaves: Sequence[bytes]) -> bytes:
    level = list(leaves)
    while len(level) > 1:
        odd = level[-1:] if len(level) % 2 else []
        level = [node(a, b) for a, b in zip(level[::2], level[1::2])] + odd
    return level[0]


def path_sides(count: int, number: int) -> list[bool]:
    """For each sibling on the way up: whether it stands to the left."""
    sides = []
    while count > 1:
        alone = number == count - 1 and count % 2 == 1
        if not alone:
            sides.append(number % 2 == 1)
        number //= 2
        count = (count + 1) // 2
    return sides


def handover_hash(header: Header, root: bytes, private_root: bytes) -> bytes:
    return H("tally1 handover", header.hash + root + private_root)


@dataclass(frozen=True)
class PrivateLeaf:
    """Open: salt and the value's canonical bytes. Closed: the leaf alone."""

    number: int
    salt: bytes | None
    value: bytes | None
    closed: bytes | None

    @property
    def is_open(self) -> bool:
        return self.closed is None

    @cached_property
    def hash(self) -> bytes:
        if self.closed is not None:
            return self.closed
        assert self.salt is not None and self.value is not None
        return H("tally1 private", self.salt + bytes([self.number]) + self.value)

    def read(self, read: Callable[[Reader], T]) -> T | None:
        """The value, or None when the leaf is closed or its value is not canonical."""
        if self.value is None:
            return None
        try:
            return read_whole(self.value, read)
        except Unreadable:
            return None


def read_private_leaf(r: Reader, number: int) -> PrivateLeaf:
    if r.array(1, 2) == 1:
        return PrivateLeaf(number, None, None, r.hash())
    return PrivateLeaf(number, r.fixed(16), r.byte_string(LEAF_CAP), None)


@dataclass(frozen=True)
class Privates:
    """The five values of a handover whose leaves are all open."""

    payment: bytes
    offer: bytes
    window: bytes
    total: int
    previous: bytes | None


@dataclass(frozen=True)
class Handover:
    header: Header
    entries: list[Entry]
    privates: list[PrivateLeaf]
    signature: bytes

    @property
    def entries_root(self) -> bytes:
        return entries_root([entry.hash for entry in self.entries])

    @property
    def private_root(self) -> bytes:
        return H("tally1 privates", b"".join(leaf.hash for leaf in self.privates))

    @cached_property
    def hash(self) -> bytes:
        return handover_hash(self.header, self.entries_root, self.private_root)

    @property
    def holds(self) -> bool:
        return signature_holds(self.header.payer, self.hash, self.signature)

    @property
    def sum(self) -> int:
        return sum(entry.piece.units for entry in self.entries)

    @property
    def payment(self) -> bytes | None:
        return self.privates[0].read(Reader.payment)

    @property
    def offer(self) -> bytes | None:
        return self.privates[1].read(Reader.hash)

    @property
    def window(self) -> bytes | None:
        return self.privates[2].read(Reader.hash)

    @property
    def total(self) -> int | None:
        return self.privates[3].read(lambda r: r.number(MOST))

    @property
    def previous(self) -> list[bytes] | None:
        """As a list, so that None keeps meaning "cannot be read"."""
        return self.privates[4].read(lambda r: r.items(1, r.hash))

    def opened(self) -> Privates | None:
        """All five values; None when one is closed or not canonical."""
        payment, offer, window = self.payment, self.offer, self.window
        total, previous = self.total, self.previous
        if payment is None or offer is None or window is None or total is None:
            return None
        if previous is None:
            return None
        return Privates(payment, offer, window, total, previous[0] if previous else None)

    def check_open_leaves(self) -> None:
        """A leaf may be closed; one that is open is canonical, and leaf 0 the header's payment."""
        values = (self.payment, self.offer, self.window, self.total, self.previous)
        for leaf, value in zip(self.privates, values):
            if leaf.is_open and value is None:
                raise Refused("leaves")
        if self.payment is not None and payment_hash(self.payment) != self.header.payment_hash:
            raise Refused("leaves")


def read_handover(r: Reader) -> Handover:
    r.array(4)
    header = read_header(r)
    entries = r.items(ENTRIES_CAP, lambda: read_entry(r), 1, header.count)
    r.array(5)
    privates = [read_private_leaf(r, number) for number in range(5)]
    return Handover(header, entries, privates, r.fixed(64))


@dataclass(frozen=True)
class Link:
    header: Header
    entry: Entry
    number: int
    path: list[bytes]
    private_root: bytes
    signature: bytes

    @cached_property
    def hash(self) -> bytes:
        """The hash of the handover that this link shows an entry of."""
        root = self.entry.hash
        for sibling, left in zip(self.path, path_sides(self.header.count, self.number)):
            root = node(sibling, root) if left else node(root, sibling)
        return handover_hash(self.header, root, self.private_root)

    @property
    def reference(self) -> Reference:
        return self.hash, self.number

    @property
    def piece(self) -> Piece:
        return self.entry.piece

    @property
    def order(self) -> tuple[Place, bytes, int]:
        return self.header.place, self.hash, self.number

    @property
    def holds(self) -> bool:
        return signature_holds(self.header.payer, self.hash, self.signature)


def read_link(r: Reader) -> Link:
    r.array(6)
    header = read_header(r)
    entry = read_entry(r)
    at = r.at
    number = r.number(COUNTER_MOST)
    if number >= header.count:
        raise r.fault("wrong-count", at)
    path = [r.hash() for _ in range(r.array(len(path_sides(header.count, number))))]
    return Link(header, entry, number, path, r.hash(), r.fixed(64))


# ------------------------------------------------------------------------------------------------
# Section 5: certificates
# ------------------------------------------------------------------------------------------------

ED25519_OID = "1.3.101.112"
COMMON_NAME = "2.5.4.3"
SUBJECT_KEY, KEY_USAGE, BASIC, AUTHORITY_KEY = (f"2.5.29.{n}" for n in (14, 15, 19, 35))
ARC = "2.25.214305887195721850098327574690765488835"
SEALING, ROLES, DEVICE = (f"{ARC}.{n}" for n in (1, 2, 3))

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, OID, UTF8 = 1, 2, 3, 4, 6, 12
UTC_TIME, GENERALIZED_TIME, SEQUENCE, SET = 0x17, 0x18, 0x30, 0x31
VERSION_TAG, EXTENSIONS_TAG, KEY_ID_TAG = 0xA0, 0xA3, 0x80

ROLE_NAMES = ("wallet", "office", "bank", "meter")
OFFICE = 1
YEAR_OF_GENERALIZED = 2050


def malformed() -> Refused:
    return Refused("malformed")


class Der:
    """Reads DER item by item; the one form is what is written again, so this may be simple."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def peek(self) -> int | None:
        return self.data[self.at] if self.at < len(self.data) else None

    def byte(self) -> int:
        if self.at >= len(self.data):
            raise malformed()
        self.at += 1
        return self.data[self.at - 1]

    def take(self, tag: int) -> bytes:
        if self.byte() != tag:
            raise malformed()
        size = self.byte()
        if size >= 128:
            count = size & 127
            if not 1 <= count <= 4:
                raise malformed()
            size = int.from_bytes(bytes(self.byte() for _ in range(count)), "big")
        if len(self.data) - self.at < size:
            raise malformed()
        self.at += size
        return self.data[self.at - size : self.at]

    def inside(self, tag: int) -> Der:
        return Der(self.take(tag))

    def only(self, tag: int) -> bytes:
        """The one item that stands here."""
        found = self.take(tag)
        self.end()
        return found

    def end(self) -> None:
        if self.at != len(self.data):
            raise malformed()


def der(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 128 | len(length)]) + length + content


def der_oid(dotted: str) -> bytes:
    first, second, *rest = (int(part) for part in dotted.split("."))
    out = b""
    for arc in (40 * first + second, *rest):
        digits = [arc & 127]
        while arc := arc >> 7:
            digits.append(128 | arc & 127)
        out += bytes(reversed(digits))
    return der(OID, out)


def der_bits(numbers: Iterable[int]) -> bytes:
    """A BIT STRING of named bits: of the bits set the last one is the last one written."""
    bits = set(numbers)
    most = max(bits)
    size = most // 8 + 1
    value = sum(1 << (8 * size - 1 - bit) for bit in bits)
    return der(BIT_STRING, bytes([7 - most % 8]), value.to_bytes(size, "big"))


def der_moment(seconds: int) -> bytes:
    at = EPOCH + timedelta(seconds=seconds)
    rest = f"{at.month:02}{at.day:02}{at.hour:02}{at.minute:02}{at.second:02}Z"
    if at.year < YEAR_OF_GENERALIZED:
        return der(UTC_TIME, f"{at.year % 100:02}{rest}".encode())
    return der(GENERALIZED_TIME, f"{at.year:04}{rest}".encode())


def read_moment(d: Der) -> int:
    utc = d.peek() == UTC_TIME
    text = d.take(UTC_TIME if utc else GENERALIZED_TIME)
    digits = text[:-1]
    if len(digits) != (12 if utc else 14) or not digits.isdigit() or text[-1:] != b"Z":
        raise malformed()
    year = int(digits[:-10])
    if utc:
        year += 1900 if year >= 50 else 2000
    rest = [int(digits[at : at + 2]) for at in range(len(digits) - 10, len(digits), 2)]
    try:
        at = datetime(year, *rest, tzinfo=timezone.utc)  # type: ignore[arg-type,misc]
    except ValueError:
        raise malformed() from None
    seconds = (at - EPOCH) // timedelta(seconds=1)
    if not 0 <= seconds <= MOMENT_MOST:
        raise malformed()
    return seconds


def der_name(serial: str) -> bytes:
    attribute = der(SEQUENCE, der_oid(COMMON_NAME), der(UTF8, serial.encode()))
    return der(SEQUENCE, der(SET, attribute))


def read_name(name: bytes) -> str:
    """A serial; that nothing else stands in the name shows when it is written again."""
    attribute = Der(name).inside(SET).inside(SEQUENCE)
    attribute.take(OID)
    text = attribute.only(UTF8)
    if len(text) != 32 or not set(text) <= set(b"0123456789abcdef"):
        raise malformed()
    return text.decode()


def key_id(key: bytes) -> bytes:
    return H("tally1 keyid", key)[:20]


def der_extension(oid: str, value: bytes, critical: bool = False) -> bytes:
    mark = der(BOOLEAN, b"\xff") if critical else b""
    return der(SEQUENCE, der_oid(oid), mark, der(OCTET_STRING, value))


@dataclass(frozen=True)
class Certificate:
    serial: bytes
    issuer: str
    not_before: int
    not_after: int
    key: bytes
    issuer_key: bytes
    sealing_key: bytes
    roles: frozenset[int]
    device: int

    @property
    def office(self) -> bool:
        return OFFICE in self.roles

    @property
    def is_root(self) -> bool:
        return self.key == self.issuer_key

    def signed_bytes(self) -> bytes:
        """The tbsCertificate: there is no other way to write these fields."""
        authority = self.is_root or self.office
        path_length = der(INTEGER, bytes([1 if self.is_root else 0]))
        basic = [der(BOOLEAN, b"\xff"), path_length] if authority else []
        key_identifier = der(KEY_ID_TAG, key_id(self.issuer_key))
        extensions = (
            der_extension(BASIC, der(SEQUENCE, *basic), critical=True),
            der_extension(KEY_USAGE, der_bits([0, 5, 6] if authority else [0]), critical=True),
            der_extension(SUBJECT_KEY, der(OCTET_STRING, key_id(self.key))),
            der_extension(AUTHORITY_KEY, der(SEQUENCE, key_identifier)),
            der_extension(SEALING, der(OCTET_STRING, self.sealing_key)),
            der_extension(ROLES, der_bits(self.roles)),
            der_extension(DEVICE, der(INTEGER, bytes([self.device]))),
        )
        return der(
            SEQUENCE,
            der(VERSION_TAG, der(INTEGER, b"\x02")),
            der(INTEGER, self.serial),
            der(SEQUENCE, der_oid(ED25519_OID)),
            der_name(self.issuer),
            der(SEQUENCE, der_moment(self.not_before), der_moment(self.not_after)),
            der_name(self.serial.hex()),
            der(
                SEQUENCE,
                der(SEQUENCE, der_oid(ED25519_OID)),
                der(BIT_STRING, b"\x00", self.key),
            ),
            der(EXTENSIONS_TAG, der(SEQUENCE, *extensions)),
        )

    def written(self, signature: bytes) -> bytes:
        algorithm = der(SEQUENCE, der_oid(ED25519_OID))
        return der(
            SEQUENCE, self.signed_bytes(), algorithm, der(BIT_STRING, b"\x00", signature)
        )


@dataclass(frozen=True)
class Parts:
    """What any X.509 certificate has, not yet judged."""

    serial: bytes
    issuer: bytes
    validity: bytes
    algorithms: list[bytes]
    key: bytes
    extensions: dict[bytes, bytes]
    signature: bytes


def read_parts(data: bytes) -> Parts:
    outer = Der(data)
    whole = outer.inside(SEQUENCE)
    outer.end()
    tbs, algorithm = whole.inside(SEQUENCE), whole.inside(SEQUENCE)
    signature = whole.only(BIT_STRING)
    if tbs.peek() == VERSION_TAG:
        tbs.take(VERSION_TAG)
    serial, inner_algorithm = tbs.take(INTEGER), tbs.inside(SEQUENCE)
    issuer, validity = tbs.take(SEQUENCE), tbs.take(SEQUENCE)
    tbs.take(SEQUENCE)  # the subject: written again from the serial
    public = tbs.inside(SEQUENCE)
    key_algorithm, key = public.inside(SEQUENCE), public.only(BIT_STRING)
    extensions: dict[bytes, bytes] = {}
    while (tag := tbs.peek()) is not None:
        content = tbs.inside(tag)
        if tag == EXTENSIONS_TAG:
            listed = Der(content.only(SEQUENCE))
            while listed.peek() is not None:
                extension = listed.inside(SEQUENCE)
                oid = extension.take(OID)
                if extension.peek() == BOOLEAN:
                    extension.take(BOOLEAN)
                extensions[der(OID, oid)] = extension.only(OCTET_STRING)
    algorithms = [der(OID, one.take(OID)) for one in (algorithm, inner_algorithm, key_algorithm)]
    return Parts(serial, issuer, validity, algorithms, key, extensions, signature)


def names_issuer(extensions: dict[bytes, bytes], issuer_key: bytes) -> bool:
    value = extensions.get(der_oid(AUTHORITY_KEY))
    if value is None:
        return False
    try:
        return Der(value).inside(SEQUENCE).take(KEY_ID_TAG) == key_id(issuer_key)
    except Refused:
        return False


def read_certificate(data: bytes, issuer_key: bytes) -> Certificate:
    """Section 5: the one form, by the names and in the order that stand there."""
    if len(data) > CERTIFICATE_CAP:
        raise Refused("too-large")
    parts = read_parts(data)
    if any(oid != der_oid(ED25519_OID) for oid in parts.algorithms):
        raise Refused("not-ed25519")
    if not names_issuer(parts.extensions, issuer_key):
        raise Refused("wrong-issuer")
    ours = [parts.extensions.get(der_oid(oid)) for oid in (SEALING, ROLES, DEVICE)]
    if None in ours:
        raise Refused("missing")
    sealing, roles, device = (Der(value or b"") for value in ours)
    sealing_key = sealing.only(OCTET_STRING)
    role_bits = roles.only(BIT_STRING)
    class_number = int.from_bytes(device.only(INTEGER), "big")
    dates = Der(parts.validity)
    certificate = Certificate(
        parts.serial,
        read_name(parts.issuer),
        read_moment(dates),
        read_moment(dates),
        parts.key[1:],
        issuer_key,
        sealing_key,
        frozenset(bit for bit in range(4) if role_bits[1:] and role_bits[1] >> (7 - bit) & 1),
        class_number,
    )
    signature = parts.signature[1:]
    if not (
        len(certificate.serial) == 16
        and certificate.serial[0] >> 6 == 1
        and len(certificate.key) == 32
        and len(sealing_key) == 32
        and len(signature) == 64
        and certificate.roles
        and class_number < len(CLASSES)
        and certificate.not_before <= certificate.not_after
        and (not certificate.is_root or certificate.issuer == certificate.serial.hex())
        and certificate.written(signature) == data
    ):
        raise malformed()
    if not ed25519_holds(issuer_key, certificate.signed_bytes(), signature):
        raise Refused("bad-signature")
    return certificate


def certificate_under(data: bytes, issuer_key: bytes) -> Certificate | None:
    try:
        return read_certificate(data, issuer_key)
    except Refused:
        return None


class Trust:
    """The certificates at hand, each leading to the verifier's own root, and which were needed."""

    def __init__(self, root: bytes, ders: Sequence[bytes]) -> None:
        self.root = root
        self.certificates: dict[bytes, Certificate] = {}
        self.needed: set[bytes] = set()
        under_root = [certificate_under(one, root) for one in ders]
        offices = {one.key for one in under_root if one is not None and one.office}
        for data, found in zip(ders, under_root):
            one = found or self.under_office(data, offices)
            if one.key in self.certificates or one.key == root:
                raise Refused("not-needed")
            self.certificates[one.key] = one

    def under_office(self, data: bytes, offices: Iterable[bytes]) -> Certificate:
        """An office certifies holders; only the root makes an office."""
        for office in offices:
            found = certificate_under(data, office)
            if found is not None and not found.office:
                return found
        raise Refused("certificate")

    def find(self, key: bytes) -> Certificate | None:
        """The key's certificate, which is needed from now on, and so is its issuer's."""
        certificate = self.certificates.get(key)
        if certificate is not None:
            self.needed |= {key, certificate.issuer_key}
        return certificate

    def require(self, key: bytes) -> Certificate:
        certificate = self.find(key)
        if certificate is None:
            raise Refused("certificate-missing")
        return certificate

    def is_office(self, key: bytes) -> bool:
        if key == self.root:
            return True
        certificate = self.find(key)
        return certificate is not None and certificate.office

    def require_office(self, key: bytes) -> None:
        if not self.is_office(key):
            raise Refused("foreign-office")

    def require_sender(self, signed: Signed) -> None:
        """Of a COMMIT: an office, or anybody with a certificate."""
        if not self.is_office(signed.sender):
            self.require(signed.sender)

    def refuse_unneeded(self) -> None:
        if any(key not in self.needed for key in self.certificates):
            raise Refused("not-needed")


def read_certificates(r: Reader) -> list[bytes]:
    return r.sorted_list(
        CERTIFICATES_CAP, lambda: r.byte_string(CERTIFICATE_CAP), lambda der: der
    )


# ------------------------------------------------------------------------------------------------
# Section 6.3: provenance
# ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Evidence:
    """What provenance and proposals share: the sticks and links that pieces stand on."""

    certificates: list[bytes]
    sticks: list[Signed]
    links: list[Link]


def read_evidence(r: Reader) -> Evidence:
    certificates = read_certificates(r)
    sticks = r.sorted_list(STICKS_CAP, lambda: read_signed(r, STICK), lambda stick: stick.hash)
    links = r.sorted_list(LINKS_CAP, lambda: read_link(r), lambda link: link.reference)
    return Evidence(certificates, sticks, links)


@dataclass(frozen=True)
class Provenance:
    evidence: Evidence
    pieces: list[Piece]


def read_provenance(r: Reader) -> Provenance:
    r.array(5)
    r.version()
    evidence = read_evidence(r)
    return Provenance(evidence, r.items(ENTRIES_CAP, lambda: read_piece(r), 1))


@dataclass(frozen=True)
class Chain:
    """A piece's links from its own parent upwards, and the stick at the top."""

    links: list[Link]
    stick: Signed


def climb(
    piece: Piece,
    holder: bytes,
    sticks: dict[bytes, Signed],
    links: dict[Reference, Link],
    hop_cap: int,
) -> Chain:
    chain: list[Link] = []
    child, signer = piece, holder
    while child.parent is not None:
        link = links.get(child.parent)
        if link is None:
            raise Refused("link-missing")
        if link.piece.stick != child.stick:
            raise Refused("wrong-stick")
        if not (link.piece.low <= child.low and child.high <= link.piece.high):
            raise Refused("outside-parent")
        if link.header.payee != signer:
            raise Refused("not-the-payee")
        chain.append(link)
        if len(chain) > hop_cap:
            raise Refused("too-many-hops")
        child, signer = link.piece, link.header.payer
    stick = sticks.get(child.stick)
    if stick is None:
        raise Refused("stick-missing")
    if child.high > stick.as_stick().units:
        raise Refused("outside-stick")
    if stick.receiver != signer:
        raise Refused("not-the-owner")
    return Chain(chain, stick)


def climb_all(
    pieces: Sequence[Piece], holder: bytes, evidence: Evidence, hop_cap: int
) -> list[Chain]:
    """Section 6.4, rows 4 and 5."""
    for i, piece in enumerate(pieces):
        if any(piece.meets(before) for before in pieces[:i]):
            raise Refused("overlap")
    sticks = {stick.hash: stick for stick in evidence.sticks}
    links = {link.reference: link for link in evidence.links}
    chains = [climb(piece, holder, sticks, links, hop_cap) for piece in pieces]
    if {chain.stick.hash for chain in chains} != sticks.keys():
        raise Refused("not-needed")
    if {link.reference for chain in chains for link in chain.links} != links.keys():
        raise Refused("not-needed")
    return chains


def check_sticks(sticks: Sequence[Signed], trust: Trust) -> None:
    for stick in sticks:
        trust.require_office(stick.sender)
        if not stick.holds:
            raise Refused("stick-signature")


def beyond(place: Place, key: bytes, revocations: Sequence[Signed]) -> bool:
    """Whether a place of this key lies behind one of the revocations known."""
    for revocation in revocations:
        content = revocation.as_revocation()
        if revocation.receiver == key and place > (content.epoch, content.last_good):
            return True
    return False


def check_links(links: Sequence[Link], revocations: Sequence[Signed]) -> None:
    for link in links:
        header = link.header
        if header.payer == header.payee:
            raise Refused("to-itself")
        if beyond(header.place, header.payer, revocations):
            raise Refused("revoked")
        link.entry.check_releases(header.payer)
        if not link.holds:
            raise Refused("link-signature")


def check_provenance(
    holder: bytes, provenance: Provenance, certificates: list[bytes], root: bytes
) -> list[Chain]:
    """A provenance on paper: the rows of section 6.4 that need no payee."""
    evidence = provenance.evidence
    if evidence.certificates:  # they stand in the paper
        raise Refused("not-needed")
    chains = climb_all(provenance.pieces, holder, evidence, PAPER_HOP_CAP)
    trust = Trust(root, certificates)
    trust.require(holder)
    check_sticks(evidence.sticks, trust)
    for link in evidence.links:
        trust.require(link.header.payer)
    trust.refuse_unneeded()
    check_links(evidence.links, [])
    return chains


# ------------------------------------------------------------------------------------------------
# Section 6.4: what a payee refuses
# ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Proposal:
    payer: bytes
    asset: Asset
    amount: int
    entries: list[Entry]
    evidence: Evidence
    window: Signed

    @property
    def pieces(self) -> list[Piece]:
        return [entry.piece for entry in self.entries]


def read_proposal(r: Reader) -> Proposal:
    r.array(9)
    r.version()
    payer, asset, amount = r.key(), read_asset(r), r.number(MOST)
    entries = r.items(ENTRIES_CAP, lambda: read_entry(r), 1)
    evidence = read_evidence(r)
    return Proposal(payer, asset, amount, entries, evidence, read_signed(r, WINDOW))


@dataclass(frozen=True)
class Payee:
    """Who is shown a proposal, what it wants, and what it has seen."""

    key: bytes
    now: int
    asset: Asset
    amount: int
    byte_cap: int
    hop_cap: int
    device: int
    held: list[Piece] = field(default_factory=list)
    seen: list[Link] = field(default_factory=list)
    revocations: list[Signed] = field(default_factory=list)
    totals: list[tuple[bytes, int]] = field(default_factory=list)
    aborts: list[Signed] = field(default_factory=list)  # seen alone, in no link


def check_known_units(
    entry: Entry, chain: Chain, seen: Sequence[Link], aborts: Sequence[Signed]
) -> None:
    """Row 15: units seen before come on a longer chain, or leave it where a release is carried."""
    piece = entry.piece
    for link in reversed(chain.links):
        for other in seen:
            if other.reference == link.reference or other.piece.parent != link.piece.parent:
                continue
            if not other.piece.meets(piece):
                continue
            earlier = other.header.place < link.header.place
            if not (earlier and link.entry.carries_release_of(other.header)):
                raise Refused("release-missing")
        if any(link.header.released_by(abort) and abort.holds for abort in aborts):
            raise Refused("aborted")
    for other in seen:
        if other.piece.parent == piece.parent and other.piece.meets(piece):
            if not entry.carries_release_of(other.header):
                raise Refused("release-missing")


def check_units(proposal: Proposal, chains: Sequence[Chain], payee: Payee) -> None:
    """Rows 14 and 15, for each entry in order."""
    for piece in proposal.pieces:
        if any(piece.meets(held) for held in payee.held):
            raise Refused("overlaps-held")
    shown = [link.entry for link in [*payee.seen, *proposal.evidence.links]]
    aborts = [abort for entry in [*shown, *proposal.entries] for abort in entry.releases]
    for entry, chain in zip(proposal.entries, chains):
        check_known_units(entry, chain, payee.seen, [*payee.aborts, *aborts])


def check_proposal(data: bytes, payee: Payee, root: bytes) -> Proposal:
    """Section 6.4, row by row; the first that fails is raised."""
    proposal = read_whole(data, read_proposal)
    if len(data) > payee.byte_cap:
        raise Refused("too-many-bytes")
    payer, evidence = proposal.payer, proposal.evidence
    window = proposal.window.as_window()
    if payer == payee.key:
        raise Refused("other-payer")
    chains = climb_all(proposal.pieces, payer, evidence, payee.hop_cap)

    trust = Trust(root, evidence.certificates)
    payer_certificate = trust.require(payer)
    trust.require_office(proposal.window.sender)
    check_sticks(evidence.sticks, trust)
    signers = [trust.require(link.header.payer) for link in evidence.links]
    trust.refuse_unneeded()

    check_links(evidence.links, payee.revocations)
    for entry in proposal.entries:
        entry.check_releases(payer)
    check_units(proposal, chains, payee)

    sticks = [stick.as_stick() for stick in evidence.sticks]
    if proposal.asset != payee.asset or any(stick.asset != payee.asset for stick in sticks):
        raise Refused("asset")
    total = sum(piece.units for piece in proposal.pieces)
    if total != payee.amount or proposal.amount != payee.amount:
        raise Refused("sum")

    if proposal.window.receiver != payer:
        raise Refused("window-holder")
    if window.asset != payee.asset:
        raise Refused("window-asset")
    if payee.amount > window.largest:
        raise Refused("above-largest")
    if not proposal.window.holds:
        raise Refused("window-signature")

    # What an office has signed is not in the future.
    now = max(payee.now, window.signed, *(stick.signed for stick in sticks))
    if any(now // DAY_SECONDS > stick.spend_until for stick in sticks):
        raise Refused("stick-expired")
    if not window.not_before <= now <= window.not_after:
        raise Refused("window-dates")
    if not payer_certificate.not_before <= now <= payer_certificate.not_after:
        raise Refused("payer-certificate-dates")
    devices = [certificate.device for certificate in [payer_certificate, *signers]]
    if min([window.device, *devices]) < payee.device:
        raise Refused("device-class")
    return proposal


def check_agreement(
    proposal: Proposal, handover: Handover, payment: bytes, offer: bytes, payee: Payee
) -> None:
    """The handover that answers the commit request is what was proposed, in a place that fits."""
    header = handover.header
    window = proposal.window.as_window()
    if header.payee != payee.key:
        raise Refused("not-to-me")
    if header.payer != proposal.payer:
        raise Refused("other-payer")
    if header.payment_hash != payment_hash(payment):
        raise Refused("other-payment")
    root = entries_root([entry.hash for entry in proposal.entries])
    if header.count != len(proposal.entries) or handover.entries_root != root:
        raise Refused("other-entries")
    opened = handover.opened()
    if opened is None or opened.payment != payment:
        raise Refused("private-leaf")
    if opened.offer != offer:
        raise Refused("other-offer")
    if opened.window != proposal.window.hash:
        raise Refused("other-window")
    if header.epoch != window.epoch:
        raise Refused("other-epoch")
    if header.counter < window.first_counter:
        raise Refused("below-first-counter")
    if beyond(header.place, header.payer, payee.revocations):
        raise Refused("revoked")
    known = payee.seen + proposal.evidence.links
    if any(
        link.header.payer == header.payer and header.place <= link.header.place for link in known
    ):
        raise Refused("below-floor")
    if opened.total > window.ceiling:
        raise Refused("above-ceiling")
    before = max((total for hash_, total in payee.totals if hash_ == opened.window), default=0)
    if opened.total < before + proposal.amount:
        raise Refused("total")
    # What may have changed since the proposal was checked.
    for link in proposal.evidence.links:
        if beyond(link.header.place, link.header.payer, payee.revocations):
            raise Refused("revoked")
    chains = climb_all(proposal.pieces, proposal.payer, proposal.evidence, LINKS_CAP)
    check_units(proposal, chains, payee)
    sticks = [stick.as_stick() for stick in proposal.evidence.sticks]
    now = max(payee.now, window.signed, *(stick.signed for stick in sticks))
    if any(now // DAY_SECONDS > stick.spend_until for stick in sticks):
        raise Refused("stick-expired")
    if not handover.holds:
        raise Refused("handover-signature")


# ------------------------------------------------------------------------------------------------
# Section 6.5: proofs
# ------------------------------------------------------------------------------------------------


def refuse_proof(name: str) -> Refused:
    return Refused(f"proof: {name}")


def same_units(first: Link, second: Link) -> bool:
    """Whether two links share units under one parent."""
    return first.piece.parent == second.piece.parent and first.piece.meets(second.piece)


@dataclass(frozen=True)
class Fork:
    first: Link
    second: Link

    def check(self) -> bytes:
        """The key that is convicted; so of every proof below."""
        first, second = self.first, self.second
        if first.header.payer != second.header.payer:
            raise refuse_proof("other-key")
        if not first.order < second.order:
            raise refuse_proof("order")
        if (first.piece.stick, first.piece.parent) != (second.piece.stick, second.piece.parent):
            raise refuse_proof("other-parent")
        if not first.piece.meets(second.piece):
            raise refuse_proof("no-overlap")
        later = first.header.place != second.header.place
        if later and second.entry.carries_release_of(first.header):
            raise refuse_proof("released")
        if not (first.holds and second.holds):
            raise refuse_proof("signature")
        return first.header.payer


@dataclass(frozen=True)
class BothDecisions:
    abort: Signed
    commit: Signed

    def check(self) -> bytes:
        if not self.abort.holds:
            raise refuse_proof("signature")
        if self.commit.sender != self.abort.sender:
            raise refuse_proof("office-decision")
        same = self.commit.payment == self.abort.payment
        if not same or self.commit.receiver != self.abort.receiver:
            raise refuse_proof("other-payment")
        if not self.commit.holds:
            raise refuse_proof("signature")
        return self.abort.sender


@dataclass(frozen=True)
class AbortAndUse:
    abort: Signed
    aborted: Link
    use: Link

    def check(self) -> bytes:
        if not self.abort.holds:
            raise refuse_proof("signature")
        if not self.aborted.header.released_by(self.abort):
            raise refuse_proof("other-payment")
        if self.use.header.payer != self.abort.sender:
            raise refuse_proof("other-key")
        parent = self.use.piece.parent
        if parent is None or parent[0] != self.aborted.hash:
            raise refuse_proof("not-below")
        if not (self.aborted.holds and self.use.holds):
            raise refuse_proof("signature")
        return self.abort.sender


@dataclass(frozen=True)
class OnePlace:
    first: Link
    second: Link

    def check(self) -> bytes:
        first, second = self.first, self.second
        if first.header.payer != second.header.payer:
            raise refuse_proof("other-key")
        if first.header.place != second.header.place:
            raise refuse_proof("other-place")
        if first.hash == second.hash:
            raise refuse_proof("same-content")
        if not first.order < second.order:
            raise refuse_proof("order")
        if same_units(first, second):
            raise refuse_proof("is-fork")
        if not (first.holds and second.holds):
            raise refuse_proof("signature")
        return first.header.payer


@dataclass(frozen=True)
class BrokenSequence:
    first: Handover
    second: Handover

    def opened(self, handover: Handover) -> Privates:
        opened = handover.opened()
        if opened is None or payment_hash(opened.payment) != handover.header.payment_hash:
            raise refuse_proof("closed-leaves")
        return opened

    def check(self) -> bytes:
        first, second = self.first.header, self.second.header
        if first.payer != second.payer:
            raise refuse_proof("other-key")
        if first.epoch != second.epoch:
            raise refuse_proof("other-epoch")
        if first.counter >= second.counter:
            raise refuse_proof("order")
        one, two = self.opened(self.first), self.opened(self.second)
        follows = two.previous == self.first.hash
        # A payment to an office leaves the total as it was.
        good = (one.total, one.total + self.second.sum)
        bad_total = one.window == two.window and two.total not in good
        next_place = second.counter == first.counter + 1
        if not ((follows and bad_total) or (next_place and not follows)):
            raise refuse_proof("fits")
        if not (self.first.holds and self.second.holds):
            raise refuse_proof("signature")
        return first.payer


Proof = Union[Fork, BothDecisions, AbortAndUse, OnePlace, BrokenSequence]


def read_proof(r: Reader) -> Proof:
    start = r.at
    count = r.array(2, 3)
    kind = r.number(3, 1)
    if count != (2 if kind == 3 else 3):
        raise r.fault("wrong-count", start)
    if kind == 1:
        return Fork(read_link(r), read_link(r))
    if kind == 2:
        abort = read_signed(r, ABORT)
        start = r.at
        count = r.array(2, 3)
        use = r.number(1)
        if count != 2 + use:
            raise r.fault("wrong-count", start)
        if use:
            return AbortAndUse(abort, read_link(r), read_link(r))
        return BothDecisions(abort, read_signed(r, COMMIT))
    r.array(3)
    if r.number(1):
        return BrokenSequence(read_handover(r), read_handover(r))
    return OnePlace(read_link(r), read_link(r))


# ------------------------------------------------------------------------------------------------
# Section 7: papers
# ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Receipt:
    commit: Signed
    handover: Handover


@dataclass(frozen=True)
class Holding:
    holder: bytes
    provenance: Provenance


Body = Union[Signed, Handover, Receipt, Holding, Proof]

PAPER_NAMES = (
    "stick",
    "window",
    "handover",
    "commit",
    "abort",
    "receipt",
    "provenance",
    "proof",
    "revocation",
    "name",
    "bill",
    "invoice",
)
PAPER_KINDS = {
    "stick": STICK,
    "window": WINDOW,
    "commit": COMMIT,
    "abort": ABORT,
    "revocation": REVOCATION,
    "name": NAME,
    "bill": BILL,
    "invoice": INVOICE,
}


@dataclass(frozen=True)
class Paper:
    name: str
    certificates: list[bytes]
    body: Body


def read_receipt(r: Reader) -> Receipt:
    r.array(2)
    return Receipt(read_signed(r, COMMIT), read_handover(r))


def read_holding(r: Reader) -> Holding:
    r.array(2)
    holder = r.key()
    return Holding(holder, read_provenance(r))


def read_body(r: Reader, name: str) -> Body:
    if name == "handover":
        return read_handover(r)
    if name == "receipt":
        return read_receipt(r)
    if name == "provenance":
        return read_holding(r)
    if name == "proof":
        return read_proof(r)
    return read_signed(r, PAPER_KINDS[name])


def read_paper(r: Reader) -> Paper:
    r.array(5)
    r.word("tally-paper")
    r.version()
    name = PAPER_NAMES[r.number(len(PAPER_NAMES), 1) - 1]
    certificates = read_certificates(r)
    return Paper(name, certificates, read_body(r, name))


def check_handover(handover: Handover, trust: Trust) -> None:
    trust.require(handover.header.payer)
    if not handover.holds:
        raise Refused("signature")
    handover.check_open_leaves()


def check_receipt(receipt: Receipt, trust: Trust) -> None:
    handover, commit = receipt.handover, receipt.commit
    header, content = handover.header, receipt.commit.as_commit()
    check_handover(handover, trust)
    trust.require_sender(commit)
    if commit.sender != header.payee and not trust.is_office(commit.sender):
        raise Refused("receipt: other-payee")
    if commit.receiver != header.payer:
        raise Refused("receipt: other-payer")
    if commit.statement.answers != handover.hash:
        raise Refused("receipt: other-handover")
    if payment_hash(commit.payment) != header.payment_hash:
        raise Refused("receipt: other-payment")
    if handover.payment != commit.payment or handover.offer != content.offer:
        raise Refused("receipt: leaves")
    if content.amount != handover.sum:
        raise Refused("receipt: amount")
    if not commit.holds:
        raise Refused("signature")


def check_signed(name: str, signed: Signed, trust: Trust) -> None:
    if name == "abort":
        trust.require(signed.sender)
    elif name == "commit":
        trust.require_sender(signed)
    else:
        trust.require_office(signed.sender)
    if not signed.holds:
        raise Refused("signature")


def check_paper(data: bytes, root: bytes) -> Paper:
    """Section 7; what is refused is raised."""
    if len(data) > FILE_CAP:
        raise Unreadable("over-cap", FILE_CAP)
    paper = read_whole(data, read_paper)
    body = paper.body
    if isinstance(body, Holding):
        check_provenance(body.holder, body.provenance, paper.certificates, root)
        return paper
    trust = Trust(root, paper.certificates)
    if isinstance(body, Handover):
        check_handover(body, trust)
    elif isinstance(body, Receipt):
        check_receipt(body, trust)
    elif isinstance(body, Signed):
        check_signed(paper.name, body, trust)
    else:
        trust.require(body.check())
    # The checks above have marked what they needed.
    trust.refuse_unneeded()
    return paper


# ------------------------------------------------------------------------------------------------
# The command
# ------------------------------------------------------------------------------------------------

def moment(seconds: int) -> str:
    return (EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S UTC")


def day(number: int) -> str:
    return (EPOCH + timedelta(days=number)).strftime("%Y-%m-%d")


def handover_lines(handover: Handover) -> list[str]:
    header = handover.header
    lines = [
        f"payer: {header.payer.hex()}",
        f"payee: {header.payee.hex()}",
        f"place: epoch {header.epoch}, counter {header.counter}",
        f"handover: {handover.hash.hex()}",
        f"units: {handover.sum}",
    ]
    for entry in handover.entries:
        piece = entry.piece
        lines.append(f"  {piece.low}..<{piece.high} of stick {piece.stick.hex()}")
    return lines


def content_lines(content: Content) -> list[str]:
    if isinstance(content, StickContent):
        return [
            f"amount: {content.asset.shown(content.units)}",
            f"spend until: {day(content.spend_until)}",
            f"settle until: {day(content.settle_until)}",
            f"signed: {moment(content.signed)}",
        ]
    if isinstance(content, WindowContent):
        asset = content.asset
        return [
            f"epoch: {content.epoch}, from counter {content.first_counter}",
            f"class: {CLASSES[content.device]}",
            f"largest: {asset.shown(content.largest)}",
            f"ceiling: {asset.shown(content.ceiling)}",
            f"guarantee: {asset.shown(content.guarantee)}",
            f"valid: {moment(content.not_before)} to {moment(content.not_after)}",
            f"signed: {moment(content.signed)}",
        ]
    if isinstance(content, CommitContent):
        return [
            f"amount: {content.asset.shown(content.amount)}",
            f"offer: {content.offer.hex()}",
            f"moment: {moment(content.moment)}",
        ]
    if isinstance(content, RevocationContent):
        return [
            f"last good: epoch {content.epoch}, counter {content.last_good}",
            f"reason: {content.reason}",
            f"signed: {moment(content.signed)}",
        ]
    if isinstance(content, NameContent):
        return [f"name: {content.name}", f"signed: {moment(content.signed)}"]
    return []


def signed_lines(signed: Signed) -> list[str]:
    lines = [f"from: {signed.sender.hex()}", f"to: {signed.receiver.hex()}"]
    if signed.payment:
        lines.append(f"payment: {signed.payment.hex()}")
    if signed.statement.answers is not None:
        lines.append(f"answers: {signed.statement.answers.hex()}")
    return [*lines, f"hash: {signed.hash.hex()}", *content_lines(signed.statement.content)]


def proof_lines(proof: Proof) -> list[str]:
    if isinstance(proof, Fork):
        return [f"fork by {proof.first.header.payer.hex()}"]
    if isinstance(proof, (BothDecisions, AbortAndUse)):
        return [f"equivocation by {proof.abort.sender.hex()}"]
    return [f"rollback notice: freezes {proof.first.header.payer.hex()}, accuses nobody"]


def paper_lines(paper: Paper) -> list[str]:
    body = paper.body
    lines = [f"paper: {paper.name}"]
    if isinstance(body, Signed):
        return lines + signed_lines(body)
    if isinstance(body, Handover):
        return lines + handover_lines(body)
    if isinstance(body, Receipt):
        return lines + signed_lines(body.commit) + handover_lines(body.handover)
    if isinstance(body, Holding):
        lines.append(f"holder: {body.holder.hex()}")
        assets = {
            stick.hash: stick.as_stick().asset for stick in body.provenance.evidence.sticks
        }
        for piece in body.provenance.pieces:
            amount = assets[piece.stick].shown(piece.units)
            lines.append(
                f"piece: {amount}, {piece.low}..<{piece.high} of stick {piece.stick.hex()}"
            )
        return lines
    return lines + proof_lines(body)


def certificate_der(data: bytes) -> bytes | None:
    """The DER of a certificate's own file; None when the file is something else."""
    if data.lstrip().startswith(b"-----BEGIN"):
        try:
            return x509.load_pem_x509_certificate(data).public_bytes(Encoding.DER)
        except ValueError:
            raise malformed() from None
    return data if data[:1] == b"\x30" else None


def read_under(data: bytes, root: bytes, offices: Sequence[bytes]) -> Certificate:
    """A certificate of the root's, or of one of these offices': else as the root sees it."""
    for office in offices:
        issuer = read_certificate(office, root)
        found = certificate_under(data, issuer.key) if issuer.office else None
        if found is not None and not found.office:
            return found
    return read_certificate(data, root)


def certificate_lines(data: bytes, root: bytes, offices: Sequence[bytes]) -> list[str]:
    certificate = read_under(data, root, offices)
    return [
        "certificate",
        f"serial: {certificate.serial.hex()}",
        f"issuer: {certificate.issuer}",
        f"key: {certificate.key.hex()}",
        f"sealing key: {certificate.sealing_key.hex()}",
        f"roles: {', '.join(ROLE_NAMES[role] for role in sorted(certificate.roles))}",
        f"class: {CLASSES[certificate.device]}",
        f"valid: {moment(certificate.not_before)} to {moment(certificate.not_after)}",
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Say what a paper of Tally says, or refuse it.")
    parser.add_argument("--root", required=True, help="the root's Ed25519 key, 64 hex digits")
    parser.add_argument(
        "--office", action="append", default=[], type=Path, help="an office's certificate"
    )
    parser.add_argument("file", type=Path)
    options = parser.parse_args(arguments)
    try:
        root = bytes.fromhex(options.root)
    except ValueError:
        root = b""
    if len(root) != 32:
        parser.error("--root wants 64 hex digits")
    try:
        data = options.file.read_bytes()
        offices = [certificate_der(path.read_bytes()) or b"" for path in options.office]
    except OSError as error:
        parser.error(str(error))
    try:
        der = certificate_der(data)
        if der is None:
            lines = paper_lines(check_paper(data, root))
        else:
            lines = certificate_lines(der, root, offices)
    except Unreadable as refusal:
        print(f"refused: {refusal.name} at byte {refusal.offset}", file=sys.stderr)
        return 1
    except Refused as refusal:
        print(f"refused: {refusal.name}", file=sys.stderr)
        return 1
    print("good, under the root that was given")
    for line in lines:
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
