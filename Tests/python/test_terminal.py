"""The command as a person sees it: in a real terminal, which tmux holds and shows.

What stands there at the end is kept under screens/; TALLY_WRITE_VECTORS=1 writes it anew.
"""

import os
import pathlib
import re
import secrets
import shlex
import signal
import subprocess
import time

import pytest

from test_wallets import PATIENCE, TALLY, Home, sale


SCREENS = pathlib.Path(__file__).parent / "screens"


class Terminal:
    """A terminal of 80 columns with a shell in it; what stands on it can be read."""

    def __init__(self, folder):
        self.socket = f"tally-{secrets.token_hex(6)}"
        self.folder, self.count = folder, 0
        shell = "env -i PATH=/usr/bin:/bin TERM=screen LC_ALL=C.UTF-8 PS1='$ ' /bin/sh"
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "40", shell)

    def tmux(self, *words):
        return subprocess.run(
            ["tmux", "-L", self.socket, *words],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
            cwd=self.folder,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        ).stdout

    def __enter__(self):
        self.shows(r"\$")
        return self

    def __exit__(self, *_):
        self.tmux("kill-server")

    def types(self, text, *keys):
        """Types a line, or the keys that are named."""
        if text:
            self.tmux("send-keys", "-l", text)
        self.tmux("send-keys", *(keys or ["Enter"]))

    def runs(self, *words, after=""):
        """Types a command on an empty screen, and afterwards has the shell say how it ended."""
        line = shlex.join(str(word) for word in words)
        self.count += 1
        self.types(f"clear; echo run {self.count}; {after}{line}; echo ended $?")
        self.shows(rf"\Arun {self.count}\b")

    def job(self):
        """The process that the shell runs."""
        shell = self.tmux("display-message", "-p", "#{pane_pid}").strip()
        (job,) = pathlib.Path(f"/proc/{shell}/task/{shell}/children").read_text().split()
        return int(job)

    def screen(self, *how):
        return self.tmux("capture-pane", "-p", "-J", *how).rstrip("\n")

    def shows(self, pattern):
        deadline = time.monotonic() + 30
        while True:
            seen = self.screen()
            found = re.search(pattern, seen)
            if found:
                return found
            assert time.monotonic() < deadline, f"no {pattern} on:\n{seen}"
            time.sleep(0.05)

    def ended(self, code):
        assert self.shows(r"ended (\d+)")[1] == str(code), self.screen()

    def keeps(self, name):
        """Compares what stands there with what is kept, but for what chance drew."""
        text = self.screen().split("\n", 1)[1].replace(str(self.folder), "@")
        for pattern, mark in ((r"\b\d{3} \d{3}\b", "DDD DDD"), (r"\b[0-9a-f]{8}\b", "ID"),
                              (r"\b\d{4}\b", "NNNN"), (r", \d+ s\b", ", N s")):
            text = re.sub(pattern, mark, text)
        text = "".join(line.rstrip() + "\n" for line in text.rstrip().splitlines())
        kept = SCREENS / f"{name}.txt"
        if os.environ.get("TALLY_WRITE_VECTORS"):
            kept.parent.mkdir(exist_ok=True)
            kept.write_text(text)
        assert kept.read_text() == text


@pytest.fixture(name="street")
def two_homes(tmp_path):
    return Home(tmp_path, "ada"), Home(tmp_path, "bob", "0")


@pytest.fixture(name="terminal")
def one_terminal(tmp_path):
    with Terminal(tmp_path) as terminal:
        yield terminal


def pays(terminal, ada, *options, verb="pay"):
    """Ada waits for a seller; the number on her screen."""
    terminal.runs(*ada.command(verb, "--on", "lo", *options))
    return terminal.shows(r"number on this screen is (\d{4})")[1]


def sells(bob, screen, amount, *options):
    return bob.start("sell", amount, "--to", screen, "--for", "tea", "--on", "lo", *options)


def test_a_person_sees_who_how_much_what_for_and_the_digits_and_says_yes(street, terminal):
    ada, bob = street
    screen = pays(terminal, ada)
    terminal.shows(rf"waiting for a seller who asks {screen}, [1-9] s")
    with sells(bob, screen, "12.50") as selling:
        digits = selling.says(r"digits  (\d{3} \d{3})")[1]
        terminal.shows(r"pay it\? \[y/N\] $")
        seen = terminal.screen()
        assert "Bob asks for 12.50 DEMO" in seen and "for     tea" in seen
        assert f"digits  {digits}, and the seller's screen shows the same" in seen
        # The line that counted seconds has gone; nothing is left of it.
        assert "waiting for a seller" not in seen
        assert ada.money()["available"] == 5000
        terminal.types("y")
        terminal.ended(0)
        assert selling.ends()[0] == 0
    assert re.search(r"paid  12\.50 DEMO to Bob", terminal.screen())
    terminal.keeps("paid")
    assert (ada.money()["available"], bob.money()["available"]) == (3750, 1250)


@pytest.mark.parametrize("answer", ["n", "", "yep", "Y E S"])
def test_whatever_is_not_yes_refuses(street, terminal, answer):
    ada, bob = street
    screen = pays(terminal, ada)
    with sells(bob, screen, "1.00") as selling:
        terminal.shows(r"pay it\?")
        terminal.types(answer)
        terminal.ended(3)
        assert selling.ends()[0] == 3
    if answer == "n":
        terminal.keeps("refused")
    assert "refused" in terminal.screen()
    assert ada.money()["available"] == 5000


def test_what_was_typed_before_the_question_answers_nothing(street, terminal):
    ada, bob = street
    screen = pays(terminal, ada)
    terminal.types("y")
    terminal.types("y")
    with sells(bob, screen, "1.00", "--wait", "4") as selling:
        terminal.shows(r"pay it\? \[y/N\] $")
        time.sleep(1)
        assert ada.money()["available"] == 5000
        assert selling.ends()[0] in (3, 7)
        # The seller gave up, so nobody is asked any more.
        terminal.ended(7)
    assert (ada.money()["available"], bob.money()["available"]) == (5000, 0)


def test_ctrl_c_at_the_question_refuses_at_once(street, terminal):
    ada, bob = street
    screen = pays(terminal, ada)
    with sells(bob, screen, "1.00") as selling:
        terminal.shows(r"pay it\?")
        began = time.monotonic()
        terminal.types("", "C-c")
        terminal.ended(3)
        code, out, said = selling.ends()
        assert code == 3 and "refused" in out, (out, said)
        assert time.monotonic() - began < 10
    terminal.keeps("stopped")
    assert ada.money()["available"] == 5000


def test_a_question_that_waits_stops_no_other_payment(street, terminal, tmp_path):
    """A node pays Cleo, whom its person picked, while a question about Bob stands unanswered."""
    ada, bob = street
    cleo = Home(tmp_path, "cleo", "0")
    screen = pays(terminal, ada, verb="listen")
    with sells(cleo, screen, "2.00") as selling:
        terminal.shows(r"pay it\?")
        terminal.types("y")
        assert selling.ends()[0] == 0
    (first,) = ada.json("history")["payments"]
    ada.ok("policy", "--pick", first["id"], "--total", "5.00")
    with sells(bob, screen, "1.00") as waiting:
        terminal.shows(r"Bob asks for 1\.00 DEMO[^$]*pay it\?")
        for cents in (300, 200):
            with sells(cleo, screen, f"{cents // 100}.00") as selling:
                assert selling.ends()[0] == 0
        assert bob.money()["available"] == 0
        assert (cleo.money()["available"], ada.money()["available"]) == (700, 4300)
        terminal.types("y")
        assert waiting.ends()[0] == 0
    # The total is used up: from now on Cleo is asked about again.
    with sells(cleo, screen, "1.00") as selling:
        terminal.shows(r"Cleo asks for 1\.00 DEMO[^$]*pay it\?")
        terminal.types("n")
        assert selling.ends()[0] == 3
    terminal.types("", "C-c")
    terminal.ended(0)
    terminal.shows(r"paid 4 payments")
    terminal.keeps("listened")
    assert ada.json("info").get("screen") is None


def test_a_yes_that_comes_too_late_pays_no_other_offer(street, terminal, tmp_path):
    """Bob gives up while his question stands, and Cleo's offer waits behind it."""
    ada, bob = street
    cleo = Home(tmp_path, "cleo", "0")
    screen = pays(terminal, ada, verb="listen")
    with sells(bob, screen, "1.00", "--wait", "8") as waiting:
        terminal.shows(r"Bob asks for 1\.00 DEMO[^$]*pay it\? \[y/N\] $")
        with sells(cleo, screen, "2.00") as selling:
            selling.says(r"digits  (\d{3} \d{3})")
            assert "Cleo" not in terminal.screen()
            terminal.shows(r"Cleo asks for 2\.00 DEMO")
            terminal.types("y")
            terminal.shows(r"Cleo asks for 2\.00 DEMO[^$]*pay it\? \[y/N\] $")
            time.sleep(1)
            assert (ada.money()["available"], cleo.money()["available"]) == (5000, 0)
            assert waiting.ends()[0] in (3, 7)
            # Each was asked about once: nobody is asked about what is over.
            assert terminal.screen().count("pay it?") == 2
            terminal.types("y")
            assert selling.ends()[0] == 0
    terminal.types("", "C-c")
    terminal.ended(0)
    assert (ada.money()["available"], bob.money()["available"]) == (4800, 0)


def test_details_go_out_with_consent_only(street, terminal):
    ada, bob = street
    ada.ok("profile", "--shipping", "1 High Street", "--billing", "Ada Ltd")
    told = {}
    for yes in ("y", "n"):
        screen = pays(terminal, ada)
        with sells(bob, screen, "1.00", "--wants", "shipping,billing", "--json") as selling:
            terminal.shows(r"wants   to know your shipping and billing details")
            terminal.types("y")
            terminal.shows(r"know your shipping details, '1 High Street'\?")
            terminal.types(yes)
            terminal.shows(r"know your billing details, 'Ada Ltd'\?")
            terminal.types("n")
            terminal.ended(0)
            code, out, said = selling.ends()
            assert code == 0, said
            told[yes] = out
            terminal.keeps(f"details-{yes}")
    assert '"shipping":"1 High Street"' in told["y"] and "billing" not in told["y"]
    assert "High Street" not in told["n"] and "Ada Ltd" not in told["n"]


def test_a_pin_is_asked_for_unseen_and_wrong_ones_are_counted(street, terminal):
    ada, bob = street
    terminal.runs(*ada.command("policy", "--pin", "--pin-from", "5.00"))
    for question in (r"the new PIN: $", r"the same once more: $"):
        terminal.shows(question)
        terminal.types("24680")
    terminal.ended(0)
    assert "24680" not in terminal.screen()
    screen = pays(terminal, ada)
    with sells(bob, screen, "4.99") as selling:
        terminal.shows(r"pay it\?")
        terminal.types("y")
        terminal.ended(0)
        assert selling.ends()[0] == 0
    screen = pays(terminal, ada)
    with sells(bob, screen, "5.00") as selling:
        terminal.shows(r"pay it\?")
        terminal.types("y")
        terminal.shows(r"PIN: $")
        terminal.types("11111")
        terminal.shows(r"that is not the PIN; 4 tries left[^$]*PIN: $")
        terminal.types("24680")
        terminal.ended(0)
        assert selling.ends()[0] == 0
    assert "24680" not in terminal.screen() and "11111" not in terminal.screen()
    terminal.keeps("pin")
    assert bob.money()["available"] == 999


def test_what_is_paid_by_hand_while_a_refund_asks_for_the_pin_counts(street, terminal, tmp_path):
    ada, bob = street
    assert sale(ada, bob, "10.00")[1].returncode == 0
    payment = ada.json("history", "--last", "1")["payments"][0]["id"]
    (tmp_path / "pin").write_text("24680\n")
    bob.ok("policy", "--pin", "--new-pin-file", str(tmp_path / "pin"), "--pin-from", "5.00")
    with ada.start("node", "--on", "lo") as one, bob.start("node", "--on", "lo") as other:
        one.says("on the air")
        other.says("on the air")
        screen = pays(terminal, bob)
        back = ("--refund", payment, "--to", screen)
        with ada.start("sell", "3.00", *back) as part, Terminal(tmp_path) as second:
            terminal.shows(r"Ada asks for 3\.00 DEMO[^$]*pay it\? \[y/N\] $")
            second.runs(*bob.command("refund", payment))
            second.shows(r"tally sell 10\.00 --refund")
            with ada.start("sell", "10.00", *back) as whole:
                second.shows(r"PIN: $")
                terminal.types("y")
                terminal.ended(0)
                assert part.ends()[0] == 0
                second.types("24680")
                second.ended(3)
                assert "3.00 DEMO of it went back" in second.screen()
                assert whole.ends()[0] == 3
    assert bob.money()["available"] == 700


@pytest.mark.parametrize("how", ["C-z", "SIGSTOP"])
def test_a_pin_stays_unseen_after_the_shell_had_the_terminal(street, terminal, how):
    ada, bob = street
    terminal.runs(*ada.command("policy", "--pin", "--pin-from", "5.00"))
    for question in (r"the new PIN: $", r"the same once more: $"):
        terminal.shows(question)
        terminal.types("24680")
    terminal.ended(0)
    terminal.types("set -m")
    terminal.types("clear; " + shlex.join(str(word) for word in ada.command("pay", "--on", "lo")))
    screen = terminal.shows(r"number on this screen is (\d{4})")[1]
    with sells(bob, screen, "5.00") as selling:
        terminal.shows(r"pay it\?")
        terminal.types("y")
        terminal.shows(r"PIN: $")
        if how == "C-z":
            terminal.types("13579", "C-z")
        else:
            os.kill(terminal.job(), signal.SIGSTOP)
        terminal.shows(r"Stopped")
        # Other shells show by themselves what is typed at them.
        terminal.types("stty echo; clear; fg")
        terminal.shows(r"PIN: $")
        terminal.types("2468", "0")
        time.sleep(0.5)
        assert "24680" not in terminal.screen()
        terminal.types("")
        terminal.shows(r"paid  5\.00 DEMO to Bob")
        assert selling.ends()[0] == 0
    seen = terminal.screen("-S", "-")
    assert "24680" not in seen and "13579" not in seen
    # And the shell shows again what is typed.
    terminal.types("clear; stty -a")
    terminal.shows(r" echo ")


@pytest.mark.parametrize("key", ["C-c", "C-\\"])
def test_a_signal_at_a_passphrase_leaves_the_terminal_as_it_was(terminal, tmp_path, key):
    terminal.types("stty -a >before; ulimit -c 0")
    home = tmp_path / "secret"
    # The shell runs one of a group that the signal ends.
    terminal.types(f"clear; {TALLY} init --demo 1.00 --home {home}")
    terminal.shows(r"a passphrase for the wallet: $")
    terminal.types("hush", "Space")
    time.sleep(0.2)
    assert "hush" not in terminal.screen()
    terminal.types("", key)
    terminal.types("clear; stty -a >after; cmp before after && echo same")
    terminal.shows(r"\nsame|^same")
    assert not home.exists()


def test_a_passphrase_is_typed_unseen_and_stopping_shows_the_shell(terminal, tmp_path):
    home = tmp_path / "secret"
    terminal.types("stty -a >before; set -m")
    terminal.types(f"clear; {TALLY} init --demo 1.00 --home {home}")
    terminal.shows(r"a passphrase for the wallet: $")
    terminal.types("", "C-z")
    terminal.types("clear; stty -a >after; cmp before after && echo same")
    terminal.shows(r"\nsame|^same")
    terminal.types("clear; fg")
    for question in (r"a passphrase for the wallet: $", r"the same once more: $"):
        terminal.shows(question)
        terminal.types("correct horse")
    terminal.shows(r"made a wallet")
    assert "correct" not in terminal.screen("-S", "-")
    terminal.runs(TALLY, "balance", "--home", home)
    terminal.shows(r"passphrase of .*: $")
    terminal.types("wrong")
    terminal.ended(9)


def test_colour_stands_where_it_is_wanted(street, terminal):
    ada, _ = street
    words = ada.command("show", "xyz")
    terminal.runs(*words)
    terminal.ended(2)
    assert "\x1b[31merror:" in terminal.screen("-e")
    for environment in ("NO_COLOR=1 ", "TERM=dumb "):
        terminal.runs(*words, after=environment)
        terminal.ended(2)
        assert "error:" in terminal.screen() and "\x1b" not in terminal.screen("-e")


@pytest.mark.parametrize("environment, counts", [("NO_COLOR=1 ", True), ("TERM=dumb ", False)])
def test_without_colour_the_wait_is_still_told(street, terminal, environment, counts):
    ada, _ = street
    terminal.runs(*ada.command("pay", "--on", "lo", "--wait", "3"), after=environment)
    terminal.shows(r"waiting for a seller who asks \d{4}")
    if counts:
        terminal.shows(r"who asks \d{4}, [1-9] s")
    assert "\x1b" not in terminal.screen("-e")
    terminal.ended(7)
    # What overwrites itself leaves nothing behind; what cannot is told once.
    assert terminal.screen().count("waiting for") == (0 if counts else 1)
