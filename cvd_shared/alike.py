"""A text told by what differs from another one that both sides have: zlib with that as dictionary.

A machine's report is like its report of the time before, a visit's lines are like those of the
visit before: a third of the bytes. Only the last 32 KB of the other text count, that is zlib's.
zlib's two checksums tell when the other text is not the same on both sides.
"""

import base64
import binascii
import zlib
from collections.abc import Sequence
from typing import Any

from cvd_shared.canonical import canonical_json


def known_text(
    earlier: dict[str, Any], occurred_at: str, entity_id: str, blobs: Sequence[str]
) -> bytes:
    """What both sides know of an event's payload: the earlier one's, and names that the event has
    outside its payload too. Raises ValueError as canonical_json."""
    names = "".join((occurred_at, entity_id, *blobs))
    return canonical_json(earlier) + names.encode()


def told(text: bytes, like: bytes) -> str:
    """Base64 of what has to be said."""
    packer = zlib.compressobj(level=9, memLevel=9, zdict=like)
    return base64.b64encode(packer.compress(text) + packer.flush()).decode("ascii")


def understood(said: str, like: bytes, most: int) -> bytes:
    """The text. Raises ValueError: another dictionary, damaged, or more than `most` bytes."""
    try:
        unpacker = zlib.decompressobj(zdict=like)
        text = unpacker.decompress(base64.b64decode(said, validate=True), most + 1)
    except (zlib.error, binascii.Error) as error:
        raise ValueError("not what was packed") from error
    if len(text) > most or not unpacker.eof or unpacker.unused_data:
        raise ValueError("too much, or cut")
    return text
