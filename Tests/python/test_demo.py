"""The demo as a newcomer runs it: two real processes, one of them killed in the middle."""

import json
import os
import pathlib
import re
import signal
import subprocess
import time

TALLY = pathlib.Path(__file__).resolve().parents[2] / ".build/release/tally"


def demo(folder, *words):
    environment = {**os.environ, "TMPDIR": str(folder)}
    return subprocess.Popen(
        [TALLY, "demo", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        env=environment,
    )


def left_behind(folder):
    """Processes whose home lies in that folder."""
    found = []
    for line in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = line.read_bytes()
        except OSError:
            continue
        if str(folder).encode() in words:
            found.append(line.parent.name)
    return found


def test_the_money_is_in_every_hand_at_every_step(tmp_path):
    begun = time.monotonic()
    out, err = demo(tmp_path, "--json").communicate(timeout=60)
    assert time.monotonic() - begun < 30, "the demo takes less than half a minute"
    steps = json.loads(out)["processes"]
    assert not err and len(steps) == 4
    hands = [[round(float(step[who]) * 100) for who in ("ada", "held", "bob")] for step in steps]
    assert hands[:2] == [[5000, 0, 0], [3750, 0, 1250]]
    killed, settled = hands[2:]
    assert killed[1] == 500 and sum(killed) in (5000, 5500)
    assert settled[1] == 0 and sum(settled) == 5000 and settled[2] >= 1750
    assert not list(tmp_path.iterdir()), "both homes are removed"


def test_an_office_and_both_ends_of_a_charge_killed(tmp_path):
    out, err = demo(tmp_path, "--json").communicate(timeout=60)
    steps = json.loads(out)["office"]
    assert not err and [step["step"] for step in steps][:2] == ["paid in", "enrolled"]
    for step in steps:
        hands = {who: round(float(step[who]) * 100) for who in step if who != "step"}
        assert hands["accountAda"] + hands["accountBob"] + hands["outstanding"] == 5000
        # What is out is in a wallet, or was asked for and is on its way.
        carried = hands["ada"] + hands["bob"] + hands["waiting"]
        assert carried == hands["outstanding"] or step["step"] == "killed" and carried == 0
    last = {who: money for who, money in steps[-1].items() if who != "step"}
    assert last == {
        "accountAda": "30.00",
        "accountBob": "12.50",
        "ada": "2.50",
        "bob": "0.00",
        "waiting": "5.00",
        "outstanding": "7.50",
    }
    assert steps[-1]["step"] == "caught"
    assert not list(tmp_path.iterdir()) and not left_behind(tmp_path)


def test_it_shows_receipts_and_the_digits_of_both_screens(tmp_path):
    out, _ = demo(tmp_path).communicate(timeout=60)
    assert len(re.findall(r"both screens show \d{3} \d{3}", out)) >= 2
    assert out.count("proved: a receipt for 12.50 DEMO") == 2
    assert out.count("proved: a receipt for 5.00 DEMO") == 2
    assert "kill -9" in out


def test_whoever_ends_the_demo_ends_its_processes_too(tmp_path):
    for delay in (0.3, 0.6, 0.9):
        process = demo(tmp_path)
        time.sleep(delay)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        assert not left_behind(tmp_path)
        assert not list(tmp_path.iterdir())
