"""Backups: docs/PROTOCOL.md section 15 by another program, and the command by hand."""

import os
import re

import pytest
from test_keyfile import AEAD, TITLE, Reader, hashed
from test_wallets import Home, sale

HEAD, PART = 4_096, 1 << 20
SMALL = ["keys", "root.crt", "office", "pin", "shared"]
ORDER = [*SMALL, "journal.db", "journal.head"]


class Head(Reader):
    """What stands before the contents."""

    def __init__(self, data):
        super().__init__(data, 0)
        assert self.number(4) == 6
        assert self.text() == "tally backup"
        assert self.number() == 1
        self.key = self.bytes(32)
        self.moment = self.number()
        self.files = [self.file() for _ in range(self.number(4))]
        # The MAC is over the array of the five items before it.
        self.covered = b"\x85" + data[1 : self.at]
        self.mac = self.bytes(32)
        assert not any(data[self.at : HEAD])

    def text(self):
        size = self.number(3)
        self.at += size
        return self.data[self.at - size : self.at].decode()

    def file(self):
        assert self.number(4) == 3
        return self.text(), self.number(), self.bytes(32)


def digest(data):
    found = bytes(32)
    for at in range(0, len(data), PART):
        found = hashed("tally1 backup", found + data[at : at + PART])
    return found


def seeds(keys, service_key):
    """What a key file of method 2 hides (section 9)."""
    assert keys.startswith(TITLE)
    reader = Reader(keys, len(TITLE))
    assert (reader.number(), reader.number()) == (1, 2)
    salt = reader.bytes(16)
    reader.number(), reader.number()
    before = keys[: reader.at]
    nonce, box = reader.bytes(24), reader.bytes(144)
    return AEAD(box, before, nonce, hashed("tally1 keyfile", salt, service_key))


@pytest.fixture(name="ada")
def one_home(tmp_path):
    return Home(tmp_path, "ada")


@pytest.fixture(name="file")
def one_backup(ada, tmp_path):
    ada.ok("backup", tmp_path / "ada.tally")
    return tmp_path / "ada.tally"


class Restored(Home):
    """A home out of a backup of another, whose key file opens it."""

    def __init__(self, folder, name, other):
        self.folder, self.key = folder / name, other.key


def test_a_backup_is_what_the_protocol_says(ada, file):
    data = file.read_bytes()
    head = Head(data[:HEAD])
    names = [name for name, _, _ in head.files]
    assert names == [name for name in ORDER if name in names]
    assert {"keys", "root.crt", "journal.db", "journal.head"} <= set(names)
    at = HEAD
    for name, size, stated in head.files:
        content = data[at : at + size]
        assert digest(content) == stated, name
        if name in ("keys", "root.crt"):
            assert content == (ada.folder / name).read_bytes()
        at += size
    assert at == len(data)
    root = seeds((ada.folder / "keys").read_bytes(), ada.key.read_bytes())[64:96]
    chain = hashed("tally1 journal", b"", root)
    assert head.mac == hashed("tally1 journal", b"\x20" + head.covered, chain)
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_was_restored_is_inert_and_pays_nothing(ada, file, tmp_path):
    bob = Home(tmp_path, "bob", "0")
    again = Restored(tmp_path, "again", ada)
    said = again.ok("restore", file)
    assert "another life" in said
    assert again.json("info")["state"] == "inert: it was restored from a backup"
    money = again.money()
    assert (money["available"], money["largest"]) == (5_000, 0)
    assert again.json("info")["key"] == ada.json("info")["key"]
    with again.start("pay", "--yes", "--on", "lo", "--wait", "2") as paying:
        status, _, err = paying.ends()
    assert status != 0 and "restored from a backup" in err
    assert bob.money()["available"] == 0


def test_a_backup_is_made_while_a_node_runs_and_pays(ada, tmp_path):
    bob = Home(tmp_path, "bob", "0")
    (status, _, err), sold = sale(ada, bob, "7.50")
    assert (status, sold.returncode) == (0, 0), (err, sold.stderr)
    with bob.start("node", "--on", "lo") as node:
        node.says("port")
        bob.ok("backup", tmp_path / "bob.tally")
    again = Restored(tmp_path, "again", bob)
    again.ok("restore", tmp_path / "bob.tally")
    assert again.money()["available"] == 750


def test_info_says_when_the_last_one_was_made(ada, tmp_path):
    assert "none was made" in ada.json("info")["backup"]
    ada.ok("backup", tmp_path / "b")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", ada.json("info")["backup"])


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_nothing_comes_of_what_is_no_backup(ada, file, tmp_path):
    good = file.read_bytes()
    size = len(good)
    places = [0, 1, 8, 20, 60, 100, 300, HEAD - 1, HEAD, HEAD + 40, size // 2, size - 1]
    bad = {
        "nothing": b"",
        "a head alone": good[:HEAD],
        "half of it": good[: size // 2],
        "one byte less": good[:-1],
        "one byte more": good + b"x",
        "noise": os.urandom(9_000),
        **{f"a bit at {at}": flipped(good, at) for at in places},
    }
    before = {one.name for one in tmp_path.iterdir()}
    for what, data in bad.items():
        (tmp_path / "bad").write_bytes(data)
        again = Restored(tmp_path, "again", ada)
        done = again.run("restore", tmp_path / "bad")
        assert done.returncode in (1, 3, 5, 6), (what, done)
        assert done.stderr.startswith("error: ") and "hint: " in done.stderr, what
        (tmp_path / "bad").unlink()
        assert {one.name for one in tmp_path.iterdir()} == before, what


def test_another_key_file_opens_no_backup(ada, file, tmp_path):
    bob = Home(tmp_path, "bob", "0")
    done = Restored(tmp_path, "again", bob).run("restore", file)
    assert done.returncode != 0
    assert not (tmp_path / "again").exists()
    assert "key" in done.stderr and ada.money()["available"] == 5_000


def test_a_home_that_is_there_is_not_written_over(ada, file):
    done = ada.run("restore", file)
    assert done.returncode == 3 and "already" in done.stderr
    assert ada.money()["available"] == 5_000


def test_a_backup_replaces_an_older_one_of_its_wallet_and_nothing_else(ada, file, tmp_path):
    ada.ok("backup", file)
    letter, other = tmp_path / "letter", Home(tmp_path, "bob")
    letter.write_text("dear Bob")
    for path in (letter, "/dev/null", tmp_path):
        done = ada.run("backup", path)
        assert done.returncode == 1 and "is no backup of this wallet" in done.stderr, done
    assert letter.read_text() == "dear Bob"
    before = file.read_bytes()
    assert other.run("backup", file).returncode == 1
    assert file.read_bytes() == before


def test_a_backup_that_cannot_be_written_says_so(ada):
    done = ada.run("backup", "/nowhere/at/all")
    assert done.returncode == 1 and "no backup was made" in done.stderr
    assert "no such file or folder" in done.stderr
