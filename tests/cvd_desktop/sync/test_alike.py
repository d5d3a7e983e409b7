"""The second time at a machine only the difference travels, and what arrives is whole."""

import json
from pathlib import Path

import httpx
from sqlalchemy import insert

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.storage.tables import read
from cvd_shared.wire import ALIKE, API, TEXTS
from tests.cvd_desktop.sync.test_push import _pushed, document_of
from tests.support.faulty_transport import FaultyTransport, refusing
from tests.support.field_events import raw_report
from tests.support.sync_world import Laptop, sync_world

_PUSH = f"{API}/sync/push"


def _read(laptop: Laptop, sold: int) -> bytes:
    """A read as the service keeps it."""
    raw = raw_report(sold=sold)
    op_id = laptop.record(raw=raw)
    laptop.clock.forward(minutes=1)
    with laptop.wp.database.write() as connection:
        connection.execute(
            insert(read).values(
                id=laptop.told[op_id], state="whole", at=to_wire(laptop.clock()), port="p",
                link="dexucs", purpose="look", machine_id="m1", size=len(raw), op_id=op_id, raw=raw,
            )
        )  # fmt: skip
    return raw


def _visit(laptop: Laptop, filled: int) -> None:
    now, visit_id = to_wire(laptop.clock()), laptop.new_id()
    lines = [
        {"slot": slot, "selection": slot, "before": 3, "filled": filled, "after": 3 + filled}
        for slot in ("A1", "A2", "A3")
    ]
    laptop.append(
        "visit.finished",
        ("visit", visit_id),
        {"visit_id": visit_id, "machine_id": "m1", "arrived_at": now, "finished_at": now,
         "seconds": 1, "lines": lines},
    )  # fmt: skip


def test_the_second_time_only_the_difference_travels(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        sent = _pushed(laptop)
        _read(laptop, 12)
        _visit(laptop, 4)
        world.settled(laptop)
        raw = _read(laptop, 15)
        _visit(laptop, 5)
        world.settled(laptop)
        first, second = sent
        assert first["alike"] == {}
        assert list(first["inline_texts"].values()) == [raw_report(sold=12).decode()]
        assert [each["seq"] for each in second["alike"].values()] == [1, 2]
        assert [op["payload"] for op in second["ops"]] == [{}, {}]
        assert second["inline_texts"] == second["inline_blobs"] == {}
        assert raw.decode() not in json.dumps(second)


def test_a_server_that_has_lost_the_earlier_one_gets_it_in_full(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        _read(laptop, 12)
        world.settled(laptop)
        _read(laptop, 15)
        sent = []

        def lost(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
            if request.url.path != _PUSH:
                return line.pass_on(request)
            sent.append(document_of(request))
            whole = not sent[-1].get("alike")
            return line.pass_on(request) if whole else refusing(409, "base_unknown")(line, request)

        laptop.line.otherwise = lost
        world.settled(laptop)
        assert [bool(each.get("alike")) for each in sent] == [True, False]


def test_an_older_server_gets_what_it_understands(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        laptop, sent = world.laptop, []

        def older(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
            if request.url.path == _PUSH:
                sent.append(document_of(request))
            answer = line.pass_on(request)
            if not request.url.path.endswith("/hello"):
                return answer
            document = json.loads(answer.read())
            features = set(document["data"]["features"]) - {ALIKE, TEXTS}
            document["data"]["features"] = sorted(features)
            about = ("content-encoding", "content-length")
            headers = {name: v for name, v in answer.headers.items() if name not in about}
            body = json.dumps(document).encode()
            return httpx.Response(
                answer.status_code, headers=headers, stream=httpx.ByteStream(body)
            )

        laptop.line.otherwise = older
        for sold in (12, 15):
            _read(laptop, sold)
            world.settled(laptop)
        for document in sent:
            assert document.keys().isdisjoint({"alike", "inline_texts"})
            assert len(document["inline_blobs"]) == 1


def test_a_new_stream_begins_in_full(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        sent = _pushed(laptop)
        copy = world.copy_server()
        _read(laptop, 12)
        world.settled(laptop)
        world.restore_server(copy)
        _read(laptop, 15)
        world.settled(laptop)
        assert sent[-1]["alike"] == {}


def test_nothing_is_asked_about_files_that_came_along(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        _read(world.laptop, 12)
        world.settled(world.laptop)
        with world.laptop.wp.database.read() as connection:
            states = connection.exec_driver_sql("SELECT state FROM attachment").scalars().all()
        assert states == ["stored"]
