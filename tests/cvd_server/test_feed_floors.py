"""Tombstones are forgotten after their time, and nobody misses what they told."""

from cvd_server import tables
from cvd_server.feed_floors import TOMBSTONE_DAYS, purge_tombstones
from cvd_server.self_check import self_check
from tests.support.big_catalogue import put_products, remove_products
from tests.support.reading_device import ReadingDevice
from tests.support.server_answers import assert_sound
from tests.support.servers import LocalServer
from tests.support.small_operator import SmallOperator


def purge(server: LocalServer, small: SmallOperator) -> int:
    """What the nightly job does."""
    with server.database.write() as connection:
        return purge_tombstones(connection, small.operator_id, server.services.now())


def test_only_old_tombstones_of_this_operator_go(server: LocalServer, small: SmallOperator) -> None:
    put_products(server, small, range(6))
    remove_products(server, small, [1, 2])
    other = SmallOperator("x-op", "x-")
    remove_products(server, other, [1])
    server.clock.move(days=TOMBSTONE_DAYS)
    remove_products(server, small, [3])
    assert purge(server, small) == 2
    assert purge(server, small) == 0
    assert_sound(server)
    server.clock.move(seconds=1)
    assert purge(server, small) == 1
    assert_sound(server)


def test_who_was_away_reads_anew_and_who_was_not_goes_on(
    server: LocalServer, small: SmallOperator
) -> None:
    put_products(server, small, range(6))
    away, here = (ReadingDevice(server.session("driver07")) for _ in range(2))
    away.catch_up()
    remove_products(server, small, [1, 2])
    here.catch_up()
    server.clock.move(seconds=1)
    assert purge(server, small) == 2
    away.catch_up()
    here.catch_up()
    assert (away.resets, here.resets) == (1, 0)
    assert away.ids("product") == here.ids("product")
    put_products(server, small, [1])
    for device in (away, here):
        device.catch_up()
        assert "q00001" in device.ids("product")
    assert (away.resets, here.resets) == (1, 0)
    assert_sound(server)


def test_a_round_of_pages_that_a_purge_overtakes_begins_again(
    server: LocalServer, small: SmallOperator
) -> None:
    """A laptop slept for months between two pages: what it has read is gone and forgotten."""
    put_products(server, small, range(30))
    session = server.session("driver07")
    first = session.pull(limit_rows=25, snapshots=False).json()["data"]
    cursors = {scope["id"]: scope["cursor"] for scope in first["scopes"]}
    assert first["more"]
    assert 0 < cursors["catalog"] < 30
    remove_products(server, small, [0])
    server.clock.move(seconds=1)
    assert purge(server, small) == 1
    rereading = list(cursors)
    floors = dict.fromkeys(cursors, 0)
    again = session.pull(cursors, rereading=rereading, floors=floors).json()["data"]
    states = {scope["id"]: scope for scope in again["scopes"]}
    assert states["catalog"]["reset"]
    assert states["catalog"]["floor"] == states["catalog"]["head"]
    assert not states["org"]["reset"]
    told = {row["i"] for row in again["rows"] if row["s"] == "catalog" and row["op"] == "put"}
    assert len(told) == states["catalog"]["n"]
    # The same round, begun under the present floor, may go on below it.
    floors["catalog"] = states["catalog"]["floor"]
    on = session.pull(cursors, rereading=rereading, floors=floors).json()["data"]
    assert not any(scope["reset"] for scope in on["scopes"])


def test_the_self_check_finds_wrong_floors_and_snapshots(
    server: LocalServer, small: SmallOperator
) -> None:
    with server.database.write() as connection:
        mine = {"operator_id": "op", "scope": "org"}
        connection.execute(tables.scope_head.update().filter_by(**mine).values(floor=1000))
        connection.execute(
            tables.snapshot.insert().values(
                **mine, head=999, sha256="0" * 64, size=1, rows=1, made_at="-"
            )
        )
    with server.database.read() as connection:
        problems = self_check(connection, server.services.store).problems
    assert [problem.partition(": ")[2][:22] for problem in problems] == [
        "scope org: floor 1000 ",
        "snapshot of org: head ",
        "snapshot of org: 00000",
    ]
