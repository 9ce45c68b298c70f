"""Meter keys and keypad tokens, written from docs/PROTOCOL.md (sections 1, 2 and 18) alone."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Any

import cbor2

import canonical

HALF = 10**10
NAME = re.compile(r"[A-Z0-9]([A-Z0-9-]{0,30}[A-Z0-9])?")
UNSHOWN = re.compile(
    "[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e0fff]")


def keyed(key: bytes, domain: str, value: Any) -> bytes:
    data = cbor2.dumps(value, canonical=True)
    return blake2b(data, digest_size=32, key=key, person=domain.encode()).digest()


def first(data: bytes) -> int:
    return int.from_bytes(data[:8], "big")


# The tree.

def issuing(top: bytes, path: list[tuple[str, int]]) -> bytes:
    for domain, (name, generation) in zip(["tally1 province", "tally1 city"], path):
        top = keyed(top, domain, [1, name, generation])
    return top


class Key:
    """A meter's."""

    def __init__(self, issuer: bytes, use: str, meter: str, generation: int) -> None:
        domain = {"real": "tally1 meterkey", "test": "tally1 testmeter"}[use]
        self.use, self.meter, self.generation = use, meter, generation
        self.bytes = keyed(issuer, domain, [1, meter, generation])

    def tag(self, number: int, amount: int) -> int:
        domain = {"real": "tally1 token tag", "test": "tally1 test tag"}[self.use]
        content = [1, self.meter, self.generation, number, amount]
        return first(keyed(self.bytes, domain, content)) % 10**11

    def share(self, step: int, half: int) -> int:
        return first(keyed(self.bytes, "tally1 token mix", [1, step, half])) % HALF

    def token(self, number: int, amount: int) -> str:
        plain = self.tag(number, amount) * 10**9 + number % 1_000 * 10**6 + amount - 1
        left, right = divmod(plain, HALF)
        for step in range(8):
            left, right = right, (left + self.share(step, right)) % HALF
        return f"{left * HALF + right:020}"

    def read(self, token: str) -> tuple[int, int, int]:
        left, right = divmod(int(token), HALF)
        for step in reversed(range(8)):
            left, right = (right - self.share(step, left)) % HALF, left
        tag, rest = divmod(left * HALF + right, 10**9)
        low, amount = divmod(rest, 10**6)
        return tag, low, amount + 1


def typed(text: str) -> str:
    """The twenty digits, or which way it fails."""
    if len(text.encode()) > 64:
        return "too-long"
    if re.search("[^0-9 -]", text):
        return "character"
    digits = re.sub("[ -]", "", text)
    return digits if len(digits) == 20 else "digits"


# The meter.

class Desk:
    def __init__(self, key: Key, after: int) -> None:
        self.key, self.newest, self.taken = key, after, (1 << min(after, 64)) - 1
        self.tries = self.until = self.credited = self.served = 0
        self.registers: list[list[int]] = []
        self.stores: list[str] = []

    def store(self) -> None:
        row = [
            1, 1 if self.key.use == "real" else 2, self.key.meter, self.key.generation,
            self.newest, self.taken, self.tries, self.until, self.credited, self.served,
            self.registers]
        self.stores.append(cbor2.dumps(row, canonical=True).hex())

    def type(self, text: str, minute: int) -> str:
        digits = typed(text)
        if not digits.isdigit():
            return digits
        if minute < self.until:
            return f"locked {self.until - minute}"
        before = (self.tries, self.until)
        self.tries = min(self.tries + 1, 10**6)
        if self.tries >= 5:
            self.until = minute + 2 ** min(self.tries - 5, 10)
        self.store()
        verdict, number, amount = self.judge(digits)
        if verdict == "wrong":
            return f"wrong {max(0, self.until - minute)}"
        self.tries, self.until = before
        if verdict == "taken":
            self.tries = 0
            if number > self.newest:
                self.taken = (self.taken << (number - self.newest) | 1) & (2**64 - 1)
                self.newest = number
            else:
                self.taken |= 1 << self.newest - number
            self.credited += amount
            self.registers.append([number, amount, 0])
        self.store()
        return f"taken {number} {amount}" if verdict == "taken" else f"{verdict} {number}"

    def judge(self, digits: str) -> tuple[str, int, int]:
        tag, low, amount = self.key.read(digits)
        near = next(
            n for n in range(self.newest - 499, self.newest + 501) if n % 1_000 == low)
        if 1 <= near <= 10**9 and self.key.tag(near, amount) == tag:
            if near <= self.newest - 64:
                return "old", near, amount
            if near <= self.newest and self.taken >> (self.newest - near) & 1:
                return "used", near, amount
            if len(self.registers) == 64 or self.credited + amount > 10**15:
                return "full", near, amount
            return "taken", near, amount
        for n in range(near - 1_000, near - 8_001, -1_000):
            if 1 <= n <= 10**9 and self.key.tag(n, amount) == tag:
                return "old", n, amount
        return "wrong", 0, 0

    def serve(self, units: int) -> str:
        while units and self.registers:
            register = self.registers[0]
            part = min(units, register[1] - register[2])
            register[2] += part
            self.served += part
            units -= part
            if register[1] == register[2]:
                self.registers.pop(0)
        self.store()
        return f"missing {units}"

    def change(self, key: Key) -> str:
        self.key = key
        self.store()
        return "changed"


# Rows and papers.

class Wrong(Exception):
    pass


def ask(condition: bool) -> None:
    if not condition:
        raise Wrong


def number(value: Any, least: int, most: int) -> None:
    ask(isinstance(value, int) and least <= value <= most)


def array(value: Any, least: int, most: int) -> None:
    ask(isinstance(value, list) and least <= len(value) <= most)


def name(value: Any) -> None:
    ask(isinstance(value, str) and bool(NAME.fullmatch(value)))


def path(value: Any) -> None:
    array(value, 0, 2)
    for step in value:
        array(step, 2, 2)
        ask(isinstance(step[0], str) and 1 <= len(step[0].encode()) <= 64)
        ask(not UNSHOWN.search(step[0]))
        number(step[1], 1, 1_000)


def desk_row(row: Any) -> None:
    array(row, 11, 11)
    for value, least, most in zip(
            row[:2] + row[3:10], [1, 1, 1, 0, 0, 0, 0, 0, 0],
            [1, 2, 1_000, 10**9, 2**64 - 1, 10**6, 2**63 - 1, 10**15, 10**15]):
        number(value, least, most)
    name(row[2])
    array(row[10], 0, 64)
    newest, taken, credited, served, registers = row[4], row[5], row[8], row[9], row[10]
    for one in registers:
        array(one, 3, 3)
        number(one[0], 1, 10**9)
        number(one[1], 1, 10**6)
        number(one[2], 0, 10**6)
    ask(taken >> min(newest, 64) == 0 and (newest == 0 or taken & 1 == 1))
    for index, (n, amount, part) in enumerate(registers):
        ask(n <= newest and (newest - n >= 64 or taken >> (newest - n) & 1 == 1))
        ask(part < amount and (part == 0 or index == 0))
    ask(len({n for n, _, _ in registers}) == len(registers))
    ask(served + sum(a - p for _, a, p in registers) == credited)
    ask(sum(p for _, _, p in registers) <= served)


def press_row(row: Any) -> None:
    array(row, 5, 5)
    number(row[0], 1, 1)
    number(row[1], 1, 2)
    name(row[2])
    array(row[3], 1, 1_000)
    for one in row[3]:
        path(one)
    array(row[4], 0, 20_000)
    generation = 1
    for sale in row[4]:
        array(sale, 3, 3)
        number(sale[0], 1, 10**6)
        number(sale[1], generation, len(row[3]))
        number(sale[2], 0, 253_402_300_799)
        generation = sale[1]


def key_paper(value: Any) -> None:
    array(value, 4, 7)
    number(value[0], 1, 1)
    number(value[1], 1, 2)
    array(value, *((4, 4) if value[1] == 1 else (7, 7)))
    path(value[2])
    ask(isinstance(value[-1], bytes) and len(value[-1]) == 32)
    if value[1] == 2:
        number(value[3], 1, 2)
        name(value[4])
        number(value[5], 1, 1_000)


def result(data: bytes, check: Any) -> str:
    try:
        check(canonical.read(data))
    except (Wrong, ValueError):
        return "bad"
    return "good"
