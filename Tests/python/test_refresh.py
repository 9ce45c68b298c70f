"""Money that is hard to pay with goes back in many payments, and comes as one fresh stick."""

import pytest
from counter import Office, cents, error
from test_counter import ON, conserved, member, pay

DAY = 86_400


@pytest.fixture(name="town")
def an_office(tmp_path):
    office = Office(tmp_path)
    for name, money in (("Ada", "50.00"), ("Bob", None)):
        office.account(name, money)
    with office.serve():
        yield office
        office.running.process.kill()


def test_a_day_of_small_sales_goes_back_in_as_many_payments_as_it_takes(town, tmp_path):
    ada, bob = member(town, tmp_path, "Ada"), member(town, tmp_path, "Bob")
    ada.ok("charge", "20.00", *ON)
    for _ in range(11):
        pay(ada, bob, "0.50")
    ada.ok("sync", *ON)
    done = bob.run("redeem", "all", *ON)
    assert done.returncode == 0, done.stderr
    assert "4.00 EUR is back, 1.50 EUR to go" in done.stderr
    assert "redeemed 5.50 EUR: it is in the account" in done.stdout
    assert (bob.available(), town.money("Bob")) == (0, 550)
    conserved(town, ada, bob)


def test_what_is_tired_comes_back_as_one_stick(town, tmp_path):
    ada = member(town, tmp_path, "Ada")
    ada.ok("charge", "12.00", *ON)
    ada.ok("charge", "3.00", *ON)
    assert "nothing is tired" in ada.ok("refresh", *ON)
    assert "tired" not in ada.json("balance")["balances"][0]
    # In its last week.
    town.kill()
    with town.serve(later=25 * DAY):
        ada.later = 25 * DAY
        shown = ada.ok("balance")
        assert "15.00 EUR in 2 pieces hard to pay with" in shown
        fresh = ada.json("refresh", *ON)
        assert fresh["refreshed"] == {"amount": "15.00", "asset": "EUR"}
        assert fresh["givenBack"]["amount"] == "15.00"
        assert "tired" not in ada.json("balance")["balances"][0]
        assert ada.available() == 1500 and town.outstanding() == 1500
        assert town.money("Ada") == 3500
        # More than there is, and none.
        assert error(ada.run("refresh", "15.01", "--json", *ON)) == "short"
        assert error(ada.run("refresh", "0", "--json", *ON)) == "zero"
        town.kill()
    # Without an office nothing moves.
    assert error(ada.run("refresh", "all", "--json", "--wait", "1", *ON)) == "office-silent"
    assert ada.available() == 1500


def test_what_waits_at_the_office_is_not_charged(town, tmp_path):
    ada, bob = member(town, tmp_path, "Ada"), member(town, tmp_path, "Bob")
    ada.ok("charge", "20.00", *ON)
    pay(ada, bob, "6.00")
    told = bob.json("refresh", "all", *ON)
    # Bob has no guarantee, and Ada has not said whom she paid.
    assert (told["refreshed"]["amount"], told["waiting"]["amount"]) == ("0.00", "6.00")
    assert (bob.available(), town.money("Bob"), town.waiting()) == (0, 0, 600)
    ada.ok("sync", *ON)
    assert (town.money("Bob"), town.waiting()) == (600, 0)
    pay(ada, bob, "2.00")
    ada.ok("sync", *ON)
    assert bob.json("refresh", "all", *ON)["refreshed"]["amount"] == "2.00"
    assert (bob.available(), town.money("Bob")) == (200, 600)
    conserved(town, ada, bob)


def until(home):
    """How long a wallet's own certificate is good."""
    return home.json("info")["certifiedUntil"]


def test_a_certificate_is_followed_by_the_next(town, tmp_path):
    ada = member(town, tmp_path, "Ada")
    first = until(ada)
    town.kill()
    with town.serve(later=340 * DAY):
        ada.later = 340 * DAY
        ada.ok("sync", *ON)
        second = until(ada)
        assert second > first
        ada.ok("sync", *ON)
        assert until(ada) == second
        ada.ok("charge", "5.00", *ON)
        assert cents(ada.json("redeem", "all", *ON)["redeemed"]) == 500
        town.kill()
    assert town.outstanding() == 0
