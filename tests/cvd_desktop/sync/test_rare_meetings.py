"""Two rare things at once: an upgrade and a sync, a restore and a snapshot, a rescue and a file."""

from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from cvd_desktop.services.bundles import export_bundle, import_receipt
from cvd_desktop.services.outbox import list_outbox, sync_status
from cvd_desktop.services.server_line import access_of
from cvd_desktop.services.wipe import begin_wipe_when_drained
from cvd_desktop.storage import migrate, outbox_store, pull_stage
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.sync import snapshot_run
from cvd_desktop.sync.operator_keys import fetch_operator_keys
from cvd_server import tables
from cvd_server.bundle_intake import take_bundle
from cvd_server.replay import replay
from cvd_server.snapshots import make_snapshots
from cvd_shared.ids import IdMaker
from tests.support.attachment_laptop import on_server, take_photo
from tests.support.attachment_sender import picture
from tests.support.big_catalogue import put_products
from tests.support.faulty_transport import FAULTS, Fault, FaultyTransport
from tests.support.shared_laptop import PersonsFolder, shared_laptop
from tests.support.small_operator import SmallOperator
from tests.support.sync_world import Laptop, World, sync_world

WAITING = 60


def only(path: str, fault: str | Fault) -> Fault:
    """Requests to this address meet the fault, all others arrive."""

    def answer(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
        chosen = fault if path in request.url.path else "none"
        return (FAULTS[chosen] if isinstance(chosen, str) else chosen)(line, request)

    return answer


def pending(laptop: Laptop) -> list[str]:
    with laptop.wp.database.read() as connection:
        return [event.op_id for event in outbox_store.pending(connection)]


def bodies(laptop: Laptop) -> list[bytes]:
    with laptop.wp.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT body FROM outbox ORDER BY lseq").all()
    return [bytes(row.body) for row in rows]


def test_a_program_is_replaced_in_the_middle_of_a_sync(tmp_path: Path) -> None:
    """The file of the version before, with an answer that was lost and pages that wait."""
    with sync_world(tmp_path, narrow={"ops": 20, "rows": 3}) as world:
        laptop = world.laptop
        with laptop.wp.database.outside_transaction() as connection:
            migrate.downgrade(connection, "0004")
            migrate.upgrade(connection)  # as it was made by that version
        for number in range(WAITING):
            laptop.record(group=None if number % 4 else f"visit-{number}")
        assert laptop.sync(["none", "none", "lose_answer"]).waiting == WAITING - 20
        kept = bodies(laptop)
        with laptop.wp.database.outside_transaction() as connection:
            migrate.downgrade(connection, "0004")
        laptop.close()
        laptop.open()
        assert bodies(laptop) == kept
        world.settled(laptop)
        assert len(world.log()) == WAITING
        assert bodies(laptop) == kept


def test_a_server_is_restored_while_a_snapshot_arrives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot_run, "SNAPSHOT_CHUNK_BYTES", 400)
    with sync_world(tmp_path) as world:
        laptop, server = world.laptop, world.server
        copy = world.copy_server()
        put_products(server, SmallOperator("op", ""), range(60))
        assert make_snapshots(server.database, server.services.store, "-", least_rows=60) == 1
        laptop.record()
        laptop.line.otherwise = only("/snapshots/", restoring_at(world, copy, piece=3))
        assert laptop.sync().problem is None
        laptop.line.otherwise = FAULTS["none"]
        world.settled(laptop)
        assert len(world.log()) == 1
        assert not any(row_id.startswith("q") for _, row_id in laptop.records())
        with laptop.wp.database.read() as connection:
            assert pull_stage.position(connection).staged == 0


def restoring_at(world: World, copy: Path, piece: int) -> Fault:
    met = 0

    def answer(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
        nonlocal met
        met += 1
        if met == piece:
            world.restore_server(copy)
        return line.pass_on(request)

    return answer


def test_rescued_taken_away_and_pushed_counts_once(tmp_path: Path) -> None:
    """Of a group of three: two are rescued, the file has the third, the push has it too."""
    with sync_world(tmp_path) as world:
        laptop, server = world.laptop, world.server
        group = [laptop.record(group="visit") for _ in range(3)]
        laptop.line.otherwise = only("/push", "broken")
        for _ in range(4):
            laptop.sync()
            laptop.clock.forward(minutes=2)
        rescues = iter(["none", "none", *["lose_request"] * 9])

        def two_arrive(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("/push"):
                return FAULTS["broken"](line, request)
            if request.url.path.endswith("/rescue"):
                return FAULTS[next(rescues)](line, request)
            return line.pass_on(request)

        laptop.line.otherwise = two_arrive
        assert laptop.sync().waiting == 1
        laptop.line.otherwise = FAULTS["none"]
        with laptop.api() as api:
            fetch_operator_keys(laptop.wp.database, api, access_of(laptop.wp, api))
        made = export_bundle(laptop.wp, tmp_path)
        taken = take_bundle(server.services, made.path.read_bytes(), None)
        later = laptop.record()
        laptop.sync()
        receipt = made.path.with_suffix(".cvdreceipt")
        receipt.write_bytes(taken.receipt)
        import_receipt(laptop.wp, receipt)
        replay(server.database, server.clock, IdMaker(server.clock), store=server.services.store)
        world.settled(laptop)
        assert {row.op_id: row.outcome for row in world.log()} == dict.fromkeys(
            [*group, later], "applied"
        )
        assert pending(laptop) == []


def test_another_person_signs_in_while_the_first_ones_work_is_sent(tmp_path: Path) -> None:
    with shared_laptop(tmp_path) as shared:
        first = shared.sign_in("driver07")
        first.record()
        second: list[PersonsFolder] = []

        def switches(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
            answer = line.pass_on(request)
            if not second:
                second.append(shared.sign_in("driver08", here=first.wp))
                second[0].record(machine_id="m3")
                assert second[0].run().problem is None
            return answer

        first.line.otherwise = only("/push", switches)
        assert first.run().problem is None
        first.line.otherwise = FAULTS["none"]
        assert second[0].run().waiting == 0
        told = {row.op_id: (row.user_id, row.outcome) for row in shared.world.log()}
        assert told == {
            next(iter(first.told)): ("u-driver07", "applied"),
            next(iter(second[0].told)): ("u-driver08", "applied"),
        }
        assert not first.told.keys() & {event.op_id for event in second[0].events()}
        assert not {"m3"} & {row_id for _, row_id in first.records()}
        assert not {"m1"} & {row_id for _, row_id in second[0].records()}


@pytest.mark.parametrize("refused", ["/sync/blobs/missing", "/v1/blobs"])
def test_a_photo_that_never_arrives_is_told_at_its_record(tmp_path: Path, refused: str) -> None:
    """Also where the server cannot even be asked what it needs."""
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        laptop.record()
        world.settled(laptop)
        take_photo(laptop, picture(5000, seed=3))
        laptop.line.otherwise = only(refused, "broken")
        for _ in range(3):
            assert laptop.sync().waiting == 0
            laptop.clock.forward(days=1)
            world.server.clock.move(days=1)
        assert laptop.meta(meta.ATTACHMENT_PROBLEM) == "server_error"
        told = [entry.files_waiting for entry in list_outbox(laptop.wp)]
        assert told[0] >= 1
        assert sync_status(laptop.wp).attachments_waiting == sum(told)
        laptop.line.otherwise = FAULTS["none"]
        laptop.sync()
        assert [entry.files_waiting for entry in list_outbox(laptop.wp)] == [0, 0]


def test_what_a_rescued_event_names_arrives_before_anything_is_wiped(tmp_path: Path) -> None:
    """The server keeps the event unread: until it is played, the laptop may have the only copy."""
    with sync_world(tmp_path) as world:
        laptop, server = world.laptop, world.server
        op_id = laptop.record()
        laptop.line.otherwise = only("/push", "broken")
        for _ in range(6):
            laptop.sync()
            laptop.clock.forward(minutes=2)
        assert [event.code for event in laptop.events()] == ["rescued"]
        (name,) = laptop.events()[0].body["blobs"]
        assert on_server(world, name) is not None
        assert begin_wipe_when_drained(laptop.wp)
        assert replay(
            server.database, server.clock, IdMaker(server.clock), store=server.services.store
        ).applied
        with server.database.read() as connection:
            column = tables.read.c.number_of_paid_vends_since_init
            assert connection.scalars(select(column)).one() is not None
        assert world.log()[0].op_id == op_id
