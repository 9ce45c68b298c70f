"""An office and its wallets as people run them: real processes on the loopback interface."""

import json
import pathlib
import select
import socket
import subprocess
import threading

from test_wallets import Home, Running

TALLY = pathlib.Path(__file__).resolve().parents[2] / ".build/release/tally"
PATIENCE = 60


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def cents(money):
    """12.50 out of what the command says of an amount."""
    return int(money["amount"].replace(".", ""))


CLOCK = """
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

time_t time(time_t *kept) {
    struct timeval now;
    gettimeofday(&now, 0);
    time_t later = now.tv_sec + atol(getenv("LATER"));
    if (kept) *kept = later;
    return later;
}
"""


def clock(folder, later):
    """What has a command believe that it is so many seconds later."""
    if not later:
        return []
    source, library = folder / "clock.c", folder / "clock.so"
    source.write_text(CLOCK)
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-o", library, source], check=True, capture_output=True
    )
    return ["env", f"LD_PRELOAD={library}", f"LATER={later}"]


class Office:
    """An office in a folder of its own, with its counter on a port of its own."""

    def __init__(self, folder):
        self.folder, self.key = folder / "town", folder / "town.key"
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.running = None
        self.ok("office", "init", "--name", "Town", "--asset", "EUR")

    def command(self, *words):
        return [TALLY, *words, "--home", self.folder, "--key-file", self.key]

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

    def account(self, name, money):
        self.ok("office", "accounts", "--add", name, "--kind", "person")
        if money:
            self.ok("office", "deposit", name, money, "--yes")

    def invite(self, name, *words, largest="50.00", ceiling="100.00"):
        return self.json(
            *("office", "invite", name, "--account", name),
            *("--largest", largest, "--ceiling", ceiling, *words),
        )["code"]

    def serve(self, *words, later=0):
        """In a process of its own, until it is killed or ended."""
        command = self.command(
            "office", "serve", "--port", str(self.port), "--on", "lo", *words
        )
        self.running = Running([*clock(self.folder.parent, later), *command])
        self.running.says(str(self.port))
        return self.running

    def kill(self):
        self.running.process.kill()
        self.running.process.communicate()

    def money(self, name):
        """What is in an account, in cents."""
        accounts = self.json("office", "accounts")["accounts"]
        (one,) = [one for one in accounts if one["name"] == name]
        return cents(one["balance"])

    def outstanding(self):
        """What the books say is out, in cents; they have to be in order."""
        audit = self.json("office", "audit")
        return cents(audit["outstanding"])

    def waiting(self):
        """What came back to the office and is not credited yet, in cents."""
        return cents(self.json("office", "audit")["ofItWaiting"])


class Gate:
    """Stands before an office: all that comes goes in, and so many datagrams come out again."""

    def __init__(self, office, comes_out):
        self.office, self.left = ("127.0.0.1", office.port), comes_out
        self.front, self.back = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in "12")
        self.front.bind(("127.0.0.1", 0))
        self.back.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.front.getsockname()[1]}"
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.stand, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()
        self.front.close()
        self.back.close()

    def stand(self):
        wallet = None
        while not self.is_over.is_set():
            for ready in select.select([self.front, self.back], [], [], 0.05)[0]:
                datagram, sender = ready.recvfrom(65_536)
                if ready is self.front:
                    wallet = sender
                    self.back.sendto(datagram, self.office)
                elif self.left > 0:
                    self.left -= 1
                    self.front.sendto(datagram, wallet)


class Member(Home):
    """A wallet that an office has certified."""

    # What its clock is ahead of the others', in seconds.
    later = 0

    def __init__(self, folder, name):
        # No demo office: it is made by enrolling.
        self.folder, self.key = folder / name, folder / f"{name}.key"

    def command(self, *words):
        return [*clock(self.folder.parent, self.later), *super().command(*words)]

    def enrol(self, office, code, *words):
        return self.run("enrol", "--office", office.address, code, "--on", "lo", *words)

    def available(self):
        purses = self.json("balance")["balances"]
        return sum(cents(purse["available"]) for purse in purses)

    def errands(self):
        return self.json("pending")["errands"]


def error(done):
    """The name of what went wrong, of a command that answered in JSON."""
    return json.loads(done.stderr.strip().splitlines()[-1])["error"]["name"]


def screen(process):
    return process.says(r"screen is (\d{4})")[1]
