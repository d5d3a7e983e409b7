"""Deleting a person's data: what has arrived, or what the office said; a killed wipe goes on."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from cvd_desktop.domain.problem import Problem
from cvd_desktop.services import people, wipe
from cvd_desktop.services.bundles import export_bundle
from cvd_desktop.services.people import WIPE_MARK, folder_in_use
from cvd_desktop.services.wipe import begin_wipe_when_drained, finish_wipes, remove_person
from cvd_desktop.services.workplace import open_workplace, this_laptop
from cvd_desktop.storage import draft_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.sync.credentials import MemoryKeyStore
from cvd_server import tables
from tests.support.local_database import ManualClock
from tests.support.shared_laptop import PersonsFolder, SharedLaptop, shared_laptop


def order(shared: SharedLaptop, of: PersonsFolder, policy: str, *, revoke: bool = False) -> None:
    """What an administrator does with this device."""
    with shared.world.server.database.write() as connection:
        connection.execute(
            tables.device.update()
            .where(tables.device.c.device_id == of.meta(meta.DEVICE))
            .values(policy=policy, status="revoked" if revoke else "active")
        )


def entries(shared: SharedLaptop) -> int:
    return len(shared.keys.values)


def test_lock_keeps_everything_and_ends_when_the_office_says_so(tmp_path: Path) -> None:
    with shared_laptop(tmp_path) as shared:
        first = shared.sign_in("driver07")
        first.record()
        order(shared, first, "lock")
        assert first.run().problem == "device_locked"
        assert first.meta(meta.POLICY) == "lock"
        assert len(first.events()) == 1
        first.record()
        order(shared, first, "normal")
        assert first.run().problem is None
        assert first.meta(meta.POLICY) is None
        assert len(shared.world.log()) == 2, "the first as a rescued one"


def test_wipe_when_drained_waits_for_the_last_record(tmp_path: Path) -> None:
    with shared_laptop(tmp_path) as shared:
        first = shared.sign_in("driver07")
        second = shared.sign_in("driver08", here=first.wp)
        second.record(machine_id="m3")
        order(shared, second, "wipe_when_drained")
        before = entries(shared)
        second.line.faults = ["lose_request"]
        assert second.run().problem != "device_wiped"
        second.line.faults = []
        assert second.events(), "nothing was deleted while it waited"
        assert second.run().problem == "device_wiped"
        assert [row.user_id for row in shared.world.log()] == ["u-driver08"]
        assert entries(shared) < before, "the keys are gone already"
        second.close()
        assert finish_wipes(shared.itself) == [second.folder.name]
        assert not second.folder.exists()
        assert shared.names() == ["driver07"]
        assert folder_in_use(shared.folder) == first.folder
        assert entries(shared) == 4, "key, pepper, refresh secret and device key of the first"
        shared.opened.remove(second)


def test_wipe_now_takes_the_key_first_whatever_waits(tmp_path: Path) -> None:
    with shared_laptop(tmp_path) as shared:
        first = shared.sign_in("driver07")
        first.record()
        order(shared, first, "wipe_now", revoke=True)
        assert first.run().problem == "device_wiped"
        assert entries(shared) == 0
        assert (first.folder / "cvd.db").exists(), "closed first: another system would hold it"
        first.close()
        finish_wipes(shared.itself)
        left = {path.name for path in shared.folder.iterdir()}
        assert left <= {"locks", people.FILE}, left
        shared.opened.remove(first)
        anew = shared.sign_in("driver07")
        assert anew.events() == []


def test_nothing_can_be_recorded_between_the_count_and_the_deletion(tmp_path: Path) -> None:
    """Another program of the same folder is told, aloud."""
    with shared_laptop(tmp_path) as shared:
        first = shared.sign_in("driver07")
        other_program = shared.open(first.folder)
        assert begin_wipe_when_drained(first.wp)
        with pytest.raises(DBAPIError, match="nothing is recorded here"):
            other_program.record()


def test_removing_a_person_needs_all_sent_or_an_export_and_the_number(tmp_path: Path) -> None:
    with shared_laptop(tmp_path) as shared:
        first = shared.sign_in("driver07")
        first.record()

        def refused(typed: str) -> tuple[str, object]:
            with pytest.raises(Problem) as caught:
                remove_person(first.wp, typed)
            return caught.value.code, caught.value.values["waiting"]

        assert refused("1") == ("export_not_proved", 1), "nothing was exported"
        export_bundle(first.wp, tmp_path)
        first.record()
        assert refused("2") == ("export_not_proved", 2), "one was recorded after that"
        made = export_bundle(first.wp, tmp_path / "stick.cvdbundle")
        assert refused("") == refused("3") == ("unsent_stays", 2)
        away = made.path.rename(tmp_path / "elsewhere")
        assert refused("2") == ("export_not_proved", 2), "the stick is out"
        made.path.write_bytes(away.read_bytes()[:-1])
        assert refused("2") == ("export_not_proved", 2), "it is not what was written"
        assert not wipe.wipe_begun(first.folder)
        away.rename(made.path)
        remove_person(first.wp, " 2 ")
        first.close()
        finish_wipes(shared.itself)
        assert shared.names() == []
        shared.opened.remove(first)


def test_work_that_is_only_begun_is_told_apart(tmp_path: Path) -> None:
    """No export takes it along: whoever types the number knows what goes."""
    with shared_laptop(tmp_path) as shared:
        first = shared.sign_in("driver07")
        first.record()
        with first.wp.database.write() as connection:
            draft_store.store(connection, "visit", "v1", user_id="u", at="2026-03-02", body={})
        export_bundle(first.wp, tmp_path)
        with pytest.raises(Problem) as caught:
            remove_person(first.wp, "1")
        assert (caught.value.code, caught.value.values) == (
            "begun_stays",
            {"waiting": 2, "begun": 1},
        )
        assert not wipe.wipe_begun(first.folder)
        remove_person(first.wp, "2")
        assert wipe.wipe_begun(first.folder)


# --- killed in the middle -----------------------------------------------------------------------

_KILLED = """
    import json, os, signal, sys
    from pathlib import Path
    from cvd_desktop.services import wipe
    from cvd_desktop.services.workplace import open_workplace
    from tests.cvd_desktop.sync.test_wipe import FileKeyStore, clock

    folder, steps = Path(sys.argv[1]), int(sys.argv[2])
    left = [steps]

    def step(event, args):
        # Every file that is written, renamed or removed is a place to die at.
        if event in ("os.remove", "os.rename", "os.rmdir") and str(folder) in str(args[0]):
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    wp = open_workplace(folder, clock=clock(), key_store=FileKeyStore(folder.parent / "keys"))
    sys.addaudithook(step)
    assert wipe.begin_wipe_when_drained(wp)
    wp.close()
    wipe.finish_wipe(wp.laptop, folder)
    print("whole")
"""


class FileKeyStore(MemoryKeyStore):
    """Keeps its secrets over the death of a process, as a system's does."""

    def __init__(self, folder: Path) -> None:
        super().__init__(lasting=True)
        self._folder = folder
        folder.mkdir(exist_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / name.replace(":", "_")

    def get(self, name: str) -> str | None:
        path = self._path(name)
        return path.read_text() if path.exists() else None

    def set(self, name: str, value: str) -> None:
        self._path(name).write_text(value)

    def delete(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)


def clock() -> ManualClock:
    return ManualClock()


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 4])
def test_a_wipe_that_is_killed_goes_on_at_the_next_start(tmp_path: Path, steps: int) -> None:
    folder = tmp_path / "laptop"
    store = FileKeyStore(tmp_path / "keys")
    open_workplace(folder, clock=clock(), key_store=store).close()
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(_KILLED), str(folder), str(steps)],
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == -signal.SIGKILL, run.stderr
    laptop = this_laptop(folder, key_store=store)
    if not (folder / WIPE_MARK).exists():  # killed before the mark: the folder itself knows
        wp = open_workplace(folder, clock=clock(), key_store=store)
        assert wipe.closed_for_good(wp)
        wp.close()
    finish_wipes(laptop)
    assert {path.name for path in folder.iterdir()} <= {"locks", people.FILE}
    assert not list((tmp_path / "keys").iterdir()), "no secret outlives its folder"
    open_workplace(folder, clock=clock(), key_store=store).close()
