"""Judgement and settlement as an operator and wallets have them; the books are read by another
program."""

import json
import shutil
import subprocess

import pytest

import tally_books
from counter import PATIENCE, TALLY, Member, Office, cents, clock, error
from tally_books import Books, Check, units_out, waiting
from test_counter import ON, Restored, member, pay
from test_terminal import Terminal

DAY = 86_400


@pytest.fixture(name="town")
def an_office(tmp_path):
    office = Office(tmp_path)
    for name, money in (("Ada", "50.00"), ("Bob", None), ("Cleo", None)):
        office.account(name, money)
    with office.serve():
        yield office
        office.running.process.kill()


def later(home, days, *words):
    """A command on a day that is so much later."""
    return subprocess.run(
        [*clock(home.folder.parent, days * DAY), *home.command(*words)],
        capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL,
        start_new_session=True, check=False)


def told(done):
    assert done.returncode == 0, (done.stdout, done.stderr)
    return json.loads(done.stdout)


def checked(town):
    """The books, once another program has found them in order."""
    key = tally_books.chain_key((town.folder / "office.keys").read_bytes(), town.key.read_bytes())
    return Check(Books(town.folder / "books.db"), key)


def check(town):
    """What is out, as another program finds it."""
    return sum(units_out(checked(town)).values())


def waits(town):
    """What came back and waits, as another program finds it."""
    return sum(waiting(checked(town)).values())


def test_a_day_is_closed_when_it_is_over_and_once(town, tmp_path):
    ada = member(town, tmp_path, "Ada")
    ada.ok("charge", "20.00", *ON)
    settle = ("office", "settle", "--json")
    assert error(town.run(*settle, "--day", "2999-01-01", "--yes")) in ("bad-day", "not-over")
    assert error(town.run(*settle, "--day", "tomorrow", "--yes")) == "bad-day"
    assert error(town.run(*settle)) == "no-terminal"
    first = told(town.run(*settle, "--yes"))
    assert (first["sticks"], cents(first["toAccounts"])) == (0, 0)
    again = told(town.run(*settle, "--yes"))
    assert again["isNew"] is False and again["closed"] == first["day"]
    assert error(town.run(*settle, "--day", first["day"], "--yes")) == "closed-before"
    audit = town.json("office", "audit")
    assert audit["closedUntil"] == first["day"]
    assert [cents({"amount": one["amount"]}) for one in audit["out"]] == [2000]
    town.kill()
    # The clock has jumped, or nobody came: the day has to be named.
    assert error(later(town, 61, *settle, "--yes")) == "clock-ahead"
    assert check(town) == 2000
    # A clock that has jumped books entries of its own, and is not believed for that.
    with town.serve(later=200 * DAY):
        told(later(ada, 200, "sync", "--json", *ON))
        town.kill()
    assert error(later(town, 200, *settle, "--yes")) == "clock-ahead"
    assert check(town) == 2000
    # Right again, it is behind those entries: the day is named, and can be closed.
    assert error(town.run(*settle, "--yes")) == "clock-behind"
    assert error(town.run(*settle, "--day", first["day"], "--yes")) == "closed-before"


def test_a_stick_that_ends_goes_to_whoever_has_it_and_nothing_after_it_counts(town, tmp_path):
    ada, bob = member(town, tmp_path, "Ada"), member(town, tmp_path, "Bob")
    ada.ok("charge", "20.00", *ON)
    pay(ada, bob, "7.00")
    # Bob shows what he has when it nears its end; Ada hands in what she signed.
    town.kill()
    with town.serve(later=40 * DAY):
        shown = told(later(bob, 40, "sync", "--json", *ON))
        assert shown["shown"]["links"] == 1, shown
        told(later(ada, 40, "sync", "--json", *ON))
        town.kill()
    days = told(later(town, 41, "office", "audit", "--json"))["out"]
    last = days[0]["settleUntil"]
    dry = told(later(town, 61, "office", "settle", "--day", last, "--dry-run", "--json"))
    done = told(later(town, 61, "office", "settle", "--day", last, "--yes", "--json"))
    assert dry == done
    assert (done["sticks"], cents(done["toAccounts"]), cents(done["lapsed"])) == (1, 2000, 0)
    assert (town_money(town, 61, "Ada"), town_money(town, 61, "Bob")) == (4300, 700)
    audit = told(later(town, 61, "office", "audit", "--json"))
    assert (cents(audit["outstanding"]), audit["out"]) == (0, [])
    assert check(town) == 0
    # What comes later changes nothing.
    with town.serve(later=61 * DAY):
        late = later(bob, 61, "redeem", "7.00", "--wait", "4", "--json", *ON)
        assert late.returncode != 0
        town.kill()
    assert town_money(town, 61, "Bob") == 700
    assert check(town) == 0


def town_money(town, days, name):
    accounts = told(later(town, days, "office", "accounts", "--json"))["accounts"]
    (one,) = [one for one in accounts if one["name"] == name]
    return cents(one["balance"])


def test_a_clone_is_convicted_with_its_own_signatures_and_its_victim_is_paid(town, tmp_path):
    ada = member(town, tmp_path, "Ada", "--guarantee", "10.00")
    bob, cleo = member(town, tmp_path, "Bob"), member(town, tmp_path, "Cleo")
    ada.ok("charge", "20.00", *ON)
    shutil.copytree(ada.folder, tmp_path / "clone")
    clone = Restored(tmp_path, "clone", ada)
    pay(ada, bob, "15.00")
    pay(clone, cleo, "12.00")
    assert bob.json("redeem", "15.00", *ON)["redeemed"]["amount"] == "15.00"
    assert town.json("office", "cases")["cases"] == []
    # The second who comes with the same units is told no, and has brought the proof.
    assert cleo.run("redeem", "12.00", "--wait", "4", *ON).returncode != 0
    proofs = tmp_path / "proofs"
    (case,) = town.json("office", "cases", "--out", str(proofs))["cases"]
    assert cents(case["twice"]) == 1200 and len(case["parties"]) == 2
    paper = proofs / case["file"].rsplit("/", 1)[1]
    checked = subprocess.run(
        [TALLY, "verify", "--root", town.folder / "root.crt", paper],
        capture_output=True, text=True, check=False)
    assert checked.returncode == 0 and "twice" in checked.stdout, (checked.stdout, checked.stderr)
    (one,) = [one for one in town.json("office", "members")["members"] if one["name"] == "Ada"]
    assert "same money" in one["reason"]
    assert error(ada.run("charge", "1.00", "--json", *ON)) == "revoked"
    # She shows what she has when it nears its end; settled, she gets what the guarantee has, and
    # the rest is a claim.
    town.kill()
    with town.serve(later=40 * DAY):
        assert told(later(cleo, 40, "sync", "--json", *ON))["shown"]["claims"] == 1
        town.kill()
    last = town.json("office", "audit")["out"][0]["settleUntil"]
    done = told(later(town, 61, "office", "settle", "--day", last, "--yes", "--json"))
    assert (cents(done["byConvicts"]), cents(done["claims"])) == (1000, 200)
    (case,) = town.json("office", "cases")["cases"]
    assert (cents(case["paid"]), cents(case["claims"])) == (1000, 200)
    assert town_money(town, 61, "Cleo") == 1000
    # What Bob brought waited until now, since a copy of Ada had paid others with it.
    assert town_money(town, 61, "Bob") == 1500
    assert (check(town), waits(town)) == (0, 0)


def test_what_others_paid_waits_above_the_guarantee(town, tmp_path):
    town.ok("office", "deposit", "Bob", "5.00", "--yes")
    ada = member(town, tmp_path, "Ada")
    bob = member(town, tmp_path, "Bob", "--guarantee", "3.00")
    ada.ok("charge", "20.00", *ON)
    pay(ada, bob, "7.00")
    shown = bob.ok("redeem", "7.00", *ON)
    assert "has not credited all that came back yet" in shown and "4.00 EUR" in shown
    assert "clears when those who paid it have synced" in shown
    statement = town.json("bank", "statement", "Bob")
    assert (cents(statement["balance"]), cents(statement["waiting"])) == (800, 400)
    (one,) = statement["waits"]
    assert one["amount"] == "4.00" and len(one["awaits"]) == 1
    assert "clears when Ada has synced" in town.ok("bank", "statement", "Bob")
    assert cents(bob.json("info")["waiting"]) == cents(bob.json("sync", *ON)["waiting"]) == 400
    assert town.outstanding() == 1700
    # What was credited on the guarantee may leave; the guarantee may not.
    assert error(town.run("office", "withdraw", "Bob", "5.01", "--yes", "--json")) == "guaranteed"
    town.kill()
    assert (check(town), waits(town)) == (1700, 400)
    with town.serve():
        assert town.waiting() == 400
        ada.ok("sync", *ON)
        assert (town.waiting(), town.money("Bob"), town.outstanding()) == (0, 1200, 1300)
        assert "waiting" not in bob.json("sync", *ON)
        town.kill()
    assert (check(town), waits(town)) == (1300, 0)
    lines = town.json("bank", "statement", "Bob")["lines"]
    assert [one["act"] for one in lines] == ["deposit", "clearing", "clearing"]
    # What everybody has handed in is credited whole, and at once.
    with town.serve():
        pay(ada, bob, "6.00")
        ada.ok("sync", *ON)
        assert "it is in the account" in bob.ok("redeem", "6.00", *ON)
        town.kill()
    assert (town.money("Bob"), waits(town)) == (1800, 0)


def test_members_who_never_met_the_office_again_lose_nothing_to_others(tmp_path):
    town = Office(tmp_path)
    for name, money in (("Ada", "50.00"), ("Bob", None)):
        town.account(name, money)
    with town.serve():
        ada, bob = member(town, tmp_path, "Ada"), member(town, tmp_path, "Bob")
        ada.ok("charge", "20.00", *ON)
        pay(ada, bob, "7.00")
        ada.ok("sync", *ON)
        town.kill()
    last = town.json("office", "audit")["out"][0]["settleUntil"]
    done = told(later(town, 61, "office", "settle", "--day", last, "--yes", "--json"))
    # Bob never said that he was paid, and Ada did not say that he was not: nobody has it.
    assert (cents(done["toAccounts"]), cents(done["lapsed"])) == (1300, 700)
    assert check(town) == 0
    assert Member(tmp_path, "bob").folder.exists()


def test_what_was_agreed_to_is_booked_or_asked_anew(town, tmp_path):
    ada, bob = member(town, tmp_path, "Ada"), member(town, tmp_path, "Bob")
    ada.ok("charge", "20.00", *ON)
    pay(ada, bob, "7.00")
    ada.ok("sync", *ON)
    town.kill()
    last = town.json("office", "audit")["out"][0]["settleUntil"]
    with town.serve(later=61 * DAY), Terminal(tmp_path) as terminal:
        settle = town.command("office", "settle", "--day", last)
        terminal.runs(*clock(town.folder.parent, 61 * DAY), *settle)
        terminal.shows(r"lapsed +7\.00[^?]*close it, for good\? \[y/N\]")
        # While the question stands there, somebody claims what would have lapsed.
        assert told(later(bob, 61, "sync", "--json", *ON))["shown"]["claims"] == 1
        terminal.types("y")
        terminal.shows(r"lapsed +0\.00[^?]*close it, for good\? \[y/N\]")
        terminal.types("y")
        terminal.ended(0)
        town.kill()
    assert town_money(town, 61, "Bob") == 700
    assert check(town) == 0
