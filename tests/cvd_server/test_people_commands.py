"""`cvd-server user`, `device`, `escrow-code`: when nobody can sign in any more."""

import base64
import json
from pathlib import Path

import httpx
import pytest
from click.testing import Result
from nacl.public import PublicKey, SealedBox
from sqlalchemy import select
from typer.testing import CliRunner

from cvd_server import tables
from cvd_server.admin_commands import app
from cvd_server.database import Database
from cvd_shared.recovery_code import key_of
from cvd_shared.wire import API
from tests.support.servers import Session, local_server, sha, sqlite_url
from tests.support.small_operator import PASSWORD, seed_small_operator

KEY = bytes(range(32))
NEW = "another horse 9"


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TIME_COST", "LANES"):
        monkeypatch.setenv(f"CVD_SERVER_PASSWORD_{name}", "1")
    monkeypatch.setenv("CVD_SERVER_PASSWORD_MEMORY_KIB", "8")


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = sqlite_url(tmp_path)
    with local_server(url) as server:
        seed_small_operator(server.database)
        seed_small_operator(server.database, "x-")
    return url


def command(*words: str, stdin: str = "") -> Result:
    return CliRunner().invoke(app, list(words), input=stdin)


def actions(url: str) -> list[str]:
    database = Database(url)
    with database.read() as connection:
        found = list(connection.scalars(select(tables.audit_log.c.action)))
    database.close()
    return found


def sign_in(http: httpx.Client, user: str, password: str) -> httpx.Response:
    body = {"user": user, "password": password, "next_hash": sha(user)}
    return http.post(f"{API}/auth/token", json=body)


def test_people_are_listed_disabled_and_given_a_password(url: str) -> None:
    listed = json.loads(command("user", "list", "--json", "--database", url).stdout)["users"]
    assert len(listed) == 12
    assert {"operator", "name", "role", "active", "failures"} <= set(listed[0])
    assert "driver07" in command("user", "list", "--database", url).stdout
    words = ["--user", "driver07", "--database", url]
    assert command("user", "disable", *words).exit_code == 0
    assert command("user", "disable", *words).exit_code == 0, "a second time nothing happens"
    words = ["--user", "ADMIN", "--database", url]
    last = command("user", "disable", *words)
    assert (last.exit_code, last.stdout) == (2, "")
    assert "last administrator" in last.stderr
    short = command("user", "reset-password", *words, stdin="short\n")
    assert (short.exit_code, "10 characters" in short.stderr) == (2, True)
    given = command("user", "reset-password", *words, stdin=NEW + "\n")
    assert given.exit_code == 0, given.stderr
    assert NEW not in given.output
    nobody = command("user", "disable", "--user", "nobody", "--database", url)
    assert (nobody.exit_code, "no user" in nobody.stderr) == (2, True)
    with local_server(url) as server:
        http = server.http()
        assert sign_in(http, "driver07", PASSWORD).status_code == 403
        assert sign_in(http, "admin", PASSWORD).status_code == 401
        assert sign_in(http, "admin", NEW).json()["data"]["must_change_password"] is True
    assert {"user_changed", "password_reset"} <= set(actions(url))


def test_devices_are_listed_and_revoked(url: str) -> None:
    with local_server(url) as server:
        session: Session = server.session("driver07")
        session.hello(unsent=3)
        device_id = session.device_id
        listed = json.loads(command("device", "list", "--json", "--database", url).stdout)
        assert [device["device_id"] for device in listed["devices"]] == [device_id]
        assert device_id in command("device", "list", "--database", url).stdout
        words = ["--reason", "lost", "--policy", "wipe_when_drained", "--database", url]
        none = command("device", "revoke", "--device", "none", *words)
        assert (none.exit_code, "no device" in none.stderr) == (2, True)
        revoked = command("device", "revoke", "--device", device_id, *words)
        assert (revoked.exit_code, "3 records" in revoked.stdout) == (0, True)
        answer = session.pull().json()["error"]
        assert (answer["code"], answer["details"]["policy"]) == (
            "device_revoked", "wipe_when_drained",
        )  # fmt: skip


def test_a_recovery_code_is_printed_and_noted(url: str) -> None:
    with local_server(url) as server:
        session: Session = server.session("driver07")
        words = ["escrow-code", "--user", "driver07", "--device", session.device_id]
        none = command(*words, "--database", url)
        assert (none.exit_code, none.stdout) == (2, "")
        keys = session.http.get(f"{API}/operator/keys").json()["data"]
        box = SealedBox(PublicKey(bytes.fromhex(keys["seal"]))).encrypt(KEY)
        body = {
            "device_id": session.device_id,
            "database_id": "db1",
            "sealed_key": base64.b64encode(box).decode(),
        }
        session.http.post(f"{API}/escrow", json=body).raise_for_status()
    told = command(*words, "--database", url)
    assert told.exit_code == 0, told.stderr
    assert key_of(told.stdout) == KEY
    assert command(*words[:2], "driver08", *words[3:], "--database", url).exit_code == 2
    database = Database(url)
    with database.read() as connection:
        kept = repr([connection.execute(select(t)).all() for t in tables.metadata.sorted_tables])
    database.close()
    assert "escrow_code_printed" in kept
    assert told.stdout.strip() not in kept


def test_a_database_that_is_not_migrated_is_a_sentence(tmp_path: Path) -> None:
    Database(sqlite_url(tmp_path)).close()
    told = command("user", "list", "--database", sqlite_url(tmp_path))
    assert (told.exit_code, told.stdout) == (2, "")
    assert "cvd-server migrate" in told.stderr
