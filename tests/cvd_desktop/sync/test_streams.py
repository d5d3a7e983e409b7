"""Files and servers that go back in time: nothing lost, nothing swallowed, nothing twice."""

import copy
import shutil
from pathlib import Path

import httpx

from cvd_desktop.storage import outbox_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_server import tables
from cvd_server.people import set_routes
from tests.support.faulty_transport import FAULTS, FaultyTransport
from tests.support.sync_world import Laptop, sync_world


def _incarnation(laptop: Laptop) -> str | None:
    return laptop.meta(meta.INCARNATION)


def test_a_file_restored_from_a_copy_loses_nothing_that_it_holds(tmp_path: Path) -> None:
    """Its numbers were used for other events meanwhile: a server that looks at numbers only
    would call the new ones known and drop them."""
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        laptop.record()
        world.settled(laptop)
        laptop.record()
        copy = laptop.copy("image")
        for _ in range(3):
            laptop.record()
        world.settled(laptop)
        old = _incarnation(laptop)

        laptop.restore(copy)
        laptop.told = {e.op_id: "" for e in laptop.events()}
        for _ in range(2):
            laptop.record()
        report = world.settled(laptop)
        assert report.pushed == 3
        assert _incarnation(laptop) != old
        assert len(world.log()) == 5 + 2


def test_a_restored_file_with_as_many_events_is_told_apart_too(tmp_path: Path) -> None:
    """The numbers agree, the events do not: the server sees the fork."""
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        copy = laptop.copy("image")
        for _ in range(2):
            laptop.record()
        world.settled(laptop)
        laptop.restore(copy)
        laptop.told.clear()
        laptop.sync()  # the copy was made before the first sync; it knows no epoch
        for _ in range(2):
            laptop.record()
        world.settled(laptop)
        assert len(world.log()) == 4


def test_two_laptops_from_one_disk_image_both_bring_everything(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        first = world.laptop
        first.record()
        world.settled(first)
        image = first.copy("image")
        (tmp_path / "clone").mkdir()
        shutil.copyfile(image, tmp_path / "clone" / "cvd.db")
        clone = world.add_laptop("clone", key_store=first.key_store)
        for number in range(6):
            for laptop in (first, clone):
                laptop.record()
                if number % 2:
                    world.settled(laptop)
        for laptop in (first, clone):
            world.settled(laptop)
        assert len(world.log()) == 13
        assert world.problems() == []


def test_a_server_restored_from_a_backup_gets_back_what_it_forgot(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        laptop.record()
        world.settled(laptop)
        backup = world.copy_server()
        forgotten = [laptop.record() for _ in range(3)]
        world.settled(laptop)
        refused = laptop.record(machine_id="m3")
        laptop.sync()
        waiting = laptop.record()

        world.restore_server(backup)
        assert len(world.log()) == 1
        report = laptop.sync()
        assert (report.problem, report.waiting, report.digest) == (None, 0, "ok")
        assert report.pushed == 5
        assert {row.op_id for row in world.log()} >= {*forgotten, refused, waiting}
        assert len(world.log()) == 6
        order = [row.op_id for row in sorted(world.log(), key=lambda row: row.seq)]
        assert order[-5:] == [*forgotten, refused, waiting]
        world.settled(laptop)
        assert list((laptop.folder / "backups").glob("*")), "a copy was made before"


def test_the_program_dies_during_the_return_to_a_restored_server(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        backup = world.copy_server()
        for _ in range(3):
            laptop.record()
        world.settled(laptop)
        world.restore_server(backup)
        for faults in (["lose_answer"], ["none", "lose_answer"], ["none"] * 2 + ["lose_answer"]):
            laptop.sync(faults)
            laptop.close()
            laptop.open()
            world.assert_sound(laptop)
        world.settled(laptop)
        assert len(world.log()) == 3


def test_a_server_from_before_this_laptop_was_registered_gets_to_know_it(tmp_path: Path) -> None:
    """The session is unknown too then: the password is asked for, nothing else is lost."""
    with sync_world(tmp_path, sign_in=False) as world:
        laptop = world.laptop
        backup = world.copy_server()
        laptop.sign_in()
        laptop.record()
        world.settled(laptop)
        world.restore_server(backup)
        report = laptop.sync()
        assert (report.problem, report.pushed) == ("sign_in_needed", 0)
        world.assert_sound(laptop)
        laptop.sign_in()
        world.settled(laptop)
        assert len(world.log()) == 1


def test_a_server_that_lost_the_stream_without_saying_so_gets_it_again(tmp_path: Path) -> None:
    """Restored by hand, without a new epoch: the gap is seen all the same."""
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        for _ in range(3):
            laptop.record()
        world.settled(laptop)
        with world.server.database.write() as connection:
            for table in (tables.op_log, tables.device_stream):
                connection.execute(table.delete())
        laptop.record()
        report = laptop.sync()
        assert (report.problem, report.waiting) == (None, 0)
        assert len(world.log()) == 4


def test_all_events_keep_their_bytes_through_every_renumbering(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        for _ in range(4):
            laptop.record()
        before = [(e.op_id, e.body) for e in laptop.events()]
        for _ in range(3):
            world.restore_server(world.copy_server())
            world.settled(laptop)
        assert [(e.op_id, e.body) for e in laptop.events()] == before
        assert len(world.log()) == 4


def test_a_verdict_that_changed_meanwhile_is_told(tmp_path: Path) -> None:
    """The server went back and the route was granted; then the laptop went back too."""
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        backup = world.copy_server()
        laptop.record(machine_id="m3")
        assert laptop.sync().newly_refused == 1
        copy = laptop.copy("image")
        world.restore_server(backup)
        with world.office() as feed:
            set_routes(feed, "u-driver07", ["r1", "r2"])
        assert laptop.sync().refused == 0
        laptop.restore(copy)
        assert [each.outcome for each in laptop.events()] == ["quarantined"]
        report = world.settled(laptop)
        assert (report.pushed, report.refused) == (1, 0)
        assert len(world.log()) == 1


def test_a_laptop_that_gets_another_name_shows_and_sends_nothing_twice(tmp_path: Path) -> None:
    """Its key is lost; what it sent under the old name is on the server and not yet pulled."""
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        laptop.record()
        world.settled(laptop)
        laptop.record()
        assert laptop.sync(["none", "none", "lose_request"]).waiting == 0
        laptop.key_store.values = {
            name: value for name, value in laptop.key_store.values.items() if "device-" not in name
        }
        before = laptop.meta(meta.DEVICE)
        laptop.sign_in()
        assert laptop.meta(meta.DEVICE) != before
        world.settled(laptop)
        with laptop.wp.database.read() as connection:
            assert outbox_store.pending(connection) == []
        laptop.record()
        world.settled(laptop)
        assert len(world.log()) == 3


def test_what_a_twin_sent_hides_nothing_of_ours(tmp_path: Path) -> None:
    """The same numbers are on the server already, but of other events, and ours cannot be sent."""
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        laptop.record()
        world.settled(laptop)
        twin = world.add_laptop("twin", key_store=copy.deepcopy(laptop.key_store))
        twin.restore(laptop.copy("image"))
        twin.record()
        assert twin.sync().problem is None
        op_id = laptop.record()

        def push_fails(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
            is_push = request.url.path.endswith("/sync/push")
            return FAULTS["broken" if is_push else "none"](line, request)

        laptop.line.otherwise = push_fails
        assert laptop.sync().waiting == 1
        with laptop.wp.database.read() as connection:
            assert [event.op_id for event in outbox_store.pending(connection)] == [op_id]
        laptop.line.otherwise = FAULTS["none"]
        world.settled(laptop)
        assert len(world.log()) == 3
