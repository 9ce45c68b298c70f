"""The bench of payments with real processes: a short run beside a yardstick that is made up."""

import json
import os
import subprocess

import pytest

from test_wallets import PATIENCE, TALLY, Home

LINE = (
    "pair W=1 N=1 sync=FULL: 500 payments/s; cpu/payment seller 1 us buyer 1 us;"
    " decided median 800.0 p90 1.0 p99 1.0 us; complete median 1600.0 p90 1.0 p99 1.0 us;"
)


def bench(*words):
    return subprocess.run(
        [TALLY, "bench", *words],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        stdin=subprocess.DEVNULL,
        check=False,
    )


@pytest.fixture(name="yardsticks")
def one_that_is_made_up(tmp_path):
    program = tmp_path / "yardsticks" / "ref2pc"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho '{LINE}'\n")
    program.chmod(0o700)
    return program.parent


def test_two_processes_are_measured(tmp_path, yardsticks):
    home = tmp_path / "home"
    home.mkdir()
    done = bench(
        "pay", "--home", home, "--yardsticks", yardsticks, "--rounds", "1", "--json",
        "--only", "one",
    )
    assert done.returncode == 0, done.stderr
    rows = {row["name"]: row for row in json.loads(done.stdout)["rows"]}
    paid = rows["one after the other: seller paid, µs"]
    complete = rows["one after the other: complete, µs"]
    assert float(paid["theirs"]) == 800 and float(complete["theirs"]) == 1600
    assert 50 < float(paid["ours"]) < float(complete["ours"])
    assert float(complete["ours"]) < float(rows["from OFFER, µs"]["ours"])
    for row in (paid, complete):
        assert row["met"] == (float(row["ratio"]) <= float(row["atMost"]))
    assert float(rows["public key, seller"]["ours"]) > 50
    assert not os.listdir(home), "its homes are removed"


def test_a_side_wants_its_home_for_itself(tmp_path):
    ada = Home(tmp_path, "ada")
    # As the bench marks homes of its own.
    (ada.folder / "bench").touch()
    words = ["side", "--home", ada.folder, "--key-file", ada.key]
    with ada.start("node", "--on", "lo") as node:
        node.says("on the air")
        done = bench(*words)
        assert done.returncode == 1 and "another tally has" in done.stderr
    done = subprocess.run(
        [TALLY, "bench", *words],
        input="dance\n",
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 2 and "'dance' is no order" in done.stderr
    assert done.stdout.startswith("ready ")


def test_nobody_makes_a_persons_home_a_side_of_a_bench(tmp_path):
    ada = Home(tmp_path, "ada")
    before = ada.json("policy")
    done = subprocess.run(
        ada.command("bench", "side"),
        input="buy " + "cd" * 32 + "\n",
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 3 and "has not made" in done.stderr and not done.stdout
    assert ada.json("policy") == before


OFFICE = "sorted batch 16000 cache 64 MB: 0..16000: 9 handovers/s (200000 per cpu-s) maxrss 9 MB"


def test_what_is_handed_in_is_measured(tmp_path):
    program = tmp_path / "office"
    program.write_text(f"#!/bin/sh\necho '{OFFICE}'\n")
    program.chmod(0o700)
    done = bench(
        "office", "--home", tmp_path, "--yardstick", program, "--handovers", "16000", "--json"
    )
    assert done.returncode == 0, done.stderr
    rows = {row["name"]: row for row in json.loads(done.stdout)["rows"]}
    checked = rows["handed in, every signature checked"]
    known = rows["handed in, signatures known"]
    assert 0 < float(checked["ratio"]) < 1 and float(known["theirs"]) == 200000
    assert float(checked["ours"]) < float(known["ours"])
    # Nothing of it is left.
    assert [one.name for one in tmp_path.iterdir()] == ["office"]


@pytest.mark.parametrize("number", ["0", "16001", "many", "160000000"])
def test_a_number_of_handovers_that_is_none_is_told(tmp_path, number):
    done = bench("office", "--home", tmp_path, "--handovers", number, "--json")
    assert done.returncode == 2 and json.loads(done.stderr)["error"]["name"] == "bad-number"


def test_a_yardstick_of_an_office_that_is_missing_is_told(tmp_path):
    done = bench(
        "office", "--home", tmp_path, "--yardstick", tmp_path / "none", "--handovers", "16000"
    )
    assert done.returncode == 1 and "is not there" in done.stderr
    assert "handovers" not in done.stdout and not list(tmp_path.iterdir())
