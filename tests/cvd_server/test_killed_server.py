"""kill -9 of the whole server at random moments: nothing lost, nothing doubled."""

import json
import random
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from cvd_server.database import Database
from tests.support.field_events import EventStream
from tests.support.servers import RunningServer, Session, running_server
from tests.support.small_operator import seed_small_operator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no process groups")

KILLS = 3
BATCHES = 30
BATCH = 10


def test_killed_at_random_during_pushes(migrated_url: str) -> None:
    database = Database(migrated_url)
    seed_small_operator(database)
    database.close()
    stream = EventStream("u-driver07")
    batches = [[stream.read(f"m{1 + n % 2}") for n in range(BATCH)] for _ in range(BATCHES)]
    session: Session | None = None
    done = 0
    choice = random.Random(2)
    for round_ in range(KILLS + 1):
        with (
            running_server(migrated_url) as running,
            httpx.Client(base_url=running.url, timeout=20) as http,
        ):
            if session is None:
                session = Session.open(http, "driver07")
            http.headers["Authorization"] = session.http.headers["Authorization"]
            session.http = http
            kill = round_ < KILLS
            with ThreadPoolExecutor(1) as pool:
                killer = pool.submit(_kill_soon, running, choice.uniform(0, 0.3)) if kill else None
                done = _push_from(session, batches, done, stream.blobs)
                if killer:
                    killer.result()
    assert done == BATCHES
    command = [sys.executable, "-m", "cvd_server", "check", "--database", migrated_url]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    report = json.loads(checked.stdout)
    assert report["problems"] == []
    assert checked.returncode == 0
    assert report["events"] == {
        "applied": BATCHES * BATCH, "duplicate": 0, "rejected": 0, "quarantined": 0,
    }  # fmt: skip


def _kill_soon(running: RunningServer, seconds: float) -> None:
    threading.Event().wait(seconds)
    running.kill()


def _push_from(
    session: Session, batches: list[list[dict[str, object]]], done: int, blobs: dict[str, str]
) -> int:
    """Push until all is told to be taken or the server is gone; like a client, batch by batch."""
    while done < len(batches):
        mine = {str(op["payload"]["raw_sha256"]) for op in batches[done]}  # type: ignore[index]
        try:
            answer = session.push(batches[done], inline_blobs={name: blobs[name] for name in mine})
        except httpx.TransportError:
            return done
        if answer.status_code == 503:
            continue
        assert answer.status_code == 200, answer.text
        outcomes = {result["outcome"] for result in answer.json()["data"]["results"]}
        assert outcomes == {"applied"}
        done += 1
    return done
