"""The whole way of the money: enrol, charge, pay, redeem, audit; with whatever breaks in between."""

import datetime
import random
import shutil
import subprocess
import time
from hashlib import blake2b

import pytest
from counter import TALLY, Gate, Member, Office, error, screen
from test_command import held

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

ON = ("--on", "lo")
ROUNDS = 8


@pytest.fixture(name="town")
def an_office(tmp_path):
    office = Office(tmp_path)
    for name, money in (("Ada", "50.00"), ("Bob", None)):
        office.account(name, money)
    with office.serve():
        yield office
        office.running.process.kill()


def member(office, folder, name, *words):
    """Somebody with an account, enrolled."""
    one = Member(folder, name.lower())
    done = one.enrol(office, office.invite(name, *words))
    assert done.returncode == 0, done.stderr
    return one


def pay(buyer, seller, amount, *weather):
    with buyer.start("pay", "--yes", *ON, *weather) as paying:
        sold = seller.run("sell", amount, "--to", screen(paying), *ON, *weather)
        code, _, said = paying.ends()
        assert (code, sold.returncode) == (0, 0), (said, sold.stderr)


def verify(root, paper):
    command = [TALLY, "verify", "--root", root, paper]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def conserved(office, *members):
    """What is in the accounts and in all hands is what was paid in, and the books say so."""
    out = sum(one.available() for one in members) + office.waiting()
    assert office.outstanding() == out
    assert office.money("Ada") + office.money("Bob") + out == 5000


# MARK: The story


def test_enrol_charge_pay_redeem_audit(town, tmp_path):
    ada, bob = member(town, tmp_path, "Ada"), member(town, tmp_path, "Bob")
    assert not (tmp_path / "ada.enrolling").exists()
    told = ada.json("info")
    assert (told["name"], told["officeAt"]) == ("Ada", town.address)
    assert told["office"] == bob.json("info")["office"]

    charged = ada.json("charge", "20.00", *ON)
    assert charged["charged"] == {"amount": "20.00", "asset": "EUR"}
    assert (ada.available(), town.money("Ada")) == (2000, 3000)
    pay(ada, bob, "12.50")
    assert (ada.available(), bob.available()) == (750, 1250)
    conserved(town, ada, bob)

    redeemed = bob.json("redeem", "10.00", *ON)
    assert redeemed["redeemed"]["amount"] == "10.00"
    # Bob has no guarantee, and Ada has not said yet whom she paid.
    assert redeemed["waiting"] == {"amount": "10.00", "asset": "EUR"}
    assert (bob.available(), town.money("Bob"), town.waiting()) == (250, 0, 1000)
    conserved(town, ada, bob)
    paper = tmp_path / "receipt.tally"
    bob.ok("receipt", redeemed["receipt"], "--out", str(paper))
    assert "10.00" in verify(ada.folder / "root.crt", paper)

    synced = ada.json("sync", *ON)
    assert (synced["handedIn"], synced["through"]) == (1, 1)
    assert ada.json("sync", *ON)["handedIn"] == 0
    assert (town.money("Bob"), town.waiting()) == (1000, 0)
    assert bob.json("info")["waiting"]["amount"] == "10.00", "as he was told last"
    synced = bob.json("sync", *ON)
    assert (synced["handedIn"], synced["through"]) == (1, 1)
    assert "waiting" not in synced and "waiting" not in bob.json("info")

    last = bob.json("redeem", "all", *ON)
    assert last["redeemed"]["amount"] == "2.50" and "waiting" not in last and last["isTold"]
    assert ada.json("redeem", "all", *ON)["redeemed"]["amount"] == "7.50"
    assert (ada.available(), bob.available(), town.outstanding()) == (0, 0, 0)
    assert (town.money("Ada"), town.money("Bob")) == (3750, 1250)


def test_a_node_that_runs_does_the_same(town, tmp_path):
    ada = member(town, tmp_path, "Ada")
    with ada.start("node", *ON) as node:
        node.says("on the air")
        assert ada.json("charge", "20.00")["available"]["amount"] == "20.00"
        assert ada.json("redeem", "5.00")["available"]["amount"] == "15.00"
        for handed_in in (1, 0):
            assert ada.json("sync")["handedIn"] == handed_in
        # What is signed after a sync is found by the next one too.
        ada.ok("redeem", "2.50")
        assert ada.json("sync")["handedIn"] == 1
    conserved(town, ada)


# MARK: What is wrong is said


def test_codes_that_are_none_cost_nothing(town, tmp_path):
    ada = Member(tmp_path, "ada")
    code = town.invite("Ada")
    at = random.Random(3).choice([at for at, letter in enumerate(code) if letter not in "-10"])
    other = "2" if code[at] != "2" else "3"
    for typed, said in (
        ("", "25 characters, and 0"),
        (code[:-1], "25 characters, and 24"),
        (code + "7", "25 characters, and 26"),
        (code[:at] + other + code[at + 1 :], "mistaken for another"),
        (code[:3] + "U" + code[4:], "no code has a 'U'"),
        (code[:3] + "ü" + code[4:], "no code has a 'ü'"),
    ):
        done = ada.enrol(town, typed)
        assert done.returncode == 2 and said in done.stderr, (typed, done.stderr)
        assert "hint: " in done.stderr
    for typed in ("somewhere", "127.0.0.1:0", "127.0.0.1:99999", "town.example:4000"):
        done = ada.run("enrol", "--office", typed, code)
        assert done.returncode == 2 and "nobody's address" in done.stderr
    assert ada.run("enrol", code).returncode == 2
    assert not list(tmp_path.glob("ada*"))

    done = ada.enrol(town, code.lower().replace("-", " ").replace("0", "o").replace("1", "l"))
    assert done.returncode == 0, done.stderr
    again = ada.enrol(town, code, "--json")
    assert again.returncode == 3 and error(again) == "home-made"


def test_a_code_serves_one_wallet_of_one_office(town, tmp_path):
    code = town.invite("Ada")
    assert Member(tmp_path, "ada").enrol(town, code).returncode == 0
    eve = Member(tmp_path, "eve")
    done = eve.enrol(town, code, "--json")
    assert done.returncode == 3 and error(done) == "code-used"
    unknown = Member(tmp_path, "eve").enrol(town, other_code(code), "--json")
    assert unknown.returncode == 3 and error(unknown) == "code"
    assert not (tmp_path / "eve").exists() and not (tmp_path / "eve.enrolling").exists()

    folder = tmp_path / "elsewhere"
    folder.mkdir()
    village = Office(folder)
    village.account("Eve", None)
    with village.serve():
        # An office answers where the code's own was said to be.
        foreign = eve.enrol(village, town.invite("Ada"), "--wait", "10", "--json")
        assert foreign.returncode == 3 and error(foreign) == "foreign-office"
        ada = Member(tmp_path, "ada")
        for words in (("charge", "1.00"), ("sync",)):
            done = ada.run(*words, "--office", village.address, *ON, "--json")
            assert done.returncode == 3 and error(done) == "foreign-office"
        assert ada.json("info")["officeAt"] == town.address
        village.kill()


def other_code(code):
    """One that is well made, and that no office has given out: the first secret there is."""
    root = code.replace("-", "")[13:]
    number = 0
    for letter in root:
        number = number << 5 | ALPHABET.index(letter)
    told = blake2b(
        bytes(7) + number.to_bytes(8, "big"), digest_size=32, person=b"tally1 codecheck"
    ).digest()
    check = int.from_bytes(told[:8], "big") >> 49
    return "0" * 10 + "".join(ALPHABET[check >> shift & 31] for shift in (10, 5, 0)) + root


def test_a_code_is_good_until_its_day(tmp_path):
    office = Office(tmp_path)
    office.account("Ada", None)
    code = office.invite("Ada", "--days", "1")
    # Its clock goes on by two days.
    with office.serve(later=172_800):
        done = Member(tmp_path, "ada").enrol(office, code, "--json")
        assert done.returncode == 3 and error(done) == "code-expired", done.stderr
        assert not (tmp_path / "ada.enrolling").exists()


def test_more_than_there_is_and_nobody_there(town, tmp_path):
    ada = member(town, tmp_path, "Ada")
    done = ada.run("charge", "50.01", *ON)
    assert done.returncode == 3 and "50.00 EUR can be charged now" in done.stderr
    for typed, code in (("0", 2), ("12,50", 2), ("1.001", 2), ("-1", 2), ("all", 2)):
        assert ada.run("charge", typed, *ON).returncode == code, typed
    assert ada.run("redeem", "1.00", *ON).returncode == 3
    assert ada.run("redeem", "all", *ON).returncode == 3
    ada.ok("charge", "1.00", *ON)
    short = ada.run("redeem", "1.01", *ON, "--json")
    assert short.returncode == 3 and error(short) == "short"

    town.kill()
    for words in (("charge", "1.00"), ("redeem", "1.00"), ("sync",)):
        done = ada.run(*words, *ON, "--wait", "1", "--json")
        assert done.returncode == 7 and error(done) == "office-silent", done.stderr
    assert ada.errands() == []
    eve = Member(tmp_path, "eve")
    done = eve.enrol(town, town.invite("Ada"), "--wait", "1", "--json")
    assert done.returncode == 7 and error(done) == "office-silent"
    assert not list(tmp_path.glob("eve.enrolling*"))

    demo = Member(tmp_path, "demo")
    demo.ok("init", "--demo", "1.00")
    done = demo.run("charge", "1.00", "--json")
    assert done.returncode == 2 and error(done) == "no-office"


# MARK: The plug is pulled


def test_an_enrolment_that_was_killed_goes_on_with_the_same_keys(town, tmp_path):
    dice = random.Random(11)
    for round_ in range(ROUNDS):
        name = f"ada{round_}"
        ada, code = Member(tmp_path, name), town.invite("Ada")
        words = ("enrol", "--office", town.address, code, *ON)
        for _ in range(3):
            with ada.start(*words) as enrolling:
                time.sleep(dice.random() / 8)
                enrolling.process.kill()
        done = ada.run(*words)
        # Whatever was killed, the code is this wallet's.
        if done.returncode:
            assert "already" in done.stderr
        assert ada.json("charge", "0.01", *ON)["available"]["amount"] == "0.01"
    assert town.outstanding() == ROUNDS


@pytest.mark.parametrize("weather", [(), ("--lose", "30")], ids=["dry", "rain"])
def test_a_charge_is_debited_once_whoever_is_killed(tmp_path, weather):
    """The office is killed, the wallet is killed, both: one stick, one debit, and the books agree."""
    office = Office(tmp_path)
    for name, money in (("Ada", "50.00"), ("Bob", None)):
        office.account(name, money)
    code = office.invite("Ada")
    with office.serve():
        ada = Member(tmp_path, "ada")
        assert ada.enrol(office, code).returncode == 0
        office.kill()
    dice = random.Random(5)
    for round_ in range(1, ROUNDS + 1):
        with office.serve(*weather), ada.start("charge", "1.00", *ON, *weather) as charging:
            time.sleep(dice.random() / 5)
            if round_ % 3:
                office.kill()
            if round_ % 3 != 1:
                charging.process.kill()
            if office.running.process.poll() is not None:
                office.serve(*weather)
            charging.ends()
            # What came of it decides what is typed next: it is on disk, or it was never asked for.
            if ada.available() < 100 * round_:
                done = ada.run("charge", "1.00", *ON, *weather)
                assert done.returncode == 0, done.stderr
            assert ada.available() == 100 * round_
            assert (office.money("Ada"), office.outstanding()) == (5000 - 100 * round_, 100 * round_)
            office.kill()
    assert ada.errands() == []


def test_a_charge_without_an_answer_is_pending_and_is_fetched(town, tmp_path):
    ada = member(town, tmp_path, "Ada")
    # WELCOME comes out of the gate, and nothing else: what is asked goes in, and is booked.
    with Gate(town, comes_out=1) as gate:
        done = ada.run("charge", "2.00", "--office", gate.address, *ON, "--wait", "2", "--json")
        assert done.returncode == 7 and error(done) == "charge-asked", done.stderr
    (errand,) = ada.errands()
    assert errand["askedFor"]["amount"] == "2.00"
    assert "asked for" in ada.ok("balance") and "asked for" in ada.ok("info")
    assert (town.money("Ada"), town.outstanding(), ada.available()) == (4800, 200, 0)
    # Where the office is now is said once; what was asked for elsewhere comes from there.
    done = ada.json("sync", "--office", town.address, *ON)
    assert "askedFor" not in done and ada.errands() == []
    assert ada.json("info")["officeAt"] == town.address
    conserved(town, ada)


def test_the_same_amount_typed_again_goes_on_with_what_was_asked_for(town, tmp_path):
    ada = member(town, tmp_path, "Ada")
    with Gate(town, comes_out=1) as gate:
        done = ada.run("charge", "2.00", "--office", gate.address, *ON, "--wait", "2")
        assert done.returncode == 7 and "goes on when a node runs" in done.stderr
    done = ada.run("charge", "2.00", "--office", town.address, *ON)
    assert done.returncode == 0 and "was asked for before" in done.stderr, done.stderr
    assert (town.money("Ada"), ada.available()) == (4800, 200)
    # And then it is over: typed once more it is another one.
    ada.ok("charge", "2.00", *ON)
    assert (town.money("Ada"), ada.available()) == (4600, 400)
    with Gate(town, comes_out=1) as gate, ada.start("node", *ON) as node:
        node.says("on the air")
        done = ada.run("charge", "3.00", "--office", gate.address, "--wait", "2")
        assert done.returncode == 7 and "the node that runs here goes on" in done.stderr
        gate.left = 1_000
        deadline = time.monotonic() + 20
        while ada.errands():
            assert time.monotonic() < deadline, "the node does not fetch it"
            time.sleep(0.1)
        assert ada.available() == 700
    conserved(town, ada)


def test_a_redemption_outlives_the_office_and_the_wallet(town, tmp_path):
    ada = member(town, tmp_path, "Ada")
    ada.ok("charge", "40.00", *ON)
    dice = random.Random(13)
    for round_ in range(ROUNDS):
        with ada.start("redeem", "1.00", *ON, "--wait", "20") as redeeming:
            time.sleep(0.02 + dice.random() / 5)
            if round_ % 2:
                town.kill()
                town.serve()
            else:
                redeeming.process.kill()
            redeeming.ends()
        deadline = time.monotonic() + 40
        while ada.json("pending")["pending"]:
            assert time.monotonic() < deadline, "it is still held"
            ada.run("resolve", *ON, "--wait", "5")
        conserved(town, ada)


def test_all_of_it_in_the_rain(tmp_path):
    office, rain = Office(tmp_path), ("--lose", "30")
    for name, money in (("Ada", "50.00"), ("Bob", None)):
        office.account(name, money)
    with office.serve(*rain):
        people = [Member(tmp_path, "ada"), Member(tmp_path, "bob")]
        for one, name in zip(people, ("Ada", "Bob")):
            done = one.enrol(office, office.invite(name), *rain)
            assert done.returncode == 0, done.stderr
        ada, bob = people
        for _ in range(3):
            ada.ok("charge", "5.00", *ON, *rain)
            pay(ada, bob, "4.00", *rain)
            bob.ok("redeem", "3.00", *ON, *rain)
            ada.ok("sync", *ON, *rain)
        conserved(office, ada, bob)
        assert (ada.available(), bob.available()) == (300, 300)
        office.kill()


# MARK: The last days of money


DAY = 86_400


def days_between(first, last):
    return (datetime.date.fromisoformat(last) - datetime.date.fromisoformat(first)).days


def test_money_tells_its_last_days_in_time_and_an_office_is_shown_where_it_is_from(town, tmp_path):
    ada, bob = member(town, tmp_path, "Ada"), member(town, tmp_path, "Bob")
    charged = ada.json("charge", "20.00", *ON)
    spend, settle = charged["spendUntil"], charged["settleUntil"]
    pay(ada, bob, "12.50")
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    to_spend, to_settle = days_between(today, spend), days_between(today, settle)
    assert "due" not in bob.json("balance")["balances"][0] and "spend by" not in bob.ok("info")
    synced = bob.json("sync", *ON)
    assert synced["shown"] == {"links": 0, "decisions": 0, "claims": 0, "denials": 0, "notOut": 0}

    bob.later = (to_spend - 5) * DAY
    due = {"amount": "12.50", "asset": "EUR", "spendUntil": spend, "settleUntil": settle}
    (purse,) = bob.json("balance")["balances"]
    assert purse["available"]["amount"] == "12.50"
    assert purse["due"] == [{"state": "soon", **due}] == bob.json("info")["due"]
    for said in (bob.ok("balance"), bob.ok("info")):
        assert f"spend by        {spend}: 12.50 EUR" in said
        assert f"or 'tally redeem' it by {settle}" in said
    done = bob.run("sync", *ON)
    assert done.returncode == 0 and f"spend by        {spend}" in done.stdout, done.stderr
    assert "1 link, 1 claim" in done.stdout or "does not take what is shown yet" in done.stdout
    synced = bob.json("sync", *ON)
    assert synced["due"] == [{"state": "soon", **due}]
    shown = synced["shown"]
    took = (shown["links"], shown["decisions"], shown["claims"], shown["denials"])
    assert took == ((0, 0, 0, 0) if "refused" in shown else (1, 0, 1, 0))
    assert shown.get("refused", "request") == "request"

    bob.later = (to_spend + 2) * DAY
    (purse,) = bob.json("balance")["balances"]
    assert purse["due"] == [{"state": "overdue", **due}]
    assert (purse["available"]["amount"], purse["overdue"]["amount"]) == ("0.00", "12.50")
    assert f"redeem by       {settle}: 12.50 EUR" in bob.ok("balance")
    assert bob.json("redeem", "2.00", *ON)["redeemed"]["amount"] == "2.00"

    bob.later = (to_settle + 2) * DAY
    (purse,) = bob.json("balance")["balances"]
    assert (purse["due"][0]["state"], purse["settled"]["amount"]) == ("settled", "10.50")
    assert "its office has settled it, or will" in bob.ok("info")
    assert bob.run("redeem", "all", *ON).returncode == 3
    bob.later = 0
    assert bob.json("redeem", "all", *ON)["redeemed"]["amount"] == "10.50"
    assert (town.money("Bob") + town.waiting(), bob.available()) == (1250, 0)


# MARK: Another life, and a clone


class Restored(Member):
    """A home out of a backup of another, whose key file opens it."""

    def __init__(self, folder, name, other):
        self.folder, self.key = folder / name, other.key


def test_a_restored_wallet_begins_anew_and_never_spends_what_it_had(town, tmp_path):
    ada, bob = member(town, tmp_path, "Ada"), member(town, tmp_path, "Bob")
    ada.ok("charge", "20.00", *ON)
    ada.ok("backup", str(tmp_path / "ada.tally"))
    pay(ada, bob, "5.00")
    again = Restored(tmp_path, "again", ada)
    again.ok("restore", str(tmp_path / "ada.tally"))
    assert again.json("info")["state"].startswith("inert")
    synced = again.json("sync", *ON)
    assert (synced["anotherLife"], synced["others"]) == (2, 0)
    (purse,) = again.json("balance")["balances"]
    assert (purse["available"]["amount"], purse["stranded"]["amount"]) == ("0.00", "20.00")
    again.ok("charge", "3.00", *ON)
    pay(again, bob, "1.25")
    assert (again.available(), bob.available()) == (175, 625)
    # The device that it was restored from is at its end, and learns it.
    assert error(ada.run("sync", "--json", *ON)) == "epoch"
    # Another device of the same backup is told that it is not the first.
    third = Restored(tmp_path, "third", ada)
    third.ok("restore", str(tmp_path / "ada.tally"))
    assert third.json("sync", *ON)["others"] == 1


def test_what_is_held_from_another_life_is_not_handed_in_with_this_ones(town, tmp_path):
    ada, bob = member(town, tmp_path, "Ada"), member(town, tmp_path, "Bob")
    ada.ok("charge", "20.00", *ON)
    held(ada, bob)
    ada.ok("backup", str(tmp_path / "ada.tally"))
    again = Restored(tmp_path, "again", ada)
    again.ok("restore", str(tmp_path / "ada.tally"))
    assert again.json("sync", *ON)["anotherLife"] == 2
    again.ok("charge", "3.00", *ON)
    # Its first counters of this life are those of the other, that of the held payment too.
    for _ in range(3):
        pay(again, bob, "0.25")
    synced = again.json("sync", *ON)
    assert (synced["handedIn"], synced["through"]) == (3, 3)


def test_what_was_paid_to_a_lost_life_is_claimed_and_frees_its_payer(town, tmp_path):
    ada, bob = member(town, tmp_path, "Ada"), member(town, tmp_path, "Bob")
    ada.ok("charge", "20.00", *ON)
    bob.ok("backup", str(tmp_path / "bob.tally"))
    payment = held(ada, bob)
    before = ada.available()
    again = Restored(tmp_path, "again", bob)
    again.ok("restore", str(tmp_path / "bob.tally"))
    assert again.json("sync", *ON)["anotherLife"] == 2
    assert error(again.run("resolve", "--claim", payment[:8], "--json")) == "no-payment"
    # Ada asks, here by a file; Bob's new life knows nothing of it, and decides nothing.
    question, answer = str(tmp_path / "question"), str(tmp_path / "answer")
    ada.ok("resolve", "--of", payment, "--out", question)
    again.run("resolve", question, "--out", answer, "--wait", "1", *ON)
    assert not (tmp_path / "answer").exists()
    (asked,) = again.json("pending")["ended"]
    assert asked["payment"] == payment and asked["state"] == "of a life that has ended"
    # He says that he was paid; the office hears of it, and says so to Ada.
    assert again.run("resolve", "--claim", payment[:8], question).returncode == 2
    assert "at the next 'tally sync'" in again.ok("resolve", "--claim", payment[:8])
    ada.json("sync", *ON)
    assert [one["state"] for one in ada.json("pending")["pending"] if one["id"] == payment]
    assert again.json("sync", *ON)["shown"]["claims"] == 1
    ada.json("sync", *ON)
    assert not [one for one in ada.json("pending")["pending"] if one["id"] == payment]
    assert ada.json("show", payment)["state"] == "paid" and ada.available() == before
    paper = tmp_path / "receipt.tally"
    ada.ok("receipt", payment, "--out", str(paper))
    assert "1.00" in verify(ada.folder / "root.crt", paper)
    assert town.json("office", "cases")["cases"] == []


def test_a_clone_that_pays_twice_is_caught_with_its_own_signatures(town, tmp_path):
    ada, bob = member(town, tmp_path, "Ada"), member(town, tmp_path, "Bob")
    ada.ok("charge", "20.00", *ON)
    shutil.copytree(ada.folder, tmp_path / "clone")
    clone = Restored(tmp_path, "clone", ada)
    pay(ada, bob, "20.00")
    assert bob.json("redeem", "20.00", *ON)["redeemed"]["amount"] == "20.00"
    done = clone.run("redeem", "20.00", "--wait", "6", *ON)
    assert done.returncode != 0
    # The copy has signed nothing yet: it is asked for what the office has, and that is all.
    assert (town.money("Bob"), town.outstanding(), town.waiting()) == (0, 2000, 2000)
    assert "clears when Ada has synced" in town.ok("bank", "statement", "Bob")
    ada.ok("sync", *ON)
    assert (town.money("Bob"), town.outstanding(), town.waiting()) == (2000, 0, 0)


def test_an_office_on_an_older_journal_pays_for_nothing_twice(tmp_path):
    town = Office(tmp_path)
    town.account("Ada", "50.00")
    with town.serve():
        ada = member(town, tmp_path, "Ada")
        ada.ok("charge", "20.00", *ON)
        ada.ok("redeem", "1.00", *ON)
        shutil.copytree(ada.folder, tmp_path / "clone")
    older = tmp_path / "older"
    older.mkdir()
    for one in town.folder.glob("journal*"):
        shutil.copy(one, older)
    with town.serve():
        assert ada.json("redeem", "12.00", *ON)["redeemed"]["amount"] == "12.00"
    for one in town.folder.glob("journal*"):
        one.unlink()
    for one in older.iterdir():
        shutil.copy(one, town.folder)
    clone = Restored(tmp_path, "clone", ada)
    with town.serve():
        assert clone.run("redeem", "12.00", "--wait", "6", *ON).returncode != 0
        assert (town.money("Ada"), town.outstanding()) == (4300, 700)
        # Two copies have signed the same units away: the key is convicted, whoever has it.
        assert error(ada.run("redeem", "all", *ON, "--json")) == "revoked"
        assert len(town.json("office", "cases")["cases"]) == 1
