"""What a node and an office tell systemd, whose place a socket of the test's own takes."""

import ctypes
import errno
import os
import secrets
import signal
import socket
import subprocess
import time

import pytest

from test_office import Office
from test_wallets import TALLY, Home

PATIENCE = 20
PTRACE_ATTACH, PTRACE_DETACH, WALL = 16, 17, 0x40000000
TRACING = ctypes.CDLL(None, use_errno=True)


class Service:
    """A process of the command, started as systemd starts one."""

    def __init__(self, folder, words, name=None, **environment):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        name = name or str(folder / "notify")
        self.socket.bind("\0" + name[1:] if name[0] == "@" else name)
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            [TALLY, *words, "--on", "lo"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, start_new_session=True,
            env={"NOTIFY_SOCKET": name, **environment})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
        self.socket.close()

    def word(self, seconds=PATIENCE):
        """The next that it says, or None."""
        self.socket.settimeout(seconds)
        try:
            return self.socket.recv(4096).decode()
        except TimeoutError:
            return None

    def words(self, seconds):
        """All that it says in so long."""
        said, end = [], time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if word := self.word(left):
                said.append(word)
        return said

    def threads(self):
        return [int(one) for one in os.listdir(f"/proc/{self.process.pid}/task")]

    def is_silent_without(self, thread, seconds):
        """Whether it says nothing for so long while that one of its threads stands still."""
        if TRACING.ptrace(PTRACE_ATTACH, thread, None, None):
            # Idle ones end by themselves.
            if ctypes.get_errno() == errno.ESRCH:
                return False
            pytest.skip(f"no thread may be stopped here: {os.strerror(ctypes.get_errno())}")
        try:
            os.waitpid(thread, WALL)
            # What was said before that.
            self.words(0.05)
            return not self.words(seconds)
        finally:
            TRACING.ptrace(PTRACE_DETACH, thread, None, None)

    def is_ready(self):
        ready = self.word()
        assert ready and ready.startswith("READY=1\nSTATUS="), ready
        return ready.split("STATUS=")[1]

    def ends(self):
        self.process.terminate()
        said = []
        while (word := self.word()) != "STOPPING=1":
            assert word == "WATCHDOG=1", (word, said)
            said.append(word)
        assert self.process.wait(PATIENCE) == 0
        assert self.word(0.1) is None


def started(folder, kind, environment, name=None):
    if kind == "node":
        home = Home(folder, "ada")
        words = ["node"]
    else:
        home = Office(folder, "town").opened()
        words = ["office", "serve"]
    return Service(
        folder, [*words, "--home", home.folder, "--key-file", home.key], name, **environment)


KINDS = ["node", "office"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("abstract", [False, True], ids=["path", "abstract"])
def test_it_says_when_it_is_ready_and_when_it_ends(tmp_path, kind, abstract):
    name = "@tally-" + secrets.token_hex(8) if abstract else None
    with started(tmp_path, kind, {}, name) as service:
        assert "UDP port" in service.is_ready()
        # Nobody watches, so nothing more is said.
        assert service.words(0.5) == []
        service.ends()


@pytest.mark.parametrize("kind", KINDS)
def test_the_word_that_it_lives_comes_from_its_loop_and_in_time(tmp_path, kind):
    interval = 0.6
    with started(tmp_path, kind, {"WATCHDOG_USEC": str(int(interval * 1e6))}) as service:
        service.is_ready()
        said, last = 0, time.monotonic()
        while said < 12:
            assert service.word(interval) == "WATCHDOG=1"
            assert time.monotonic() - last < interval
            last, said = time.monotonic(), said + 1
        # It wakes for that four times in an interval, and not all the time.
        assert len(service.words(2 * interval)) <= 18
        # Whichever other thread stands still, it goes on; when the loop does, nothing is said.
        silencing = [one for one in service.threads() if service.is_silent_without(one, interval)]
        assert len(service.threads()) > 1 and len(silencing) == 1
        assert service.word(interval) == "WATCHDOG=1"
        service.ends()


def test_a_watchdog_of_another_process_is_not_answered(tmp_path):
    environment = {"WATCHDOG_USEC": "200000", "WATCHDOG_PID": "1"}
    with started(tmp_path, "node", environment) as service:
        service.is_ready()
        assert service.words(0.6) == []
        service.ends()


@pytest.mark.parametrize("name", ["", "vsock:2:1234", "relative", "/" + "x" * 200, "/no/such/socket"])
def test_where_nobody_hears_it_runs_all_the_same(tmp_path, name):
    home = Home(tmp_path, "ada")
    with subprocess.Popen(
        home.command("node", "--on", "lo"), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env={"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "200000"},
    ) as process:
        assert "is on the air" in process.stderr.readline()
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0


def test_a_node_that_cannot_open_its_home_is_never_ready(tmp_path):
    home = Home(tmp_path, "ada")
    wrong = tmp_path / "wrong.key"
    wrong.write_bytes(b"x" * 32)
    with Service(tmp_path, ["node", "--home", home.folder, "--key-file", wrong]) as service:
        # As its unit has it, systemd does not start it again: RestartPreventExitStatus=9.
        assert service.process.wait(PATIENCE) == 9
        assert service.word(0.1) is None


def test_services_take_what_opens_their_homes_from_credentials_and_no_other_verb_does(tmp_path):
    folder = tmp_path / "credentials"
    folder.mkdir()
    environment = {"CREDENTIALS_DIRECTORY": str(folder)}
    ada, town = Home(tmp_path, "ada"), Office(tmp_path, "town").opened()
    # Each under its own name: a till's key is not tried on an office.
    (folder / "wallet.key").write_bytes(ada.key.read_bytes())
    office = ["office", "serve", "--home", town.folder]
    with Service(tmp_path, office, str(tmp_path / "1"), **environment) as service:
        assert service.process.wait(PATIENCE) == 9
    with Service(
        tmp_path, ["node", "--home", ada.folder], str(tmp_path / "2"), **environment
    ) as service:
        service.is_ready()
        service.ends()
    done = subprocess.run([TALLY, "balance", "--home", ada.folder], capture_output=True, text=True,
                          env=environment, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 9 and "no key file" not in done.stdout
    # A home that a passphrase opens.
    (folder / "wallet.passphrase").write_text("correct horse battery\n")
    made = subprocess.run(
        [TALLY, "init", "--name", "Ben", "--demo", "0", "--home", tmp_path / "ben",
         "--passphrase-file", folder / "wallet.passphrase"], capture_output=True, check=False)
    assert made.returncode == 0, made.stderr
    with Service(
        tmp_path, ["node", "--home", tmp_path / "ben"], str(tmp_path / "3"), **environment
    ) as service:
        service.is_ready()
        service.ends()
