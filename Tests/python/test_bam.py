"""BAM and its eKeys, from outside: docs/PROTOCOL section 20."""

import html.parser
import json
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import cbor2
import nacl.bindings as sodium
import nacl.signing
import pytest

import tally_bam as bam
from counter import Office, clock
from ekey_reader import DONE, apdu
from ekeys import ON, Device, Fam, Town
from talk import TALLY

LIMITS = ("--largest", "20.00", "--ceiling", "100.00")
PATIENCE = 60
VECTORS = Path(__file__).resolve().parents[2] / "docs" / "vectors"


@pytest.fixture(name="town", scope="module")
def one_town(tmp_path_factory):
    town = Town(tmp_path_factory.mktemp("bank"))
    with town.serve():
        yield town
    assert town.json("office", "audit")["lostToFraud"]["amount"] == "0.00"


@pytest.fixture(name="other", scope="module")
def another_bank(tmp_path_factory):
    """One that does not serve: its verbs open its books themselves."""
    return Office(tmp_path_factory.mktemp("other"))


def refused(done, name):
    assert done.returncode != 0, done.stdout
    assert name in done.stderr, done.stderr


class Blank(Device):
    """A blank eKey of this host."""

    def __init__(self, town, name, *words):
        super().__init__(town.parent, name)
        self.pin = town.parent / "pin"
        made = self.json("ekey", "init", "--blank", "--new-pin-file", self.pin, *words)
        self.code, self.own = made["unblockCode"], made["key"]

    def fam(self, name="fam"):
        folder = self.folder.parent / f"{self.folder.name}-{name}"
        done = subprocess.run(
            [TALLY, "fam", "pair", self.folder, "--home", folder, "--pin-file", self.pin,
             "--json"], capture_output=True, text=True, check=False, timeout=PATIENCE)
        assert done.returncode == 0, done.stderr
        return folder, json.loads(done.stdout)


def fam(folder, *words, pin=None):
    command = [TALLY, "fam", *words, "--home", folder]
    if pin:
        command += ["--pin-file", pin]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE,
                          stdin=subprocess.DEVNULL)


# MARK: What is written, read by another program


def test_a_letter_is_what_another_program_reads_and_is_the_same_object_again(other, tmp_path):
    other.ok("bam", "register", "Ada", *LIMITS, "--phone", "+49 221 1", "--guarantee", "0")
    with bam.BlankKey(tmp_path / "key") as ekey:
        words = ("bam", "personalise", "Ada", "--line", tmp_path / "key", "--at", "127.0.0.1:4000")
        first = other.json(*words)
        again = other.json(*words)
        assert first["letter"] == again["letter"] == ekey.name.hex()
        assert first["eKey"] == ekey.own.hex()
        # The same object, in another envelope.
        assert len(ekey.letters) == 2 and ekey.letters[0] != ekey.letters[1]
        (_, root, office, secret, at, name, limits, settings, signed, until) = ekey.mk
        assert 0 <= secret < 1 << 50 and at == "127.0.0.1:4000" and name == "Ada"
        assert limits == [["EUR", 2], 2_000, 10_000, 0]
        assert settings == [0, [], [], [], ""]
        assert 29 * 86_400 < until - signed <= 30 * 86_400
        assert bam.checked(root, office)[0] == ekey.root
        assert (other.folder / "root.crt").read_bytes() == root
        # Another eKey is not given the same holder's letter.
        with bam.BlankKey(tmp_path / "second") as second:
            done = other.run("bam", "personalise", "Ada", "--line", tmp_path / "second")
            refused(done, "another eKey was written")
            assert not second.letters
    assert other.json("bam", "show", "Ada")["state"] == "personalised"
    # The code stands in no answer, and in no file that can be read.
    shown = other.ok("bam", "show", "Ada", "--json") + other.ok("bam", "holders", "--json")
    assert str(secret) not in shown and "secret" not in shown
    assert b"Ada" not in (other.folder / "bam").read_bytes()


def test_settings_are_what_another_program_reads(other, tmp_path):
    other.ok("bam", "register", "Otto", *LIMITS)
    with bam.BlankKey(tmp_path / "key") as ekey:
        other.ok("bam", "personalise", "Otto", "--line", tmp_path / "key")
    file = tmp_path / "letter"
    reader = "ab" * 32
    other.ok("bam", "settings", "Otto", "--pin-from", "5.00", "--fam", reader, "--out", file)
    parts, name, root = bam.verified(
        file.read_bytes(), ekey.own, ekey.public, ekey.secret, 13)
    assert parts[3] == [1, [], [500], [bytes.fromhex(reader)], ""] and root == ekey.root
    # Said again without a wish it is the same; with another it has the next number.
    other.ok("bam", "settings", "Otto", "--out", tmp_path / "same")
    assert bam.verified((tmp_path / "same").read_bytes(), ekey.own, ekey.public, ekey.secret,
                        13)[1] == name
    other.ok("bam", "settings", "Otto", "--language", "de", "--out", tmp_path / "next")
    parts, _, _ = bam.verified(
        (tmp_path / "next").read_bytes(), ekey.own, ekey.public, ekey.secret, 13)
    assert parts[3] == [2, [], [500], [bytes.fromhex(reader)], "de"]
    with pytest.raises(bam.Damaged):
        bam.opened(file.read_bytes(), ekey.own, ekey.secret)


def test_each_kept_letter_opens_or_does_not():
    kept = json.loads((VECTORS / "ekey.json").read_text())
    public, secret = sodium.crypto_box_seed_keypair(bytes.fromhex(kept["sealing_seed"]))
    own = bytes.fromhex(kept["e_key"])
    assert public.hex() == kept["sealing_key"]
    for one in kept["letters"]:
        letter = bytes.fromhex(one["letter"])
        statement, signature = bam.opened(letter, public, secret)
        assert (statement.hex(), signature.hex()) == (one["statement"], one["signature"])
        parts, name, root = bam.verified(letter, own, public, secret, one["kind"])
        assert name.hex() == one["hash"] and root.hex() == kept["root"]
        assert bam.hashed("tally1 ekey has", name).hex() == one["receipt"]
        assert len(parts) == (10 if one["kind"] == 12 else 5)
    assert len(kept["damaged"]) == 12
    for one in kept["damaged"]:
        with pytest.raises(bam.Damaged):
            bam.opened(bytes.fromhex(one["letter"]), public, secret)


# MARK: The way of an eKey


def test_a_holder_registers_is_given_an_ekey_pays_and_loses_it(town):
    town.ok("bam", "register", "Mina", *LIMITS)
    refused(town.run("bam", "register", "Nobody"), "nothing says what the eKey may pay")
    again = town.json("bam", "register", "Mina", *LIMITS)
    assert again["state"] == "registered"
    town.ok("office", "deposit", "Mina", "50.00", "--yes")
    with Blank(town, "mina").start() as ekey:
        folder, paired = ekey.fam()
        refused(fam(folder, "enrol", "--office", town.address, *ON, pin=ekey.pin),
                "no bank has personalised")
        assert town.json("bam", "personalise", "Mina", "--line", ekey.folder)["eKey"] == ekey.own
        # Without power in between it is what it was, and takes the same again.
        ekey.again()
        town.ok("bam", "personalise", "Mina", "--line", ekey.folder)
        assert town.json("bam", "show", "Mina")["state"] == "personalised"
        done = fam(folder, "enrol", "--office", town.address, *ON, "--json", pin=ekey.pin)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert told["name"] == "Mina" and told["onePayment"]["amount"] == "20.00"
        shown = town.json("bam", "show", "Mina")
        assert shown["state"] == "enrolled" and shown["eKey"] == ekey.own
        assert not (ekey.folder / "blank").exists()
        # A wallet like every other from then on, after a loss of power too.
        ekey.again()
        with Fam(folder, ekey.folder, ekey.pin).start():
            charged = subprocess.run(
                [TALLY, "charge", "30.00", "--home", folder], capture_output=True, text=True,
                check=False, timeout=PATIENCE)
            assert charged.returncode == 0, charged.stderr
            shown = town.json("bam", "show", "Mina")
            assert shown["stillOut"]["amount"] == "30.00" and shown["balance"] == "20.00 EUR"
            pays_a_bill(town, folder)
        shown = town.json("bam", "show", "Mina")
        assert shown["stillOut"]["amount"] == "25.00" and shown["balance"] == "0.00 EUR"
        refused(town.run("bam", "personalise", "Mina", "--line", ekey.folder), "belongs to")
        # The reader that was paired is the one that the bank is told of, and no other is let in.
        settings = ("bam", "settings", "Mina", "--fam", paired["FAM"])
        town.ok(*settings, "--line", ekey.folder)
        done = fam(folder, "inspect")
        assert done.returncode == 0, done.stderr
        stranger = subprocess.run(
            [TALLY, "fam", "pair", ekey.folder, "--home", ekey.folder.parent / "stranger",
             "--pin-file", ekey.pin], capture_output=True, text=True, check=False,
            timeout=PATIENCE)
        assert stranger.returncode != 0
    # It is lost.
    refused(town.run("bam", "block", "Mina", "--yes"), "nothing says why")
    done = town.json("bam", "block", "Mina", "--reason", "lost in a tram", "--yes")
    assert done["out"]["amount"] == "25.00" and len(done["settles"]) == 1
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", done["settles"][0]["after"])
    refused(town.run("bam", "block", "Mina", "--reason", "again", "--yes"), "it ended at")
    (member,) = [one for one in town.json("office", "members")["members"]
                 if one["key"] == ekey.own]
    assert member["reason"] == "lost in a tram"
    # Another eKey, on the same account.
    anew = town.json("bam", "register", "Mina", *LIMITS)
    assert anew["state"] == "registered" and anew["account"] == "Mina"
    again_with_another_key(town)
    with Blank(town, "mina-2").start() as second:
        folder, _ = second.fam()
        town.ok("bam", "personalise", "Mina", "--line", second.folder)
        done = fam(folder, "enrol", "--office", town.address, *ON, pin=second.pin)
        assert done.returncode == 0, done.stderr
    assert town.json("bam", "show", "Mina")["eKey"] == second.own
    states = [one["state"] for one in town.json("bam", "holders")["holders"]
              if one["name"] == "Mina"]
    assert states == ["ended", "enrolled"]


def wallet(folder, *words):
    done = subprocess.run([TALLY, *words, "--home", folder, "--json"], capture_output=True,
                          text=True, check=False, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def pays_a_bill(town, folder):
    """Out of the account, and what that lacks out of the eKey, in one step."""
    town.ok("bam", "biller", "Waterworks")
    town.ok("bam", "biller", "Waterworks")
    refused(town.run("bam", "biller", "Mina"), "bills are a merchant's")
    refused(town.run("bam", "bill", "Mina", "Mina", "1.00", "x", "--yes"), "sends himself")
    refused(town.run("bam", "bill", "Mina", "Waterworks", "1.00", "x", "--due", "soon", "--yes"),
            "is no day")
    words = ("bam", "bill", "Mina", "Waterworks", "25.00", "water <November> & more", "--due",
             "2030-12-15", "--yes", "--once", "water-11")
    made = town.json(*words)
    assert town.json(*words)["number"] == made["number"] and made["isNew"]
    number = str(made["number"])
    wrong = str(town.json("bam", "bill", "Mina", "Waterworks", "3.00", "wrong", "--yes")["number"])
    assert [one["number"] for one in town.json("bam", "bills", "Mina")["bills"]] == [
        int(number), int(wrong)]
    town.ok("bam", "withdraw-bill", wrong, "--reason", "mistyped", "--yes")
    assert "not paid yet" in town.ok("bam", "invoice", number)
    # The account has 20.00: the rest comes out of the eKey.
    file = folder.parent / "water.tally"
    paid = wallet(folder, "bill", number, "--yes", "--out", file)
    assert paid["amount"]["amount"] == "25.00"
    assert wallet(folder, "bill", number, "--yes")["isNew"] is False
    assert town.money("Waterworks") == 2_500 and town.money("Mina") == 0
    assert town.json("bam", "bills")["bills"] == []
    (listed,) = town.json("bam", "bills", "Mina", "--paid")["bills"]
    assert listed["biller"] == "Waterworks" and listed["paid"] is True
    root = ("--root", town.folder / "root.crt")
    checked = subprocess.run([TALLY, "verify", file, *root, "--json"], capture_output=True,
                             text=True, check=False, timeout=PATIENCE)
    assert checked.returncode == 0, (checked.stdout, checked.stderr)
    for language, title in (("en", "INVOICE"), ("de", "RECHNUNG, BEZAHLT")):
        page = town.ok("bam", "invoice", number, "--language", language).splitlines()
        assert title in page[0] and max(len(one) for one in page) <= 80
        assert any("25.00 EUR" in one for one in page)
        assert any(listed["invoice"] in one for one in page)
    sheet = town.ok("bam", "invoice", number, "--html")
    parsed = Cells()
    parsed.feed(sheet)
    assert "water <November> & more" in parsed.cells and "25.00 EUR" in parsed.cells
    assert "<November>" not in sheet
    refused(town.run("bam", "invoice", wrong), "was withdrawn")


class Cells(html.parser.HTMLParser):
    """What stands in a page's cells."""

    def __init__(self):
        super().__init__()
        self.cells, self.is_in = [], False

    def handle_starttag(self, tag, attrs):
        self.is_in = tag == "td"

    def handle_data(self, data):
        if self.is_in:
            self.cells.append(data)
            self.is_in = False


def again_with_another_key(town):
    """A FAM gets another key, and the old one is none from then on."""
    with Blank(town, "rosa").start() as ekey:
        folder, first = ekey.fam()
        copy = folder.with_name("rosa-copy")
        shutil.copytree(folder, copy)
        done = subprocess.run(
            [TALLY, "fam", "pair", ekey.folder, "--anew", "--home", folder, "--pin-file", ekey.pin,
             "--json"], capture_output=True, text=True, check=False, timeout=PATIENCE)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["FAM"] != first["FAM"]
        for home, is_paired in ((folder, True), (copy, False)):
            # Without a PIN only a paired reader is told who it is.
            done = subprocess.run(
                [TALLY, "fam", "pair", ekey.folder, "--home", home, "--pin-file", ekey.pin],
                capture_output=True, text=True, check=False, timeout=PATIENCE)
            refused(done, "lives in")
            seed = cbor2.loads((home / "fam").read_bytes())[3]
            with ekey.reader(key=nacl.signing.SigningKey(seed)) as reader:
                assert (reader.prove() == DONE) == is_paired


def test_each_bad_letter_is_refused_by_its_name(town, other, tmp_path):
    for bank in (town, other):
        bank.ok("bam", "register", "Lena", *LIMITS)
    root = town.folder / "root.crt"
    with Blank(town, "lena", "--made-for", root).start() as ekey:
        refused(other.run("bam", "personalise", "Lena", "--line", ekey.folder),
                "of another office than this eKey's")
        town.ok("bam", "personalise", "Lena", "--line", ekey.folder)
        folder, _ = ekey.fam()
        old, new, tight = (tmp_path / name for name in ("old", "new", "tight"))
        town.ok("bam", "settings", "Lena", "--language", "de", "--out", old)
        town.ok("bam", "settings", "Lena", "--fam", "ab" * 32, "--out", tight)
        town.ok("bam", "settings", "Lena", "--fam", "none", "--out", new)
        assert fam(folder, "load", tight).returncode == 0
        assert fam(folder, "load", tight).returncode == 0
        refused(fam(folder, "load", old), "newer settings")
        refused(fam(folder, "load", new), "wants its PIN")
        assert fam(folder, "load", new, pin=ekey.pin).returncode == 0
        refused(fam(folder, "load", tight), "newer settings")
        # Every byte of it counts.
        town.ok("bam", "settings", "Lena", "--language", "en", "--out", tmp_path / "last")
        version, datagrams = cbor2.loads((tmp_path / "last").read_bytes())
        bad = []
        for at in (0, 5, 9, 40, 95, 200, len(datagrams[0]) - 1):
            one = bytearray(datagrams[0])
            one[at] ^= 1
            bad.append([bytes(one), *datagrams[1:]])
        bad += [datagrams[:-1], datagrams[::-1], [*datagrams, datagrams[-1]],
                [datagrams[0][:-1], *datagrams[1:]]]
        with ekey.reader() as reader:
            for one in bad:
                letter = cbor2.dumps([version, one], canonical=True)
                assert reader.status(0x80, 0x24, 2, 0, letter) == bam.DAMAGED
            for data in (b"\x80", b"x", cbor2.dumps([2, datagrams]), cbor2.dumps([1, []])):
                assert reader.status(0x80, 0x24, 2, 0, data) == bam.BAD_DATA
            letter = (tmp_path / "last").read_bytes()
            assert reader.status(0x80, 0x24, 1, 0, letter) == bam.DAMAGED
        assert fam(folder, "load", tmp_path / "last").returncode == 0
        # A letter to one eKey is none to another.
        with Blank(town, "lena-2").start() as second:
            folder, _ = second.fam()
            refused(fam(folder, "load", tmp_path / "last"), "does not open")
    refused(fam(folder, "load", town.parent / "pin"), "no letter")


def test_who_is_blocked_before_he_enrols_never_enrols(town):
    town.ok("office", "accounts", "--add", "Nora", "--kind", "person")
    town.ok("office", "deposit", "Nora", "30.00", "--yes")
    town.ok("bam", "register", "Nora", *LIMITS, "--guarantee", "20.00")
    with Blank(town, "nora").start() as ekey:
        folder, _ = ekey.fam()
        town.ok("bam", "personalise", "Nora", "--line", ekey.folder)
        refused(town.run("office", "withdraw", "Nora", "20.00", "--yes"), "may leave")
        town.ok("bam", "block", "Nora", "--reason", "lost", "--yes")
        done = fam(folder, "enrol", "--office", town.address, *ON, pin=ekey.pin)
        refused(done, "does not enrol this eKey")
        assert town.json("bam", "show", "Nora")["state"] == "ended"
        refused(town.run("bam", "block", "Nora", "--reason", "again", "--yes"), "it ended at")
        # What was guaranteed is free again.
        town.ok("office", "withdraw", "Nora", "30.00", "--yes")
    assert town.json("bam", "register", "Nora", *LIMITS)["state"] == "registered"


def test_a_holder_keeps_his_account_and_other_words_are_refused(other, tmp_path):
    other.ok("office", "accounts", "--add", "Family", "--kind", "person")
    other.ok("bam", "register", "Ida", *LIMITS, "--account", "Family", "--phone", "1")
    other.ok("bam", "register", "Ida", *LIMITS, "--account", "Family", "--phone", "1")
    for words in (("--largest", "2.00"), ("--phone", "2"), ("--account", "Ada"), ("--days", "7"),
                  ("--fam", "ab" * 32)):
        refused(other.run("bam", "register", "Ida", *words), words[0])
    with bam.BlankKey(tmp_path / "key"):
        other.ok("bam", "personalise", "Ida", "--line", tmp_path / "key")
        # It is one holder's.
        other.ok("bam", "register", "Ilse", *LIMITS)
        refused(other.run("bam", "personalise", "Ilse", "--line", tmp_path / "key"),
                "was written for somebody before")
        assert other.json("bam", "show", "Ilse")["state"] == "registered"
    other.ok("bam", "block", "Ida", "--reason", "lost", "--yes")
    assert other.json("bam", "register", "Ida", *LIMITS)["account"] == "Family"


def test_a_holder_is_not_bound_to_an_ekey_that_does_not_take_the_letter(town, other):
    town.ok("bam", "register", "Vera", *LIMITS)
    other.ok("bam", "register", "Vera", *LIMITS)
    with Blank(town, "vera").start() as ekey:
        other.ok("bam", "personalise", "Vera", "--line", ekey.folder)
        refused(town.run("bam", "personalise", "Vera", "--line", ekey.folder), "another office")
    assert town.json("bam", "show", "Vera")["state"] == "registered"
    with Blank(town, "vera-2").start() as ekey:
        town.ok("bam", "personalise", "Vera", "--line", ekey.folder)
        # What it refuses is the base of nothing; what it takes it has signed.
        loose = ("bam", "settings", "Vera", "--pin-from", "9.00", "--line", ekey.folder)
        refused(town.run(*loose), "wants its PIN")
        shown = town.json("bam", "show", "Vera")
        assert shown["eKeyHas"] == 0 and shown["settings"] == 1
        town.ok("bam", "settings", "Vera", "--language", "de", "--line", ekey.folder)
        shown = town.json("bam", "show", "Vera")
        assert shown["eKeyHas"] == 2 and "pINFrom" not in shown and "PINFrom" not in shown
        # Of a letter in a file the receipt is brought.
        file = ekey.folder.parent / "vera.letter"
        town.ok("bam", "settings", "Vera", "--pin-from", "0", "--out", file)
        folder, _ = ekey.fam()
        done = fam(folder, "load", file, "--json")
        assert done.returncode == 0, done.stderr
        receipt = json.loads(done.stdout)["receipt"]
        refused(town.run("bam", "settings", "Vera", "--receipt", receipt[:-2] + "00"), "not signed")
        town.ok("bam", "settings", "Vera", "--receipt", receipt)
        assert town.json("bam", "show", "Vera")["eKeyHas"] == 3


def test_what_anybody_writes_to_an_ekey_keeps_it_neither_busy_nor_its_log_full(town):
    with Blank(town, "junk") as ekey:
        # What a loss of power left of its keys is overwritten at the next start.
        (ekey.folder / "enrolled.00ff").mkdir()
        left = [ekey.folder / name for name in ("enrolled.00ff/keys", "keys.7.draft")]
        for path in left:
            path.write_bytes(b"secret" * 100)
        ekey.start()
        assert not any(path.exists() for path in left)
        refused(ekey.run("ekey", "init", "--anew", "--new-pin-file", ekey.pin), "")
        with ekey.reader() as reader:
            junk = cbor2.dumps([1, [b"x" * 900]], canonical=True)
            one = apdu(0x80, 0x24, 2, 0, junk, extended=True)
            reader.wire.put((len(one).to_bytes(2, "big") + one) * 1_000)
            begun = time.monotonic()
            ekey.running.process.send_signal(signal.SIGTERM)
            assert ekey.running.process.wait(10) == 0 and time.monotonic() - begun < 5
        ekey.start()
        with ekey.reader() as reader:
            assert reader.verify(ekey.pin.read_text().strip()) == DONE
            assert not any("refused" in one for one in reader.log())


def test_a_register_that_is_too_old_is_another(other):
    other.ok("bam", "register", "Kurt", *LIMITS, "--days", "1")
    later = clock(other.folder.parent, 3 * 86_400)
    done = subprocess.run(
        [*later, *other.command("bam", "register", "Kurt", *LIMITS)], capture_output=True,
        text=True, check=False, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    states = [one["state"] for one in other.json("bam", "holders")["holders"]
              if one["name"] == "Kurt"]
    assert states == ["ended", "registered"]


def test_the_passphrase_of_an_ekey_is_another(town):
    with Blank(town, "pass") as ekey:
        done = ekey.run("ekey", "passphrase", "--new-key-file", ekey.folder.parent / "new.key")
        refused(done, "not enrolled yet")
    device = town.ekey("Paula", charged=None)
    new = device.folder.parent / "paula-new.key"
    device.ok("ekey", "passphrase", "--new-key-file", new)
    refused(device.run("ekey", "init", "--anew", "--new-pin-file", device.pin), "key file")
    device.key = new
    device.ok("ekey", "init", "--anew", "--new-pin-file", device.pin)
