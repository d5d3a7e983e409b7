"""Headers of every answer, hosts, proxies, CORS: closed unless the settings open them."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cvd_server.answer_headers import EVERY_ANSWER, HSTS
from cvd_shared.wire import API
from tests.support.servers import LocalServer, local_server, sqlite_url
from tests.support.small_operator import seed_small_operator

PING = f"{API}/sync/ping"
PUSH = f"{API}/sync/push"
OFFICE = "https://office.example.com"


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[LocalServer]:
    with local_server(sqlite_url(tmp_path)) as server:
        yield server


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[LocalServer]:
    with local_server(
        sqlite_url(tmp_path),
        hosts="cvd.example.com,.field.example.com",
        cors_origins=OFFICE,
        trusted_proxies="10.0.0.0/8",
    ) as server:
        yield server


def client(server: LocalServer, address: str = "192.0.2.1", scheme: str = "http") -> httpx.Client:
    transport = httpx.WSGITransport(server.app, remote_addr=address)
    found = httpx.Client(transport=transport, base_url=f"{scheme}://cvd.example.com")
    server.clients.append(found)
    return found


def test_every_answer_has_them_errors_too(plain: LocalServer) -> None:
    seed_small_operator(plain.database)
    http = plain.session("driver07").http
    asked = [
        ("GET", PING, 204), ("HEAD", PING, 204), ("GET", "/health/ready", 200),
        ("GET", "/nothing", 404), ("GET", f"{API}/nothing", 404), ("GET", PUSH, 405),
        ("OPTIONS", PUSH, 405), ("TRACE", PUSH, 405), ("BREW", PUSH, 405), ("POST", PUSH, 415),
        ("GET", "/openapi/openapi.json", 200), ("GET", "/metrics", 404),
        ("POST", f"{API}/sync/hello", 415),
    ]  # fmt: skip
    for method, path, status in asked:
        answer = http.request(method, path)
        assert answer.status_code == status, (method, path, answer.text)
        for name, value in EVERY_ANSWER.items():
            assert answer.headers[name] == value
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Strict-Transport-Security"] == HSTS
        assert answer.headers["X-Request-Id"]
        assert "Server" not in answer.headers
        assert "Access-Control-Allow-Origin" not in answer.headers
        if method == "HEAD":
            assert answer.content == b""


def test_hsts_is_told_by_https_alone(guarded: LocalServer) -> None:
    assert "Strict-Transport-Security" not in client(guarded).get(PING).headers
    assert client(guarded, scheme="https").get(PING).headers["Strict-Transport-Security"] == HSTS


def test_a_sane_request_id_is_kept_and_another_is_replaced(plain: LocalServer) -> None:
    http = client(plain)
    kept = http.get(PING, headers={"X-Request-Id": "laptop-7.42"})
    assert kept.headers["X-Request-Id"] == kept.headers["X-CVD-Echo"] == "laptop-7.42"
    for odd in ("x" * 101, "two words", "<script>"):
        answer = http.get(PING, headers={"X-Request-Id": odd})
        assert answer.headers["X-Request-Id"] != odd
        assert len(answer.headers["X-Request-Id"]) == 36


@pytest.mark.parametrize(
    "name", ["cvd.example.com", "CVD.example.com:8443", "a.field.example.com", "field.example.com"]
)
def test_our_names_are_answered(guarded: LocalServer, name: str) -> None:
    assert client(guarded).get(PING, headers={"Host": name}).status_code == 204


@pytest.mark.parametrize(
    "name", ["evil.example", "cvd.example.com.evil.example", "xfield.example.com", "127.0.0.1", "["]
)
def test_other_names_are_refused(guarded: LocalServer, name: str) -> None:
    http = client(guarded)
    answer = http.get(PING, headers={"Host": name})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "wrong_host")
    assert http.get("/health/live", headers={"Host": name}).status_code == 200


def test_only_trusted_proxies_are_believed(guarded: LocalServer) -> None:
    told = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.7"}
    behind = client(guarded, "10.1.2.3").get(PING, headers=told)
    assert behind.headers["Strict-Transport-Security"] == HSTS
    beside = client(guarded, "192.0.2.66").get(PING, headers=told)
    assert "Strict-Transport-Security" not in beside.headers


def test_cors_is_closed_to_everybody(plain: LocalServer) -> None:
    asks = {"Origin": OFFICE, "Access-Control-Request-Method": "POST"}
    answer = client(plain).options(PUSH, headers=asks)
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert "Vary" not in answer.headers


def test_cors_is_open_to_the_named_origin_alone(guarded: LocalServer) -> None:
    http = client(guarded)
    asks = {"Origin": OFFICE, "Access-Control-Request-Method": "POST"}
    allowed = http.options(PUSH, headers=asks)
    assert allowed.status_code == 204
    assert allowed.headers["Access-Control-Allow-Origin"] == OFFICE
    assert "Authorization" in allowed.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in allowed.headers
    assert http.get(PING, headers={"Origin": OFFICE}).headers["Vary"] == "Origin"
    for origin in (f"{OFFICE}.evil.example", "http://office.example.com", "null", f"{OFFICE}/"):
        refused = http.options(PUSH, headers=asks | {"Origin": origin})
        assert refused.status_code == 405
        assert "Access-Control-Allow-Origin" not in refused.headers
    assert http.options(PUSH, headers={"Origin": OFFICE}).status_code == 405
