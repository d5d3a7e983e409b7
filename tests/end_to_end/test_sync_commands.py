"""`cvd sign-in`, `cvd sync`, `cvd outbox`, `cvd sign-out` against a real server process."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cvd_desktop.cli import build_app
from cvd_desktop.domain.clock import to_wire
from cvd_desktop.services.workplace import open_workplace
from cvd_desktop.storage import outbox_store
from cvd_shared.canonical import sha256_hex
from tests.support.field_events import VERDICT, raw_report
from tests.support.servers import RunningServer, running_server, sqlite_url
from tests.support.small_operator import PASSWORD, with_small_operator

PASSPHRASE = "a passphrase for tests"

Cvd = Callable[..., tuple[int, Any, str]]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with running_server(with_small_operator(sqlite_url(tmp_path)), workers=1) as running:
        yield running


@pytest.fixture
def cvd(tmp_path: Path) -> Cvd:
    """(exit code, JSON of stdout, messages) of a command in one data folder."""
    environment = {"CVD_PASSPHRASE": PASSPHRASE, "CVD_DATA_DIR": str(tmp_path / "laptop")}

    def run(*arguments: str, stdin: str = "", **more: str) -> tuple[int, Any, str]:
        result = CliRunner().invoke(build_app(), arguments, input=stdin, env=environment | more)
        out = result.stdout.strip()
        return result.exit_code, json.loads(out) if out.startswith("{") else out, result.stderr

    return run


def _record(folder: Path, machine_id: str) -> None:
    workplace = open_workplace(folder, ask_passphrase=lambda: PASSPHRASE)
    raw, read_id, now = raw_report(), workplace.new_id(), to_wire(workplace.clock())
    with workplace.database.write() as connection:
        outbox_store.append(
            connection,
            new_id=workplace.new_id,
            type="read.recorded",
            entity=("read", read_id),
            payload={
                "read_id": read_id, "machine_id": machine_id, "asset_number": None, "at": now,
                "purpose": "look", "link": "dexucs", "complete": True, "size": len(raw),
                "raw_sha256": sha256_hex(raw), "seconds": 1.5, "verdict": VERDICT,
            },
            actor=None,
            occurred_at=now,
        )  # fmt: skip
    workplace.close()


def test_a_day_with_the_server(tmp_path: Path, server: RunningServer, cvd: Cvd) -> None:
    laptop = tmp_path / "laptop"
    code, report, messages = cvd("sync", "--json")
    assert (code, report["waiting"], report["digest"]) == (2, 0, "unknown")
    assert "Sign in." in messages

    sign_in = ("sign-in", "--server", server.url, "--user", "driver07")
    code, _, messages = cvd(*sign_in, stdin="wrong horse 7\n")
    assert (code, "does not accept" in messages) == (5, True)
    code, session, messages = cvd(*sign_in, "--json", stdin=f"{PASSWORD}\n")
    assert code == 0, messages
    assert (session["user"], session["role"], session["server"]) == (
        "driver07", "driver", server.url,
    )  # fmt: skip

    _record(laptop, "m1")
    code, report, messages = cvd("sync", "--json")
    assert code == 0, messages
    assert report.keys() == {*("pushed", "pulled", "waiting", "refused", "digest", "attachments")}
    assert report["pulled"] > 5
    assert (report["pushed"], report["waiting"], report["refused"], report["digest"]) == (
        1, 0, 0, "ok",
    )  # fmt: skip

    _record(laptop, "m3")
    code, report, messages = cvd("sync", "--json")
    assert (code, report["pushed"], report["refused"]) == (5, 1, 1)
    assert "refused 1 records" in messages
    code, report, _ = cvd("sync", "--json")
    assert (code, report["refused"]) == (0, 1), "told once; the outbox goes on telling"

    code, outbox, _ = cvd("outbox", "--json")
    assert code == 0
    assert [(each["machine"], each["state"], each["code"]) for each in outbox["records"]] == [
        (None, "refused", "out_of_scope"), ("A-1", "on_the_server", None),
    ]  # fmt: skip
    code, table, _ = cvd("outbox")
    assert "Read of machine A-1" in table
    assert "not on your routes" in table

    _record(laptop, "m1")
    code, report, messages = cvd("sync", "--json", CVD_SERVER="http://127.0.0.1:9")
    assert (code, report["waiting"], report["digest"]) == (6, 1, "unknown")
    assert "cannot be reached" in messages
    code, _, messages = cvd("sync", "--json", CVD_SERVER="http://cvd.example")
    assert (code, "not encrypted" in messages) == (2, True)

    assert cvd("sign-out")[0] == 0
    code, report, _ = cvd("sync", "--json")
    assert (code, report["waiting"]) == (2, 1)
    code, _, messages = cvd(
        "sign-in", "--user", "driver08", stdin=f"{PASSWORD}\n", CVD_SERVER=server.url
    )
    assert code == 0, messages
    code, report, messages = cvd("sync", "--json")
    assert (code, report["waiting"]) == (0, 0)
    assert "1 records of other people" in messages
    assert cvd(*sign_in, stdin=PASSWORD)[0] == 0
    code, report, _ = cvd("sync", "--json")
    assert (code, report["pushed"], report["waiting"]) == (0, 1, 0)


def test_two_people_share_a_laptop(tmp_path: Path, server: RunningServer, cvd: Cvd) -> None:
    laptop = tmp_path / "laptop"
    for user in ("driver07", "driver08"):
        code, session, messages = cvd(
            "sign-in", "--server", server.url, "--user", user, "--json", stdin=f"{PASSWORD}\n"
        )
        assert (code, session["user"]) == (0, user), messages
        if user == "driver07":
            _record(laptop, "m1")
            cvd("outbox", "--json")
    code, told, _ = cvd("people", "--json")
    assert [(each["name"], each["current"]) for each in told["people"]] == [
        ("driver08", True),
        ("driver07", False),
    ]
    code, records, _ = cvd("outbox", "--json")
    assert (code, records["records"]) == (0, [])
    code, records, _ = cvd("--person", "driver07", "outbox", "--json")
    assert (code, len(records["records"])) == (0, 1)
    code, _, messages = cvd("outbox", CVD_PERSON="nobody")
    assert (code, "nobody" in messages) == (2, True)

    code, _, messages = cvd("--person", "driver07", "remove-person")
    assert (code, "wait to be sent: 1" in messages) == (2, True)
    assert cvd("--person", "driver07", "sync")[0] == 0
    assert cvd("--person", "driver07", "remove-person")[0] == 0
    assert [each["name"] for each in cvd("people", "--json")[1]["people"]] == ["driver08"]
    code, _, messages = cvd("pin", stdin="2580\n")
    assert (code, "key store" in messages) == (2, True)
