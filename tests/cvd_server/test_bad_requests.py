"""Bad input: every refusal is typed, in the envelope, with our headers, and applies nothing."""

import gzip
import json
import zlib
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from cvd_server import tables
from cvd_server.request_body import STRANGERS_BYTES
from cvd_shared.wire import API, MAX_BODY_BYTES
from tests.support.field_events import EventStream
from tests.support.servers import LocalServer, Session
from tests.support.small_operator import SmallOperator

PUSH = "/api/v1/sync/push"


@pytest.fixture
def body(session: Session) -> dict[str, Any]:
    """A good push of one event."""
    return {
        "protocol": 1,
        "epoch": session.epoch,
        "device_id": session.device_id,
        "incarnation_id": session.incarnation_id,
        "client": {"v": "0.1.0", "schema": 1},
        "ops": [EventStream(session.user_id).read("m1")],
        "inline_blobs": {},
    }


def send(session: Session, content: bytes, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return session.http.post(
        PUSH,
        content=content,
        headers={"Content-Type": "application/json", "X-Request-Id": "r1"} | named,
    )


def check_refusal(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    document = answer.json()
    assert (document["success"], document["data"]) == (False, None)
    error: dict[str, Any] = document["error"]
    assert set(error) == {"message", "code", "timestamp", "details"}
    assert error["code"] == code
    assert error["timestamp"] == "2026-03-02T08:00:00.000Z"
    assert answer.headers["X-CVD-Sync"] == "1"
    assert answer.headers["X-CVD-Epoch"]
    assert answer.headers["X-CVD-Echo"] == answer.request.headers.get("X-Request-Id", "")
    return error


def nothing_applied(server: LocalServer) -> None:
    with server.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(tables.op_log)) == 0


def test_bodies_that_are_no_json(server: LocalServer, session: Session) -> None:
    for content in (b"", b"{", b"null", b"[]", b"\xff\xfe", b'{"protocol": 1,}', b"[" * 5000):
        answer = send(session, content)
        check_refusal(answer, 422 if content in (b"null", b"[]") else 400, "malformed")
    nothing_applied(server)


def test_bodies_that_do_not_fit(
    server: LocalServer, session: Session, body: dict[str, Any]
) -> None:
    op = body["ops"][0]
    wrong: list[dict[str, Any]] = [
        body | {"surprise": 1},
        body | {"protocol": "1"},
        body | {"protocol": 2},
        body | {"ops": [op | {"seq": 0}]},
        body | {"ops": [op | {"seq": 2**70}]},
        body | {"ops": [op | {"v": 2**40}]},
        body | {"ops": [op | {"op_id": "x" * 36}]},
        body | {"ops": [op | {"payload": []}]},
        body | {"ops": [op] * 201},
        body | {"incarnation_id": "../../etc/passwd"},
        body | {"client": {"v": "1"}},
    ]
    for document in wrong:
        error = check_refusal(send(session, json.dumps(document).encode()), 422, "malformed")
        assert error["message"]
    for number in ("NaN", "Infinity", "1e999"):
        text = json.dumps(body).replace('"size": ', f'"x": {number}, "size": ')
        answer = send(session, text.encode())
        assert answer.status_code in (400, 422), answer.text
        assert answer.json()["error"]["code"] == "malformed"
    nothing_applied(server)


def test_bodies_that_are_too_large(server: LocalServer, session: Session) -> None:
    for size in (MAX_BODY_BYTES + 1, 8 * 1024 * 1024):
        answer = send(session, b" " * size)
        assert check_refusal(answer, 413, "too_large")["details"] == {"max": MAX_BODY_BYTES}
    bomb = gzip.compress(b" " * 50 * 1024 * 1024)
    assert len(bomb) < 100_000
    check_refusal(send(session, bomb, Content_Encoding="gzip"), 413, "too_large")


def test_many_names_that_nobody_knows_are_not_all_told(
    server: LocalServer, session: Session
) -> None:
    content = gzip.compress(json.dumps({f"n{number}": 1 for number in range(20_000)}).encode())
    told = check_refusal(send(session, content, Content_Encoding="gzip"), 422, "malformed")
    assert told["details"] == {}


@pytest.mark.parametrize("path", ["token", "refresh", "logout"])
def test_who_has_not_signed_in_may_say_little(server: LocalServer, path: str) -> None:
    many = json.dumps({f"n{number}": 1 for number in range(4_000)}).encode()
    for content, headers in ((many, {}), (gzip.compress(many), {"Content-Encoding": "gzip"})):
        answer = server.http().post(
            f"{API}/auth/{path}",
            content=content,
            headers={"Content-Type": "application/json"} | headers,
        )
        details = check_refusal(answer, 413, "too_large")["details"]
        assert details == {"max": STRANGERS_BYTES}


def test_compressed_bodies(server: LocalServer, session: Session, body: dict[str, Any]) -> None:
    content = json.dumps(body).encode()
    packed = gzip.compress(content)
    for damaged in (packed[:-9], packed + b"x", b"rubbish", zlib.compress(content)):
        check_refusal(send(session, damaged, Content_Encoding="gzip"), 400, "malformed")
    check_refusal(send(session, packed, Content_Encoding="br"), 415, "malformed")
    nothing_applied(server)
    assert send(session, packed, Content_Encoding="gzip").status_code == 200


def test_other_content_types(session: Session, body: dict[str, Any]) -> None:
    content = json.dumps(body).encode()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml"):
        check_refusal(send(session, content, Content_Type=kind), 415, "malformed")
    kind = "application/vnd.cvd.sync+json;v=1"
    assert send(session, content, Content_Type=kind).status_code == 200


def test_addresses_and_methods_that_do_not_exist(session: Session) -> None:
    check_refusal(session.http.get("/api/v1/nothing"), 404, "not_found")
    answer = session.http.get(PUSH)
    check_refusal(answer, 405, "method_not_allowed")
    assert "POST" in answer.headers["Allow"]
    check_refusal(session.http.post("/api/v1/sync/../../etc", content=b""), 404, "not_found")


def test_a_text_that_no_database_keeps(session: Session) -> None:
    answer = session.http.post(
        "/api/v1/devices", json={"name": "a\x00b", "platform": "p", "app_version": "1"}
    )
    check_refusal(answer, 422, "malformed")
    rows = {
        "device_id": session.device_id, "epoch": "e", "scope": "org", "head": 0,
        "wanted": [["machine", "\x00"]],
    }  # fmt: skip
    check_refusal(session.http.post("/api/v1/sync/rows", json=rows), 422, "malformed")
    session.device_id = "\x00"
    assert session.push([]).status_code in (403, 422)
    assert session.pull().status_code == 422


def test_our_own_bug_is_told_as_such(
    session: Session, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from cvd_server import sync_api

    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(sync_api, "pull_page", broken)
    answer = session.pull()
    assert "secret detail" not in answer.text
    error = check_refusal(answer, 500, "server_error")
    assert error["details"] == {}
    assert "ZeroDivisionError" in caplog.text
    caplog.clear()


def test_a_database_that_is_away_is_worth_another_try(
    server: LocalServer, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import OperationalError

    from cvd_server import sync_api

    def away(*_: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("connection lost"))

    monkeypatch.setattr(sync_api, "pull_page", away)
    answer = session.pull()
    check_refusal(answer, 503, "unavailable")
    assert answer.headers["Retry-After"] == "5"


def test_an_old_program_may_push_but_must_upgrade_to_pull(session: Session) -> None:
    check_refusal(session.pull(protocol=0), 426, "upgrade")
    check_refusal(session.pull(protocol=2), 422, "malformed")


def test_addresses_that_are_nearly_ours(server: LocalServer, small: SmallOperator) -> None:
    """No redirect and no page of HTML: a client takes either for a captive portal."""
    http = server.http()
    for method, path, status, code in (
        ("GET", "/api//v1/sync/ping", 404, "not_found"),
        ("GET", "/api/v1/sync/ping/", 404, "not_found"),
        ("OPTIONS", "/api/v1/sync/ping", 405, "method_not_allowed"),
        ("OPTIONS", PUSH, 405, "method_not_allowed"),
    ):
        answer = http.request(method, path, headers={"X-Request-Id": "r1"})
        check_refusal(answer, status, code)
