"""An office's books, read and checked by another program, from docs/PROTOCOL.md section 12.

Python's own sqlite3 reads the tables, cbor2 writes what was under the MACs, and the key comes out
of the key file as test_keyfile.py opens it.
Nothing here is shared with Tally.
"""

import sqlite3

import cbor2

import test_keyfile

CASH, BACKING, EARNED, FRAUD, TAKINGS, SALES = 1, 2, 3, 4, 5, 6
ISSUED, OUTSTANDING, REDEEMED, CONSUMED, LAPSED = 8, 9, 10, 11, 12
UNITS, PRICE = (ISSUED, OUTSTANDING, REDEEMED, CONSUMED, LAPSED), (TAKINGS, SALES)
OWN = (CASH, BACKING, EARNED, FRAUD) + PRICE + UNITS
BELOW = (CASH, FRAUD, TAKINGS, ISSUED)
CUSTOMER = 3
FIRST_HOLDER, MOST = 16, 10**15
TABLES = ("entry", "posting", "founding", "account", "stick", "word", "seal", "sealed")
MATTERS = (16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 34, 35)
WITH_WORDS = (5, 6, 7, 8, 10, 11, 12, 13, 15) + MATTERS


class Wrong(Exception):
    """Something is not what was written: where, and what."""


def chain_key(key_file, service_key):
    """The key of the MACs, out of an office's keys: sections 9 and 10."""
    lock = {"method": "service-key", "secret": service_key.hex()}
    seeds, _, _ = test_keyfile.opened(key_file, lock)
    return test_keyfile.hashed("tally1 journal", b"", seeds[64:96])


def mac(key, data):
    return test_keyfile.hashed("tally1 journal", data, key)


def marks(path, key):
    """What the head knows, the numbers and links of its slots: those that can be read."""
    with open(path, "rb") as file:
        data = file.read()
    slots = [data[at : at + 80] for at in (0, 4096)]
    return [
        (int.from_bytes(slot[8:16], "big"), slot[16:48]) for slot in slots
        if slot.startswith(b"tallybk1") and slot[48:] == mac(key, b"\x12" + slot[:48])
    ]


def signed(amount):
    return [int(amount < 0), abs(amount)]


class Books:
    """What one database says."""

    def __init__(self, path):
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self.rows = {
            name: database.execute(f"SELECT * FROM {name}").fetchall() for name in TABLES
        }
        (self.version,) = database.execute("PRAGMA user_version").fetchone()
        self.triggers = {
            (table, text.split(" BEFORE ")[1].split()[0])
            for table, text in database.execute(
                "SELECT tbl_name, sql FROM sqlite_schema WHERE type='trigger'")
        }
        database.close()

    def of(self, table, number, column=0):
        return [row for row in self.rows[table] if row[column] == number]


def postings(kind, rows):
    """The postings of an entry, once they are those of its kind."""
    lines = [[account, *signed(amount)] for _, _, account, amount in rows]
    if [row[1] for row in rows] != list(range(len(rows))):
        raise Wrong("places")
    if kind in (0, 1) + MATTERS:
        expected = []
    else:
        if not rows:
            raise Wrong("no postings")
        holder, units = rows[-1][2], abs(rows[-1][3])
        if (holder < FIRST_HOLDER) != (kind in (7, 11, 12)) or not 1 <= units <= MOST:
            raise Wrong("no holder")
        expected = {
            2: [[CASH, 1, units], [holder, 0, units]],
            3: [[CASH, 0, units], [holder, 1, units]],
            4: [[BACKING, 0, units], [ISSUED, 1, units], [OUTSTANDING, 0, units],
                [holder, 1, units]],
            5: [[BACKING, 1, units], [OUTSTANDING, 1, units], [REDEEMED, 0, units],
                [holder, 0, units]],
            6: [[BACKING, 1, units], [OUTSTANDING, 1, units], [REDEEMED, 0, units],
                [holder, 0, units]],
            10: [[BACKING, 1, units], [OUTSTANDING, 1, units], [REDEEMED, 0, units],
                 [holder, 0, units]],
            11: [[BACKING, 1, units], [EARNED, 0, units], [OUTSTANDING, 1, units],
                 [CONSUMED, 0, units]],
            12: [[BACKING, 1, units], [EARNED, 0, units], [OUTSTANDING, 1, units],
                 [CONSUMED, 0, units]],
            7: [[BACKING, 1, units], [EARNED, 0, units], [OUTSTANDING, 1, units],
                [LAPSED, 0, units]],
            14: [[TAKINGS, 1, units], [holder, 0, units]],
            33: [[TAKINGS, 0, units], [holder, 1, units]],
        }.get(kind)
        if kind in (8, 13):
            expected = [[rows[0][2], int(rows[0][3] < 0), units],
                        [holder, int(rows[0][3] > 0), units]]
        elif kind == 15 and len(rows) == 4:
            expected = sale(rows)
        if kind in (8, 13, 15) and not FIRST_HOLDER <= rows[-2][2] < holder:
            raise Wrong("two holders")
    if lines != expected:
        raise Wrong("postings")
    return lines


def sale(rows):
    """What a sale posts, by which of its two holders gives and which one gets."""
    (price,) = [-row[3] for row in rows[2:] if row[3] < 0] or [0]
    (units,) = [row[3] for row in rows[2:] if row[3] > 0] or [0]
    return [[CASH, 1, units], [SALES, 0, price]] + [
        [row[2], *signed(row[3])] for row in rows[2:]
    ]


def sound(balances, customers=()):
    """Whether everything holds that entries keep to."""
    price = PRICE + tuple(customers)
    money = sum(units for account, units in balances.items() if account not in UNITS + price)
    if money or any(sum(balances[account] for account in side) for side in (UNITS, price)):
        raise Wrong("a side does not sum to zero")
    if balances[BACKING] != balances[OUTSTANDING]:
        raise Wrong("units are out that nobody backs")
    for account, units in balances.items():
        if abs(units) > MOST or (units > 0 if account in BELOW else units < 0):
            raise Wrong(f"account {account} stands at {units}")


class Check:
    """Walks all entries from the first, under the office's key."""

    def __init__(self, books, key):
        self.books, self.key = books, key
        self.balances = dict.fromkeys(OWN, 0)
        self.holders = {}
        self.links, self.changed, self.used = [], set(), 0
        if books.version != 2 or books.triggers != {
            (table, what) for table in TABLES for what in ("UPDATE", "DELETE")
        }:
            raise Wrong("schema")
        entries = sorted(books.rows["entry"])
        for number, row in enumerate(entries):
            try:
                self.take(number, row)
            except Wrong as wrong:
                raise Wrong(f"entry {number}: {wrong}") from None
        if self.used != sum(len(rows) for rows in books.rows.values()):
            raise Wrong("a row belongs to nothing")

    def take(self, number, row):
        at, moment, act, request, memo, link = row
        if at != number:
            raise Wrong("it is missing")
        books = self.books
        lines = sorted(books.of("posting", number))
        founding, account = books.of("founding", number), books.of("account", number, 1)
        stick, word = books.of("stick", number, 1), books.of("word", number)
        parts = [len(founding), len(account), len(stick), len(word)]
        if parts != [act == 0, act == 1, act == 4, act in WITH_WORDS]:
            raise Wrong("its parts")
        if (act == 0) != (number == 0):
            raise Wrong("founded twice")
        entry = [
            number, moment, act, request, memo, postings(act, lines),
            [[[asset, scale], name, office, every]
             for _, asset, scale, name, office, every in founding],
            [[account, kind, name] for account, _, kind, name in account],
            [[one, owner, units, spend, settle, paper]
             for one, _, owner, units, spend, settle, paper in stick],
            [list(one[1:]) for one in word],
        ]
        before = self.links[-1] if self.links else b""
        if mac(self.key, b"\x10" + before + cbor2.dumps(entry, canonical=True)) != link:
            raise Wrong("its link")
        self.links.append(link)
        if founding:
            self.every = founding[0][5]
        for number_, _, kind, name in account:
            if number_ != FIRST_HOLDER + len(self.holders):
                raise Wrong("its number")
            self.holders[number_] = [kind, name]
            self.balances[number_] = 0
            self.changed.add(number_)
        for _, _, account_, amount in lines:
            self.balances[account_] += amount
            self.changed.add(account_)
        if stick and stick[0][3] != abs(lines[-1][3]):
            raise Wrong("its stick")
        sound(self.balances, [one for one, (kind, _) in self.holders.items() if kind == CUSTOMER])
        self.used += 1 + len(lines) + len(founding) + len(account) + len(stick) + len(word)
        self.seal(number, link)

    def seal(self, number, link):
        macs, sealed = self.books.of("seal", number), self.books.of("sealed", number, 1)
        wanted = number > 0 and number % self.every == 0
        if [len(macs), len(sealed)] != ([1, len(self.changed)] if wanted else [0, 0]):
            raise Wrong("its seal")
        if not wanted:
            return
        if {row[0]: row[2] for row in sealed} != {one: self.balances[one] for one in self.changed}:
            raise Wrong("the balances that were sealed")
        balances = [
            [account, *self.holders.get(account, [0, ""]), *signed(self.balances[account])]
            for account in sorted(self.balances)
        ]
        content = cbor2.dumps([number, link, balances], canonical=True)
        if mac(self.key, b"\x11" + content) != macs[0][1]:
            raise Wrong("the seal's MAC")
        self.changed = set()
        self.used += 1 + len(sealed)


def ranges_of(act, word):
    """Of which stick an entry took which units away."""
    about, _, said = word
    said = cbor2.loads(said)
    if act in (5, 11):
        return [(entry[0], entry[1], entry[2]) for entry in said[2][1]]
    ranges = {6: lambda: said[3], 7: lambda: said[1], 10: lambda: said[3], 12: lambda: said[2]}[act]()
    return [(about, lo, hi) for lo, hi in ranges]


def waiting(check):
    """How much of each stick came back and is not credited yet: section 14.7, from the words alone.

    What is cleared had come back with the payment that it names, and comes once.
    """
    books = check.books
    acts = {row[0]: row[2] for row in books.rows["entry"]}
    words = {row[0]: row[1:] for row in books.rows["word"]}
    back, gone = {}, set()
    for number, act in sorted(acts.items()):
        if act == 26:
            said = cbor2.loads(words[number][2])
            back[said[1]] = [(entry[0], entry[1], entry[2]) for entry in said[2][1]]
        elif act == 10:
            about, _, said = words[number]
            _, payment, how, ranges = cbor2.loads(said)
            for lo, hi in ranges:
                if how not in (1, 2) or not any(
                    stick == about and low <= lo and hi <= high
                    for stick, low, high in back.get(payment, [])
                ):
                    raise Wrong("what was cleared had not come back")
        if act in (6, 7, 10, 12):
            for stick, lo, hi in ranges_of(act, words[number]):
                gone |= {(stick, unit) for unit in range(lo, hi)}
    left = {}
    for stick, lo, hi in (one for some in back.values() for one in some):
        count = sum((stick, unit) not in gone for unit in range(lo, hi))
        left[stick] = left.get(stick, 0) + count
    return {stick: count for stick, count in left.items() if count}


def units_out(check):
    """How many units of each stick are out; none of them went twice, and of a settled one none is.

    Section 14.6, from the words alone.
    """
    books = check.books
    acts = {row[0]: row[2] for row in books.rows["entry"]}
    words = {row[0]: row[1:] for row in books.rows["word"]}
    closed = max((words[one][1] for one, act in acts.items() if act == 24), default=-1)
    gone = {}
    for number, act in acts.items():
        if act in (5, 6, 7, 10, 11, 12):
            for stick, lo, hi in ranges_of(act, words[number]):
                gone.setdefault(stick, []).append((lo, hi))
    out = {}
    used = sum(
        hi - lo
        for number, act in acts.items() if act in (11, 12)
        for _, lo, hi in ranges_of(act, words[number])
    )
    if used != check.balances[CONSUMED]:
        raise Wrong("what meters have used up is not what is consumed")
    for stick, _, _, units, _, settle, _ in books.rows["stick"]:
        at, left = 0, units
        for lo, hi in sorted(gone.pop(stick, [])):
            if not at <= lo < hi <= units:
                raise Wrong("units went twice, or nowhere")
            at, left = hi, left - (hi - lo)
        if left and settle <= closed:
            raise Wrong("a settled stick is out")
        if left:
            out[stick] = left
    if gone:
        raise Wrong("units of a stick that nobody issued")
    if sum(out.values()) != check.balances[OUTSTANDING]:
        raise Wrong("what is out is not what is outstanding")
    return out
