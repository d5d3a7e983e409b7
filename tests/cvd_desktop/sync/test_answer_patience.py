"""Heads of answers that never end, over a real socket: the one sender is not held by them."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from threading import Thread

import pytest

from cvd_desktop.sync.answer_patience import HEAD_SECONDS
from cvd_desktop.sync.http_server_api import HttpServerApi
from cvd_desktop.sync.server_api import Trouble, TroubleCode

PIECES_MOST = 2000  # of a head; who reads on is held
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
TRICKLE = b"X"
GOOD = (
    b"HTTP/1.1 204 No Content\r\nX-CVD-Sync: 1\r\nX-CVD-Epoch: e\r\nX-CVD-Echo: request-0\r\n\r\n"
)


class Listener:
    """Takes one request and answers it piece by piece, as long as anybody listens."""

    def __init__(self, head: bytes, piece: bytes) -> None:
        self._pieces = (head, piece)
        self.sent = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = Thread(target=self._serve)

    def __enter__(self) -> "Listener":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        line, _ = self._socket.accept()
        with line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            head, piece = self._pieces
            line.recv(65536)
            try:
                line.sendall(head)
                while piece and self.sent < PIECES_MOST:
                    line.sendall(piece)
                    self.sent += 1
            except OSError:
                return


@contextmanager
def api_at(
    address: str, seconds: float, should_stop: Callable[[], bool] = lambda: False
) -> Iterator[HttpServerApi]:
    """Every look at the clock is `seconds` later."""
    looks, numbers = count(), count()
    with HttpServerApi(
        address,
        new_id=lambda: f"request-{next(numbers)}",
        clock=lambda: datetime(2026, 3, 4, tzinfo=UTC),
        monotonic=lambda: next(looks) * seconds,
        should_stop=should_stop,
    ) as api:
        yield api


@pytest.mark.parametrize(("head", "piece"), [(b"HTTP/1.1 200 OK\r\n", TRICKLE), (b"", CONTINUE)])
def test_the_head_of_an_answer_comes_to_its_end(head: bytes, piece: bytes) -> None:
    with (
        Listener(head, piece) as listener,
        api_at(listener.address, HEAD_SECONDS * 0.75) as api,
        pytest.raises(Trouble) as caught,
    ):
        api.ping()
    assert caught.value.code is TroubleCode.OFFLINE
    assert "head" in caught.value.reason


def test_a_person_can_stop_while_a_head_trickles() -> None:
    with (
        Listener(b"HTTP/1.1 200 OK\r\n", TRICKLE) as listener,
        api_at(listener.address, 0, should_stop=lambda: True) as api,
        pytest.raises(Trouble) as caught,
    ):
        api.ping()
    assert caught.value.code is TroubleCode.STOPPED


def test_an_announcement_before_the_answer_is_none() -> None:
    with Listener(CONTINUE + GOOD, b"") as listener, api_at(listener.address, 1) as api:
        api.ping()
