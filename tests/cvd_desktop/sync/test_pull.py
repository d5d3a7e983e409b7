"""What a person relies on when fetching: whole or not at all, never late, nothing left behind."""

import random
from pathlib import Path
from typing import Any

import httpx
import pytest

from cvd_desktop.storage import outbox_store, pull_stage, pull_store, snapshot_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_server import tables
from cvd_server.people import set_routes
from cvd_shared.digest import digest_of
from cvd_shared.wire import PullAnswer, Row, ScopeState
from cvd_shared.wire_records import MachineRecord
from tests.support.faulty_transport import FAULTS, Fault, FaultyTransport, rewritten
from tests.support.local_database import new_database
from tests.support.sync_world import World, sync_world

NARROW = {"rows": 3}


def _move(world: World, machine: str, route: str | None) -> None:
    with world.office() as feed:
        row = feed.load("machine", [machine])[machine]
        record = MachineRecord.model_validate(dict(row))
        feed.put([record.model_copy(update={"route_id": route})])


def only_pull(fault: Fault) -> Fault:
    """Every other request arrives."""

    def answer(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
        meant = request.url.path.endswith("/sync/pull")
        return (fault if meant else FAULTS["none"])(line, request)

    return answer


def test_pages_that_came_are_kept_and_the_rest_is_fetched_later(tmp_path: Path) -> None:
    """A line that breaks after some pages: nothing is shown half, nothing is fetched twice."""
    with sync_world(tmp_path, narrow=NARROW) as world:
        laptop = world.laptop
        assert laptop.sync(["none", "none", "none", "lose_request"]).problem == "offline"
        assert laptop.records() == {}
        laptop.close()
        laptop.open()
        laptop.line.seen.clear()
        world.settled(laptop)
        resumed = laptop.line.seen.count("/api/v1/sync/pull")

        other = world.add_laptop("other", narrow=NARROW)
        other.sign_in()
        other.line.seen.clear()
        world.settled(other)
        assert other.line.seen.count("/api/v1/sync/pull") == resumed + 2


def test_a_machine_that_moves_away_goes_with_all_that_stands_on_it(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        laptop.record(machine_id="m1")
        world.settled(laptop)
        assert {("machine", "m1"), ("planogram", "pl1")} < laptop.records().keys()
        _move(world, "m1", "r2")
        world.settled(laptop)
        assert not {("machine", "m1"), ("planogram", "pl1")} & laptop.records().keys()
        assert "read" not in {kind for kind, _ in laptop.records()}
        _move(world, "m1", "r1")
        world.settled(laptop)
        assert {("machine", "m1"), ("planogram", "pl1")} < laptop.records().keys()


def test_a_route_that_is_taken_away_leaves_nothing_but_what_was_recorded(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        world.settled(laptop)
        laptop.record(machine_id="m1")
        with world.office() as feed:
            set_routes(feed, "u-driver07", ["r2"])
        world.settled(laptop)
        kept = {row_id for kind, row_id in laptop.records() if kind == "machine"}
        assert kept == {"m3", "m4"}
        assert len(laptop.events()) == 1


def test_tombstones_that_are_gone_make_a_scope_be_read_anew(tmp_path: Path) -> None:
    """A laptop that was away longer than the server remembers what it removed."""
    with sync_world(tmp_path, narrow=NARROW) as world:
        laptop = world.laptop
        world.settled(laptop)
        with world.office() as feed:
            feed.remove("product", ["p1"])
        table, feed_table = tables.scope_head, tables.feed
        with world.server.database.write() as connection:
            connection.execute(
                feed_table.delete().where(
                    feed_table.c.scope == "catalog", feed_table.c.operator_id == "op",
                    feed_table.c.op == "r",
                )
            )  # fmt: skip
            connection.execute(
                table.update()
                .where(table.c.scope == "catalog", table.c.operator_id == "op")
                .values(floor=table.c.head)
            )
        world.settled(laptop)
        assert ("product", "p1") not in laptop.records()


def test_a_damaged_page_is_found_and_its_scope_loaded_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def lose_a_row(data: dict[str, Any]) -> None:
        data["rows"] = [row for row in data["rows"] if row["i"] != "m2"]

    with sync_world(tmp_path) as world:
        laptop = world.laptop
        report = laptop.sync(["none", rewritten(lose_a_row)])
        assert (report.problem, report.digest) == (None, "repaired")
        assert ("machine", "m2") in laptop.records()
        assert laptop.meta(meta.REPAIRS) == "1"
        assert [record.message.partition(":")[0] for record in caplog.records] == [
            "digest mismatch", "route",
        ]  # fmt: skip
        caplog.clear()
        assert laptop.sync().digest == "ok"
        assert [record.name for record in caplog.records] == ["cvd_server.deep_compare"]
        caplog.clear()


def test_a_scope_that_cannot_be_repaired_is_told_and_tried_again_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def wrong_sum(data: dict[str, Any]) -> None:
        for scope in data["scopes"]:
            scope["n"] += 1

    with sync_world(tmp_path) as world:
        laptop = world.laptop
        laptop.record()
        laptop.line.otherwise = only_pull(rewritten(wrong_sum))
        report = laptop.sync()
        assert (report.problem, report.digest) == ("digest_mismatch", "unknown")
        assert report.pushed == 1
        assert laptop.line.seen.count("/api/v1/sync/pull") == 2
        caplog.clear()
        laptop.line.otherwise = FAULTS["none"]
        assert laptop.sync().digest == "ok"
        caplog.clear()


def test_the_old_records_stay_in_view_until_the_new_ones_are_complete(tmp_path: Path) -> None:
    with sync_world(tmp_path, narrow=NARROW) as world:
        laptop = world.laptop
        world.settled(laptop)
        before = laptop.records()
        world.restore_server(world.copy_server())
        report = laptop.sync(["none"] * 5 + ["lose_request"])
        assert report.problem == "offline"
        assert laptop.records() == before
        world.settled(laptop)


def test_an_event_is_seen_once_before_and_after_it_is_sent(tmp_path: Path) -> None:
    """Waiting it is folded over the records, afterwards the record itself is there."""
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        world.settled(laptop)
        laptop.record(machine_id="m1")

        def shown() -> int:
            with laptop.wp.database.read() as connection:
                here = outbox_store.pending(connection)
                there = snapshot_store.reads_of(connection, "m1")
            return len({each.payload["read_id"] for each in here} | {each.id for each in there})

        assert shown() == 1
        assert laptop.sync(["none", "none", "lose_request"]).pushed == 1
        assert shown() == 1
        world.settled(laptop)
        assert shown() == 1
        with laptop.wp.database.read() as connection:
            assert outbox_store.pending(connection) == []


def test_reads_of_other_laptops_come_too(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        other = world.add_laptop("other")
        other.sign_in("technician")
        other.record(machine_id="m2")
        world.settled(other)
        world.settled(world.laptop)
        with world.laptop.wp.database.read() as connection:
            assert len(snapshot_store.reads_of(connection, "m2")) == 1


# --- the store by itself ------------------------------------------------------------------------


def _answer(scopes: dict[str, list[tuple[str, int]]], cursor: int, *, more: bool) -> PullAnswer:
    states = []
    for name, found in scopes.items():
        digest = digest_of(("thing", row_id, version) for row_id, version in found)
        states.append(
            ScopeState(id=name, cursor=cursor, head=cursor, n=digest.rows, sum=str(digest.total))
        )
    rows = [
        Row(s=name, k="thing", i=row_id, ver=version, op="put", d={"id": row_id, "v": version})
        for name, found in scopes.items()
        for row_id, version in found
    ]
    return PullAnswer(
        epoch="e1", server_time="-", applied_seq=0, scopes=states, rows=rows, more=more
    )


def test_a_page_for_a_position_that_is_gone_is_dropped(tmp_path: Path) -> None:
    """D5: late, doubled and overtaken answers change nothing."""
    database = new_database(tmp_path)
    try:
        with database.write() as connection:
            meta.put(connection, meta.EPOCH, "e1")
            meta.put(connection, meta.INCARNATION, "i1")
        first = _answer({"a": [("x", 1)]}, 5, more=False)
        with database.write() as connection:
            start = pull_stage.position(connection)
            assert pull_store.take_page(connection, start, first).caught_up
            assert not pull_store.take_page(connection, start, first).used
        second = _answer({"a": [("x", 2)]}, 6, more=True)
        with database.write() as connection:
            asked = pull_stage.position(connection)
            assert pull_store.take_page(connection, asked, second).used
            assert not pull_store.take_page(connection, asked, second).used
            staged = pull_stage.position(connection)
            assert (staged.cursors, staged.staged) == ({"a": 6}, 1)
        with database.write() as connection:
            meta.put(connection, meta.INCARNATION, "i2")
            assert not pull_store.take_page(connection, staged, second).used
            fresh = pull_stage.position(connection)
            assert (fresh.cursors, fresh.staged) == ({"a": 5}, 0)
            other_epoch = second.model_copy(update={"epoch": "e2"})
            assert not pull_store.take_page(connection, fresh, other_epoch).used
    finally:
        database.close()


def test_a_row_of_two_scopes_stays_until_both_have_let_it_go(tmp_path: Path) -> None:
    database = new_database(tmp_path)
    try:
        with database.write() as connection:
            meta.put(connection, meta.EPOCH, "e1")
            for scopes, cursor, expected in (
                ({"a": [("x", 3)], "b": [("x", 3), ("y", 1)]}, 1, {("x", 3), ("y", 1)}),
                ({"a": [("x", 3)]}, 2, {("x", 3)}),  # scope b is gone
                ({}, 3, set()),
            ):
                asked = pull_stage.position(connection)
                pull_store.take_page(connection, asked, _answer(scopes, cursor, more=False))
                rows = connection.exec_driver_sql("SELECT id, ver FROM snapshot_row").all()
                assert {tuple(row) for row in rows} == expected
    finally:
        database.close()


def test_an_older_version_never_replaces_a_newer_one(tmp_path: Path) -> None:
    """Two scopes hold a row, and the page of one of them is older than the other's."""
    database = new_database(tmp_path)
    try:
        with database.write() as connection:
            meta.put(connection, meta.EPOCH, "e1")
            for scopes, cursor in (({"a": [("x", 7)]}, 1), ({"a": [("x", 7)], "b": [("x", 5)]}, 2)):
                asked = pull_stage.position(connection)
                taken = pull_store.take_page(connection, asked, _answer(scopes, cursor, more=False))
                assert taken.mismatched == ()
            assert connection.exec_driver_sql("SELECT ver FROM snapshot_row").scalar() == 7
            assert connection.exec_driver_sql("SELECT count(*) FROM member").scalar() == 2
    finally:
        database.close()


@pytest.mark.parametrize("seed", range(5))
def test_the_kept_digest_is_always_the_counted_one(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    database = new_database(tmp_path)
    feed: dict[str, dict[str, int]] = {"a": {}, "b": {}, "c": {}}
    try:
        with database.write() as connection:
            meta.put(connection, meta.EPOCH, "e1")
            for cursor in range(1, 60):
                rows: list[Row] = []
                for _ in range(chance.randrange(6)):
                    scope, row_id = chance.choice(list(feed)), f"x{chance.randrange(12)}"
                    version = cursor * 10 + chance.randrange(10)
                    gone = chance.random() < 0.3
                    if gone:
                        feed[scope].pop(row_id, None)
                    else:
                        feed[scope][row_id] = version
                    rows.append(
                        Row(
                            s=scope, k="thing", i=row_id, ver=version,
                            op="remove" if gone else "put", d=None if gone else {"id": row_id},
                        )
                    )  # fmt: skip
                states = [
                    ScopeState(
                        id=scope, cursor=cursor, head=cursor, n=digest.rows, sum=str(digest.total)
                    )
                    for scope, held in feed.items()
                    for digest in [digest_of(("thing", i, v) for i, v in held.items())]
                ]
                answer = PullAnswer(
                    epoch="e1", server_time="-", applied_seq=0, scopes=states, rows=rows,
                    more=chance.random() < 0.3 and cursor < 59,
                )  # fmt: skip
                asked = pull_stage.position(connection)
                assert pull_store.take_page(connection, asked, answer).mismatched == ()
            for scope, digest in pull_store.digests(connection).items():
                assert digest == digest_of(pull_store.members(connection, scope))
            held_ids = {row_id for held in feed.values() for row_id in held}
            ids = connection.exec_driver_sql("SELECT id FROM snapshot_row").scalars()
            assert set(ids) == held_ids
    finally:
        database.close()


def test_every_fault_by_itself_is_survived(tmp_path: Path) -> None:
    with sync_world(tmp_path, narrow=NARROW) as world:
        for number, fault in enumerate(FAULTS):
            world.laptop.record()
            world.laptop.sync(["none"] * (number % 5) + [fault])
            world.assert_sound(world.laptop)
        world.laptop.line.deliver_late()
        world.settled(world.laptop)
