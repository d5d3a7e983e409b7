"""The application of a worker that may start while the database is away.

A worker that dies for it would take the whole server with it (gunicorn gives up when workers do
not start). This one answers 503 instead, and is well as soon as the database is back.
"""

import gc
import json
import logging
import threading
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from cvd_server.answer_headers import EVERY_ANSWER
from cvd_server.answers import CONTENT_TYPE
from cvd_server.clock import system_clock, to_wire

log = logging.getLogger(__name__)

_LIVE = "/health/live"

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


class LateApp:
    def __init__(self, make: Callable[[], WsgiApp]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self.app: WsgiApp | None = None
        self._made()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        app = self.app or self._made()
        if app is not None:
            return app(environ, start_response)
        alive = environ.get("PATH_INFO") == _LIVE
        body = b'{"status": "ok"}' if alive else _unavailable()
        headers = [
            ("Content-Type", "application/json" if alive else CONTENT_TYPE),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("Retry-After", "5"),
            *EVERY_ANSWER.items(),
        ]
        start_response("200 OK" if alive else "503 Service Unavailable", headers)
        return [b"" if environ.get("REQUEST_METHOD") == "HEAD" else body]

    def _made(self) -> WsgiApp | None:
        with self._lock:
            if self.app is None:
                try:
                    self.app = self._make()
                    gc.collect()
                    gc.freeze()  # what is here now stays: searching it takes a tenth of a push
                except (DBAPIError, PoolTimeoutError, LookupError) as error:
                    log.warning("not ready: %s", getattr(error, "orig", None) or error)
            return self.app


def _unavailable() -> bytes:
    error = {
        "message": "The server is busy; try again later.",
        "code": "unavailable",
        "timestamp": to_wire(system_clock()),
        "details": {"retry_after": 5},
    }
    return json.dumps({"success": False, "data": None, "error": error}).encode()
