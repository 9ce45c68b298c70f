"""The loss lab: payments between two processes while datagrams are lost each way.

Run by `scripts/lab loss`, which writes docs/LOSS.md and docs/loss.svg; the tests run a short form.
Each payment is timed from the buyer's yes to COMMITTED at the seller, with the timers that ship.
"""

import argparse
import math
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import talk

ROOT = pathlib.Path(__file__).resolve().parents[2]
RATES = [0, 5, 10, 20, 30, 50]
PAYMENTS = 200
AT_ONCE = 8
# What is wanted at 20 %, in seconds.
TARGET_RATE, TARGET_MEDIAN, TARGET_P99 = 20, 0.5, 3.0
SEAM, NETWORK = "in the link (`--lose`)", "in the network (`nft`)"


class Result:
    def __init__(self, how, rate, sales, calls):
        times = [sale.complete - sale.accepted for sale in sales]
        paid = [sale.paid - sale.accepted for sale in sales]
        self.how, self.rate, self.count, self.calls = how, rate, len(sales), calls
        self.times = sorted(times)
        self.median, self.p99 = talk.rank(times, 0.5), talk.rank(times, 0.99)
        self.paid = talk.rank(paid, 0.5)
        self.most = max(times)

    def row(self):
        return (
            f"| {self.how} | {self.rate} % | {self.count} of {self.count} "
            f"| {self.median:.3f} s | {self.p99:.3f} s | {self.most:.3f} s | {self.paid:.3f} s |"
        )


class Namespace:
    """A network of its own with nothing but loopback, which loses what the kernel is told to."""

    def __init__(self, rate):
        self.name, self.rate = f"tally-loss-{os.getpid()}-{rate}", rate

    @staticmethod
    def hindrance():
        """Why there can be none, or nothing."""
        if os.geteuid() != 0:
            return "only root may make a network namespace"
        for tool in ("ip", "nft"):
            if not shutil.which(tool):
                return f"there is no {tool} (Debian: iproute2, nftables)"
        try:
            with Namespace(1):
                return None
        except subprocess.CalledProcessError as error:
            return f"this kernel does not: {error.stderr.decode().strip().splitlines()[0]}"

    def __enter__(self):
        self._run("ip", "netns", "add", self.name)
        try:
            self._inside("ip", "link", "set", "lo", "up")
            self._inside("nft", "add table inet tally")
            self._inside("nft", "add chain inet tally rain { type filter hook input priority 0; }")
            if self.rate:
                rule = f"meta l4proto udp numgen random mod 100 < {self.rate} drop"
                self._inside("nft", f"add rule inet tally rain {rule}")
        except subprocess.CalledProcessError:
            self.__exit__()
            raise
        return ("ip", "netns", "exec", self.name)

    def __exit__(self, *_):
        self._run("ip", "netns", "del", self.name)

    def _inside(self, *words):
        self._run("ip", "netns", "exec", self.name, *words)

    @staticmethod
    def _run(*words):
        subprocess.run(words, check=True, capture_output=True)


def measure(folder, how, rate, count, at_once=AT_ONCE):
    """So many payments between two fresh homes at one rate."""
    folder.mkdir()
    if how == NETWORK:
        with Namespace(rate) as inside:
            return _measure(folder, how, rate, count, at_once, inside, ())
    return _measure(folder, how, rate, count, at_once, (), ("--lose", str(rate)))


def _measure(folder, how, rate, count, at_once, inside, words):
    with talk.Node(folder, "ada", "50.00") as ada, talk.Node(folder, "bob") as bob:
        ada.start("--listen", "--on", "lo", *words, inside=inside)
        bob.start("--on", "lo", *words, inside=inside)
        till = talk.Till(bob, ada)
        calls = till.meet()
        result = Result(how, rate, till.sell(count, at_once), calls)
        ada.stop()
        bob.stop()
        return result


# MARK: The page


def page(results, hindrance):
    lines = [
        "# Loss: what payments do while datagrams are lost",
        "",
        "Written by `make loss`. Two processes of the command on one host, each with a journal on",
        f"its disk and the timers that ship; {PAYMENTS} payments for each row, {AT_ONCE} at once, from",
        "one stick. Every datagram is lost with that chance, each way. Counted is from the buyer's yes",
        "until the seller has COMMITTED on disk; a seller has its money earlier, when AGREED has",
        "come: the last column. **Every payment came about.**",
        "",
        "![Shares of payments complete after so many seconds](loss.svg)",
        "",
        "| lost | chance | complete | median | 99 of 100 | longest"
        " | median until the seller is paid |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [result.row() for result in results]
    if hindrance:
        lines += ["", f"Nothing was measured {NETWORK}: {hindrance}."]
    lines += [
        "",
        f"Wanted at {TARGET_RATE} %: a median of at most {TARGET_MEDIAN} s, 99 of 100 within"
        f" {TARGET_P99:.0f} s.",
        "",
        "A payment that is interrupted goes on by itself: AGREED and COMMIT are said again after",
        "100 ms, then each time 1.5 times as long, up to 2 s (PROTOCOL section 8.6). An ACCEPT is",
        "several datagrams, and what has come of it is kept: a repeat has to bring the rest only.",
    ]
    return "\n".join(lines) + "\n"


COLOURS = {0: "#1b6ca8", 5: "#2a9d8f", 10: "#7a9e2f", 20: "#d1920a", 30: "#d1620a", 50: "#b02a37"}


def plot(results):
    """Which share of the payments was complete after how long; time on a scale of powers."""
    width, height, left, top, right, bottom = 760, 420, 64, 44, 190, 52
    first, last = -2.0, 2.0
    seconds = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100]

    def x(value):
        share = (math.log10(max(value, 0.01)) - first) / (last - first)
        return left + share * (width - left - right)

    def y(share):
        return top + (1 - share) * (height - top - bottom)

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        ' font-family="sans-serif" font-size="13">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="{left}" y="24" font-size="15">Payments complete after so many seconds,'
        " by the share of datagrams lost each way</text>",
    ]
    for value in seconds:
        out.append(
            f'<line x1="{x(value):.1f}" y1="{top}" x2="{x(value):.1f}" y2="{y(0):.1f}"'
            ' stroke="#e3e3e3"/>'
            f'<text x="{x(value):.1f}" y="{y(0) + 18:.1f}" text-anchor="middle">'
            f"{'≤ ' if value == seconds[0] else ''}{value:g} s</text>"
        )
    for share in (0, 0.25, 0.5, 0.75, 1):
        out.append(
            f'<line x1="{left}" y1="{y(share):.1f}" x2="{width - right}" y2="{y(share):.1f}"'
            ' stroke="#e3e3e3"/>'
            f'<text x="{left - 8}" y="{y(share) + 4:.1f}" text-anchor="end">{share:.0%}</text>'
        )
    for index, result in enumerate(results):
        steps = [
            f"{x(value):.1f},{y((at + 1) / len(result.times)):.1f}"
            for at, value in enumerate(result.times)
        ]
        dash = ' stroke-dasharray="5 4"' if result.how == NETWORK else ""
        colour = COLOURS.get(result.rate, "#444444")
        out.append(
            f'<polyline fill="none" stroke="{colour}" stroke-width="2"{dash}'
            f' points="{" ".join(steps)}"/>'
        )
        label = f'{result.rate} %, {"network" if result.how == NETWORK else "link"}'
        at = top + 8 + 20 * index
        out.append(
            f'<line x1="{width - right + 16}" y1="{at}" x2="{width - right + 46}" y2="{at}"'
            f' stroke="{colour}" stroke-width="2"{dash}/>'
            f'<text x="{width - right + 54}" y="{at + 4}">{label}</text>'
        )
    return "\n".join(out) + "\n</svg>\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--payments", type=int, default=PAYMENTS)
    parser.add_argument("--rates", default=",".join(map(str, RATES)))
    parser.add_argument("--write", action="store_true", help="docs/LOSS.md and docs/loss.svg")
    words = parser.parse_args()
    hindrance = Namespace.hindrance()
    results = []
    for how in (SEAM,) if hindrance else (SEAM, NETWORK):
        for rate in map(int, words.rates.split(",")):
            with tempfile.TemporaryDirectory(prefix="tally-loss-") as folder:
                began = time.monotonic()
                result = measure(pathlib.Path(folder) / "homes", how, rate, words.payments)
                results.append(result)
                print(result.row(), f"({time.monotonic() - began:.0f} s)", flush=True)
    if hindrance:
        print(f"nothing was measured {NETWORK}: {hindrance}")
    if words.write:
        (ROOT / "docs/LOSS.md").write_text(page(results, hindrance))
        (ROOT / "docs/loss.svg").write_text(plot(results))
    missed = [
        result
        for result in results
        if result.rate == TARGET_RATE
        and (result.median > TARGET_MEDIAN or result.p99 > TARGET_P99)
    ]
    for result in missed:
        print(f"missed: {result.how}, {result.rate} %: {result.median:.3f} s, {result.p99:.3f} s")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
