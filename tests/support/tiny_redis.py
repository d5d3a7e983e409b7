"""As much of Redis as the rate limits use, on a real socket: INCR and EXPIRE, and being gone."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class TinyRedis:
    """`url` is where it answers; `counts` is what it holds; `stop` is the end of it."""

    def __init__(self) -> None:
        self.counts: dict[bytes, int] = {}
        self.lives: dict[bytes, int] = {}
        redis = self

        class Talk(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                while command := _command(self.rfile):
                    self.wfile.write(redis.answer(command))

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        host, port = self._server.server_address[:2]
        self.url = f"redis://{host!s}:{port}/0"

    def answer(self, command: list[bytes]) -> bytes:
        name = command[0].upper()
        if name in (b"INCR", b"INCRBY"):
            self.counts[command[1]] = self.counts.get(command[1], 0) + 1
            return b":%d\r\n" % self.counts[command[1]]
        if name == b"EXPIRE":
            self.lives[command[1]] = int(command[2])
            return b":1\r\n"
        return b"+OK\r\n"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def tiny_redis() -> Iterator[TinyRedis]:
    redis = TinyRedis()
    try:
        yield redis
    finally:
        redis.stop()


def _command(lines: object) -> list[bytes]:
    """The next command of a client; empty when it has gone."""
    head = lines.readline()  # type: ignore[attr-defined]
    if not head.startswith(b"*"):
        return []
    words = []
    for _ in range(int(head[1:])):
        size = int(lines.readline()[1:])  # type: ignore[attr-defined]
        words.append(lines.read(size + 2)[:size])  # type: ignore[attr-defined]
    return words
