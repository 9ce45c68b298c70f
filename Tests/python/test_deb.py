"""The Debian package: what is in it, that it comes out alike, and what installing it does.

It is packed around the binary that is built already, linked anew with Swift's libraries in it, as
scripts/install has it linked.
"""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import time

import pytest

from test_serve import Served

ROOT = pathlib.Path(__file__).resolve().parents[2]
TALLY = ROOT / ".build/release/tally"
UNITS = ["tally-office@", "tally-node@"]


def run(*words, **more):
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT, **more)
    assert done.returncode == 0, (words, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout


@pytest.fixture(name="binary", scope="module")
def linked_binary(tmp_path_factory):
    target = tmp_path_factory.mktemp("binary") / "tally"
    objects = TALLY.parent / "tally.product/Objects.LinkFileList"
    # SwiftPM gives the main function of a program another name, so that tests can link it.
    last = ["-z", "now", "--gc-sections", "--defsym=main=tally_main"]
    run("swiftc", "-static-stdlib", "-emit-executable", "-module-name", "tally", "-o", target,
        f"@{objects}", "-l_FoundationCollections", "-l_FoundationCShims",
        *(word for one in last for word in ("-Xlinker", one)))
    assert "libswift" not in run("ldd", target)
    return target


def pack(binary, folder, *options):
    # What a package is packed with is not what is tried here, and the best takes longest.
    quick = {"DPKG_DEB_COMPRESSOR_TYPE": "gzip", "DPKG_DEB_COMPRESSOR_LEVEL": "1"}
    run("scripts/deb", *options, folder, env={**os.environ, **quick, "TALLY_BINARY": str(binary)})
    (package,) = folder.glob("*.deb")
    return package


@pytest.fixture(name="package", scope="module")
def built_package(binary, tmp_path_factory):
    # lintian judges it on the way, and any error or warning of it fails.
    return pack(binary, tmp_path_factory.mktemp("deb") / "one")


def field(package, name):
    return run("dpkg-deb", "--field", package, name).strip()


def test_it_comes_out_alike_wherever_and_whenever_it_is_built(binary, package, tmp_path):
    time.sleep(1)
    other = pack(binary, tmp_path / "elsewhere/two", "--unjudged")
    one, two = (hashlib.sha256(path.read_bytes()).hexdigest() for path in (package, other))
    assert one == two
    assert package.name == other.name


def test_it_needs_the_c_libraries_and_none_of_swift(package):
    needs = [one.split()[0] for one in re.split(r"[,|] ", field(package, "Depends"))]
    for library in ("libc6", "libsodium23", "libsqlite3-0", "libssl3", "libavahi-client3"):
        assert library in needs, needs
    # Without its daemon the library finds nobody; the program goes on all the same.
    assert field(package, "Recommends") == "avahi-daemon"
    assert not [one for one in needs if "swift" in one.lower()]
    version = run(TALLY, "version").split()[1].rstrip(",")
    assert field(package, "Version") == version, "debian/changelog and tally version differ"


def test_all_that_people_look_for_is_in_it_and_nothing_is_where_wallets_are(package):
    listed = run("dpkg-deb", "--contents", package).splitlines()
    files = {line.split()[5].lstrip(".") for line in listed if line[0] != "d"}
    for path in (
        "/usr/bin/tally", "/usr/share/bash-completion/completions/tally",
        "/usr/share/zsh/vendor-completions/_tally",
        "/usr/share/fish/vendor_completions.d/tally.fish",
        "/lib/systemd/system/tally-office@.service", "/lib/systemd/system/tally-node@.service",
        "/usr/lib/systemd/user/tally-node.service", "/usr/lib/sysusers.d/tally.conf",
        "/usr/lib/tmpfiles.d/tally.conf", "/usr/share/doc/tally/changelog.gz",
        "/usr/share/doc/tally/copyright", "/usr/share/doc/tally/README.Debian",
        "/usr/share/doc/tally/OPERATIONS.md.gz", "/usr/share/doc/tally/GUIDE.md.gz",
        "/usr/share/doc/tally/OFFICE.md.gz",
    ):
        assert path in files, path
    pages = {path.name + ".gz" for path in (ROOT / "docs/man").glob("*.1")}
    assert {pathlib.Path(path).name for path in files if "/man1/" in path} == pages
    examples = {path.name for path in (ROOT / "docs/examples").iterdir()}
    packed = {pathlib.Path(path).name.removesuffix(".gz") for path in files if "/examples/" in path}
    assert packed == examples
    # What dpkg does not know it cannot remove.
    assert not [path for path in files if path.startswith(("/var", "/etc", "/home", "/run"))]


def test_each_unit_lets_its_service_do_little():
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze here")
    for unit in UNITS:
        path = ROOT / f"debian/tally.{unit}.service"
        said = run("systemd-analyze", "security", "--offline=true", "--no-pager", path)
        assert float(re.search(r"Overall exposure level for \S+: ([\d.]+)", said)[1]) <= 1.5, said


def settings(path):
    """What a unit sets, by section and name."""
    found, section = {}, ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line
        elif line and line[0] != "#":
            name, value = line.split("=", 1)
            found.setdefault((section, name), []).append(value)
    return found


def test_the_units_dump_no_keys_and_give_up_in_the_end():
    units = list((ROOT / "debian").glob("*.service"))
    assert len(units) == 3
    for path in units:
        known = settings(path)
        assert known["[Service]", "LimitCORE"] == ["0"], path
        # What fails at once comes to the limit; with fewer starts in that time it never would.
        (burst,), (pause,) = known["[Unit]", "StartLimitBurst"], known["[Service]", "RestartSec"]
        assert known["[Unit]", "StartLimitIntervalSec"] == ["5min"]
        assert int(burst) * int(pause.removesuffix("s")) < 300, path


def test_a_unit_sees_its_own_home_and_no_key_file():
    for kind, homes in (("office", "tally-office"), ("node", "tally")):
        known = settings(ROOT / f"debian/tally.tally-{kind}@.service")
        assert known["[Service]", "InaccessiblePaths"] == ["-/etc/tally"]
        assert known["[Service]", "TemporaryFileSystem"] == [f"/var/lib/{homes}:ro"]
        assert known["[Service]", "BindPaths"] == [f"/var/lib/{homes}/%i"]
        assert known["[Service]", "StateDirectory"] == [f"{homes}/%i"]


def test_the_units_name_what_the_command_knows():
    for path in (ROOT / "debian").glob("*.service"):
        text = path.read_text(encoding="utf-8")
        assert "Type=notify" in text and re.search(r"WatchdogSec=\d", text), path
        (command,) = re.findall(r"^ExecStart=/usr/bin/tally (.+) \$TALLY_OPTIONS$", text, re.M)
        exits = run(TALLY, "help", *command.split(), "--json")
        codes = re.search(r"RestartPreventExitStatus=(.+)", text)[1].split()
        # systemd's own, where a credential is not there: the program was not even started.
        codes.remove("243")
        assert "3" in codes
        for code in codes:
            assert f'"code":{code},' in exits, (path, code)
        for credential in re.findall(r"^LoadCredential=(.+):", text, re.M):
            assert credential in run(TALLY, "help", *command.split()), (path, credential)


def test_the_alerts_ask_for_what_an_office_tells(tmp_path):
    asked = set()
    for name in ("docs/examples/tally-alerts.yml", "docs/OPERATIONS.md"):
        asked |= set(re.findall(r"tally_office_[a-z_]+", (ROOT / name).read_text(encoding="utf-8")))
    assert len(asked) > 5
    town = Served(tmp_path, "town").opened().start()
    try:
        told = town.get("/metrics")[1]
    finally:
        town.end()
    for name in asked:
        assert f"# TYPE {name} " in told, name
    rules = (ROOT / "docs/examples/tally-alerts.yml").read_text(encoding="utf-8")
    expressions = re.findall(r"^ +expr: (.+)$", rules, re.M)
    assert len(expressions) == rules.count("- alert:")
    for one in expressions:
        assert not mismatch(one, labels_of(told)), (one, mismatch(one, labels_of(told)))
    # What it finds: what matches nothing, without anybody being told.
    for wrong in (
        'tally_office_waiting_units > 0.5 * tally_office_units{where="outstanding"}',
        'tally_office_units{where="elsewhere"} > 1', 'tally_office_units{place="issued"} > 1',
        "sum by (kind) (tally_office_refusals_total) > 1",
        'tally_office_units{where="issued"} > 1 and tally_office_cash_units > 1',
    ):
        assert mismatch(wrong, labels_of(told)), wrong


def labels_of(told):
    """The labels of each metric, with the values that were seen: all of them, where none was."""
    found = {name: {} for name in re.findall(r"^# TYPE (\S+) ", told, re.M)}
    # Nobody was refused anything yet.
    found["tally_office_refusals_total"] = {"type": None, "name": None}
    for name, labels in re.findall(r"^(tally_\w+)(?:\{(.*)\})? \d", told, re.M):
        for label, value in re.findall(r'(\w+)="([^"]*)"', labels):
            known = found[name].setdefault(label, set())
            if known is not None:
                known.add(value)
    return found


def mismatch(expression, labels):
    """Why a rule can never fire: a label that is not there, or two sides that do not match."""
    clauses = []
    for text in re.split(r"\band\b", expression):
        ignored = set(re.findall(r"\w+", "".join(re.findall(r"ignoring *\(([\w, ]*)\)", text))))
        by = re.search(r"\bby *\(([\w, ]*)\)", text)
        by = by and set(re.findall(r"\w+", by[1]))
        sides = []
        for name, asked in re.findall(r"(tally_office_[a-z_]+)(?:\{([^}]*)\})?", text):
            for label, value in re.findall(r'(\w+)="([^"]*)"', asked):
                seen = labels[name].get(label, set())
                if seen is not None and value not in seen:
                    return f"no {name} has {label}={value}"
            if by and not by <= set(labels[name]):
                return f"{name} has not all of {by}"
            sides.append(by or set(labels[name]))
        if any(one - ignored != sides[0] - ignored for one in sides):
            return f"{sides} do not match"
        if sides and "absent" not in text:
            clauses.append(sides[0] - ignored)
    return "" if all(one == clauses[0] for one in clauses) else f"{clauses} do not match"


# MARK: Installing

INSIDE = """
set -eu
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/all"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/all"
# One of these processes: Swift's threads look themselves up in it by their numbers, or end.
mount -t proc proc "$1/all/proc"
mount --rbind /dev "$1/all/dev"
mkdir -p "$1/all/given"
cp "$2"/* "$1/all/given/"
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
    chroot "$1/all" sh -eu /given/story.sh
"""

STORY = """
say() { echo "== $*"; }
fail() { echo "FAILED: $*"; exit 1; }
# The layer is thrown away: nothing has to reach a disk, nor an index of manuals be made.
dpkg() { command dpkg --force-unsafe-io --no-triggers "$@"; }
dpkg -i /given/old.deb
[ "$(dpkg-query -W -f '${Version}' tally)" = 0.0.9 ] || fail 'the old one is not there'
for user in _tally _tally-office; do getent passwd "$user" >/dev/null || fail "no user $user"; done
[ "$(stat -c '%U %a' /var/lib/tally /etc/tally/node /var/lib/tally-office /etc/tally/office)" = \
"_tally 700
_tally 700
_tally-office 700
_tally-office 700" ] || fail 'homes are not their own'

say homes of an earlier build
tar -xzf /given/wallet-4.tar.gz -C /var/lib/tally
tar -xzf /given/office-2.tar.gz -C /var/lib/tally-office
mv /var/lib/tally/ada.key /etc/tally/node/ada.key
mv /var/lib/tally-office/town.key /etc/tally/office/town.key
chown -R _tally: /var/lib/tally /etc/tally/node
chown -R _tally-office: /var/lib/tally-office /etc/tally/office
sqlite3() { /usr/bin/python3 /given/sql.py "$@"; }
sqlite3 /var/lib/tally/ada/journal.db 'DROP INDEX finished_written' 'DROP TABLE replay' \
    'PRAGMA user_version=3'
mkdir -p /home/ben && tar -xzf /given/wallet-4.tar.gz -C /home/ben
sums() { find /var/lib/tally /var/lib/tally-office /etc/tally /home/ben -type f -size +0 \
    -exec sha256sum {} + | sort; }
sums >/before

say upgrade
dpkg -i /given/new.deb
sums | cmp - /before || fail 'upgrading touched a home'
as() { who=$1; shift; setpriv --reuid "$who" --regid "$who" --clear-groups "$@"; }
till="--home /var/lib/tally/ada --key-file /etc/tally/node/ada.key"
as _tally tally history $till | grep -q '12.50 DEMO' || fail 'the wallet is not what it was'
[ "$(sqlite3 /var/lib/tally/ada/journal.db 'PRAGMA user_version')" = 4 ] || fail 'not migrated'
as _tally-office tally office audit --home /var/lib/tally-office/town \
    --key-file /etc/tally/office/town.key | grep -q '54.50 EUR' || fail 'the office is not what it was'
systemd-analyze verify --man=no --recursive-errors=no \
    tally-office@town.service tally-node@ada.service || fail 'units do not verify'
man -w tally-office-serve >/dev/null || fail 'no manual'
[ -z "$(dpkg --verify tally)" ] || fail 'a file is not what was packed'

say a newer home and this program
sqlite3 /home/ben/ada/journal.db 'PRAGMA user_version=9'
tally balance --home /home/ben/ada --key-file /home/ben/ada.key 2>/said && fail 'it was opened'
grep -q 'newer than this program' /said || fail 'it does not say why'

say remove
sums >/before
dpkg -r tally
[ ! -e /usr/bin/tally ] || fail 'the program is still there'
sums | cmp - /before || fail 'removing touched a home'
say purge
dpkg -P tally
sums | cmp - /before || fail 'purging touched a home'
dpkg -i /given/new.deb
as _tally tally history $till | grep -q '12.50 DEMO' || fail 'it does not come back'
say and where nobody ever made one
dpkg -P tally
rm -rf /var/lib/tally /var/lib/tally-office /etc/tally
dpkg -i /given/new.deb
dpkg -P tally
[ ! -e /var/lib/tally ] && [ ! -e /etc/tally ] || fail 'empty folders stay behind'
echo installed, upgraded, removed
"""

SQL = """
import sqlite3, sys
file = sqlite3.connect(sys.argv[1])
for one in sys.argv[2:]:
    for row in file.execute(one):
        print(*row)
file.commit()
file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
file.close()
"""


def older(package, folder):
    """The same under an older version."""
    run("dpkg-deb", "-R", package, folder / "old")
    control = folder / "old/DEBIAN/control"
    text = control.read_text(encoding="utf-8")
    control.write_text(re.sub(r"(?m)^Version: .*", "Version: 0.0.9", text), encoding="utf-8")
    run("dpkg-deb", "--root-owner-group", "-Znone", "-b", folder / "old", folder / "old.deb")
    return folder / "old.deb"


def test_homes_outlive_upgrade_removal_and_purge(package, tmp_path):
    if os.geteuid():
        pytest.skip("dpkg needs root, and a machine of its own: a layer over this one")
    given, place = tmp_path / "given", tmp_path / "layer"
    given.mkdir()
    place.mkdir()
    shutil.copy(older(package, tmp_path), given / "old.deb")
    shutil.copy(package, given / "new.deb")
    for archive in (ROOT / "Tests/homes").glob("*.gz"):
        shutil.copy(archive, given)
    (given / "story.sh").write_text(STORY, encoding="utf-8")
    (given / "sql.py").write_text(SQL, encoding="utf-8")
    probe = subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "sh", "-c",
         f"mount -t tmpfs tmpfs {place} && mkdir {place}/u {place}/w {place}/a && mount -t overlay"
         f" overlay -o lowerdir=/,upperdir={place}/u,workdir={place}/w {place}/a"],
        capture_output=True, text=True, check=False)
    if probe.returncode:
        pytest.skip(f"this machine lays no layer over its disk: {probe.stderr.strip()}")
    done = subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child",
         "sh", "-c", INSIDE, "sh", place, given],
        capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0 and done.stdout.endswith("installed, upgraded, removed\n"), (
        done.stdout[-3000:], done.stderr[-3000:])
    assert not list(place.iterdir())
