"""What docs/GUIDE.md and docs/OPERATIONS.md say is typed, as it stands there, and what is seen."""

import pathlib
import signal

import guide
import talk
from counter import free_port

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
# Where the page has Ada's device be called: there her word gets lost, as out of the hall.
ADA = "192.168.1.23:4000"


def is_agreed(datagram):
    """The first whole message with which a buyer goes on: ACCEPT, before it, is in parts."""
    return datagram[9] == 2


def page(name):
    return guide.blocks((DOCS / name).read_text(encoding="utf-8"))


def test_what_the_guide_types_comes_out_as_it_says(tmp_path):
    port = str(free_port())
    known = {"192.168.1.7:7600": f"127.0.0.1:{port}", "7600": port}
    blocks = page("GUIDE.md")
    assert len(blocks) >= 12
    with guide.Play(tmp_path, known) as play:
        for lines in blocks:
            if any(ADA in line for line in lines):
                buyer = int((tmp_path / "ada/port").read_text())

                def walks_out(datagram):
                    """Her word is lost, and her device off before it can be said again."""
                    if is_agreed(datagram):
                        play.running("ada").signal(signal.SIGINT)
                    return is_agreed(datagram)

                with talk.Relay(buyer, loses=walks_out) as relay:
                    play.known[ADA] = f"127.0.0.1:{relay.address[1]}"
                    play.block(lines)
            else:
                play.block(lines)
        play.end()


def test_an_office_is_founded_and_its_disks_die_as_the_page_says(tmp_path):
    blocks = page("OPERATIONS.md")
    assert len(blocks) >= 4
    with guide.Play(tmp_path, {}) as play:
        for lines in blocks:
            play.block(lines)
        play.end()


def test_a_page_that_says_something_else_fails(tmp_path):
    with guide.Play(tmp_path, {}) as play:
        play.block(["ada$ tally init --name Ada --demo 50.00", "ada$ tally balance",
                    "  available       50.00 DEMO"])
        guide.PATIENCE, patience = 1, guide.PATIENCE
        try:
            for line in ("  available       50.01 DEMO", "  held            1.00 DEMO"):
                try:
                    play.block(["ada$ tally balance", line])
                except AssertionError:
                    continue
                raise RuntimeError(f"{line!r} was seen")
            try:
                play.block(["ada$ tally charge 1.00", "ada$ tally balance"])
            except AssertionError:
                return
            raise RuntimeError("what failed without the page saying so was let go")
        finally:
            guide.PATIENCE = patience
