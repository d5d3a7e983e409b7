"""Ready-made files of a scope: the same as the pages, for those who may see them, in parts too."""

import gzip
import json
from typing import Any

import httpx
import pytest

from cvd_server.feed_checks import snapshot_problems
from cvd_server.feed_floors import purge_tombstones
from cvd_server.snapshots import make_snapshots, store_key
from cvd_shared.wire import API
from cvd_shared.wire_repair import SNAPSHOT_MEDIA_TYPE
from tests.support.big_catalogue import put_products, remove_products
from tests.support.servers import LocalServer, Session
from tests.support.small_operator import SmallOperator

ROWS = 40  # beside the two that are there


@pytest.fixture
def stocked(server: LocalServer, small: SmallOperator) -> SmallOperator:
    put_products(server, small, range(ROWS))
    assert make(server) == 1
    return small


def make(server: LocalServer) -> int:
    return make_snapshots(
        server.database, server.services.store, server.services.now(), least_rows=ROWS
    )


def offer_of(session: Session, **more: Any) -> dict[str, Any] | None:
    data = session.pull(**{"snapshots": True} | more).json()["data"]
    states = {scope["id"]: scope for scope in data["scopes"]}
    offer: dict[str, Any] | None = states["catalog"].get("snapshot")
    if offer is not None:
        assert states["catalog"]["cursor"] == 0
        assert not any(row["s"] == "catalog" for row in data["rows"])
        assert data["more"]
    return offer


def get(session: Session, sha256: str, **headers: str) -> httpx.Response:
    return session.http.get(f"{API}/sync/snapshots/{sha256}", headers=headers)


def sound(server: LocalServer) -> list[str]:
    with server.database.read() as connection:
        return list(snapshot_problems(connection, "op", server.services.store))


def test_the_file_holds_what_the_pages_hold(server: LocalServer, stocked: SmallOperator) -> None:
    session = server.session("driver07")
    offer = offer_of(session)
    assert offer is not None
    answer = get(session, offer["sha256"])
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, SNAPSHOT_MEDIA_TYPE)
    assert answer.headers["ETag"] == f'"{offer["sha256"]}"'
    assert "immutable" in answer.headers["Cache-Control"]
    assert "Content-Encoding" not in answer.headers
    assert len(answer.content) == offer["bytes"]
    lines = [json.loads(line) for line in gzip.decompress(answer.content).splitlines()]
    pages = session.pull().json()["data"]["rows"]
    assert lines == [row for row in pages if row["s"] == "catalog"]
    assert len(lines) == offer["rows"] == ROWS + 2
    assert sound(server) == []


def test_any_part_can_be_had(server: LocalServer, stocked: SmallOperator) -> None:
    session = server.session("driver07")
    offer = offer_of(session)
    assert offer is not None
    name, size = offer["sha256"], offer["bytes"]
    whole = get(session, name).content
    for asked, first, last in (("0-9", 0, 9), ("100-", 100, size - 1), ("5-99999999", 5, size - 1)):
        answer = get(session, name, Range=f"bytes={asked}")
        assert answer.status_code == 206
        assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{size}"
        assert answer.content == whole[first : last + 1]
    for wrong in (f"bytes={size}-", "bytes=9-3"):
        answer = get(session, name, Range=wrong)
        assert (answer.status_code, answer.json()["error"]["code"]) == (416, "range_wrong")
    assert get(session, name, Range="bytes=0-1,5-9").status_code == 200


def test_what_is_not_yours_does_not_exist(server: LocalServer, small: SmallOperator) -> None:
    assert make_snapshots(
        server.database, server.services.store, server.services.now(), least_rows=1
    )
    manager, driver = server.session("manager"), server.session("driver07")
    stranger = server.session("x-manager")
    data = manager.pull(snapshots=True).json()["data"]
    names = {scope["id"]: scope["snapshot"]["sha256"] for scope in data["scopes"] if scope["n"]
             and "snapshot" in scope}  # fmt: skip
    assert {"catalog", "org", "route:r1", "route:r2"} <= set(names)
    assert not any(name.startswith("me:") for name in names)
    assert get(driver, names["route:r1"]).status_code == 200
    refused = [
        get(driver, names["route:r2"]),
        get(stranger, names["catalog"]),
        get(driver, "0" * 64),
        get(driver, "no-hash"),
    ]
    told = {(answer.status_code, answer.json()["error"]["code"]) for answer in refused}
    assert told == {(404, "snapshot_unknown")}


def test_it_is_made_again_when_enough_has_changed(
    server: LocalServer, stocked: SmallOperator
) -> None:
    session = server.session("driver07")
    first = offer_of(session)
    assert make(server) == 0
    put_products(server, stocked, [0], name="Other")
    assert make(server) == 0
    assert offer_of(session) == first
    put_products(server, stocked, range(10), name="New")
    assert make(server) == 1
    second = offer_of(session)
    assert first is not None
    assert second is not None
    assert second["cursor"] > first["cursor"]
    assert get(session, first["sha256"]).status_code == 200, "somebody may be in the middle of it"
    put_products(server, stocked, range(10), name="Newer")
    assert make(server) == 1
    assert get(session, first["sha256"]).status_code == 404
    assert server.services.store.size(store_key("op", first["sha256"])) is None
    assert sound(server) == []


def test_one_below_the_floor_is_not_offered(server: LocalServer, stocked: SmallOperator) -> None:
    session = server.session("driver07")
    assert offer_of(session)
    remove_products(server, stocked, [0])
    server.clock.move(seconds=1)
    with server.database.write() as connection:
        assert purge_tombstones(connection, "op", server.services.now()) == 1
    assert offer_of(session) is None
    assert make_snapshots(server.database, server.services.store, "-", least_rows=40) == 1
    assert offer_of(session) is not None


def test_who_has_begun_or_does_not_ask_gets_rows(
    server: LocalServer, stocked: SmallOperator
) -> None:
    session = server.session("driver07")
    assert offer_of(session, snapshots=False) is None
    assert offer_of(session, cursors={"catalog": 1}) is None


def test_a_lost_file_is_a_problem_and_no_answer(
    server: LocalServer, stocked: SmallOperator
) -> None:
    session = server.session("driver07")
    offer = offer_of(session)
    assert offer is not None
    key = store_key("op", offer["sha256"])
    server.services.store.put(key, [b"something else"])
    assert sound(server) == [f"snapshot of catalog: {offer['sha256']} has another size"]
    server.services.store.delete(key)
    assert get(session, offer["sha256"]).status_code == 404
    assert sound(server) == [f"snapshot of catalog: {offer['sha256']} is missing"]
