"""The way of Windows: the server without gunicorn, which does not exist there."""

import signal
import subprocess
import sys
from pathlib import Path

import httpx

from cvd_server.migrations.upgrade import migrate
from cvd_shared.wire import API
from tests.support.servers import sqlite_url

PROGRAM = """
import sys
sys.modules["gunicorn"] = None  # as on Windows: importing it fails
from cvd_server import http_server
from cvd_server.settings import Settings
settings = Settings(database_url=sys.argv[1], environment="testing")
sys.platform = "win32"
http_server.serve(settings, "127.0.0.1", 0, lambda url: print(url, flush=True))
"""


def test_served_without_gunicorn(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path)
    migrate(url)
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, url], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            assert address.startswith("http://127.0.0.1:"), address
            answer = httpx.get(f"{address}{API}/sync/ping")
            assert answer.status_code == 204
            assert "server" not in answer.headers
            assert httpx.post(f"{address}{API}/auth/token", content=b"{").status_code == 415
        finally:
            process.send_signal(signal.SIGTERM)
