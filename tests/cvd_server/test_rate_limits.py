"""Rate limits: guessing is slowed, honest work never; Redis may come and go."""

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from cvd_server.rate_limits import LIMITS, limit_of
from cvd_server.settings import Settings
from cvd_shared.wire import API
from tests.support.servers import LocalServer, Session, local_server, sha, sqlite_url
from tests.support.small_operator import PASSWORD, seed_small_operator
from tests.support.tiny_redis import tiny_redis

TOKEN = f"{API}/auth/token"


def limit_named(name: str) -> int:
    return next(limit.per_minute for limit in LIMITS if limit.name == name)


def guess(http: httpx.Client) -> httpx.Response:
    body = {"user": f"nobody-{uuid4()}", "password": "wrong", "next_hash": sha("x")}
    return http.post(TOKEN, json=body)


def refused(answer: httpx.Response) -> bool:
    if answer.status_code != 429:
        return False
    error = answer.json()["error"]
    assert error["code"] == "too_many_requests"
    assert answer.headers["Retry-After"] == str(error["details"]["retry_after"])
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert answer.headers["X-CVD-Sync"] == "1"
    return True


def from_address(server: LocalServer, address: str) -> httpx.Client:
    transport = httpx.WSGITransport(server.app, remote_addr=address)
    client = httpx.Client(transport=transport, base_url="https://server.test")
    server.clients.append(client)
    return client


def tries_until_refused(http: httpx.Client, most: int) -> int:
    for number in range(most):
        if refused(guess(http)):
            return number
    return most


def test_guessing_is_refused_by_address_for_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cvd_server.rate_limits.LIMITS", fewer(sign_in=5))
    with local_server(sqlite_url(tmp_path), rate_limits=True) as server:
        guesser = from_address(server, "192.0.2.1")
        assert tries_until_refused(guesser, 10) == 5
        assert refused(guess(guesser))
        assert not refused(guess(from_address(server, "192.0.2.2")))
        server.clock.move(seconds=60)
        assert not refused(guess(guesser))


def test_a_network_of_ipv6_is_one_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cvd_server.rate_limits.LIMITS", fewer(sign_in=3))
    with local_server(sqlite_url(tmp_path), rate_limits=True) as server:
        for number in range(3):
            assert not refused(guess(from_address(server, f"2001:db8::{number}")))
        assert refused(guess(from_address(server, "2001:db8::ffff")))
        assert not refused(guess(from_address(server, "2001:db8:0:1::1")))


def fewer(**numbers: int) -> tuple[object, ...]:
    return tuple(
        replace(limit, per_minute=numbers.get(limit.name, limit.per_minute)) for limit in LIMITS
    )


def test_a_person_has_his_own_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cvd_server.rate_limits.LIMITS", fewer(sync=4))
    with local_server(sqlite_url(tmp_path), rate_limits=True) as server:
        seed_small_operator(server.database)
        one, other = server.session("driver07"), server.session("driver08")
        answers = [one.push([]) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [200] * 4 + [429] * 2
        assert refused(answers[-1])
        assert other.push([]).status_code == 200
        assert one.http.get(f"{API}/sync/ping").status_code == 204
        server.clock.move(seconds=int(answers[-1].headers["Retry-After"]))
        assert one.push([]).status_code == 200


def test_a_week_offline_is_no_reason_to_be_refused() -> None:
    """2,000 events, 600 photos of 2 MB and all records of 100,000 rows, within one minute."""
    pushes, pages, chunks, attachments = 2_000 // 200 * 20, 400, 600 * 8, 600 * 2
    assert pushes + pages < limit_named("sync")
    assert chunks + attachments < limit_named("upload")
    assert limit_named("rescue") >= 200
    depot = 100  # laptops behind one address, all at six in the morning
    assert limit_named("refresh") >= depot * 2
    assert limit_named("sign_in") >= depot


def test_every_limit_is_of_an_address_that_is_there(tmp_path: Path) -> None:
    with local_server(sqlite_url(tmp_path)) as server:
        rules = [rule.rule for rule in server.app.url_map.iter_rules()]
    told = {limit.name for limit in map(limit_of, rules) if limit is not None}
    assert told == {limit.name for limit in LIMITS}


def test_every_address_that_costs_something_has_a_limit(tmp_path: Path) -> None:
    with local_server(sqlite_url(tmp_path)) as server:
        for rule in server.app.url_map.iter_rules():
            if not rule.rule.startswith(("/health", "/metrics")):
                assert limit_of(rule.rule) is not None, rule.rule


def test_redis_counts_for_all_workers_and_may_be_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("cvd_server.rate_limits.LIMITS", fewer(sign_in=4))
    url = sqlite_url(tmp_path)
    with tiny_redis() as redis:
        told = {"rate_limits": True, "redis_url": redis.url}
        with local_server(url, **told) as one, local_server(url, **told) as two:
            try:
                assert not any(refused(guess(from_address(one, "192.0.2.1"))) for _ in range(2))
                assert not any(refused(guess(from_address(two, "192.0.2.1"))) for _ in range(2))
                assert refused(guess(from_address(two, "192.0.2.1")))
                assert len(redis.counts) == 1
                assert set(redis.lives.values()) == {120}
                assert b"192.0.2.1" not in b"".join(redis.counts)
                redis.stop()
                one.services.request_counts.close()
                assert tries_until_refused(from_address(one, "192.0.2.3"), 10) == 4
                assert "each worker counts for itself" in caplog.text
            finally:
                one.services.request_counts.close()
                two.services.request_counts.close()
    caplog.clear()


def test_a_redis_that_was_never_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("cvd_server.rate_limits.LIMITS", fewer(sign_in=3))
    told = {"rate_limits": True, "redis_url": "redis://127.0.0.1:9/0"}
    with local_server(sqlite_url(tmp_path), **told) as server:
        seed_small_operator(server.database)
        assert Session.open(from_address(server, "192.0.2.1"), "driver07", PASSWORD).device_id
        assert tries_until_refused(from_address(server, "192.0.2.1"), 10) == 2
    assert caplog.text.count("no Redis") == 1, "it is not asked again at once"
    caplog.clear()


def test_limits_are_on_unless_testing() -> None:
    assert Settings.model_validate({"environment": "development"}).limits_requests
    assert not Settings.model_validate({"environment": "testing"}).limits_requests
