"""What a person relies on when sending: in order, once, in pieces that fit, nothing in the way."""

import gzip
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from cvd_desktop.services.outbox import list_outbox, sync_status
from cvd_desktop.storage import sync_meta_store as meta
from cvd_shared.wire import INLINE_BLOB_BYTES
from tests.support.faulty_transport import FAULTS, Fault, FaultyTransport, refusing
from tests.support.sync_world import Laptop, sync_world


def _pushed(laptop: Laptop) -> list[dict[str, Any]]:
    """Lets every push pass and notes its document."""
    sent: list[dict[str, Any]] = []

    def note(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/push"):
            sent.append(document_of(request))
        return line.pass_on(request)

    laptop.line.otherwise = note
    return sent


def document_of(request: httpx.Request) -> dict[str, Any]:
    body = request.content
    if request.headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    found: dict[str, Any] = json.loads(body)
    return found


def _poison(op_id: str, answer: Fault, *paths: str) -> Fault:
    """The server fails whenever this event comes, to one of these paths."""

    def handle(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith(paths) and op_id in json.dumps(document_of(request)):
            return answer(line, request)
        return line.pass_on(request)

    return handle


def test_groups_are_never_torn_apart_and_the_order_is_the_persons(tmp_path: Path) -> None:
    with sync_world(tmp_path, narrow={"ops": 4}) as world:
        laptop = world.laptop
        groups = [None, "a", "a", "a", "b", "b", "b", None, "c", "c", "c", "c", "c", "c", None]
        for group in groups:
            laptop.record(group=group)
        sent = _pushed(laptop)
        world.settled(laptop)
        shape = [[op.get("grp") for op in each["ops"]] for each in sent]
        assert shape == [[None, "a", "a", "a"], ["b", "b", "b", None], ["c"] * 6, [None]]
        order = [op["op_id"] for each in sent for op in each["ops"]]
        assert order == [event.op_id for event in laptop.events()]
        assert [op["seq"] for each in sent for op in each["ops"]] == list(range(1, 16))
        previous = [op.get("prev") for each in sent for op in each["ops"]]
        assert previous == [None, *order[:-1]]


def test_a_push_stays_below_its_bytes_with_the_raw_reports_counted(tmp_path: Path) -> None:
    with sync_world(tmp_path, narrow={"bytes": 3000}) as world:
        for _ in range(12):
            world.laptop.record()
        sent = _pushed(world.laptop)
        world.settled(world.laptop)
        assert len(sent) > 3
        sizes = [len(json.dumps([each["ops"], _bytes_along(each)])) for each in sent]
        assert max(sizes) <= 3100  # with the blanks that json.dumps puts in
        assert all(set(_bytes_along(each)) == _named(each) for each in sent)


def _bytes_along(document: dict[str, Any]) -> dict[str, str]:
    return {**document["inline_blobs"], **document["inline_texts"]}


def _named(document: dict[str, Any]) -> set[str]:
    return {name for op in document["ops"] for name in op["blobs"]}


def test_a_report_too_large_to_travel_along_does_not_hold_its_event_back(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        world.laptop.record(raw=b"X" * (INLINE_BLOB_BYTES + 1))
        world.laptop.record()
        sent = _pushed(world.laptop)
        world.settled(world.laptop)
        assert len(_bytes_along(sent[0])) == 1


@pytest.mark.parametrize(
    "answer", [FAULTS["broken"], refusing(422, "malformed"), refusing(413, "too_large", max=9)]
)
def test_one_event_that_the_server_cannot_take_is_found_and_named(
    tmp_path: Path, answer: Fault
) -> None:
    """What came before it goes through in the same run; where it cannot be rescued either, it is
    called stuck after five minutes."""
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        ids = [laptop.record() for _ in range(20)]
        laptop.line.otherwise = _poison(ids[12], answer, "/push", "/rescue")
        report = laptop.sync()
        assert report.problem in ("server_error", "malformed", "too_large")
        assert (report.pushed, report.waiting) == (12, 8)
        assert report.digest == "ok", "the office's records come all the same"
        for _ in range(3):
            laptop.sync()  # within the same minute: not told yet
        assert laptop.sync().problem != "record_stuck"
        for _ in range(4):
            laptop.clock.forward(minutes=2)
            report = laptop.sync()
        assert report.problem == "record_stuck"
        assert sync_status(laptop.wp).problem == "record_stuck"
        stuck = next(each for each in list_outbox(laptop.wp) if each.op_id == ids[12])
        assert stuck.attempts >= 5
        world.assert_sound(laptop)

        laptop.line.otherwise = FAULTS["none"]
        world.settled(laptop)
        assert laptop.meta(meta.STUCK) is None


def test_after_a_time_out_less_is_sent_and_then_more_again(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        for _ in range(40):
            laptop.record()
        laptop.sync(["none", "lose_request"])
        laptop.sync(["none", "lose_request"])
        sent = _pushed(laptop)
        world.settled(laptop)
        assert [len(each["ops"]) for each in sent] == [10, 20, 10]


def test_a_lost_answer_is_asked_for_again_and_nothing_is_done_twice(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        for _ in range(5):
            laptop.record()
        report = laptop.sync(["none", "lose_answer"])
        assert (report.problem, report.pushed, report.waiting) == ("offline", 0, 5)
        assert len(world.log()) == 5, "it had arrived"
        assert world.settled(laptop).pushed == 5
        assert len(world.log()) == 5


def test_a_push_that_arrives_again_much_later_changes_nothing(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        laptop.record()
        laptop.sync(["none", "hold_back"])
        laptop.record()
        world.settled(laptop)
        before = world.log()
        laptop.line.deliver_late()
        assert world.log() == before
        world.settled(laptop)


def test_what_the_server_refuses_stays_here_with_its_reason(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        laptop.record(machine_id="m3")  # on somebody else's route
        laptop.record(machine_id="m1")
        report = laptop.sync()
        assert (report.problem, report.pushed) == (None, 2)
        assert (report.waiting, report.refused, report.newly_refused) == (0, 1, 1)
        refused = [each for each in list_outbox(laptop.wp) if each.state == "refused"]
        assert [(each.outcome, each.code) for each in refused] == [("quarantined", "out_of_scope")]
        assert laptop.sync().newly_refused == 0
        assert sync_status(laptop.wp).refused == 1


def test_the_server_says_when_to_come_back(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        laptop.record()
        assert laptop.sync(["none", "busy"]).problem == "server_busy"
        status = sync_status(laptop.wp)
        assert status.next_try_at is not None
        assert (status.next_try_at - laptop.clock()).total_seconds() == 7
        world.settled(laptop)
        assert sync_status(laptop.wp).next_try_at is None


def test_who_may_not_send_can_still_fetch(tmp_path: Path) -> None:
    with sync_world(tmp_path, sign_in=False) as world:
        laptop = world.laptop
        laptop.record()
        laptop.sign_in("viewer")
        report = laptop.sync()
        assert (report.problem, report.waiting, report.digest) == ("not_allowed", 1, "ok")
        world.assert_converged(laptop)


def test_what_was_recorded_before_the_first_sign_in_is_adopted(tmp_path: Path) -> None:
    with sync_world(tmp_path, sign_in=False) as world:
        world.laptop.record()
        world.laptop.sign_in("technician")
        world.settled(world.laptop)
        assert [row.user_id for row in world.log()] == ["u-technician"]
        assert [row.outcome for row in world.log()] == ["applied"]


def test_stopping_keeps_everything_and_counts_as_no_failure(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        world.laptop.record()
        report = world.laptop.sync(should_stop=lambda: True)
        assert (report.problem, report.waiting) == ("stopped", 1)
        assert world.laptop.meta(meta.FAILURES) is None
        world.settled(world.laptop)
