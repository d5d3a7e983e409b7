"""Failed sign-ins: guessing gets slow, names look alike, and no stranger locks anybody out."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import select

from cvd_server import tables
from cvd_server.sign_in_tries import FREE_TRIES_OF_NAME, FREE_TRIES_OF_SOURCE, source_of
from cvd_shared.wire import API
from tests.support.server_answers import told
from tests.support.servers import LocalServer, Session, sha
from tests.support.signed_devices import SignedDevice
from tests.support.small_operator import PASSWORD, SmallOperator

GOOD = (200, None)
WRONG = (401, "sign_in_refused")
WAIT = (429, "too_many_tries")
on_sqlite = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)


class Places:
    """Clients at addresses of one's own."""

    def __init__(self, server: LocalServer) -> None:
        self._server = server
        self._clients: dict[str, httpx.Client] = {}

    def at(self, address: str) -> httpx.Client:
        if address not in self._clients:
            transport = httpx.WSGITransport(self._server.app, remote_addr=address)
            client = httpx.Client(transport=transport, base_url="https://server.test")
            self._clients[address] = client
        return self._clients[address]

    def close(self) -> None:
        for client in self._clients.values():
            client.close()


@pytest.fixture
def places(server: LocalServer, small: SmallOperator) -> Iterator[Places]:
    places = Places(server)
    yield places
    places.close()


def try_at(http: httpx.Client, name: str, password: str = "wrong") -> tuple[int, str | None]:
    return told(
        http.post(
            f"{API}/auth/token",
            json={"user": name, "password": password, "next_hash": sha("s")},
        )
    )


def set_failures(server: LocalServer, count: int, **which: str) -> None:
    """As if they had happened: a hundred tries would take long."""
    table = tables.sign_in_failure
    with server.database.write() as connection:
        changed = connection.execute(
            table.update().filter_by(**which).values(failures=count)
        ).rowcount
    assert changed == 1


@on_sqlite
def test_a_stranger_elsewhere_locks_nobody_out(places: Places) -> None:
    stranger, home = places.at("198.51.100.7"), places.at("203.0.113.4")
    for _ in range(5):
        assert try_at(stranger, "driver07") == WRONG
    assert try_at(stranger, "driver07", PASSWORD) == WAIT
    assert try_at(home, "driver07", PASSWORD) == GOOD


@on_sqlite
def test_one_source_cannot_try_a_password_on_everybody(server: LocalServer, places: Places) -> None:
    http = places.at("198.51.100.7")
    assert try_at(http, "driver07") == WRONG
    set_failures(server, FREE_TRIES_OF_SOURCE, name="", source="address:198.51.100.7")
    assert try_at(http, "driver08", PASSWORD) == WAIT
    assert try_at(places.at("203.0.113.4"), "driver08", PASSWORD) == GOOD
    server.clock.move(seconds=16)
    assert try_at(http, "driver08", PASSWORD) == GOOD
    # A good password of one's own in between does not buy more tries on others.
    assert try_at(http, "driver07") == WAIT
    server.clock.move(days=2)
    for _ in range(3):
        assert try_at(http, "driver07") == WRONG, "forgotten after a day"


@on_sqlite
def test_attackers_everywhere_hold_up_a_name_for_a_minute_and_its_laptop_never(
    server: LocalServer, places: Places
) -> None:
    device, session = SignedDevice(), server.session("driver07")
    device.register(session)
    assert try_at(places.at("198.51.100.1"), "driver07") == WRONG
    set_failures(server, FREE_TRIES_OF_NAME + 500, name="driver07", source="")
    for n in range(2, 4):
        assert try_at(places.at(f"198.51.100.{n}"), "driver07", PASSWORD) == WAIT
    signed = device.sign_in(places.at("203.0.113.4"), "driver07", PASSWORD, "own")
    assert told(signed) == GOOD
    assert try_at(places.at("198.51.100.1"), "driver07") == WRONG, "a success frees the name"
    set_failures(server, FREE_TRIES_OF_NAME + 500, name="driver07", source="")
    server.clock.move(seconds=61)
    assert try_at(places.at("203.0.113.9"), "driver07", PASSWORD) == GOOD


@on_sqlite
def test_a_stolen_laptop_guesses_no_faster(server: LocalServer, places: Places) -> None:
    device, session = SignedDevice(), server.session("driver07")
    device.register(session)
    http = places.at("198.51.100.7")
    for _ in range(5):
        assert told(device.sign_in(http, "driver07", "wrong", "s")) == WRONG
    assert told(device.sign_in(http, "driver07", PASSWORD, "s")) == WAIT
    foreign, other = SignedDevice(), server.session("x-driver07")
    foreign.register(other)
    assert told(foreign.sign_in(http, "driver07", PASSWORD, "s")) == GOOD, "counted by address"
    with server.database.read() as connection:
        sources = set(connection.scalars(select(tables.sign_in_failure.c.source)))
    assert f"device:{foreign.device_id}" not in sources


@on_sqlite
def test_the_office_sees_and_lifts_a_wait(server: LocalServer, places: Places) -> None:
    admin = server.session("admin")
    http = places.at("198.51.100.7")
    for _ in range(5):
        assert try_at(http, "driver07") == WRONG
    users = admin.http.get(f"{API}/users").json()["data"]["users"]
    state = {user["name"]: (user["failures"], user["locked_until"]) for user in users}
    assert state["driver07"] == (
        5, "2026-03-02T08:00:16.000Z",
    )  # fmt: skip
    assert state["driver08"] == (0, None)
    assert try_at(http, "driver07", PASSWORD) == WAIT
    answer = admin.http.post(f"{API}/users/u-driver07/unlock", json={})
    assert (answer.json()["data"]["user"]["failures"], told(answer)) == (0, GOOD)
    assert try_at(http, "driver07", PASSWORD) == GOOD
    trail = admin.http.get(f"{API}/audit").json()["data"]["lines"]
    actions = [line["action"] for line in trail]
    assert actions.count("sign_in_refused") == 5
    assert {"sign_in_locked", "sign_in_unlocked", "signed_in"} <= set(actions)


class _CountingHasher:
    """Knows one password; counts how often it was asked to do its long work."""

    def __init__(self) -> None:
        self.hashes: list[str] = []

    def verify(self, stored: str, password: str) -> bool:
        self.hashes.append(stored)
        if password != PASSWORD or stored == "dummy":
            raise VerifyMismatchError
        return True


@on_sqlite
@pytest.mark.parametrize("password", ["wrong", PASSWORD])
def test_a_name_that_nobody_has_costs_the_same_work(
    server: LocalServer, small: SmallOperator, password: str
) -> None:
    """One hash each, and the same statements on the database."""
    with server.database.write() as connection:
        user = tables.user_account
        blocked = user.update().where(user.c.id == "u-driver08").values(active=False)
        connection.execute(blocked)
    hasher = _CountingHasher()
    server.services.hasher = hasher  # type: ignore[assignment]
    server.services.dummy_hash = "dummy"
    http, costs = server.http(), {}
    for name in ("driver07", "driver08", "nobody", "admin' OR 1=1 --", "ümläut", "x" * 200):
        hasher.hashes.clear()
        with statements(server) as seen:
            answer = try_at(http, name, "wrong" if name == "driver07" else password)
        costs[name] = (len(hasher.hashes), tuple(seen))
        known = name == "driver08" and password == PASSWORD
        assert answer == ((403, "user_blocked") if known else WRONG)
    known_cost = costs.pop("driver07")
    assert known_cost[0] == 1
    if password == PASSWORD:
        costs.pop("driver08")  # whoever knows the password may learn that he is blocked
    assert set(costs.values()) == {known_cost}


@contextmanager
def statements(server: LocalServer) -> Iterator[list[str]]:
    """What the database is asked, without the values."""
    from sqlalchemy import event

    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(server.database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(server.database.engine, "before_cursor_execute", note)


def test_many_guesses_at_once_gain_nothing(server: LocalServer, small: SmallOperator) -> None:
    """On both databases: every try is counted before its password is looked at."""
    clients = [server.http() for _ in range(16)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda http: try_at(http, "driver07"), clients))
    assert sorted(answers) == [WRONG] * 5 + [WAIT] * 11


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("192.0.2.1", "address:192.0.2.1"),
        ("::ffff:192.0.2.1", "address:192.0.2.1"),
        ("2001:db8:1:2:3::9", "address:2001:0db8:0001:0002::/64"),
        ("2001:db8:1:2:4::1", "address:2001:0db8:0001:0002::/64"),
        ("fe80::1%eth0", "address:fe80:0000:0000:0000::/64"),
        (None, "address:unknown"),
        ("", "address:unknown"),
        ("unix:", "address:unknown"),
    ],
)
def test_a_source_is_an_address_or_a_home_network(address: str | None, source: str) -> None:
    assert source_of(address) == source


@on_sqlite
def test_a_name_that_nobody_has_is_not_kept(server: LocalServer, small: SmallOperator) -> None:
    """People type their password into the wrong field."""
    for _ in range(6):
        try_at(server.http(), "my-secret-password")
    session: Session = server.session("driver07")
    assert session.user_id
    with server.database.read() as connection:
        kept = repr(
            [connection.execute(select(table)).all() for table in tables.metadata.sorted_tables]
        )
    assert "signed_in" in kept
    assert "my-secret-password" not in kept
