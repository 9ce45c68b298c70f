"""Neighbours who find each other by Avahi alone: a D-Bus and an avahi-daemon in each of two network
namespaces on a bridge, where no look-up to everybody gets through."""

import json
import os
import socket
import subprocess
import sys

import liar
import neighbours
import pytest
import talk
from neighbours import until


@pytest.fixture(name="street", scope="module")
def two_hosts():
    hindrance = neighbours.hindrance()
    if hindrance:
        pytest.skip(hindrance)
    with neighbours.Street(2) as street:
        for host in street.hosts:
            host.mute_broadcast()
            host.start_bus()
            host.start_avahi()
        until(lambda: all(host.has_six() for host in street.hosts))
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(os.environ, "TALLY_AVAHI", "on")
            yield street


@pytest.fixture(name="wallets")
def two_wallets(tmp_path):
    with talk.Node(tmp_path, "ada", "50.00") as ada, talk.Node(tmp_path, "bob") as bob:
        yield ada, bob


def tally(host, home, *words):
    """What the command answers in JSON, run on that host; it may find nobody."""
    done = subprocess.run(
        [*host.inside, talk.TALLY, *words, "--home", home.folder, "--key-file", home.key, "--json"],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )
    assert done.returncode in (0, 7), done.stderr
    return json.loads(done.stdout)


def peers(host, home, *words):
    return tally(host, home, "peers", *words)["peers"]


def buyers(host, home, *words):
    """Those who have answered with what stands on their screen."""
    return [one for one in peers(host, home, *words) if one.get("screen")]


def address(buyer, found, host):
    """Where a buyer was found, as the talk has it: a link is a number there."""
    port = f":{buyer.port()}"
    (text,) = {at for one in found for at in one["addresses"] if at.endswith(port)}
    six, link = text[1:].split("]")[0].split("%")
    told = subprocess.run(
        ["ip", "-n", host.name, "-o", "link", "show", "dev", link], capture_output=True, check=True
    )
    number = int(told.stdout.split(b":")[0])
    at = socket.inet_pton(socket.AF_INET6, six) + buyer.port().to_bytes(2, "big")
    return bytes([6]) + at + number.to_bytes(4, "big")


def pays(seller, buyer, patience=60):
    """Finds the buyer without any address, and is paid twice."""
    till = talk.Till(seller, buyer, [])
    till.meet(patience=patience)
    assert len(till.sell(2, patience=patience)) == 2


class Served:
    """An office that serves on a host."""

    def __init__(self, folder, host, *words):
        folder.mkdir(exist_ok=True)
        self.folder, self.key = folder / "town", folder / "town.key"
        self.process = None
        made = self.command("office", "init", "--name", "Town", "--asset", "EUR")
        subprocess.run(made, check=True, capture_output=True, stdin=subprocess.DEVNULL)
        self.process = host.popen(*host.inside, *self.command("office", "serve", *words))

    def command(self, *words):
        return [talk.TALLY, *words, "--home", self.folder, "--key-file", self.key]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def test_a_buyer_is_found_by_avahi_alone_over_ipv6_of_the_link(street, wallets):
    (ada, bob), (here, there) = wallets, street.hosts
    ada.start("--listen", inside=here.inside)
    bob.start("--shop", inside=there.inside)
    pays(bob, ada)
    (buyer,) = buyers(there, bob)
    assert "avahi" in buyer["knownBy"] and "broadcast" not in buyer["knownBy"], buyer
    assert buyer["reach"] == "answers" and buyer["role"] == "wallet", buyer
    # Whom bob was paid by is listed apart: what is on a screen is bound to nobody's name.
    (payer,) = [one for one in peers(there, bob, "--wait", "0") if one.get("key")]
    assert payer["knownBy"][-1] == "payment" and "screen" not in payer, payer
    assert "key" not in buyer and "name" not in buyer, buyer
    # No address of another kind exists there, and the link's own are bound to their link.
    assert all(one.startswith("[fe80::") and "%" in one for one in buyer["addresses"]), buyer
    # A name that tells nothing of Ada; the shop's is its certified one.
    assert len(buyer["says"]) == 16 and "ada" not in buyer["says"].lower()
    (shop,) = [one for one in peers(here, ada) if one.get("saysRole") == "shop"]
    assert shop["says"] == "Bob" and "avahi" in shop["knownBy"], shop
    assert shop.get("role") != "shop", shop
    # Whoever stops listening is not announced any more, and another time by another name.
    ada.stop()
    until(lambda: not [one for one in peers(there, bob, "--wait", "0") if "avahi" in one["knownBy"]])
    ada.start("--listen", inside=here.inside)
    again = until(lambda: [one for one in buyers(there, bob, "--wait", "1") if one.get("says")])
    assert buyer["says"] not in {one["says"] for one in again}


def test_verbs_that_run_a_node_of_their_own_find_each_other_too(street, wallets):
    (ada, bob), (here, there) = wallets, street.hosts
    buyer = here.popen(*here.inside, *ada.command("pay", "--yes", "--wait", "40"))
    try:
        (screen,) = until(lambda: tally(there, bob, "lookup", "--wait", "2")["screens"])
        sold = tally(there, bob, "sell", "1.00", "--to", screen, "--wait", "20")
        assert sold["state"] == "paid", sold
        assert buyer.wait(timeout=20) == 0
    finally:
        buyer.kill()
        buyer.wait()


def test_an_office_is_found_before_there_is_a_wallet_and_by_it(street, tmp_path):
    here, there = street.hosts

    class Nobody:
        folder, key = tmp_path / "none", tmp_path / "none.key"

    with Served(tmp_path, there):
        found = until(lambda: [one for one in peers(here, Nobody) if one["reach"] == "answers"])
    (office,) = found
    assert office["role"] == "office" and office["says"] == "Town" and office["root"], office
    assert len(office["key"]) == 64 and office["knownBy"] == ["avahi"], office
    assert not (tmp_path / "none").exists()


def test_of_two_offices_of_one_name_each_is_found(street, tmp_path):
    here, there = street.hosts

    class Nobody:
        folder, key = tmp_path / "none", tmp_path / "none.key"

    def both():
        found = [one for one in peers(here, Nobody) if one["reach"] == "answers"]
        return len({one["key"] for one in found}) == 2 and found

    with Served(tmp_path / "one", here), Served(tmp_path / "other", there):
        names = sorted(one["says"] for one in until(both))
        # Whoever comes second takes the next name, as Avahi makes it.
        assert names == ["Town", "Town #2"], names


def test_what_befalls_link_and_daemons_is_got_over(street, wallets):
    (ada, bob), (here, there) = wallets, street.hosts
    ada.start("--listen", inside=here.inside)
    bob.start(inside=there.inside)
    pays(bob, ada)
    # The link goes down and comes back.
    here.link("down")
    with pytest.raises(TimeoutError):
        talk.Till(bob, ada, []).meet(patience=1)
    here.link("up")
    until(here.has_six)
    pays(bob, ada)
    # Avahi is killed under the one who is announced, and another comes.
    here.kill("avahi")
    here.start_avahi()
    until(lambda: tally(here, ada, "peers", "--wait", "0")["avahi"] == "running")
    pays(bob, ada)
    # Bus and all are killed under the one who looks; the node goes on without them.
    there.kill("avahi", "bus")
    until(lambda: tally(there, bob, "peers", "--wait", "0")["avahi"] == "noBus")
    there.start_bus()
    until(lambda: tally(there, bob, "peers", "--wait", "0")["avahi"] == "noDaemon", patience=40)
    there.start_avahi()
    until(lambda: tally(there, bob, "peers", "--wait", "0")["avahi"] == "running")
    pays(bob, ada)
    assert ada.line.pending() == bob.line.pending() == []


def test_a_daemon_that_stands_still_holds_up_nobody(street, wallets):
    (ada, bob), (here, there) = wallets, street.hosts
    ada.start("--listen", inside=here.inside)
    bob.start(inside=there.inside)
    pays(bob, ada)
    with there.stalled("avahi"):
        pays(bob, ada)
        assert buyers(there, bob, "--wait", "1")
    until(lambda: tally(there, bob, "peers", "--wait", "0")["avahi"] == "running")
    pays(bob, ada)
    assert ada.line.pending() == bob.line.pending() == []


def test_without_avahi_nobody_is_announced_and_typed_addresses_do(street, wallets):
    (ada, bob), (here, there) = wallets, street.hosts
    ada.start("--listen", "--no-avahi", inside=here.inside)
    bob.start("--no-avahi", inside=there.inside)
    street.give_addresses()
    told = tally(there, bob, "peers", "--wait", "1")
    assert told == {"peers": [], "avahi": "off"}
    with pytest.raises(TimeoutError):
        talk.Till(bob, ada, []).meet(patience=1)
    at = f"10.79.0.1:{ada.port()}"
    (buyer,) = peers(there, bob, "--wait", "1", "--at", at)
    assert buyer["knownBy"] == ["typed"] and buyer["reach"] == "answers", buyer
    till = talk.Till(bob, ada, [talk.loopback(ada.port(), (10, 79, 0, 1))])
    till.meet(patience=60)
    assert len(till.sell(2, patience=60)) == 2


def test_a_flood_of_lies_is_bounded_and_shown_clean_and_payments_go_on(street, wallets):
    (ada, bob), (here, there) = wallets, street.hosts
    street.give_addresses()
    ada.start("--listen", inside=here.inside)
    bob.start(inside=there.inside)
    pays(bob, ada)
    lie = [*here.inside, sys.executable, liar.__file__, "10.79.0.1", "3000"]
    subprocess.run(lie, check=True, stdin=subprocess.DEVNULL)
    seen = until(lambda: len(them := peers(there, bob, "--wait", "1")) > 50 and them)
    assert len(seen) <= 256
    said = [one["says"] for one in seen if "says" in one]
    assert all(char.isprintable() for one in said for char in one), said
    # Bad names did come, so that there was something to clean.
    assert any("\ufffd" in one for one in said), said
    assert not [one for one in seen if one.get("key") and one["role"] != "wallet"]
    assert not [one for one in seen if one.get("root")]
    # Nobody is kept who is on no network of ours; nobody else answers than who is there.
    off = [one for one in seen if any(at.startswith("198.51.") for at in one["addresses"])]
    assert not off, off
    answering = [one for one in seen if one["reach"] == "answers"]
    places = {at for one in answering for at in one["addresses"]}
    assert places and all(at.endswith(f":{ada.port()}") for at in places), answering
    pays(bob, ada)
    assert bob.memory()[1] < 256 << 20


def test_everybody_is_called_on_each_of_several_links_and_no_bus_is_needed(tmp_path, monkeypatch):
    hindrance = neighbours.hindrance()
    if hindrance:
        pytest.skip(hindrance)
    monkeypatch.setenv("TALLY_AVAHI", "on")
    nodes = [talk.Node(tmp_path, name, "10.00") for name in ("ada", "bob", "cleo")]
    with neighbours.Street(3) as street, nodes[0] as ada, nodes[1] as bob, nodes[2] as cleo:
        here, corner, there = street.hosts
        # One stands at the corner; nothing else is on both, and no link has an IPv4 address.
        corner.join("lane", "tally1")
        there.join("lane", "tally1")
        there.link("down")
        until(lambda: here.has_six() and there.has_six("tally1"))
        until(lambda: corner.has_six() and corner.has_six("tally1"))
        ada.start("--listen", inside=here.inside)
        # What she asks herself comes back to her from the group that she is in.
        assert peers(here, ada, "--wait", "1") == []
        cleo.start("--listen", inside=there.inside)
        bob.start(inside=corner.inside)
        found = until(lambda: len(them := peers(corner, bob, "--wait", "1")) == 2 and them)
        links = sorted(one["addresses"][0].split("%")[1].split("]")[0] for one in found)
        assert links == ["tally0", "tally1"], found
        assert all(one["knownBy"] == ["broadcast"] for one in found), found
        for buyer in (ada, cleo):
            at = address(buyer, found, corner)
            till = talk.Till(bob, buyer, [at])
            till.meet(patience=60)
            assert len(till.sell(1, patience=60)) == 1
        assert tally(corner, bob, "peers", "--wait", "0")["avahi"] == "noBus"
