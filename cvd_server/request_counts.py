"""How often somebody asked in this minute: in a worker's memory, or in Redis for all workers.

A Redis that does not answer is as if there were none: each worker counts for itself, so no
endpoint is closed by it and none is open without bounds (docs/decisions/0025).
"""

import hashlib
import logging
import threading
from typing import TYPE_CHECKING

from cvd_server.settings import Settings

if TYPE_CHECKING:
    from redis import Redis

log = logging.getLogger(__name__)

WINDOW = 60  # seconds
_MOST_KEYS = 200_000
_REDIS_PATIENCE = 0.25  # seconds
_REDIS_REST = 10  # seconds without another try


class RequestCounts:
    """Fixed windows of a minute, by the clock that is passed in."""

    def __init__(self, settings: Settings) -> None:
        self._lock = threading.Lock()
        self._window = 0
        self._counts: dict[str, int] = {}
        self._redis_again = 0.0
        self._redis: Redis | None = None
        if settings.redis_url is not None:
            self._redis = _connected(settings.redis_url.get_secret_value())

    def count(self, limit: str, who: str, now: float, *, shared: bool) -> int:
        """How many there were in this window, this one included."""
        window = int(now) // WINDOW
        key = f"cvd:limit:{limit}:{window}:{hashlib.sha256(who.encode()).hexdigest()[:32]}"
        number = None
        if shared and self._redis is not None and now >= self._redis_again:
            number = self._in_redis(self._redis, key, now)
        return self._in_memory(window, key) if number is None else number

    def close(self) -> None:
        if self._redis is not None:
            self._redis.close()

    def _in_redis(self, shared: "Redis", key: str, now: float) -> int | None:
        from redis import RedisError

        try:
            pipeline = shared.pipeline(transaction=False)
            pipeline.incr(key)
            pipeline.expire(key, 2 * WINDOW)
            return int(pipeline.execute()[0])
        except RedisError as error:
            self._redis_again = now + _REDIS_REST
            log.warning("no Redis: each worker counts for itself: %s", type(error).__name__)
            return None

    def _in_memory(self, window: int, key: str) -> int:
        with self._lock:
            if window != self._window or len(self._counts) >= _MOST_KEYS:
                self._counts.clear()
                self._window = window
            number = self._counts.get(key, 0) + 1
            self._counts[key] = number
        return number


def _connected(url: str) -> "Redis":
    from redis import Redis  # slow to import, and few servers have one
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return Redis.from_url(
        url,
        protocol=2,  # what every Redis and its relatives speak
        socket_timeout=_REDIS_PATIENCE,
        socket_connect_timeout=_REDIS_PATIENCE,
        retry=Retry(NoBackoff(), 0),
    )
