"""Wallets as people use them: real processes of the command, on the loopback interface."""

import json
import os
import pathlib
import random
import re
import signal
import subprocess
import time

import pytest

TALLY = pathlib.Path(__file__).resolve().parents[2] / ".build/release/tally"
PATIENCE = 60


class Home:
    """A wallet in a folder of its own, opened by a key file."""

    def __init__(self, folder, name, demo="50.00"):
        self.folder, self.key = folder / name, folder / f"{name}.key"
        self.ok("init", "--name", name.capitalize(), "--demo", demo)

    def command(self, *words):
        return [TALLY, words[0], *words[1:], "--home", self.folder, "--key-file", self.key]

    def run(self, *words):
        return subprocess.run(
            self.command(*words),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            check=False,
        )

    def ok(self, *words):
        done = self.run(*words)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout

    def json(self, *words):
        return json.loads(self.ok(*words, "--json"))

    def start(self, *words):
        return Running(self.command(*words))

    def money(self):
        """What is available, in cents."""
        (purse,) = self.json("balance")["balances"]
        return {
            what: int(purse[what]["amount"].replace(".", ""))
            for what in ("available", "held", "incoming", "largest")
        }


class Running:
    """A process of the command, and what it says on the way."""

    def __init__(self, command):
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self.said = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def says(self, pattern):
        """Waits for a line on standard error that holds the pattern."""
        found = re.search(pattern, self.said)
        while not found:
            line = self.process.stderr.readline()
            assert line, f"it ended, having said {self.said!r}"
            self.said += line
            found = re.search(pattern, line)
        return found

    def ends(self):
        out, err = self.process.communicate(timeout=PATIENCE)
        self.said += err
        return self.process.returncode, out, self.said


@pytest.fixture(name="street")
def two_homes(tmp_path):
    return Home(tmp_path, "ada"), Home(tmp_path, "bob", "0")


def sale(ada, bob, amount, *weather):
    """Bob asks Ada for an amount; both as they are started by hand."""
    with ada.start("pay", "--yes", "--on", "lo", *weather) as paying:
        screen = paying.says(r"screen is (\d{4})")[1]
        sold = bob.run("sell", amount, "--to", screen, "--for", "tea", "--on", "lo", *weather)
        return paying.ends(), sold


def test_two_processes_pay_and_the_receipt_is_verified(street, tmp_path):
    ada, bob = street
    (code, out, said), sold = sale(ada, bob, "12.50")
    assert (code, sold.returncode) == (0, 0), (out, said, sold.stderr)
    digits = re.search(r"digits  (\d{3} \d{3})", said)[1]
    assert digits in sold.stderr
    assert "Bob asks for 12.50 DEMO" in said
    assert ada.money() == {"available": 3750, "held": 0, "incoming": 0, "largest": 3750}
    assert bob.money()["available"] == 1250
    for home in street:
        (payment,) = home.json("history")["payments"]
        assert (payment["state"], payment["amount"]["amount"]) == ("paid", "12.50")
        paper = tmp_path / "receipt.tally"
        paper.unlink(missing_ok=True)
        home.ok("receipt", payment["id"], "--out", str(paper))
        keys = home.run("receipt", payment["id"], "--out", str(home.folder / "keys"))
        assert keys.returncode == 3 and "already" in keys.stderr
        told = subprocess.run(
            [TALLY, "verify", "--root", home.folder / "root.crt", paper],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert "12.50" in told or "1250" in told
        spoiled = bytearray(paper.read_bytes())
        spoiled[len(spoiled) // 2] ^= 1
        paper.write_bytes(spoiled)
        bad = subprocess.run(
            [TALLY, "verify", "--root", home.folder / "root.crt", paper],
            capture_output=True,
            check=False,
        )
        assert bad.returncode == 3


def test_what_was_received_is_spent_again_at_once(street, tmp_path):
    ada, bob = street
    cleo = Home(tmp_path, "cleo", "0")
    assert sale(ada, bob, "20.00")[1].returncode == 0
    assert sale(bob, cleo, "19.99")[1].returncode == 0
    assert [home.money()["available"] for home in (ada, bob, cleo)] == [3000, 1, 1999]


def test_payments_arrive_in_the_rain(street):
    ada, bob = street
    for _ in range(3):
        (code, _, said), sold = sale(ada, bob, "1.00", "--lose", "25")
        assert (code, sold.returncode) == (0, 0), (said, sold.stderr)
    assert (ada.money()["available"], bob.money()["available"]) == (4700, 300)


def test_a_node_is_asked_by_other_verbs_and_killed_in_the_middle(street):
    """Whatever moment the plug is pulled at, no cent is lost, and what was agreed is settled."""
    ada, bob = street
    dice = random.Random(7)
    for round_ in range(6):
        with ada.start("node", "--listen", "--on", "lo", "--lose", "30") as node:
            screen = node.says(r"screen is (\d{4})")[1]
            with ada.start("pay", "--yes") as paying, bob.start(
                "sell", "1.00", "--to", screen, "--on", "lo", "--lose", "30", "--wait", "5"
            ) as selling:
                if round_ % 2:
                    node.says("held")
                else:
                    selling.says("digits")
                    time.sleep(dice.random() / 5)
                node.process.send_signal(signal.SIGKILL)
                selling.ends()
                code, _, said = paying.ends()
                assert code in (0, 1, 3), said
        with ada.start("node", "--listen", "--on", "lo") as back:
            back.says("screen is")
            with bob.start("node", "--on", "lo") as other:
                other.says("on the air")
                deadline = time.monotonic() + 30
                while any(p["state"] == "held" for p in ada.json("pending")["pending"]):
                    assert time.monotonic() < deadline, "still held"
                    time.sleep(0.1)
                assert ada.money()["held"] == 0
                assert ada.money()["available"] + bob.money()["available"] == 5000
    assert ada.money()["available"] + bob.money()["available"] == 5000


def test_a_node_ends_when_it_is_told_to(street):
    ada, _ = street
    for one in (signal.SIGTERM, signal.SIGINT):
        with ada.start("node", "--on", "lo") as node:
            node.says("on the air")
            assert ada.json("info")["port"] > 0
            node.process.send_signal(one)
            assert node.ends()[0] == 0
        assert not (ada.folder / "node.sock").exists()


def test_what_is_typed_wrong_costs_nothing(street, tmp_path):
    ada, _ = street
    cases = [
        (("init", "--demo", "1.00"), 3, "there is a wallet"),
        (("sell", "12,50", "--to", "1234"), 2, "a comma may part"),
        (("sell", "0", "--to", "1234"), 2, "nothing is no amount"),
        (("sell", "1.00"), 2, "who is asked"),
        (("sell", "1.00", "--to", "12"), 2, "no number of a buyer's screen"),
        (("sell", "1.00", "--at", "ada.example"), 2, "names are not looked up"),
        (("sell", "1.00", "--at", "1.2.3.4:99999"), 2, "no number from 1 to 65535"),
        (("pay", "--wait", "0"), 2, "--wait"),
        (("pay", "--on", "nowhere"), 1, "no network 'nowhere'"),
        (("pay", "--port", "0"), 2, "--port"),
        (("node", "--lose", "101"), 2, "--lose"),
        (("history", "--last", "0"), 2, "--last"),
        (("show", "xyz"), 2, "no payment's id"),
        (("show", "abcd"), 4, "begins with 'abcd'"),
        (("receipt", "abcd"), 4, "begins with 'abcd'"),
        (("resolve", str(tmp_path / "none")), 4, "there is no file"),
        (("resolve", str(ada.folder / "root.crt")), 3, ""),
    ]
    before = ada.money()
    for words, code, what in cases:
        done = ada.run(*words)
        assert done.returncode == code, (words, done.returncode, done.stderr)
        assert what in done.stderr and "hint:" in done.stderr, (words, done.stderr)
        told = json.loads(ada.run(*words, "--json").stderr.splitlines()[-1])
        assert told["error"]["exit"] == code
    assert ada.money() == before


def test_keys_are_opened_by_nothing_else(street, tmp_path):
    ada, bob = street
    other = [TALLY, "balance", "--home", ada.folder, "--key-file", bob.key]
    done = subprocess.run(other, capture_output=True, text=True, check=False)
    assert done.returncode == 9 and "service key is wrong" in done.stderr
    none = [TALLY, "balance", "--home", ada.folder]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TALLY")}
    done = subprocess.run(none, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 9 and "none was given" in done.stderr
    missing = [TALLY, "balance", "--home", tmp_path / "nobody"]
    done = subprocess.run(missing, capture_output=True, text=True, check=False)
    assert done.returncode == 4 and "there is no wallet" in done.stderr
    secret = tmp_path / "secret"
    secret.write_text("correct horse\n")
    ada.ok("passphrase", "--new-passphrase-file", str(secret))
    assert ada.run("balance").returncode == 9
    home = ["--home", ada.folder, "--passphrase-file", secret]
    done = subprocess.run([TALLY, "balance", *home], capture_output=True, text=True, check=True)
    assert "50.00" in done.stdout
    assert (ada.folder / "keys").stat().st_mode & 0o777 == 0o600
    assert ada.folder.stat().st_mode & 0o777 == 0o700


def test_a_home_is_made_whole_or_not_at_all(tmp_path):
    """Killed at any moment, or two at once: there is a wallet that opens, or none."""
    strange = tmp_path / "ada.draft"
    strange.mkdir()
    (strange / "thesis").write_text("x")
    dice, made = random.Random(3), 0
    for round_ in range(20):
        folder, key = tmp_path / f"ada{round_}", tmp_path / f"key{round_}"
        words = ["init", "--name", "Ada", "--demo", "5.00", "--home", folder, "--key-file", key]
        processes = [
            subprocess.Popen([TALLY, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for _ in range(1 + round_ % 2)
        ]
        if round_ % 2 == 0:
            time.sleep(dice.random() / 5)
            processes[0].kill()
        for process in processes:
            process.wait(timeout=PATIENCE)
        if folder.exists():
            made += 1
            told = [TALLY, "balance", "--home", folder, "--key-file", key, "--json"]
            done = subprocess.run(told, capture_output=True, text=True, check=False)
            assert done.returncode == 0 and '"5.00"' in done.stdout, done.stderr
    assert made >= 10
    assert (strange / "thesis").read_text() == "x"


def test_a_second_process_of_a_home_asks_the_first(street):
    ada, _ = street
    with ada.start("pay", "--on", "lo", "--wait", "6") as paying:
        paying.says(r"screen is (\d{4})")
        assert ada.money()["available"] == 5000
        assert ada.run("node").returncode == 1
        code, _, said = paying.ends()
        assert code == 7 and "nobody asked" in said
