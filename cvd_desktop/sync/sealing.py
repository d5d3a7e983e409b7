"""Boxes that only who has the key opens (libsodium): under a key, or sealed to a public key."""

import base64
import binascii
from dataclasses import dataclass

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.secret import SecretBox


class SealError(Exception):
    """It cannot be opened with this key, or it is no box."""


def lock_in(key: bytes, content: bytes) -> str:
    """A box under a key of 32 bytes, in base64."""
    return base64.b64encode(SecretBox(key).encrypt(content)).decode()


def take_out(key: bytes, box: str) -> bytes:
    """Raises SealError."""
    try:
        return SecretBox(key).decrypt(_bytes_of(box))
    except (CryptoError, ValueError) as error:
        raise SealError("wrong key or damaged box") from error


def sealed_for(public_key: str, content: bytes) -> str:
    """A sealed box for the holder of this X25519 key (hexadecimal), in base64. Raises SealError."""
    try:
        box = SealedBox(PublicKey(bytes.fromhex(public_key)))
    except (CryptoError, ValueError, TypeError) as error:
        raise SealError("no public key") from error
    return base64.b64encode(box.encrypt(content)).decode()


@dataclass(frozen=True, slots=True)
class ReplyKey:
    """A key pair for one answer. `public` is hexadecimal."""

    public: str
    private: bytes

    def __repr__(self) -> str:
        return f"ReplyKey(public={self.public!r}, ...)"


def new_reply_key() -> ReplyKey:
    private = PrivateKey.generate()
    return ReplyKey(bytes(private.public_key).hex(), bytes(private))


def open_sealed(reply_key: ReplyKey, box: str) -> bytes:
    """What was sealed to this pair. Raises SealError."""
    try:
        return SealedBox(PrivateKey(reply_key.private)).decrypt(_bytes_of(box))
    except (CryptoError, ValueError) as error:
        raise SealError("not for this key, or damaged") from error


def _bytes_of(box: str) -> bytes:
    try:
        return base64.b64decode(box.encode(), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise SealError("no base64") from error
