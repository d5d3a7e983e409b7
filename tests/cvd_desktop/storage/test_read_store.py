"""Reads on disk: block by block, then whole or partial, then settled with their event."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cvd_desktop.domain.records import RecordState
from cvd_desktop.storage import read_store
from cvd_desktop.storage.database import Database
from cvd_desktop.storage.read_store import LinkOutcome, ReadStart, Settlement
from cvd_shared.read_verdict import Actor, Answer, ReadVerdict, State
from tests.support.local_database import ManualClock, new_database

WELL = LinkOutcome(7.5, 1, None, None, {"revision": "R01L01"}, link="dexucs")
VERDICT = ReadVerdict(
    Answer(State.OK, "answered"),
    Answer(State.OK, "whole"),
    Answer(State.WARNING, "absent", Actor.OFFICE, {"declared": 3}),
    Answer(State.UNKNOWN, "no_planogram"),
    Answer(State.FAILED, "other", Actor.TECHNICIAN),
)
CLOCK = ManualClock()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = new_database(tmp_path, CLOCK)
    yield database
    database.close()


def _open(database: Database, name: str, *, days: int = 0, machine: str | None = None) -> None:
    start = ReadStart(
        name, CLOCK() + timedelta(days=days), "/dev/x", "dexucs", "look", machine, "A7"
    )
    with database.write() as connection:
        read_store.open_read(connection, start)


def _block(database: Database, name: str, number: int, data: bytes, *, last: bool = False) -> None:
    with database.write() as connection:
        trace = ((number * 1.0, "M", data), (number + 0.5, "R", b"\x101"))
        read_store.append_block(connection, name, number, data, trace, last=last)


def _finish(database: Database, name: str, outcome: LinkOutcome = WELL) -> str | None:
    with database.write() as connection:
        return read_store.finish_read(connection, name, outcome, ((9.0, "M", b"\x04"),))


def _whole(database: Database, name: str, *, days: int = 0, machine: str | None = None) -> None:
    _open(database, name, days=days, machine=machine)
    _block(database, name, 0, name.encode(), last=True)
    assert _finish(database, name) == "whole"


def test_blocks_become_the_raw_bytes_and_one_trace(database: Database) -> None:
    _open(database, "r1")
    _block(database, "r1", 0, b"DXS*")
    _block(database, "r1", 1, b"\xff\x00", last=True)
    with database.read() as connection:
        assert read_store.summaries(connection, limit=10) == [], "not listed while it runs"
        assert read_store.block_trace_end(connection, "r1") == 1.5
    assert _finish(database, "r1") == "whole"
    with database.read() as connection:
        stored = read_store.find_read(connection, "r1")
        assert read_store.raw_of(connection, "r1") == b"DXS*\xff\x00"
        assert connection.exec_driver_sql("SELECT count(*) FROM read_block").scalar() == 0
    assert stored is not None
    assert stored.complete
    assert (stored.blocks, stored.outcome) == (2, WELL)
    assert stored.trace == (
        (0.0, "M", b"DXS*"),
        (0.5, "R", b"\x101"),
        (1.0, "M", b"\xff\x00"),
        (1.5, "R", b"\x101"),
        (9.0, "M", b"\x04"),
    )


def test_without_its_last_block_a_read_is_partial_and_kept(database: Database) -> None:
    _open(database, "r1")
    _block(database, "r1", 0, b"DXS*")
    failed = LinkOutcome(2.0, 3, "broken_off", "cable", {"why": "silence"}, link="dexucs")
    assert _finish(database, "r1", failed) == "partial"
    with database.read() as connection:
        (summary,) = read_store.summaries(connection, limit=None)
        stored = read_store.find_read(connection, "r1")
    assert not summary.complete
    assert summary.size == 4
    assert set(summary.verdict.values()) == {"unknown"}
    assert stored is not None
    assert stored.outcome == failed


def test_read_without_a_byte_is_forgotten(database: Database) -> None:
    _open(database, "r1")
    assert _finish(database, "r1") is None
    with database.read() as connection:
        assert read_store.find_read(connection, "r1") is None


def test_finishing_twice_changes_nothing(database: Database) -> None:
    _whole(database, "r1")
    assert _finish(database, "r1", LinkOutcome(99.0, 9, "x", "y", {})) == "whole"
    with database.read() as connection:
        stored = read_store.find_read(connection, "r1")
    assert stored is not None
    assert stored.outcome == WELL


def test_settled_read_says_what_its_event_became(database: Database) -> None:
    _whole(database, "r1")
    with database.write() as connection:
        assert read_store.unsettled_ids(connection) == ["r1"]
        connection.exec_driver_sql(
            "INSERT INTO outbox (op_id, incarnation, seq, type, body, body_sha, created_at)"
            " VALUES ('o1', 'i1', 1, 'read.recorded', x'00', x'01', 't')"
        )
        settlement = Settlement("m1", "A8", VERDICT, content_sha256="c1")
        read_store.settle_read(connection, "r1", settlement, op_id="o1")
        assert read_store.ids_by_content(connection, ["c1", "c2"]) == {"c1": "r1"}
        assert read_store.unsettled_ids(connection) == []

    def state() -> RecordState:
        with database.read() as connection:
            summary = read_store.summary_of(connection, "r1")
            stored = read_store.find_read(connection, "r1")
        assert summary is not None
        assert stored is not None
        assert stored.verdict == VERDICT
        assert (summary.machine_asset, summary.machine_id) == ("A8", "m1")
        return summary.state

    assert state() is RecordState.RECORDED_HERE
    for outcome, expected in (
        ("applied", RecordState.ON_THE_SERVER),
        ("duplicate", RecordState.ON_THE_SERVER),
        ("rejected", RecordState.REFUSED),
        ("quarantined", RecordState.REFUSED),
    ):
        with database.write() as connection:
            connection.exec_driver_sql("UPDATE outbox SET acked = 1, outcome = ?", (outcome,))
        assert state() is expected
    with database.write() as connection:
        connection.exec_driver_sql("DELETE FROM outbox")
    assert state() is RecordState.ON_THE_SERVER, "only accepted events are ever cleared out"


def test_list_is_newest_first_and_by_machine(database: Database) -> None:
    for name, days, machine in (("a", 0, "m1"), ("c", 2, "m2"), ("b", 1, "m1")):
        _whole(database, name, days=days, machine=machine)
    with database.read() as connection:
        every = read_store.summaries(connection, limit=None)
        first = read_store.summaries(connection, limit=1)
        of_machine = read_store.summaries(connection, limit=9, machine_id="m1")
    assert [each.id for each in every] == ["c", "b", "a"]
    assert [each.id for each in first] == ["c"]
    assert [each.id for each in of_machine] == ["b", "a"]


def test_reads_of_a_machine_are_found_newest_first(database: Database) -> None:
    _whole(database, "old", days=0, machine="m1")
    _whole(database, "other", days=2, machine="m2")
    _open(database, "cut", days=3, machine="m1")
    _block(database, "cut", 0, b"DXS")
    assert _finish(database, "cut") == "partial"
    _whole(database, "unknown", days=1)  # by asset number alone
    with database.read() as connection:
        for machine, asset, expected in (
            ("m1", None, ["cut", "old"]),
            ("m1", "A7", ["cut", "unknown", "old"]),
            (None, "A7", ["unknown"]),
            ("m3", "B1", []),
            (None, None, []),
        ):
            found = read_store.reads_of_machine(
                connection,
                machine_id=machine,
                asset_number=asset,
                until=CLOCK() + timedelta(days=9),
                limit=9,
            )
            assert [read_id for read_id, _, _ in found] == expected
            newest = read_store.reads_of_machine(
                connection, machine_id=machine, asset_number=asset, until=None, limit=1
            )
            assert [read_id for read_id, _, _ in newest] == expected[:1]
        until = read_store.reads_of_machine(
            connection, machine_id="m1", asset_number="A7", until=CLOCK(), limit=9
        )
        assert [(read_id, purpose) for read_id, _, purpose in until] == [("old", "look")]
        assert read_store.blocks_last_time(connection, machine_id="m1", asset_number=None) == 1
        assert read_store.blocks_last_time(connection, machine_id=None, asset_number="Z") is None
