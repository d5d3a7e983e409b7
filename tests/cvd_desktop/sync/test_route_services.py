"""What the services of the run, the load and the truck record is taken by the real server, comes
back the same, and stands whatever the office changes meanwhile."""

from pathlib import Path

from cvd_desktop.domain.records import RecordState
from cvd_desktop.services.load_truck import (
    keep_count,
    load_view,
    record_count,
    record_load,
    return_view,
    tick_product,
)
from cvd_desktop.services.outbox import list_outbox
from cvd_desktop.services.today import changes_seen, mark_stop, order_stops, todays_run
from cvd_desktop.services.workplace import Workplace
from cvd_shared.wire_records import RunRecord, RunStop
from tests.support.sync_world import sync_world

S1 = RunStop(id="s1", sequence=1, location_id="l1", machine_ids=("m1",))
S2 = RunStop(id="s2", sequence=2, location_id="l1", machine_ids=("m2",))


def planned(*stops: RunStop) -> RunRecord:
    return RunRecord(id="run1", route_id="r1", day="2026-01-02", stops=stops)


def seen(wp: Workplace) -> tuple[object, ...]:
    """What is shown of the day, but for what the server has of it."""
    run, load, back = todays_run(wp, "run1"), load_view(wp, "run1"), return_view(wp, "run1")
    assert run is not None
    assert load is not None
    assert back is not None
    return (
        [(stop.stop_id, stop.state, stop.reason, stop.state_at) for stop in run.stops],
        (run.order_reason, run.load_recorded, run.short_products, run.next_stop_id),
        [(line.product.id, line.need, line.on_truck, line.to_pick) for line in load.lines],
        [(each.product.id, each.wanted, each.loaded) for each in load.loaded],
        (back.loaded, back.returned, back.counted),
    )


def test_a_day_offline_is_taken_as_it_was_shown(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        world.server.clock.move(days=3)  # a server believes no time that is still to come
        laptop = world.laptop
        with world.office() as feed:
            feed.put([planned(S1, S2)])
        world.settled(laptop)
        wp = laptop.wp
        assert todays_run(wp, "run1") is not None
        order_stops(wp, "run1", ["s2", "s1"], "traffic")
        assert seen(wp)[2] == [("p1", 8, 0, 8)]
        tick_product(wp, "run1", "p1", 6)
        record_load(wp, "run1", "two were wet")
        laptop.clock.forward(seconds=60)
        mark_stop(wp, "run1", "s2", "skipped", reason="closed")
        keep_count(wp, "run1", "p1", 5)
        record_count(wp, "run1")
        offline = seen(wp)
        world.settled(laptop)
        assert {entry.outcome for entry in list_outbox(wp)} == {"applied"}
        assert seen(wp) == offline
        run = todays_run(wp, "run1")
        assert run is not None
        assert {each.record_state for each in run.stops} == {RecordState.ON_THE_SERVER, None}
        world.assert_sound(laptop)


def test_the_office_changes_the_run_meanwhile(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        world.server.clock.move(days=3)
        laptop = world.laptop
        with world.office() as feed:
            feed.put([planned(S1, S2)])
        world.settled(laptop)
        wp = laptop.wp
        todays_run(wp, "run1")
        mark_stop(wp, "run1", "s2", "arrived")
        with world.office() as feed:
            feed.put([planned(S1)])
        world.settled(laptop)
        run = todays_run(wp, "run1")
        assert run is not None
        assert [(each.stop_id, each.state) for each in run.stops] == [
            ("s1", "open"), ("s2", "arrived"),
        ]  # fmt: skip
        assert [each.kind for each in run.changes] == ["stop_removed"]
        changes_seen(wp, "run1")
        mark_stop(wp, "run1", "s2", "done")
        world.settled(laptop)
        assert {entry.outcome for entry in list_outbox(wp)} == {"applied"}
        run = todays_run(wp, "run1")
        assert run is not None
        assert (run.done, run.changes) == (1, ())
