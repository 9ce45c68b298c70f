"""What a bank writes into an eKey, by another program: docs/PROTOCOL sections 4, 5 and 20.

It is a blank eKey of its own, with its own keys and its own reader of letters; it shares no line
with the program, nor with the other readers here.
"""

import hashlib
import os
import socket
import struct
import threading

import cbor2
import nacl.bindings as sodium
import nacl.signing
from cryptography import x509

BAD_DATA, DAMAGED, TOO_LATE = 0x6A80, 0x6988, 0x698A


def hashed(domain, data, key=b"", size=32):
    return hashlib.blake2b(data, digest_size=size, key=key, person=domain.encode()).digest()


def signed_bytes(name):
    return b"tally/1:" + name


def canonical(data):
    """Read, and written again as the same bytes."""
    value = cbor2.loads(data)
    assert cbor2.dumps(value, canonical=True) == data, "another encoding"
    return value


class Damaged(Exception):
    """A letter that does not open."""


def opened(letter, public, secret):
    """The statement and the signature in a letter to that sealing key."""
    version, datagrams = canonical(letter)
    assert version == 1 and 1 <= len(datagrams) <= 48
    tag_key = hashed("tally1 tagkey", public)
    whole, seal = b"", None
    for index, one in enumerate(datagrams):
        if not 10 <= len(one) <= 1_200 or one[0] != 1:
            raise Damaged
        tag, kind, body = one[1:9], one[9], one[10:]
        if hashed("tally1 tag", one[9:], tag_key)[:8] != tag:
            raise Damaged
        head = 0 if kind == 1 else 10
        if kind != (1 if len(datagrams) == 1 else 3):
            raise Damaged
        sealed, fragment = body[:80], body[80 : 80 + head]
        if head and (fragment[8], fragment[9]) != (index, len(datagrams)):
            raise Damaged
        if seal not in (None, sealed):
            raise Damaged
        seal = sealed
        try:
            key = sodium.crypto_box_seal_open(sealed, public, secret)
            box = body[80 + head :]
            whole += sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
                box[24:], bytes([1, kind]) + sealed + fragment, box[:24], key)
        except Exception as error:
            raise Damaged from error
    padded = whole.rstrip(b"\0")
    if not padded.endswith(b"\x80") or len(whole) % 32:
        raise Damaged
    message = padded[:-1]
    return message[:-64], message[-64:]


def common_name(name):
    (one,) = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return one.value


def key_of(certificate):
    return certificate.public_key().public_bytes_raw()


def checked(root_der, office_der):
    """The keys of a root, and of the office that it certifies."""
    root, office = (x509.load_der_x509_certificate(one) for one in (root_der, office_der))
    for one in (root, office):
        root.public_key().verify(one.signature, one.tbs_certificate_bytes)
    assert common_name(office.issuer) == common_name(root.subject)
    return key_of(root), key_of(office)


def verified(letter, own, public, secret, kind):
    """What an office says in a letter to this eKey; its parts, its name, and who certified it."""
    statement, signature = opened(letter, public, secret)
    tally, version, number, sender, receiver, payment, answers, content = canonical(statement)
    assert (tally, version, number) == ("tally", 1, kind)
    assert receiver == own and payment == b"" and answers == []
    name = hashed("tally1 object", statement)
    nacl.signing.VerifyKey(sender).verify(signed_bytes(name), signature)
    parts = canonical(content)
    assert parts[0] == 1
    root, office = checked(parts[1], parts[2])
    assert office == sender
    return parts, name, root


class BlankKey:
    """A blank eKey on a socket: what a bank can say to it, and what it has taken."""

    def __init__(self, folder):
        folder.mkdir()
        self.identity = nacl.signing.SigningKey.generate()
        self.own = bytes(self.identity.verify_key)
        self.public, self.secret = sodium.crypto_box_keypair()
        self.mk = self.name = self.root = None
        self.letters, self.is_over = [], False
        self.door = socket.socket(socket.AF_UNIX)
        place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        self.door.bind(f"/proc/self/fd/{place}/ekey.sock")
        os.close(place)
        self.door.listen(4)
        self.door.settimeout(0.1)
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.thread.join(timeout=10)
        self.door.close()

    def sign(self, domain, data):
        return self.identity.sign(signed_bytes(hashed(domain, data))).signature

    def _run(self):
        while not self.is_over:
            try:
                line = self.door.accept()[0]
            except TimeoutError:
                continue
            with line:
                line.settimeout(5)
                try:
                    self._serve(line)
                except (ConnectionError, TimeoutError):
                    continue

    def _serve(self, line):
        chain = b""
        while True:
            (size,) = struct.unpack(">H", self._exactly(line, 2))
            message = self._exactly(line, size)
            if size == 1:
                continue
            ins, data = message[1], self._data(message)
            if message[0] & 0x10:
                chain += data
                answer, status = b"", 0x9000
            else:
                answer, status = self._do(ins, message[2], message[3], chain + data)
                chain = b""
            said = answer + struct.pack(">H", status)
            line.sendall(struct.pack(">H", len(said)) + said)

    @staticmethod
    def _exactly(line, count):
        data = b""
        while len(data) < count:
            more = line.recv(count - len(data))
            if not more:
                raise ConnectionError
            data += more
        return data

    @staticmethod
    def _data(message):
        rest = message[4:]
        if len(rest) <= 1:
            return b""
        if rest[0]:
            return rest[1 : 1 + rest[0]]
        if len(rest) == 3:
            return b""
        return rest[3 : 3 + int.from_bytes(rest[1:3], "big")]

    def _do(self, ins, p1, p2, data):
        if ins == 0xA4:
            return cbor2.dumps([1, self.own, 0], canonical=True), 0x9000
        if ins == 0x88:
            return self.sign("tally1 ekey out", self.own + data), 0x9000
        if (ins, p1, p2) == (0xCA, 1, 4):
            stage = 0 if self.mk is None else 1
            root = [] if self.root is None else [self.root]
            mine = self.sign("tally1 ekey box", self.own + self.public)
            return cbor2.dumps([1, self.public, mine, stage, root], canonical=True), 0x9000
        if (ins, p1, p2) == (0x24, 1, 0):
            self.letters.append(data)
            parts, name, root = verified(data, self.own, self.public, self.secret, 12)
            if self.name not in (None, name):
                return b"", 0x6985
            self.mk, self.name, self.root = parts, name, root
            return self.sign("tally1 ekey has", name), 0x9000
        return b"", 0x6D00
