"""Clients on bad lines: a request is taken whole before it may use one of the few workers' turns.

A laptop whose line dies in the middle of a push says nothing more, and no end either. Waiting for
it costs a thread and some memory here, never a turn at the database; after a stall it is let go.
"""

import io
import socket
import struct
import threading
from collections.abc import Callable, Iterable
from typing import Any

from gunicorn.http.errors import ParseException
from gunicorn.workers.gthread import ThreadWorker
from werkzeug.exceptions import ClientDisconnected

from cvd_shared.wire import MAX_BODY_BYTES

WAITING_THREADS = 64  # of each worker process: as many requests may be on their way at once
STALL_SECONDS = 30

_DRAIN_BYTES = 32 * 1024 * 1024
_CHUNK = 64 * 1024

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


class StallWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's worker with threads, where no read and no write waits for ever."""

    def handle(self, conn: Any) -> Any:
        # The kernel's own time-out: gunicorn sets the socket's Python time-out anew itself.
        timeout = struct.pack("ll", STALL_SECONDS, 0)
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeout)
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeout)
        return super().handle(conn)


class BodyFirst:
    """Reads each request's body, then lets at most `turns` requests at once into the application.

    Also what a refused request sends too much is read and dropped: a connection that is closed
    before would swallow our answer.
    """

    def __init__(self, app: WsgiApp, turns: int) -> None:
        self._app = app
        self._turns = threading.BoundedSemaphore(turns)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ["wsgi.input"] = _taken(environ["wsgi.input"], environ.get("CONTENT_LENGTH"))
        environ["wsgi.input_terminated"] = True
        with self._turns:
            return self._app(environ, start_response)  # the answer is made when this returns


def _taken(stream: Any, declared: str | None) -> io.RawIOBase | io.BytesIO:
    """The body as far as it may be used, one byte more when it is too large."""
    body = io.BytesIO()
    size = 0
    try:
        while size < _DRAIN_BYTES and (chunk := stream.read(_CHUNK)):
            body.write(chunk[: MAX_BODY_BYTES + 1 - body.tell()])
            size += len(chunk)
    except (OSError, ParseException):  # stalled, reset, or not chunked as it says
        return _CutBody()
    if declared and size < min(int(declared), _DRAIN_BYTES):
        return _CutBody()
    body.seek(0)
    return body


class _CutBody(io.RawIOBase):
    """In place of a body that did not arrive whole: whoever wants it refuses the request."""

    def read(self, size: int = -1) -> bytes:  # noqa: ARG002 - the shape of a stream
        raise ClientDisconnected
