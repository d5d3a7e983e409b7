"""The way back to one's records: the operator keeps the key, sealed; a code is read out offline."""

from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from cvd_desktop.domain.problem import Problem
from cvd_desktop.services import key_lock
from cvd_desktop.services.person_lock import set_own_pin
from cvd_desktop.services.sign_in import change_password
from cvd_desktop.storage import sync_meta_store as meta
from cvd_server import tables
from cvd_server.admin_commands import app as server_command
from cvd_shared.recovery_code import recovery_code
from tests.support.servers import LocalServer
from tests.support.shared_laptop import PersonsFolder, SharedLaptop, shared_laptop
from tests.support.small_operator import PASSWORD

NEW_PASSWORD = "other horse 8"


@pytest.fixture(autouse=True)
def cheap_boxes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_lock, "_ARGON2ID", {"time_cost": 1, "memory_kib": 64, "lanes": 1})


def give_password(server: LocalServer, user_id: str, password: str, *, must: bool = False) -> None:
    """As the office does it."""
    with server.database.write() as connection:
        connection.execute(
            tables.credential.update()
            .where(tables.credential.c.user_id == user_id)
            .values(password_hash=server.services.hasher.hash(password), must_change=must)
        )


def later(shared: SharedLaptop) -> None:
    """The access token is old."""
    shared.world.server.clock.move(minutes=20)
    shared.clock.forward(minutes=20)


def locked_with_a_dead_pin(shared: SharedLaptop) -> PersonsFolder:
    first = shared.sign_in("driver07")
    first.record()
    set_own_pin(first.wp, "2580")
    first.close()
    shared.opened.remove(first)
    for _ in range(10):
        with pytest.raises(Problem):
            shared.open(first.folder, "0000")
    return first


def test_the_key_is_sent_sealed_and_the_server_has_nothing_that_opens_it_by_itself(
    tmp_path: Path,
) -> None:
    with shared_laptop(tmp_path) as shared:
        first = shared.sign_in("driver07")
        with shared.world.server.database.read() as connection:
            rows = connection.execute(select(tables.escrow)).mappings().all()
        assert len(rows) == 1
        assert first.wp.key is not None
        assert first.wp.key.hex() not in str(rows)
        assert str(first.wp.key) not in str(rows)
        assert first.meta(meta.ESCROWED)
        assert first.wp.key.hex() not in (first.meta(meta.ESCROWED) or "")


def test_with_a_network_the_new_password_brings_the_records_back(tmp_path: Path) -> None:
    with shared_laptop(tmp_path) as shared:
        first = locked_with_a_dead_pin(shared)
        give_password(shared.world.server, "u-driver07", NEW_PASSWORD)
        with pytest.raises(Problem) as caught:
            shared.open(first.folder, NEW_PASSWORD)
        assert caught.value.code == "unlock_password_wrong", "offline it is not known yet"
        done = shared.sign_in_only("driver07", NEW_PASSWORD)
        assert done.folder == first.folder
        again = shared.open(first.folder, NEW_PASSWORD)
        assert len(again.events()) == 1
        set_own_pin(again.wp, "1357")
        shared.world.settled(again)


def test_without_a_network_a_code_that_is_read_out_does(tmp_path: Path) -> None:
    with shared_laptop(tmp_path) as shared:
        first = locked_with_a_dead_pin(shared)
        assert first.wp.key is not None
        again = shared.open(first.folder, recovery_code(first.wp.key))
        assert len(again.events()) == 1


def test_an_emptied_key_store_costs_nothing_either(tmp_path: Path) -> None:
    with shared_laptop(tmp_path) as shared:
        first = shared.sign_in("driver07")
        first.record()
        first.close()
        shared.opened.remove(first)
        shared.keys.values.clear()
        with pytest.raises(Problem) as caught:
            shared.open(first.folder)
        assert caught.value.code == "key_missing"
        done = shared.sign_in_only("driver07")
        again = shared.open(done.folder)
        assert len(again.events()) == 1
        shared.world.settled(again)


def test_a_password_that_has_to_be_changed_stops_no_push(tmp_path: Path) -> None:
    with shared_laptop(tmp_path) as shared:
        first = shared.sign_in("driver07")
        give_password(shared.world.server, "u-driver07", PASSWORD, must=True)
        assert shared.sign_in_only("driver07", here=first.wp).must_change_password
        first.record()
        first.run()
        assert len(shared.world.log()) == 1
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("cvd_desktop.services.sign_in.open_line", lambda *_: shared.api())
            with pytest.raises(Problem) as caught:
                change_password(first.wp, PASSWORD, "short")
            assert caught.value.code == "password_refused"
            change_password(first.wp, PASSWORD, NEW_PASSWORD)
        assert first.run().problem is None
        set_own_pin(first.wp, "2580")
        first.close()
        first.secret = NEW_PASSWORD
        first.open()


def test_a_first_sign_in_with_a_password_that_has_to_be_changed_pushes_too(
    tmp_path: Path,
) -> None:
    with shared_laptop(tmp_path) as shared:
        give_password(shared.world.server, "u-driver07", PASSWORD, must=True)
        first = shared.sign_in("driver07")
        first.record()
        first.run()
        assert len(shared.world.log()) == 1


def test_the_code_of_the_offices_own_terminal_opens_the_laptop(tmp_path: Path) -> None:
    with shared_laptop(tmp_path) as shared:
        first = locked_with_a_dead_pin(shared)
        with shared.world.server.database.read() as connection:
            device_id = connection.execute(select(tables.escrow.c.device_id)).scalar_one()
        words = ["escrow-code", "--user", "driver07", "--device", device_id]
        url = shared.world.server.services.settings.database_url
        told = CliRunner().invoke(server_command, [*words, "--database", url])
        assert told.exit_code == 0, told.stderr
        assert len(shared.open(first.folder, told.stdout).events()) == 1


def test_a_copied_folder_cannot_refresh_without_the_devices_key(tmp_path: Path) -> None:
    with shared_laptop(tmp_path) as shared:
        first = shared.sign_in("driver07")
        later(shared)
        first.run()  # signed: from now on the session is this device's
        stolen = {name for name in shared.keys.values if name.startswith("device-")}
        for name in stolen:
            shared.keys.set(name, "00" * 32)
        later(shared)
        first.record()
        report = first.run()
        assert (report.problem, report.waiting) == ("sign_in_needed", 1)
        shared.sign_in_only("driver07", here=first.wp)
        shared.world.settled(first)
