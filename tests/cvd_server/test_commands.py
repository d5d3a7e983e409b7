"""`cvd-server` as a person types it: migrate, people, sample data, self-check, run."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import Result
from sqlalchemy import select
from typer.testing import CliRunner

from cvd_server import tables
from cvd_server.admin_commands import app
from cvd_server.database import Database
from cvd_server.seed_demo import demo_password
from cvd_shared.wire import API
from tests.support.field_events import EventStream
from tests.support.reading_device import ReadingDevice
from tests.support.servers import HandClock, Session, local_server, running_server, sqlite_url
from tests.support.small_operator import PASSWORD, seed_small_operator


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TIME_COST", "LANES"):
        monkeypatch.setenv(f"CVD_SERVER_PASSWORD_{name}", "1")
    monkeypatch.setenv("CVD_SERVER_PASSWORD_MEMORY_KIB", "8")


def command(*words: str, stdin: str = "", **environment: str) -> Result:
    """In this process; test_a_command_is_a_process tries the real thing."""
    return CliRunner().invoke(app, list(words), input=stdin, env=environment)


def check(url: str) -> tuple[int, dict[str, Any]]:
    told = command("check", "--database", url)
    return told.exit_code, json.loads(told.stdout)


def test_the_sample_operator_is_served_and_a_second_seed_doubles_nothing(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path)
    first = command("seed-demo", "--json", "--database", url)
    assert first.exit_code == 0, first.stderr
    seeded = json.loads(first.stdout)
    assert set(seeded) == {"users", "machines"}
    assert len(seeded["machines"]) == 30
    assert all(set(machine) == {"asset_number", "route"} for machine in seeded["machines"])
    assert len({machine["route"] for machine in seeded["machines"]}) == 4
    assert {user["role"] for user in seeded["users"]} == {
        "admin", "manager", "driver", "technician", "viewer",
    }  # fmt: skip
    assert json.loads(command("seed-demo", "--json", "--database", url).stdout) == seeded
    assert check(url) == (
        0,
        {
            "problems": [],
            "events": {"applied": 0, "duplicate": 0, "rejected": 0, "quarantined": 0},
        },
    )
    driver = next(user for user in seeded["users"] if user["role"] == "driver")
    with running_server(url) as running, httpx.Client(base_url=running.url) as http:
        device = ReadingDevice(Session.open(http, driver["name"], driver["password"]))
        device.catch_up()
    numbers = {r["asset_number"]: r["route"] for r in seeded["machines"]}
    mine = {d["asset_number"] for (_, kind, _), (_, d) in device.rows.items() if kind == "machine"}
    assert len(mine) > 3
    assert len({numbers[asset] for asset in mine}) == 1
    assert len(device.ids("product", "catalog")) == 120
    reads = [document for (_, kind, _), (_, document) in device.rows.items() if kind == "read"]
    assert len(reads) > 12 * len(mine)
    assert all(read["selections"] for read in reads)
    runs = [document for (_, kind, _), (_, document) in device.rows.items() if kind == "run"]
    assert len({run["day"] for run in runs}) == len(runs) > 20  # weeks of one route
    assert all(run["stops"] for run in runs)
    assert device.ids("run_progress")
    assert device.ids("ticket")


def test_a_second_seed_leaves_the_work_on_tickets_alone(tmp_path: Path) -> None:
    url, password = sqlite_url(tmp_path), demo_password("technician")
    command("seed-demo", "--json", "--database", url)
    with local_server(url, HandClock(datetime(2035, 1, 1, tzinfo=UTC))) as server:
        session = server.session("technician", password)
        rows = session.pull().json()["data"]["rows"]
        opened = next(row["i"] for row in rows if row["k"] == "ticket")
        payload = {"ticket_id": opened, "state": "closed", "outcome": "scrapped"}
        entity = {"kind": "ticket", "id": opened}
        event = EventStream(session.user_id).event(
            "ticket.worked", payload, entity, occurred_at="2035-01-01T00:00:00.000Z"
        )
        (result,) = session.push([event]).json()["data"]["results"]
        assert result["outcome"] == "applied"
    command("seed-demo", "--json", "--database", url)
    with local_server(url) as server:
        rows = server.session("technician", password).pull().json()["data"]["rows"]
    ticket = next(row["d"] for row in rows if (row["i"], row["op"]) == (opened, "put"))
    assert (ticket["state"], ticket["work"][-1]["outcome"]) == ("closed", "scrapped")


def test_sample_data_stay_out_of_production(tmp_path: Path) -> None:
    told = command(
        "seed-demo", "--database", sqlite_url(tmp_path),
        CVD_SERVER_ENVIRONMENT="production", CVD_SERVER_PASSWORD_TIME_COST="3",
        CVD_SERVER_PASSWORD_MEMORY_KIB="65536",
        CVD_SERVER_SECRET_KEY="kV7#pX2!mQ9zR4&wL8sT1yB6nD3hF5jC0",
        CVD_SERVER_SQLITE_IN_PRODUCTION="true", CVD_SERVER_HOSTS="cvd.example.com",
    )  # fmt: skip
    assert (told.exit_code, told.stdout) == (2, "")
    assert "--force" in told.stderr


def test_a_weak_production_secret_stops_every_command(tmp_path: Path) -> None:
    for words in (["run"], ["migrate"], ["check"]):
        told = command(
            *words, "--database", sqlite_url(tmp_path), CVD_SERVER_ENVIRONMENT="production"
        )
        assert told.exit_code == 2
        assert "CVD_SERVER_SECRET_KEY" in told.stderr
        assert "Traceback" not in told.stderr


def test_settings_in_force_are_printed_without_secrets(tmp_path: Path) -> None:
    secret = "kV7#pX2!mQ9zR4&wL8sT1yB6nD3hF5jC0"
    url = "postgresql://office:Wq8-hidden-pw@db.example/vending"
    told = command("settings", "--database", url, CVD_SERVER_SECRET_KEY=secret)
    assert told.exit_code == 0
    assert "CVD_SERVER_SECRET_KEY=(hidden)" in told.stdout
    assert "CVD_SERVER_ENVIRONMENT=development" in told.stdout
    assert secret not in told.stdout
    assert "hidden-pw" not in told.stdout


def test_people_are_created_once(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path)
    assert command("check", "--database", url).exit_code == 2
    assert command("migrate", "--database", url).exit_code == 0
    words = ["create-user", "--operator", "Small Vending", "--role", "admin", "--database", url]
    assert command(*words, "--name", "Boss", stdin=PASSWORD + "\n").exit_code == 0
    taken = command(*words, "--name", "boss ", stdin=PASSWORD + "\n")
    assert taken.exit_code == 2
    assert "taken" in taken.stderr
    elsewhere = ["create-user", "--operator", "Other", "--role", "admin", "--database", url]
    assert command(*elsewhere, "--name", "BOSS", stdin=PASSWORD + "\n").exit_code == 2
    assert command(*words, "--name", "x", stdin="short\n").exit_code == 2
    assert command(*words, "--name", "x", "--route", "9", stdin=PASSWORD).exit_code == 2
    database = Database(url)
    with database.read() as connection:
        assert connection.scalars(select(tables.operator.c.name)).all() == ["Small Vending"]
        assert connection.scalars(select(tables.user_account.c.name)).all() == ["boss"]
    database.close()
    assert check(url)[0] == 0


@pytest.fixture
def pushed(tmp_path: Path) -> str:
    """A database with two reads that came through the server."""
    url = sqlite_url(tmp_path)
    with local_server(url) as server:
        seed_small_operator(server.database)
        session = server.session("driver07")
        stream = EventStream(session.user_id)
        ops = [stream.read("m1"), stream.read("m2")]
        assert session.push(ops, inline_blobs=stream.blobs).status_code == 200
    assert check(url) == (
        0,
        {
            "problems": [],
            "events": {"applied": 2, "duplicate": 0, "rejected": 0, "quarantined": 0},
        },
    )
    return url


@pytest.mark.parametrize(
    ("damage", "word"),
    [
        ("DELETE FROM op_log WHERE seq = 1", "not dense"),
        ("UPDATE device_stream SET last_op_id = 'x'", "another event"),
        ("DELETE FROM device_stream", "no head"),
        ("UPDATE scope_head SET head = head + 1 WHERE scope = 'catalog'", "newest row"),
        ("UPDATE scope_head SET sum64 = 1 WHERE scope = 'org'", "digest"),
        ("DELETE FROM scope_head WHERE scope = 'org'", "no head"),
        ("DELETE FROM feed WHERE kind = 'read'", "rightly"),
        ("UPDATE machine SET route_id = NULL WHERE id = 'm1'", "rightly"),
        ("UPDATE read SET ver = 7", "rightly"),
        ("DELETE FROM blob", "missing"),
        ("UPDATE blob SET body = x'00'", "damaged"),
    ],
)
def test_the_self_check_finds_what_is_bent(pushed: str, damage: str, word: str) -> None:
    database = Database(pushed)
    with database.write() as connection:
        connection.exec_driver_sql(damage)
    database.close()
    code, report = check(pushed)
    assert code == 1
    assert any(word in problem for problem in report["problems"]), report


def test_a_command_is_a_process(pushed: str) -> None:
    command_line = [sys.executable, "-m", "cvd_server", "check", "--json", "--database", pushed]
    told = subprocess.run(command_line, capture_output=True, text=True, check=True)
    assert json.loads(told.stdout)["events"]["applied"] == 2


def test_health_tells_whether_the_server_can_work(tmp_path: Path) -> None:
    with (
        running_server(sqlite_url(tmp_path)) as running,
        httpx.Client(base_url=running.url) as http,
    ):
        assert http.get("/health/live").json() == {"status": "ok"}
        for path in ("/health", "/health/ready"):
            assert http.get(path).json()["checks"] == {
                "database": "ok",
                "migrations": "ok",
                "disk": "ok",
            }
        assert http.get(f"{API}/sync/ping").status_code == 204
        # A refused body is heard to its end: the answer arrives over a real connection too.
        for path, status, code in (
            ("auth/token", 413, "too_large"),
            ("sync/push", 401, "token_missing"),
            ("nothing", 404, "not_found"),
        ):
            answer = http.post(
                f"{API}/{path}",
                content=b" " * 8 * 1024 * 1024,
                headers={"Content-Type": "application/json"},
            )
            assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
        assert http.get(f"{API}/sync/ping").status_code == 204


@pytest.mark.parametrize("command_name", ["check", "run", "migrate"])
def test_a_database_that_cannot_be_used_is_a_sentence(tmp_path: Path, command_name: str) -> None:
    (tmp_path / "text.db").write_text("This is no database. " * 100)
    for url in (
        str(tmp_path / "text.db"),
        "postgresql://nobody@127.0.0.1:1/none",
        "mysql://nobody@127.0.0.1/none",
    ):
        told = subprocess.run(
            [sys.executable, "-m", "cvd_server", command_name, "--database", url],
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.returncode == 2
        assert told.stdout == ""
        assert told.stderr.startswith("The ")
        assert "Traceback" not in told.stderr
