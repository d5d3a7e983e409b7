"""Nothing stands in the way for ever: what no push can bring is rescued, seen, and played again."""

import gzip
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from cvd_desktop.domain.problem import Problem
from cvd_desktop.domain.projection_parts import PendingEvent
from cvd_desktop.services.outbox import list_outbox
from cvd_desktop.storage import outbox_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.sync import rescue_run
from cvd_server import tables
from cvd_server.replay import replay
from cvd_shared.ids import IdMaker
from cvd_shared.wire import BATCH_BYTES, HelloAnswer, HelloRequest
from cvd_shared.wire_events import EVENTS
from cvd_shared.wire_records import MachineRecord
from cvd_shared.wire_repair import RESCUE_BYTES
from tests.support.faulty_transport import FAULTS, Fault, FaultyTransport, refusing
from tests.support.sync_world import Laptop, NarrowApi, World, sync_world

TOLD = ["server_error", "malformed", "too_large"]


def document_of(request: httpx.Request) -> dict[str, Any]:
    body = request.content
    if request.headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    found: dict[str, Any] = json.loads(body)
    return found


def poison(op_id: str, answer: Fault) -> Fault:
    """The server fails whenever this event is in the push."""

    def handle(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
        push = request.url.path.endswith("/push")
        if push and op_id in {op["op_id"] for op in document_of(request)["ops"]}:
            return answer(line, request)
        return line.pass_on(request)

    return handle


def only_bad(path: str, answer: Fault) -> Fault:
    def handle(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
        bad = request.url.path.endswith(path)
        return answer(line, request) if bad else line.pass_on(request)

    return handle


def outcomes(laptop: Laptop) -> list[tuple[str | None, str | None]]:
    return [(event.outcome, event.code) for event in laptop.events()]


def play_again(world: World) -> int:
    server = world.server
    return replay(server.database, server.clock, IdMaker(server.clock)).applied


def refusals(laptop: Laptop) -> dict[str, str]:
    """State by op_id, of the records that were pulled."""
    records = laptop.records().items()
    return {row_id: record["state"] for (kind, row_id), record in records if kind == "refusal"}


def in_view(laptop: Laptop, op_id: str) -> int:
    """How often the effect of an event is seen: by its record, and by the pending event."""
    record = ("read", laptop.told[op_id]) in laptop.records()
    with laptop.wp.database.read() as connection:
        pending: list[PendingEvent] = outbox_store.pending(connection)
    return int(record) + sum(event.op_id == op_id for event in pending)


@pytest.mark.parametrize(
    "answer", [FAULTS["broken"], refusing(422, "malformed"), refusing(413, "too_large", max=9)]
)
def test_one_event_that_always_fails_is_rescued_and_the_others_go_on(
    tmp_path: Path, answer: Fault
) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        ids = [laptop.record() for _ in range(6)]
        laptop.line.otherwise = poison(ids[3], answer)
        for _ in range(4):
            report = laptop.sync()
            assert (report.problem in TOLD, report.waiting) == (True, 3)
            laptop.clock.forward(minutes=2)
        report = laptop.sync()
        assert (report.problem, report.waiting, report.newly_refused) == (None, 0, 1)
        assert outcomes(laptop)[3] == ("quarantined", "rescued")
        assert [outcome for outcome, _ in outcomes(laptop)].count("applied") == 5
        assert laptop.meta(meta.STUCK) is None
        refused = next(each for each in list_outbox(laptop.wp) if each.op_id == ids[3])
        assert refused.state == "refused"
        assert refusals(laptop) == {ids[3]: "open"}
        assert in_view(laptop, ids[3]) == 0

        assert play_again(world) == 1
        world.settled(laptop)
        assert outcomes(laptop)[3] == ("applied", None)
        assert refusals(laptop) == {ids[3]: "applied"}
        assert [in_view(laptop, op_id) for op_id in ids] == [1] * 6


def test_without_rescue_on_the_server_it_is_called_stuck_as_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def old(self: NarrowApi, token: str, request: HelloRequest) -> Any:
        answered = real(self, token, request)
        data: HelloAnswer = answered.data.model_copy(update={"features": ["inline_blobs"]})
        return type(answered)(data, answered.epoch)

    real = NarrowApi.hello
    monkeypatch.setattr(NarrowApi, "hello", old)
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        op_id = laptop.record()
        laptop.line.otherwise = poison(op_id, FAULTS["broken"])
        for _ in range(6):
            report = laptop.sync()
            laptop.clock.forward(minutes=2)
        assert (report.problem, report.waiting) == ("record_stuck", 1)


def test_where_rescue_fails_too_it_is_called_stuck_and_nothing_is_lost(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        laptop.record()
        laptop.line.otherwise = only_bad("/push", FAULTS["broken"])
        for _ in range(4):
            laptop.sync()
            laptop.clock.forward(minutes=2)

        def both(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
            bad = request.url.path.endswith(("/push", "/rescue"))
            return FAULTS["broken"](line, request) if bad else line.pass_on(request)

        laptop.line.otherwise = both
        assert laptop.sync().problem == "record_stuck"
        laptop.line.otherwise = FAULTS["none"]
        world.settled(laptop)


def test_a_lost_answer_to_a_rescue_rescues_once(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        laptop.record()
        laptop.line.otherwise = only_bad("/push", FAULTS["broken"])
        for _ in range(4):
            laptop.sync()
            laptop.clock.forward(minutes=2)
        lost = only_bad("/rescue", FAULTS["lose_answer"])
        broken = laptop.line.otherwise

        def both(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
            return (lost if request.url.path.endswith("/rescue") else broken)(line, request)

        laptop.line.otherwise = both
        assert (laptop.sync().problem, len(world.log())) == ("offline", 1)
        laptop.line.otherwise = FAULTS["none"]
        world.settled(laptop)
        assert len(world.log()) == 1


def load_of(laptop: Laptop, lines: int) -> str:
    load_id = laptop.new_id()
    each = [{"product_id": f"{n:064}", "wanted": n, "loaded": 2**60 + n} for n in range(lines)]
    return laptop.append(
        "load.recorded",
        ("load", load_id),
        {"load_id": load_id, "route_id": "r1", "at": "2026-03-02T07:00:00Z", "lines": each},
    )


@pytest.fixture
def boundless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program of before, or of later, records whatever comes."""
    monkeypatch.setattr(outbox_store, "RESCUE_BYTES", 2**31)
    unread = SimpleNamespace(model_validate=dict)
    monkeypatch.setattr(outbox_store, "EVENTS", EVENTS | {("load.recorded", 1): unread})


@pytest.mark.parametrize("lines", [4900, 10_000, 30_000])
@pytest.mark.usefixtures("boundless")
def test_an_event_of_any_size_is_kept_and_nothing_waits_behind_it(
    tmp_path: Path, lines: int
) -> None:
    """Larger than a push may be: it goes by rescue at once."""
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        large = load_of(laptop, lines)
        size = next(event.size for event in laptop.events() if event.op_id == large)
        assert size > 122 * lines > BATCH_BYTES
        small = laptop.record()
        assert laptop.sync().problem is None
        assert outcomes(laptop) == [("quarantined", "rescued"), ("applied", None)]
        assert refusals(laptop) == {large: "open"}
        assert in_view(laptop, small) == 1
        assert play_again(world) == 0
        laptop.sync()
        record = laptop.records()["refusal", large]
        told = "record_too_large" if lines < 5000 else "payload_invalid"
        assert (record["code"], record["state"]) == (told, "open")


def test_what_no_server_could_take_is_not_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        monkeypatch.setattr(outbox_store, "RESCUE_BYTES", 100_000)
        with pytest.raises(Problem) as refused:
            load_of(laptop, 4900)
        assert refused.value.code == "event_too_large"
        assert laptop.events() == []
        laptop.record()
        world.settled(laptop)


@pytest.mark.usefixtures("boundless")
def test_what_is_larger_than_any_rescue_is_called_stuck_and_kept(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        laptop.record()
        world.settled(laptop)
        large = load_of(laptop, 2 * RESCUE_BYTES // 120)
        for _ in range(6):
            report = laptop.sync()
            laptop.clock.forward(minutes=2)
        assert (report.problem, report.waiting) == ("record_stuck", 1)
        with world.server.database.write() as connection:
            connection.execute(tables.device.update().values(status="revoked"))
        assert laptop.sync().waiting == 1, "no bug, and nothing lost"
        shown = next(each for each in list_outbox(laptop.wp) if each.op_id == large)
        assert (shown.state, shown.attempts > 0) == ("recorded_here", True)


def test_a_group_too_large_for_one_push_is_kept_whole_and_played_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rescue_run, "BATCH_OPS", 3)
    with sync_world(tmp_path, narrow={"ops": 3}) as world:
        laptop = world.laptop
        first = laptop.record()
        group = [laptop.record(group="all") for _ in range(4)]
        last = laptop.record()
        report = laptop.sync()
        assert (report.problem, report.waiting, report.newly_refused) == (None, 0, len(group))
        assert {in_view(laptop, op_id) for op_id in (first, last)} == {1}
        assert {in_view(laptop, op_id) for op_id in group} == {0}
        assert play_again(world) == len(group)
        world.settled(laptop)
        assert {in_view(laptop, op_id) for op_id in group} == {1}


def test_a_group_that_was_rescued_in_part_is_rescued_to_its_end(tmp_path: Path) -> None:
    """A stop, or a dead battery, between two members tears no group apart."""
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        group = [laptop.record(group="one") for _ in range(3)]
        laptop.line.otherwise = only_bad("/push", FAULTS["broken"])
        for _ in range(4):
            laptop.sync()
            laptop.clock.forward(minutes=2)
        rescues = 0

        def dies(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
            nonlocal rescues
            rescues += request.url.path.endswith("/rescue")
            if request.url.path.endswith("/push"):
                return FAULTS["broken"](line, request)
            return FAULTS["lose_request" if rescues == 2 else "none"](line, request)

        laptop.line.otherwise = dies
        assert laptop.sync().waiting == 2
        laptop.line.otherwise = FAULTS["none"]
        laptop.sync()
        assert outcomes(laptop) == [("quarantined", "rescued")] * 3
        assert play_again(world) == 3
        world.settled(laptop)
        assert [in_view(laptop, op_id) for op_id in group] == [1] * 3


@pytest.mark.parametrize("lost", [False, True])
def test_what_is_played_again_is_in_view_exactly_once(tmp_path: Path, lost: bool) -> None:
    """Also when the answer to the push was lost, and the event was played before it is asked."""
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        op_id = laptop.record(machine_id="m9")
        laptop.sync(["none", "lose_answer"] if lost else [])
        assert in_view(laptop, op_id) == (1 if lost else 0)
        with world.office() as feed:
            feed.put([MachineRecord(id="m9", asset_number="9", route_id="r1")])
        assert play_again(world) == 1
        world.settled(laptop)
        assert outcomes(laptop) == [("applied", None)]
        assert in_view(laptop, op_id) == 1
        world.settled(laptop)


def test_an_answer_that_the_pull_has_overtaken_does_not_hide_the_event(tmp_path: Path) -> None:
    """The outbox hears "quarantined" after the records have said "applied"."""
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        op_id = laptop.record(machine_id="m9")
        laptop.sync()
        with world.office() as feed:
            feed.put([MachineRecord(id="m9", asset_number="9", route_id="r1")])
        assert play_again(world) == 1
        laptop.sync()
        with laptop.wp.database.write() as connection:  # as if the late answer came now
            connection.exec_driver_sql(
                "UPDATE outbox SET outcome='quarantined', code='machine_unknown' WHERE op_id = ?",
                (op_id,),
            )
        world.settled(laptop)
        assert (outcomes(laptop), in_view(laptop, op_id)) == ([("applied", None)], 1)


@pytest.mark.parametrize("what", ["device", "person", "person_without_token"])
def test_who_is_shut_out_still_brings_what_he_recorded(tmp_path: Path, what: str) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        laptop.record()
        world.settled(laptop)
        op_id = laptop.record()
        with world.server.database.write() as connection:
            if what == "device":
                connection.execute(tables.device.update().values(status="revoked"))
            else:
                user = tables.user_account
                mine = user.c.id == "u-driver07"
                connection.execute(user.update().where(mine).values(active=False))
        if what == "person_without_token":  # then the device signs
            world.server.clock.move(minutes=60)
            laptop.clock.forward(minutes=60)
        report = laptop.sync()
        assert report.problem == ("device_revoked" if what == "device" else "user_blocked")
        assert (report.waiting, report.refused) == (0, 1)
        assert next(row for row in world.log() if row.op_id == op_id).outcome == "quarantined"
        assert play_again(world) == 0, "the office decides"
        world.assert_sound(laptop)


def test_a_device_that_is_shut_out_before_it_was_ever_greeted_keeps_its_work(
    tmp_path: Path,
) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        op_id = laptop.record()
        with world.server.database.write() as connection:
            connection.execute(tables.device.update().values(status="revoked", policy="lock"))
        report = laptop.sync()
        assert (report.problem, report.waiting) == ("device_revoked", 1)
        assert [event.op_id for event in laptop.events()] == [op_id]
        with world.server.database.write() as connection:
            connection.execute(tables.device.update().values(status="active", policy="normal"))
        world.settled(laptop)
