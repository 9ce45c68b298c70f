"""A LAN of network namespaces: hosts on a bridge, each with a cable of its own, and weather.

Loss, duplicates, corruption and partitions are the kernel's (nft, at the ports of the bridge);
delay and reordering are a small switch's in user space (bench/switch.c), since netem is not in
every kernel. Nothing of it lies in the namespace it is made from, and all of it ends with it.
"""

import dataclasses
import os
import pathlib
import select
import shutil
import subprocess
import tempfile

import talk

ROOT = pathlib.Path(__file__).resolve().parents[2]
SWITCH = ROOT / ".build/bench/switch"
PATIENCE = 20
# Namespaces are named for the process that made them, so that two labs do not meet.
PREFIX = "tally-lab"


@dataclasses.dataclass
class Weather:
    """What befalls datagrams: shares in percent, the delay in milliseconds."""

    loss: float = 0
    dup: float = 0
    corrupt: float = 0
    delay: float = 0
    reorder: float = 0

    def words(self):
        return (
            f"loss {self.loss:g} %, duplicates {self.dup:g} %, corruption {self.corrupt:g} %,"
            f" delay {self.delay:g} ms each way, reordered {self.reorder:g} %"
        )


class NoLan(Exception):
    """Why there can be none here."""


def hindrance():
    """Why no LAN can be made here, or nothing: it tries."""
    if os.geteuid() != 0:
        return "only root may make network namespaces"
    packages = {"ip": "iproute2", "nft": "nftables", "unshare": "util-linux", "cc": "g++"}
    missing = [tool for tool in packages if not shutil.which(tool)]
    if missing:
        named = " ".join(sorted({packages[tool] for tool in missing}))
        return f"there is no {' and no '.join(missing)} (Debian: apt-get install {named})"
    try:
        with Lan(["first", "second"], seed=1) as lan:
            lan.weather(Weather(1, 1, 1, 1, 1))
    except NoLan as error:
        return str(error)
    return None


def run(*words, text=None, check=True):
    done = subprocess.run(
        list(map(str, words)), input=text, capture_output=True, text=True, check=False
    )
    if check and done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise NoLan(f"this host does not let us: {' '.join(map(str, words))}: {said[:1]}")
    return done.stdout


def compile_switch():
    SWITCH.parent.mkdir(parents=True, exist_ok=True)
    source = ROOT / "bench/switch.c"
    if SWITCH.exists() and SWITCH.stat().st_mtime > source.stat().st_mtime:
        return
    with tempfile.TemporaryDirectory(dir=SWITCH.parent) as folder:
        made = pathlib.Path(folder) / "switch"
        run("cc", "-O2", source, "-o", made)
        made.rename(SWITCH)


class Host:
    """A machine on the LAN: a namespace with an interface, an address, and a /run of its own."""

    def __init__(self, name, number):
        self.name, self.number = name, number
        self.space = f"{PREFIX}-{os.getpid()}-{name}"
        self.address, self.keeper, self.daemons = None, None, []

    def inside(self):
        """What stands before a command that is to run on this machine."""
        return ("nsenter", f"--target={self.keeper.pid}", "--mount", "--uts", "--net", "--")

    def run(self, *words, check=True):
        return run(*self.inside(), *words, check=check)

    def open(self, address):
        run("ip", "netns", "add", self.space)
        # A /run of its own, so that nothing on this machine meets a bus of the real host.
        script = (
            "mount --make-rprivate / && mount -t tmpfs tmpfs /run && mkdir /run/dbus"
            f" && hostname {self.name} && echo ready && exec sleep infinity"
        )
        self.keeper = subprocess.Popen(
            ["ip", "netns", "exec", self.space, "unshare", "--mount", "--uts", "sh", "-c", script],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=talk.dies_with_us,
        )
        if self.keeper.stdout.readline() != b"ready\n":
            raise NoLan("this host does not let us mount a /run for each namespace")
        run("ip", "link", "set", f"host{self.number}", "netns", self.space, "name", "eth0")
        # An address is to be used at once, not after a second's look for another who has it.
        self.run("sysctl", "-q", "net.ipv6.conf.eth0.accept_dad=0", check=False)
        self.run("ip", "link", "set", "lo", "up")
        self.run("ip", "link", "set", "eth0", "up")
        self.move(address)

    def move(self, address):
        """Another address in place of the one it has."""
        if self.address:
            self.run("ip", "addr", "del", f"{self.address}/16", "dev", "eth0")
        self.run("ip", "addr", "add", f"{address}/16", "brd", "+", "dev", "eth0")
        self.address = address

    def unplug(self):
        self.run("ip", "link", "set", "eth0", "down")

    def plug(self):
        self.run("ip", "link", "set", "eth0", "up")

    def advertise(self):
        """A D-Bus and an Avahi of its own, where they are installed; says whether."""
        if not (shutil.which("dbus-daemon") and shutil.which("avahi-daemon")):
            return False
        bus = ("dbus-daemon", "--system", "--nofork", "--nopidfile")
        avahi = ("avahi-daemon", "--no-drop-root", "--no-chroot", "--no-rlimits")
        for words, sign in ((bus, "/run/dbus/system_bus_socket"), (avahi, "/run/avahi-daemon/pid")):
            self.daemons.append(self._daemon(*self.inside(), *words))
            script = f"for i in $(seq 100); do [ -e {sign} ] && exit; sleep 0.05; done; exit 1"
            try:
                self.run("sh", "-c", script)
            except NoLan:
                return False
        return True

    @staticmethod
    def _daemon(*words):
        return subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=talk.dies_with_us,
        )

    def close(self):
        for process in [*reversed(self.daemons), self.keeper]:
            end(process)
        run("ip", "netns", "del", self.space, check=False)


def end(process):
    if process and process.poll() is None:
        process.kill()
    if process:
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream:
                stream.close()


class Lan:
    """Hosts on a bridge. Made on entering, gone on leaving, whatever happened meanwhile."""

    def __init__(self, names, seed):
        self.hosts = [Host(name, number) for number, name in enumerate(names)]
        self.space = f"{PREFIX}-{os.getpid()}-switch"
        self.seed, self.switch, self.given = seed, None, len(names)
        self.cuts = []
        self.now = Weather()

    def __enter__(self):
        compile_switch()
        # Whoever is in no namespace of ours is not to be asked for what we forgot.
        try:
            self._open()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _open(self):
        run("ip", "netns", "add", self.space)
        self.switch = subprocess.Popen(
            [*self._inside(), SWITCH, str(len(self.hosts)), str(self.seed % (1 << 63))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=talk.dies_with_us,
        )
        said = self._hear()
        if said != "ready\n":
            raise NoLan(f"the switch does not start: {said.strip()}")
        self._in("ip", "link", "add", "br0", "type", "bridge", "mcast_snooping", "0")
        self._in("ip", "link", "set", "br0", "up")
        for host in self.hosts:
            self._in("ip", "link", "set", f"port{host.number}", "master", "br0", "up")
            # What belongs to the namespace of the cables moves to the one of the host.
            run(*self._inside(), "ip", "link", "set", f"host{host.number}", "netns", os.getpid())
            host.open(f"10.77.0.{host.number + 1}")
        self._rules(
            "add table bridge lab",
            *(f"add counter bridge lab {name}" for name in ("lost", "spoilt", "cut")),
            "add set bridge lab cuts { type ifname . ifname; }",
            "add chain bridge lab weather { type filter hook forward priority 0; }",
            "add table netdev lab",
            "add counter netdev lab doubled",
            *(
                f"add chain netdev lab out{host.number}"
                f' {{ type filter hook egress device "port{host.number}" priority 0; }}'
                for host in self.hosts
            ),
        )
        self.weather(Weather())

    def __exit__(self, *_):
        for host in self.hosts:
            host.close()
        end(self.switch)
        run("ip", "netns", "del", self.space, check=False)

    def _inside(self):
        return ("ip", "netns", "exec", self.space)

    def _in(self, *words):
        return run(*self._inside(), *words)

    def _rules(self, *lines):
        run(*self._inside(), "nft", "-f", "-", text="\n".join(lines) + "\n")

    def _hear(self):
        if not select.select([self.switch.stdout], [], [], PATIENCE)[0]:
            return "it says nothing"
        return self.switch.stdout.readline()

    # MARK: Weather

    def weather(self, now):
        """Whatever was before, this is the weather from now on; cuts stay."""

        def some(percent):
            return f"numgen random mod 10000 < {round(percent * 100)}"

        cut = "iifname . oifname @cuts counter name cut drop"
        lines = ["flush chain bridge lab weather", f"add rule bridge lab weather {cut}"]
        if now.loss:
            rule = f"meta l4proto udp {some(now.loss)} counter name lost drop"
            lines.append(f"add rule bridge lab weather {rule}")
        if now.corrupt:
            # Without a checksum, so that what is spoilt arrives and has to be noticed up there;
            # IPv6 has none without. Sixteen bytes behind the head of UDP: in the sealed part.
            rule = f"{some(now.corrupt)} udp checksum set 0 @th,192,8 set 0x5a counter name spoilt"
            lines.append(f"add rule bridge lab weather ether type ip meta l4proto udp {rule}")
        for host in self.hosts:
            port = f"port{host.number}"
            lines.append(f"flush chain netdev lab out{host.number}")
            if now.dup:
                rule = f'{some(now.dup)} counter name doubled dup to "{port}"'
                lines.append(f"add rule netdev lab out{host.number} meta l4proto udp {rule}")
        self._rules(*lines)
        self.now = now
        self._tell_switch()

    def _tell_switch(self):
        """What it is to do from now on; it answers what it has done."""
        self.switch.stdin.write(f"{self.now.delay} {round(self.now.reorder * 10_000)}\n")
        self.switch.stdin.flush()
        return [int(word) for word in self._hear().split()]

    def cut(self, pairs):
        """Nothing goes from the one to the other of each pair any more."""
        self.cuts += pairs
        self._cuts()

    def mend(self, pairs):
        """A pair that was cut twice meanwhile stays cut, until that is over too."""
        for pair in pairs:
            self.cuts.remove(pair)
        self._cuts()

    def _cuts(self):
        pairs = {f'"port{a.number}" . "port{b.number}"' for a, b in self.cuts}
        lines = ["flush set bridge lab cuts"]
        if pairs:
            lines.append(f"add element bridge lab cuts {{ {', '.join(sorted(pairs))} }}")
        self._rules(*lines)

    def clear(self):
        """The sun shines, every cable is in, and everybody reaches everybody."""
        self.cuts = []
        self._cuts()
        self.weather(Weather())
        for host in self.hosts:
            host.plug()

    def move(self, host):
        """Another address, that nobody has had."""
        self.given += 1
        host.move(f"10.77.{self.given >> 8}.{self.given & 255}")

    def figures(self):
        """How many datagrams met with what."""
        told = self._in("nft", "list", "counters").split()
        # Each crosses two cables, and what everybody hears many more.
        passed, overtaken, full = self._tell_switch()
        found = {"carried by cables": passed, "overtaken": overtaken, "too many at once": full}
        for at, word in enumerate(told):
            if word == "counter":
                found[told[at + 1]] = int(told[told.index("packets", at) + 1])
        return found


def leftovers():
    """What of labs of processes that are gone is still here, by name."""
    found = []
    for name in os.listdir("/run/netns") if os.path.isdir("/run/netns") else []:
        parts = name.split("-")
        if name.startswith(PREFIX + "-") and not os.path.isdir(f"/proc/{parts[2]}"):
            found.append(name)
    return sorted(found)


def sweep():
    """Removes what a lab left that was killed itself; its processes have died with it."""
    for name in leftovers():
        run("ip", "netns", "del", name, check=False)
