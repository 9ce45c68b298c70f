"""An eKey and what sits before it, as real processes: docs/PROTOCOL section 17 from outside."""

import itertools
import json
import os
import pathlib
import random
import re
import secrets
import shutil
import subprocess
import time

import pytest

import canonical
import talk
from counter import error, free_port
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
    digest,
    dumps,
)
from ekeys import (
    BACK_UP,
    BALANCES,
    INFO,
    LISTEN,
    ON,
    PIN,
    REFUSE,
    RIGHT_PIN,
    STOP,
    TALLY,
    TOLD_PIN,
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
        known = {(cla, ins) for ins, (cla, _, _) in WORDS.items()} | {(0x80, 0x20)}
        for cla, ins in itertools.product((0x00, 0x80), range(256)):
            if (cla, ins) not in known:
                assert reader.status(cla, ins, 9, 9) == 0x6D00, (cla, ins)
        for ins, (cla, p1, p2) in WORDS.items():
            for one, other in ((p1 ^ 1, p2), (p1, p2 ^ 0x80), (255, 255)):
                status = reader.status(cla, ins, one, other, b"x" * 5)
                wanted = 0x6A88 if ins == 0xCA and one == 1 else 0x6A86
                assert status == wanted, (hex(ins), one, other)
        assert reader.status(0, 0xCA, 1, 0) == reader.status(0, 0xCA, 1, 4) == 0x6A88


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


@pytest.mark.xfail(strict=True, reason="the eKey ends: the frame of that answer has no room")
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
            assert reader.say(reader.numbered(0x10, dumps([5, BALANCES, []])))[1] == NOT_MINE
            until(lambda: bad.turn() or is_settled(bad, one))
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
