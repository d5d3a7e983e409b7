"""Make UUIDv7 ids that sort in the order in which one program made them (RFC 9562, method 1)."""

import secrets
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

_COUNTER_MAX = 0xFFF


class IdMaker:
    """Makes ids from a clock that is passed in; monotonic even when that clock jumps back.

    Ids identify; they never decide an order or a conflict.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        random_bits: Callable[[int], int] = secrets.randbits,
    ) -> None:
        self._clock = clock
        self._random_bits = random_bits
        self._last_ms = 0
        self._counter = 0

    def __call__(self) -> str:
        """A new id as 36 lower-case characters."""
        now_ms = int(self._clock().timestamp() * 1000)
        if now_ms > self._last_ms:
            self._last_ms = now_ms
            self._counter = self._random_bits(8)
        elif self._counter < _COUNTER_MAX:
            self._counter += 1
        else:
            self._last_ms += 1
            self._counter = 0
        value = self._last_ms << 80 | 7 << 76 | self._counter << 64
        value |= 2 << 62 | self._random_bits(62)
        return str(UUID(int=value))
