"""Clients on bad lines: a request is taken whole before it may use one of the few workers' turns.

A laptop whose line dies in the middle of a push says nothing more, and no end either. Waiting for
it costs a thread and some memory here, never a turn at the database; after a stall it is let go,
and so is who sends a byte now and then. The threads are few all the same: on the open internet a
proxy that takes requests whole (packaging/containers/nginx.conf) has to stand in front.
What is no request at all is answered here too, in our words, and never quoted in the log.
"""

import io
import json
import logging
import socket
import struct
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import IO, Any

from gunicorn.glogging import Logger
from gunicorn.http import errors, wsgi
from gunicorn.http.errors import ParseException
from gunicorn.workers.gthread import ThreadWorker
from werkzeug.exceptions import ClientDisconnected

from cvd_server.answer_headers import EVERY_ANSWER
from cvd_server.answers import CONTENT_TYPE
from cvd_server.clock import system_clock, to_wire
from cvd_shared.wire import API, MAX_BODY_BYTES
from cvd_shared.wire_repair import BUNDLE_BYTES, RESCUE_BODY_BYTES

log = logging.getLogger(__name__)

WAITING_THREADS = 64  # of each worker process: as many requests may be on their way at once
STALL_SECONDS = 30

_LARGE = {  # what may be larger than a push
    f"{API}/sync/bundles": BUNDLE_BYTES,
    f"{API}/sync/rescue": RESCUE_BODY_BYTES,
}
_LARGE_AT_ONCE = 4  # of each worker
_IN_MEMORY = 4 * 1024 * 1024  # the rest of a large one lies in a file
_DRAIN_BYTES = 32 * 1024 * 1024
_CHUNK = 16 * 1024
_LEAST_RATE = 500  # bytes a second, once the first patience is over
_REFUSED = {
    errors.LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
    errors.ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
}

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Arriving:
    """The requests of this worker process that are on their way, and until when each has time."""

    def __init__(self) -> None:
        self.patience = 60.0  # seconds; each byte adds the time that it may take
        self._lock = threading.Lock()
        self._until: dict[Any, float] = {}  # socket -> moment of the monotonic clock

    def begin(self, sock: Any) -> None:
        with self._lock:
            self._until[sock] = time.monotonic() + self.patience

    def came(self, sock: Any, size: int) -> None:
        with self._lock:
            if sock in self._until:
                self._until[sock] += size / _LEAST_RATE

    def end(self, sock: Any) -> None:
        """It is here whole, or it is given up."""
        with self._lock:
            self._until.pop(sock, None)

    def drop_late(self) -> None:
        """Whoever waits for the rest of a late one hears its end now."""
        with self._lock:
            now = time.monotonic()
            late = [sock for sock, until in self._until.items() if until < now]
            for sock in late:
                del self._until[sock]
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_RD)
        if late:
            log.info("%d requests came too slowly and were dropped", len(late))


arriving = Arriving()


class StallWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's worker with threads, where no read and no write waits for ever."""

    def handle(self, conn: Any) -> Any:
        # The kernel's own time-out: gunicorn sets the socket's Python time-out anew itself.
        timeout = struct.pack("ll", STALL_SECONDS, 0)
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeout)
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeout)
        sock = conn.sock
        arriving.begin(sock)
        try:
            return super().handle(conn)
        finally:
            arriving.end(sock)

    def notify(self) -> None:
        """The worker's own loop comes by here every second."""
        super().notify()
        arriving.drop_late()

    def set_accept_enabled(self, enabled: bool) -> None:
        """At the end new connections are refused; gunicorn would let them wait for nobody."""
        super().set_accept_enabled(enabled)
        if not enabled and not self.alive:
            for listener in self.sockets:
                listener.close()

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:  # noqa: ARG002 - gunicorn's shape
        """What is no HTTP. gunicorn would log it word by word: there may be a token in it."""
        status = next(
            (status for kind, status in _REFUSED.items() if isinstance(exc, kind)),
            HTTPStatus.BAD_REQUEST,
        )
        if isinstance(exc, ParseException):
            log.info("no request: %s", type(exc).__name__)
        else:
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            log.error("a request could not be handled", exc_info=exc)
        try:
            client.sendall(_refusal(status))
        except OSError:
            log.debug("nobody listens any more")


class OneLog(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's words go where all others go, in the same form."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


def hide_banner() -> None:
    """No answer tells which program of which version made it; gunicorn has no setting for that."""
    original = wsgi.Response.default_headers

    def without_server(response: Any) -> list[str]:
        return [line for line in original(response) if not line.startswith("Server:")]

    wsgi.Response.default_headers = without_server


class BodyFirst:
    """Reads each request's body, then lets at most `turns` requests at once into the application.

    Also what a refused request sends too much is read and dropped: a connection that is closed
    before would swallow our answer.
    """

    def __init__(self, app: WsgiApp, turns: int) -> None:
        self._app = app
        self._turns = threading.BoundedSemaphore(turns)
        self._large = threading.BoundedSemaphore(_LARGE_AT_ONCE)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        declared = environ.get("CONTENT_LENGTH")
        room = _LARGE.get(environ.get("PATH_INFO", ""), MAX_BODY_BYTES)
        if declared and int(declared) <= MAX_BODY_BYTES:
            room = MAX_BODY_BYTES  # most rescued events are small
        with self._place(room) as place:
            sock = environ.get("gunicorn.socket")
            stream = _Noted(environ["wsgi.input"], sock)
            environ["wsgi.input"] = _taken(stream, declared, place, room)
            arriving.end(sock)
            environ["wsgi.input_terminated"] = True
            with self._turns:  # the answer is made when this returns
                return self._app(environ, start_response)

    @contextmanager
    def _place(self, room: int) -> Iterator[IO[bytes]]:
        """Where a body is kept while it is worked on."""
        if room <= MAX_BODY_BYTES:
            yield io.BytesIO()
            return
        with self._large, tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
            yield file


class _Noted:
    """A body whose bytes buy its sender time."""

    def __init__(self, stream: Any, sock: Any) -> None:
        self._stream = stream
        self._sock = sock

    def read(self, size: int) -> bytes:
        chunk: bytes = self._stream.read(size)
        arriving.came(self._sock, len(chunk))
        return chunk


def _taken(stream: Any, declared: str | None, body: IO[bytes], room: int) -> Any:
    """The body as far as it may be used, one byte more when it is too large."""
    size = 0
    most = max(_DRAIN_BYTES, room + 1)
    try:
        while size < most and (chunk := stream.read(_CHUNK)):
            body.write(chunk[: room + 1 - body.tell()])
            size += len(chunk)
    except (OSError, ParseException):  # stalled, reset, or not chunked as it says
        return _CutBody()
    if declared and size < min(int(declared), most):
        return _CutBody()
    body.seek(0)
    return body


def _refusal(status: HTTPStatus) -> bytes:
    error = {
        "message": status.phrase,
        "code": "malformed",
        "timestamp": to_wire(system_clock()),
        "details": {},
    }
    body = json.dumps({"success": False, "data": None, "error": error}).encode()
    headers = {
        "Connection": "close",
        "Content-Type": CONTENT_TYPE,
        "Content-Length": str(len(body)),
        "Cache-Control": "no-store",
    } | EVERY_ANSWER
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status.value} {status.phrase}\r\n{lines}\r\n".encode("latin-1") + body


class _CutBody(io.RawIOBase):
    """In place of a body that did not arrive whole: whoever wants it refuses the request."""

    def read(self, size: int = -1) -> bytes:  # noqa: ARG002 - the shape of a stream
        raise ClientDisconnected
