"""What a person does with the command besides one payment: refunds, policies, carrying by hand."""

import contextlib
import fcntl
import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

import pytest

import talk
from test_wallets import PATIENCE, TALLY, Home, Running, sale

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(name="street")
def two_homes(tmp_path):
    return Home(tmp_path, "ada"), Home(tmp_path, "bob", "0")


def wrong(home, *words):
    """What is typed wrong: the exit code and the error, the same for people and programs."""
    done = home.run(*words)
    assert done.returncode != 0, (words, done.stdout)
    assert re.match(r"(?s)(.*\n)?error: .+\nhint: .+\n$", done.stderr), (words, done.stderr)
    told = told_in_json(home.run(*words, "--json").stderr)[-1]["error"]
    assert told["exit"] == done.returncode and told["what"] in done.stderr
    help_ = json.loads(subprocess.check_output([TALLY, "help", words[0], "--json"]))
    assert done.returncode in [one["code"] for one in help_["exits"]], words
    return done.returncode, told["what"]


def told_in_json(text):
    """What stands on standard error with --json: an object in each line, and nothing else."""
    all_ = [json.loads(line) for line in text.splitlines()]
    assert all("note" in one or list(one) == ["error"] for one in all_), text
    return all_


def paid(ada, bob, amount):
    """A payment of Ada's to Bob; its id."""
    assert sale(ada, bob, amount)[1].returncode == 0
    return ada.json("history", "--last", "1")["payments"][0]["id"]


# Refunds


def refunded(bob, ada, receipt, typed, asked, *options):
    with bob.start("refund", receipt, *typed, "--on", "lo", *options) as giving:
        line = giving.says(r"tally sell (\S+) --refund (\w+) --to (\d{4})")
        sold = ada.run("sell", asked or line[1], "--refund", line[2], "--to", line[3], "--on", "lo",
                       "--wait", "5")
        return giving.ends(), sold


def test_a_receipt_is_given_back_in_parts_and_never_more(street, tmp_path):
    ada, bob = street
    payment = paid(ada, bob, "10.00")
    receipt = tmp_path / "receipt"
    bob.ok("receipt", payment, "--out", str(receipt))
    (code, out, said), sold = refunded(bob, ada, str(receipt), ["4.00"], None)
    assert (code, sold.returncode) == (0, 0), (out, said, sold.stderr)
    digits = re.search(r"digits  (\d{3} \d{3})", said)[1]
    assert digits in sold.stderr
    assert (ada.money()["available"], bob.money()["available"]) == (4400, 600)
    code, what = wrong(bob, "refund", payment, "6.01")
    assert code == 3 and "4.00 DEMO of it went back" in what
    (code, _, said), sold = refunded(bob, ada, payment[:6], [], None)
    assert (code, sold.returncode) == (0, 0), (said, sold.stderr)
    assert "was given back already" in wrong(bob, "refund", payment)[1]
    assert (ada.money()["available"], bob.money()["available"]) == (5000, 0)
    for home in street:
        back, *_ = home.json("history")["payments"]
        assert back["for"] == f"refund of {payment}"
        assert home.json("show", back["id"])["givesBack"] == payment
        assert home.json("show", payment)["givenBack"]["amount"] == "10.00"


def test_a_refund_pays_nothing_else(street, tmp_path):
    """Another amount, another key, no word of the receipt: refused without a question."""
    ada, bob = street
    cleo = Home(tmp_path, "cleo", "5.00")
    payment = paid(ada, bob, "10.00")
    with bob.start("refund", payment, "4.00", "--on", "lo", "--wait", "8") as giving:
        screen = giving.says(r"--to (\d{4})")[1]
        for home, words in ((ada, ("5.00", "--refund", payment)), (ada, ("4.00",)),
                            (cleo, ("4.00", "--for", f"refund of {payment}"))):
            done = home.run("sell", *words, "--to", screen, "--on", "lo")
            assert done.returncode == 3, (words, done.stdout, done.stderr)
        code, _, said = giving.ends()
        assert code == 7 and said.count("refused what was asked for beside it") == 3
    assert (ada.money()["available"], bob.money()["available"]) == (4000, 1000)


def test_two_refunds_at_once_are_one(street):
    """The second is refused while the first waits, and free to go when that was killed."""
    ada, bob = street
    payment = paid(ada, bob, "10.00")
    with bob.start("refund", payment, "--on", "lo") as giving:
        giving.says(r"--to (\d{4})")
        code, what = wrong(bob, "refund", payment, "--on", "lo", "--wait", "1")
        assert code == 3 and "another refund of this wallet is under way" in what
        giving.process.kill()
        giving.process.wait()
    (code, _, said), sold = refunded(bob, ada, payment, [], None)
    assert (code, sold.returncode) == (0, 0), (said, sold.stderr)
    assert (ada.money()["available"], bob.money()["available"]) == (5000, 0)


def test_a_payment_that_is_complete_only_later_is_not_given_back_twice(street):
    """Its record is newer then than that of what was given back of it before."""
    ada, bob = street
    agreed = []

    def loses(datagram):
        """Whole following messages of the buyer, but for the first, which is AGREED."""
        if datagram[9] == 2:
            agreed.append(datagram)
        return datagram[9] == 2 and len(agreed) > 1

    with ada.start("node", "--on", "lo") as one, bob.start("node", "--on", "lo") as other:
        one.says("on the air")
        other.says("on the air")
        with talk.Relay(int((ada.folder / "port").read_text()), loses=loses) as relay:
            with ada.start("pay", "--yes") as paying:
                paying.says("number on this screen")
                place = f"127.0.0.1:{relay.address[1]}"
                payment = bob.json("sell", "10.00", "--at", place)["id"]
                assert paying.ends()[0] == 0
            (pending,) = bob.json("pending")["pending"]
            assert (pending["id"], pending["state"]) == (payment, "paid")
            (code, _, said), sold = refunded(bob, ada, payment, ["4.00"], None)
            assert (code, sold.returncode) == (0, 0), (said, sold.stderr)
            assert [one["id"] for one in bob.json("pending")["pending"]] == [payment]
            relay.loses = None
            deadline = time.monotonic() + PATIENCE
            while bob.json("pending")["pending"]:
                assert time.monotonic() < deadline, "its buyer's word does not come"
                time.sleep(0.2)
        newest, older = bob.json("history")["payments"]
        assert newest["id"] == payment and older["for"] == f"refund of {payment}"
        code, what = wrong(bob, "refund", payment, "6.01", "--wait", "1")
        assert code == 3 and "4.00 DEMO of it went back" in what


def test_a_refund_to_a_picked_seller_is_paid_once_and_told_so(street):
    """The policy accepts what the refund waits for: that is the refund, and no other comes."""
    ada, bob = street
    payment = paid(ada, bob, "10.00")
    bob.ok("policy", "--pick", paid(bob, ada, "1.00"), "--total", "6.00")
    for left in (500, 100):
        (code, out, said), sold = refunded(bob, ada, payment, ["4.00"], None, "--wait", "8")
        assert (code, sold.returncode) == (0, 0), (out, said, sold.stderr)
        assert bob.money()["available"] == left
    assert bob.json("show", payment)["givenBack"]["amount"] == "8.00"
    code, what = wrong(bob, "refund", payment, "2.01")
    assert code == 3 and "8.00 DEMO of it went back" in what


def test_what_cannot_be_given_back_is_told(street, tmp_path):
    ada, bob = street
    payment = paid(ada, bob, "10.00")
    paper = tmp_path / "paper"
    ada.ok("resolve", "--of", payment, "--out", str(paper))
    cases = [
        (ada, ("refund", payment), 3, "was paid by this wallet"),
        (bob, ("sell", "1.00", "--refund", payment, "--to", "1234"), 3, "was paid to you"),
        (ada, ("sell", "11.00", "--refund", payment, "--to", "1234"), 3, "more than can be given"),
        (ada, ("sell", "1.00", "--refund", payment, "--to", "1234", "--for", "x" * 150), 2, "long"),
        (bob, ("refund", "abcdef"), 4, "begins with 'abcdef'"),
        (bob, ("refund", "nothing-like-it"), 2, "no payment's id"),
        (bob, ("refund", str(paper)), 3, "and no receipt"),
        (bob, ("refund", payment, "0"), 2, "nothing is no amount"),
        (bob, ("refund", payment, "1,00"), 2, "a comma may part"),
        (bob, ("refund", payment, "--wait", "0"), 2, "--wait"),
        (bob, ("refund",), 2, "needs RECEIPT"),
    ]
    for home, words, code, what in cases:
        assert wrong(home, *words)[0] == code, words
        assert what in wrong(home, *words)[1], (words, wrong(home, *words))
    assert bob.money()["available"] == 1000


# Many payments


def test_listen_pays_many_within_its_total(street):
    ada, bob = street
    for where in ("here", "in a node"):
        with contextlib.ExitStack() as stack:
            if where == "in a node":
                stack.enter_context(ada.start("node", "--on", "lo")).says("on the air")
            listening = stack.enter_context(
                ada.start("listen", "--yes", "--total", "5.00", "--on", "lo", "--json")
            )
            screen = listening.says(r"screen is (\d{4})")[1]
            for amount, code in (("2.00", 0), ("3.01", 3), ("2.50", 0), ("0.51", 3), ("0.50", 0)):
                done = bob.run("sell", amount, "--to", screen, "--on", "lo")
                assert done.returncode == code, (where, amount, done.stdout, done.stderr)
            listening.process.send_signal(signal.SIGINT)
            code, out, said = listening.ends()
            assert code == 0 and "more than is left of --total" in said
            states = [one["state"] for one in json.loads(out)["payments"]]
            assert states.count("paid") == 3 and states.count("refused") == 2
            if where == "in a node":
                assert "screen" not in ada.json("info")
    assert (ada.money()["available"], bob.money()["available"]) == (4000, 1000)


def test_listen_without_a_terminal_says_so_and_pays_nothing(street):
    ada, bob = street
    with ada.start("listen", "--on", "lo") as listening:
        screen = listening.says(r"screen is (\d{4})")[1]
        # One who asks for what nobody can say yes to ends nobody's evening.
        for _ in range(2):
            assert bob.run("sell", "1.00", "--to", screen, "--on", "lo").returncode == 3
            listening.says("not paid: .*no terminal")
            listening.said = ""
        listening.process.send_signal(signal.SIGTERM)
        assert listening.ends()[0] == 0
    assert wrong(ada, "listen", "--total", "5.00")[0] == 2
    assert wrong(ada, "listen", "--yes", "--share", "address")[0] == 2
    assert ada.money()["available"] == 5000


# What the person decided once


def test_picked_sellers_are_paid_until_the_total_is_used(street):
    ada, bob = street
    payment = paid(ada, bob, "1.00")
    assert ada.json("policy") == {"picked": []}
    told = ada.json("policy", "--pick", payment, "--total", "3.00")
    (key,) = told["picked"]
    assert key == ada.json("show", payment)["key"] and told["leftForThem"]["amount"] == "3.00"
    with ada.start("node", "--listen", "--on", "lo") as node:
        screen = node.says(r"screen is (\d{4})")[1]
        sell = ("--to", screen, "--on", "lo", "--wait", "3")
        assert bob.run("sell", "2.00", *sell).returncode == 0
        assert bob.run("sell", "1.01", *sell).returncode in (3, 7)
        assert ada.json("policy")["leftForThem"]["amount"] == "1.00"
        # Also where a node runs, a change needs what opens the home.
        bare = [TALLY, "policy", "--total", "9", "--home", ada.folder]
        done = subprocess.run(bare, capture_output=True, text=True, check=False)
        assert done.returncode == 9 and ada.json("policy")["leftForThem"]["amount"] == "1.00"
        assert ada.json("policy", "--drop", key)["picked"] == []
        assert bob.run("sell", "0.50", *sell).returncode in (3, 7)
    assert bob.money()["available"] == 300
    for words, code, what in (
        (("policy", "--pick", "abcd"), 4, "begins with 'abcd'"),
        (("policy", "--pick", "zz"), 2, "no payment's id"),
        (("policy", "--drop", key), 4, "was not picked"),
        (("policy", "--total", "1,5"), 2, "a comma"),
        (("policy", "--pin-from", "5"), 2, "none was ever set"),
        (("policy", "--new-pin-file", "x"), 2, "nothing says to set one"),
        (("policy", "--pin"), 2, "no terminal"),
    ):
        assert wrong(ada, *words)[0] == code and what in wrong(ada, *words)[1], words
    assert "its seller is you" in wrong(bob, "policy", "--pick", payment)[1]


def test_a_pin_guards_large_payments_and_shuts_after_five_wrong_ones(street, tmp_path):
    ada, bob = street
    right, bad, odd = (tmp_path / name for name in ("right", "bad", "odd"))
    right.write_text("2468\n")
    bad.write_text("1357\n")
    odd.write_text("12a4\n")
    payment = paid(ada, bob, "1.00")
    assert wrong(ada, "policy", "--pin", "--new-pin-file", str(odd))[0] == 2
    assert wrong(ada, "policy", "--pin", "--new-pin-file", str(tmp_path / "none"))[0] == 4
    ada.ok("policy", "--pin", "--new-pin-file", str(right), "--pin-from", "5.00")
    # Not without a question either, whoever was picked.
    ada.ok("policy", "--pick", payment, "--total", "50.00")

    def buy(amount, *options, node=None):
        with ada.start("pay", "--yes", "--on", "lo", *options) as paying:
            screen = paying.says(r"screen is (\d{4})")[1]
            bob.run("sell", amount, "--to", screen, "--on", "lo", "--wait", "4")
            return paying.ends()[::2]

    assert buy("4.99")[0] == 0
    code, said = buy("5.00")
    assert code == 3 and "no terminal" in said
    assert buy("5.00", "--pin-file", str(right))[0] == 0
    for left in (4, 3, 2, 1):
        code, said = buy("5.00", "--pin-file", str(bad))
        assert code == 9 and f"{left} tr" in said, said
    with ada.start("node", "--on", "lo") as node:
        node.says("on the air")
        code, said = buy("5.00", "--pin-file", str(bad))
        assert code == 9 and "shut" in said, said
        code, said = buy("5.00", "--pin-file", str(right))
        assert code == 9 and "shut" in said, said
        ada.ok("policy", "--pin", "--new-pin-file", str(bad))
        assert buy("5.00", "--pin-file", str(bad))[0] == 0
        (ada.folder / "pin").write_bytes(b"x")
        code, said = buy("5.00", "--pin-file", str(bad))
        assert code == 1 and "was changed" in said, said
        (ada.folder / "pin").unlink()
        code, said = buy("5.00", "--pin-file", str(bad))
        assert code == 1 and "none is here" in said, said
    ada.ok("policy", "--pin-from", "never")
    assert buy("5.00")[0] == 0
    assert bob.money()["available"] == 100 + 499 + 3 * 500


def test_details_are_kept_and_forgotten_and_go_out_when_shared(street):
    ada, bob = street
    assert ada.json("profile") == {"name": "Ada"}
    ada.ok("profile", "--shipping", "1 High Street", "--billing", "Ada Ltd")
    secret = b"High Street"
    assert not any(secret in one.read_bytes() for one in ada.folder.iterdir() if one.is_file())
    for share, told in (([], {}), (["--share", "billing"], {"billing": "Ada Ltd"})):
        with ada.start("pay", "--yes", "--on", "lo", *share) as paying:
            screen = paying.says(r"screen is (\d{4})")[1]
            wants = ("--wants", "shipping,billing", "--json")
            done = bob.run("sell", "1.00", "--to", screen, "--on", "lo", *wants)
            assert paying.ends()[0] == 0
        told_ = json.loads(done.stdout)
        assert {k: told_[k] for k in ("shipping", "billing") if k in told_} == told
    assert ada.json("profile", "--forget", "shipping") == {"name": "Ada", "billing": "Ada Ltd"}
    for words, what in (
        (("--shipping", "x" * 513), "cannot be shown"),
        (("--shipping", "a\u202eb"), "cannot be shown"),
        (("--billing", "x", "--forget", "billing"), "what --forget forgets"),
        (("--forget", "name"), "no list of details"),
    ):
        code, said = wrong(ada, "profile", *words)
        assert code == 2 and what in said
    assert wrong(bob, "sell", "1", "--to", "1234", "--wants", "phone")[0] == 2
    assert ada.json("profile") == {"name": "Ada", "billing": "Ada Ltd"}


def test_two_who_change_the_details_at_once_undo_nothing(street):
    ada, _ = street
    with ada.start("node", "--on", "lo") as node:
        node.says("on the air")
        for round_ in range(12):
            ways = [("--shipping", f"street {round_}"), ("--billing", f"house {round_}")]
            both = [ada.start("profile", *way) for way in ways]
            for one in both:
                assert one.ends()[0] == 0
            told = ada.json("profile")
            assert (told["shipping"], told["billing"]) == (ways[0][1], ways[1][1])


def test_a_seller_whose_node_is_killed_knows_what_its_buyers_shared(street):
    ada, bob = street
    ada.ok("profile", "--shipping", "1 High Street", "--billing", "Ada Ltd")
    wants = ("--wants", "shipping,billing")
    with bob.start("node", "--on", "lo") as node:
        node.says("on the air")
        with ada.start("pay", "--yes", "--on", "lo", "--share", "shipping") as paying:
            screen = paying.says(r"screen is (\d{4})")[1]
            payment = bob.json("sell", "1.00", "--to", screen, *wants)["id"]
            assert paying.ends()[0] == 0
        node.process.kill()
        node.process.wait()
    assert bob.json("show", payment)["shipping"] == "1 High Street"
    assert "billing" not in bob.json("show", payment)
    assert "shipping" not in ada.json("show", payment), "its own are no news to it"
    assert not any(b"High Street" in one.read_bytes() for one in bob.folder.iterdir())
    assert (bob.folder / "shared").stat().st_mode & 0o777 == 0o600
    # What was refused leaves nothing behind, and a file that somebody changed says nothing.
    (bob.folder / "shared").write_bytes(b"x" * 200)
    assert "shipping" not in bob.json("show", payment)


# By hand


def held(ada, bob):
    """A payment that is held at Ada's, while Bob is out of reach; its id."""
    for _ in range(40):
        with ada.start("pay", "--yes", "--on", "lo", "--lose", "40") as paying:
            screen = paying.says(r"screen is (\d{4})")[1]
            with bob.start("sell", "1.00", "--to", screen, "--on", "lo", "--lose", "40") as selling:
                with contextlib.suppress(AssertionError):
                    paying.says("decision; the money is held")
                for one in (selling, paying):
                    one.process.kill()
        pending = [one for one in ada.json("pending")["pending"] if one["state"] == "held"]
        if pending:
            return pending[0]["id"]
    raise AssertionError("nothing was ever held")


def test_a_held_payment_is_ended_by_files_alone(street, tmp_path):
    ada, bob = street
    payment = held(ada, bob)
    (told,) = [one for one in ada.json("pending")["pending"] if one["id"] == payment]
    assert told["held"]["amount"] == "1.00" and told["since"].endswith("Z")
    assert re.search(r"the seller at \S+:\d+ is asked for its decision", told["trying"])
    assert f"tally resolve --of {payment[:8]} --out FILE" in told["youCan"]
    assert ada.run("resolve", "--wait", "1", "--on", "lo").returncode == 8
    question, answer, late = (str(tmp_path / name) for name in ("question", "answer", "late"))
    ada.ok("resolve", "--of", payment[:6], "--out", question)
    assert wrong(ada, "resolve", "--of", payment, "--out", question)[0] == 3
    done = bob.run("resolve", question, "--out", answer, "--on", "lo")
    assert done.returncode == 0 and "take it to the other side" in done.stderr, done.stderr
    assert pathlib.Path(answer).exists()
    done = ada.run("resolve", answer, "--on", "lo", "--out", late)
    assert done.returncode == 0, done.stderr
    assert ada.money()["held"] == 0
    assert ada.money()["available"] + bob.money()["available"] == 5000
    # What was decided can be written once more, by either, and verified by anybody.
    for home in street:
        paper = tmp_path / f"paper-{home.folder.name}"
        home.ok("resolve", "--of", payment, "--out", str(paper))
        words = [TALLY, "verify", str(paper), "--home", home.folder]
        assert subprocess.run(words, capture_output=True, check=False).returncode == 0
    # Where it was paid the buyer acknowledges, and that closes it at the seller's.
    if pathlib.Path(late).exists():
        assert bob.run("resolve", late, "--on", "lo").returncode == 0
    assert not [one for one in bob.json("pending")["pending"] if one["id"] == payment]
    # Brought again it does nothing, but for the same answer.
    assert ada.run("resolve", answer, "--wait", "1", "--on", "lo").returncode in (0, 3)
    assert ada.money()["available"] + bob.money()["available"] == 5000


def test_what_is_carried_wrongly_is_told(street, tmp_path):
    ada, bob = street
    payment = paid(ada, bob, "1.00")
    junk = tmp_path / "junk"
    junk.write_bytes(b"junk")
    root = str(ada.folder / "root.crt")
    for words, code, what in (
        (("resolve", "--of", payment), 2, "no --out says where"),
        (("resolve", "--out", "x"), 2, "nothing says what"),
        (("resolve", root, "--of", payment, "--out", "x"), 2, "is what was brought"),
        (("resolve", "--of", "abcd", "--out", "x"), 4, "begins with 'abcd'"),
        (("resolve", str(junk)), 3, ""),
        (("resolve", str(tmp_path)), 1, "is a directory"),
        (("resolve", "--wait", "none"), 2, "--wait"),
        (("receipt", payment, "--out", str(tmp_path / "no" / "where")), 1, ""),
    ):
        said = wrong(ada, *words)
        assert said[0] == code and what in said[1], (words, said)


# A node that several ask, that cannot be asked, or cannot tell


def near(home):
    """All who are found on this host, where others may be at work too."""
    return json.loads(home.run("lookup", "--on", "lo", "--json").stdout)["screens"]


def test_a_wallet_is_found_for_as_long_as_anybody_wants_that(street):
    ada, bob = street
    with ada.start("node", "--on", "lo") as node:
        node.says("on the air")
        with ada.start("pay", "--wait", "2") as short, ada.start("pay", "--wait", "60") as long:
            number = short.says(r"screen is (\d{4})")[1]
            assert long.says(r"screen is (\d{4})")[1] == number
            assert short.ends()[0] == 7
            assert number in near(bob)
            # What a verb wanted ends with it, also when it was killed.
            long.process.kill()
            long.process.wait()
            assert number not in near(bob)
    with ada.start("node", "--listen", "--on", "lo") as node:
        number = node.says(r"screen is (\d{4})")[1]
        assert ada.run("pay", "--wait", "1").returncode == 7
        assert number in near(bob)


def test_with_json_all_that_is_told_is_json(street):
    ada, bob = street
    with ada.start("pay", "--yes", "--on", "lo", "--json") as paying:
        paying.says("screen")
        screen = json.loads(paying.said)["screen"]
        done = bob.run("sell", "1.00", "--to", screen, "--on", "lo", "--json")
        code, _, said = paying.ends()
    assert (code, done.returncode) == (0, 0), (said, done.stderr)
    digits = [
        {one["digits"] for one in told_in_json(text) if "digits" in one}
        for text in (said, done.stderr)
    ]
    assert digits[0] == digits[1] and len(digits[0]) == 1
    for words in (("pay", "--wait", "1"), ("sell", "1.00", "--to", "0000", "--wait", "1"),
                  ("lookup", "--wait", "1"), ("resolve", "--wait", "1"), ("refund", "abcd"),
                  ("listen", "--wait", "1"), ()):
        command = [*ada.command(*words), "--json"] if words else [TALLY, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE,
                              stdin=subprocess.DEVNULL, check=False)
        assert words == () or told_in_json(done.stderr) or done.returncode == 0
        assert all(json.loads(line) for line in done.stderr.splitlines()), done.stderr
    with ada.start("node", "--listen", "--on", "lo", "--json") as node:
        node.says("screen")
        node.process.terminate()
        assert told_in_json(node.ends()[2])[0]["port"] > 0


def test_money_is_told_as_money_where_it_is_short(street):
    ada, bob = street
    (_, _, said), _ = sale(ada, bob, "60.00")
    assert re.search(r"error: .* 50\.00 DEMO", said), said


def test_a_node_that_is_killed_is_told_as_such(street):
    ada, _ = street
    with ada.start("node", "--on", "lo") as node:
        node.says("on the air")
        with ada.start("pay", "--wait", "60") as paying:
            paying.says("number on this screen")
            node.process.kill()
            code, _, said = paying.ends()
    assert code == 1 and "has ended, or was killed" in said and "start the node again" in said
    assert "-CONT" not in said


def test_a_home_that_another_has_is_waited_for_a_moment(street):
    """A node that is just starting has its home already, and cannot be asked yet."""
    ada, _ = street

    def held():
        # The bytes that SQLite locks.
        lock = (ada.folder / "journal.lock").open("r+b")
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB, 512, 1 << 30)
        return lock

    lock = held()
    timer = threading.Timer(1, lock.close)
    timer.start()
    began = time.monotonic()
    assert ada.money()["available"] == 5000
    assert time.monotonic() - began > 0.9
    timer.join()
    with held():
        for verb in ("balance", "node"):
            code, what = wrong(ada, verb)
            assert code == 1 and "open, and cannot be asked" in what


def test_a_node_that_is_stopped_is_told_within_seconds(street):
    ada, _ = street
    with ada.start("node", "--on", "lo") as node:
        node.says("on the air")
        node.process.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        # More than its queue holds, so that some cannot even call.
        asking = [ada.start("balance") for _ in range(24)]
        for one in asking:
            code, _, said = one.ends()
            assert code == 1 and "hint:" in said and "kill -CONT" in said, said
        assert time.monotonic() - began < 30
        node.process.send_signal(signal.SIGCONT)
        assert ada.money()["available"] == 5000


def test_nobody_reading_what_it_tells_stops_no_node(street):
    ada, bob = street
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(writing, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writing, b"x" * 512)
    os.set_blocking(writing, True)
    node = subprocess.Popen(
        ada.command("node", "--listen", "--on", "lo"),
        stderr=writing,
        stdout=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + PATIENCE
        while not (ada.folder / "node.sock").exists() or "screen" not in ada.json("info"):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        with ada.start("pay", "--yes") as paying:
            screen = paying.says(r"screen is (\d{4})")[1]
            assert bob.run("sell", "1.00", "--to", screen, "--on", "lo").returncode == 0
            assert paying.ends()[0] == 0
        node.send_signal(signal.SIGTERM)
        assert node.wait(timeout=PATIENCE) == 0
    finally:
        node.kill()
        node.wait()
        os.close(reading)
        os.close(writing)


# Where things are, and what is said of them


def test_the_home_is_where_others_would_look(tmp_path):
    key = tmp_path / "key"

    def run(*words, **environment):
        base = {"PATH": os.environ["PATH"], "TALLY_KEY_FILE": str(key)}
        return subprocess.run(
            [TALLY, *words],
            capture_output=True,
            text=True,
            env={**base, **environment},
            cwd=tmp_path,
            check=False,
        )

    person, data = tmp_path / "person", tmp_path / "data"
    done = run("init", "--demo", "1", HOME=str(person))
    assert done.returncode == 0, done.stderr
    assert (person / ".local/share/tally/keys").exists()
    assert run("init", "--demo", "1", HOME=str(person), XDG_DATA_HOME=str(data)).returncode == 0
    assert (data / "tally/keys").exists()
    # One that is not absolute is passed over.
    assert run("balance", HOME=str(person), XDG_DATA_HOME="data").returncode == 0
    none = run("balance")
    assert none.returncode == 2 and "XDG_DATA_HOME" in none.stderr
    told = run("help").stdout
    assert "XDG_DATA_HOME" in told and "NO_COLOR" in told


PAGES = sorted((ROOT / "docs/man").glob("*.1"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_manual_page_is_well_made(page):
    lint = subprocess.run(
        ["mandoc", "-T", "lint", "-W", "warning", page], capture_output=True, text=True, check=False
    )
    assert (lint.returncode, lint.stdout, lint.stderr) == (0, "", "")
    shown = subprocess.run(["mandoc", "-T", "ascii", page], capture_output=True, check=True).stdout
    text = re.sub(rb".\x08", b"", shown).decode()
    assert "EXIT STATUS" in text and "\\" not in text


def test_every_verb_has_its_manual_page():
    told = json.loads(subprocess.run([TALLY, "help", "--json"], capture_output=True, check=True).stdout)
    names = {f"tally-{one['verb'].replace(' ', '-')}.1" for one in told["verbs"]} | {"tally.1"}
    assert {page.name for page in PAGES} == names
