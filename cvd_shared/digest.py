"""The convergence digest of a scope: a count and a 64-bit sum over (kind, id, version).

Both sides keep it incrementally: add a row, subtract a row (sync protocol, chapter 2.14).
"""

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

BUCKETS = 256
_MASK = (1 << 64) - 1


class Digest(NamedTuple):
    """`rows` rows whose hashes add up to `total` modulo 2**64, as a signed 64-bit integer."""

    rows: int = 0
    total: int = 0

    def add(self, kind: str, row_id: str, version: int) -> "Digest":
        return Digest(self.rows + 1, _signed(self.total + row_hash(kind, row_id, version)))

    def remove(self, kind: str, row_id: str, version: int) -> "Digest":
        return Digest(self.rows - 1, _signed(self.total - row_hash(kind, row_id, version)))

    def shifted(self, rows: int, total: int) -> "Digest":
        """Many at once: by so many rows, by the sum of their `row_hash`."""
        return Digest(self.rows + rows, _signed(self.total + total))


def row_hash(kind: str, row_id: str, version: int) -> int:
    """Unsigned 64-bit BLAKE2b of `kind|id|version`, big-endian."""
    text = f"{kind}|{row_id}|{version}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")


def digest_of(rows: Iterable[tuple[str, str, int]]) -> Digest:
    """The digest counted afresh from (kind, id, version) triples."""
    result = Digest()
    for kind, row_id, version in rows:
        result = result.add(kind, row_id, version)
    return result


def bucket_of(kind: str, row_id: str) -> int:
    """0 to 255: the first byte of SHA-256(`kind|id`)."""
    return hashlib.sha256(f"{kind}|{row_id}".encode()).digest()[0]


def bucket_digests(rows: Iterable[tuple[str, str, int]]) -> list[Digest]:
    """The digest of each bucket, counted from (kind, id, version) triples."""
    buckets = [Digest()] * BUCKETS
    for kind, row_id, version in rows:
        bucket = bucket_of(kind, row_id)
        buckets[bucket] = buckets[bucket].add(kind, row_id, version)
    return buckets


def _signed(value: int) -> int:
    value &= _MASK
    return value - (1 << 64) if value >> 63 else value
