"""SIGKILL to the server while a file arrives: what it reports afterwards is there, no more."""

import sys
import threading
from pathlib import Path

import httpx
import pytest

from cvd_shared.canonical import sha256_hex
from cvd_shared.wire_attachments import CHUNK_BYTES
from tests.support.attachment_sender import BareSender, fetched, missing, picture, push_photo
from tests.support.servers import Session, running_server, sqlite_url
from tests.support.small_operator import with_small_operator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no process groups")

CHUNKS = 16
FILE = picture(CHUNKS * CHUNK_BYTES - 5)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return with_small_operator(sqlite_url(tmp_path))


def test_a_server_that_is_killed(url: str, tmp_path: Path) -> None:
    session, begun = None, 0
    folder = str(tmp_path / "attachments")
    for kill_after in (5, None):
        with (
            running_server(url, attachment_folder=folder) as running,
            httpx.Client(base_url=running.url, timeout=20) as http,
        ):
            if session is None:
                session = Session.open(http, "driver07")
                push_photo(session, FILE)
            else:
                http.headers["Authorization"] = session.http.headers["Authorization"]
                session.http = http
            sender = BareSender(session, FILE)
            answer = sender.offer().raise_for_status().json()["data"]
            assert answer["offset"] >= begun  # what was answered is safe
            offset = answer["offset"]
            killer = threading.Thread(target=running.kill)
            for number in range(CHUNKS):
                if number == kill_after:  # in the middle of the next one
                    killer.start()
                try:
                    progress = sender.patch(offset).raise_for_status().json()["data"]
                except httpx.TransportError:
                    break
                offset = begun = progress["offset"]
                if progress["state"] == "stored":
                    break
            if killer.ident is not None:
                killer.join()
            if kill_after is None:
                assert fetched(session, sha256_hex(FILE)).content == FILE
                assert missing(session) == []
