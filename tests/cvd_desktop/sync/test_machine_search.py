"""Finding a machine as one types, and what is shown of it."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvd_desktop.domain.projection import FOLDS, PendingEvent, project
from cvd_desktop.domain.search_keys import fold, natural_key
from cvd_desktop.services.machines import (
    find_machines,
    machine_by_asset,
    machine_reads,
    planogram_of,
)
from cvd_desktop.services.outbox import list_outbox
from cvd_desktop.services.record_words import REASONS, TITLES, reason_of, title_of
from cvd_desktop.services.words import has_words
from cvd_desktop.storage import pull_stage, pull_store, snapshot_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.database import Database
from cvd_desktop.sync.server_api import TroubleCode
from cvd_shared.digest import digest_of
from cvd_shared.wire import PullAnswer, Row, ScopeState
from cvd_shared.wire_events import EVENTS
from cvd_shared.wire_records import (
    LocationRecord,
    MachineRecord,
    PlanogramRecord,
    ReadRecord,
    Record,
    RouteRecord,
)
from tests.support.field_events import VERDICT
from tests.support.local_database import new_database
from tests.support.sync_world import sync_world

READ = {
    "machine_id": "m1", "at": "2026-03-02T07:30:00.000Z", "purpose": "look", "link": "dexucs",
    "complete": True, "size": 9, "raw_sha256": "0" * 64, "verdict": VERDICT,
}  # fmt: skip


def _fill(folder: Path, records: list[Record]) -> Database:
    """A database that holds these records, as one pull brought them."""
    database = new_database(folder)
    digest = digest_of((each.KIND, each.id, 1) for each in records)
    state = ScopeState(id="org", cursor=1, head=1, n=digest.rows, sum=str(digest.total))
    answer = PullAnswer(
        epoch="e1",
        server_time="-",
        applied_seq=0,
        scopes=[state],
        rows=[
            Row(s="org", k=each.KIND, i=each.id, ver=1, op="put", d=each.model_dump(mode="json"))
            for each in records
        ],
        more=False,
    )
    with database.write() as connection:
        meta.put(connection, meta.EPOCH, "e1")
        taken = pull_store.take_page(connection, pull_stage.position(connection), answer)
        assert taken.caught_up
        assert not taken.mismatched
    return database


def _machines() -> list[Record]:
    return [
        MachineRecord(
            id="m1", asset_number="A-9", make="Alder", location_name="Jägerstraße 7",
            serial_number="SN100", route_id="r1",
        ),
        MachineRecord(
            id="m2", asset_number="A-10", make="Birch", location_name="Town Hall", route_id="r9"
        ),
        MachineRecord(id="m3", asset_number="a-100", make="Birch", location_name="Town 100% Hall"),
        MachineRecord(id="m4", asset_number="B-1", model="Birch_X"),
        RouteRecord(id="r1", name="North", number="7"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["m1", "m2", "m3", "m4"]),
        ("jagerstrasse", ["m1"]),
        ("JÄGER sn1", ["m1"]),
        ("hall birch", ["m2", "m3"]),
        ("birch_", ["m4"]),
        ("100%", ["m3"]),
        ("a-1", ["m2", "m3"]),
        ("nowhere", []),
        ("  town   hall ", ["m2", "m3"]),
    ],
)
def test_every_word_has_to_be_somewhere_whatever_its_case_and_accents(
    tmp_path: Path, text: str, found: list[str]
) -> None:
    database = _fill(tmp_path, _machines())
    try:
        with database.read() as connection:
            lines, total = snapshot_store.find_machines(connection, text)
        assert [line.record.id for line in lines] == found
        assert total == len(found)
    finally:
        database.close()


def test_pages_of_many_machines_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    machines: list[Record] = [
        MachineRecord(id=f"m{n}", asset_number=f"M-{n}") for n in range(300, 0, -1)
    ]
    database = _fill(tmp_path, machines)
    try:
        with database.read() as connection:
            first, total = snapshot_store.find_machines(connection, "m-", limit=100)
            rest, _ = snapshot_store.find_machines(connection, "m-", offset=100, limit=500)
        assert total == 300
        shown = [line.record.asset_number for line in [*first, *rest]]
        assert shown == [f"M-{n}" for n in range(1, 301)]
    finally:
        database.close()


def test_an_asset_number_is_found_exactly(tmp_path: Path) -> None:
    records: list[Record] = [
        MachineRecord(id="m1", asset_number="A1"),
        MachineRecord(id="m2", asset_number="A01"),
        MachineRecord(id="m3", asset_number="b2"),
        MachineRecord(id="m4", asset_number="B2"),
    ]
    database = _fill(tmp_path, records)
    try:
        with database.read() as connection:
            found = {
                asset: machine and machine.id
                for asset in ("A1", "A01", "a1", "B2", "b2", "A001", "")
                for machine in [snapshot_store.machine_by_asset(connection, asset)]
            }
        assert found == {
            "A1": "m1", "A01": "m2", "a1": "m1", "B2": "m4", "b2": "m3", "A001": None, "": None,
        }  # fmt: skip
    finally:
        database.close()


def test_the_newest_planogram_and_the_newest_reads_come_first(tmp_path: Path) -> None:
    records: list[Record] = [
        PlanogramRecord(id="p9", machine_id="m1", version=9),
        PlanogramRecord(id="p10", machine_id="m1", version=10),
        PlanogramRecord(id="px", machine_id="m10", version=99),
        *(
            ReadRecord.model_validate(READ | {"id": f"read{n}", "at": f"2026-03-0{n}T00:00:00Z"})
            for n in (2, 3, 1)
        ),
    ]
    database = _fill(tmp_path, records)
    try:
        with database.read() as connection:
            planogram = snapshot_store.planogram_of(connection, "m1")
            reads = snapshot_store.reads_of(connection, "m1", limit=2)
            assert snapshot_store.planogram_of(connection, "m") is None
        assert planogram is not None
        assert planogram.id == "p10"
        assert [each.id for each in reads] == ["read3", "read2"]
    finally:
        database.close()


def test_a_record_of_a_newer_server_does_not_hide_the_others(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class NewMachine(Record):
        KIND = "machine"
        asset_number: int

    records: list[Record] = [
        NewMachine(id="m1", asset_number=7),
        MachineRecord(id="m2", asset_number="A-2"),
    ]
    database = _fill(tmp_path, records)
    try:
        with database.read() as connection:
            lines, _ = snapshot_store.find_machines(connection)
        assert [line.record.id for line in lines] == ["m2"]
        assert "cannot be read" in caplog.text
        caplog.clear()
    finally:
        database.close()


def test_a_machine_shows_its_route_and_the_newest_read_of_anybody(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        world.settled(laptop)
        laptop.record(machine_id="m1")
        laptop.clock.forward(hours=1)
        laptop.record(machine_id="m1")
        world.settled(laptop)
        laptop.clock.forward(hours=1)
        laptop.record(machine_id="m1")
        lines, total = find_machines(laptop.wp)
        assert total == 3  # two of the route and one of no route
        assert [(line.record.asset_number, line.route_number) for line in lines] == [
            ("A-1", "1"), ("A-2", "1"), ("A-4", ""),
        ]  # fmt: skip
        shown = lines[0].last_read_at
        assert shown is not None
        assert abs(shown - (laptop.clock() - timedelta(hours=1))) < timedelta(seconds=1)
        assert lines[1].last_read_at is None
        reads = machine_reads(laptop.wp, "m1")
        assert len(reads) == 3, "the one that waits too"
        assert [each.at for each in reads] == sorted((each.at for each in reads), reverse=True)
        assert machine_by_asset(laptop.wp, "A-2") == lines[1].record
        planogram = planogram_of(laptop.wp, "m1")
        assert planogram is not None
        assert planogram.id == "pl1"


def test_the_outbox_names_the_machine_its_place_and_the_reason(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        with world.office() as feed:
            record = MachineRecord.model_validate(dict(feed.load("machine", ["m1"])["m1"]))
            feed.put([record.model_copy(update={"location_name": "Town Hall"})])
        world.settled(laptop)
        laptop.record(machine_id="m1")
        laptop.record(machine_id="m3")
        laptop.sync()
        refused, accepted = list_outbox(laptop.wp)
        assert title_of(accepted) == "Read of machine A-1, Town Hall"
        assert reason_of(accepted) == ""
        assert title_of(refused) == "Read"
        assert reason_of(refused) == REASONS["out_of_scope"]
        assert accepted.answered_at is not None
        assert list_outbox(laptop.wp, offset=1, limit=1) == [accepted]


def test_every_trouble_has_words() -> None:
    ours = {"not_signed_in", "sync_running", "record_stuck", "other_person"}
    assert [code for code in {*TroubleCode, *ours} if not has_words(code)] == []


def test_every_event_has_words_and_a_fold() -> None:
    assert {what for what, _ in EVENTS} == TITLES.keys()
    assert EVENTS.keys() == FOLDS.keys()


def test_folding_twice_or_over_the_servers_own_record_changes_nothing() -> None:
    payload = READ | {"read_id": "x", "seconds": 1.5, "asset_number": None}
    event = PendingEvent("op", "read.recorded", 1, READ["at"], payload)  # type: ignore[arg-type]
    once = project([], [event])
    assert project([], [event, event]) == once
    assert once.keys() == {("read", "x")}
    told = ReadRecord.model_validate(READ | {"id": "x", "actor_name": "Driver 07"})
    assert project([told], [event]) == {("read", "x"): told}
    strange = PendingEvent("op", "read.rewritten", 1, "-", {})
    assert project([told], [strange]) == {("read", "x"): told}


@given(st.text(max_size=30))
def test_a_text_finds_itself(text: str) -> None:
    words = fold(f"before {text} after")
    assert all(word in words for word in fold(text).split())


@given(st.integers(0, 10**15), st.integers(0, 10**15))
def test_numbers_sort_as_numbers(one: int, other: int) -> None:
    assert (natural_key(f"A-{one}") < natural_key(f"A-{other}")) == (one < other)


def test_places_are_records_too(tmp_path: Path) -> None:
    database = _fill(tmp_path, [LocationRecord(id="l1", name="Town Hall", access_notes="ring")])
    try:
        with database.read() as connection:
            place = snapshot_store.record(connection, LocationRecord, "l1")
            assert place is not None
            assert place.access_notes == "ring"
            assert snapshot_store.record(connection, MachineRecord, "l1") is None
    finally:
        database.close()
