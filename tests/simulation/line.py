"""The line of one laptop: faults of tests.support.faulty_transport, and those that need dice."""

import gzip
import json
import random
from collections.abc import Callable
from typing import Any

import httpx
import jwt

from tests.support.faulty_transport import FAULTS, STRANGERS, Fault, FaultyTransport

PUSH, PULL = "/sync/push", "/sync/pull"


class Line(FaultyTransport):
    """`meanwhile` happens once, while the next answer (of the path `overtaken`) is under way: it
    comes back late. `faults_of` are those of all requests to a path.

    A push that holds an event of `poison` fails with 500, however often it is sent.
    """

    def __init__(self, inner: httpx.BaseTransport, chance: random.Random) -> None:
        super().__init__(inner)
        self.chance = chance
        self.meanwhile: Callable[[], None] | None = None
        self.poison: set[str] = set()
        self.down = False
        self.overtaken = ""  # "": any
        self.faults_of: dict[str, str] = {}
        self.sees_push: Callable[[str, list[str]], None] = lambda _user, _op_ids: None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("no network", request=request)
        if request.url.path.endswith(PUSH):
            user = _whose(request)
            if user is not None:
                ops = json.loads(_plain(request))["ops"]
                self.sees_push(user, [op["op_id"] for op in ops])
        for path, name in self.faults_of.items():
            if request.url.path.endswith(path):
                return FAULTS[name](self, request)
        return super().handle_request(request)

    def pass_on(self, request: httpx.Request) -> httpx.Response:
        if self.poison and request.url.path.endswith(PUSH) and self._is_poisoned(request):
            failed = FAULTS["broken"](self, request)
            body = failed.read()
            self.answers[request.url.path] = (500, failed.headers, body)
            return httpx.Response(500, headers=failed.headers, stream=httpx.ByteStream(body))
        answer = self._asked(request)
        meanwhile = self.meanwhile
        if meanwhile is not None and request.url.path.endswith(self.overtaken):
            self.meanwhile = None
            faults, self.faults = self.faults, []
            meanwhile()
            self.faults = faults
        return answer

    def _asked(self, request: httpx.Request) -> httpx.Response:
        """The server's answer, as the one above passes it on, without a copy of the request."""
        path = request.url.path
        self.seen.append(path)
        answer = self.inner.handle_request(request)
        assert isinstance(answer.stream, httpx.ByteStream)
        self.answers[path] = (answer.status_code, answer.headers, b"".join(answer.stream))
        return answer

    def deliver_late(self) -> None:
        """In any order, some of them twice."""
        self.chance.shuffle(self.late)
        self.late += [each for each in self.late if self.chance.random() < 0.2]
        while self.late:
            try:
                self.pass_on(self.late.pop(0))
            except httpx.TransportError:
                continue

    def _is_poisoned(self, request: httpx.Request) -> bool:
        return any(op["op_id"] in self.poison for op in json.loads(_plain(request))["ops"])


def _whose(request: httpx.Request) -> str | None:
    """The person whose token the request carries."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer":
        return None
    claims = jwt.decode(token, options={"verify_signature": False})
    return str(claims["sub"])


def _plain(request: httpx.Request) -> bytes:
    body = request.read()
    return gzip.decompress(body) if request.headers.get("content-encoding") == "gzip" else body


def _cut_anywhere(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
    assert isinstance(line, Line)
    return _changed(line, request, lambda body: body[: line.chance.randrange(len(body) + 1)])


def _one_byte_wrong(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
    """Inside a compressed body; anywhere else TLS notices it and cuts the line."""
    assert isinstance(line, Line)
    chance = line.chance

    def bend(body: bytes) -> bytes:
        if body[:2] != b"\x1f\x8b":
            raise httpx.ReadError("bad record mac", request=request)
        at = chance.randrange(len(body))
        return body[:at] + bytes([body[at] ^ (1 << chance.randrange(8))]) + body[at + 1 :]

    return _changed(line, request, bend)


def _changed(
    line: FaultyTransport, request: httpx.Request, change: Callable[[bytes], bytes]
) -> httpx.Response:
    line.pass_on(request)
    status, headers, body = line.answers[request.url.path]
    return httpx.Response(status, headers=headers, stream=httpx.ByteStream(change(body)))


def _request_cut(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
    """The server sees a part of the request; what it says to that is lost too."""
    assert isinstance(line, Line)
    content = request.content
    headers = {k: v for k, v in request.headers.items() if k.lower() != "content-length"}
    part = httpx.Request(
        request.method,
        request.url,
        headers=headers,
        content=content[: line.chance.randrange(len(content) + 1)],
    )
    line.inner.handle_request(part)
    raise httpx.ReadTimeout("cut on the way there", request=request)


OWN_FAULTS: dict[str, Fault] = {
    "cut_anywhere": _cut_anywhere,
    "one_byte_wrong": _one_byte_wrong,
    "request_cut": _request_cut,
}

WEIGHTS = {
    "lose_request": 3, "lose_answer": 6, "double": 4, "hold_back": 5, "cut": 1, "cut_anywhere": 2,
    "one_byte_wrong": 1, "request_cut": 1, "busy": 1, "broken": 2,
} | dict.fromkeys(STRANGERS, 0.6) | {"old_answer": 2}  # fmt: skip


def some_faults(chance: random.Random, most: int = 7) -> list[str | Fault]:
    """What meets the next requests, in turn; a name, or a fault of this file."""
    names = chance.choices(list(WEIGHTS), list(WEIGHTS.values()), k=chance.randrange(most))
    share = chance.choice((0.15, 0.5, 0.9))
    chosen = [name if chance.random() < share else "none" for name in names]
    return [OWN_FAULTS.get(name, name) for name in chosen]


def names_of(faults: list[str | Fault]) -> list[str]:
    own: dict[Any, str] = {fault: name for name, fault in OWN_FAULTS.items()}
    return [each if isinstance(each, str) else own[each] for each in faults]
