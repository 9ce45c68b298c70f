"""How the lab's nodes grow: memory, open files and homes, sampled, bounded and drawn.

What docs/LAB.md promises of them is checked here: the bounds below are what it says.
"""

import pathlib
import statistics
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
EVERY = 2.0
MIB = 1 << 20
# What a node may take, in bytes: at any time, and for each payment that it took part in.
KIB = 1 << 10
MEMORY, MEMORY_EACH = 64 * MIB, 24 * KIB
DISK, DISK_EACH = 48 * MIB, 32 * KIB
OFFICE_MEMORY_EACH, OFFICE_DISK_EACH = 12 * KIB, 16 * KIB
FILES = 64
# So many samples before a slope is believed: ten minutes.
STEADY = 300


class Growth:
    """Samples of every node: when, payments so far, memory, open files, bytes of its home."""

    def __init__(self):
        self.samples, self.began, self.last = {}, time.monotonic(), 0.0
        self.payments = {}

    def sample(self, nodes, paid, last=False):
        now = time.monotonic()
        if now - self.last < EVERY and not last:
            return
        self.last = now
        for node in nodes:
            found = node.memory()
            if found:
                row = (now - self.began, paid, found[0], found[1], node.disk())
                self.samples.setdefault(node.name, []).append(row)
                self.payments[node.name] = node.took_part

    @staticmethod
    def _each(name):
        return OFFICE_MEMORY_EACH if name == "office" else MEMORY_EACH

    def _bounds(self, name):
        """Of memory and of the home, for the payments that it took part in."""
        count, disk = self.payments[name], OFFICE_DISK_EACH if name == "office" else DISK_EACH
        return MEMORY + count * self._each(name), DISK + count * disk

    def slope(self, name):
        """Bytes of memory for each payment of its own, in the second half: what a leak leaves."""
        rows = self.samples[name]
        half = rows[len(rows) // 2 :]
        spans = half[-1][1] - half[0][1]
        own = self.payments[name] / max(1, rows[-1][1])
        if len(half) < 10 or not spans or not own:
            return 0.0
        x, y = [row[1] * own for row in half], [row[2] for row in half]
        return statistics.linear_regression(x, y).slope

    def faults(self, spared):
        """What is more than documented."""
        steady = {node.name for node in spared}
        for name, rows in sorted(self.samples.items()):
            memory, disk = self._bounds(name)
            for what, column, bound, unit in (
                ("of memory", 2, memory / MIB, MIB),
                ("files open", 3, FILES, 1),
                ("in its home", 4, disk / MIB, MIB),
            ):
                most = max(row[column] for row in rows) / unit
                if most > bound:
                    size = "" if unit == 1 else " MiB"
                    yield f"{name} had {most:.1f}{size} {what}, and {bound:.1f} are documented"
            # What grows for ever stays below the bound for a while; a slope does not.
            if name in steady and len(rows) >= STEADY and self.slope(name) > self._each(name):
                yield f"{name} grew by {self.slope(name):.0f} bytes of memory for each payment"

    def table(self, spared):
        names = {node.name for node in spared}
        yield "growth (* is never killed)      payments   memory first, last, most   files   home"
        for name, rows in sorted(self.samples.items()):
            first, last = rows[0][2] / MIB, rows[-1][2] / MIB
            most, files = max(row[2] for row in rows) / MIB, max(row[3] for row in rows)
            each = f"{self.slope(name):8.0f} B each" if name in names else ""
            yield (
                f"  {name + ('*' if name in names else ''):24} {self.payments[name]:12}"
                f"   {first:6.1f} {last:6.1f} {most:6.1f} MiB   {files:5}"
                f"   {rows[-1][4] / MIB:6.1f} MiB  {each}"
            )


# MARK: The page


COLOURS = ["#1b6ca8", "#d1620a", "#2a9d8f", "#b02a37", "#7a9e2f", "#6a4c93", "#d1920a", "#444444"]


def plot(growth, spared):
    """Two panels over time: memory of those that were never killed, and homes of all."""
    width, height, left, gap, top, bottom = 900, 360, 60, 70, 48, 46
    wide = (width - left - gap - 130) / 2
    names = [node.name for node in spared if node.name in growth.samples]
    names += sorted(name for name in growth.samples if name not in names)
    seconds = max(rows[-1][0] for rows in growth.samples.values()) or 1
    out = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
            ' font-family="sans-serif" font-size="12">'
        ),
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    panels = (
        ("Memory, MiB", 2, [node.name for node in spared if node.name in growth.samples]),
        ("Home on disk, MiB", 4, names),
    )
    for at, (title, column, shown) in enumerate(panels):
        x0 = left + at * (wide + gap)
        most = max(row[column] for name in shown for row in growth.samples[name]) / MIB * 1.1
        tall = height - top - bottom
        out.append(f'<text x="{x0}" y="28" font-size="14">{title}</text>')
        for step in range(5):
            y, x = top + tall * (1 - step / 4), x0 + wide * step / 4
            out.append(
                f'<line x1="{x0}" y1="{y:.1f}" x2="{x0 + wide:.1f}" y2="{y:.1f}" stroke="#e3e3e3"/>'
                f'<text x="{x0 - 6}" y="{y + 4:.1f}" text-anchor="end">{most * step / 4:.0f}</text>'
                f'<text x="{x:.1f}" y="{height - bottom + 18}" text-anchor="middle">'
                f"{seconds * step / 240:.1f}</text>"
            )
        out.append(
            f'<text x="{x0 + wide / 2:.1f}" y="{height - 8}" text-anchor="middle">minutes</text>'
        )
        for name in shown:
            rows = growth.samples[name]
            rows = rows[:: max(1, len(rows) // 300)]
            places = [
                (x0 + wide * row[0] / seconds, top + tall * (1 - row[column] / MIB / most))
                for row in rows
            ]
            points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
            colour = COLOURS[names.index(name) % len(COLOURS)]
            out.append(
                f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="{points}"/>'
            )
    for at, name in enumerate(names[:14]):
        y = top + 8 + 19 * at
        colour = COLOURS[at % len(COLOURS)]
        out.append(
            f'<line x1="{width - 112}" y1="{y}" x2="{width - 90}" y2="{y}"'
            f' stroke="{colour}" stroke-width="2"/>'
            f'<text x="{width - 84}" y="{y + 4}">{name}</text>'
        )
    return "\n".join(out) + "\n</svg>\n"


def page(run, said, command):
    """The report of a soak, as docs/SOAK.md has it."""
    faults = [f"FAULT: {fault}" for fault in run.market.faults]
    lines = [
        "# Soak: the lab for long",
        "",
        "Written by `make soak`: the lab ([LAB](LAB.md)) for long. Some nodes are never killed,",
        "and the memory, open files and homes of all are held to the bounds in LAB.md.",
        "",
        "![Memory and homes over time](soak.svg)",
        "",
        "```",
        command,
        *said.rstrip().splitlines(),
        "",
        *(faults or ["everything agrees to the cent"]),
        "```",
    ]
    return "\n".join(lines) + "\n"


def write(run, said, command, chart=None, is_page=False):
    """The chart, where it is wanted, and the page with it."""
    drawn = plot(run.growth, run.spared)
    if chart:
        chart.write_text(drawn)
    if is_page:
        (ROOT / "docs/soak.svg").write_text(drawn)
        (ROOT / "docs/SOAK.md").write_text(page(run, said, command))
