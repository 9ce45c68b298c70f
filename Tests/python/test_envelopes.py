"""Envelopes by another program, written from docs/PROTOCOL.md sections 1 to 4.

It opens what docs/vectors/envelopes.json holds, makes the same bytes again from the same
randomness, names every bad datagram's fault, and makes envelopes of its own
(docs/vectors/envelopes-python.json) that the Swift tests open:

    python Tests/python/test_envelopes.py --write
"""

import hashlib
import json
import os
import sys
from pathlib import Path

import pytest
from nacl import bindings as sodium
from nacl.exceptions import CryptoError

VECTORS = Path(__file__).resolve().parents[2] / "docs" / "vectors"
MOST, PART, PADDING = 1200, 1024, 32
KINDS = {("first", False): 1, ("following", False): 2, ("first", True): 3, ("following", True): 4}
ROOM = {"first": 1056, "following": 1120}


class Fault(Exception):
    """How a datagram fails: the names of section 4, and of section 2 for its statement."""


def load(name):
    return json.loads((VECTORS / name).read_text())


def hashed(domain, data, key=b"", size=32):
    return hashlib.blake2b(data, digest_size=size, key=key, person=domain.encode()).digest()


# Section 2: canonical bytes, read strictly.


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def head(self, major):
        if self.at >= len(self.data):
            raise Fault("truncated")
        first = self.data[self.at]
        if first >> 5 != major:
            raise Fault("wrong-type")
        short = first & 31
        self.at += 1
        if short < 24:
            return short
        if short >= 28:
            raise Fault("indefinite" if short == 31 and major != 0 else "wrong-type")
        size = 1 << (short - 24)
        if self.at + size > len(self.data):
            raise Fault("truncated")
        value = int.from_bytes(self.data[self.at : self.at + size], "big")
        self.at += size
        if value < {1: 24, 2: 1 << 8, 4: 1 << 16, 8: 1 << 32}[size]:
            raise Fault("not-shortest")
        return value

    def string(self, major, exactly=None, most=None, sizes=None):
        size = self.head(major)
        if sizes is not None and size not in sizes:
            raise Fault("wrong-length")
        if most is not None and size > most:
            raise Fault("over-cap")
        if self.at + size > len(self.data):
            raise Fault("truncated")
        if exactly is not None and size != exactly:
            raise Fault("wrong-length")
        self.at += size
        return self.data[self.at - size : self.at]

    def array(self, exactly):
        if self.head(4) != exactly:
            raise Fault("wrong-count")

    def optional(self):
        count = self.head(4)
        if count > 1:
            raise Fault("over-cap")
        return self.string(2, exactly=32) if count else b""


def read_statement(data):
    reader = Reader(data)
    reader.array(8)
    assert reader.string(3, most=5) == b"tally"
    if reader.head(0) != 1:
        raise Fault("version")
    kind = reader.head(0)
    if not 1 <= kind <= 8:
        raise Fault("out-of-range")
    sender, receiver = reader.string(2, exactly=32), reader.string(2, exactly=32)
    payment = reader.string(2, sizes=(0, 40))
    if payment and not 1 <= int.from_bytes(payment[:8], "big") <= 10**15:
        raise Fault("out-of-range")
    answers, content = reader.optional(), reader.string(2, most=49152)
    if reader.at != len(data):
        raise Fault("trailing")
    return {"kind": kind, "sender": sender, "receiver": receiver, "payment": payment,
            "answers": answers, "content": content}


def number(major, value):
    for size, short in ((0, 24), (1, 1 << 8), (2, 1 << 16), (4, 1 << 32), (8, 1 << 64)):
        if value < short:
            if size == 0:
                return bytes([major << 5 | value])
            return bytes([major << 5 | {1: 24, 2: 25, 4: 26, 8: 27}[size]]) + value.to_bytes(size, "big")


def data_item(value):
    return number(2, len(value)) + value


def write_statement(kind, sender, receiver, payment, answers, content):
    return b"".join([
        number(4, 8), number(3, 5), b"tally", number(0, 1), number(0, kind), data_item(sender),
        data_item(receiver), data_item(payment),
        number(4, 1) + data_item(answers) if answers else number(4, 0), data_item(content)])


# Section 4: sealing.


def seal(order, padded, object_hash, k, seal_with, receiver, nonces, cookie=b""):
    """The datagrams of one message; `seal_with` is the ephemeral pair (e, E)."""
    e, E = seal_with
    nonce = hashlib.blake2b(E + receiver, digest_size=24).digest()
    sealed = E + sodium.crypto_box(k, nonce, receiver, e) if order == "first" else b""
    parts = [padded[at : at + PART] for at in range(0, len(padded), PART)]
    whole = len(padded) <= ROOM[order]
    kind = bytes([KINDS[order, not whole]])
    datagrams = []
    for index, part in enumerate([padded] if whole else parts):
        place = b"" if whole else (
            hashed("tally1 number", object_hash, k)[:8] + bytes([index, len(parts)]))
        vouched = b"\x01" + kind + sealed + place
        box = nonces[index] + sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(
            part, vouched, nonces[index], k)
        body = sealed + place + box
        tag_key = hashed("tally1 tagkey", receiver + cookie)
        tag = (hashed("tally1 tag", kind + body, tag_key) if order == "first"
               else hashed("tally1 follow", b"", k))[:8]
        datagrams.append(b"\x01" + tag + kind + body)
    return datagrams


def pad(message):
    return message + b"\x80" + bytes(-(len(message) + 1) % PADDING)


class Receiver:
    """Section 4 backwards."""

    def __init__(self, key, secret, public, cookie=b"", known=(), awaits=False):
        self.key, self.secret, self.public, self.awaits = key, secret, public, awaits
        self.tag_key = hashed("tally1 tagkey", public + cookie)
        self.known = {hashed("tally1 follow", b"", k)[:8]: k for k in known}
        self.parts = {}

    def frame(self, datagram):
        if len(datagram) > MOST:
            raise Fault("too-long")
        if len(datagram) < 10:
            raise Fault("too-short")
        if datagram[0] != 1:
            raise Fault("version")
        kind = datagram[9]
        if kind not in (1, 2, 3, 4):
            raise Fault("kind")
        sealed = 80 if kind in (1, 3) else 0
        at = 10 + sealed + (10 if kind > 2 else 0)
        plaintext = len(datagram) - at - 40
        if plaintext < 1:
            raise Fault("too-short")
        place = None
        if kind > 2:
            index, count = datagram[at - 2], datagram[at - 1]
            last = index == count - 1
            if not 2 <= count <= 48 or index >= count:
                raise Fault("fragment")
            if plaintext > PART or (not last and plaintext != PART):
                raise Fault("fragment")
            place = (datagram[at - 10 : at - 2], index, count)
        return kind, datagram[10 : 10 + sealed], place, at

    def open(self, datagram):
        """The statement and signature, once the whole message is there; else None."""
        kind, sealed, place, at = self.frame(datagram)
        tag = datagram[1:9]
        if kind in (1, 3):
            if tag != hashed("tally1 tag", datagram[9:], self.tag_key)[:8]:
                raise Fault("tag")
            if kind == 3 and not self.awaits:
                raise Fault("not-awaited")
            try:
                k = sodium.crypto_box_seal_open(sealed, self.public, self.secret)
            except CryptoError:
                raise Fault("sealed-key") from None
        elif tag in self.known:
            k = self.known[tag]
        else:
            raise Fault("tag")
        vouched = datagram[:1] + datagram[9:at]
        try:
            plain = sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
                datagram[at + 24 :], vouched, datagram[at : at + 24], k)
        except CryptoError:
            raise Fault("box") from None
        if place is None:
            return self.message(plain)
        name, index, count = place
        have = self.parts.setdefault((k, name), (count, {}))
        if have[0] != count:
            raise Fault("fragment")
        have[1].setdefault(index, plain)
        if len(have[1]) < count:
            return None
        del self.parts[k, name]
        return self.message(b"".join(have[1][index] for index in range(count)))

    def message(self, padded):
        bare = padded.rstrip(b"\0")
        if (not padded or len(padded) % PADDING or not bare.endswith(b"\x80")
                or len(padded) - len(bare) >= PADDING):
            raise Fault("padding")
        message = bare[:-1]
        if len(message) < 64:
            raise Fault("truncated")
        statement, signature = message[:-64], message[-64:]
        fields = read_statement(statement)
        if fields["receiver"] != self.key:
            raise Fault("not-for-me")
        signed = b"tally/1:" + hashed("tally1 object", statement)
        try:
            sodium.crypto_sign_open(signature + signed, fields["sender"])
        except CryptoError:
            raise Fault("signature") from None
        return statement, signature


def receiver_of(vectors, **options):
    mine = vectors["receiver"]
    return Receiver(*(bytes.fromhex(mine[name]) for name in ("key", "sealing_secret", "sealing_key")),
                    **options)


STORED = load("envelopes.json")


@pytest.mark.parametrize("good", STORED["good"], ids=lambda good: good["name"])
def test_the_same_randomness_makes_the_same_bytes(good):
    v = {name: bytes.fromhex(value) for name, value in good.items()
         if isinstance(value, str) and name not in ("name", "order")}
    sender_key, sender_secret = sodium.crypto_sign_seed_keypair(v["sender_seed"])
    E, e = sodium.crypto_box_seed_keypair(v["ephemeral_seed"])
    mine = STORED["receiver"]
    receiver, receiver_secret = sodium.crypto_box_seed_keypair(bytes.fromhex(mine["sealing_seed"]))
    key, _ = sodium.crypto_sign_seed_keypair(bytes.fromhex(mine["identity_seed"]))
    assert (receiver.hex(), receiver_secret.hex()) == (mine["sealing_key"], mine["sealing_secret"])
    assert (sender_key, E, e, key.hex()) == (
        v["sender_key"], v["ephemeral_key"], v["ephemeral_secret"], mine["key"])
    assert v["seal_nonce"] == hashlib.blake2b(E + receiver, digest_size=24).digest()
    assert v["sealed"] == E + sodium.crypto_box(v["secret_key"], v["seal_nonce"], receiver, e)
    assert v["tag_key"] == hashed("tally1 tagkey", receiver + v["cookie"])
    assert v["following_tag"] == hashed("tally1 follow", b"", v["secret_key"])[:8]
    assert v["statement"] == write_statement(
        good["kind"], sender_key, key, v["payment"], v["answers"], v["content"])
    assert v["hash"] == hashed("tally1 object", v["statement"])
    assert v["signature"] == sodium.crypto_sign(b"tally/1:" + v["hash"], sender_secret)[:64]
    assert v["padded"] == pad(v["statement"] + v["signature"])
    if "number" in v:
        assert v["number"] == hashed("tally1 number", v["hash"], v["secret_key"])[:8]
    made = seal(good["order"], v["padded"], v["hash"], v["secret_key"], (e, E), receiver,
                [bytes.fromhex(nonce) for nonce in good["nonces"]], v["cookie"])
    assert [datagram.hex() for datagram in made] == good["datagrams"]


@pytest.mark.parametrize("good", STORED["good"], ids=lambda good: good["name"])
def test_a_good_envelope_opens_in_any_order(good):
    known = [bytes.fromhex(key) for key in STORED["known_secret_keys"]]
    receiver = receiver_of(STORED, cookie=bytes.fromhex(good["cookie"]), known=known, awaits=True)
    found = [receiver.open(bytes.fromhex(datagram)) for datagram in reversed(good["datagrams"])]
    assert found[:-1] == [None] * (len(found) - 1)
    assert found[-1] == (bytes.fromhex(good["statement"]), bytes.fromhex(good["signature"]))


@pytest.mark.parametrize("bad", STORED["bad"], ids=lambda bad: bad["name"])
def test_a_bad_datagram_fails_by_its_name(bad):
    known = [bytes.fromhex(key) for key in STORED["known_secret_keys"]]
    with pytest.raises(Fault) as caught:
        receiver_of(STORED, known=known).open(bytes.fromhex(bad["datagram"]))
    assert str(caught.value) == bad["fault"]


def own_envelopes():
    """Envelopes of our own randomness to the receiver of the vectors."""
    mine = STORED["receiver"]
    receiver, key = bytes.fromhex(mine["sealing_key"]), bytes.fromhex(mine["key"])
    known = bytes.fromhex(STORED["known_secret_keys"][0])
    good = []
    for name, order, size, cookie in [
        ("first", "first", 33, b""), ("first with a cookie", "first", 70, os.urandom(16)),
        ("following", "following", 500, b""), ("first in parts", "first", 2500, b""),
        ("following in parts", "following", 40000, b""),
    ]:
        sender_seed, seed = os.urandom(32), os.urandom(32)
        sender, secret = sodium.crypto_sign_seed_keypair(sender_seed)
        E, e = sodium.crypto_box_seed_keypair(seed)
        k = known if order == "following" else os.urandom(32)
        payment = (2).to_bytes(8, "big") + os.urandom(32)
        content, answers = os.urandom(size), os.urandom(32)
        statement = write_statement(5, sender, key, payment, answers, content)
        object_hash = hashed("tally1 object", statement)
        signature = sodium.crypto_sign(b"tally/1:" + object_hash, secret)[:64]
        padded = pad(statement + signature)
        nonces = [os.urandom(24) for _ in range(48)]
        datagrams = seal(order, padded, object_hash, k, (e, E), receiver, nonces, cookie)
        nonce = hashlib.blake2b(E + receiver, digest_size=24).digest()
        entry = {
            "sender_seed": sender_seed, "sender_key": sender, "cookie": cookie, "secret_key": k,
            "ephemeral_seed": seed, "ephemeral_secret": e, "ephemeral_key": E,
            "seal_nonce": nonce, "sealed": E + sodium.crypto_box(k, nonce, receiver, e),
            "tag_key": hashed("tally1 tagkey", receiver + cookie),
            "following_tag": hashed("tally1 follow", b"", k)[:8], "payment": payment,
            "answers": answers, "content": content, "statement": statement, "hash": object_hash,
            "signature": signature, "padded": padded,
        }
        good.append({"name": f"by another program: {name}", "order": order, "kind": 5,
                     "nonces": [nonce.hex() for nonce in nonces[: len(datagrams)]],
                     "datagrams": [datagram.hex() for datagram in datagrams],
                     **{name: value.hex() for name, value in entry.items()}})
    return {"receiver": mine, "good": good, "known_secret_keys": [known.hex()], "bad": []}


def test_what_this_program_makes_it_opens_itself():
    for good in own_envelopes()["good"]:
        test_a_good_envelope_opens_in_any_order(good)


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    text = json.dumps(own_envelopes(), indent=2, sort_keys=True)
    (VECTORS / "envelopes-python.json").write_text(text + "\n")
