"""Plays a page whose blocks of `console` are what people type at several devices, and what they see.

    till1$ tally sell 4.50 --to 4711      is typed at the device till1
    asked Ada for 4.50 EUR                is to be seen there then
    ada> pay it? [y/N] y                  is to be seen at ada, where something runs; y is typed

`…` stands for anything. What chance draws (codes, numbers on screens, ids, digits, dates) is another
thing in each play: what stands on the page for it is learnt where it is shown, has to be the same
wherever it is shown again, and is what is typed.
"""

import fcntl
import os
import pathlib
import pty
import re
import select
import shlex
import signal
import subprocess
import termios
import time

TALLY = pathlib.Path(__file__).resolve().parents[2] / ".build/release/tally"
PATIENCE = 60
# They go on while others are typed at the same device: in a terminal of its own each.
STAYING = ("pay", "listen", "refund")
SERVICES = ("node", "office serve")

# What chance draws, the longest first, and whether it is one thing wherever it stands.
KINDS = [
    (r"[0-9A-Z]{5}(?:-[0-9A-Z]{5}){4}", True),
    (r"\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2}(?::\d{2})?Z?)?", False),
    (r"(?<![0-9a-f])[0-9a-f]{4}(?: [0-9a-f]{4})+(?![0-9a-f])", True),
    (r"\b\d{3} \d{3}\b", True),
    (r"\b(?=[0-9a-f]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{8}\b", True),
    (r"\b\d+ (?:ms|s)\b", False),
    (r"(?<![\d.])\d{4}(?![\d.])", True),
]
DRAWN = re.compile("|".join(f"({pattern})" for pattern, _ in KINDS))


def blocks(text):
    """The blocks of a page that are played, each as its lines."""
    return [body.splitlines() for body in re.findall(r"^```console\n(.*?)^```$", text, re.M | re.S)]


class Running:
    """Something that was typed, in a terminal of its own."""

    def __init__(self, command, folder, environment):
        self.command, self.text, self.at = command, "", 0
        # What the page says of it.
        self.told = []
        self.terminal, other = pty.openpty()
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            ["/bin/sh", "-c", command], stdin=other, stdout=other, stderr=other, cwd=folder,
            env=environment, preexec_fn=self.sit)
        os.close(other)

    @staticmethod
    def sit():
        """Makes the terminal one at which questions are asked."""
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def hear(self, seconds):
        if not select.select([self.terminal], [], [], seconds)[0]:
            return
        try:
            part = os.read(self.terminal, 65536)
        except OSError:
            part = b""
        if part:
            self.text += part.decode(errors="replace").replace("\r\n", "\n")
        else:
            time.sleep(0.02)

    def shows(self, pattern):
        """Waits for what follows what was seen last."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if found := re.compile(pattern).search(self.text, self.at):
                self.at = found.end()
                return found
            self.hear(0.1)
        raise AssertionError(f"{self.command}: no {pattern!r} in\n{self.text}")

    def types(self, text):
        os.write(self.terminal, text.encode() + b"\n")

    def ends(self):
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < end, f"{self.command} does not end:\n{self.text}"
            self.hear(0.1)
        while select.select([self.terminal], [], [], 0)[0]:
            before = len(self.text)
            self.hear(0)
            if len(self.text) == before:
                break
        return self.process.returncode

    def signal(self, how):
        if self.process.poll() is None:
            os.killpg(self.process.pid, how)

    def close(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self.terminal)


class Play:
    """Several devices on the loopback interface."""

    def __init__(self, folder, known):
        self.folder, self.known = folder, dict(known)
        self.last, self.staying, self.services, self.all = {}, {}, {}, []
        self.takes_networks = {}
        tool = folder / "bin"
        tool.mkdir()
        (tool / "tally").symlink_to(TALLY)
        self.environment = {
            "PATH": f"{tool}:/usr/bin:/bin", "TERM": "dumb", "LC_ALL": "C.UTF-8", "HOME": str(folder),
        }

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in self.all:
            one.close()

    def is_on_air(self, verb):
        if verb not in self.takes_networks:
            said = subprocess.run([TALLY, "help", *verb.split()], capture_output=True, text=True,
                                  check=False).stdout
            self.takes_networks[verb] = "--on NETWORKS" in said
        return self.takes_networks[verb]

    @staticmethod
    def verb(command):
        words = shlex.split(command.removeprefix("exec "))
        if words[0] != "tally":
            return ""
        return " ".join(words[1:3] if words[1] in ("office", "bank") else words[1:2])

    def meant(self, text):
        """What is typed in this play."""
        for shown, real in sorted(self.known.items(), key=lambda one: -len(one[0])):
            text = re.sub(rf"(?<![\w.]){re.escape(shown)}(?![\w])", real, text)
        return text

    def pattern(self, line):
        """What a line of the page looks like in any play, and what is to be learnt from it."""
        pattern, names, at = "", [], 0
        for found in DRAWN.finditer(line):
            pattern += self.literal(line[at:found.start()])
            kind, is_one = KINDS[found.lastindex - 1]
            if found[0] in self.known:
                pattern += re.escape(self.known[found[0]])
            elif is_one:
                pattern += f"({kind})"
                names.append(found[0])
            else:
                pattern += kind
            at = found.end()
        return pattern + self.literal(line[at:]), names

    def literal(self, text):
        text = self.meant(text)
        return ".*".join(r"\s+".join(map(re.escape, re.split(r"\s+", part)))
                         for part in text.split("…"))

    def running(self, device):
        """What stands in front there."""
        for some in (self.staying, self.last, self.services):
            if device in some:
                return some[device]
        raise AssertionError(f"nothing was typed at {device}")

    def sees(self, running, line):
        pattern, names = self.pattern(line)
        found = running.shows(pattern)
        running.told.append(line)
        self.known.update(zip(names, found.groups()))

    def finish(self, some, device):
        """What was typed there before has to be over; it fails only where the page says so."""
        running = some.pop(device, None)
        if running:
            code = running.ends()
            fails = any(re.search(r"error:|refused|cancelled|held", line) for line in running.told)
            assert code == 0 or fails, (running.command, code, running.text)

    def stop(self, device, how):
        some = self.staying if device in self.staying else self.services
        running = some.pop(device)
        running.signal(how)
        running.ends()
        return running

    def type(self, device, command):
        if command in ("^C", "kill -9"):
            return self.stop(device, signal.SIGINT if command == "^C" else signal.SIGKILL)
        # Whoever sells waits for what is typed elsewhere; everything else is over first.
        for one in list(self.last):
            if one == device or self.verb(self.last[one].command) != "sell":
                self.finish(self.last, one)
        verb = self.verb(command)
        command = self.meant(command)
        if verb and self.is_on_air(verb):
            command += " --on lo"
        some = (self.staying if verb in STAYING else
                self.services if verb in SERVICES else self.last)
        self.finish(some, device)
        some[device] = Running("exec " + command if verb else command, self.folder, {
            **self.environment, "TALLY_HOME": str(self.folder / device),
            "TALLY_KEY_FILE": str(self.folder / f"{device}.key"),
        })
        self.all.append(some[device])
        return some[device]

    def block(self, lines):
        running = None
        for line in lines:
            if typed := re.match(r"(\w+)\$ (.+)$", line):
                running = self.type(typed[1], typed[2])
            elif seen := re.match(r"(\w+)> (.+)$", line):
                answer = re.match(r"(.*\[y/N\]) (.+)$", seen[2])
                self.sees(self.running(seen[1]), answer[1] if answer else seen[2])
                if answer:
                    self.running(seen[1]).types(answer[2])
            elif line.strip() not in ("", "…"):
                self.sees(running, line)

    def end(self):
        for some in (self.last, self.staying):
            for device in list(some):
                self.finish(some, device)
