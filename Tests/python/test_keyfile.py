"""Key files by another program, written from docs/PROTOCOL.md sections 1, 2 and 9."""

import hashlib
import json
from pathlib import Path

import pytest
from nacl import bindings as sodium
from nacl import pwhash
from nacl.exceptions import CryptoError

STORED = json.loads(
    (Path(__file__).resolve().parents[2] / "docs" / "vectors" / "keyfile.json").read_text())
AEAD = sodium.crypto_aead_xchacha20poly1305_ietf_decrypt
TITLE = b"\x89\x6atally keys"


class Fault(Exception):
    """One of the names of section 9, or of section 2."""


def hashed(domain, data, key=b"", size=32):
    return hashlib.blake2b(data, digest_size=size, key=key, person=domain.encode()).digest()


class Reader:
    def __init__(self, data, at):
        self.data, self.at = data, at

    def number(self, major=0):
        first = self.data[self.at]
        if first >> 5 != major:
            raise Fault("wrong-type")
        self.at += 1
        if first & 31 < 24:
            return first & 31
        size = 1 << ((first & 31) - 24)
        value = int.from_bytes(self.data[self.at : self.at + size], "big")
        self.at += size
        if value < {1: 24, 2: 1 << 8, 4: 1 << 16, 8: 1 << 32}[size]:
            raise Fault("not-shortest")
        return value

    def bytes(self, size):
        if self.number(2) != size:
            raise Fault("wrong-length")
        self.at += size
        return self.data[self.at - size : self.at]


def derived(lock, method, salt, operations, memory):
    secret = bytes.fromhex(lock["secret"])
    if method == 2:
        if lock["method"] != "service-key":
            raise Fault("needs-service-key")
        if len(secret) != 32:
            raise Fault("service-key-length")
        return hashed("tally1 keyfile", salt, secret)
    if lock["method"] != "passphrase":
        raise Fault("needs-passphrase")
    if not 1 <= len(secret) <= 1024:
        raise Fault("passphrase-length")
    if operations > 16 or memory > 1 << 30:
        raise Fault("too-costly")
    if operations < lock["least_operations"] or memory < lock["least_memory"]:
        raise Fault("too-weak")
    return pwhash.argon2id.kdf(32, secret, salt, opslimit=operations, memlimit=memory)


def opened(data, lock):
    if len(data) > 4096:
        raise Fault("too-long")
    if not data.startswith(TITLE):
        raise Fault("not-a-key-file")
    if data[-32:] != hashed("tally1 keyfile", data[:-32]):
        raise Fault("damaged")
    reader = Reader(data, len(TITLE))
    if reader.number() != 1:
        raise Fault("version")
    method = reader.number()
    if method not in (1, 2):
        raise Fault("out-of-range")
    salt, operations, memory = reader.bytes(16), reader.number(), reader.number()
    if method == 2 and (operations, memory) != (0, 0):
        raise Fault("out-of-range")
    vouched = data[: reader.at]
    nonce, box = reader.bytes(24), reader.bytes(144)
    reader.bytes(32)
    assert reader.at == len(data)
    key = derived(lock, method, salt, operations, memory)
    try:
        return AEAD(box, vouched, nonce, key), key, vouched
    except CryptoError:
        raise Fault("wrong-passphrase" if method == 1 else "wrong-service-key") from None


@pytest.mark.parametrize("good", STORED["good"], ids=lambda good: good["name"])
def test_a_key_file_opens_and_can_be_made_again(good):
    v = {name: bytes.fromhex(good[name]) for name in good
         if name not in ("name", "lock", "operations", "memory")}
    seeds, key, vouched = opened(v["file"], good["lock"])
    assert (seeds, key, vouched) == (v["seeds"], v["key"], v["vouched"])
    box = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(seeds, vouched, v["nonce"], key)
    body = vouched + b"\x58\x18" + v["nonce"] + b"\x58\x90" + box + b"\x58\x20"
    assert v["file"] == body + hashed("tally1 keyfile", body)
    assert sodium.crypto_sign_seed_keypair(seeds[:32])[0] == v["identity_key"]
    assert sodium.crypto_box_seed_keypair(seeds[32:64])[0] == v["sealing_key"]
    assert hashed("tally1 hide", b"", seeds[64:96]) == v["hiding_key"]
    assert hashed("tally1 journal", b"", seeds[64:96]) == v["chain_key"]


@pytest.mark.parametrize("bad", STORED["bad"], ids=lambda bad: bad["name"])
def test_a_bad_key_file_fails_by_its_name(bad):
    with pytest.raises(Fault) as caught:
        opened(bytes.fromhex(bad["file"]), bad["lock"])
    assert str(caught.value) == bad["fault"]


def test_what_the_keys_make():
    good, use = STORED["good"][0], STORED["use"]
    v = {name: bytes.fromhex(use[name]) for name in use if name != "epoch"}
    hiding, chain = bytes.fromhex(good["hiding_key"]), bytes.fromhex(good["chain_key"])
    assert v["hidden"][:24] == v["nonce"]
    assert AEAD(v["hidden"][24:], v["context"], v["nonce"], hiding) == v["plain"]
    assert hashed("tally1 journal", v["mac_of"], chain) == v["mac"]
    named = use["epoch"].to_bytes(8, "big") + v["random"]
    payment = bytes.fromhex(good["seeds"])[96:]
    assert v["payment"] == named + hashed("tally1 payment", named, payment)[:16]
