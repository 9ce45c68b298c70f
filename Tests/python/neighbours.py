"""Hosts of a street as network namespaces on a bridge, each with a D-Bus and an Avahi of its own.

Nothing of it leaves the namespaces, which are made and removed here.
"""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import talk
from loss import Namespace

PATIENCE = 20
DAEMON = """
[server]
host-name={name}
use-ipv4=yes
use-ipv6=yes
allow-interfaces=tally0,lo
[wide-area]
enable-wide-area=no
[publish]
publish-hinfo=no
publish-workstation=no
[rlimits]
"""


def hindrance():
    """Why there can be no such street here, or nothing."""
    if why := Namespace.hindrance():
        return why
    for tool, package in (
        ("avahi-daemon", "avahi-daemon"),
        ("dbus-daemon", "dbus"),
        ("nsenter", "util-linux"),
    ):
        if not shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            return f"there is no {tool} (Debian: {package})"
    return None


def run(*words):
    subprocess.run(words, check=True, capture_output=True)


def until(what, patience=PATIENCE, step=0.1):
    """Waits until it is so; what it then is."""
    deadline = time.monotonic() + patience
    while not (found := what()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"it did not come about in {patience} seconds")
        time.sleep(step)
    return found


class Host:
    """A namespace with an interface on the bridge, and folders of its own under /run."""

    def __init__(self, street, number):
        self.street, self.name = street, f"{street.name}-{number}"
        self.processes = {}
        run("ip", "netns", "add", self.name)
        # It holds the namespaces, for whatever else is to run in them.
        hidden = "mount -t tmpfs none /run && mkdir /run/dbus /run/avahi-daemon"
        self.holder = self.popen(
            "ip", "netns", "exec", self.name, "sh", "-c", f"{hidden} && exec sleep infinity"
        )
        run("ip", "-n", self.name, "link", "set", "lo", "up")
        self.join("street", "tally0")
        until(lambda: self.has("-d", "/run/avahi-daemon"))

    def join(self, bridge, name):
        """Puts a cable between a bridge and an interface of this host's."""
        port = f"{bridge}-{self.name[-1]}"
        ends = ["link", "add", port, "type", "veth", "peer", "name", name, "netns", self.name]
        run("ip", "-n", self.street.name, *ends)
        run("ip", "-n", self.street.name, "link", "set", port, "master", bridge, "up")
        run("ip", "-n", self.name, "link", "set", name, "up")

    @staticmethod
    def popen(*words):
        return subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=talk.dies_with_us,
        )

    @property
    def inside(self):
        return ["nsenter", "-t", str(self.holder.pid), "-m", "-n"]

    def do(self, *words):
        run(*self.inside, *words)

    def has(self, *what):
        asked = [*self.inside, "test", *what]
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0

    def link(self, state):
        run("ip", "-n", self.name, "link", "set", "tally0", state)

    def address(self, text):
        run("ip", "-n", self.name, "addr", "replace", text, "dev", "tally0")

    def has_six(self, name="tally0"):
        """Whether it has an IPv6 address of the link's own that may be used by now."""
        asked = f"-6 addr show dev {name} scope link -tentative".split()
        told = subprocess.run(["ip", "-n", self.name, *asked], check=True, capture_output=True)
        return b"fe80" in told.stdout

    def nft(self, *rules):
        for rule in rules:
            self.do("nft", rule)

    def mute_broadcast(self):
        """No look-up to everybody comes in or goes out."""
        self.nft(
            "add table inet tally",
            "add chain inet tally in { type filter hook input priority 0; }",
            "add chain inet tally out { type filter hook output priority 0; }",
            "add rule inet tally in udp dport 7557 counter drop",
            "add rule inet tally out udp dport 7557 counter drop",
        )

    # MARK: Daemons

    def start_bus(self):
        self.processes["bus"] = self.popen(
            *self.inside, "dbus-daemon", "--system", "--nofork", "--nopidfile"
        )
        until(lambda: self.has("-S", "/run/dbus/system_bus_socket"))

    def start_avahi(self):
        config = self.street.folder / f"{self.name}.conf"
        config.write_text(DAEMON.format(name=self.name))
        self.processes["avahi"] = self.popen(
            *self.inside,
            *("avahi-daemon", "-f", config, "--no-drop-root", "--no-chroot", "--no-rlimits"),
        )

    @contextlib.contextmanager
    def stalled(self, name):
        """The daemon is there, and does nothing."""
        self.processes[name].send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.processes[name].send_signal(signal.SIGCONT)

    def kill(self, *names):
        for name in names:
            process = self.processes.pop(name)
            process.kill()
            process.wait()
            if name == "bus":
                self.do("rm", "-f", "/run/dbus/system_bus_socket")
            else:
                self.do("rm", "-f", "/run/avahi-daemon/pid", "/run/avahi-daemon/socket")

    def end(self):
        for process in [*self.processes.values(), self.holder]:
            process.send_signal(signal.SIGKILL)
            process.wait()
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True, check=False)


class Street:
    """Bridges in a namespace of their own, and hosts on the first of them."""

    bridges = ("street", "lane")
    made = 0

    def __init__(self, count):
        Street.made += 1
        self.name, self.count, self.hosts = f"tally-near-{os.getpid()}-{Street.made}", count, []
        self.kept = tempfile.TemporaryDirectory(prefix="tally-near-")
        self.folder = pathlib.Path(self.kept.name)

    def give_addresses(self):
        """IPv4 addresses, besides those of the link's own that they have."""
        for number, host in enumerate(self.hosts, 1):
            host.address(f"10.79.0.{number}/24")

    def __enter__(self):
        try:
            run("ip", "netns", "add", self.name)
            for bridge in self.bridges:
                made = f"link add {bridge} type bridge mcast_snooping 0"
                run("ip", "-n", self.name, *made.split())
                run("ip", "-n", self.name, "link", "set", bridge, "up")
            for number in range(self.count):
                self.hosts.append(Host(self, number))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for host in self.hosts:
            host.end()
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True, check=False)
        self.kept.cleanup()
