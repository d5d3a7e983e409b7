"""A line to the server that loses, doubles, delays, cuts and forges what travels over it."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import httpx

PAGE = b"<html><title>Welcome to the Wi-Fi</title>Please accept our terms.</html>"

_ABOUT_THE_BODY = ("content-encoding", "content-length")

Fault = Callable[["FaultyTransport", httpx.Request], httpx.Response]


class FaultyTransport(httpx.BaseTransport):
    """Each request takes the first of `faults`, if there is one: a name of `FAULTS`, or a Fault."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner
        self.faults: list[str | Fault] = []
        self.otherwise: Fault = FAULTS["none"]  # for requests that no fault is meant for
        self.seen: list[str] = []  # paths that reached the server
        self.late: list[httpx.Request] = []
        self.answers: dict[str, tuple[int, httpx.Headers, bytes]] = {}  # the last answer by path

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        fault = self.faults.pop(0) if self.faults else self.otherwise
        handle = FAULTS[fault] if isinstance(fault, str) else fault
        return handle(self, request)

    def deliver_late(self) -> None:
        """Requests that were held back arrive now; nobody waits for their answers."""
        while self.late:
            self.pass_on(self.late.pop(0))

    def pass_on(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request.url.path)
        copy = httpx.Request(
            request.method, request.url, headers=request.headers, content=request.content
        )
        answer = self.inner.handle_request(copy)
        assert isinstance(answer.stream, httpx.SyncByteStream)
        body = b"".join(answer.stream)  # as it travels: compressed where it is compressed
        answer.stream.close()
        self.answers[request.url.path] = (answer.status_code, answer.headers, body)
        return _response(answer.status_code, answer.headers, body)


def _lose_request(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("lost on the way there", request=request)


def _lose_answer(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
    line.pass_on(request)
    raise httpx.ReadTimeout("lost on the way back", request=request)


def _double(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
    line.pass_on(request)
    return line.pass_on(request)


def _hold_back(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
    line.late.append(request)
    raise httpx.ReadTimeout("held back", request=request)


def _cut(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
    line.pass_on(request)
    status, headers, body = line.answers[request.url.path]
    return _response(status, headers, body[: len(body) // 2])


def _old_answer(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
    """Somebody keeps copies: the answer to an earlier request, without asking the server."""
    if request.url.path not in line.answers:
        return _page(200)(line, request)
    return _response(*line.answers[request.url.path])


def _changed(name: str, value: str) -> Fault:
    """Our own answer with another header."""

    def answer(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
        line.pass_on(request)
        status, headers, body = line.answers[request.url.path]
        return _response(status, httpx.Headers({**headers, name.lower(): value}), body)

    return answer


def _status(status: int) -> Fault:
    """Our own answer, but with a success that nobody asked for."""

    def answer(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
        line.pass_on(request)
        _, headers, body = line.answers[request.url.path]
        return _response(status, headers, body)

    return answer


def rewritten(change: Callable[[Any], None]) -> Fault:
    """Our own answer, whose `data` the function has changed in place."""

    def answer(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
        line.pass_on(request)
        status, headers, body = line.answers[request.url.path]
        plain = httpx.Headers({k: v for k, v in headers.items() if k not in _ABOUT_THE_BODY})
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        envelope = json.loads(body)
        change(envelope["data"])
        return _response(status, plain, json.dumps(envelope).encode())

    return answer


def _page(status: int, **headers: str) -> Fault:
    """A page of a portal or a proxy."""

    def answer(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
        return _response(status, httpx.Headers({"Content-Type": "text/html", **headers}), PAGE)

    return answer


def _busy(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
    return _ours(request, 503, "unavailable", {"Retry-After": "7"})


def _broken(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
    return _ours(request, 500, "server_error", {})


def refusing(status: int, code: str, **details: Any) -> Fault:
    """Our server's own error; nothing was applied."""
    return lambda line, request: _ours(request, status, code, {}, details)


def _ours(
    request: httpx.Request,
    status: int,
    code: str,
    more: dict[str, str],
    details: dict[str, Any] | None = None,
) -> httpx.Response:
    error = {
        "message": "-",
        "code": code,
        "timestamp": "2026-03-02T08:00:00Z",
        "details": details or {},
    }
    body = json.dumps({"success": False, "data": None, "error": error}).encode()
    headers = {
        "X-CVD-Sync": "1",
        "X-CVD-Epoch": "any",
        "X-CVD-Echo": request.headers.get("X-Request-Id", ""),
        "Content-Type": "application/vnd.cvd.sync+json;v=1",
        **more,
    }
    return _response(status, httpx.Headers(headers), body)


def _response(status: int, headers: httpx.Headers, body: bytes) -> httpx.Response:
    """An answer whose body has not been read yet, as from a socket."""
    return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))


FAULTS: dict[str, Fault] = {
    "none": lambda line, request: line.pass_on(request),
    "lose_request": _lose_request,
    "lose_answer": _lose_answer,
    "double": _double,
    "hold_back": _hold_back,
    "cut": _cut,
    "old_answer": _old_answer,
    "wrong_echo": _changed("X-CVD-Echo", "another request"),
    "no_mark": _changed("X-CVD-Sync", ""),
    "wrong_type": _changed("Content-Type", "text/html"),
    "status_202": _status(202),
    "page_200": _page(200),
    "page_204": _page(204),
    "page_302": _page(302, Location="http://wifi.example/login"),
    "page_407": _page(407),
    "page_502": _page(502),
    "busy": _busy,
    "broken": _broken,
}

STRANGERS = (
    "old_answer", "wrong_echo", "no_mark", "wrong_type", "status_202", "page_200", "page_204",
    "page_302", "page_407", "page_502",
)  # fmt: skip
"""Answers that nobody may take for our server's."""
