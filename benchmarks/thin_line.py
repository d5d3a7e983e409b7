"""A TCP proxy that counts what passes, and lets it pass as slowly as a line in the field."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

_PIECE = 1448  # bytes: what one packet carries


class _Direction:
    """One way of the line, which all connections share: what was sent first arrives first."""

    def __init__(self, rate: float | None) -> None:
        self.bytes = 0
        self._rate = rate  # bytes per second
        self._free_at = 0.0

    def pass_at(self, now: float, size: int) -> float:
        """When the last of these bytes has left this end."""
        self.bytes += size
        if self._rate is None:
            return now
        self._free_at = max(now, self._free_at) + size / self._rate
        return self._free_at


class ThinLine:
    """`up` and `down` are bytes of TCP so far, as the laptop sees them: HTTP with its headers,
    without what TLS, TCP and IP add."""

    def __init__(self, url: str, rate: float | None, delay: float) -> None:
        address = urlsplit(url)
        self._target = (str(address.hostname), address.port)
        self._up, self._down = _Direction(rate), _Direction(rate)
        self._delay = delay
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._port = 0
        self._connections: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, name="thin line")
        self._thread.start()
        self._ready.wait()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def up(self) -> int:
        return self._up.bytes

    @property
    def down(self) -> int:
        return self._down.bytes

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._end = asyncio.Event()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._end.wait()
        server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _connected(
        self, laptop: asyncio.StreamReader, to_laptop: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        await asyncio.sleep(2 * self._delay)  # the handshake
        server, to_server = await asyncio.open_connection(*self._target)
        try:
            await asyncio.gather(
                self._carry(laptop, to_server, self._up), self._carry(server, to_laptop, self._down)
            )
        finally:
            to_server.close()
            to_laptop.close()

    async def _carry(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, way: _Direction
    ) -> None:
        """Until this side says no more. A piece is taken when the one before it has left."""
        with suppress(ConnectionError):
            while piece := await source.read(_PIECE):
                left = way.pass_at(self._loop.time(), len(piece))
                self._loop.call_at(left + self._delay, target.write, piece)
                await asyncio.sleep(left - self._loop.time())
            await asyncio.sleep(self._delay)
            target.write_eof()


@contextmanager
def thin_line(
    url: str, *, bits_per_second: float | None = None, delay: float = 0
) -> Iterator[ThinLine]:
    """Before the server at `url`. `delay`: seconds of one way. None: as fast as it can."""
    rate = None if bits_per_second is None else bits_per_second / 8
    line = ThinLine(url, rate, delay)
    try:
        yield line
    finally:
        line.close()
