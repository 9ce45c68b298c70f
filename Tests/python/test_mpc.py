"""A meter without a network, and the customer's app that carries its datagrams; carriers as
pictures. Processes on loopback."""

import json
import re
import socket
import struct
import subprocess
import threading
import time

import pytest

import canonical
import tally_carrier
from counter import TALLY, error
from test_carrier import Bench
from test_meter import ON, Works, flat
from test_wallets import Running


@pytest.fixture(name="works")
def an_office(tmp_path):
    works = Works(tmp_path)
    works.account("Flat", "80")
    with works.serve():
        yield works
        works.running.process.kill()


def mpc(*words):
    return [str(TALLY), "mpc", *map(str, words)]


def run(*words, timeout=60):
    return subprocess.run(
        mpc(*words), capture_output=True, text=True, timeout=timeout, check=False,
        stdin=subprocess.DEVNULL)


def port(meter, tmp_path, *words):
    running = Running(meter.command("meter", "run", "--line", str(tmp_path / "ir"), *words))
    running.says("has a port at")
    return running


class Cable:
    """Between the app and the meter: it sees every byte, and may be pulled out."""

    def __init__(self, folder, pulled_after=None):
        self.path, self.meter = folder / "cable", folder / "ir"
        self.seen, self.left = b"", pulled_after
        self.door = socket.socket(socket.AF_UNIX)
        self.door.bind(str(self.path))
        self.door.listen()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        near, _ = self.door.accept()
        far = socket.socket(socket.AF_UNIX)
        far.connect(str(self.meter))
        pair = [(near, far), (far, near)]
        threads = [threading.Thread(target=self.carry, args=one, daemon=True) for one in pair]
        for one in threads:
            one.start()
        for one in threads:
            one.join()

    def carry(self, source, target):
        try:
            while data := source.recv(65_536):
                if self.left is not None:
                    data = data[:max(0, self.left)]
                    self.left -= len(data)
                self.seen += data
                target.sendall(data)
                if self.left is not None and self.left <= 0:
                    break
        except OSError:
            pass
        for one in (source, target):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.door.close()
        self.path.unlink()


def buy(works, line, amount, *words):
    return run("buy", amount, "--line", line, "--office", works.address, *ON, "--json", *words)


def test_a_meter_without_a_network_is_charged_through_an_app_that_reads_nothing(works, tmp_path):
    meter = flat(works, tmp_path)
    with port(meter, tmp_path, "--watts", "1", "--speed", "36000") as running:
        cable = Cable(tmp_path)
        done = buy(works, cable.path, "30")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["charged"] == {"amount": "30", "asset": "Wh"}
        running.says("credit came: 30 Wh")
        running.says("contact opened")
        # The office's name for it, its own clock, the words of a request: nothing of that is there
        # in what the cable carried of datagrams.
        datagrams = [d for m in messages(cable.seen) if m[1] == 0 for _, d in m[2]]
        assert len(datagrams) >= 4 and all(len(one) <= 1_200 for one in datagrams)
        assert not any(b"tally" in one or b"Wh" in one or b"Flat" in one for one in datagrams)
        told = json.loads(run("records", "--line", tmp_path / "ir", *ON, "--json").stdout)
        assert (told["meter"], told["credit"]["amount"], told["pulses"]) == ("Flat", "0", 30)
        # Verbs of its own user get in beside the port.
        assert meter.shown() == (0, 30, 30)
        cable.close()
        running.process.kill()
        running.process.communicate()
    assert works.audit()["outstanding"] == 30


def messages(data):
    """Whole messages of both directions that were not torn: framed by their length."""
    found, at = [], 0
    while at + 4 <= len(data):
        (size,) = struct.unpack(">I", data[at:at + 4])
        try:
            found.append(canonical.read(data[at + 4:at + 4 + size]))
            at += 4 + size
        except ValueError:
            at += 1
    return [one for one in found if isinstance(one, list) and len(one) == 3]


def test_a_cable_that_is_pulled_out_debits_nothing_twice(works, tmp_path):
    meter = flat(works, tmp_path)
    with port(meter, tmp_path) as running:
        for after in (0, 200, 1_700, 3_500, 5_000, 6_500):
            cable = Cable(tmp_path, pulled_after=after)
            done = buy(works, cable.path, "30", "--wait", "2")
            cable.close()
            if done.returncode == 0:
                break
            assert error(done) in ("cable", "charge-asked", "no-answer", "silent"), done.stderr
        # And the power goes in the middle.
        running.process.kill()
        running.process.communicate()
    with port(meter, tmp_path) as running:
        def available():
            purses = meter.json("balance")["balances"]
            return int(purses[0]["available"]["amount"]) if purses else 0

        deadline = time.monotonic() + 30
        while available() == 0 and time.monotonic() < deadline:
            buy(works, tmp_path / "ir", "30", "--wait", "5")
        assert available() == 30
        running.process.kill()
        running.process.communicate()
    audit = works.audit()
    assert (audit["issued"], audit["outstanding"]) == (30, 30)


def test_what_is_asked_at_the_port_takes_nothing_out(works, tmp_path):
    """A stranger's app speaks the form of the line, and asks for everything there is."""
    meter = flat(works, tmp_path)
    with port(meter, tmp_path) as running:
        line = socket.socket(socket.AF_UNIX)
        line.connect(str(tmp_path / "ir"))
        line.settimeout(10)

        def ask(number, body):
            import cbor2
            question = cbor2.dumps([7, number, body], canonical=True)
            message = cbor2.dumps([1, 1, question], canonical=True)
            line.sendall(struct.pack(">I", len(message)) + message)
            size = struct.unpack(">I", line.recv(4, socket.MSG_WAITALL))[0]
            kind, told = canonical.read(line.recv(size, socket.MSG_WAITALL))[1:]
            assert kind == 2
            return canonical.read(told)

        assert ask(0, [])[0] == 1
        # backup, stop, policy, an office's, a meter's, accept, listen, offer to pay.
        refused = [6, "a meter answers no such question at its port"]
        for number, body in ((25, str(tmp_path / "copy")), (15, []), (23, b""), (34, b""), (6, 1)):
            assert ask(number, body) == refused, number
        assert not (tmp_path / "copy").exists()
        message = b"\xff" * 8
        line.sendall(struct.pack(">I", len(message)) + message)
        assert line.recv(4) == b""
        assert meter.json("info")["state"] == "live"
        running.process.kill()
        running.process.communicate()


def test_a_port_takes_no_place_and_puts_nobody_out(works, tmp_path):
    meter = flat(works, tmp_path)
    keys = tmp_path / "precious"
    keys.write_bytes(b"keys")

    def refused(path):
        return error(meter.run("meter", "run", "--line", str(path), *ON, "--json"))

    assert refused(keys) == "file-there" and keys.read_bytes() == b"keys"
    assert refused(tmp_path / ("x" * 65)) == "bad-path"
    with port(meter, tmp_path) as running:
        first = socket.socket(socket.AF_UNIX)
        first.connect(str(tmp_path / "ir"))
        time.sleep(0.3)
        assert error(run("records", "--line", tmp_path / "ir", *ON, "--json")) == "port-busy"
        first.close()
        assert run("records", "--line", tmp_path / "ir", *ON).returncode == 0
        running.process.kill()
        running.process.communicate()
    # The socket of one that died is no obstacle.
    with port(meter, tmp_path) as running:
        running.process.kill()
        running.process.communicate()


def test_pictures_of_a_carrier(works, tmp_path):
    bench = Bench(works, tmp_path)
    path = bench.sold(1, 50)
    told = json.loads(run("show", path, "--json").stdout)
    assert (told["number"], told["units"], told["receipt"]) == (1, [50], "none")
    done = json.loads(run("qr", path, "--out", tmp_path / "qr-", "--json").stdout)
    assert done["parts"] == len(done["files"]) == len(done["lines"]) >= 3
    assert done["lines"] == tally_carrier.lines(path.read_bytes(), 300)
    text = tmp_path / "scanned.txt"
    text.write_text("\n".join(scanned(done)))
    run("join", text, "--out", tmp_path / "joined")
    assert (tmp_path / "joined").read_bytes() == path.read_bytes()
    assert bench.take(text)["outcome"] == "taken"
    shown = run("qr", path).stdout
    assert "█" in shown and f"{done['parts']} of {done['parts']}" in shown
    assert error(run("qr", path, "--bytes", "9", "--json")) == "bad-number"
    # The receipt goes into the lines, and anybody can verify it.
    back = tmp_path / "back"
    run("join", text, "--out", back)
    root = tmp_path / "flat" / "root.crt"
    proved = subprocess.run(
        [TALLY, "verify", "--root", root, back, "--json"],
        capture_output=True, text=True, check=False)
    told = json.loads(proved.stdout)
    assert (told["type"], told["came"], told["units"]) == ("carrier", [0], [50])


def scanned(done):
    """What a phone reads of the pictures; where no decoder is at hand, what they were made of."""
    try:
        import numpy
        import zxingcpp
    except ImportError:
        return done["lines"]
    found = []
    for file in done["files"]:
        with open(file, encoding="utf-8") as svg:
            text = svg.read()
        side = int(re.search(r'viewBox="0 0 (\d+) ', text)[1])
        image = numpy.full((side, side), 255, numpy.uint8)
        for x, y in re.findall(r"M(\d+) (\d+)h1", text):
            image[int(y), int(x)] = 0
        large = numpy.kron(image, numpy.ones((4, 4), numpy.uint8))
        found.append(zxingcpp.read_barcodes(large)[0].text)
    assert found == done["lines"]
    return found
