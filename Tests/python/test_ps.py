"""A payment server and its meters as people run them: tariffs, sales, carriers, bills, invoices."""

import os
import subprocess
import time
import xml.etree.ElementTree

import cbor2
import pytest
import tally_books
from counter import TALLY, Gate, Member, Office, cents, error
from test_meter import Meter, Works

ON = ("--on", "lo")


class Server(Works):
    """Works that sell what they issue."""

    def __init__(self, folder):
        super().__init__(folder)
        self.ok("ps", "tariff", "household", "0.3215", "--currency", "EUR", "--yes")

    def register(self, customer, meter, *words):
        return self.json(
            "ps", "register", customer, meter, "--tariff", "household", "--yes", *words)["code"]

    def money_of(self, customer):
        return cents(self.json("ps", "show", customer)["money"])

    def in_account(self, meter):
        return int(self.json("ps", "show", meter)["inItsAccount"]["amount"])


@pytest.fixture(name="server")
def a_server(tmp_path):
    server = Server(tmp_path)
    server.code = server.register("Cleo", "M-1")
    server.ok("ps", "pay-in", "Cleo", "20.00", "--yes", "--once", "cash-1")
    with server.serve():
        yield server
        server.running.process.kill()


def meter_of(server, folder, name="meter"):
    meter = Meter(folder, name)
    done = meter.enrol(server, server.code)
    assert done.returncode == 0, done.stderr
    return meter


def closed(server):
    """The books as another program reads them, once the office has ended."""
    server.running.process.terminate()
    server.running.process.communicate(timeout=20)
    return server.books()


def test_a_meter_buys_with_its_customers_money_and_is_shown_the_price(server, tmp_path):
    meter = meter_of(server, tmp_path)
    told = meter.json("bills", *ON)
    assert told["yourMoney"] == {"amount": "20.00", "asset": "EUR"}
    assert told["perMillion"] == 32_150 and told["bills"] == []
    # Without a yes nothing is bought, and the price is on the screen.
    refused = meter.run("buy", "5000", *ON)
    assert refused.returncode == 2 and "no-terminal" not in refused.stdout
    bought = meter.json("buy", "5000", "--yes", *ON)
    assert bought["paid"] == "1.61 EUR" and bought["charged"]["amount"] == "5000"
    assert server.money_of("Cleo") == 1_839
    assert error(meter.run("buy", "60000", "--yes", "--json", *ON)) == "money"
    server.ok("ps", "pay-back", "Cleo", "18.39", "--yes")
    assert error(meter.run("buy", "1", "--yes", "--json", *ON)) == "money"
    check = closed(server)
    assert check.balances[tally_books.SALES] == 161
    assert check.balances[tally_books.TAKINGS] == -161
    assert check.balances[tally_books.ISSUED] == -5_000
    assert tally_books.units_out(check) == {
        stick: 5_000 for stick in tally_books.units_out(check)}


def test_a_purchase_whose_answer_is_lost_is_paid_once(server, tmp_path):
    meter = meter_of(server, tmp_path)
    # WELCOME and the quote come through, and nothing after them.
    for out in range(1, 5):
        with Gate(server, out) as gate:
            meter.run("buy", "1000", "--yes", "--wait", "2", *ON, "--office", gate.address)
    meter.run("buy", "1000", "--yes", *ON, "--office", server.address)
    time.sleep(0.2)
    spent, there = 2_000 - server.money_of("Cleo"), meter.shown_credit()
    assert spent == 33 * there // 1_000 and there >= 1_000


def test_the_price_may_change_between_a_look_and_a_yes(server, tmp_path):
    meter = meter_of(server, tmp_path)
    server.ok("ps", "tariff", "household", "1", "--yes")
    bought = meter.json("buy", "1000", "--yes", *ON)
    assert bought["paid"] == "1.00 EUR"
    told = server.json("ps", "tariff")["tariffs"]
    assert [one["perMillion"] for one in told] == [100_000]
    assert error(server.run("ps", "tariff", "night", "0.1", "--currency", "SEK", "--yes",
                            "--json")) == "currency"
    assert error(server.run("ps", "tariff", "night", "0,1", "--yes", "--json")) == "bad-amount"


def test_what_is_sold_at_the_desk_waits_in_the_meters_account(server, tmp_path):
    meter = meter_of(server, tmp_path)
    sold = server.json("ps", "sell", "M-1", "10.00", "--money", "--yes", "--once", "s1")
    again = server.json("ps", "sell", "M-1", "10.00", "--money", "--yes", "--once", "s1")
    assert (sold["isNew"], again["isNew"]) == (True, False)
    assert sold["units"]["amount"] == "31104" and server.money_of("Cleo") == 1_000
    assert server.in_account("M-1") == 31_104
    assert meter.json("charge", "31104", *ON)["charged"]["amount"] == "31104"
    assert server.in_account("M-1") == 0
    assert error(server.run("ps", "sell", "M-1", "99999", "--yes", "--json")) == "short"
    assert server.money_of("Cleo") == 1_000


def test_a_meter_is_changed_and_what_is_left_goes_to_the_next(server, tmp_path):
    old = meter_of(server, tmp_path, "old")
    old.json("buy", "5000", "--yes", *ON)
    with old.runs("--watts", "10", "--speed", "100000", "--group", "100") as running:
        running.says("contact closed")
        deadline = time.monotonic() + 20
        while old.shown()[1] < 1_000 and time.monotonic() < deadline:
            time.sleep(0.05)
        running.process.terminate()
        running.process.communicate(timeout=20)
    credit, used, _ = old.shown()
    assert credit + used == 5_000 and used >= 1_000
    server.code = server.json("ps", "change-meter", "M-1", "--yes")["code"]
    old.json("meter", "hand-in", *ON)
    old.json("redeem", "all", *ON)
    assert server.in_account("M-1") == credit
    new = meter_of(server, tmp_path, "new")
    new.json("charge", str(credit), *ON)
    assert new.shown_credit() == credit
    check = closed(server)
    assert check.balances[tally_books.CONSUMED] == used
    assert sum(tally_books.units_out(check).values()) == credit


def test_statistics_are_what_was_sold_and_used_up(server, tmp_path):
    meter = meter_of(server, tmp_path)
    for _ in range(3):
        meter.json("buy", "1000", "--yes", *ON)
    picture = tmp_path / "plot.svg"
    told = server.json("ps", "statistics", "--svg", str(picture))["periods"]
    assert [one["period"] for one in told][1:] == ["in all"]
    assert told[-1] == {"period": "in all", "sales": 3, "sold": "3000", "money": "0.99",
                        "usedUp": "0"}
    root = xml.etree.ElementTree.parse(picture).getroot()
    assert root.tag.endswith("svg") and len(list(root)) > 8
    assert error(server.run("ps", "statistics", "--svg", str(picture), "--json")) == "file-there"


def test_wrong_words_cost_nothing(server):
    before = server.json("ps", "show")
    wrong = [
        (("ps", "register", "Cleo", "M-2", "--tariff", "none", "--yes"), "no-tariff"),
        (("ps", "register", "Cleo", "M-2", "--yes"), "no-tariff-typed"),
        (("ps", "register", "M-1", "M-2", "--tariff", "household", "--yes"), "other-kind"),
        (("ps", "register", "Dan", "M-1", "--tariff", "household", "--yes"), "other-customer"),
        (("ps", "register", "Dan", "Cleo", "--tariff", "household", "--yes"), "other-kind"),
        (("ps", "register", "Dan", "12", "--tariff", "household", "--yes"), "bad-name"),
        (("ps", "sell", "M-1", "0", "--yes"), "zero"),
        (("ps", "sell", "Cleo", "5", "--yes"), "no-contract"),
        (("ps", "sell", "M-9", "5", "--yes"), "no-account"),
        (("ps", "sell", "M-1", "70000", "--yes"), "short"),
        (("ps", "sell", "M-1", "0.001", "--money", "--yes"), "bad-amount"),
        (("ps", "pay-in", "M-1", "5.00", "--yes"), "other-kind"),
        (("ps", "pay-back", "Cleo", "20.01", "--yes"), "short"),
        (("ps", "pay-in", "Cleo", "5.00"), "no-terminal"),
        (("ps", "reissue", "M-1", "1", "--carrier", "x"), "no-delivery"),
        (("ps", "reissue", "M-1", "one", "--carrier", "x"), "bad-number"),
        (("ps", "reissue", "M-1", "1"), "no-carrier"),
        (("ps", "tariff", "night"), "no-price"),
        (("ps", "tariff", "night", "0", "--yes"), "zero"),
        (("ps", "statistics", "--by", "year"), "bad-period"),
        (("office", "deposit", "Cleo", "5", "--yes"), "other-kind"),
        (("office", "invite", "Cleo", "--account", "Cleo", "--largest", "1", "--ceiling", "1"),
         "other-kind"),
    ]
    for words, name in wrong:
        done = server.run(*words, "--json")
        assert done.returncode != 0 and error(done) == name, (words, done.stderr)
    assert server.json("ps", "show") == before
    assert server.json("ps", "statistics")["periods"] == []


# Carriers.


def test_a_carrier_brings_sticks_and_its_receipt_comes_back(server, tmp_path):
    meter = meter_of(server, tmp_path)
    card = tmp_path / "card.tally"
    told = server.json("ps", "sell", "M-1", "5000", "--carrier", str(card), "--yes")
    assert told["delivery"] == 1 and server.money_of("Cleo") == 1_839
    assert error(server.run("ps", "receipt", str(card), "--json")) == "not-taken"
    bytes_ = card.read_bytes()
    assert cbor2.loads(bytes_)[0] == "tally-carrier"
    # A lost one is the same to the byte.
    again = tmp_path / "again.tally"
    server.ok("ps", "reissue", "M-1", "1", "--carrier", str(again))
    assert again.read_bytes() == bytes_ and server.money_of("Cleo") == 1_839
    deliveries = server.json("ps", "show", "M-1")["deliveries"]
    assert [(one["number"], one["state"]) for one in deliveries] == [(1, "out")]
    # What cannot be written is not sold.
    assert error(server.run("ps", "sell", "M-1", "5000", "--carrier", str(card), "--yes",
                            "--json")) == "file-there"
    assert server.money_of("Cleo") == 1_839
    lost = tmp_path / "gone" / "card.tally"
    done = server.run("ps", "sell", "M-1", "1000", "--carrier", str(lost), "--yes", "--json")
    assert done.returncode != 0 and "delivery 2" in done.stderr
    assert server.money_of("Cleo") == 1_806
    server.ok("ps", "reissue", "M-1", "2", "--carrier", str(tmp_path / "two.tally"))
    check = closed(server)
    assert check.balances[tally_books.SALES] == 194
    assert sum(tally_books.units_out(check).values()) == 6_000
    assert meter.shown_credit() == 0


def test_a_sale_onto_a_carrier_that_is_said_again_is_one_sale(server, tmp_path):
    meter_of(server, tmp_path)
    first, second = tmp_path / "a.tally", tmp_path / "b.tally"
    words = ("ps", "sell", "M-1", "1000", "--yes", "--once", "s1", "--memo", "hello")
    server.ok(*words, "--carrier", str(first))
    # Even at another price it is what was sold then.
    server.ok("ps", "tariff", "household", "5", "--yes")
    again = server.json(*words, "--carrier", str(second))
    assert again["delivery"] == 1 and second.read_bytes() == first.read_bytes()
    assert server.money_of("Cleo") == 1_967
    told = server.json("bank", "statement", "Cleo")
    assert "hello" in str(told)
    assert error(server.run("ps", "sell", "M-1", "5", "--yes", "--once", "s1", "--carrier",
                            str(second), "--json")) == "file-there"


def test_a_pipe_is_no_carrier_and_stops_no_office(server, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    done = server.run("ps", "receipt", str(pipe), "--json")
    assert done.returncode != 0 and "pipe" in done.stderr
    assert server.json("ps", "show")["meters"]


def test_a_second_meter_gets_a_code_by_change_alone(server, tmp_path):
    words = ("ps", "register", "Cleo", "M-1", "--tariff", "household", "--yes")
    assert "code" not in server.json(*words)
    old = meter_of(server, tmp_path, "old")
    assert "code" not in server.json(*words)
    card = tmp_path / "card.tally"
    server.ok("ps", "sell", "M-1", "100", "--carrier", str(card), "--yes")
    server.code = server.json("ps", "change-meter", "M-1", "--yes")["code"]
    new = meter_of(server, tmp_path, "new")
    server.ok("ps", "sell", "M-1", "100", "--carrier", str(tmp_path / "next.tally"), "--yes")
    # Each had a first delivery; which is meant has to be said.
    reissue = ("ps", "reissue", "M-1", "1", "--carrier", str(tmp_path / "again.tally"))
    assert error(server.run(*reissue, "--json")) == "which-wallet"
    wallets = server.json("ps", "show", "M-1")["wallets"]
    assert len(wallets) == 2 and old.folder != new.folder
    server.ok(*reissue, "--wallet", wallets[0][:12])
    assert (tmp_path / "again.tally").read_bytes() == card.read_bytes()


def test_customers_pay_in_nothing_before_a_tariff_says_what(tmp_path):
    works = Works(tmp_path)
    works.ok("office", "accounts", "--add", "Cleo", "--kind", "customer")
    assert error(works.run("ps", "pay-in", "Cleo", "20", "--yes", "--json")) == "no-currency"
    assert error(works.run("ps", "tariff", "h", "1", "--currency", "Wh", "--yes",
                           "--json")) == "currency"


# Bills.


@pytest.fixture(name="town")
def a_town(tmp_path):
    town = Office(tmp_path)
    town.account("Ada", "50.00")
    with town.serve():
        yield town
        town.running.process.kill()


def test_an_account_without_bills_says_so_and_pays_none(town, tmp_path):
    ada = Member(tmp_path, "ada")
    assert ada.enrol(town, town.invite("Ada")).returncode == 0
    told = ada.json("bills", *ON)
    assert told["inTheAccount"]["amount"] == "50.00" and told["bills"] == []
    assert "perMillion" not in told
    assert error(ada.run("bill", "17", "--yes", "--json", *ON)) == "bill"
    assert error(ada.run("bill", "0", "--yes", "--json", *ON)) == "bad-number"
    assert error(ada.run("bill", "x", "--yes", "--json", *ON)) == "bad-number"
    assert error(ada.run("buy", "5.00", "--yes", "--json", *ON)) == "contract"
    assert town.money("Ada") == 5_000


def test_a_bill_takes_what_the_account_lacks_out_of_the_wallet(town, tmp_path):
    ada = Member(tmp_path, "ada")
    assert ada.enrol(town, town.invite("Ada")).returncode == 0
    ada.ok("charge", "50.00", *ON)
    out = tmp_path / "invoice.tally"
    town.ok("bam", "biller", "Water works")
    told = town.json("bam", "bill", "Ada", "Water works", "5.00", "water", "--due", "2099-01-31",
                     "--yes")
    number = str(told["number"])
    paid = ada.json("bill", number, "--yes", "--out", str(out), *ON)
    assert paid["amount"]["amount"] == "5.00" and paid["isNew"]
    assert town.money("Ada") == 0 and town.money("Water works") == 500
    done = subprocess.run([TALLY, "verify", out, "--home", ada.folder], capture_output=True,
                          text=True, check=True)
    assert "an invoice: 5.00 EUR were paid" in done.stdout
    again = ada.json("bill", number, "--yes", *ON)
    assert not again["isNew"] and town.money("Water works") == 500
    assert error(ada.run("bill", number, "--out", str(out), "--yes", "--json", *ON)) == "file-there"
