"""The count at the end of the lab: every wallet and the office's books, each by the others' word.

What a wallet ought to have is made of what others say: its charges stand on the office's
statement, what it was paid and what it paid in the histories of those at the other end.
"""

import collections

from market import cents, euros

MANY = "1000000"


class Books:
    """What was counted, and what of it does not fit."""

    def __init__(self, market):
        self.market = market
        self.audit, self.rows = {}, []
        self.paid = self.turnover = 0
        self.available = self.held = self.accounts = self.to_office = 0

    def cents(self, name):
        return cents(self.audit[name])

    def lines(self):
        audit = {name: euros(self.cents(name)) for name in self.audit if self._is_money(name)}
        yield "the office's audit: " + ", ".join(
            f"{name} {audit[name]}"
            for name in ("cashHeld", "owed", "issued", "redeemed", "outstanding", "ofItWaiting")
        )
        yield (
            f"  issued {audit['issued']} = outstanding {audit['outstanding']}"
            f" + redeemed {audit['redeemed']} + consumed {audit['consumed']}"
            f" + lapsed {audit['lapsed']}"
        )
        yield (
            f"  outstanding {audit['outstanding']} = in wallets {euros(self.available)}"
            f" + held {euros(self.held)} + waiting {audit['ofItWaiting']}"
        )
        yield (
            f"  paid in {euros(self.market.office.deposits)} = in accounts {euros(self.accounts)}"
            f" + outstanding {audit['outstanding']}"
        )
        yield "  wallet     has      =  charged    + was paid   - paid       - redeemed"
        for name, available, charged, got, gave, redeemed in self.rows:
            yield (
                f"  {name:8} {euros(available):>9} ={euros(charged):>10}   {euros(got):>10}"
                f"   {euros(gave):>10}   {euros(redeemed):>10}"
            )

    def _is_money(self, name):
        return isinstance(self.audit[name], dict) and "amount" in self.audit[name]


async def count(market):
    """Counts all of it; what does not fit is a fault of the market."""
    books, office = Books(market), market.office
    code, books.audit = await office.type("office", "audit")
    if code:
        market.fault(f"the office's audit ends with {code}: {books.audit}")
        return None
    histories = {}
    for wallet in market.wallets:
        histories[wallet.name] = (await wallet.ok("history", "--last", MANY))["payments"]
    payments = pair(market, histories)
    tally(books, payments)
    kept(market, payments)
    for wallet in market.wallets:
        await _count_wallet(books, wallet, payments)
    told = await office.ok("office", "accounts")
    books.accounts = sum(cents(one["balance"]) for one in told["accounts"])
    sums(books)
    return books


class Payment:
    """What both sides' histories say of one payment."""

    def __init__(self):
        self.payer = self.payee = self.amount = self.memo = None
        self.states = {}


def pair(market, histories):
    payments = collections.defaultdict(Payment)
    for name, entries in histories.items():
        for entry in entries:
            payment = payments[entry["id"]]
            # Of what was forgotten with a kill and asked about later, nothing but the no is known.
            amount = cents(entry["amount"]) if "amount" in entry else None
            if amount and payment.amount not in (None, amount):
                market.fault(f"{entry['id']} is of two amounts")
            payment.amount = payment.amount or amount
            payment.memo = payment.memo or entry.get("for")
            side = "payer" if entry["side"] == "paying" else "payee"
            if getattr(payment, side):
                market.fault(f"{entry['id']} has two {side}s: {getattr(payment, side)}, {name}")
            setattr(payment, side, name)
            payment.states[side] = entry["state"]
    return payments


def _is_to_office(payment):
    return payment.payee is None


def tally(books, payments):
    market = books.market
    for id_, payment in payments.items():
        payer, payee = payment.states.get("payer"), payment.states.get("payee")
        if payer == "paid" and _is_to_office(payment):
            # The office's history is its books; the sums below hold it to that.
            sale = market.sales.get(payment.memo)
            if sale:
                market.fault(
                    f"{id_} was paid by {payment.payer}, and {sale.seller.name} has not got it"
                )
            books.to_office += payment.amount
        elif "paid" in (payer, payee):
            if payer != payee:
                market.fault(
                    f"{id_} ({payment.memo}): {payment.payer} says {payer}, {payment.payee} {payee}"
                )
            books.paid += 1
            books.turnover += payment.amount


def kept(market, payments):
    """Whatever was told to be paid is paid, whoever was killed thereafter."""
    for sale in market.sales.values():
        for side, partner, name in (
            ("buyer", "payer", sale.buyer),
            ("seller", "payee", sale.seller),
        ):
            if (side, "paid") not in sale.told:
                continue
            payment = payments.get(sale.id)
            if not payment or payment.states.get(partner) != "paid":
                market.fault(f"{name.name} was told that {sale.memo} is paid, and it is not")
        if {word for _, word in sale.told} >= {"paid", "cancelled"}:
            market.fault(f"{sale.memo} was told to be paid, and to be cancelled")


async def _count_wallet(books, wallet, payments):
    market = books.market
    purses = (await wallet.ok("balance"))["balances"]
    available = sum(cents(purse["available"]) for purse in purses)
    held = sum(cents(purse["held"]) + cents(purse["incoming"]) for purse in purses)
    for purse in purses:
        if "waiting" in purse:
            market.fault(f"{wallet.name} waits for {purse['waiting']['amount']} at the office")
    pending = await wallet.ok("pending")
    for what in ("pending", "errands", "ended"):
        if pending[what]:
            market.fault(f"{wallet.name} has {what} left: {pending[what]}")
    told = await market.office.ok("bank", "statement", wallet.name, "--last", MANY)
    lines = collections.Counter()
    for line in told["lines"]:
        amount = line["amount"]["amount"] if isinstance(line["amount"], dict) else line["amount"]
        lines[line["act"]] += int(amount.replace(".", ""))
    charged = -lines["charge"]
    paid = [one for one in payments.values() if "paid" in one.states.values()]
    got = sum(one.amount for one in paid if one.payee == wallet.name)
    gave = sum(one.amount for one in paid if one.payer == wallet.name and not _is_to_office(one))
    redeemed = sum(one.amount for one in paid if one.payer == wallet.name and _is_to_office(one))
    credited = sum(amount for act, amount in lines.items() if act not in ("charge", "deposit"))
    if redeemed != credited:
        market.fault(f"{wallet.name} redeemed {euros(redeemed)}, its account has {euros(credited)}")
    if available + held != charged + got - gave - redeemed:
        market.fault(
            f"{wallet.name} has {euros(available)} and {euros(held)} held, and ought to have"
            f" {euros(charged + got - gave - redeemed)}"
        )
    books.available += available
    books.held += held
    books.rows.append((wallet.name, available, charged, got, gave, redeemed))


def sums(books):
    def same(what, one, other):
        if one != other:
            books.market.fault(f"{what}: {one} cents here, {other} there")

    said = books.cents
    out = said("outstanding")
    same(
        "issued = outstanding + redeemed + consumed + lapsed",
        said("issued"),
        out + said("redeemed") + said("consumed") + said("lapsed"),
    )
    same(
        "outstanding = wallets + held + waiting",
        out,
        books.available + books.held + said("ofItWaiting"),
    )
    same("paid in = what the office holds", books.market.office.deposits, said("cashHeld"))
    same("paid in = accounts + outstanding", books.market.office.deposits, books.accounts + out)
    same(
        "paid to the office = redeemed + waiting",
        books.to_office,
        said("redeemed") + said("ofItWaiting"),
    )
    same("charged = issued", sum(row[2] for row in books.rows), said("issued"))
    same("lost to fraud", said("lostToFraud"), 0)
