"""A TCP proxy between a laptop and its server that cuts, delays, resets and tells stories."""

import random
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

PAGE = b"<html>Welcome to the Wi-Fi. Please accept our terms.</html>"
STORY = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: "
    + str(len(PAGE)).encode()
    + b"\r\nConnection: close\r\n\r\n"
    + PAGE
)

Mood = Literal["honest", "portal", "reset", "cut request", "cut answer", "slow"]
MOODS: tuple[Mood, ...] = ("honest", "portal", "reset", "cut request", "cut answer", "slow")


@dataclass
class LyingProxy:
    """Every connection meets one mood; `honest` is all that it knows once `lies` is False."""

    target: tuple[str, int]
    random: random.Random
    lies: bool = True
    met: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self._moods: list[Mood] = []
        self._start(self._accept)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(timeout=5)

    def _start(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return  # closed
            mood = self._next_mood() if self.lies else "honest"
            self.met[mood] += 1
            self._start(self._serve, client, mood)

    def _next_mood(self) -> Mood:
        """In any order, and none twice before all were met."""
        if not self._moods:
            self._moods = self.random.sample(MOODS, len(MOODS))
        return self._moods.pop()

    def _serve(self, client: socket.socket, mood: Mood) -> None:
        with client, suppress(OSError):
            client.settimeout(20)
            if mood == "reset":
                client.recv(1)
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            if mood == "portal":
                client.recv(65536)
                client.sendall(STORY)
                return
            with socket.create_connection(self.target, timeout=20) as server:
                most = self.random.randrange(1, 1500)
                up = most if mood == "cut request" else None
                down = most if mood == "cut answer" else None
                back = threading.Thread(target=_carry, args=(server, client, down, mood == "slow"))
                back.start()
                _carry(client, server, up, mood == "slow")
                back.join(timeout=20)


def _carry(source: socket.socket, target: socket.socket, most: int | None, slowly: bool) -> None:
    """Bytes from one side to the other until one ends, or `most` of them have passed."""
    passed = 0
    with suppress(OSError):
        while data := source.recv(700 if slowly else 65536):
            if slowly:
                time.sleep(0.02)
            if most is not None and passed + len(data) >= most:
                target.sendall(data[: most - passed])
                break
            passed += len(data)
            target.sendall(data)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextmanager
def lying_proxy(url: str, seed: int) -> Iterator[LyingProxy]:
    """Before the server at `url`."""
    host, _, port = url.removeprefix("http://").partition(":")
    proxy = LyingProxy((host, int(port)), random.Random(seed))
    try:
        yield proxy
    finally:
        proxy.close()
