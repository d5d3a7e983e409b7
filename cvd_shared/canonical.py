"""One spelling for every JSON document, so that its bytes can be stored, hashed and compared."""

import hashlib
import json
from typing import Any

_ENCODER = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
)


def canonical_json(document: Any) -> bytes:
    """UTF-8 JSON with sorted keys and no spaces. Raises ValueError on NaN and infinities."""
    return _ENCODER.encode(document).encode("utf-8")


def sha256_hex(data: bytes) -> str:
    """The name of a blob: lower-case hexadecimal SHA-256."""
    return hashlib.sha256(data).hexdigest()
