"""A new laptop takes a ready-made file, resumes it after any death, and never trusts it."""

import gzip
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.sync import snapshot_run
from cvd_server.feed_floors import purge_tombstones
from cvd_server.snapshots import make_snapshots, store_key
from cvd_shared.canonical import sha256_hex
from tests.support.big_catalogue import put_products, remove_products
from tests.support.faulty_transport import FAULTS, Fault, FaultyTransport
from tests.support.servers import LocalServer
from tests.support.small_operator import SmallOperator
from tests.support.sync_world import Laptop, World

MANY = 300
PIECE = 500  # bytes, so that the file is several of them


@pytest.fixture
def world(
    server: LocalServer, small: SmallOperator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """The catalogue has a snapshot, and something has changed since."""
    monkeypatch.setattr(snapshot_run, "SNAPSHOT_CHUNK_BYTES", PIECE)
    put_products(server, small, range(MANY))
    assert make_snapshots(server.database, server.services.store, "-", least_rows=MANY) == 1
    put_products(server, small, range(3), name="Newer")
    remove_products(server, small, [5])
    made = World(server, "", tmp_path / "laptops", random.Random(1))
    try:
        made.add_laptop(narrow={"rows": 100}).sign_in()
        yield made
    finally:
        for laptop in made.laptops:
            laptop.close()


def pieces(laptop: Laptop) -> int:
    return sum("/snapshots/" in path for path in laptop.line.seen)


def on_piece(number: int, fault: Fault) -> Fault:
    """The fault meets the piece of this number and those after it."""
    met = 0

    def answer(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
        nonlocal met
        if "/snapshots/" in request.url.path:
            met += 1
            if met >= number:
                return fault(line, request)
        return FAULTS["none"](line, request)

    return answer


def with_body(change: Callable[[bytes], bytes], status: int = 206) -> Fault:
    def answer(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
        response = line.pass_on(request)
        body = change(response.read())
        headers = {k: v for k, v in response.headers.items() if k != "content-length"}
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))

    return answer


def test_a_first_pull_takes_the_snapshot_and_the_rest_in_pages(world: World) -> None:
    laptop = world.laptop
    world.settled(laptop)
    assert pieces(laptop) >= 4
    assert laptop.line.seen.count("/api/v1/sync/pull") == 2
    assert ("product", "q00005") not in laptop.records()
    assert laptop.records()[("product", "q00001")]["name"] == "Newer 1"


def test_it_goes_on_where_it_was_killed(world: World) -> None:
    laptop = world.laptop
    for number in range(1, 4):
        laptop.line.otherwise = on_piece(2, FAULTS["lose_answer"])
        assert laptop.sync().problem == "offline"
        assert laptop.records() == {}
        laptop.close()
        laptop.open()
        assert pieces(laptop) == 2 * number  # one that came, one that was lost
    laptop.line.otherwise = FAULTS["none"]
    laptop.line.seen.clear()
    size = _size(world)
    world.settled(laptop)
    assert pieces(laptop) == -(-size // PIECE) - 3


def _size(world: World) -> int:
    with world.server.database.read() as connection:
        return int(connection.exec_driver_sql("SELECT size FROM snapshot").scalar_one())


ODD: dict[str, Fault] = {
    "other bytes": with_body(lambda body: bytes(len(body))),
    "one bit": with_body(lambda body: bytes([body[0] ^ 1]) + body[1:]),
    "too short": with_body(lambda body: body[:-1]),
    "too long": with_body(lambda body: body + b"x"),
    "nothing": with_body(lambda _: b""),
    "no ranges": with_body(lambda body: body, status=200),
    "broken": FAULTS["broken"],
    "portal": FAULTS["page_200"],
}


def test_whatever_is_odd_ends_in_pages(world: World) -> None:
    for name, fault in ODD.items():
        laptop = world.add_laptop(name.replace(" ", "-"), narrow={"rows": 100})
        laptop.sign_in()
        laptop.line.otherwise = on_piece(2, fault)
        world.settled(laptop)
        assert laptop.line.seen.count("/api/v1/sync/pull") >= 4, name
        assert laptop.meta(meta.REPAIRS) is None


def _line(scope: str, version: int) -> bytes:
    row = {"s": scope, "k": "product", "i": "q1", "ver": version, "op": "put", "d": {}}
    return json.dumps(row).encode() + b"\n"


NONSENSE = [
    b"no gzip at all",
    gzip.compress(b"{}\n"),
    gzip.compress(b"[" * 100_000),
    gzip.compress(_line("route:r9", 1)),
    gzip.compress(_line("catalog", 1)),
    gzip.compress(_line("catalog", -1)),
    gzip.compress(bytes(20_000_000)),  # would be a line without an end
    gzip.compress(b"\n" * 400)[:-4],
]


def test_a_file_with_the_right_name_and_nonsense_in_it_ends_in_pages(world: World) -> None:
    """The store's own fault: name and size fit, what is in it does not."""
    store = world.server.services.store
    for number, content in enumerate(NONSENSE):
        name = sha256_hex(content)
        store.put(store_key("op", name), [content])
        with world.server.database.write() as connection:
            connection.exec_driver_sql(
                f"UPDATE snapshot SET sha256 = '{name}', size = {len(content)}"
            )
        laptop = world.add_laptop(f"l{number}")
        laptop.sign_in()
        world.settled(laptop)
        assert pieces(laptop) >= 1
        assert laptop.meta(meta.REPAIRS) is None


def test_an_offer_that_is_none_ends_in_pages(world: World) -> None:
    laptop = world.laptop
    for number, value in enumerate(("x", "-1", "10000000000000")):
        fresh = world.add_laptop(f"l{number}")
        fresh.sign_in()
        column = "sha256" if number == 0 else "size"
        with world.server.database.write() as connection:
            connection.exec_driver_sql(f"UPDATE snapshot SET {column} = '{value}'")
        world.settled(fresh)
        assert pieces(fresh) == 0
    assert laptop.records() == {}


def test_a_newer_one_takes_its_place_in_the_middle(world: World) -> None:
    laptop = world.laptop
    laptop.line.otherwise = on_piece(3, FAULTS["lose_request"])
    assert laptop.sync().problem == "offline"
    laptop.line.otherwise = FAULTS["none"]
    to = world.server.services
    for name in ("b", "c"):  # the one that was begun is forgotten
        put_products(world.server, SmallOperator("op", ""), range(100), name=name)
        assert make_snapshots(to.database, to.store, "-", least_rows=MANY - 9) == 1
    world.settled(laptop)


def test_a_purge_in_the_middle_begins_the_scope_again(world: World) -> None:
    laptop = world.laptop
    laptop.line.otherwise = on_piece(3, FAULTS["lose_request"])
    assert laptop.sync().problem == "offline"
    assert laptop.records() == {}
    laptop.line.otherwise = FAULTS["none"]
    small = SmallOperator("op", "")
    remove_products(world.server, small, [7])
    world.server.clock.move(seconds=1)
    with world.server.database.write() as connection:
        assert purge_tombstones(connection, "op", world.server.services.now()) == 2
    world.settled(laptop)
    assert not {("product", "q00005"), ("product", "q00007")} & laptop.records().keys()


def test_it_serves_who_loads_everything_anew(world: World) -> None:
    laptop = world.laptop
    world.settled(laptop)
    with world.server.database.write() as connection:
        connection.exec_driver_sql("UPDATE server_meta SET v = 'restored' WHERE k = 'epoch'")
    world.server.services.epoch = "restored"
    before = pieces(laptop)
    laptop.line.otherwise = on_piece(3, FAULTS["lose_request"])
    kept = laptop.records()
    assert laptop.sync().problem == "offline"
    assert laptop.records() == kept
    laptop.line.otherwise = FAULTS["none"]
    world.settled(laptop)
    assert pieces(laptop) > before
    copies = [path.name for path in laptop.folder.glob("backups/*.db")]
    assert len(copies) == 1
    assert json.dumps(copies).count("before-new-stream") == 1
