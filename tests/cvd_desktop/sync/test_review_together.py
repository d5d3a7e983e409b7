"""What a driver recorded is what the office reads: two laptops and the real server between them."""

from datetime import timedelta
from pathlib import Path

from cvd_desktop.domain.fill_cell import CellEdit
from cvd_desktop.domain.visit_records import CashDraft, EvidenceDraft
from cvd_desktop.services import visit_draft as drafts
from cvd_desktop.services.complete_visit import amend_visit, finish_visit
from cvd_desktop.services.review import over_short_by_day, review_day, review_visit
from cvd_desktop.services.settle_read import settle_read
from cvd_desktop.services.stop import stop_detail
from cvd_desktop.storage import read_store
from cvd_desktop.storage.read_store import LinkOutcome, ReadStart
from cvd_desktop.ui.review_words import proven_of
from cvd_desktop.ui.screens.stop_cash_proof import proof_of
from cvd_shared.dex.dex_writer import envelope
from cvd_shared.route_shapes import SlotKey
from cvd_shared.visit_facts import effective_lines
from cvd_shared.wire_records import RunRecord, RunStop
from tests.support.sync_world import Laptop, sync_world

A1 = SlotKey(1, "A1")
STOP = RunStop(
    id="s1", sequence=1, location_id="l1", machine_ids=("m1",), tasks=("fill", "collect"),
    window_to="00:00",
)  # fmt: skip


def planned(day: str, run_id: str) -> RunRecord:
    return RunRecord(id=run_id, route_id="r1", day=day, stops=(STOP,))


def read_of(laptop: Laptop, sold: int, cash: int) -> str:
    """A whole read of m1 by this laptop; `cash` is in the box since the beginning."""
    wp, at = laptop.wp, laptop.clock()
    raw = envelope(
        (
            "ID1*SN1*Snack 4*1***A-1", "ID4*2*1*USD", f"VA1*{sold * 150}*{sold}*0*0",
            f"CA3*0*0*0*0*{cash}*{cash}*0**0*0", "CA4*0*0*0*0", "PA1*10*150",
            f"PA2*{sold}*{sold * 150}*0*0",
        ),
        "CVD0000001",
    )  # fmt: skip
    start = ReadStart(wp.new_id(), at, "COM3", "dexucs", "collect", "m1")
    with wp.database.write() as connection:
        read_store.open_read(connection, start)
        read_store.append_block(connection, start.id, 1, raw, (), last=True)
        read_store.finish_read(connection, start.id, LinkOutcome(2.0, 0, None, None, {}))
    settle_read(wp, start.id)
    return start.id


def visited(laptop: Laptop, run_id: str, read_id: str, counted: int, bag: str) -> str:
    """A visit of m1, as the screens of the driver record it."""
    wp = laptop.wp
    visit_id = drafts.begin_visit(wp, "m1", run_id, "s1")
    laptop.clock.forward(minutes=10)
    drafts.keep_read(wp, visit_id, read_id)
    drafts.keep_edits(
        wp, visit_id, {A1: CellEdit(filled=5, counted=2, spoiled=((1, "expired"),), price=120)}
    )
    drafts.keep_cash(wp, visit_id, CashDraft(bag=bag, counted=counted, refunds=50, float_left=1000))
    drafts.keep_evidence(wp, visit_id, EvidenceDraft(note="The lock is stiff."))
    finish_visit(wp, visit_id)
    return visit_id


def test_the_office_reads_what_the_driver_recorded(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        driver = world.laptop
        office = world.add_laptop("office")
        world.server.clock.move(days=90)  # it believes no time that is still to come
        first, second = (driver.clock().astimezone().date() + timedelta(days=n) for n in (0, 7))
        with world.office() as feed:
            feed.put([planned(first.isoformat(), "run-a"), planned(second.isoformat(), "run-b")])
        office.sign_in("manager")
        world.settled(driver)
        visited(driver, "run-a", read_of(driver, 100, 50_000), 50_000, "B-1")
        driver.clock.forward(days=7)
        visit_id = visited(driver, "run-b", read_of(driver, 140, 56_000), 5_800, "B-2")
        amend_visit(
            driver.wp, visit_id, "A coin was under the tray", cash=CashDraft("B-2", None, 5_900, 50)
        )
        world.settled(driver)
        office.clock.now = driver.clock.now
        assert office.sync().problem is None

        shown = stop_detail(driver.wp, run_id="run-b", stop_id="s1", machine_id="m1").visit
        assert shown.finished is not None
        seen = review_visit(office.wp, visit_id)
        assert seen.lines == tuple(effective_lines(shown.finished).values())
        assert [(line.counted, line.filled, line.after) for line in seen.lines] == [(2, 5, 6)]
        assert seen.visit.note == "The lock is stiff."
        assert seen.expected == shown.cash.expected
        assert seen.over_short == shown.cash.over_short
        assert seen.over_short is not None
        assert seen.over_short.amount == 5_900 - (6_000 - 50)
        assert proven_of(seen) == proof_of(shown, 5_900).state
        assert seen.read is not None
        assert seen.read.id == shown.finished.read_id
        assert [each.amendment.reason for each in seen.amendments] == ["A coin was under the tray"]

        day = review_day(office.wp, second)
        (run,) = day.runs
        assert (run.stops[0].state, run.stops[0].late, run.read, run.visited) == (
            "done",
            True,
            1,
            1,
        )
        assert run.driver == "Driver07"
        assert [(each.counted, each.over_short) for each in run.cash] == [(5_900, -50)]
        assert [each.kind for each in day.exceptions] == ["price_differs", "late"]
        assert {each.visit_id for each in day.exceptions} == {visit_id}
        assert over_short_by_day(office.wp, second, 1)[0].over_short == -50
        # what the driver's own laptop says of the day is the same
        assert review_visit(driver.wp, visit_id) == seen
        assert review_day(driver.wp, second).runs == day.runs
