"""What a manager reads of a day: runs, stops, visits, cash, and what wants a look."""

import csv
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from cvd_desktop.domain.problem import Problem
from cvd_desktop.domain.review_records import DayReview, RunReview
from cvd_desktop.services.review import over_short_by_day, review_day, review_visit
from cvd_desktop.services.review_export import export_day
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import pull_store
from cvd_shared.sample_operator import sample_operator
from cvd_shared.wire_records import (
    CollectedCash,
    PlanogramRecord,
    PlanogramSlot,
    Record,
    RefusalRecord,
    RouteRecord,
    SpoiledUnits,
    VisitAmendment,
    VisitedSlot,
)
from tests.support.local_workplace import tell_snapshot, workplace
from tests.support.review_day import collected, fleet, progress, read, run, visit
from tests.support.review_desk import DAY, TODAY, all_records, bad_day, visits_of_day

THE_DAY = date(2026, 11, 18)


@pytest.fixture
def wp(tmp_path: Path) -> Iterator[Workplace]:
    with workplace(tmp_path) as opened:
        yield opened


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    yield from zone(monkeypatch, "UTC")


def zone(monkeypatch: pytest.MonkeyPatch, name: str) -> Iterator[None]:
    monkeypatch.setenv("TZ", name)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def only(review: DayReview) -> RunReview:
    assert len(review.runs) == 1
    return review.runs[0]


def kinds(review: DayReview) -> list[str]:
    return [each.kind for each in review.exceptions]


# --- stops ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("utc")
def test_stops_are_done_late_skipped_and_open(wp: Workplace) -> None:
    marks = progress(
        ("s1", "arrived", "2026-11-18T10:01:00.000Z"),
        ("s1", "done", "2026-11-18T10:20:00.000Z"),
        ("s2", "skipped", "2026-11-18T11:00:00.000Z"),
    )
    tell_snapshot(wp, [*fleet(), run(s1="10:00", s2="10:00"), marks])
    review = review_day(wp, THE_DAY)
    seen = only(review)
    assert [(stop.name, stop.state, stop.late) for stop in seen.stops] == [
        ("Place 1", "done", True), ("Place 2", "skipped", False), ("Place 3", "open", False),
    ]  # fmt: skip
    assert (seen.late, seen.count("skipped"), seen.stops[1].reason) == (1, 1, "closed")
    assert seen.driver == "Driver 11"
    late = review.exceptions[0]
    assert (late.kind, late.place, late.route_number) == ("late", "Place 1", "11")
    assert late.values == {"arrived": "2026-11-18T10:01:00.000Z", "window_to": "10:00"}


@pytest.mark.usefixtures("utc")
@pytest.mark.parametrize(
    ("arrived", "window", "late"),
    [
        ("2026-11-18T10:00:59.000Z", "10:00", False),  # within its minute
        ("2026-11-19T00:30:00.000Z", "22:00", True),  # after midnight
        ("2026-11-18T10:01:00.000Z", "24:99", False),  # no time of day
    ],
)
def test_when_a_stop_is_late(wp: Workplace, arrived: str, window: str, late: bool) -> None:
    tell_snapshot(wp, [*fleet(), run(s1=window), progress(("s1", "arrived", arrived))])
    assert only(review_day(wp, THE_DAY)).stops[0].late is late


# --- cash -----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("utc")
def test_cash_of_a_run_is_summed_by_currency(wp: Workplace) -> None:
    tell_snapshot(
        wp,
        [
            *fleet(),
            run(),
            *collected(1, "2026-11-18T09:00:00.000Z", 480, 500),
            *collected(2, "2026-11-18T10:00:00.000Z", None, 300),
            *collected(3, "2026-11-18T11:00:00.000Z", 700, 700),
        ],
    )
    euros, yen = only(review_day(wp, THE_DAY)).cash
    assert (euros.currency, euros.expected, euros.counted, euros.over_short) == (
        "EUR",
        800,
        480,
        -20,
    )
    assert (euros.bags, euros.bags_counted, euros.proof, euros.whole) == (2, 1, "not_counted", True)
    assert (yen.currency, yen.decimals, yen.over_short, yen.proof) == ("JPY", 0, 0, "proven")


@pytest.mark.usefixtures("utc")
def test_a_collect_without_a_read_proves_nothing_and_is_told(wp: Workplace) -> None:
    at = "2026-11-18T09:00:00.000Z"
    blind = visit(1, at, 480, read_id=None, no_read="no_answer")
    tell_snapshot(wp, [*fleet(), run(), blind])
    review = review_day(wp, THE_DAY)
    cash = only(review).cash[0]
    assert (cash.expected, cash.counted, cash.over_short, cash.proof) == (
        None, 480, None, "not_provable",
    )  # fmt: skip
    assert kinds(review) == ["no_read"]
    parts = {part.code: part.holds for part in review_visit(wp, blind.id).parts}
    assert parts == {
        "read_at_collect": False,
        "read_at_last_collect": False,
        "bag_counted": True,
        "meters_go_on": False,
    }


@pytest.mark.usefixtures("utc")
def test_a_read_that_broke_off_proves_nothing(wp: Workplace) -> None:
    *before, _ = collected(1, "2026-11-18T09:00:00.000Z", 500, 500)
    part = read(1, "2026-11-18T09:00:00.000Z", 1500, 20, complete=False)
    good = read(1, "2026-11-18T08:00:00.000Z", 1500, 20)
    tell_snapshot(wp, [*fleet(), run(), *before, good, part])
    assert only(review_day(wp, THE_DAY)).cash[0].proof == "not_provable"


@pytest.mark.usefixtures("utc")
def test_an_amendment_holds_and_what_stood_before_is_told(wp: Workplace) -> None:
    at = "2026-11-18T09:00:00.000Z"
    before = VisitedSlot(slot="A1", before=2, filled=8, after=10)
    after = VisitedSlot(
        slot="A1", before=2, filled=6, after=7, spoiled=(SpoiledUnits(units=1, reason="expired"),)
    )
    amendment = VisitAmendment(
        id="a1",
        at="2026-11-18T15:00:00.000Z",
        by="Driver 11",
        reason="Counted once more",
        lines=(after,),
        cash=CollectedCash(bag="bag", counted=500),
    )
    _, first_read, made, its_read = collected(1, at, 480, 500)
    first = visit(1, "2026-11-11T09:00:00.000Z", 0, run_id=None, stop_id=None)
    made = made.model_copy(update={"lines": (before,), "amendments": (amendment,)})
    tell_snapshot(wp, [*fleet(), run(), first, first_read, made, its_read])
    seen = review_visit(wp, made.id)
    assert seen.lines == (after,)
    assert seen.filled == 6
    assert seen.over_short is not None
    assert (seen.over_short.amount, seen.proof) == (0, "proven")
    (change,) = seen.amendments
    assert change.lines == ((before, after),)
    assert change.cash_before is not None
    assert change.cash_after is not None
    assert (change.cash_before.counted, change.cash_after.counted) == (480, 500)
    assert only(review_day(wp, THE_DAY)).cash[0].counted == 500


@pytest.mark.usefixtures("utc")
def test_over_and_short_by_day_are_those_of_the_runs(wp: Workplace) -> None:
    tell_snapshot(
        wp,
        [
            *fleet(),
            run(),
            *collected(1, "2026-11-19T00:20:00.000Z", 480, 500),  # the run ended after midnight
            *collected(2, "2026-11-18T10:00:00.000Z", 310, 300),
        ],
    )
    days = over_short_by_day(wp, THE_DAY, 3)
    assert [(each.day.day, each.over_short) for each in days] == [(16, None), (17, None), (18, -10)]
    assert days[0].currency == "EUR"
    assert only(review_day(wp, THE_DAY)).cash[0].over_short == -10
    assert over_short_by_day(wp, date(2025, 1, 1), 1)[0].over_short is None


# --- which day ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("utc")
def test_every_visit_counts_for_one_day(wp: Workplace) -> None:
    late = visit(1, "2026-11-19T00:20:00.000Z", 100)  # of the run of the 18th
    much_later = visit(2, "2026-11-21T09:00:00.000Z", 100)  # says it is of that run too
    alone = visit(3, "2026-11-18T09:00:00.000Z", 100, run_id=None, stop_id=None)
    unknown = visit(3, "2026-11-18T10:00:00.000Z", 100, run_id="gone", stop_id="s9")
    other_day = run("2026-11-19", "run2")
    tell_snapshot(wp, [*fleet(), run(), other_day, late, much_later, alone, unknown])
    told: dict[int, tuple[list[str], list[str]]] = {}
    for number in range(17, 23):
        review = review_day(wp, date(2026, 11, number))
        runs = [each for one in review.runs for each in one.visit_ids]
        told[number] = (runs, list(review.outside.visit_ids) if review.outside else [])
    assert told == {
        17: ([], []),
        18: ([late.id], [alone.id, unknown.id]),
        19: ([], []),
        20: ([], []),
        21: ([], [much_later.id]),
        22: ([], []),
    }
    outside = review_day(wp, THE_DAY).outside
    assert outside is not None
    assert (outside.run_id, outside.stops, outside.visited) == ("", (), 1)
    assert review_day(wp, THE_DAY).days == (THE_DAY, date(2026, 11, 19))


@pytest.mark.parametrize(
    ("where", "day"), [("Pacific/Auckland", 19), ("America/Los_Angeles", 18), ("UTC", 18)]
)
def test_days_are_local(
    wp: Workplace, monkeypatch: pytest.MonkeyPatch, where: str, day: int
) -> None:
    alone = visit(1, "2026-11-18T20:00:00.000Z", 100, run_id=None, stop_id=None)
    tell_snapshot(wp, [*fleet(), alone])
    for _ in zone(monkeypatch, where):
        found = [
            number
            for number in (17, 18, 19)
            if review_day(wp, date(2026, 11, number)).outside is not None
        ]
        assert found == [day]


def test_a_day_without_anything(wp: Workplace) -> None:
    review = review_day(wp, THE_DAY)
    assert (review.runs, review.exceptions, review.outside, review.synced_at) == (
        (),
        (),
        None,
        None,
    )
    with pytest.raises(Problem) as caught:
        review_visit(wp, "nowhere")
    assert caught.value.code == "visit_unknown"


# --- exceptions -----------------------------------------------------------------------------------


def plan(version: int, price: int) -> PlanogramRecord:
    slot = PlanogramSlot(
        label="A1", selection="A1", row=0, column=0, capacity=10, par=10, price=price
    )
    return PlanogramRecord(id=f"p{version}", machine_id="m1", version=version, slots=(slot,))


@pytest.mark.usefixtures("utc")
def test_a_price_is_compared_with_the_plan_of_its_day_alone(wp: Workplace) -> None:
    lines = (VisitedSlot(slot="A1", before=1, filled=9, after=10, price=120, par=10),)
    made = visit(1, "2026-11-18T09:00:00.000Z", lines=lines, cash=None, planogram_version=2)
    its_read = read(1, "2026-11-18T09:00:00.000Z", 0)
    tell_snapshot(wp, [*fleet(), run(), made, its_read, plan(2, 130)])
    review = review_day(wp, THE_DAY)
    assert [(each.kind, dict(each.values)) for each in review.exceptions] == [
        ("price_differs", {"slot": "A1", "planned": 130, "machine": 120, "more": 0})
    ]
    tell_snapshot(wp, [plan(3, 140)])
    assert kinds(review_day(wp, THE_DAY)) == []
    assert review_visit(wp, made.id).planned == {}


@pytest.mark.usefixtures("utc")
def test_what_a_machine_and_a_driver_did_is_told(wp: Workplace) -> None:
    at, before = "2026-11-18T09:00:00.000Z", "2026-11-11T09:00:00.000Z"
    lines = (VisitedSlot(slot="A1", before=8, filled=12, after=20, par=10),)
    made = visit(1, at, 480, lines=lines, flags=("bag_used_before",))
    sold = {"A1": (22, 3300), "90": (4, 600)}
    was = {"A1": (20, 3000), "90": (0, 0)}
    tell_snapshot(
        wp,
        [
            *fleet(),
            run(),
            plan(1, 150),
            visit(1, before, 0, run_id=None, stop_id=None),
            read(1, before, 1000, selections=was),
            made,
            read(1, at, 1500, selections=sold, asset_number="77777"),
        ],
    )
    review = review_day(wp, THE_DAY)
    assert kinds(review) == [
        "identity_differs", "bag_used_before", "unmapped", "fill_above_need",
    ]  # fmt: skip
    said = {each.kind: dict(each.values) for each in review.exceptions}
    assert said["unmapped"] == {"selection": "90", "sold": 4, "more": 0}
    assert said["fill_above_need"] == {"filled": 12, "need": 2}
    assert said["identity_differs"] == {"asset": "77777"}


@pytest.mark.usefixtures("utc")
@pytest.mark.parametrize(
    ("cash", "proof"), [(1500, "proven"), (300, "not_provable")], ids=["of a slot", "of the cash"]
)
def test_a_meter_that_began_anew_is_told(wp: Workplace, cash: int, proof: str) -> None:
    """Cash is proved by the counters of cash alone."""
    at, before = "2026-11-18T09:00:00.000Z", "2026-11-11T09:00:00.000Z"
    made = visit(1, at, 480)
    tell_snapshot(
        wp,
        [
            *fleet(),
            run(),
            visit(1, before, 0, run_id=None, stop_id=None),
            read(1, before, 1000, sold=20),
            made,
            read(1, at, cash, sold=3),
        ],
    )
    review = review_day(wp, THE_DAY)
    assert kinds(review) == ["meter_restarted"]
    values = review.exceptions[0].values
    assert (values["count"], values["selections"]) == (1, "A1")
    seen = review_visit(wp, made.id)
    goes_on = {part.code: part.holds for part in seen.parts}["meters_go_on"]
    assert (seen.proof, goes_on) == (proof, proof == "proven")


@pytest.mark.usefixtures("utc")
def test_refused_records_stand_until_the_office_has_decided(wp: Workplace) -> None:
    refused = RefusalRecord(
        id="op1",
        type="visit.amended",
        actor_id="u1",
        actor_name="Driver 11",
        occurred_at="2026-11-18T23:59:59.000Z",
        received_at="2026-11-20T08:00:00.000Z",
        machine_id="m1",
        outcome="rejected",
        code="visit_unknown",
    )
    decided = refused.model_copy(update={"id": "op2", "state": "set_aside"})
    tomorrow = refused.model_copy(update={"id": "op3", "occurred_at": "2026-11-19T00:00:00.000Z"})
    tell_snapshot(wp, [*fleet(), refused, decided, tomorrow])
    (told,) = review_day(wp, THE_DAY).exceptions
    assert (told.kind, told.values["op_id"], told.place) == ("refused", "op1", "Place 1")
    assert (
        told.values["said"] == "The server does not have the visit. The office has to look at it."
    )


# --- the sample -----------------------------------------------------------------------------------


def test_the_sample_reads_as_it_was_told(wp: Workplace) -> None:
    operator = sample_operator(TODAY)
    records = {(each.KIND, each.id): each for each in all_records(operator)}
    records |= {(each.KIND, each.id): each for each in bad_day(operator)}
    with wp.database.write() as connection:
        pull_store.keep(connection, records.values())
    review = review_day(wp, DAY)
    assert [each.route_number for each in review.runs] == ["07", "11", "15", "23"]
    runs = {each.id for each in operator.past.runs if each.day == DAY.isoformat()}
    assert {each.run_id for each in review.runs} == runs
    made = {each.id for each in visits_of_day(operator)}
    assert {each for one in review.runs for each in one.visit_ids} == made
    assert sorted(kinds(review)) == [
        "bag_used_before", "fill_above_need", "no_read", "refused", "refused",
    ]  # fmt: skip
    total = sum(cash.over_short or 0 for one in review.runs for cash in one.cash)
    assert over_short_by_day(wp, DAY, 1)[0].over_short == total == -1150
    proofs = [one.cash[0].proof for one in review.runs]
    assert proofs == ["proven", "not_provable", "not_counted", "proven"]


def test_a_day_is_written_as_two_files(wp: Workplace, tmp_path: Path) -> None:
    formula = replace_name(fleet(), "=cmd()")
    at = "2026-11-18T09:00:00.000Z"
    blind = visit(1, at, 480, read_id=None)
    tell_snapshot(wp, [*formula, run(), blind, *collected(3, at, 700, 700)])
    written = export_day(wp, THE_DAY, tmp_path / "review.csv")
    assert [path.name for path in written] == ["review.csv", "review-exceptions.csv"]
    first, second = (rows_of(path) for path in written)
    assert [(row["currency"], row["expected_minor"], row["over_short_minor"]) for row in first] == [
        ("EUR", "", ""), ("JPY", "700", "0"),
    ]  # fmt: skip
    assert {row["name"] for row in first} == {"'=cmd()"}
    assert [(row["kind"], row["machine"]) for row in second] == [("no_read", "10001")]
    with pytest.raises(Problem) as caught:
        export_day(wp, THE_DAY, tmp_path / "nowhere" / "review.csv")
    assert caught.value.code == "file_not_written"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def replace_name(records: list[Record], name: str) -> list[Record]:
    return [
        each.model_copy(update={"name": name}) if isinstance(each, RouteRecord) else each
        for each in records
    ]
