"""People with wallets on a LAN, and their office: real processes, driven all at once.

Each node is a process of the command on its own host (lan.py); what a person would do at its
screen is asked over the node's line (talk.py), and errands at the office are verbs, as typed.
"""

import asyncio
import collections
import dataclasses
import json
import os
import pathlib
import re
import signal
import time

import cbor2
import talk

INFO, BALANCES, REFUSE = 0, 1, 10
TALLY = talk.TALLY
ASSET = ["EUR", 2]
# How long a node may take to answer a visitor: longer than it is ever stopped.
ANSWERS = 20
OFFER_SECONDS = 20
PORT = 7600
# Seconds; what was held for longer is told in the story.
LONG = 10
OVER = ("paid", "cancelled", "refused")


def cents(money):
    """12.50 out of what the command says of an amount."""
    return int(money["amount"].replace(".", ""))


def euros(amount):
    return f"{amount // 100}.{amount % 100:02}"


def name_of(told):
    """The name of what went wrong, of a command that answered in JSON."""
    return told.get("error", {}).get("name", "done in part")


class Gone(Exception):
    """The node was killed, or does not answer."""


class Line:
    """A visitor of a node, who asks one thing at a time and hears what happens meanwhile."""

    def __init__(self, reader, writer, heard):
        self.reader, self.writer, self.heard = reader, writer, heard
        self.turn, self.answer, self.is_open = asyncio.Lock(), None, True
        self.task = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, folder, heard):
        # A socket's path is short, so it is reached through the folder's number.
        place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            path = f"/proc/self/fd/{place}/node.sock"
            return cls(*await asyncio.open_unix_connection(path, limit=1 << 24), heard)
        finally:
            os.close(place)

    def close(self):
        self.is_open = False
        self.writer.close()
        self.task.cancel()
        self._nothing_comes()

    def _nothing_comes(self):
        self.is_open = False
        if self.answer and not self.answer.done():
            self.answer.set_exception(Gone())

    async def ask(self, number, body=()):
        async with self.turn:
            if not self.is_open:
                raise Gone
            self.answer = asyncio.get_running_loop().create_future()
            message = cbor2.dumps([talk.VERSION, number, body], canonical=True)
            self.writer.write(len(message).to_bytes(4, "big") + message)
            try:
                return await asyncio.wait_for(self.answer, ANSWERS)
            except (TimeoutError, ConnectionError) as error:
                # An answer that came now would be taken for another's.
                self.close()
                raise Gone from error

    async def _read(self):
        try:
            while True:
                size = int.from_bytes(await self.reader.readexactly(4), "big")
                kind, told = cbor2.loads(await self.reader.readexactly(size))
                if kind in (talk.TOLD_HAPPENED, talk.TOLD_NEWS):
                    for one in told:
                        self.heard(*one)
                if kind != talk.TOLD_HAPPENED and self.answer and not self.answer.done():
                    self.answer.set_result((kind, told))
        except (asyncio.IncompleteReadError, ConnectionError):
            self._nothing_comes()


class Node:
    """A process of the command that is there as long as the lab wants it, killed or not."""

    def __init__(self, lab, name, host, folder, key, verb):
        self.lab, self.name, self.host = lab, name, host
        self.folder, self.key, self.verb = folder, key, verb
        self.process = self.line = self.task = None
        self.typing = asyncio.Lock()
        self.is_wanted = False
        self.is_stopped = False
        self.kills = self.stops = self.starts = 0
        # What ends it is ours while this says how long it is to stay away.
        self.away = None
        self.is_up = asyncio.Event()

    def command(self, *words):
        return [
            *self.host.inside(),
            *map(str, [TALLY, *words, "--home", self.folder, "--key-file", self.key]),
        ]

    async def type(self, *words, json_=True):
        """A verb as somebody types it on that host: its exit code, and what it said."""
        process = await asyncio.create_subprocess_exec(
            *self.command(*words, *(["--json"] if json_ else [])),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            preexec_fn=talk.dies_with_us,
        )
        try:
            out, err = await asyncio.wait_for(process.communicate(), 180)
        except BaseException:
            if process.returncode is None:
                process.kill()
            raise
        # What is done in part is told like what is done, with another exit code.
        said = out if out.strip() else err
        lines = said.decode().strip().splitlines()
        try:
            return process.returncode, json.loads(lines[-1]) if lines else {}
        except ValueError:
            return process.returncode, {"error": {"name": "no-json", "what": lines[-1]}}

    async def ok(self, *words):
        code, told = await self.type(*words)
        if code:
            raise AssertionError(f"{self.name}: tally {' '.join(words)}: {code}: {told}")
        return told

    # MARK: Running

    async def start(self):
        self.is_wanted = True
        self.task = asyncio.create_task(self._keep())
        await asyncio.wait_for(self.is_up.wait(), 60)

    async def _keep(self):
        try:
            while self.is_wanted:
                await self._once()
        except asyncio.CancelledError:
            raise
        except Exception as error:  # pylint: disable=broad-except
            self.lab.fault(f"{self.name} could not be run: {error!r}")

    async def _once(self):
        self.away, self.is_stopped = None, False
        log = self.lab.folder / "logs" / f"{self.name}.log"
        # Not while a verb has this home open: that was typed while the node was away.
        async with self.typing:
            mark = log.stat().st_size if log.exists() else 0
            with open(log, "a", encoding="utf-8") as out:
                self.process = await asyncio.create_subprocess_exec(
                    *self.command(*self.verb),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    start_new_session=True,
                    preexec_fn=talk.dies_with_us,
                )
            self.starts += 1
            await self._meet()
        code = await self.process.wait()
        self.is_up.clear()
        if self.line:
            self.line.close()
        if self.away is not None:
            await asyncio.sleep(self.away)
        elif self.is_wanted or code:
            with open(log, encoding="utf-8", errors="replace") as told:
                told.seek(mark)
                last = told.read().strip().splitlines()[-3:]
            self.lab.fault(f"{self.name} ended by itself with {code}: {' / '.join(last)}")
            self.is_wanted = False

    async def _meet(self):
        """Waits until it answers; a node that is killed before that never does."""
        deadline = time.monotonic() + 60
        while self.process.returncode is None:
            try:
                self.line = await Line.open(self.folder, self.heard)
                await self.welcome()
                self.is_up.set()
                return
            except (OSError, Gone):
                if time.monotonic() > deadline and not self.is_stopped:
                    self.lab.fault(f"{self.name} started and does not answer within a minute")
                    return
                await asyncio.sleep(0.02)

    async def welcome(self):
        """What is asked of it first."""

    def heard(self, kind, told):
        """What it tells."""

    async def ask(self, number, body=()):
        if not (self.line and self.line.is_open):
            if not self.is_up.is_set():
                raise Gone
            # It was stopped for so long that the visitor left.
            try:
                self.line = await Line.open(self.folder, self.heard)
                await self.welcome()
            except OSError as error:
                raise Gone from error
        return await self.line.ask(number, body)

    # MARK: What befalls it

    def kill(self, away):
        """As when the plug is pulled; it comes back after so many seconds."""
        if not self.is_up.is_set() or self.process.returncode is not None:
            return False
        self.away, self.kills = away, self.kills + 1
        self.process.kill()
        return True

    def stop(self):
        if not self.is_up.is_set() or self.process.returncode is not None or self.is_stopped:
            return False
        self.is_stopped, self.stops = True, self.stops + 1
        self.process.send_signal(signal.SIGSTOP)
        return True

    def go_on(self):
        if self.is_stopped and self.process.returncode is None:
            self.process.send_signal(signal.SIGCONT)
        self.is_stopped = False

    async def end(self):
        """In order, as for the night: SIGTERM, and exit 0."""
        self.is_wanted = False
        if self.process and self.process.returncode is None:
            self.process.terminate()
        if self.task:
            try:
                await asyncio.wait_for(self.task, 60)
            except TimeoutError:
                self.lab.fault(f"{self.name} was told to end, and did not within a minute")

    async def vanish(self):
        self.is_wanted = False
        if self.task:
            self.task.cancel()
        if self.process and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    # MARK: How big it is

    def memory(self):
        """Its resident bytes and open files, if it runs."""
        try:
            place = pathlib.Path(f"/proc/{self.process.pid}")
            found = re.search(r"VmRSS:\s+(\d+)", (place / "status").read_text())
            return int(found[1]) * 1024, len(os.listdir(place / "fd"))
        except (OSError, TypeError, AttributeError):
            return None

    def disk(self):
        """Bytes of all files in its home."""
        try:
            return sum(one.stat().st_size for one in os.scandir(self.folder) if one.is_file())
        except OSError:
            return 0


class OfficeNode(Node):
    """The office, whose verbs are typed beside it while it runs and while it does not."""

    def __init__(self, lab, host, folder):
        key = folder.parent / "office.key"
        verb = ("office", "serve", "--port", PORT)
        super().__init__(lab, "office", host, folder, key, verb)
        # What was paid in, in cents: the lab's own record of it.
        self.deposits = 0
        self.words = 0

    @property
    def took_part(self):
        """Payments whose papers came to it, or will."""
        return self.lab.paid()

    @property
    def address(self):
        return f"{self.host.address}:{PORT}"

    async def deposit(self, account, amount):
        """Books it once, however often it has to be said."""
        self.words += 1
        words = (
            "office",
            "deposit",
            account,
            euros(amount),
            "--once",
            f"lab-{self.words}",
            "--yes",
        )
        for _ in range(60):
            async with self.typing:
                code, told = await self.type(*words)
            if code == 0:
                self.deposits += amount
                return
            await asyncio.sleep(0.5)
        self.lab.fault(f"a deposit could not be booked in 60 attempts: {told}")

    async def invite(self, name, guarantee):
        options = self.lab.options
        told = await self.ok(
            *("office", "invite", name, "--account", name),
            *("--largest", euros(options.largest), "--ceiling", euros(options.ceiling)),
            *(("--guarantee", euros(guarantee)) if guarantee else ()),
        )
        return told["code"]


class Wallet(Node):
    """Somebody with a wallet on some host, and a till if it is a shop."""

    def __init__(self, lab, name, host, folder, is_shop):
        key = folder.parent / f"{name}.key"
        super().__init__(lab, name, host, folder, key, ("node", "--listen"))
        self.is_shop = is_shop
        self.available = self.largest = 0
        # Which name answered a call, by the number on its screen.
        self.here = {}
        self.took_part = 0

    async def welcome(self):
        await self.line.ask(talk.FOLLOW)
        # What became of all that was under way when it was killed.
        _, (standings, _) = await self.line.ask(talk.PENDING, [])
        for standing in standings:
            self.lab.stands(self, standing)

    def heard(self, kind, told):
        if kind == talk.NEWS_HERE:
            self.here[told[2]] = told[1]
        elif kind == talk.NEWS_STANDING:
            self.lab.stands(self, told)
        elif kind == talk.NEWS_DENIED:
            self.lab.denied[DENIALS.get(told[0], str(told[0]))] += 1

    async def screen(self):
        """The number on its screen, as somebody who stands before it reads it."""
        _, told = await self.ask(INFO)
        return told[7][0] if told[7] else None

    async def permission(self):
        """What its window lets it pay, and how much of that was paid, in cents."""
        _, told = await self.ask(INFO)
        return (told[-2][0][2], told[-2][0][3]) if told[-2] else (0, 0)

    async def look(self):
        """What is available, and the most that one payment can carry now, in cents."""
        _, purses = await self.ask(BALANCES)
        self.available = sum(purse[1] for purse in purses)
        self.largest = sum(purse[6] for purse in purses)

    async def open_payments(self):
        found, is_all = [], 0
        while not is_all:
            _, (page, is_all) = await self.ask(talk.PENDING, [found[-1][0]] if found else [])
            found += page
        return found


# Why a wish was not followed (Sources/Station/TalkOfNews.swift).
DENIALS = {
    0: "no such payment any more",
    1: "the buyer's answer was forgotten",
    2: "inert",
    3: "no window",
    4: "no money",
    5: "not in one payment",
    6: "more than the window lets",
    8: "no room",
    9: "too many at once",
    10: "refused",
    11: "held",
    12: "nothing new",
}


@dataclasses.dataclass
class Sale:
    """One payment that somebody asked for, and what its two nodes told of it."""

    number: int
    seller: Wallet
    buyer: Wallet
    amount: int
    offered: float
    payment: bytes = None
    calls: int = 0
    accepted: float = None
    held: float = None
    ended: float = None
    told: set = dataclasses.field(default_factory=set)
    is_answered: bool = False
    # How it ended, as its seller was told.
    word: str = None
    over: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)

    @property
    def memo(self):
        return f"sale {self.number}"

    @property
    def id(self):
        """As histories name it: the random bits in the middle of it."""
        return self.payment[8:24].hex() if self.payment else None


class Market:
    """All that goes on between the wallets, until it is closed."""

    def __init__(self, options, folder, dice, tell):
        self.options, self.folder, self.dice, self.tell = options, folder, dice, tell
        self.office, self.wallets = None, []
        self.sales, self.numbers, self.done = {}, 0, 0
        self.counts = collections.Counter()
        self.denied = collections.Counter()
        self.errands = collections.Counter()
        self.faults = []
        self.is_closed = False
        self.answers = set()

    def fault(self, words):
        self.faults.append(words)
        self.tell(f"FAULT: {words}")

    def paid(self):
        """How many sales are known to be paid, on one side at least."""
        return self.done

    # MARK: What nodes tell

    def stands(self, wallet, standing):
        payment, word, is_buyer, memo = (standing[at] for at in (0, 1, 2, 5))
        sale = self.sales.get(memo)
        if not sale:
            return
        if word == "paid" and not any(told == "paid" for _, told in sale.told):
            self.done += 1
            sale.seller.took_part += 1
            sale.buyer.took_part += 1
        now, side = time.monotonic(), "buyer" if is_buyer else "seller"
        if wallet is not (sale.buyer if is_buyer else sale.seller):
            self._stray(wallet, sale, payment, word)
            return
        sale.payment = sale.payment or payment
        sale.told.add((side, word))
        if word == "offered" and is_buyer and not sale.is_answered:
            sale.is_answered = True
            self._do(self._answer(sale, payment))
        if word == "held" and is_buyer:
            sale.held = sale.held or now
        if word in OVER and is_buyer:
            sale.ended = sale.ended or now
            if sale.held and sale.ended - sale.held > LONG:
                held = f"{sale.seller.name} asked {sale.buyer.name} for {euros(sale.amount)}"
                self.tell(f"{memo} ({sale.id}) was held for {sale.ended - sale.held:.0f} s: {held}")
        if word in OVER and not is_buyer:
            sale.word = word
            sale.over.set()

    def _stray(self, wallet, sale, payment, word):
        """Two screens may show the same four digits; whoever asked for nothing says no."""
        if word == "offered":
            self.counts["the same number on two screens"] += 1
            self._do(self._decline(wallet, payment))
        elif word in ("held", "paid"):
            self.fault(f"{wallet.name} was told of {sale.memo}, which is not its own: {word}")

    async def _decline(self, wallet, payment):
        try:
            await wallet.ask(REFUSE, payment)
        except Gone:
            self.counts["questions gone with a kill"] += 1

    def _do(self, work):
        task = asyncio.create_task(work)
        self.answers.add(task)
        task.add_done_callback(self._done)

    def _done(self, task):
        self.answers.discard(task)
        if not task.cancelled() and task.exception():
            self.fault(f"the lab itself: {task.exception()!r}")

    async def _answer(self, sale, payment):
        """What the person does who was asked for money."""
        await asyncio.sleep(self.dice.random() * self.options.think)
        try:
            if self.dice.random() * 100 < self.options.refuse:
                await sale.buyer.ask(REFUSE, payment)
                return
            sale.accepted = time.monotonic()
            # What cannot be paid is refused by the wallet itself.
            await sale.buyer.ask(talk.ACCEPT, [payment, 0, []])
        except Gone:
            # It was killed with the question on its screen; nothing was agreed.
            self.counts["questions gone with a kill"] += 1

    # MARK: Selling

    def people(self):
        """A seller and a buyer, as shops and neighbours meet."""
        up = [one for one in self.wallets if one.is_up.is_set() and not one.is_stopped]
        shops = [one for one in up if one.is_shop]
        others = [one for one in up if not one.is_shop]
        if shops and self.dice.random() < 0.7:
            seller = self.dice.choice(shops)
        elif others:
            seller = self.dice.choice(others)
        else:
            return None
        # Now and then a shop pays: what is given back, wages, flour.
        buyers = others if self.dice.random() < 0.85 else shops
        buyers = [one for one in buyers if one is not seller and one.available]
        return (seller, self.dice.choice(buyers)) if buyers else None

    async def work(self):
        """One pair of people after the other, until the market closes."""
        while not self.is_closed:
            pair = self.people()
            if not pair:
                await asyncio.sleep(0.05)
                continue
            try:
                await self.sell(*pair)
            except Gone:
                self.counts["sales interrupted by a kill"] += 1
                await asyncio.sleep(0.05)

    async def sell(self, seller, buyer):
        screen = await buyer.screen()
        await buyer.look()
        amount = min(self.draw(), buyer.largest)
        if screen is None or amount <= 0:
            return
        self.numbers += 1
        sale = Sale(self.numbers, seller, buyer, amount, time.monotonic())
        terms = [ASSET, amount, sale.memo, [], 0, OFFER_SECONDS, 0]
        for _ in range(8):
            if screen not in seller.here and not await self._call(sale, screen):
                continue
            self.sales[sale.memo] = sale
            kind, told = await seller.ask(talk.OFFER, [terms, seller.here[screen]])
            if kind == talk.TOLD_NEWS and any(one[0] == talk.NEWS_DENIED for one in told):
                # The answer to a call is good for a while; then one calls again.
                # Another sale to the same screen, waited for at the same time, may have been quicker.
                seller.here.pop(screen, None)
                continue
            break
        else:
            self.counts["nobody answered a call"] += 1
            return
        await self._wait(sale, screen)

    async def _call(self, sale, screen):
        """Calls everybody, and waits for the one with that number on its screen."""
        sale.calls += 1
        self.counts["calls"] += 1
        await sale.seller.ask(talk.CALL, [])
        for _ in range(30):
            if screen in sale.seller.here:
                return True
            await asyncio.sleep(0.02)
        return False

    async def _wait(self, sale, screen):
        """Until it is over at the seller's, or the seller has had enough of waiting."""
        began = time.monotonic()
        while not sale.over.is_set():
            try:
                await asyncio.wait_for(sale.over.wait(), 0.5)
                return
            except TimeoutError:
                pass
            waited = time.monotonic() - began
            if not sale.accepted and (waited > 5 or self.is_closed):
                # The buyer does not hear it: as people do, it is taken back and asked anew.
                sale.seller.here.pop(screen, None)
                self.counts["offers taken back"] += 1
                await sale.seller.ask(talk.CANCEL, sale.payment)
                return
            if waited > 10 or self.is_closed:
                # The next customer is served; the nodes go on with this one by themselves.
                self.counts["payments left to the nodes"] += 1
                return

    def draw(self):
        least, most = self.options.amounts
        return self.dice.randint(least, most)

    # MARK: Errands

    async def live(self, wallet):
        """What somebody does beside paying: charge, sync, redeem, refresh, each when it is due."""
        while not self.is_closed:
            await asyncio.sleep(0.5 + self.dice.random() * self.options.errands * 2)
            if self.is_closed:
                return
            try:
                await wallet.look()
                ceiling, spent = await wallet.permission()
            except Gone:
                # Whoever types a verb while no node runs has it done by the verb itself.
                if self.dice.random() < 0.2 and not wallet.is_stopped:
                    await self.errand(wallet, "sync")
                continue
            await self._due(wallet, ceiling, spent)

    async def _due(self, wallet, ceiling, spent):
        if spent * 2 > ceiling:
            await self.errand(wallet, "sync")
        elif not wallet.is_shop and wallet.available < self.options.charge // 2:
            code, told = await self.errand(wallet, "charge", euros(self.options.charge))
            if code == 3 and name_of(told) not in BUSY:
                # The account is empty: wages come.
                await self.office.deposit(wallet.name, self.options.charge * 20)
        elif wallet.is_shop and wallet.available > self.options.charge * 2:
            # In parts: a payment carries few pieces, and one errand is not to last for minutes.
            await self.errand(wallet, "redeem", euros(min(wallet.available // 2, REDEEMED)))
        elif wallet.largest < min(wallet.available, self.options.amounts[1]):
            # Small change: one payment carries a few pieces only.
            await self.errand(wallet, "refresh", "all")
        elif self.dice.random() < 0.1:
            await self.errand(wallet, self.dice.choice(["sync", "refresh"]))

    async def errand(self, wallet, *words):
        async with wallet.typing:
            code, told = await wallet.type(*words, "--wait", "8")
        name = name_of(told) if code else "done"
        self.errands[words[0], name] += 1
        if code not in (0, 3, 7, 8) and name not in BUSY:
            self.fault(f"{wallet.name}: tally {' '.join(words)} ended with {code}: {told}")
        return code, told


# The most that a shop redeems at once, in cents.
REDEEMED = 100_00

# What a verb says that was typed while its node was killed, or started; and while one of the
# same kind is under way. It is typed again.
BUSY = ("held", "node")
