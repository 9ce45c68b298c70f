"""A reader of an eKey, written from docs/PROTOCOL section 17 and nothing of ours.

It says commands of ISO/IEC 7816-4 on a socket or a terminal, proves itself and checks the eKey's
proof with PyNaCl, and carries datagrams as a FAM does, or as a bad one does.
"""

import collections
import hashlib
import os
import secrets
import select
import socket
import termios
import time
import tty

import cbor2
import nacl.exceptions
import nacl.signing

import canonical

PATIENCE = 60
NAME = b"\xf0TALLY\x01"
OFF, ON, RESET, WHAT = 0, 1, 2, 4
DONE, NOT_MINE, SHUT, NOT_NOW = 0x9000, 0x6982, 0x6983, 0x6985
MORE = 0x61
CHAIN = 0x10


def digest(domain, data):
    """H of section 1."""
    return hashlib.blake2b(data, digest_size=32, person=domain.ljust(16, b"\0")).digest()


def dumps(value):
    return cbor2.dumps(value, canonical=True)


def apdu(cla, ins, p1=0, p2=0, data=b"", expected=None, extended=False):
    """A command's bytes, short where they fit, or extended all the same."""
    extended = extended or len(data) > 255 or (expected or 0) > 256
    size = 2 if extended else 1
    said = bytes([cla, ins, p1, p2])
    if data or expected is not None:
        said += b"\0" if extended else b""
    if data:
        said += len(data).to_bytes(size, "big") + data
    if expected is not None:
        said += (expected % (1 << 8 * size)).to_bytes(size, "big")
    return said


class Away(Exception):
    """The line has ended."""


class Wire:
    """Messages with their length before them, on a socket or on a terminal in raw mode."""

    def __init__(self, path):
        self.buffer, self.socket, self.file = b"", None, None
        if os.path.isdir(path):
            # A socket's path is short, so it is reached through the folder's number.
            place = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            try:
                self.socket = socket.socket(socket.AF_UNIX)
                self.socket.connect(f"/proc/self/fd/{place}/ekey.sock")
            finally:
                os.close(place)
            self.file = self.socket.fileno()
        else:
            self.file = os.open(path, os.O_RDWR | os.O_NOCTTY)
            tty.setraw(self.file, termios.TCSANOW)

    def close(self):
        if self.socket:
            self.socket.close()
        else:
            os.close(self.file)

    def put(self, data):
        """Bytes as they are."""
        try:
            while data:
                data = data[os.write(self.file, data):]
        except OSError as error:
            raise Away from error

    def say(self, message):
        self.put(len(message).to_bytes(2, "big") + message)

    def hear(self, patience=PATIENCE):
        """The next message, or nothing where none came in so many seconds."""
        end = time.monotonic() + patience
        while True:
            if len(self.buffer) >= 2:
                stop = 2 + int.from_bytes(self.buffer[:2], "big")
                if len(self.buffer) >= stop:
                    message, self.buffer = self.buffer[2:stop], self.buffer[stop:]
                    return message
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.file], [], [], left)[0]:
                return None
            try:
                part = os.read(self.file, 1 << 16)
            except OSError as error:
                raise Away from error
            if not part:
                raise Away
            self.buffer += part


class Reader:
    """Whoever sits before an eKey."""

    def __init__(self, path, key=None):
        self.path = str(path)
        self.key = key or nacl.signing.SigningKey.generate()
        self.wire = self.ekey = None

    def __enter__(self):
        return self.open()

    def __exit__(self, *_):
        self.close()

    def open(self, patience=PATIENCE):
        """Plugs in, as soon as there is something to plug in to; another reader may have it yet."""
        end = time.monotonic() + patience
        while True:
            try:
                self.wire = Wire(self.path)
                self.wire.say(bytes([RESET]))
                hello = canonical.read(self.ok(apdu(0, 0xA4, 4, 0, NAME, 256)))
                break
            except (OSError, Away):
                self.close()
                assert time.monotonic() < end, f"no eKey at {self.path}"
                time.sleep(0.02)
        assert hello[0] == 1 and len(hello) == 3 and len(hello[1]) == 32
        self.ekey = hello[1]
        return self

    def close(self):
        if self.wire:
            self.wire.close()
        self.wire = None

    def reset(self):
        self.wire.say(bytes([RESET]))

    # MARK: Commands

    def raw(self, message, patience=PATIENCE):
        """What comes back to those bytes: data and status."""
        self.wire.say(message)
        answer = self.wire.hear(patience)
        assert answer is not None, f"no answer to {message[:16].hex()}"
        assert len(answer) >= 2
        return answer[:-2], int.from_bytes(answer[-2:], "big")

    def say(self, message):
        """All of the answer, fetched to its end."""
        data, status = self.raw(message)
        while status >> 8 == MORE:
            more, status = self.raw(apdu(0, 0xC0, expected=65_535 - 2))
            assert more
            data += more
        return data, status

    def status(self, *words, **more):
        return self.say(apdu(*words, **more))[1]

    def ok(self, message):
        data, status = self.say(message)
        assert status == DONE, f"{message[:8].hex()}: {status:04X}"
        return data

    # MARK: Who is who

    def verify(self, pin):
        return self.status(0, 0x20, 0, 1, str(pin).encode())

    def unblock(self, code, pin):
        return self.status(0, 0x2C, 0, 1, dumps([str(code).encode(), str(pin).encode()]))

    def is_verified(self):
        return self.status(0, 0x20, 0, 1) == DONE

    def public(self):
        return self.key.verify_key.encode()

    def pair(self, name="a reader"):
        return self.status(0x80, 0x20, data=dumps([self.public(), name]))

    def challenge(self):
        return self.ok(apdu(0, 0x84, expected=16))

    def proof(self, challenge):
        hash_ = digest(b"tally1 ekey in", challenge + self.ekey + self.public())
        return dumps([self.public(), self.key.sign(b"tally/1:" + hash_).signature])

    def prove(self):
        return self.status(0, 0x82, data=self.proof(self.challenge()))

    def is_proved_to(self, size=32):
        """Whether what answers has the key that SELECT told."""
        challenge = secrets.token_bytes(size)
        signature = self.ok(apdu(0, 0x88, data=challenge, expected=64))
        hash_ = digest(b"tally1 ekey out", self.ekey + challenge)
        try:
            nacl.signing.VerifyKey(self.ekey).verify(b"tally/1:" + hash_, signature)
        except nacl.exceptions.BadSignatureError:
            return False
        return True

    # MARK: The wallet

    def facts(self):
        return canonical.read(self.ok(apdu(0, 0xCA, 1, 1, expected=256)))

    def tries(self):
        """How many wrong PINs, and unblock codes, may still come."""
        return self.facts()[4][0], self.facts()[5][0]

    def log(self):
        return [text for _, text in canonical.read(self.ok(apdu(0, 0xCA, 1, 3, expected=256)))[1]]

    @staticmethod
    def numbered(ins, body, number=None):
        data = (number or secrets.token_bytes(8)) + body
        return apdu(0x80, ins, data=data, expected=65_535 - 2, extended=True)

    def exchange(self, datagrams=(), number=None):
        """Datagrams to it, each with whence; those that it has, its patience, and its news."""
        body = dumps([1, [[whence, datagram] for datagram, whence in datagrams]])
        one, out, patience, news = canonical.read(self.ok(self.numbered(0x12, body, number)))
        assert one == 1
        return [(datagram, to[0] if to else None) for to, datagram in out], patience, news


class Carrier:
    """A reader that has a network, and can be bad: `meddle` gets each datagram, with where it is
    from or to and whether it goes in, and says what is passed on instead."""

    def __init__(self, reader, meddle=None):
        self.reader, self.meddle = reader, meddle
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.passed, self.news, self.due = [], collections.deque(), 0.0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def turn(self, patience=0.02):
        """Carries what there is; as a rule returns soon."""
        wait = max(0.0, min(patience, self.due - time.monotonic()))
        incoming = []
        if select.select([self.socket], [], [], wait)[0]:
            for _ in range(40):
                try:
                    datagram, whence = self.socket.recvfrom(2_048, socket.MSG_DONTWAIT)
                except BlockingIOError:
                    break
                place = bytes([4, *map(int, whence[0].split("."))]) + whence[1].to_bytes(2, "big")
                self.passed.append(datagram)
                incoming += self._meddled(datagram, place, True)
        if not incoming and time.monotonic() < self.due:
            return
        out, rests, news = self.reader.exchange(incoming[:48])
        self.due = time.monotonic() + min(rests, 200) / 1_000
        self.news += news
        for datagram, place in out:
            self.passed.append(datagram)
            for one, to in self._meddled(datagram, place, False):
                self._send(one, to)

    def _meddled(self, datagram, place, is_incoming):
        if self.meddle is None:
            return [(datagram, place)]
        return self.meddle(datagram, place, is_incoming)

    def _send(self, datagram, to):
        # To everybody means to nobody here, and no other host is disturbed.
        if to is None or to[:2] != b"\x04\x7f" or to[5:] == b"\0\0":
            return
        where = ".".join(map(str, to[1:5])), int.from_bytes(to[5:], "big")
        try:
            self.socket.sendto(datagram, where)
        except OSError:
            pass
