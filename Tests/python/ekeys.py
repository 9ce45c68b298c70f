"""eKeys, FAMs and the cable between them, as people have them: real processes, on loopback."""

import errno
import os
import pty
import re
import select
import signal
import socket
import subprocess
import threading
import time

import cbor2
import nacl.pwhash.argon2id as argon
import talk
from counter import Member, Office
from ekey_reader import DONE, PATIENCE, Carrier, Reader, dumps

TALLY = talk.TALLY
INFO, BALANCES, HISTORY, LISTEN, REFUSE, STOP, PIN, CHARGE, BACK_UP = 0, 1, 3, 6, 10, 15, 17, 20, 25
TOLD_PIN, TOLD_WRONG_PIN = 9, 10
ASSET = ["EUR", 2]
RIGHT_PIN = "4711"
LARGEST, CEILING, GUARANTEE = "900.00", "3000.00", "500.00"
ON = ("--on", "lo")


def until(what, seconds=PATIENCE, step=0.02):
    """Waits until it is so; what it then is."""
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, f"it did not come about in {seconds} seconds"
        time.sleep(step)
    return found


def stretched(pin, salt):
    """A PIN as it is told to a wallet: docs/PROTOCOL section 9."""
    return argon.kdf(32, pin.encode(), salt, argon.OPSLIMIT_MODERATE, argon.MEMLIMIT_MODERATE)


class Process:
    """A process of the command, whose words go to a file."""

    def __init__(self, command, log):
        self.command, self.log, self.process = [str(one) for one in command], log, None

    def start(self, ready):
        """Until it has said that."""
        begun = self.log.stat().st_size if self.log.exists() else 0
        with open(self.log, "ab") as out:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True, preexec_fn=talk.dies_with_us)
        self.wait(ready, begun)
        return self

    def wait(self, pattern, begun=0):
        def found():
            said = self.log.read_bytes()[begun:].decode(errors="replace")
            hit = re.search(pattern, said)
            assert hit or self.process.poll() is None, said
            return hit
        return until(found)

    def is_alive(self):
        return self.process is not None and self.process.poll() is None

    def kill(self, how=signal.SIGKILL):
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(how)
        code, self.process = self.process.wait(timeout=PATIENCE), None
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()


class Screen:
    """A process in a terminal of its own, which somebody looks at and types into."""

    def __init__(self, command):
        self.seen, self.code = "", None
        words = [str(one) for one in command]
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.execve(words[0], words, {**os.environ, "TERM": "dumb", "NO_COLOR": "1"})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.code is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.file)

    def look(self, patience=0.0):
        if not select.select([self.file], [], [], patience)[0]:
            return
        try:
            self.seen += os.read(self.file, 1 << 16).decode(errors="replace")
        except OSError as error:
            # A terminal whose last process has gone.
            if error.errno != errno.EIO:
                raise
            time.sleep(min(patience, 0.02))

    def shows(self, pattern, meanwhile=lambda: None, seconds=PATIENCE):
        """Waits for that; what stood there up to it counts no more."""
        end = time.monotonic() + seconds
        while not (found := re.search(pattern, self.seen)):
            assert time.monotonic() < end, f"no {pattern} in {self.seen[-2_000:]!r}"
            self.look(0.02)
            meanwhile()
        self.seen = self.seen[found.end():]
        return found

    def types(self, text):
        os.write(self.file, text.encode() + b"\r")

    def ctrl_c(self):
        os.write(self.file, b"\x03")

    def ends(self, seconds=PATIENCE):
        def over():
            self.look()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            return [status] if pid else None
        (status,) = until(over, seconds)
        self.code = os.waitstatus_to_exitcode(status)
        return self.code


# MARK: Those of a town


class Device(Member):
    """A wallet that an office has certified and that was made an eKey."""

    def __init__(self, folder, name):
        super().__init__(folder, name)
        self.pin = folder / "pin"
        self.code, self.running, self.pages = None, None, 0
        self.salt = self.yes = None

    def make(self, *words):
        self.code = self.json("ekey", "init", "--new-pin-file", self.pin, *words)["unblockCode"]
        return self

    def log(self):
        return self.folder.parent / f"{self.folder.name}.log"

    def start(self, *words):
        self.running = Process(self.command("ekey", "run", *words), self.log())
        self.running.start("reader at|\"line\"")
        return self

    def kill(self, how=signal.SIGKILL):
        code, self.running = self.running.kill(how) if self.running else None, None
        return code

    def again(self):
        """Loses its power, and gets it back."""
        self.kill()
        return self.start()

    def __exit__(self, *_):
        self.kill()

    def __enter__(self):
        return self

    def reader(self, **more):
        return Reader(self.folder, **more)

    def said_yes(self, question):
        """The PIN as an ACCEPT carries it, made once for a salt."""
        if question[0] != self.salt:
            self.salt, self.yes = question[0], stretched(RIGHT_PIN, question[0])
        return self.yes


class Shop(talk.Node):
    """A wallet of the same office, whose node sells."""

    def __init__(self, folder, name):  # pylint: disable=super-init-not-called
        self.folder, self.key = folder / name, folder / f"{name}.key"
        self.process = self.line = None

    def money(self):
        purses = self.line.ask(BALANCES)
        return purse(purses)


def purse(purses):
    """What is available, held and incoming, in cents."""
    for asset, *amounts in purses:
        if asset == ASSET:
            return tuple(amounts[:3])
    return (0, 0, 0)


class Town(Office):
    """An office, and whoever it has certified."""

    def __init__(self, folder):
        super().__init__(folder)
        self.parent, self.people = folder, []
        (folder / "pin").write_text(RIGHT_PIN + "\n")

    def person(self, made, name, money="2000.00", charged=None):
        self.account(name, money)
        # It is heard of as name of a file and of a person, so one that says a lot.
        words = ("--guarantee", GUARANTEE)
        code = self.invite(name, *words, largest=LARGEST, ceiling=CEILING)
        one = made(self.parent, name)
        for step in (("enrol", "--office", self.address, code), charged and ("charge", charged)):
            if step:
                done = subprocess.run(
                    one.command(*step, *ON), capture_output=True, text=True, check=False,
                    stdin=subprocess.DEVNULL, start_new_session=True, timeout=PATIENCE)
                assert done.returncode == 0, (step, done.stderr)
        self.people.append(one)
        return one

    def ekey(self, name, *words, charged="800.00"):
        return self.person(Device, name, charged=charged).make(*words)


# MARK: The cable


class Cable:
    """A line that can be pulled out after any byte, in either direction.

    Readers come to the socket in `folder`; what they say goes to the eKey that is in.
    """

    IN, OUT = 0, 1

    def __init__(self, folder, device):
        folder.mkdir()
        self.folder, self.device = folder, device
        self.bytes, self.limit, self.pulls = [0, 0], None, 0
        self.is_in, self.is_over = True, False
        self.door = socket.socket(socket.AF_UNIX)
        place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        self.door.bind(f"/proc/self/fd/{place}/ekey.sock")
        os.close(place)
        self.door.listen(8)
        self.ends = ()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.thread.join(timeout=PATIENCE)
        self.door.close()

    def pull_after(self, direction, count):
        """So many bytes more go that way, and then it is out for a moment."""
        self.limit = (direction, self.bytes[direction] + count)

    def _run(self):
        while not self.is_over:
            ready = select.select([*self.ends, self.door], [], [], 0.02)[0]
            for one in ready:
                if one in self.ends:
                    self._pass(one)
            if self.door in ready:
                self._plug(self.door.accept()[0])
        self._drop()

    def _plug(self, reader):
        if not self.is_in or self.ends:
            reader.close()
            return
        ekey = socket.socket(socket.AF_UNIX)
        try:
            place = os.open(self.device.folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                ekey.connect(f"/proc/self/fd/{place}/ekey.sock")
            finally:
                os.close(place)
        except OSError:
            reader.close()
            ekey.close()
            return
        self.ends = (reader, ekey)

    def _pass(self, one):
        direction = self.ends.index(one)
        try:
            data = one.recv(1 << 16)
            is_last = not data
            if self.limit and self.limit[0] == direction:
                left = self.limit[1] - self.bytes[direction]
                if len(data) >= left:
                    data, is_last, self.limit = data[:left], True, None
                    self.pulls += 1
            self.bytes[direction] += len(data)
            self.ends[1 - direction].sendall(data)
        except OSError:
            is_last = True
        if is_last:
            self._drop()

    def _drop(self):
        for one in self.ends:
            one.close()
        self.ends = ()


class Fam:
    """A FAM of the command, and what is asked of it."""

    def __init__(self, folder, ekey, pin):
        self.folder, self.pin, self.ekey = folder, pin, ekey
        self.running = self.line = self.port = self.number = None

    def command(self, *words):
        return [str(one) for one in (TALLY, *words, "--home", self.folder)]

    def run(self, *words):
        return subprocess.run(
            self.command(*words), capture_output=True, text=True, check=False, timeout=PATIENCE,
            stdin=subprocess.DEVNULL, start_new_session=True)

    def pair(self):
        done = self.run("fam", "pair", self.ekey, "--pin-file", self.pin)
        assert done.returncode == 0, done.stderr
        return self

    def start(self):
        log = self.folder.parent / f"{self.folder.name}.log"
        command = self.command("fam", "run", "--pin-file", self.pin, *ON, "--json")
        self.running = Process(command, log)
        begun = log.stat().st_size if log.exists() else 0
        self.running.start('"port":')
        self.port = int(self.running.wait(r'"port":(\d+)', begun)[1])
        self.line = Visitor(self.folder)
        return self

    def stop(self):
        if self.line:
            self.line.close()
        if self.running:
            self.running.kill()
        self.running = self.line = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    # As a buyer

    def ask(self, number, body=()):
        told = self.line.try_(number, body)
        if number == LISTEN and told:
            self.number = told[1][0][1][0]
        return told

    def poll(self):
        return self.line.poll()


class Visitor(talk.Line):
    """One who is told that something went wrong without an end to the test."""

    def try_(self, number, body=()):
        """What it comes to; nothing where the eKey could not be asked."""
        self.say(number, body)
        end, answers = time.monotonic() + PATIENCE, []
        while not answers:
            assert time.monotonic() < end
            for kind, told in self._hear(end - time.monotonic()):
                if kind in (talk.TOLD_HAPPENED, talk.TOLD_NEWS):
                    self.news += told
                if kind != talk.TOLD_HAPPENED:
                    answers.append((kind, told))
        ((kind, told),) = answers
        self.fault = told if kind == talk.TOLD_FAULT else None
        return None if kind == talk.TOLD_FAULT else (kind, told)


class BadFam(Carrier):
    """A FAM of our own before an eKey, good or bad."""

    def __init__(self, reader, meddle=None):
        super().__init__(reader, meddle)
        self.heard, self.status, self.number = [], DONE, None

    def ask(self, number, body=()):
        question = dumps([talk.VERSION, number, body])
        data, self.status = self.reader.say(self.reader.numbered(0x10, question))
        if self.status != DONE:
            return None
        kind, told = cbor2.loads(data)
        if number == LISTEN:
            self.number = told[0][1][0]
        if kind == talk.TOLD_NEWS:
            self.heard += told
        self.due = 0
        return kind, told

    def poll(self):
        self.turn()
        while self.news:
            kind, told = cbor2.loads(self.news.popleft())
            assert kind == talk.TOLD_HAPPENED
            self.heard += told
        heard, self.heard = self.heard, []
        return heard


# MARK: A payment


class Payment:
    """One sale by a shop to whoever sits before an eKey; how it stands at both."""

    def __init__(self, shop, buyer, device, amount, memo="bread", says_yes=True,
                 seconds=600):
        self.shop, self.buyer, self.device = shop.line, buyer, device
        self.terms = [ASSET, amount, memo, [], 0, seconds, 0]
        self.here = self.id = self.question = None
        # What each has told, by payment: news of others come too, and before this one has an id.
        self.told = ({}, {})
        self.called = self.accepted = 0.0
        self.says_yes = says_yes
        self.denied = []

    @property
    def at_shop(self):
        return self.told[0].get(self.id)

    @property
    def at_buyer(self):
        return self.told[1].get(self.id)

    def step(self):
        """What there is to do now, at both."""
        now = time.monotonic()
        for kind, what in self.shop.poll():
            # Another may answer yet that was called before.
            if kind == talk.NEWS_HERE and self.here is None and what[2] == self.buyer.number:
                self.here = what[1]
                self.shop.ask(talk.OFFER, [self.terms, self.here])
            if kind == talk.NEWS_STANDING:
                one = talk.Standing(what)
                self.told[0][one.payment] = one.word
                if one.word == "offered" and self.here is not None and self.id is None:
                    self.id = one.payment
        for kind, what in self.buyer.poll():
            if kind == talk.NEWS_DENIED:
                self.denied.append(what)
            if kind == talk.NEWS_STANDING:
                one = talk.Standing(what)
                self.told[1][one.payment] = one.word
        if self.here is None and now - self.called > 0.5:
            self.called = now
            self.shop.ask(talk.CALL, [talk.loopback(self.buyer.port)])
        if self.at_buyer == "offered" and self.says_yes and now - self.accepted > 0.5:
            self.accepted = now
            self.accept()

    def accept(self):
        if self.question is None:
            told = self.buyer.ask(PIN)
            if told is None:
                return None
            self.question = told[1]
        return self.buyer.ask(talk.ACCEPT, [self.id, 0, [self.device.said_yes(self.question)]])

    def goes(self, until_, seconds=PATIENCE):
        end = time.monotonic() + seconds
        while not until_():
            assert time.monotonic() < end, (self.at_shop, self.at_buyer, self.denied)
            self.step()
            time.sleep(0.002)
        return self

    def is_paid(self):
        return self.at_shop == "paid" and self.at_buyer == "paid"

    def is_over(self):
        over = ("paid", "cancelled", "refused")
        return self.at_shop in over and self.at_buyer in over
