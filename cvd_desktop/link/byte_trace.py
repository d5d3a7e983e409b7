"""Every byte of a session with its time and its sender, in memory and as a few compact bytes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

READER = "R"
MACHINE = "M"

_MAGIC = b"CVDT\x01"
_JOIN_WITHIN = 0.006  # seconds; USB adapters hand bytes over in chunks of some milliseconds

Entry = tuple[float, str, bytes]
"""(seconds since the start, READER or MACHINE, the bytes)"""


@dataclass(slots=True)
class ByteTrace:
    """Grows entry by entry; bytes that follow one another without a pause share an entry."""

    _parts: list[tuple[float, str, bytearray]] = field(default_factory=list)
    _last_at: float = 0.0

    def add(self, seconds: float, direction: str, data: bytes) -> None:
        if direction not in (READER, MACHINE):
            raise ValueError(f"direction is {READER!r} or {MACHINE!r}, not {direction!r}")
        if not data:
            return
        last = self._parts[-1] if self._parts else None
        if last and last[1] == direction and seconds - self._last_at <= _JOIN_WITHIN:
            last[2].extend(data)
        else:
            self._parts.append((seconds, direction, bytearray(data)))
        self._last_at = seconds

    def __iter__(self) -> Iterator[Entry]:
        return ((seconds, direction, bytes(data)) for seconds, direction, data in self._parts)

    def __len__(self) -> int:
        return len(self._parts)

    def count(self, direction: str) -> int:
        """How many bytes went in this direction."""
        return sum(len(data) for _, sender, data in self._parts if sender == direction)

    def to_bytes(self) -> bytes:
        return pack_trace(self)


def pack_trace(entries: Iterable[Entry]) -> bytes:
    """`CVDT 01`, then per entry: microseconds since the entry before, length * 2 + (1 = machine),
    both as LEB128 numbers, and the bytes."""
    packed = bytearray(_MAGIC)
    before = 0
    for seconds, direction, data in entries:
        at = max(before, round(seconds * 1_000_000))
        _put_number(packed, at - before)
        _put_number(packed, len(data) << 1 | (direction == MACHINE))
        packed += data
        before = at
    return bytes(packed)


def unpack_trace(packed: bytes) -> tuple[Entry, ...]:
    """The entries of `pack_trace`. Raises ValueError for anything else, also when it is cut."""
    if not packed.startswith(_MAGIC):
        raise ValueError("not a byte trace")
    entries: list[Entry] = []
    place, at = len(_MAGIC), 0
    while place < len(packed):
        pause, place = _take_number(packed, place)
        head, place = _take_number(packed, place)
        end = place + (head >> 1)
        if end > len(packed):
            raise ValueError("byte trace is cut")
        at += pause
        entries.append((at / 1_000_000, MACHINE if head & 1 else READER, packed[place:end]))
        place = end
    return tuple(entries)


def _put_number(packed: bytearray, number: int) -> None:
    while number > 0x7F:
        packed.append(number & 0x7F | 0x80)
        number >>= 7
    packed.append(number)


def _take_number(packed: bytes, place: int) -> tuple[int, int]:
    number = shift = 0
    while place < len(packed) and shift < 64:
        byte = packed[place]
        number |= (byte & 0x7F) << shift
        place += 1
        if byte < 0x80:
            return number, place
        shift += 7
    raise ValueError("byte trace is cut")
