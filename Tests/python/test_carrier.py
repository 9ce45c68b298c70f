"""Carriers to a meter and back, and its keypad, as people use them: processes on loopback. The
seller, and whoever reads the receipts, is another program (docs/PROTOCOL sections 18 and 19)."""

import json
import os
import pathlib
import random
import shutil
import subprocess
import time

import pytest
from nacl.signing import SigningKey

import tally_carrier
import tally_verifier
import test_keyfile
from counter import error
from tally_keypad import Key
from tally_verifier import Certificate, Refused
from test_kdc import Tree, unsealed
from test_meter import ON, Works, flat

DAY = 86_400


class Seller:
    """An office's own keys, in the hands of another program."""

    def __init__(self, works):
        lock = {"method": "service-key", "secret": works.key.read_bytes().hex()}
        seeds, _, _ = test_keyfile.opened((works.folder / "office.keys").read_bytes(), lock)
        self.office = SigningKey(seeds[:32])
        self.root = tally_verifier.read_parts((works.folder / "root.crt").read_bytes()).key[-32:]
        self.der = (works.folder / "office.crt").read_bytes()
        self.sales = 0

    def certificates(self, meter):
        office = tally_verifier.read_certificate(self.der, self.root)
        own = Certificate(
            b"\x41" + bytes(15), office.serial.hex(), office.not_before, office.not_after, meter,
            office.key, bytes(range(32)), frozenset([0]), 0)
        signature = self.office.sign(own.signed_bytes()).signature
        return [self.der, own.written(signature)]

    def stick(self, meter, units, days=30, ago=0):
        self.sales += 1
        now = int(time.time()) - ago * DAY
        today = now // DAY
        return tally_carrier.stick(
            self.office, meter, units, self.sales.to_bytes(32, "big"),
            (today + days, today + days + 30), now)

    def carrier(self, number, meter, *sticks, key=None, ago=0):
        return tally_carrier.carrier(
            self.office, number, list(sticks), self.certificates(meter),
            int(time.time()) - ago * DAY, key)


class Bench:
    """A meter without a network, and the files that are put into it."""

    def __init__(self, works, folder):
        self.meter, self.folder, self.seller = flat(works, folder), folder, Seller(works)
        self.key = bytes.fromhex(self.meter.json("info")["key"])

    def sold(self, number, units, name=None, **more):
        path = self.folder / (name or f"{number}.carrier")
        path.write_bytes(self.seller.carrier(
            number, self.key, self.seller.stick(self.key, units), **more))
        return path

    def take(self, path, *words):
        return self.meter.json("meter", "take", str(path), *words, *ON)

    def wrong(self, path, *words):
        done = self.meter.run("meter", "take", str(path), *words, *ON, "--json")
        assert done.returncode != 0, done.stdout
        return error(done)

    def usable(self):
        return int(self.meter.json("balance")["balances"][0]["available"]["amount"])

    def answer(self, path):
        found = tally_carrier.read(path.read_bytes())
        found.check(self.seller.root, self.key)
        return found.said()


@pytest.fixture(name="bench", scope="module")
def a_bench(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    works = Works(folder)
    works.account("Flat", "80")
    with works.serve():
        bench = Bench(works, folder)
        works.running.process.kill()
        yield bench


def test_a_stick_comes_by_hand_once_and_its_receipt_goes_back(bench):
    before = bench.usable() if bench.meter.json("balance")["balances"] else 0
    path = bench.sold(1, 50)
    copy = path.with_suffix(".copy")
    shutil.copy(path, copy)
    with pytest.raises(Refused, match="not-taken"):
        bench.answer(path)
    told = bench.take(path)
    assert (told["outcome"], told["number"], told["highest"]) == ("taken", 1, 1)
    assert bench.usable() == before + 50
    said, registers = bench.answer(path)
    assert (said.number, [came for _, came in said.states], registers) == (1, [0], [])
    # Again, and a copy of what it was: the same receipt, and nothing more.
    once = path.read_bytes()
    for again in (path, copy, path):
        assert bench.take(again)["outcome"] == "used"
        assert again.read_bytes() == once
    assert bench.usable() == before + 50
    # Three before two.
    three, two = bench.sold(3, 7), bench.sold(2, 5)
    assert bench.take(three)["outcome"] == "taken"
    told = bench.take(two)
    assert (told["outcome"], told["number"], told["highest"]) == ("taken", 2, 3)
    assert bench.usable() == before + 62


def test_what_is_no_carrier_of_this_meter_is_told_as_what_it_is(bench, tmp_path):
    good = bench.sold(11, 1, "good.carrier").read_bytes()
    path = tmp_path / "c"
    dice = random.Random(3)

    def put(data):
        path.write_bytes(data)
        return path

    before = bench.usable()
    for _ in range(6):
        at = dice.randrange(len(good) - 1)
        bad = bytearray(good)
        bad[at] ^= 1 << dice.randrange(8)
        assert bench.wrong(put(bytes(bad))) == "damaged"
    for at in (0, 1, 100, len(good) // 2, len(good) - 2):
        assert bench.wrong(put(good[:at])) == "damaged"
    assert bench.wrong(put(b"\0" * 200_000)) == "too-large"
    assert bench.wrong(put(b"\x85" * 40_000)) == "too-large"
    assert bench.wrong(tmp_path) == "directory"
    assert bench.wrong(tmp_path / "none") == "no-file"
    other = SigningKey.generate()
    theirs = bench.seller.carrier(
        1, bytes(other.verify_key), bench.seller.stick(bytes(other.verify_key), 50))
    assert bench.wrong(put(theirs)) == "other-meter"
    stranger = tally_carrier.stick(other, bench.key, 50, bytes(32), (30_000, 30_030), 0)
    foreign = tally_carrier.carrier(
        other, 1, [stranger], bench.seller.certificates(bench.key), 0)
    assert bench.wrong(put(foreign)) == "other-office"
    stick = bench.seller.stick(bench.key, 50)
    stick[0][7] = stick[0][7].replace(bytes([0x18, 50]), bytes([0x18, 90]))
    forged = bench.seller.carrier(1, bench.key, stick)
    assert bench.wrong(put(forged)) == "forged"
    assert bench.usable() == before


VECTORS = json.loads(
    (pathlib.Path(__file__).resolve().parents[2] / "docs/vectors/carrier.json").read_text())


def vector_key():
    form = VECTORS["key"]
    return Key(bytes.fromhex(form["top"]), "real", form["meter"], form["generation"])


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_another_program_judges_the_vectors_alike(case):
    def result(judge):
        try:
            judge()
        except Refused as refused:
            return str(refused)
        return "good"

    found = []

    def judge():
        found.append(tally_carrier.read(bytes.fromhex(case["hex"])))
        found[0].check(
            bytes.fromhex(VECTORS["root"]), bytes.fromhex(VECTORS["meter"]), vector_key())

    assert result(judge) == case["result"]
    if case["result"] == "good":
        assert result(found[0].said) == case["answer"]


@pytest.mark.parametrize("case", VECTORS["texts"], ids=lambda case: case["name"])
def test_another_program_reads_pictures_alike(case):
    try:
        found = tally_carrier.joined(case["text"]).hex()
    except Refused as refused:
        found = str(refused)
    assert found == case["result"]


def test_every_byte_is_judged_as_another_program_judges_it(bench):
    """What the one calls damaged the other does, whichever bit it is."""
    good = bench.seller.carrier(4, bench.key, bench.seller.stick(bench.key, 5))
    for at in range(len(good) - 1):
        for bit in (0, 3, 7):
            bad = bytearray(good)
            bad[at] ^= 1 << bit
            with pytest.raises(Refused, match="damaged"):
                tally_carrier.read(bytes(bad))


def test_a_receipt_that_was_cut_is_written_again(bench):
    path = bench.sold(21, 3)
    sold = path.read_bytes()
    bench.take(path)
    whole = path.read_bytes()
    for at in (len(sold) - 1, len(sold), len(sold) + 40, len(whole) - 1):
        path.write_bytes(whole[:at])
        with pytest.raises(Refused, match="answer-damaged"):
            bench.answer(path)
        assert bench.take(path)["outcome"] == "used"
        assert path.read_bytes() == whole


def test_a_pipe_is_no_carrier_and_a_receipt_may_go_elsewhere(bench, tmp_path):
    before, path = bench.usable(), bench.sold(31, 9)
    command = bench.meter.command("meter", "take", "/dev/stdin", *ON, "--json")
    done = subprocess.run(
        command, input=path.read_bytes(), capture_output=True, timeout=60, check=False)
    assert (done.returncode, error(done)) == (1, "io")
    assert bench.usable() == before
    out = tmp_path / "receipt"
    assert bench.take(path, "--out", out)["outcome"] == "taken"
    assert bench.usable() == before + 9
    assert bench.answer(out)[0].number == 31
    with pytest.raises(Refused, match="not-taken"):
        bench.answer(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a disk of its own")
def test_a_full_carrier_costs_no_money(bench):
    before, path = bench.usable(), bench.sold(41, 4)
    command = bench.meter.command("meter", "take", "/mnt/c", *ON, "--json")
    script = ("mount -t tmpfs -o size=4k none /mnt && cp \"$0\" /mnt/c && \"$@\"; e=$?;"
              " cmp \"$0\" /mnt/c || exit 99; exit $e")
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, str(path), *command],
        capture_output=True, text=True, timeout=60, check=False)
    if "mount:" in done.stderr or "unshare:" in done.stderr:
        pytest.skip("no mounts here")
    assert (done.returncode, error(done)) == (1, "receipt-missing")
    assert bench.usable() == before + 4


def test_what_was_sold_to_another_life_is_told_as_that(bench, tmp_path):
    before = bench.usable()
    path = tmp_path / "later"
    path.write_bytes(tally_carrier.carrier(
        bench.seller.office, 71, [bench.seller.stick(bench.key, 5)],
        bench.seller.certificates(bench.key), int(time.time()), epoch=2))
    assert bench.wrong(path) == "later-life"
    assert bench.usable() == before
    # What is written over is seen before anything is taken.
    good = bench.sold(72, 2)
    assert bench.wrong(good, "--out", good) == "file-there"
    assert bench.usable() == before
    path.write_text("QR-Code:" + tally_carrier.lines(good.read_bytes(), 300)[0])
    assert bench.wrong(path) == "not-a-part"


def test_pictures_carry_it_both_ways(bench, tmp_path):
    data = bench.seller.carrier(51, bench.key, bench.seller.stick(bench.key, 6))
    before, text = bench.usable(), tmp_path / "scanned.txt"
    lines = tally_carrier.lines(data, 300)
    text.write_text("\r\n".join(reversed(lines)).lower())
    assert bench.take(text)["outcome"] == "taken"
    assert bench.usable() == before + 6
    back = tally_carrier.read(tally_carrier.joined(text.read_text()))
    back.check(bench.seller.root, bench.key)
    assert back.said()[0].number == 51
    text.write_text("\n".join(lines[1:]))
    assert bench.wrong(text) == "part-missing"


def test_a_month_late_is_held_and_comes_back_as_a_word(bench):
    before = bench.usable()
    stick = bench.seller.stick(bench.key, 8, days=1, ago=5)
    path = bench.folder / "late.carrier"
    path.write_bytes(bench.seller.carrier(61, bench.key, stick, ago=5))
    told = bench.take(path)
    assert told["outcome"] == "too-late"
    assert told["sticks"][0]["came"] == "late"
    assert bench.usable() == before
    # With its office's clock the meter says for good what it has used up of it: nothing.
    path.write_bytes(bench.seller.carrier(61, bench.key, stick))
    assert bench.take(path)["outcome"] == "used"
    said, registers = bench.answer(path)
    assert [came for _, came in said.states] == [1]
    found = {one.statement.content.stick: one.statement.content.count for one in registers}
    assert found[tally_carrier.name(stick)] == 0


# The keypad.

@pytest.fixture(name="tree", scope="module")
def a_tree(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kdc")
    tree = Tree(folder, "kdc")
    tree.ok("meter", "M-1001", "--to", folder / "m.key", "--to-key-file", folder / "m.pass")
    return tree


@pytest.fixture(name="padded")
def a_bench_with_a_keypad(tree, tmp_path):
    works = Works(tmp_path)
    works.account("Flat", "80")
    with works.serve():
        bench = Bench(works, tmp_path)
        works.running.process.kill()
    folder = tree.folder.parent
    bench.meter.ok("meter", "key", folder / "m.key", "--from-key-file", folder / "m.pass", *ON)
    return bench


def typed(bench, digits):
    done = bench.meter.run("meter", "type", *digits.split(), *ON, "--json")
    return "taken" if done.returncode == 0 else error(done)


def test_typed_digits_close_the_contact_and_carriers_go_first(padded, tree):
    meter, tokens = padded.meter, [tree.sell("M-1001", 30)["token"] for _ in range(3)]
    assert typed(padded, tokens[0]) == "taken"
    assert typed(padded, tokens[0]) == "token-used"
    assert typed(padded, "1234 5678 9012 3456 7890") == "token-wrong"
    assert typed(padded, "12 34") == "not-a-token"
    load = ("--watts", "1", "--speed", "36000", "--group", "3")
    with meter.runs(*load) as running:
        running.says("contact opened")
        assert meter.json("meter", "display")["byTokens"] == 0
        # Beside a meter that runs: a carrier and a token, and the carrier is used up first.
        assert typed(padded, tokens[1]) == "taken"
        path = padded.sold(1, 20)
        assert padded.take(path)["outcome"] == "taken"
        assert typed(padded, tokens[1]) == "token-used"
        meter.comes_to((0, 20, 80))
        running.process.kill()
        running.process.communicate()
    shown = meter.json("meter", "display")
    assert (shown["served"], shown["byTokens"], shown["keypad"]) == (80, 0, "M-1001, key 1")
    # The receipt says what the sticks served, and not what the tokens did.
    assert padded.take(padded.sold(2, 1))["outcome"] == "taken"
    assert padded.answer(padded.folder / "2.carrier")[0].pulses == 20


def test_power_that_is_cut_while_tokens_serve_neither_gains_nor_loses(padded, tree):
    meter, dice = padded.meter, random.Random(5)
    assert typed(padded, tree.sell("M-1001", 60)["token"]) == "taken"
    for _ in range(5):
        with meter.runs("--watts", "1", "--speed", "36000", "--group", "2") as running:
            time.sleep(dice.uniform(0.1, 0.5))
            running.process.kill()
            running.process.communicate()
        shown = meter.json("meter", "display")
        assert shown["served"] + shown["byTokens"] == 60
        assert shown["served"] <= shown["counter"] <= 60
        assert int(shown["credit"]["amount"]) + shown["counter"] == 60


def test_guessing_locks_and_no_speed_shortens_the_lock(padded, tree):
    for number in range(4):
        assert typed(padded, f"1234 5678 9012 3456 789{number}") == "token-wrong"
    done = padded.meter.run("meter", "type", "12345678901234567895", *ON)
    assert "LOCKED for 1 minute" in done.stderr
    good = tree.sell("M-1001", 10)["token"]
    assert typed(padded, good) == "token-locked"
    # However fast the load is drawn: the minutes of a lock are real ones.
    with padded.meter.runs("--speed", "6000") as running:
        time.sleep(0.5)
        assert typed(padded, good) == "token-locked"
        running.process.kill()
        running.process.communicate()


def test_a_carrier_is_confirmed_by_the_meters_own_key(padded, tree, tmp_path):
    (_, _, _, _, _, _, secret), _ = unsealed(tree.folder.parent / "m.key",
                                            tree.folder.parent / "m.pass")
    key = Key(bytes(32), "real", "M-1001", 1)
    key.bytes = secret
    assert padded.take(padded.sold(1, 5, key=key))["outcome"] == "taken"
    wrong = Key(bytes(32), "real", "M-1001", 1)
    assert padded.wrong(padded.sold(2, 5, key=wrong)) == "confirmation"
    later = Key(bytes(32), "real", "M-1001", 2)
    assert padded.wrong(padded.sold(3, 5, key=later)) == "other-key"
    # Its key is changed: what was sold under the old one is wrong from then on.
    token = tree.sell("M-1001", 10)["token"]
    tree.ok("meter", "M-1001", "--rotate", "--to", tmp_path / "n.key", "--to-key-file",
            tmp_path / "n.pass")
    load = ("meter", "key", tmp_path / "n.key", "--from-key-file", tmp_path / "n.pass", *ON)
    with padded.meter.runs() as running:
        padded.meter.ok(*load)
        assert error(padded.meter.run(*load, "--json")) == "nothing-new"
        assert typed(padded, token) == "token-wrong"
        number = len(tree.json("sales", "M-1001")["sales"])
        again = tree.json("sell", "M-1001", "--again", str(number))
        assert typed(padded, again.get("anew", again["token"])) == "taken"
        running.process.kill()
        running.process.communicate()


def test_without_a_key_or_a_meter_it_says_so(bench):
    assert typed(bench, "1234 5678 9012 3456 7890") == "no-meter-key"
