"""What a laptop shows of a day before and after the server has it: the same, nothing twice."""

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import cvd_server
from cvd_desktop.domain.projection import PendingEvent, View, project
from cvd_desktop.services.outbox import list_outbox
from cvd_desktop.services.record_words import REASONS, TITLES, reason_of, title_of
from cvd_desktop.storage import outbox_store
from cvd_desktop.storage.tables import blob
from cvd_shared.canonical import sha256_hex
from cvd_shared.run_states import stop_states
from cvd_shared.wire_events import EVENTS
from cvd_shared.wire_records import (
    RECORDS,
    LoadRecord,
    PhotoRecord,
    Record,
    RunProgressRecord,
    RunRecord,
    StopMark,
    TruckCountRecord,
    VisitAmendment,
    VisitRecord,
)
from tests.support.sync_world import Laptop, sync_world

AT = "2026-03-02T07:30:00.000Z"
PICTURE = b"\xff\xd8 small"
VISIT = {
    "visit_id": "v1", "machine_id": "m1", "arrived_at": AT, "finished_at": AT, "tasks": ["fill"],
    "lines": [{"slot": "A1", "product_id": "p1", "filled": 5}],
    "cash": {"bag": "B-1", "counted": 100},
}  # fmt: skip
DAY: list[tuple[str, tuple[str, str], dict[str, Any]]] = [
    ("run.ordered", ("run_progress", "run1"), {"run_id": "run1", "at": AT, "stop_ids": ["s1"]}),
    ("stop.marked", ("run_progress", "run1"),
     {"run_id": "run1", "stop_id": "s1", "state": "arrived", "at": AT}),
    ("load.recorded", ("load", "l1"),
     {"load_id": "l1", "route_id": "r1", "at": AT,
      "lines": [{"product_id": "p1", "wanted": 5, "loaded": 5}]}),
    ("visit.finished", ("visit", "v1"), VISIT),
    ("visit.amended", ("visit", "v1"),
     {"amendment_id": "a1", "visit_id": "v1", "at": AT, "reason": "miscounted",
      "cash": {"bag": "B-1", "counted": 90}}),
    ("photo.taken", ("photo", "ph1"),
     {"photo_id": "ph1", "visit_id": "v1", "machine_id": "m1", "at": AT,
      "sha256": sha256_hex(PICTURE), "size": len(PICTURE), "width": 8, "height": 8}),
    ("stop.marked", ("run_progress", "run1"),
     {"run_id": "run1", "stop_id": "s1", "state": "done", "at": AT}),
    ("truck.counted", ("truck_count", "c1"),
     {"count_id": "c1", "route_id": "r1", "at": AT,
      "lines": [{"product_id": "p1", "counted": 0}]}),
]  # fmt: skip
RUN = RunRecord(id="run1", route_id="r1", day="2026-03-02")


def pending() -> list[PendingEvent]:
    return [
        PendingEvent(f"op{n}", type_, 1, AT, payload) for n, (type_, _, payload) in enumerate(DAY)
    ]


def progress_of(view: View) -> RunProgressRecord:
    progress = view[("run_progress", "run1")]
    assert isinstance(progress, RunProgressRecord)
    return progress


def test_a_day_is_seen_before_the_server_has_it() -> None:
    view = project([RUN], pending())
    progress = progress_of(view)
    assert (progress.route_id, len(progress.marks), len(progress.orders)) == ("r1", 2, 1)
    assert stop_states(RUN, progress)["s1"].state == "done"
    visit = view[("visit", "v1")]
    assert isinstance(visit, VisitRecord)
    assert [each.id for each in visit.amendments] == ["op4"]
    assert isinstance(view[("load", "l1")], LoadRecord)
    assert isinstance(view[("truck_count", "c1")], TruckCountRecord)
    assert isinstance(view[("photo", "ph1")], PhotoRecord)
    assert project([RUN], pending() * 2) == view
    assert progress_of(project([], pending())).route_id == ""


def test_what_the_server_tells_is_the_truth() -> None:
    mark = StopMark(id="op6", stop_id="s1", state="done", at=AT, by="Driver 07")
    amendment = VisitAmendment(id="op4", at=AT, by="Driver 07", reason="miscounted")
    facts = {key: value for key, value in VISIT.items() if key != "visit_id"}
    told: list[Record] = [
        RUN,
        RunProgressRecord(id="run1", route_id="r1", marks=(mark,)),
        VisitRecord.model_validate(
            facts | {"id": "v1", "actor_name": "Driver 07", "flags": ["bag_used_before"],
                     "amendments": (amendment,)}
        ),
    ]  # fmt: skip
    view = project(told, pending())
    assert mark in progress_of(view).marks
    assert len(progress_of(view).marks) == 2
    assert view[("visit", "v1")] == told[2]


def test_an_amendment_of_a_visit_that_is_not_here_shows_nothing() -> None:
    assert project([], [pending()[4]]) == {}


@given(st.permutations(range(len(DAY))))
def test_marks_of_a_run_in_any_order(order: list[int]) -> None:
    events = pending()
    marks = progress_of(project([RUN], [events[n] for n in order])).marks
    assert marks == progress_of(project([RUN], events)).marks


def record_day(laptop: Laptop) -> None:
    with laptop.wp.database.write() as connection:
        connection.execute(
            blob.insert().values(
                sha256=sha256_hex(PICTURE), size=len(PICTURE), mime="image/jpeg", state="here",
                stored_at=AT, data=PICTURE,
            )
        )  # fmt: skip
        for type_, entity, payload in DAY:
            blobs = [payload["sha256"]] if "sha256" in payload else []
            outbox_store.append(
                connection, new_id=laptop.wp.new_id, type=type_, entity=entity, payload=payload,
                actor=None, occurred_at=AT, blobs=blobs,
            )  # fmt: skip


def shown(laptop: Laptop) -> View:
    with laptop.wp.database.read() as connection:
        waiting = outbox_store.pending(connection)
    known = [RECORDS[kind].model_validate(body) for (kind, _), body in laptop.records().items()]
    return project(known, waiting)


def without_names(record: Record) -> dict[str, Any]:
    """Who did it is told by the server alone."""
    document = record.model_dump(mode="json", exclude={"actor_name"})
    for part in ("marks", "orders", "amendments"):
        for each in document.get(part, ()):
            each.pop("by")
    return document


def test_a_day_of_a_laptop_that_signed_in_later_arrives_as_it_was_shown(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        world.settled(laptop)
        record_day(laptop)
        before = shown(laptop)
        world.settled(laptop)
        after = shown(laptop)
        assert before.keys() == after.keys()
        day = ("run_progress", "load", "truck_count", "visit", "photo")
        for key, record in before.items():
            if key[0] in day:
                assert without_names(after[key]) == without_names(record)
        assert {key[0] for key in before} >= set(day)
        visit = after[("visit", "v1")]
        assert isinstance(visit, VisitRecord)
        assert visit.actor_name == "Driver07"
        assert world.problems() == []


def test_the_outbox_names_what_was_done_and_where(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        world.settled(laptop)  # brings run1 with its stop at the Town Hall
        record_day(laptop)
        strange = {"run_id": "run9", "stop_id": "s1", "state": "skipped", "at": AT}
        laptop.append("stop.marked", ("run_progress", "run9"), strange)
        assert [title_of(entry) for entry in reversed(list_outbox(laptop.wp))] == [
            "Order of the stops",
            "Arrival at a stop, Town Hall",
            "Load of the truck",
            "Visit of machine A-1",
            "Correction of a visit of machine A-1",
            "Photo of machine A-1",
            "Stop done, Town Hall",
            "Count of the truck",
            "Stop skipped",
        ]


def test_a_refused_visit_is_told_with_its_reason(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        world.settled(laptop)
        laptop.append("visit.finished", ("visit", "v1"), VISIT | {"machine_id": "m3"})
        laptop.sync()
        (entry,) = list_outbox(laptop.wp)
        assert title_of(entry) == "Visit"
        assert reason_of(entry) == REASONS["out_of_scope"]
        assert ("visit", "v1") not in shown(laptop)


def test_every_refusal_of_the_server_has_words() -> None:
    source = Path(cvd_server.__file__).parent
    codes = {
        part.split('"')[0]
        for path in source.glob("*.py")
        for verdict in ('Refusal("rejected", "', 'Refusal("quarantined", "')
        for part in path.read_text("utf-8").split(verdict)[1:]
    }
    assert {"visit_unknown", "record_too_large", "route_not_held"} <= codes
    assert codes - REASONS.keys() == set()
    assert {what for what, _ in EVENTS} == TITLES.keys()
