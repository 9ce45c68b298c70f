"""Homes that earlier builds wrote are brought up to date; one of a later build is left alone."""

import hashlib
import json
import pathlib
import re
import sqlite3
import subprocess
import tarfile

import pytest

from test_wallets import TALLY, Home

HOMES = pathlib.Path(__file__).resolve().parents[1] / "homes"
KINDS = {"wallet": ("ada", "journal.db"), "office": ("town", "books.db")}


def kept(kind):
    """The versions of which a home is kept."""
    return sorted(int(re.search(r"-(\d+)\.", path.name)[1]) for path in HOMES.glob(f"{kind}-*.gz"))


def unpack(kind, version, folder):
    with tarfile.open(HOMES / f"{kind}-{version}.tar.gz") as archive:
        archive.extractall(folder)
    return folder / KINDS[kind][0]


def tally(home, *words):
    return subprocess.run(
        [TALLY, *words, "--home", home, "--key-file", f"{home}.key"], capture_output=True, text=True,
        timeout=60, check=False, stdin=subprocess.DEVNULL, start_new_session=True)


def answer(home, *words):
    done = tally(home, *words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def version(database):
    file = sqlite3.connect(database)
    try:
        return file.execute("PRAGMA user_version").fetchone()[0]
    finally:
        file.close()


def change(database, statements):
    file = sqlite3.connect(database)
    for one in statements:
        file.execute(one)
    file.commit()
    file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file.close()


def bytes_of(home):
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in home.iterdir()
        # A log without anything in it is SQLite's way of looking.
        if path.stat().st_size
    }


def is_the_wallet(home):
    """What was in every kept wallet, at whatever time it is opened."""
    payments = answer(home, "history")["payments"]
    assert [(one["state"], one["amount"]["amount"], one["who"]) for one in payments] == [
        ("paid", "0.75", "Bob"), ("paid", "12.50", "Bob")]
    info = answer(home, "info")
    assert (info["name"], info["state"]) == ("Ada", "live")
    # Its money is to be spent within days that may be over.
    (purse,) = answer(home, "balance")["balances"]
    assert purse["held"]["amount"] == "0.00"


def is_the_office(home):
    accounts = answer(home, "office", "accounts")["accounts"]
    assert [(one["name"], one["balance"]["amount"]) for one in accounts] == [
        ("Ada", "50.00"), ("Till", "4.50")]
    assert answer(home, "office", "audit")["cashHeld"]["amount"] == "54.50"
    deposit = tally(home, "office", "deposit", "Ada", "1.00", "--yes")
    assert deposit.returncode == 0, deposit.stderr


LOOKS = {"wallet": is_the_wallet, "office": is_the_office}


@pytest.mark.parametrize("kind", KINDS)
def test_a_home_of_todays_version_is_kept(kind, tmp_path):
    if kind == "wallet":
        today = version(Home(tmp_path, "new").folder / "journal.db")
    else:
        home = tmp_path / "new"
        assert tally(home, "office", "init", "--name", "T", "--asset", "EUR").returncode == 0
        today = version(home / "books.db")
    assert kept(kind)[-1] == today, (
        f"a {kind} of version {today} is written and none is kept: see Tests/homes/README.md")


@pytest.mark.parametrize("kind,old", [(kind, old) for kind in KINDS for old in kept(kind)])
def test_a_kept_home_opens_with_all_that_was_in_it(kind, old, tmp_path):
    home = unpack(kind, old, tmp_path)
    LOOKS[kind](home)
    assert version(home / KINDS[kind][1]) == kept(kind)[-1]
    if kind == "wallet":
        is_the_wallet(home)


def test_a_wallet_with_the_tables_of_version_3_is_brought_up_to_date(tmp_path):
    """No build that was released wrote it: what version 4 added is taken away, and nobody had
    replayed anything to it."""
    home = unpack("wallet", 4, tmp_path)
    change(home / "journal.db", [
        "DROP INDEX finished_written", "DROP TABLE replay", "PRAGMA user_version=3"])
    assert version(home / "journal.db") == 3
    is_the_wallet(home)
    assert version(home / "journal.db") == 4
    # Once is enough: what it is now is what a new one is.
    is_the_wallet(home)


@pytest.mark.parametrize("kind", KINDS)
def test_a_home_of_a_newer_version_is_named_and_nothing_in_it_is_touched(kind, tmp_path):
    home = unpack(kind, kept(kind)[-1], tmp_path)
    newer = kept(kind)[-1] + 1
    change(home / KINDS[kind][1], [f"PRAGMA user_version={newer}"])
    before = bytes_of(home)
    verbs = [("balance",), ("history",), ("node", "--on", "lo")] if kind == "wallet" else [
        ("office", "accounts"), ("office", "deposit", "Ada", "1.00", "--yes"),
        ("office", "serve", "--on", "lo")]
    for words in verbs:
        done = tally(home, *words)
        assert done.returncode == 1, (words, done.stdout, done.stderr)
        assert f"{newer}, which is newer than this program" in done.stderr, done.stderr
        assert re.search(r"^hint: .*(update|newer tally)", done.stderr, re.M), done.stderr
    assert bytes_of(home) == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_home_from_before_the_first_release_is_named(kind, tmp_path):
    home = unpack(kind, kept(kind)[-1], tmp_path)
    change(home / KINDS[kind][1], ["PRAGMA user_version=1"])
    before = bytes_of(home)
    words = ("balance",) if kind == "wallet" else ("office", "accounts")
    done = tally(home, *words)
    assert done.returncode == 1 and "before the first release" in done.stderr, done.stderr
    assert bytes_of(home) == before
