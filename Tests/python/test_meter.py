"""A prepayment meter and its office as people run them: processes on loopback, and cut power."""

import json
import random
import subprocess
import time

import pytest
import tally_books
from counter import TALLY, Member, Office, error, free_port
from test_settle import DAY, later, told
from test_wallets import Running

ON = ("--on", "lo")


class Works(Office):
    """An office that issues watt-hours."""

    def __init__(self, folder):
        self.folder, self.key = folder / "works", folder / "works.key"
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.running = None
        self.ok("office", "init", "--name", "Works", "--asset", "Wh", "--scale", "0")

    def audit(self):
        told = self.json("office", "audit")
        return {name: int(told[name]["amount"])
                for name in ("issued", "outstanding", "redeemed", "consumed", "lapsed")}

    def books(self):
        """Another program's reading of the books, once the office has ended."""
        key = tally_books.chain_key(
            (self.folder / "office.keys").read_bytes(), self.key.read_bytes())
        return tally_books.Check(tally_books.Books(self.folder / "books.db"), key)


class Meter(Member):
    """A wallet that uses up what it owns."""

    def runs(self, *words):
        running = Running(self.command("meter", "run", *ON, *words))
        running.says("UDP port")
        return running

    def shown(self):
        told = self.json("meter", "display")
        return (int(told["credit"]["amount"]), int(told["usedUp"]["amount"]), told["counter"])

    def shown_credit(self):
        """What there is to be used up, be it that a meter has run or not."""
        (purse,) = self.json("balance")["balances"] or [{"available": {"amount": "0"}}]
        return int(purse["available"]["amount"])

    def events(self):
        return [one["event"] for one in self.json("meter", "events", "--last", "256")["events"]]

    def comes_to(self, shown):
        deadline = time.monotonic() + 30
        while self.shown() != shown and time.monotonic() < deadline:
            time.sleep(0.1)
        assert self.shown() == shown


@pytest.fixture(name="works")
def an_office(tmp_path):
    office = Works(tmp_path)
    office.account("Flat", "80")
    with office.serve():
        yield office
        office.running.process.kill()


def flat(works, folder, *words):
    meter = Meter(folder, "flat")
    done = meter.enrol(works, works.invite("Flat", *words, largest="1", ceiling="1"))
    assert done.returncode == 0, done.stderr
    return meter


def test_fifty_watt_hours_are_used_up_to_the_last_whatever_is_killed(works, tmp_path):
    meter = flat(works, tmp_path)
    assert meter.json("charge", "50", *ON)["charged"] == {"amount": "50", "asset": "Wh"}
    # Ten watt-hours in a second, in groups of three; the power goes without a word.
    load = ("--watts", "1", "--speed", "36000", "--group", "3", "--low", "5")
    dice = random.Random(7)
    before = 0
    for _ in range(6):
        with meter.runs(*load) as running:
            time.sleep(dice.uniform(0.1, 0.6))
            running.process.kill()
            running.process.communicate()
        credit, used, counter = meter.shown()
        # What was counted and is not served yet is no credit any more.
        assert credit + counter == 50
        assert before <= used <= counter <= 50
        before = used
    with meter.runs(*load) as running:
        running.says("contact opened")
        meter.comes_to((0, 50, 50))
        assert works.audit()["consumed"] == 0
        # Handed in while it runs; what was handed in is not there a second time.
        told = meter.json("meter", "hand-in", *ON)
        assert told["handedIn"] == {"amount": "50", "asset": "Wh"}
        again = meter.json("meter", "hand-in", *ON)
        assert again["handedIn"]["amount"] == "0"
        # Credit comes while it runs, and the contact closes.
        meter.json("charge", "30", *ON)
        meter.comes_to((0, 30, 80))
        running.process.terminate()
        running.process.communicate(timeout=20)
    assert works.audit() == {
        "issued": 80, "outstanding": 30, "redeemed": 0, "consumed": 50, "lapsed": 0}
    names = meter.events()
    assert names.count("contact-opened") == 2
    assert names[0] == "power-up" and names[-1] == "power-down"
    assert names.count("power-cut") == 6 and "low-credit" in names
    meter.json("meter", "hand-in", *ON)
    works.running.process.terminate()
    works.running.process.communicate(timeout=20)
    audit = works.audit()
    assert (audit["outstanding"], audit["consumed"]) == (0, 80)
    check = works.books()
    assert tally_books.units_out(check) == {}


def test_an_office_that_is_killed_takes_what_was_handed_in_once(works, tmp_path):
    meter = flat(works, tmp_path)
    meter.json("charge", "40", *ON)
    with meter.runs("--watts", "1", "--speed", "100000", "--group", "1") as running:
        running.says("contact opened")
        running.process.terminate()
        running.process.communicate(timeout=20)
    dice = random.Random(11)
    for _ in range(8):
        with meter.start("meter", "hand-in", "--wait", "20", *ON) as handing:
            time.sleep(dice.uniform(0.05, 0.5))
            works.kill()
            works.serve()
            handing.process.communicate(timeout=60)
        audit = works.audit()
        assert audit["consumed"] in (0, 40) and audit["redeemed"] == 0
        assert audit["consumed"] + audit["outstanding"] == 40
        if audit["consumed"]:
            break
    else:
        meter.json("meter", "hand-in", "--wait", "60", *ON)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        balance = meter.json("balance")["balances"][0]
        if balance["held"]["amount"] == "0":
            break
        with meter.start("node", *ON):
            time.sleep(1)
    assert works.audit()["consumed"] == 40
    assert meter.shown()[:2] == (0, 0)


@pytest.mark.parametrize("speaks", [False, True])
def test_at_settlement_all_was_used_up_unless_the_meter_has_said_less(works, tmp_path, speaks):
    meter = flat(works, tmp_path, "--meter")
    meter.json("charge", "50", *ON)
    with meter.runs("--watts", "1", "--speed", "36000", "--group", "3") as running:
        time.sleep(1)
        running.process.terminate()
        running.process.communicate(timeout=20)
    _, used, _ = meter.shown()
    assert 0 < used < 50
    works.kill()
    if speaks:
        meter.later = 35 * DAY
        with works.serve(later=35 * DAY):
            assert meter.json("sync", *ON)["shown"]["decisions"] == 1
            works.kill()
        # It has given its word: nothing more is used up, though its day comes again.
        meter.later = 0
        with meter.runs("--watts", "1", "--speed", "36000") as running:
            time.sleep(0.5)
            running.process.terminate()
            running.process.communicate(timeout=20)
        assert meter.shown()[1] == used
    day = told(later(works, 61, "office", "audit", "--json"))["out"][0]["settleUntil"]
    settle = ("office", "settle", "--day", day, "--yes", "--json")
    done = told(later(works, 61, *settle))
    spent = used if speaks else 50
    assert int(done["usedUp"]["amount"]) == spent
    assert int(done["toAccounts"]["amount"]) == 50 - spent
    audit = told(later(works, 61, "office", "audit", "--json"))
    assert (audit["consumed"]["amount"], audit["outstanding"]["amount"]) == (str(spent), "0")
    assert tally_books.units_out(works.books()) == {}


def test_what_is_typed_wrong_is_told(works, tmp_path):
    meter = flat(works, tmp_path)
    profile = tmp_path / "flat.txt"
    profile.write_text("# a flat\n06:30 900\n06:30 100\n")

    def wrong(*words):
        done = meter.run("meter", *words, "--json")
        assert done.returncode != 0, words
        return done.returncode, error(done)

    assert wrong("display") == (4, "no-meter")
    assert wrong("events") == (4, "no-meter")
    assert wrong("run", "--profile", str(profile)) == (2, "bad-profile")
    assert "line 3 of" in meter.run("meter", "run", "--profile", str(profile)).stderr
    assert wrong("run", "--profile", str(profile), "--watts", "1") == (2, "two-loads")
    assert wrong("run", "--watts", "100001") == (2, "bad-number")
    assert wrong("run", "--speed", "0") == (2, "bad-number")
    with meter.runs("--pulse", "10") as running:
        running.process.terminate()
        running.process.communicate(timeout=20)
    assert wrong("run", "--pulse", "1") == (3, "other-pulse")
    (tmp_path / "flat" / "meter").write_bytes(b"no")
    assert wrong("display") == (1, "meter-damaged")


def test_only_watt_hours_are_metered(tmp_path):
    office = Office(tmp_path)
    office.account("Ada", "5.00")
    with office.serve():
        ada = Member(tmp_path, "ada")
        assert ada.enrol(office, office.invite("Ada")).returncode == 0
        done = ada.run("meter", "run", *ON, "--json")
        assert (done.returncode, error(done)) == (3, "not-metered")
        office.running.process.kill()


def test_help_names_the_verbs():
    told = subprocess.run(
        [TALLY, "help", "--json"], capture_output=True, text=True, check=True).stdout
    names = json.dumps(json.loads(told))
    for verb in ("run", "display", "events", "hand-in"):
        assert f"meter {verb}" in names
