"""Real processes that are killed at random: the program while it syncs, the server while it serves.

Nothing that was recorded is lost, nothing is there twice.
"""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.services.workplace import open_workplace
from cvd_desktop.storage import outbox_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.tables import blob
from cvd_server import tables
from cvd_server.database import Database as ServerDatabase
from cvd_server.self_check import self_check
from cvd_shared.canonical import sha256_hex
from tests.support.field_events import VERDICT, raw_report
from tests.support.servers import RunningServer, running_server, sqlite_url
from tests.support.small_operator import PASSWORD, with_small_operator

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL"),
    pytest.mark.timeout(240),
]

PASSPHRASE = "a passphrase for tests"


@dataclass
class Field:
    """A data folder that only real processes sync."""

    folder: Path
    random: random.Random
    recorded: list[str]

    def record(self, count: int) -> None:
        with_passphrase = open_workplace(self.folder, ask_passphrase=lambda: PASSPHRASE)
        try:
            for _ in range(count):
                raw = raw_report(sold=self.random.randrange(1_000_000))
                name, read_id = sha256_hex(raw), with_passphrase.new_id()
                now = to_wire(with_passphrase.clock())
                with with_passphrase.database.write() as connection:
                    meta.put(connection, meta.BATCH_OPS, "2")  # many small pushes
                    connection.execute(
                        blob.insert().prefix_with("OR IGNORE").values(
                            sha256=name, size=len(raw), mime="text/plain", state="here",
                            stored_at=now, data=raw,
                        )
                    )  # fmt: skip
                    appended = outbox_store.append(
                        connection,
                        new_id=with_passphrase.new_id,
                        type="read.recorded",
                        entity=("read", read_id),
                        payload={
                            "read_id": read_id, "machine_id": "m1", "asset_number": None,
                            "at": now, "purpose": "look", "link": "dexucs", "complete": True,
                            "size": len(raw), "raw_sha256": name, "seconds": 1.5,
                            "verdict": VERDICT,
                        },
                        actor=None,
                        occurred_at=now,
                        blobs=[name],
                    )  # fmt: skip
                self.recorded.append(appended.op_id)
        finally:
            with_passphrase.close()

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        environment = os.environ | {
            "CVD_PASSPHRASE": PASSPHRASE,
            "CVD_DATA_DIR": str(self.folder),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }
        return subprocess.Popen(
            [sys.executable, "-m", "cvd_desktop", *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, env=environment, start_new_session=True,
        )  # fmt: skip

    def run(self, *arguments: str, stdin: str = "") -> tuple[int, Any, str]:
        """(exit code, JSON of stdout, messages)"""
        with self.start(*arguments) as process:
            out, messages = process.communicate(stdin, timeout=120)
        return process.returncode, json.loads(out) if out.strip() else None, messages


@contextmanager
def served(url: str, port: int) -> Iterator[RunningServer]:
    with running_server(url, workers=1, port=port) as running:
        yield running


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


def _set_up(folder: Path, seed: int) -> tuple[str, int, Field]:
    url, port = sqlite_url(folder), _free_port()
    with_small_operator(url)
    return url, port, Field(folder / "laptop", random.Random(seed), [])


def _assert_all_there(url: str, field: Field) -> None:
    database = ServerDatabase(url)
    try:
        with database.read() as connection:
            log = tables.op_log
            rows = connection.execute(select(log).where(log.c.alias_of.is_(None))).all()
            reads = connection.scalars(select(tables.read.c.id)).all()
            problems = self_check(connection).problems
            blobs = set(connection.scalars(select(tables.blob.c.sha256)))
    finally:
        database.close()
    assert Counter(row.op_id for row in rows) == Counter(field.recorded)
    assert {row.outcome for row in rows} == {"applied"}
    assert len(reads) == len(set(reads)) == len(field.recorded)
    assert len(blobs) == len(field.recorded), "every raw report is there"
    assert problems == []
    code, outbox, messages = field.run("outbox", "--json")
    assert code == 0, messages
    assert [each["id"] for each in outbox["records"]] == field.recorded[::-1]
    assert {each["state"] for each in outbox["records"]} == {"on_the_server"}


def _sign_in(field: Field, server: str) -> None:
    code, session, messages = field.run(
        "sign-in", "--server", server, "--user", "driver07", "--json", stdin=f"{PASSWORD}\n"
    )
    assert code == 0, messages
    assert session["role"] == "driver"


def _sync_until_even(field: Field) -> None:
    for _ in range(5):
        code, report, messages = field.run("sync", "--json")
        if code == 0:
            break
    assert code == 0, messages
    assert (report["waiting"], report["refused"], report["digest"]) == (0, 0, "ok")


def test_killing_the_program_while_it_syncs_loses_and_doubles_nothing(tmp_path: Path) -> None:
    url, port, field = _set_up(tmp_path, seed=11)
    with served(url, port) as server:
        _sign_in(field, server.url)
        field.record(4)
        began = time.monotonic()
        _sync_until_even(field)
        usual = time.monotonic() - began
        for _ in range(5):
            field.record(8)
            process = field.start("sync", "--json")
            try:
                process.communicate("", timeout=usual * field.random.uniform(0.45, 1.1))
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
                process.communicate()
        _sync_until_even(field)
        _assert_all_there(url, field)


def test_killing_the_server_while_it_takes_events_loses_and_doubles_nothing(
    tmp_path: Path,
) -> None:
    url, port, field = _set_up(tmp_path, seed=12)
    with served(url, port) as server:
        _sign_in(field, server.url)
        field.record(4)
        began = time.monotonic()
        _sync_until_even(field)
        usual = time.monotonic() - began
    for _ in range(3):
        field.record(8)
        with served(url, port) as server:
            process = field.start("sync", "--json")
            try:
                process.communicate("", timeout=usual * field.random.uniform(0.5, 1.0))
            except subprocess.TimeoutExpired:
                server.kill()
                _, messages = process.communicate(timeout=60)
                assert process.returncode in (0, 6), messages
    code, report, messages = field.run("sync", "--json")
    assert code == 6, messages
    assert "The server cannot be reached." in messages
    assert report["digest"] == "unknown"
    with served(url, port):
        _sync_until_even(field)
    _assert_all_there(url, field)
