"""An office whose first disk is gone, or whose second."""

import json
import random
import shutil
import subprocess
import time

import pytest

import counter
from counter import Member
from test_office import Office

NO_BOOKS = ("office.keys", "office.crt", "root.crt", "root.keys", "first-disk")


@pytest.fixture(name="second")
def a_folder_of_another_disk(tmp_path):
    return tmp_path / "disk-b"


@pytest.fixture(name="town")
def an_office_on_two_disks(tmp_path, second):
    return Office(tmp_path, "town", "--second-disk", str(second)).opened()


def another(town, folder):
    """A home elsewhere that the same key file opens."""
    office = Office(folder.parent, folder.name, made=False)
    office.key = town.key
    return office


def bytes_in(folder):
    return {one.name: one.read_bytes() for one in folder.iterdir()}


def test_a_second_disk_alone_is_enough_to_go_on(town, second, tmp_path):
    assert set(bytes_in(second)) >= {*NO_BOOKS, "books.db", "books.head"}
    assert not any((second / one).stat().st_mode & 0o077 for one in ("office.keys", "root.keys"))
    told = town.json("office", "accounts")
    town.folder.rename(tmp_path / "old")
    words = ("office", "recover", "--from", str(second))
    assert town.wrong(*words)[:2] == (2, "no-terminal")
    assert not town.folder.exists()
    done = town.json(*words, "--yes")
    assert (done["secondDisk"], done["entries"]) == (str(second), 6)
    assert not done["homeBeforeIsThere"] and done["homeBefore"] == str(town.folder)
    assert town.json("office", "accounts") == told
    town.ok("office", "deposit", "Ada", "1.00", "--yes")
    assert town.json("office", "audit")["disks"] == 2

    # The home of before, should it come back, is none any more, and changes nothing.
    before = another(town, tmp_path / "old")
    books = bytes_in(second)
    for verb in (
        ("office", "accounts"),
        ("office", "deposit", "Ada", "9.00", "--yes"),
        ("office", "second-disk", str(tmp_path / "c")),
    ):
        assert before.wrong(*verb)[:2] == (3, "gone-on")
    assert bytes_in(second) == books
    # A stick is paid for once, whoever brings it: the new home goes on as ever.
    assert town.json("office", "audit")["entries"] == 7


def test_the_root_goes_with_it_and_an_office_whose_root_is_elsewhere_needs_none(tmp_path, second):
    root = Office(tmp_path, "root", made=False)
    root.ok("office", "root")
    town = Office(tmp_path, "town", "--second-disk", str(second), "--root-key", "elsewhere")
    answer = str(tmp_path / "answer.pem")
    root.ok("office", "sign", str(town.folder / "office.request"), "--out", answer, "--yes")
    # Nothing is told before it is certified, so nothing could be gone on with.
    town.folder.rename(tmp_path / "old")
    assert town.wrong("office", "recover", "--from", str(second), "--yes")[:2] == (
        3, "no-second-disk")
    (tmp_path / "old").rename(town.folder)
    town.ok("office", "certify", answer, "--yes")
    town.opened()
    shutil.rmtree(town.folder)
    town.ok("office", "recover", "--from", str(second), "--yes")
    assert not (town.folder / "root.keys").exists()
    assert town.json("office", "audit")["entries"] == 6


def test_a_new_second_disk_is_filled_and_the_one_before_opens_nothing(town, second, tmp_path):
    third = tmp_path / "c/deep"
    assert town.wrong("office", "second-disk", str(third))[:2] == (1, "io")
    third, backup = tmp_path / "c", tmp_path / "kept"
    shutil.copytree(town.folder, backup)
    done = town.json("office", "second-disk", str(third))
    assert (done["secondDisk"], done["copied"]) == (str(third), 6)
    town.ok("office", "deposit", "Ada", "1.00", "--yes")
    assert not (second / "office.keys").exists() and not (second / "root.keys").exists()
    # Nor does a backup of the home go on with it.
    (tmp_path / "backup").mkdir()
    shutil.copytree(backup, tmp_path / "backup/town")
    assert another(town, tmp_path / "backup/town").wrong("office", "accounts")[:2] == (3, "gone-on")
    # And back again: disks may take turns.
    assert town.json("office", "second-disk", str(second))["copied"] == 1
    assert town.json("office", "second-disk", str(third))["copied"] == 0
    town.ok("office", "deposit", "Ada", "1.00", "--yes")
    shutil.rmtree(town.folder)
    assert town.wrong("office", "recover", "--from", str(second), "--yes")[:2] == (
        3, "no-second-disk")
    town.ok("office", "recover", "--from", str(third), "--yes")
    assert town.json("office", "audit")["entries"] == 8
    # And again the same: there is nothing left to copy.
    assert town.json("office", "second-disk", str(third))["copied"] == 0


def test_an_office_of_one_disk_gets_a_second_and_a_dead_one_is_replaced(tmp_path, second):
    town = Office(tmp_path, "town").opened()
    assert town.json("office", "audit")["disks"] == 1
    assert "same disk" in town.ok("office", "second-disk", str(second))
    assert town.json("office", "audit")["disks"] == 2
    shutil.rmtree(second)
    code, name, what = town.wrong("office", "accounts")
    assert (code, name) == (3, "books-missing") and "second disk" in what
    # It may know more than the home, so a person says that it is lost.
    words = ("office", "second-disk", str(second))
    assert town.wrong(*words)[:2] == (2, "no-terminal")
    assert town.json(*words, "--yes")["copied"] == 6
    assert town.json("office", "audit")["disks"] == 2
    # Rotten, it is replaced too, by another folder.
    for name in ("books.db", "books.db-wal"):
        (second / name).write_bytes(b"rot" * 5_000)
    assert town.wrong("office", "accounts")[1] == "damaged"
    words = ("office", "second-disk", str(tmp_path / "c"))
    assert town.wrong(*words)[:2] == (2, "no-terminal")
    done = town.json(*words, "--yes")
    # The rotten one was told; the first one, which is gone, will never be.
    assert done["copied"] == 6 and done["notGivenUp"] == [str(second)]
    assert not (second / "office.keys").exists()
    assert town.json("office", "audit")["disks"] == 2


def test_a_second_disk_from_before_it_had_keys_gets_them(town, second):
    for name in NO_BOOKS:
        (second / name).unlink()
    (town.folder / "second-disk").write_text(f"{second}\n")
    town.ok("office", "accounts")
    assert set(bytes_in(second)) >= set(NO_BOOKS)
    shutil.rmtree(town.folder)
    town.ok("office", "recover", "--from", str(second), "--yes")
    assert town.json("office", "audit")["entries"] == 6


def test_what_the_second_disk_has_more_is_not_given_up_with_it(town, second, tmp_path):
    backup = tmp_path / "backup"
    shutil.copytree(town.folder, backup)
    town.ok("office", "deposit", "Ada", "7.00", "--yes")
    shutil.rmtree(town.folder)
    backup.rename(town.folder)
    town.ok("office", "second-disk", str(tmp_path / "c"))
    assert town.json("office", "audit")["entries"] == 7
    assert town.json("office", "accounts")["accounts"][0]["balance"]["amount"] == "57.00"


@pytest.mark.parametrize("how", ["rotten", "away"])
def test_what_only_the_head_of_a_lost_disk_says_is_heard(town, second, tmp_path, how):
    backup = tmp_path / "backup"
    shutil.copytree(town.folder, backup)
    town.ok("office", "withdraw", "Ada", "50.00", "--yes")
    shutil.rmtree(town.folder)
    backup.rename(town.folder)
    for name in ("books.db", "books.db-wal"):
        if how == "rotten":
            (second / name).write_bytes(b"rot" * 5_000)
        else:
            (second / name).unlink()
    code, name, what = town.wrong("office", "second-disk", str(tmp_path / "c"), "--yes")
    assert (code, name) == (3, "knows-more") and "entry 6 had been written" in what
    # Who takes it away says that it is lost.
    second.rename(tmp_path / "lost")
    town.ok("office", "second-disk", str(tmp_path / "c"), "--yes")


def test_a_disk_whose_books_are_gone_is_filled_when_a_person_says_so(town, second):
    for one in second.glob("books.*"):
        one.unlink()
    # It has its tie and its keys still, and what it knew more, if anything, is not known.
    words = ("office", "second-disk", str(second))
    assert town.wrong(*words)[:2] == (2, "no-terminal")
    assert not (second / "books.db").exists()
    done = town.json(*words, "--yes")
    assert (done["copied"], done["notGivenUp"]) == (6, [])
    assert town.json("office", "audit")["disks"] == 2


def test_a_disk_that_could_not_be_told_is_named_and_told_when_it_is_back(town, second, tmp_path):
    away = tmp_path / "away"
    second.rename(away)
    done = town.json("office", "second-disk", str(tmp_path / "c"), "--yes")
    assert done["notGivenUp"] == [str(second)]
    assert f"NOTE: nobody could tell '{second}'" in town.ok(
        "office", "second-disk", str(tmp_path / "c"))
    away.rename(second)
    town.ok("office", "accounts")
    assert not (second / "office.keys").exists()
    assert town.json("office", "second-disk", str(tmp_path / "c"))["notGivenUp"] == []


def test_a_folder_by_another_name_is_the_same_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to("b")
    town = Office(tmp_path, "town", "--second-disk", "./b").opened()
    shutil.rmtree(tmp_path / "b")
    for name in ("b", "b/", "./b", str(tmp_path / "link")):
        town.ok("office", "second-disk", name, "--yes")
        assert (tmp_path / "b/office.keys").exists() and town.json("office", "audit")["disks"] == 2
    assert (town.folder / "second-disk").read_text().splitlines()[0] == str(tmp_path / "b")
    assert town.wrong("office", "second-disk", "a\nb")[:2] == (2, "bad-folder")


def test_what_never_changes_is_never_written_over(town, second):
    whole = (second / "root.keys").read_bytes()
    (town.folder / "root.keys").write_bytes(b"")
    code, name, what = town.wrong("office", "accounts")
    assert (code, name) == (3, "differing") and "root.keys" in what
    assert (second / "root.keys").read_bytes() == whole
    (town.folder / "root.keys").write_bytes(whole)
    # Without a tie it is not known whose the keys there are, until a person says so.
    (second / "first-disk").unlink()
    assert town.wrong("office", "accounts")[:2] == (3, "untied")
    words = ("office", "second-disk", str(second))
    assert town.wrong(*words)[:2] == (2, "no-terminal")
    town.ok(*words, "--yes")
    assert town.json("office", "audit")["disks"] == 2


def test_what_only_the_disk_of_before_has_is_not_removed_with_it(town, second, tmp_path):
    (town.folder / "root.keys").rename(tmp_path / "safe")
    town.ok("office", "accounts")
    third = str(tmp_path / "c")
    assert town.json("office", "second-disk", third)["notGivenUp"] == [str(second)]
    assert (second / "root.keys").exists() and not (tmp_path / "c/root.keys").exists()
    (second / "root.keys").unlink()
    assert town.json("office", "second-disk", third)["notGivenUp"] == []
    assert not (second / "office.keys").exists()
    # A root of somebody's, mounted where the second disk was, is not touched either.
    shutil.rmtree(third)
    root = another(town, tmp_path / "c")
    root.ok("office", "root")
    before = bytes_in(root.folder)
    assert town.wrong("office", "second-disk", third, "--yes")[:2] == (3, "some-home")
    assert bytes_in(root.folder) == before


def test_a_disk_that_comes_back_to_its_place_is_known_as_given_up(town, second, tmp_path):
    second.rename(tmp_path / "real")
    done = town.json("office", "second-disk", str(second), "--yes")
    assert done["copied"] == 6 and done["notGivenUp"] == [str(second)]
    town.ok("office", "deposit", "Ada", "7.00", "--yes")
    second.rename(tmp_path / "filled")
    (tmp_path / "real").rename(second)
    assert town.wrong("office", "accounts")[:2] == (3, "given-up")
    second.rename(tmp_path / "real")
    (tmp_path / "filled").rename(second)
    assert town.json("office", "audit")["entries"] == 7
    # Given to the office once more it is filled, and is what it was.
    third = tmp_path / "real"
    assert town.json("office", "second-disk", str(third))["copied"] == 1
    assert not (second / "office.keys").exists()
    assert town.json("office", "audit")["disks"] == 2


def test_a_second_disk_that_is_mounted_elsewhere_is_the_same_disk(town, second, tmp_path):
    place = tmp_path / "elsewhere"
    second.rename(place)
    assert town.wrong("office", "accounts")[:2] == (3, "books-missing")
    done = town.json("office", "second-disk", str(place))
    assert (done["copied"], done["notGivenUp"]) == (0, [])
    assert town.json("office", "audit")["disks"] == 2
    shutil.rmtree(town.folder)
    town.ok("office", "recover", "--from", str(place), "--yes")
    assert town.json("office", "audit")["entries"] == 6


def test_somebodys_certificates_stay_where_they_are(town, tmp_path):
    other = Office(tmp_path, "other")
    place = tmp_path / "place"
    place.mkdir()
    for name in ("root.crt", "office.crt"):
        shutil.copy(other.folder / name, place)
    before = bytes_in(place)
    assert town.wrong("office", "second-disk", str(place))[:2] == (3, "some-home")
    one = another(town, tmp_path / "one")
    assert one.wrong(
        "office", "init", "--name", "One", "--asset", "EUR", "--second-disk", str(place)
    )[:2] == (3, "some-home")
    assert bytes_in(place) == before


def test_a_home_is_not_given_up_before_the_new_one_can_be_made(town, second, tmp_path):
    new = another(town, tmp_path / "new")
    (new.folder / "lost+found").mkdir(parents=True)
    assert new.wrong("office", "recover", "--from", str(second), "--yes")[:2] == (3, "occupied")
    assert town.json("office", "audit")["disks"] == 2
    (new.folder / "lost+found").rmdir()
    new.ok("office", "recover", "--from", str(second), "--yes")
    assert town.wrong("office", "accounts")[:2] == (3, "gone-on")
    told = town.run("office", "recover", "--from", str(second), "--yes")
    assert told.returncode == 3 and "home-made" not in told.stdout


def test_what_is_no_second_disk_and_no_place_for_one_is_told(town, second, tmp_path):
    here = str(town.folder)
    assert another(town, second).wrong("office", "accounts")[:2] == (3, "second-disk")
    assert another(town, second).wrong("office", "second-disk", here)[:2] == (3, "second-disk")
    new = another(town, tmp_path / "new")
    for folder in (tmp_path / "nothing", town.folder, tmp_path):
        assert new.wrong("office", "recover", "--from", str(folder), "--yes")[:2] == (
            3, "no-second-disk")
    assert new.wrong("office", "recover", "--yes")[:2] == (2, "no-from")
    assert town.wrong("office", "recover", "--from", str(second), "--yes")[:2] == (3, "home-made")
    other = Office(tmp_path, "other")
    for folder in (town.folder, other.folder, second):
        assert other.wrong("office", "second-disk", str(folder))[:2] == (3, "some-home")
    assert town.wrong("office", "second-disk", here)[:2] == (3, "some-home")
    assert another(town, tmp_path / "none").wrong("office", "second-disk", here)[:2] == (
        4, "no-office")
    # The books of another office alone are no copy of these, and stay.
    stray = tmp_path / "stray"
    stray.mkdir()
    for one in other.folder.glob("books.*"):
        shutil.copy(one, stray)
    books = bytes_in(stray)
    assert town.wrong("office", "second-disk", str(stray))[:2] == (3, "other-key")
    assert {name: books[name] for name in ("books.db", "books.head")} == {
        name: (stray / name).read_bytes() for name in ("books.db", "books.head")}
    # A key file that is not theirs opens neither.
    wrong = tmp_path / "wrong.key"
    wrong.write_bytes(bytes(32))
    new.key = wrong
    assert new.wrong("office", "recover", "--from", str(second), "--yes")[0] == 9
    assert not new.folder.exists()
    assert town.json("office", "audit")["disks"] == 2


def test_recovering_that_is_killed_anywhere_is_done_by_typing_it_again(town, second, tmp_path):
    for _ in range(12):
        town.ok("office", "deposit", "Ada", "1.00", "--yes")
    shutil.rmtree(town.folder)
    killed = 0
    words = ("office", "recover", "--from", str(second), "--yes")
    began = time.monotonic()
    town.ok(*words)
    took = time.monotonic() - began
    for round_ in range(1, 13):
        shutil.rmtree(town.folder)
        with subprocess.Popen(
            town.command(*words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as one:
            time.sleep(took * round_ / 20)
            one.kill()
        if not town.folder.exists():
            killed += 1
            town.ok(*words)
        assert town.json("office", "audit")["entries"] == 18
    assert killed > 2
    # Drafts that a kill has left are nobody's home.
    for draft in tmp_path.glob("town.*"):
        if draft.is_dir():
            assert another(town, draft).wrong("office", "accounts")[1] in ("gone-on", "no-office")


def test_a_second_disk_that_is_killed_anywhere_is_done_by_typing_it_again(town, second, tmp_path):
    killed, words = 0, ("office", "second-disk")
    began = time.monotonic()
    town.ok(*words, str(tmp_path / "b0"))
    took = time.monotonic() - began
    for round_ in range(1, 13):
        place = tmp_path / f"b{round_}"
        with subprocess.Popen(
            town.command(*words, str(place)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as one:
            time.sleep(took * round_ / 20)
            one.kill()
        killed += one.returncode != 0
        assert town.json(*words, str(place))["notGivenUp"] == []
        town.ok("office", "deposit", "Ada", "1.00", "--yes")
        assert (place / "office.keys").exists()
        others = [one for one in tmp_path.glob("b*") if one != place]
        assert not any((one / "office.keys").exists() for one in others), round_
    assert killed > 2 and not (second / "office.keys").exists()
    assert town.json("office", "audit")["entries"] == 18


def test_members_of_an_office_that_lost_its_disk_lose_nothing(tmp_path, second):
    on = ("--on", "lo")
    town = counter.Office(tmp_path)
    town.account("Ada", "50.00")
    town.ok("office", "second-disk", str(second))
    ada, dice = Member(tmp_path, "ada"), random.Random(11)
    code = town.invite("Ada", ceiling="500.00")
    with town.serve():
        assert ada.enrol(town, code).returncode == 0
        ada.ok("charge", "20.00", *on)
        town.kill()
    for round_ in range(4):
        with town.serve():
            verb = ("redeem", "1.00") if round_ % 2 else ("charge", "1.00")
            with ada.start(*verb, *on, "--wait", "20") as asking:
                time.sleep(dice.random() / 3)
                town.kill()
                shutil.rmtree(town.folder)
                town.ok("office", "recover", "--from", str(second), "--yes")
                with town.serve():
                    asking.ends()
                    ada.run("resolve", *on, "--wait", "10")
                    ada.ok("sync", *on)
                    assert ada.json("pending")["pending"] == [] and ada.errands() == []
                    held = town.money("Ada") + town.waiting() + ada.available()
                    assert held == 5_000 and town.outstanding() == ada.available() + town.waiting()
                    town.kill()
    assert json.loads(town.ok("office", "audit", "--json"))["disks"] == 2


# MARK: Books that were put back


def test_an_office_whose_books_are_older_than_what_it_said_is_told(tmp_path):
    on = ("--on", "lo")
    town = counter.Office(tmp_path)
    ada, bob = Member(tmp_path, "ada"), Member(tmp_path, "bob")
    for name in ("Ada", "Bob"):
        town.account(name, "50.00")
    codes = [town.invite(name) for name in ("Ada", "Bob")]
    with town.serve():
        for one, code in zip((ada, bob), codes):
            assert one.enrol(town, code).returncode == 0
        bob.ok("charge", "30.00", *on)
        town.kill()
    older, newest = tmp_path / "older", tmp_path / "newest"
    shutil.copytree(town.folder, older, ignore=shutil.ignore_patterns("node.sock"))
    with town.serve():
        ada.ok("charge", "20.00", *on)
        town.kill()
    town.folder.rename(newest)
    shutil.copytree(older, town.folder)
    # All of it is older, its heads too: nothing on this disk says so.
    town.ok("office", "audit")
    with town.serve() as serving:
        bob.ok("redeem", "1.00", *on)
        assert ada.run("redeem", "15.00", *on, "--wait", "5").returncode != 0
        assert serving.says("Ada came with a stick of this office that the books lack")
        town.kill()
    # Whoever showed it has his money as before, and gets it where the newest books are.
    assert (ada.available(), ada.json("pending")["pending"]) == (2_000, [])
    for one in town.folder.glob("books.*"):
        one.unlink()
    for one in newest.glob("books.*"):
        shutil.copy(one, town.folder)
    with town.serve() as serving:
        ada.ok("redeem", "15.00", *on)
        assert (ada.available(), town.money("Ada")) == (500, 5_000 - 500)
        # What was booked in the older ones is in no newer books: it has to be said again by hand.
        assert bob.available() == 2_900 and town.money("Bob") == 2_000
        town.kill()
