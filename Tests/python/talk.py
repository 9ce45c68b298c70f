"""Two wallets' nodes, as processes of the command, and the line on which each is asked.

The line is the one that the command's own verbs use (Sources/Station/Talk.swift): messages of
canonical bytes, each with its length before it.
"""

import ctypes
import os
import pathlib
import select
import signal
import socket
import subprocess
import threading
import time

import cbor2

TALLY = pathlib.Path(__file__).resolve().parents[2] / ".build/release/tally"
VERSION = 7
PENDING, FOLLOW, CALL, OFFER, ACCEPT, CANCEL = 2, 5, 7, 8, 9, 11
TOLD_NEWS, TOLD_FAULT, TOLD_HAPPENED = 5, 6, 7
NEWS_HERE, NEWS_STANDING, NEWS_DENIED = 2, 3, 4
PATIENCE = 60
PR_SET_PDEATHSIG = 1


def loopback(port, host=(127, 0, 0, 1)):
    """An address as PROTOCOL section 11 writes it down."""
    return bytes([4, *host]) + port.to_bytes(2, "big")


class Standing:
    """How a payment stands, as the node told."""

    def __init__(self, fields):
        self.payment, self.word, buyer = fields[0], fields[1], fields[2]
        self.is_buyer, self.next = buyer == 1, fields[10]


class Line:
    """One visitor of a node: it asks, and hears what happens meanwhile."""

    def __init__(self, folder):
        # A socket's path is short, so it is reached through the folder's number.
        place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(f"/proc/self/fd/{place}/node.sock")
        finally:
            os.close(place)
        self.buffer = b""
        self.news = []
        self.ask(FOLLOW)

    def close(self):
        self.socket.close()

    def say(self, number, body=()):
        message = cbor2.dumps([VERSION, number, body], canonical=True)
        self.socket.sendall(len(message).to_bytes(4, "big") + message)

    def ask(self, number, body=()):
        """What it answers; what happened before that is kept as news."""
        self.say(number, body)
        deadline = time.monotonic() + PATIENCE
        answers = []
        while not answers:
            # What happened may stand behind the answer as well as before it.
            for kind, told in self._hear(deadline - time.monotonic()):
                assert kind != TOLD_FAULT, told
                if kind in (TOLD_HAPPENED, TOLD_NEWS):
                    self.news += told
                if kind != TOLD_HAPPENED:
                    answers.append(told)
        (answer,) = answers
        return answer

    def poll(self):
        """What happened, without waiting."""
        try:
            for kind, told in self._hear(0):
                assert kind == TOLD_HAPPENED, (kind, told)
                self.news += told
        except BlockingIOError:
            pass
        news, self.news = self.news, []
        return news

    def _hear(self, patience):
        """All that has come whole; with no patience, only what is here already."""
        while not (whole := self._whole()):
            if patience > 0:
                self.socket.settimeout(patience)
            part = self.socket.recv(1 << 20, 0 if patience > 0 else socket.MSG_DONTWAIT)
            self.socket.settimeout(None)
            if not part:
                raise EOFError("the node has ended")
            self.buffer += part
        return whole

    def _whole(self):
        messages = []
        while len(self.buffer) >= 4:
            end = 4 + int.from_bytes(self.buffer[:4], "big")
            if len(self.buffer) < end:
                break
            messages.append(cbor2.loads(self.buffer[4:end]))
            self.buffer = self.buffer[end:]
        return messages

    def pending(self):
        found, is_all = [], 0
        while not is_all:
            page, is_all = self.ask(PENDING, [found[-1].payment] if found else [])
            found += [Standing(one) for one in page]
        return found


def dies_with_us():
    """Whatever ends this process ends what it has started."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Node:
    """A wallet's home with its node running, and a line to it."""

    def __init__(self, folder, name, demo="0"):
        self.folder, self.key = folder / name, folder / f"{name}.key"
        self.process = self.line = None
        subprocess.run(
            self.command("init", "--name", name.capitalize(), "--demo", demo),
            check=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
        )

    def command(self, *words):
        return [str(TALLY), *words, "--home", str(self.folder), "--key-file", str(self.key)]

    def start(self, *words, inside=()):
        """Runs it; `inside` stands before the command, as for a network namespace."""
        self.process = subprocess.Popen(
            [*inside, *self.command("node", *words)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=dies_with_us,
        )
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self.line = Line(self.folder)
                return self
            except (FileNotFoundError, ConnectionRefusedError):
                assert self.process.poll() is None, "the node did not start"
                assert time.monotonic() < deadline, "the node does not answer"
                time.sleep(0.01)

    def stop(self, how=signal.SIGTERM):
        if self.line:
            self.line.close()
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout=PATIENCE)
        self.process = self.line = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop(signal.SIGKILL)

    def port(self):
        return int((self.folder / "port").read_text())

    def memory(self):
        """Resident bytes of the process, and the most it ever had."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        sizes = dict(line.split(":", 1) for line in text.splitlines())
        return tuple(int(sizes[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))

    def processor(self):
        """Seconds of the processor that it has had."""
        stat = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text()
        fields = stat.rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Sale:
    """One payment, and when what happened to it: seconds of a clock that only goes on."""

    def __init__(self, payment, offered):
        self.payment, self.offered = payment, offered
        self.accepted = self.paid = self.known = self.complete = None
        self.failed = None


class Till:
    """Sells many times from one node to another, so many payments at once.

    The buyer is called at these addresses, else at its own port; at none of them means everybody.
    """

    def __init__(self, seller, buyer, addresses=None):
        self.seller, self.buyer, self.amount, self.seconds = seller.line, buyer.line, 1, 3_000
        self.addresses = [loopback(buyer.port())] if addresses is None else addresses
        self.here = None
        self.sales = {}
        # How often a buyer had forgotten its answer, and had to be found again.
        self.again = 0

    def meet(self, patience=PATIENCE):
        """Finds the buyer; says how many calls that took."""
        deadline, calls = time.monotonic() + patience, 0
        while time.monotonic() < deadline:
            self.seller.ask(CALL, self.addresses)
            calls += 1
            again = time.monotonic() + 0.5
            while self.here is None and time.monotonic() < again:
                self._listen()
                time.sleep(0.001)
            if self.here is not None:
                return calls
        raise TimeoutError(f"nobody answered {calls} calls")

    def sell(self, count, at_once=1, patience=600):
        """So many sales; returns them when the last one is complete."""
        deadline = time.monotonic() + patience
        done, polled = [], 0
        while len(done) < count:
            under_way = len(self.sales)
            for _ in range(min(at_once - under_way, count - len(done) - under_way)):
                self.offer()
            busy = self._listen()
            now = time.monotonic()
            if any(sale.paid for sale in self.sales.values()) and now - polled > 0.002:
                polled = now
                busy |= self._look(done)
            assert now < deadline, f"{len(done)} of {count} payments came about"
            self._find_again(now)
            if not busy:
                time.sleep(0.000_3)
        return done

    def _find_again(self, now):
        """Takes back what the buyer has not heard of, and looks it up anew, as people do."""
        unheard = [s for s in self.sales.values() if not s.accepted and now - s.offered > 5]
        for sale in unheard:
            del self.sales[sale.payment]
            self.seller.ask(CANCEL, sale.payment)
        if unheard:
            self.again += 1
            self.here = None
            self.meet()

    def accept_all(self, patience=PATIENCE):
        """Goes on until the buyer has said yes to all that is under way."""
        deadline = time.monotonic() + patience
        while any(sale.accepted is None for sale in self.sales.values()):
            assert time.monotonic() < deadline, "an offer did not arrive"
            self._listen()
            time.sleep(0.001)

    def all_paid(self, patience=PATIENCE):
        """Goes on until both sides know that all that is under way has been paid."""
        deadline = time.monotonic() + patience
        while not all(sale.paid and sale.known for sale in self.sales.values()):
            known = sum(bool(sale.paid and sale.known) for sale in self.sales.values())
            assert time.monotonic() < deadline, f"{known} of {len(self.sales)} were paid"
            self._listen()
            time.sleep(0.001)
        return len(self.sales)

    def offer(self):
        terms = [["DEMO", 2], self.amount, "tea", [], 0, self.seconds, 0]
        before = time.monotonic()
        self.seller.ask(OFFER, [terms, self.here])
        self._listen(before)

    def _listen(self, now=None):
        now = now or time.monotonic()
        heard = [(self.seller, one) for one in self.seller.poll()]
        heard += [(self.buyer, one) for one in self.buyer.poll()]
        for line, (kind, what) in heard:
            assert kind != NEWS_DENIED, what
            if kind == NEWS_HERE and line is self.seller:
                self.here = what[1]
            if kind == NEWS_STANDING:
                self._stands(Standing(what), now)
        return bool(heard)

    def _stands(self, standing, now):
        if standing.word == "offered" and not standing.is_buyer:
            self.sales.setdefault(standing.payment, Sale(standing.payment, now))
        sale = self.sales.get(standing.payment)
        if sale is None:
            return
        if standing.word in ("cancelled", "refused"):
            raise AssertionError(f"a payment was {standing.word}: {standing.next}")
        if standing.word == "offered" and standing.is_buyer and sale.accepted is None:
            sale.accepted = time.monotonic()
            self.buyer.ask(ACCEPT, [standing.payment, 0, []])
        if standing.word == "paid" and standing.is_buyer:
            sale.known = sale.known or now
        if standing.word == "paid" and not standing.is_buyer:
            sale.paid = sale.paid or now

    def _look(self, done):
        """Of what was paid, what is not open at the seller any more has its COMMITTED."""
        open_ = {one.payment for one in self.seller.pending()}
        over = [p for p, s in self.sales.items() if s.paid and s.known and p not in open_]
        for payment in over:
            sale = self.sales.pop(payment)
            sale.complete = time.monotonic()
            done.append(sale)
        return bool(over)


class Relay:
    """Passes datagrams between a seller and a buyer who each know only the relay, as a router
    does that hides a network behind itself; keeps what it passed.

    Where the buyer is seen from outside can be changed in the middle (`moves`): what comes to
    the old place is lost. What the buyer says can be lost too (`loses`).
    """

    def __init__(self, buyer_port, moves=None, loses=None):
        self.buyer, self.moves, self.passed, self.moved = ("127.0.0.1", buyer_port), moves, [], 0
        self.loses = loses
        self.outside, self.inside = self._socket(), self._socket()
        self.address = self.outside.getsockname()
        self.seller = None
        self.is_over = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    @staticmethod
    def _socket():
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind(("127.0.0.1", 0))
        return made

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.thread.join(timeout=PATIENCE)
        self.outside.close()
        self.inside.close()

    def _run(self):
        while not self.is_over:
            ready, _, _ = select.select([self.outside, self.inside], [], [], 0.05)
            for one in ready:
                datagram, source = one.recvfrom(2048)
                self.passed.append(datagram)
                if one is self.outside:
                    self.seller = source
                    self.inside.sendto(datagram, self.buyer)
                elif self.loses and self.loses(datagram):
                    continue
                elif self.seller:
                    self.outside.sendto(datagram, self.seller)
                    if self.moves and self.moves(datagram, self.moved):
                        self.outside.close()
                        self.outside, self.moved = self._socket(), self.moved + 1
                        break


def rank(values, share):
    """The value below which that share lies: one that was measured."""
    values = sorted(values)
    return values[min(len(values) - 1, max(0, round(share * len(values) + 0.5) - 1))]
