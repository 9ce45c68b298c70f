"""The independent verifier against chains of its own making.

A small builder, written from docs/PROTOCOL.md like the verifier itself, makes a root, an office,
holders, a stick and handovers between them, so that what the verifier accepts and refuses is known
before any vector is.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import cbor2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from nacl.signing import SigningKey

import tally_verifier as tally

NOW = 1_800_000_000
TODAY = NOW // tally.DAY_SECONDS
EUR: tally.Value = ["EUR", 2]


# ------------------------------------------------------------------------------------------------
# The builder
# ------------------------------------------------------------------------------------------------


class Party:
    def __init__(self, dice: random.Random) -> None:
        self.seed = dice.randbytes(32)
        self.signing = SigningKey(self.seed)
        self.key = bytes(self.signing.verify_key)

    def sign(self, hash_: bytes) -> bytes:
        return self.signing.sign(b"tally/1:" + hash_).signature


def serial_of(party: Party) -> bytes:
    return bytes([0x40 | party.key[0] & 0x3F]) + party.key[1:16]


def certificate(
    issuer: Party, subject: Party, office: bool = False, device: int = 0, **other: Any
) -> bytes:
    """With another library's writer than the verifier's own; `other` bends single fields."""

    def name(party: Party) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, serial_of(party).hex())])

    def ours(number: int, value: bytes) -> x509.UnrecognizedExtension:
        return x509.UnrecognizedExtension(x509.ObjectIdentifier(f"{tally.ARC}.{number}"), value)

    def key_id(party: Party) -> bytes:
        return tally.H("tally1 keyid", party.key)[:20]

    root = issuer is subject
    roles = b"\x06\x40" if office else b"\x07\x80"
    authority = office or root
    length = (1 if root else 0) if authority else None
    usage = x509.KeyUsage(
        True, False, False, False, False, authority, authority, False, False
    )
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=authority, path_length=length), True),
        (usage, True),
        (x509.SubjectKeyIdentifier(key_id(subject)), False),
        (x509.AuthorityKeyIdentifier(key_id(other.get("named", issuer)), None, None), False),
        (ours(1, b"\x04\x20" + bytes(range(32))), False),
        (ours(2, other.get("roles", b"\x03\x02" + roles)), False),
        (ours(3, b"\x02\x01" + bytes([device])), False),
    ]
    if "without" in other:
        del extensions[other["without"]]
    built = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(Ed25519PublicKey.from_public_bytes(subject.key))
        .serial_number(int.from_bytes(serial_of(subject), "big"))
        .not_valid_before(datetime.fromtimestamp(NOW - 1000, timezone.utc))
        .not_valid_after(datetime.fromtimestamp(other.get("until", NOW + 1000), timezone.utc))
    )
    for extension, critical in extensions:
        built = built.add_extension(extension, critical=critical)
    signer = Ed25519PrivateKey.from_private_bytes(other.get("signer", issuer).seed)
    return built.sign(signer, None).public_bytes(Encoding.DER)


def signed(
    kind: int,
    sender: Party,
    receiver: bytes,
    content: tally.Value,
    payment: bytes = b"",
    answers: bytes | None = None,
) -> list[Any]:
    answer = [] if answers is None else [answers]
    statement: list[Any] = [
        "tally", 1, kind, sender.key, receiver, payment, answer, tally.encode(content),
    ]  # fmt: skip
    return [statement, sender.sign(object_hash(statement))]


def object_hash(statement: Any) -> bytes:
    return tally.H("tally1 object", tally.encode(statement))


@dataclass
class Made:
    """A handover with all that can be told of it; `links` one for each entry."""

    written: list[Any]
    hash: bytes
    links: list[list[Any]]
    root: bytes

    def piece(self, number: int) -> list[Any]:
        stick, low, high = self.written[1][number][:3]
        return [stick, low, high, [[self.hash, number]]]


def sibling_path(leaves: list[bytes], number: int) -> list[bytes]:
    """Recursively, unlike the verifier, which goes level by level."""
    path = []
    while len(leaves) > 1:
        if number ^ 1 < len(leaves):
            path.append(leaves[number ^ 1])
        pairs = [leaves[i : i + 2] for i in range(0, len(leaves), 2)]
        leaves = [tally.H("tally1 node", b"".join(p)) if len(p) == 2 else p[0] for p in pairs]
        number //= 2
    return path


def hand_over(
    dice: random.Random,
    payer: Party,
    payee: bytes,
    place: tuple[int, int],
    entries: list[list[Any]],
    payment: bytes,
    window: bytes = bytes(32),
    offer: bytes = bytes(32),
    total: int = 0,
    previous: bytes | None = None,
) -> Made:
    header: list[Any] = [
        1, payer.key, payee, *place, tally.H("tally1 payment", payment), len(entries),
    ]  # fmt: skip
    leaves = [tally.H("tally1 entry", tally.encode(entry)) for entry in entries]
    values: list[Any] = [payment, offer, window, total, [] if previous is None else [previous]]
    privates = [[dice.randbytes(16), tally.encode(value)] for value in values]
    private_root = tally.H(
        "tally1 privates",
        b"".join(
            tally.H("tally1 private", salt + bytes([i]) + value)
            for i, (salt, value) in enumerate(privates)
        ),
    )
    root = tally.entries_root(leaves)
    top = tally.H("tally1 header", tally.encode(header)) + root + private_root
    hash_ = tally.H("tally1 handover", top)
    signature = payer.sign(hash_)
    links = [
        [header, entry, i, sibling_path(leaves, i), private_root, signature]
        for i, entry in enumerate(entries)
    ]
    return Made([header, entries, privates, signature], hash_, links, root)


def paper(kind: str, certificates: list[bytes], body: Any) -> bytes:
    number = tally.PAPER_NAMES.index(kind) + 1
    return tally.encode(["tally-paper", 1, number, sorted(certificates), body])


@dataclass
class World:
    """One stick of 1000.00 EUR and a random chain of handovers between four holders."""

    seed: int
    hops: int = 6
    handovers: list[Made] = field(default_factory=list)

    def __post_init__(self) -> None:
        dice = self.dice = random.Random(self.seed)
        self.root, self.office, self.payee, *self.holders = (Party(dice) for _ in range(7))
        self.certificates = {self.office.key: certificate(self.root, self.office, office=True)}
        for holder in [*self.holders, self.payee]:
            self.certificates[holder.key] = certificate(self.office, holder, device=2)
        self.owner = dice.choice(self.holders)
        stick_content = [EUR, 100_000, TODAY + 30, TODAY + 60, NOW]
        self.stick = signed(tally.STICK, self.office, self.owner.key, stick_content, b"", bytes(32))
        self.stick_id = object_hash(self.stick[0])
        self.piece: list[Any] = [self.stick_id, 0, 100_000, []]
        self.links: list[list[Any]] = []
        self.counters = {holder.key: dice.randrange(9) for holder in self.holders}
        self.payers: list[Party] = []
        for _ in range(self.hops):
            self.hop()

    def payment(self) -> bytes:
        return (7).to_bytes(8, "big") + self.dice.randbytes(32)

    def place(self, payer: Party) -> tuple[int, int]:
        self.counters[payer.key] += self.dice.randrange(1, 3)
        return 7, self.counters[payer.key]

    def cut(self, piece: list[Any], count: int) -> list[list[Any]]:
        """`count` entries that share out a piece."""
        low, high = piece[1:3]
        marks = sorted(self.dice.sample(range(low + 1, high), count - 1)) if count > 1 else []
        ends = [low, *marks, high]
        return [[piece[0], a, b, piece[3], []] for a, b in zip(ends, ends[1:])]

    def hop(self) -> None:
        payer = self.owner
        payee = self.dice.choice([one for one in self.holders if one is not payer])
        entries = self.cut(self.piece, self.dice.randrange(1, 9))
        made = hand_over(
            self.dice, payer, payee.key, self.place(payer), entries, self.payment()
        )
        number = max(range(len(entries)), key=lambda i: entries[i][2] - entries[i][1])
        self.handovers.append(made)
        self.payers.append(payer)
        self.links.append(made.links[number])
        self.piece = made.piece(number)
        self.owner = payee

    def certificates_of(self, *parties: Party) -> list[bytes]:
        keys = {self.office.key, *(party.key for party in parties)}
        return sorted(self.certificates[key] for key in keys)

    def sorted_links(self) -> list[list[Any]]:
        def order(link: list[Any]) -> tuple[bytes, int]:
            return tally.read_whole(tally.encode(link), tally.read_link).reference

        return sorted(self.links, key=order)

    def provenance(self) -> bytes:
        body = [self.owner.key, [1, [], [self.stick], self.sorted_links(), [self.piece]]]
        return paper("provenance", self.certificates_of(self.owner, *self.payers), body)

    def window(self) -> list[Any]:
        content = [
            7, EUR, 2, 90_000, 95_000, 10_000, 0, NOW - 1000, NOW + 1000, NOW - 1000,
        ]  # fmt: skip
        return signed(tally.WINDOW, self.office, self.owner.key, content)

    def proposal(self, entries: list[list[Any]]) -> bytes:
        amount = sum(entry[2] - entry[1] for entry in entries)
        certificates = self.certificates_of(self.owner, *self.payers)
        links = self.sorted_links()
        return tally.encode(
            [
                1, self.owner.key, EUR, amount, entries, certificates, [self.stick], links,
                self.window(),
            ]
        )  # fmt: skip

    def asking(self, amount: int) -> tally.Payee:
        return tally.Payee(
            self.payee.key, NOW, tally.Asset("EUR", 2), amount, 49_152, 64, 2
        )


def result(check: Callable[..., object], *arguments: Any) -> str:
    try:
        check(*arguments)
    except tally.Refused as refusal:
        return refusal.name
    return "good"


def verdict(data: bytes, world: World) -> str:
    return result(tally.check_paper, data, world.root.key)


SEEDS = pytest.mark.parametrize("seed", range(8))


# ------------------------------------------------------------------------------------------------
# Canonical bytes
# ------------------------------------------------------------------------------------------------


def random_value(dice: random.Random, depth: int = 0) -> tally.Value:
    choice = dice.randrange(3 if depth > 3 else 4)
    if choice == 0:
        return dice.randrange(2 ** dice.choice([4, 5, 8, 9, 16, 17, 32, 33, 64]))
    if choice == 1:
        return dice.randbytes(dice.choice([0, 1, 23, 24, 255, 256]))
    if choice == 2:
        letters = [dice.choice("Aé€😀") for _ in range(dice.randrange(9))]
        return "".join(letters)
    return [random_value(dice, depth + 1) for _ in range(dice.randrange(5))]


@SEEDS
def test_writer_agrees_with_cbor2(seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(200):
        value = random_value(dice)
        assert tally.encode(value) == cbor2.dumps(value, canonical=True)


@pytest.mark.parametrize(
    ("data", "read", "fault", "offset"),
    [
        ("", lambda r: r.number(9), "truncated", 0),
        ("19ff", lambda r: r.number(2**64), "truncated", 2),
        ("1800", lambda r: r.number(9), "not-shortest", 0),
        ("1b00000000ffffffff", lambda r: r.number(2**64), "not-shortest", 0),
        ("1c", lambda r: r.number(9), "wrong-type", 0),
        ("1f", lambda r: r.number(9), "wrong-type", 0),
        ("f6", lambda r: r.number(9), "wrong-type", 0),
        ("20", lambda r: r.number(9), "wrong-type", 0),
        ("82", lambda r: r.array(2), "truncated", 1),
        ("8200", lambda r: r.array(2), "truncated", 2),
        ("82", lambda r: r.optional(r.hash), "over-cap", 0),
        ("83", lambda r: r.items(4, r.hash, exactly=2), "wrong-count", 0),
        ("85", lambda r: r.items(4, r.hash, exactly=2), "over-cap", 0),
        ("656f74686572", lambda r: r.word("tally"), "bad-text", 0),
        ("696f6e6520776f7264", lambda r: r.word("tally"), "over-cap", 0),
        ("656f6e6520", lambda r: r.word("tally"), "truncated", 5),
        ("5828" + "00" * 40, lambda r: r.payment(), "out-of-range", 0),
        ("5f", lambda r: r.byte_string(9), "indefinite", 0),
        ("9f", lambda r: r.array(1), "indefinite", 0),
        ("0000", lambda r: r.number(9), "trailing", 1),
        ("0a", lambda r: r.number(9), "out-of-range", 0),
        ("4100", lambda r: r.fixed(2), "wrong-length", 0),
        ("4200", lambda r: r.fixed(2), "truncated", 2),
        ("430000", lambda r: r.byte_string(2), "over-cap", 0),
        ("61ff", lambda r: r.text(9), "bad-text", 0),
        ("63eda080", lambda r: r.text(9), "bad-text", 0),
        ("63e2808e", lambda r: r.text(9), "bad-text", 0),
        ("8100", lambda r: r.array(2), "wrong-count", 0),
        ("820200", lambda r: r.sorted_list(9, lambda: r.number(9), int), "not-sorted", 2),
        ("820202", lambda r: r.sorted_list(9, lambda: r.number(9), int), "not-sorted", 2),
        ("824100184400", lambda r: (r.array(2), r.byte_string(9), r.number(9)), "out-of-range", 3),
    ],
)
def test_reader_names_the_fault(data: str, read: Any, fault: str, offset: int) -> None:
    with pytest.raises(tally.Unreadable) as caught:
        tally.read_whole(bytes.fromhex(data), read)
    assert (caught.value.fault, caught.value.offset) == (fault, offset)


# ------------------------------------------------------------------------------------------------
# Papers
# ------------------------------------------------------------------------------------------------


@SEEDS
def test_provenance(seed: int) -> None:
    world = World(seed)
    assert verdict(world.provenance(), world) == "good"
    assert result(tally.check_paper, world.provenance(), world.payee.key) == "certificate"


def test_provenance_faults() -> None:
    world = World(1)

    def changed(**parts: Any) -> str:
        lists: dict[str, Any] = {
            "holder": world.owner.key,
            "sticks": [world.stick],
            "links": world.sorted_links(),
            "piece": world.piece,
            "certificates": world.certificates_of(world.owner, *world.payers),
        }
        lists |= parts
        pieces = lists.get("pieces", [lists["piece"]])
        shown = [1, lists.get("own", []), lists["sticks"], lists["links"], pieces]
        body = [lists["holder"], shown]
        return verdict(paper("provenance", lists["certificates"], body), world)

    links, piece = world.sorted_links(), world.piece
    assert changed() == "good"
    assert changed(links=links[1:]) == "link-missing"
    assert changed(holder=world.payee.key) == "not-the-payee"
    assert changed(piece=[*piece[:2], piece[2] + 1, piece[3]]) == "outside-parent"
    assert changed(piece=[bytes(32), *piece[1:]]) == "wrong-stick"
    assert changed(sticks=[]) == "stick-missing"
    assert changed(piece=[piece[0], 0, 9, []]) in ("not-the-owner", "not-needed")
    assert changed(links=links[::-1]) == "unreadable: not-sorted"
    assert changed(certificates=[]) == "certificate-missing"
    assert changed(pieces=[piece, piece]) == "overlap"
    assert changed(own=world.certificates_of(world.owner)) == "not-needed"
    assert changed(certificates=world.certificates_of()) == "certificate-missing"
    surplus = world.certificates_of(world.owner, world.payee, *world.payers)
    assert changed(certificates=surplus) == "not-needed"
    bad = [[*link[:5], bytes(64)] for link in links]
    assert changed(links=bad) == "link-signature"
    assert changed(sticks=[[world.stick[0], bytes(64)]]) == "stick-signature"


@SEEDS
def test_changed_bytes_are_refused_by_name(seed: int) -> None:
    """Whatever a bit flip does, the verifier says good or names a reason: it never breaks."""
    world = World(seed, hops=3)
    data = world.provenance()
    for _ in range(300):
        at = world.dice.randrange(len(data))
        flipped = data[:at] + bytes([data[at] ^ 1 << world.dice.randrange(8)]) + data[at + 1 :]
        if verdict(flipped, world) == "good":
            # Only a smaller range of the piece shown is true as well.
            shown = tally.read_whole(flipped, tally.read_paper).body
            assert isinstance(shown, tally.Holding)
            low, high = world.piece[1:3]
            piece = shown.provenance.pieces[0]
            assert low <= piece.low and piece.high <= high
    for length in range(0, len(data), 97):
        assert verdict(data[:length], world) == "unreadable: truncated"


def test_signed_papers() -> None:
    world = World(2)
    office = [world.certificates[world.office.key]]
    assert verdict(paper("stick", office, world.stick), world) == "good"
    assert verdict(paper("stick", [], world.stick), world) == "foreign-office"
    assert verdict(paper("stick", office, [world.stick[0], bytes(64)]), world) == "signature"
    assert verdict(paper("window", office, world.window()), world) == "good"
    name = signed(tally.NAME, world.root, world.owner.key, ["Ann", NOW])
    assert verdict(paper("name", [], name), world) == "good"
    revocation = signed(tally.REVOCATION, world.office, world.owner.key, [7, 3, "lost", NOW])
    assert verdict(paper("revocation", office, revocation), world) == "good"
    assert verdict(paper("revocation", office, name), world) == "unreadable: out-of-range"
    abort = signed(tally.ABORT, world.owner, world.office.key, [], world.payment())
    assert verdict(paper("abort", office, abort), world) == "certificate-missing"
    assert verdict(paper("abort", world.certificates_of(world.owner), abort), world) == "good"
    content: tally.Value = [EUR, 5, TODAY, TODAY + 1, NOW]
    stranger = signed(tally.STICK, world.payee, world.owner.key, content, b"", bytes(32))
    holder = world.certificates_of(world.payee)
    assert verdict(paper("stick", holder, stranger), world) == "foreign-office"


def test_receipt() -> None:
    world = World(3)
    payment, offer = world.payment(), world.dice.randbytes(32)
    entries = world.cut(world.piece, 3)
    made = hand_over(
        world.dice, world.owner, world.payee.key, world.place(world.owner), entries, payment,
        offer=offer,
    )  # fmt: skip
    amount = world.piece[2] - world.piece[1]
    certificates = world.certificates_of(world.owner, world.payee)

    def receipt(**parts: Any) -> str:
        one: dict[str, Any] = {
            "sender": world.payee, "to": world.owner.key, "offer": offer, "amount": amount,
            "payment": payment, "answers": made.hash, "handover": made.written,
            "certificates": certificates,
        }  # fmt: skip
        one |= parts
        content = [one["offer"], EUR, one["amount"], NOW]
        commit = signed(
            tally.COMMIT, one["sender"], one["to"], content, one["payment"], one["answers"]
        )
        return verdict(paper("receipt", one["certificates"], [commit, one["handover"]]), world)

    closed = [*made.written]
    closed[2] = [
        leaf if i < 2 else [tally.H("tally1 private", leaf[0] + bytes([i]) + leaf[1])]
        for i, leaf in enumerate(made.written[2])
    ]
    hidden = [*closed]
    hidden[2] = [[tally.H("tally1 private", leaf[0] + bytes([0]) + leaf[1])] if i == 0 else leaf
                 for i, leaf in enumerate(made.written[2])]  # fmt: skip
    assert receipt() == "good"
    assert receipt(handover=closed) == "good"
    assert receipt(handover=hidden) == "receipt: leaves"
    assert receipt(offer=bytes(32)) == "receipt: leaves"
    bent = [*made.written]
    bent[2] = [*made.written[2][:3], [bytes(16), b"\x18\x00"], made.written[2][4]]
    bent[3] = world.owner.sign(tally.read_whole(tally.encode(bent), tally.read_handover).hash)
    assert receipt(handover=bent) == "leaves"
    assert receipt(to=world.payee.key) == "receipt: other-payer"
    assert receipt(answers=bytes(32)) == "receipt: other-handover"
    assert receipt(payment=world.payment()) == "receipt: other-payment"
    assert receipt(amount=amount - 1) == "receipt: amount"
    assert receipt(sender=world.owner, certificates=world.certificates_of(world.owner)) == (
        "receipt: other-payee"
    )
    by_office = world.certificates_of(world.owner)
    assert receipt(sender=world.office, certificates=by_office) == "good"
    assert receipt(certificates=by_office) == "certificate-missing"


# ------------------------------------------------------------------------------------------------
# Certificates
# ------------------------------------------------------------------------------------------------


def test_certificates() -> None:
    dice = random.Random(9)
    root, office, holder, other = (Party(dice) for _ in range(4))

    def read(issuer: Party, subject: Party, **bent: Any) -> str:
        return result(tally.read_certificate, certificate(issuer, subject, **bent), issuer.key)

    assert read(root, root, office=True) == "good"
    assert read(root, office, office=True) == "good"
    assert read(office, holder, device=2, until=4_000_000_000) == "good"
    assert read(office, holder, named=root) == "wrong-issuer"
    assert read(office, holder, without=3) == "wrong-issuer"
    for ours in (4, 5, 6):
        assert read(office, holder, without=ours) == "missing"
    for common in (0, 1, 2):
        assert read(office, holder, without=common) == "malformed"
    for roles in ("030200", "03020480", "03020780ff", "030100", "03020308", "0500", ""):
        assert read(office, holder, roles=bytes.fromhex(roles)) == "malformed"
    assert read(office, holder, device=3) == "malformed"
    assert read(office, holder, signer=other) == "bad-signature"
    made = certificate(office, holder)
    assert tally.read_certificate(made, office.key).written(made[-64:]) == made
    assert result(tally.read_certificate, made + bytes(1), office.key) == "malformed"
    assert result(tally.read_certificate, made + bytes(1024), office.key) == "too-large"
    for at in range(len(made)):
        for bit in range(8):
            flipped = made[:at] + bytes([made[at] ^ 1 << bit]) + made[at + 1 :]
            assert result(tally.read_certificate, flipped, office.key) != "good"
        assert result(tally.read_certificate, made[:at], office.key) == "malformed"


def test_chains_of_certificates() -> None:
    dice = random.Random(10)
    root, office, branch, holder = (Party(dice) for _ in range(4))

    def trust(*ders: bytes) -> str:
        return result(tally.Trust, root.key, sorted(ders))

    top = certificate(root, office, office=True)
    assert trust(top, certificate(office, holder)) == "good"
    assert trust(certificate(root, holder)) == "good"
    assert trust(certificate(office, holder)) == "certificate"
    assert trust(top, certificate(office, branch, office=True)) == "certificate"
    assert trust(top, certificate(office, holder), certificate(root, holder)) == "not-needed"
    keeper = certificate(root, office)
    assert trust(keeper, certificate(office, holder)) == "certificate"


# ------------------------------------------------------------------------------------------------
# Proposals and agreements
# ------------------------------------------------------------------------------------------------


def test_proposal_and_agreement() -> None:
    world = World(4)
    entries = world.cut(world.piece, 2)
    amount = world.piece[2] - world.piece[1]
    asking = world.asking(amount)
    data = world.proposal(entries)

    def proposed(payee: tally.Payee, bytes_: bytes = data) -> str:
        return result(tally.check_proposal, bytes_, payee, world.root.key)

    assert proposed(asking) == "good"
    assert proposed(replace(asking, byte_cap=len(data) - 1)) == "too-many-bytes"
    assert proposed(replace(asking, key=world.owner.key)) == "other-payer"
    assert proposed(replace(asking, hop_cap=world.hops - 1)) == "too-many-hops"
    assert proposed(replace(asking, amount=amount + 1)) == "sum"
    assert proposed(replace(asking, asset=tally.Asset("EUR", 3))) == "asset"
    assert proposed(replace(asking, now=NOW + 1001)) == "window-dates"
    assert proposed(replace(asking, now=NOW + 31 * 86_400)) == "stick-expired"
    held = tally.Piece(world.stick_id, world.piece[2] - 1, 10**6, None)
    assert proposed(replace(asking, held=[held])) == "overlaps-held"
    assert proposed(asking, world.proposal([entries[0], entries[0]])) == "overlap"

    # The payee knows an earlier handover of the same units that its payee has aborted.
    earlier_payment = world.payment()
    earlier = hand_over(
        world.dice, world.owner, world.payee.key, world.place(world.owner), entries,
        earlier_payment,
    )  # fmt: skip
    seen = [tally.read_whole(tally.encode(link), tally.read_link) for link in earlier.links]
    knowing = replace(asking, seen=seen)
    assert proposed(knowing) == "release-missing"
    abort = signed(tally.ABORT, world.payee, world.owner.key, [], earlier_payment)
    carrying = [[*entry[:4], [abort]] for entry in entries]
    assert proposed(knowing, world.proposal(carrying)) == "good"
    forged = [[*entry[:4], [[abort[0], bytes(64)]]] for entry in entries]
    assert proposed(knowing, world.proposal(forged)) == "release-signature"
    other = signed(tally.ABORT, world.payee, world.payee.key, [], earlier_payment)
    misled = [[*entry[:4], [other]] for entry in entries]
    assert proposed(knowing, world.proposal(misled)) == "release-not-for-payer"

    payment, offer = world.payment(), world.dice.randbytes(32)
    proposal = tally.read_whole(world.proposal(carrying), tally.read_proposal)
    place = world.place(world.owner)

    def agreed(payee: tally.Payee, **parts: Any) -> str:
        one: dict[str, Any] = {
            "to": world.payee.key, "place": place, "entries": carrying, "payment": payment,
            "window": proposal.window.hash, "offer": offer, "total": amount,
        }  # fmt: skip
        one |= parts
        made = hand_over(world.dice, world.owner, one.pop("to"), **one)
        handover = tally.read_whole(tally.encode(made.written), tally.read_handover)
        return result(tally.check_agreement, proposal, handover, payment, offer, payee)

    assert agreed(knowing) == "good"
    assert agreed(knowing, to=bytes(32)) == "not-to-me"
    assert agreed(knowing, payment=world.payment()) == "other-payment"
    assert agreed(knowing, entries=entries) == "other-entries"
    assert agreed(knowing, offer=bytes(32)) == "other-offer"
    assert agreed(knowing, window=bytes(32)) == "other-window"
    assert agreed(knowing, place=(8, 1)) == "other-epoch"
    assert agreed(knowing, place=seen[0].header.place) == "below-floor"
    assert agreed(knowing, total=95_001) == "above-ceiling"
    assert agreed(knowing, total=amount - 1) == "total"
    known = replace(knowing, totals=[(proposal.window.hash, 1)])
    assert agreed(known) == "total"
    assert agreed(known, total=amount + 1) == "good"


# ------------------------------------------------------------------------------------------------
# Proofs
# ------------------------------------------------------------------------------------------------


def test_proofs() -> None:
    world = World(5)
    forger, dice = world.owner, world.dice
    certificates = world.certificates_of(forger)

    def judged(body: Any, certified: list[bytes] | None = None) -> str:
        return verdict(paper("proof", certified or certificates, body), world)

    first_payment = world.payment()
    entries = world.cut(world.piece, 3)
    first = hand_over(
        dice, forger, world.payee.key, (7, 100), entries, first_payment, total=5
    )
    again = hand_over(dice, forger, bytes(32), (7, 101), entries, world.payment())
    assert judged([1, first.links[1], again.links[1]]) == "good"
    assert judged([1, again.links[1], first.links[1]]) == "proof: order"
    assert judged([1, first.links[0], again.links[1]]) == "proof: no-overlap"
    assert judged([1, first.links[1], world.links[0]]) == "proof: other-key"
    assert judged([1, first.links[1], [*again.links[1][:5], bytes(64)]]) == "proof: signature"
    assert judged([1, first.links[1], again.links[1]], world.certificates_of(world.payee)) == (
        "certificate-missing"
    )

    abort = signed(tally.ABORT, world.payee, forger.key, [], first_payment)
    freed = [[*entry[:4], [abort]] for entry in entries]
    release = hand_over(dice, forger, bytes(32), (7, 102), freed, world.payment())
    assert judged([1, first.links[1], release.links[1]]) == "proof: released"
    same_place = hand_over(dice, forger, bytes(32), (7, 100), freed, world.payment())
    pair = sorted([first, same_place], key=lambda made: made.hash)
    assert judged([1, pair[0].links[1], pair[1].links[1]]) == "good"
    assert judged([3, [0, pair[0].links[1], pair[1].links[1]]]) == "proof: is-fork"
    assert judged([3, [0, pair[0].links[0], pair[1].links[1]]]) == "good"
    assert judged([3, [0, first.links[0], first.links[1]]]) == "proof: same-content"
    assert judged([3, [0, first.links[0], again.links[1]]]) == "proof: other-place"

    commit_content = [bytes(32), EUR, 5, NOW]
    commit = signed(
        tally.COMMIT, world.payee, forger.key, commit_content, first_payment, first.hash
    )
    by_office = signed(
        tally.COMMIT, world.office, forger.key, commit_content, first_payment, first.hash
    )
    elsewhere = signed(
        tally.COMMIT, world.payee, forger.key, commit_content, world.payment(), first.hash
    )
    convict = world.certificates_of(world.payee)
    assert judged([2, abort, [0, commit]], convict) == "good"
    assert judged([2, abort, [0, by_office]], convict) == "proof: office-decision"
    assert judged([2, abort, [0, elsewhere]], convict) == "proof: other-payment"
    below = [[*first.piece(1), []]]
    use = hand_over(dice, world.payee, bytes(32), (1, 1), below, world.payment())
    assert judged([2, abort, [1, first.links[0], use.links[0]]], convict) == "good"
    assert judged([2, abort, [1, again.links[0], use.links[0]]], convict) == "proof: other-payment"
    assert judged([2, abort, [1, first.links[0], again.links[0]]], convict) == "proof: other-key"

    def sequence(place: tuple[int, int], total: int, previous: bytes | None) -> str:
        second = hand_over(
            dice, forger, bytes(32), place, entries, world.payment(), total=total,
            previous=previous,
        )  # fmt: skip
        return judged([3, [1, first.written, second.written]])

    added = world.piece[2] - world.piece[1]
    assert sequence((7, 101), 5 + added, first.hash) == "proof: fits"
    assert sequence((7, 101), 6 + added, first.hash) == "good"
    assert sequence((7, 101), 5 + added, None) == "good"
    assert sequence((7, 102), 5 + added, None) == "proof: fits"
    assert sequence((8, 101), 5 + added, None) == "proof: other-epoch"
    assert sequence((7, 99), 5 + added, None) == "proof: order"


# ------------------------------------------------------------------------------------------------
# The command
# ------------------------------------------------------------------------------------------------


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = World(6)
    file = tmp_path / "paper"
    file.write_bytes(world.provenance())
    assert tally.main(["--root", world.root.key.hex(), str(file)]) == 0
    assert "EUR" in capsys.readouterr().out
    assert tally.main(["--root", world.payee.key.hex(), str(file)]) == 1
    assert capsys.readouterr().err == "refused: certificate\n"
    file.write_bytes(world.certificates[world.office.key])
    assert tally.main(["--root", world.root.key.hex(), str(file)]) == 0
    assert "roles: office" in capsys.readouterr().out
