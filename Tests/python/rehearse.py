"""The lab: a street of machines in bad weather, and every cent of it counted at the end.

Run by `scripts/lab rehearse` (`make lab`, `make soak`), as root; the tests run a short form. An
office, shops and customers, each a process of the command, on hosts of their own: network
namespaces on a bridge. Datagrams are lost, doubled, spoilt, late and overtaken, hosts are cut off
and given other addresses, processes are killed -9 and stopped; meanwhile people pay, charge,
redeem and sync. Then the weather clears, and the office's audit and every wallet have to agree.
docs/LAB.md says how to rehearse a shop of one's own.
"""

import argparse
import asyncio
import collections
import os
import pathlib
import random
import shlex
import shutil
import signal
import sys
import tempfile
import time

import audit
import growth
import lan
import talk
from market import Market, OfficeNode, Wallet, euros

PROGRESS = 10
# Every wallet hands in what it signed; then every wallet is told what became of it.
ROUNDS_OF_SYNC = 4


def money(text):
    whole, _, cents = text.partition(".")
    if not (whole.isdigit() and (cents.isdigit() and len(cents) == 2 or not cents)):
        raise argparse.ArgumentTypeError(f"an amount is written 12 or 12.50, and {text!r} is not")
    return int(whole) * 100 + int(cents or 0)


def amounts(text):
    least, _, most = text.partition("-")
    span = money(least), money(most or least)
    if not 0 < span[0] <= span[1]:
        raise argparse.ArgumentTypeError("amounts are 0.10-3.00: the smallest, and the largest")
    return span


def percent(text):
    value = float(text)
    if not 0 <= value <= 90:
        raise argparse.ArgumentTypeError("a share is from 0 to 90 percent")
    return value


def positive(text):
    value = float(text)
    if not 0 <= value <= 100_000:
        raise argparse.ArgumentTypeError("that is from 0 to 100000")
    return value


def between(least, most):
    def number(text):
        value = int(text)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"that is from {least} to {most}")
        return value

    return number


# Each option: its name, how it is read, what it is otherwise, what stands for its value, and why.
OPTIONS = {
    "the street": [
        ("hosts", between(2, 40), "5", "N", "machines, one of them the office's"),
        ("shops", between(1, 40), "2", "N", "shops, each on a host, as far as there are hosts"),
        ("customers", between(1, 20), "2", "N", "customers on each host but the office's"),
        ("at-once", between(1, 200), "12", "N", "so many sales are under way at once"),
        ("amounts", amounts, "0.10-3.00", "A-B", "what is asked for is drawn from there"),
        ("largest", money, "20.00", "M", "the most that a wallet may pay at once"),
        ("ceiling", money, "150.00", "M", "the most that it may pay between two syncs"),
        ("guarantee", money, "100.00", "M", "of each shop, for its takings at once"),
        ("charge", money, "40.00", "M", "what a customer charges who has less than half of it"),
        ("think", positive, "0.1", "S", "a person says yes after up to so many seconds"),
        ("refuse", percent, "2", "%", "so many offers are refused by the person"),
        ("errands", positive, "5", "S", "seconds between two looks at what is to be charged"),
    ],
    "the weather, of each datagram between hosts": [
        ("loss", percent, "5", "%", "lost"),
        ("dup", percent, "2", "%", "doubled"),
        ("corrupt", percent, "1", "%", "a byte of it changed"),
        ("delay", positive, "5", "MS", "late on each of its two cables, give or take half of that"),
        ("reorder", percent, "3", "%", "later still, and overtaken"),
    ],
    "misfortunes, so many a minute in all": [
        ("kills", positive, "12", "N", "kill -9 of a node or the office, which come back"),
        ("stops", positive, "6", "N", "SIGSTOP, and SIGCONT up to 4 seconds later"),
        ("partitions", positive, "6", "N", "hosts cut off, both ways or one, for up to 8 seconds"),
        ("moves", positive, "4", "N", "another address for a host, or its cable out"),
    ],
    "the run": [
        ("payments", between(1, 10_000_000), None, "N", "until so many were paid"),
        ("minutes", positive, None, "N", "or for so long, whichever comes first"),
        ("seed", between(0, 1 << 62), None, "N", "what is drawn; else the clock's"),
        ("calm", positive, "120", "S", "nothing may be open so long after the weather cleared"),
        ("folder", pathlib.Path, None, "DIR", "for homes and logs; else a new one in /tmp"),
        ("chart", pathlib.Path, None, "FILE", "with --soak: how nodes grow, as SVG"),
    ],
}
PAYMENTS = 2_000


def parser():
    made = argparse.ArgumentParser(
        prog="scripts/lab rehearse",
        description="Rehearse a street of shops and customers in bad weather: real processes on"
        " hosts that are network namespaces, as root. At the end the office's audit and every"
        " wallet have to agree to the cent, and nothing may be stuck.",
        epilog=f"Without --payments and --minutes it is {PAYMENTS:,} payments. The same seed draws"
        " the same people, amounts and misfortunes; which of them meet is up to the machine."
        " docs/LAB.md has examples. Exit codes: 0 everything agrees, 1 it does not, 2 the options,"
        " 3 it cannot run here, 130 it was stopped.",
    )
    for title, options in OPTIONS.items():
        group = made.add_argument_group(title)
        for name, kind, default, metavar, about in options:
            told = about if default is None else f"{about} ({default})"
            told = told.replace("%", "%%")
            group.add_argument(f"--{name}", type=kind, default=default, metavar=metavar, help=told)
    group.add_argument(
        "--keep",
        choices=["never", "failure", "always"],
        default="failure",
        help="keep homes and logs (failure)",
    )
    for name, about in (
        ("soak", "some nodes are never killed, and none may grow beyond what LAB.md says"),
        ("write", "with --soak: docs/SOAK.md and docs/soak.svg"),
        ("quiet", "no progress, only the report"),
    ):
        group.add_argument(f"--{name}", action="store_true", help=about)
    return made


class Rehearsal:
    """One run: the street is made, it rains, it clears, and all is counted."""

    def __init__(self, options, folder):
        self.options, self.folder, self.began = options, folder, time.monotonic()
        (folder / "logs").mkdir(parents=True)
        self.story = open(folder / "logs" / "story.log", "w", encoding="utf-8")
        self.market = Market(options, folder, self._dice("people"), self.tell)
        self.lan, self.growth = None, growth.Growth()
        self.fates = dict.fromkeys(["kills", "stops", "partitions", "moves", "cables out"], 0)
        self.held_after = 0.0
        self.calm_after = self.synced_after = self.closed_at = None
        self.figures, self.books, self.advertised = {}, None, 0
        self.spared = []

    def _dice(self, what):
        """Each drawer has dice of its own, so that none of them disturbs another's draws."""
        return random.Random(f"{self.options.seed}/{what}")

    def tell(self, words, aloud=False):
        at = time.monotonic() - self.began
        self.story.write(f"{at:9.3f} {words}\n")
        self.story.flush()
        if aloud and not self.options.quiet:
            print(f"{at:5.0f} s  {words}", file=sys.stderr, flush=True)

    @property
    def nodes(self):
        return [self.market.office, *self.market.wallets]

    def hosts(self):
        return ["office", *(f"host{number}" for number in range(1, self.options.hosts))]

    # MARK: The street

    async def open(self):
        options, market, homes = self.options, self.market, self.folder / "homes"
        homes.mkdir()
        self.advertised = sum(host.advertise() for host in self.lan.hosts)
        office, others = self.lan.hosts[0], self.lan.hosts[1:]
        market.office = OfficeNode(market, office, homes / "office")
        for number in range(options.shops):
            host = others[number % len(others)]
            name = f"shop{number + 1}"
            market.wallets.append(Wallet(market, name, host, homes / name, True))
        for at, host in enumerate(others):
            for number in range(options.customers):
                name = f"ada{at * options.customers + number + 1}"
                market.wallets.append(Wallet(market, name, host, homes / name, False))
        await market.office.ok("office", "init", "--name", "Town", "--asset", "EUR")
        for wallet in market.wallets:
            kind = "merchant" if wallet.is_shop else "person"
            await market.office.ok("office", "accounts", "--add", wallet.name, "--kind", kind)
            await market.office.deposit(
                wallet.name, options.guarantee if wallet.is_shop else options.charge * 20
            )
        codes = {}
        for wallet in market.wallets:
            guarantee = options.guarantee if wallet.is_shop else 0
            codes[wallet.name] = await market.office.invite(wallet.name, guarantee)
        await market.office.start()
        await asyncio.gather(*(self._enrol(one, codes[one.name]) for one in market.wallets))
        if options.soak:
            # Whoever is never killed shows what grows.
            shops = [one for one in market.wallets if one.is_shop]
            self.spared = [market.office, shops[0], market.wallets[-1]]
        self.tell(
            f"the street is open: {len(self.lan.hosts)} hosts, an office, {options.shops} shops,"
            f" {len(market.wallets) - options.shops} customers; seed {options.seed}",
            aloud=True,
        )

    async def _enrol(self, wallet, code):
        await wallet.ok("enrol", "--office", self.market.office.address, code)
        if not wallet.is_shop:
            await wallet.ok("charge", euros(self.options.charge))
        await wallet.start()
        await wallet.look()

    # MARK: Misfortunes

    async def _fate(self, name, befalls):
        """Strikes so many times a minute, at moments and on victims that its own dice draw."""
        rate, dice = getattr(self.options, name), self._dice(name)
        while rate:
            await asyncio.sleep(dice.expovariate(rate / 60))
            if self.market.is_closed:
                return
            try:
                await befalls(dice)
            except lan.NoLan as error:
                self.market.fault(f"the lab itself: {error}")

    async def _kill(self, dice):
        victim, away = dice.choice(self.nodes), dice.uniform(0.05, 3)
        if victim not in self.spared and victim.kill(away):
            self.fates["kills"] += 1
            self.tell(f"{victim.name} is killed, and back in {away:.1f} s")

    async def _stop(self, dice):
        victim, pause = dice.choice(self.nodes), dice.uniform(0.2, 4)
        if victim.stop():
            self.fates["stops"] += 1
            self.tell(f"{victim.name} is stopped for {pause:.1f} s")
            await asyncio.sleep(pause)
            victim.go_on()

    async def _part(self, dice):
        hosts = list(self.lan.hosts)
        dice.shuffle(hosts)
        few = hosts[: dice.randint(1, max(1, len(hosts) // 2))]
        rest = [one for one in hosts if one not in few]
        ways = dice.choice([(True, True), (True, True), (True, False), (False, True)])
        pause = dice.uniform(0.5, 8)
        pairs = [(a, b) for a in few for b in rest if ways[0]]
        pairs += [(b, a) for a in few for b in rest if ways[1]]
        self.fates["partitions"] += 1
        named = ", ".join(one.name for one in few)
        arrow = {(True, True): "<->", (True, False): "-->", (False, True): "<--"}[ways]
        self.tell(f"cut for {pause:.1f} s: {named} {arrow} the rest")
        self.lan.cut(pairs)
        await asyncio.sleep(pause)
        self.lan.mend(pairs)

    async def _move(self, dice):
        host, is_cable = dice.choice(self.lan.hosts[1:]), dice.random() < 0.3
        pause = dice.uniform(0.5, 4)
        if is_cable:
            self.fates["cables out"] += 1
            self.tell(f"the cable of {host.name} is out for {pause:.1f} s")
            host.unplug()
            await asyncio.sleep(pause)
            host.plug()
        else:
            self.fates["moves"] += 1
            self.lan.move(host)
            self.tell(f"{host.name} is at {host.address} now")

    # MARK: The day

    async def rain(self):
        """Until enough is paid, or the time is over."""
        options, market = self.options, self.market
        self.lan.weather(options.weather)
        self.tell(options.weather.words(), aloud=True)
        fates = [
            asyncio.create_task(self._fate(name, befalls))
            for name, befalls in (
                ("kills", self._kill),
                ("stops", self._stop),
                ("partitions", self._part),
                ("moves", self._move),
            )
        ]
        people = [asyncio.create_task(market.work()) for _ in range(options.at_once)]
        people += [asyncio.create_task(market.live(one)) for one in market.wallets]
        began = time.monotonic()
        end = began + options.minutes * 60 if options.minutes else None
        shown = began
        while not (self._enough() or (end and time.monotonic() >= end)):
            await asyncio.sleep(0.2)
            if time.monotonic() - shown >= PROGRESS:
                shown = time.monotonic()
                self.tell(self._progress(shown - began), aloud=True)
            if options.soak:
                self.growth.sample(self.nodes, market.paid())
            if any(task.done() and task.exception() for task in people):
                break
        market.is_closed = True
        self.closed_at = time.monotonic() - began
        for task in fates:
            task.cancel()
        done = await asyncio.gather(*people, *fates, return_exceptions=True)
        for error in done:
            if isinstance(error, Exception):
                market.fault(f"the lab itself: {error!r}")

    def _enough(self):
        wanted = self.options.payments
        return wanted is not None and self.market.paid() >= wanted

    def _progress(self, seconds):
        fates = ", ".join(f"{count} {name}" for name, count in self.fates.items() if count)
        paid = self.market.paid()
        return f"{paid} paid ({paid / seconds:.1f}/s); {fates or 'nothing befell anybody'}"

    async def clear(self):
        """The weather clears, and everything has to come to its end by itself."""
        market = self.market
        self.figures = self.lan.figures()
        self.lan.clear()
        for node in self.nodes:
            node.go_on()
        began = time.monotonic()
        self.tell("the weather has cleared", aloud=True)
        await self._all_up()
        while True:
            open_ = {one.name: await one.open_payments() for one in market.wallets}
            left = sum(map(len, open_.values()))
            self.calm_after = time.monotonic() - began
            # Money that is neither here nor there; the rest are last words that were lost.
            if any(one[1] == "held" for standings in open_.values() for one in standings):
                self.held_after = self.calm_after
            if not left:
                break
            if self.calm_after > self.options.calm:
                self._stuck(open_)
                break
            await asyncio.sleep(0.1)
        self.tell(f"nothing is open after {self.calm_after:.1f} s", aloud=not left)
        for number in range(1, ROUNDS_OF_SYNC + 1):
            waits = 0
            for wallet in market.wallets:
                code, told = await wallet.type("sync", "--wait", "30")
                if code:
                    market.fault(f"{wallet.name} cannot sync in good weather: {told}")
                waits += "waiting" in told
            if not waits and number > 1:
                break
        else:
            market.fault(f"after {ROUNDS_OF_SYNC} rounds of sync money still waits for {waits}")
        self.synced_after = time.monotonic() - began

    def _stuck(self, open_):
        for name, standings in open_.items():
            for standing in standings:
                self.market.fault(
                    f"stuck: {name} has {standing[5] or standing[0].hex()} {standing[1]} as"
                    f" {'buyer' if standing[2] else 'seller'} {self.options.calm:.0f} s after the"
                    f" weather cleared: {standing[10]}"
                )

    async def _all_up(self):
        for node in self.nodes:
            try:
                await asyncio.wait_for(node.is_up.wait(), 60)
            except TimeoutError:
                self.market.fault(f"{node.name} does not come back")

    async def close(self):
        """The nodes end in order, and what is on their disks is counted."""
        if self.options.soak:
            self.growth.sample(self.nodes, self.market.paid(), last=True)
        for node in self.nodes:
            await node.end()
        self.books = await audit.count(self.market)
        if self.options.soak:
            for fault in self.growth.faults(self.spared):
                self.market.fault(fault)

    async def run(self):
        try:
            await self.open()
            await self.rain()
            await self.clear()
            await self.close()
        finally:
            for node in self.nodes:
                if node:
                    node.go_on()
                    await node.vanish()
            self.story.close()


# MARK: The report


def rank(values, share):
    return f"{talk.rank(values, share):.2f} s" if values else "none"


def report(run):
    """What was done, what befell it, and the equations."""
    market, books, options = run.market, run.books, run.options
    if not books:
        return "nothing could be counted"
    sales = market.sales.values()
    held = [sale.ended - sale.held for sale in sales if sale.held and sale.ended]
    whole = [sale.ended - sale.offered for sale in sales if sale.ended]
    fates = ", ".join(f"{count} {name}" for name, count in run.fates.items())
    figures = ", ".join(f"{count:,} {name}" for name, count in sorted(run.figures.items()))
    ends = collections.Counter(sale.word for sale in sales)
    ends[None] += market.numbers - len(market.sales)
    errands = {}
    for (verb, name), count in sorted(market.errands.items()):
        errands.setdefault(verb, []).append(f"{name} {count}")
    retries = ", ".join(f"{count} {what}" for what, count in sorted(market.counts.items()))
    denied = ", ".join(f"{what}: {count}" for what, count in market.denied.items())
    lines = [
        "",
        (
            f"{books.paid} paid, {ends['cancelled']} cancelled, {ends['refused']} refused,"
            f" {ends[None]} that came to nothing, of {market.numbers} sales"
            f" in {run.closed_at:.0f} s"
            f" ({books.paid / run.closed_at:.1f} paid each second); {euros(books.turnover)} EUR"
        ),
        (
            f"  from asking to paid: median {rank(whole, 0.5)}, 99 of 100 {rank(whole, 0.99)},"
            f" longest {rank(whole, 1)}"
        ),
        f"  held: median {rank(held, 0.5)}, 99 of 100 {rank(held, 0.99)}, longest {rank(held, 1)}",
        f"weather: {options.weather.words()}",
        f"  datagrams between hosts: {figures}",
        f"misfortunes: {fates}",
        f"retries: {retries or 'none'}",
        f"  wishes not followed: {denied or 'none'}",
        *(f"  {verb}: {', '.join(names)}" for verb, names in errands.items()),
        (
            f"after the weather: no money held after {run.held_after:.1f} s,"
            f" nothing open after {run.calm_after:.1f} s"
            f" (bound {options.calm:.0f} s), all synced after {run.synced_after:.1f} s"
        ),
        *books.lines(),
    ]
    if options.soak:
        lines += run.growth.table(run.spared)
    return "\n".join(lines)


def again(options):
    """How to run this very thing again."""
    default = vars(parser().parse_args([]))
    words = ["scripts/lab", "rehearse"]
    for name, value in vars(options).items():
        if name in ("weather", "folder", "chart", "write", "quiet", "seed", "keep"):
            continue
        if value == default[name] or value is None:
            continue
        word = "--" + name.replace("_", "-")
        if value is True:
            words.append(word)
        elif name in ("largest", "ceiling", "guarantee", "charge"):
            words += [word, euros(value)]
        elif name == "amounts":
            words += [word, "-".join(map(euros, value))]
        else:
            words += [word, f"{value:g}" if isinstance(value, float) else str(value)]
    return shlex.join([*words, "--seed", str(options.seed)])


def options_of(words=None):
    options = parser().parse_args(words)
    if options.amounts[1] > options.largest:
        parser().error("--amounts has more than --largest lets be paid at once")
    if options.seed is None:
        options.seed = int(time.time())
    if options.payments is None and options.minutes is None:
        options.payments = PAYMENTS
    options.weather = lan.Weather(
        options.loss, options.dup, options.corrupt, options.delay, options.reorder
    )
    return options


def rehearse(options, folder):
    """A whole run in that folder; what it found wrong is in its market's faults."""
    run = Rehearsal(options, folder)
    with lan.Lan(run.hosts(), options.seed) as street:
        run.lan = street
        loop = asyncio.new_event_loop()
        task = loop.create_task(run.run())
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(sign, task.cancel)
        try:
            loop.run_until_complete(task)
        finally:
            loop.run_until_complete(asyncio.sleep(0.05))
            loop.close()
    return run


def main():
    options = options_of()
    hindrance = lan.hindrance()
    if hindrance:
        print(f"error: the lab cannot run here: {hindrance}", file=sys.stderr)
        print("hint: as root on Linux, with ip and nft: sudo make lab", file=sys.stderr)
        return 3
    lan.sweep()
    folder = options.folder or pathlib.Path(tempfile.mkdtemp(prefix="tally-lab-"))
    if folder.exists() and any(folder.iterdir()):
        print(f"error: there is something in {folder} already", file=sys.stderr)
        print("hint: name a folder that is empty, or none", file=sys.stderr)
        return 2
    is_fine = False
    try:
        run = rehearse(options, folder)
        said = report(run)
        print(said)
        faults = run.market.faults
        for fault in faults:
            print(f"FAULT: {fault}")
        if options.soak and run.books:
            growth.write(run, said, again(options), options.chart, options.write)
        is_fine = bool(run.books) and not faults
        print("everything agrees to the cent" if is_fine else f"{len(faults)} faults")
        return 0 if is_fine else 1
    except (asyncio.CancelledError, KeyboardInterrupt):
        print("\nstopped: the street is taken down", file=sys.stderr)
        is_fine = True
        return 130
    except lan.NoLan as error:
        print(f"error: the lab cannot go on: {error}", file=sys.stderr)
        return 3
    finally:
        if options.keep == "never" or (options.keep == "failure" and is_fine):
            shutil.rmtree(folder, ignore_errors=True)
        else:
            print(f"homes and logs are kept in {folder}: logs/story.log is what befell whom, when")
        if not is_fine:
            print(f"once more: {again(options)}", flush=True)


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main())
