"""A PIN before the database: what opens it, what counts, what a thief gets."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from cvd_desktop.domain.problem import Problem
from cvd_desktop.services import key_lock
from cvd_desktop.services.database_key import key_entry
from cvd_desktop.services.key_lock import keep_password, lock_state, note_contact
from cvd_desktop.services.person_lock import pin_facts, set_own_pin, take_pin_away
from cvd_desktop.services.workplace import Workplace, open_workplace
from cvd_desktop.sync.credentials import MemoryKeyStore
from cvd_shared.recovery_code import recovery_code
from tests.support.local_database import ManualClock

PASSWORD = "correct horse 7"


@pytest.fixture(autouse=True)
def cheap_boxes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The price of a guess is not what is tested here."""
    cheap = {"time_cost": 1, "memory_kib": 64, "lanes": 1}
    monkeypatch.setattr(key_lock, "_ARGON2ID", cheap)
    monkeypatch.delenv("CVD_PASSPHRASE", raising=False)


class Locked:
    """A folder that was signed in to and locked with the PIN 2580."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keys = MemoryKeyStore(lasting=True)
        self.clock = ManualClock()
        wp = self.open()
        assert wp.key is not None
        self.key = wp.key
        keep_password(folder, self.keys, wp.key, PASSWORD, key_entry(folder))
        set_own_pin(wp, "2580")
        wp.close()

    def open(self, secret: str | None = None) -> Workplace:
        return open_workplace(self.folder, clock=self.clock, key_store=self.keys, secret=secret)

    def opens(self, secret: str | None) -> str:
        """ "" when it opens, else the code of the problem."""
        try:
            self.open(secret).close()
        except Problem as problem:
            return problem.code
        return ""

    def tries_left(self) -> int:
        return lock_state(self.folder, self.keys, self.clock()).tries_left


@pytest.fixture
def locked(tmp_path: Path) -> Locked:
    return Locked(tmp_path)


def test_pin_password_and_recovery_code_open_it_and_nothing_else(locked: Locked) -> None:
    assert locked.opens(None) == "locked"
    assert locked.opens("2581") == "pin_wrong"
    assert locked.opens("wrong horse 7") == "unlock_password_wrong"
    code = recovery_code(locked.key)
    for right in ("2580", PASSWORD, code, code.lower().replace("o", "0").replace(" ", "-")):
        assert locked.opens(right) == "", right
    other = recovery_code(bytes(32))
    assert locked.opens(other) == "recovery_code_wrong"
    swapped = ("A" if code[0] != "A" else "B") + code[1:]
    assert locked.opens(swapped) == "recovery_code_wrong"


def test_neither_folder_nor_key_store_alone_gives_the_key(locked: Locked) -> None:
    shown = {locked.key, locked.key.hex().encode()}
    for path in (each for each in locked.folder.rglob("*") if each.is_file()):
        assert not any(each in path.read_bytes() for each in shown), path.name
    assert locked.key.hex() not in locked.keys.values.values()
    thief = MemoryKeyStore(lasting=True)
    with pytest.raises(Problem) as caught:
        open_workplace(locked.folder, key_store=thief, secret="2580")
    assert caught.value.code == "pin_unusable"


def test_ten_wrong_pins_and_it_is_dead_until_the_password(locked: Locked) -> None:
    for left in range(9, 0, -1):
        assert locked.opens("0000") == "pin_wrong"
        assert locked.tries_left() == left
    assert locked.opens("0000") == "pin_dead"
    assert locked.opens("2580") == "pin_dead", "also the right one"
    assert locked.opens(PASSWORD) == ""
    assert locked.opens("2580") == ""


def test_the_right_pin_forgets_the_wrong_ones(locked: Locked) -> None:
    assert [locked.opens("0000"), locked.opens("2580")] == ["pin_wrong", ""]
    assert locked.tries_left() == key_lock.MOST_TRIES


@pytest.mark.parametrize("place", ["file", "key store"])
def test_putting_one_count_back_gives_no_more_tries(locked: Locked, place: str) -> None:
    for _ in range(6):
        locked.opens("0000")
    if place == "file":
        (locked.folder / key_lock.TRIES_FILE).unlink()
    else:
        for name in [each for each in locked.keys.values if each.startswith("pin-tries")]:
            locked.keys.delete(name)
    assert locked.tries_left() == 4


def test_a_count_that_cannot_be_read_has_used_up_all(locked: Locked) -> None:
    (locked.folder / key_lock.TRIES_FILE).write_text("none")
    assert locked.opens("2580") == "pin_dead"


def test_a_try_counts_before_it_is_tried(locked: Locked, monkeypatch: pytest.MonkeyPatch) -> None:
    def pulled_plug(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(key_lock, "_opened", pulled_plug)
    with pytest.raises(KeyboardInterrupt):
        locked.open("0000")
    monkeypatch.undo()
    assert locked.tries_left() == 9


def test_after_14_days_without_the_server_the_password_is_asked(locked: Locked) -> None:
    note_contact(locked.folder, locked.clock())
    locked.clock.forward(days=13)
    assert locked.opens("2580") == ""
    locked.clock.forward(days=1)
    assert lock_state(locked.folder, locked.keys, locked.clock()).password_due
    assert locked.opens("2580") == "password_due"
    assert locked.tries_left() == key_lock.MOST_TRIES, "that is no wrong try"
    assert locked.opens(PASSWORD) == ""
    note_contact(locked.folder, locked.clock())
    assert locked.opens("2580") == ""


def test_another_pin_and_none(locked: Locked) -> None:
    wp = locked.open("2580")
    set_own_pin(wp, "13571357")
    wp.close()
    assert [locked.opens("2580"), locked.opens("13571357")] == ["pin_wrong", ""]
    wp = locked.open("13571357")
    assert pin_facts(wp).has_pin
    take_pin_away(wp)
    wp.close()
    assert locked.opens(None) == ""


def test_what_is_no_pin_is_refused(locked: Locked) -> None:
    wp = locked.open("2580")
    for text in ("123", "1234567890123", "12a4", "", "١٢٣٤"):
        with pytest.raises(Problem) as caught:
            set_own_pin(wp, text)
        assert caught.value.code == "pin_not_digits"
    wp.close()


def test_without_password_or_key_store_there_is_no_pin(tmp_path: Path) -> None:
    wp = open_workplace(tmp_path / "a", key_store=MemoryKeyStore(lasting=True))
    assert pin_facts(wp).why_not == "pin_needs_sign_in"
    with pytest.raises(Problem) as caught:
        set_own_pin(wp, "2580")
    assert caught.value.code == "pin_needs_sign_in"
    wp.close()
    wp = open_workplace(
        tmp_path / "b", key_store=MemoryKeyStore(), ask_passphrase=lambda: "open sesame"
    )
    assert pin_facts(wp).why_not == "pin_no_key_store"
    with pytest.raises(Problem) as caught:
        set_own_pin(wp, "2580")
    assert caught.value.code == "pin_no_key_store"
    wp.close()


def test_a_password_is_heard_again_when_the_key_store_lost_its_part(locked: Locked) -> None:
    """As after a sign-in that brought the key back: it opens again, without the PIN of before."""
    for name in [each for each in locked.keys.values if each.startswith("pin-pepper")]:
        locked.keys.delete(name)
    assert locked.opens("2580") == "pin_unusable"
    assert locked.opens(recovery_code(locked.key)) == ""
    keep_password(locked.folder, locked.keys, locked.key, PASSWORD, key_entry(locked.folder))
    assert locked.opens(None) == ""


def test_a_damaged_lock_is_told(locked: Locked) -> None:
    path = locked.folder / key_lock.LOCK_FILE
    whole = path.read_text()
    path.write_text(whole[:40])
    assert locked.opens("2580") == "key_file_damaged"
    document = json.loads(whole)
    document["pin"]["box"] = "AAAA"
    path.write_text(json.dumps(document))
    assert locked.opens("2580") == "pin_wrong"
    assert locked.opens(PASSWORD) == ""


def test_contact_is_written_once_a_day(locked: Locked) -> None:
    note_contact(locked.folder, locked.clock())
    before = (locked.folder / key_lock.LOCK_FILE).stat().st_mtime_ns
    note_contact(locked.folder, locked.clock() + timedelta(hours=20))
    assert (locked.folder / key_lock.LOCK_FILE).stat().st_mtime_ns == before
