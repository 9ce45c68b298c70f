"""Carriers, written from docs/PROTOCOL.md (sections 1 to 7, 16.6, 18.1 and 19) alone: a seller
who writes them, and whoever checks them.

    python tally_carrier.py ROOT CARRIER

says what a carrier brings and what its meter answered. Exit code 0: good; 1: refused; 2: usage.
"""

from __future__ import annotations

import base64
import hashlib
import sys
from dataclasses import dataclass

from nacl.signing import SigningKey

import tally_verifier as tally
from tally_keypad import NAME, Key
from tally_verifier import H, Reader, Refused, Signed, Unreadable, encode

BYTES_MOST, PARTS_MOST, PART_MOST = 32_768, 64, 1_024
RECEIPT, DELIVERY = 14, 15
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
HEX = "0123456789ABCDEF"


@dataclass(frozen=True)
class DeliveryContent:
    number: int
    epoch: int
    sticks: list[bytes]
    moment: int


@dataclass(frozen=True)
class ReceiptContent:
    number: int
    highest: int
    pulses: int
    states: list[tuple[bytes, int]]
    registers: list[tuple[bytes, int]]
    finals: list[bytes]
    moment: int


def some(r: Reader, cap: int, read, order, least: int = 0) -> list:
    """A list in its order; its faults stand at its own first byte."""
    start = r.at
    found = r.items(cap, read, least=least)
    places = [order(one) for one in found]
    if any(not a < b for a, b in zip(places, places[1:])):
        raise r.fault("not-sorted", start)
    return found


def read_delivery(r: Reader) -> DeliveryContent:
    r.array(4)
    number, epoch = r.number(10**9, 1), r.number(tally.MOST, 1)
    sticks = some(r, 8, r.hash, lambda one: one, least=1)
    return DeliveryContent(number, epoch, sticks, r.number(tally.MOMENT_MOST))


def read_pair(r: Reader, most: int) -> tuple[bytes, int]:
    r.array(2)
    return r.hash(), r.number(most)


def read_receipt(r: Reader) -> ReceiptContent:
    r.array(7)
    number, highest = r.number(10**9, 1), r.number(10**9, 1)
    pulses = r.number(2**64 - 1)
    states = some(r, 8, lambda: read_pair(r, 3), lambda one: one[0], least=1)
    registers = some(r, 32, lambda: read_pair(r, tally.MOST), lambda one: one[0])
    finals = some(r, 32, r.hash, lambda one: one)
    return ReceiptContent(
        number, highest, pulses, states, registers, finals, r.number(tally.MOMENT_MOST))


tally.SHAPES.setdefault(DELIVERY, tally.Shape(False, False, read_delivery))
tally.SHAPES.setdefault(RECEIPT, tally.Shape(False, True, read_receipt))


@dataclass(frozen=True)
class Carrier:
    delivery: Signed
    certificates: list[bytes]
    sticks: list[Signed]
    confirmation: tuple[str, int, bytes] | None
    # None: nothing was put in; "damaged"; or what the meter said.
    answer: object

    @property
    def meter(self) -> bytes:
        return self.delivery.receiver

    def check(self, root: bytes, meter: bytes | None = None, key: Key | None = None) -> None:
        if meter is not None and meter != self.meter:
            raise Refused("other-meter")
        try:
            trust = tally.Trust(root, self.certificates)
            trust.require(self.meter)
            tally.check_sticks(self.sticks, trust)
            trust.refuse_unneeded()
        except Refused as refused:
            ours = refused.args[0] if refused.args else str(refused)
            if ours == "foreign-office":
                raise Refused("other-office") from None
            if ours == "certificate" and not any(
                    tally.certificate_under(one, root) for one in self.certificates):
                raise Refused("other-office") from None
            raise Refused("forged") from None
        if not self.delivery.holds:
            raise Refused("forged")
        if key is None or self.confirmation is None:
            return
        name, generation, mac = self.confirmation
        if (name, generation) != (key.meter, key.generation):
            raise Refused("other-key")
        if mac != confirmed(key, self.delivery.hash):
            raise Refused("confirmation")

    def said(self) -> tuple[ReceiptContent, list[Signed]]:
        if self.answer is None:
            raise Refused("not-taken")
        if self.answer == "damaged":
            raise Refused("answer-damaged")
        receipt, registers = self.answer
        if not receipt.holds or not all(one.holds for one in registers):
            raise Refused("answer-damaged")
        return receipt.statement.content, registers


def confirmed(key: Key, delivery: bytes) -> bytes:
    return hashlib.blake2b(
        delivery, digest_size=32, key=key.bytes, person=b"tally1 confirm").digest()


def read(data: bytes) -> Carrier:
    if len(data) > BYTES_MOST:
        raise Refused("too-large")
    r = Reader(data)
    try:
        found = read_load(r)
    except Unreadable:
        raise Refused("damaged") from None
    try:
        answer = read_answer(r)
    except Unreadable:
        answer = "damaged"
    if isinstance(answer, tuple) and not answers(found[0], *answer):
        answer = "damaged"
    return Carrier(*found, answer)


def read_load(r: Reader):
    r.array(5)
    r.word("tally-carrier")
    r.version()
    start = r.at
    r.array(4)
    delivery = tally.read_signed(r, DELIVERY)
    certificates = some(r, 4, lambda: r.byte_string(tally.CERTIFICATE_CAP), lambda one: one)
    sticks = r.items(8, lambda: tally.read_signed(r, tally.STICK))
    confirmation = r.optional(lambda: read_confirmation(r))
    load = r.data[start:r.at]
    if [one.hash for one in sticks] != delivery.statement.content.sticks or any(
            (one.sender, one.receiver) != (delivery.sender, delivery.receiver)
            for one in sticks):
        raise r.fault("out-of-range", start)
    if r.hash() != H("tally1 carrier", load):
        raise r.fault("out-of-range", start)
    return delivery, certificates, sticks, confirmation


def read_confirmation(r: Reader) -> tuple[str, int, bytes]:
    r.array(3)
    start = r.at
    found = r.text(32)
    if not NAME.fullmatch(found):
        raise r.fault("bad-text", start)
    return found, r.number(1_000, 1), r.fixed(32)


def read_answer(r: Reader):
    if r.array(0, 1) == 0:
        r.end()
        return None
    r.array(2)
    receipt = tally.read_signed(r, RECEIPT)
    registers = some(
        r, 32, lambda: tally.read_signed(r, tally.REGISTER),
        lambda one: one.statement.content.stick)
    r.end()
    return receipt, registers


def answers(delivery: Signed, receipt: Signed, registers: list[Signed]) -> bool:
    said, asked = receipt.statement.content, delivery.statement.content
    return (
        receipt.statement.answers == delivery.hash
        and (receipt.sender, receipt.receiver) == (delivery.receiver, delivery.sender)
        and said.number == asked.number and said.highest >= said.number
        and [one for one, _ in said.states] == asked.sticks
        and set(said.finals) <= {one.hash for one in registers}
        and all(one.sender == delivery.receiver for one in registers))


# Writing.

def statement(kind: int, sender: bytes, receiver: bytes, answering: list, content) -> list:
    return ["tally", 1, kind, sender, receiver, b"", answering, encode(content)]


def signed(signer: SigningKey, *parts) -> list:
    whole = statement(parts[0], bytes(signer.verify_key), *parts[1:])
    hash_ = H("tally1 object", encode(whole))
    return [whole, signer.sign(b"tally/1:" + hash_).signature]


def name(object_: list) -> bytes:
    return H("tally1 object", encode(object_[0]))


def stick(office: SigningKey, meter: bytes, units: int, request: bytes, days: tuple[int, int],
          moment: int, asset: str = "Wh") -> list:
    content = [[asset, 0], units, *days, moment]
    return signed(office, tally.STICK, meter, [request], content)


def carrier(office: SigningKey, number: int, sticks: list, certificates: list[bytes], moment: int,
            key: Key | None = None, answer: list | None = None, epoch: int = 1) -> bytes:
    sticks = sorted(sticks, key=name)
    meter = sticks[0][0][4]
    content = [number, epoch, [name(one) for one in sticks], moment]
    delivery = signed(office, DELIVERY, meter, [], content)
    confirmation = [[key.meter, key.generation, confirmed(key, name(delivery))]] if key else []
    load = [delivery, sorted(certificates), sticks, confirmation]
    check = H("tally1 carrier", encode(load))
    return encode(["tally-carrier", 1, load, check, [answer] if answer else []])


# As text.

def lines(data: bytes, size: int) -> list[str]:
    parts = [data[at:at + size] for at in range(0, len(data), size)]
    mark = H("tally1 qr", data)[:4].hex().upper()
    return [
        f"TALLY1:{index}/{len(parts)}:{mark}:{base64.b32encode(part).decode().rstrip('=')}"
        for index, part in enumerate(parts, 1)]


def joined(text: str) -> bytes:
    first, parts = None, {}
    for line in text.split("\n"):
        bare = "".join(one for one in line if one not in " \t\r")
        if not bare:
            continue
        index, count, mark, body = part(bare.encode().upper().decode())
        if first is None:
            first = (count, mark)
        if (count, mark) != first:
            raise Refused("other-carrier")
        if parts.setdefault(index, body) != body:
            raise Refused("contradiction")
    if first is None or set(parts) != set(range(1, first[0] + 1)):
        raise Refused("part-missing")
    data = b"".join(parts[index] for index in sorted(parts))
    if H("tally1 qr", data)[:4].hex().upper() != first[1]:
        raise Refused("damaged")
    return data


def part(line: str) -> tuple[int, int, str, bytes]:
    fields = line.split(":")
    if len(fields) != 4 or fields[0] != "TALLY1" or len(fields[2]) != 8:
        raise Refused("not-a-part")
    places = fields[1].split("/")
    if len(places) != 2 or not all(one.isascii() and one.isdigit() for one in places):
        raise Refused("not-a-part")
    index, count = map(int, places)
    if [str(index), str(count)] != places or not 1 <= index <= count <= PARTS_MOST:
        raise Refused("not-a-part")
    if any(one not in HEX for one in fields[2]) or not fields[3]:
        raise Refused("not-a-part")
    if any(one not in ALPHABET for one in fields[3]):
        raise Refused("not-a-part")
    bits = "".join(f"{ALPHABET.index(one):05b}" for one in fields[3])
    whole, rest = len(bits) // 8, bits[len(bits) // 8 * 8:]
    body = bytes(int(bits[8 * at:8 * at + 8], 2) for at in range(whole))
    if "1" in rest or len(rest) >= 5 or not 1 <= len(body) <= PART_MOST:
        raise Refused("not-a-part")
    return index, count, fields[2], body


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    with open(sys.argv[1], "rb") as file:
        root = tally.read_parts(file.read()).key[-32:]
    with open(sys.argv[2], "rb") as file:
        data = file.read()
    try:
        found = read(data)
        found.check(root)
        content = found.delivery.statement.content
        print(f"delivery {content.number} to {found.meter.hex()}")
        for one in found.sticks:
            print(f"  {one.as_stick().units} until day {one.as_stick().spend_until}")
        said, registers = found.said()
        print(f"answered: {said.states} {len(registers)} registers, highest {said.highest}")
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
