"""Health and figures: they say how it is, also when it is bad, and name nobody."""

import base64
import re
import socket
import time
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from cvd_server.attachment_store import FolderStore, StoreFull, StoreUnavailable
from cvd_server.late_app import LateApp
from cvd_server.s3_store import S3Store
from cvd_server.server_meta import DURABLE_AT
from cvd_server.settings import Settings
from cvd_shared.wire import API
from cvd_shared.wire_attachments import CHUNK_MEDIA_TYPE, HEADER_CHUNK_SHA256, HEADER_OFFSET
from tests.support.field_events import EventStream
from tests.support.servers import CHEAP, HandClock, local_server, sqlite_url
from tests.support.small_operator import seed_small_operator

TOKEN = "mT9#uX2!vQ7zR4&wL8sB1yK6nD3hF5jA0"
SCRAPE = {"Authorization": f"Bearer {TOKEN}"}


def test_ready_tells_each_check(migrated_url: str) -> None:
    with local_server(migrated_url) as server:
        answer = server.http().get("/health/ready")
        assert answer.status_code == 200
        assert answer.json() == {
            "status": "ok",
            "checks": {"database": "ok", "migrations": "ok", "disk": "ok"},
            "seconds_since_backup": None,
        }
        with server.database.write() as connection:
            connection.execute(
                text("insert into server_meta (k, v) values (:k, '2026-03-02T07:58:20.000Z')"),
                {"k": DURABLE_AT},
            )
        assert server.http().get("/health").json()["seconds_since_backup"] == 100


def test_not_ready_without_room_or_with_another_schema(migrated_url: str) -> None:
    with local_server(migrated_url, free_megabytes=10**9) as server:
        answer = server.http().get("/health/ready")
        assert (answer.status_code, answer.json()["checks"]["disk"]) == (503, "full")
        with server.database.write() as connection:
            connection.execute(text("update alembic_version set version_num = '0001'"))
        checks = server.http().get("/health/ready").json()["checks"]
        assert checks["migrations"] == "run cvd-server migrate"
        assert server.http().get("/health/live").json() == {"status": "ok"}


class _Store(FolderStore):
    """A bucket that answers or does not."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.answer: Exception | None = None
        self.asked = 0

    def check(self) -> None:
        self.asked += 1
        if self.answer is not None:
            raise self.answer


def test_the_bucket_is_looked_at_seldom_and_keeps_nobodys_records_back(
    migrated_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with local_server(migrated_url) as server:
        store = _Store(tmp_path)
        server.services.store = store
        told = server.services.settings.model_copy(update={"attachment_bucket": "s3://photos"})
        server.services.settings = told

        def ready() -> tuple[int, str, str]:
            answer = server.http().get("/health/ready")
            document = answer.json()
            return answer.status_code, document["status"], document["checks"]["store"]

        assert [ready() for _ in range(3)] == [(200, "ok", "ok")] * 3
        assert store.asked == 1
        store.answer = StoreUnavailable("no answer")
        server.clock.move(seconds=15)
        with caplog.at_level("WARNING"):
            assert [ready() for _ in range(3)] == [(200, "limited", "unreachable")] * 3
        assert store.asked == 2
        assert "no answer" in caplog.text
        caplog.clear()
        store.answer = StoreFull("full")
        server.clock.move(hours=-1)  # a clock that was set back
        assert ready() == (200, "limited", "full")
        store.answer = None
        server.clock.move(seconds=15)
        assert ready() == (200, "ok", "ok")


def test_a_bucket_that_hangs_is_given_up_soon() -> None:
    """The kernel takes the connection, and nobody ever answers."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        settings = Settings(
            attachment_bucket="s3://photos",
            attachment_region="us-east-1",
            attachment_endpoint=f"http://127.0.0.1:{mute.getsockname()[1]}",
            attachment_access_key="key",
            attachment_secret_key="secret",
        )
        began = time.monotonic()
        with pytest.raises(StoreUnavailable):
            S3Store.of_settings(settings).check()
        assert time.monotonic() - began < 20, "three tries of half a minute are no answer"


def test_a_pool_without_a_free_connection_is_told(migrated_url: str) -> None:
    told = {"pool_size": 1, "pool_overflow": 0, "pool_wait_seconds": 0.05}
    with local_server(migrated_url, **told) as server:
        seed_small_operator(server.database)
        session = server.session("driver07")
        with server.database.read():
            answer = session.push([])
            ready = server.http().get("/health/ready")
            assert server.http().get("/health/live").status_code == 200
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
        assert answer.headers["Retry-After"] == "5"
        assert (ready.status_code, ready.json()["checks"]["database"]) == (503, "unreachable")
        assert session.push([]).status_code == 200


def test_figures_are_there_for_the_token_alone(tmp_path: Path) -> None:
    with local_server(sqlite_url(tmp_path), metrics_token=TOKEN) as server:
        for told in ({}, {"Authorization": TOKEN}, {"Authorization": f"Bearer {TOKEN}x"}):
            assert server.http().get("/metrics", headers=told).status_code == 404
        assert server.http().get("/metrics", headers=SCRAPE).status_code == 200
    with local_server(sqlite_url(tmp_path)) as server:
        assert server.http().get("/metrics", headers=SCRAPE).status_code == 404


def test_figures_count_what_happened_and_name_nobody(migrated_url: str) -> None:
    with local_server(migrated_url, metrics_token=TOKEN) as server:
        seed_small_operator(server.database)
        session = server.session("driver07")
        stream = EventStream(session.user_id)
        first, second = stream.read("m1"), stream.read("m3")
        (name, packed), *others = stream.blobs.items()
        session.push([first, second], inline_blobs=dict(others))
        data = base64.b64decode(packed)
        offer = {"device_id": session.device_id, "sha256": name, "size": len(data)}
        offered = session.http.post(f"{API}/blobs", json=offer).json()["data"]
        session.http.patch(
            f"{API}/blobs/uploads/{offered['upload_id']}",
            content=data,
            headers={
                "Content-Type": CHUNK_MEDIA_TYPE,
                HEADER_OFFSET: "0",
                HEADER_CHUNK_SHA256: name,
            },
        ).raise_for_status()
        rows = len(session.pull().json()["data"]["rows"])
        wrong = {"user": "driver07", "password": "wrong one", "next_hash": "0" * 64}
        server.http().post(f"{API}/auth/token", json=wrong)
        server.http().get("/no/such/address")
        told = server.http().get("/metrics", headers=SCRAPE).text
    outcomes = re.findall(r'cvd_push_events_total\{outcome="(\w+)"\} (\d)', told)
    assert sum(int(number) for _, number in outcomes) == 2
    assert f"cvd_pull_rows_total {rows:.1f}" in told
    assert "cvd_pulls_total 1.0" in told
    assert 'cvd_refusals_total{code="sign_in_refused"} 1.0' in told
    assert 'cvd_requests_total{method="POST",route="/api/v1/sync/push",status="200"} 1.0' in told
    assert 'cvd_requests_total{method="GET",route="(none)",status="404"} 1.0' in told
    assert 'cvd_request_seconds_bucket{le="0.005",method="POST",route="/api/v1/sync/push"}' in told
    assert "cvd_pool_connections_in_use 0.0" in told
    assert "cvd_sessions 1.0" in told
    assert "cvd_events_taken 2.0" in told
    assert "cvd_repairs_total 0.0" in told
    assert "cvd_blobs_stored_total 1.0" in told
    assert "cvd_blobs_awaited 0.0" in told
    for name in ("driver07", 'op"', "Small Vending", session.device_id, session.user_id):
        assert name not in told


def test_a_worker_that_starts_without_a_database_is_well_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from cvd_server.app import create_app
    from cvd_server.migrations.upgrade import migrate
    from cvd_server.settings import Settings

    url = sqlite_url(tmp_path)
    settings = Settings.model_validate({"database_url": url} | CHEAP)
    late = LateApp(lambda: create_app(settings, clock=HandClock()))
    with httpx.Client(transport=httpx.WSGITransport(late), base_url="https://server.test") as http:
        answer = http.get(f"{API}/sync/ping")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert answer.json()["error"]["code"] == "unavailable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert http.head(f"{API}/sync/ping").content == b""
        assert http.get("/health/live").json() == {"status": "ok"}
        assert http.get("/health/ready").status_code == 503
        migrate(url)
        assert http.get(f"{API}/sync/ping").status_code == 204
        assert http.get("/health/ready").status_code == 200
    late.app.extensions["cvd"].database.close()
    assert "not ready" in caplog.text
    caplog.clear()
