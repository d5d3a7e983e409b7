"""The key of a local database as a text that the office reads out to a person without a network.

56 letters and digits (A to Z, 2 to 7) in 14 groups of four: 32 bytes of the key, then 3 bytes of
its SHA-256, so that a misheard letter is told at once. What looks alike (0 and O, 1 and I, 8 and B)
is taken for the letter.
"""

import base64
import hashlib

KEY_BYTES = 32
_SUM_BYTES = 3
_LETTERS = (KEY_BYTES + _SUM_BYTES) * 8 // 5
_GROUP = 4
_LOOKS_LIKE = str.maketrans("018", "OIB", "- .,\t\n\r")


def recovery_code(key: bytes) -> str:
    """Groups of four, joined by blanks. Raises ValueError for a key of another length."""
    if len(key) != KEY_BYTES:
        raise ValueError(f"the key has {len(key)} bytes, not {KEY_BYTES}")
    letters = base64.b32encode(key + _sum(key)).decode()
    return " ".join(letters[n : n + _GROUP] for n in range(0, _LETTERS, _GROUP))


def is_recovery_code(text: str) -> bool:
    """Whether it has the length and the letters of one; nobody's PIN or password looks so."""
    letters = _plain(text)
    alphabet = set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    return len(letters) == _LETTERS and set(letters) <= alphabet


def key_of(text: str) -> bytes:
    """The key behind a code as it was typed. Raises ValueError when a letter must be wrong."""
    if not is_recovery_code(text):
        raise ValueError("not a recovery code")
    data = base64.b32decode(_plain(text))
    key, check = data[:KEY_BYTES], data[KEY_BYTES:]
    if check != _sum(key):
        raise ValueError("a letter of the recovery code is wrong")
    return key


def _plain(text: str) -> str:
    return text.upper().translate(_LOOKS_LIKE)


def _sum(key: bytes) -> bytes:
    return hashlib.sha256(b"cvd recovery code" + key).digest()[:_SUM_BYTES]
