"""Whoever makes keys for meters and sells to them, as the command has it.

What it writes is opened, and what it sells is taken, by another program (PROTOCOL section 18).
"""

import json
import os
import pathlib
import re
import shutil
import signal
import stat
import subprocess
import time

import pytest
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt as opened_box

import canonical
import test_keyfile
from tally_keypad import Desk, Key, issuing, key_paper, press_row, result

TALLY = pathlib.Path(__file__).resolve().parents[2] / ".build/release/tally"
GUESS = "1234 5678 9012 3456 7890"


def show(data, hidden, context):
    key = test_keyfile.hashed("tally1 hide", b"", data)
    return opened_box(hidden[24:], context, hidden[:24], key)


def unsealed(path, key_file):
    """What is in a sealed file, and the data key that comes with it: section 18.5."""
    title, version, what, keys, hidden = canonical.read(path.read_bytes())
    assert (title, version, what) == ("tally sealed", 1, "kdc")
    lock = {"method": "service-key", "secret": key_file.read_bytes().hex()}
    seeds, _, _ = test_keyfile.opened(keys, lock)
    data = seeds[64:96]
    content = show(data, hidden, b"tally sealed kdc")
    assert result(content, key_paper) == "good"
    return canonical.read(content), data


class Tree:
    """A home that a key file opens."""

    def __init__(self, folder, name, *options, key=None):
        self.folder, self.key = folder / name, key or folder / f"{name}.key"
        self.ok("init", *options)

    def command(self, *words):
        return [str(TALLY), "kdc", *map(str, words), "--home", str(self.folder),
                "--key-file", str(self.key)]

    def run(self, *words):
        return subprocess.run(
            self.command(*words), capture_output=True, text=True, timeout=60, check=False,
            stdin=subprocess.DEVNULL, start_new_session=True)

    def ok(self, *words):
        done = self.run(*words)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout

    def json(self, *words):
        return json.loads(self.ok(*words, "--json"))

    def wrong(self, *words):
        """The exit code and the error's name, the same for people and programs."""
        done = self.run(*words)
        assert done.returncode != 0, (words, done.stdout)
        assert re.fullmatch(r"error: .+\nhint: .+\n", done.stderr), (words, done.stderr)
        told = json.loads(self.run(*words, "--json").stderr)["error"]
        assert told["exit"] == done.returncode and told["what"] in done.stderr
        help_ = json.loads(subprocess.check_output([TALLY, "help", "kdc", words[0], "--json"]))
        assert done.returncode in [one["code"] for one in help_["exits"]], words
        return done.returncode, told["name"]

    def sell(self, meter, amount, *options):
        return self.json("sell", meter, amount, *options)

    def opened(self):
        return unsealed(self.folder / "kdc.keys", self.key)

    def press(self, file):
        """What is hidden in the file of a meter."""
        _, data = self.opened()
        hidden = (self.folder / "meters" / file).read_bytes()
        row = show(data, hidden, f"kdc meter {file}".encode())
        assert result(row, press_row) == "good"
        return canonical.read(row)


@pytest.fixture(name="power")
def a_tree(tmp_path):
    tree = Tree(tmp_path, "power")
    tree.ok("meter", "m-1001")
    return tree


def test_what_is_sold_is_what_another_program_makes_and_a_meter_takes(power):
    (_, kind, path, top), _ = power.opened()
    assert (kind, path) == (1, [])
    key = Key(top, "real", "M-1001", 1)
    desk = Desk(key, 0)
    for number, amount in enumerate([5_000, 1, 1_000_000], 1):
        told = power.sell("M-1001", amount)
        assert (told["sale"], told["wattHours"]) == (number, amount)
        assert told["token"].replace(" ", "") == key.token(number, amount)
        assert re.fullmatch(r"\d{4}( \d{4}){4}", told["token"])
        assert desk.type(told["token"], 0) == f"taken {number} {amount}"
        again = power.json("sell", "M-1001", "--again", number)
        assert again["token"] == told["token"] and "anew" not in again
        assert desk.type(again["token"], 0) == f"used {number}"
    assert desk.type(GUESS, 0) == "wrong 0"
    sales = power.json("sales", "m-1001")
    assert [one["wattHours"] for one in sales["sales"]] == [5_000, 1, 1_000_000]
    assert sales["wattHours"] == 1_005_001
    assert [sale[0] for sale in power.press("M-1001")[4]] == [5_000, 1, 1_000_000]
    assert "3 sales, 1005001 Wh" in power.ok("sales", "M-1001")


def test_secrets_are_for_their_user_alone_and_nothing_says_them(power):
    (_, _, _, top), _ = power.opened()
    power.sell("M-1001", 5_000)
    power.ok("issue", "--province", "Zhejiang", "--to", power.folder / "z",
             "--to-key-file", power.folder / "z.key")
    for path in power.folder.rglob("*"):
        if path.is_file():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
            assert top not in path.read_bytes() and b"Zhejiang" not in path.read_bytes()
    for words in [("list",), ("sales", "M-1001"), ("meter", "M-1001")]:
        told = power.ok(*words)
        assert top.hex() not in told and not re.search(r"\d{4} \d{4} \d{4}", told)


def test_a_city_makes_what_is_below_it_and_nothing_else(power, tmp_path):
    (_, _, _, top), _ = power.opened()
    file, key = tmp_path / "ningbo", tmp_path / "ningbo.key"
    told = power.json("issue", "--province", "Zhejiang", "--city", "宁波", "--to", file,
                      "--to-key-file", key)
    assert [step["name"] for step in told["key"]] == ["Zhejiang", "宁波"]
    (_, kind, path, secret), _ = unsealed(file, key)
    assert (kind, path) == (1, [["Zhejiang", 1], ["宁波", 1]])
    assert secret == issuing(top, path)
    city = Tree(tmp_path, "city", "--from", file, key=key)
    city.ok("meter", "M-7")
    sold = city.sell("M-7", 800)
    assert sold["token"].replace(" ", "") == Key(secret, "real", "M-7", 1).token(1, 800)
    # The same meter from above has the same key, and digits.
    power.ok("meter", "M-7", "--province", "Zhejiang", "--city", "宁波")
    assert power.sell("M-7", 800)["token"] == sold["token"]
    to = ("--to", tmp_path / "x", "--to-key-file", tmp_path / "x.key")
    assert city.wrong("issue", "--province", "Fujian", *to) == (3, "not-below")
    assert city.wrong("meter", "M-8", "--city", "Wenzhou") == (3, "not-below")
    assert city.wrong("issue", "--province", "Zhejiang", *to) == (2, "no-place")
    assert city.wrong("issue", *to) == (2, "no-place")
    assert not (tmp_path / "x").exists()
    assert "issued  Zhejiang, 宁波" in power.ok("list")


def test_a_changed_key_ends_the_old_one_and_a_sale_is_told_anew(power, tmp_path):
    (_, _, _, top), _ = power.opened()
    old, new = Key(top, "real", "M-1001", 1), Key(top, "real", "M-1001", 2)
    first, second = power.sell("M-1001", 5_000), power.sell("M-1001", 6_000)
    desk = Desk(old, 0)
    assert desk.type(first["token"], 0) == "taken 1 5000"
    file, lock = tmp_path / "m", tmp_path / "m.key"
    told = power.json("meter", "M-1001", "--rotate", "--to", file, "--to-key-file", lock)
    assert (told["generation"], told["lastSale"]) == (2, 2)
    content, _ = unsealed(file, lock)
    assert content == [1, 2, [], 1, "M-1001", 2, new.bytes]
    desk.change(new)
    assert desk.type(second["token"], 0) == "wrong 0"
    again = power.json("sell", "M-1001", "--again", 2)
    assert again["token"] == second["token"]
    assert again["anew"].replace(" ", "") == new.token(2, 6_000)
    assert desk.type(again["anew"], 0) == "taken 2 6000"
    anew = power.json("sell", "M-1001", "--again", 1)["anew"]
    assert desk.type(anew, 0) == "used 1"
    assert desk.type(power.sell("M-1001", 7_000)["token"], 0) == "taken 3 7000"
    assert "(an ended key)" in power.ok("sales", "M-1001")


def test_the_next_key_of_a_place_is_for_meters_when_theirs_change(power, tmp_path):
    (_, _, _, top), _ = power.opened()
    place = ("--province", "Zhejiang")
    to = ("--to-key-file", tmp_path / "lock")
    power.ok("meter", "M-5", *place)
    power.ok("issue", *place, "--to", tmp_path / "one", *to)
    power.ok("issue", *place, "--rotate", "--to", tmp_path / "two", *to)
    assert unsealed(tmp_path / "two", tmp_path / "lock")[0][3] == issuing(top, [["Zhejiang", 2]])
    before = Key(issuing(top, [["Zhejiang", 1]]), "real", "M-5", 1)
    assert power.sell("M-5", 9)["token"].replace(" ", "") == before.token(1, 9)
    told = power.json("meter", "M-5", "--rotate")
    assert told["below"] == [{"name": "Zhejiang", "generation": 2}]
    after = Key(issuing(top, [["Zhejiang", 2]]), "real", "M-5", 2)
    assert power.sell("M-5", 9)["token"].replace(" ", "") == after.token(2, 9)
    assert power.wrong("meter", "M-5", "--province", "Fujian") == (3, "other-place")


def test_a_city_goes_on_with_its_next_key(power, tmp_path):
    (_, _, _, top), _ = power.opened()
    place = ("--province", "Zhejiang", "--city", "Ningbo")
    keys = [tmp_path / "one.key", tmp_path / "two.key"]
    files = [tmp_path / "one", tmp_path / "two"]
    power.ok("issue", *place, "--to", files[0], "--to-key-file", keys[0])
    power.ok("issue", *place, "--rotate", "--to", files[1], "--to-key-file", keys[1])
    city = Tree(tmp_path, "city", "--from", files[0], key=keys[0])
    city.ok("meter", "M-5")
    first = city.sell("M-5", 10)["token"]
    assert city.wrong("renew", files[1]) == (9, "no-key-file")
    assert city.wrong("renew", files[1], "--from-key-file", keys[0]) == (9, "wrong-service-key")
    assert city.wrong("renew", files[0], "--from-key-file", keys[0]) == (3, "not-the-next")
    told = city.json("renew", files[1], "--from-key-file", keys[1])
    assert told["key"][1] == {"name": "Ningbo", "generation": 2}
    assert city.wrong("renew", files[0], "--from-key-file", keys[0]) == (3, "not-the-next")
    # The meter goes by its old key until that is changed, and its numbers go on.
    old = Key(issuing(top, [["Zhejiang", 1], ["Ningbo", 1]]), "real", "M-5", 1)
    new = Key(issuing(top, [["Zhejiang", 1], ["Ningbo", 2]]), "real", "M-5", 2)
    desk = Desk(old, 0)
    assert city.sell("M-5", 20)["token"].replace(" ", "") == old.token(2, 20)
    assert desk.type(first, 0) == "taken 1 10"
    city.ok("meter", "M-5", "--rotate")
    desk.change(new)
    again = city.json("sell", "M-5", "--again", 2)
    assert again["token"].replace(" ", "") == old.token(2, 20)
    assert desk.type(again["anew"], 0) == "taken 2 20"
    assert desk.type(city.sell("M-5", 30)["token"], 0) == "taken 3 30"


def test_a_test_key_is_for_nothing_else(power, tmp_path):
    (_, _, _, top), _ = power.opened()
    file, lock = tmp_path / "t", tmp_path / "t.key"
    power.ok("test-key", "M-1001", "--to", file, "--to-key-file", lock)
    test = Key(top, "test", "M-1001", 1)
    assert unsealed(file, lock)[0] == [1, 2, [], 2, "M-1001", 1, test.bytes]
    token = power.sell("M-1001", 5_000, "--test")["token"]
    assert Desk(test, 0).type(token, 0) == "taken 1 5000"
    assert Desk(Key(top, "real", "M-1001", 1), 0).type(token, 0) == "wrong 0"
    assert power.json("sales", "M-1001")["sales"] == []
    assert len(power.json("sales", "M-1001", "--test")["sales"]) == 1
    assert power.json("test-key")["meter"] == "TEST"
    listed = power.json("list")["meters"]
    assert [(one["meter"], one["isTest"], one["sales"]) for one in listed] == [
        ("M-1001", False, 0), ("M-1001", True, 1), ("TEST", True, 0)]


def test_what_is_typed_wrong_is_told_and_sells_nothing(power, tmp_path):
    there = tmp_path / "there"
    there.write_bytes(b"mine")
    to = ("--to-key-file", tmp_path / "k")
    for words, wanted in [
        (("sell", "M-1001"), (2, "no-amount")),
        (("sell", "M-1001", "0"), (2, "bad-amount")),
        (("sell", "M-1001", "1000001"), (2, "bad-amount")),
        (("sell", "M-1001", "5.5"), (2, "bad-amount")),
        (("sell", "M-1001", "5,000"), (2, "bad-amount")),
        (("sell", "M-1001", "+5"), (2, "bad-amount")),
        (("sell", "M-1001", "5000", "--again", "1"), (2, "either")),
        (("sell", "M-1001", "--again", "one"), (2, "bad-number")),
        (("sell", "M-1001", "--again", "1"), (4, "no-sale")),
        (("sell", "M-1001", "--again", "0"), (4, "no-sale")),
        (("sell", "M-2", "5000"), (4, "no-key")),
        (("sell", "M_2", "5000"), (2, "bad-meter")),
        (("sell", "M-1001", "5000", "--test"), (4, "no-key")),
        (("sales", "M-2"), (4, "no-key")),
        (("meter", "-"), (2, "bad-meter")),
        (("meter", "M-2", "--rotate"), (4, "no-key")),
        (("meter", "M-2", "--city", "Ningbo"), (2, "no-province")),
        (("meter", "M-2", "--province", "a\tb"), (2, "bad-name")),
        (("meter", "M-1001", "--to", there, *to), (3, "file-there")),
        (("meter", "M-1001", "--to", tmp_path / "n"), (9, "no-passphrase")),
        (("issue", "--province", "Zhejiang"), (2, "no-file")),
        (("issue", "--to", tmp_path / "n", *to), (2, "no-place")),
        (("init",), (3, "home-made")),
    ]:
        assert power.wrong(*words) == wanted, words
    assert there.read_bytes() == b"mine" and not (tmp_path / "n").exists()
    listed = power.json("list")
    assert listed["issued"] == [] and [one["meter"] for one in listed["meters"]] == ["M-1001"]
    assert listed["meters"][0]["sales"] == 0


def test_a_home_opens_with_its_own_key_alone(power, tmp_path):
    good, power.key = power.key, tmp_path / "other.key"
    power.key.write_bytes(b"x" * 32)
    assert power.wrong("list") == (9, "wrong-service-key")
    power.key = good
    elsewhere = Tree(tmp_path, "elsewhere")
    shutil.copy(power.folder / "kdc.keys", elsewhere.folder / "kdc.keys")
    elsewhere.key = good
    elsewhere.ok("list")
    for file in ["M-1001"]:
        (elsewhere.folder / "meters").mkdir()
        shutil.copy(power.folder / "meters" / file, elsewhere.folder / "meters" / "M-1002")
    assert elsewhere.wrong("sales", "M-1002") == (1, "damaged")
    hidden = power.folder / "meters" / "M-1001"
    data = bytearray(hidden.read_bytes())
    data[-1] ^= 1
    hidden.write_bytes(data)
    assert power.wrong("sell", "M-1001", "5") == (1, "damaged")
    (power.folder / "kdc.keys").write_bytes(b"nothing")
    assert power.wrong("list") == (3, "not-a-key")
    nowhere = Tree.__new__(Tree)
    nowhere.folder, nowhere.key = tmp_path / "nowhere", good
    assert nowhere.wrong("list") == (4, "no-tree")


def test_a_meters_key_makes_no_home(power, tmp_path):
    file, lock = tmp_path / "m", tmp_path / "m.key"
    power.ok("meter", "M-1001", "--to", file, "--to-key-file", lock)
    other = Tree.__new__(Tree)
    other.folder, other.key = tmp_path / "other", lock
    assert other.wrong("init", "--from", file) == (3, "not-issuing")
    assert other.wrong("init", "--from", lock) == (3, "not-a-key")
    assert not other.folder.exists()


def test_a_passphrase_opens_a_home_and_a_file(tmp_path):
    words, others = tmp_path / "words", tmp_path / "others"
    words.write_text("correct horse\n")
    others.write_text("battery staple\n")
    home = tmp_path / "home"

    def run(*line, with_=words, at=home):
        return subprocess.run(
            [TALLY, "kdc", *line, "--home", at, "--passphrase-file", with_],
            capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
            start_new_session=True)

    assert run("init").returncode == 0
    assert run("list", with_=others).returncode == 9
    done = run("issue", "--province", "Zhejiang", "--to", tmp_path / "z",
               "--to-passphrase-file", others)
    assert done.returncode == 0, done.stderr
    branch = tmp_path / "branch"
    assert run("init", "--from", tmp_path / "z", at=branch).returncode == 9
    assert not branch.exists()
    done = run("init", "--from", tmp_path / "z", with_=others, at=branch)
    assert done.returncode == 0, done.stderr
    assert "Zhejiang" in run("list", with_=others, at=branch).stdout


def test_no_digits_are_told_that_are_not_on_the_disk(power):
    power.sell("M-1001", 5_000)
    file = power.folder / "meters" / "M-1001"
    kept = file.read_bytes()
    shutil.rmtree(power.folder / "meters")
    (power.folder / "meters").write_bytes(b"")
    done = power.run("sell", "M-1001", "5000")
    assert done.returncode != 0 and not re.search(r"\d{4} \d{4}", done.stdout + done.stderr)
    (power.folder / "meters").unlink()
    (power.folder / "meters").mkdir()
    file.write_bytes(kept)
    assert power.sell("M-1001", 5_000)["sale"] == 2


def test_whenever_it_is_killed_each_number_is_sold_once(power):
    told = {}
    for round_ in range(24):
        amount = 1_000 + round_
        process = subprocess.Popen(
            power.command("sell", "M-1001", amount, "--json"), stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        time.sleep(0.0015 * round_)
        process.send_signal(signal.SIGKILL)
        out, _ = process.communicate()
        if out.endswith("\n"):
            sale = json.loads(out)
            assert sale["sale"] not in told
            told[sale["sale"]] = sale
        else:
            power.sell("M-1001", 7)
    sales = power.json("sales", "M-1001")["sales"]
    for number, sale in told.items():
        assert sales[number - 1]["wattHours"] == sale["wattHours"]
        again = power.json("sell", "M-1001", "--again", number)
        assert again["token"] == sale["token"]


def test_two_who_sell_at_once_never_sell_one_number(power):
    running = [
        subprocess.Popen(power.command("sell", "M-1001", 1 + n, "--json"), text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for n in range(8)]
    numbers = []
    for process in running:
        out, err = process.communicate(timeout=60)
        if process.returncode == 0:
            numbers.append(json.loads(out)["sale"])
        else:
            assert json.loads(err)["error"]["name"] == "held", err
    assert sorted(numbers) == list(range(1, len(numbers) + 1)) and numbers
    assert len(power.json("sales", "M-1001")["sales"]) == len(numbers)


def test_help_names_every_verb(power):
    told = subprocess.check_output([TALLY, "help", "kdc"], text=True)
    for verb in ["init", "issue", "renew", "meter", "test-key", "list", "sell", "sales"]:
        assert f"kdc {verb}" in told
    assert "waiting" not in told and power.ok("list").endswith("below the top\n")


def generation(tree, meter):
    return tree.json("meter", meter)["generation"]


def test_no_key_ends_for_a_file_that_cannot_be_written(power, tmp_path):
    (tmp_path / "short").write_bytes(b"ten bytes.")
    (tmp_path / "empty").write_bytes(b"")
    before = generation(power, "M-1001")
    for words in (
            ("--to", tmp_path / "missing" / "x", "--to-key-file", tmp_path / "some.key"),
            ("--to", tmp_path / "y", "--to-key-file", tmp_path / "short"),
            ("--to", tmp_path / "z", "--to-passphrase-file", tmp_path / "empty")):
        assert power.run("meter", "M-1001", "--rotate", *words).returncode != 0, words
        assert generation(power, "M-1001") == before
    for words in (("meter", "M-1001"), ("issue", "--province", "Zhejiang")):
        both = tmp_path / "both"
        assert power.wrong(*words, "--to", both, "--to-key-file", both) == (2, "same-file")
        assert not both.exists()
    assert not list(tmp_path.glob("*.next"))


def test_a_key_that_is_gone_sells_nothing_and_says_so(power, tmp_path):
    opens = ("--to-key-file", tmp_path / "z.key")
    power.ok("issue", "--province", "Zhejiang", "--to", tmp_path / "z1", *opens)
    below = Tree(tmp_path, "below", "--from", tmp_path / "z1", key=tmp_path / "z.key")
    below.ok("meter", "M-9")
    below.sell("M-9", 5)
    power.ok("issue", "--province", "Zhejiang", "--rotate", "--to", tmp_path / "z2", *opens)
    below.ok("renew", tmp_path / "z2", "--from-key-file", tmp_path / "z.key")
    (below.folder / "kdc.ended").unlink()
    assert below.wrong("sell", "M-9", "77") == (1, "key-missing")
    assert len(below.json("sales", "M-9")["sales"]) == 1


def test_a_key_that_was_renewed_while_a_passphrase_was_waited_for_is_not_gone_back_from(
        power, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    # It has read the key file, and waits for what opens it.
    command = [TALLY, "kdc", "sell", "M-1001", "7", "--home", str(power.folder), "--json",
               "--key-file", str(pipe)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as waiting:
        with pipe.open("wb") as end:
            sealed = (power.folder / "kdc.keys").read_bytes()
            (power.folder / "kdc.keys").write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
            end.write(power.key.read_bytes())
        told = json.loads(waiting.stderr.read())["error"]
        assert waiting.wait(timeout=60) == 1 and told["name"] in ("changed", "damaged", "io"), told
    (power.folder / "kdc.keys").write_bytes(sealed)
    assert power.json("sales", "M-1001")["sales"] == []
