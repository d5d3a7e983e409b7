"""Several people on one laptop: a database each, and nothing of one is another's."""

from pathlib import Path

import pytest

from cvd_desktop.domain.problem import Problem
from cvd_desktop.services import people
from cvd_desktop.services.outbox import list_outbox, sync_status
from cvd_desktop.services.sign_in import current_session, sign_out
from cvd_desktop.storage import outbox_store, pull_store
from cvd_desktop.storage import sync_meta_store as meta
from tests.support.shared_laptop import shared_laptop


def test_a_second_person_gets_a_folder_of_his_own_and_each_sends_his_own(tmp_path: Path) -> None:
    with shared_laptop(tmp_path) as shared:
        first = shared.sign_in("driver07")
        assert first.folder == shared.folder, "the first person's files stay where they were"
        first.record()
        second = shared.sign_in("driver08", here=first.wp)
        assert second.folder.parent == shared.folder / "people"
        assert list_outbox(second.wp) == [], "nothing of the other person's is shown"
        assert sync_status(second.wp).waiting == 0
        second.record(machine_id="m3")
        shared.world.settled(second)
        assert [row.user_id for row in shared.world.log()] == ["u-driver08"]
        assert len(first.events()) == 1, "and it waits here"
        shared.world.settled(first)
        assert {row.user_id for row in shared.world.log()} == {"u-driver07", "u-driver08"}
        for name in (meta.INCARNATION, meta.DATABASE_ID, meta.DEVICE):
            assert first.meta(name) != second.meta(name), name
        assert first.wp.key != second.wp.key
        assert {kind_id for kind_id in second.records() if kind_id[0] == "machine"} == {
            ("machine", "m3"), ("machine", "m4"),
        }  # fmt: skip


def test_coming_back_finds_the_own_folder_again(tmp_path: Path) -> None:
    with shared_laptop(tmp_path) as shared:
        first = shared.sign_in("driver07")
        second = shared.sign_in("driver08", here=first.wp)
        second.record(machine_id="m3")
        again = shared.sign_in_only("driver07", here=second.wp)
        assert again.folder == first.folder
        shared.clock.forward(minutes=1)
        assert shared.sign_in_only("driver08").folder == second.folder
        assert people.current_folder(shared.folder) == second.folder
        assert shared.names() == ["driver08", "driver07"]


def test_what_nobody_signed_is_adopted_by_the_first_who_signs_in(tmp_path: Path) -> None:
    with shared_laptop(tmp_path) as shared:
        unsigned = shared.open(shared.folder)
        unsigned.record()
        first = shared.sign_in("driver07", here=unsigned.wp)
        assert first.folder == shared.folder
        shared.world.settled(first)
        assert [row.user_id for row in shared.world.log()] == ["u-driver07"]


def test_an_event_is_never_sent_again_under_another_persons_name(tmp_path: Path) -> None:
    """Also not after the server has forgotten it."""
    with shared_laptop(tmp_path) as shared:
        backup = shared.world.copy_server()
        first = shared.sign_in("driver07")
        first.record()
        shared.world.settled(first)
        second = shared.sign_in("driver08", here=first.wp)
        shared.world.restore_server(backup)
        second = shared.sign_in("driver08", here=second.wp)
        second.record(machine_id="m3")
        second.sync()
        assert [row.user_id for row in shared.world.log()] == ["u-driver08"]
        shared.sign_in_only("driver07", here=first.wp)
        first.sync()
        assert {row.user_id for row in shared.world.log()} == {"u-driver07", "u-driver08"}


def test_a_folder_that_once_changed_hands_shows_and_sends_only_its_owners(tmp_path: Path) -> None:
    """Of the version before: a second person took the folder over, with what was in it."""
    with shared_laptop(tmp_path) as shared:
        backup = shared.world.copy_server()
        folder = shared.sign_in("driver07")
        folder.record()
        shared.world.settled(folder)
        with folder.wp.database.write() as connection:
            owner = (meta.get(connection, meta.OWNER) or "").replace("07", "08")
            meta.put(connection, meta.OWNER, owner)
            meta.put(connection, meta.OWNER_SINCE, str(outbox_store.newest_lseq(connection)))
            meta.put(connection, meta.INCARNATION, folder.wp.new_id())
            pull_store.drop_everything(connection)
            meta.delete_many(connection, meta.EPOCH, meta.DEVICE, meta.SESSION, meta.ACCESS)
        shared.sign_in_only("driver08", here=folder.wp)
        assert list_outbox(folder.wp) == []
        assert sync_status(folder.wp).on_server == 0
        folder.record(machine_id="m3")
        shared.world.settled(folder)
        shared.world.restore_server(backup)
        shared.sign_in_only("driver08", here=folder.wp)
        folder.sync()
        assert [row.user_id for row in shared.world.log()] == ["u-driver08"]


def test_others_are_drained_each_under_his_own_sign_in(tmp_path: Path) -> None:
    with shared_laptop(tmp_path) as shared:
        first = shared.sign_in("driver07")
        first.record()
        second = shared.sign_in("driver08", here=first.wp)
        first.close()
        assert shared.drain(second.folder) == 0
        assert [row.user_id for row in shared.world.log()] == ["u-driver07"]
        first.open()


def test_without_his_sign_in_his_records_wait_and_only_their_number_is_said(
    tmp_path: Path,
) -> None:
    with shared_laptop(tmp_path) as shared:
        first = shared.sign_in("driver07")
        first.record()
        first.record()
        sign_out_locally(first.wp)
        second = shared.sign_in("driver08", here=first.wp)
        first.close()
        assert shared.drain(second.folder) == 2
        assert people.others_waiting(second.folder) == 2
        assert people.others_waiting(first.folder) == 0, "they are his own there"
        assert shared.world.log() == []
        first.open()


def sign_out_locally(wp: object) -> None:
    """Nobody answers where the session came from: the laptop forgets all the same."""
    from cvd_desktop.services.workplace import Workplace

    assert isinstance(wp, Workplace)
    with wp.database.write() as connection:
        meta.delete_many(connection, meta.SESSION, meta.ACCESS)
    assert current_session(wp) is None
    sign_out(wp)


def test_a_new_person_without_a_key_store_chooses_a_passphrase(tmp_path: Path) -> None:
    with shared_laptop(tmp_path, key_store=False) as shared:
        first = shared.sign_in("driver07", passphrase="one of mine")
        with pytest.raises(Problem) as caught:
            shared.sign_in_only("driver08", here=first.wp)
        assert caught.value.code == "no_key"
        second = shared.sign_in("driver08", here=first.wp, passphrase="another")
        assert second.folder != first.folder
        with pytest.raises(Problem) as caught:
            shared.open(second.folder, passphrase="one of mine")
        assert caught.value.code == "wrong_key"


def test_a_lost_or_damaged_index_hides_nobody(tmp_path: Path) -> None:
    with shared_laptop(tmp_path) as shared:
        first = shared.sign_in("driver07")
        second = shared.sign_in("driver08", here=first.wp)
        second.record(machine_id="m3")
        (shared.folder / people.FILE).write_text("{ damaged")
        assert len(people.load_people(shared.folder).all) == 2
        assert shared.sign_in_only("driver08", here=first.wp).folder == second.folder
        (shared.folder / people.FILE).unlink()
        assert shared.sign_in_only("driver07").folder == first.folder
        assert sorted(shared.names()) == ["", "driver07"]


def test_people_are_named_by_name_login_or_id(tmp_path: Path) -> None:
    with shared_laptop(tmp_path) as shared:
        first = shared.sign_in("driver07")
        second = shared.sign_in("driver08", here=first.wp)
        assert people.folder_named(shared.folder, " DRIVER08 ") == second.folder
        assert people.folder_named(shared.folder, "first") == first.folder
        with pytest.raises(Problem) as caught:
            people.folder_named(shared.folder, "driver09")
        assert caught.value.code == "person_unknown"
