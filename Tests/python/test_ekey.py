"""An eKey and what sits before it, as real processes: docs/PROTOCOL section 17 from outside."""

import itertools
import json
import os
import pathlib
import random
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time

import pytest

import canonical
import talk
from counter import error
from ekey_reader import (
    DONE,
    NAME,
    NOT_MINE,
    NOT_NOW,
    ON as POWER_ON,
    OFF,
    RESET,
    SHUT,
    WHAT,
    Away,
    Reader,
    apdu,
    dumps,
)
from ekeys import (
    BACK_UP,
    BALANCES,
    LISTEN,
    ON,
    PIN,
    REFUSE,
    RIGHT_PIN,
    STOP,
    TALLY,
    BadFam,
    Cable,
    Fam,
    Payment,
    Process,
    Screen,
    Shop,
    Town,
    purse,
    until,
)

SHOP = "Bakery-by-the-river"


@pytest.fixture(name="town", scope="module")
def one_town(tmp_path_factory):
    town = Town(tmp_path_factory.mktemp("town"))
    with town.serve():
        yield town
    # Whatever was done to them: the books are whole.
    audit = town.json("office", "audit")
    assert audit["lostToFraud"]["amount"] == "0.00"


@pytest.fixture(name="shop", scope="module")
def one_shop(town):
    with town.person(Shop, SHOP).start(*ON) as shop:
        yield shop


@pytest.fixture(name="names")
def some_names():
    return (f"Holder-{number}-{secrets.token_hex(3)}" for number in itertools.count())


@pytest.fixture(name="device")
def one_ekey(town, names):
    with town.ekey(next(names)).start() as device:
        yield device


@pytest.fixture(name="before", scope="module")
def one_that_bears_much(town):
    """An eKey that is told nothing that it does, and is as it was."""
    with town.ekey("Patience").start() as device:
        yield device


def available(reader):
    """What the eKey has, asked with the PIN."""
    data = reader.ok(reader.numbered(0x10, dumps([talk.VERSION, BALANCES, []])))
    kind, purses = canonical.read(data)
    assert kind == 2
    return purse(purses)[0]


# MARK: Bad input


WORDS = {
    0xA4: (0x00, 4, 0), 0x20: (0x00, 0, 1), 0x24: (0x00, 0, 1), 0x2C: (0x00, 0, 1),
    0x84: (0x00, 0, 0), 0x88: (0x00, 0, 0), 0x82: (0x00, 0, 0), 0xCA: (0x00, 1, 1),
    0xC0: (0x00, 0, 0), 0x10: (0x80, 0, 0), 0x12: (0x80, 0, 0), 0x2A: (0x80, 0, 0),
}
# What fits no form: too short; data that ends too soon, or with more than an Le behind it; half an
# extended length; an extended Lc of 0, of too much, and with a third of an Le.
WRONG_LENGTHS = [
    "", "00A4", "00A404", "00A4040002F0", "00A4040001F00000", "00A404000000", "00A4040000FF",
    "00A40400000000FF", "00A404000000000000", "00A40400000005F0", "00A40400000001F001",
    "00A40400000001F0000001",
]


def test_each_wrong_command_has_its_status_and_the_order_in_which_it_is_looked_at(before):
    with before.reader() as reader:
        for one in WRONG_LENGTHS:
            assert reader.raw(bytes.fromhex(one)) == (b"", 0x6700), one
        for cla in (0x01, 0x02, 0x03, 0x40, 0x81, 0x84, 0xA0, 0xE0, 0xEF):
            status = reader.status(cla, 0xA4, 9, 9)
            assert status == (0x6881 if cla in (1, 2, 3) else 0x6E00), cla
        known = {(cla, ins) for ins, (cla, _, _) in WORDS.items()} | {(0x80, 0x20), (0x80, 0x24)}
        for cla, ins in itertools.product((0x00, 0x80), range(256)):
            if (cla, ins) not in known:
                assert reader.status(cla, ins, 9, 9) == 0x6D00, (cla, ins)
        for ins, (cla, p1, p2) in WORDS.items():
            for one, other in ((p1 ^ 1, p2), (p1, p2 ^ 0x80), (255, 255)):
                status = reader.status(cla, ins, one, other, b"x" * 5)
                wanted = 0x6A88 if ins == 0xCA and one == 1 else 0x6A86
                assert status == wanted, (hex(ins), one, other)
        assert reader.status(0, 0xCA, 1, 0) == reader.status(0, 0xCA, 1, 6) == 0x6A88


def test_what_comes_with_a_command_is_looked_at_before_anything_is_done(before):
    with before.reader() as reader:
        for name in (NAME[:-1], NAME + b"\0", b"\xf0TALLY\x02", b"x" * 255, b"x" * 300):
            assert reader.status(0, 0xA4, 4, 0, name) == 0x6A82
        for digits in (b"123", b"1" * 13, b"12a4", b"\xff" * 8, b"4711\n", b"x" * 40_000):
            assert reader.status(0, 0x20, 0, 1, digits) == 0x6A80, digits[:20]
        for ins in (0x24, 0x2C, 0x82):
            for data in (b"", b"\x80", b"x", dumps([b"1", b"2", b"3"]), dumps(["4711", "4712"]),
                         dumps([b"4711", b"12"]), dumps([b"4711", b"4712"]) + b"\0",
                         b"\x9f\xff", b"\x82\x58\x044711\x444712"):
                if ins == 0x82:
                    reader.challenge()
                status = reader.status(0, ins, 0, 0 if ins == 0x82 else 1, data)
                assert status == 0x6A80, (hex(ins), data)
        assert reader.status(0, 0x84, 0, 0, b"x") == 0x6700
        for size in (0, 1, 15, 65, 255, 300):
            assert reader.status(0, 0x88, 0, 0, b"x" * size) == 0x6700, size
        for number in (1, 2):
            assert reader.status(0, 0xCA, 1, number, b"x") == 0x6700
        for cla, ins, p1, p2 in ((0x80, 0x20, 0, 0), (0x80, 0x2A, 0, 0), (0x80, 0x10, 0, 0),
                                 (0x80, 0x12, 0, 0), (0, 0xCA, 1, 3)):
            for data in (b"", b"x", b"x" * 8, b"x" * 9, b"x" * 300):
                assert reader.status(cla, ins, p1, p2, data) == NOT_MINE, (hex(ins), data[:9])
        assert reader.status(0, 0xC0) == NOT_NOW
        # Nothing of it was a try, or did anything.
        assert reader.tries() == (5, 10)
        assert reader.verify(RIGHT_PIN) == DONE
        for ins in (0x10, 0x12):
            for data, status in ((b"", 0x6700), (b"x" * 8, 0x6700), (b"x" * 9, 0x6A80),
                                 (secrets.token_bytes(40_000), 0x6A80)):
                assert reader.status(0x80, ins, 0, 0, data) == status, (hex(ins), data[:9])
        for data in (b"", b"\x80", dumps([b"k" * 31, "name"]), dumps([b"k" * 32, ""]),
                     dumps([b"k" * 32, "n" * 65]), dumps([b"k" * 32, "a\nb"])):
            assert reader.status(0x80, 0x20, 0, 0, data) == 0x6A80, data
        assert reader.status(0x80, 0x2A, 0, 0, b"x") == 0x6700
        assert reader.status(0x80, 0x2A) == NOT_NOW
        assert available(reader) == 80_000


def test_chains_and_long_answers_come_whole_and_whatever_comes_between_drops_them(before):
    with before.reader() as reader:
        hello = reader.ok(apdu(0, 0xA4, 4, 0, NAME))
        for cut in range(1, len(NAME)):
            assert reader.raw(apdu(0x10, 0xA4, 4, 0, NAME[:cut])) == (b"", DONE)
            assert reader.ok(apdu(0, 0xA4, 4, 0, NAME[cut:])) == hello
        # Other P1 and P2, or another command, begin anew.
        for between in (apdu(0, 0x84), apdu(0x10, 0xA4, 4, 1, b"x"), apdu(0, 0xC0), b"\0\1"):
            assert reader.raw(apdu(0x10, 0xA4, 4, 0, NAME[:3])) == (b"", DONE)
            reader.raw(between)
            assert reader.raw(apdu(0, 0xA4, 4, 0, NAME[3:])) == (b"", 0x6A82), between
        reader.raw(apdu(0x10, 0xA4, 4, 0, NAME[:3]))
        reader.reset()
        assert reader.raw(apdu(0, 0xA4, 4, 0, NAME[3:])) == (b"", 0x6A82)
        for number in range(5):
            status = reader.raw(apdu(0x10, 0xA4, 4, 0, b"x" * 16_384))[1]
            assert status == (0x6A84 if number == 4 else DONE)
        assert reader.ok(apdu(0, 0xA4, 4, 0, NAME)) == hello
        for size in (1, 7, 30, len(hello) - 1):
            data, status = reader.raw(apdu(0, 0xA4, 4, 0, NAME, size))
            assert (data, status) == (hello[:size], 0x6100 | len(hello) - size)
            while status != DONE:
                more, status = reader.raw(apdu(0, 0xC0, expected=size))
                data += more
            assert data == hello
        reader.raw(apdu(0, 0xA4, 4, 0, NAME, 5))
        assert reader.raw(apdu(0, 0xCA, 1, 9))[1] == 0x6A88
        assert reader.raw(apdu(0, 0xC0, expected=5))[1] == NOT_NOW
        assert reader.raw(apdu(0, 0xA4, 4, 0, NAME, 65_536, extended=True)) == (hello, DONE)


def test_the_longest_answer_fits_its_frame(device):
    """A reader may expect 65,536 bytes; with the status they are more than a frame has room for."""
    calls = [bytes([4, 127, 0, 0, 1, 1, number]) for number in range(64)]
    with device.reader() as reader:
        assert reader.verify(RIGHT_PIN) == DONE
        for _ in range(5):
            reader.ok(reader.numbered(0x10, dumps([talk.VERSION, talk.CALL, calls])))
        body = secrets.token_bytes(8) + dumps([1, []])
        data, status = reader.raw(apdu(0x80, 0x12, 0, 0, body, 65_536, extended=True))
        assert len(data) <= 65_533 and status >> 8 == 0x61
        while status >> 8 == 0x61:
            more, status = reader.raw(apdu(0, 0xC0, expected=65_536, extended=True))
            data += more
        assert status == DONE and len(canonical.read(data)[1]) == 320


def test_power_is_answered_as_a_card_does(before):
    with before.reader() as reader:
        body = bytes.fromhex("868001") + b"TALLY1"
        check = 0
        for one in body:
            check ^= one
        reader.wire.say(bytes([WHAT]))
        assert reader.wire.hear() == b"\x3b" + body + bytes([check])
        for power in (OFF, POWER_ON, RESET):
            assert reader.verify(RIGHT_PIN) == DONE and reader.is_verified()
            reader.wire.say(bytes([power]))
            assert not reader.is_verified()
        for other in (3, 5, 0x3B, 255):
            reader.wire.say(bytes([other]))
        assert reader.wire.hear(0.3) is None
        assert reader.facts()[6:] == [0, 0]


def test_noise_half_frames_and_frames_of_all_sizes_do_nothing(before):
    chance = random.Random(17)
    with before.reader() as reader:
        for size in (2, 3, 4, 5, 6, 7, 255, 256, 257, 4_096, 65_534, 65_535):
            for filled in (b"\0" * size, b"\xff" * size, chance.randbytes(size)):
                status = reader.raw(filled)[1]
                assert status >> 8 in (0x67, 0x68, 0x6A, 0x6D, 0x6E, 0x69, 0x63, 0x90), status
        reader.reset()
        facts = reader.facts()
    # Half a frame of each length, and then nobody.
    for cut in (1, 2, 3, 100, 65_536):
        with before.reader() as reader:
            reader.wire.put((b"\xff\xff" + chance.randbytes(65_535))[:cut])
    # A megabyte of noise, whose answers nobody hears.
    with before.reader() as reader:
        try:
            reader.wire.put(chance.randbytes(1 << 20))
        except Away:
            pass
    with before.reader() as reader:
        assert reader.facts() == facts
        assert reader.verify(RIGHT_PIN) == DONE and available(reader) == 80_000
    assert before.running.is_alive()


def test_a_second_reader_is_hung_up_on_and_the_first_keeps_its_session(before):
    with before.reader() as reader:
        assert reader.verify(RIGHT_PIN) == DONE
        for _ in range(3):
            other = Reader(before.folder)
            with pytest.raises((Away, AssertionError)):
                other.open(patience=0.3)
        assert reader.is_verified() and available(reader) == 80_000
    with before.reader() as reader:
        assert not reader.is_verified()


# MARK: Who is who


def test_each_proves_to_the_other_who_it_is(device):
    with device.reader() as reader:
        assert all(reader.is_proved_to(size) for size in (16, 32, 64))
        assert reader.ekey.hex() == reader.facts()[2].hex()
        # Nobody is paired without the PIN, and one who is not paired proves nothing.
        assert reader.pair() == NOT_MINE and reader.prove() == NOT_MINE
        assert reader.status(0, 0x82, data=reader.proof(b"x" * 16)) == NOT_NOW
        assert reader.verify(RIGHT_PIN) == DONE and reader.pair("Ada's pad") == DONE
        assert "a reader was paired: Ada's pad" in reader.log()
        reader.reset()
        assert reader.facts()[6:] == [0, 0]
        assert reader.status(0x80, 0x12, data=b"x" * 20) == NOT_MINE
        challenge = reader.challenge()
        right = reader.proof(challenge)
        assert reader.status(0, 0x82, data=right) == DONE and reader.facts()[6:] == [0, 1]
        assert reader.exchange()
        # A challenge is good once, in its session, and for one proof, right or wrong.
        assert reader.status(0, 0x82, data=right) == NOT_NOW
        reader.challenge()
        assert reader.status(0, 0x82, data=right) == NOT_MINE
        reader.reset()
        assert reader.status(0, 0x82, data=right) == NOT_NOW
        challenge = reader.challenge()
        spoiled = bytearray(reader.proof(challenge))
        spoiled[-1] ^= 1
        assert reader.status(0, 0x82, data=bytes(spoiled)) == NOT_MINE
        assert reader.status(0, 0x82, data=reader.proof(challenge)) == NOT_NOW
        challenge = reader.challenge()
        reader.reset()
        assert reader.status(0, 0x82, data=reader.proof(challenge)) == NOT_NOW
        assert reader.prove() == DONE
        for number in (BALANCES, LISTEN, talk.PENDING):
            question = dumps([talk.VERSION, number, 1 if number == LISTEN else []])
            assert reader.say(reader.numbered(0x10, question)) == (b"", NOT_MINE)
    # It is known after a loss of power too, and the fifth that comes pushes it out.
    device.again()
    with device.reader(key=reader.key) as again:
        assert again.ekey == reader.ekey and again.prove() == DONE
        assert again.verify(RIGHT_PIN) == DONE
        for number in range(4):
            with_other = Reader(device.folder)
            with_other.wire, with_other.ekey = again.wire, again.ekey
            assert with_other.pair(f"reader {number}") == DONE
        again.reset()
        assert again.prove() == NOT_MINE and with_other.prove() == DONE


def test_what_carries_a_number_is_done_once(device):
    with device.reader() as reader:
        assert reader.verify(RIGHT_PIN) == DONE
        body = dumps([talk.VERSION, LISTEN, 1])
        number = secrets.token_bytes(8)
        first = reader.ok(reader.numbered(0x10, body, number))
        assert reader.ok(reader.numbered(0x10, body, number)) == first
        other = dumps([talk.VERSION, LISTEN, 0])
        assert reader.say(reader.numbered(0x10, other, number)) == (b"", 0x6A80)
        assert reader.say(reader.numbered(0x12, dumps([1, []]), number)) == (b"", 0x6A80)
    with device.reader() as reader:
        # Who knows the number was answered before.
        assert reader.ok(reader.numbered(0x10, body, number)) == first
        assert reader.say(reader.numbered(0x10, body)) == (b"", NOT_MINE)


def test_what_would_bring_keys_out_or_end_it_is_nobodys(device):
    with device.reader() as reader:
        assert reader.verify(RIGHT_PIN) == DONE and reader.pair() == DONE == reader.prove()
        for number, body in ((BACK_UP, "a passphrase of a thief"), (STOP, []), (23, b"\x80")):
            question = dumps([talk.VERSION, number, body])
            assert reader.say(reader.numbered(0x10, question)) == (b"", NOT_MINE), number
        assert available(reader) == 80_000
        assert reader.status(0x80, 0x2A) == NOT_NOW
    assert device.running.is_alive()


# MARK: Guessing


def guesses(device, pins, chance):
    """Wrong PINs, one after the other, with the power cut in some moment of each; how many of them
    were looked at, as far as anybody was told."""
    told, left = 0, 5
    for number, pin in enumerate(pins):
        with device.reader() as reader:
            (now, _) = reader.tries()
            assert now <= left, "a try came back"
            left = now
            if left == 0:
                return told
            reader.wire.say(apdu(0, 0x20, 0, 1, pin))
            # The first moments are of the count, the last ones of the answer.
            answer = reader.wire.hear(chance.uniform(0, 0.25 if number % 3 else 2.5))
            if answer is not None:
                assert answer[0] == 0x63 or answer == b"\x69\x83", answer
                told += 1
                assert reader.tries()[0] == left - 1
        device.again()
    return told


def test_no_more_than_five_wrong_pins_are_looked_at_wherever_the_power_is_cut(device, town):
    chance = random.Random(4)
    fam = Fam(town.parent / f"{device.folder.name}-fam", device.folder, device.pin).pair()
    told = guesses(device, [b"%04d" % number for number in range(10)], chance)
    with device.reader() as reader:
        while reader.tries()[0] > 0:
            assert reader.verify("0000") in (0x63C0 | reader.tries()[0], SHUT)
            told += 1
        assert told <= 5
        # The right one is not looked at any more, in whichever session.
        assert reader.verify(RIGHT_PIN) == SHUT
        assert reader.status(0, 0x24, 0, 1, dumps([RIGHT_PIN.encode(), b"9999"])) == SHUT
        assert reader.unblock("00000000", "8000") == 0x63C9
    device.again()
    done = fam.run("fam", "pin", "--pin-file", device.pin, "--new-pin-file", device.pin, "--json")
    assert (done.returncode, error(done)) == (9, "pin") and "unblock" in done.stderr
    # The code sets another one, and counts anew.
    new, code = town.parent / "new-pin", town.parent / "code"
    new.write_text("271828\n")
    code.write_text(device.code + "\n")
    done = fam.run("fam", "pin", "--unblock", "--pin-file", code, "--new-pin-file", new)
    assert done.returncode == 0, done.stderr
    with device.reader() as reader:
        assert reader.tries() == (5, 10)
        assert reader.verify(RIGHT_PIN) == 0x63C4 and reader.verify("271828") == DONE
        assert available(reader) == 80_000


def test_ten_wrong_unblock_codes_and_it_is_shut(device):
    with device.reader() as reader:
        for left in range(9, -1, -1):
            status = reader.unblock("0000000" + str(left), "8000")
            assert status == (0x63C0 | left if left else SHUT)
            if left == 5:
                reader.close()
                device.again()
                reader.open()
        assert reader.unblock(device.code, "8000") == SHUT
        assert reader.tries() == (5, 0)
        # The PIN is another matter.
        assert reader.verify(RIGHT_PIN) == DONE


# MARK: The cable


@pytest.fixture(name="cable")
def one_cable(town, device):
    with Cable(town.parent / f"{device.folder.name}-port", device) as cable:
        yield cable


@pytest.fixture(name="fam")
def one_fam(town, device, cable):
    with Fam(town.parent / f"{device.folder.name}-fam", cable.folder, device.pin).pair() as fam:
        yield fam.start()


def money_at(fam):
    told = until(lambda: fam.ask(BALANCES))
    return purse(told[1])


def listens(fam):
    until(lambda: fam.ask(LISTEN, 1))


PULLS = 10


def test_a_payment_is_paid_once_wherever_the_cable_comes_out(fam, cable, shop, device):
    had, sold = money_at(fam)[0], shop.money()[0]
    listens(fam)
    begun = list(cable.bytes)
    paid = Payment(shop, fam, device, 100)
    paid.goes(paid.is_paid)
    lengths = [now - then for now, then in zip(cable.bytes, begun)]
    chance, spent = random.Random(5), 100
    places = [(way, 1 + lengths[way] * number // PULLS + chance.randrange(lengths[way] // PULLS))
              for number in range(PULLS) for way in (Cable.IN, Cable.OUT)]
    for number, (way, count) in enumerate(places):
        listens(fam)
        cable.pull_after(way, count)
        amount = 101 + number
        one = Payment(shop, fam, device, amount)
        one.goes(one.is_paid)
        spent += amount
    assert cable.pulls >= PULLS, cable.pulls
    assert money_at(fam) == (had - spent, 0, 0)
    until(lambda: shop.money() == (sold + spent, 0, 0))
    assert device.running.is_alive()


def test_a_charge_is_debited_once_wherever_the_cable_comes_out(town, fam, cable, device):
    name = device.folder.name
    account, had = town.money(name), money_at(fam)[0]

    def charge(amount):
        where = ("--office", town.address, "--wait", "20", "--json")
        return fam.run("charge", f"{amount // 100}.{amount % 100:02}", *where)

    begun = list(cable.bytes)
    done = charge(500)
    assert done.returncode == 0, done.stderr
    lengths = [now - then for now, then in zip(cable.bytes, begun)]
    charged, again = 500, 0
    for number in range(8):
        way = number % 2
        amount = 501 + number
        cable.pull_after(way, 1 + lengths[way] * number // 8)
        done = charge(amount)
        if done.returncode != 0:
            # Somebody types it again, which goes on with what was asked for.
            assert error(done) in ("ekey", "pin", "node", "stopped", "no-answer"), done.stderr
            again += 1
            done = charge(amount)
            assert done.returncode == 0, done.stderr
        charged += amount
        assert town.money(name) == account - charged, (number, way)
        assert money_at(fam) == (had + charged, 0, 0), (number, way)
    assert cable.pulls >= 5, cable.pulls


def test_the_verbs_of_a_wallet_are_answered_by_the_ekey_of_a_fam(town, shop, fam, device, tmp_path):
    had, sold = money_at(fam), shop.money()[0]

    def shop_command(*words):
        return [*shop.command(*words)]

    def both(buyer, seller):
        """One pays, the other sells: how each ended."""
        with Process(buyer, tmp_path / "paying.log") as paying:
            paying.start(r"screen is \d{4}")
            number = paying.wait(r"screen is (\d{4})")[1]
            (tmp_path / "paying.log").rename(tmp_path / "paid.log")
            done = subprocess.run(
                [str(one).replace("NUMBER", number) for one in seller], capture_output=True,
                text=True, check=False, stdin=subprocess.DEVNULL, start_new_session=True,
                timeout=60)
            code = until(lambda: [paying.process.poll()] if not paying.is_alive() else None)
            return code, done.returncode, (tmp_path / "paid.log").read_text() + done.stderr

    pay, sell = ("pay", "--yes"), ("--to", "NUMBER", "--for", "tea")
    # Without the PIN nothing is paid.
    *codes, said = both(fam.command(*pay), shop_command("sell", "3.21", *sell, "--wait", "3"))
    assert 0 not in codes and codes[0] != [0], said
    pays = fam.command(*pay, "--pin-file", fam.pin)
    *codes, said = both(pays, shop_command("sell", "3.21", *sell))
    assert codes == [[0], 0], said
    *codes, said = both(shop_command(*pay), fam.command("sell", "1.11", *sell))
    assert codes == [[0], 0], said
    assert money_at(fam) == (had[0] - 210, 0, 0)
    until(lambda: shop.money() == (sold + 210, 0, 0))
    done = fam.run("history", "--json")
    payments = json.loads(done.stdout)["payments"]
    paid = [one for one in payments if one["state"] == "paid"]
    assert [one["amount"]["amount"] for one in paid] == ["1.11", "3.21"], payments
    # The papers of what was paid come out; the eKey's keys do not, and it is not ended.
    paper = tmp_path / "receipt.tally"
    assert fam.run("receipt", paid[0]["id"], "--out", paper).returncode == 0
    for words in (("backup", tmp_path / "copy"), ("passphrase",), ("node",)):
        done = fam.run(*words, "--json")
        assert done.returncode != 0, (words, done.stdout)
        assert not (tmp_path / "copy").exists()
    assert device.running.is_alive() and fam.running.is_alive()


def test_what_was_agreed_is_finished_without_the_pin_wherever_it_loses_its_power(
        shop, device, town):
    had, sold = 80_000, shop.money()[0]
    chance, spent = random.Random(6), 0
    with device.reader() as reader:
        assert reader.verify(RIGHT_PIN) == DONE and reader.pair() == DONE
    for number in range(6):
        with device.reader(key=reader.key) as reader, BadFam(reader) as bad:
            assert reader.prove() == DONE and reader.verify(RIGHT_PIN) == DONE
            assert bad.ask(LISTEN, 1)
            one = Payment(shop, bad, device, 200 + number, says_yes=False)
            one.goes(lambda: one.at_buyer == "offered")
            bad.meddle = out_of_reach_once_held(bad)
            assert one.accept(), f"{bad.status:04X}"
            one.goes(lambda: one.at_buyer == "held")
            end = time.monotonic() + chance.uniform(0, 0.2)
            while time.monotonic() < end:
                one.step()
        device.kill()
        device.start()
        with device.reader(key=reader.key) as reader, BadFam(reader) as bad:
            assert reader.prove() == DONE and not reader.is_verified()
            one.buyer = bad
            # The seller has said its decision to where it was, and is asked from elsewhere.
            one.goes(lambda: one.at_shop == "paid")
            spent += 200 + number
            assert reader.say(reader.numbered(0x10, dumps([7, BALANCES, []])))[1] == NOT_MINE
            # Without the PIN nothing is told of it here: the shop knows when the eKey does.
            until(lambda: bad.turn() or shop.line.ask(talk.PENDING) == [[], 1])
            assert not reader.is_verified()
    with device.reader() as reader:
        assert reader.verify(RIGHT_PIN) == DONE and available(reader) == had - spent
        question = dumps([talk.VERSION, talk.PENDING, []])
        assert canonical.read(reader.ok(reader.numbered(0x10, question))) == [3, [[], 1]]
    assert shop.money() == (sold + spent, 0, 0)


def out_of_reach_once_held(bad):
    """Nothing goes out or comes in any more from the moment when the eKey holds the money on."""
    held = []

    def meddle(datagram, place, _):
        held.extend(one for one in bad.news if b"\x64held" in one)
        return [] if held else [(datagram, place)]

    return meddle


def is_settled(bad, payment):
    """Whether the eKey has told that it knows how the payment ended."""
    payment.step()
    return payment.at_buyer == "paid"


# MARK: A bad FAM


class Mischief:
    """What a FAM that means harm, or a bad cable, does to datagrams."""

    def __init__(self, seed):
        self.chance, self.kept, self.is_on = random.Random(seed), [], True

    def __call__(self, datagram, place, is_incoming):
        if not self.is_on:
            return [(datagram, place)]
        dice, passed = self.chance.random(), [(datagram, place)]
        if dice < 0.12:
            passed = []
        elif dice < 0.24:
            at = self.chance.randrange(len(datagram) * 8)
            spoiled = bytearray(datagram)
            spoiled[at // 8] ^= 1 << at % 8
            passed = [(bytes(spoiled), place)]
        elif dice < 0.36:
            passed *= 3
        elif dice < 0.44:
            # To or from somebody else.
            other = b"\x04\x7f\x00\x00\x01" + self.chance.randrange(1, 65_536).to_bytes(2, "big")
            passed = [(datagram, other)]
        elif dice < 0.52:
            passed = [(datagram[:self.chance.randrange(1, len(datagram))], place)]
        # Some are kept, and come later, once or more often.
        if self.chance.random() < 0.3:
            self.kept.append((datagram, place, is_incoming))
        if self.kept and self.chance.random() < 0.3:
            datagram, place, was_incoming = self.chance.choice(self.kept)
            if was_incoming == is_incoming:
                passed.append((datagram, place))
        return passed


MEMO, SUM = "a present for somebody dear", 70_001


@pytest.fixture(name="victim", scope="module")
def one_ekey_before_bad_fams(town):
    with town.ekey("Victoria-of-the-hill").start() as victim:
        yield victim


@pytest.fixture(name="bad")
def one_bad_fam(victim):
    with victim.reader() as reader, BadFam(reader) as bad:
        assert reader.verify(RIGHT_PIN) == DONE
        assert reader.pair() == DONE == reader.prove()
        assert bad.ask(LISTEN, 1)
        yield bad


def test_what_a_fam_passes_on_says_nothing_of_the_payment(bad, victim, shop):
    one = Payment(shop, bad, victim, SUM, MEMO)
    one.goes(one.is_paid)
    end = time.monotonic() + 1
    while time.monotonic() < end:
        one.step()
    heard = b"".join(bad.passed)
    assert len(bad.passed) >= 6 and len(heard) > 2_000
    secrets_of_it = {
        "memo": MEMO.encode(), "seller": SHOP.encode(), "holder": victim.folder.name.encode(),
        "amount": dumps(SUM), "typed": b"700.01", "asset": dumps(["EUR", 2]), "town": b"Town",
        "PIN": victim.said_yes(one.question), "payment": one.id[8:24],
        "eKey": bad.reader.ekey, "word": b"tally",
    }
    found = [name for name, data in secrets_of_it.items() if data in heard]
    assert found == []


def test_a_fam_that_spoils_repeats_and_redirects_loses_nobody_money(bad, victim, shop):
    had, sold, spent = purse(bad.ask(BALANCES)[1])[0], shop.money()[0], 0
    ended = []
    for seed in range(5):
        bad.meddle = Mischief(seed)
        amount = 300 + seed
        one = Payment(shop, bad, victim, amount, seconds=5)
        end = time.monotonic() + 4
        while not one.is_over() and time.monotonic() < end:
            one.step()
            time.sleep(0.002)
        # Another FAM, which does as it should. What was not agreed in time is not any more.
        bad.meddle.is_on = False
        until(lambda: one.step() or one.at_shop in (None, "paid", "cancelled", "refused"))
        until(lambda: one.step() or bad.ask(talk.PENDING)[1] == [[], 1])
        assert one.at_buyer != "held"
        spent += amount if one.at_shop == "paid" else 0
        ended.append(one.at_shop)
        until(lambda: purse(bad.ask(BALANCES)[1]) == (had - spent, 0, 0))
        until(lambda: shop.money() == (sold + spent, 0, 0))
    assert "paid" in ended, ended
    assert victim.running.is_alive()


def test_a_fam_can_forge_neither_an_offer_nor_a_yes(bad, victim, shop):
    had = purse(bad.ask(BALANCES)[1])
    one = Payment(shop, bad, victim, 1_234, says_yes=False)
    one.goes(lambda: one.at_buyer == "offered")
    # No PIN, another's, and another payment's id.
    for pin in ([], [b"\0" * 32], [secrets.token_bytes(32)]):
        # A wrong one ends the session.
        assert bad.reader.verify(RIGHT_PIN) == DONE
        kind, told = bad.ask(talk.ACCEPT, [one.id, 0, pin])
        if pin:
            assert kind == 10 and told[1] == 4
            assert bad.ask(BALANCES) is None and bad.status == NOT_MINE
        else:
            assert kind == 5 and told[0][0] == talk.NEWS_DENIED
    assert bad.reader.verify(RIGHT_PIN) == DONE
    one.accept()
    other = one.id[:-1] + bytes([one.id[-1] ^ 1])
    kind, told = bad.ask(talk.ACCEPT, [other, 0, [victim.said_yes(one.question)]])
    assert (kind, told[0][0]) == (5, talk.NEWS_DENIED)
    # An offer that the seller did not make so: from an eKey to itself, repeated, of another day.
    for datagram in list(bad.passed):
        bad.reader.exchange([(datagram, b"\x04\x7f\0\0\1\1\1")] * 3)
    one.goes(one.is_paid)
    assert purse(bad.ask(BALANCES)[1]) == (had[0] - 1_234, 0, 0)
    assert canonical.read(bad.reader.ok(bad.reader.numbered(
        0x10, dumps([talk.VERSION, talk.PENDING, []])))) == [3, [[], 1]]


def test_datagrams_of_all_kinds_in_one_exchange_are_borne(bad, victim):
    chance, place = random.Random(8), b"\x04\x7f\0\0\1\x10\0"
    had = purse(bad.ask(BALANCES)[1])
    for size in (0, 1, 16, 40, 1_199, 1_200):
        bad.reader.exchange([(chance.randbytes(size), place)] * 48)
    for body in (
        [1, [[place, b"x" * 70_000]]], [1, [[place, b"x" * 1_201]]], [1, [[place, b"x"]] * 49],
        [1, [[b"x" * 65, b"x"]]], [2, []], [1, [[place]]], [1], [1, [], 0, []],
    ):
        data = secrets.token_bytes(8) + dumps(body)
        # What is longer than a command comes in a chain.
        for at in range(0, len(data), 60_000):
            is_last = at + 60_000 >= len(data)
            status = bad.reader.status(0x80 if is_last else 0x90, 0x12, 0, 0, data[at:at + 60_000])
        assert status == (0x6A84 if len(data) > 65_536 else 0x6A80), body[1:]
    assert purse(bad.ask(BALANCES)[1]) == had


# MARK: Who may be asked what by whom


VERBS = [
    ("balance",), ("pay", "--yes"), ("sell", "1.00", "--to", "1234"), ("charge", "1.00"),
    ("redeem", "1.00"), ("sync",), ("history",), ("pending",), ("node",), ("listen",), ("info",),
    ("policy",), ("profile",), ("lookup",), ("refresh",), ("proofs",), ("show", "00"),
    ("backup", "copy.tally"), ("receipt", "00", "--out", "paper.tally"), ("refund", "00", "1.00"),
    ("passphrase",), ("peers",),
]


@pytest.mark.parametrize("running", [True, False])
def test_the_verbs_of_a_wallet_are_refused_at_an_ekeys_home(before, tmp_path, running):
    if not running:
        before.kill()
    wrong = []
    for words in VERBS:
        done = subprocess.run(
            before.command(*words, "--json"), capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL, start_new_session=True, timeout=60, cwd=tmp_path)
        if done.returncode != 3 or error(done) != "ekey":
            wrong.append((words, done.returncode, done.stdout, done.stderr))
    if not running:
        before.start()
    assert wrong == [] and list(tmp_path.iterdir()) == []


def test_a_fam_knows_its_ekey_and_says_what_is_wrong(town, device, before, cable, tmp_path):
    fam = Fam(tmp_path / "fam", cable.folder, device.pin).pair()
    wrong = tmp_path / "wrong"
    wrong.write_text("0815\n")
    bad = tmp_path / "bad"
    bad.write_text("abc\n")
    pins = ("--pin-file", device.pin)

    def refused(*words):
        done = fam.run(*words, "--json")
        return done.returncode, error(done), done.stderr

    assert fam.run("fam", "inspect", "--log", *pins).returncode == 0
    assert refused("fam", "run", "--pin-file", wrong, *ON)[:2] == (9, "pin")
    assert refused("fam", "run", "--pin-file", bad, *ON)[:2] == (2, "bad-pin")
    assert refused("fam", "run", *ON)[:2] == (2, "no-terminal")
    assert refused("fam", "open", *ON)[:2] == (2, "no-terminal")
    assert refused("fam", "open", "--language", "fr", *ON)[0] == 2
    # Two before one eKey.
    with fam.start():
        other = refused("fam", "inspect")
        assert other[:2] == (1, "ekey"), other
        assert fam.run("balance", "--json").returncode == 0
    # Another eKey in the same place.
    cable.device = before
    for words in (("run", *pins, *ON), ("inspect",), ("inspect", "--log", *pins),
                  ("open", *pins, *ON), ("pin", *pins, "--new-pin-file", wrong)):
        code, name, said = refused("fam", *words)
        assert (code, name) == (1, "ekey") and "another eKey" in said, (words, said)
    with before.reader() as reader:
        assert reader.tries() == (5, 10)
    # None.
    cable.is_in = False
    for words in (("run", *pins, *ON), ("inspect",)):
        code, name, said = refused("fam", *words)
        assert (code, name) == (1, "ekey") and "not there" in said, said
    code, name, _ = refused("balance")
    assert code != 0, name
    empty = Fam(tmp_path / "none", cable.folder, device.pin)
    for words in (("run", *pins), ("inspect",), ("pin", *pins), ("open", *pins)):
        done = empty.run("fam", *words, "--json")
        assert (done.returncode, error(done)) == (4, "no-fam"), words
    done = empty.run("fam", "pair", tmp_path / "nowhere", *pins, "--json")
    assert (done.returncode, error(done)) == (1, "ekey")
    done = empty.run("ekey", "run", "--key-file", device.key, "--json")
    assert done.returncode == 4
    assert not empty.folder.exists()


def test_a_fam_that_opens_sessions_by_itself_tries_a_wrong_pin_once(town, device, tmp_path):
    pin = tmp_path / "pin"
    pin.write_text(RIGHT_PIN)
    with Fam(tmp_path / "fam", device.folder, pin).pair().start() as fam:
        assert money_at(fam) == (80_000, 0, 0)
        pin.write_text("0815\n")
        for _ in range(3):
            device.again()
            for _ in range(2):
                assert fam.ask(BALANCES) is None and fam.line.fault
        assert json.loads(fam.run("balance", "--json").stderr)["error"]["exit"] != 0
    with device.reader() as reader:
        assert reader.tries() == (4, 10)


def test_an_ekey_is_made_of_an_enrolled_wallet_once(town, before, tmp_path):
    again = before.run("ekey", "init", "--new-pin-file", before.pin, "--json")
    assert again.returncode == 3 and error(again) in ("ekey", "runs")
    fresh = tmp_path / "fresh"
    key = tmp_path / "fresh.key"
    words = ["--home", str(fresh), "--key-file", str(key)]
    done = subprocess.run([TALLY, "init", "--name", "Cleo", "--demo", "1.00", *words],
                          capture_output=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    done = subprocess.run(
        [TALLY, "ekey", "run", *words, "--json"], capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL, timeout=60)
    assert (done.returncode, error(done)) == (3, "no-ekey")


def test_an_ekey_with_money_is_destroyed_only_by_who_says_so(town, names):
    with town.ekey(next(names), charged="1.00") as device:
        done = device.run("ekey", "destroy", "--yes", "--json")
        assert (done.returncode, error(done)) == (3, "not-empty")
        device.start()
        with device.reader() as reader:
            assert reader.status(0x80, 0x2A) == NOT_MINE
            assert reader.verify(RIGHT_PIN) == DONE and reader.status(0x80, 0x2A) == NOT_NOW
        device.kill()
        assert device.run("ekey", "destroy", "--yes", "--with-money").returncode == 0
        assert not device.folder.exists()


def test_an_empty_one_is_destroyed_on_the_line_and_ends(town, names):
    with town.ekey(next(names), charged=None).start() as device:
        with device.reader() as reader:
            assert reader.verify(RIGHT_PIN) == DONE and reader.status(0x80, 0x2A) == DONE
        until(lambda: not device.running.is_alive())
        assert device.kill() == 0 and not (device.folder / "keys").exists()


def test_each_of_the_eight_says_what_it_does():
    for words in (("ekey", "init"), ("ekey", "run"), ("ekey", "destroy"), ("fam", "pair"),
                  ("fam", "open"), ("fam", "run"), ("fam", "pin"), ("fam", "inspect")):
        by_help = subprocess.run(
            [TALLY, "help", *words], capture_output=True, text=True, check=True).stdout
        by_option = subprocess.run(
            [TALLY, *words, "--help"], capture_output=True, text=True, check=True).stdout
        assert by_help == by_option and by_help.startswith(f"tally {' '.join(words)} ")
        assert all(len(line) <= 110 for line in by_help.splitlines()), words
        told = json.loads(subprocess.check_output([TALLY, "help", *words, "--json"]))
        assert told["exits"] and "waiting" not in by_help


# MARK: Other lines


def test_a_terminal_is_a_line_like_the_socket(town, names):
    with town.ekey(next(names), charged="3.00") as device:
        device.start("--pty", "--json")
        # Each line that it may be reached by is told; one of them is the terminal.
        path = until(lambda: re.search(r"/dev/pts/\d+", device.log().read_text()))[0]
        reader = Reader(path)
        for _ in range(2):
            with reader:
                assert reader.is_proved_to() and not reader.is_verified()
                assert reader.verify(RIGHT_PIN) == DONE and available(reader) == 300
                # Bytes that a terminal that is not raw would eat or change.
                for size in (16, 63):
                    signed = reader.ok(apdu(0, 0x88, data=bytes(range(size)), expected=64))
                    assert len(signed) == 64
                assert reader.status(0, 0xA4, 4, 0, bytes(range(256)) * 4) == 0x6A82
        fam = Fam(town.parent / f"{device.folder.name}-fam", path, device.pin).pair()
        with fam.start():
            assert money_at(fam) == (300, 0, 0)
        assert device.kill(signal.SIGTERM) == 0


@pytest.mark.skipif(
    not (shutil.which("pcscd", path=os.environ["PATH"] + ":/usr/sbin")
         and shutil.which("opensc-tool")
         and list(pathlib.Path("/usr/lib").rglob("libifdvpcd.so*"))),
    reason="no PC/SC daemon with a virtual reader (Debian: see scripts/packages-pcsc.txt)")
def test_it_is_a_card_for_a_pcsc_daemon(town, names):
    door = pathlib.Path("/run/pcscd/pcscd.comm")
    with socket.socket(socket.AF_UNIX) as one:
        if one.connect_ex(str(door)) == 0:
            pytest.skip("a PC/SC daemon runs on this host, and is its user's")
    door.unlink(missing_ok=True)
    daemon = ["/usr/sbin/pcscd", "--foreground", "--disable-polkit"]
    with Process(daemon, town.parent / "pcscd.log") as pcscd:
        usage = subprocess.run([daemon[0], "--help"], capture_output=True, text=True, check=False)
        if "disable-polkit" not in usage.stdout:
            pcscd.command = daemon[:2]
        pcscd.start("")
        until(door.exists)
        with town.ekey(next(names), charged="3.00") as device:
            def card(*words):
                done = subprocess.run(["opensc-tool", *words], capture_output=True, text=True,
                                      check=False, timeout=60)
                return done.stdout + done.stderr

            # The virtual reader listens a moment after the daemon has begun.
            def plugged():
                try:
                    return device.start("--vpcd", "35963")
                except AssertionError:
                    time.sleep(0.2)
                    return None
            until(plugged)
            atr = "3b:86:80:01:54:41:4c:4c:59:31:" + "%02x" % CHECK
            until(lambda: atr in card("-a").lower())
            said = card("-s", "00:A4:04:00:07:F0:54:41:4C:4C:59:01")
            assert "SW1=0x90, SW2=0x00" in said, said
            said = card("-s", "00:20:00:01:04:30:30:30:30", "-s", "00:20:00:01:04:34:37:31:31",
                        "-s", "80:2A:00:00")
            assert ["63", "C4", "90", "00", "69", "85"] == re.findall(
                r"SW[12]=0x([0-9A-F]{2})", said), said
        pcscd.kill(signal.SIGTERM)


CHECK = 0
for _one in bytes.fromhex("868001") + b"TALLY1":
    CHECK ^= _one


# MARK: The button


def test_a_yes_counts_once_the_button_was_pressed_for_that_offer(town, shop, names):
    device = town.ekey(next(names), "--button", "1.00")
    with Screen(device.command("ekey", "run")) as window:
        window.shows("reader at")
        with device.reader() as reader, BadFam(reader) as bad:
            assert reader.verify(RIGHT_PIN) == DONE and bad.ask(LISTEN, 1)
            first, other = (Payment(shop, bad, device, amount, memo, says_yes=False)
                            for amount, memo in ((150, "rolls"), (90_00, "a cake")))
            for one in (first, other):
                one.goes(lambda: one.at_buyer == "offered")
            # Not pressed: however often it is asked, under a number that is new or not.
            for _ in range(3):
                assert first.accept() is None and bad.status == NOT_NOW
            window.shows(rf"{SHOP} asks for 1\.50 EUR")
            window.shows("rolls")
            window.shows(r"press the button\? \[y/N\]")
            window.types("y")
            window.shows("pressed")
            # For that one alone.
            assert other.accept() is None and bad.status == NOT_NOW
            window.shows(r"asks for 90\.00 EUR")
            window.shows(r"\[y/N\]")
            assert first.accept() is not None
            first.goes(first.is_paid)
            # What stands there about the other is not answered by what was pressed before.
            assert other.accept() is None and bad.status == NOT_NOW
            window.types("n")
            window.shows("not pressed")
            # A no there is a no.
            other.goes(lambda: other.at_shop == "refused")
            assert available(reader) == 80_000 - 150
            # Below the amount that its holder set nobody has to press.
            small = Payment(shop, bad, device, 99)
            small.goes(small.is_paid)
            assert available(reader) == 80_000 - 150 - 99
        window.ctrl_c()
        assert window.ends() == 0


def test_a_fam_asks_until_the_button_is_pressed(town, shop, names):
    device = town.ekey(next(names), "--button", "0")
    with Screen(device.command("ekey", "run")) as window:
        window.shows("reader at")
        fam = Fam(town.parent / f"{device.folder.name}-fam", device.folder, device.pin).pair()
        with fam.start():
            for amount, answer in ((275, "y"), (276, "n")):
                listens(fam)
                one = Payment(shop, fam, device, amount, says_yes=False)
                one.goes(lambda: one.at_buyer == "offered")
                one.accept()
                window.shows(rf"asks for 2\.{amount - 200} EUR", one.step)
                window.shows(r"\[y/N\]", one.step)
                window.types(answer)
                window.shows("pressed", one.step)
                if answer == "y":
                    one.goes(one.is_paid)
            assert money_at(fam) == (80_000 - 275, 0, 0)
            assert one.at_buyer == "offered"
            fam.ask(REFUSE, one.id)
            one.goes(lambda: one.at_shop == "refused")


# MARK: The screens


def test_the_screens_pay_in_two_languages_and_end(town, shop, device):
    fam = Fam(town.parent / f"{device.folder.name}-fam", device.folder, device.pin).pair()
    sold = shop.money()[0]
    with Screen(fam.command("fam", "open", "--pin-file", fam.pin, *ON)) as screen:
        screen.shows(r"800\.00 EUR available")
        screen.shows("your choice: ")
        for typed in ("8", "-1", "x", ""):
            screen.types(typed)
            screen.shows("not in the list")
            screen.shows("your choice: ")
        screen.types("7")
        screen.shows(r"800\.00 EUR verfügbar")
        screen.shows("Auswahl: ")
        screen.types("1")
        number = int(screen.shows(r"Nummer (\d{4})")[1])
        selling = shop_sells(shop, number, "42.00", "a cake", screen)
        screen.shows(rf"{SHOP} verlangt 42\.00 EUR")
        screen.shows("a cake")
        digits = screen.shows(r"(\d{3}) ?(\d{3})")
        assert digits[1] + digits[2] in str(selling.news_seen)
        screen.shows(r"zahlen\? \[j/N\]", selling.look)
        screen.types("j")
        screen.shows("PIN: ", selling.look)
        screen.types(RIGHT_PIN)
        screen.shows("bezahlt", selling.look)
        until(lambda: selling.look() or shop.money() == (sold + 4_200, 0, 0))
        screen.shows(r"758\.00 EUR verfügbar")
        screen.shows("Auswahl: ")
        assert RIGHT_PIN not in screen.seen
        screen.types("3")
        screen.shows(r"42\.00 EUR")
        screen.shows("Auswahl: ")
        screen.types("7")
        screen.shows("your choice: ")
        # Another offer, to which somebody says no, and one with a PIN that is none.
        for answer, wrong in (("n", None), ("y", "0815")):
            screen.types("1")
            number = int(screen.shows(r"the number (\d{4})")[1])
            selling = shop_sells(shop, number, "1.00", "tea", screen)
            screen.shows(r"pay that\? \[y/N\]", selling.look)
            screen.types(answer)
            if wrong:
                screen.shows("PIN: ", selling.look)
                screen.types(wrong)
                screen.shows("tries left 4", selling.look)
            screen.shows("nothing was paid", selling.look)
            screen.shows(r"758\.00 EUR available")
            screen.shows("your choice: ")
        screen.types("0")
        assert screen.ends() == 0
    with Screen(fam.command("fam", "open", "--language", "de", *ON)) as screen:
        screen.shows("PIN of the eKey: |PIN")
        screen.types(RIGHT_PIN)
        screen.shows("Auswahl: ")
        screen.types("1")
        screen.shows(r"Nummer \d{4}")
        screen.ctrl_c()
        assert screen.ends() == 0
    with device.reader() as reader:
        assert reader.verify(RIGHT_PIN) == DONE and available(reader) == 75_800


def test_the_screens_ask_for_the_pin_after_the_cable_was_out(town, device):
    fam = Fam(town.parent / f"{device.folder.name}-fam", device.folder, device.pin).pair()
    with Screen(fam.command("fam", "open", "--language", "de", *ON)) as screen:
        screen.shows("PIN of the eKey: ")
        screen.types(RIGHT_PIN)
        screen.shows("Auswahl: ")
        # The cable comes out, and is in again: who has the PIN in no file types it.
        device.kill()
        screen.shows("abgezogen")
        device.start()
        screen.shows("wieder da")
        screen.types("3")
        screen.shows("PIN: ", seconds=5)
        screen.types("0000")
        screen.shows("Versuche übrig 4")
        screen.shows("PIN: ")
        screen.types(RIGHT_PIN)
        screen.shows("noch keine Zahlungen")
        screen.shows("Auswahl: ")
        screen.types("0")
        assert screen.ends() == 0


class Selling:
    """A sale at the shop's till, to whoever has a number on the screen."""

    def __init__(self, shop):
        self.shop, self.news_seen = shop, []

    def look(self):
        self.news_seen += self.shop.line.poll()
        return None


def shop_sells(shop, number, amount, memo, screen):
    selling, called = Selling(shop), 0.0
    end = time.monotonic() + 60
    while True:
        assert time.monotonic() < end, screen.seen
        if time.monotonic() - called > 0.5:
            called = time.monotonic()
            shop.line.ask(talk.CALL, [])
        selling.look()
        screen.look(0.02)
        here = [what for kind, what in selling.news_seen
                if kind == talk.NEWS_HERE and what[2] == number]
        if here:
            terms = [["EUR", 2], int(amount.replace(".", "")), memo, [], 0, 600, 0]
            shop.line.ask(talk.OFFER, [terms, here[0][1]])
            selling.look()
            return selling
