"""An office as its operator has it; its books are read by another program."""

import csv
import io
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest

import tally_books
from tally_books import Books, Check, Wrong

TALLY = pathlib.Path(__file__).resolve().parents[2] / ".build/release/tally"


class Office:
    """A home that a key file opens."""

    def __init__(self, folder, name, *options, made=True):
        self.folder, self.key = folder / name, folder / f"{name}.key"
        if made:
            self.ok("office", "init", "--name", "Town", "--asset", "EUR", *options)

    def command(self, *words):
        return [str(TALLY), *words, "--home", str(self.folder), "--key-file", str(self.key)]

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
        """What is typed wrong: the exit code and the error, the same for people and programs."""
        done = self.run(*words)
        assert done.returncode != 0, (words, done.stdout)
        assert re.fullmatch(r"error: .+\nhint: .+\n", done.stderr), (words, done.stderr)
        told = json.loads(self.run(*words, "--json").stderr)["error"]
        assert told["exit"] == done.returncode and told["what"] in done.stderr
        verb = words[:2] if words[0] in ("office", "bank") else words[:1]
        help_ = json.loads(subprocess.check_output([TALLY, "help", *verb, "--json"]))
        assert done.returncode in [one["code"] for one in help_["exits"]], words
        return done.returncode, told["name"], told["what"]

    def opened(self):
        """With two accounts and some money."""
        self.ok("office", "accounts", "--add", "Ada", "--kind", "person")
        self.ok("office", "accounts", "--add", "Till", "--kind", "merchant")
        self.ok("office", "deposit", "Ada", "50.00", "--memo", 'cash, "receipt" 17', "--yes")
        self.ok("office", "deposit", "17", "8.00", "--yes")
        self.ok("office", "withdraw", "Till", "3.5", "--yes")
        return self

    def chain_key(self):
        return tally_books.chain_key(
            (self.folder / "office.keys").read_bytes(), self.key.read_bytes())


@pytest.fixture(name="town")
def one_office(tmp_path):
    return Office(tmp_path, "town").opened()


def test_money_goes_in_and_out_and_stands_on_the_statement(town):
    accounts = town.json("office", "accounts")["accounts"]
    assert [(one["account"], one["kind"], one["name"], one["balance"]["amount"])
            for one in accounts] == [
                (16, "person", "Ada", "50.00"), (17, "merchant", "Till", "4.50")]
    till = town.json("bank", "statement", "Till")
    assert [(one["act"], one["amount"], one["balance"]) for one in till["lines"]] == [
        ("deposit", "8.00", "8.00"), ("withdrawal", "-3.50", "4.50")]
    today = town.json("bank", "statement", "17", "--day", "today")["total"]
    assert (today["in"]["amount"], today["out"]["amount"], today["lines"]) == ("8.00", "3.50", 2)
    past = town.json("bank", "statement", "17", "--day", "2026-01-31")
    assert past["lines"] == [] and past["total"]["in"]["amount"] == "0.00"
    table = list(csv.DictReader(io.StringIO(town.ok("bank", "statement", "Ada", "--csv"))))
    assert [(row["amount"], row["memo"]) for row in table] == [("50.00", 'cash, "receipt" 17')]
    audit = town.json("office", "audit")
    assert (audit["cashHeld"]["amount"], audit["owed"]["amount"]) == ("54.50", "54.50")
    assert all(audit[one]["amount"] == "0.00"
               for one in ("outstanding", "redeemed", "consumed", "lapsed", "lostToFraud"))


def test_what_is_typed_wrong_is_told_and_changes_nothing(town):
    before = town.ok("office", "audit")
    cases = [
        (("office", "deposit", "Ada", "1,50", "--yes"), 2, "bad-amount"),
        (("office", "deposit", "Ada", "1.505", "--yes"), 2, "bad-amount"),
        (("office", "deposit", "Ada", "0", "--yes"), 2, "zero"),
        (("office", "deposit", "Ada", "1.00"), 2, "no-terminal"),
        (("office", "deposit", "Adda", "1.00", "--yes"), 4, "no-account"),
        (("office", "deposit", "1", "1.00", "--yes"), 4, "no-account"),
        (("office", "deposit", "99", "1.00", "--yes"), 4, "no-account"),
        (("office", "deposit", "Ada", "9999999999999.99", "--yes"), 3, "too-much"),
        (("office", "deposit", "Ada", "1.00", "--memo", "x" * 161, "--yes"), 2, "bad-memo"),
        (("office", "withdraw", "Till", "4.51", "--yes"), 3, "short"),
        (("office", "accounts", "--add", "Ada", "--kind", "person"), 3, "name-taken"),
        (("office", "accounts", "--add", "Bob"), 2, "bad-kind"),
        (("office", "accounts", "--add", "Bob", "--kind", "bank"), 2, "bad-kind"),
        (("office", "accounts", "--kind", "person"), 2, "kind-without-add"),
        (("office", "accounts", "--add", "17", "--kind", "person"), 2, "bad-name"),
        (("bank", "statement", "Eve"), 4, "no-account"),
        (("bank", "statement", "Ada", "--day", "2026-02-30"), 2, "bad-day"),
        (("bank", "statement", "Ada", "--last", "0"), 2, "bad-number"),
        (("office", "init", "--name", "Town", "--asset", "EUR"), 3, "home-made"),
        (("office", "root"), 3, "home-made"),
        (("office", "certify", str(town.key)), 3, "certified"),
    ]
    for words, code, name in cases:
        assert town.wrong(*words)[:2] == (code, name), words
    assert town.ok("office", "audit") == before


def test_an_office_is_no_wallet_and_a_wallet_no_office(town, tmp_path):
    assert town.wrong("balance")[:2] == (4, "no-wallet")
    wallet = Office(tmp_path, "ada", made=False)
    wallet.ok("init", "--name", "Ada", "--demo", "5.00")
    for words in (("office", "accounts"), ("office", "audit"), ("bank", "statement", "Ada")):
        assert wallet.wrong(*words)[:2] == (4, "no-office")
    code, name, what = town.wrong("init", "--demo", "1.00")
    assert (code, name) == (3, "home-made") and "an office or a root" in what
    for words in (("office", "init", "--name", "Town", "--asset", "EUR"), ("office", "root")):
        code, name, what = wallet.wrong(*words)
        assert (code, name) == (3, "home-made") and "a wallet" in what
    assert wallet.json("balance")["balances"][0]["available"]["amount"] == "5.00"


def test_what_is_said_again_with_its_word_is_booked_once(town):
    first = town.json("office", "deposit", "Ada", "7.00", "--once", "wire 8", "--yes")
    again = town.json("office", "deposit", "Ada", "7.00", "--once", "wire 8", "--yes")
    assert again["entry"] == first["entry"] and (first["isNew"], again["isNew"]) == (True, False)
    assert town.wrong("office", "deposit", "Ada", "7.01", "--once", "wire 8", "--yes")[:2] == (
        3, "once-used")
    assert town.json("office", "audit")["cashHeld"]["amount"] == "61.50"


def test_the_certificates_are_verified_by_tally_and_openssl(town):
    root, office = town.folder / "root.crt", town.folder / "office.crt"
    assert "proved: a certificate" in town_verify(office, root)
    for der in (root, office):
        subprocess.run(["openssl", "x509", "-inform", "DER", "-in", der, "-out", f"{der}.pem"],
                       check=True)
    done = subprocess.run(
        ["openssl", "verify", "-CAfile", f"{root}.pem", f"{office}.pem"],
        capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def town_verify(paper, root):
    return subprocess.run([TALLY, "verify", paper, "--root", root], capture_output=True, text=True,
                          check=True).stdout


def test_a_root_elsewhere_signs_by_file(tmp_path):
    office, root, other = (Office(tmp_path, name, made=False) for name in ("town", "root", "other"))
    root.ok("office", "root")
    for one in (office, other):
        one.ok("office", "init", "--name", "Town", "--asset", "EUR", "--root-key", "elsewhere")
    assert not (office.folder / "root.keys").exists() and not (office.folder / "root.crt").exists()
    assert office.wrong("office", "accounts")[:2] == (3, "not-certified")
    request, answer = office.folder / "office.request", tmp_path / "answer.pem"
    signing = ("office", "sign", str(request), "--out", str(answer))
    assert root.wrong(*signing)[:2] == (2, "no-terminal")
    assert root.wrong("office", "sign", str(request), "--yes")[:2] == (2, "no-out")
    assert office.wrong(*signing, "--yes")[:2] == (4, "no-root-key")
    data = request.read_bytes()
    for at in range(0, len(data), 7):
        flipped = tmp_path / "flipped"
        flipped.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
        done = root.run("office", "sign", str(flipped), "--out", str(answer), "--yes")
        assert done.returncode == 3
    root.ok(*signing, "--yes")
    assert other.wrong("office", "certify", str(answer), "--yes")[:2] == (3, "other-office")
    assert office.wrong("office", "certify", str(request), "--yes")[:2] == (3, "not-an-answer")
    assert office.wrong("office", "certify", str(answer))[:2] == (2, "no-terminal")
    told = office.json("office", "certify", str(answer), "--yes")
    fingerprint = json.loads(root_said(root.folder / "root.crt"))["root"]
    assert told["root"] == fingerprint
    assert not request.exists()
    office.opened()
    assert "proved: a certificate" in town_verify(
        office.folder / "office.crt", root.folder / "root.crt")


def root_said(certificate):
    return subprocess.run([TALLY, "verify", certificate, "--root", certificate, "--json"],
                          capture_output=True, text=True, check=True).stdout


def test_another_program_finds_the_books_whole(town):
    for number in range(40):
        town.ok("office", "deposit", "Ada", f"{number + 1}.00", "--yes")
    check = Check(Books(town.folder / "books.db"), town.chain_key())
    for number, link in tally_books.marks(town.folder / "books.head", town.chain_key()):
        assert check.links[number] == link
    accounts = town.json("office", "accounts")["accounts"]
    for one in accounts:
        assert f"{check.balances[one['account']] / 100:.2f}" == one["balance"]["amount"]
    with pytest.raises(Wrong):
        Check(Books(town.folder / "books.db"), bytes(32))


EDITS = [
    ("UPDATE posting SET amount = amount * 10 WHERE entry = 3", 3),
    ("UPDATE posting SET account = 17 WHERE entry = 3 AND account = 16", 3),
    ("UPDATE entry SET memo = 'cash' WHERE number = 3", 3),
    ("UPDATE entry SET moment = moment + 86400 WHERE number = 4", 4),
    ("UPDATE account SET name = 'Eve' WHERE number = 16", 1),
    ("UPDATE account SET kind = 1 WHERE number = 17", 2),
    ("UPDATE founding SET scale = 3", 0),
    ("DELETE FROM posting WHERE entry = 5", 5),
    ("DELETE FROM entry WHERE number = 4", 4),
    ("INSERT INTO posting VALUES(77, 0, 16, 100)", None),
    ("INSERT INTO sealed VALUES(16, 3, 100)", None),
]


@pytest.mark.parametrize("edit, entry", EDITS)
def test_a_planted_edit_is_found_by_both(town, edit, entry):
    path = town.folder / "books.db"
    planted = sqlite3.connect(path)
    triggers = planted.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type='trigger'").fetchall()
    for name, _ in triggers:
        planted.execute(f"DROP TRIGGER {name}")
    planted.execute(edit)
    for _, text in triggers:
        planted.execute(text)
    planted.commit()
    planted.close()
    code, name, what = town.wrong("office", "audit")
    assert code == 3 and name in ("damaged", "other-key")
    with pytest.raises(Wrong) as wrong:
        Check(Books(path), town.chain_key())
    if entry is not None:
        assert f"entry {entry}:" in str(wrong.value)
        assert name == "other-key" or f"entry {entry}" in what


def test_no_row_can_be_changed_where_the_triggers_stand(town):
    books = sqlite3.connect(town.folder / "books.db")
    for table in tally_books.TABLES:
        if not books.execute(f"SELECT count(*) FROM {table}").fetchone()[0]:
            continue
        for statement in (f"UPDATE {table} SET rowid = rowid", f"DELETE FROM {table}"):
            with pytest.raises(sqlite3.IntegrityError, match="never changed"):
                books.execute(statement)
    books.close()


def test_two_disks_are_kept_alike_and_what_is_behind_catches_up(tmp_path):
    second = tmp_path / "disk-b"
    town = Office(tmp_path, "town", "--second-disk", str(second)).opened()
    assert town.json("office", "audit")["disks"] == 2
    key = town.chain_key()
    first_check, second_check = (
        Check(Books(one / "books.db"), key) for one in (town.folder, second))
    assert first_check.links == second_check.links and len(first_check.links) == 6
    kept = tmp_path / "kept"
    shutil.copytree(second, kept)
    town.ok("office", "deposit", "Ada", "1.00", "--yes")
    shutil.rmtree(second)
    assert town.wrong("office", "accounts")[:2] == (3, "books-missing")
    assert not second.exists()
    shutil.copytree(kept, second)
    done = town.run("office", "audit")
    assert done.returncode == 0 and "behind the other by 1 entry" in done.stderr
    assert len(Check(Books(second / "books.db"), key).links) == 7
    # One that went another way is named, and neither is touched.
    shutil.copytree(town.folder, tmp_path / "twin")
    (tmp_path / "twin/second-disk").unlink()
    twin = Office(tmp_path, "twin", made=False)
    twin.key = town.key
    twin.ok("office", "deposit", "Ada", "2.00", "--yes")
    town.ok("office", "deposit", "Ada", "3.00", "--yes")
    for name in ("books.db", "books.db-wal", "books.head"):
        shutil.copy(tmp_path / "twin" / name, second / name)
    code, name, what = town.wrong("office", "accounts")
    assert (code, name) == (3, "contradicting") and "from entry 7 on" in what


def test_an_init_leaves_alone_what_another_office_has(tmp_path):
    town = Office(tmp_path, "town").opened()
    before = {one.name: one.read_bytes() for one in town.folder.iterdir()}
    other = Office(tmp_path, "other", made=False)
    code, name, what = other.wrong(
        "office", "init", "--name", "Other", "--asset", "EUR", "--second-disk", str(town.folder))
    assert (code, name) == (3, "books-made") and "second disk" in what
    assert {one.name: one.read_bytes() for one in town.folder.iterdir()} == before
    assert not other.folder.exists()
    town.ok("office", "audit")


@pytest.mark.parametrize("second", [False, True])
def test_an_entry_before_the_first_is_found(tmp_path, second):
    disk = tmp_path / "disk-b"
    town = Office(tmp_path, "town", "--second-disk", str(disk)).opened()
    books = sqlite3.connect((disk if second else town.folder) / "books.db")
    # Triggers keep rows from being changed, not from being added.
    books.execute("INSERT INTO entry VALUES(-4, 1, 1, zeroblob(32), '', zeroblob(32))")
    books.execute("INSERT INTO account VALUES(99, -4, 1, 'Ghost')")
    books.commit()
    books.close()
    code, name, what = town.wrong("office", "audit")
    assert (code, name) == (3, "damaged") and "'entry'" in what and "-4" in what


@pytest.mark.parametrize("name", [
    " ", "16 ", "\uff11\uff16", "Ada ", " Ada", "A  B", "Ada\u00ad", "A\u00a0B", "Ada\u3164", "42"])
def test_a_name_that_only_looks_like_one_opens_no_account(town, name):
    assert town.wrong("office", "accounts", "--add", name, "--kind", "person")[:2] == (
        2, "bad-name")


def test_one_name_in_two_spellings_is_one(town):
    town.ok("office", "accounts", "--add", "Zo\u00eb", "--kind", "person")
    assert town.wrong("office", "accounts", "--add", "Zoe\u0308", "--kind", "person")[:2] == (
        2, "bad-name")


def test_a_day_is_whole(town):
    assert town.wrong("bank", "statement", "Ada", "--day", "today", "--last", "1")[:2] == (
        2, "day-and-last")


def test_books_that_lost_their_newest_entries_are_named(town):
    path, older = town.folder / "books.db", town.folder / "older.db"
    source, target = sqlite3.connect(path), sqlite3.connect(older)
    source.backup(target)
    source.close()
    target.close()
    town.ok("office", "deposit", "Ada", "1.00", "--yes")
    newest = path.read_bytes(), (town.folder / "books.db-wal").read_bytes()
    (town.folder / "books.db-wal").unlink()
    older.replace(path)
    code, name, what = town.wrong("office", "accounts")
    assert (code, name) == (3, "cut") and "end at entry 5, but entry 6" in what
    path.write_bytes(newest[0])
    (town.folder / "books.db-wal").write_bytes(newest[1])
    town.ok("office", "audit")
    (town.folder / "books.head").unlink()
    assert town.wrong("office", "accounts")[:2] == (3, "headless")


def test_an_office_killed_at_any_moment_has_booked_all_or_nothing(tmp_path):
    town = Office(tmp_path, "town", "--second-disk", str(tmp_path / "b"))
    town.ok("office", "accounts", "--add", "Ada", "--kind", "person")
    told = 0
    for number in range(24):
        words = ("office", "deposit", "Ada", "1.00", "--once", f"n{number}", "--yes", "--json")
        with subprocess.Popen(town.command(*words), stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL) as process:
            time.sleep(0.002 * number)
            process.send_signal(signal.SIGKILL)
            told += bool(process.stdout.read())
        audit = town.json("office", "audit")
        assert audit["disks"] == 2
        assert told <= int(audit["cashHeld"]["amount"].split(".")[0]) <= number + 1
    for number in range(24):
        town.ok("office", "deposit", "Ada", "1.00", "--once", f"n{number}", "--yes")
    assert town.json("office", "audit")["cashHeld"]["amount"] == "24.00"


def test_a_wrong_or_missing_key_opens_nothing(town, tmp_path):
    other = tmp_path / "other.key"
    other.write_bytes(os.urandom(32))
    command = [str(TALLY), "office", "audit", "--home", str(town.folder)]
    done = subprocess.run([*command, "--key-file", str(other)], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 9 and "error: " in done.stderr
    done = subprocess.run(command, capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, start_new_session=True)
    assert done.returncode == 9 and "no" in done.stderr
