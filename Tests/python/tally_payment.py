"""The messages of a payment and the rows of a wallet (PROTOCOL section 8), read a second time.

Written from docs/PROTOCOL.md alone, on top of `tally_verifier`, which reads what they are made of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import tally_verifier as tally
from tally_verifier import H, MOMENT_MOST, MOST, Reader, Shape

HERE, OFFER, ACCEPT, REFUSE, DECLINE, COMMIT_REQUEST, ASK, SHOW = range(16, 24)
WARN = 27

HOPS_MOST, BYTES_MOST, SECONDS_MOST = 64, 40_960, 3_600
MEMO_CAP, ITEM_CAP, ITEMS_CAP, DETAIL_CAP, REASON_CAP = 160, 64, 16, 512, 40
WARNING_CAP = 12_288
INERT_CAP, ADDRESS_CAP, SELLERS_CAP, KEPT_RELEASES_CAP = 120, 64, 1_024, 9
LOOKUP_SIZE = 512


# ------------------------------------------------------------------------------------------------
# 8.1: LOOKUP, and what both screens show
# ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lookup:
    sealing_key: bytes
    promise: bytes
    name: bytes


def write_lookup(sealing_key: bytes, promise: bytes) -> bytes:
    """The one datagram of this key and promise."""
    size = LOOKUP_SIZE - 10
    bare = tally.encode([sealing_key, promise, bytes(256)])
    body = tally.encode([sealing_key, promise, bytes(256 + size - len(bare))])
    return b"\x01" + H("tally1 lookup", body)[:8] + b"\x05" + body


def read_lookup(datagram: bytes) -> Lookup | None:
    """None when it is longer or shorter, or says anything else."""
    if len(datagram) != LOOKUP_SIZE:
        return None
    r = Reader(datagram[10:])
    try:
        r.array(3)
        sealing_key, promise = r.key(), r.hash()
    except tally.Unreadable:
        return None
    if write_lookup(sealing_key, promise) != datagram:
        return None
    return Lookup(sealing_key, promise, H("tally1 lookup", datagram[10:]))


def promise(nonce: bytes, seller: bytes, sealing_key: bytes) -> bytes:
    return H("tally1 promise", nonce + seller + sealing_key)


def digits(seller_nonce: bytes, buyer_nonce: bytes, seller: bytes, one_time: bytes) -> str:
    hashed = H("tally1 digits", seller_nonce + buyer_nonce + seller + one_time)
    return f"{int.from_bytes(hashed[:8], 'big') % 1_000_000:06}"


# ------------------------------------------------------------------------------------------------
# 8.2: the messages
# ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Here:
    nonce: bytes
    id: int


@dataclass(frozen=True)
class Offer:
    nonce: bytes
    asset: tally.Asset
    amount: int
    memo: str
    items: list[tuple[str, int]]
    caps: tuple[int, int, int, int]
    wants: int
    seconds: int
    certificates: list[bytes]
    name: tally.Signed | None


@dataclass(frozen=True)
class Accept:
    shipping: str | None
    billing: str | None
    proposal: tally.Proposal


@dataclass(frozen=True)
class Place:
    """One's own signature on a place: what a seller knows of its buyer."""

    header: tally.Header
    entries_root: bytes
    private_root: bytes
    signature: bytes

    @property
    def hash(self) -> bytes:
        return tally.handover_hash(self.header, self.entries_root, self.private_root)

    @property
    def holds(self) -> bool:
        return tally.signature_holds(self.header.payer, self.hash, self.signature)


@dataclass(frozen=True)
class Floor:
    """Of COMMIT-REQUEST with a total, of DECLINE with a reason."""

    total: int
    reason: str
    place: Place | None


@dataclass(frozen=True)
class Agreed:
    header: tally.Header
    privates: list[tally.PrivateLeaf]
    entries_root: bytes

    @property
    def hash(self) -> bytes:
        leaves = b"".join(leaf.hash for leaf in self.privates)
        private_root = H("tally1 privates", leaves)
        return tally.handover_hash(self.header, self.entries_root, private_root)


def read_here(r: Reader) -> Here:
    r.array(2)
    return Here(r.fixed(16), r.number(9_999))


def read_item(r: Reader) -> tuple[str, int]:
    r.array(2)
    return r.text(ITEM_CAP), r.number(MOST)


def read_chain(r: Reader) -> list[bytes]:
    return r.items(2, lambda: r.byte_string(tally.CERTIFICATE_CAP))


def read_name(r: Reader) -> tally.Signed | None:
    return r.optional(lambda: tally.read_signed(r, tally.NAME))


def read_offer(r: Reader) -> Offer:
    r.array(10)
    nonce, asset, amount = r.fixed(16), tally.read_asset(r), r.number(MOST, 1)
    memo = r.text(MEMO_CAP)
    at = r.at
    items = r.items(ITEMS_CAP, lambda: read_item(r))
    if items and sum(one[1] for one in items) != amount:
        raise r.fault("out-of-range", at)
    r.array(4)
    caps = r.number(HOPS_MOST), r.number(BYTES_MOST), r.number(tally.RELEASES_CAP), r.number(2)
    wants, seconds = r.number(3), r.number(SECONDS_MOST, 1)
    certificates = read_chain(r)
    return Offer(
        nonce, asset, amount, memo, items, caps, wants, seconds, certificates, read_name(r)
    )


def read_detail(r: Reader) -> str | None:
    return r.optional(lambda: r.text(DETAIL_CAP))


def read_accept(r: Reader) -> Accept:
    r.array(3)
    return Accept(read_detail(r), read_detail(r), tally.read_proposal(r))


def read_refuse(r: Reader) -> str:
    r.array(1)
    return r.text(REASON_CAP)


def read_place(r: Reader) -> Place:
    r.array(4)
    return Place(tally.read_header(r), r.hash(), r.hash(), r.fixed(64))


def read_decline(r: Reader) -> Floor:
    r.array(2)
    return Floor(0, r.text(REASON_CAP), r.optional(lambda: read_place(r)))


def read_commit_request(r: Reader) -> Floor:
    r.array(2)
    return Floor(r.number(MOST), "", r.optional(lambda: read_place(r)))


def read_agreed(r: Reader) -> Agreed:
    r.array(3)
    header = tally.read_header(r)
    r.array(5)
    privates = [tally.read_private_leaf(r, number) for number in range(5)]
    return Agreed(header, privates, r.hash())


def read_ask(r: Reader) -> tally.Nothing:
    return tally.read_nothing(r)


def read_show(r: Reader) -> tally.Handover:
    r.array(1)
    return tally.read_handover(r)


def read_warn(r: Reader) -> tally.Paper:
    start = r.at
    paper = tally.read_paper(r)
    if r.at - start > WARNING_CAP:
        raise r.fault("over-cap", start)
    if paper.name not in ("proof", "revocation"):
        raise r.fault("out-of-range", start)
    return paper


SHAPES: dict[int, Shape] = {
    HERE: Shape(False, True, read_here),  # type: ignore[arg-type]
    OFFER: Shape(True, True, read_offer),  # type: ignore[arg-type]
    ACCEPT: Shape(True, True, read_accept),  # type: ignore[arg-type]
    REFUSE: Shape(True, True, read_refuse),  # type: ignore[arg-type]
    DECLINE: Shape(True, True, read_decline),  # type: ignore[arg-type]
    COMMIT_REQUEST: Shape(True, True, read_commit_request),  # type: ignore[arg-type]
    ASK: Shape(True, True, read_ask),
    SHOW: Shape(True, True, read_show),  # type: ignore[arg-type]
    WARN: Shape(True, False, read_warn),  # type: ignore[arg-type]
    tally.HANDOVER: Shape(True, True, read_agreed),  # type: ignore[arg-type]
    tally.COMMIT: tally.SHAPES[tally.COMMIT],
    tally.ABORT: tally.SHAPES[tally.ABORT],
    tally.COMMITTED: tally.SHAPES[tally.COMMITTED],
}


def read_message(data: bytes, kind: int) -> tally.Signed:
    """A whole signed object of this kind; the fault of a content stands at its first byte.

    The frame is read first, as the object of section 3 that it is, and then by its kind.
    """
    r = Reader(data)
    frame = read_frame(r)
    statement, shape = frame.statement, SHAPES[kind]
    if statement.kind != kind:
        raise r.fault("out-of-range", 0)
    if bool(statement.payment) != shape.payment:
        raise r.fault("wrong-count", 0)
    if (statement.answers is not None) != shape.answers:
        raise r.fault("wrong-count", 0)
    assert isinstance(statement.content, bytes)
    content = tally.read_content(r, statement.content, shape, 0)
    message = replace(frame, statement=replace(statement, content=content))
    check_parties(r, message)
    r.end()
    return message


def read_frame(r: Reader) -> tally.Signed:
    """The eight fields alone; the content stays bytes."""
    r.array(2)
    start = r.at
    r.array(8)
    r.word("tally")
    r.version()
    at = r.at
    kind = r.number(tally.COUNTER_MOST)
    if kind not in tally.KINDS and kind not in SHAPES:
        raise r.fault("out-of-range", at)
    sender, receiver = r.key(), r.key()
    at = r.at
    payment = r.payment_of(r.fixed(0, 40), at)
    answers = r.optional(r.hash)
    content = r.byte_string(tally.CONTENT_CAP)
    raw = r.data[start : r.at]
    statement = tally.Statement(kind, sender, receiver, payment, answers, content, raw)
    return tally.Signed(statement, r.fixed(64))


def check_parties(r: Reader, message: tally.Signed) -> None:
    """What a content says of the two is what the object around it says."""
    content = message.statement.content
    if isinstance(content, Accept) and content.proposal.payer != message.sender:
        raise r.fault("out-of-range", 0)
    if isinstance(content, Floor) and content.place is not None:
        if content.place.header.payer != message.receiver:
            raise r.fault("out-of-range", 0)
    if isinstance(content, Agreed):
        if (content.header.payer, content.header.payee) != (message.sender, message.receiver):
            raise r.fault("out-of-range", 0)


def signed_hash(message: tally.Signed) -> bytes:
    content = message.statement.content
    return content.hash if isinstance(content, Agreed) else message.hash


# ------------------------------------------------------------------------------------------------
# 8.8: rows
# ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Deal:
    offer: bytes
    asset: tally.Asset
    amount: int
    memo: str
    peer: bytes
    sealing_key: bytes
    certificates: list[bytes]
    name: tally.Signed | None
    address: bytes
    begun: int


def read_deal(r: Reader) -> Deal:
    r.array(10)
    offer, asset, amount, memo = r.hash(), tally.read_asset(r), r.number(MOST), r.text(MEMO_CAP)
    peer, sealing, certificates, name = r.key(), r.key(), read_chain(r), read_name(r)
    return Deal(
        offer, asset, amount, memo, peer, sealing, certificates, name,
        r.byte_string(ADDRESS_CAP), r.number(MOMENT_MOST),
    )  # fmt: skip


@dataclass(frozen=True)
class FreePiece:
    piece: tally.Piece
    releases: list[tally.Signed]


def read_kept_releases(r: Reader) -> list[tally.Signed]:
    return r.items(KEPT_RELEASES_CAP, lambda: tally.read_signed(r, tally.ABORT))


def read_kept_piece(r: Reader) -> FreePiece:
    return FreePiece(tally.read_piece(r), read_kept_releases(r))


def read_taken(r: Reader) -> list[FreePiece]:
    def one() -> FreePiece:
        r.array(2)
        return read_kept_piece(r)

    return r.items(tally.ENTRIES_CAP, one)


@dataclass(frozen=True)
class Held:
    deal: Deal
    handover: tally.Handover
    taken: list[FreePiece]


@dataclass(frozen=True)
class Paid:
    deal: Deal
    handover: tally.Handover
    commit: tally.Signed


def row(r: Reader, count: int) -> None:
    r.array(count + 1)
    r.version()


def read_open(r: Reader) -> Held | Paid:
    row(r, 4)
    role = r.number(2)
    deal, handover = read_deal(r), tally.read_handover(r)
    # 2 is a hand-in: what was taken had been consumed (section 16.3).
    if role in (0, 2):
        return Held(deal, handover, read_taken(r))
    return Paid(deal, handover, tally.read_signed(r, tally.COMMIT))


@dataclass(frozen=True)
class Finished:
    role: int
    outcome: int
    deal: Deal | None
    handover: tally.Handover | None
    decision: tally.Signed | None


def read_decision(r: Reader) -> tally.Signed:
    start = r.at
    frame = Reader(r.data[start:])
    read_frame(frame)
    # Which of the two it is stands in it.
    kind = tally.ABORT if decision_kind(r.data[start:]) == tally.ABORT else tally.COMMIT
    return tally.read_signed(r, kind)


def decision_kind(data: bytes) -> int:
    return read_frame(Reader(data)).statement.kind


def read_finished(r: Reader) -> Finished:
    row(r, 5)
    role, outcome = r.number(1), r.number(1)
    return Finished(
        role, outcome, r.optional(lambda: read_deal(r)),
        r.optional(lambda: tally.read_handover(r)), r.optional(lambda: read_decision(r)),
    )  # fmt: skip


@dataclass
class Home:
    """What follows from a wallet's rows."""

    key: bytes = b""
    inert: str = ""
    window: tally.Signed | None = None
    sticks: dict[bytes, tally.Signed] = None  # type: ignore[assignment]
    free: list[FreePiece] = None  # type: ignore[assignment]
    stranded: list[FreePiece] = None  # type: ignore[assignment]
    consumed: list[FreePiece] = None  # type: ignore[assignment]
    counts: dict[bytes, int] = None  # type: ignore[assignment]
    pulses: int = 0
    held: list[bytes] = None  # type: ignore[assignment]
    paid: list[bytes] = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        self.sticks, self.free, self.stranded = {}, [], []
        self.consumed, self.counts = [], {}
        self.held, self.paid = [], []

    def available(self, asset: tally.Asset) -> int:
        return self._sum(self.free, asset)

    def used_up(self, asset: tally.Asset) -> int:
        return self._sum(self.consumed, asset)

    def _sum(self, pieces: list[FreePiece], asset: tally.Asset) -> int:
        return sum(
            one.piece.units
            for one in pieces
            if self.sticks[one.piece.stick].as_stick().asset == asset
        )


class Contradiction(tally.Refused):
    """Rows that read well and cannot all be true."""

    def __init__(self) -> None:
        super().__init__("contradiction")


def agree(holds: bool) -> None:
    if not holds:
        raise Contradiction()


Row = tuple[bytes, bytes]


def read_row(data: bytes, count: int, read: Callable[[Reader], object]) -> object:
    def body(r: Reader) -> object:
        row(r, count)
        return read(r)

    return tally.read_whole(data, body)


def read_certified(r: Reader) -> None:
    r.array(3)
    r.key(), r.key(), r.byte_string(tally.CERTIFICATE_CAP)


def read_registers(home: Home, rows: list[Row]) -> None:
    """The wallet's own two rows first, then the others in the order of their keys."""

    def own(r: Reader) -> None:
        r.items(2, lambda: read_certified(r))
        read_name(r)

    def self_(r: Reader) -> None:
        home.key, _, _ = r.key(), r.key(), r.number(MOST, 1)
        home.inert = r.text(INERT_CAP)

    def window(r: Reader) -> None:
        home.window = tally.read_signed(r, tally.WINDOW)

    def course(r: Reader) -> None:
        r.number(tally.COUNTER_MOST), r.number(MOST), r.optional(r.hash)

    def policy(r: Reader) -> None:
        r.items(SELLERS_CAP, r.key)
        r.optional(lambda: r.number(MOST)), r.optional(lambda: r.number(MOST))

    def demands(r: Reader) -> None:
        r.optional(lambda: r.number(MOST)), r.optional(lambda: r.number(MOST))

    def profile(r: Reader) -> None:
        read_detail(r), read_detail(r)

    def pulses(r: Reader) -> None:
        home.pulses = r.number(tally.COUNTER_MOST)

    def waiting(r: Reader) -> None:
        r.array(2), tally.read_asset(r), r.number(MOST)

    known: dict[bytes, tuple[int, Callable[[Reader], object]]] = {
        b"window": (1, window),
        b"course": (3, course),
        b"clock": (1, lambda r: r.number(MOMENT_MOST)),
        b"policy": (3, policy),
        b"demands": (2, demands),
        b"profile": (2, profile),
        b"uncleared": (1, waiting),
        b"pulses": (1, pulses),
    }
    by_key = dict(rows)
    read_row(by_key[b"self"], 4, self_)
    read_row(by_key[b"own"], 2, own)
    for key, data in rows:
        if key in known:
            read_row(data, *known[key])
        elif key.startswith(b"revoked") or key.startswith(b"heard"):
            revocation = read_row(data, 1, lambda r: tally.read_signed(r, tally.REVOCATION))
            assert isinstance(revocation, tally.Signed)
            said, heard = (word + revocation.receiver for word in (b"revoked", b"heard"))
            agree(key in (said, heard) and not (said in by_key and heard in by_key))
        elif key.startswith(b"convict") or key.startswith(b"warned"):
            proof = read_row(data, 1, tally.read_proof)
            assert isinstance(proof, tally.Fork | tally.AbortAndUse | tally.BothDecisions)
            own, told = (word + proof.check() for word in (b"convict", b"warned"))
            agree(key in (own, told) and not (own in by_key and told in by_key))
        elif key.startswith(b"ended"):
            ended = read_row(data, 1, read_ended)
            assert isinstance(ended, bytes)
            agree(key == b"ended" + ended)
        elif key.startswith(b"errand"):
            asked = read_row(data, 2, read_errand)
            assert isinstance(asked, tally.Signed)
            # A request (section 13) to issue a stick, by this wallet.
            agree(asked.statement.kind == 25 and asked.sender == home.key)
            agree(key == b"errand" + (asked.payment or b""))


def read_ended(r: Reader) -> bytes:
    r.array(4)
    payment = r.fixed(40)
    r.hash(), r.key(), r.number(1)
    return payment


def read_errand(r: Reader) -> tally.Signed:
    asked = read_frame(r)
    r.byte_string(ADDRESS_CAP)
    return asked


def parent_bytes(parent: tally.Reference | None) -> bytes:
    return b"" if parent is None else parent[0] + bytes([parent[1]])


def piece_key(piece: tally.Piece, kind: bytes) -> bytes:
    return kind + piece.stick + parent_bytes(piece.parent) + piece.high.to_bytes(8, "big")


def read_told(r: Reader) -> None:
    if r.array(0, 2) == 2:
        r.hash(), r.number(MOST)


def read_material(home: Home, key: bytes, data: bytes) -> None:
    def link(r: Reader) -> None:
        one = tally.read_link(r)
        links.append(one)
        read_told(r)

    def certificate(r: Reader) -> None:
        r.key(), r.byte_string(tally.CERTIFICATE_CAP)

    links: list[tally.Link] = []
    if key[:1] == b"\x01":
        stick = read_row(data, 1, lambda r: tally.read_signed(r, tally.STICK))
        assert isinstance(stick, tally.Signed)
        agree(key == b"\x01" + stick.hash)
        home.sticks[stick.hash] = stick
    elif key[:1] == b"\x02":
        read_row(data, 2, link)
        agree(key == b"\x02" + parent_bytes(links[0].reference))
    elif key[:1] == b"\x06":
        count, said = read_row(data, 2, read_count)  # type: ignore[misc]
        agree(len(key) == 33 and (count > 0 or said is not None))
        if said is not None:
            agree(said.sender == home.key)
            agree(said.statement.content == tally.RegisterContent(key[1:], count))
        home.counts[key[1:]] = count
    else:
        agree(key[:1] == b"\x03" and len(key) == 33)
        read_row(data, 2, certificate)


def read_count(r: Reader) -> tuple[int, tally.Signed | None]:
    return r.number(MOST), next(iter(r.items(1, lambda: tally.read_signed(r, tally.REGISTER))), None)


FREE, STRANDED, CONSUMED = b"\x00", b"\x04", b"\x05"


def read_pieces(home: Home, rows: list[Row]) -> None:
    """What pieces are made of stands behind them, so it is read first."""
    for key, data in rows:
        if key[:1] not in (FREE, STRANDED, CONSUMED):
            read_material(home, key, data)
    for key, data in rows:
        if key[:1] in (FREE, STRANDED, CONSUMED):
            mine = {FREE: home.free, STRANDED: home.stranded, CONSUMED: home.consumed}[key[:1]]
            one = read_row(data, 2, read_kept_piece)
            assert isinstance(one, FreePiece)
            agree(one.piece.stick in home.sticks)
            agree(key == piece_key(one.piece, key[:1]))
            agree(not any(one.piece.meets(other.piece) for other in mine))
            mine.append(one)
    # Section 16.1: nothing is free and consumed, and of no stick more is than its register says.
    for one in home.consumed:
        agree(not any(one.piece.meets(other.piece) for other in home.free))
        stick = one.piece.stick
        used = sum(each.piece.units for each in home.consumed if each.piece.stick == stick)
        agree(used <= home.counts.get(stick, 0))


def read_open_row(home: Home, key: bytes, data: bytes) -> None:
    found = tally.read_whole(data, read_open)
    header = found.handover.header
    if isinstance(found, Held):
        opened = found.handover.opened()
        agree(opened is not None and opened.payment == key)
        agree(tally.payment_hash(key) == header.payment_hash)
        agree((header.payer, header.payee) == (home.key, found.deal.peer))
        for one in found.taken:
            agree(one.piece.stick in home.sticks)
        entries = [
            (entry.piece, [a.hash for a in entry.releases]) for entry in found.handover.entries
        ]
        agree([(t.piece, sorted(a.hash for a in t.releases)) for t in found.taken] == entries)
        home.held.append(key)
        return
    agree(found.commit.payment == key)
    agree((header.payer, header.payee) == (found.deal.peer, home.key))
    agree((found.commit.sender, found.commit.receiver) == (home.key, found.deal.peer))
    agree(found.commit.statement.answers == found.handover.hash)
    home.paid.append(key)


def read_home(registers: list[Row], pieces: list[Row], open_: list[Row]) -> Home:
    home = Home()
    read_registers(home, registers)
    read_pieces(home, pieces)
    for key, data in open_:
        read_open_row(home, key, data)
    return home


# ------------------------------------------------------------------------------------------------
# Records
# ------------------------------------------------------------------------------------------------


def read_record(kind: int, data: bytes) -> None:
    """The bytes of one record, whole."""

    def held(r: Reader) -> None:
        read_taken(r), tally.read_handover(r)

    def paid(r: Reader) -> None:
        tally.read_handover(r), tally.read_signed(r, tally.COMMIT)

    def signed(kind: int) -> tuple[int, Callable[[Reader], object]]:
        return 1, lambda r: tally.read_signed(r, kind)

    kinds: dict[int, tuple[int, Callable[[Reader], object]]] = {
        1: (2, held),
        2: signed(tally.COMMIT),
        3: signed(tally.ABORT),
        4: (2, paid),
        5: signed(tally.COMMITTED),
        6: signed(tally.ABORT),
        16: signed(tally.STICK),
        17: (0, lambda r: None),
        18: signed(tally.REVOCATION),
        19: (1, lambda r: r.text(INERT_CAP)),
        20: (1, read_decision),
        23: (1, tally.read_proof),
        24: (3, lambda r: (tally.read_asset(r), r.number(MOST), r.number(tally.COUNTER_MOST))),
    }
    read_row(data, *kinds[kind])
