"""An office that runs: what is asked of it beside, what it tells, and that it may be killed."""

import http.client
import json
import re
import signal
import socket
import subprocess
import time
from datetime import datetime, timezone

import pytest

from tally_books import Books, Check, units_out
from test_office import Office


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Served(Office):
    """An office whose counter is open."""

    process, log, metrics = None, None, None

    def start(self, *options, environment=None, command=None):
        self.metrics = free_port()
        self.log = open(self.folder.parent / f"{self.folder.name}.log", "a", encoding="utf-8")
        words = ["office", "serve", "--json", "--on", "lo", "--metrics", str(self.metrics)]
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            command or self.command(*words, *options), stdout=subprocess.DEVNULL,
            stderr=self.log, stdin=subprocess.DEVNULL, env=environment)
        opened = self.wait(lambda: [one for one in self.said() if one.get("event") == "open"])
        self.port = opened[-1]["port"]
        return self

    def said(self):
        text = (self.folder.parent / f"{self.folder.name}.log").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def wait(self, what, seconds=20):
        count = len(self.said()) if self.process.poll() is None else 0
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert self.process.poll() is None, self.said()[count:]
            if found := what():
                return found
            time.sleep(0.02)
        raise AssertionError("it did not come: " + str(self.said()[-5:]))

    def end(self, how=signal.SIGTERM):
        if self.process is None:
            return None
        self.process.send_signal(how)
        code = self.process.wait(timeout=20)
        self.log.close()
        (self.folder.parent / f"{self.folder.name}.log").write_text("", encoding="utf-8")
        self.process = None
        return code

    def get(self, path, method="GET", **headers):
        line = http.client.HTTPConnection("127.0.0.1", self.metrics, timeout=5)
        line.request(method, path, headers=headers)
        answer = line.getresponse()
        body = answer.read().decode()
        line.close()
        return answer.status, body

    def figures(self):
        status, text = self.get("/metrics")
        assert status == 200
        return {
            line.split(" ")[0].removeprefix("tally_office_"): int(line.split(" ")[1])
            for line in text.splitlines() if not line.startswith("#")
        }


@pytest.fixture(name="town")
def one_office(tmp_path):
    town = Served(tmp_path, "town").opened()
    yield town.start()
    if town.process:
        town.end(signal.SIGKILL)


INVITE = ("office", "invite", "Ada's phone", "--account", "Ada", "--largest", "20.00",
          "--ceiling", "100.00")


def test_what_is_typed_beside_it_is_what_is_typed_without_it(town):
    beside = [town.run(*words) for words in QUESTIONS]
    assert town.end() == 0
    alone = [town.run(*words) for words in QUESTIONS]
    for words, one, other in zip(QUESTIONS, beside, alone):
        assert (one.returncode, one.stdout, one.stderr) == (
            other.returncode, other.stdout, other.stderr), words


QUESTIONS = [
    ("office", "accounts"), ("office", "accounts", "--json"), ("office", "members"),
    ("office", "audit"), ("office", "audit", "--json"), ("bank", "statement", "Ada"),
    ("bank", "statement", "Ada", "--csv"), ("bank", "statement", "Ada", "--json"),
    ("bank", "statement", "Eve"), ("bank", "statement", "Ada", "--last", "0"),
    ("office", "deposit", "Ada", "1,50", "--yes"), ("office", "deposit", "Ada", "1.00"),
    ("office", "withdraw", "Till", "99.00", "--yes", "--json"),
    ("office", "revoke", "Ada", "--reason", "lost"), ("office", "invite", "Ada"),
]


def test_money_is_booked_beside_it_once_and_the_books_are_whole(town):
    for number in range(12):
        for _ in range(2):
            town.ok("office", "deposit", "Ada", "1.00", "--once", f"n{number}", "--yes")
    assert town.json("office", "audit")["cashHeld"]["amount"] == "66.50"
    assert town.figures()["cash_units"] == 6650
    town.end()
    units_out(Check(Books(town.folder / "books.db"), town.chain_key()))


def test_a_long_statement_comes_whole(town):
    for number in range(40):
        town.ok("office", "deposit", "Ada", f"{number + 1}.00", "--memo", "x" * 150, "--yes")
    lines = town.ok("bank", "statement", "Ada", "--csv").splitlines()
    assert len(lines) == 42 and lines[-1].split(",")[3] == "40.00"


def test_an_invite_is_a_code_that_the_books_do_not_know(town):
    told = town.json(*INVITE, "--guarantee", "30.00")
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{5}-){4}[0-9A-HJKMNP-TV-Z]{5}", told["code"])
    assert told["code"].replace("-", "").encode() not in (town.folder / "books.db").read_bytes()
    invited = town.json("office", "members")["invited"]
    assert [(one["name"], one["account"]) for one in invited] == [("Ada's phone", 16)]
    # What is guaranteed stays, and more of it is not to be had.
    assert town.wrong("office", "withdraw", "Ada", "20.01", "--yes")[:2] == (3, "guaranteed")
    assert town.wrong(*INVITE, "--guarantee", "20.01")[:2] == (3, "guarantee")
    town.ok("office", "withdraw", "Ada", "20.00", "--yes")
    town.end()
    units_out(Check(Books(town.folder / "books.db"), town.chain_key()))


def test_two_cannot_serve_one_office_and_its_books_are_not_opened_beside(town):
    assert town.wrong("office", "serve", "--on", "lo")[:2] == (3, "runs")
    assert town.wrong("office", "serve", "--metrics", "0")[:2] == (2, "bad-port")
    assert town.wrong("office", "serve", "--metrics", "10.0.0.1:80")[:2] == (2, "bad-port")
    other = Served(town.folder.parent, "other")
    code, name, what = other.wrong("office", "serve", "--metrics", str(town.metrics))
    assert (code, name) == (1, "metrics") and str(town.metrics) in what


def test_it_tells_programs_of_this_host_how_it_stands(town):
    assert town.get("/health") == (200, "open\n")
    figures = town.figures()
    assert figures["up"] == 1 and figures["accounts"] == 2 and figures["entries"] == 6
    assert figures['units{where="outstanding"}'] == 0
    assert town.get("/")[0] == 404 and town.get("/health", "POST")[0] == 405
    assert town.get("/metrics", Host="evil.example")[0] == 421
    # Who says nothing, or too much, keeps nobody out.
    silent = [socket.create_connection(("127.0.0.1", town.metrics)) for _ in range(16)]
    silent[0].sendall(b"GET /" + b"x" * 10_000)
    time.sleep(6)
    assert town.get("/health")[0] == 200
    for one in silent:
        one.close()


def test_it_tells_when_the_day_that_was_closed_last_was_over(town):
    assert "closed_seconds" not in town.figures()
    done = town.json("office", "settle", "--yes")
    day = datetime.fromisoformat(done["day"]).replace(tzinfo=timezone.utc)
    assert town.figures()["closed_seconds"] == day.timestamp() + 86_400


def test_it_goes_on_where_it_was_killed_under_the_same_port(town):
    port, done = town.port, 0
    for number in range(12):
        command = town.command("office", "deposit", "Ada", "1.00", "--once", f"k{number}", "--yes",
                               "--json")
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as one:
            time.sleep(0.004 * number)
            town.end(signal.SIGKILL)
            done += bool(one.stdout.read())
        town.start()
        assert town.port == port
        cash = int(town.json("office", "audit")["cashHeld"]["amount"].split(".")[0])
        assert 54 + done <= cash <= 54 + number + 1
    for number in range(12):
        town.ok("office", "deposit", "Ada", "1.00", "--once", f"k{number}", "--yes")
    assert town.json("office", "audit")["cashHeld"]["amount"] == "66.50"
    assert town.end() == 0


def test_a_service_takes_its_key_from_its_credentials(tmp_path):
    town = Served(tmp_path, "town").opened()
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "office.key").write_bytes(town.key.read_bytes())
    town.metrics = free_port()
    command = [one for one in town.command("office", "serve", "--json", "--on", "lo")
               if one not in ("--key-file", str(town.key))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 9
    town.start(command=command, environment={"CREDENTIALS_DIRECTORY": str(folder)})
    assert town.end() == 0


def test_an_office_whose_journal_is_gone_opens_while_nothing_came_back(town):
    town.end()
    for one in town.folder.glob("journal.*"):
        one.unlink()
    town.start()
    assert town.get("/health")[0] == 200


def wallet(town, name, *words):
    """What a wallet of its own is told by the office that runs."""
    return subprocess.Popen(  # pylint: disable=consider-using-with
        [*town.command(*words)[:-4], "--home", str(town.folder.parent / name),
         "--key-file", str(town.key), "--on", "lo", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
        start_new_session=True)


def done(process):
    out, err = process.communicate(timeout=90)
    assert process.returncode == 0, (out, err)
    return json.loads(out)


def statement(town):
    return [(one["act"], one["amount"])
            for one in town.json("bank", "statement", "Ada", "--last", "100")["lines"]]


def test_enrol_charge_redeem_and_sync_with_the_office_killed_in_each(town):
    code = town.json(*INVITE, "--guarantee", "10.00")["code"]
    errands = [
        ("enrol", "--office", f"127.0.0.1:{town.port}", code), ("charge", "20.00"),
        ("charge", "5.00"), ("redeem", "12.00"), ("sync",),
    ]
    for number, words in enumerate(errands):
        errand = wallet(town, "ada", *words)
        # Some moment of it, another one for each.
        time.sleep(0.03 + 0.04 * number)
        town.end(signal.SIGKILL)
        time.sleep(0.3)
        town.start()
        done(errand)
    assert statement(town) == [
        ("deposit", "50.00"), ("charge", "-20.00"), ("charge", "-5.00"), ("redemption", "12.00")]
    audit = town.json("office", "audit")
    assert (audit["issued"]["amount"], audit["redeemed"]["amount"]) == ("25.00", "12.00")
    # A code is for one wallet, and no more than is free can be charged.
    thief = wallet(town, "eve", "enrol", "--office", f"127.0.0.1:{town.port}", code)
    out, err = thief.communicate(timeout=60)
    assert thief.returncode == 3 and "code-used" in err, (out, err)
    more = wallet(town, "ada", "charge", "27.01")
    out, err = more.communicate(timeout=60)
    assert more.returncode == 3 and "27.00 EUR" in err, (out, err)
    # Who is revoked gets nothing any more.
    town.ok("office", "revoke", "Ada's phone", "--reason", "lost", "--yes")
    last = wallet(town, "ada", "charge", "1.00")
    out, err = last.communicate(timeout=60)
    assert last.returncode == 3 and "revoked" in err, (out, err)
    assert town.end() == 0
    units_out(Check(Books(town.folder / "books.db"), town.chain_key()))
