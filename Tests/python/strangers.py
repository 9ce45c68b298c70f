"""The strangers lab: honest payments between two processes while strangers flood their ports.

Run by `scripts/lab strangers`, which writes docs/STRANGERS.md; the tests run a short form. The
flood (bench/flood.c) shares the two cores with everything else, stays on loopback, and ends by
itself.
"""

import argparse
import json
import os
import pathlib
import statistics
import struct
import subprocess
import sys
import tempfile
import time

import talk

ROOT = pathlib.Path(__file__).resolve().parents[2]
FLOOD = ROOT / ".build/bench/flood"
RATE = 50_000
SECONDS = 4
# So much longer a flood lasts, for somebody new to find his buyer in it.
MEETS = 6
ROUNDS = 3
KINDS = {
    "g": "garbage",
    "r": "replays of captured payments",
    "l": "forged look-ups",
    "f": "forged fragments",
    "grlf": "all of it",
}
PORT = 7557
# What is wanted.
SPEED, ANSWERS, GROWTH = 0.5, 20, 64 << 20


def compile_flood():
    FLOOD.parent.mkdir(parents=True, exist_ok=True)
    source = ROOT / "bench/flood.c"
    subprocess.run(["cc", "-O2", source, "-lsodium", "-o", FLOOD], check=True)


def capture(ada, bob, path, count=6):
    """What a stranger heard of honest payments, by standing in between."""
    with talk.Relay(ada.port()) as relay:
        till = talk.Till(bob, ada, [talk.loopback(relay.address[1])])
        till.meet()
        till.sell(count)
        heard = list(relay.passed)
    path.write_bytes(b"".join(struct.pack(">H", len(one)) + one for one in heard))
    return len(heard)


class Flood:
    """A flood that goes on beside what is done meanwhile."""

    def __init__(self, kinds, ports, captured, seconds=SECONDS, rate=RATE):
        words = [seconds, rate, kinds, ",".join(map(str, ports)), captured, "h"]
        self.process = subprocess.Popen(
            [FLOOD, *map(str, words)],
            stdout=subprocess.PIPE,
            preexec_fn=talk.dies_with_us,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def end(self):
        out, _ = self.process.communicate(timeout=talk.PATIENCE)
        assert self.process.returncode == 0
        return json.loads(out)


def speed(till, seconds):
    """Payments in a second, one after the other, for so long."""
    began, done = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        done += len(till.sell(5))
    return done / (time.monotonic() - began)


class Result:
    def __init__(self, kinds):
        self.kinds, self.ratios, self.floods = kinds, [], []
        self.fair, self.flooded, self.calls, self.memory = [], [], [], []
        self.most = 0

    @property
    def ratio(self):
        return statistics.median(self.ratios)

    @property
    def answers(self):
        return max(flood["busiest_second"] for flood in self.floods)

    @property
    def rate(self):
        return statistics.median(f["sent"] / f["seconds"] for f in self.floods)

    @property
    def growth(self):
        return self.memory[-1] - self.memory[0]

    def row(self):
        sent = sum(flood["sent"] for flood in self.floods)
        came = sum(flood["answers"] for flood in self.floods)
        return (
            f"| {KINDS[self.kinds]} | {self.rate:,.0f}/s | {statistics.median(self.fair):.0f}/s"
            f" | {statistics.median(self.flooded):.0f}/s | **{self.ratio:.2f}**"
            f" | {came} of {sent:,}"
            f" | {self.answers} | {max(self.calls)} | {self.memory[0] >> 20} → "
            f"{self.memory[-1] >> 20} MiB, at most {self.most >> 20} |"
        )

    def faults(self):
        """What is not as it is wanted."""
        if self.ratio < SPEED:
            yield f"payments went on at {self.ratio:.2f} of their speed"
        if self.answers > ANSWERS:
            yield f"{self.answers} answers in one second"
        if "l" not in self.kinds and "r" not in self.kinds and self.answers:
            yield f"{self.answers} answers to what asks for none"
        longest = max(flood["longest_answer"] for flood in self.floods)
        if longest > 512:
            yield f"an answer of {longest} bytes"
        if self.growth > GROWTH:
            yield f"memory grew by {self.growth >> 20} MiB"


def measure(ada, bob, captured, kinds, rounds=ROUNDS, seconds=SECONDS):
    """Rounds of a fair while and a flooded one, in turn."""
    result, till = Result(kinds), talk.Till(bob, ada)
    ports = [ada.port(), bob.port(), PORT]
    till.meet()
    speed(till, 1)
    result.memory.append(sum(node.memory()[0] for node in (ada, bob)))
    for _ in range(rounds):
        fair = speed(till, seconds / 2)
        with Flood(kinds, ports, captured, seconds + MEETS) as flood:
            time.sleep(0.3)
            flooded = speed(till, seconds / 2)
            # Somebody who comes in the middle of it has to find the buyer.
            till.here = None
            result.calls.append(till.meet())
            result.floods.append(flood.end())
        result.fair.append(fair)
        result.flooded.append(flooded)
        result.ratios.append(flooded / fair)
        result.memory.append(sum(node.memory()[0] for node in (ada, bob)))
    result.most = sum(node.memory()[1] for node in (ada, bob))
    return result


def lab(folder, kinds, rounds, seconds):
    """Two fresh homes, what was captured of them, and a result for each kind of flood."""
    compile_flood()
    with talk.Node(folder, "ada", "5000.00") as ada, talk.Node(folder, "bob") as bob:
        ada.start("--listen", "--on", "lo")
        bob.start("--on", "lo")
        captured = folder / "captured"
        capture(ada, bob, captured)
        for kind in kinds:
            yield measure(ada, bob, captured, kind, rounds, seconds)
        ada.stop()
        bob.stop()


def machine():
    """What kind of machine this is, and how busy it was."""
    told = pathlib.Path("/proc/cpuinfo").read_text()
    (model, *_) = [one.split(":", 1)[1].strip() for one in told.splitlines()
                   if one.startswith("model name")] or ["processor of a kind that it does not tell"]
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / (1 << 30)
    return (f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB of memory, Linux;"
            f" load average before it began: {os.getloadavg()[0]:.1f}")


def page(results, where):
    lines = [
        "# Strangers: what a flood does to honest payments",
        "",
        "Written by `make strangers`. Two processes of the command pay each other on one host, one",
        f"payment after the other, while a third ([flood.c](../bench/flood.c)) sends {RATE:,}",
        "datagrams a second in all to both nodes' own ports and the port of look-ups, from 17 loopback",
        "addresses, one of them the honest ones' own; all share two cores.",
        f"{ROUNDS} rounds of a fair while and a flooded one in turn; the ratio is their median, and only",
        "ratios hold: speeds are those of one machine, with whatever else ran on it.",
        "",
        f"Measured on {where}.",
        "",
        "| flood | sent | payments, fair | flooded | ratio | came back | busiest second"
        " | calls until a new seller was answered | memory of both nodes |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [result.row() for result in results]
    lines += [
        "",
        "What came back was counted at the flood's own sockets. Look-ups are answered, 20 in a"
        " second at most, and so are",
        "captured look-ups that come again; garbage and fragments get nothing, nor does whatever else"
        " comes again within a minute or so",
        "(later a recorded message is answered once, with what was recorded, which is shorter than it"
        " is).",
        f"Wanted: a ratio of at least {SPEED}, at most {ANSWERS} answers in any second, none longer"
        " than what asked,",
        "and memory that stays where it was.",
    ]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=int, default=SECONDS)
    parser.add_argument("--write", action="store_true", help="docs/STRANGERS.md")
    words = parser.parse_args()
    results, bad, where = [], 0, machine()
    with tempfile.TemporaryDirectory(prefix="tally-strangers-") as folder:
        kinds = words.kinds.split(",")
        for result in lab(pathlib.Path(folder), kinds, words.rounds, words.seconds):
            results.append(result)
            print(result.row(), flush=True)
            for fault in result.faults():
                bad += 1
                print(f"missed: {KINDS[result.kinds]}: {fault}", flush=True)
    if words.write:
        (ROOT / "docs/STRANGERS.md").write_text(page(results, where))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
