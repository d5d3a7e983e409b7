"""Captive portals, proxies and damaged answers: whatever they say, nothing changes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.sync.http_server_api import MAX_ANSWER_BYTES
from tests.support.faulty_transport import (
    FAULTS,
    STRANGERS,
    Fault,
    FaultyTransport,
    refusing,
    rewritten,
)
from tests.support.sync_world import Laptop, World, sync_world

ENDPOINTS = {"hello": 0, "push": 1, "pull": 2}


def _content(laptop: Laptop) -> list[object]:
    """Everything that a stranger must not be able to change."""
    with laptop.wp.database.read() as connection:
        tables = ("outbox", "snapshot_row", "member", "cursor", "pull_stage", "blob")
        found: list[object] = [
            connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY 1, 2").all()
            for table in tables
        ]
        kept = "'device_id', 'incarnation_id', 'server_epoch', 'session', 'load_anew', 'owner'"
        query = f"SELECT k, v FROM sync_meta WHERE k IN ({kept}) ORDER BY k"
        return [*found, connection.exec_driver_sql(query).all()]


def _without_attempts(content: list[object]) -> list[object]:
    outbox = [tuple(row)[:-1] for row in content[0]]  # type: ignore[attr-defined]
    return [outbox, *content[1:]]


def _ready(world: World) -> Laptop:
    """Signed in, with records of the office and one event that waits."""
    world.laptop.record()
    world.laptop.sync()
    world.laptop.record()
    return world.laptop


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_no_answer_of_a_stranger_changes_anything(tmp_path: Path, endpoint: str) -> None:
    with sync_world(tmp_path) as world:
        laptop = _ready(world)
        number = ENDPOINTS[endpoint]
        if endpoint == "pull":
            laptop.sync()
            number -= 1  # nothing waits, so there is no push
            with world.office() as feed:
                feed.remove("machine", ["m2"])
        before = _content(laptop)
        for stranger in STRANGERS:
            report = laptop.sync(["none"] * number + [stranger])
            away = stranger == "page_502"  # of a gateway: no page to sign in to
            assert report.problem == ("offline" if away else "captive_or_proxy"), stranger
            assert _without_attempts(_content(laptop)) == _without_attempts(before), stranger
            assert laptop.meta("next_try_at") is not None
        world.settled(laptop)


def _enlarged(data: dict[str, object]) -> None:
    data["server_time"] = "x" * (MAX_ANSWER_BYTES + 1)


def _foreign_outcome(data: dict[str, object]) -> None:
    data["results"] = [
        {"seq": 2, "op_id": "0198c0de-0000-7000-8000-000000000000", "outcome": "applied"}
    ]


def _no_outcome(data: dict[str, object]) -> None:
    data["results"] = []


def _unknown_outcome(data: dict[str, object]) -> None:
    data["results"][0]["outcome"] = "lost"  # type: ignore[index]


@pytest.mark.parametrize(
    "fault",
    ["cut", *map(rewritten, (_enlarged, _foreign_outcome, _no_outcome, _unknown_outcome))],
)
def test_an_answer_that_does_not_fit_the_push_acknowledges_nothing(
    tmp_path: Path, fault: str | Fault
) -> None:
    with sync_world(tmp_path) as world:
        laptop = _ready(world)
        report = laptop.sync(["none", fault])
        assert report.problem == "bad_answer"
        assert (report.pushed, report.waiting) == (0, 1)
        world.settled(laptop)


def _sum_is_no_number(data: dict[str, object]) -> None:
    data["scopes"][0]["sum"] = "many"  # type: ignore[index]


def _put_without_record(data: dict[str, object]) -> None:
    data["rows"] = [{"s": "org", "k": "route", "i": "r1", "ver": 9, "op": "put", "d": None}]


def _row_of_no_scope(data: dict[str, object]) -> None:
    row = {"s": "route:r9", "k": "route", "i": "r9", "ver": 1, "op": "put", "d": {"id": "r9"}}
    data["rows"] = [row]


def _number_too_large(data: dict[str, object]) -> None:
    data["scopes"][0]["cursor"] = 1 << 63  # type: ignore[index]


def _version_too_large(data: dict[str, object]) -> None:
    row = {"s": "org", "k": "route", "i": "r9", "ver": 1 << 64, "op": "put", "d": {"id": "r9"}}
    data["rows"] = [row]


def _number_that_is_none(data: dict[str, object]) -> None:
    document = {"id": "r9", "number": float("nan")}
    data["rows"] = [{"s": "org", "k": "route", "i": "r9", "ver": 1, "op": "put", "d": document}]


def _no_progress(data: dict[str, object]) -> None:
    data["more"] = True


@pytest.mark.parametrize(
    "change",
    [
        _sum_is_no_number,
        _put_without_record,
        _row_of_no_scope,
        _number_too_large,
        _version_too_large,
        _number_that_is_none,
        _no_progress,
        _enlarged,
    ],
)
def test_a_page_that_contradicts_itself_is_not_applied(tmp_path: Path, change: object) -> None:
    with sync_world(tmp_path) as world:
        laptop = _ready(world)
        laptop.sync()
        before = _content(laptop)
        report = laptop.sync(["none", rewritten(change)])  # type: ignore[arg-type]
        assert report.problem == "bad_answer"
        assert _content(laptop) == before
        world.settled(laptop)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("page_200", "captive_or_proxy"),
        ("page_302", "captive_or_proxy"),
        ("lose_request", "offline"),
        ("busy", "server_busy"),
    ],
)
def test_signing_in_over_a_bad_line_says_so_and_changes_nothing(
    tmp_path: Path, fault: str, code: str
) -> None:
    with sync_world(tmp_path, sign_in=False) as world:
        world.laptop.record()
        before = _content(world.laptop)
        world.laptop.line.faults = [fault]
        with pytest.raises(Problem) as caught:
            world.laptop.sign_in()
        assert (caught.value.code, caught.value.exit_code) == (code, ExitCode.OFFLINE)
        assert _content(world.laptop) == before
        world.laptop.sign_in()
        world.settled(world.laptop)


def test_a_request_is_never_sent_on_to_where_a_redirect_points(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        line = world.laptop.line
        assert isinstance(line, FaultyTransport)
        line.seen.clear()
        world.laptop.sync(["page_302"])
        assert line.seen == []


def _same_rows_for_ever(data: dict[str, Any], _: int) -> None:
    data["rows"] = [_ROUTE]


def _numbers_without_rows(data: dict[str, Any], turn: int) -> None:
    for scope in data["scopes"]:
        scope.update(cursor=scope["cursor"] + turn, head=1 << 40)


def _up_and_down(data: dict[str, Any], turn: int) -> None:
    data["rows"] = [_ROUTE]
    for scope in data["scopes"]:
        scope.update(cursor=1 + turn % 2, head=9)


def _always_from_the_start(data: dict[str, Any], turn: int) -> None:
    data["rows"] = [_ROUTE]
    for scope in data["scopes"]:
        scope.update(cursor=1 + turn % 2, head=9, reset=True)


def _ever_more_scopes(data: dict[str, Any], turn: int) -> None:
    data["rows"] = [_ROUTE]
    for number in range(turn):
        data["scopes"].append({"id": f"x{number}", "cursor": 0, "head": 5, "n": 0, "sum": "0"})


_ROUTE = {"s": "org", "k": "route", "i": "r9", "ver": 1, "op": "put", "d": {"id": "r9"}}


@pytest.mark.parametrize(
    "change",
    [
        _same_rows_for_ever,
        _numbers_without_rows,
        _up_and_down,
        _always_from_the_start,
        _ever_more_scopes,
    ],
)
def test_pages_without_an_end_are_ended(
    tmp_path: Path, change: Callable[[dict[str, Any], int], None]
) -> None:
    """Each of them would be kept until the disk is full."""
    with sync_world(tmp_path) as world:
        laptop = _ready(world)
        turns = 0

        def for_ever(data: dict[str, Any]) -> None:
            nonlocal turns
            turns += 1
            assert turns < 20, "it goes on for ever"
            data["more"] = True
            change(data, turns)

        def endless(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
            is_pull = request.url.path.endswith("/sync/pull")
            return (rewritten(for_ever) if is_pull else FAULTS["none"])(line, request)

        laptop.line.otherwise = endless
        assert laptop.sync().problem == "bad_answer"
        laptop.line.otherwise = FAULTS["none"]
        world.settled(laptop)


def test_an_order_that_nobody_knows_locks_and_deletes_nothing(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        laptop = _ready(world)
        for policy in (["wipe_now"], {"wipe_now": True}, "burn", None):
            told = refusing(403, "device_revoked", policy=policy)
            assert laptop.sync([told]).problem == "device_revoked"
            assert laptop.meta(meta.POLICY) == "lock"
        assert len(laptop.events()) == 2
        world.settled(laptop)


@pytest.mark.parametrize("code", ["stream_fork", "seq_gap"])
def test_a_server_that_takes_no_stream_is_no_restored_folder(tmp_path: Path, code: str) -> None:
    """Beginning anew did not help: a person has to hear of it."""
    with sync_world(tmp_path) as world:
        laptop = _ready(world)

        def never(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
            is_push = request.url.path.endswith("/sync/push")
            return (refusing(409, code, last_seq=2**70) if is_push else FAULTS["none"])(
                line, request
            )

        laptop.line.otherwise = never
        report = laptop.sync()
        assert (report.problem, report.waiting) == ("stream_refused", 1)
        laptop.line.otherwise = FAULTS["none"]
        world.settled(laptop)


@pytest.mark.parametrize("number", [-1, 0, 2**70])
def test_limits_that_make_no_sense_stop_nothing(tmp_path: Path, number: int) -> None:
    """By a limit of 0 bytes every record were too large for a push, and were rescued unread."""
    asked: list[str] = []

    def absurd(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
        def change(data: dict[str, Any]) -> None:
            data["limits"] = dict.fromkeys(data["limits"], number)

        asked.append(request.url.path)
        is_hello = request.url.path.endswith("/sync/hello")
        return (rewritten(change) if is_hello else FAULTS["none"])(line, request)

    with sync_world(tmp_path) as world:
        laptop = _ready(world)
        laptop.line.otherwise = absurd
        assert laptop.sync().problem is None
        assert [path for path in asked if path.endswith(("/push", "/rescue"))] == [
            "/api/v1/sync/push"
        ]
        world.settled(laptop)
