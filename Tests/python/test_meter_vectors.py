"""docs/vectors/meter.json against a second implementation, from docs/PROTOCOL.md section 16."""

import json
import pathlib
import re

import pytest

PATH = pathlib.Path(__file__).resolve().parents[2] / "docs" / "vectors" / "meter.json"
FILE = json.loads(PATH.read_text(encoding="utf-8"))
DAY = 86_400_000


class Wallet:
    """What is free and what is used up, of sticks that nobody has cut elsewhere."""

    def __init__(self, sticks):
        self.sticks = sorted(sticks, key=lambda one: (one["spend_until"], one["id"]))
        self.registers, self.pulses = {}, 0

    def consume(self, group):
        if group["through"] <= self.pulses:
            return "served"
        if group["after"] != self.pulses or not group["units"]:
            return "pulses"
        left, taken = group["units"], {}
        for stick in self.sticks:
            if stick["spend_until"] >= group["day"]:
                used = self.registers.get(stick["id"], 0)
                count = min(left, stick["units"] - used)
                if count:
                    taken[stick["id"]] = used + count
                    left -= count
        if left:
            return "short"
        self.registers.update(taken)
        self.pulses = group["through"]
        return "served"


def test_groups():
    wallet = Wallet(FILE["sticks"])
    for group in FILE["groups"]:
        before = dict(wallet.registers)
        assert wallet.consume(group) == group["answer"], group
        assert wallet.pulses == group["pulses"]
        assert sorted(wallet.registers.items()) == [
            (one["stick"], one["count"]) for one in group["registers"]]
        assert all(wallet.registers[stick] >= count for stick, count in before.items())


def read(text):
    """The steps of a profile, or the first line that is none, and why."""
    steps, number = [], 0
    for number, line in enumerate(re.split("\r?\n", text), 1):
        # A carriage return that ends no line is of a word.
        words = [word for word in line.split("#")[0].replace("\t", " ").split(" ") if word]
        if not words:
            continue
        if len(words) != 2:
            return number, "words"
        time = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", words[0], re.ASCII)
        if not time:
            return number, "time"
        if not re.fullmatch(r"\d{1,6}", words[1], re.ASCII) or int(words[1]) > 100_000:
            return number, "watts"
        minute = int(time[1]) * 60 + int(time[2])
        if steps and minute <= steps[-1][0]:
            return number, "order"
        steps.append([minute, int(words[1])])
    return steps or (number, "empty")


@pytest.mark.parametrize("vector", FILE["profiles"])
def test_profile(vector):
    assert read(vector["text"]) == vector["steps"]


@pytest.mark.parametrize("vector", FILE["no_profiles"])
def test_no_profile(vector):
    assert read(vector["text"]) == (vector["line"], vector["fault"])


def drawn(steps, start, end):
    """Step by step over all days between."""
    total = 0
    for day in range(start // DAY - 1, end // DAY + 2):
        times = [day * DAY + minute * 60_000 for minute, _ in steps]
        times.append((day + 1) * DAY + steps[0][0] * 60_000)
        for (_, watts), lo, hi in zip(steps, times, times[1:]):
            total += watts * max(0, min(hi, end) - max(lo, start))
    return total


@pytest.mark.parametrize("vector", FILE["energies"])
def test_energy(vector):
    steps = FILE["profiles"][vector["profile"]]["steps"]
    assert drawn(steps, vector["from"], vector["to"]) == vector["energy"]
