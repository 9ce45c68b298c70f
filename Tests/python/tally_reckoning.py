"""Judgement and settlement, unit by unit: a second implementation of PROTOCOL section 14.

Written from the protocol page alone. It looks at every unit for itself and at every pair of links,
which is slow and simple; papers are read and their signatures checked by tally_verifier.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import tally_verifier as tally

Name = tuple[bytes, bytes, bytes]  # payer, payee, hash of the payment
Reference = tuple[bytes, int]
LONGEST = 65
COUNT = 64
TOLD = 256
MOST = 10**15
NEVER = 2**64


@dataclass
class Stick:
    id: bytes
    owner: bytes
    units: int
    settle_until: int
    epoch: int | None
    number: int


@dataclass
class Seen:
    """A link, and when it was presented."""

    link: tally.Link
    shown: int = NEVER
    handed_in: int = NEVER

    @property
    def reference(self) -> Reference:
        return self.link.reference

    @property
    def name(self) -> Name:
        header = self.link.header
        return header.payer, header.payee, header.payment_hash

    @property
    def has(self) -> range:
        return range(self.link.piece.low, self.link.piece.high)


@dataclass
class End:
    last: Seen | None
    holder: bytes
    contested: int
    path: tuple[Reference, ...]
    waits: bool = False


@dataclass(frozen=True)
class Share:
    low: int
    high: int
    fate: str
    key: bytes


@dataclass(frozen=True)
class Duplicate:
    order: tuple[Any, ...]
    stick: bytes
    low: int
    high: int
    holder: bytes
    convict: bytes
    case: tuple[Any, ...]


def link_of(handover: tally.Handover, number: int) -> tally.Link:
    """The link that shows one entry of a whole handover."""
    level, at, path = [entry.hash for entry in handover.entries], number, []
    while len(level) > 1:
        if at ^ 1 < len(level):
            path.append(level[at ^ 1])
        pairs = zip(level[::2], level[1::2])
        above = [tally.node(left, right) for left, right in pairs]
        level = above + (level[-1:] if len(level) % 2 else [])
        at //= 2
    return tally.Link(
        handover.header,
        handover.entries[number],
        number,
        path,
        handover.private_root,
        handover.signature,
    )


@dataclass
class Reckoning:
    offices: set[bytes]
    sticks: dict[bytes, Stick] = field(default_factory=dict)
    links: dict[Reference, Seen] = field(default_factory=dict)
    whole: dict[bytes, tally.Handover] = field(default_factory=dict)
    aborted: set[Name] = field(default_factory=set)
    commits: dict[bytes, set[tuple[Name, bytes]]] = field(default_factory=dict)
    office_commits: set[bytes] = field(default_factory=set)
    acknowledged: set[tuple[Name, bytes]] = field(default_factory=set)
    claims: set[tuple[bytes, bytes]] = field(default_factory=set)
    denials: set[tuple[bytes, bytes]] = field(default_factory=set)
    taken: dict[bytes, str] = field(default_factory=dict)
    waiting: dict[bytes, range] = field(default_factory=dict)
    got_in: dict[Name, int] = field(default_factory=dict)
    epochs: dict[bytes, int] = field(default_factory=dict)
    revoked: dict[bytes, tuple[int, int]] = field(default_factory=dict)
    accounts: dict[bytes, int] = field(default_factory=dict)

    # What is presented (14.1).

    def present(self, link: tally.Link, number: int, is_shown: bool) -> None:
        if link.piece.stick not in self.sticks:
            return
        assert link.holds
        if any(link.header.released_by(abort) for abort in link.entry.releases):
            return
        seen = self.links.setdefault(link.reference, Seen(link))
        if is_shown:
            seen.shown = min(seen.shown, number)
        else:
            seen.handed_in = min(seen.handed_in, number)
        for abort in link.entry.releases:
            if abort.receiver == link.header.payer and abort.holds:
                self.abort(abort)

    def hand_in(self, handover: tally.Handover, number: int) -> None:
        assert handover.opened() is not None
        for index in range(len(handover.entries)):
            self.present(link_of(handover, index), number, False)
        if any(reference[0] == handover.hash for reference in self.links):
            self.whole[handover.hash] = handover
            header, opened = handover.header, handover.opened()
            assert opened is not None
            name = header.payer, header.payee, header.payment_hash
            self.got_in[name] = int.from_bytes(opened.payment[:8], "big")

    def abort(self, abort: tally.Signed) -> None:
        assert abort.holds
        name = abort.receiver, abort.sender, tally.payment_hash(abort.payment)
        self.aborted.add(name)
        self.got_in[name] = int.from_bytes(abort.payment[:8], "big")

    def commit(self, commit: tally.Signed) -> None:
        assert commit.holds
        handover = commit.statement.answers
        assert handover is not None
        if commit.sender in self.offices:
            self.office_commits.add(handover)
            return
        name = commit.receiver, commit.sender, tally.payment_hash(commit.payment)
        self.commits.setdefault(handover, set()).add((name, commit.hash))
        self.got_in[name] = int.from_bytes(commit.payment[:8], "big")

    def committed(self, committed: tally.Signed) -> None:
        assert committed.holds
        name = committed.sender, committed.receiver, tally.payment_hash(committed.payment)
        assert committed.statement.answers is not None
        self.acknowledged.add((name, committed.statement.answers))

    def is_aborted(self, seen: Seen) -> bool:
        return seen.name in self.aborted

    def is_committed(self, seen: Seen) -> bool:
        hash_, payee = seen.link.hash, seen.link.header.payee
        used = any(
            other.link.header.payer == payee
            and other.link.piece.parent is not None
            and other.link.piece.parent[0] == hash_
            for other in self.links.values()
        )
        said = any(name == seen.name for name, _ in self.commits.get(hash_, ()))
        return used or said or hash_ in self.taken

    def is_acknowledged(self, seen: Seen) -> bool:
        commits = {one for some in self.commits.values() for one in some if one[0] == seen.name}
        return bool(commits & self.acknowledged)

    # Cases and notices (14.2).

    @staticmethod
    def forked(a: Seen, b: Seen) -> bool:
        one, two = a.link, b.link
        if one.header.place == two.header.place:
            return True
        early, late = (one, two) if one.header.place < two.header.place else (two, one)
        return not late.entry.carries_release_of(early.header)

    def pairs(self) -> Iterator[tuple[Seen, Seen]]:
        links = sorted(self.links.values(), key=lambda seen: seen.reference)
        for index, a in enumerate(links):
            for b in links[:index]:
                if a.link.header.payer == b.link.header.payer:
                    yield a, b

    def forks(self) -> dict[tuple[Any, ...], set[Reference]]:
        found: dict[tuple[Any, ...], set[Reference]] = {}
        for a, b in self.pairs():
            one, two = a.link.piece, b.link.piece
            same = (one.stick, one.parent) == (two.stick, two.parent)
            if same and one.meets(two) and self.forked(a, b):
                key = ("fork", a.link.header.payer, one.stick, one.parent)
                found.setdefault(key, set()).update((a.reference, b.reference))
        return found

    def equivocations(self) -> set[tuple[Any, ...]]:
        names = {seen.name for seen in self.links.values() if self.is_committed(seen)}
        names |= {name for some in self.commits.values() for name, _ in some}
        return {("equivocation", *name) for name in names & self.aborted}

    def notices(self) -> set[tuple[bytes, int]]:
        found = set()
        for a, b in self.pairs():
            if a.link.header.place == b.link.header.place and a.link.hash != b.link.hash:
                if not tally.same_units(a.link, b.link):
                    found.add((a.link.header.payer, a.link.header.epoch))
        for first in self.whole.values():
            for second in self.whole.values():
                if self.is_broken(first, second):
                    found.add((first.header.payer, first.header.epoch))
        return found

    def is_broken(self, first: tally.Handover, second: tally.Handover) -> bool:
        one, two = first.header, second.header
        if (one.payer, one.epoch) != (two.payer, two.epoch) or one.counter >= two.counter:
            return False
        old, new = first.opened(), second.opened()
        assert old is not None and new is not None
        if new.previous != first.hash:
            return two.counter == one.counter + 1
        if two.payee in self.offices or old.window != new.window:
            return False
        return new.total not in (old.total, old.total + second.sum)

    def convicts(self) -> set[bytes]:
        forgers = {case[1] for case in self.forks()}
        return forgers | {case[2] for case in self.equivocations()}

    def parties(self, case: tuple[Any, ...]) -> list[Seen]:
        """The links that a case is told of."""
        def is_about(seen: Seen) -> bool:
            piece = seen.link.piece
            if case[0] == "equivocation":
                return seen.name == case[1:]
            return (seen.link.header.payer, piece.stick, piece.parent) == case[1:]

        about = filter(is_about, self.links.values())
        told = sorted(about, key=lambda s: (s.shown, s.handed_in, s.reference))[:TOLD]
        if case[0] == "equivocation":
            return told
        return [
            a
            for a in told
            if any(
                a is not b and a.link.piece.meets(b.link.piece) and self.forked(a, b)
                for b in told
            )
        ]

    def duplicated(self, case: tuple[Any, ...]) -> int:
        parts = []
        for seen in self.parties(case):
            units = self.sticks[seen.link.piece.stick].units
            parts.append(range(min(seen.has.start, units), min(seen.has.stop, units)))
        once = {unit for part in parts for unit in part} if case[0] == "fork" else ()
        return min(sum(map(len, parts)) - len(once), MOST)

    # Where units have come to (14.3).

    def waits(self, seen: Seen, unit: int) -> bool:
        return unit in self.waiting.get(seen.link.hash, range(0))

    def paid_below(self, seen: Seen, unit: int) -> bool:
        if unit not in seen.has:
            return False
        if seen.link.hash in self.taken:
            return not self.waits(seen, unit)
        below = (s for s in self.links.values() if s.link.piece.parent == seen.reference)
        return any(self.paid_below(one, unit) for one in below)

    def fits(self, seen: Seen, holder: bytes, has: range, unit: int) -> bool:
        header, place = seen.link.header, seen.link.header.place
        if header.payer != holder or header.payee == holder:
            return False
        if seen.has.start < has.start or seen.has.stop > has.stop:
            return False
        last_good = self.revoked.get(header.payer)
        return last_good is None or place <= last_good or self.paid_below(seen, unit)

    def ends(
        self,
        stick: Stick,
        unit: int,
        at: Seen | None,
        has: range,
        holder: bytes,
        contested: int,
        path: tuple[Reference, ...],
    ) -> list[End]:
        reference = at.reference if at else None
        found: list[End] = []
        live = False
        denied = True
        for seen in self.links.values():
            piece, payee = seen.link.piece, seen.link.header.payee
            if piece.stick != stick.id or piece.parent != reference or unit not in seen.has:
                continue
            if len(path) >= LONGEST or not self.fits(seen, holder, has, unit):
                continue
            hash_, aborted, committed = seen.link.hash, self.is_aborted(seen), self.is_committed(seen)
            if hash_ in self.taken:
                live, waits = True, self.waits(seen, unit)
                whose = holder if waits else payee
                found.append(End(seen, whose, contested, (*path, seen.reference), waits))
                continue
            if aborted and not committed:
                continue
            if not committed and not (
                (hash_, payee) in self.claims or hash_ in self.office_commits
            ):
                anew = self.epochs.get(holder, 0) > seen.link.header.epoch
                denied &= payee in self.offices or anew or (hash_, holder) in self.denials
                continue
            if aborted:
                denied &= not self.is_acknowledged(seen)
            live |= not aborted
            found += self.ends(
                stick,
                unit,
                seen,
                seen.has,
                payee,
                contested + aborted,
                (*path, seen.reference),
            )
        if not live and denied:
            found.append(End(at, holder, contested, path))
        return found

    # Who is paid, and by whom (14.4).

    def order(self, end: End, stick: Stick, convicts: set[bytes]) -> tuple[Any, ...]:
        paid = end.last is not None and end.last.link.hash in self.taken and not end.waits
        if end.last is None:
            times: tuple[int, int, tuple[Any, ...]] = (stick.number, NEVER, ())
        else:
            shown, handed_in = end.last.shown, end.last.handed_in
            first = min(shown, handed_in) if end.waits else shown
            times = (first, handed_in, end.last.reference)
        no_account = end.holder not in self.accounts
        return (not paid, no_account, end.holder in convicts, end.contested, *times)

    def blame(self, end: End, before: list[End], stick: Stick) -> tuple[Any, ...]:
        def shared(other: End) -> int:
            count = 0
            for mine, its in zip(end.path, other.path):
                if mine != its:
                    break
                count += 1
            return count

        most = max(shared(other) for other in before)
        other = next(other for other in before if shared(other) == most)
        links = [self.links[p[most]] for p in (end.path, other.path) if len(p) > most]
        if len(links) == 2 and self.forked(*links):
            parent = end.path[most - 1] if most else None
            return ("fork", links[0].link.header.payer, stick.id, parent)
        early = min(links, key=lambda seen: seen.link.header.place)
        return ("equivocation", *early.name)

    def fate(self, end: End, stick: Stick) -> tuple[str, bytes]:
        if end.waits:
            return "account", end.holder
        if end.last is not None and end.last.link.hash in self.taken:
            return self.taken[end.last.link.hash], b""
        got = stick.epoch if end.last is None else self.got_in.get(end.last.name)
        present = self.epochs.get(end.holder)
        ended = got is not None and present is not None and got < present
        return ("returned" if ended else "account"), end.holder

    def whose(self, end: End) -> bytes:
        if end.last is not None and end.last.link.hash in self.taken:
            return end.last.link.header.payer
        return end.holder

    def settle(self, stick: Stick) -> tuple[list[Share], list[Duplicate]]:
        shares: list[Share] = []
        duplicates: list[Duplicate] = []
        convicts = self.convicts()
        for unit in range(stick.units):
            whole = range(stick.units)
            ends = self.ends(stick, unit, None, whole, stick.owner, 0, ())
            ends.sort(key=lambda end: self.order(end, stick, convicts))
            del ends[COUNT:]
            fate, key = self.fate(ends[0], stick) if ends else ("lapsed", b"")
            shares.append(Share(unit, unit + 1, fate, key))
            for index, end in enumerate(ends[1:], 1):
                case = self.blame(end, ends[:index], stick)
                convict = case[1] if case[0] == "fork" else case[2]
                own = [other for other in ends[:index] if self.whose(other) == end.holder]
                is_copy = bool(own) and self.blame(end, own, stick)[0] == "fork"
                if convict != end.holder and not is_copy:
                    order = self.order(end, stick, convicts)
                    duplicates.append(
                        Duplicate(order, stick.id, unit, unit + 1, end.holder, convict, case)
                    )
        return joined_shares(shares), joined_duplicates(duplicates)

    # Closing a day (14.5).

    def close(
        self, day: int, held: dict[bytes, int]
    ) -> tuple[dict[bytes, list[Share]], list[tuple[Duplicate, int]]]:
        due = [stick for stick in self.sticks.values() if stick.settle_until <= day]
        settled = {stick.id: self.settle(stick) for stick in due}
        duplicates = [one for _, some in settled.values() for one in some]
        duplicates.sort(key=lambda one: (one.order, one.stick, one.low))
        left, paid = dict(held), []
        for one in duplicates:
            holder = self.accounts.get(one.holder)
            convict = self.accounts.get(one.convict)
            amount = min(left.get(one.convict, 0), one.high - one.low)
            if holder is None or convict is None or holder == convict:
                amount = 0
            left[one.convict] = left.get(one.convict, 0) - amount
            paid.append((one, amount))
        return {id_: shares for id_, (shares, _) in settled.items()}, paid


def joined_shares(shares: Iterable[Share]) -> list[Share]:
    joined: list[Share] = []
    for share in shares:
        last = joined[-1] if joined else None
        if last and (last.fate, last.key) == (share.fate, share.key):
            joined[-1] = Share(last.low, share.high, share.fate, share.key)
        else:
            joined.append(share)
    return joined


def joined_duplicates(duplicates: Iterable[Duplicate]) -> list[Duplicate]:
    joined: list[Duplicate] = []
    for one in sorted(duplicates, key=lambda one: (one.order, one.low)):
        last = joined[-1] if joined else None
        same = last and (last.order, last.case, last.high) == (one.order, one.case, one.low)
        if last and same:
            joined[-1] = Duplicate(
                last.order, last.stick, last.low, one.high, last.holder, last.convict, last.case
            )
        else:
            joined.append(one)
    return joined
