"""Pull: one cut, complete scopes, nothing missed, nothing that is not ours."""

import pytest

from cvd_server import tables
from cvd_server.change_feed import ChangeFeed, change_feed
from cvd_server.people import set_routes
from cvd_shared.wire_records import LocationRecord, MachineRecord, ProductRecord, Record
from tests.support.field_events import EventStream
from tests.support.reading_device import ReadingDevice
from tests.support.server_answers import assert_sound
from tests.support.servers import LocalServer
from tests.support.small_operator import SmallOperator


@pytest.fixture
def driver07(server: LocalServer, small: SmallOperator) -> ReadingDevice:
    return ReadingDevice(server.session("driver07"))


@pytest.fixture
def driver08(server: LocalServer, small: SmallOperator) -> ReadingDevice:
    return ReadingDevice(server.session("driver08"))


def office(server: LocalServer, small: SmallOperator, *records: Record) -> None:
    """The office changes master data."""
    with (
        server.database.write() as connection,
        change_feed(connection, small.operator_id, server.services.now()) as feed,
    ):
        feed.lock_master_data()
        feed.put(records)
    assert_sound(server)


def machine(name: str, **changes: object) -> MachineRecord:
    fields = {"id": name, "asset_number": "A-1", "location_id": "l1", "route_id": "r1"} | changes
    return MachineRecord.model_validate(fields)


def test_small_pages_bring_the_same_as_one_large(
    server: LocalServer, small: SmallOperator, driver07: ReadingDevice
) -> None:
    office(server, small, *(
        ProductRecord(id=f"q{n}", sku=f"{n}", name="Bar " * 50) for n in range(60)
    ))  # fmt: skip
    assert driver07.catch_up() == 1
    by_rows = ReadingDevice(server.session("driver07"))
    assert by_rows.catch_up(limit_rows=7) > 9
    by_bytes = ReadingDevice(server.session("driver07"))
    assert by_bytes.catch_up(limit_bytes=1024) > 9
    assert driver07.rows == by_rows.rows == by_bytes.rows
    assert driver07.catch_up() == 1


def test_only_what_changed_comes_again(
    server: LocalServer, small: SmallOperator, driver07: ReadingDevice
) -> None:
    driver07.catch_up()
    office(server, small, ProductRecord(id="p1", sku="S1", name="Bar 1"))  # as it was
    assert driver07.session.pull(driver07.cursors).json()["data"]["rows"] == []
    office(server, small, ProductRecord(id="p1", sku="S1", name="Bar One"))
    rows = driver07.session.pull(driver07.cursors).json()["data"]["rows"]
    assert [(row["i"], row["ver"], row["d"]["name"]) for row in rows] == [("p1", 2, "Bar One")]


def test_a_moved_machine_takes_its_planogram_and_reads_along(
    server: LocalServer, small: SmallOperator, driver07: ReadingDevice, driver08: ReadingDevice
) -> None:
    stream = EventStream("u-driver07")
    op = stream.read("m1")
    driver07.session.push([op], inline_blobs=stream.blobs)
    driver07.catch_up()
    driver08.catch_up()
    assert "m1" in driver07.ids("machine")
    office(server, small, machine("m1", route_id="r2"))
    driver07.catch_up()
    driver08.catch_up()
    for kind, row_id in (
        ("machine", "m1"), ("planogram", "pl1"), ("read", op["payload"]["read_id"]),
    ):  # fmt: skip
        assert row_id not in driver07.ids(kind)
        assert row_id in driver08.ids(kind)
    # The town hall now has machines of both routes: it belongs to everybody.
    assert "l1" in driver07.ids("location", "org")
    assert "l1" in driver08.ids("location", "org")
    office(server, small, machine("m1"))
    driver07.catch_up()
    driver08.catch_up()
    assert "m1" in driver07.ids("machine")
    assert op["payload"]["read_id"] in driver07.ids("read", "route:r1")
    assert "l1" in driver07.ids("location", "route:r1")
    assert not {"m1", "l1"} & (driver08.ids("machine") | driver08.ids("location"))


def test_what_is_removed_goes_and_may_come_back(
    server: LocalServer, small: SmallOperator, driver07: ReadingDevice
) -> None:
    driver07.catch_up()
    with (
        server.database.write() as connection,
        change_feed(connection, small.operator_id, server.services.now()) as feed,
    ):
        feed.lock_master_data()
        feed.remove("machine", ["m2", "no such machine"])
        feed.remove("product", ["p2"])
    assert_sound(server)
    driver07.catch_up()
    assert driver07.ids("machine") == {"m1", "m4"}
    assert driver07.ids("product") == {"p1"}
    office(server, small, machine("m2", asset_number="A-2"))
    driver07.catch_up()
    assert "m2" in driver07.ids("machine")
    assert driver07.rows[("route:r1", "machine", "m2")][0] == 3


def test_a_lost_route_goes_and_old_facts_of_it_are_still_taken(
    server: LocalServer, small: SmallOperator, driver07: ReadingDevice
) -> None:
    driver07.catch_up()
    with (
        server.database.write() as connection,
        change_feed(connection, small.operator_id, server.services.now()) as feed,
    ):
        set_routes(feed, "u-driver07", ["r2"])
    driver07.catch_up()
    assert driver07.scopes == ["catalog", "me:u-driver07", "org", "route:r2"]
    assert driver07.ids("machine") == {"m3", "m4"}
    assert driver07.rows[("me:u-driver07", "user", "u-driver07")][1]["route_ids"] == ["r2"]
    stream = EventStream("u-driver07")
    before = stream.read("m1", occurred_at="2026-02-01T10:00:00Z")
    after = stream.read("m1", occurred_at="2026-03-02T11:00:00+01:00")
    answer = driver07.session.push([before, after], inline_blobs=stream.blobs)
    results = answer.json()["data"]["results"]
    assert [result["outcome"] for result in results] == ["applied", "quarantined"]
    assert_sound(server)


def test_a_wrong_clock_costs_no_right(
    server: LocalServer, small: SmallOperator, driver07: ReadingDevice
) -> None:
    stream = EventStream("u-driver07")
    ops = [stream.read("m1", occurred_at=f"{year}-01-01T00:00:00Z") for year in (1999, 2016, 2036)]
    answer = driver07.session.push(ops, inline_blobs=stream.blobs)
    assert {r["outcome"] for r in answer.json()["data"]["results"]} == {"applied"}


def test_a_cursor_that_cannot_go_on_starts_again(
    server: LocalServer, small: SmallOperator, driver07: ReadingDevice
) -> None:
    """Purged tombstones (floor), a cursor from the future, a negative one."""
    office(server, small, *(ProductRecord(id=f"q{n}", sku=f"{n}", name="x") for n in range(9)))
    driver07.catch_up()
    with server.database.write() as connection:
        head = tables.scope_head
        connection.execute(head.update().where(head.c.scope == "catalog").values(floor=11))
    assert driver07.cursors["catalog"] == 11
    driver07.catch_up()
    assert driver07.resets == 0, "a device that is past the floor has missed nothing"
    for cursor in (5, 10**6, -1, 2**80):
        driver07.cursors["catalog"] = cursor
        driver07.rows[("catalog", "product", "ghost")] = (1, {})
        driver07.catch_up(limit_rows=2)
        assert "ghost" not in driver07.ids("product")
    assert driver07.resets == 4
    fresh = ReadingDevice(server.session("driver07"))
    fresh.catch_up(limit_rows=2)
    assert (fresh.resets, fresh.rows) == (0, driver07.rows)


def test_the_office_sees_every_route_and_nobody_another_operator(
    server: LocalServer, small: SmallOperator
) -> None:
    manager = ReadingDevice(server.session("manager"))
    manager.catch_up()
    assert manager.ids("machine") == {"m1", "m2", "m3", "m4"}
    stranger = ReadingDevice(server.session("x-manager"))
    stranger.catch_up()
    assert stranger.ids("machine") == {"x-m1", "x-m2", "x-m3", "x-m4"}
    # Another operator's device and stream are unknown, whoever asks.
    stranger.session.device_id = manager.session.device_id
    answer = stranger.session.pull()
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "device_unknown")


def test_new_machines_and_places_in_one_transaction_need_no_order(
    server: LocalServer, small: SmallOperator, driver08: ReadingDevice
) -> None:
    office(
        server,
        small,
        machine("m9", asset_number="A-9", location_id="l9", route_id="r2"),
        LocationRecord(id="l9", name="Mill"),
        LocationRecord(id="l8", name="Empty"),
    )
    driver08.catch_up()
    assert "l9" in driver08.ids("location", "route:r2")
    assert "l8" in driver08.ids("location", "org")


def test_a_failed_part_leaves_no_trace_in_the_feed(
    server: LocalServer, small: SmallOperator, driver07: ReadingDevice
) -> None:
    driver07.catch_up()

    def failing(feed: ChangeFeed) -> None:
        with feed.savepoint():
            feed.put([machine("m1", route_id="r2"), ProductRecord(id="p1", sku="", name="lost")])
            raise KeyError

    with (
        server.database.write() as connection,
        change_feed(connection, small.operator_id, server.services.now()) as feed,
    ):
        feed.put([ProductRecord(id="p2", sku="", name="kept")])
        with pytest.raises(KeyError):
            failing(feed)
    assert_sound(server)
    driver07.catch_up()
    assert driver07.rows[("catalog", "product", "p2")][1]["name"] == "kept"
    assert driver07.rows[("catalog", "product", "p1")][1]["name"] == "Bar 1"
    assert "m1" in driver07.ids("machine")
